//! A report as JSON, for programs in any language: the same keys everywhere.
use super::{Diagnosis, Packet};
use std::fmt::Write;

/// An object under construction. What is written is always valid JSON: keys are ours, values are escaped.
struct Object(String);

impl Object {
    fn new() -> Object {
        Object("{".into())
    }

    fn key(&mut self, key: &str) -> &mut String {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        let _ = write!(self.0, "\"{key}\":");
        &mut self.0
    }

    fn text(&mut self, key: &str, value: Option<&str>) {
        let to = self.key(key);
        match value {
            Some(value) => string(value, to),
            None => to.push_str("null"),
        }
    }

    fn number(&mut self, key: &str, value: Option<u64>) {
        let to = self.key(key);
        let _ = match value {
            Some(value) => write!(to, "{value}"),
            None => write!(to, "null"),
        };
    }

    fn list<T>(&mut self, key: &str, values: &[T], one: impl Fn(&T) -> String) {
        let values: Vec<String> = values.iter().map(one).collect();
        let to = self.key(key);
        let _ = write!(to, "[{}]", values.join(","));
    }

    fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

/// RFC 8259, section 7.
fn string(text: &str, to: &mut String) {
    to.push('"');
    for c in text.chars() {
        match c {
            '"' => to.push_str("\\\""),
            '\\' => to.push_str("\\\\"),
            '\n' => to.push_str("\\n"),
            '\r' => to.push_str("\\r"),
            '\t' => to.push_str("\\t"),
            // The others below the space, which must be escaped, and DEL with C1, which would do something on a terminal.
            c if c.is_control() => {
                let _ = write!(to, "\\u{:04x}", u32::from(c));
            }
            c => to.push(c),
        }
    }
    to.push('"');
}

fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    string(text, &mut quoted);
    quoted
}

fn packet(packet: &Packet) -> String {
    let mut object = Object::new();
    object.text("meaning", Some(&packet.describe()));
    object.number("length", Some(packet.length as u64));
    let mut hex = String::with_capacity(2 * packet.octets.len());
    for octet in &packet.octets {
        let _ = write!(hex, "{octet:02x}");
    }
    object.text("hex", Some(&hex));
    object.end()
}

impl Diagnosis {
    /// As one JSON object, on one line. Keys are always there, `null` where there is nothing to say; later versions may add some:
    ///
    /// | key | value |
    /// |---|---|
    /// | `cause` | [`super::Cause::word`] |
    /// | `layer`, `stage` | words |
    /// | `summary` | a sentence |
    /// | `sent`, `received` | the last packets, oldest first: `meaning`, `length`, `hex` (no more octets than [`Packet::octets`] has) |
    /// | `pdu`, `parameter`, `octet` | where the fault is; `octet` counts from 0 |
    /// | `clause` | what speaks of it |
    /// | `reason` | the reason code of DR, ER, REFUSE or ABORT |
    /// | `expected`, `found` | what should be there, what is |
    /// | `state`, `event` | the cell of the state table |
    /// | `peer_wants` | what the peer probably wants |
    /// | `try` | what to try, the most promising first |
    /// | `history` | the last transitions: `from`, `event`, `to` |
    pub fn to_json(&self) -> String {
        let details = self.error.details();
        let is_pair = details.expected.is_some();
        let mut object = Object::new();
        object.text("cause", Some(self.cause.word()));
        object.text("layer", Some(self.layer.name()));
        object.text("stage", Some(self.stage.word()));
        object.text("summary", Some(&self.summary));
        object.list("sent", &self.sent, packet);
        object.list("received", &self.received, packet);
        object.text("pdu", self.pdu);
        object.text("parameter", details.parameter.as_deref());
        object.number("octet", self.octet.map(|octet| octet as u64));
        object.text("clause", self.clause.as_deref());
        object.number("reason", details.reason.map(u64::from));
        object.text("expected", details.expected.as_deref());
        object.text("found", details.found.as_deref().filter(|_| is_pair));
        object.text("state", details.state);
        object.text("event", details.event);
        object.text("peer_wants", Some(self.wants.as_str()).filter(|text| !text.is_empty()));
        object.list("try", self.tries, |line| quoted(line));
        object.list("history", &self.history, |step| {
            let mut object = Object::new();
            object.text("from", Some(step.from.name()));
            object.text("event", Some(step.event.name()));
            object.text("to", Some(step.to.name()));
            object.end()
        });
        object.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use osisession_proto::{Error, Layer};

    #[test]
    fn what_a_peer_can_write_is_escaped() {
        assert_eq!(
            quoted("a\"b\\c\n\r\t\u{1}\u{1b}\u{7f}\u{9b}é"),
            "\"a\\\"b\\\\c\\n\\r\\t\\u0001\\u001b\\u007f\\u009bé\""
        );
    }

    #[test]
    fn every_key_is_there() {
        let error =
            Error::peer(Layer::Session, "said \"no\"").with_expected("1", "2").with_offset(3).with_reason(2);
        let mut diagnosis = Diagnosis::of_error(&error);
        diagnosis.sent.push(Packet { octets: vec![3, 0, 0, 7, 2, 0xf0, 0x80].into(), length: 7 });
        diagnosis.tries = &["a", "b"];
        diagnosis.wants = String::new();
        let json = diagnosis.to_json();
        let meaning = quoted(&diagnosis.sent[0].describe());
        let wanted = format!(
            "{{\"cause\":\"{}\",\"layer\":\"session\",\"stage\":\"unknown\",\"summary\":\"said \\\"no\\\": expected 1, found 2\",\
             \"sent\":[{{\"meaning\":{meaning},\"length\":7,\"hex\":\"0300000702f080\"}}],\"received\":[],\"pdu\":null,\
             \"parameter\":null,\"octet\":3,\"clause\":null,\"reason\":2,\"expected\":\"1\",\"found\":\"2\",\"state\":null,\
             \"event\":null,\"peer_wants\":null,\"try\":[\"a\",\"b\"],\"history\":[]}}",
            diagnosis.cause.word()
        );
        assert_eq!(json, wanted);
    }
}
