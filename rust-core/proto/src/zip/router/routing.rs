//! RTMP: what neighbours tell, and what they are told (Inside AppleTalk ch. 5).
use super::config::RouterEvent;
use super::forward::Asked;
use super::route::Outcome;
use super::service::ZoneRouter;
use crate::error::{Error, Layer};
use crate::time::Instant;
use crate::zip::address::{NodeAddress, ddp_type, socket};
use crate::zip::ddp::{Datagram, MAX_DATA};
use crate::zip::link::Hop;
use crate::zip::rtmp::{Data, Link, Request, Route};

/// Octets of RTMP data before the routes.
const HEADER: usize = 10;
/// Octets of the longest tuple.
const TUPLE: usize = 6;

impl ZoneRouter {
    pub(super) fn hear_rtmp(&mut self, asked: &Asked, datagram: &Datagram, data: &Data, now: Instant) {
        let Some(port) = self.ports.get(asked.port) else { return };
        let own_kind = matches!(data.link, Link::Extended(_)) == port.is_extended();
        let spoofed = datagram.hops != 0 || !data.sender.matches(&datagram.from());
        let Some(range) = data.range() else { return };
        if !own_kind || spoofed || port.address == Some(data.sender) {
            self.counters.ignored += 1;
            return;
        }
        self.port_hears_range(asked.port, range, now);
        // Routes of a neighbour count while both agree on the network between them.
        let agrees =
            self.ports.get(asked.port).and_then(|port| port.active()).is_some_and(|own| own.0 == range);
        if !agrees {
            return;
        }
        let limits = &self.config.limits;
        let (validity, most) = (limits.validity, limits.routes);
        for told in &data.routes {
            match self.routes.hear(*told, asked.port, data.sender, validity, most, now) {
                Outcome::Kept => {}
                Outcome::Gained => {
                    self.zit.gain(told.range);
                    self.tell(RouterEvent::RouteGained { range: told.range });
                }
                Outcome::Overlaps(known) => {
                    self.counters.ignored += 1;
                    if self.overlaps.len() < 64 && self.overlaps.insert((told.range, known)) {
                        self.tell(RouterEvent::RouteOverlaps { told: told.range, known });
                    }
                }
                Outcome::Full => {
                    let error = Error::limit(Layer::Network, "the routing table is full")
                        .with_parameter(told.range.to_string());
                    self.counters.limited += 1;
                    if !core::mem::replace(&mut self.full, true) {
                        self.limited(error);
                    }
                }
            }
        }
    }

    pub(super) fn answer_rtmp(&mut self, asked: &Asked, request: Request, now: Instant) {
        if !self.may_answer(asked.port, now) {
            return;
        }
        match request {
            Request::Network => {
                let Some(port) = self.ports.get(asked.port) else { return };
                let Some((range, sender)) = port.active() else { return };
                let link = if port.is_extended() { Link::Extended(range) } else { Link::NonextendedBare };
                if let Ok(octets) = (Data { sender, link, routes: Vec::new() }).encode() {
                    let datagram =
                        Datagram::new(asked.from, sender.socket(socket::RTMP), ddp_type::RTMP, octets);
                    self.dispatch(asked.port, datagram, now);
                }
            }
            Request::Routes | Request::AllRoutes => {
                for data in self.rtmp_data(asked.port, request == Request::AllRoutes) {
                    let sender = data.sender;
                    if let Ok(octets) = data.encode() {
                        let datagram =
                            Datagram::new(asked.from, sender.socket(socket::RTMP), ddp_type::RTMP, octets);
                        self.dispatch(asked.port, datagram, now);
                    }
                }
            }
        }
    }

    /// The routing table as it is told at a port, in as many packets as it takes.
    fn rtmp_data(&self, at: usize, all: bool) -> Vec<Data> {
        let Some(port) = self.ports.get(at) else { return Vec::new() };
        let Some((range, sender)) = port.active() else { return Vec::new() };
        let link = if port.is_extended() { Link::Extended(range) } else { Link::Nonextended };
        // Split horizon: nobody is told what is known from there.
        let routes: Vec<Route> = self
            .routes
            .iter()
            .filter(|route| all || route.port != at)
            .filter(|route| !(port.is_extended() && route.range == range))
            .map(|route| Route { range: route.range, extended: route.extended, distance: route.told() })
            .collect();
        if routes.is_empty() {
            return vec![Data { sender, link, routes }];
        }
        let page = |routes: &[Route]| Data { sender, link, routes: routes.to_vec() };
        routes.chunks((MAX_DATA - HEADER) / TUPLE).map(page).collect()
    }

    pub(super) fn send_rtmp(&mut self, at: usize, now: Instant) {
        for data in self.rtmp_data(at, false) {
            let Ok(octets) = data.encode() else { continue };
            if let Some(port) = self.ports.get_mut(at) {
                let everyone = NodeAddress::EVERYONE;
                port.send(everyone, [socket::RTMP; 2], ddp_type::RTMP, octets, Hop::Everyone, now);
            }
        }
    }
}
