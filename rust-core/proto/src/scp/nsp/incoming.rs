//! What a link does with what comes: acknowledgements, data, interrupts, link services (DNA NSP 4.0.1, receive processing).
use super::super::message::MAX_USER_DATA;
use super::super::octets::{NSP, Reader};
use super::link::{Link, Other};
use super::message::{Ack, Acks, Counts, DataSegment, Flow, FlowControl, LinkService, Message};
use super::receiver::Turn;
use super::service::NspIndication;
use super::{Config, Counters};
use crate::error::{Error, Result};
use crate::time::Instant;
use bytes::{Bytes, BytesMut};
use std::collections::VecDeque;

type Indications = VecDeque<NspIndication>;

impl Link {
    /// Acknowledgements of a message of the data subchannel, or of the other one.
    pub(super) fn take_acks(
        &mut self,
        acks: Acks,
        of_data: bool,
        config: &Config,
        now: Instant,
        out: &mut Indications,
    ) {
        let (data, other) = if of_data { (acks.own, acks.cross) } else { (acks.cross, acks.own) };
        if let Some(ack) = data {
            self.data_acknowledged(ack, config, now, out);
        }
        if let Some(ack) = other {
            let sample = self.other_out.acknowledge(ack, now, |item| match item {
                Other::Interrupt(_) | Other::Service { .. } => {}
            });
            self.measured(sample, &config.limits);
        }
    }

    fn data_acknowledged(&mut self, ack: Ack, config: &Config, now: Instant, out: &mut Indications) {
        let (mut messages, mut octets) = (0, 0);
        let sample = self.data_out.acknowledge(ack, now, |segment| {
            messages += usize::from(segment.ends);
            octets += segment.data.len();
        });
        self.measured(sample, &config.limits);
        if messages > 0 || octets > 0 {
            out.push_back(NspIndication::Acknowledged { link: self.id, messages, octets });
        }
    }

    /// A data segment.
    ///
    /// # Errors
    /// The peer broke a rule that ends the link.
    pub(super) fn receive_data(
        &mut self,
        segment: &DataSegment,
        config: &Config,
        counters: &mut Counters,
        now: Instant,
        out: &mut Indications,
    ) -> Result<()> {
        match self.data_in.turn(segment.number, config.limits.receive_window) {
            Turn::Duplicate => {
                counters.duplicates += 1;
                self.data_in.owe(None);
                Ok(())
            }
            Turn::Beyond => {
                counters.beyond_window += 1;
                Ok(())
            }
            Turn::Early => {
                // A copy: the slice would keep a whole read buffer alive.
                let data = Bytes::copy_from_slice(&segment.data);
                self.data_in.keep(segment.number, DataSegment { data, ..segment.clone() });
                Ok(())
            }
            Turn::Next if !self.has_room(config) => {
                counters.no_room += 1;
                Ok(())
            }
            Turn::Next => {
                let may_wait = segment.delay && self.peer.version.is_phase_iv();
                self.data_in.owe(may_wait.then(|| now + config.limits.ack_delay));
                self.accept(segment, config, out)?;
                self.take_early(config, out)
            }
        }
    }

    /// Goes on with segments that came early, as far as there is room.
    fn take_early(&mut self, config: &Config, out: &mut Indications) -> Result<()> {
        while self.has_room(config) {
            let Some(segment) = self.data_in.take_next() else { break };
            // A gap was closed: say so now, the peer may be about to repeat.
            self.data_in.owe(None);
            self.accept(&segment, config, out)?;
        }
        Ok(())
    }

    /// True if one more data segment may be accepted: what the user has not taken is within its limits, and the peer had leave.
    fn has_room(&self, config: &Config) -> bool {
        let limits = &config.limits;
        let leave = match config.flow_control {
            FlowControl::None => true,
            FlowControl::Segment | FlowControl::Message => self.granted > 0,
        };
        leave
            && self.untaken_octets <= limits.queued_receive_octets
            && self.untaken_messages < limits.queued_receive_messages
    }

