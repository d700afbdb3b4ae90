//! Losses at every step, refusals, and peers that do as they like.
use crate::world::{A, B, World};
use osisession_proto::transfer::{
    AbortReason, Config, Engine, Event, Form, LinkState, Opening, Outcome, Plain, RefuseReason, Role, Stage,
    UNITS, Why, refuse,
};
use osisession_proto::x225::parameter::{ExceptionReason, TokenAssignment, TokenSide};
use osisession_proto::x225::primitive::{ConnectConfirm, ConnectIndication, ConnectRejection, PAbortReason};
use osisession_proto::x225::{self, Request};
use osisession_proto::{Bytes, Instant};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3_600);
const MINUTE: Duration = Duration::from_secs(60);

fn small() -> Config {
    let mut config = Config::default();
    config.checkpoint_size = 1;
    config.recovery_time = 100 * HOUR;
    config
}

fn apdu(length: usize, salt: u8) -> Bytes {
    (0..length).map(|at| (at % 251) as u8 ^ salt).collect::<Vec<_>>().into()
}

fn outcomes(events: &[Event]) -> Vec<Outcome> {
    let settled = |event: &Event| match event {
        Event::Settled { outcome, .. } => Some(*outcome),
        _ => None,
    };
    events.iter().filter_map(settled).collect()
}

/// What goes wrong, after so many deliveries of the network.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    Cut,
    Silence(Option<usize>),
    Restart(usize),
}

/// One APDU each way, with trouble after each delivery in turn: exactly one of each arrives.
#[test]
fn trouble_at_every_step() {
    let all = [
        Trouble::Cut,
        Trouble::Silence(None),
        Trouble::Silence(Some(A)),
        Trouble::Silence(Some(B)),
        Trouble::Restart(A),
        Trouble::Restart(B),
    ];
    for trouble in all {
        for length in [500, 5_000] {
            let mut step = 0;
            loop {
                let mut world = World::new([small(), small()], step);
                let now = world.now();
                world.engines[A].send(apdu(length, 1), 0, None, now).unwrap();
                world.engines[B].send(apdu(length, 2), 0, None, now).unwrap();
                world.pump();
                let reached = (0..step).all(|_| world.deliver());
                match trouble {
                    Trouble::Cut => world.cut(),
                    Trouble::Silence(at) => world.cut_silently(at),
                    Trouble::Restart(at) => world.restart(at),
                }
                world.run(10 * MINUTE);
                if world.deaf {
                    // Sooner or later everybody notices.
                    world.cut();
                    world.run(10 * MINUTE);
                }
                for at in [A, B] {
                    let told = world.take(at);
                    let mut arrived: Vec<(u64, Bytes)> = told
                        .iter()
                        .filter_map(|event| match event {
                            Event::Arrived { number, data } => Some((*number, data.clone())),
                            _ => None,
                        })
                        .collect();
                    arrived.dedup();
                    let expected = apdu(length, if at == B { 1 } else { 2 });
                    assert_eq!(arrived, [(1, expected)], "{trouble:?} at {step}, {at}");
                    assert_eq!(outcomes(&told), [Outcome::Delivered], "{trouble:?} at {step}, {at}");
                }
                if !reached {
                    break;
                }
                step += 1;
            }
            assert!(step > 10, "{step}");
        }
    }
}

/// Only what comes after the last confirmed checkpoint is sent again.
#[test]
fn confirmed_segments_are_not_sent_again() {
    let mut world = World::new([small(), small()], 3);
    let now = world.now();
    world.engines[A].send(apdu(100_000, 1), 0, None, now).unwrap();
    world.pump();
    while world.engines[A].progress().sending.is_none_or(|(_, _, confirmed, _)| confirmed < 50_000) {
        assert!(world.deliver());
    }
    world.cut();
    world.run(MINUTE);
    assert_eq!(world.arrived(B), [apdu(100_000, 1)]);
    let segments = world.said[A].iter().filter(|name| **name == "S-DATA request").count();
    // 98 segments, and at most a window of them twice.
    assert!((98..=98 + 3).contains(&segments), "{segments}");
}

