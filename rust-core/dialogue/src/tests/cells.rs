//! The table of connections, cell by cell: a second transcription, and what the running engine does in each cell.
use osisession_proto::Bytes;
use osisession_proto::time::{Duration, Instant};

use super::compare::Random;
use super::duo::{Duo, block};
use crate::config::Config;
use crate::control::{Block, Kind, Seal, Status};
use crate::dialogue::Dialogue;
use crate::effect::{Agreed, Cause, Connection, Effect, Event, Primitive};
use crate::establish::{ConnectRequest, Refusal};
use crate::table::{Action, Input, State, cell};

/// One line for each state, one sign for each input in the order of [`Input::ALL`].
const BOOK: &str = "
Detached      c . . . . . . . . . . . . . .
Preparing     2 . . . . . . . . . . . . . .
Connecting    2 e r ! ! ! ! ! ! ! ! ! ! ! x
Answering     s ! ! ! ! ! ! ! ! ! ! ! ! ! x
Leading       s ! ! d ! k w ! ! ! ! ! ! ! x
Following     s ! ! d o ! ! a n ! i ! f ! x
Ending        s ! ! d ! k w ! ! N ! ! ! ! x
Interrupting  s ! ! . ! k . ! ! ! ! I ! ! x
Releasing     s ! ! d ! k . ! ! ! ! ! ! F x
Parting       s ! ! ! ! ! ! ! ! ! ! ! ! ! x
";

fn sign(action: Action) -> &'static str {
    match action {
        Action::Ignore => ".",
        Action::Violate => "!",
        Action::Consider => "c",
        Action::Collide => "2",
        Action::Supersede => "s",
        Action::Establish => "e",
        Action::TakeRefusal => "r",
        Action::Receive => "d",
        Action::Owe => "o",
        Action::Confirm => "k",
        Action::Want => "w",
        Action::OpenActivity => "a",
        Action::AnswerEnd => "n",
        Action::Ended => "N",
        Action::AnswerInterrupt => "i",
        Action::Interrupted => "I",
        Action::AnswerRelease => "f",
        Action::Released => "F",
        Action::Leave => "x",
    }
}

#[test]
fn table_is_the_transcription() {
    let lines: Vec<_> = BOOK.trim().lines().collect();
    assert_eq!(lines.len(), State::ALL.len());
    for (line, state) in lines.iter().zip(State::ALL) {
        let mut words = line.split_whitespace();
        assert_eq!(words.next(), Some(format!("{state:?}").as_str()));
        let signs: Vec<_> = words.collect();
        assert_eq!(signs.len(), Input::ALL.len(), "{state:?}");
        for (expected, input) in signs.iter().zip(Input::ALL) {
            assert_eq!(sign(cell(state, input)), *expected, "{state:?} {input:?}");
        }
    }
}

