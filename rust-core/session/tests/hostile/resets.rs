//! The rings when a connection is cut: at every octet over streams that the test carries, at some over loopback.
use crate::conversation::{End, User};
use crate::support::*;
use osisession::*;
use osisession_testkit::bench::{Rng, Side};
use osisession_testkit::fault::{Arrival, Faults, Link};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const NOW: osisession_proto::Instant = osisession_proto::Instant::ZERO;

fn small() -> SessionConfig {
    let mut config = SessionConfig::default();
    config.max_tpdu_size = 128;
    config
}

fn listen(endpoint: &Endpoint) -> Listener {
    listen_with(endpoint, small())
}

fn listen_with(endpoint: &Endpoint, session: SessionConfig) -> Listener {
    let mut config = ListenerConfig::default();
    config.session = session;
    config.early_refusal_from = usize::MAX;
    endpoint.listen("127.0.0.1:0", config).expect("a listener")
}

/// The users of a talk and their sessions, as far as they have one.
struct Talk {
    users: [User; 2],
    sessions: [Option<Session>; 2],
}

impl Talk {
    fn new(initiator: Session) -> Talk {
        Talk {
            users: [User::new(Side::Initiator), User::new(Side::Responder)],
            sessions: [Some(initiator), None],
        }
    }

    /// The users take what came and act on it. True if something came.
    fn act(&mut self, listener: &Listener) -> bool {
        let mut happened = false;
        if self.sessions[1].is_none() {
            self.sessions[1] = listener.try_accept();
        }
        for (user, session) in self.users.iter_mut().zip(&self.sessions) {
            let Some(session) = session else { continue };
            while let Some(event) = session.try_next_event() {
                happened = true;
                user.act(event, |request| session.request(request).map(drop));
            }
        }
        happened
    }

    fn is_over(&self) -> bool {
        self.users.iter().zip(&self.sessions).all(|(user, session)| {
            session.as_ref().is_none_or(|session| session.is_over() && user.end.is_some())
        })
    }

    fn ends(&self) -> [End; 2] {
        [self.users[0].outcome(), self.users[1].outcome()]
    }
}

/// Two endpoints that are driven by the test.
struct Ends {
    caller: Endpoint,
    callee: Endpoint,
    listener: Listener,
}

impl Ends {
    fn new() -> Ends {
        let (caller, callee) = (endpoint(), endpoint());
        let listener = listen(&callee);
        Ends { caller, callee, listener }
    }

    /// Holds the talk over streams with these faults; the octets that arrived in each direction.
    fn hold(&self, faults: [Faults; 2]) -> ([End; 2], [u64; 2]) {
        let garbled = faults.iter().any(|faults| faults.garbage.is_some());
        let (session, near) =
            self.caller.connect_over_stream("callee", ConnectRequest::default(), small()).expect("a session");
        let far = self.listener.accept_stream("caller").expect("a place");
        let [there, back] = faults;
        let mut links = [Link::new(there, 3), Link::new(back, 4)];
        let mut streams = [Some(near), Some(far)];
        let mut held = [Vec::new(), Vec::new()];
        let mut talk = Talk::new(session);
        let mut quiet = 0;
        // Quiet for some rounds with all over: done. Nothing here waits for a deadline.
        for round in 0.. {
            assert!(round < 20_000, "it does not come to an end: {:?}", talk.users);
            let mut happened = false;
            for endpoint in [&self.caller, &self.callee] {
                endpoint.dispatch(Some(Duration::ZERO)).expect("dispatched");
            }
            happened |= talk.act(&self.listener);
            for (from, to) in [(0, 1), (1, 0)] {
                let mut buffer = [0; 4096];
                if let Some(stream) = &streams[from] {
                    match stream.drain(&mut buffer) {
                        Ok(count) => held[from].extend_from_slice(&buffer[..count]),
                        Err(_) => links[from].finish(),
                    }
                }
                let taken = if held[from].is_empty() { 0 } else { links[from].offer(&held[from], NOW) };
                held[from].drain(..taken);
                happened |= taken > 0;
                while let Some(arrival) = links[from].poll(NOW) {
                    happened = true;
                    match (arrival, &streams[to]) {
                        (Arrival::Octets(octets), Some(stream)) => {
                            // Refused: that side is through with the connection.
                            if let Ok(count) = stream.feed(&octets) {
                                assert_eq!(count, octets.len(), "there is room for a talk");
                            }
                        }
                        (Arrival::End, Some(stream)) => stream.finish(),
                        (Arrival::Reset, _) => streams = [None, None],
                        (_, None) => {}
                    }
                }
            }
            quiet = if happened { 0 } else { quiet + 1 };
            if quiet > 5 && talk.is_over() {
                break;
            }
            if quiet > 50 {
                // Garbage in a length can make a peer wait for the rest; that is what deadlines are for.
                assert!(garbled, "nobody is told: {:?}", talk.users);
                streams = [None, None];
            }
        }
        if !garbled {
            talk.users.iter().for_each(User::check_data);
        }
        // Ends that wait for the other one's go with the streams.
        drop(streams);
        let ends = talk.ends();
        drop(talk);
        drive("nothing is left", &[&self.caller, &self.callee], || {
            self.caller.next_timeout().is_none() && self.callee.next_timeout().is_none()
        });
        (ends, [links[0].arrived(), links[1].arrived()])
    }
}

