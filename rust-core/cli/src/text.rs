//! Output for people: a tree.
use crate::sink::{Connection, Reading, Sink, readable, readings};
use osisession_proto::Error;
use osisession_proto::transport::Tpdu;
use osisession_proto::transport::tpdu::{Connect, disconnect_reason, error_cause, parameter};
use osisession_proto::x225::Tokens;
use osisession_proto::x225::follow::Standing;
use osisession_proto::x225::passive::{Content, Direction, Item, Observed, Properties};
use osisession_proto::x225::spdu::{Described, Flow};
use std::fmt::Write as _;
use std::io::{self, Write};

/// The tokens by name.
const TOKENS: [(Tokens, &str); 4] = [
    (Tokens::DATA, "data"),
    (Tokens::SYNCHRONIZE_MINOR, "synchronize-minor"),
    (Tokens::MAJOR_ACTIVITY, "major/activity"),
    (Tokens::RELEASE, "release"),
];

/// Octets of hex in one line.
const ROW: usize = 32;
/// Lines of hex for one value.
const ROWS: usize = 4;

pub(crate) struct Text<'w> {
    out: &'w mut dyn Write,
    hex: bool,
    tpdus: bool,
    last: Option<(usize, Direction)>,
    start: Option<u64>,
}

impl<'w> Text<'w> {
    pub(crate) fn new(out: &'w mut dyn Write, hex: bool, tpdus: bool) -> Text<'w> {
        Text { out, hex, tpdus, last: None, start: None }
    }

    fn heading(&mut self, connection: &Connection, item: &Item) -> io::Result<()> {
        let (from, to) = connection.ends(item.direction);
        let arrow = format!("{from} -> {to}");
        if connection.timed {
            let nanos = item.at.as_nanos();
            let since = nanos.saturating_sub(*self.start.get_or_insert(nanos));
            writeln!(
                self.out,
                "{}.{:06} #{} {arrow}",
                since / 1_000_000_000,
                since % 1_000_000_000 / 1_000,
                connection.number
            )
        } else {
            let here = (connection.number, item.direction);
            if self.last.replace(here) != Some(here) {
                writeln!(self.out, "#{} {arrow}", connection.number)?;
            }
            Ok(())
        }
    }

    fn tsdu(&mut self, tsdu: &Observed) -> io::Result<()> {
        let flow = if tsdu.flow == Flow::Expedited { ", expedited" } else { "" };
        writeln!(self.out, "  TSDU {}{flow}", octets(tsdu.octets.len()))?;
        let Some(decoded) = readable(tsdu) else {
            if let Some(error) = &tsdu.fault {
                let word = if tsdu.is_whole { "error" } else { "cannot be read, its beginning was not seen" };
                writeln!(self.out, "    ! {word}: {}", printable(&error.to_string()))?;
            }
            return self.dump(&tsdu.octets, "    ");
        };
        for reading in readings(tsdu, &decoded) {
            self.spdu(&reading)?;
        }
        Ok(())
    }

    fn spdu(&mut self, reading: &Reading<'_, '_>) -> io::Result<()> {
        let Reading { spdu, kind, .. } = reading;
        writeln!(
            self.out,
            "    {} {}, SI {}, at {}, {}",
            kind.name(),
            kind.title(),
            kind.si(),
            spdu.offset(),
            octets(spdu.octets().len())
        )?;
        for parameter in spdu.describe() {
            self.parameter(&parameter, "      ")?;
        }
        if kind.has_user_information() {
            writeln!(self.out, "      User Information: {}", octets(spdu.user_data().len()))?;
            self.dump(spdu.user_data(), "        ")?;
        }
        for (name, offset) in &reading.leniencies {
            writeln!(self.out, "      ~ tolerated at {offset}: {name}")?;
        }
        if let Some(error) = reading.error {
            writeln!(self.out, "      ! error: {}", printable(&error.to_string()))?;
        }
        Ok(())
    }

    fn parameter(&mut self, parameter: &Described<'_>, indent: &str) -> io::Result<()> {
        let name = parameter.name.unwrap_or("unknown parameter");
        write!(self.out, "{indent}{} {name}", parameter.code)?;
        if !parameter.meaning.is_empty() {
            write!(self.out, ": {}", printable(&parameter.meaning))?;
        }
        let is_group = !parameter.inside.is_empty();
        if !is_group && self.hex && (1..=8).contains(&parameter.value.len()) {
            let hex = hex(parameter.value);
            if hex != parameter.meaning {
                write!(self.out, " [{hex}]")?;
            }
            // Selectors and references are often letters; a serial number is shown as what it is.
            let letters =
                parameter.value.len() > 2 && parameter.value.iter().all(|o| (0x20..0x7f).contains(o));
            if letters && !parameter.value.iter().all(u8::is_ascii_digit) {
                write!(self.out, " |{}|", String::from_utf8_lossy(parameter.value))?;
            }
        }
        writeln!(self.out)?;
        let inner = format!("{indent}  ");
        for inside in &parameter.inside {
            self.parameter(inside, &inner)?;
        }
        if !is_group && parameter.value.len() > 8 {
            self.dump(parameter.value, &inner)?;
        }
        Ok(())
    }

    fn dump(&mut self, value: &[u8], indent: &str) -> io::Result<()> {
        if !self.hex {
            return Ok(());
        }
        for row in value.chunks(ROW).take(ROWS) {
            let ascii: String =
                row.iter().map(|o| if (0x20..0x7f).contains(o) { char::from(*o) } else { '.' }).collect();
            writeln!(self.out, "{indent}{} |{ascii}|", hex(row))?;
        }
        if value.len() > ROW * ROWS {
            writeln!(self.out, "{indent}... {} more", octets(value.len() - ROW * ROWS))?;
        }
        Ok(())
    }

    fn negotiated(&mut self, properties: &Properties) -> io::Result<()> {
        let sizes = properties.tsdu_maximum_size;
        let size = |size: u16| if size == 0 { "not limited".to_owned() } else { size.to_string() };
        writeln!(
            self.out,
            "  negotiated: version {}, {}, TSDU i->r {}, r->i {}",
            properties.version,
            properties.functional_units,
            size(sizes.initiator_to_responder),
            size(sizes.responder_to_initiator)
        )
    }
}

impl Sink for Text<'_> {
    fn item(&mut self, connection: &Connection, item: &Item) -> io::Result<()> {
        if !self.tpdus && is_carrier(item) {
            return Ok(());
        }
        self.heading(connection, item)?;
        match &item.content {
            Content::Tpdu(tpdu) => writeln!(self.out, "  {}", describe_tpdu(tpdu)),
            Content::Tsdu(tsdu) => self.tsdu(tsdu),
            Content::Ssdu { kind, user_data } => {
                writeln!(self.out, "  SSDU of {kind}, whole: {}", octets(user_data.len()))?;
                self.dump(user_data, "    ")
            }
            Content::Negotiated(properties) => self.negotiated(properties),
            Content::Fault(error) => {
                let text = printable(&error.to_string());
                writeln!(self.out, "  ! {} error: {text}", error.layer().name())
            }
            Content::Skipped { octets: n } => writeln!(self.out, "  ({n} octets that belong to nothing)"),
            Content::Lost => writeln!(self.out, "  (part of the stream is missing)"),
            _ => Ok(()),
        }
    }

