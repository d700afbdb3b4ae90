//! A network that fails: cut after every octet, delays, splits, garbage, resets, driven by a seed.
use crate::support::*;
use osisession::*;
use osisession_testkit::bench::Rng;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

const NOW: Option<Duration> = Some(Duration::ZERO);

/// What happened on one side: the names of its events, and whether it is over.
#[derive(Debug, Default)]
struct Told {
    events: Vec<String>,
    over: bool,
}

impl Told {
    fn take(&mut self, session: &Session, mut act: impl FnMut(&Session, &Event)) {
        while let Some(event) = session.try_next_event() {
            if let Event::PAbortIndication(_, error) = &event {
                let error = error.as_ref().expect("an abort by the provider says why");
                assert!(!error.to_string().is_empty());
            }
            act(session, &event);
            self.events.push(event.name().to_owned());
        }
        self.over = session.is_over();
    }

    fn last(&self) -> &str {
        self.events.last().map_or("", String::as_str)
    }
}

/// How one direction behaves.
struct Way {
    carried: usize,
    /// After so many octets both directions end.
    cut: usize,
    /// This octet is changed by this.
    flip: Option<(usize, u8)>,
}

impl Way {
    fn whole() -> Way {
        Way { carried: 0, cut: usize::MAX, flip: None }
    }
}

/// A life on streams that the test carries: connect, data both ways, release.
struct Life {
    endpoint: Endpoint,
    listener: Listener,
    initiator: Session,
    responder: Option<Session>,
    streams: Option<[OctetStream; 2]>,
    told: [Told; 2],
    ways: [Way; 2],
}

impl Life {
    fn new(name: &str, ways: [Way; 2]) -> Life {
        let endpoint = endpoint();
        let mut config = ListenerConfig::default();
        // Changed lengths make a peer wait for what never comes: the deadlines, not this test, are to end that.
        let limits = &mut config.session.limits;
        limits.connect_timeout = Duration::from_millis(40);
        limits.tpkt_header_timeout = Duration::from_millis(40);
        limits.tsdu_timeout = Duration::from_millis(40);
        limits.answer_timeout = Duration::from_millis(40);
        limits.tim = Duration::from_millis(40);
        let session = config.session.clone();
        let listener = endpoint.listen(&format!("memory:{name}"), config).expect("a listener");
        let (initiator, near) =
            endpoint.connect_over_stream("responder", ConnectRequest::default(), session).expect("a session");
        let far = listener.accept_stream("initiator").expect("a stream");
        let streams = Some([near, far]);
        Life { endpoint, listener, initiator, responder: None, streams, told: Default::default(), ways }
    }

    /// Moves octets one way, at most `most`. True: some were moved.
    fn carry(&mut self, way: usize, most: usize) -> bool {
        let Some(streams) = &self.streams else { return false };
        let fault = &mut self.ways[way];
        let mut buffer = vec![0; most.min(fault.cut - fault.carried)];
        let count = streams[way].drain(&mut buffer).unwrap_or(0);
        if let Some((at, change)) = fault.flip
            && let Some(octet) = at.checked_sub(fault.carried).and_then(|at| buffer[..count].get_mut(at))
        {
            *octet ^= change;
        }
        let mut octets = &buffer[..count];
        while !octets.is_empty() {
            match streams[1 - way].feed(octets) {
                Ok(taken @ 1..) => octets = &octets[taken..],
                // It has closed: what comes after that goes nowhere.
                _ => break,
            }
        }
        fault.carried += count;
        if fault.carried == fault.cut {
            self.streams = None;
        }
        count > 0
    }