fn until_end_is_requested(world: &mut World) {
    world.pump();
    while !matches!(world.engines[A].progress().sending, Some((_, Stage::Ending, ..))) {
        assert!(world.deliver());
    }
}

/// The confirmation of the end is lost: the receiver says that it had completed it (X.228 B.1.6), or confirms it again.
#[test]
fn a_lost_confirmation_of_the_end() {
    for length in [500, 5_000] {
        let mut world = World::new([small(), small()], 5);
        let now = world.now();
        world.engines[A].send(apdu(length, 1), 0, None, now).unwrap();
        until_end_is_requested(&mut world);
        while !world.said[B].contains(&"S-ACTIVITY-END response") {
            assert!(world.deliver());
        }
        world.cut();
        world.run(MINUTE);
        assert_eq!(outcomes(&world.take(A)), [Outcome::Delivered]);
        assert_eq!(world.arrived(B), [apdu(length, 1)]);
        assert!(world.said[A].contains(&"S-ACTIVITY-RESUME request"));
        let asked = world.said[A].contains(&"S-ACTIVITY-DISCARD request");
        let refused = world.said[B].contains(&"S-U-ABORT request");
        assert_eq!((asked, refused), (length == 500, length == 500));
    }
}

/// A peer that refuses every recovery: the whole APDU again, and it is said that it may be there twice if its end had been sent.
#[test]
fn a_peer_that_refuses_recovery() {
    for ended in [false, true] {
        let mut world = World::new([small(), small()], 5);
        world.refuses_recovery = true;
        let now = world.now();
        world.engines[A].send(apdu(5_000, 1), 0, None, now).unwrap();
        if ended {
            until_end_is_requested(&mut world);
        } else {
            world.pump();
            while world.engines[A].progress().sending.is_none_or(|(_, _, confirmed, _)| confirmed < 1_024) {
                assert!(world.deliver());
            }
        }
        world.cut();
        world.run(MINUTE);
        let told = world.take(A);
        let expected = if ended { Outcome::DeliveredPerhapsTwice } else { Outcome::Delivered };
        assert_eq!(outcomes(&told), [expected]);
        let again = Event::Again { id: 1, perhaps_twice: ended };
        assert!(told.contains(&again), "{told:?}");
        assert_eq!(world.said[A].iter().filter(|name| **name == "S-ACTIVITY-START request").count(), 2);
        // Opened, refused, opened anew at once.
        assert_eq!(world.connections, 3);
    }
}

#[test]
fn a_busy_peer_is_tried_again_later() {
    let mut world = World::new([small(), small()], 5);
    world.busy = 3;
    let now = world.now();
    world.engines[A].send(apdu(10, 1), 0, None, now).unwrap();
    world.run(MINUTE);
    assert_eq!(world.arrived(B), [apdu(10, 1)]);
    assert_eq!(world.connections, 4);
    // One second at least each time.
    assert!(world.now().saturating_duration_since(now) >= Duration::from_secs(3));
}

#[test]
fn recovery_is_not_tried_for_ever() {
    let mut config = small();
    config.recovery_time = MINUTE;
    let mut world = World::new([config.clone(), config], 5);
    world.busy = u32::MAX;
    let now = world.now();
    world.engines[A].send(apdu(10, 1), 0, None, now).unwrap();
    world.run(HOUR);
    let told = world.take(A);
    assert_eq!(outcomes(&told), [Outcome::NotDelivered(Why::GivenUp)]);
    assert!(matches!(told.last(), Some(Event::Closed(Some(_)))), "{told:?}");
    assert!(world.engines[A].is_closed() && world.engines[A].next_timeout().is_none());
}

// A peer by hand: what the session would say.

struct Script {
    engine: Engine,
    now: Instant,
}

