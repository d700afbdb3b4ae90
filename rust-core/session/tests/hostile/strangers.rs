//! Bad input over real sockets: each kind ends in bounded time and memory, with a precise reason, and others are served.
use crate::log;
use crate::support::*;
use osisession::*;
use osisession_testkit::bench::Rng;
use osisession_testkit::hostile::{Caller, Kind, Step, caller};
use std::io::{ErrorKind as Io, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A listener with room for everybody, and patient: what ends there is not ended by a deadline.
fn listen(endpoint: &Endpoint, set: impl FnOnce(&mut ListenerConfig)) -> Listener {
    let mut config = ListenerConfig::default();
    config.max_connecting_per_source = 1_000;
    config.max_connecting = 1_000;
    config.early_refusal_from = usize::MAX;
    config.session.limits.connect_timeout = Duration::from_secs(60);
    config.session.limits.tpkt_header_timeout = Duration::from_secs(60);
    config.session.limits.tsdu_timeout = Duration::from_secs(60);
    set(&mut config);
    endpoint.listen("127.0.0.1:0", config).expect("a listener")
}

/// Little patience.
fn hasty(config: &mut ListenerConfig) {
    config.session.limits.connect_timeout = Duration::from_millis(600);
    config.session.limits.tpkt_header_timeout = Duration::from_millis(300);
    config.session.limits.tsdu_timeout = Duration::from_millis(500);
    config.session.limits.tsdu_timeout_per_kib = Duration::ZERO;
}

fn dial(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).expect("connected");
    stream.set_nodelay(true).expect("set");
    stream.set_read_timeout(LONG).expect("set");
    stream.set_write_timeout(LONG).expect("set");
    stream
}

/// The other side ended it: with a reset, if it did not want what was under way.
fn is_over(error: &std::io::Error) -> bool {
    assert!(!matches!(error.kind(), Io::WouldBlock | Io::TimedOut), "the listener bears it for ever");
    matches!(error.kind(), Io::ConnectionReset | Io::BrokenPipe | Io::UnexpectedEof)
}

/// Everything until the end; how many octets.
fn drain(stream: &mut TcpStream) -> usize {
    let mut buffer = [0; 4096];
    let mut octets = 0;
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return octets,
            Ok(count) => octets += count,
            Err(error) if is_over(&error) => return octets,
            Err(error) => panic!("{error}"),
        }
    }
}

/// Does what the caller does.
fn play(address: &str, caller: &Caller) {
    let mut stream = dial(address);
    for step in &caller.steps {
        let outcome = match step {
            Step::Send(octets) => stream.write_all(octets),
            Step::Repeat(octets, most) => (0..*most).try_for_each(|_| stream.write_all(octets)),
            Step::Read => {
                let mut header = [0; 4];
                stream.read_exact(&mut header).and_then(|()| {
                    let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
                    stream.read_exact(&mut vec![0; length - 4])
                })
            }
            Step::AwaitEnd => {
                drain(&mut stream);
                Ok(())
            }
            Step::Finish => stream.shutdown(Shutdown::Write),
            Step::Reset => socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)),
        };
        if let Err(error) = outcome {
            assert!(is_over(&error) || error.kind() == Io::NotConnected, "{:?}: {error}", caller.kind);
            return;
        }
    }
}

/// A user that takes everybody, and answers what is asked.
#[derive(Default)]
struct Host {
    sessions: Vec<Session>,
    ends: Vec<String>,
}

impl Host {
    fn serve(&mut self, listener: &Listener) {
        self.sessions.extend(std::iter::from_fn(|| listener.try_accept()));
        self.sessions.retain(|session| {
            while let Some(event) = session.try_next_event() {
                match event {
                    Event::ConnectIndication(connect) => {
                        let units = connect.functional_units;
                        let duplex = units.contains(FunctionalUnits::DUPLEX);
                        let answer = if duplex { FunctionalUnits::DUPLEX } else { units };
                        let response =
                            ConnectResponse { functional_units: answer, ..ConnectResponse::default() };
                        let _ = session.connect_response(response);
                    }
                    Event::DataIndication(_) => {
                        let _ = session.data_request(vec![7; 60_000]);
                    }
                    Event::ReleaseIndication(_) => {
                        let _ = session.release_response(Bytes::new());
                    }
                    Event::PAbortIndication(_, error) => {
                        self.ends.push(error.map(|error| error.to_string()).unwrap_or_default());
                    }
                    _ => {}
                }
            }
            !session.is_over()
        });
    }
}

