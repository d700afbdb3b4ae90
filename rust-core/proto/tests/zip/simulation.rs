//! Internets of several segments on which frames are lost, doubled and overtaken: every node ends with the right network and zone,
//! every zone list equals the configuration, and they do so again after changes.
use crate::world::{Kind, Weather, World, range, zone};
use osisession_proto::zip::node::table::State;
use osisession_proto::zip::router::port_table;
use osisession_proto::zip::{Entity, Name, NetworkRange, NodeEvent, PortId, RouterEvent, ZoneCall, ZoneName};
use std::collections::BTreeSet;

const ROUGH: Weather = Weather { loss: 10, double: 5, jitter_millis: 40 };

/// What every segment is: its range, its zones.
fn plan() -> Vec<(Kind, NetworkRange, Vec<ZoneName>)> {
    let departments = (0..40).map(|at| zone(&format!("Department Number {at:02}")));
    let mut many = vec![zone("Ether Default"), zone("Twilight"), zone("Café")];
    many.extend(departments);
    vec![
        (Kind::LocalTalk, range(1000, 1000), vec![zone("Local Zone")]),
        (Kind::EtherTalk, range(2000, 2009), many),
        (Kind::LocalTalk, range(3000, 3000), vec![zone("Backbone")]),
        (Kind::EtherTalk, range(4000, 4001), vec![zone("Far Default"), zone("TWILIGHT"), zone("Far Side")]),
        (Kind::LocalTalk, range(5000, 5000), vec![zone("Attic")]),
    ]
}

struct Internet {
    world: World,
    plan: Vec<(Kind, NetworkRange, Vec<ZoneName>)>,
    segments: Vec<usize>,
}

/// Four routers, two of them in a circle; a router that learns its ports; three nodes on each segment.
fn internet(seed: u64, weather: Weather) -> Internet {
    let plan = plan();
    let kinds: Vec<Kind> = plan.iter().map(|segment| segment.0).collect();
    let mut world = World::new(seed, weather, &kinds);
    let known = |segment: usize| (segment, Some((plan[segment].1, plan[segment].2.clone())));
    let learns = |segment: usize| (segment, None);
    world.router(&[known(0), known(1), known(2)]);
    world.router(&[learns(2), known(3)]);
    world.router(&[learns(1), known(4)]);
    world.router(&[learns(1), learns(3)]);
    let mut segments = Vec::new();
    for (segment, (_, _, zones)) in plan.iter().enumerate() {
        for wanted in [None, zones.last().copied(), Some(zone("Nowhere"))] {
            world.node(segment, wanted);
            segments.push(segment);
        }
    }
    Internet { world, plan, segments }
}

fn folded<'a>(zones: impl IntoIterator<Item = &'a ZoneName>) -> BTreeSet<Name> {
    zones.into_iter().map(|zone| zone.name().folded()).collect()
}

impl Internet {
    /// What a call of a node tells, asked again if the network has eaten it.
    fn ask(&mut self, node: usize, call: ZoneCall) -> Vec<ZoneName> {
        for _ in 0..5 {
            let request = self.world.act(node, |client, now| client.call(call, now)).expect("a router");
            self.world.run(60);
            let of = |event: &NodeEvent| match event {
                NodeEvent::Zones { request: of, zones, .. } if *of == request => Some(zones.clone()),
                _ => None,
            };
            if let Some(zones) = self.world.node_events[node].iter().find_map(of) {
                return zones;
            }
        }
        panic!("node {node} cannot call {call:?}");
    }

