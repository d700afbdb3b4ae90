//! Circuits from point to point and Ethernets.
use bytes::{Bytes, BytesMut};
use osisession_proto::scp::ethernet::{ALL_END_NODES, ALL_ROUTERS, Frame};
use osisession_proto::scp::routing::broadcast::Broadcast;
use osisession_proto::scp::routing::circuit::{Circuit, Config, Event};
use osisession_proto::scp::routing::control::{Control, Initialization, NodeType, VERSION};
use osisession_proto::scp::routing::packet::DataPacket;
use osisession_proto::scp::routing::table::{self, State};
use osisession_proto::scp::{Limits, NodeAddress, Password};
use osisession_proto::time::Duration;
use osisession_proto::{Error, Instant, Layer};
use osisession_testkit::tsv;

const NOW: Instant = Instant::from_millis(5_000);

fn node(text: &str) -> NodeAddress {
    text.parse().expect("an address")
}

fn octets(control: &Control) -> Bytes {
    let mut out = BytesMut::new();
    control.encode(&mut out).expect("a packet");
    out.freeze()
}

fn initialization() -> Initialization {
    Initialization {
        source: Some(node("1.1")),
        phase_iii_node: 0,
        node_type: NodeType::Level2Router,
        verification: false,
        block_size: 576,
        version: VERSION,
        timer: Some(15),
        reserved: Bytes::new(),
    }
}

fn verification(value: &'static str) -> Bytes {
    octets(&Control::Verification { source: node("1.1"), value: Password::new(value) })
}

fn hello() -> Bytes {
    octets(&Control::Hello { source: node("1.1"), test_data: Bytes::from_static(&[0xaa; 7]) })
}

fn packet(destination: &str) -> Bytes {
    let mut out = BytesMut::new();
    DataPacket {
        destination: node(destination),
        source: node("1.1"),
        return_requested: false,
        returned: false,
        visits: 1,
        payload: Bytes::from_static(b"\x08"),
    }
    .encode_short(&mut out);
    out.freeze()
}

struct Bench {
    circuit: Circuit,
    now: Instant,
}

impl Bench {
    fn new(demand: bool, datagrams: bool) -> Bench {
        let mut config = Config::new(node("1.2"));
        config.demand = demand.then(|| Password::new("SECRET"));
        config.datagrams = datagrams;
        Bench { circuit: Circuit::new(config), now: NOW }
    }

    fn in_state(state: State, demand: bool, datagrams: bool) -> Bench {
        let mut bench = Bench::new(demand || state == State::Verify, datagrams);
        if state != State::Off {
            bench.circuit.link_up(NOW);
        }
        if matches!(state, State::Verify | State::Run) {
            bench.bring(&octets(&Control::Initialization(initialization())));
        }
        if state == State::Run && demand {
            bench.bring(&verification("SECRET"));
        }
        bench.outcome();
        // What comes after the hello may not be taken for an answer to our initialization.
        if state != State::Off && datagrams {
            bench.circuit.received(&packet("1.9"), NOW);
        }
        assert_eq!(bench.circuit.state(), state, "the fixture");
        bench
    }

    fn bring(&mut self, packet: &Bytes) {
        self.circuit.received(packet, self.now);
    }

    fn outcome(&mut self) -> [String; 2] {
        let mut sent = Vec::new();
        while let Some(packet) = self.circuit.poll_packet() {
            sent.push(Control::decode(&packet).expect("what we send can be read").name().to_string());
        }
        let mut told = Vec::new();
        while let Some(event) = self.circuit.poll_event() {
            told.push(
                match event {
                    Event::Up(_) => "Up",
                    Event::Down(_) => "Down",
                    Event::Restart(_) => "Restart",
                    Event::Packet(_) => "Packet",
                }
                .to_string(),
            );
        }
        let joined = |names: Vec<String>| if names.is_empty() { "-".to_string() } else { names.join("+") };
        [joined(sent), joined(told)]
    }

