//! Many sessions under load: `load [--sessions N] [--minutes N | --seconds N] [--seed N] [--pause MS]`.
//!
//! Each session carries SSDUs of random sizes both ways, all of them checked, with explicit minor synchronization points: what a
//! confirmation covers was delivered. Connections are killed at random, by either side; others take their place. The run fails if
//! data is wrong, missing or out of order, if a confirmation covers what was not delivered, if a session ends that nobody
//! killed, or if memory or descriptors grow.
use osisession::*;
use osisession_testkit::bench::Rng;
use osisession_testkit::process::{Usage, descriptors_allowed, option};
use std::collections::{BinaryHeap, HashMap};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, OwnedFd};
use std::process::ExitCode;
use std::result::Result;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const UNITS: FunctionalUnits = FunctionalUnits::DUPLEX.union(FunctionalUnits::MINOR_SYNC);
/// The longest SSDU.
const LONGEST: usize = 256 << 10;
/// How long the last sessions may take to come to their end.
const LAST: Duration = Duration::from_secs(120);
/// One kill per side and interval.
const KILL_EVERY: Duration = Duration::from_millis(60);

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            eprintln!("load: {text}");
            ExitCode::FAILURE
        }
    }
}

fn said(error: Error) -> String {
    error.to_string()
}

/// What every SSDU is cut out of.
struct Pattern(Bytes);

impl Pattern {
    fn new() -> Pattern {
        let mut rng = Rng::new(0x6c6f_6164);
        let octets: Vec<u8> = (0..(1 << 20) / 8).flat_map(|_| rng.next_u64().to_le_bytes()).collect();
        Pattern(octets.into())
    }

    /// The SSDU with this number of a talk, in one of its directions. Most are small.
    fn ssdu(&self, talk: u64, number: u64, reply: bool) -> Bytes {
        let mut rng = Rng::new(talk.rotate_left(32) ^ (number << 1) ^ u64::from(reply));
        let length = match rng.below(100) {
            0..60 => 1 + rng.below(500),
            60..90 => 1 + rng.below(8_000),
            90..99 => 1 + rng.below(64 << 10),
            _ => 1 + rng.below(LONGEST),
        };
        let from = rng.below(self.0.len() - length);
        self.0.slice(from..from + length)
    }
}

/// What both sides of a talk know of it.
#[derive(Debug, Default)]
struct Ledger {
    talk: u64,
    /// SSDUs that reached the responder's user.
    delivered: AtomicU64,
    /// Somebody kills its connection, or has done so.
    killed: AtomicBool,
}

/// What the two sides share.
struct Shared {
    pattern: Pattern,
    ledgers: Mutex<HashMap<u64, Arc<Ledger>>>,
    address: SocketAddr,
    /// No new talks.
    stop: AtomicBool,
    /// All talks have ended, or something is wrong.
    over: AtomicBool,
    fault: Mutex<Option<String>>,
    count: Count,
}

#[derive(Default)]
struct Count {
    begun: AtomicU64,
    released: AtomicU64,
    killed: AtomicU64,
    lost: AtomicU64,
    ssdus: AtomicU64,
    octets: AtomicU64,
    confirmed: AtomicU64,
    open: AtomicU64,
}

fn add(counter: &AtomicU64, n: u64) {
    counter.fetch_add(n, Ordering::Relaxed);
}

impl Shared {
    /// Something that must not be.
    fn fail(&self, text: String) {
        self.fault.lock().expect("not poisoned").get_or_insert(text);
        self.over.store(true, Ordering::SeqCst);
    }

    /// Checks an SSDU against what was to come.
    fn check(&self, data: &Bytes, talk: u64, number: u64, reply: bool) {
        let expected = self.pattern.ssdu(talk, number, reply);
        if *data != expected {
            let what = if reply { "reply" } else { "SSDU" };
            self.fail(format!(
                "talk {talk}: {what} {number} is not what was sent: {} octets instead of {}",
                data.len(),
                expected.len()
            ));
        }
        add(&self.count.ssdus, 1);
        add(&self.count.octets, data.len() as u64);
    }

