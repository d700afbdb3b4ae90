//! Every malformed vector, brought to running engines: what the peer is told, what the user is told, and what stays as it was.
use crate::hostile::{Bench, REMOTE};
use crate::vectors::{octets, vectors};
use bytes::{Bytes, BytesMut};
use osisession_proto::scp::nsp::message::{FlowControl, Hidden, Message, Services, Version};
use osisession_proto::scp::routing::control::{Control, Initialization, NodeType, VERSION};
use osisession_proto::scp::session::{ConnectOptions, Event};
use osisession_proto::scp::{EndUser, Limits, Medium, Node, NodeConfig, NodeEvent, Reason, multinet};
use osisession_proto::{ErrorKind, Instant};
use osisession_testkit::tsv::Row;

fn bad(layer: &'static str) -> Vec<Row> {
    vectors().into_iter().filter(|row| row["layer"] == layer && row["verdict"] == "bad").collect()
}

fn services() -> Services {
    Services { flow_control: FlowControl::None, version: Version::V4_0, segment_size: 559 }
}

/// The reasons of DNA Session Control 1.0.0: 5 for connect data that are malformed, 43 for a field that is too long. No object hears of them.
#[test]
fn malformed_connect_data_are_rejected() {
    let mut bench = Bench::new(Limits::default(), FlowControl::None);
    let rows = bad("sc-connect");
    assert_eq!(rows.len(), 12);
    for (source, row) in (500_u16..).zip(&rows) {
        let id = row["id"];
        let expected = if id == "SC45" { Reason::FIELD_TOO_LONG } else { Reason::CONNECT_DATA_INVALID };
        let data = Hidden(octets(row));
        bench.bring(&Message::ConnectInitiate { source, again: false, services: services(), data });
        let sent = bench.sent();
        let reject = sent.iter().find_map(|message| match message {
            Message::DisconnectInitiate { addresses, reason, data } => Some((*addresses, *reason, data)),
            _ => None,
        });
        let Some((addresses, reason, data)) = reject else { panic!("{id}: {sent:?}") };
        assert_eq!((addresses.destination, reason, data.len()), (source, expected, 0), "{id}");
        assert!(bench.events().is_empty(), "{id}");
        // The peer confirms, and nothing is left.
        let addresses =
            osisession_proto::scp::nsp::message::Addresses { destination: addresses.source, source };
        bench.bring(&Message::DisconnectConfirm { addresses, reason: Reason::COMPLETE });
        assert_eq!((bench.nsp.links(), bench.control.ports()), (0, 0), "{id}");
    }
}

/// Accept and disconnect data that cannot be read count as none: real systems send them.
#[test]
fn malformed_accept_and_disconnect_data_count_as_none() {
    for row in bad("sc-accept").iter().chain(&bad("sc-disc")) {
        let mut bench = Bench::new(Limits::default(), FlowControl::None);
        let to = crate::hostile::peer();
        let now = bench.now;
        bench.control.connect(to, EndUser::Number(9), ConnectOptions::default(), now).expect("room");
        let local = match &bench.sent()[..] {
            [Message::ConnectInitiate { source, .. }] => *source,
            other => panic!("{other:?}"),
        };
        let mut message = BytesMut::new();
        let addresses = [local.to_le_bytes(), REMOTE.to_le_bytes()].concat();
        if row["layer"] == "sc-accept" {
            message.extend_from_slice(&[0x28]);
            message.extend_from_slice(&addresses);
            message.extend_from_slice(&[1, 2, 0x2f, 2]);
        } else {
            message.extend_from_slice(&[0x38]);
            message.extend_from_slice(&addresses);
            message.extend_from_slice(&[0, 0]);
        }
        message.extend_from_slice(&octets(row));
        bench.bring_octets(message.freeze());
        match &bench.events()[..] {
            [Event::Accepted { data, .. }] if row["layer"] == "sc-accept" => assert!(data.is_empty()),
            [Event::Rejected { data, reason, .. }] => {
                assert_eq!((data.len(), *reason), (0, Reason::BY_END_USER));
            }
            other => panic!("{}: {other:?}", row["id"]),
        }
    }
}

