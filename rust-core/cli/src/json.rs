//! Output for programs: one JSON object a line. The keys and their order are documented in `docs/json.md`.
use crate::sink::{Connection, Reading, Sink, readable, readings};
use crate::text::{describe_tpdu, hex, is_carrier};
use osisession_proto::Error;
use osisession_proto::x225::follow::Standing;
use osisession_proto::x225::passive::{Content, Direction, Item, Observed, Properties};
use osisession_proto::x225::spdu::{Described, Flow};
use serde::Serialize;
use std::io::{self, Write};

/// What every object has.
#[derive(Serialize)]
struct Line<'a, T: Serialize> {
    r#type: &'static str,
    connection: usize,
    time: Option<String>,
    from: &'a str,
    to: &'a str,
    direction: &'static str,
    #[serde(flatten)]
    rest: T,
}

#[derive(Serialize)]
struct SpduLine<'a> {
    tsdu: u64,
    flow: &'static str,
    whole: bool,
    offset: usize,
    length: usize,
    mnemonic: Option<&'static str>,
    name: Option<&'static str>,
    si: Option<u8>,
    clause: Option<&'static str>,
    parameters: Vec<ParameterObject>,
    user_data: Option<OctetsObject>,
    hex: Option<String>,
    leniencies: Vec<LeniencyObject>,
    errors: Vec<ErrorObject<'a>>,
}

#[derive(Serialize)]
struct ParameterObject {
    code: u8,
    name: Option<&'static str>,
    offset: usize,
    length: usize,
    hex: Option<String>,
    meaning: String,
    parameters: Vec<ParameterObject>,
}

#[derive(Serialize)]
struct OctetsObject {
    length: usize,
    hex: Option<String>,
}

#[derive(Serialize)]
struct LeniencyObject {
    name: &'static str,
    offset: usize,
}

#[derive(Serialize)]
struct ErrorObject<'a> {
    kind: String,
    layer: &'static str,
    text: &'a str,
    pdu: Option<&'static str>,
    parameter: Option<&'a str>,
    offset: Option<usize>,
    expected: Option<&'a str>,
    found: Option<&'a str>,
    clause: Option<&'a str>,
}

#[derive(Serialize)]
struct SsduLine {
    mnemonic: &'static str,
    user_data: OctetsObject,
}

#[derive(Serialize)]
struct TpduLine {
    mnemonic: &'static str,
    meaning: String,
}

#[derive(Serialize)]
struct NegotiatedLine {
    initiator: &'static str,
    version: u8,
    functional_units: Vec<&'static str>,
    tsdu_maximum_size: Sizes,
    initial_serial_number: Option<u64>,
    second_initial_serial_number: Option<u64>,
    upper_limit_serial_number: u8,
    calling_selector: String,
    called_selector: String,
    responding_selector: String,
}

#[derive(Serialize)]
struct Sizes {
    initiator_to_responder: u16,
    responder_to_initiator: u16,
}

#[derive(Serialize)]
struct FaultLine<'a> {
    errors: [ErrorObject<'a>; 1],
}

#[derive(Serialize)]
struct ViolationLine<'a> {
    state: Option<&'static str>,
    event: Option<&'static str>,
    errors: [ErrorObject<'a>; 1],
}

#[derive(Serialize)]
struct StateLine {
    parties: [PartyObject; 2],
}

#[derive(Serialize)]
struct PartyObject {
    state: &'static str,
    tokens: Vec<&'static str>,
    serial_numbers: [u64; 3],
    activity: bool,
}

#[derive(Serialize)]
struct SkippedLine {
    octets: u64,
}

#[derive(Serialize)]
struct Nothing {}

pub(crate) struct Json<'w> {
    out: &'w mut dyn Write,
    hex: bool,
    tpdus: bool,
    tsdus: u64,
}

impl<'w> Json<'w> {
    pub(crate) fn new(out: &'w mut dyn Write, hex: bool, tpdus: bool) -> Json<'w> {
        Json { out, hex, tpdus, tsdus: 0 }
    }

    fn line<T: Serialize>(
        &mut self,
        connection: &Connection,
        item: &Item,
        name: &'static str,
        rest: T,
    ) -> io::Result<()> {
        let (from, to) = connection.ends(item.direction);
        let nanos = item.at.as_nanos();
        let line = Line {
            r#type: name,
            connection: connection.number,
            time: connection.timed.then(|| format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000)),
            from,
            to,
            direction: direction(item.direction),
            rest,
        };
        serde_json::to_writer(&mut *self.out, &line)?;
        self.out.write_all(b"\n")
    }

    fn hex(&self, octets: &[u8]) -> Option<String> {
        self.hex.then(|| hex(octets))
    }

    fn octets(&self, octets: &[u8]) -> OctetsObject {
        OctetsObject { length: octets.len(), hex: self.hex(octets) }
    }

    fn parameter(&self, parameter: &Described<'_>) -> ParameterObject {
        ParameterObject {
            code: parameter.code,
            name: parameter.name,
            offset: parameter.offset,
            length: parameter.value.len(),
            hex: self.hex(parameter.value),
            meaning: parameter.meaning.clone(),
            parameters: parameter.inside.iter().map(|inside| self.parameter(inside)).collect(),
        }
    }

