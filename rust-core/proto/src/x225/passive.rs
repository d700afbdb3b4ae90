//! A decoder that only listens: both directions of a connection in, what was said out.
//!
//! It is fed with the octets of a TCP stream ([`Passive::stream`]) or with TSDUs ([`Passive::tsdu`]) as they come, and may
//! begin in the middle of a connection or lose part of it ([`Passive::lost`]): it then looks for the next octets that can
//! be a TPKT with a TPDU in it. What CONNECT and ACCEPT negotiate is remembered and used to read what follows.
//!
//! Memory: one unfinished TPKT, TSDU and SSDU in each direction, each within its limit, and the items that were not taken.
//! An item refers to the octets that were fed and owns some hundred octets more.
use super::parameter::*;
use super::spdu::{self, DecodeContext, Decoded, Flow, Kind, Leniency, Reassembly, Segmenting, Spdu};
use crate::error::{Error, Layer};
use crate::limits::Limits;
use crate::time::Instant;
use crate::transport::tpdu::{self, Tpdu};
use crate::transport::tpkt;
use bytes::{Buf, Bytes, BytesMut};
use smallvec::SmallVec;
use std::collections::VecDeque;

/// One of the two directions of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Direction {
    /// From the first party, which opened the TCP connection as far as that was seen, to the second.
    Forward,
    /// From the second party to the first.
    Backward,
}

impl Direction {
    /// The other direction.
    #[must_use]
    pub const fn reverse(self) -> Direction {
        match self {
            Direction::Forward => Direction::Backward,
            Direction::Backward => Direction::Forward,
        }
    }

    const fn index(self) -> usize {
        match self {
            Direction::Forward => 0,
            Direction::Backward => 1,
        }
    }
}

/// Something that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The direction in which it went.
    pub direction: Direction,
    /// When its last octet came.
    pub at: Instant,
    /// What it is.
    pub content: Content,
}

/// What an [`Item`] is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content {
    /// A TPDU, data included.
    Tpdu(Tpdu),
    /// A whole TSDU with its SPDUs, or with the reason why they cannot be read.
    Tsdu(Observed),
    /// An SSDU that was put together from several segments.
    Ssdu {
        /// The SPDU that its segments are.
        kind: Kind,
        /// All its user data.
        user_data: Bytes,
    },
    /// CONNECT and ACCEPT were seen: what they agreed.
    Negotiated(Box<Properties>),
    /// The framing or the transport protocol was violated, or a limit was hit. Faults of SPDUs are in [`Observed::fault`].
    Fault(Error),
    /// Octets that belong to nothing: before the first header, or after a loss.
    Skipped {
        /// How many.
        octets: u64,
    },
    /// Part of the stream is missing here.
    Lost,
}

/// A TSDU as it was seen. Its SPDUs are read from it on demand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// The flow on which it came.
    pub flow: Flow,
    /// Its octets.
    pub octets: Bytes,
    /// What was known about the connection when it came.
    pub context: DecodeContext,
    /// Its first octet was seen for certain. After a loss, or at the start, the first TSDU may be the rest of one.
    pub is_whole: bool,
    /// The SPDUs in the order of the wire, with SI 42 resolved by what it answers. Empty if they could not be read.
    pub kinds: SmallVec<[Kind; 4]>,
    /// Why the SPDUs are invalid, if they are.
    pub fault: Option<Error>,
}

impl Observed {
    /// The SPDUs.
    ///
    /// # Errors
    /// The same as [`Observed::fault`], unless that is a fault of the sequence, such as a segment without a beginning.
    pub fn decode(&self) -> crate::error::Result<Decoded<'_>> {
        spdu::decode(&self.octets, &self.context)
    }
}