    fn standing(&mut self, connection: &Connection, _: &Item, standing: &Standing) -> io::Result<()> {
        for (at, party) in [&connection.first, &connection.second].into_iter().enumerate() {
            let [va, vm, vr] = standing.serial_numbers[at];
            let tokens = standing.owned_tokens[at];
            let tokens: Vec<&str> =
                TOKENS.iter().filter(|(token, _)| tokens.contains(*token)).map(|(_, name)| *name).collect();
            let tokens = if tokens.is_empty() { "none".to_owned() } else { tokens.join(", ") };
            let activity = if standing.activity_in_progress[at] { ", in an activity" } else { "" };
            writeln!(
                self.out,
                "    = {party} in {}, tokens {tokens}, V(A) {va}, V(M) {vm}, V(R) {vr}{activity}",
                standing.states[at]
            )?;
        }
        Ok(())
    }

    fn violation(&mut self, _: &Connection, _: &Item, error: &Error) -> io::Result<()> {
        writeln!(self.out, "    !! the dialogue leaves the standard: {}", printable(&error.to_string()))
    }

    fn finish(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// DT, ED and EA: they only carry what is shown by itself.
pub(crate) fn is_carrier(item: &Item) -> bool {
    matches!(&item.content, Content::Tpdu(Tpdu::Dt(_) | Tpdu::Ed(_) | Tpdu::Ea { .. }))
}

/// One line about a TPDU.
pub(crate) fn describe_tpdu(tpdu: &Tpdu) -> String {
    let name = tpdu.mnemonic();
    match tpdu {
        Tpdu::Cr(connect) | Tpdu::Cc(connect) => format!("{name} {}", describe_connect(connect)),
        Tpdu::Dr(dr) => format!("{name} reason {}, {}", dr.reason, disconnect_reason(dr.reason)),
        Tpdu::Er { cause, .. } => format!("{name} cause {cause}, {}", error_cause(*cause)),
        Tpdu::Dt(data) | Tpdu::Ed(data) => {
            let more = if data.end_of_tsdu { "" } else { ", more to come" };
            format!("{name} {}{more}", octets(data.user_data.len()))
        }
        _ => name.to_owned(),
    }
}

fn describe_connect(connect: &Connect) -> String {
    let mut text = format!(
        "class {}, references {:04x} -> {:04x}",
        connect.class, connect.source_reference, connect.destination_reference
    );
    for parameter in &connect.parameters {
        let _ = write!(text, ", {} {}", parameter::name(parameter.code), hex(&parameter.value));
    }
    text
}

/// Octets as hex.
pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::with_capacity(octets.len() * 2), |mut text, octet| {
        let _ = write!(text, "{octet:02x}");
        text
    })
}

/// "1 octet", "12 octets".
pub(crate) fn octets(count: usize) -> String {
    if count == 1 { "1 octet".into() } else { format!("{count} octets") }
}

/// Control characters from the wire do not reach the terminal.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
