//! Loss, restarts, refusals, bad journals: each case of trouble by itself.
use osisession_proto::Bytes;
use osisession_proto::ErrorKind;
use osisession_proto::time::{Duration, Instant};

use super::duo::{DID, Duo, block, refusal};
use crate::config::{Config, DialogueLimits};
use crate::control::{Block, Kind, Seal, Status};
use crate::dialogue::Dialogue;
use crate::effect::{Agreed, Cause, Connection, Effect, Event, Primitive, Stop, Timer};
use crate::establish::Refusal;
use crate::record::Record;
use crate::restore::RestoreError;
use crate::table::State;

use super::life::{MS, plain, texts};

#[test]
fn loss_with_data_in_flight() {
    let mut duo = Duo::connected(plain());
    duo.send(0, "m1");
    duo.cable = false;
    duo.send(0, "m2");
    duo.send(1, "n1");
    duo.cable = true;
    duo.lose();
    assert_eq!(duo.state(0), "detached");
    duo.send(0, "m3");
    duo.pass(10_000 * MS);
    assert_eq!(duo.state(0), "connected");
    assert_eq!(duo.messages(1), texts(1, &["m1", "m2", "m3"]));
    assert_eq!(duo.messages(0), texts(1, &["n1"]));
    let data = |primitive: &Primitive| matches!(primitive, Primitive::Data(data) if data == "m1");
    assert_eq!(duo.count(0, data), 1, "what was stored there is not sent again");
    assert_eq!(duo.count(0, |primitive| matches!(primitive, Primitive::Resume { .. })), 1);
}

#[test]
fn restart_of_either_side() {
    for x in 0..2 {
        let mut duo = Duo::connected(plain());
        duo.send(0, "m1");
        duo.send(1, "n1");
        duo.lose();
        duo.restart(x);
        duo.send(0, "m2");
        duo.pass(10_000 * MS);
        let got = duo.messages(1);
        // Nothing was committed: after a restart it is handed out again, under the same position.
        assert_eq!(got[got.len() - 2..], texts(1, &["m1", "m2"])[..]);
        assert_eq!([duo.engine(0).progress().confirmed, duo.engine(1).progress().confirmed], [2, 1]);
    }
}

#[test]
fn lost_state_is_broken_on_both_sides() {
    let mut duo = Duo::connected(plain());
    duo.send(0, "m1");
    duo.pass(60 * MS);
    duo.send(0, "m2");
    duo.engines[1] = None;
    duo.journals[1].clear();
    let now = duo.now;
    let connection = duo.engine(0).current.expect("up");
    duo.engine(0).disconnected(connection, &Cause::Lost, now);
    duo.pass(10_000 * MS);
    let broken = Event::Broken { status: Status::Unknown, confirmed: 1, unconfirmed: Some(2..=2) };
    assert!(duo.heard(0, &broken), "{:?}", duo.events[0]);
    assert_eq!(
        duo.engine(0).unconfirmed().map(|(n, data)| (n, data.clone())).collect::<Vec<_>>(),
        [(2, "m2".into())]
    );
    let error = duo.engine(0).send("x".into(), now).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
    // It stays so over a restart, and says so to whoever asks.
    duo.restart(0);
    assert_eq!(duo.state(0), "broken");
    assert_eq!(refusal(&duo.request(0, &block(Kind::Recover, 99, 0, 0), b"")), Some(Status::Unknown));
}