/// What CONNECT and ACCEPT agreed (X.225 7.1, 7.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Properties {
    /// The direction in which the CONNECT went.
    pub initiator: Direction,
    /// The protocol version.
    pub version: Versions,
    /// The functional units selected.
    pub functional_units: FunctionalUnits,
    /// Maximum TSDU sizes selected; 0 is "not limited".
    pub tsdu_maximum_size: TsduSizes,
    /// Where the tokens start. A choice that was left to the acceptor is settled.
    pub tokens: TokenAssignment,
    /// First initial serial number.
    pub initial_serial_number: Option<SerialNumber>,
    /// Second initial serial number.
    pub second_initial_serial_number: Option<SerialNumber>,
    /// Digits of a serial number.
    pub upper_limit_serial_number: u8,
    /// The initiator can receive extended concatenation.
    pub initiator_extended_concatenation: bool,
    /// The responder can receive extended concatenation.
    pub responder_extended_concatenation: bool,
    /// Calling session selector.
    pub calling_selector: Bytes,
    /// Called session selector, as CONNECT has it.
    pub called_selector: Bytes,
    /// Responding session selector, as ACCEPT has it.
    pub responding_selector: Bytes,
}

/// What a CONNECT proposed.
#[derive(Clone, Debug)]
struct Proposal {
    initiator: Direction,
    versions: Versions,
    functional_units: FunctionalUnits,
    sizes: TsduSizes,
    tokens: TokenAssignment,
    upper_limit: u8,
    extended_concatenation: bool,
    initial: Option<SerialNumber>,
    second: Option<SerialNumber>,
    calling: Bytes,
    called: Bytes,
}

/// How far the TPKT framing of one direction is known.
#[derive(Debug, PartialEq, Eq)]
enum Framing {
    /// The next octet begins a header, for certain or by all that is known.
    Aligned,
    /// Looking for a header.
    Lost,
}

/// One direction.
#[derive(Debug)]
struct Half {
    buffer: BytesMut,
    framing: Framing,
    skipped: u64,
    /// The TSDU that is being put together from DT TPDUs.
    tsdu: BytesMut,
    /// Too large: its remaining TPDUs are passed over.
    overflown: bool,
    /// The next DT TPDU begins a TSDU for certain.
    at_boundary: bool,
    ssdu: Reassembly,
    /// User data of a CONNECT that goes on in CONNECT DATA OVERFLOW.
    connect_data: Option<BytesMut>,
    /// The first segment of what goes on now may have passed unseen.
    joined_late: bool,
    /// MAP or AE that waits for its answer.
    unanswered: Option<Kind>,
}

impl Half {
    fn new(limits: &Limits) -> Half {
        Half {
            buffer: BytesMut::new(),
            framing: Framing::Aligned,
            skipped: 0,
            tsdu: BytesMut::new(),
            overflown: false,
            at_boundary: false,
            ssdu: Reassembly::new(limits.ssdu_reassembly),
            connect_data: None,
            joined_late: true,
            unanswered: None,
        }
    }
}

/// Octets at the start of a stream that show a TPKT with a TPDU: header, length indicator, code.
pub const SIGNATURE: usize = 6;

/// Whether these octets can begin a TPKT that carries a TPDU of class 0 or 2; `None` if there are too few to say.
pub fn looks_like_tpkt(octets: &[u8]) -> Option<bool> {
    let fits = |index: usize, test: &dyn Fn(u8) -> bool| octets.get(index).is_none_or(|octet| test(*octet));
    if !fits(0, &|octet| octet == tpkt::VERSION) || !fits(1, &|octet| octet == 0) {
        return Some(false);
    }
    let [_, _, high, low, indicator, code, ..] = *octets else { return None };
    let packet = usize::from(u16::from_be_bytes([high, low]));
    let header = usize::from(indicator) + 1;
    let fixed = match code {
        0xf0 | 0x10 => indicator == 2 || indicator == 4,
        0xd0..=0xef | 0x80 => indicator >= 6,
        0xc0 => indicator >= 5,
        0x70 | 0x20 => indicator >= 4,
        _ => false,
    };
    Some(fixed && packet >= tpkt::MIN && tpkt::HEADER + header <= packet)
}

/// The decoder of one connection.
#[derive(Debug)]
pub struct Passive {
    limits: Limits,
    leniency: Leniency,
    halves: [Half; 2],
    proposal: Option<Proposal>,
    properties: Option<Properties>,
    items: VecDeque<Item>,
}

impl Default for Passive {
    /// Tolerant, with the default limits.
    fn default() -> Passive {
        Passive::new(Limits::default(), Leniency::TOLERANT)
    }
}