/// A caller that means well is served.
fn is_served(address: &str, config: SessionConfig) {
    let caller = endpoint();
    let end = Instant::now() + Duration::from_secs(30);
    // A listener of little patience on a busy machine may need another call.
    let session = loop {
        let session = caller.connect(address, ConnectRequest::default(), config.clone()).expect("an attempt");
        match session.wait_connected(LONG) {
            Ok(_) => break session,
            Err(error) => assert!(Instant::now() < end, "{error}"),
        }
    };
    session.data_request("ask").expect("sent");
    match session.next_event(LONG) {
        Ok(Event::DataIndication(data)) => assert_eq!(data.len(), 60_000),
        other => panic!("{other:?}"),
    }
    session.release_request(Bytes::new()).expect("asked");
    assert!(matches!(session.next_event(LONG), Ok(Event::ReleaseConfirm(_))));
}

/// Serves in this thread, with its log kept, while something goes on in another one.
fn serving<R: Send>(
    endpoint: &Endpoint,
    listener: &Listener,
    host: &mut Host,
    goes_on: impl FnOnce() -> R + Send,
) -> R {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            // Also when it panics.
            struct Done<'a>(&'a AtomicBool);
            impl Drop for Done<'_> {
                fn drop(&mut self) {
                    self.0.store(true, Ordering::SeqCst);
                }
            }
            let _done = Done(&done);
            goes_on()
        });
        while !done.load(Ordering::SeqCst) {
            log::dispatch(endpoint, Duration::from_millis(2));
            host.serve(listener);
        }
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

#[test]
fn each_kind_ends_with_its_reason_and_others_are_served() {
    let endpoint = endpoint();
    let listener = listen(&endpoint, |_| {});
    let address = listener.local_address();
    let mut host = Host::default();
    let mut rng = Rng::new(3);
    for &kind in Kind::ALL {
        for _ in 0..6 {
            log::take();
            host.ends.clear();
            let stranger = caller(kind, &mut rng);
            let begin = Instant::now();
            serving(&endpoint, &listener, &mut host, || play(&address, &stranger));
            // The reason is told soon after.
            let mut told = Vec::new();
            let end = Instant::now() + Duration::from_secs(10);
            while told.is_empty() {
                assert!(Instant::now() < end, "{kind:?}: no reason is told");
                log::dispatch(&endpoint, Duration::from_millis(1));
                host.serve(&listener);
                let lines = log::take().into_iter().filter(|line| {
                    !line.starts_with("the network connection is up")
                        && !line.starts_with("the session connection is accepted")
                });
                told.extend(lines);
            }
            assert!(begin.elapsed() < Duration::from_secs(10), "{kind:?} took {:?}", begin.elapsed());
            let refusals: Vec<_> =
                std::iter::from_fn(|| endpoint.next_refusal()).map(|refusal| refusal.error).collect();
            assert!(
                told.iter().any(|line| line.contains(stranger.reason)),
                "{kind:?}: {told:?} instead of {}",
                stranger.reason
            );
            let scan = matches!(kind, Kind::Scan | Kind::ScanReset);
            assert_eq!(
                refusals.len() + host.ends.len(),
                usize::from(!scan),
                "{kind:?}: {refusals:?} {:?}",
                host.ends
            );
            for error in refusals {
                assert!(error.to_string().contains(stranger.reason), "{kind:?}: {error}");
                assert!(
                    matches!(error.kind(), ErrorKind::Peer | ErrorKind::LimitHit | ErrorKind::Transport),
                    "{error:?}"
                );
            }
            assert!(host.ends.iter().all(|end| end.contains(stranger.reason)), "{kind:?}: {:?}", host.ends);
        }
        serving(&endpoint, &listener, &mut host, || is_served(&address, SessionConfig::default()));
        log::take();
        host.ends.clear();
    }
    // Nobody is left.
    drive("all are gone", &[&endpoint], || {
        host.serve(&listener);
        host.sessions.is_empty() && endpoint.next_timeout().is_none()
    });
}

