//! The ladder diagram: two lifelines, an arrow for each TSDU.
mod html;
mod svg;
mod tokens;

use crate::sink::{Connection, Reading, Sink, readable, readings};
use crate::text::{describe_tpdu, is_carrier, octets, printable};
use osisession_proto::Error;
use osisession_proto::transport::Tpdu;
use osisession_proto::x225::follow::Standing;
use osisession_proto::x225::parameter::{Enclosure, ResyncType};
use osisession_proto::x225::passive::{Content, Direction, Item, Observed, Properties};
use osisession_proto::x225::spdu::{Flow, Kind};
use osisession_proto::x225::{FunctionalUnits, Tokens};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use tokens::{Holders, TokenMap, letters};

/// Rows of all diagrams together. More of them nobody looks at, and browsers give up.
const MAX_ROWS: usize = 5_000;
/// Characters of what an SPDU says below its arrow.
const MAX_DETAIL: usize = 110;

/// What a row is about: its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Theme {
    Connection,
    Data,
    Token,
    Sync,
    Activity,
    Trouble,
    Transport,
}

impl Theme {
    fn of(kind: Kind) -> Theme {
        use Kind as K;
        match kind {
            K::CN | K::OA | K::CDO | K::AC | K::FN | K::DN | K::NF => Theme::Connection,
            K::DT | K::EX | K::TD | K::CD | K::CDA | K::UD => Theme::Data,
            K::GT | K::PT | K::GTC | K::GTA => Theme::Token,
            K::MIP | K::MIA | K::MAP | K::MAA | K::RS | K::RA | K::PR => Theme::Sync,
            K::AS | K::AR | K::AE | K::AEA | K::AI | K::AIA | K::AD | K::ADA => Theme::Activity,
            K::RF | K::AB | K::AA | K::ER | K::ED => Theme::Trouble,
        }
    }

    const fn class(self) -> &'static str {
        match self {
            Theme::Connection => "connection",
            Theme::Data => "data",
            Theme::Token => "token",
            Theme::Sync => "sync",
            Theme::Activity => "activity",
            Theme::Trouble => "trouble",
            Theme::Transport => "transport",
        }
    }
}