impl Passive {
    /// A decoder that knows nothing of the connection yet.
    pub fn new(limits: Limits, leniency: Leniency) -> Passive {
        let halves = [Half::new(&limits), Half::new(&limits)];
        Passive { limits, leniency, halves, proposal: None, properties: None, items: VecDeque::new() }
    }

    /// What was seen, in order. Take all items after each call that feeds the decoder.
    pub fn poll(&mut self) -> Option<Item> {
        self.items.pop_front()
    }

    /// What was negotiated, if it was seen.
    pub fn properties(&self) -> Option<&Properties> {
        self.properties.as_ref()
    }

    fn half(&mut self, direction: Direction) -> &mut Half {
        &mut self.halves[direction.index()]
    }

    fn push(&mut self, direction: Direction, at: Instant, content: Content) {
        self.items.push_back(Item { direction, at, content });
    }

    /// The stream in this direction begins here: what comes next is a TPKT or a fault.
    pub fn begin(&mut self, direction: Direction) {
        let half = self.half(direction);
        half.framing = Framing::Aligned;
        half.at_boundary = true;
        half.joined_late = false;
    }

    /// The next octets of the TCP stream in this direction.
    pub fn stream(&mut self, direction: Direction, octets: &[u8], now: Instant) {
        self.half(direction).buffer.extend_from_slice(octets);
        while self.packet(direction, now) {}
    }

    /// Part of the stream in this direction is missing.
    pub fn lost(&mut self, direction: Direction, now: Instant) {
        let half = self.half(direction);
        half.skipped += half.buffer.len() as u64;
        half.buffer.clear();
        half.framing = Framing::Lost;
        half.tsdu.clear();
        half.overflown = false;
        half.at_boundary = false;
        half.ssdu.cancel();
        half.connect_data = None;
        half.joined_late = true;
        half.unanswered = None;
        self.push(direction, now, Content::Lost);
    }

    /// The stream in this direction ended. What is left of it is reported.
    pub fn end(&mut self, direction: Direction, now: Instant) {
        let half = self.half(direction);
        let rest = core::mem::take(&mut half.buffer).len();
        let unfinished = rest + half.tsdu.len();
        let aligned = half.framing == Framing::Aligned;
        half.tsdu.clear();
        if !aligned {
            half.skipped += rest as u64;
            self.report_skipped(direction, now);
        } else if unfinished > 0 {
            let text = format!("the stream ends in the middle of a TPKT or TSDU, after {unfinished} octets");
            self.push(
                direction,
                now,
                Content::Fault(Error::peer(Layer::Tpkt, text).with_clause("RFC 1006 6")),
            );
        }
    }

    /// Nothing more will be seen of either direction, which says nothing about the stream itself.
    pub fn stop(&mut self, now: Instant) {
        for direction in [Direction::Forward, Direction::Backward] {
            let half = self.half(direction);
            if half.framing == Framing::Lost {
                half.skipped += core::mem::take(&mut half.buffer).len() as u64;
            }
            self.report_skipped(direction, now);
        }
    }

    fn report_skipped(&mut self, direction: Direction, now: Instant) {
        let octets = core::mem::take(&mut self.half(direction).skipped);
        if octets > 0 {
            self.push(direction, now, Content::Skipped { octets });
        }
    }

    /// Takes one packet from the buffer; `false` if there is none.
    fn packet(&mut self, direction: Direction, now: Instant) -> bool {
        let half = self.half(direction);
        if half.framing == Framing::Lost {
            let start = (0..half.buffer.len()).find(|at| looks_like_tpkt(&half.buffer[*at..]) != Some(false));
            let start = start.unwrap_or(half.buffer.len());
            half.buffer.advance(start);
            half.skipped += start as u64;
            if looks_like_tpkt(&half.buffer) != Some(true) {
                return false;
            }
            half.framing = Framing::Aligned;
            self.report_skipped(direction, now);
        }
        let half = self.half(direction);
        if half.buffer.len() >= SIGNATURE && !half.at_boundary && looks_like_tpkt(&half.buffer) == Some(false)
        {
            // The first octets of a connection whose start was not seen.
            half.framing = Framing::Lost;
            return true;
        }
        match tpkt::split(&mut half.buffer) {
            Ok(None) => false,
            Ok(Some(octets)) => {
                self.tpdu(direction, octets, now);
                true
            }
            Err(error) => {
                half.framing = Framing::Lost;
                half.tsdu.clear();
                half.at_boundary = false;
                half.ssdu.cancel();
                half.joined_late = true;
                self.push(direction, now, Content::Fault(error));
                true
            }
        }
    }

