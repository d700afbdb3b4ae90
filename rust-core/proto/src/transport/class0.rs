//! The class 0 engine: one transport connection over one TCP connection (X.224 6 and 8, RFC 1006 5).
//!
//! The user (the session machine) acts through [`Class0::request`]; the network through
//! [`Class0::network_connected`], [`Class0::received`] and [`Class0::network_closed`]; time through
//! [`Class0::handle_timeout`]. After each of them: take [`Class0::poll_indication`] and [`Class0::poll_output`] until
//! both are dry, look at [`Class0::wants_close`], then ask [`Class0::next_timeout`].
//!
//! Class 0 has no release: a T-DISCONNECT request closes the TCP connection once everything before it is written, and
//! the end of the TCP connection is the T-DISCONNECT indication. The reason of the request is not carried.
//!
//! How long to wait for a CR or a CC is not decided here: the session's own connect deadline covers it.
use super::negotiation::{self, Agreed, Leniency, Proposal, Refusal, Request};
use super::outbox::Outbox;
use super::tpdu::{
    Connect, Data, Disconnect, MAX_EXPEDITED, MAX_T_SELECTOR, Octets, Parameter, Tpdu, disconnect_reason,
    error_cause, parameter,
};
use super::tpkt;
use crate::error::{Error, ErrorKind, Layer, Result};
use crate::limits::Limits;
use crate::time::{Duration, Instant};
use crate::x225::port::{TransportIndication, TransportRequest};
use bytes::{Bytes, BytesMut};
use std::collections::VecDeque;

/// TSDUs below this size are copied: a slice would keep the whole read buffer alive, and a peer could make few queued
/// octets hold much memory.
const COPY_BELOW: usize = 512;

/// How an engine behaves.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// Limits and timers: [`Limits::tpkt_header_timeout`], [`Limits::tsdu_timeout`], [`Limits::tsdu_timeout_per_kib`] and
    /// [`Limits::tsdu_reassembly`] are used here.
    pub limits: Limits,
    /// Initiator: the calling T-selector, 0 to 32 octets; an empty one is not sent.
    pub calling_t_selector: Bytes,
    /// Initiator: the called T-selector, 0 to 32 octets; an empty one is not sent.
    pub called_t_selector: Bytes,
    /// The largest TPDU to agree to, 128 to 65531 octets (values outside are brought inside). What is not a power of two
    /// up to 8192 is proposed by F0, in steps of 128 octets, with C0 as the fallback. Default 65531.
    pub max_tpdu_size: usize,
    /// Responder: the T-selectors that are answered; `None` answers any. An absent selector is an empty one.
    pub local_t_selectors: Option<Vec<Bytes>>,
    /// The expedited flow may be agreed (RFC 1006 5). Default: false.
    pub expedited: bool,
    /// Indicate TSDUs of more than one DT in parts, as they come ([`TransportIndication::DataPart`]);
    /// [`Limits::tsdu_reassembly`] is then the session's. Default: false.
    pub parts: bool,
    /// Accept what the standard forbids but real stacks send, where it does no harm. Default: true.
    pub tolerant: bool,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            limits: Limits::default(),
            calling_t_selector: Bytes::new(),
            called_t_selector: Bytes::new(),
            max_tpdu_size: tpkt::MAX_TPDU,
            local_t_selectors: None,
            expedited: false,
            parts: false,
            tolerant: true,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// TCP is not up. Initiator: the T-CONNECT request, if it came, and whether it wants the expedited flow.
    NoNetwork(Option<bool>),
    /// Initiator: TCP is up, T-CONNECT request did not come yet.
    WaitRequest,
    /// Responder: TCP is up, CR did not come yet.
    WaitCr,
    /// Initiator: CR was given to the output.
    WaitCc,
    /// Responder: T-CONNECT indication was given, the response did not come yet.
    WaitResponse,
    /// Data transfer.
    Open,
    /// Over; the output may still hold something to write.
    Closing,
    /// Over, and so is TCP.
    Closed,
}

/// What the caller's buffer still held after the last call: the beginning of a packet.
#[derive(Clone, Copy, Debug, Default)]
struct Partial {
    have: usize,
    /// 4 while the header is not complete.
    want: usize,
    /// When its first octet came.
    began: Instant,
}