fn at_each_octet(set: fn(&mut Faults, u64)) -> Vec<[End; 2]> {
    let ends = Ends::new();
    let (undisturbed, lengths) = ends.hold(Default::default());
    assert_eq!(undisturbed, [End::Released; 2]);
    assert!(lengths.iter().all(|&length| length > 250), "{lengths:?}");
    let mut all = Vec::new();
    for (direction, length) in lengths.into_iter().enumerate() {
        for at in 0..=length {
            let mut faults = [Faults::default(), Faults::default()];
            faults[direction].split = 1 + (at % 7) as usize;
            set(&mut faults[direction], at);
            all.push(ends.hold(faults).0);
        }
    }
    // The listener has all its places, and serves.
    assert_eq!(ends.hold(Default::default()).0, [End::Released; 2]);
    assert!(ends.listener.try_accept().is_none());
    all
}

#[test]
fn a_reset_at_every_octet_over_streams() {
    let ends = at_each_octet(|faults, at| faults.reset_at = Some(at));
    assert!(ends.iter().all(|ends| ends[0] != End::Uncalled && !ends.contains(&End::Rejected)));
    assert!(ends.contains(&[End::ProviderAbort, End::ProviderAbort]));
    assert!(ends.contains(&[End::ProviderAbort, End::Uncalled]));
}

#[test]
fn an_end_at_every_octet_over_streams() {
    let ends = at_each_octet(|faults, at| faults.end_at = Some(at));
    assert!(ends.contains(&[End::ProviderAbort, End::ProviderAbort]));
}

#[test]
fn garbage_at_every_octet_over_streams() {
    at_each_octet(|faults, at| faults.garbage = Some((at, 3)));
}

/// How a connection is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    Reset,
    /// The end of the stream for both sides, as if each had been told that the other one closed.
    End,
}

/// A connection in both directions through this process, which cuts it after so many octets of one of them.
struct Relay {
    threads: Vec<JoinHandle<()>>,
    /// The sockets, to end the threads by.
    ends: [TcpStream; 2],
}

impl Relay {
    fn start(near: TcpStream, far: TcpStream, most: [u64; 2], cut: Cut) -> Relay {
        let was_cut = Arc::new(AtomicBool::new(false));
        let clone = |stream: &TcpStream| {
            stream.set_nodelay(true).expect("set");
            stream.try_clone().expect("a descriptor")
        };
        let threads = [(&near, &far, most[0]), (&far, &near, most[1])].map(|(from, to, most)| {
            let (from, to, was_cut) = (clone(from), clone(to), was_cut.clone());
            std::thread::spawn(move || relay(&from, &to, most, &was_cut, cut))
        });
        Relay { threads: threads.into(), ends: [near, far] }
    }

    /// Ends what is left of it.
    fn end(self) {
        for end in &self.ends {
            let _ = end.shutdown(Shutdown::Both);
        }
        self.join();
    }

    /// Closes the sockets once the threads are through.
    fn join(self) {
        for thread in self.threads {
            thread.join().expect("no panic");
        }
    }
}