/// How an endpoint without a log is served in the background, until this is dropped.
struct Background<'a>(&'a AtomicBool);

impl Drop for Background<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Runs with the listener served.
fn hosted<R>(endpoint: &Endpoint, listener: &Listener, f: impl FnOnce() -> R) -> R {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut host = Host::default();
            while !over.load(Ordering::SeqCst) {
                endpoint.dispatch(Some(Duration::from_millis(2))).expect("dispatched");
                host.serve(listener);
            }
        });
        let _background = Background(&over);
        f()
    })
}

/// The next refusal, which comes soon.
fn refusal(endpoint: &Endpoint) -> Error {
    let mut found = None;
    until("a refusal", || {
        found = endpoint.next_refusal();
        found.is_some()
    });
    found.expect("found").error
}

#[test]
fn tpkt_lengths_0_to_7_and_65535() {
    let endpoint = endpoint();
    let listener = listen(&endpoint, hasty);
    let address = listener.local_address();
    hosted(&endpoint, &listener, || {
        for length in 0..=7_u8 {
            let mut stream = dial(&address);
            // More follows than is announced.
            stream.write_all(&[3, 0, 0, length, 2, 0xe0, 0, 0, 0]).expect("sent");
            drain(&mut stream);
            let error = refusal(&endpoint);
            if length < 7 {
                assert_eq!(
                    (error.layer(), error.details().offset),
                    (Layer::Tpkt, Some(2)),
                    "{length}: {error}"
                );
                assert_eq!(error.details().found.as_deref(), Some(&*length.to_string()), "{error:?}");
            } else {
                assert_eq!((error.layer(), error.details().pdu), (Layer::Transport, Some("CR")), "{error}");
            }
            assert!(error.details().clause.is_some(), "{error:?}");
        }
        // The longest one is waited for, and no longer than a TSDU may take.
        let begin = Instant::now();
        let mut stream = dial(&address);
        stream.write_all(&[3, 0, 0xff, 0xff, 2, 0xf0, 0x80]).expect("sent");
        drain(&mut stream);
        let took = begin.elapsed();
        assert!((500..10_000).contains(&took.as_millis()), "{took:?}");
        assert!(refusal(&endpoint).to_string().contains("after 7 of 65535 octets"));
        // A whole one is read, and is too large for a CR.
        let mut stream = dial(&address);
        let mut octets = vec![0; 65_535];
        octets[..7].copy_from_slice(&[3, 0, 0xff, 0xff, 0xfe, 0xe0, 0]);
        let _ = stream.write_all(&octets);
        drain(&mut stream);
        assert_eq!(refusal(&endpoint).details().pdu, Some("CR"));
        is_served(&address, SessionConfig::default());
    });
}

#[test]
fn octets_one_by_one() {
    let endpoint = endpoint();
    let listener = listen(&endpoint, hasty);
    let address = listener.local_address();
    hosted(&endpoint, &listener, || {
        // Slow enough that no deadline is kept, fast enough that none of them is a silence: from the CR on, and from the CONNECT on.
        for (quick, slow) in [(&b""[..], [CR, &dt(CN)].concat()), (CR, dt(CN))] {
            let mut stream = dial(&address);
            stream.write_all(quick).expect("sent");
            let begin = Instant::now();
            let mut sent = 0;
            stream.set_read_timeout(Some(Duration::from_millis(90))).expect("set");
            for octet in slow.iter().cycle() {
                sent += 1;
                let mut answer = [0; 64];
                if stream.write_all(&[*octet]).is_err() {
                    break;
                }
                match stream.read(&mut answer) {
                    Ok(0) => break,
                    Err(error) if !matches!(error.kind(), Io::WouldBlock | Io::TimedOut) => break,
                    _ => {}
                }
                assert!(
                    begin.elapsed() < Duration::from_millis(1_600),
                    "after {sent} octets it is still borne"
                );
            }
            let error = refusal(&endpoint);
            assert!(matches!(error.kind(), ErrorKind::Transport | ErrorKind::TimedOut), "{error:?}");
            let text = error.to_string();
            assert!(text.contains("stopped inside a TPKT") || text.contains("within 600ms"), "{text}");
        }
        is_served(&address, SessionConfig::default());
    });
}

