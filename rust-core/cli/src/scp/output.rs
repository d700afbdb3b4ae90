//! What is shown: lines for people, or JSON.
use osisession::decnet::LinkEvent;
use serde_json::{Map, Value, json};
use std::io::{self, Write};

pub(super) struct Output<'a> {
    out: &'a mut dyn Write,
    json: bool,
}

impl<'a> Output<'a> {
    pub(super) fn new(out: &'a mut dyn Write, json: bool) -> Output<'a> {
        Output { out, json }
    }

    /// One line: the text, or the event with these keys.
    pub(super) fn line(&mut self, text: &str, event: &str, keys: Value) -> io::Result<()> {
        if self.json {
            let mut object = Map::new();
            object.insert("event".into(), event.into());
            if let Value::Object(keys) = keys {
                object.extend(keys);
            }
            serde_json::to_writer(&mut *self.out, &Value::Object(object))?;
            writeln!(self.out)?;
        } else {
            writeln!(self.out, "{text}")?;
        }
        // Somebody is watching.
        self.out.flush()
    }

    /// An event of a link. True if it is the last.
    pub(super) fn event(&mut self, link: u32, event: &LinkEvent) -> io::Result<bool> {
        let data = |octets: &[u8]| json!({ "link": link, "data": hexadecimal(octets) });
        match event {
            LinkEvent::Accepted { data: octets } => {
                self.line(&with("accepted", octets), "accepted", data(octets))
            }
            LinkEvent::Message(octets) => {
                self.line(&format!("message: {}", octets.escape_ascii()), "message", data(octets))
            }
            LinkEvent::Interrupt(octets) => {
                self.line(&format!("interrupt: {}", octets.escape_ascii()), "interrupt", data(octets))
            }
            LinkEvent::Rejected { reason, data: octets } => self.line(
                &with(&format!("rejected: {reason}"), octets),
                "rejected",
                json!({ "link": link, "reason": reason.code(), "data": hexadecimal(octets) }),
            ),
            LinkEvent::Disconnected { reason, data: octets, error } => self.line(
                &with(&format!("disconnected: {reason}"), octets),
                "disconnected",
                json!({
                    "link": link, "reason": reason.code(), "data": hexadecimal(octets),
                    "error": error.as_ref().map(ToString::to_string),
                }),
            ),
            LinkEvent::Closed => self.line("closed", "closed", json!({ "link": link })),
            LinkEvent::Running | LinkEvent::SendReady | LinkEvent::InterruptReady => Ok(()),
        }?;
        Ok(event.is_last())
    }
}

/// The text, and the octets behind it if there are any.
pub(super) fn with(text: &str, octets: &[u8]) -> String {
    if octets.is_empty() { text.to_owned() } else { format!("{text}, \"{}\"", octets.escape_ascii()) }
}

pub(super) fn hexadecimal(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