    /// A session was aborted or lost, which somebody must have wanted.
    fn lost(&self, ledger: &Ledger, why: &Event) {
        if !ledger.killed.load(Ordering::SeqCst) {
            self.fail(format!("talk {}: nobody killed it, but: {why:?}", ledger.talk));
        }
    }
}

/// Kills the connection below a session, one way or another.
fn kill(socket: &TcpStream, rng: &mut Rng) {
    let how = match rng.below(3) {
        0 => Shutdown::Both,
        1 => Shutdown::Write,
        _ => {
            // This side sees the end of file and closes; with this, its close is a reset.
            let _ = socket2::SockRef::from(socket).set_linger(Some(Duration::ZERO));
            Shutdown::Read
        }
    };
    let _ = socket.shutdown(how);
}

/// The initiator's side of a session.
struct Talk {
    session: Session,
    ledger: Arc<Ledger>,
    socket: TcpStream,
    /// SSDUs that were sent, and those that this burst still has.
    sent: u64,
    burst: u64,
    bursts: u64,
    /// The point under way, and how many SSDUs it covers.
    point: Option<u64>,
    replies: u64,
    released: bool,
}

/// When a talk goes on: the earliest first.
type Agenda = BinaryHeap<std::cmp::Reverse<(Instant, u64)>>;

/// The side that calls.
struct Caller<'a> {
    shared: &'a Shared,
    endpoint: Endpoint,
    rng: Rng,
    talks: HashMap<u64, Talk>,
    agenda: Agenda,
    pause: u64,
    next: u64,
}