    fn check_nodes(&mut self, gone: &[usize]) {
        let live: Vec<usize> = (0..self.plan.len()).filter(|segment| !gone.contains(segment)).collect();
        let every: BTreeSet<Name> = live.iter().flat_map(|segment| folded(&self.plan[*segment].2)).collect();
        for node in 0..self.segments.len() {
            let segment = self.segments[node];
            if gone.contains(&segment) {
                continue;
            }
            let (kind, range, zones) = self.plan[segment].clone();
            let events = &self.world.node_events[node];
            let machine = self.world.nodes[node].as_ref().expect("a node").machine();
            assert_eq!(machine.state(), State::Up, "node {node}: {events:?}");
            assert_eq!(machine.range(), Some(range), "node {node}");
            assert!(range.contains(machine.address().expect("an address").network), "node {node}");
            // Wanted: nothing, the last zone, one that does not exist.
            let expected = match (kind, node % 3) {
                (Kind::LocalTalk, _) => zones[0],
                (Kind::EtherTalk, 1) => *zones.last().expect("a zone"),
                (Kind::EtherTalk, _) => zones[0],
            };
            let own = machine.zone();
            if kind == Kind::EtherTalk {
                assert_eq!(own, Some(expected), "node {node}: {events:?}");
                assert_eq!(machine.multicast(), Some(expected.ethertalk_multicast()));
            } else if own != Some(expected) {
                // GetMyZone was eaten by the network: a node does not need to know it.
                assert_eq!(own, None);
                assert_eq!(self.ask(node, ZoneCall::GetMyZone), [expected]);
            }
            let list = self.ask(node, ZoneCall::GetZoneList);
            assert_eq!(folded(&list), every, "node {node}");
            assert_eq!(list.len(), every.len(), "each zone once");
            assert_eq!(folded(&self.ask(node, ZoneCall::GetLocalZones)), folded(&zones), "node {node}");
        }
    }

    fn check_routers(&self, routers: &[usize], gone: &[usize]) {
        for router in routers {
            let router = self.world.routers[*router].as_ref().expect("a router");
            for (segment, (_, range, zones)) in self.plan.iter().enumerate() {
                let known = router.zones_of(range.start()).map(folded);
                let expected = (!gone.contains(&segment)).then(|| folded(zones));
                assert_eq!(known, expected, "{range}");
            }
        }
    }

    fn unique_addresses(&self) {
        let mut seen = BTreeSet::new();
        for node in self.world.nodes.iter().flatten() {
            let address = node.machine().address().expect("an address");
            assert!(seen.insert(address), "{address} twice");
        }
        for router in self.world.routers.iter().flatten() {
            for port in 0..3 {
                if let Some(address) = router.link(PortId(port)).and_then(|link| link.address()) {
                    assert!(seen.insert(address), "{address} twice");
                }
            }
        }
    }
}

fn start(internet: &mut Internet, routers_first: bool) {
    let nodes = internet.segments.len();
    if routers_first {
        (0..4).for_each(|router| internet.world.start_router(router));
        internet.world.run(90);
    }
    (0..nodes).for_each(|node| internet.world.start_node(node));
    if !routers_first {
        internet.world.run(20);
        (0..4).for_each(|router| internet.world.start_router(router));
    }
    internet.world.run(240);
}

#[test]
fn a_fair_internet_converges() {
    let mut internet = internet(1, Weather::FAIR);
    start(&mut internet, true);
    internet.unique_addresses();
    internet.check_routers(&[0, 1, 2, 3], &[]);
    internet.check_nodes(&[]);
    for router in internet.world.routers.iter().flatten() {
        assert_eq!((router.counters().malformed, router.counters().limited), (0, 0));
        assert_eq!((router.route_count(), router.zone_count()), (5, 48));
    }
}

#[test]
fn rough_internets_converge() {
    for seed in 1..=12 {
        let mut internet = internet(seed, ROUGH);
        start(&mut internet, seed % 2 == 0);
        internet.unique_addresses();
        internet.check_routers(&[0, 1, 2, 3], &[]);
        internet.check_nodes(&[]);
    }
}

#[test]
fn the_same_seed_is_the_same_run() {
    let runs: Vec<String> = (0..2)
        .map(|_| {
            let mut internet = internet(7, ROUGH);
            start(&mut internet, false);
            format!("{:?} {:?}", internet.world.node_events, internet.world.router_events)
        })
        .collect();
    assert_eq!(runs[0], runs[1]);
}

#[test]
fn a_router_that_disappears() {
    for seed in [3, 4, 5] {
        let mut internet = internet(seed, ROUGH);
        start(&mut internet, true);
        // Without router 0 segments 0 and 2 have no router that knows them to others, or none at all.
        internet.world.routers[0] = None;
        internet.world.run(400);
        internet.check_routers(&[1, 2, 3], &[0]);
        for node in 0..3 {
            let machine = internet.world.nodes[node].as_ref().expect("a node").machine();
            assert_eq!((machine.state(), machine.router()), (State::Alone, None));
            assert!(internet.world.node_events[node].contains(&NodeEvent::RouterLost));
        }
        internet.check_nodes(&[0]);
    }
}