    fn spdu<'a>(&self, tsdu: &Observed, reading: &Reading<'_, 'a>) -> SpduLine<'a> {
        let Reading { spdu, kind, .. } = reading;
        let data = spdu.user_data();
        SpduLine {
            tsdu: self.tsdus,
            flow: flow(tsdu.flow),
            whole: tsdu.is_whole,
            offset: spdu.offset(),
            length: spdu.octets().len(),
            mnemonic: Some(kind.name()),
            name: Some(kind.title()),
            si: Some(kind.si()),
            clause: Some(kind.clause()),
            parameters: spdu.describe().iter().map(|parameter| self.parameter(parameter)).collect(),
            user_data: (kind.has_user_information() || !data.is_empty()).then(|| self.octets(data)),
            hex: self.hex(spdu.octets()),
            leniencies: reading
                .leniencies
                .iter()
                .map(|&(name, offset)| LeniencyObject { name, offset })
                .collect(),
            errors: reading.error.into_iter().map(error).collect(),
        }
    }

    fn tsdu(&mut self, connection: &Connection, item: &Item, tsdu: &Observed) -> io::Result<()> {
        self.tsdus += 1;
        if let Some(decoded) = readable(tsdu) {
            for reading in readings(tsdu, &decoded) {
                let spdu = self.spdu(tsdu, &reading);
                self.line(connection, item, "spdu", spdu)?;
            }
            return Ok(());
        }
        let unreadable = SpduLine {
            tsdu: self.tsdus,
            flow: flow(tsdu.flow),
            whole: tsdu.is_whole,
            offset: 0,
            length: tsdu.octets.len(),
            mnemonic: None,
            name: None,
            si: tsdu.octets.first().copied(),
            clause: None,
            parameters: Vec::new(),
            user_data: None,
            hex: self.hex(&tsdu.octets),
            leniencies: Vec::new(),
            errors: tsdu.fault.iter().map(error).collect(),
        };
        self.line(connection, item, "spdu", unreadable)
    }
}

impl Sink for Json<'_> {
    fn item(&mut self, connection: &Connection, item: &Item) -> io::Result<()> {
        match &item.content {
            Content::Tsdu(tsdu) => self.tsdu(connection, item, tsdu),
            Content::Tpdu(tpdu) if self.tpdus || !is_carrier(item) => {
                let rest = TpduLine { mnemonic: tpdu.mnemonic(), meaning: describe_tpdu(tpdu) };
                self.line(connection, item, "tpdu", rest)
            }
            Content::Tpdu(_) => Ok(()),
            Content::Ssdu { kind, user_data } => {
                let rest = SsduLine { mnemonic: kind.name(), user_data: self.octets(user_data) };
                self.line(connection, item, "ssdu", rest)
            }
            Content::Negotiated(properties) => {
                self.line(connection, item, "negotiated", negotiated(properties))
            }
            Content::Fault(fault) => {
                self.line(connection, item, "fault", FaultLine { errors: [error(fault)] })
            }
            Content::Skipped { octets } => {
                self.line(connection, item, "skipped", SkippedLine { octets: *octets })
            }
            Content::Lost => self.line(connection, item, "lost", Nothing {}),
            _ => Ok(()),
        }
    }

    fn standing(&mut self, connection: &Connection, item: &Item, standing: &Standing) -> io::Result<()> {
        let parties = [0, 1].map(|at| PartyObject {
            state: standing.states[at].name(),
            tokens: standing.owned_tokens[at].iter_names().map(|(name, _)| name).collect(),
            serial_numbers: standing.serial_numbers[at],
            activity: standing.activity_in_progress[at],
        });
        self.line(connection, item, "state", StateLine { parties })
    }

    fn violation(&mut self, connection: &Connection, item: &Item, fault: &Error) -> io::Result<()> {
        let details = fault.details();
        let rest = ViolationLine { state: details.state, event: details.event, errors: [error(fault)] };
        self.line(connection, item, "violation", rest)
    }

    fn finish(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Forward => "forward",
        Direction::Backward => "backward",
    }
}

fn flow(flow: Flow) -> &'static str {
    match flow {
        Flow::Normal => "normal",
        Flow::Expedited => "expedited",
    }
}

fn negotiated(properties: &Properties) -> NegotiatedLine {
    let sizes = properties.tsdu_maximum_size;
    NegotiatedLine {
        initiator: direction(properties.initiator),
        version: properties.version.bits(),
        functional_units: properties.functional_units.iter_names().map(|(name, _)| name).collect(),
        tsdu_maximum_size: Sizes {
            initiator_to_responder: sizes.initiator_to_responder,
            responder_to_initiator: sizes.responder_to_initiator,
        },
        initial_serial_number: properties.initial_serial_number,
        second_initial_serial_number: properties.second_initial_serial_number,
        upper_limit_serial_number: properties.upper_limit_serial_number,
        calling_selector: hex(&properties.calling_selector),
        called_selector: hex(&properties.called_selector),
        responding_selector: hex(&properties.responding_selector),
    }
}

fn error(error: &Error) -> ErrorObject<'_> {
    let details = error.details();
    ErrorObject {
        kind: format!("{:?}", error.kind()),
        layer: error.layer().name(),
        text: &details.text,
        pdu: details.pdu,
        parameter: details.parameter.as_deref(),
        offset: details.offset,
        expected: details.expected.as_deref(),
        found: details.found.as_deref(),
        clause: details.clause.as_deref(),
    }
}
