use super::table::{Do, Input};
use super::*;
use crate::error::{Error, ErrorKind, Layer};
use crate::time::{Duration, Instant};

const SECOND: Duration = Duration::from_secs(1);

fn error() -> Error {
    Error::new(ErrorKind::Transport, Layer::Network, "nobody there")
}

fn engine(change: impl FnOnce(&mut Config)) -> (Reconnect<u32>, Instant) {
    let mut config = Config::default();
    change(&mut config);
    let now = Instant::from_millis(1000);
    (Reconnect::new(config, 7, now).unwrap(), now)
}

fn events(engine: &mut Reconnect<u32>) -> Vec<Event> {
    core::iter::from_fn(|| engine.poll_event()).collect()
}

/// The attempt that is asked for.
fn attempt(engine: &mut Reconnect<u32>) -> u64 {
    match engine.poll_action() {
        Some(Action::Open { attempt }) => attempt,
        other => panic!("{other:?} in {:?}", engine.progress()),
    }
}

fn wait(engine: &mut Reconnect<u32>, deadline: Option<Instant>, now: Instant) -> Ticket {
    match engine.want(deadline, now) {
        Ok(Wanted::Wait(ticket)) => ticket,
        other => panic!("{other:?}"),
    }
}

#[test]
fn cell_by_cell() {
    use Input as On;
    let inputs = [
        On::Want,
        On::Unwanted,
        On::Opened,
        On::Failed,
        On::Refused,
        On::Lost,
        On::Quiet,
        On::Due,
        On::Stop,
        On::Reset,
    ];
    let (o, x, g, h) = (Do::Nothing, Do::Impossible, Do::GiveUp, Do::Halt);
    let cells = [
        (State::Idle, [Do::Open, o, x, x, x, x, x, x, g, o]),
        (State::Opening, [Do::Queue, o, Do::Rise, Do::Fail, g, x, x, Do::Abandon, h, o]),
        (State::Waiting, [Do::Queue, Do::Cease, x, x, x, x, x, Do::OpenNow, g, Do::OpenNow]),
        (State::Up, [Do::Serve, o, x, x, x, Do::Fall, Do::Close, x, g, o]),
        (State::Closing, [Do::Queue, o, x, x, x, Do::Rest, x, Do::Abort, g, o]),
        (State::Tripped, [Do::Reject, o, x, x, x, x, x, Do::Arm, g, Do::Arm]),
        (State::Armed, [Do::Try, o, x, x, x, x, x, x, g, o]),
        (State::Trial, [Do::Queue, o, Do::Rise, Do::TripAgain, g, x, x, Do::Abandon, h, o]),
        (State::Stopped, [Do::Reject, o, x, x, x, x, x, x, o, Do::Begin]),
    ];
    for (state, row) in cells {
        for (input, expected) in inputs.into_iter().zip(row) {
            assert_eq!(state.on(input), expected, "{state:?} {input:?}");
        }
    }
}

#[test]
fn delays_double_up_to_the_longest_and_jitter_halves_them_at_most() {
    let (mut engine, mut now) = engine(|config| config.trip_after = None);
    wait(&mut engine, None, now);
    let mut whole = Duration::from_millis(200);
    let mut delays = Vec::new();
    for failures in 0..20 {
        assert!(events(&mut engine).contains(&Event::Attempt { failures }));
        let attempt = attempt(&mut engine);
        engine.failed(attempt, error(), false, now);
        let next = engine.next_timeout().unwrap();
        let delay = next - now;
        assert!(delay >= whole / 2 && delay <= whole, "{delay:?} of {whole:?}");
        assert_eq!(events(&mut engine), [Event::Failed { error: error(), next: Some(next) }]);
        assert_eq!(engine.progress().next, Some(next));
        delays.push(delay.as_nanos() * 1000 / whole.as_nanos());
        whole = (whole * 2).min(Duration::from_secs(30));
        now = next;
        engine.handle_timeout(now);
    }
    delays.dedup();
    assert!(delays.len() > 15, "no jitter: {delays:?}");
}

#[test]
fn a_busy_peer_is_left_alone_for_a_while() {
    let (mut engine, now) = engine(|_| {});
    wait(&mut engine, None, now);
    let attempt = attempt(&mut engine);
    engine.failed(attempt, error(), true, now);
    assert!(engine.next_timeout().unwrap() >= now + SECOND);
}