    /// Lets both sides do what they do next.
    fn act(&mut self) {
        self.endpoint.dispatch(NOW).expect("driven");
        self.told[0].take(&self.initiator, |session, event| match event {
            // Either may come too late: the end is the next event.
            Event::ConnectConfirm(_) => drop(session.data_request("ping")),
            Event::DataIndication(_) => drop(session.release_request("bye")),
            _ => {}
        });
        if self.responder.is_none() {
            self.responder = self.listener.try_accept();
        }
        if let Some(responder) = &self.responder {
            self.told[1].take(responder, |session, event| {
                let _ = match event {
                    Event::ConnectIndication(_) => session.connect_response(ConnectResponse::default()),
                    Event::DataIndication(data) => session.data_request(data.clone()),
                    Event::ReleaseIndication(_) => session.release_response("ciao"),
                    _ => Ok(()),
                };
            });
        }
    }

    /// Until both are over, or nobody can do anything more.
    fn run(&mut self, mut most: impl FnMut(usize) -> usize) {
        let end = Instant::now() + Duration::from_secs(5);
        loop {
            let mut moved = false;
            for way in [0, 1] {
                let most = most(way);
                moved |= most > 0 && self.carry(way, most);
            }
            self.act();
            // What is over has closed its stream; the other side is to notice.
            if let Some([near, far]) = &self.streams
                && !moved
            {
                if self.told[0].over && near.pending() == 0 {
                    far.finish();
                }
                if (self.told[1].over || self.responder.is_none() && self.told[0].over) && far.pending() == 0
                {
                    near.finish();
                }
            }
            let gone = self.responder.is_none() || self.told[1].over;
            if self.told[0].over && gone && !moved {
                return;
            }
            assert!(Instant::now() < end, "it hangs: {:?}, {} carried", self.told, self.ways[0].carried);
            if !moved {
                self.endpoint.dispatch(Some(Duration::from_millis(1))).expect("driven");
            }
        }
    }
}

const ENDS: [&str; 3] =
    ["S-RELEASE confirm (affirmative)", "S-P-ABORT indication", "S-CONNECT confirm (reject)"];

/// Both sides were told of an end that there is; after it nothing comes.
fn check(life: &Life, what: &str) {
    let [ours, theirs] = &life.told;
    assert!(ours.over, "{what}: {ours:?}");
    let end = ours.last();
    assert!(ENDS.contains(&end) || end == "S-U-ABORT indication", "{what}: {ours:?}");
    if life.responder.is_some() {
        assert!(theirs.over, "{what}: {theirs:?}");
        let end = theirs.last();
        let known = ["S-RELEASE indication", "S-P-ABORT indication", "S-U-ABORT indication"];
        assert!(known.contains(&end), "{what}: {theirs:?}");
    }
}

#[test]
fn cut_after_every_octet() {
    let mut whole = Life::new("faults whole", [Way::whole(), Way::whole()]);
    whole.run(|_| 1_000);
    check(&whole, "whole");
    assert_eq!(
        whole.told[0].events,
        ["S-CONNECT confirm (accept)", "S-DATA indication", "S-RELEASE confirm (affirmative)"]
    );
    let lengths = [whole.ways[0].carried, whole.ways[1].carried];
    assert!(lengths.iter().all(|&length| length > 60), "{lengths:?}");
    let mut ends = std::collections::BTreeSet::new();
    for way in [0, 1] {
        for cut in 0..=lengths[way] {
            let mut ways = [Way::whole(), Way::whole()];
            ways[way].cut = cut;
            let mut life = Life::new(&format!("faults {way} {cut}"), ways);
            if cut == 0 {
                life.streams = None;
            }
            life.run(|_| 1_000);
            check(&life, &format!("direction {way}, cut after {cut}"));
            // Only the last octet of the DISCONNECT makes a release of it.
            let released = life.told[0].last() == "S-RELEASE confirm (affirmative)";
            assert_eq!(
                released,
                way == 1 && cut == lengths[1],
                "direction {way}, cut after {cut}: {:?}",
                life.told
            );
            ends.insert((life.told[0].last().to_owned(), life.told[1].last().to_owned()));
        }
    }
    assert!(ends.len() > 3, "{ends:?}");
}

