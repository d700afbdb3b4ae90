//! Ordinary life, and each case of trouble by itself.
use osisession_proto::Bytes;
use osisession_proto::ErrorKind;
use osisession_proto::time::{Duration, Instant};

use super::duo::{DID, Duo, block, refusal};
use crate::config::{Checkpoint, Config, Delivery, DialogueLimits, Durability};
use crate::control::{Authenticator, Block, Kind, Seal, Status};
use crate::dialogue::{Dialogue, Life};
use crate::effect::{Agreed, Cause, Connection, Effect, Event, Primitive, Stop, Timer};
use crate::establish::{ConnectRequest, Refusal};
use crate::record::Record;
use crate::restore::RestoreError;
use crate::table::State;

const MS: Duration = Duration::from_millis(1);

fn plain() -> [Config; 2] {
    [Config::default(), Config { can_connect: false, ..Config::default() }]
}

fn texts(from: u64, texts: &[&str]) -> Vec<(u64, String)> {
    (from..).zip(texts.iter().map(|text| (*text).to_owned())).collect()
}

#[test]
fn messages_pass_both_ways_and_are_confirmed() {
    let mut duo = Duo::connected(plain());
    duo.send(0, "m1");
    duo.send(1, "n1");
    duo.send(0, "m2");
    assert_eq!(duo.messages(1), texts(1, &["m1", "m2"]));
    assert_eq!(duo.messages(0), texts(1, &["n1"]));
    assert!(duo.heard(0, &Event::Accepted(2)) && duo.heard(1, &Event::Accepted(1)));
    assert_eq!(duo.engine(0).progress().confirmed, 0, "not before the sync point");
    duo.pass(60 * MS);
    assert_eq!([duo.engine(0).progress().confirmed, duo.engine(1).progress().confirmed], [2, 1]);
    assert!(duo.heard(0, &Event::Confirmed(2)) && duo.heard(1, &Event::Confirmed(1)));
    assert_eq!(
        duo.count(0, |primitive| matches!(primitive, Primitive::Sync(_))),
        1,
        "one pair confirms both ways"
    );
    assert_eq!(duo.engine(0).progress().confirmed_octets, 4);
}

