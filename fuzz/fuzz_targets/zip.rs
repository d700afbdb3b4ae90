//! An AppleTalk router and two nodes, and a wire that changes, drops and invents what they say: no panic, bounded queues, bounded tables.
//!
//! Input: an octet of settings, then operations: an octet says what, those behind it with what.
#![no_main]
use libfuzzer_sys::fuzz_target;
use osisession_proto::time::Duration;
use osisession_proto::zip::address::{ddp_type, socket};
use osisession_proto::zip::limits::RouterLimits;
use osisession_proto::zip::link::{Medium, llap};
use osisession_proto::zip::{
    Address, ClientConfig, Datagram, Entity, Mac, NetworkRange, NodeAddress, PortConfig, PortId,
    RouterConfig, ZoneCall, ZoneClient, ZoneName, ZoneRouter, ddp,
};
use osisession_proto::{Bytes, Instant};

/// Frames that are exchanged in one step.
const STEP: usize = 64;
const ROUTES: usize = 8;
const ZONES: usize = 16;

struct World {
    router: ZoneRouter,
    /// One at each port.
    nodes: [ZoneClient; 2],
    now: Instant,
}

impl World {
    fn new(settings: u8) -> World {
        let media = [Medium::LocalTalk, Medium::EtherTalk { mac: Mac([2, 0, 0, 0, 0, 1]) }];
        let zone = |text| ZoneName::from_text(text).expect("a zone");
        let range = |start, end| NetworkRange::new(start, end).expect("a range");
        let far = PortConfig::seeded(media[1], range(200, 209), vec![zone("Far"), zone("Farther")]);
        let ports = vec![
            PortConfig::seeded(media[0], range(100, 100), vec![zone("Near")])
                .with_hint(NodeAddress::new(100, 254)),
            if settings & 1 == 0 { far } else { PortConfig::new(media[1]) },
        ];
        let mut config = RouterConfig::new(ports, 1);
        config.pack_replies = settings & 2 != 0;
        config.limits = RouterLimits::default();
        (config.limits.routes, config.limits.zones) = (ROUTES, ZONES);
        let router = ZoneRouter::new(config).expect("a router");
        let mac = Mac([2, 0, 0, 0, 0, 2]);
        let nodes = [Medium::LocalTalk, Medium::EtherTalk { mac }]
            .map(|medium| ZoneClient::new(ClientConfig::new(medium, 7)));
        let mut world = World { router, nodes, now: Instant::ZERO };
        world.router.start(world.now);
        world.nodes.iter_mut().for_each(|node| node.start(Instant::ZERO));
        for _ in 0..if settings & 4 == 0 { 0 } else { 100 } {
            world.pass(Duration::from_millis(200));
            world.pump();
        }
        world
    }

    fn events(&mut self) {
        while let Some(event) = self.router.poll_event() {
            drop(format!("{event:?}"));
        }
        for node in &mut self.nodes {
            while let Some(event) = node.poll_event() {
                drop(format!("{event:?}"));
            }
        }
        assert!(self.router.route_count() <= ROUTES && self.router.zone_count() <= ZONES);
    }

    fn pump(&mut self) {
        for _ in 0..STEP {
            let mut quiet = true;
            if let Some((PortId(port), frame)) = self.router.poll_frame() {
                self.nodes[port].frame(&frame, self.now);
                quiet = false;
            }
            for port in 0..2 {
                if let Some(frame) = self.nodes[port].poll_frame() {
                    self.router.frame(PortId(port), &frame, self.now).expect("a port");
                    quiet = false;
                }
            }
            self.events();
            if quiet {
                return;
            }
        }
    }

    fn pass(&mut self, time: Duration) {
        self.now = self.now + time;
        self.router.handle_timeout(self.now);
        self.nodes.iter_mut().for_each(|node| node.handle_timeout(self.now));
        self.events();
    }