fn confirm() -> x225::Event {
    let opening = Opening {
        checkpoint_size: 1,
        window_size: 3,
        two_way: false,
        recover: None,
        user_data: Bytes::new(),
    };
    x225::Event::ConnectConfirm(Box::new(ConnectConfirm {
        functional_units: UNITS,
        tokens: TokenAssignment::all(TokenSide::Requestor),
        user_data: opening.encode_response(),
        ..ConnectConfirm::default()
    }))
}

impl Script {
    fn new(config: Config) -> Script {
        let role = Role::Initiator {
            calling: Bytes::from_static(b"us"),
            common: Bytes::from_static(b"261123210000Z"),
        };
        Script { engine: Engine::new(config, role, 1).unwrap(), now: Instant::from_millis(1) }
    }

    fn send(&mut self, length: usize) {
        self.engine.send(apdu(length, 0), 0, None, self.now).unwrap();
    }

    fn hears(&mut self, event: x225::Event) -> Vec<&'static str> {
        self.engine.session(event, self.now);
        self.requests()
    }

    fn requests(&mut self) -> Vec<&'static str> {
        std::iter::from_fn(|| self.engine.poll_session()).map(|request| request.name()).collect()
    }

    fn events(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.engine.poll_event()).collect()
    }

    fn lose(&mut self) {
        self.engine.session(x225::Event::PAbortIndication(PAbortReason::TransportDisconnect, None), self.now);
        self.reconnect();
    }

    fn reconnect(&mut self) {
        while let Some(next) =
            self.engine.next_timeout().filter(|_| self.engine.progress().link == LinkState::Waiting)
        {
            self.now = self.now.max(next);
            self.engine.handle_timeout(self.now);
        }
        assert_eq!(self.requests(), ["S-CONNECT request"]);
    }
}

/// The way of ISODE: the association is opened anew, a resumption is answered with an exception, and everything is discarded.
#[test]
fn a_resumption_that_is_answered_with_an_exception() {
    let mut peer = Script::new(small());
    peer.send(3_000);
    assert_eq!(peer.requests(), ["S-CONNECT request"]);
    let said = peer.hears(confirm());
    assert_eq!(said[0], "S-ACTIVITY-START request");
    peer.hears(x225::Event::SyncMinorConfirm(1, Bytes::new()));
    peer.lose();
    let said = peer.hears(confirm());
    assert_eq!(said[0], "S-ACTIVITY-RESUME request");
    assert_eq!(said.last(), Some(&"S-ACTIVITY-END request"));
    let report =
        x225::Event::UExceptionReportIndication(ExceptionReason::UnrecoverableProceduralError, Bytes::new());
    assert_eq!(peer.hears(report), ["S-ACTIVITY-DISCARD request"]);
    assert_eq!(peer.hears(x225::Event::ActivityDiscardConfirm(Bytes::new())), [""; 0]);
    peer.now = peer.engine.next_timeout().unwrap();
    peer.engine.handle_timeout(peer.now);
    let said = peer.requests();
    assert_eq!(said[0], "S-ACTIVITY-START request");
    assert_eq!(said.iter().filter(|name| **name == "S-DATA request").count(), 3);
    peer.hears(x225::Event::ActivityEndConfirm(None, Bytes::new()));
    assert!(outcomes(&peer.events()).contains(&Outcome::Delivered));
}

#[test]
fn an_unrecognized_activity_begins_anew() {
    let mut peer = Script::new(small());
    peer.send(3_000);
    peer.hears(confirm());
    peer.hears(x225::Event::SyncMinorConfirm(2, Bytes::new()));
    peer.lose();
    peer.hears(confirm());
    let abort = Bytes::copy_from_slice(&[0x31, 3, 0x80, 1, AbortReason::UnrecognizedActivity as u8]);
    peer.hears(x225::Event::UAbortIndication(abort));
    peer.reconnect();
    assert_eq!(peer.hears(confirm())[0], "S-ACTIVITY-START request");
    // The end had been requested once more: it may be there.
    peer.hears(x225::Event::ActivityEndConfirm(None, Bytes::new()));
    assert_eq!(outcomes(&peer.events()), [Outcome::DeliveredPerhapsTwice]);
}

