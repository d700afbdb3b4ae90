//! What a sender may do, at its edges.
use crate::hostile::{Bench, NOW, REMOTE, addresses, peer};
use bytes::{Bytes, BytesMut};
use osisession_proto::Instant;
use osisession_proto::scp::nsp::message::{
    Ack, Acks, Addresses, Counts, DataSegment, Flow, FlowControl, Hidden, Message, Services, Version,
};
use osisession_proto::scp::nsp::{LinkId, Number};
use osisession_proto::scp::routing::control::{Control, Initialization, NodeType, VERSION};
use osisession_proto::scp::routing::packet::DataPacket;
use osisession_proto::scp::session::Event;
use osisession_proto::scp::{
    ConnectData, EndUser, Limits, Medium, Node, NodeAddress, NodeConfig, NodeEvent, Object, Reason, multinet,
};
use osisession_proto::time::Duration;

fn initiate(source: u16, services: Services) -> Message {
    let data = ConnectData::new(EndUser::Number(200), EndUser::named("TEST"));
    let data = Hidden(data.encode().expect("connect data"));
    Message::ConnectInitiate { source, again: false, services, data }
}

fn ack(number: u16) -> Acks {
    Acks { own: Some(Ack::positive(Number::new(number))), cross: None }
}

/// A running link, called by a peer with these services; its name, and our address of it.
fn running(bench: &mut Bench, services: Services) -> (LinkId, u16) {
    bench.bring(&initiate(REMOTE, services));
    let Some(Event::Offered(offer)) = bench.control.poll_event() else { panic!("no offer") };
    bench.control.accept(offer.link, "", bench.now).expect("offered");
    let sent = bench.sent();
    let [.., Message::ConnectConfirm { addresses: confirm, .. }] = sent[..] else { panic!("{sent:?}") };
    bench.bring(&Message::DataAck { addresses: addresses(confirm.source), acks: ack(0) });
    assert!(matches!(bench.events()[..], [Event::Running { .. }]));
    bench.sent();
    (offer.link, confirm.source)
}

fn services(flow_control: FlowControl, version: Version) -> Services {
    Services { flow_control, version, segment_size: 500 }
}

fn segments(sent: &[Message]) -> Vec<(u16, bool)> {
    let of = |message: &Message| match message {
        Message::Data(segment) => Some((segment.number.get(), segment.delay)),
        _ => None,
    };
    sent.iter().filter_map(of).collect()
}

/// The window is 20; while more than half of it is under way, acknowledgements are wanted at once.
#[test]
fn the_window_and_the_leave_to_delay() {
    let mut bench = Bench::new(Limits::default(), FlowControl::None);
    let (link, local) = bench.running();
    for _ in 0..50 {
        bench.control.send(link, "x", NOW).expect("room");
    }
    let sent = segments(&bench.sent());
    let expected: Vec<_> = (1..=20).map(|number| (number, number <= 10)).collect();
    assert_eq!(sent, expected);
    bench.bring(&Message::DataAck { addresses: addresses(local), acks: ack(3) });
    assert_eq!(segments(&bench.sent()), [(21, false), (22, false), (23, false)]);
}

/// NSP 4.0 brought the leave to delay and the acknowledgement of the other subchannel: a Phase III node gets neither.
#[test]
fn a_phase_iii_peer_gets_no_cross_acknowledgement_and_no_delay() {
    for (version, phase_iv) in [(Version::V3_2, false), (Version::V4_0, true), (Version::V4_1, true)] {
        let mut bench = Bench::new(Limits::default(), FlowControl::None);
        let (link, local) = running(&mut bench, services(FlowControl::None, version));
        bench.data(local, 1, true, true, b"data");
        bench.control.interrupt(link, "now", NOW).expect("one is free");
        bench.control.send(link, "message", NOW).expect("room");
        let sent = bench.sent();
        match &sent[..] {
            [Message::Interrupt(interrupt), Message::Data(data)] => {
                let owed = Some(Ack::positive(Number::new(1)));
                let (cross, own) = if phase_iv { (owed, None) } else { (None, owed) };
                assert_eq!((interrupt.acks.cross, data.acks.own), (cross, own), "{version:?}");
                assert_eq!(data.delay, phase_iv, "{version:?}");
            }
            other => panic!("{version:?}: {other:?}"),
        }
    }
}