    /// Lets time pass until the circuit's state changes or `count` timers have run out, with hellos if wanted.
    fn wait(&mut self, count: usize) {
        let before = self.circuit.state();
        for _ in 0..count {
            let Some(next) = self.circuit.next_timeout() else { break };
            self.now = next;
            self.circuit.handle_timeout(next);
            if self.circuit.state() != before {
                break;
            }
        }
    }
}

/// Makes an event happen in a state; `None` if it cannot.
fn provoke(state: State, event: table::Event) -> Option<Bench> {
    use table::Event as E;
    let init = octets(&Control::Initialization(initialization()));
    let again = matches!(event, E::InitializationAgain | E::InitializationAgainToVerify);
    let to_verify = matches!(event, E::InitializationToVerify | E::InitializationAgainToVerify);
    let datagrams = again || event == E::RepeatTimer;
    // In VERIFY a verification is demanded whatever comes.
    if state == State::Verify && matches!(event, E::Initialization | E::InitializationAgain) {
        return None;
    }
    if again && matches!(state, State::Off | State::Init) {
        return None;
    }
    let mut bench = Bench::in_state(state, to_verify, datagrams);
    match event {
        E::LinkUp => bench.circuit.link_up(NOW),
        E::LinkLost => bench.circuit.link_lost(Error::peer(Layer::Network, "gone"), NOW),
        E::Initialization
        | E::InitializationToVerify
        | E::InitializationAgain
        | E::InitializationAgainToVerify => bench.bring(&init),
        E::Verification => bench.bring(&verification("SECRET")),
        E::Hello => bench.bring(&hello()),
        E::Packet => bench.bring(&packet("1.2")),
        E::Bad => bench.bring(&Bytes::from_static(b"\x7f")),
        E::InitTimer | E::RepeatTimer if matches!(state, State::Off | State::Run) => return None,
        E::InitTimer => bench.wait(1),
        E::RepeatTimer if state == State::Verify => return None,
        E::RepeatTimer => bench.wait(1),
        E::HelloTimer | E::ListenTimer if state != State::Run => return None,
        E::HelloTimer => bench.wait(1),
        E::ListenTimer => {
            while bench.circuit.state() == State::Run {
                bench.outcome();
                bench.wait(1);
            }
            // 15 s is the neighbour's timer.
            assert_eq!(bench.now - NOW, Duration::from_secs(30));
        }
    }
    Some(bench)
}

#[test]
fn every_cell_of_a_circuit() {
    let rows = tsv::rows(include_str!("../../../testkit/data/scp/circuit.tsv"));
    let (mut used, mut driven) = (0, 0);
    for state in State::ALL {
        for event in table::Event::ALL {
            let name = format!("{event:?}");
            let row = rows.iter().find(|row| row["state"] == state.name() && row["event"] == name);
            used += usize::from(row.is_some());
            let [sends, tells, next] =
                row.map_or(["-", "-", state.name()], |row| [row["sends"], row["tells"], row["next"]]);
            assert_eq!(table::cell(state, event).next.name(), next, "{} {name}", state.name());
            // A wrong verification is not this event: without a demand any value is right.
            let Some(mut bench) = provoke(state, event) else { continue };
            let what = format!("({}, {name})", state.name());
            let [sent, told] = bench.outcome();
            assert_eq!((&*sent, &*told), (sends, tells), "{what}");
            assert_eq!(bench.circuit.state().name(), next, "{what}");
            assert_eq!(bench.circuit.neighbour().is_some(), next == "RUN", "{what}");
            if next == "OFF" {
                assert_eq!(bench.circuit.next_timeout(), None, "{what}");
            }
            driven += 1;
        }
    }
    assert_eq!(used, rows.len(), "rows that name no cell");
    assert_eq!(driven, 39);
}