    fn bring(&mut self, port: usize, to_router: bool, frame: &Bytes) {
        if to_router {
            self.router.frame(PortId(port), frame, self.now).expect("a port");
        } else {
            self.nodes[port].frame(frame, self.now);
        }
        self.events();
    }

    fn act(&mut self, what: u8, data: &[u8]) {
        let (node, now) = (&mut self.nodes[usize::from(what & 1)], self.now);
        let text = String::from_utf8_lossy(data);
        match what >> 1 & 7 {
            0 => drop(node.call(ZoneCall::GetZoneList, now)),
            1 => drop(node.call(ZoneCall::GetLocalZones, now)),
            2 => drop(node.call(ZoneCall::GetMyZone, now)),
            3 => {
                if let Ok(entity) = Entity::from_text(&text) {
                    drop(node.look_up(entity, now));
                }
            }
            4 => {
                if let Ok(zone) = ZoneName::from_text(&text) {
                    drop(node.pick(zone, now));
                }
            }
            5 => node.start(now),
            6 => drop(self.router.take_down(PortId(usize::from(what & 1)), now)),
            _ => drop(self.router.bring_up(PortId(usize::from(what & 1)), now)),
        }
        self.events();
    }
}

/// A frame of LocalTalk with a datagram of a protocol that somebody there reads.
fn likely(kind: u8, to: u8, data: &[u8]) -> Option<Bytes> {
    let (socket, kind) = [
        (socket::RTMP, ddp_type::RTMP),
        (socket::NBP, ddp_type::NBP),
        (socket::ZIP, ddp_type::ZIP),
        (socket::ZIP, ddp_type::ATP),
        (socket::AEP, ddp_type::AEP),
    ][usize::from(kind) % 5];
    let data = Bytes::copy_from_slice(&data[..data.len().min(586)]);
    let mut datagram = Datagram::new(Address::new(0, to, socket), Address::new(0, 9, socket), kind, data);
    datagram.header = ddp::Header::Short;
    let data = datagram.encode().ok()?;
    llap::Frame { destination: to, source: 9, kind: llap::Kind::Short, data }.encode().ok()
}

fuzz_target!(|input: &[u8]| {
    let Some((settings, mut rest)) = input.split_first() else { return };
    let mut world = World::new(*settings);
    while let [what, with, tail @ ..] = rest {
        rest = tail;
        let (port, to_router) = (usize::from(with & 1), with & 2 == 0);
        match what {
            0..=49 => world.pump(),
            50..=99 => world.pass(Duration::from_millis(u64::from(*with) * u64::from(*with))),
            100..=129 => world.act(*with, &tail[..tail.len().min(usize::from(*what) - 100)]),
            130..=169 => {
                // The next one is changed on its way.
                let frame = if to_router {
                    world.nodes[port].poll_frame().map(|frame| (port, frame))
                } else {
                    world.router.poll_frame().map(|(PortId(port), frame)| (port, frame))
                };
                if let Some((port, frame)) = frame {
                    let mut frame = frame.to_vec();
                    for change in tail.chunks_exact(2).take(usize::from(*what % 4)) {
                        let at = usize::from(change[0]) % frame.len().max(1);
                        if let Some(octet) = frame.get_mut(at) {
                            *octet ^= change[1];
                        }
                    }
                    world.bring(port, to_router, &frame.into());
                }
            }
            170..=229 => {
                let (made, tail) = tail.split_at(tail.len().min(usize::from(*with)));
                let to =
                    if to_router { 254 } else { world.nodes[0].link().address().map_or(1, |at| at.node) };
                if let Some(frame) = likely(*what, to, made) {
                    world.bring(0, to_router, &frame);
                }
                rest = tail;
            }
            _ => {
                let (made, tail) = tail.split_at(tail.len().min(usize::from(*with)));
                world.bring(port, to_router, &Bytes::copy_from_slice(made));
                rest = tail;
            }
        }
    }
});