impl Partial {
    fn in_header(&self) -> bool {
        self.have < tpkt::HEADER
    }
}

/// A class 0 transport entity for one TCP connection.
#[derive(Debug)]
pub struct Class0 {
    config: Config,
    initiator: bool,
    reference: u16,
    state: State,
    proposal: Proposal,
    /// Responder: the CR. Its reference also serves for DR.
    peer: Request,
    responding: Bytes,
    agreed: Option<Agreed>,
    leniency: Leniency,
    outbox: Outbox,
    indications: VecDeque<TransportIndication>,
    partial: Option<Partial>,
    /// The TSDU under reassembly.
    tsdu: BytesMut,
    /// When the first octet of it came; `None` if there is none.
    tsdu_began: Option<Instant>,
    /// Octets of it that were indicated in parts.
    parts: usize,
    paused: Option<Instant>,
}

impl Class0 {
    /// The side that sends CR. The reference only has to differ between connections that exist at a time, if at all; 0
    /// is not allowed on the wire and becomes 1.
    pub fn initiator(config: Config, reference: u16) -> Class0 {
        Class0::new(config, reference, true)
    }

    /// The side that waits for CR. For the reference see [`Class0::initiator`].
    pub fn responder(config: Config, reference: u16) -> Class0 {
        Class0::new(config, reference, false)
    }

    fn new(config: Config, reference: u16, initiator: bool) -> Class0 {
        Class0 {
            leniency: Leniency::new(config.tolerant),
            config,
            initiator,
            reference: reference.max(1),
            state: State::NoNetwork(None),
            proposal: Proposal::default(),
            peer: Request::default(),
            responding: Bytes::new(),
            agreed: None,
            outbox: Outbox::new(),
            indications: VecDeque::new(),
            partial: None,
            tsdu: BytesMut::new(),
            tsdu_began: None,
            parts: 0,
            paused: None,
        }
    }

    /// Replaces the T-selectors that a responder answers, for a CR that did not come yet.
    pub fn set_local_t_selectors(&mut self, selectors: Option<Vec<Bytes>>) {
        self.config.local_t_selectors = selectors;
    }

    /// The user acts. A refused request changes nothing and sends nothing.
    ///
    /// # Errors
    /// `Invalid`: a parameter can never be right. `Refused`: not in this state, or the expedited flow was not agreed.
    pub fn request(&mut self, request: TransportRequest, now: Instant) -> Result<()> {
        let _ = now;
        match request {
            TransportRequest::Connect { expedited } => self.connect(expedited && self.config.expedited),
            TransportRequest::ConnectResponse { expedited } => {
                if self.state != State::WaitResponse {
                    return Err(refused("T-CONNECT response without an indication"));
                }
                let (cc, agreed) = negotiation::accept(&self.peer, self.reference, expedited);
                self.responding = self.peer.called.clone();
                self.outbox.push(&Tpdu::Cc(cc));
                self.open(agreed);
                Ok(())
            }
            TransportRequest::Data(tsdu) => {
                if tsdu.is_empty() {
                    return Err(invalid("T-DATA needs at least one octet"));
                }
                self.must_be_open()?;
                self.outbox.push_tsdu(tsdu);
                Ok(())
            }
            TransportRequest::DataPart { tsdu, end } => {
                self.must_be_open()?;
                self.outbox.push_part(tsdu, end);
                Ok(())
            }
            TransportRequest::ExpeditedData(user_data) => {
                if !(1..=MAX_EXPEDITED).contains(&user_data.len()) {
                    return Err(invalid("T-EXPEDITED-DATA has 1 to 16 octets"));
                }
                self.must_be_open()?;
                if !self.expedited() {
                    return Err(refused("the transport expedited flow was not agreed"));
                }
                self.outbox.push(&Tpdu::Ed(Data { end_of_tsdu: true, user_data, ..Data::default() }));
                Ok(())
            }
            TransportRequest::Disconnect { .. } => {
                self.disconnect(0);
                Ok(())
            }
        }
    }

    fn must_be_open(&self) -> Result<()> {
        if self.state == State::Open { Ok(()) } else { Err(refused("there is no transport connection")) }
    }