#[test]
fn checks_of_a_request_in_their_order() {
    let cases = [
        (block(Kind::Recover, 9, 9, 9), Some(Status::IRegressed), "rcv above all that was sent"),
        (block(Kind::Recover, 9, 0, 9), Some(Status::YouRegressed), "rcv below what was confirmed"),
        (block(Kind::Recover, 9, 1, 0), Some(Status::YouRegressed), "snd below what was received"),
        (block(Kind::Recover, 1, 9, 9), Some(Status::Stale), "an old epoch comes before positions"),
        (block(Kind::Recover, 2 + (1 << 32), 1, 1), Some(Status::Violation), "an epoch far away"),
        (
            Block { seen: Some(5), ..block(Kind::Recover, 9, 1, 1) },
            Some(Status::IRegressed),
            "a forgotten epoch",
        ),
        (block(Kind::Sync, 9, 1, 1), Some(Status::Violation), "no CN"),
        (
            Block { did: crate::DialogueId([1; 16]), ..block(Kind::Recover, 9, 1, 1) },
            Some(Status::Unknown),
            "DID",
        ),
        (Block { seen: Some(8), ..block(Kind::Recover, 9, 1, 1) }, None, "good"),
    ];
    for living in [false, true] {
        for (block, expected, what) in &cases {
            let mut duo = Duo::connected(plain());
            duo.send(0, "m1");
            duo.send(1, "n1");
            duo.pass(60 * MS);
            if !living {
                duo.lose();
                duo.restart(1);
            }
            let before = duo.engine(1).current;
            let effects = duo.request(1, block, b"");
            assert_eq!(refusal(&effects), *expected, "{what}");
            let regressed = matches!(expected, Some(Status::IRegressed | Status::YouRegressed));
            if expected.is_none() {
                assert_ne!(duo.engine(1).current, before, "{what}");
            } else if living {
                assert_eq!(duo.engine(1).current, before, "a living connection is not disturbed: {what}");
                assert_eq!(duo.state(1), "connected", "{what}");
            } else {
                let state = if regressed { "broken" } else { "detached" };
                assert_eq!(duo.state(1), state, "{what}");
            }
        }
    }
}

#[test]
fn a_restored_copy_that_went_on_is_found() {
    let mut duo = Duo::connected(plain());
    let copy = duo.journals[1].clone();
    duo.send(1, "n1");
    duo.pass(60 * MS);
    duo.journals[1] = copy;
    duo.lose();
    duo.restart(1);
    // With this the number of messages is what the peer has, but it is another message.
    duo.send(1, "other");
    duo.pass(20_000 * MS);
    assert_eq!([duo.state(0), duo.state(1)], ["broken"; 2]);
    assert_eq!(duo.messages(0), texts(1, &["n1"]));
}

#[test]
fn an_old_copy_from_an_earlier_connection_is_found_by_its_epoch() {
    let mut duo = Duo::connected(plain());
    let copy = duo.journals[1].clone();
    duo.lose();
    duo.pass(2_000 * MS);
    assert_eq!(duo.engine(0).progress().epoch, 2);
    duo.journals[1] = copy;
    duo.lose();
    duo.restart(1);
    duo.pass(20_000 * MS);
    // No message tells them apart: the epoch does.
    assert_eq!([duo.state(0), duo.state(1)], ["broken"; 2]);
}

#[test]
fn a_peer_that_is_no_dialogue() {
    let connection = Connection::Outgoing(1);
    let started = || {
        let mut duo = Duo::new(plain());
        duo.cable = false;
        duo.open();
        duo
    };
    let own = |duo: &Duo| match &duo.said[0].1 {
        Effect::Connect { user_data, .. } => user_data.clone(),
        other => panic!("{other:?}"),
    };
    // Case p: no control block; and a peer that echoes ours.
    for answer in [Some(Bytes::from_static(b"hello")), None] {
        let mut duo = started();
        let answer = answer.unwrap_or_else(|| own(&duo));
        let now = duo.now;
        duo.engine(0).connect_confirm(connection, answer, Bytes::new(), Agreed::ALL, now);
        duo.settle();
        assert!(
            matches!(duo.events[0].last(), Some(Event::Stopped(Stop::NotADialogue(_)))),
            "{:?}",
            duo.events[0]
        );
        assert!(matches!(duo.said.last(), Some((0, Effect::Disconnect { .. }))));
        assert_eq!(
            duo.engine(0).next_timeout().map(|(_, timer)| timer),
            Some(Timer::Overdue),
            "no more attempts"
        );
        duo.engine(0).reconnect(now).expect("open");
        duo.settle();
        assert_eq!(duo.engine(0).state, State::Connecting);
    }
    // Refused for good, and for a while.
    for (temporary, state) in [(false, "stopped"), (true, "detached")] {
        let mut duo = started();
        let now = duo.now;
        duo.engine(0).connect_refused(connection, &Refusal { temporary, user_data: None }, now);
        duo.settle();
        assert_eq!(duo.state(0), state);
        if temporary {
            let next = duo.engine(0).progress().next_try.expect("another try");
            assert!(next >= now + 1_000 * MS, "at least a second");
        }
    }
}

