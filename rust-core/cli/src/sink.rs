//! What goes from the inputs to the outputs.
use osisession_proto::Error;
use osisession_proto::x225::follow::Standing;
use osisession_proto::x225::passive::{Content, Direction, Item, Observed};
use osisession_proto::x225::spdu::{DecodeContext, Decoded, Flow, Kind, Leniency, Spdu, decode};
use std::io;

/// Where items come from: a TCP connection, or an argument.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    /// Counted from 1.
    pub(crate) number: usize,
    pub(crate) first: String,
    pub(crate) second: String,
    /// Items have a time.
    pub(crate) timed: bool,
}

impl Connection {
    pub(crate) fn ends(&self, direction: Direction) -> (&str, &str) {
        match direction {
            Direction::Forward => (&self.first, &self.second),
            Direction::Backward => (&self.second, &self.first),
        }
    }
}

/// An output.
pub(crate) trait Sink {
    fn item(&mut self, connection: &Connection, item: &Item) -> io::Result<()>;
    /// Where both machines stand after the TSDU that was just shown.
    fn standing(&mut self, connection: &Connection, item: &Item, standing: &Standing) -> io::Result<()>;
    /// With what was just shown the dialogue left the standard.
    fn violation(&mut self, connection: &Connection, item: &Item, error: &Error) -> io::Result<()>;
    fn finish(&mut self) -> io::Result<()>;
}

/// An SPDU with what is to be said about it.
pub(crate) struct Reading<'s, 'a> {
    pub(crate) spdu: &'s Spdu<'a>,
    pub(crate) kind: Kind,
    /// Leniencies used within it: name and octet.
    pub(crate) leniencies: Vec<(&'static str, usize)>,
    pub(crate) error: Option<&'a Error>,
}

/// The SPDUs of a TSDU: as they are, or, where the rules that hold here refuse them, as far as they can be read at all.
pub(crate) fn readable(tsdu: &Observed) -> Option<Decoded<'_>> {
    let widest = DecodeContext {
        leniency: Leniency::TOLERANT,
        flow: tsdu.flow,
        continuing: tsdu.context.continuing,
        ..DecodeContext::unknown()
    };
    let other_flow = match tsdu.flow {
        Flow::Normal => Flow::Expedited,
        Flow::Expedited => Flow::Normal,
    };
    tsdu.decode()
        .or_else(|_| decode(&tsdu.octets, &widest))
        .or_else(|_| decode(&tsdu.octets, &DecodeContext { flow: other_flow, ..widest }))
        .ok()
}

/// The SPDUs of a TSDU, each with its leniencies and the error that belongs to it. Empty if nothing can be read.
pub(crate) fn readings<'s, 'a>(tsdu: &'a Observed, decoded: &'s Decoded<'a>) -> Vec<Reading<'s, 'a>> {
    let spdus = decoded.spdus();
    let holder = |offset: usize| spdus.iter().rposition(|spdu| spdu.offset() <= offset).unwrap_or(0);
    let faulty = tsdu.fault.as_ref().map(|error| holder(error.details().offset.unwrap_or(0)));
    let tolerated = tsdu.decode().is_ok();
    spdus
        .iter()
        .enumerate()
        .map(|(index, spdu)| Reading {
            spdu,
            kind: tsdu.kinds.get(index).copied().unwrap_or(spdu.kind()),
            leniencies: decoded
                .leniencies()
                .iter()
                .filter(|used| tolerated && holder(used.offset) == index)
                .flat_map(|used| used.leniency.iter_names().map(|(name, _)| (name, used.offset)))
                .collect(),
            error: tsdu.fault.as_ref().filter(|_| faulty == Some(index)),
        })
        .collect()
}

/// Something in it is invalid. The rest of a TSDU that began unseen is not: nobody can judge it.
pub(crate) fn is_invalid(item: &Item) -> bool {
    match &item.content {
        Content::Tsdu(tsdu) => tsdu.fault.is_some() && tsdu.is_whole,
        Content::Fault(_) => true,
        _ => false,
    }
}