    fn connect(&mut self, expedited: bool) -> Result<()> {
        let config = &self.config;
        if !self.initiator {
            return Err(refused("T-CONNECT request of a responder"));
        }
        if config.calling_t_selector.len().max(config.called_t_selector.len()) > MAX_T_SELECTOR {
            return Err(invalid("a T-selector has at most 32 octets"));
        }
        match self.state {
            State::NoNetwork(None) => self.state = State::NoNetwork(Some(expedited)),
            State::WaitRequest => self.send_cr(expedited),
            _ => return Err(refused("T-CONNECT request was given before")),
        }
        Ok(())
    }

    fn send_cr(&mut self, expedited: bool) {
        let (cr, proposal) = negotiation::connection_request(&self.config, self.reference, expedited);
        self.proposal = proposal;
        self.outbox.push(&Tpdu::Cr(cr));
        self.state = State::WaitCc;
    }

    fn open(&mut self, agreed: Agreed) {
        self.outbox.set_tpdu_size(agreed.send);
        self.agreed = Some(agreed);
        self.state = State::Open;
    }

    /// Refuses the T-CONNECT indication with a reason of DR (X.224 13.5.3), then closes. Without one it only closes.
    pub fn refuse(&mut self, reason: u8, now: Instant) {
        let _ = now;
        self.disconnect(reason);
    }

    /// The user ends it: nothing more is indicated, what was requested before is still written.
    fn disconnect(&mut self, reason: u8) {
        match self.state {
            State::Closing | State::Closed => return,
            State::WaitResponse => self.push_dr(reason),
            _ => {}
        }
        self.indications.clear();
        self.outbox.drop_open();
        self.close();
    }

    fn push_dr(&mut self, reason: u8) {
        let destination_reference = self.peer.reference;
        self.outbox.push(&Tpdu::Dr(Disconnect { destination_reference, reason, ..Disconnect::default() }));
    }

    fn close(&mut self) {
        self.state = State::Closing;
        self.tsdu = BytesMut::new();
        self.tsdu_began = None;
        self.parts = 0;
        self.partial = None;
    }

    /// The peer, a limit or a deadline ends it. What was not begun is not written any more.
    fn fail(&mut self, error: Option<Error>) {
        self.outbox.drop_unsent();
        self.indications.push_back(TransportIndication::Disconnect(error));
        self.close();
    }

    /// TCP is up.
    pub fn network_connected(&mut self, now: Instant) {
        let _ = now;
        match self.state {
            State::NoNetwork(Some(expedited)) => self.send_cr(expedited),
            State::NoNetwork(None) if self.initiator => self.state = State::WaitRequest,
            State::NoNetwork(None) => self.state = State::WaitCr,
            _ => {}
        }
    }

    /// TCP is gone: the peer's FIN (`None`; also TLS close_notify), or a reset or failure.
    pub fn network_closed(&mut self, error: Option<Error>, now: Instant) {
        let _ = now;
        match self.state {
            State::Closed => {}
            // A peer that finished sending may still read what was requested before our T-DISCONNECT.
            State::Closing if error.is_none() => {}
            State::Closing => {
                self.outbox.clear();
                self.state = State::Closed;
            }
            _ => {
                let error = error.or_else(|| self.early_end());
                self.fail(error);
                self.outbox.clear();
                self.state = State::Closed;
            }
        }
    }

    /// What a FIN cuts off; `None` if it is an orderly end.
    fn early_end(&self) -> Option<Error> {
        let lost = |layer, text: String| {
            Some(Error::new(ErrorKind::Transport, layer, text).with_clause("RFC 1006 5"))
        };
        if let Some(partial) = self.partial {
            return lost(Layer::Tpkt, format!("peer closed the connection inside {}", inside(&partial)));
        }
        match self.state {
            State::NoNetwork(_) => lost(Layer::Network, "the connection ended before it was up".into()),
            State::WaitCr => lost(Layer::Transport, "peer closed the connection without a CR".into()),
            State::WaitCc => {
                lost(Layer::Transport, "peer closed the connection instead of answering the CR".into())
            }
            _ if self.tsdu_began.is_some() => lost(
                Layer::Transport,
                format!(
                    "peer closed the connection inside a TSDU, after {}",
                    Octets(self.tsdu.len() + self.parts)
                ),
            ),
            _ => None,
        }
    }