#[test]
fn a_peer_that_always_forgets_is_given_up() {
    let mut peer = Script::new(small());
    peer.send(3_000);
    peer.requests();
    let forgets = Bytes::copy_from_slice(&[0x31, 3, 0x80, 1, 2]);
    for _ in 0..6 {
        peer.hears(confirm());
        peer.hears(x225::Event::UAbortIndication(forgets.clone()));
        peer.reconnect();
    }
    assert_eq!(outcomes(&peer.events()), [Outcome::Unknown(Why::Refused)]);
}

#[test]
fn a_peer_that_never_answers_is_left() {
    for interrupted in [false, true] {
        let mut peer = Script::new(small());
        peer.send(50_000);
        peer.requests();
        peer.hears(confirm());
        if interrupted {
            peer.hears(x225::Event::SyncMinorConfirm(1, Bytes::new()));
            let report = x225::Event::UExceptionReportIndication(ExceptionReason::NonSpecific, Bytes::new());
            assert_eq!(peer.hears(report), ["S-ACTIVITY-INTERRUPT request"]);
        }
        peer.now = peer.now + MINUTE;
        peer.engine.handle_timeout(peer.now);
        // The first attempt to recover is made at once.
        assert_eq!(peer.requests(), ["S-U-ABORT request", "S-CONNECT request"]);
        assert_eq!(peer.hears(confirm())[0], "S-ACTIVITY-RESUME request");
    }
}

/// A serial that was confirmed before, and one that was never sent, change nothing.
#[test]
fn odd_confirmations_change_nothing() {
    let mut peer = Script::new(small());
    peer.send(50_000);
    peer.requests();
    peer.hears(confirm());
    assert_eq!(peer.hears(x225::Event::SyncMinorConfirm(2, Bytes::new())).len(), 4);
    assert!(peer.hears(x225::Event::SyncMinorConfirm(2, Bytes::new())).is_empty());
    assert!(peer.hears(x225::Event::SyncMinorConfirm(0, Bytes::new())).is_empty());
    assert_eq!(peer.engine.progress().sending.map(|(_, _, confirmed, _)| confirmed), Some(2_048));
}

#[test]
fn answers_to_nothing_are_violations() {
    let odd = [
        x225::Event::SyncMinorConfirm(1, Bytes::new()),
        x225::Event::ActivityEndConfirm(None, Bytes::new()),
        x225::Event::ActivityInterruptConfirm(Bytes::new()),
        x225::Event::ActivityDiscardConfirm(Bytes::new()),
        x225::Event::DataIndication(Bytes::from_static(b"x")),
        x225::Event::TypedDataIndication(Bytes::from_static(b"x")),
        x225::Event::ExpeditedDataIndication(Bytes::from_static(b"x")),
        x225::Event::SyncMajorIndication(1, Bytes::new()),
        x225::Event::ActivityEndIndication(1, Bytes::new()),
    ];
    for event in odd {
        let mut peer = Script::new(small());
        peer.engine.open(peer.now);
        peer.requests();
        peer.hears(confirm());
        let name = event.name();
        assert_eq!(peer.hears(event), ["S-U-ABORT request"], "{name}");
    }
}