#[test]
fn a_flood_of_half_open_connections() {
    const PLACES: usize = 50;
    let endpoint = endpoint();
    let listener = listen(&endpoint, |config| {
        config.max_connecting = PLACES;
        config.early_refusal_from = 20;
        config.session.limits.connect_timeout = Duration::from_secs(3);
    });
    let address = listener.local_address();
    hosted(&endpoint, &listener, || {
        let begin = Instant::now();
        let mut flood: Vec<TcpStream> = (0..400).map(|_| dial(&address)).collect();
        until("all were seen", || endpoint.counters().callers == 400);
        let away = endpoint.counters().callers_turned_away;
        let in_time = begin.elapsed() < Duration::from_secs(3);
        if in_time {
            assert!(away >= 400 - PLACES as u64, "{away}");
        }
        // Who was turned away learns it at once, the others when their time is over.
        flood.iter_mut().for_each(|stream| assert_eq!(drain(stream), 0));
        assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
        let reasons: Vec<Error> =
            std::iter::from_fn(|| endpoint.next_refusal()).map(|refusal| refusal.error).collect();
        assert!(!reasons.is_empty() && reasons.len() <= PLACES.max(400 - away as usize));
        for error in reasons {
            assert_eq!(error.kind(), ErrorKind::TimedOut);
            assert!(error.to_string().contains("no CR from 127.0.0.1:"), "{error}");
        }
        is_served(&address, SessionConfig::default());
    });
}

