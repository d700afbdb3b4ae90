//! What a link makes of a frame.
use super::candidates::Candidates;
use super::elap::{self, Aarp, AarpFunction};
use super::engine::{Arrival, Link};
use super::llap;
use super::table::{Event, State};
use crate::error::Result;
use crate::time::Instant;
use crate::zip::address::{BROADCAST, Mac, NodeAddress};
use crate::zip::ddp::Datagram;
use bytes::Bytes;

impl Link {
    pub(super) fn localtalk(&mut self, octets: &Bytes, now: Instant) -> Result<()> {
        let frame = llap::Frame::decode(octets)?;
        let tried = self.state == State::Trying && frame.destination == self.trying.node;
        let own = self.address.map(|address| address.node);
        match frame.kind {
            llap::Kind::Enquiry if tried => self.conflict(now),
            llap::Kind::Acknowledge if tried => self.conflict(now),
            llap::Kind::Enquiry if own == Some(frame.destination) => self.event(Event::Asked, now),
            llap::Kind::Short | llap::Kind::Long => {
                let everyone = frame.destination == BROADCAST;
                let ours = own.is_some() && (everyone || own == Some(frame.destination));
                if !ours || frame.source == 0 || frame.source == BROADCAST || own == Some(frame.source) {
                    return Ok(());
                }
                let datagram = if frame.kind == llap::Kind::Short {
                    Datagram::decode_short(frame.destination, frame.source, &frame.data)?
                } else {
                    Datagram::decode_long(&frame.data)?
                };
                self.arrive(datagram, everyone);
            }
            llap::Kind::Enquiry
            | llap::Kind::Acknowledge
            | llap::Kind::RequestToSend
            | llap::Kind::ClearToSend => {}
        }
        Ok(())
    }

    pub(super) fn ethertalk(&mut self, own: Mac, octets: &Bytes, now: Instant) -> Result<()> {
        let frame = elap::Frame::decode(octets)?;
        let everyone = frame.destination.is_group();
        let listens = frame.destination == own
            || frame.destination == Mac::BROADCAST
            || self.groups.contains(&frame.destination);
        if !listens || frame.source == own || frame.source.is_group() {
            return Ok(());
        }
        match frame.protocol {
            elap::Protocol::Aarp => self.aarp(own, &Aarp::decode(&frame.data)?, now),
            elap::Protocol::Ddp => {
                let datagram = Datagram::decode_long(&frame.data)?;
                if self.address.is_none() {
                    return Ok(());
                }
                if datagram.hops == 0 {
                    self.learn(datagram.from(), frame.source, now);
                }
                self.arrive(datagram, everyone);
            }
        }
        Ok(())
    }

    fn aarp(&mut self, own: Mac, packet: &Aarp, now: Instant) {
        if packet.source_mac == own {
            return;
        }
        // In requests and probes the address concerned is the destination, in responses the source; a request for another
        // address by a station that has the one being tried is a conflict as well.
        let tried = self.state == State::Trying
            && (packet.source == self.trying
                || packet.function == AarpFunction::Probe && packet.destination == self.trying);
        if tried {
            self.conflict(now);
        }
        let asked = self.address == Some(packet.destination);
        match packet.function {
            AarpFunction::Probe => {
                // The address is not the sender's yet; whoever had it may be gone.
                self.resolver.forget(packet.source);
                if asked {
                    self.asker = packet.source_mac;
                    self.event(Event::Asked, now);
                }
            }
            AarpFunction::Request => {
                self.learn(packet.source, packet.source_mac, now);
                if asked {
                    self.asker = packet.source_mac;
                    self.event(Event::Asked, now);
                }
            }
            AarpFunction::Response => self.learn(packet.source, packet.source_mac, now),
        }
    }

    fn learn(&mut self, node: NodeAddress, mac: Mac, now: Instant) {
        let nobody = node.network == 0 || node.node == 0 || node.node >= 0xfe || mac.is_group();
        if nobody || self.address == Some(node) {
            return;
        }
        for octets in self.resolver.learn(node, mac, &self.limits, now) {
            self.ethernet(mac, elap::Protocol::Ddp, octets);
        }
    }

    fn arrive(&mut self, datagram: Datagram, everyone: bool) {
        if self.arrived.len() >= self.limits.queued_datagrams {
            self.counters.lost += 1;
            return;
        }
        self.arrived.push_back(Arrival { datagram, everyone });
    }

    fn conflict(&mut self, now: Instant) {
        let more = self.candidates.as_ref().is_some_and(Candidates::more);
        self.event(if more { Event::Conflict } else { Event::ConflictLast }, now);
    }
}