impl Caller<'_> {
    fn config() -> SessionConfig {
        let mut config = SessionConfig::default();
        // A busy machine is no fault of a peer.
        config.limits.connect_timeout = LAST;
        config.limits.tsdu_timeout = LAST;
        config.limits.tpkt_header_timeout = LAST;
        config
    }

    fn begin(&mut self) -> Result<(), String> {
        let number = self.next;
        self.next += 1;
        let socket =
            TcpStream::connect(self.shared.address).map_err(|error| format!("connecting: {error}"))?;
        let copy = socket.try_clone().map_err(|error| format!("a descriptor: {error}"))?;
        let ledger = Arc::new(Ledger { talk: number, ..Ledger::default() });
        self.shared.ledgers.lock().expect("not poisoned").insert(number, ledger.clone());
        let request = ConnectRequest {
            functional_units: UNITS,
            initial_serial_number: Some(1),
            user_data: Bytes::copy_from_slice(&number.to_be_bytes()),
            ..ConnectRequest::default()
        };
        let session = self
            .endpoint
            .connect_over_socket(OwnedFd::from(socket), request, Caller::config())
            .map_err(said)?;
        let bursts = 1 + self.rng.below(40) as u64;
        let talk = Talk {
            ledger,
            socket: copy,
            sent: 0,
            burst: 0,
            bursts,
            point: None,
            replies: 0,
            released: false,
            session: session.clone(),
        };
        self.talks.insert(session.id(), talk);
        add(&self.shared.count.begun, 1);
        Ok(())
    }

    /// A talk's session has news, or its pause is over.
    fn serve(&mut self, id: u64) {
        let Some(talk) = self.talks.get_mut(&id) else { return };
        let number = talk.ledger.talk;
        let mut ended = false;
        while let Some(event) = talk.session.try_next_event() {
            match event {
                Event::ConnectConfirm(_) => talk.burst = 1 + self.rng.below(6) as u64,
                Event::DataIndication(data) => {
                    self.shared.check(&data, number, talk.replies, true);
                    talk.replies += 1;
                }
                Event::SyncMinorConfirm { .. } => {
                    let covered = talk.point.take().unwrap_or(u64::MAX);
                    let delivered = talk.ledger.delivered.load(Ordering::SeqCst);
                    if delivered < covered {
                        self.shared.fail(format!(
                            "talk {number}: {covered} SSDUs were confirmed, {delivered} were delivered"
                        ));
                    }
                    add(&self.shared.count.confirmed, 1);
                    talk.bursts -= 1;
                    let pause = Duration::from_millis(self.rng.next_u64() % (self.pause + 1));
                    self.agenda.push(std::cmp::Reverse((Instant::now() + pause, id)));
                }
                Event::ReleaseConfirm(_) => {
                    let delivered = talk.ledger.delivered.load(Ordering::SeqCst);
                    if (delivered, talk.replies) != (talk.sent, talk.sent) {
                        self.shared.fail(format!(
                            "talk {number}: released after {} SSDUs, of which {delivered} were delivered and {} answered",
                            talk.sent, talk.replies
                        ));
                    }
                    add(&self.shared.count.released, 1);
                    ended = true;
                }
                Event::PAbortIndication(..)
                | Event::UAbortIndication(_)
                | Event::ConnectConfirmNegative(_) => {
                    self.shared.lost(&talk.ledger, &event);
                    add(&self.shared.count.lost, 1);
                    ended = true;
                }
                other => self.shared.fail(format!("talk {number}: {other:?}")),
            }
        }
        if ended {
            self.shared.ledgers.lock().expect("not poisoned").remove(&number);
            self.talks.remove(&id);
        } else {
            self.send(id);
        }
    }

    /// Sends what the burst still has, and the point behind it.
    fn send(&mut self, id: u64) {
        let Some(talk) = self.talks.get_mut(&id) else { return };
        while talk.burst > 0 {
            let data = self.shared.pattern.ssdu(talk.ledger.talk, talk.sent, false);
            // Full: it goes on when there is room. Over: the event says why.
            if talk.session.data_request(data).is_err() {
                return;
            }
            talk.sent += 1;
            talk.burst -= 1;
            if talk.burst == 0 && talk.session.sync_minor_request(true, false, Bytes::new()).is_ok() {
                talk.point = Some(talk.sent);
            }
        }
        // Replies may still be under way when the last point is confirmed.
        let through = talk.bursts == 0 || self.shared.stop.load(Ordering::Relaxed) && talk.point.is_none();
        if through && talk.sent > 0 && talk.replies == talk.sent && !talk.released {
            talk.released = talk.session.release_request(Bytes::new()).is_ok();
        }
    }

    /// Those whose pause is over begin their next burst.
    fn look_at_agenda(&mut self) -> Duration {
        let now = Instant::now();
        while let Some(std::cmp::Reverse((at, id))) = self.agenda.peek().copied() {
            if at > now {
                return at - now;
            }
            self.agenda.pop();
            if let Some(talk) = self.talks.get_mut(&id) {
                if talk.bursts > 0 && !self.shared.stop.load(Ordering::Relaxed) {
                    talk.burst = 1 + self.rng.below(6) as u64;
                }
                self.send(id);
            }
        }
        Duration::from_millis(50)
    }

    fn run(&mut self, sessions: usize) -> Result<(), String> {
        let mut next_kill = Instant::now() + Duration::from_secs(1);
        while !self.shared.over.load(Ordering::SeqCst) {
            let stop = self.shared.stop.load(Ordering::Relaxed);
            // Some at a time: a queue of the system is not what is to be measured.
            let missing = if stop { 0 } else { sessions.saturating_sub(self.talks.len()).min(50) };
            (0..missing).try_for_each(|_| self.begin())?;
            self.shared.count.open.store(self.talks.len() as u64, Ordering::Relaxed);
            if stop && self.talks.is_empty() {
                break;
            }
            let wait = self.look_at_agenda();
            self.endpoint.dispatch(Some(wait)).map_err(said)?;
            while let Some(ready) = self.endpoint.next_ready() {
                if let Ready::Session(session) = ready {
                    self.serve(session.id());
                }
            }
            if !stop && Instant::now() >= next_kill && self.talks.len() == sessions {
                next_kill = Instant::now() + KILL_EVERY;
                let at = self.rng.below(sessions);
                if let Some(talk) = self.talks.values().nth(at) {
                    talk.ledger.killed.store(true, Ordering::SeqCst);
                    add(&self.shared.count.killed, 1);
                    kill(&talk.socket, &mut self.rng);
                }
            }
            if stop {
                // Talks that rest have to be told.
                let ids: Vec<u64> = self.talks.keys().copied().collect();
                ids.into_iter().for_each(|id| self.send(id));
            }
        }
        Ok(())
    }
}