#[test]
fn an_ssdu_without_an_end_fills_no_memory() {
    const QUEUE: usize = 256 << 10;
    for pieces in [false, true] {
        let endpoint = endpoint();
        let listener = listen(&endpoint, |config| {
            config.session.pieces = pieces;
            config.session.limits.queued_event_octets = QUEUE;
            config.session.limits.tsdu_reassembly = QUEUE;
            config.session.limits.tsdu_timeout = Duration::from_secs(60);
        });
        let mut stream = dial(&listener.local_address());
        stream.write_all(CR).expect("sent");
        let mut session = None;
        drive("T-CONNECT", &[&endpoint], || {
            stream.set_nonblocking(true).expect("set");
            stream.peek(&mut [0; 1]).is_ok()
        });
        let _ = stream.write_all(&dt(CN));
        drive("S-CONNECT", &[&endpoint], || {
            session = session.take().or_else(|| listener.try_accept());
            session.is_some()
        });
        let session = session.expect("a caller");
        session.try_next_event().expect("the indication");
        session.connect_response(ConnectResponse::default()).expect("accepted");
        let before = endpoint.counters().octets_received;
        let mut part = vec![1, 0, 1, 0];
        part.resize(16_000, 7);
        let first = {
            let mut octets = dt(&part);
            octets[6] = 0;
            octets
        };
        let next = {
            let mut octets = dt(&vec![7; 16_000]);
            octets[6] = 0;
            octets
        };
        let mut output: Vec<u8> = first;
        let mut sent = 0_usize;
        let mut quiet = 0;
        while quiet < 300 && !session.is_over() {
            match stream.write(&output) {
                Ok(count) => {
                    output.drain(..count);
                    sent += count;
                    quiet = 0;
                }
                Err(error) if error.kind() == Io::WouldBlock => quiet += 1,
                Err(error) => panic!("{error}"),
            }
            if output.is_empty() {
                output.extend_from_slice(&next);
            }
            assert!(sent < 256 << 20, "there is no end");
            endpoint.dispatch(Some(Duration::from_millis(1))).expect("dispatched");
        }
        let taken = (endpoint.counters().octets_received - before) as usize;
        // The limit, and what one turn reads on before it is looked at.
        assert!(taken <= QUEUE + 6 * 65_536, "{taken} octets were taken, pieces: {pieces}");
        if pieces {
            // Reading rests; once the user takes what came, it goes on.
            assert!(!session.is_over());
            let mut octets = 0;
            while let Some(event) = session.try_next_event() {
                octets += event.user_data().len();
            }
            assert!(octets <= taken && octets + 2 * 65_536 >= QUEUE, "{octets} of {taken}");
            drive("reading goes on", &[&endpoint], || session.try_next_event().is_some());
        } else {
            match session.try_next_event() {
                Some(Event::PAbortIndication(_, Some(error))) => {
                    assert_eq!(error.kind(), ErrorKind::LimitHit, "{error}");
                    assert!(error.to_string().contains("tsdu_reassembly"), "{error}");
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn a_peer_that_never_reads() {
    const QUEUE: usize = 256 << 10;
    let endpoint = started();
    let listener = listen(&endpoint, |config| {
        config.session.limits.queued_send_octets = QUEUE;
        config.session.limits.tim = Duration::from_millis(400);
    });
    let mut stream = dial(&listener.local_address());
    stream.write_all(CR).expect("sent");
    stream.peek(&mut [0; 1]).expect("CC");
    stream.write_all(&dt(CN)).expect("sent");
    let session = listener.accept(LONG).expect("a caller");
    assert!(matches!(session.next_event(LONG), Ok(Event::ConnectIndication(_))));
    session.connect_response(ConnectResponse::default()).expect("accepted");
    let before = endpoint.counters().octets_sent;
    let mut asked = 0_usize;
    // Full for a second: the system's buffers are full, too.
    loop {
        match session.data_request(vec![1; 32_768]) {
            Ok(()) => asked += 32_768,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::WouldBlock, "{error}");
                match session.wait_writable(Some(Duration::from_secs(1))) {
                    Ok(()) => {}
                    Err(error) if error.kind() == ErrorKind::TimedOut => break,
                    Err(error) => panic!("{error}"),
                }
            }
        }
        assert!(asked < 1 << 30, "there is no end");
    }
    let held = asked - (endpoint.counters().octets_sent - before) as usize;
    // The limit, the request that went over it, and nothing else.
    assert!(held <= QUEUE + 2 * 32_768, "{held}");
    // Its user gives up. The connection is kept no longer than TIM and the time for the last octets, though the peer takes none.
    let begin = Instant::now();
    session.close();
    until("the connection is gone", || endpoint.next_timeout().is_none());
    assert!(begin.elapsed() < Duration::from_secs(25), "{:?}", begin.elapsed());
    drain(&mut stream);
}

#[cfg(feature = "tls")]
#[test]
fn strangers_at_a_tls_port() {
    let pki = crate::pki::Pki::new();
    let endpoint = endpoint();
    let listener = listen(&endpoint, |config| {
        config.session.tls = Some(Tls::new(&pki.listening()).expect("a usable configuration"));
    });
    let address = listener.local_address();
    let mut rng = Rng::new(5);
    hosted(&endpoint, &listener, || {
        for &kind in Kind::ALL {
            for _ in 0..4 {
                // Nobody gets as far as an answer: what would follow one is left out.
                let mut stranger = caller(kind, &mut rng);
                if let Some(at) = stranger.steps.iter().position(|step| *step == Step::Read) {
                    stranger.steps.truncate(at);
                    stranger.steps.push(Step::AwaitEnd);
                }
                play(&address, &stranger);
                if matches!(kind, Kind::Scan | Kind::ScanReset) {
                    continue;
                }
                let error = refusal(&endpoint);
                assert_eq!(error.layer(), Layer::Network, "{kind:?}: {error}");
                assert!(error.to_string().contains("TLS"), "{kind:?}: {error}");
            }
            let mut config = SessionConfig::default();
            config.tls = Some(Tls::new(&pki.calling()).expect("a usable configuration"));
            is_served(&address, config);
        }
    });
    // A certificate of the wrong authority is one more stranger.
    let other = crate::pki::Pki::new();
    hosted(&endpoint, &listener, || {
        let caller = crate::support::endpoint();
        let mut config = SessionConfig::default();
        let mut tls = pki.calling();
        (tls.certificate_chain, tls.private_key) =
            (other.calling().certificate_chain, other.calling().private_key);
        config.tls = Some(Tls::new(&tls).expect("a usable configuration"));
        let session = caller.connect(&address, ConnectRequest::default(), config).expect("an attempt");
        session.wait_connected(LONG).expect_err("not trusted");
        assert!(refusal(&endpoint).to_string().contains("TLS"));
    });
    assert!(endpoint.next_refusal().is_none());
}