/// Octets in one direction, until so many have passed.
fn relay(mut from: &TcpStream, mut to: &TcpStream, most: u64, was_cut: &AtomicBool, cut: Cut) {
    let mut buffer = [0; 64];
    let mut passed = 0;
    while passed < most {
        let room = buffer.len().min((most - passed) as usize);
        match from.read(&mut buffer[..room]) {
            Ok(0) if !was_cut.load(Ordering::SeqCst) => {
                let _ = to.shutdown(Shutdown::Write);
                return;
            }
            Ok(count) if count > 0 && to.write_all(&buffer[..count]).is_ok() => passed += count as u64,
            _ => return,
        }
    }
    was_cut.store(true, Ordering::SeqCst);
    for stream in [from, to] {
        if cut == Cut::End {
            let _ = stream.shutdown(Shutdown::Both);
            continue;
        }
        // Closing is a reset from now on; the other thread stops reading, and the peers see nothing of that.
        socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO)).expect("set");
        let _ = stream.shutdown(Shutdown::Read);
    }
}

/// Talks over loopback through relays, which cut them at these octets of one direction or the other. What became of them.
fn cut_over_loopback(
    calling: &SessionConfig,
    called: &SessionConfig,
    cut: Cut,
    octets: impl Iterator<Item = u64>,
) -> Vec<[End; 2]> {
    let (caller, callee) = (started(), started());
    let listener = listen_with(&callee, called.clone());
    // Else an end after the FINISH is taken for the DISCONNECT, of which the other side may not know.
    let mut calling = calling.clone();
    calling.strict = true;
    let mut seen = Vec::new();
    for (n, most) in octets.enumerate() {
        let between = TcpListener::bind("127.0.0.1:0").expect("bound");
        let address = between.local_addr().expect("bound").to_string();
        let session =
            caller.connect(&address, ConnectRequest::default(), calling.clone()).expect("a session");
        let (near, _) = between.accept().expect("the caller");
        let far = TcpStream::connect(listener.local_address()).expect("connected");
        // Each direction in turn.
        let most = if n % 2 == 0 { [most, u64::MAX] } else { [u64::MAX, most] };
        let mut relay = Some(Relay::start(near, far, most, cut));
        let mut talk = Talk::new(session);
        let end = Instant::now() + Duration::from_secs(30);
        let mut quiet = 0;
        loop {
            assert!(Instant::now() < end, "after {most:?}: {:?}", talk.users);
            quiet = if talk.act(&listener) { 0 } else { quiet + 1 };
            if talk.is_over() && quiet > 10 {
                break;
            }
            if relay.as_ref().is_some_and(|relay| relay.threads.iter().all(JoinHandle::is_finished))
                && let Some(relay) = relay.take()
            {
                relay.join();
            }
            std::thread::sleep(Duration::from_micros(200));
        }
        talk.users.iter().for_each(User::check_data);
        let ends = talk.ends();
        if ends[0] == End::Released {
            // Whoever was told so has got all, and so has the other one.
            assert_eq!(ends[1], End::Released);
            assert_eq!(talk.users.each_ref().map(|user| user.data.len()), [2, 2]);
        }
        seen.push(ends);
        drop(talk);
        relay.into_iter().for_each(Relay::end);
    }
    until("nothing is left", || caller.next_timeout().is_none() && callee.next_timeout().is_none());
    seen
}

/// So many numbers below `most`.
fn some_octets(count: usize, most: u64) -> impl Iterator<Item = u64> {
    let mut rng = Rng::new(6);
    std::iter::repeat_with(move || rng.next_u64() % most).take(count)
}

/// All ways in which a talk that is cut somewhere can end were seen.
fn check_ends(seen: &[[End; 2]]) {
    for ends in [[End::Released; 2], [End::ProviderAbort; 2], [End::ProviderAbort, End::Uncalled]] {
        assert!(seen.contains(&ends), "{ends:?} of {seen:?}");
    }
}

#[test]
fn resets_over_loopback() {
    // The last ones are beyond the talk.
    check_ends(&cut_over_loopback(&small(), &small(), Cut::Reset, some_octets(120, 900)));
}

#[test]
fn ends_over_loopback() {
    check_ends(&cut_over_loopback(&small(), &small(), Cut::End, some_octets(60, 900)));
}

/// An end of TCP that TLS did not announce is a loss, wherever it is; so is a reset.
#[cfg(feature = "tls")]
#[test]
fn truncated_tls_over_loopback() {
    let pki = crate::pki::Pki::new();
    for cut in [Cut::End, Cut::Reset] {
        let with = |tls: &TlsConfig| {
            let mut config = small();
            config.tls = Some(Tls::new(tls).expect("a usable configuration"));
            config
        };
        check_ends(&cut_over_loopback(
            &with(&pki.calling()),
            &with(&pki.listening()),
            cut,
            some_octets(80, 4_500),
        ));
    }
}