#[test]
fn the_circuit_opens_is_tried_and_closes() {
    let (mut engine, mut now) = engine(|config| config.trip_after = Some(3));
    let ticket = wait(&mut engine, None, now);
    for _ in 0..2 {
        let attempt = attempt(&mut engine);
        engine.failed(attempt, error(), false, now);
        now = engine.next_timeout().unwrap();
        engine.handle_timeout(now);
    }
    let third = attempt(&mut engine);
    events(&mut engine);
    engine.failed(third, error(), false, now);
    assert_eq!(
        events(&mut engine),
        [
            Event::Failed { error: error(), next: None },
            Event::Circuit(Circuit::Open),
            Event::GivenUp { ticket, error: error() }
        ]
    );
    assert_eq!(engine.want(None, now), Err(error()), "fails at once");
    let mut time = Duration::from_secs(30);
    for _ in 0..2 {
        assert_eq!(engine.next_timeout(), Some(now + time));
        now = now + time;
        engine.handle_timeout(now);
        assert_eq!(events(&mut engine), [Event::Circuit(Circuit::HalfOpen)]);
        assert_eq!(engine.poll_action(), None, "nobody wants it");
        let one = wait(&mut engine, None, now);
        wait(&mut engine, None, now);
        let trial = attempt(&mut engine);
        assert_eq!(engine.poll_action(), None, "one attempt for both");
        events(&mut engine);
        engine.failed(trial, error(), false, now);
        assert_eq!(
            events(&mut engine)[1..3],
            [Event::Circuit(Circuit::Open), Event::GivenUp { ticket: one, error: error() }]
        );
        time *= 2;
    }
    now = now + time;
    engine.handle_timeout(now);
    let ticket = wait(&mut engine, None, now);
    let trial = attempt(&mut engine);
    events(&mut engine);
    engine.opened(trial, 5, now);
    assert_eq!(events(&mut engine), [Event::Circuit(Circuit::Closed), Event::Up, Event::Ready(ticket)]);
    assert_eq!(engine.want(None, now), Ok(Wanted::Ready));
    assert_eq!(engine.session(), Some(&mut 5));
}

#[test]
fn deadlines_of_those_who_wait_and_of_attempts() {
    let (mut engine, now) = engine(|_| {});
    let one = wait(&mut engine, Some(now + SECOND), now);
    let first = attempt(&mut engine);
    assert_eq!(engine.want(Some(now), now).unwrap_err().kind(), ErrorKind::TimedOut);
    assert_eq!(engine.next_timeout(), Some(now + SECOND));
    events(&mut engine);
    engine.handle_timeout(now + SECOND);
    let told = events(&mut engine);
    assert!(
        matches!(&told[..], [Event::GivenUp { ticket, error }] if *ticket == one && error.kind() == ErrorKind::TimedOut),
        "{told:?}"
    );
    // The attempt goes on, for a while.
    let now = now + SECOND * 10;
    assert_eq!(engine.next_timeout(), Some(now));
    engine.handle_timeout(now);
    assert_eq!(engine.poll_action(), Some(Action::Abandon { attempt: first }));
    assert_eq!(engine.progress().state, State::Idle, "nobody wants it any more");
    engine.opened(first, 9, now);
    assert_eq!(engine.poll_action(), Some(Action::Abort(9)), "it was taken back");
    // Who comes too soon after that waits for the delay.
    wait(&mut engine, None, now);
    assert_eq!(engine.progress().state, State::Waiting);
    let forgotten = wait(&mut engine, None, now);
    engine.forget(forgotten, now);
    assert_eq!(engine.progress().state, State::Waiting);
}

#[test]
fn idle_close_and_reopening() {
    let (mut engine, mut now) = engine(|config| config.idle_after = Some(SECOND * 5));
    wait(&mut engine, None, now);
    let first = attempt(&mut engine);
    engine.opened(first, 1, now);
    now = now + SECOND * 3;
    engine.busy(true, now);
    assert_eq!(engine.next_timeout(), None);
    now = now + SECOND * 100;
    engine.handle_timeout(now);
    engine.busy(false, now);
    assert_eq!(engine.next_timeout(), Some(now + SECOND * 5));
    now = now + SECOND * 4;
    engine.used(now);
    engine.handle_timeout(now + SECOND);
    assert_eq!(engine.poll_action(), None);
    now = now + SECOND * 5;
    events(&mut engine);
    engine.handle_timeout(now);
    assert_eq!(engine.poll_action(), Some(Action::Close));
    assert_eq!(engine.progress().state, State::Closing);
    // Somebody comes while it is being closed.
    let ticket = wait(&mut engine, None, now);
    assert_eq!(engine.poll_action(), None);
    assert_eq!(engine.closed(now), Some(1));
    let second = attempt(&mut engine);
    engine.opened(second, 2, now);
    assert_eq!(
        events(&mut engine),
        [Event::Down { error: None }, Event::Attempt { failures: 0 }, Event::Up, Event::Ready(ticket)]
    );
    // One that does not close is aborted.
    now = now + SECOND * 5;
    engine.handle_timeout(now);
    assert_eq!(engine.poll_action(), Some(Action::Close));
    engine.handle_timeout(now + SECOND * 5);
    assert_eq!(engine.poll_action(), Some(Action::Abort(2)));
    assert_eq!(engine.progress().state, State::Idle);
    assert_eq!(engine.next_timeout(), None);
}