    fn accept(&mut self, segment: &DataSegment, config: &Config, out: &mut Indications) -> Result<()> {
        let fault = |text: &'static str, field| {
            let octets = Bytes::new();
            Err(Reader::new(&octets, NSP, "data segment").fault(0, field, text))
        };
        self.data_in.accepted();
        match config.flow_control {
            FlowControl::None => {}
            FlowControl::Segment => self.granted = self.granted.saturating_sub(1),
            FlowControl::Message if segment.ends => self.granted = self.granted.saturating_sub(1),
            FlowControl::Message => {}
        }
        let message = match (self.partial.take(), segment.begins, segment.ends) {
            (None, false, _) => return fault("a segment without BOM begins a message", "BOM"),
            (Some(_), true, _) => return fault("a segment with BOM lies inside a message", "BOM"),
            (None, true, true) => Bytes::copy_from_slice(&segment.data),
            (partial, _, ends) => {
                let mut partial = partial.unwrap_or_default();
                if partial.len().saturating_add(segment.data.len()) > config.limits.message_octets {
                    return Err(self.too_long(config, partial));
                }
                partial.extend_from_slice(&segment.data);
                if !ends {
                    self.partial = Some(partial);
                    self.update_flow(config);
                    return Ok(());
                }
                partial.freeze()
            }
        };
        self.untaken_messages += 1;
        self.untaken_octets += message.len();
        out.push_back(NspIndication::Data { link: self.id, message });
        self.update_flow(config);
        Ok(())
    }

    fn too_long(&self, config: &Config, partial: BytesMut) -> Error {
        Error::limit(crate::Layer::Transport, "a message is longer than this node takes")
            .with_pdu("data segment")
            .with_clause("DNA NSP 4.0.1")
            .with_expected(
                format!("at most {} octets", config.limits.message_octets),
                format!("more than {}", partial.len()),
            )
    }

    /// Stop, go or credits, as this node announced it, after something was taken or accepted.
    pub(super) fn update_flow(&mut self, config: &Config) {
        let limits = &config.limits;
        let above = |part: usize| {
            self.untaken_octets > limits.queued_receive_octets / part
                || self.untaken_messages > limits.queued_receive_messages / part
        };
        let (half, quarter) = (above(2), above(4));
        let target = limits.receive_credits.clamp(1, 127);
        let grant = match config.flow_control {
            FlowControl::None => {
                let change = match (self.stop_sent, half, quarter) {
                    (false, true, _) => Some((true, Flow::Stop)),
                    (true, _, false) => Some((false, Flow::Go)),
                    _ => None,
                };
                if let Some((stopped, flow)) = change {
                    self.stop_sent = stopped;
                    self.wanted.flow = Some(flow);
                }
                0
            }
            FlowControl::Segment if !half && self.granted <= target / 2 => target - self.granted,
            FlowControl::Segment => 0,
            FlowControl::Message => {
                let waiting = u8::try_from(self.untaken_messages).unwrap_or(u8::MAX);
                let free = target.saturating_sub(self.granted).saturating_sub(waiting);
                if !half && (free > target / 2 || self.granted == 0) { free } else { 0 }
            }
        };
        self.granted += grant;
        self.wanted.data = self.wanted.data.saturating_add(grant).min(127);
    }

    /// The user has taken messages.
    ///
    /// # Errors
    /// What was waiting for room broke a rule.
    pub(super) fn taken(
        &mut self,
        messages: usize,
        octets: usize,
        config: &Config,
        out: &mut Indications,
    ) -> Result<()> {
        self.untaken_messages = self.untaken_messages.saturating_sub(messages);
        self.untaken_octets = self.untaken_octets.saturating_sub(octets);
        self.update_flow(config);
        if self.data_in.has_early() { self.take_early(config, out) } else { Ok(()) }
    }

    /// An interrupt or a link service message: one sequence of numbers.
    ///
    /// # Errors
    /// The peer broke a rule that ends the link.
    pub(super) fn receive_other(
        &mut self,
        message: &Message,
        config: &Config,
        counters: &mut Counters,
        out: &mut Indications,
    ) -> Result<()> {
        let number = match message {
            Message::Interrupt(interrupt) => interrupt.number,
            Message::LinkService(service) => service.number,
            _ => return Ok(()),
        };
        match self.other_in.turn(number, config.limits.receive_window) {
            Turn::Duplicate => {
                counters.duplicates += 1;
                self.other_in.owe(None);
            }
            Turn::Beyond => counters.beyond_window += 1,
            Turn::Early => self.other_in.keep(number, small_copy(message)),
            Turn::Next => {
                if !self.accept_other(message, config, counters, out)? {
                    return Ok(());
                }
                while let Some(next) = self.other_in.take_next() {
                    if !self.accept_other(&next, config, counters, out)? {
                        self.other_in.put_back(next);
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    /// False if there is no room for it: it is not acknowledged, and comes again.
    fn accept_other(
        &mut self,
        message: &Message,
        config: &Config,
        counters: &mut Counters,
        out: &mut Indications,
    ) -> Result<bool> {
        match message {
            Message::Interrupt(interrupt) => {
                if interrupt.data.len() > MAX_USER_DATA {
                    let octets = Bytes::new();
                    return Err(Reader::new(&octets, NSP, "interrupt")
                        .fault(0, "data", "an interrupt message is too long")
                        .with_expected(
                            format!("at most {MAX_USER_DATA} octets"),
                            format!("{}", interrupt.data.len()),
                        ));
                }
                if self.untaken_interrupts >= config.limits.queued_interrupts.max(1) {
                    counters.no_room += 1;
                    return Ok(false);
                }
                self.untaken_interrupts += 1;
                let data = Bytes::copy_from_slice(&interrupt.data);
                out.push_back(NspIndication::Interrupt { link: self.id, data });
            }
            Message::LinkService(service) => self.link_service(service, out),
            _ => return Ok(false),
        }
        self.other_in.accepted();
        self.other_in.owe(None);
        Ok(true)
    }

    fn link_service(&mut self, service: &LinkService, out: &mut Indications) {
        match service.flow {
            Flow::NoChange => {}
            Flow::Stop => self.stopped = true,
            Flow::Go => self.stopped = false,
        }
        match (service.counts, self.peer.flow_control) {
            (Counts::Interrupts, _) => {
                // A negative count is an error that real nodes ignore.
                if let Ok(count @ 1..) = u8::try_from(service.value) {
                    out.push_back(NspIndication::InterruptCredit { link: self.id, count });
                }
            }
            (Counts::Data, FlowControl::None) => {}
            (Counts::Data, FlowControl::Message) if service.value < 0 => {}
            (Counts::Data, FlowControl::Segment | FlowControl::Message) => {
                // No count may exceed 127; what would is ignored.
                let sum = self.credit + i16::from(service.value);
                if (-128..=127).contains(&sum) {
                    self.credit = sum;
                }
            }
        }
    }
}

/// A copy of an early message that keeps no read buffer alive.
fn small_copy(message: &Message) -> Message {
    let mut copy = message.clone();
    if let Message::Interrupt(interrupt) = &mut copy {
        // One octet more than allowed is enough to be refused in its turn.
        let end = interrupt.data.len().min(MAX_USER_DATA + 1);
        interrupt.data = Bytes::copy_from_slice(interrupt.data.get(..end).unwrap_or_default());
    }
    copy
}