/// A pair of which one engine is in this state, with epoch 1 or 2; the engine's number.
fn reach(state: State) -> (Duo, usize) {
    let idle = Some(Duration::from_secs(2));
    let responder = Config { can_connect: false, ..Config::default() };
    let mut duo = Duo::connected([Config { idle, ..Config::default() }, responder]);
    let now = duo.now;
    let mut x = 0;
    match state {
        State::Detached => duo.lose(),
        State::Preparing => {
            duo.lose();
            duo.disk[0] = false;
            duo.engine(0).reconnect(now).expect("open");
            duo.settle();
        }
        State::Connecting => {
            duo.lose();
            duo.cable = false;
            duo.engine(0).reconnect(now).expect("open");
            duo.settle();
        }
        State::Answering => {
            x = 1;
            duo.lose();
            duo.disk[1] = false;
            duo.engine(0).reconnect(now).expect("open");
            duo.settle();
        }
        State::Leading => {
            duo.cable = false;
            duo.send(0, "unanswered");
            duo.pass(Duration::from_millis(60));
        }
        State::Following => x = 1,
        State::Ending => {
            duo.send(0, "m");
            duo.engine(0).config.checkpoint.per_activity = 1;
            // MIA still comes, then nothing.
            duo.engine(1).config.checkpoint.interval = Duration::from_secs(9);
            duo.cable = false;
            duo.pass(Duration::from_millis(60));
            let (a, b) = (duo.engine(0).current.expect("up"), duo.now);
            let confirm = block(Kind::Confirm, 1, 1, 0).encode(Seal::Checksum, &[]);
            duo.engine(0).network(a, Primitive::SyncConfirm(confirm), b);
            duo.settle();
        }
        State::Interrupting => {
            duo.cable = false;
            duo.pass(Duration::from_millis(2_100));
        }
        State::Releasing => {
            duo.cable = false;
            duo.pass(Duration::from_millis(2_100));
            let (a, b) = (duo.engine(0).current.expect("up"), duo.now);
            duo.engine(0).network(a, Primitive::InterruptConfirm, b);
            duo.settle();
        }
        State::Parting => {
            x = 1;
            duo.disk[1] = false;
            duo.engine(0).close(now).expect("open");
            duo.settle();
        }
    }
    assert_eq!(duo.engine(x).state, state);
    duo.cable = false;
    duo.events[x].clear();
    duo.said.clear();
    (duo, x)
}

fn apply(duo: &mut Duo, x: usize, input: Input) {
    let (now, epoch) = (duo.now, duo.engine(x).epoch);
    let (rcv, snd) = (duo.engine(x).outbox.confirmed, duo.engine(x).inbox.durable);
    let octets = |kind, status| Block { status, ..block(kind, epoch, rcv, snd) }.encode(Seal::Checksum, &[]);
    let connection = duo.engine(x).current.unwrap_or(Connection::Outgoing(epoch));
    let engine = duo.engine(x);
    let primitive = match input {
        Input::ConnectIndication => {
            let user_data = block(Kind::Recover, epoch + 1, rcv, snd).encode(Seal::Checksum, &[]);
            let connection = Connection::Incoming(77);
            let request =
                ConnectRequest { connection, user_data, identity: Bytes::new(), agreed: Agreed::ALL };
            engine.connect_indication(&request, now);
            return duo.settle();
        }
        Input::ConnectConfirm => {
            let user_data = octets(Kind::Accept, Status::Ok);
            engine.connect_confirm(connection, user_data, Bytes::new(), Agreed::ALL, now);
            return duo.settle();
        }
        Input::ConnectRefusal => {
            let user_data = Some(octets(Kind::Refuse, Status::Busy));
            engine.connect_refused(connection, &Refusal { temporary: true, user_data }, now);
            return duo.settle();
        }
        Input::Disconnected => {
            engine.disconnected(connection, &Cause::Lost, now);
            return duo.settle();
        }
        Input::Data => Primitive::Data("data".into()),
        Input::Sync => Primitive::Sync(octets(Kind::Sync, Status::Ok)),
        Input::SyncConfirm => Primitive::SyncConfirm(octets(Kind::Confirm, Status::Ok)),
        Input::Please => Primitive::Please(octets(Kind::Please, Status::Ok)),
        Input::Activity => Primitive::Start([1; 6]),
        Input::End => Primitive::End,
        Input::EndConfirm => Primitive::EndConfirm,
        Input::Interrupt => Primitive::Interrupt,
        Input::InterruptConfirm => Primitive::InterruptConfirm,
        Input::Release => Primitive::Release(octets(Kind::Release, Status::Detach)),
        Input::ReleaseConfirm => Primitive::ReleaseConfirm(octets(Kind::Released, Status::Detach)),
    };
    engine.network(connection, primitive, now);
    duo.settle();
}

