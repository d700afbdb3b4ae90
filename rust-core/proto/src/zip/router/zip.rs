//! ZIP in a router: queries, answers, GetNetInfo, zone calls, names that change (Inside AppleTalk ch. 8).
use super::config::{PortId, RouterEvent};
use super::forward::Asked;
use super::service::ZoneRouter;
use crate::error::{Error, Result};
use crate::time::Instant;
use crate::zip::address::{LAST_NETWORK, NetworkRange, NodeAddress, ddp_type, socket};
use crate::zip::atp;
use crate::zip::call::{ZoneCall, ZonePage, ZoneRequest};
use crate::zip::ddp::Datagram;
use crate::zip::link::Hop;
use crate::zip::message::{MAX_MESSAGE, Message, NetInfo, Notify, flag};
use crate::zip::name::{Name, ZoneName};
use std::collections::{BTreeMap, BTreeSet};

impl ZoneRouter {
    pub(super) fn zip(&mut self, asked: &Asked, message: Message, from: u8, now: Instant) {
        match message {
            Message::Query { networks } => self.answer_query(asked, &networks, now),
            Message::Reply { tuples, .. } => self.hear_reply(asked, from, &tuples, now),
            Message::ExtendedReply { count, network, zones } => {
                self.hear_part(asked, from, count, network, &zones, now);
            }
            Message::GetNetInfo { zone } => self.answer_net_info(asked, zone, now),
            Message::NetInfoReply(info) => {
                // Other routers' answers to this one's question.
                if self.port_asks(asked.port) && from == socket::ZIP && info.zone.is_empty() {
                    self.port_net_info(asked.port, &info, now);
                } else {
                    self.counters.ignored += 1;
                }
            }
            // Phase 2 leaves the change of names to network management; a router does not believe nodes.
            Message::Notify(_) => self.counters.ignored += 1,
        }
    }

    /// Asks for the zones that are missing: one Query for all networks behind one router.
    pub(super) fn send_queries(&mut self, now: Instant) {
        let mut wanted: BTreeMap<(usize, NodeAddress), Vec<u16>> = BTreeMap::new();
        for range in self.zit.wanted() {
            let route = self.routes.find(range.start()).filter(|route| route.is_usable());
            if let Some((port, next)) = route.and_then(|route| route.next.map(|next| (route.port, next))) {
                wanted.entry((port, next)).or_default().push(range.start());
            }
        }
        let mut queries: Vec<(usize, NodeAddress, Vec<u16>)> = Vec::new();
        for ((port, next), networks) in wanted {
            queries.extend(networks.chunks(255).map(|chunk| (port, next, chunk.to_vec())));
        }
        // What one interval cannot take waits for the next one; everybody has a turn.
        let most = self.config.limits.queries_per_interval;
        let from = self.query_from;
        let turn = queries.iter().position(|query| query.2.first().is_some_and(|first| *first >= from));
        queries.rotate_left(turn.unwrap_or_default());
        self.query_from = queries.get(most).and_then(|query| query.2.first().copied()).unwrap_or_default();
        for (at, next, networks) in queries.into_iter().take(most) {
            let Ok(data) = (Message::Query { networks }).encode() else { continue };
            if let Some(port) = self.ports.get_mut(at) {
                self.counters.queries += 1;
                port.send(next, [socket::ZIP; 2], ddp_type::ZIP, data, Hop::Node(next), now);
            }
        }
    }

    fn answer_query(&mut self, asked: &Asked, networks: &[u16], now: Instant) {
        if self.ports.get(asked.port).is_none_or(|port| port.active().is_none()) {
            return;
        }
        // Any number of a range is good; the answer has the first one. Each network is answered once.
        let mut done = BTreeSet::new();
        let mut packed: Vec<(u16, ZoneName)> = Vec::new();
        let mut room = MAX_MESSAGE - 2;
        for network in networks {
            let known = self.zit.entry(*network).filter(|entry| entry.state.is_known());
            let Some(entry) = known.filter(|entry| done.insert(entry.range.start())) else { continue };
            let (start, zones) = (entry.range.start(), entry.zones.clone());
            self.counters.answered += 1;
            let size: usize = zones.iter().map(tuple_size).sum();
            if !self.config.pack_replies || size > MAX_MESSAGE - 2 || zones.len() > 255 {
                if !self.send_list(asked, start, &zones, now) {
                    return;
                }
                continue;
            }
            if size > room || packed.len() + zones.len() > 255 {
                self.send_packed(asked, core::mem::take(&mut packed), now);
                room = MAX_MESSAGE - 2;
            }
            room -= size;
            packed.extend(zones.iter().map(|zone| (start, *zone)));
        }
        if !packed.is_empty() {
            self.send_packed(asked, packed, now);
        }
    }