    /// One TPDU, the content of a TPKT.
    pub fn tpdu(&mut self, direction: Direction, octets: Bytes, now: Instant) {
        let tpdu = match Tpdu::decode(octets) {
            Ok(tpdu) => tpdu,
            Err(error) => return self.push(direction, now, Content::Fault(error)),
        };
        self.push(direction, now, Content::Tpdu(tpdu.clone()));
        match tpdu {
            Tpdu::Cr(_) => {
                // A new transport connection: nothing of an earlier one holds.
                for half in &mut self.halves {
                    half.tsdu.clear();
                    half.overflown = false;
                    half.at_boundary = true;
                }
                self.forget_session();
            }
            Tpdu::Cc(_) => self.half(direction).at_boundary = true,
            Tpdu::Dt(data) => self.data(direction, data, now),
            Tpdu::Ed(data) => self.observe(direction, Flow::Expedited, data.user_data, true, now),
            _ => {}
        }
    }

    /// Puts TSDUs together (X.224 6.3).
    fn data(&mut self, direction: Direction, data: tpdu::Data, now: Instant) {
        let limit = self.limits.tsdu_reassembly;
        let half = self.half(direction);
        let too_large = !half.overflown && half.tsdu.len().saturating_add(data.user_data.len()) > limit;
        if too_large {
            half.overflown = true;
            half.tsdu = BytesMut::new();
            half.ssdu.cancel();
        }
        let overflown = half.overflown;
        let mut whole = None;
        if data.end_of_tsdu {
            if !overflown {
                let octets = if half.tsdu.is_empty() {
                    data.user_data
                } else {
                    half.tsdu.extend_from_slice(&data.user_data);
                    core::mem::take(&mut half.tsdu).freeze()
                };
                whole = Some((octets, half.at_boundary));
            }
            half.overflown = false;
            half.at_boundary = true;
        } else if !overflown {
            half.tsdu.extend_from_slice(&data.user_data);
        }
        if too_large {
            let error = Error::limit(Layer::Transport, format!("a TSDU of more than {limit} octets"));
            self.push(direction, now, Content::Fault(error.with_pdu("DT").with_clause("X.224 6.3")));
        }
        if let Some((octets, is_whole)) = whole {
            self.observe(direction, Flow::Normal, octets, is_whole, now);
        }
    }

    /// One TSDU, where TSDUs are what there is.
    pub fn tsdu(&mut self, direction: Direction, flow: Flow, octets: Bytes, now: Instant) {
        self.observe(direction, flow, octets, true, now);
    }

    fn forget_session(&mut self) {
        self.proposal = None;
        self.properties = None;
        for half in &mut self.halves {
            half.ssdu.cancel();
            half.connect_data = None;
            half.unanswered = None;
        }
    }

    /// What is known about the connection, for reading a TSDU in this direction.
    fn context(&self, direction: Direction, flow: Flow) -> DecodeContext {
        let mut context = DecodeContext {
            flow,
            leniency: self.leniency,
            continuing: self.halves[direction.index()].ssdu.in_progress(),
            ..DecodeContext::unknown()
        };
        if let Some(properties) = &self.properties {
            let from_initiator = direction == properties.initiator;
            let sizes = properties.tsdu_maximum_size;
            let size =
                if from_initiator { sizes.initiator_to_responder } else { sizes.responder_to_initiator };
            context.version = properties.version;
            context.segmenting = if size == 0 { Segmenting::NotSelected } else { Segmenting::Selected };
            context.extended_concatenation = if from_initiator {
                properties.responder_extended_concatenation
            } else {
                properties.initiator_extended_concatenation
            };
            context.symmetric = Some(properties.functional_units.contains(FunctionalUnits::SYMMETRIC_SYNC));
            context.available_tokens = Some(properties.functional_units.tokens());
            context.upper_limit = properties.upper_limit_serial_number;
        } else if let Some(proposal) = &self.proposal {
            context.version = proposal.versions;
        }
        context
    }