#[test]
fn every_octet_changed() {
    let mut whole = Life::new("changed whole", [Way::whole(), Way::whole()]);
    whole.run(|_| 1_000);
    let lengths = [whole.ways[0].carried, whole.ways[1].carried];
    let mut rng = Rng::new(11);
    for way in [0, 1] {
        for at in 0..lengths[way] {
            let mut ways = [Way::whole(), Way::whole()];
            let change = 1 + rng.below(255) as u8;
            ways[way].flip = Some((at, change));
            let mut life = Life::new(&format!("changed {way} {at}"), ways);
            life.run(|_| 1_000);
            check(&life, &format!("direction {way}, octet {at} changed by {change:02x}"));
        }
    }
}

#[test]
fn delays_splits_garbage_and_cuts() {
    for seed in 0..300 {
        let mut rng = Rng::new(seed);
        let mut ways = [Way::whole(), Way::whole()];
        for way in &mut ways {
            if rng.one_in(3) {
                way.cut = 1 + rng.below(150);
            }
            if rng.one_in(4) {
                way.flip = Some((rng.below(150), 1 + rng.below(255) as u8));
            }
        }
        let mut life = Life::new(&format!("seeded {seed}"), ways);
        // Nothing, one octet, a few, or all that is there.
        life.run(|_| *rng.pick(&[0, 1, 2, 7, 100, 1_000]));
        check(&life, &format!("seed {seed}"));
    }
}

/// Carries octets between two sockets until it has carried so many; then both are reset.
fn resetting_proxy(target: String, cut: usize) -> (String, std::thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("bound");
    let address = listener.local_addr().expect("an address").to_string();
    let carrier = std::thread::spawn(move || {
        let (near, _) = listener.accept().expect("a caller");
        let far = TcpStream::connect(target).expect("connected");
        let mut left = cut;
        for stream in [&near, &far] {
            stream.set_read_timeout(Some(Duration::from_millis(5))).expect("set");
        }
        'carrying: loop {
            for (mut from, mut to) in [(&near, &far), (&far, &near)] {
                let mut buffer = vec![0; left.min(64)];
                match from.read(&mut buffer) {
                    Ok(0) => break 'carrying,
                    Ok(count) => {
                        let _ = to.write_all(&buffer[..count]);
                        left -= count;
                    }
                    Err(_) => {}
                }
                if left == 0 {
                    break 'carrying;
                }
            }
        }
        for stream in [near, far] {
            // RST instead of FIN.
            socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).expect("set");
        }
    });
    (address, carrier)
}

#[test]
fn resets_over_tcp() {
    let callee = started();
    let listener = listen(&callee);
    let caller = started();
    for cut in (1..200).step_by(13) {
        let (address, carrier) = resetting_proxy(listener.local_address(), cut);
        let session = connect_to(&caller, &address, SessionConfig::default());
        let answering = std::thread::scope(|scope| {
            let answering = scope.spawn(|| {
                // Before the CR has come there is nobody to accept.
                let session = listener.accept(Some(Duration::from_millis(500))).ok()?;
                let mut last = None;
                while let Ok(event) = session.next_event(LONG) {
                    let _ = match &event {
                        Event::ConnectIndication(_) => session.connect_response(ConnectResponse::default()),
                        Event::DataIndication(data) => session.data_request(data.clone()),
                        Event::ReleaseIndication(_) => session.release_response(""),
                        _ => Ok(()),
                    };
                    last = Some(event.name());
                }
                last
            });
            let mut last = None;
            while let Ok(event) = session.next_event(LONG) {
                match &event {
                    Event::ConnectConfirm(_) => drop(session.data_request("ping")),
                    Event::DataIndication(_) => drop(session.release_request("")),
                    _ => {}
                }
                last = Some(event.name());
            }
            assert!(last.is_some_and(|last| ENDS.contains(&last)), "cut after {cut}: {last:?}");
            answering.join().expect("no panic")
        });
        if let Some(end) = answering {
            assert!(
                ["S-RELEASE indication", "S-P-ABORT indication"].contains(&end),
                "cut after {cut}: {end}"
            );
        }
        carrier.join().expect("no panic");
    }
    whole_life(&caller, &listener);
}
