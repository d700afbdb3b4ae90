//! Many sessions, random sizes, every octet checked, connections cut at random: nothing that was confirmed is lost.
use crate::process::{ALONE, setting, usage};
use osisession::*;
use osisession_testkit::bench::Rng;
use std::collections::{HashMap, VecDeque};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const CALLERS: u64 = 2;

/// What a message of a session holds: its number, and octets that follow from both.
fn message(session: u64, number: u64, size: usize) -> Vec<u8> {
    let mut octets = number.to_be_bytes().to_vec();
    let mut rng = Rng::new(session ^ number.rotate_left(32));
    while octets.len() < 8 + size {
        octets.extend_from_slice(&rng.next_u64().to_be_bytes());
    }
    octets
}

/// True if it is the message of that number.
fn is_message(octets: &[u8], session: u64, number: u64) -> bool {
    *octets == message(session, number, octets.len().saturating_sub(8))[..]
}

/// How many messages the called side has of each session, as seen by its user.
type Received = Arc<Mutex<HashMap<u64, u64>>>;

fn serve(listener: &Listener, received: &Received) {
    while let Ok(session) = listener.accept(None) {
        let mut kept = Some(session.clone());
        let received = received.clone();
        let mut name = 0;
        let mut count = 0;
        session.set_handler(Some(Box::new(move |session, event| match event {
            Event::ConnectIndication(indication) => {
                name = u64::from_be_bytes(indication.user_data[..].try_into().expect("a number"));
                let response = ConnectResponse {
                    functional_units: FunctionalUnits::DUPLEX | FunctionalUnits::MINOR_SYNC,
                    ..ConnectResponse::default()
                };
                let _ = session.connect_response(response);
            }
            Event::DataIndication(data) => {
                assert!(is_message(&data, name, count), "session {name}: message {count} is wrong");
                count += 1;
                received.lock().expect("no panic").insert(name, count);
            }
            Event::SyncMinorIndication { serial_number, .. } => {
                let _ = session.sync_minor_response(serial_number, count.to_be_bytes().to_vec());
            }
            Event::ReleaseIndication(_) => {
                let _ = session.release_response(count.to_be_bytes().to_vec());
                kept.take();
            }
            Event::PAbortIndication(..) | Event::UAbortIndication(_) => drop(kept.take()),
            _ => {}
        })));
    }
}

/// One calling session.
struct Caller {
    name: u64,
    session: Session,
    /// The same socket: to cut it.
    socket: TcpStream,
    next: u64,
    waiting: VecDeque<Vec<u8>>,
    confirmed: u64,
    syncs_left: usize,
}

#[derive(Default, Debug)]
struct Sums {
    sessions: u64,
    messages: u64,
    octets: u64,
    confirmed: u64,
    cut: u64,
    released: u64,
}

impl Caller {
    fn new(endpoint: &Endpoint, address: &str, name: u64, rng: &mut Rng) -> Caller {
        let stream = TcpStream::connect(address).expect("connected");
        let socket = stream.try_clone().expect("twice");
        let request = ConnectRequest {
            functional_units: FunctionalUnits::DUPLEX | FunctionalUnits::MINOR_SYNC,
            initial_serial_number: Some(1),
            user_data: name.to_be_bytes().to_vec().into(),
            ..ConnectRequest::default()
        };
        let session = endpoint
            .connect_over_socket(stream.into(), request, SessionConfig::default())
            .expect("a session");
        let syncs_left = 1 + rng.below(20);
        Caller { name, session, socket, next: 0, waiting: VecDeque::new(), confirmed: 0, syncs_left }
    }

    /// A batch, and a point behind it; or the release.
    fn go_on(&mut self, rng: &mut Rng, sums: &mut Sums) {
        if self.syncs_left == 0 {
            let _ = self.session.release_request("");
            return;
        }
        self.syncs_left -= 1;
        for _ in 0..1 + rng.below(8) {
            let size = if rng.one_in(50) { rng.below(200_000) } else { rng.below(3_000) };
            self.waiting.push_back(message(self.name, self.next, size));
            self.next += 1;
        }
        self.send(sums);
        if rng.one_in(40) {
            let _ = self.socket.shutdown(Shutdown::Both);
            sums.cut += 1;
        }
    }

    fn send(&mut self, sums: &mut Sums) {
        while let Some(octets) = self.waiting.pop_front() {
            let length = octets.len() as u64;
            match self.session.data_request(octets.clone()) {
                Ok(()) => {
                    sums.messages += 1;
                    sums.octets += length;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    return self.waiting.push_front(octets);
                }
                // It has been cut; the event comes.
                Err(_) => return self.waiting.clear(),
            }
            if self.waiting.is_empty() {
                let _ = self.session.sync_minor_request(true, false, "");
            }
        }
    }

