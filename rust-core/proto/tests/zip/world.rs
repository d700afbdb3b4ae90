//! Nodes and routers on segments that lose, double and reorder, on virtual time, under a seed.
use bytes::Bytes;
use osisession_proto::Instant;
use osisession_proto::time::Duration;
use osisession_proto::zip::limits::RouterLimits;
use osisession_proto::zip::link::Medium;
use osisession_proto::zip::{
    ClientConfig, Mac, NetworkRange, NodeEvent, PortConfig, PortId, RouterConfig, RouterEvent, ZoneClient,
    ZoneName, ZoneRouter,
};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// A small generator: the same seed, the same run.
#[derive(Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        (self.next() >> 11) % limit.max(1)
    }

    pub(crate) fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

pub(crate) fn zone(text: &str) -> ZoneName {
    ZoneName::from_text(text).expect("a zone name")
}

pub(crate) fn range(start: u16, end: u16) -> NetworkRange {
    NetworkRange::new(start, end).expect("a range")
}

/// What a port knows of its network: its numbers and zones.
pub(crate) type Known = Option<(NetworkRange, Vec<ZoneName>)>;

/// Who is attached to a segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Station {
    Node(usize),
    Router(usize, usize),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    LocalTalk,
    EtherTalk,
}

struct Segment {
    kind: Kind,
    stations: Vec<Station>,
}

#[derive(Clone, Copy)]
pub(crate) struct Weather {
    pub(crate) loss: u64,
    pub(crate) double: u64,
    pub(crate) jitter_millis: u64,
}

impl Weather {
    pub(crate) const FAIR: Weather = Weather { loss: 0, double: 0, jitter_millis: 0 };
}

pub(crate) struct World {
    pub(crate) now: Instant,
    pub(crate) weather: Weather,
    random: Random,
    segments: Vec<Segment>,
    pub(crate) nodes: Vec<Option<ZoneClient>>,
    pub(crate) routers: Vec<Option<ZoneRouter>>,
    /// Router ports by segment.
    ports: Vec<Vec<usize>>,
    node_segments: Vec<usize>,
    pub(crate) node_events: Vec<Vec<NodeEvent>>,
    pub(crate) router_events: Vec<Vec<RouterEvent>>,
    flying: BinaryHeap<Reverse<(Instant, u64)>>,
    frames: BTreeMap<u64, (Station, Bytes)>,
    sent: u64,
    stations: u64,
    /// True to start a stranded node again, as its user would.
    pub(crate) restart: bool,
}

impl World {
    pub(crate) fn new(seed: u64, weather: Weather, segments: &[Kind]) -> World {
        World {
            now: Instant::from_millis(1),
            weather,
            random: Random::new(seed),
            segments: segments.iter().map(|kind| Segment { kind: *kind, stations: Vec::new() }).collect(),
            nodes: Vec::new(),
            routers: Vec::new(),
            ports: Vec::new(),
            node_segments: Vec::new(),
            node_events: Vec::new(),
            router_events: Vec::new(),
            flying: BinaryHeap::new(),
            frames: BTreeMap::new(),
            sent: 0,
            stations: 0,
            restart: true,
        }
    }

    fn medium(&mut self, segment: usize) -> Medium {
        self.stations += 1;
        let [.., a, b] = self.stations.to_be_bytes();
        match self.segments[segment].kind {
            Kind::LocalTalk => Medium::LocalTalk,
            Kind::EtherTalk => Medium::EtherTalk { mac: Mac([2, 0, 0, 0, a, b]) },
        }
    }

    /// A router; for each port its segment, and what it knows of it.
    pub(crate) fn router(&mut self, ports: &[(usize, Known)]) -> usize {
        self.router_with(ports, RouterLimits::default())
    }

    pub(crate) fn router_with(&mut self, ports: &[(usize, Known)], limits: RouterLimits) -> usize {
        let at = self.routers.len();
        let mut configs = Vec::new();
        for (number, (segment, seed)) in ports.iter().enumerate() {
            let medium = self.medium(*segment);
            self.segments[*segment].stations.push(Station::Router(at, number));
            configs.push(match seed {
                Some((range, zones)) => PortConfig::seeded(medium, *range, zones.clone()),
                None => PortConfig::new(medium),
            });
        }
        let mut config = RouterConfig::new(configs, self.random.next());
        config.limits = limits;
        config.pack_replies = at % 2 == 1;
        self.routers.push(Some(ZoneRouter::new(config).expect("a router")));
        self.ports.push(ports.iter().map(|port| port.0).collect());
        self.router_events.push(Vec::new());
        at
    }

    pub(crate) fn node(&mut self, segment: usize, wanted: Option<ZoneName>) -> usize {
        self.node_with(segment, |config| config.with_stored(None, wanted))
    }

