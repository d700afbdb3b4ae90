//! Calls about zones: requests of ATP, page by page, of one router (Inside AppleTalk ch. 8 and 9).
use super::event::{NodeEvent, RequestId};
use super::machine::ZoneMachine;
use crate::error::{Error, ErrorKind, Layer, Result};
use crate::time::Instant;
use crate::zip::address::{NodeAddress, ddp_type, socket};
use crate::zip::atp;
use crate::zip::call::{ZoneCall, ZonePage, ZoneRequest};
use crate::zip::limits::NodeLimits;
use crate::zip::name::{Name, ZoneName};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug)]
struct Request {
    id: RequestId,
    call: ZoneCall,
    router: NodeAddress,
    start: u16,
    zones: Vec<ZoneName>,
    seen: BTreeSet<Name>,
    pages: usize,
    tries: u32,
    at: Instant,
}

/// Calls that wait for an answer, by transaction.
#[derive(Debug)]
pub(super) struct Requests {
    by_tid: BTreeMap<u16, Request>,
    next_tid: u16,
    next_id: u32,
}

/// What an answer does to a call.
enum Step {
    More(NodeAddress, atp::Packet),
    Done(NodeEvent),
}

impl Requests {
    pub(super) fn new(tid: u16) -> Requests {
        Requests { by_tid: BTreeMap::new(), next_tid: tid, next_id: 0 }
    }

    pub(super) fn clear(&mut self) {
        self.by_tid.clear();
    }

    pub(super) fn next_timeout(&self) -> Option<Instant> {
        self.by_tid.values().map(|request| request.at).min()
    }

    /// The next transaction that is not in use. There are fewer of those than numbers, so the search ends.
    fn tid(&mut self) -> u16 {
        while self.by_tid.contains_key(&self.next_tid) {
            self.next_tid = self.next_tid.wrapping_add(1);
        }
        let tid = self.next_tid;
        self.next_tid = tid.wrapping_add(1);
        tid
    }

    pub(super) fn begin(
        &mut self,
        call: ZoneCall,
        router: NodeAddress,
        limits: &NodeLimits,
        now: Instant,
    ) -> Result<(RequestId, atp::Packet)> {
        if self.by_tid.len() >= limits.requests.min(usize::from(u16::MAX)) {
            return Err(Error::limit(Layer::Session, "too many calls at the same time"));
        }
        let id = RequestId(self.next_id);
        self.next_id = self.next_id.wrapping_add(1);
        let start = if call == ZoneCall::GetMyZone { 0 } else { 1 };
        let request = Request {
            id,
            call,
            router,
            start,
            zones: Vec::new(),
            seen: BTreeSet::new(),
            pages: 0,
            tries: 1,
            at: now + limits.request_interval,
        };
        let tid = self.tid();
        self.by_tid.insert(tid, request);
        Ok((id, ZoneRequest { call, start }.packet(tid)))
    }

    /// True if a response is the answer to a transaction.
    fn is_asked(&self, from: NodeAddress, tid: u16) -> bool {
        self.by_tid.get(&tid).is_some_and(|request| request.router.matches(&from))
    }

    fn answer(
        &mut self,
        tid: u16,
        page: Result<ZonePage>,
        limits: &NodeLimits,
        now: Instant,
    ) -> Option<Step> {
        let mut request = self.by_tid.remove(&tid)?;
        let id = request.id;
        let failed = |error| Some(Step::Done(NodeEvent::RequestFailed { request: id, error }));
        let page = match page {
            Ok(page) => page,
            Err(error) => return failed(error),
        };
        request.pages += 1;
        for zone in &page.zones {
            // Lists move while zones change: a zone may come twice, in any spelling.
            if request.seen.insert(zone.name().folded()) {
                request.zones.push(*zone);
            }
        }
        // The last flag means nothing in the answer to GetMyZone.
        if page.last || request.call == ZoneCall::GetMyZone {
            let (call, zones) = (request.call, request.zones);
            return Some(Step::Done(NodeEvent::Zones { request: id, call, zones }));
        }
        if page.zones.is_empty() {
            return failed(fault("a page without zones that is not the last one"));
        }
        let next = u16::try_from(page.zones.len()).ok().and_then(|count| request.start.checked_add(count));
        let Some(next) = next else { return failed(fault("the list does not end")) };
        if request.pages >= limits.pages || request.zones.len() >= limits.zones {
            return failed(Error::limit(Layer::Session, "a zone list is longer than the limit"));
        }
        (request.start, request.tries, request.at) = (next, 1, now + limits.request_interval);
        let (router, call) = (request.router, request.call);
        let tid = self.tid();
        self.by_tid.insert(tid, request);
        Some(Step::More(router, ZoneRequest { call, start: next }.packet(tid)))
    }

    fn late(&mut self, limits: &NodeLimits, now: Instant) -> Vec<Step> {
        let late: Vec<u16> =
            self.by_tid.iter().filter(|(_, request)| request.at <= now).map(|(tid, _)| *tid).collect();
        let mut steps = Vec::new();
        for tid in late {
            let Some(request) = self.by_tid.get_mut(&tid) else { continue };
            if request.tries >= limits.request_tries {
                let text = "the router does not answer";
                let error =
                    Error::new(ErrorKind::TimedOut, Layer::Session, text).with_pdu(request.call.name());
                steps.push(Step::Done(NodeEvent::RequestFailed { request: request.id, error }));
                self.by_tid.remove(&tid);
                continue;
            }
            request.tries += 1;
            request.at = now + limits.request_interval;
            let packet = ZoneRequest { call: request.call, start: request.start }.packet(tid);
            steps.push(Step::More(request.router, packet));
        }
        steps
    }
}

fn fault(text: &'static str) -> Error {
    Error::peer(Layer::Session, text).with_pdu("zone page").with_clause("Inside AppleTalk ch. 8")
}

impl ZoneMachine {
    pub(super) fn send_request(&mut self, router: NodeAddress, packet: atp::Packet) {
        if let Ok(octets) = packet.encode() {
            self.send(router.socket(socket::ZIP), self.config.client_socket, ddp_type::ATP, octets);
        }
    }

    pub(super) fn response(&mut self, from: NodeAddress, at: u8, packet: &atp::Packet, now: Instant) {
        let answers = packet.function == atp::Function::Response && packet.bitmap == 0;
        if !answers || at != socket::ZIP || !self.requests.is_asked(from, packet.tid) {
            self.counters.ignored += 1;
            return;
        }
        let page = ZonePage::decode(packet);
        if let Err(error) = &page {
            self.counters.malformed += 1;
            self.last_error = Some(error.clone());
        }
        let step = self.requests.answer(packet.tid, page, &self.config.limits, now);
        self.step(step);
    }

    pub(super) fn requests_timeout(&mut self, now: Instant) {
        for step in self.requests.late(&self.config.limits, now) {
            self.step(Some(step));
        }
    }

    fn step(&mut self, step: Option<Step>) {
        match step {
            Some(Step::More(router, packet)) => self.send_request(router, packet),
            Some(Step::Done(event)) => match event {
                // The node's own question, on a nonextended network.
                NodeEvent::Zones { request, zones, .. } if Some(request) == self.my_zone => {
                    self.my_zone = None;
                    if let Some(zone) = zones.first() {
                        self.zone = Some(*zone);
                        self.config.stored.zone = Some(*zone);
                        self.tell(NodeEvent::Zone { zone: *zone });
                    }
                }
                NodeEvent::RequestFailed { request, .. } if Some(request) == self.my_zone => {
                    self.my_zone = None
                }
                other => self.tell(other),
            },
            None => {}
        }
    }
}
