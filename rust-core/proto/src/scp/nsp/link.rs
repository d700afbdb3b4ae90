//! One logical link: what it sends, and when (DNA NSP 4.0.1, ports). What it does with what comes is in `incoming.rs`.
use super::super::address::NodeAddress;
use super::super::limits::Limits;
use super::super::reason::Reason;
use super::message::{
    Acks, Addresses, Counts, DataSegment, Flow, FlowControl, Hidden, Interrupt, LinkService, Message,
    Services,
};
use super::receiver::Receiver;
use super::sender::{Delay, Repeat, Sender};
use super::service::LinkId;
use super::table::{Event, State};
use super::{Config, Counters};
use crate::time::Instant;
use bytes::{Bytes, BytesMut};
use std::collections::VecDeque;

/// Interrupts and link services that may be unacknowledged. They are rare; a receiver that keeps nothing early loses no more.
const OTHER_WINDOW: usize = 8;

/// A data segment that was sent.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) data: Bytes,
    pub(super) begins: bool,
    pub(super) ends: bool,
}

/// A message of the other subchannel that was sent.
#[derive(Debug)]
pub(super) enum Other {
    Interrupt(Bytes),
    Service { flow: Flow, counts: Counts, value: i8 },
}

/// A message that opens or ends the link: it is repeated on the data subchannel's timer, but has no number.
#[derive(Debug)]
pub(super) enum Opening {
    Initiate(Hidden),
    Confirm(Bytes),
    Disconnect(Reason, Bytes),
}

#[derive(Debug)]
struct Repeated {
    opening: Opening,
    /// When it was sent last.
    sent: Instant,
    times: u8,
    due: bool,
    once: bool,
}

/// Link services that are to be sent. They add up: a peer that acknowledges nothing cannot make them many.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) flow: Option<Flow>,
    pub(super) data: u8,
    pub(super) interrupts: u8,
    pub(super) keep_alive: bool,
}

#[derive(Debug)]
pub(super) struct Link {
    pub(super) id: LinkId,
    pub(super) state: State,
    pub(super) node: NodeAddress,
    pub(super) local: u16,
    /// The link as the peer numbers it; 0 while it is not known.
    pub(super) remote: u16,
    pub(super) peer: Services,
    repeated: Option<Repeated>,
    delay: Delay,

    pub(super) data_out: Sender<Segment>,
    pub(super) other_out: Sender<Other>,
    /// Messages to send; of the first, what is before `offset` was sent.
    pub(super) queue: VecDeque<Bytes>,
    offset: usize,
    pub(super) interrupts: VecDeque<Bytes>,
    pub(super) wanted: Wanted,
    /// The peer wants no data.
    pub(super) stopped: bool,
    /// Data requests of the peer that were not used: segments or messages, as it announced.
    pub(super) credit: i16,

    pub(super) data_in: Receiver<DataSegment>,
    pub(super) other_in: Receiver<Message>,
    /// The message that is being put together.
    pub(super) partial: Option<BytesMut>,
    pub(super) untaken_messages: usize,
    pub(super) untaken_octets: usize,
    pub(super) untaken_interrupts: usize,
    /// We told the peer to stop.
    pub(super) stop_sent: bool,
    /// Data requests that we gave and the peer has not used.
    pub(super) granted: u8,
    pub(super) heard: Instant,

    /// In the engine's queue of links that may have something to send.
    pub(super) ready: bool,
    /// In the engine's index of deadlines.
    pub(super) indexed: Option<Instant>,
}

impl Link {
    pub(super) fn new(id: LinkId, local: u16, node: NodeAddress, state: State, now: Instant) -> Link {
        Link {
            id,
            state,
            node,
            local,
            remote: 0,
            peer: Services { flow_control: FlowControl::None, version: Default::default(), segment_size: 1 },
            repeated: None,
            delay: Delay::default(),
            data_out: Sender::new(),
            other_out: Sender::new(),
            queue: VecDeque::new(),
            offset: 0,
            interrupts: VecDeque::new(),
            wanted: Wanted::default(),
            stopped: false,
            credit: 0,
            data_in: Receiver::new(),
            other_in: Receiver::new(),
            partial: None,
            untaken_messages: 0,
            untaken_octets: 0,
            untaken_interrupts: 0,
            stop_sent: false,
            granted: 0,
            heard: now,
            ready: false,
            indexed: None,
        }
    }

    pub(super) fn open(&mut self, opening: Opening, once: bool, now: Instant) {
        self.repeated = Some(Repeated { opening, sent: now, times: 0, due: true, once });
    }