/// A synchronization point that is set in this row.
#[derive(Clone, Debug, PartialEq, Eq)]
struct SyncPoint {
    number: u64,
    major: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Body {
    Arrow {
        label: String,
        detail: String,
        theme: Theme,
        /// Everything, for who points at it.
        full: String,
        sync: Option<SyncPoint>,
        errors: Vec<String>,
        tolerated: Vec<&'static str>,
        expedited: bool,
    },
    Note(String),
    Error(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    direction: Direction,
    /// Seconds since the first row.
    time: Option<String>,
    body: Body,
    /// The tokens after this row, and those that moved in it.
    holders: Holders,
    moved: [bool; 4],
}

#[derive(Debug)]
struct Diagram {
    connection: Connection,
    rows: Vec<Row>,
    tokens: TokenMap,
}

/// Collects diagrams and writes them at the end.
pub(crate) struct Ladder {
    out: BufWriter<File>,
    html: bool,
    diagrams: BTreeMap<usize, Diagram>,
    rows: usize,
    left_out: usize,
    start: Option<u64>,
}

impl Ladder {
    pub(crate) fn create(path: &Path) -> io::Result<Ladder> {
        let html = path.extension().is_some_and(|extension| {
            extension.eq_ignore_ascii_case("html") || extension.eq_ignore_ascii_case("htm")
        });
        let file = File::create(path)
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
        Ok(Ladder {
            out: BufWriter::new(file),
            html,
            diagrams: BTreeMap::new(),
            rows: 0,
            left_out: 0,
            start: None,
        })
    }
}

impl Sink for Ladder {
    fn item(&mut self, connection: &Connection, item: &Item) -> io::Result<()> {
        if is_carrier(item) {
            return Ok(());
        }
        if self.rows == MAX_ROWS {
            self.left_out += 1;
            return Ok(());
        }
        let time = connection.timed.then(|| {
            let nanos = item.at.as_nanos();
            let since = nanos.saturating_sub(*self.start.get_or_insert(nanos));
            format!("{}.{:06}", since / 1_000_000_000, since % 1_000_000_000 / 1_000)
        });
        let diagram = self.diagrams.entry(connection.number).or_insert_with(|| Diagram {
            connection: connection.clone(),
            rows: Vec::new(),
            tokens: TokenMap::default(),
        });
        let before = diagram.tokens.holders();
        let Some(body) = body(item, &mut diagram.tokens) else { return Ok(()) };
        let holders = diagram.tokens.holders();
        let moved = std::array::from_fn(|index| holders.0[index] != before.0[index]);
        diagram.rows.push(Row { direction: item.direction, time, body, holders, moved });
        self.rows += 1;
        Ok(())
    }

    fn standing(&mut self, _: &Connection, _: &Item, _: &Standing) -> io::Result<()> {
        Ok(())
    }

    fn violation(&mut self, connection: &Connection, item: &Item, error: &Error) -> io::Result<()> {
        if let Some(diagram) = self.diagrams.get_mut(&connection.number).filter(|_| self.rows < MAX_ROWS) {
            let holders = diagram.tokens.holders();
            let body = Body::Error(format!("the dialogue leaves the standard: {error}"));
            let moved = Default::default();
            diagram.rows.push(Row { direction: item.direction, time: None, body, holders, moved });
            self.rows += 1;
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        let diagrams: Vec<&Diagram> = self.diagrams.values().collect();
        let page = if self.html {
            html::page(&diagrams, self.left_out)
        } else {
            svg::file(&diagrams, self.left_out)
        };
        self.out.write_all(page.as_bytes())?;
        self.out.flush()
    }
}

fn body(item: &Item, tokens: &mut TokenMap) -> Option<Body> {
    Some(match &item.content {
        Content::Tpdu(tpdu) => Body::Arrow {
            label: format!("transport {}", tpdu.mnemonic()),
            detail: clip(&describe_tpdu(tpdu)),
            theme: if matches!(tpdu, Tpdu::Er { .. }) { Theme::Trouble } else { Theme::Transport },
            full: describe_tpdu(tpdu),
            sync: None,
            errors: Vec::new(),
            tolerated: Vec::new(),
            expedited: false,
        },
        Content::Tsdu(tsdu) => tsdu_arrow(tsdu, item.direction, tokens),
        Content::Ssdu { kind, user_data } => {
            Body::Note(format!("SSDU of {kind} is whole: {}", octets(user_data.len())))
        }
        Content::Negotiated(properties) => {
            tokens.negotiated(properties);
            Body::Note(agreed(properties))
        }
        Content::Fault(error) => Body::Error(error.to_string()),
        Content::Skipped { octets } => Body::Note(format!("{octets} octets that belong to nothing")),
        Content::Lost => {
            tokens.lost();
            Body::Error("part of the stream is missing".into())
        }
        _ => return None,
    })
}

fn tsdu_arrow(tsdu: &Observed, direction: Direction, tokens: &mut TokenMap) -> Body {
    let expedited = tsdu.flow == Flow::Expedited;
    let Some(decoded) = readable(tsdu) else {
        return Body::Arrow {
            label: match tsdu.fault.as_ref().and_then(|error| error.details().pdu) {
                Some(pdu) => format!("{pdu}, not readable"),
                None => "not readable".into(),
            },
            detail: octets(tsdu.octets.len()),
            theme: Theme::Trouble,
            full: String::new(),
            sync: None,
            errors: tsdu.fault.iter().map(ToString::to_string).collect(),
            tolerated: Vec::new(),
            expedited,
        };
    };
    let readings = readings(tsdu, &decoded);
    // A GIVE or PLEASE TOKENS without tokens is a mere prefix.
    let is_prefix = |reading: &Reading<'_, '_>| {
        readings.len() > 1
            && matches!(reading.kind, Kind::GT | Kind::PT)
            && reading.spdu.token_item().unwrap_or_default().is_empty()
    };
    let shown: Vec<_> = readings.iter().filter(|reading| !is_prefix(reading)).collect();
    let theme = |reading: &&&Reading<'_, '_>| !matches!(reading.kind, Kind::GT | Kind::PT | Kind::DT);
    let leading = shown.iter().find(theme).or(shown.last());
    let details: Vec<String> =
        shown.iter().map(|reading| detail(reading)).filter(|detail| !detail.is_empty()).collect();
    for reading in &readings {
        if tsdu.fault.is_none() {
            tokens.spdu(direction, reading.kind, reading.spdu);
        }
    }
    // What is invalid sets no synchronization point.
    let sync = shown.iter().filter(|_| tsdu.fault.is_none()).find_map(|reading| match reading.kind {
        Kind::MIP | Kind::MAP => {
            reading.spdu.serial_number().map(|number| SyncPoint { number, major: reading.kind == Kind::MAP })
        }
        _ => None,
    });
    Body::Arrow {
        label: shown.iter().map(|reading| label(reading)).collect::<Vec<_>>().join(" + "),
        detail: clip(&details.join("; ")),
        theme: leading.map_or(Theme::Trouble, |reading| Theme::of(reading.kind)),
        full: readings.iter().map(|reading| reading.spdu.to_string()).collect::<Vec<_>>().join("\n"),
        sync,
        errors: tsdu.fault.iter().map(ToString::to_string).collect(),
        tolerated: readings.iter().flat_map(|reading| &reading.leniencies).map(|(name, _)| *name).collect(),
        expedited,
    }
}

/// "MIP 4", "GT [DM]", "DT (begins)".
fn label(reading: &Reading<'_, '_>) -> String {
    let spdu = reading.spdu;
    let mut text = reading.kind.name().to_owned();
    if let Some(tokens) = spdu.token_item().filter(|tokens| *tokens != Tokens::empty()) {
        text.push_str(&format!(" [{}]", letters(tokens)));
    }
    if let Some(number) = spdu.serial_number() {
        text.push_str(&format!(" {number}"));
    }
    match spdu.enclosure() {
        Some(Enclosure::First) => text.push_str(" (begins)"),
        Some(Enclosure::Middle) => text.push_str(" (goes on)"),
        Some(Enclosure::Last) => text.push_str(" (ends)"),
        Some(Enclosure::Single) | None => {}
    }
    text
}

/// What an SPDU says, in a few words.
fn detail(reading: &Reading<'_, '_>) -> String {
    let spdu = reading.spdu;
    let mut words: Vec<String> = Vec::new();
    if !matches!(reading.kind, Kind::DT | Kind::GT | Kind::PT) {
        words.push(reading.kind.title().to_lowercase());
    }
    match reading.kind {
        Kind::CN | Kind::AC => {
            words.extend(spdu.functional_units().map(short_names));
            words.extend(spdu.called_selector().map(|selector| format!("to {}", readable_octets(selector))));
        }
        Kind::RS | Kind::RA => words.extend(spdu.resync_type().map(|kind| {
            match kind {
                ResyncType::Restart => "restart",
                ResyncType::Abandon => "abandon",
                ResyncType::Set => "set",
            }
            .into()
        })),
        _ => {}
    }
    for parameter in spdu.describe() {
        // Sync Type Item, Transport Disconnect, Prepare Type, Reason Code, Activity Identifier.
        match parameter.code {
            15 if reading.kind == Kind::MIP => words.push(parameter.meaning),
            17 | 24 | 50 => words.push(parameter.meaning),
            41 => words.push(format!("activity {}", readable_octets(parameter.value))),
            _ => {}
        }
    }
    let data = spdu.user_data().len();
    if data > 0 || reading.kind.has_user_information() {
        words.push(octets(data));
    }
    words.join(", ")
}

/// As text if it is text, otherwise as hex.
fn readable_octets(value: &[u8]) -> String {
    if !value.is_empty() && value.iter().all(|octet| (0x20..0x7f).contains(octet)) {
        format!("\"{}\"", String::from_utf8_lossy(value))
    } else {
        crate::text::hex(value)
    }
}

fn agreed(properties: &Properties) -> String {
    format!("agreed: version {}, {}", properties.version, short_names(properties.functional_units))
}

/// Functional units by their abbreviations.
fn short_names(units: FunctionalUnits) -> String {
    use FunctionalUnits as Fu;
    const NAMES: [(Fu, &str); 13] = [
        (Fu::HALF_DUPLEX, "HD"),
        (Fu::DUPLEX, "FD"),
        (Fu::EXPEDITED_DATA, "EX"),
        (Fu::MINOR_SYNC, "SY"),
        (Fu::MAJOR_SYNC, "MA"),
        (Fu::RESYNCHRONIZE, "RESYN"),
        (Fu::ACTIVITY_MANAGEMENT, "ACT"),
        (Fu::NEGOTIATED_RELEASE, "NR"),
        (Fu::CAPABILITY_DATA, "CD"),
        (Fu::EXCEPTIONS, "EXCEP"),
        (Fu::TYPED_DATA, "TD"),
        (Fu::SYMMETRIC_SYNC, "SS"),
        (Fu::DATA_SEPARATION, "DS"),
    ];
    NAMES
        .iter()
        .filter(|(unit, _)| units.contains(*unit))
        .map(|(_, name)| *name)
        .collect::<Vec<_>>()
        .join(" ")
}

fn clip(text: &str) -> String {
    let text = printable(text);
    if text.chars().count() <= MAX_DETAIL {
        return text;
    }
    text.chars().take(MAX_DETAIL - 1).chain(['\u{2026}']).collect()
}