#[test]
fn answers_that_cannot_be_lived_with_end_the_association() {
    let nonsense = [Bytes::new(), Bytes::from_static(&[0x31, 0]), Bytes::from_static(&[0x30, 0x80])];
    for user_data in nonsense {
        let mut peer = Script::new(small());
        peer.send(10);
        peer.requests();
        let confirm = ConnectConfirm { functional_units: UNITS, user_data, ..ConnectConfirm::default() };
        assert_eq!(peer.hears(x225::Event::ConnectConfirm(Box::new(confirm))), ["S-U-ABORT request"]);
        assert!(peer.engine.is_closed());
        assert_eq!(outcomes(&peer.events()), [Outcome::NotDelivered(Why::GivenUp)]);
    }
    for reason in [2, 3] {
        let mut peer = Script::new(small());
        peer.engine.open(peer.now);
        peer.requests();
        let user_data = Bytes::copy_from_slice(&[0x31, 3, 0x80, 1, reason]);
        let rejection = ConnectRejection { reason: 2, user_data, ..ConnectRejection::default() };
        assert!(peer.hears(x225::Event::ConnectConfirmNegative(Box::new(rejection))).is_empty());
        assert!(peer.engine.is_closed());
    }
    for reason in [AbortReason::PermanentProblem, AbortReason::UserError] {
        let mut peer = Script::new(small());
        peer.engine.open(peer.now);
        peer.requests();
        peer.hears(confirm());
        let abort = Bytes::copy_from_slice(&[0x31, 3, 0x80, 1, reason as u8]);
        peer.hears(x225::Event::UAbortIndication(abort));
        assert!(peer.engine.is_closed());
    }
}

#[test]
fn a_responder_refuses_what_it_does_not_know() {
    let mut engine = Engine::new(small(), Role::Responder, 1).unwrap();
    let now = Instant::from_millis(1);
    let mut opening =
        Opening { checkpoint_size: 1, window_size: 3, two_way: true, recover: None, user_data: Bytes::new() };
    opening.recover = Some(osisession_proto::transfer::Reference::default());
    let mut indication = ConnectIndication { functional_units: UNITS, ..ConnectIndication::default() };
    let error = engine.called(&indication, &opening, now).unwrap_err();
    assert_eq!(error.details().clause.as_deref(), Some("X.228 7.8.3"));
    let Some(Request::ConnectResponseNegative(reject)) = engine.poll_session() else { panic!() };
    assert_eq!(
        Request::ConnectResponseNegative(Box::new(x225::primitive::ConnectReject {
            functional_units: None,
            ..*reject
        })),
        refuse(RefuseReason::CannotRecover)
    );
    opening.recover = None;
    indication.functional_units = osisession_proto::x225::FunctionalUnits::DUPLEX;
    assert!(engine.called(&indication, &opening, now).is_err());
    assert!(matches!(engine.poll_session(), Some(Request::ConnectResponseNegative(_))));
    assert!(engine.poll_session().is_none());
}

/// SS-user data of the user's own in place of RTSE's PDUs.
#[test]
fn the_plain_form_says_what_it_was_given() {
    let octets = |name: &'static str| Bytes::from_static(name.as_bytes());
    let plain = Plain {
        open: octets("open"),
        recover: octets("recover"),
        accept: octets("accept"),
        refuse: octets("refuse"),
        aborts: ["a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7"].map(octets),
    };
    let mut config = small();
    config.form = Form::Plain(Box::new(plain));
    let mut peer = Script::new(config);
    peer.send(500);
    let Some(Request::Connect(request)) = peer.engine.poll_session() else { panic!() };
    assert_eq!(request.user_data, octets("open"));
    let accepted = || {
        x225::Event::ConnectConfirm(Box::new(ConnectConfirm {
            functional_units: UNITS,
            user_data: octets("accept"),
            ..ConnectConfirm::default()
        }))
    };
    assert_eq!(peer.hears(accepted())[0], "S-ACTIVITY-START request");
    assert!(peer.events().contains(&Event::Opened { recovered: false, user_data: octets("accept") }));
    peer.engine.session(x225::Event::PAbortIndication(PAbortReason::TransportDisconnect, None), peer.now);
    peer.engine.handle_timeout(peer.now);
    let Some(Request::Connect(request)) = peer.engine.poll_session() else { panic!() };
    assert_eq!(request.user_data, octets("recover"));
    assert_eq!(peer.hears(accepted()), ["S-ACTIVITY-RESUME request", "S-ACTIVITY-DISCARD request"]);
    // "Transfer completed", in the user's words.
    peer.hears(x225::Event::UAbortIndication(octets("a7")));
    assert_eq!(outcomes(&peer.events()), [Outcome::Delivered]);
}
