//! Events of a session for people and for programs.
use crate::octets::{plain_hex, preview, safe, shown};
use osisession::{Event, SerialNumber};
use serde::Serialize;

/// The words for events in scripts and in JSON, in the order of X.215.
pub(crate) const WORDS: &[&str] = &[
    "connect",
    "accepted",
    "rejected",
    "data",
    "expedited",
    "typed",
    "capability",
    "capability-confirm",
    "give",
    "please",
    "control-give",
    "minor",
    "minor-confirm",
    "major",
    "major-confirm",
    "resync",
    "resync-confirm",
    "p-exception",
    "exception",
    "activity-start",
    "activity-resume",
    "activity-interrupt",
    "activity-interrupt-confirm",
    "activity-discard",
    "activity-discard-confirm",
    "activity-end",
    "activity-end-confirm",
    "release",
    "release-confirm",
    "release-refused",
    "u-abort",
    "p-abort",
];

/// The word for an event.
pub(crate) fn word(event: &Event) -> &'static str {
    match event {
        Event::ConnectIndication(_) => "connect",
        Event::ConnectConfirm(_) => "accepted",
        Event::ConnectConfirmNegative(_) => "rejected",
        Event::DataIndication(_) | Event::DataPiece { typed: false, .. } => "data",
        Event::ExpeditedDataIndication(_) => "expedited",
        Event::TypedDataIndication(_) | Event::DataPiece { typed: true, .. } => "typed",
        Event::CapabilityDataIndication(_) => "capability",
        Event::CapabilityDataConfirm(_) => "capability-confirm",
        Event::TokenGiveIndication(..) => "give",
        Event::TokenPleaseIndication(..) => "please",
        Event::ControlGiveIndication(_) => "control-give",
        Event::SyncMinorIndication { .. } => "minor",
        Event::SyncMinorConfirm(..) => "minor-confirm",
        Event::SyncMajorIndication(..) => "major",
        Event::SyncMajorConfirm(..) => "major-confirm",
        Event::ResynchronizeIndication(_) => "resync",
        Event::ResynchronizeConfirm(_) => "resync-confirm",
        Event::PExceptionReportIndication(_) => "p-exception",
        Event::UExceptionReportIndication(..) => "exception",
        Event::ActivityStartIndication(..) => "activity-start",
        Event::ActivityResumeIndication(_) => "activity-resume",
        Event::ActivityInterruptIndication(..) => "activity-interrupt",
        Event::ActivityInterruptConfirm(_) => "activity-interrupt-confirm",
        Event::ActivityDiscardIndication(..) => "activity-discard",
        Event::ActivityDiscardConfirm(_) => "activity-discard-confirm",
        Event::ActivityEndIndication(..) => "activity-end",
        Event::ActivityEndConfirm(..) => "activity-end-confirm",
        Event::ReleaseIndication(_) => "release",
        Event::ReleaseConfirm(_) => "release-confirm",
        Event::ReleaseConfirmNegative(_) => "release-refused",
        Event::UAbortIndication(_) => "u-abort",
        Event::PAbortIndication(..) => "p-abort",
        _ => "other",
    }
}

/// The serial number of an event, if it has one.
fn serial_number(event: &Event) -> Option<SerialNumber> {
    match event {
        Event::SyncMinorIndication { serial_number, .. }
        | Event::SyncMinorConfirm(serial_number, _)
        | Event::SyncMajorIndication(serial_number, _)
        | Event::ActivityEndIndication(serial_number, _) => Some(*serial_number),
        Event::ResynchronizeIndication(resync) | Event::ResynchronizeConfirm(resync) => {
            resync.first.and_then(|first| first.serial_number)
        }
        _ => None,
    }
}

/// What stands behind the name of the primitive.
fn details(event: &Event) -> Vec<String> {
    let mut all = Vec::new();
    match event {
        Event::ConnectIndication(connect) => {
            all.push(format!("calling {}", shown(&connect.calling_selector)));
            all.push(format!("called {}", shown(&connect.called_selector)));
            all.push(format!("version {}", connect.version));
            all.push(connect.functional_units.to_string());
        }
        Event::ConnectConfirm(confirm) => {
            all.push(format!("version {}", confirm.version));
            all.push(confirm.functional_units.to_string());
            if !confirm.responding_selector.is_empty() {
                all.push(format!("responding {}", shown(&confirm.responding_selector)));
            }
        }
        Event::ConnectConfirmNegative(rejection) => {
            all.push(format!("reason {}", rejection.reason));
            all.extend(rejection.error.as_ref().map(|error| error.details().text.to_string()));
        }
        Event::TokenGiveIndication(tokens, _) | Event::TokenPleaseIndication(tokens, _) => {
            all.push(tokens.to_string())
        }
        Event::SyncMinorIndication { explicit, .. } => {
            all.push(if *explicit { "explicit".into() } else { "optional".into() });
        }
        Event::UExceptionReportIndication(reason, _) => all.push(format!("{reason:?}")),
        Event::ActivityStartIndication(identifier, _) => all.push(preview(identifier)),
        Event::ActivityResumeIndication(resume) => all.push(preview(&resume.activity_identifier)),
        Event::PAbortIndication(reason, error) => {
            all.push(format!("{reason:?}"));
            all.extend(error.as_ref().map(|error| error.details().text.to_string()));
        }
        _ => {}
    }
    all.extend(serial_number(event).map(|number| format!("serial number {number}")));
    all
}

/// On one line.
pub(crate) fn line(event: &Event) -> String {
    let mut text = event.name().to_owned();
    let details = details(event);
    if !details.is_empty() {
        text.push_str(&format!(" ({})", safe(&details.join(", "))));
    }
    let data = event.user_data();
    if !data.is_empty() {
        text.push_str(&format!(" {} octets {}", data.len(), preview(data)));
    }
    text
}

/// In JSON.
#[derive(Serialize)]
pub(crate) struct EventObject {
    name: &'static str,
    word: &'static str,
    details: Vec<String>,
    serial_number: Option<SerialNumber>,
    user_data: Data,
}

#[derive(Serialize)]
struct Data {
    length: usize,
    hex: String,
}

impl EventObject {
    pub(crate) fn new(event: &Event) -> EventObject {
        let data = event.user_data();
        EventObject {
            name: event.name(),
            word: word(event),
            details: details(event),
            serial_number: serial_number(event),
            user_data: Data { length: data.len(), hex: plain_hex(data) },
        }
    }
}
