//! Ordinary life.
use osisession_proto::Bytes;
use osisession_proto::ErrorKind;
use osisession_proto::time::{Duration, Instant};

use super::duo::{DID, Duo, block, refusal};
use crate::config::{Checkpoint, Config, Delivery, DialogueLimits, Durability};
use crate::control::{Authenticator, Block, Kind, Seal, Status};
use crate::dialogue::{Dialogue, Life};
use crate::effect::{Agreed, Connection, Effect, Event, Primitive, Stop};
use crate::establish::ConnectRequest;
use crate::record::Record;
use crate::restore::RestoreError;

pub(super) const MS: Duration = Duration::from_millis(1);

pub(super) fn plain() -> [Config; 2] {
    [Config::default(), Config { can_connect: false, ..Config::default() }]
}

pub(super) fn texts(from: u64, texts: &[&str]) -> Vec<(u64, String)> {
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