    fn observe(&mut self, direction: Direction, flow: Flow, octets: Bytes, is_whole: bool, now: Instant) {
        let mut context = self.context(direction, flow);
        if octets.first() == Some(&Kind::CN.si()) {
            // A CONNECT on a connection that is used again: nothing that was agreed before holds.
            self.forget_session();
            context = self.context(direction, flow);
        }
        let mut kinds = SmallVec::new();
        let mut fault = None;
        let mut follow: SmallVec<[Content; 2]> = SmallVec::new();
        match spdu::decode(&octets, &context) {
            Ok(decoded) => {
                for spdu in decoded.spdus() {
                    kinds.push(self.resolve(direction, spdu));
                    fault = fault.or_else(|| self.judge(direction, spdu));
                    if let Some(content) = self.negotiate(direction, spdu) {
                        follow.push(content);
                    }
                }
                for spdu in decoded.processing_order() {
                    let place = decoded.spdus().iter().position(|other| other.offset() == spdu.offset());
                    let kind = place.and_then(|place| kinds.get(place)).copied().unwrap_or(spdu.kind());
                    match self.reassemble(direction, spdu, kind, &octets) {
                        Ok(content) => follow.extend(content),
                        Err(error) => fault = Some(error),
                    }
                }
            }
            Err(error) => fault = Some(error),
        }
        let observed = Observed { flow, octets, context, is_whole, kinds, fault };
        self.push(direction, now, Content::Tsdu(observed));
        for content in follow {
            self.push(direction, now, content);
        }
    }

    /// Takes the user data of an SPDU; an SSDU that came in several of them is told.
    fn reassemble(
        &mut self,
        direction: Direction,
        spdu: &Spdu<'_>,
        kind: Kind,
        tsdu: &Bytes,
    ) -> crate::error::Result<Option<Content>> {
        let limit = self.limits.connect_user_data;
        let half = self.half(direction);
        match kind {
            Kind::EX | Kind::PR | Kind::GT | Kind::PT => return Ok(None),
            Kind::CN if spdu.data_overflow() => half.connect_data = Some(BytesMut::from(spdu.user_data())),
            Kind::CDO => {
                let Some(mut data) = half.connect_data.take() else { return Ok(None) };
                if data.len().saturating_add(spdu.user_data().len()) > limit {
                    let text = format!("S-CONNECT with more than {limit} octets of user data");
                    return Err(Error::limit(Layer::Session, text).with_pdu("CDO").with_clause("X.225 7.3"));
                }
                data.extend_from_slice(spdu.user_data());
                if spdu.enclosure() == Some(Enclosure::Last) {
                    return Ok(Some(Content::Ssdu { kind: Kind::CN, user_data: data.freeze() }));
                }
                half.connect_data = Some(data);
                return Ok(None);
            }
            _ => {}
        }
        let is_later = matches!(spdu.enclosure(), Some(Enclosure::Middle | Enclosure::Last));
        if half.joined_late && is_later && half.ssdu.in_progress().is_none() {
            return Ok(None);
        }
        half.joined_late = false;
        let had_first = half.ssdu.in_progress().is_some();
        match half.ssdu.push(spdu, tsdu) {
            Ok(Some(whole)) if had_first => Ok(Some(Content::Ssdu { kind, user_data: whole.user_data })),
            Ok(_) => Ok(None),
            Err(error) => {
                half.ssdu.cancel();
                Err(error)
            }
        }
    }

    /// SI 42 answers a MAP or an AE: which one was it (X.225 8.3.23, 8.3.36)?
    fn resolve(&mut self, direction: Direction, spdu: &Spdu<'_>) -> Kind {
        let kind = spdu.kind();
        match kind {
            Kind::MAP | Kind::AE => self.half(direction).unanswered = Some(kind),
            Kind::MAA if self.half(direction.reverse()).unanswered == Some(Kind::AE) => return Kind::AEA,
            _ => {}
        }
        kind
    }

