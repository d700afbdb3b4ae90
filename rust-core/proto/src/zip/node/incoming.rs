//! What a node makes of a datagram.
use super::event::NodeEvent;
use super::machine::{NotifyPolicy, ZoneMachine};
use super::table::{Event, State};
use crate::error::Result;
use crate::time::Instant;
use crate::zip::address::{BROADCAST, NodeAddress, ddp_type, socket};
use crate::zip::aep::Echo;
use crate::zip::atp;
use crate::zip::ddp::Datagram;
use crate::zip::message::{Message, NetInfo, Notify};
use crate::zip::nbp;
use crate::zip::rtmp;

/// Routers that are remembered for having been heard.
const ROUTERS: usize = 16;

impl ZoneMachine {
    /// A datagram has come, one of DDP types 1 to 6. Any other is not this engine's; what was not asked for and what cannot be read is counted.
    pub fn received(&mut self, datagram: &Datagram, now: Instant) {
        self.counters.received += 1;
        if !self.is_for_us(datagram) || datagram.source.node == 0 || datagram.source.node == BROADCAST {
            self.counters.ignored += 1;
            return;
        }
        let data = &datagram.data;
        let result = match (datagram.kind, datagram.destination.socket) {
            (ddp_type::RTMP, socket::RTMP) => {
                rtmp::Data::decode(data).map(|data| self.rtmp(datagram, data, now))
            }
            (ddp_type::ZIP, socket::ZIP) => {
                Message::decode(data).map(|message| self.zip(datagram, message, now))
            }
            (ddp_type::ATP, at) if at == self.config.client_socket => atp::Packet::decode(data)
                .map(|packet| self.response(datagram.from(), datagram.source.socket, &packet, now)),
            (ddp_type::NBP, socket::NBP) => {
                nbp::Packet::decode(data).map(|packet| self.nbp(datagram, packet, now))
            }
            (ddp_type::AEP, _) => Echo::decode(data).map(|echo| self.aep(datagram, echo, now)),
            _ => {
                self.counters.ignored += 1;
                Ok(())
            }
        };
        self.note(result);
    }

    pub(super) fn note(&mut self, result: Result<()>) {
        if let Err(error) = result {
            self.counters.malformed += 1;
            self.last_error = Some(error);
        }
    }

    fn is_for_us(&self, datagram: &Datagram) -> bool {
        let (to, Some(own)) = (datagram.destination, self.address) else { return false };
        if to.network == 0 && to.node == BROADCAST {
            return true;
        }
        let ours = to.node == own.node || to.node == BROADCAST;
        // On a nonextended network 0 matches everything (Inside AppleTalk ch. 4).
        let near =
            to.network == own.network || !self.config.extended && (to.network == 0 || own.network == 0);
        ours && near
    }

    fn rtmp(&mut self, datagram: &Datagram, data: rtmp::Data, now: Instant) {
        let own_kind = matches!(data.link, rtmp::Link::Extended(_)) == self.config.extended;
        let Some(range) = data.range() else { return };
        // A router speaks for itself, and only on its own network.
        if !own_kind
            || datagram.hops != 0
            || !data.sender.matches(&datagram.from())
            || Some(data.sender) == self.address
        {
            self.counters.ignored += 1;
            return;
        }
        if self.range == range {
            self.hear(data.sender);
        }
        let inside = self.address.is_some_and(|own| range.contains(own.network));
        let event = match (self.range == range, inside) {
            (true, _) => Event::RtmpSame,
            (false, true) => Event::RtmpInside,
            (false, false) => Event::RtmpOutside,
        };
        self.rtmp = Some(data);
        self.event(event, now);
        self.rtmp = None;
    }

    fn hear(&mut self, router: NodeAddress) {
        if !self.routers.contains(&router) && self.routers.len() < ROUTERS {
            self.routers.push(router);
        }
    }