#[test]
fn a_session_that_is_lost() {
    let (mut engine, mut now) = engine(|config| config.keep_open = true);
    let first = attempt(&mut engine);
    engine.opened(first, 1, now);
    // It lived long: at once.
    now = now + SECOND * 60;
    assert_eq!(engine.lost(error(), now), Some(1));
    let second = attempt(&mut engine);
    engine.opened(second, 2, now);
    // It did not.
    assert_eq!(engine.lost(error(), now), Some(2));
    assert_eq!(engine.lost(error(), now), None);
    assert_eq!(engine.progress().state, State::Waiting);
    assert!(engine.next_timeout().unwrap() >= now + Duration::from_millis(100));
    engine.reset(now);
    let third = attempt(&mut engine);
    engine.refused(third, error(), now);
    assert_eq!(events(&mut engine).last(), Some(&Event::Stopped(error())));
    assert_eq!(engine.next_timeout(), None);
    assert_eq!(engine.poll_action(), None);
    engine.reset(now);
    let fourth = attempt(&mut engine);
    engine.opened(fourth, 4, now);
    engine.stop(now);
    assert_eq!(engine.poll_action(), Some(Action::Abort(4)));
    assert!(engine.want(None, now).is_err());
}

#[test]
fn limits() {
    let (mut engine, now) = engine(|config| config.max_waiting = 2);
    wait(&mut engine, None, now);
    wait(&mut engine, None, now);
    assert_eq!(engine.want(None, now).unwrap_err().kind(), ErrorKind::LimitHit);
    for change in [
        |config: &mut Config| config.first_delay = Duration::ZERO,
        |config: &mut Config| config.idle_after = Some(Duration::ZERO),
        |config: &mut Config| config.trip_after = Some(0),
        |config: &mut Config| config.max_waiting = 0,
    ] {
        let mut config = Config::default();
        change(&mut config);
        assert_eq!(Reconnect::<u32>::new(config, 1, now).unwrap_err().kind(), ErrorKind::Invalid);
    }
}

/// Whatever happens: at most one attempt at a time, no session is forgotten, who waits is answered once.
#[test]
fn anything_under_two_thousand_seeds() {
    let mut opened = 0;
    for seed in 0..2_000u64 {
        let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut draw = move |bound: u64| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random % bound
        };
        let (mut engine, mut now) = engine(|config| {
            config.keep_open = draw(2) == 0;
            config.idle_after = (draw(2) == 0).then_some(SECOND * 2);
            config.trip_after = (draw(3) > 0).then_some(1 + draw(4) as u32);
        });
        let (mut under_way, mut sessions, mut tickets) = (None, Vec::new(), Vec::new());
        let (mut made, mut closing) = (0, false);
        for _ in 0..300 {
            match draw(12) {
                0..=2 => {
                    let deadline = (draw(2) == 0).then_some(now + SECOND * (1 + draw(5) as u32));
                    match engine.want(deadline, now) {
                        Ok(Wanted::Ready) => assert_eq!(sessions.len(), 1),
                        Ok(Wanted::Wait(ticket)) => tickets.push(ticket),
                        Err(_) => {}
                    }
                }
                3 | 4 => {
                    if let Some(attempt) = under_way.take() {
                        made += 1;
                        opened += 1;
                        sessions.push(made);
                        engine.opened(attempt, made, now);
                    }
                }
                5 | 6 => {
                    if let Some(attempt) = under_way.take() {
                        engine.failed(attempt, error(), draw(2) == 0, now);
                    }
                }
                7 if draw(8) == 0 => {
                    if let Some(attempt) = under_way.take() {
                        engine.refused(attempt, error(), now);
                    }
                }
                8 => sessions.retain(|session| engine.lost(error(), now) != Some(*session)),
                9 if closing => sessions.retain(|session| engine.closed(now) != Some(*session)),
                10 if draw(16) == 0 => engine.stop(now),
                10 if draw(8) == 0 => engine.reset(now),
                11 if !tickets.is_empty() => {
                    let ticket = tickets.swap_remove(draw(tickets.len() as u64) as usize);
                    engine.forget(ticket, now);
                }
                _ => {
                    now = now + Duration::from_millis(draw(3_000));
                    engine.handle_timeout(now);
                }
            }
            while let Some(action) = engine.poll_action() {
                match action {
                    Action::Open { attempt } => {
                        assert!(under_way.is_none() && sessions.is_empty(), "seed {seed}");
                        under_way = Some(attempt);
                    }
                    Action::Abandon { attempt } => assert_eq!(under_way.take(), Some(attempt), "seed {seed}"),
                    Action::Close => closing = true,
                    Action::Abort(session) => sessions.retain(|other| *other != session),
                }
            }
            closing &= engine.progress().state == State::Closing;
            while let Some(event) = engine.poll_event() {
                if let Event::Ready(ticket) | Event::GivenUp { ticket, .. } = event {
                    let before = tickets.len();
                    tickets.retain(|other| *other != ticket);
                    assert_eq!(tickets.len() + 1, before, "seed {seed}: {ticket:?} was answered twice");
                }
            }
            assert_eq!(engine.session().is_some(), !sessions.is_empty(), "seed {seed}");
            let progress = engine.progress();
            assert_eq!(progress.waiting, tickets.len(), "seed {seed}");
            assert!(
                tickets.is_empty() || engine.next_timeout().is_some() || under_way.is_some(),
                "seed {seed}: {progress:?} waits for nothing"
            );
        }
    }
    assert!(opened > 10_000, "{opened}");
}