/// The responder's side of a session.
struct Guest {
    session: Session,
    ledger: Option<Arc<Ledger>>,
    socket: Option<TcpStream>,
    received: u64,
    replied: u64,
}

/// The side that is called.
struct Host<'a> {
    shared: &'a Shared,
    endpoint: Endpoint,
    rng: Rng,
    guests: HashMap<u64, Guest>,
    /// Copies of sockets, by who called.
    sockets: HashMap<String, TcpStream>,
}

impl Host<'_> {
    fn serve(&mut self, id: u64) {
        let Some(guest) = self.guests.get_mut(&id) else { return };
        let mut ended = false;
        while let Some(event) = guest.session.try_next_event() {
            match &event {
                Event::ConnectIndication(connect) => {
                    let number = connect.user_data[..].try_into().map(u64::from_be_bytes);
                    let ledgers = self.shared.ledgers.lock().expect("not poisoned");
                    guest.ledger = number.ok().and_then(|number| ledgers.get(&number).cloned());
                    drop(ledgers);
                    let response = ConnectResponse { functional_units: UNITS, ..ConnectResponse::default() };
                    let _ = guest.session.connect_response(response);
                }
                Event::DataIndication(data) => {
                    let Some(ledger) = &guest.ledger else { continue };
                    self.shared.check(data, ledger.talk, guest.received, false);
                    guest.received += 1;
                    ledger.delivered.store(guest.received, Ordering::SeqCst);
                }
                Event::SyncMinorIndication { serial_number, .. } => {
                    let _ = guest.session.sync_minor_response(*serial_number, Bytes::new());
                }
                Event::ReleaseIndication(_) => {
                    let _ = guest.session.release_response(Bytes::new());
                    ended = true;
                }
                Event::PAbortIndication(..) | Event::UAbortIndication(_) => {
                    if let Some(ledger) = &guest.ledger {
                        self.shared.lost(ledger, &event);
                    }
                    ended = true;
                }
                other => self.shared.fail(format!("a guest: {other:?}")),
            }
        }
        if ended {
            // The answer to a release is on its way, and the connection goes when it is read.
            self.guests.remove(&id);
            return;
        }
        let Some(ledger) = &guest.ledger else { return };
        while guest.replied < guest.received {
            let reply = self.shared.pattern.ssdu(ledger.talk, guest.replied, true);
            if guest.session.data_request(reply).is_err() {
                return;
            }
            guest.replied += 1;
        }
    }

    fn run(&mut self, socket: &TcpListener, listener: &Listener) -> Result<(), String> {
        self.endpoint.wake_on(socket.as_fd()).map_err(said)?;
        let mut next_kill = Instant::now() + Duration::from_secs(1);
        while !self.shared.over.load(Ordering::SeqCst) {
            self.endpoint.dispatch(Some(Duration::from_millis(50))).map_err(said)?;
            while let Ok((stream, peer)) = socket.accept() {
                let copy = stream.try_clone().map_err(|error| format!("a descriptor: {error}"))?;
                match listener.accept_socket(OwnedFd::from(stream)) {
                    Ok(()) => drop(self.sockets.insert(peer.to_string(), copy)),
                    // Killed while it waited to be accepted.
                    Err(error) if error.kind() == ErrorKind::Invalid => {}
                    Err(error) => return Err(said(error)),
                }
            }
            while let Some(ready) = self.endpoint.next_ready() {
                match ready {
                    Ready::Listener(listener) => {
                        while let Some(session) = listener.try_accept() {
                            let id = session.id();
                            let peer = session.peer_address().unwrap_or_default();
                            let socket = self.sockets.remove(&peer);
                            let guest = Guest { session, ledger: None, socket, received: 0, replied: 0 };
                            self.guests.insert(id, guest);
                            self.serve(id);
                        }
                    }
                    Ready::Session(session) => self.serve(session.id()),
                    _ => {}
                }
            }
            // Who was killed before the CONNECT never becomes a guest.
            while let Some(refusal) = self.endpoint.next_refusal() {
                self.sockets.remove(&refusal.peer_address);
            }
            let stop = self.shared.stop.load(Ordering::Relaxed);
            if !stop && Instant::now() >= next_kill && self.guests.len() > 10 {
                next_kill = Instant::now() + KILL_EVERY;
                let at = self.rng.below(self.guests.len());
                if let Some(Guest { ledger: Some(ledger), socket: Some(socket), .. }) =
                    self.guests.values().nth(at)
                {
                    ledger.killed.store(true, Ordering::SeqCst);
                    add(&self.shared.count.killed, 1);
                    kill(socket, &mut self.rng);
                }
            }
        }
        Ok(())
    }
}