/// Eight interrupts and link service messages are under way at most.
#[test]
fn the_other_subchannel_has_a_window_too() {
    let mut bench = Bench::new(Limits::default(), FlowControl::None);
    let (link, local) = bench.running();
    bench.service(local, 1, Flow::NoChange, Counts::Interrupts, 30);
    for _ in 0..20 {
        bench.control.interrupt(link, "x", NOW).expect("a credit");
    }
    let interrupts =
        |sent: Vec<Message>| sent.iter().filter(|message| matches!(message, Message::Interrupt(_))).count();
    assert_eq!(interrupts(bench.sent()), 8);
    bench.bring(&Message::OtherAck { addresses: addresses(local), acks: ack(5) });
    assert_eq!(interrupts(bench.sent()), 5);
}

/// No count exceeds 127 (DNA NSP 4.0.1): what would is ignored, however often it comes.
#[test]
fn a_peer_cannot_give_more_than_127_credits() {
    for flow_control in [FlowControl::Segment, FlowControl::Message] {
        let mut bench = Bench::new(Limits::default(), FlowControl::None);
        let (link, local) = running(&mut bench, services(flow_control, Version::V4_0));
        let mut number = 0;
        for _ in 0..600 {
            number += 1;
            bench.service(local, number, Flow::NoChange, Counts::Data, 127);
        }
        for _ in 0..300 {
            bench.control.send(link, "x", NOW).expect("room");
        }
        let mut all = 0;
        loop {
            let sent = segments(&bench.sent());
            let Some((last, _)) = sent.last() else { break };
            all += sent.len();
            bench.bring(&Message::DataAck { addresses: addresses(local), acks: ack(*last) });
        }
        assert_eq!(all, 127, "{flow_control:?}");
    }
}

/// Credits that a peer takes back again and again do not run below what can be counted.
#[test]
fn a_peer_that_takes_back_what_it_never_gave() {
    let mut bench = Bench::new(Limits::default(), FlowControl::None);
    let (link, local) = running(&mut bench, services(FlowControl::Segment, Version::V4_0));
    for number in 1..=600 {
        bench.service(local, number, Flow::NoChange, Counts::Data, -128);
    }
    bench.control.send(link, "x", NOW).expect("room");
    bench.service(local, 601, Flow::NoChange, Counts::Data, 127);
    assert!(segments(&bench.sent()).is_empty());
    bench.service(local, 602, Flow::NoChange, Counts::Data, 127);
    assert_eq!(segments(&bench.sent()), [(1, true)]);
}

/// An acknowledgement that may be delayed says nothing about the round trip.
#[test]
fn delayed_acknowledgements_are_not_measured() {
    for (delayed, expected) in [(true, 1_000), (false, 1_500)] {
        let mut limits = Limits::default();
        limits.retransmit_initial = Duration::from_millis(9_000);
        // Half of a window of one is none: then no acknowledgement may be delayed.
        limits.send_window = if delayed { 20 } else { 1 };
        let mut bench = Bench::new(limits, FlowControl::None);
        // The confirm was acknowledged in no time: the shortest retransmission time holds.
        let (link, local) = bench.running();
        bench.control.send(link, "x", bench.now).expect("room");
        assert_eq!(segments(&bench.sent()), [(1, delayed)]);
        // Before it is due again. 0, or 0 + (3000 - 0) / 4, twice.
        bench.now = bench.now + Duration::from_millis(3_000);
        bench.bring(&Message::DataAck { addresses: addresses(local), acks: ack(1) });
        bench.control.send(link, "x", bench.now).expect("room");
        bench.sent();
        let next = bench.nsp.next_timeout().expect("a deadline");
        assert_eq!((next - bench.now).as_millis(), expected, "delayed {delayed}");
    }
}

/// The delay falls as slowly as it rises.
#[test]
fn the_delay_falls_by_a_quarter_of_the_difference() {
    let mut limits = Limits::default();
    limits.retransmit_initial = Duration::from_millis(9_000);
    let mut bench = Bench::new(limits, FlowControl::None);
    let options = osisession_proto::scp::ConnectOptions::default();
    let link = bench.control.connect(peer(), EndUser::Number(1), options, NOW).expect("room");
    let local = match &bench.sent()[..] {
        [Message::ConnectInitiate { source, .. }] => *source,
        other => panic!("{other:?}"),
    };
    bench.now = NOW + Duration::from_millis(4_000);
    bench.bring(&Message::ConnectConfirm {
        addresses: addresses(local),
        services: services(FlowControl::None, Version::V4_0),
        data: Bytes::new(),
    });
    bench.sent();
    // 4000, then 4000 - (4000 - 1000) / 4 = 3250.
    bench.control.interrupt(link, "x", bench.now).expect("one is free");
    bench.sent();
    bench.now = bench.now + Duration::from_millis(1_000);
    bench.bring(&Message::OtherAck { addresses: addresses(local), acks: ack(1) });
    bench.control.send(link, "x", bench.now).expect("room");
    bench.sent();
    assert_eq!(bench.nsp.next_timeout().expect("a deadline") - bench.now, Duration::from_millis(6_500));
}

