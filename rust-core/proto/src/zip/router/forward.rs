//! Where a datagram goes: to the router itself, to a node of a network it is connected to, or to the next router (Inside AppleTalk ch. 4).
use super::port_table::State;
use super::service::ZoneRouter;
use crate::error::Result;
use crate::time::Instant;
use crate::zip::address::{Address, BROADCAST, LAST_NETWORK, NodeAddress, ddp_type, socket};
use crate::zip::aep::Echo;
use crate::zip::atp;
use crate::zip::ddp::{Datagram, Header, MAX_HOPS};
use crate::zip::link::{Arrival, Hop};
use crate::zip::message::Message;
use crate::zip::nbp;
use crate::zip::rtmp;
use bytes::Bytes;

/// What the router answers to: who asks, by which address, at which port.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) port: usize,
    pub(super) from: Address,
    /// The address that was asked, if it is one of the router's own.
    pub(super) to: NodeAddress,
    /// True if everybody was asked.
    pub(super) everyone: bool,
}

impl ZoneRouter {
    pub(super) fn arrived(&mut self, at: usize, arrival: Arrival, now: Instant) {
        let mut datagram = arrival.datagram;
        let Some(port) = self.ports.get(at) else { return };
        if datagram.source.node == 0 || datagram.source.node == BROADCAST {
            self.counters.ignored += 1;
            return;
        }
        // On a nonextended network 0 is the network's own number.
        let network = port.range.map(|range| range.start()).unwrap_or_default();
        if !port.is_extended() {
            if datagram.source.network == 0 {
                datagram.source.network = network;
            }
            if datagram.destination.network == 0 && datagram.destination.node != BROADCAST {
                datagram.destination.network = network;
            }
        }
        let to = datagram.destination.at();
        let zero = !port.is_extended() && to.network == 0;
        let own = self.ports.iter().any(|port| port.address == Some(to))
            || zero && port.address.is_some_and(|own| own.node == to.node);
        let here = port.range.is_some_and(|range| range.contains(to.network));
        let everyone = to.node == BROADCAST && (to.network == 0 || here);
        // A node number 0 is any router of the network (Inside AppleTalk ch. 8, FwdReq).
        let any_router = to.node == 0
            && self
                .ports
                .iter()
                .any(|port| port.active().is_some_and(|(range, _)| range.contains(to.network)));
        if own || everyone || any_router {
            let address = port.address.unwrap_or_default();
            let asked =
                Asked { port: at, from: datagram.source, to: if own { to } else { address }, everyone };
            self.local(asked, &datagram, now);
        } else if port.state == State::Active {
            self.forward(datagram, now);
        } else {
            self.counters.ignored += 1;
        }
    }

    fn local(&mut self, asked: Asked, datagram: &Datagram, now: Instant) {
        let data = &datagram.data;
        let result: Result<()> = match (datagram.kind, datagram.destination.socket) {
            (ddp_type::RTMP, socket::RTMP) => {
                rtmp::Data::decode(data).map(|data| self.hear_rtmp(&asked, datagram, &data, now))
            }
            (ddp_type::RTMP_REQUEST, socket::RTMP) => {
                rtmp::Request::decode(data).map(|request| self.answer_rtmp(&asked, request, now))
            }
            (ddp_type::ZIP, socket::ZIP) => {
                Message::decode(data).map(|message| self.zip(&asked, message, datagram.source.socket, now))
            }
            (ddp_type::ATP, socket::ZIP) => {
                atp::Packet::decode(data).and_then(|packet| self.zone_call(&asked, &packet, now))
            }
            (ddp_type::NBP, socket::NBP) => {
                nbp::Packet::decode(data).map(|packet| self.nbp(&asked, datagram, &packet, now))
            }
            (ddp_type::AEP, socket::AEP) => Echo::decode(data).map(|echo| {
                if !echo.reply {
                    let reply = Echo { reply: true, data: echo.data }.encode();
                    self.answer(&asked, socket::AEP, ddp_type::AEP, reply, now);
                }
            }),
            _ => {
                self.counters.ignored += 1;
                Ok(())
            }
        };
        if let Err(error) = result {
            self.counters.malformed += 1;
            self.last_error = Some(error);
        }
    }

    /// True if one more answer may go out at a port in this second.
    pub(super) fn may_answer(&mut self, at: usize, now: Instant) -> bool {
        let most = self.config.limits.answers_per_second;
        let may = self.ports.get_mut(at).is_some_and(|port| port.rate.allows(most, now));
        if !may {
            self.counters.limited += 1;
        }
        may
    }

    /// Answers from a socket to the one who has asked, if it may.
    pub(super) fn answer(&mut self, asked: &Asked, from: u8, kind: u8, data: Bytes, now: Instant) {
        if !self.may_answer(asked.port, now) {
            return;
        }
        let datagram = Datagram::new(asked.from, asked.to.socket(from), kind, data);
        self.dispatch(asked.port, datagram, now);
    }

    /// Sends a datagram of the router's own: on the port where the asker is, or as the routing table says.
    pub(super) fn dispatch(&mut self, at: usize, datagram: Datagram, now: Instant) {
        let to = datagram.destination;
        let Some(port) = self.ports.get_mut(at) else { return };
        let near = to.network == 0
            || to.network > LAST_NETWORK
            || port.range.is_some_and(|range| range.contains(to.network));
        if near {
            let hop = if to.node == BROADCAST { Hop::Everyone } else { Hop::Node(to.at()) };
            port.link.send(datagram, hop, now);
        } else {
            self.pass(datagram, now);
        }
    }

    fn forward(&mut self, mut datagram: Datagram, now: Instant) {
        let direct = self.routes.find(datagram.destination.network).is_some_and(|route| route.next.is_none());
        if datagram.hops >= MAX_HOPS && !direct {
            self.counters.hops_exceeded += 1;
            return;
        }
        datagram.hops = (datagram.hops + 1).min(MAX_HOPS);
        if datagram.header == Header::Short {
            datagram.header = Header::Long { checksum: true };
        }
        if self.pass(datagram, now) {
            self.counters.forwarded += 1;
        }
    }

    /// Sends a datagram as the routing table says; false if it does not say.
    pub(super) fn pass(&mut self, datagram: Datagram, now: Instant) -> bool {
        let to = datagram.destination;
        let route = self.routes.find(to.network).filter(|route| route.is_usable()).copied();
        let port = route.and_then(|route| self.ports.get_mut(route.port));
        let (Some(route), Some(port)) = (route, port) else {
            self.counters.unroutable += 1;
            return false;
        };
        let hop = match route.next {
            Some(next) => Hop::Node(next),
            None if to.node == BROADCAST => Hop::Everyone,
            None => Hop::Node(to.at()),
        };
        port.link.send(datagram, hop, now);
        true
    }
}