    fn send_packed(&mut self, asked: &Asked, tuples: Vec<(u16, ZoneName)>, now: Instant) {
        // The count is that of the tuples: a reader that loops by it loses nothing.
        let count = tuples.len() as u8;
        if let Ok(data) = (Message::Reply { count, tuples }).encode() {
            self.answer(asked, socket::ZIP, ddp_type::ZIP, data, now);
        }
    }

    /// Sends a list in as many Extended Replies as it takes; false if no more may be sent.
    fn send_list(&mut self, asked: &Asked, network: u16, zones: &[ZoneName], now: Instant) -> bool {
        let Ok(count) = u8::try_from(zones.len()) else { return true };
        let mut rest = zones;
        while !rest.is_empty() {
            let mut room = MAX_MESSAGE - 2;
            let fits = rest.iter().take_while(|zone| {
                let left = room.checked_sub(tuple_size(zone));
                room = left.unwrap_or_default();
                left.is_some()
            });
            let (page, behind) = rest.split_at(fits.count().max(1));
            rest = behind;
            let Ok(data) = (Message::ExtendedReply { count, network, zones: page.to_vec() }).encode() else {
                return true;
            };
            if !self.may_answer(asked.port, now) {
                return false;
            }
            let datagram = Datagram::new(asked.from, asked.to.socket(socket::ZIP), ddp_type::ZIP, data);
            self.dispatch(asked.port, datagram, now);
        }
        true
    }

    /// True if zones of a network may come from there: it was asked.
    fn was_asked(&self, asked: &Asked, network: u16) -> bool {
        self.routes.find(network).is_some_and(|route| {
            route.range.start() == network
                && route.port == asked.port
                && route.next.is_some_and(|next| next.matches(&asked.from.at()))
        })
    }

    /// True if a list is about the network of a port that wants to know its own zones.
    fn is_own(&self, asked: &Asked, network: u16) -> bool {
        let range = self.ports.get(asked.port).and_then(|port| port.range);
        self.port_asks(asked.port) && range.is_some_and(|range| range.start() == network)
    }

    fn hear_reply(&mut self, asked: &Asked, from: u8, tuples: &[(u16, ZoneName)], now: Instant) {
        let mut lists: BTreeMap<u16, Vec<ZoneName>> = BTreeMap::new();
        for (network, zone) in tuples {
            lists.entry(*network).or_default().push(*zone);
        }
        for (network, zones) in lists {
            if from != socket::ZIP {
                self.counters.ignored += 1;
            } else if self.is_own(asked, network) {
                self.port_list(asked.port, zones, now);
            } else if self.was_asked(asked, network) {
                let Some(range) = self.zit.entry(network).map(|entry| entry.range) else { continue };
                let stored = self.zit.whole(range, zones, &self.config.limits);
                self.learned(range, stored);
            } else {
                self.counters.ignored += 1;
            }
        }
    }

    fn hear_part(
        &mut self,
        asked: &Asked,
        from: u8,
        count: u8,
        network: u16,
        zones: &[ZoneName],
        now: Instant,
    ) {
        if from != socket::ZIP {
            self.counters.ignored += 1;
        } else if self.is_own(asked, network) {
            let most = self.config.limits.parts;
            let Some(port) = self.ports.get_mut(asked.port) else { return };
            if let Some(list) = port.parts.add(asked.from.at(), count, zones, most) {
                self.port_list(asked.port, list, now);
            }
        } else if self.was_asked(asked, network) {
            let Some(range) = self.zit.entry(network).map(|entry| entry.range) else { return };
            let stored = self.zit.part(network, asked.from.at(), count, zones, &self.config.limits);
            self.learned(range, stored);
        } else {
            self.counters.ignored += 1;
        }
    }

    fn learned(&mut self, range: NetworkRange, stored: Result<bool>) {
        match stored {
            Ok(true) => {
                let zones = self.zit.list(range.start()).map(<[ZoneName]>::len).unwrap_or_default();
                self.tell(RouterEvent::ZonesKnown { range, zones });
            }
            Ok(false) => {}
            Err(error) => self.limited(error),
        }
    }

    fn answer_net_info(&mut self, asked: &Asked, zone: Name, now: Instant) {
        let Some(port) = self.ports.get(asked.port) else { return };
        let (Some((range, own)), Some(default)) = (port.active(), port.default_zone) else { return };
        let Some(zones) = self.zit.list(range.start()) else { return };
        let extended = port.is_extended();
        let valid = zones.iter().find(|known| known.name().matches(&zone)).copied();
        let mut flags = 0;
        if valid.is_none() {
            flags |= flag::ZONE_INVALID;
        }
        if !extended {
            flags |= flag::USE_BROADCAST;
        }
        if zones.len() == 1 {
            flags |= flag::ONLY_ONE_ZONE;
        }
        let multicast = extended.then(|| valid.unwrap_or(default).ethertalk_multicast());
        let default_zone = if valid.is_none() { Some(default) } else { None };
        let info = NetInfo { flags, range, zone, multicast, default_zone };
        let Ok(data) = Message::NetInfoReply(info).encode() else { return };
        let network = asked.from.network;
        let reachable = range.contains(network) || network == 0 || network > LAST_NETWORK;
        if reachable || !asked.everyone {
            self.answer(asked, socket::ZIP, ddp_type::ZIP, data, now);
        } else if self.may_answer(asked.port, now) {
            // The asker is on the link with an address of another network: only a broadcast finds it.
            let to = NodeAddress::EVERYONE.socket(asked.from.socket);
            let datagram = Datagram::new(to, own.socket(socket::ZIP), ddp_type::ZIP, data);
            self.dispatch(asked.port, datagram, now);
        }
    }

