//! A diagnosis for people and for programs.
use crate::command::{Context, Tone};
use crate::octets::{plain_hex, safe};
use osisession::Diagnosis;
use osisession::diagnosis::Packet;
use serde::Serialize;

/// A diagnosis as JSON.
#[derive(Serialize)]
pub(crate) struct Report {
    cause: &'static str,
    layer: &'static str,
    stage: &'static str,
    summary: String,
    sent: Vec<Passed>,
    received: Vec<Passed>,
    pdu: Option<&'static str>,
    parameter: Option<String>,
    octet: Option<usize>,
    clause: Option<String>,
    reason: Option<u32>,
    expected: Option<String>,
    found: Option<String>,
    state: Option<&'static str>,
    event: Option<&'static str>,
    peer_wants: Option<String>,
    r#try: &'static [&'static str],
    history: Vec<Step>,
}

#[derive(Serialize)]
struct Passed {
    meaning: String,
    length: usize,
    hex: String,
}

#[derive(Serialize)]
struct Step {
    from: &'static str,
    event: &'static str,
    to: &'static str,
}

fn passed(packets: &[Packet]) -> Vec<Passed> {
    packets
        .iter()
        .map(|packet| Passed {
            meaning: packet.describe(),
            length: packet.length,
            hex: plain_hex(&packet.octets),
        })
        .collect()
}

impl Report {
    pub(crate) fn new(diagnosis: &Diagnosis) -> Report {
        let details = diagnosis.error.details();
        let is_pair = details.expected.is_some();
        Report {
            cause: diagnosis.cause.word(),
            layer: diagnosis.layer.name(),
            stage: diagnosis.stage.word(),
            summary: diagnosis.summary.clone(),
            sent: passed(&diagnosis.sent),
            received: passed(&diagnosis.received),
            pdu: diagnosis.pdu,
            parameter: details.parameter.as_deref().map(str::to_owned),
            octet: diagnosis.octet,
            clause: diagnosis.clause.clone(),
            reason: details.reason,
            expected: details.expected.as_deref().map(str::to_owned),
            found: details.found.as_deref().filter(|_| is_pair).map(str::to_owned),
            state: details.state,
            event: details.event,
            peer_wants: Some(diagnosis.wants.clone()).filter(|text| !text.is_empty()),
            r#try: diagnosis.tries,
            history: diagnosis
                .history
                .iter()
                .map(|step| Step { from: step.from.name(), event: step.event.name(), to: step.to.name() })
                .collect(),
        }
    }
}

/// The lines of a diagnosis, the first in red.
pub(crate) fn lines(context: &Context<'_>, diagnosis: &Diagnosis) -> String {
    let text = safe(&diagnosis.to_string());
    let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
    format!("{}\n{}", context.paint(Tone::Bad, first), rest.trim_end())
}