    fn zip(&mut self, datagram: &Datagram, message: Message, now: Instant) {
        match message {
            Message::NetInfoReply(info) if datagram.source.socket == socket::ZIP => {
                self.net_info(info, datagram.from(), now);
            }
            Message::Notify(notify) => self.notified(notify, datagram.from(), now),
            Message::Query { .. }
            | Message::Reply { .. }
            | Message::ExtendedReply { .. }
            | Message::GetNetInfo { .. }
            | Message::NetInfoReply(_) => self.counters.ignored += 1,
        }
    }

    /// The first reply to what was asked counts; the others are for other nodes, or late.
    fn net_info(&mut self, info: NetInfo, from: NodeAddress, now: Instant) {
        let network = self.address.map(|own| own.network).unwrap_or_default();
        let inside = info.range.contains(network);
        match self.state {
            State::Ask | State::AskZone if self.config.extended => {
                // An empty name comes back as one; a router has to have an address on the network it speaks of.
                if info.zone != self.wanted() || !info.range.contains(from.network) {
                    self.counters.ignored += 1;
                    return;
                }
                let learned = self.state == State::Ask || info.range == self.range;
                let event = if inside && learned { Event::ReplyInside } else { Event::ReplyOutside };
                self.reply = Some((info, from));
                self.event(event, now);
            }
            State::Up => {
                let asked = self.pick.as_ref().is_some_and(|pick| *pick.zone.name() == info.zone);
                if !asked || Some(from) != self.router || info.range != self.range {
                    self.counters.ignored += 1;
                    return;
                }
                let event = if info.is_valid() { Event::PickValid } else { Event::PickInvalid };
                self.reply = Some((info, from));
                self.event(event, now);
            }
            State::Off
            | State::Probe1
            | State::Ask
            | State::Probe2
            | State::Alone
            | State::AskZone
            | State::Stranded
            | State::Failed => self.counters.ignored += 1,
        }
    }

    fn notified(&mut self, mut notify: Notify, from: NodeAddress, now: Instant) {
        let ours = self.zone.is_some_and(|zone| zone.matches(&notify.old_zone));
        let known = self.router == Some(from) || self.routers.contains(&from);
        if !ours || !known || self.pick.is_some() || self.state != State::Up {
            self.counters.ignored += 1;
            return;
        }
        if let Some(own) = self.zone {
            // The user knows its zone in the node's own spelling.
            notify.old_zone = own;
        }
        match self.config.notify {
            NotifyPolicy::Accept => {
                self.notify = Some(notify);
                self.event(Event::Renamed, now);
            }
            NotifyPolicy::Ask => self.begin_pick(notify.new_zone, Some(notify.old_zone), now),
            NotifyPolicy::Tell => self.tell(NodeEvent::RenameHint(notify)),
            NotifyPolicy::Ignore => self.counters.ignored += 1,
        }
    }

    fn aep(&mut self, datagram: &Datagram, echo: Echo, now: Instant) {
        if echo.reply {
            let id = echo.data.get(..4).and_then(|id| <[u8; 4]>::try_from(id).ok());
            let id = super::event::EchoId(id.map(u32::from_be_bytes).unwrap_or(u32::MAX));
            let ours = datagram.destination.socket == self.config.client_socket
                && self
                    .echoes
                    .get(&id)
                    .is_some_and(|(to, data, _)| *data == echo.data && to.matches(&datagram.from()));
            if !ours {
                self.counters.ignored += 1;
                return;
            }
            self.echoes.remove(&id);
            self.tell(NodeEvent::Echoed { echo: id, from: datagram.source, data: echo.data.slice(4..) });
        } else if datagram.destination.socket == socket::AEP {
            if !self.answers.allows(self.config.limits.answers_per_second, now) {
                self.counters.limited += 1;
                return;
            }
            let reply = Echo { reply: true, data: echo.data }.encode();
            self.send(datagram.source, socket::AEP, ddp_type::AEP, reply);
        }
    }
}