#[test]
fn a_port_that_is_taken_down_and_comes_back_with_other_zones() {
    for seed in [6, 7] {
        let mut internet = internet(seed, ROUGH);
        start(&mut internet, true);
        let now = internet.world.now;
        let router = internet.world.routers[2].as_mut().expect("a router");
        router.take_down(PortId(1), now).expect("a port");
        assert!(router.bring_up(PortId(1), now).is_err(), "the bringback time");
        internet.world.run(300);
        internet.check_routers(&[0, 1, 2, 3], &[4]);
        internet.check_nodes(&[4]);
        internet.world.run(300);
        internet.plan[4].2 = vec![zone("Loft")];
        let seed =
            osisession_proto::zip::router::Seed { range: range(5000, 5000), zones: vec![zone("Loft")] };
        let now = internet.world.now;
        let router = internet.world.routers[2].as_mut().expect("a router");
        router.set_seed(PortId(1), Some(seed)).expect("a seed");
        router.bring_up(PortId(1), now).expect("the bringback time is over");
        internet.world.run(300);
        internet.check_routers(&[0, 1, 2, 3], &[]);
        internet.check_nodes(&[]);
    }
}

#[test]
fn a_zone_that_gets_another_name() {
    let mut internet = internet(8, Weather::FAIR);
    start(&mut internet, true);
    let now = internet.world.now;
    // Network management tells every router; one that is connected notifies the nodes.
    for router in internet.world.routers.iter_mut().flatten() {
        router.rename_zone(2005, zone("department number 39"), zone("Renamed"), now).expect("a zone");
    }
    internet.world.run(30);
    *internet.plan[1].2.last_mut().expect("a zone") = zone("Renamed");
    internet.check_routers(&[0, 1, 2, 3], &[]);
    internet.check_nodes(&[]);
    let (old, new) = (zone("Department Number 39"), zone("Renamed"));
    assert!(internet.world.node_events[4].contains(&NodeEvent::Renamed { old, new }));
    assert!(!internet.world.node_events[3].iter().any(|event| matches!(event, NodeEvent::Renamed { .. })));
}

#[test]
fn names_are_found_in_every_zone() {
    let mut internet = internet(9, ROUGH);
    start(&mut internet, true);
    let printer = Name::from_text("Printer").expect("a name");
    let (laser, socket) = (Name::from_text("LaserWriter").expect("a name"), 130);
    let registered = |event: &NodeEvent| matches!(event, NodeEvent::Registered { .. });
    for node in 0..internet.segments.len() {
        let name = Name::from_text(&format!("Printer {node}")).expect("a name");
        internet.world.act(node, |client, now| client.register(name, laser, socket, now)).expect("a name");
    }
    internet.world.run(10);
    assert!(internet.world.node_events.iter().all(|events| events.iter().any(registered)));
    // Node 3 and 5 are in the default zone of segment 1, node 10 in "Far Side"; "Twilight" has nobody.
    for (asker, zone_name, expected) in [
        (0, "Ether Default", vec![3, 5]),
        (14, "far side", vec![10]),
        (7, "Local Zone", vec![0, 1, 2]),
        (4, "*", vec![4]),
        (0, "*", vec![0, 1, 2]),
        (6, "Twilight", vec![]),
        (11, "No Such Zone", vec![]),
    ] {
        let entity = Entity::from_text(&format!("printer≈:laserwriter@{zone_name}")).expect("an entity");
        let mut found = BTreeSet::new();
        // A look-up is three datagrams and as many answers: on a bad day each of them is lost.
        for _ in 0..4 {
            let lookup =
                internet.world.act(asker, |client, now| client.look_up(entity, now)).expect("a look-up");
            internet.world.run(5);
            for event in &internet.world.node_events[asker] {
                match event {
                    NodeEvent::Found { lookup: of, tuple } if *of == lookup => {
                        assert_eq!(tuple.address.socket, socket);
                        let own = internet
                            .world
                            .nodes
                            .iter()
                            .flatten()
                            .position(|node| node.machine().address() == Some(tuple.address.at()));
                        found.insert(own.expect("the address of a node"));
                    }
                    _ => {}
                }
            }
        }
        assert_eq!(found.into_iter().collect::<Vec<_>>(), expected, "{entity} from {asker}");
    }
    // A name that somebody has in the zone cannot be had.
    let three = Name::from_text("PRINTER 3").expect("a name");
    internet.world.weather = Weather::FAIR;
    internet.world.act(5, |client, now| client.register(three, laser, 131, now)).expect("asked");
    internet.world.run(10);
    assert!(internet.world.node_events[5].iter().any(|event| matches!(event, NodeEvent::NameTaken { .. })));
    assert!(printer.matches(&Name::from_text("PRINTER").expect("a name")));
    // Echo across the internet, from the attic to the far side.
    let far = internet.world.client(10).machine().address().expect("an address");
    let echo = internet.world.act(12, |client, now| client.echo(far, b"hello", now)).expect("an echo");
    let nobody = internet
        .world
        .act(12, |client, now| client.echo(osisession_proto::zip::NodeAddress::new(4001, 253), b"", now))
        .expect("an echo");
    internet.world.run(10);
    let events = &internet.world.node_events[12];
    assert!(events.iter().any(
        |event| matches!(event, NodeEvent::Echoed { echo: of, data, .. } if *of == echo && data == "hello")
    ));
    assert!(events.contains(&NodeEvent::EchoLost { echo: nobody }));
}

