//! One question: a connection, its outcome, and the octets that came.
use crate::args::Probe;
use crate::command::{Context, SLICE, Stop};
use crate::octets::safe;
use crate::peer::Watch;
use osisession::diagnosis::Packet;
use osisession::proto::transport::tpdu::{Connect, Tpdu};
use osisession::proto::transport::tpkt;
use osisession::proto::x225::spdu::{DecodeContext, Kind, decode};
use osisession::{
    Bytes, ConnectConfirm, ConnectRequest, Diagnosis, Endpoint, EndpointConfig, ErrorKind, Event,
    FunctionalUnits, Session, SessionConfig, Versions,
};
use std::time::{Duration, Instant};

/// How long a released session may take to end: an answer to FINISH is no question of ours.
const GOODBYE: Duration = Duration::from_secs(1);

/// What a question came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// ACCEPT.
    Accepted,
    /// CC, but no ACCEPT.
    TransportOnly,
    /// REFUSE, or DR, or ER: it said no.
    Refused,
    /// Closed, silent, or not understood.
    Failed,
}

impl Answer {
    pub(super) fn word(self) -> &'static str {
        match self {
            Answer::Accepted => "accepted",
            Answer::TransportOnly => "transport-only",
            Answer::Refused => "refused",
            Answer::Failed => "failed",
        }
    }
}

/// Why no more questions are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spent {
    Connections,
    Time,
    Interrupted,
    Unreachable,
}

impl Spent {
    pub(super) fn word(self) -> &'static str {
        match self {
            Spent::Connections => "connections",
            Spent::Time => "time",
            Spent::Interrupted => "interrupted",
            Spent::Unreachable => "unreachable",
        }
    }

    pub(super) fn text(self) -> &'static str {
        match self {
            Spent::Connections => "no connection left (--max-connections)",
            Spent::Time => "no time left (--time)",
            Spent::Interrupted => "interrupted",
            Spent::Unreachable => "nobody there who speaks the transport protocol",
        }
    }
}

/// An ACCEPT as it came.
#[derive(Clone, Debug)]
pub(super) struct Accept {
    pub(super) octets: Bytes,
    pub(super) units: Option<FunctionalUnits>,
    pub(super) responding_selector: Option<Bytes>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Attempt {
    pub(super) cc: Option<Connect>,
    pub(super) accept: Option<Accept>,
    pub(super) confirm: Option<ConnectConfirm>,
    pub(super) diagnosis: Option<Diagnosis>,
    /// Those that went over the wire: expedited data needs a flow that is not there.
    pub(super) request_units: FunctionalUnits,
    /// The CR had no T-selector.
    pub(super) without_t_selectors: bool,
    /// A DR came before the end of TCP.
    pub(super) ended_by_dr: bool,
    /// The session was released in order.
    pub(super) released: bool,
}

impl Attempt {
    pub(super) fn answer(&self) -> Answer {
        let said_no = self
            .diagnosis
            .as_ref()
            .is_some_and(|diagnosis| matches!(diagnosis.pdu, Some("RF" | "DR" | "ER")));
        match (&self.confirm, &self.cc) {
            (Some(_), _) => Answer::Accepted,
            _ if said_no => Answer::Refused,
            (None, Some(_)) => Answer::TransportOnly,
            (None, None) => Answer::Failed,
        }
    }

    /// As [`Attempt::answer`], of a question that the transport answers alone.
    pub(super) fn transport_answer(&self) -> Answer {
        match self.answer() {
            Answer::Refused | Answer::Failed if self.cc.is_some() => Answer::TransportOnly,
            other => other,
        }
    }

    /// Why not, in some words.
    pub(super) fn why_not(&self) -> String {
        match &self.diagnosis {
            Some(diagnosis) => format!("{} [{}]", safe(&diagnosis.summary), diagnosis.cause.word()),
            None => "accepted".into(),
        }
    }