fn run() -> Result<(), String> {
    let sessions = option("--sessions")?.unwrap_or(1_000) as usize;
    let seconds = match (option("--seconds")?, option("--minutes")?) {
        (Some(seconds), _) => seconds,
        (None, minutes) => minutes.unwrap_or(1) * 60,
    };
    let seed = option("--seed")?.unwrap_or(1);
    let pause = option("--pause")?.unwrap_or(1_000);
    // Both ends of each, and a copy of each to kill it by; killed ones linger while others take their place.
    let needed = 4 * sessions + sessions / 2 + 100;
    if let Some(allowed) = descriptors_allowed().filter(|&allowed| allowed < needed) {
        return Err(format!(
            "{sessions} sessions need {needed} descriptors, {allowed} are allowed (ulimit -n)"
        ));
    }
    let before = Usage::now().unwrap_or_default();
    let socket = TcpListener::bind("127.0.0.1:0").map_err(|error| format!("listening: {error}"))?;
    socket.set_nonblocking(true).map_err(|error| format!("listening: {error}"))?;
    let shared = Shared {
        pattern: Pattern::new(),
        ledgers: Mutex::default(),
        address: socket.local_addr().map_err(|error| error.to_string())?,
        stop: AtomicBool::new(false),
        over: AtomicBool::new(false),
        fault: Mutex::default(),
        count: Count::default(),
    };
    println!("{sessions} sessions for {seconds} s, seed {seed}");
    let outcome = std::thread::scope(|scope| {
        let caller = scope.spawn(|| {
            let endpoint = Endpoint::new(EndpointConfig::default()).map_err(said)?;
            let (talks, agenda) = (HashMap::new(), Agenda::new());
            let rng = Rng::new(seed);
            let mut caller = Caller { shared: &shared, endpoint, rng, talks, agenda, pause, next: 1 };
            caller.run(sessions)
        });
        let host = scope.spawn(|| {
            let endpoint = Endpoint::new(EndpointConfig::default()).map_err(said)?;
            let mut config = ListenerConfig::default();
            config.session = Caller::config();
            config.max_connecting = usize::MAX;
            config.max_connecting_per_source = usize::MAX;
            config.early_refusal_from = usize::MAX;
            config.backlog = usize::MAX;
            let listener = endpoint.listen("memory:load", config).map_err(said)?;
            let (guests, sockets) = (HashMap::new(), HashMap::new());
            let mut host = Host { shared: &shared, endpoint, rng: Rng::new(!seed), guests, sockets };
            host.run(&socket, &listener)?;
            let left = host.guests.len() + host.sockets.len();
            Ok(left)
        });
        let lines = watch(&shared, seconds, || caller.is_finished() || host.is_finished());
        shared.stop.store(true, Ordering::SeqCst);
        let end = Instant::now() + LAST;
        while !caller.is_finished() && !host.is_finished() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(10));
        }
        let in_time = caller.is_finished();
        // The last answers are read, and the connections go.
        std::thread::sleep(Duration::from_millis(500));
        shared.over.store(true, Ordering::SeqCst);
        let called = caller.join().map_err(|_| "the caller panicked")?;
        let left = host.join().map_err(|_| "the host panicked")?;
        // Where one of them gave up, that is what is wrong, and not what the other one saw of it.
        called.map_err(|text| format!("the caller gave up: {text}"))?;
        let left = left.map_err(|text: String| format!("the host gave up: {text}"))?;
        if !in_time && shared.fault.lock().expect("not poisoned").is_none() {
            return Err(format!("talks do not end: {} are left", shared.count.open.load(Ordering::Relaxed)));
        }
        Ok((lines, left))
    });
    let (lines, left) = outcome?;
    if let Some(text) = shared.fault.lock().expect("not poisoned").take() {
        return Err(text);
    }
    drop(socket);
    report(&shared, before, &lines, left)
}