#[test]
fn what_each_refusal_does() {
    for &status in Status::ALL {
        let mut duo = Duo::connected(plain());
        duo.lose();
        duo.cable = false;
        duo.pass(500 * MS);
        assert_eq!(duo.engine(0).state, State::Connecting);
        let (connection, now) = (duo.engine(0).current.expect("an attempt"), duo.now);
        let block = Block { kind: Kind::Refuse, status, ..block(Kind::Refuse, 7, 0, 0) };
        let user_data = Some(block.encode(Seal::Checksum, &[]));
        duo.engine(0).connect_refused(connection, &Refusal { temporary: false, user_data }, now);
        duo.settle();
        let expected = match status {
            Status::Stale
            | Status::Collision
            | Status::Busy
            | Status::Superseded
            | Status::Storage
            | Status::Detach => "detached",
            Status::Unknown | Status::IRegressed | Status::YouRegressed | Status::Closed => "broken",
            Status::Ok | Status::Violation | Status::Close | Status::Unfit | Status::Late => "stopped",
        };
        assert_eq!(duo.state(0), expected, "{status}");
        if expected == "detached" {
            let next = duo.engine(0).progress().next_try.expect("another try");
            assert!(status == Status::Stale || next >= now + 1_000 * MS);
            assert_eq!(duo.engine(0).progress().epoch, 7, "the next epoch is above the peer's");
        }
    }
}

#[test]
fn both_connect_at_once() {
    let mut duo = Duo::connected([Config::default(), Config::default()]);
    duo.lose();
    let now = duo.now;
    for x in 0..2 {
        duo.engine(x).reconnect(now).expect("open");
    }
    duo.settle();
    assert_eq!([duo.state(0), duo.state(1)], ["connected"; 2]);
    assert!(
        matches!(duo.engine(0).current, Some(Connection::Outgoing(_))),
        "always the initiator's connection"
    );
    assert!(matches!(duo.engine(1).current, Some(Connection::Incoming(_))));
    duo.send(1, "n1");
    assert_eq!(duo.messages(0), texts(1, &["n1"]));
}

#[test]
fn a_new_connection_takes_the_place_of_a_half_open_one() {
    let mut duo = Duo::connected(plain());
    let old = duo.engine(1).current.expect("up");
    let (connection, now) = (duo.engine(0).current.expect("up"), duo.now);
    duo.engine(0).disconnected(connection, &Cause::Lost, now);
    duo.links.clear();
    duo.pass(2_000 * MS);
    assert_eq!([duo.state(0), duo.state(1)], ["connected"; 2]);
    let superseded = duo.said.iter().any(|(x, effect)| match effect {
        Effect::Disconnect { connection, user_data: Some(data) } => {
            let status = Block::decode(data, Seal::Checksum).expect("a block").0.status;
            *x == 1 && *connection == old && status == Status::Superseded
        }
        _ => false,
    });
    assert!(superseded);
    // Late words of the old connection do not count.
    let now = duo.now;
    duo.engine(1).network(old, Primitive::Data("late".into()), now);
    duo.settle();
    assert!(duo.messages(1).is_empty());
}

#[test]
fn pace_of_connecting_again() {
    let mut duo = Duo::connected(plain());
    duo.lose();
    duo.cable = false;
    let limit = DialogueLimits::default().connect_timeout;
    let mut longest = Duration::ZERO;
    for k in 0..12 {
        let begun = duo.now;
        let next = duo.engine(0).progress().next_try.expect("a try");
        let whole = (Duration::from_millis(200) * (1 << k)).min(Duration::from_secs(30));
        let delay = next - begun;
        assert!(delay >= whole / 2 && delay <= whole, "attempt {k}: {delay:?}");
        longest = longest.max(delay);
        duo.now = next;
        duo.engine(0).handle_timeout(next);
        duo.settle();
        assert_eq!(duo.engine(0).progress().attempts, k + 1);
        let timeout = duo.engine(0).next_timeout().expect("a deadline");
        assert_eq!(timeout, (next + limit, Timer::Answer));
        duo.now = timeout.0;
        let now = duo.now;
        duo.engine(0).handle_timeout(now);
        duo.settle();
    }
    assert!(longest > Duration::from_secs(15));
    assert!(!duo.heard(0, &Event::Overdue));
    duo.pass(Duration::from_secs(300));
    assert_eq!(duo.events[0].iter().filter(|event| **event == Event::Overdue).count(), 1, "told once");
}

