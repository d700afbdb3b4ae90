//! NBP in a router: one request of a node becomes a look-up in every network of the zone (Inside AppleTalk ch. 7 and 8).
use super::forward::Asked;
use super::service::ZoneRouter;
use crate::time::Instant;
use crate::zip::address::{NodeAddress, ddp_type, socket};
use crate::zip::ddp::Datagram;
use crate::zip::link::Hop;
use crate::zip::name::Name;
use crate::zip::nbp::{Function, Packet};

impl ZoneRouter {
    pub(super) fn nbp(&mut self, asked: &Asked, datagram: &Datagram, packet: &Packet, now: Instant) {
        match packet.function {
            Function::BroadcastRequest => self.broadcast_request(asked, packet, now),
            Function::ForwardRequest if self.may_answer(asked.port, now) => {
                self.forward_request(datagram, packet, now);
            }
            Function::ForwardRequest => {}
            // The router has no names of its own, and replies go past it.
            Function::LookUp | Function::LookUpReply => self.counters.ignored += 1,
        }
    }

    fn broadcast_request(&mut self, asked: &Asked, packet: &Packet, now: Instant) {
        let (Some(port), Some(tuple)) = (self.ports.get(asked.port), packet.tuples.first()) else { return };
        let Some((range, _)) = port.active() else { return };
        let zone = if tuple.entity.zone.is_here() {
            // On an extended network the node has to name its zone: the router cannot know it.
            if port.is_extended() {
                self.counters.ignored += 1;
                return;
            }
            port.default_zone.map(|zone| *zone.name())
        } else {
            Some(tuple.entity.zone)
        };
        let mut lookup = packet.clone();
        if let (Some(tuple), Some(zone)) = (lookup.tuples.first_mut(), zone) {
            tuple.entity.zone = zone;
        }
        let Some(zone) = zone else {
            // The zone of the network is not known yet: it is at least this network.
            if self.may_answer(asked.port, now) {
                self.look_up(range.start(), lookup, now);
            }
            return;
        };
        for network in self.zit.networks(&zone).to_vec() {
            // A zone may have many networks: each one counts.
            if !self.may_answer(asked.port, now) {
                return;
            }
            let Some(route) = self.routes.find(network).filter(|route| route.is_usable()).copied() else {
                continue;
            };
            if route.next.is_none() {
                self.look_up(network, lookup.clone(), now);
                continue;
            }
            let request = Packet { function: Function::ForwardRequest, ..lookup.clone() };
            let own = self.ports.get(route.port).and_then(|port| port.active());
            if let (Ok(data), Some((_, own))) = (request.encode(), own) {
                // To any router of that network.
                let to = NodeAddress::new(network, 0).socket(socket::NBP);
                let datagram = Datagram::new(to, own.socket(socket::NBP), ddp_type::NBP, data);
                self.pass(datagram, now);
            }
        }
    }

    fn forward_request(&mut self, datagram: &Datagram, packet: &Packet, now: Instant) {
        let network = datagram.destination.network;
        // A request that names no zone is nobody's.
        if packet.tuples.first().is_none_or(|tuple| tuple.entity.zone.is_here()) {
            self.counters.ignored += 1;
            return;
        }
        self.look_up(network, packet.clone(), now);
    }

    /// Asks the nodes of a zone on a network that the router is connected to.
    fn look_up(&mut self, network: u16, packet: Packet, now: Instant) {
        let zone = packet.tuples.first().map(|tuple| tuple.entity.zone).unwrap_or(Name::HERE);
        let direct = self.routes.find(network).filter(|route| route.next.is_none() && route.is_usable());
        let Some(port) = direct.map(|route| route.port).and_then(|at| self.ports.get_mut(at)) else { return };
        let zone = crate::zip::ZoneName::from_name(zone);
        let hop = match zone {
            Ok(zone) if port.is_extended() => Hop::Group(zone.ethertalk_multicast()),
            _ => Hop::Everyone,
        };
        let lookup = Packet { function: Function::LookUp, ..packet };
        if let Ok(data) = lookup.encode() {
            port.send(NodeAddress::EVERYONE, [socket::NBP; 2], ddp_type::NBP, data, hop, now);
        }
    }
}