#[test]
fn each_cell_of_the_running_engine() {
    for state in State::ALL {
        for input in Input::ALL {
            let (mut duo, x) = reach(state);
            let (held, open) = (duo.engine(x).inbox.held(), duo.engine(x).points.open);
            apply(&mut duo, x, input);
            let sent = |is: fn(&Primitive) -> bool| duo.count(x, is) > 0;
            let violated = duo.events[x].iter().any(|event| matches!(event, Event::Violation(_)));
            let action = cell(state, input);
            let engine = duo.engines[x].as_ref().expect("an engine");
            let as_told = match action {
                Action::Ignore => engine.state == state && duo.said.is_empty() && engine.inbox.held() == held,
                Action::Violate => violated && engine.state == State::Detached,
                // The initiator refuses when both connect, everybody else takes the newer connection; a disk that is slow
                // leaves it at that, and it does not go back.
                Action::Consider | Action::Supersede => engine.current == Some(Connection::Incoming(77)),
                Action::Collide => {
                    engine.state == state && matches!(duo.said[..], [(_, Effect::Refuse { .. })])
                }
                Action::Establish => engine.state == State::Leading,
                Action::TakeRefusal | Action::Leave => engine.state == State::Detached && !violated,
                Action::Receive => engine.state == state && engine.inbox.held() == held + 1,
                Action::Owe => sent(|primitive| matches!(primitive, Primitive::SyncConfirm(_))),
                // Without an open point a confirmation is too much.
                Action::Confirm if open == 0 => violated,
                Action::Confirm => engine.points.open == open - 1 && !violated,
                Action::Want => engine.state == state && !violated,
                Action::OpenActivity => engine.link.open,
                Action::AnswerEnd => {
                    sent(|primitive| *primitive == Primitive::EndConfirm) && !engine.link.open
                }
                Action::Ended => {
                    sent(|primitive| matches!(primitive, Primitive::Start(_))) && engine.link.open
                }
                Action::AnswerInterrupt => {
                    sent(|primitive| *primitive == Primitive::InterruptConfirm) && !engine.link.open
                }
                Action::Interrupted => sent(|primitive| matches!(primitive, Primitive::Release(_))),
                Action::AnswerRelease => {
                    sent(|primitive| matches!(primitive, Primitive::ReleaseConfirm(_))) && engine.idle
                }
                Action::Released => engine.state == State::Detached && engine.idle,
            };
            assert!(
                as_told,
                "{state:?} {input:?} {action:?}: {:?} {:?} {:?}",
                engine.state, duo.said, duo.events[x]
            );
        }
    }
}