    /// True: it is over.
    fn look(&mut self, received: &Received, rng: &mut Rng, sums: &mut Sums) -> bool {
        self.send(sums);
        while let Some(event) = self.session.try_next_event() {
            match event {
                Event::ConnectConfirm(_) => self.go_on(rng, sums),
                Event::SyncMinorConfirm(_, user_data) => {
                    self.confirmed = u64::from_be_bytes(user_data[..].try_into().expect("a number"));
                    assert_eq!(self.confirmed, self.next, "session {}: all before the point", self.name);
                    sums.confirmed += 1;
                    self.go_on(rng, sums);
                }
                Event::ReleaseConfirm(user_data) => {
                    assert_eq!(user_data[..], self.next.to_be_bytes(), "session {}: everything", self.name);
                    sums.released += 1;
                    return true;
                }
                Event::PAbortIndication(..) => {
                    // Whatever was confirmed is there.
                    let has = received.lock().expect("no panic").get(&self.name).copied().unwrap_or(0);
                    assert!(has >= self.confirmed, "session {}: {has} of {}", self.name, self.confirmed);
                    return true;
                }
                other => panic!("session {}: {other:?}", self.name),
            }
        }
        false
    }
}

fn call(address: &str, number: u64, sessions: u64, end: Instant, received: &Received) -> Sums {
    let endpoint = Endpoint::new(EndpointConfig::default()).expect("an endpoint");
    let mut rng = Rng::new(number);
    let mut sums = Sums::default();
    let mut callers = HashMap::new();
    loop {
        while Instant::now() < end && (callers.len() as u64) < sessions {
            sums.sessions += 1;
            let caller = Caller::new(&endpoint, address, sums.sessions * CALLERS + number, &mut rng);
            callers.insert(caller.session.id(), caller);
            endpoint.dispatch(Some(Duration::ZERO)).expect("driven");
        }
        if callers.is_empty() {
            return sums;
        }
        assert!(Instant::now() < end + Duration::from_secs(60), "{} sessions do not end", callers.len());
        endpoint.dispatch(Some(Duration::from_millis(100))).expect("driven");
        while let Some(Ready::Session(session)) = endpoint.next_ready() {
            let Some(caller) = callers.get_mut(&session.id()) else { continue };
            if Instant::now() >= end {
                caller.syncs_left = 0;
            }
            if caller.look(received, &mut rng, &mut sums) {
                let over = callers.remove(&session.id()).expect("known");
                received.lock().expect("no panic").remove(&over.name);
            }
        }
    }
}

/// `OSISESSION_LOAD_SECONDS`: how long, 60 s by default; `OSISESSION_LOAD_SESSIONS`: how many at once, 1,000.
#[test]
fn load_with_connections_that_are_cut() {
    let _alone = ALONE.lock();
    let seconds = setting("OSISESSION_LOAD_SECONDS", 60);
    let sessions = setting("OSISESSION_LOAD_SESSIONS", 1_000);
    let callee = Endpoint::new(EndpointConfig::default()).expect("an endpoint");
    callee.start().expect("a thread");
    let mut config = ListenerConfig::default();
    config.backlog = 10_000;
    config.max_connecting = 10_000;
    config.max_connecting_per_source = 10_000;
    config.early_refusal_from = 10_000;
    config.session.functional_units = FunctionalUnits::DUPLEX | FunctionalUnits::MINOR_SYNC;
    let listener = callee.listen("127.0.0.1:0", config).expect("a listener");
    let address = listener.local_address();
    let received = Received::default();
    {
        let (listener, received) = (listener.clone(), received.clone());
        std::thread::spawn(move || serve(&listener, &received));
    }
    let begin = Instant::now();
    let end = begin + Duration::from_secs(seconds);
    let mut measured = Vec::new();
    let sums: Vec<Sums> = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS)
            .map(|number| {
                let (address, received) = (&address, &received);
                scope.spawn(move || call(address, number, sessions / CALLERS, end, received))
            })
            .collect();
        while Instant::now() < end {
            std::thread::sleep(Duration::from_secs_f64(seconds as f64 / 10.0));
            let now = usage();
            println!("{:>5} s: {now:?}", begin.elapsed().as_secs());
            measured.push(now);
        }
        callers.into_iter().map(|caller| caller.join().expect("no panic")).collect()
    });
    for sums in &sums {
        println!("{sums:?}");
        assert!(sums.confirmed > 0 && sums.cut > 0 && sums.released > 0, "{sums:?}");
    }
    let (early, late) = (&measured[measured.len() / 2], &measured[measured.len() - 2]);
    // Sessions come and go, and queues with them: a tenth, and some megabytes, are noise.
    let most = early.resident_kib + early.resident_kib / 10 + 16 * 1_024;
    assert!(late.resident_kib <= most, "memory grows: {early:?}, {late:?}");
    // Two for each session here, and one there.
    assert!(late.descriptors as u64 <= 3 * sessions + 100, "descriptors grow: {late:?}");
}