    /// Octets came. Whole packets are taken from the front of `octets`; the beginning of a packet that is not complete
    /// stays there, at most 65534 octets: append to it and call again. TSDUs that fit one TPDU are slices of the buffer,
    /// not copies, unless they are small.
    ///
    /// Before [`Class0::network_connected`] nothing is taken; after the end everything is dropped.
    pub fn received(&mut self, octets: &mut BytesMut, now: Instant) {
        loop {
            match self.state {
                State::NoNetwork(_) => return,
                State::Closing | State::Closed => {
                    octets.clear();
                    return;
                }
                _ => {}
            }
            match tpkt::split(octets) {
                Ok(Some(tpdu)) => {
                    let began = self.partial.take().map_or(now, |partial| partial.began);
                    self.tpdu(tpdu, began);
                }
                Ok(None) => break,
                Err(error) => self.fail(Some(error)),
            }
        }
        if !octets.is_empty() {
            let want = tpkt::packet_length(octets).ok().flatten().unwrap_or(tpkt::HEADER);
            let began = self.partial.map_or(now, |partial| partial.began);
            self.partial = Some(Partial { have: octets.len(), want, began });
        }
    }

    /// Octets that complete the packet under way, or the next header: a hint for how much to read at least.
    pub fn missing_octets(&self) -> usize {
        self.partial.map_or(tpkt::HEADER, |partial| partial.want - partial.have)
    }

    /// One TPDU, whose TPKT began at `began`.
    fn tpdu(&mut self, octets: Bytes, began: Instant) {
        let result = match self.state {
            State::WaitCr => return self.first_tpdu(octets),
            State::WaitCc => self.answer(octets),
            State::Open => self.transfer(octets, began),
            State::WaitResponse => self.before_response(octets),
            _ => Err(Error::peer(Layer::Transport, "octets before the CR was sent").with_clause("X.224 6.5")),
        };
        if let Err(error) = result {
            self.fail(Some(error));
        }
    }

    /// Responder: it must be a CR (X.224 6.5).
    fn first_tpdu(&mut self, octets: Bytes) {
        // DR or ER names the CR by its source reference, where there is one.
        self.peer.reference = match octets[..] {
            [_, _, _, _, high, low, ..] => u16::from_be_bytes([high, low]),
            _ => 0,
        };
        let is_cr = octets.get(1).is_some_and(|code| code & 0xf0 == 0xe0);
        let refusal = match Tpdu::decode(octets.clone()) {
            Ok(Tpdu::Cr(cr)) => {
                match negotiation::judge_request(&cr, octets.len(), &self.config, &mut self.leniency) {
                    Ok(request) => {
                        let expedited = request.expedited;
                        self.peer = request;
                        self.state = State::WaitResponse;
                        self.indications.push_back(TransportIndication::Connect { expedited });
                        return;
                    }
                    Err(refusal) => refusal,
                }
            }
            Ok(other) => return self.fail(Some(unexpected(&other, "a CR first"))),
            Err(error) if is_cr => {
                let cause = if error.details().parameter.is_some() { negotiation::INVALID_VALUE } else { 0 };
                Refusal::Er(cause, error)
            }
            Err(error) => return self.fail(Some(error)),
        };
        let answer = match &refusal {
            Refusal::Dr(reason, _) => Tpdu::Dr(Disconnect {
                destination_reference: self.peer.reference,
                reason: *reason,
                ..Disconnect::default()
            }),
            Refusal::Er(cause, error) => self.tpdu_error(*cause, error, &octets),
        };
        let (Refusal::Dr(_, error) | Refusal::Er(_, error)) = refusal;
        self.fail(Some(error));
        self.outbox.push(&answer);
    }

    /// ER for a CR. In class 0 it carries the rejected TPDU up to and including the octet in error (X.224 13.12.4).
    fn tpdu_error(&self, cause: u8, error: &Error, octets: &Bytes) -> Tpdu {
        /// What a header of 254 octets leaves for the value.
        const MAX: usize = 248;
        let end = error.details().offset.unwrap_or(0) + 1;
        let rejected = octets.slice(..end.min(octets.len()).min(MAX));
        Tpdu::Er {
            destination_reference: self.peer.reference,
            cause,
            parameters: vec![Parameter::new(parameter::CALLING_T_SELECTOR, rejected)],
        }
    }