fn refusal(change: impl FnOnce(&mut Initialization)) -> Error {
    let mut init = initialization();
    change(&mut init);
    let mut bench = Bench::in_state(State::Init, false, false);
    bench.bring(&octets(&Control::Initialization(init)));
    match bench.circuit.poll_event() {
        Some(Event::Restart(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn wrong_initializations_say_what_is_wrong() {
    let field = |error: &Error| error.details().parameter.clone().expect("a field").into_owned();
    assert_eq!(field(&refusal(|init| init.source = Some(node("2.6")))), "SRCNODE");
    assert_eq!(field(&refusal(|init| init.source = Some(node("1.2")))), "SRCNODE");
    assert_eq!(field(&refusal(|init| init.block_size = 191)), "BLKSIZE");
    assert_eq!(field(&refusal(|init| init.timer = Some(0))), "TIMER");
    let phase_iii = |init: &mut Initialization| {
        *init = Initialization {
            source: None,
            phase_iii_node: 6,
            version: [1, 3, 0],
            timer: None,
            ..init.clone()
        };
    };
    assert_eq!(field(&refusal(phase_iii)), "TIVER");
}

#[test]
fn a_wrong_verification_restarts_the_link() {
    let mut bench = Bench::in_state(State::Verify, true, false);
    bench.bring(&verification("WRONG"));
    match bench.circuit.poll_event() {
        Some(Event::Restart(error)) => {
            let text = format!("{error:?}");
            assert!(text.contains("proven"), "{text}");
            assert!(!text.contains("WRONG") && !text.contains("SECRET"), "{text}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(bench.circuit.state(), State::Off);
}

#[test]
fn a_verification_is_sent_when_asked_for() {
    let mut config = Config::new(node("1.2"));
    config.verification = Password::new("ANSWER");
    assert!(!format!("{config:?}").contains("ANSWER"));
    let mut circuit = Circuit::new(config);
    circuit.link_up(NOW);
    let init = Initialization { verification: true, ..initialization() };
    circuit.received(&octets(&Control::Initialization(init)), NOW);
    circuit.poll_packet().expect("our initialization");
    let sent = circuit.poll_packet().expect("our verification");
    let wanted = Control::Verification { source: node("1.2"), value: Password::new("ANSWER") };
    assert_eq!(Control::decode(&sent).expect("readable"), wanted);
    assert_eq!(circuit.state(), State::Run);
}

#[test]
fn hellos_of_others_and_wrong_test_data_take_it_down() {
    for wrong in [
        Control::Hello { source: node("1.9"), test_data: Bytes::from_static(&[0xaa; 2]) },
        Control::Hello { source: node("1.1"), test_data: Bytes::from_static(&[0xaa, 0xab]) },
    ] {
        let mut bench = Bench::in_state(State::Run, false, false);
        bench.bring(&octets(&wrong));
        assert_eq!(bench.outcome()[1], "Down+Restart");
    }
}

/// Its timer says how long it may be silent (twice that), and nothing else keeps the circuit up.
#[test]
fn a_neighbour_that_never_says_hello() {
    let mut bench = Bench::in_state(State::Run, false, false);
    let began = bench.now;
    bench.wait(1_000);
    assert_eq!(
        bench.now - began,
        Duration::from_secs(2 * u64::from(initialization().timer.expect("phase IV")))
    );
    assert_eq!(bench.outcome()[1], "Down+Restart");
}

#[test]
fn a_talking_neighbour_needs_no_hello() {
    let mut bench = Bench::in_state(State::Run, false, false);
    for _ in 0..40 {
        bench.wait(1);
        bench.bring(&packet("1.9"));
    }
    assert_eq!(bench.circuit.state(), State::Run);
    // For another node: not forwarded, not delivered.
    assert_eq!(bench.circuit.dropped(), 40);
    assert_eq!(bench.outcome()[1], "-");
}

#[test]
fn padding_is_taken_off_once() {
    let mut padded = vec![0x83, 0, 0];
    padded.extend_from_slice(&packet("1.2"));
    let mut bench = Bench::in_state(State::Run, false, false);
    bench.bring(&padded.into());
    assert_eq!(bench.outcome()[1], "Packet");
    for wrong in [&[0x80][..], &[0x82, 0], &[0x81, 0x81, 2], &[]] {
        let mut bench = Bench::in_state(State::Run, false, false);
        bench.bring(&Bytes::copy_from_slice(wrong));
        assert_eq!(bench.outcome()[1], "Down+Restart", "{wrong:02x?}");
    }
}

/// Two circuits over datagrams: whoever starts first, whatever is lost first, whoever restarts, both come up and fall silent.
#[test]
fn datagram_circuits_come_up_and_do_not_answer_each_other_for_ever() {
    for lost in 0..32_u32 {
        let mut ends = [node("1.1"), node("1.2")].map(|address| {
            let mut config = Config::new(address);
            config.datagrams = true;
            Circuit::new(config)
        });
        let mut now = NOW;
        let mut sent = 0;
        ends[0].link_up(now);
        for second in 0..60 {
            if second == 3 {
                ends[1].link_up(now);
            }
            if second == 20 {
                // Starts again without a word.
                let mut config = Config::new(node("1.1"));
                config.datagrams = true;
                ends[0] = Circuit::new(config);
                ends[0].link_up(now);
            }
            let mut moved = true;
            let mut in_this_second = 0;
            while moved {
                moved = false;
                for index in 0..2 {
                    while let Some(packet) = ends[index].poll_packet() {
                        moved = true;
                        in_this_second += 1;
                        assert!(in_this_second < 20, "they answer each other for ever");
                        sent += 1;
                        if sent > 5 || lost >> (sent - 1) & 1 == 0 {
                            ends[1 - index].received(&packet, now);
                        }
                    }
                }
            }
            for end in &mut ends {
                end.handle_timeout(now);
                while end.poll_event().is_some() {}
            }
            if second == 15 || second == 59 {
                assert!(ends.iter().all(|end| end.state() == State::Run), "second {second}, lost {lost:05b}");
            }
            now = now + Duration::from_secs(1);
        }
    }
}

// ---- Ethernet ----

fn router_hello(id: &str, timer: u16) -> Bytes {
    let mut packet = vec![0x0b, 2, 0, 0];
    packet.extend_from_slice(&node(id).station());
    packet.extend_from_slice(&[2, 0xda, 5, 64, 0]);
    packet.extend_from_slice(&timer.to_le_bytes());
    packet.extend_from_slice(&[0, 8, 0, 0, 0, 0, 0, 0, 0, 0]);
    Frame { destination: ALL_END_NODES, source: node(id).station(), packet: packet.into() }
        .encode()
        .expect("a frame")
}

fn sent_to(broadcast: &Broadcast, destination: &str) -> [u8; 6] {
    let packet = DataPacket {
        destination: node(destination),
        source: node("1.4"),
        return_requested: false,
        returned: false,
        visits: 0,
        payload: Bytes::from_static(b"\x08"),
    };
    let frame = Frame::decode(&broadcast.frame(&packet).expect("a frame")).expect("readable").expect("ours");
    assert_eq!(DataPacket::decode(&frame.packet).expect("readable"), packet);
    frame.destination
}

#[test]
fn an_end_node_finds_its_way_on_an_ethernet() {
    let mut end = Broadcast::new(node("1.4"), Limits::default());
    end.link_up(NOW);
    let hello = Frame::decode(&end.poll_frame().expect("a hello")).expect("readable").expect("ours");
    assert_eq!((hello.destination, hello.source), (ALL_ROUTERS, node("1.4").station()));
    // Nobody is known: straight to the node.
    assert_eq!(sent_to(&end, "1.9"), node("1.9").station());
    // A router of another area is none of ours.
    end.received(&router_hello("2.1", 10), NOW);
    assert_eq!(end.router(), None);
    end.received(&router_hello("1.1", 10), NOW);
    assert_eq!(end.router(), Some(node("1.1")));
    let hello = Frame::decode(&end.poll_frame().expect("a hello")).expect("readable").expect("ours");
    match Control::decode(&hello.packet) {
        Ok(Control::EndNodeHello(hello)) => assert_eq!(hello.neighbor, Some(node("1.1"))),
        other => panic!("{other:?}"),
    }
    assert_eq!(sent_to(&end, "1.9"), node("1.1").station());
    // A node that was heard directly is sent to directly.
    let mut long = BytesMut::new();
    DataPacket {
        destination: node("1.4"),
        source: node("1.9"),
        return_requested: false,
        returned: false,
        visits: 0,
        payload: Bytes::from_static(b"\x08"),
    }
    .encode_long(&mut long);
    let frame =
        Frame { destination: node("1.4").station(), source: node("1.9").station(), packet: long.freeze() };
    end.received(&frame.encode().expect("a frame"), NOW);
    assert_eq!(end.poll_packet().expect("for us").source, node("1.9"));
    assert_eq!(sent_to(&end, "1.9"), node("1.9").station());
    // The router falls silent: after three times its timer it is forgotten.
    let mut now = NOW;
    while end.router().is_some() {
        now = end.next_timeout().expect("a deadline");
        end.handle_timeout(now);
    }
    assert_eq!(now - NOW, Duration::from_secs(30));
    assert_eq!(sent_to(&end, "1.7"), node("1.7").station());
}

/// Many who claim to be routers or nodes: what is kept stays within limits, and is answered by one hello a second.
#[test]
fn an_ethernet_full_of_forged_sources() {
    let mut limits = Limits::default();
    limits.stations = 16;
    let mut end = Broadcast::new(node("1.4"), limits);
    end.link_up(NOW);
    assert!(end.poll_frame().is_some());
    let packet = |source: &str| {
        let mut long = BytesMut::new();
        DataPacket {
            destination: node("1.4"),
            source: node(source),
            return_requested: false,
            returned: false,
            visits: 0,
            payload: Bytes::from_static(b"\x08"),
        }
        .encode_long(&mut long);
        let source = [2, 6, 6, 6, 6, 6];
        let frame = Frame { destination: node("1.4").station(), source, packet: long.freeze() };
        frame.encode().expect("a frame")
    };
    for at in 100..1_000 {
        end.received(&router_hello(&format!("1.{at}"), 0xffff), NOW);
        end.received(&packet(&format!("1.{at}")), NOW);
        assert!(end.poll_packet().is_some());
    }
    assert_eq!(end.router(), Some(node("1.999")), "the last one that says so");
    assert_eq!(std::iter::from_fn(|| end.poll_frame()).count(), 1, "one hello for all of them");
    end.received(&router_hello("1.1", 10), NOW + Duration::from_secs(1));
    assert_eq!(std::iter::from_fn(|| end.poll_frame()).count(), 1);
    // At most sixteen are sent to where they seemed to be, all others to the router.
    let astray = (100..1_000).filter(|at| sent_to(&end, &format!("1.{at}")) == [2, 6, 6, 6, 6, 6]).count();
    assert!(astray <= 16, "{astray}");
    // A router that is silent is forgotten, whatever timer it claims.
    let mut now = NOW;
    end.received(&router_hello("1.1", 0xffff), now);
    while end.router().is_some() {
        now = end.next_timeout().expect("a deadline");
        end.handle_timeout(now);
        while end.poll_frame().is_some() {}
    }
    assert!(now - NOW <= Limits::default().listen_max);
    // Frames that are cut off, of another protocol, to another station, or with lengths that lie, are dropped.
    let good = packet("1.9");
    let dropped = end.dropped();
    let mut wrong = vec![good.slice(..20), good.slice(..13), Bytes::new()];
    for (at, octet) in [(0, 3), (14, 0xff), (15, 6), (12, 8)] {
        let mut changed = good.to_vec();
        changed[at] = octet;
        wrong.push(changed.into());
    }
    for frame in &wrong {
        end.received(frame, now);
        assert!(end.poll_packet().is_none(), "{frame:02x?}");
    }
    // That of another protocol is none of ours, and not counted.
    assert_eq!(end.dropped() - dropped, wrong.len() as u64 - 1);
}