#[test]
fn a_connection_that_lived_is_connected_again_at_once() {
    let mut duo = Duo::connected(plain());
    duo.pass(Duration::from_secs(61));
    duo.lose();
    assert_eq!([duo.state(0), duo.state(1)], ["connected"; 2]);
    assert_eq!(duo.engine(0).progress().epoch, 2);
}

#[test]
fn the_responder_waits_for_the_initiator() {
    let mut duo = Duo::connected([Config::default(), Config::default()]);
    duo.engine(0).config.can_connect = false;
    duo.lose();
    assert_eq!(duo.engine(0).progress().next_try, None, "it knows no address");
    let next = duo.engine(1).progress().next_try.expect("a try");
    assert!(next >= duo.now + Duration::from_secs(5));
    duo.pass(Duration::from_secs(6));
    assert_eq!([duo.state(0), duo.state(1)], ["connected"; 2]);
    // The initiator keeps its part, whoever connects.
    duo.send(1, "n1");
    duo.pass(60 * MS);
    assert_eq!(duo.count(0, |primitive| matches!(primitive, Primitive::Sync(_))), 1);
    assert_eq!(duo.count(1, |primitive| matches!(primitive, Primitive::Sync(_))), 0);
}

#[test]
fn loss_of_fn_and_of_dn() {
    for lost in ["FN", "DN"] {
        for restart in [false, true] {
            let mut duo = Duo::connected(plain());
            duo.send(0, "m1");
            duo.pass(60 * MS);
            // Everything but the last word.
            duo.disk[if lost == "FN" { 0 } else { 1 }] = false;
            let now = duo.now;
            duo.engine(0).close(now).expect("open");
            duo.settle();
            duo.cable = false;
            duo.disk = [true; 2];
            duo.settle();
            let last = duo.said.last().map(|(_, effect)| effect.clone());
            match lost {
                "FN" => assert!(matches!(last, Some(Effect::Send { primitive: Primitive::Release(_), .. }))),
                _ => assert!(matches!(
                    last,
                    Some(Effect::Send { primitive: Primitive::ReleaseConfirm(_), .. })
                )),
            }
            assert_eq!(duo.state(1), if lost == "FN" { "closing" } else { "closed" });
            assert_eq!(duo.state(0), "closing");
            duo.cable = true;
            duo.lose();
            if restart {
                duo.restart(0);
                duo.restart(1);
            }
            duo.pass(20_000 * MS);
            assert_eq!([duo.state(0), duo.state(1)], ["closed"; 2], "{lost} lost, restart {restart}");
        }
    }
}

#[test]
fn a_disk_that_stalls_and_one_that_fails() {
    let mut duo = Duo::connected(plain());
    duo.disk[1] = false;
    duo.send(0, "m1");
    duo.pass(Duration::from_secs(31));
    assert!(duo.heard(1, &Event::StorageStalled));
    assert_eq!(
        duo.count(1, |primitive| matches!(primitive, Primitive::SyncConfirm(_))),
        0,
        "no false confirmation"
    );
    assert_eq!(refusal(&duo.request(1, &block(Kind::Recover, 99, 0, 1), b"")), Some(Status::Storage));
    duo.disk[1] = true;
    duo.settle();
    duo.pass(Duration::from_secs(60));
    assert_eq!((duo.state(0), duo.messages(1)), ("connected", texts(1, &["m1"])));

    let mut duo = Duo::connected(plain());
    let now = duo.now;
    duo.engine(1).storage_failed(now);
    duo.settle();
    assert!(duo.heard(1, &Event::Stopped(Stop::Storage)));
    assert_eq!(duo.engine(1).send("x".into(), now).unwrap_err().kind(), ErrorKind::Refused);
    assert_eq!(duo.engine(1).reconnect(now).unwrap_err().kind(), ErrorKind::Refused);
    assert_eq!(refusal(&duo.request(1, &block(Kind::Recover, 99, 0, 0), b"")), Some(Status::Storage));
    duo.send(0, "m1");
    duo.restart(1);
    duo.pass(Duration::from_secs(60));
    assert_eq!(duo.messages(1), texts(1, &["m1"]), "what the disk holds goes on");
}