    /// What CONNECT and ACCEPT may not say together (X.225 7.1.1, 7.4.1).
    fn judge(&self, direction: Direction, spdu: &Spdu<'_>) -> Option<Error> {
        match (spdu.kind(), &self.proposal) {
            (Kind::CN, _) => spdu::check_connect(spdu).err(),
            (Kind::AC, Some(proposal)) if proposal.initiator != direction => {
                spdu::check_accept(spdu, proposal.functional_units).err()
            }
            _ => None,
        }
    }

    /// Takes notice of CONNECT and ACCEPT.
    fn negotiate(&mut self, direction: Direction, spdu: &Spdu<'_>) -> Option<Content> {
        let selector = |value: Option<&[u8]>| value.map(Bytes::copy_from_slice).unwrap_or_default();
        match spdu.kind() {
            Kind::CN => {
                self.proposal = Some(Proposal {
                    initiator: direction,
                    versions: spdu.versions().unwrap_or(Versions::V1),
                    functional_units: spdu.functional_units().unwrap_or(FunctionalUnits::DEFAULT_WHEN_ABSENT),
                    sizes: spdu.tsdu_maximum_size().unwrap_or_default(),
                    tokens: spdu.token_setting().unwrap_or_default(),
                    upper_limit: spdu.upper_limit_serial_number().unwrap_or(6),
                    extended_concatenation: spdu.extended_concatenation(),
                    initial: spdu.initial_serial_number(),
                    second: spdu.second_initial_serial_number(),
                    calling: selector(spdu.calling_selector()),
                    called: selector(spdu.called_selector()),
                });
                None
            }
            Kind::AC => {
                let proposal = self.proposal.as_ref().filter(|p| p.initiator == direction.reverse())?;
                // A later segment repeats nothing of this.
                if matches!(spdu.enclosure(), Some(Enclosure::Middle | Enclosure::Last)) {
                    return None;
                }
                let properties = agree(proposal, spdu, selector(spdu.called_selector()));
                self.properties = Some(properties.clone());
                Some(Content::Negotiated(Box::new(properties)))
            }
            _ => None,
        }
    }
}

/// What a CONNECT and its ACCEPT select (X.225 7.4).
fn agree(proposal: &Proposal, accept: &Spdu<'_>, responding_selector: Bytes) -> Properties {
    let both = accept.versions().unwrap_or(Versions::V1) & proposal.versions;
    let version = if both.contains(Versions::V2) { Versions::V2 } else { Versions::V1 };
    let units = match accept.functional_units() {
        // Absent or empty: a deviation of real stacks, read as "what was proposed".
        None => proposal.functional_units,
        Some(units) if units.is_empty() => proposal.functional_units,
        Some(units) => units & proposal.functional_units,
    };
    let chosen = accept.token_setting().unwrap_or_default();
    let mut tokens = proposal.tokens;
    for token in [Tokens::DATA, Tokens::SYNCHRONIZE_MINOR, Tokens::MAJOR_ACTIVITY, Tokens::RELEASE] {
        if tokens.side(token) == TokenSide::AcceptorChooses {
            tokens.set(token, chosen.side(token));
        }
    }
    Properties {
        initiator: proposal.initiator,
        version,
        functional_units: units,
        tsdu_maximum_size: proposal.sizes.select(accept.tsdu_maximum_size().unwrap_or_default()),
        tokens,
        initial_serial_number: accept.initial_serial_number().or(proposal.initial),
        second_initial_serial_number: accept.second_initial_serial_number().or(proposal.second),
        upper_limit_serial_number: proposal
            .upper_limit
            .min(accept.upper_limit_serial_number().unwrap_or(6))
            .clamp(6, 18),
        initiator_extended_concatenation: proposal.extended_concatenation,
        responder_extended_concatenation: accept.extended_concatenation(),
        calling_selector: proposal.calling.clone(),
        called_selector: proposal.called.clone(),
        responding_selector,
    }
}

#[cfg(test)]
mod tests;