/// A peer that says anything at any time: nothing panics, nothing grows, no deadline stays, and a new connection still works.
#[test]
fn a_hostile_peer() {
    let mut outcomes = [0u64; 4];
    for seed in 0..6_000 {
        let mut random = Random(seed);
        let x = random.below(2) as usize;
        let mut duo = Duo::connected([Config::default(), Config { can_connect: false, ..Config::default() }]);
        duo.send(0, "m");
        duo.send(1, "n");
        duo.cable = false;
        for _ in 0..60 {
            let text = vec![7; random.below(20) as usize];
            let now = duo.now;
            let engine = duo.engine(x);
            let epoch = engine.epoch.wrapping_add(random.below(4)).wrapping_sub(1);
            let true_ones = [engine.outbox.taken(), engine.inbox.durable];
            let number = |random: &mut Random| match random.below(20) {
                0 => random.next(),
                1 => u64::MAX - random.below(2),
                2..16 => true_ones[random.below(2) as usize],
                _ => random.below(4),
            };
            let kind = Kind::ALL[random.below(Kind::ALL.len() as u64) as usize];
            let status = match random.below(3) {
                0 => Status::ALL[random.below(Status::ALL.len() as u64) as usize],
                1 => Status::Close,
                _ => Status::Ok,
            };
            let seen = (random.below(3) == 0).then(|| random.below(128) as u8);
            let mut block =
                Block { kind, status, seen, ..block(kind, epoch, number(&mut random), number(&mut random)) };
            if random.below(6) == 0 {
                block.epoch = number(&mut random);
            }
            if random.below(6) == 0 {
                block.low = number(&mut random).max(1);
            }
            let right = random.below(3) > 0;
            let octets = |kind: Kind, random: &mut Random| {
                let kind = if right { kind } else { block.kind };
                let mut octets = Block { kind, ..block }.encode(Seal::Checksum, &text).to_vec();
                if random.below(10) == 0 {
                    let at = random.below(octets.len() as u64) as usize;
                    octets[at] ^= 1 << random.below(8);
                }
                if random.below(20) == 0 {
                    octets.truncate(random.below(70) as usize);
                }
                Bytes::from(octets)
            };
            let connection = engine.current.unwrap_or(Connection::Incoming(random.below(3)));
            let r = &mut random;
            let primitive = match r.below(17) {
                0 => Some(Primitive::Data(text.clone().into())),
                1 => Some(Primitive::Sync(octets(Kind::Sync, r))),
                2 => Some(Primitive::SyncConfirm(octets(Kind::Confirm, r))),
                3 => Some(Primitive::Please(octets(Kind::Please, r))),
                4 => Some(Primitive::Start([1; 6])),
                5 => Some(Primitive::Resume {
                    activity: [1; 6],
                    old: [2; 6],
                    user_data: octets(Kind::Resume, r),
                }),
                6 => Some(Primitive::End),
                7 => Some(Primitive::EndConfirm),
                8 => Some(Primitive::Interrupt),
                9 => Some(Primitive::InterruptConfirm),
                10 => Some(Primitive::Release(octets(Kind::Release, r))),
                11 => Some(Primitive::ReleaseConfirm(octets(Kind::Released, r))),
                12 => {
                    let kind = if r.below(2) == 0 { Kind::Recover } else { Kind::New };
                    let user_data = octets(kind, r);
                    let connection = Connection::Incoming(10 + r.below(1_000));
                    let request =
                        ConnectRequest { connection, user_data, identity: Bytes::new(), agreed: Agreed::ALL };
                    engine.connect_indication(&request, now);
                    None
                }
                13 => {
                    let user_data = octets(Kind::Accept, r);
                    engine.connect_confirm(connection, user_data, Bytes::new(), Agreed::ALL, now);
                    None
                }
                14 => {
                    let user_data = Some(octets(Kind::Refuse, r));
                    engine.connect_refused(
                        connection,
                        &Refusal { temporary: r.below(2) == 0, user_data },
                        now,
                    );
                    None
                }
                15 => {
                    engine.disconnected(connection, &Cause::Aborted(octets(Kind::Abort, r)), now);
                    None
                }
                _ => {
                    let _ = engine.reconnect(now);
                    None
                }
            };
            if let Some(primitive) = primitive {
                engine.network(connection, primitive, now);
            }
            duo.settle();
            if random.below(4) == 0 {
                duo.pass(Duration::from_millis(random.below(40_000)));
            }
            let engine = duo.engine(x);
            assert!(
                engine.outbox.confirmed <= engine.outbox.reach && engine.outbox.sent <= engine.outbox.taken()
            );
            assert!(engine.inbox.durable <= engine.inbox.held().max(engine.inbox.durable));
            assert!(engine.points.owed.len() <= 16);
            assert!(engine.next_timeout().is_none_or(|(at, _)| at > duo.now));
        }
        // What is in the journal can be read, whatever was said.
        let journal = &duo.journals[x];
        Dialogue::restore(Config::default(), journal, None, Instant::ZERO).expect("a journal");
        outcomes[match duo.state(x) {
            "broken" => 0,
            "closed" => 1,
            "closing" => 2,
            _ => 3,
        }] += 1;
    }
    println!("{outcomes:?}");
    assert!(outcomes.iter().all(|&n| n > 9), "{outcomes:?}");
}