#[test]
fn a_peer_that_does_not_answer() {
    let mut duo = Duo::connected(plain());
    duo.cable = false;
    duo.send(0, "m1");
    duo.pass(Duration::from_secs(29));
    assert_eq!(duo.state(0), "connected");
    duo.pass(Duration::from_secs(2));
    assert_ne!(duo.state(0), "connected");
    // Also when nobody has anything to say.
    let mut duo = Duo::connected(plain());
    duo.cable = false;
    duo.pass(Duration::from_secs(92));
    assert_ne!(duo.state(0), "connected");
    let mut duo = Duo::connected(plain());
    duo.pass(Duration::from_secs(600));
    assert_eq!(duo.engine(0).progress().epoch, 1, "a sign of life does no harm");
}

#[test]
fn journals_that_do_not_fit() {
    let created = Record::Created { did: DID, role: crate::Role::Initiator, profile: Bytes::new() };
    let out = |position| Record::Out { position, data: "m".into() };
    let inbox = |position| Record::In { position, data: "m".into() };
    let restore = |records: &[Record]| {
        let octets: Vec<_> = records.iter().map(Record::encode).collect();
        Dialogue::restore(Config::default(), &octets, None, Instant::ZERO).map(|dialogue| dialogue.progress())
    };
    let c = || created.clone();
    assert_eq!(restore(&[]), Err(RestoreError::Empty));
    assert_eq!(restore(&[out(1)]), Err(RestoreError::Created { index: 0 }));
    assert_eq!(restore(&[c(), c()]), Err(RestoreError::Created { index: 1 }));
    let position = |index, found, expected| Err(RestoreError::Position { index, found, expected });
    assert_eq!(restore(&[c(), out(1), out(3)]), position(2, 3, 2));
    assert_eq!(restore(&[c(), out(1), out(1)]), position(2, 1, 2));
    assert_eq!(restore(&[c(), inbox(2)]), position(1, 2, 1));
    assert_eq!(restore(&[c(), out(1), Record::Confirmed { position: 2 }]), position(2, 2, 1));
    assert_eq!(restore(&[c(), inbox(1), Record::Cursor { position: 2 }]), position(2, 2, 1));
    assert_eq!(restore(&[c(), inbox(1), Record::Drop { position: 2 }]), position(2, 2, 1));
    assert_eq!(
        restore(&[c(), out(1), Record::Base { out: 1, inbox: 1 }]),
        Err(RestoreError::Base { index: 2 })
    );
    let epoch = |epoch, seen| Record::Epoch { epoch, seen };
    assert_eq!(
        restore(&[c(), epoch(5, 0), epoch(4, 0)]),
        Err(RestoreError::Epoch { index: 2, found: 4, before: 5 })
    );
    assert_eq!(restore(&[c(), epoch(5, 6)]), position(1, 6, 5));
    assert_eq!(
        Dialogue::restore(Config::default(), &[c().encode(), "\x20".into()], None, Instant::ZERO).map(|_| ()),
        Err(RestoreError::Record { index: 1, error: crate::RecordError::Kind(0x20) })
    );
    // Input that was dropped with its connection came again.
    let good =
        restore(&[c(), inbox(1), inbox(2), Record::Drop { position: 1 }, inbox(2), inbox(3)]).expect("fits");
    assert_eq!(good.received, 3);
    let good = restore(&[c(), Record::Base { out: 7, inbox: 9 }, out(8), inbox(10)]).expect("fits");
    assert_eq!((good.confirmed, good.accepted, good.committed, good.received), (7, 8, 9, 10));
}

#[test]
fn events_that_nobody_takes_are_bounded() {
    let limits = DialogueLimits { events: 5, ..DialogueLimits::default() };
    let mut duo = Duo::connected([Config { limits, ..Config::default() }, plain()[1].clone()]);
    for n in 0..20u64 {
        let now = duo.now;
        let connection = duo.engine(0).current.expect("up");
        duo.engine(0).disconnected(connection, &Cause::Lost, now);
        duo.engine(0).reconnect(now).expect("open");
        while let Some(effect) = duo.engine(0).poll_effect() {
            if let Effect::Sync(token) = effect {
                duo.engine(0).stored(token, now);
            }
        }
        let connection = duo.engine(0).current.expect("an attempt");
        let accept = block(Kind::Accept, n + 2, 0, 0).encode(Seal::Checksum, &[]);
        duo.engine(0).connect_confirm(connection, accept, Bytes::new(), Agreed::ALL, now);
    }
    assert_eq!(std::iter::from_fn(|| duo.engine(0).poll_event()).count(), 5);
    assert_eq!(duo.engine(0).progress().events_lost, 60 - 5);
}