    /// Initiator: CC, or a refusal by DR or ER.
    fn answer(&mut self, octets: Bytes) -> Result<()> {
        match Tpdu::decode(octets)? {
            Tpdu::Cc(cc) => {
                let agreed =
                    negotiation::connection_confirm(&cc, self.proposal, self.reference, &mut self.leniency)?;
                self.responding = cc.t_selector(parameter::CALLED_T_SELECTOR);
                self.open(agreed);
                let expedited = agreed.expedited;
                self.indications.push_back(TransportIndication::ConnectConfirm { expedited });
                Ok(())
            }
            Tpdu::Dr(dr) => Err(disconnected(&dr, "peer refused the transport connection", "X.224 6.6")),
            Tpdu::Er { cause, .. } => Err(rejected(cause)),
            other => Err(unexpected(&other, "CC, DR or ER")),
        }
    }

    /// Responder: the initiator must wait for CC.
    fn before_response(&mut self, octets: Bytes) -> Result<()> {
        match Tpdu::decode(octets)? {
            Tpdu::Cr(cr) => Err(second_cr(&cr)),
            Tpdu::Er { cause, .. } => Err(rejected(cause)),
            other => Err(unexpected(&other, "nothing before the CC was sent")),
        }
    }

    /// Data transfer.
    fn transfer(&mut self, octets: Bytes, began: Instant) -> Result<()> {
        let length = octets.len();
        let receive = self.agreed.map_or(tpkt::MAX_TPDU, |agreed| agreed.receive);
        match Tpdu::decode(octets)? {
            Tpdu::Dt(data) => {
                self.check_data("DT", &data)?;
                if length > receive {
                    self.leniency.forgive(
                        fault("DT", "TPDU is larger than agreed", 0, "X.224 6.5.4")
                            .with_expected(format!("at most {receive} octets"), length.to_string()),
                    )?;
                }
                self.reassemble(data, began)
            }
            Tpdu::Ed(data) => {
                self.check_data("ED", &data)?;
                if !self.expedited() {
                    return Err(fault("ED", "the expedited flow was not agreed", 1, "RFC 1006 5"));
                }
                let length = data.user_data.len();
                if !(1..=MAX_EXPEDITED).contains(&length) {
                    return Err(fault("ED", "expedited data has a wrong length", 3, "X.224 13.8")
                        .with_expected("1 to 16 octets", length.to_string()));
                }
                if !data.end_of_tsdu {
                    self.leniency.forgive(fault(
                        "ED",
                        "end of TSDU is missing in expedited data",
                        2,
                        "X.224 13.8",
                    ))?;
                }
                let user_data = Bytes::copy_from_slice(&data.user_data);
                self.indications.push_back(TransportIndication::ExpeditedData(user_data));
                Ok(())
            }
            Tpdu::Dr(dr) => {
                Err(disconnected(&dr, "peer disconnected by a DR, which class 0 does not have", "X.224 6.7"))
            }
            Tpdu::Er { cause, .. } => Err(rejected(cause)),
            Tpdu::Cr(cr) => Err(second_cr(&cr)),
            Tpdu::Cc(_) => Err(fault("CC", "a second CC on this connection", 1, "X.224 6.5")),
            other => Err(unexpected(&other, "a TPDU of class 0")),
        }
    }

    /// The header of DT or ED.
    fn check_data(&mut self, pdu: &'static str, data: &Data) -> Result<()> {
        if data.destination_reference.is_some() {
            return Err(fault(pdu, "header of class 2 on a class 0 connection", 0, "X.224 13.7.3")
                .with_expected("length indicator 2", "4"));
        }
        if data.number != 0 {
            // RFC 1006 says ignore, X.224 and RFC 2126 say error.
            self.leniency.forgive(
                fault(pdu, "TPDU number is not zero in class 0", 2, "X.224 13.7.3")
                    .with_expected("0", data.number.to_string()),
            )?;
        }
        Ok(())
    }