#[test]
fn a_node_picks_a_zone() {
    let mut internet = internet(10, Weather::FAIR);
    start(&mut internet, true);
    internet.world.act(3, |client, now| client.pick(zone("CAFÉ"), now)).expect("up");
    internet.world.run(5);
    let machine = internet.world.client(3).machine();
    assert_eq!(machine.zone(), Some(zone("CAFÉ")));
    assert_eq!(machine.multicast(), Some(zone("Café").ethertalk_multicast()));
    assert_eq!(machine.stored().zone, Some(zone("CAFÉ")));
    internet.world.act(3, |client, now| client.pick(zone("Backbone"), now)).expect("up");
    assert!(
        internet.world.act(3, |client, now| client.pick(zone("Twilight"), now)).is_err(),
        "one at a time"
    );
    internet.world.run(5);
    let failed = |event: &NodeEvent| matches!(event, NodeEvent::PickFailed { zone: of, .. } if *of == zone("Backbone"));
    assert!(internet.world.node_events[3].iter().any(failed));
    assert_eq!(internet.world.client(3).machine().zone(), Some(zone("CAFÉ")));
    assert!(internet.world.act(0, |client, now| client.pick(zone("Backbone"), now)).is_err(), "LocalTalk");
}

#[test]
fn seeds_that_disagree() {
    let kinds = [Kind::EtherTalk, Kind::LocalTalk];
    let right = (range(10, 12), vec![zone("One"), zone("Two")]);
    let wrong = [
        (range(10, 13), vec![zone("One"), zone("Two")]),
        (range(10, 12), vec![zone("Two"), zone("One")]),
        (range(10, 12), vec![zone("One"), zone("Three")]),
        (range(10, 12), vec![zone("One")]),
    ];
    for (at, wrong) in wrong.into_iter().enumerate() {
        let mut world = World::new(at as u64, Weather::FAIR, &kinds);
        world.router(&[(0, Some(right.clone()))]);
        world.router(&[(0, Some(wrong)), (1, Some((range(20, 20), vec![zone("Local")])))]);
        world.start_router(0);
        world.run(20);
        world.start_router(1);
        world.run(20);
        let second = world.routers[1].as_ref().expect("a router");
        assert_eq!(second.state(PortId(0)), Some(port_table::State::Conflict), "{at}");
        assert_eq!(second.state(PortId(1)), Some(port_table::State::Active), "{at}");
        let told = |event: &RouterEvent| matches!(event, RouterEvent::PortConflict { port: PortId(0), .. });
        assert!(world.router_events[1].iter().any(told), "{at}");
        assert_eq!(world.routers[0].as_ref().expect("a router").zone_count(), 2);
    }
}