    fn read(&mut self, packets: &[Packet]) {
        for packet in packets.iter().filter(|packet| packet.octets.len() == packet.length) {
            let Ok(Some(_)) = tpkt::packet_length(&packet.octets) else { continue };
            match Tpdu::decode(packet.octets.slice(tpkt::HEADER..)) {
                Ok(Tpdu::Cc(cc)) => self.cc = Some(cc),
                Ok(Tpdu::Dr(_)) => self.ended_by_dr = true,
                Ok(Tpdu::Dt(data)) if self.accept.is_none() => self.accept = accept(&data.user_data),
                _ => {}
            }
        }
    }
}

fn accept(tsdu: &[u8]) -> Option<Accept> {
    let decoded = decode(tsdu, &DecodeContext::unknown()).ok()?;
    let spdu = decoded.spdus().iter().find(|spdu| spdu.kind() == Kind::AC)?;
    Some(Accept {
        octets: Bytes::copy_from_slice(spdu.octets()),
        units: spdu.functional_units(),
        responding_selector: spdu.called_selector().map(Bytes::copy_from_slice),
    })
}

/// What is proposed where a question does not say otherwise.
#[derive(Clone, Debug)]
pub(super) struct Base {
    pub(super) config: SessionConfig,
    pub(super) request: ConnectRequest,
}

/// Asks, within bounds.
pub(super) struct Prober {
    endpoint: Endpoint,
    watch: Watch,
    peer: String,
    pub(super) base: Base,
    delay: Duration,
    deadline: Instant,
    max_connections: u32,
    pub(super) connections: u32,
    pub(super) last_diagnosis: Option<Diagnosis>,
}

impl Prober {
    pub(super) fn new(args: &Probe) -> Result<Prober, Stop> {
        let watch = Watch::default();
        let mut settings = EndpointConfig::default();
        settings.tap = Some(watch.tap());
        Ok(Prober {
            endpoint: Endpoint::new(settings)?,
            watch,
            peer: args.peer.clone(),
            base: Base { config: args.proposal.session_config()?, request: args.proposal.request() },
            delay: args.delay,
            deadline: Instant::now() + args.time,
            max_connections: args.max_connections,
            connections: 0,
            last_diagnosis: None,
        })
    }

    /// Asks one question: the base, changed. The inner error says that no more may be asked.
    pub(super) fn ask(
        &mut self,
        context: &mut Context<'_>,
        change: impl FnOnce(&mut Base),
    ) -> Result<Result<Attempt, Spent>, Stop> {
        if self.connections == self.max_connections {
            return Ok(Err(Spent::Connections));
        }
        let left = self.deadline.saturating_duration_since(Instant::now());
        if self.connections > 0 && (left <= self.delay || !context.sleep(self.delay)) {
            return Ok(Err(if context.is_interrupted() { Spent::Interrupted } else { Spent::Time }));
        }
        let left = self.deadline.saturating_duration_since(Instant::now());
        let mut base = self.base.clone();
        change(&mut base);
        base.config.limits.connect_timeout = base.config.limits.connect_timeout.min(left);
        let request_units = base.request.functional_units - FunctionalUnits::EXPEDITED_DATA;
        let without_t_selectors =
            base.config.called_t_selector.is_empty() && base.config.calling_t_selector.is_empty();
        let session = self.endpoint.connect(&self.peer, base.request, base.config)?;
        self.connections += 1;
        context.progress.step();
        let mut attempt = Attempt { request_units, without_t_selectors, ..Attempt::default() };
        match self.wait(context, &session, None) {
            None => return Ok(Err(Spent::Interrupted)),
            Some(Event::ConnectConfirm(confirm)) => {
                attempt.confirm = Some(*confirm);
                attempt.released = self.say_goodbye(context, &session);
            }
            Some(event) => {
                attempt.diagnosis = Diagnosis::of_outcome(&event)
                    .map(|diagnosis| diagnosis.with_packets(&self.watch.witness, session.id()));
            }
        }
        attempt.read(&self.watch.witness.received(session.id()));
        self.last_diagnosis.clone_from(&attempt.diagnosis);
        Ok(Ok(attempt))
    }

    /// The next event; `None` after an interrupt, at the deadline, and at the end of the session.
    fn wait(&self, context: &Context<'_>, session: &Session, until: Option<Instant>) -> Option<Event> {
        loop {
            match session.next_event(Some(SLICE)) {
                Ok(event) => return Some(event),
                Err(error) if error.kind() == ErrorKind::TimedOut => {}
                Err(_) => return None,
            }
            if context.is_interrupted() || until.is_some_and(|until| Instant::now() >= until) {
                return None;
            }
        }
    }

    /// S-RELEASE; who does not answer is aborted when the session is dropped.
    fn say_goodbye(&self, context: &Context<'_>, session: &Session) -> bool {
        let until = Instant::now() + GOODBYE;
        if session.release_request("").is_err() {
            return false;
        }
        while let Some(event) = self.wait(context, session, Some(until)) {
            match event {
                Event::ReleaseConfirm(_) => return true,
                Event::UAbortIndication(_)
                | Event::PAbortIndication(..)
                | Event::ReleaseConfirmNegative(_) => break,
                _ => {}
            }
        }
        false
    }
}

/// The versions in words, for a finding.
pub(super) fn version_text(versions: Versions) -> String {
    versions.to_string()
}