    /// An answer came to what was repeated, or it is given up.
    pub(super) fn stop_repeating(&mut self, answered: bool, limits: &Limits, now: Instant) {
        if let Some(repeated) = self.repeated.take()
            && answered
            && repeated.times == 1
            && !repeated.due
        {
            self.delay.measured(now.saturating_duration_since(repeated.sent), limits);
        }
    }

    pub(super) fn measured(&mut self, sample: Option<core::time::Duration>, limits: &Limits) {
        if let Some(sample) = sample {
            self.delay.measured(sample, limits);
        }
    }

    /// Nothing of this link's data matters any more.
    pub(super) fn drop_queues(&mut self) {
        self.data_out.clear();
        self.other_out.clear();
        self.data_in.clear();
        self.other_in.clear();
        self.queue.clear();
        self.interrupts.clear();
        self.wanted = Wanted::default();
        self.partial = None;
    }

    fn addresses(&self) -> Addresses {
        Addresses { destination: self.remote, source: self.local }
    }

    /// Acknowledgements that travel with a message of the data subchannel.
    fn data_acks(&mut self) -> Acks {
        let own = self.data_in.pay();
        Acks { own, cross: if self.peer.version.is_phase_iv() { self.other_in.pay() } else { None } }
    }

    /// Acknowledgements that travel with a message of the other subchannel.
    fn other_acks(&mut self) -> Acks {
        let own = self.other_in.pay();
        Acks { own, cross: if self.peer.version.is_phase_iv() { self.data_in.pay() } else { None } }
    }

    /// The next message to send.
    pub(super) fn next_message(
        &mut self,
        config: &Config,
        counters: &mut Counters,
        now: Instant,
    ) -> Option<Message> {
        if let Some(message) = self.next_opening(config, counters, now) {
            return Some(message);
        }
        if self.state != State::Running {
            return None;
        }
        if let Some(sent) = self.other_out.repeat(now) {
            let (number, item) = (sent.number, sent.item.copy());
            counters.repeated += 1;
            return Some(self.other_message(number, item));
        }
        if self.other_out.outstanding() < OTHER_WINDOW
            && let Some(item) = self.next_other()
        {
            let number = self.other_out.send(item.copy(), false, now);
            return Some(self.other_message(number, item));
        }
        if let Some(sent) = self.data_out.repeat(now) {
            let item = &sent.item;
            let (number, begins, ends, data) = (sent.number, item.begins, item.ends, item.data.clone());
            counters.repeated += 1;
            let (addresses, acks) = (self.addresses(), self.data_acks());
            // DLY is cleared on repeats: an acknowledgement is wanted now.
            return Some(Message::Data(DataSegment {
                addresses,
                acks,
                number,
                delay: false,
                begins,
                ends,
                data,
            }));
        }
        if let Some((segment, delay)) = self.next_segment(config) {
            let (begins, ends, data) = (segment.begins, segment.ends, segment.data.clone());
            let number = self.data_out.send(segment, delay, now);
            let (addresses, acks) = (self.addresses(), self.data_acks());
            return Some(Message::Data(DataSegment { addresses, acks, number, delay, begins, ends, data }));
        }
        let addresses = self.addresses();
        if self.data_in.is_owed_now() {
            return Some(Message::DataAck { addresses, acks: self.data_acks() });
        }
        if self.other_in.is_owed_now() {
            return Some(Message::OtherAck { addresses, acks: self.other_acks() });
        }
        None
    }

    fn next_opening(&mut self, config: &Config, counters: &mut Counters, now: Instant) -> Option<Message> {
        let addresses = self.addresses();
        let repeated = self.repeated.as_mut().filter(|repeated| repeated.due)?;
        if repeated.times > 0 {
            counters.repeated += 1;
        }
        let services = config.services();
        let message = match &repeated.opening {
            Opening::Initiate(data) => Message::ConnectInitiate {
                source: addresses.source,
                again: repeated.times > 0,
                services,
                data: data.clone(),
            },
            Opening::Confirm(data) => Message::ConnectConfirm { addresses, services, data: data.clone() },
            Opening::Disconnect(reason, data) => {
                Message::DisconnectInitiate { addresses, reason: *reason, data: data.clone() }
            }
        };
        repeated.due = false;
        repeated.sent = now;
        repeated.times = repeated.times.saturating_add(1);
        if repeated.once {
            self.repeated = None;
        }
        Some(message)
    }