/// A node that has as many ports as it may says so: 32. Its NSP has room for more links than that.
#[test]
fn a_node_without_a_free_port_says_so() {
    let mut limits = Limits::default();
    limits.ports = 1;
    let mut bench = Bench::new(limits, FlowControl::None);
    let (link, _) = bench.running();
    bench.bring(&initiate(REMOTE + 1, services(FlowControl::None, Version::V4_0)));
    let sent = bench.sent();
    let reject = sent.iter().find_map(|message| match message {
        Message::DisconnectInitiate { addresses, reason, .. } => Some((addresses.destination, *reason)),
        _ => None,
    });
    assert_eq!(reject, Some((REMOTE + 1, Reason::NODE_RESOURCES)), "{sent:?}");
    assert!(bench.events().is_empty());
    assert_eq!((bench.control.ports(), bench.control.state(link).name()), (1, "RUNNING"));
}

/// A circuit that comes and goes while nobody looks: the last events stay, and they are few.
#[test]
fn circuit_events_that_nobody_takes_are_few() {
    let address = "1.2".parse().expect("an address");
    let mut node = Node::new(NodeConfig::new(address, Medium::Ethernet)).expect("a node");
    for _ in 0..1_000 {
        node.network_connected(NOW);
        node.network_closed(None, NOW);
    }
    let events: Vec<_> = core::iter::from_fn(|| node.poll_event()).collect();
    assert_eq!(events.len(), 16);
    assert!(matches!(events.last(), Some(NodeEvent::CircuitDown(_))));
}

/// Packets have to pass the neighbour, whatever the node behind it takes.
#[test]
fn segments_fit_the_neighbours_block_size() {
    let address = |text: &str| text.parse::<NodeAddress>().expect("an address");
    for (block_size, largest) in [(300_u16, 300), (576, 576), (1_400, 576)] {
        let now = Instant::from_millis(10);
        let mut node = Node::new(NodeConfig::new(address("1.2"), Medium::MultinetTcp)).expect("a node");
        node.listen(Object::numbered(200)).expect("an object");
        node.network_connected(now);
        let bring = |node: &mut Node, packet: &[u8]| {
            let mut stream = BytesMut::from(&multinet::frame_tcp(packet).expect("short")[..]);
            node.received(&mut stream, now);
        };
        let mut init = BytesMut::new();
        Control::Initialization(Initialization {
            source: Some(address("1.1")),
            phase_iii_node: 0,
            node_type: NodeType::Level2Router,
            verification: false,
            block_size,
            version: VERSION,
            timer: Some(15),
            reserved: Bytes::new(),
        })
        .encode(&mut init)
        .expect("an initialization");
        bring(&mut node, &init);
        let from_afar = |message: &Message| {
            let mut payload = BytesMut::new();
            message.encode(&mut payload).expect("a message");
            let mut packet = BytesMut::new();
            DataPacket {
                destination: address("1.2"),
                source: address("1.9"),
                return_requested: false,
                returned: false,
                visits: 1,
                payload: payload.freeze(),
            }
            .encode_short(&mut packet);
            packet
        };
        let far = Services { flow_control: FlowControl::None, version: Version::V4_0, segment_size: 1_400 };
        bring(&mut node, &from_afar(&initiate(REMOTE, far)));
        let offer = core::iter::from_fn(|| node.poll_event()).find_map(|event| match event {
            NodeEvent::Link(Event::Offered(offer)) => Some(offer.link),
            _ => None,
        });
        let link = offer.expect("an offer");
        node.accept(link, "", now).expect("offered");
        let mut local = 0;
        while let Some(output) = node.poll_output() {
            if let Ok(packet) = DataPacket::decode(&output.slice(4..))
                && let Ok(Message::ConnectConfirm { addresses, .. }) = Message::decode(&packet.payload)
            {
                local = addresses.source;
            }
        }
        let both = Addresses { destination: local, source: REMOTE };
        bring(&mut node, &from_afar(&Message::DataAck { addresses: both, acks: ack(0) }));
        node.send(link, vec![1; 5_000], now).expect("open");
        // With both acknowledgement fields, which this one does not have, a segment is four octets longer.
        let sizes: Vec<usize> = core::iter::from_fn(|| node.poll_output())
            .filter(|output| {
                DataPacket::decode(&output.slice(4..)).is_ok_and(|packet| {
                    matches!(Message::decode(&packet.payload), Ok(Message::Data(DataSegment { .. })))
                })
            })
            .map(|output| output.len() - 4)
            .collect();
        assert_eq!(sizes.iter().max(), Some(&(largest - 4)), "{block_size}: {sizes:?}");
    }
}