    /// Answers one of the three calls.
    ///
    /// # Errors
    /// `Peer`: not a call.
    pub(super) fn zone_call(&mut self, asked: &Asked, packet: &atp::Packet, now: Instant) -> Result<()> {
        // The calls can be repeated: there is nothing to release.
        if packet.function != atp::Function::Request {
            self.counters.ignored += 1;
            return Ok(());
        }
        let request = ZoneRequest::decode(packet)?;
        let Some(port) = self.ports.get(asked.port) else { return Ok(()) };
        let Some((range, _)) = port.active() else { return Ok(()) };
        let local = self.zit.list(range.start()).unwrap_or_default();
        let page = match request.call {
            ZoneCall::GetMyZone => {
                let zone = port.default_zone.filter(|_| !local.is_empty());
                ZonePage { last: false, zones: zone.into_iter().collect() }
            }
            ZoneCall::GetLocalZones => {
                ZonePage::fill(local.iter().skip(usize::from(request.start.max(1)) - 1))
            }
            ZoneCall::GetZoneList => ZonePage::fill(self.zit.from(request.start, now)),
        };
        if let Ok(data) = page.packet(packet.tid).and_then(|packet| packet.encode()) {
            self.answer(asked, socket::ZIP, ddp_type::ATP, data, now);
        }
        Ok(())
    }

    /// Gives a zone of a network another name, as network management does: the entry changes, and nodes of a network that the router is
    /// connected to are notified. Every router of the internet needs it.
    ///
    /// # Errors
    /// `Refused`: the network's zones are not known, the zone is not one of them, or the new name is.
    /// `LimitHit`: too many zones.
    pub fn rename_zone(&mut self, network: u16, old: ZoneName, new: ZoneName, now: Instant) -> Result<()> {
        let Some(entry) = self.zit.entry(network).filter(|entry| entry.state.is_known()) else {
            return Err(Error::refused("the zones of the network are not known"));
        };
        let range = entry.range;
        let Some(old) = entry.zones.iter().find(|zone| zone.matches(&old)).copied() else {
            return Err(Error::refused("the zone is not one of the network").with_parameter(old.to_string()));
        };
        if !old.matches(&new) && entry.zones.iter().any(|zone| zone.matches(&new)) {
            return Err(Error::refused("the network has a zone of that name").with_parameter(new.to_string()));
        }
        let renamed = |zone: &ZoneName| if zone.matches(&old) { new } else { *zone };
        let zones: Vec<ZoneName> = entry.zones.iter().map(renamed).collect();
        self.zit.change(range, zones.clone(), &self.config.limits)?;
        for at in 0..self.ports.len() {
            let Some(port) = self.ports.get_mut(at) else { continue };
            if port.active().is_none_or(|own| own.0 != range) {
                continue;
            }
            port.default_zone = port.default_zone.map(|zone| renamed(&zone));
            port.list = Some(zones.clone());
            if let Some(seed) = port.seed.as_mut() {
                seed.zones = seed.zones.iter().map(renamed).collect();
            }
            if let (Some(seed), Some(config)) = (port.seed.clone(), self.config.ports.get_mut(at)) {
                config.seed = Some(seed);
            }
            self.notify(PortId(at), old, new, zones.len(), now);
        }
        self.settle(now);
        Ok(())
    }

    fn notify(&mut self, port: PortId, old_zone: ZoneName, new_zone: ZoneName, zones: usize, now: Instant) {
        let Some(port) = self.ports.get_mut(port.0) else { return };
        let extended = port.is_extended();
        let multicast = extended.then(|| new_zone.ethertalk_multicast());
        let hop = if extended { Hop::Group(old_zone.ethertalk_multicast()) } else { Hop::Everyone };
        let one = if zones == 1 { flag::ONLY_ONE_ZONE } else { 0 };
        let flags = one | if extended { 0 } else { flag::USE_BROADCAST };
        let message = Message::Notify(Notify { flags, old_zone, multicast, new_zone });
        if let Ok(data) = message.encode() {
            port.send(NodeAddress::EVERYONE, [socket::ZIP; 2], ddp_type::ZIP, data, hop, now);
        }
    }
}

/// Octets of a network number, a length and a name.
fn tuple_size(zone: &ZoneName) -> usize {
    3 + zone.octets().len()
}
