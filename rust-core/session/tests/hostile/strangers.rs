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

/// A listener with little patience and small limits.
fn listen(endpoint: &Endpoint, set: impl FnOnce(&mut ListenerConfig)) -> Listener {
    let mut config = ListenerConfig::default();
    config.max_connecting_per_source = 1_000;
    config.max_connecting = 1_000;
    config.early_refusal_from = usize::MAX;
    config.session.limits.connect_timeout = Duration::from_millis(600);
    config.session.limits.tim = Duration::from_millis(400);
    config.session.limits.tpkt_header_timeout = Duration::from_millis(300);
    config.session.limits.tsdu_timeout = Duration::from_millis(500);
    config.session.limits.tsdu_timeout_per_kib = Duration::ZERO;
    set(&mut config);
    endpoint.listen("127.0.0.1:0", config).expect("a listener")
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
    let session = caller.connect(address, ConnectRequest::default(), config).expect("an attempt");
    session.wait_connected(LONG).expect("connected");
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
