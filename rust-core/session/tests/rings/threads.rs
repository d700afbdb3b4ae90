//! Several threads, many sessions.
use crate::support::*;
use osisession::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::time::Duration;

#[test]
fn two_threads_wait_on_two_sessions_of_one_endpoint() {
    let callee = endpoint();
    let listener = listen(&callee);
    let caller = started();
    let (first, first_peer) = connected(&caller, &listener);
    let (second, second_peer) = connected(&caller, &listener);
    let sessions = [(&first, &first_peer), (&second, &second_peer)];
    for round in 0..20 {
        // Whichever of the two leads, the other one must be served.
        let order = [sessions[round % 2], sessions[(round + 1) % 2]];
        std::thread::scope(|scope| {
            let waiters = order.map(|(_, peer)| scope.spawn(move || data(peer)));
            for (initiator, _) in order {
                initiator.data_request(format!("round {round}")).expect("sent");
            }
            for waiter in waiters {
                assert_eq!(waiter.join().expect("no panic"), format!("round {round}"));
            }
        });
    }
}

#[test]
fn requests_come_from_several_threads() {
    const THREADS: usize = 4;
    const EACH: usize = 250;
    let (caller, callee) = (started(), started());
    let listener = listen(&callee);
    let (initiator, responder) = connected(&caller, &listener);
    let barrier = Barrier::new(THREADS);
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (initiator, barrier) = (&initiator, &barrier);
            scope.spawn(move || {
                barrier.wait();
                for number in 0..EACH {
                    initiator.data_request(format!("{thread} {number}")).expect("sent");
                }
            });
        }
        // Each thread's requests arrive in the order it made them.
        let mut next = [0; THREADS];
        for _ in 0..THREADS * EACH {
            let data = data(&responder);
            let text = std::str::from_utf8(&data).expect("text");
            let (thread, number) = text.split_once(' ').expect("two numbers");
            let thread: usize = thread.parse().expect("a number");
            assert_eq!(number.parse(), Ok(next[thread]));
            next[thread] += 1;
        }
        assert_eq!(next, [EACH; THREADS]);
    });
}

#[test]
fn two_hundred_sessions_at_once() {
    const SESSIONS: usize = 200;
    let (caller, callee) = (started(), started());
    let mut config = ListenerConfig::default();
    config.backlog = SESSIONS;
    config.max_connecting = 2 * SESSIONS;
    config.max_connecting_per_source = 2 * SESSIONS;
    config.early_refusal_from = 2 * SESSIONS;
    let listener = callee.listen("127.0.0.1:0", config).expect("a listener");
    let echoed = Arc::new(AtomicUsize::new(0));
    let initiators: Vec<Session> = (0..SESSIONS)
        .map(|number| {
            let session = connect(&caller, &listener);
            let echoed = echoed.clone();
            session.set_handler(Some(Box::new(move |session, event| match event {
                Event::ConnectConfirm(_) => session.data_request(format!("{number}")).expect("sent"),
                Event::DataIndication(data) => {
                    assert_eq!(data, format!("{number}"));
                    session.release_request(Bytes::new()).expect("sent");
                }
                Event::ReleaseConfirm(_) => {
                    echoed.fetch_add(1, Ordering::SeqCst);
                }
                other => panic!("{other:?}"),
            })));
            session
        })
        .collect();
    let responders: Vec<Session> = (0..SESSIONS)
        .map(|_| {
            let session = listener.accept(LONG).expect("a caller");
            session.set_handler(Some(Box::new(|session, event| match event {
                Event::ConnectIndication(_) => {
                    session.connect_response(ConnectResponse::default()).expect("sent")
                }
                Event::DataIndication(data) => session.data_request(data).expect("sent"),
                Event::ReleaseIndication(_) => session.release_response(Bytes::new()).expect("sent"),
                other => panic!("{other:?}"),
            })));
            session
        })
        .collect();
    let end = std::time::Instant::now() + Duration::from_secs(20);
    while echoed.load(Ordering::SeqCst) < SESSIONS {
        assert!(std::time::Instant::now() < end, "{} of {SESSIONS}", echoed.load(Ordering::SeqCst));
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(initiators.iter().chain(&responders).all(Session::is_over));
}

#[test]
fn a_flood_from_one_peer_does_not_starve_another() {
    let (caller, callee) = (started(), started());
    let listener = listen(&callee);
    let (flooder, flooded) = connected(&caller, &listener);
    let (quiet, quiet_peer) = connected(&caller, &listener);
    flooded.set_handler(Some(Box::new(|_, event| assert!(matches!(event, Event::DataIndication(_))))));
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::SeqCst) {
                if flooder.data_request(vec![0; 60_000]).is_err() {
                    flooder.wait_writable(LONG).expect("room");
                }
            }
        });
        for round in 0..50 {
            quiet.data_request(format!("{round}")).expect("sent");
            assert_eq!(data(&quiet_peer), format!("{round}"));
        }
        stop.store(true, Ordering::SeqCst);
    });
}

#[test]
fn another_thread_closes_what_one_waits_for() {
    let (caller, callee) = (endpoint(), endpoint());
    let listener = listen(&callee);
    let (initiator, _responder) = connected(&caller, &listener);
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| initiator.next_event(None));
        std::thread::sleep(Duration::from_millis(20));
        initiator.close();
        assert_eq!(waiter.join().expect("no panic").expect_err("closed").kind(), ErrorKind::Closed);
    });
}

#[test]
fn a_wait_ends_in_time() {
    let endpoint = endpoint();
    let listener = listen(&endpoint);
    let (initiator, _responder) = connected(&endpoint, &listener);
    let short = Some(Duration::from_millis(20));
    assert_eq!(initiator.next_event(short).expect_err("nothing").kind(), ErrorKind::TimedOut);
    assert_eq!(initiator.next_event(Some(Duration::ZERO)).expect_err("nothing").kind(), ErrorKind::TimedOut);
    assert_eq!(listener.accept(short).expect_err("nobody").kind(), ErrorKind::TimedOut);
    // Also for those who do not drive.
    endpoint.start().expect("a thread");
    assert_eq!(initiator.next_event(short).expect_err("nothing").kind(), ErrorKind::TimedOut);
    assert_eq!(endpoint.dispatch(short), Ok(0));
}