    /// Puts DTs together until the end of the TSDU (X.224 6.3).
    fn reassemble(&mut self, data: Data, began: Instant) -> Result<()> {
        if self.config.parts && (!data.end_of_tsdu || self.tsdu_began.is_some()) {
            return self.indicate_part(data, began);
        }
        let limit = self.config.limits.tsdu_reassembly;
        let length = self.tsdu.len().saturating_add(data.user_data.len());
        if length > limit {
            return Err(Error::limit(Layer::Transport, "TSDU is longer than the limit tsdu_reassembly")
                .with_pdu("DT")
                .with_expected(format!("at most {limit} octets"), format!("{length} or more")));
        }
        if !data.end_of_tsdu {
            self.tsdu_began.get_or_insert(began);
            self.tsdu.extend_from_slice(&data.user_data);
            return Ok(());
        }
        self.tsdu_began = None;
        let tsdu = if self.tsdu.is_empty() {
            let user_data = data.user_data;
            if user_data.is_empty() {
                // T-DATA has at least one octet (X.214): there is nothing to indicate.
                return self.leniency.forgive(fault("DT", "TSDU without an octet", 3, "X.224 6.3"));
            }
            if user_data.len() < COPY_BELOW { Bytes::copy_from_slice(&user_data) } else { user_data }
        } else {
            self.tsdu.extend_from_slice(&data.user_data);
            core::mem::take(&mut self.tsdu).freeze()
        };
        self.indications.push_back(TransportIndication::Data(tsdu));
        Ok(())
    }

    /// Hands on what has come of a TSDU.
    fn indicate_part(&mut self, data: Data, began: Instant) -> Result<()> {
        let end = data.end_of_tsdu;
        if end {
            self.tsdu_began = None;
            self.parts = 0;
        } else {
            self.tsdu_began.get_or_insert(began);
            self.parts = self.parts.saturating_add(data.user_data.len());
            if data.user_data.is_empty() {
                return Ok(());
            }
        }
        self.indications.push_back(TransportIndication::DataPart { octets: data.user_data, end });
        Ok(())
    }

    /// Reading stops or goes on. While it rests, the deadlines for what the peer sends do not run: it is not the peer that
    /// is slow.
    pub fn set_reading(&mut self, reading: bool, now: Instant) {
        if !reading {
            self.paused.get_or_insert(now);
        } else if let Some(since) = self.paused.take() {
            let rest = now - since;
            if let Some(partial) = &mut self.partial {
                partial.began = partial.began + rest;
            }
            self.tsdu_began = self.tsdu_began.map(|began| began + rest);
        }
    }

    /// The next deadline, and what to say when it is over.
    fn deadline(&self) -> Option<(Instant, Error)> {
        if self.paused.is_some() {
            return None;
        }
        let limits = &self.config.limits;
        let late =
            |layer, text: String| Error::new(ErrorKind::Transport, layer, text).with_clause("RFC 1006 6");
        let header = self.partial.filter(Partial::in_header).map(|partial| {
            let error = late(Layer::Tpkt, format!("peer stopped inside {}", inside(&partial)));
            (partial.began + limits.tpkt_header_timeout, error)
        });
        let body = self.partial.filter(|partial| !partial.in_header());
        let tsdu = self.tsdu_began.or(body.map(|partial| partial.began)).map(|began| {
            let octets = self.tsdu.len() + self.parts + body.map_or(0, |partial| partial.have);
            let kib = u32::try_from(octets / 1024).unwrap_or(u32::MAX);
            let error = match body {
                Some(partial) => late(Layer::Tpkt, format!("peer stopped inside {}", inside(&partial))),
                None => {
                    late(Layer::Transport, format!("peer stopped inside a TSDU, after {}", Octets(octets)))
                }
            };
            let time: Duration =
                limits.tsdu_timeout.saturating_add(limits.tsdu_timeout_per_kib.saturating_mul(kib));
            (began + time, error)
        });
        header.into_iter().chain(tsdu).min_by_key(|(at, _)| *at)
    }

    /// Time passes. Calling early or late does no harm.
    pub fn handle_timeout(&mut self, now: Instant) {
        if let Some((at, error)) = self.deadline()
            && now >= at
        {
            self.fail(Some(error));
        }
    }

    /// When to call [`Class0::handle_timeout`].
    pub fn next_timeout(&self) -> Option<Instant> {
        self.deadline().map(|(at, _)| at)
    }

    /// The next thing to tell the session machine, in order. A T-CONNECT indication means that the called T-selector was
    /// found to be ours. `Disconnect` also comes when a responder never saw a CR that it could indicate.
    pub fn poll_indication(&mut self) -> Option<TransportIndication> {
        self.indications.pop_front()
    }