    pub(crate) fn node_with(
        &mut self,
        segment: usize,
        change: impl FnOnce(ClientConfig) -> ClientConfig,
    ) -> usize {
        let medium = self.medium(segment);
        let config = change(ClientConfig::new(medium, self.random.next()));
        let at = self.nodes.len();
        self.nodes.push(Some(ZoneClient::new(config)));
        self.node_segments.push(segment);
        self.segments[segment].stations.push(Station::Node(at));
        self.node_events.push(Vec::new());
        at
    }

    pub(crate) fn client(&mut self, node: usize) -> &mut ZoneClient {
        self.nodes[node].as_mut().expect("a node")
    }

    pub(crate) fn start_node(&mut self, node: usize) {
        let now = self.now;
        self.client(node).start(now);
        self.collect();
    }

    pub(crate) fn start_router(&mut self, router: usize) {
        let now = self.now;
        self.routers[router].as_mut().expect("a router").start(now);
        self.collect();
    }

    /// Does something to a node.
    pub(crate) fn act<T>(&mut self, node: usize, act: impl FnOnce(&mut ZoneClient, Instant) -> T) -> T {
        let now = self.now;
        let result = act(self.client(node), now);
        self.collect();
        result
    }

    /// Takes what every station has to send or to tell.
    pub(crate) fn collect(&mut self) {
        for at in 0..self.nodes.len() {
            let mut frames = Vec::new();
            let now = self.now;
            if let Some(node) = self.nodes[at].as_mut() {
                loop {
                    while let Some(frame) = node.poll_frame() {
                        frames.push(frame);
                    }
                    let Some(event) = node.poll_event() else { break };
                    if self.restart && matches!(event, NodeEvent::Stranded { .. }) {
                        node.start(now);
                    }
                    self.node_events[at].push(event);
                }
            }
            let segment = self.node_segments[at];
            for frame in frames {
                self.fly(segment, Station::Node(at), frame);
            }
        }
        for at in 0..self.routers.len() {
            let mut frames = Vec::new();
            if let Some(router) = self.routers[at].as_mut() {
                while let Some((PortId(port), frame)) = router.poll_frame() {
                    frames.push((port, frame));
                }
                while let Some(event) = router.poll_event() {
                    self.router_events[at].push(event);
                }
            }
            for (port, frame) in frames {
                self.fly(self.ports[at][port], Station::Router(at, port), frame);
            }
        }
    }

    fn fly(&mut self, segment: usize, from: Station, frame: Bytes) {
        let others: Vec<Station> =
            self.segments[segment].stations.iter().filter(|station| **station != from).copied().collect();
        for to in others {
            let weather = self.weather;
            let copies = match () {
                () if self.random.percent(weather.loss) => 0,
                () if self.random.percent(weather.double) => 2,
                () => 1,
            };
            for _ in 0..copies {
                let delay = Duration::from_micros(200 + self.random.below(weather.jitter_millis * 1_000 + 1));
                self.sent += 1;
                self.flying.push(Reverse((self.now + delay, self.sent)));
                self.frames.insert(self.sent, (to, frame.clone()));
            }
        }
    }

    fn next(&self) -> Option<Instant> {
        let nodes = self.nodes.iter().flatten().filter_map(ZoneClient::next_timeout);
        let routers = self.routers.iter().flatten().filter_map(ZoneRouter::next_timeout);
        nodes.chain(routers).chain(self.flying.peek().map(|Reverse((at, _))| *at)).min()
    }

    /// Lets time pass.
    pub(crate) fn run(&mut self, seconds: u64) {
        let end = self.now + Duration::from_secs(seconds);
        self.collect();
        while let Some(next) = self.next().filter(|next| *next <= end) {
            assert!(next >= self.now || self.next() == Some(next), "time goes on");
            self.now = self.now.max(next);
            while let Some(Reverse((at, id))) = self.flying.peek().copied() {
                if at > self.now {
                    break;
                }
                self.flying.pop();
                let (to, frame) = self.frames.remove(&id).expect("a frame");
                match to {
                    Station::Node(node) => {
                        if let Some(node) = self.nodes[node].as_mut() {
                            node.frame(&frame, self.now);
                        }
                    }
                    Station::Router(router, port) => {
                        if let Some(router) = self.routers[router].as_mut() {
                            router.frame(PortId(port), &frame, self.now).expect("a port");
                        }
                    }
                }
            }
            let now = self.now;
            for node in self.nodes.iter_mut().flatten() {
                if node.next_timeout().is_some_and(|at| at <= now) {
                    node.handle_timeout(now);
                    assert!(node.next_timeout().is_none_or(|at| at > now), "a deadline that stays");
                }
            }
            for router in self.routers.iter_mut().flatten() {
                if router.next_timeout().is_some_and(|at| at <= now) {
                    router.handle_timeout(now);
                    assert!(router.next_timeout().is_none_or(|at| at > now), "a deadline that stays");
                }
            }
            self.collect();
        }
        self.now = end;
    }
}