/// Prints a line now and then, and returns what they say of memory and descriptors.
fn watch(shared: &Shared, seconds: u64, mut broken: impl FnMut() -> bool) -> Vec<Usage> {
    println!(
        "{:>8}{:>7}{:>9}{:>9}{:>8}{:>8}{:>11}{:>10}{:>11}{:>12}{:>13}",
        "seconds",
        "open",
        "begun",
        "released",
        "killed",
        "lost",
        "SSDUs",
        "MB",
        "confirmed",
        "RSS KiB",
        "descriptors"
    );
    let begin = Instant::now();
    let mut lines = Vec::new();
    for line in 1..=20 {
        let at = begin + Duration::from_secs(seconds) * line / 20;
        while Instant::now() < at && !broken() {
            std::thread::sleep(Duration::from_millis(20));
        }
        let usage = Usage::now().unwrap_or_default();
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let count = &shared.count;
        println!(
            "{:>8.0}{:>7}{:>9}{:>9}{:>8}{:>8}{:>11}{:>10}{:>11}{:>12}{:>13}",
            begin.elapsed().as_secs_f64(),
            read(&count.open),
            read(&count.begun),
            read(&count.released),
            read(&count.killed),
            read(&count.lost),
            read(&count.ssdus),
            read(&count.octets) / 1_000_000,
            read(&count.confirmed),
            usage.resident,
            usage.descriptors
        );
        lines.push(usage);
        if broken() {
            break;
        }
    }
    lines
}

/// Whether anything grew, and whether enough happened for the run to mean something.
fn report(shared: &Shared, before: Usage, lines: &[Usage], left: usize) -> Result<(), String> {
    let after = Usage::now().unwrap_or_default();
    let most = |lines: &[Usage]| lines.iter().map(|line| line.resident).max().unwrap_or_default();
    // The first fifth fills queues and allocators.
    let settled = &lines[lines.len() / 5..];
    let (early, late) = settled.split_at(settled.len() / 2);
    println!(
        "at most {} KiB in the first half, {} KiB in the second; descriptors: {} before, {} after",
        most(early),
        most(late),
        before.descriptors,
        after.descriptors
    );
    let read = |counter: &AtomicU64| counter.load(Ordering::SeqCst);
    let count = &shared.count;
    if left > 0 {
        return Err(format!("{left} guests are left behind"));
    }
    if after.descriptors > before.descriptors {
        return Err(format!("descriptors grew from {} to {}", before.descriptors, after.descriptors));
    }
    if most(late) > most(early) + most(early) / 4 + 16 * 1024 {
        return Err(format!("memory grew from {} to {} KiB", most(early), most(late)));
    }
    if read(&count.begun) != read(&count.released) + read(&count.lost) {
        return Err("talks are missing".into());
    }
    if read(&count.released) == 0 || read(&count.lost) == 0 || read(&count.confirmed) == 0 {
        return Err("nothing was released, killed or confirmed: this says nothing".into());
    }
    println!("nothing was lost that was confirmed");
    Ok(())
}