    /// The next piece to write, in order. User data is a slice of what was requested, not a copy. Take pieces only as the
    /// network takes them: what is still here can be overtaken by expedited data.
    pub fn poll_output(&mut self) -> Option<Bytes> {
        self.outbox.pop()
    }

    /// Octets that [`Class0::poll_output`] still has to give, headers included.
    pub fn pending_output_octets(&self) -> usize {
        self.outbox.octets()
    }

    /// True once it is over and [`Class0::poll_output`] is dry. When everything is written: shut down the sending
    /// direction, and read and drop what comes until the peer closes or a short time is over. A close with octets unread
    /// resets the connection, and the reset can destroy the last TSDU before the peer has read it.
    pub fn wants_close(&self) -> bool {
        self.is_closed() && self.outbox.is_empty()
    }

    /// True until the transport connection is open or over.
    pub fn is_connecting(&self) -> bool {
        !self.is_open() && !self.is_closed()
    }

    /// True while data may be sent.
    pub fn is_open(&self) -> bool {
        self.state == State::Open
    }

    /// True once it is over; pieces to write may be left.
    pub fn is_closed(&self) -> bool {
        matches!(self.state, State::Closing | State::Closed)
    }

    /// The called T-selector: what was configured (initiator), or what the CR said.
    pub fn called_t_selector(&self) -> &[u8] {
        if self.initiator { &self.config.called_t_selector } else { &self.peer.called }
    }

    /// The calling T-selector: what was configured (initiator), or what the CR said.
    pub fn calling_t_selector(&self) -> &[u8] {
        if self.initiator { &self.config.calling_t_selector } else { &self.peer.calling }
    }

    /// The responding T-selector of the CC; empty before it, or without one.
    pub fn responding_t_selector(&self) -> &[u8] {
        &self.responding
    }

    /// The largest TPDU to send; before the CC the default of RFC 1006.
    pub fn tpdu_size(&self) -> usize {
        self.agreed.map_or(tpkt::MAX_TPDU, |agreed| agreed.send)
    }

    /// The expedited flow was agreed.
    pub fn expedited(&self) -> bool {
        self.agreed.is_some_and(|agreed| agreed.expedited)
    }

    /// What the peer did against the standard and [`Config::tolerant`] forgave: one entry per kind of fault, at most 16.
    pub fn forgiven(&self) -> &[Error] {
        self.leniency.forgiven()
    }
}

/// Where in a packet the octets stop.
fn inside(partial: &Partial) -> String {
    let part = if partial.in_header() { "a TPKT header" } else { "a TPKT" };
    format!("{part} after {} of {} octets", partial.have, partial.want)
}

fn invalid(text: &'static str) -> Error {
    Error::new(ErrorKind::Invalid, Layer::Transport, text)
}

fn refused(text: &'static str) -> Error {
    Error::new(ErrorKind::Refused, Layer::Transport, text)
}

fn fault(pdu: &'static str, text: &'static str, offset: usize, clause: &'static str) -> Error {
    Error::peer(Layer::Transport, text).with_pdu(pdu).with_offset(offset).with_clause(clause)
}

fn unexpected(tpdu: &Tpdu, expected: &'static str) -> Error {
    fault(tpdu.mnemonic(), "TPDU is not allowed here", 1, "X.224 6.22")
        .with_expected(expected, tpdu.to_string())
}

fn second_cr(cr: &Connect) -> Error {
    fault("CR", "a second CR on this connection", 1, "RFC 1006 5")
        .with_expected("one transport connection", format!("CR with reference {:04x}", cr.source_reference))
}

/// The peer's DR, with its reason in words.
fn disconnected(dr: &Disconnect, text: &'static str, clause: &'static str) -> Error {
    let text = format!("{text}: {}", disconnect_reason(dr.reason));
    Error::new(ErrorKind::Transport, Layer::Transport, text)
        .with_pdu("DR")
        .with_offset(6)
        .with_reason(dr.reason.into())
        .with_clause(clause)
}

/// The peer's ER, with its cause in words.
fn rejected(cause: u8) -> Error {
    let text = format!("peer rejected a TPDU: {}", error_cause(cause));
    Error::new(ErrorKind::Transport, Layer::Transport, text)
        .with_pdu("ER")
        .with_offset(4)
        .with_reason(cause.into())
        .with_clause("X.224 13.12.3")
}