    fn next_other(&mut self) -> Option<Other> {
        let wanted = &mut self.wanted;
        let flow = wanted.flow.take();
        if wanted.interrupts > 0 {
            let value = core::mem::take(&mut wanted.interrupts).min(127) as i8;
            return Some(Other::Service {
                flow: flow.unwrap_or_default(),
                counts: Counts::Interrupts,
                value,
            });
        }
        if wanted.data > 0 || flow.is_some() || wanted.keep_alive {
            wanted.keep_alive = false;
            let value = core::mem::take(&mut wanted.data).min(127) as i8;
            return Some(Other::Service { flow: flow.unwrap_or_default(), counts: Counts::Data, value });
        }
        self.interrupts.pop_front().map(Other::Interrupt)
    }

    fn other_message(&mut self, number: super::Number, item: Other) -> Message {
        let (addresses, acks) = (self.addresses(), self.other_acks());
        match item {
            Other::Interrupt(data) => Message::Interrupt(Interrupt { addresses, acks, number, data }),
            Other::Service { flow, counts, value } => {
                Message::LinkService(LinkService { addresses, acks, number, flow, counts, value })
            }
        }
    }

    /// The next data segment, if the peer lets us send one, and whether its acknowledgement may be delayed.
    fn next_segment(&mut self, config: &Config) -> Option<(Segment, bool)> {
        let window = usize::from(config.limits.send_window.clamp(1, super::Number::HALF));
        let outstanding = self.data_out.outstanding();
        if self.stopped || outstanding >= window {
            return None;
        }
        match self.peer.flow_control {
            FlowControl::None => {}
            FlowControl::Segment | FlowControl::Message if self.credit > 0 => {}
            FlowControl::Segment | FlowControl::Message => return None,
        }
        let size = usize::from(self.peer.segment_size.min(config.send_segment).max(1));
        let message = self.queue.front()?;
        let end = self.offset.saturating_add(size).min(message.len());
        let begins = self.offset == 0;
        let ends = end == message.len();
        let data = message.slice(self.offset..end);
        if ends {
            self.queue.pop_front();
            self.offset = 0;
        } else {
            self.offset = end;
        }
        match self.peer.flow_control {
            FlowControl::None => {}
            FlowControl::Segment => self.credit -= 1,
            FlowControl::Message if ends => self.credit -= 1,
            FlowControl::Message => {}
        }
        let delay = config.delayed_acks && self.peer.version.is_phase_iv() && outstanding < window / 2;
        Some((Segment { data, begins, ends }, delay))
    }

    /// What time has brought: things become due, and perhaps an event.
    pub(super) fn expire(&mut self, limits: &Limits, now: Instant) -> Option<Event> {
        let wait = self.delay.retransmission(limits);
        let limit = limits.transmissions.max(1);
        if let Some(repeated) = self.repeated.as_mut().filter(|repeated| !repeated.due)
            && repeated.sent + wait <= now
        {
            if repeated.times >= limit {
                return Some(Event::RetransmissionLimit);
            }
            repeated.due = true;
        }
        if self.state != State::Running {
            return None;
        }
        self.data_in.expire(now);
        self.other_in.expire(now);
        let data = self.data_out.expire(wait, limit, now);
        let other = self.other_out.expire(wait, limit, now);
        if matches!(data, Repeat::Limit) || matches!(other, Repeat::Limit) {
            return Some(Event::RetransmissionLimit);
        }
        (self.tested_at(limits) <= now).then_some(Event::Inactivity)
    }

    /// When a silent peer is tested.
    fn tested_at(&self, limits: &Limits) -> Instant {
        self.heard + limits.inactivity.max(core::time::Duration::from_millis(1))
    }

    /// When [`Link::expire`] has something to do next.
    pub(super) fn deadline(&self, limits: &Limits) -> Option<Instant> {
        let wait = self.delay.retransmission(limits);
        let opening =
            self.repeated.as_ref().filter(|repeated| !repeated.due).map(|repeated| repeated.sent + wait);
        if self.state != State::Running {
            return opening;
        }
        let owed_by = |owed: bool, by: Option<Instant>| if owed { None } else { by };
        [
            opening,
            self.data_out.deadline(wait),
            self.other_out.deadline(wait),
            owed_by(self.data_in.is_owed_now(), self.data_in.owed_by()),
            owed_by(self.other_in.is_owed_now(), self.other_in.owed_by()),
            Some(self.tested_at(limits)),
        ]
        .into_iter()
        .flatten()
        .min()
    }
}

impl Other {
    fn copy(&self) -> Other {
        match self {
            Other::Interrupt(data) => Other::Interrupt(data.clone()),
            Other::Service { flow, counts, value } => {
                Other::Service { flow: *flow, counts: *counts, value: *value }
            }
        }
    }
}