/// NSP counts what it cannot read, and answers nothing; a link to which it might have belonged goes on.
#[test]
fn malformed_messages_are_counted_and_nothing_else() {
    let rows = bad("nsp");
    assert_eq!(rows.len(), 13);
    for row in &rows {
        let id = row["id"];
        let mut bench = Bench::new(Limits::default(), FlowControl::None);
        let (link, local) = bench.running();
        let mut octets = octets(row).to_vec();
        // As if it were of our link, where that does not mend it.
        if octets.len() >= 5 && id != "NS50" && id != "NS61" {
            octets[1..3].copy_from_slice(&local.to_le_bytes());
            octets[3..5].copy_from_slice(&REMOTE.to_le_bytes());
        }
        let before = bench.nsp.counters();
        bench.bring_octets(octets.into());
        assert_eq!(bench.sent(), [], "{id}");
        assert!(bench.events().is_empty(), "{id}");
        assert_eq!(bench.nsp.counters().malformed, before.malformed + 1, "{id}");
        let error = bench.nsp.last_error().expect("the reason");
        assert_eq!(error.kind(), ErrorKind::Peer, "{id}: {error}");
        assert!(error.details().offset.is_some() && error.details().clause.is_some(), "{id}: {error}");
        assert_eq!((bench.nsp.links(), bench.control.state(link).name()), (1, "RUNNING"), "{id}");
        // What is well formed is still taken.
        bench.data(local, 1, true, true, b"good");
        assert!(matches!(bench.events()[..], [Event::Readable { .. }]), "{id}");
    }
}

fn up(at: &str) -> (Node, Instant) {
    let now = Instant::from_millis(10);
    let config = NodeConfig::new(at.parse().expect("an address"), Medium::MultinetTcp);
    let mut node = Node::new(config).expect("a node");
    node.network_connected(now);
    let mut init = BytesMut::new();
    Control::Initialization(Initialization {
        source: Some("1.6".parse().expect("an address")),
        phase_iii_node: 0,
        node_type: NodeType::Level2Router,
        verification: false,
        block_size: 576,
        version: VERSION,
        timer: Some(15),
        reserved: Bytes::new(),
    })
    .encode(&mut init)
    .expect("an initialization");
    bring(&mut node, &init, now);
    while node.poll_output().is_some() {}
    assert!(matches!(node.poll_event(), Some(NodeEvent::CircuitUp(Some(_)))));
    (node, now)
}

fn bring(node: &mut Node, packet: &[u8], now: Instant) {
    let mut stream = BytesMut::from(&multinet::frame_tcp(packet).expect("short")[..]);
    node.received(&mut stream, now);
}

/// The routing layer restarts a circuit whose neighbour cannot be understood (DNA Routing 2.0.0): before it runs, and while it does.
#[test]
fn malformed_packets_restart_the_circuit() {
    // Well formed ones that an end node refuses are with them: RX01 from another area, RX04 a hello of another node.
    let rows: Vec<Row> = vectors()
        .into_iter()
        .filter(|row| {
            row["layer"] == "routing" && (row["verdict"] == "bad" || ["RX01", "RX04"].contains(&row["id"]))
        })
        .collect();
    assert_eq!(rows.len(), 8);
    for row in &rows {
        let id = row["id"];
        for running in [false, true] {
            let (mut node, now) = up("1.2");
            if !running {
                node.network_closed(None, now);
                node.network_connected(now);
                while node.poll_event().is_some() {}
                while node.poll_output().is_some() {}
            }
            bring(&mut node, &octets(row), now);
            assert!(node.wants_restart(), "{id}, running {running}");
            assert!(!node.is_up(), "{id}");
            match node.poll_event() {
                Some(NodeEvent::CircuitDown(error)) => {
                    // RX04 before the circuit runs is a hello too early, whoever says it.
                    let early = id == "RX04" && !running;
                    assert!(early || error.details().pdu.is_some(), "{id}: {error:?}");
                }
                other => panic!("{id}: {other:?}"),
            }
            assert!(node.poll_output().is_none(), "{id}");
        }
    }
}