#[test]
fn what_is_written_before_what() {
    let mut duo = Duo::new(plain());
    duo.disk = [false; 2];
    duo.open();
    assert!(duo.said.is_empty(), "W1, W3: no CN before its epoch is stored");
    duo.disk[0] = true;
    duo.settle();
    assert_eq!(duo.said.len(), 1, "CN, but W4: no AC before its epoch is stored");
    duo.disk[1] = true;
    duo.settle();
    assert_eq!(duo.state(0), "connected");
    duo.disk = [false; 2];
    duo.send(0, "m1");
    assert!(duo.messages(1).is_empty(), "W2");
    assert!(!duo.heard(0, &Event::Accepted(1)), "W2");
    duo.disk[0] = true;
    duo.settle();
    assert!(duo.heard(0, &Event::Accepted(1)));
    duo.pass(60 * MS);
    let confirms = |duo: &Duo| duo.count(1, |primitive| matches!(primitive, Primitive::SyncConfirm(_)));
    assert_eq!(confirms(&duo), 0, "W5: MIA waits for the inbox");
    assert!(duo.messages(1).is_empty(), "and so does the application");
    duo.disk[1] = true;
    duo.settle();
    assert_eq!((confirms(&duo), duo.messages(1)), (1, texts(1, &["m1"])));
    let kinds = |x: usize| duo.records(x).iter().map(Record::kind).collect::<Vec<_>>();
    assert_eq!(kinds(0), [1, 3, 2, 4, 7], "Created Epoch Bound Out Confirmed");
    assert_eq!(kinds(1), [1, 2, 3, 5], "Created Bound Epoch In");
}

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
fn committed_messages_are_not_handed_out_again() {
    let mut duo = Duo::connected(plain());
    duo.send(0, "m1");
    duo.send(0, "m2");
    let now = duo.now;
    assert_eq!(duo.engine(1).commit(3, now).unwrap_err().kind(), ErrorKind::Invalid);
    duo.engine(1).commit(1, now).expect("handed out");
    duo.settle();
    assert!(duo.heard(1, &Event::Committed(1)));
    duo.events[1].clear();
    duo.restart(1);
    assert_eq!(duo.messages(1), texts(2, &["m2"]));
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
fn bound_to_the_identity_of_the_peer() {
    let mut duo = Duo::new(plain());
    duo.identities = [Bytes::from_static(b"alice"), Bytes::from_static(b"bob")];
    duo.open();
    assert_eq!(duo.state(0), "connected");
    duo.lose();
    duo.restart(1);
    let request = block(Kind::Recover, 9, 0, 0);
    assert_eq!(refusal(&duo.request(1, &request, b"mallory")), Some(Status::Unknown));
    assert_eq!(duo.state(1), "detached", "nothing happened");
    // The other way: somebody else answers at the peer's address.
    duo.identities[1] = Bytes::from_static(b"mallory");
    duo.pass(20_000 * MS);
    assert!(duo.heard(0, &Event::Stopped(Stop::Identity)), "{:?}", duo.events[0]);
    assert_eq!(duo.state(0), "stopped");
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
fn limits_of_the_outbox() {
    let limits =
        DialogueLimits { outbox_messages: 2, message_octets: 10, outbox_octets: 15, ..Default::default() };
    let mut duo = Duo::connected([Config { limits, ..Config::default() }, plain()[1].clone()]);
    duo.cable = false;
    let now = duo.now;
    let mut send = |size: usize| duo.engine(0).send(vec![1; size].into(), now).map_err(|error| error.kind());
    assert_eq!(send(0), Err(ErrorKind::Invalid));
    assert_eq!(send(11), Err(ErrorKind::Invalid));
    assert_eq!(send(10), Ok(1));
    assert_eq!(send(6), Err(ErrorKind::WouldBlock), "octets");
    assert_eq!(send(5), Ok(2));
    assert_eq!(send(1), Err(ErrorKind::WouldBlock), "messages");
    duo.cable = true;
    duo.lose();
    assert!(!duo.heard(0, &Event::Writable));
    duo.pass(2_000 * MS);
    assert!(duo.heard(0, &Event::Writable));
    assert_eq!(duo.send(0, "x"), 3);
}

#[test]
fn back_pressure_of_the_inbox() {
    let limits = DialogueLimits { inbox_messages: 4, message_octets: 100, ..Default::default() };
    let mut duo =
        Duo::connected([Config::default(), Config { limits, can_connect: false, ..Config::default() }]);
    let paused = |duo: &Duo| duo.said.iter().filter(|(_, effect)| matches!(effect, Effect::Pause(_))).count();
    for text in ["a", "b", "c"] {
        duo.send(0, text);
    }
    assert_eq!(paused(&duo), 0);
    duo.send(0, "d");
    assert_eq!(paused(&duo), 1);
    let now = duo.now;
    duo.engine(1).commit(2, now).expect("handed out");
    duo.settle();
    assert!(duo.said.iter().any(|(_, effect)| matches!(effect, Effect::Unpause(_))));
    // A connection that is read on all the same fills twice the limit, no more.
    for _ in 0..7 {
        duo.send(0, "x");
    }
    assert_eq!(duo.state(1), "detached");
    assert!(duo.engine(1).inbox.len() <= 8);
    // Nothing is lost by it.
    for _ in 0..20 {
        duo.pass(5_000 * MS);
        let (now, handed) = (duo.now, duo.engine(1).inbox.handed);
        duo.engine(1).commit(handed, now).expect("handed out");
        duo.settle();
    }
    assert_eq!(duo.messages(1).len(), 11);
}

#[test]
fn a_message_beyond_the_limit_ends_the_connection() {
    let limits = DialogueLimits { message_octets: 10, ..Default::default() };
    let mut duo =
        Duo::connected([Config::default(), Config { limits, can_connect: false, ..Config::default() }]);
    duo.send(0, "far too long a message");
    // It comes again with the next connection: after the second time there is no third.
    duo.pass(60_000 * MS);
    assert!(duo.heard(1, &Event::Stopped(Stop::Violations)));
    assert!(duo.heard(0, &Event::Stopped(Stop::Violations)));
    assert_eq!(duo.count(0, |primitive| matches!(primitive, Primitive::Data(_))), 2);
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
fn idle_close_and_open_again() {
    let idle = Some(Duration::from_secs(2));
    let mut duo = Duo::connected([Config { idle, ..Config::default() }, Config::default()]);
    duo.send(0, "m1");
    duo.pass(1_900 * MS);
    assert_eq!(duo.state(0), "connected");
    duo.pass(300 * MS);
    assert_eq!([duo.state(0), duo.state(1)], ["idle"; 2]);
    assert!(duo.heard(0, &Event::Detached { idle: true }) && duo.heard(1, &Event::Detached { idle: true }));
    assert_eq!(duo.count(0, |primitive| matches!(primitive, Primitive::Interrupt)), 1);
    duo.pass(Duration::from_secs(3_600));
    assert_eq!(duo.engine(0).progress().epoch, 1, "nobody connects without a reason");
    assert!(!duo.heard(0, &Event::Overdue));
    for x in 0..2 {
        duo.send(x, "again");
        duo.pass(6_000 * MS);
        let peer = 1 - x;
        assert!(duo.messages(peer).iter().any(|(_, text)| text == "again"), "{x} opens again");
        duo.pass(5_000 * MS);
        assert_eq!([duo.state(0), duo.state(1)], ["idle"; 2]);
    }
    // An open request holds it open.
    let now = duo.now;
    duo.engine(0).reconnect(now).expect("open");
    duo.engine(0).hold_open(true, now);
    duo.settle();
    duo.pass(5_000 * MS);
    assert_eq!(duo.state(0), "connected");
    let now = duo.now;
    duo.engine(0).hold_open(false, now);
    duo.pass(3_000 * MS);
    assert_eq!(duo.state(0), "idle");
}

#[test]
fn close_by_either_side() {
    for x in 0..2 {
        for activities in [true, false] {
            let mut duo = Duo::new(plain());
            duo.agreed.activities = activities;
            duo.open();
            duo.send(0, "m1");
            duo.send(1, "n1");
            let now = duo.now;
            duo.engine(x).close(now).expect("open");
            assert_eq!(duo.engine(x).send("late".into(), now).unwrap_err().kind(), ErrorKind::Refused);
            duo.settle();
            duo.pass(1_000 * MS);
            assert_eq!([duo.state(0), duo.state(1)], ["closed"; 2], "closed by {x}, activities {activities}");
            assert!(duo.heard(0, &Event::Closed) && duo.heard(1, &Event::Closed));
            assert!(duo.heard(1 - x, &Event::PeerClosing));
            for side in 0..2 {
                assert_eq!(duo.engine(side).progress().confirmed, 1);
                assert_eq!(duo.records(side).last(), Some(&Record::Closed));
            }
            assert_eq!(duo.count(0, |primitive| matches!(primitive, Primitive::Release(_))), 1, "one FN");
            assert_eq!(duo.count(1, |primitive| matches!(primitive, Primitive::Release(_))), 0);
            duo.pass(Duration::from_secs(25 * 3600));
            assert!(duo.heard(1, &Event::Forget));
        }
    }
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
fn a_close_is_not_believed_over_unconfirmed_messages() {
    let mut duo = Duo::connected(plain());
    duo.cable = false;
    duo.send(1, "n1");
    let (connection, now) = (duo.engine(1).current.expect("up"), duo.now);
    let release = Block { status: Status::Close, ..block(Kind::Release, 1, 0, 0) };
    duo.engine(1).network(connection, Primitive::Release(release.encode(Seal::Checksum, &[])), now);
    duo.settle();
    assert_eq!(duo.state(1), "detached");
    assert!(!duo.records(1).contains(&Record::Closed));
}

#[test]
fn durability_levels() {
    let run = |durability| {
        let config = Config { durability, ..Config::default() };
        let mut duo = Duo::connected([config.clone(), Config { can_connect: false, ..config }]);
        let before = duo.syncs;
        for _ in 0..10 {
            duo.send(0, "m");
        }
        let accepted = duo.engine(0).progress().accepted;
        duo.pass(200 * MS);
        assert_eq!(duo.messages(1).len(), 10);
        assert_eq!(duo.engine(0).progress().confirmed, 10);
        (accepted, duo.syncs[0] - before[0], duo.syncs[1] - before[1], duo.journals[0].len())
    };
    let (accepted, out, inbox, _) = run(Durability::EveryMessage);
    assert_eq!((accepted, out), (10, 10));
    assert!(inbox >= 10);
    let (accepted, out, inbox, _) = run(Durability::EveryCheckpoint);
    assert_eq!((accepted, out, inbox), (0, 1, 1), "one sync for all of them, and nothing is said before it");
    let (accepted, out, inbox, records) = run(Durability::MemoryOnly);
    assert_eq!((accepted, out, inbox, records), (10, 0, 0, 0));
}

#[test]
fn a_full_checkpoint_does_not_wait_for_its_time() {
    let checkpoint = Checkpoint { messages: 4, octets: 50, ..Checkpoint::default() };
    let mut duo = Duo::connected([Config { checkpoint, ..Config::default() }, plain()[1].clone()]);
    for n in 1..=4 {
        duo.send(0, "m");
        assert_eq!(duo.engine(0).progress().confirmed, if n == 4 { 4 } else { 0 });
    }
    duo.send(0, &"m".repeat(50));
    assert_eq!(duo.engine(0).progress().confirmed, 5, "octets count as well");
}

#[test]
fn an_activity_ends_before_the_serial_numbers_do() {
    let checkpoint = Checkpoint { messages: 1, per_activity: 3, ..Checkpoint::default() };
    let mut duo = Duo::connected([Config { checkpoint, ..Config::default() }, plain()[1].clone()]);
    for _ in 0..10 {
        duo.send(0, "m");
    }
    assert_eq!(duo.messages(1).len(), 10);
    assert_eq!(duo.count(0, |primitive| matches!(primitive, Primitive::End)), 3);
    assert_eq!(duo.count(0, |primitive| matches!(primitive, Primitive::Start(_))), 4);
    let mut names: Vec<_> = duo
        .said
        .iter()
        .filter_map(|(_, effect)| match effect {
            Effect::Send { primitive: Primitive::Start(name), .. } => Some(*name),
            _ => None,
        })
        .collect();
    names.dedup();
    assert_eq!(names.len(), 4, "each with a name of its own");
}

#[test]
fn without_activities_and_without_sync_points() {
    let mut duo = Duo::new(plain());
    duo.agreed = Agreed { activities: false, minor_sync: true };
    duo.open();
    duo.send(0, "m1");
    duo.pass(60 * MS);
    assert_eq!((duo.messages(1), duo.engine(0).progress().confirmed), (texts(1, &["m1"]), 1));
    let activity =
        |primitive: &Primitive| matches!(primitive, Primitive::Start(_) | Primitive::Resume { .. });
    assert_eq!(duo.count(0, activity), 0);

    let mut duo = Duo::new(plain());
    duo.agreed = Agreed { activities: false, minor_sync: false };
    duo.open();
    assert_eq!(
        (duo.state(0), duo.heard(0, &Event::Stopped(Stop::RefusedWith(Status::Unfit)))),
        ("stopped", true)
    );

    let configs = plain().map(|config| Config { without_minor_sync: true, ..config });
    let mut duo = Duo::new(configs);
    duo.agreed = Agreed { activities: false, minor_sync: false };
    duo.open();
    duo.send(0, "m1");
    duo.pass(1_000 * MS);
    assert_eq!((duo.messages(1), duo.engine(0).progress().confirmed), (texts(1, &["m1"]), 0));
    duo.lose();
    duo.pass(2_000 * MS);
    assert_eq!(duo.engine(0).progress().confirmed, 1, "the next connection tells");
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
fn the_application_keeps_the_cursor() {
    let config = Config { delivery: Delivery::Application, ..Config::default() };
    let mut duo = Duo::connected([Config::default(), Config { can_connect: false, ..config.clone() }]);
    for text in ["a", "b", "c"] {
        duo.send(0, text);
    }
    duo.pass(100 * MS);
    assert_eq!(duo.messages(1), texts(1, &["a", "b", "c"]), "handed out when they come");
    assert_eq!(duo.engine(0).progress().confirmed, 0, "confirmed when they are committed");
    let now = duo.now;
    duo.engine(1).commit(2, now).expect("handed out");
    duo.settle();
    duo.pass(200 * MS);
    assert_eq!(duo.engine(0).progress().confirmed, 2);
    assert!(
        !duo.records(1).iter().any(|record| matches!(record, Record::In { .. })),
        "nothing is stored twice"
    );
    // A new connection repeats the third; this process has it already.
    duo.lose();
    duo.pass(2_000 * MS);
    assert_eq!(duo.messages(1).len(), 3);
    // A new process has not.
    let restore = |cursor| Dialogue::restore(config.clone(), &duo.journals[1], cursor, now).map(|_| ());
    assert_eq!(restore(None), Err(RestoreError::Delivery));
    assert_eq!(restore(Some(1)), Err(RestoreError::Cursor { found: 1, committed: 2 }));
    let engine = Dialogue::restore(config.clone(), &duo.journals[1], Some(2), now).expect("a journal");
    duo.engines[1] = Some(engine);
    duo.lose();
    duo.pass(Duration::from_secs(40));
    assert_eq!(duo.messages(1)[3..], texts(3, &["c"])[..]);
}

struct Key(u8);

impl Authenticator for Key {
    fn tag(&self, octets: &[u8]) -> [u8; 16] {
        // Any function of key and octets will do for the engine.
        std::array::from_fn(|i| {
            octets.iter().skip(i).step_by(7).fold(self.0, |a, b| a.wrapping_mul(31).wrapping_add(*b))
        })
    }
}

#[test]
fn a_shared_key() {
    let keyed = |key: u8, config: Config| Config { key: Some(std::sync::Arc::new(Key(key))), ..config };
    let [a, b] = plain();
    let mut duo = Duo::connected([keyed(3, a.clone()), keyed(3, b.clone())]);
    duo.send(0, "m1");
    duo.pass(60 * MS);
    assert_eq!(duo.engine(0).progress().confirmed, 1);
    for other in [b.clone(), keyed(4, b)] {
        let mut duo = Duo::new([keyed(3, a.clone()), other]);
        duo.open();
        assert_eq!((duo.state(0), duo.state(1)), ("stopped", "none"));
    }
}

#[test]
fn a_new_dialogue_is_new() {
    let admit = |block: Block| {
        let user_data = block.encode(Seal::Checksum, b"hello");
        let request = ConnectRequest {
            connection: Connection::Incoming(1),
            user_data,
            identity: Bytes::new(),
            agreed: Agreed::ALL,
        };
        let status = |octets: Bytes| Block::decode(&octets, Seal::Checksum).map(|(block, _)| block.status);
        Dialogue::admit(Config::default(), &request, Instant::ZERO)
            .map(|dialogue| dialogue.id())
            .map_err(status)
    };
    assert_eq!(admit(block(Kind::New, 1, 0, 5)), Ok(DID), "messages may wait");
    assert_eq!(admit(block(Kind::Recover, 1, 0, 0)), Err(Ok(Status::Unknown)));
    assert_eq!(admit(block(Kind::New, 1, 1, 0)), Err(Ok(Status::Unknown)), "it has received something");
    assert_eq!(
        admit(Block { low: 2, ..block(Kind::New, 1, 0, 5) }),
        Err(Ok(Status::Unknown)),
        "or forgotten"
    );
    // With user data of the applications, both ways.
    let configs = plain().map(|config| Config { user_data: "hello".into(), ..config });
    let duo = Duo::connected(configs);
    for x in 0..2 {
        assert!(duo.heard(x, &Event::Connected { epoch: 1, user_data: "hello".into() }));
    }
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
fn a_snapshot_says_what_the_journal_says() {
    let mut duo = Duo::connected(plain());
    for text in ["a", "b", "c"] {
        duo.send(0, text);
        duo.send(1, text);
    }
    duo.pass(100 * MS);
    let now = duo.now;
    duo.engine(1).commit(2, now).expect("handed out");
    duo.settle();
    duo.cable = false;
    duo.send(0, "d");
    for x in 0..2 {
        let long = Dialogue::restore(Config::default(), &duo.journals[x], None, now).expect("a journal");
        let snapshot = duo.engine(x).snapshot();
        let short = Dialogue::restore(Config::default(), &snapshot, None, now).expect("a snapshot");
        assert_eq!(long.progress(), short.progress());
        assert_eq!((long.epoch, &long.bound, long.life), (short.epoch, &short.bound, short.life));
        assert!(long.unconfirmed().eq(short.unconfirmed()));
        assert!(long.inbox.waiting().eq(short.inbox.waiting()));
        assert!(snapshot.len() <= duo.journals[x].len());
    }
    assert_eq!(duo.engine(0).life, Life::Open);
}
