//! An end node of ours on a socket, for talks with DECnet nodes that are not ours: see `interop/pydecnet.md`.

use osisession_proto::Instant;
use osisession_proto::scp::{
    AccessControl, Bytes, BytesMut, ConnectOptions, EndUser, Event, LinkId, Medium, NodeAddress, NodeConfig,
    NodeEvent, Object, ObjectId, Reason, Received,
};
use osisession_testkit::tape::Taped;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufWriter, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::process::ExitCode;
use std::time::{Duration, Instant as Clock};

const USAGE: &str = "\
decnet [OPTION]... SCENARIO
    --address A.N        our node (default 1.2)
    --tcp HOST:PORT      Multinet over TCP, we connect
    --listen HOST:PORT   Multinet over TCP, we listen
    --udp LOCAL HOST:PORT       Multinet over UDP
    --ethernet LOCAL HOST:PORT  Ethernet frames in UDP datagrams
    --verification TEXT  what we prove ourselves with
    --ignore-credit      send interrupts without credit
    --to A.N             the node to call (default 1.1)
    --tape FILE          write down all that happens (osisession_testkit::tape)
scenarios
    up                   wait for the circuit
    mirror COUNT MAX     COUNT messages of up to MAX octets to object 25, one after the other
    bulk COUNT MAX       the same, as many at a time as the queues take
    connects COUNT       COUNT times connect to object 25 and disconnect
    echo                 accept, reject, disconnect and abort with data, interrupts, at object ECHO
    refused              an object that nobody has, a node that nobody reaches
    loss                 the circuit is cut and comes back under a link to object ECHO
    unproven             the peer does not take our verification
    silent               the peer says nothing any more, and comes back
    serve SECONDS        objects 25 (MIRROR) and 17, until nothing has happened for so long";

type Failure = String;

enum Wire {
    Tcp(TcpStream, BytesMut),
    Udp(UdpSocket),
}

struct Options {
    config: NodeConfig,
    tcp: Option<String>,
    listen: Option<TcpListener>,
    udp: Option<(String, String)>,
    tape: Option<String>,
    to: NodeAddress,
}

struct Driver {
    node: Taped,
    options: Options,
    wire: Option<Wire>,
    clock: Clock,
    events: VecDeque<Event>,
    ups: u32,
    /// Why the circuit went down, each time.
    downs: Vec<String>,
    buffer: Vec<u8>,
}

impl Driver {
    fn new(options: Options) -> Result<Driver, Failure> {
        let tape = match &options.tape {
            Some(path) => {
                let file = File::create(path).map_err(|error| format!("{path}: {error}"))?;
                Some(Box::new(BufWriter::new(file)) as Box<dyn Write>)
            }
            None => None,
        };
        let node = Taped::new(options.config.clone(), tape).map_err(|error| error.to_string())?;
        Ok(Driver {
            node,
            options,
            wire: None,
            clock: Clock::now(),
            events: VecDeque::new(),
            ups: 0,
            downs: Vec::new(),
            buffer: vec![0; 65_536],
        })
    }

    fn now(&self) -> Instant {
        Instant::ZERO + self.clock.elapsed()
    }

    fn open(&mut self) -> Result<(), Failure> {
        let text = |error: std::io::Error| error.to_string();
        let until = Clock::now() + Duration::from_secs(15);
        let wire = loop {
            if let Some((local, remote)) = &self.options.udp {
                let socket = UdpSocket::bind(local).map_err(text)?;
                socket.connect(remote).map_err(text)?;
                break Wire::Udp(socket);
            }
            let stream = match (&self.options.listen, &self.options.tcp) {
                (Some(listener), _) => listener.accept().map(|(stream, _)| stream),
                (None, Some(address)) => TcpStream::connect(address),
                (None, None) => return Err("no circuit was given".into()),
            };
            match stream {
                Ok(stream) => {
                    stream.set_nodelay(true).map_err(text)?;
                    break Wire::Tcp(stream, BytesMut::new());
                }
                // A listening circuit of the peer's takes its time after a loss.
                Err(_) if Clock::now() < until => std::thread::sleep(Duration::from_millis(100)),
                Err(error) => return Err(error.to_string()),
            }
        };
        self.wire = Some(wire);
        let now = self.now();
        self.node.network_connected(now);
        self.flush()
    }

    fn cut(&mut self) {
        self.wire = None;
        let now = self.now();
        self.node.network_closed(now);
    }

    fn flush(&mut self) -> Result<(), Failure> {
        let mut octets = Vec::new();
        let now = self.now();
        while let Some(output) = self.node.poll_output(now) {
            match &mut self.wire {
                Some(Wire::Tcp(..)) => octets.extend_from_slice(&output),
                Some(Wire::Udp(socket)) => match socket.send(&output) {
                    Ok(_) => {}
                    // The peer is not there yet.
                    Err(error) if error.kind() == ErrorKind::ConnectionRefused => {}
                    Err(error) => return Err(error.to_string()),
                },
                None => {}
            }
        }
        if let Some(Wire::Tcp(stream, _)) = &mut self.wire
            && stream.write_all(&octets).is_err()
        {
            self.cut();
        }
        while let Some(event) = self.node.poll_event(now) {
            match event {
                NodeEvent::CircuitUp(neighbour) => {
                    self.ups += 1;
                    eprintln!("circuit up: {neighbour:?}");
                }
                NodeEvent::CircuitDown(error) => {
                    eprintln!("circuit down: {error}");
                    self.downs.push(error.to_string());
                }
                NodeEvent::Link(event) => self.events.push_back(event),
            }
        }
        Ok(())
    }

    /// Waits for the network or a timer, at most so long.
    fn step(&mut self, at_most: Duration) -> Result<(), Failure> {
        self.flush()?;
        if self.node.node().wants_restart() {
            self.cut();
        }
        if self.wire.is_none() {
            self.open()?;
        }
        let now = self.now();
        let timer =
            self.node.node().next_timeout().map_or(at_most, |next| next.saturating_duration_since(now));
        let wait = timer.min(at_most).max(Duration::from_millis(1));
        let text = |error: std::io::Error| error.to_string();
        let mut lost = false;
        match &mut self.wire {
            Some(Wire::Tcp(stream, waiting)) => {
                stream.set_read_timeout(Some(wait)).map_err(text)?;
                match stream.read(&mut self.buffer) {
                    Ok(0) => lost = true,
                    Ok(length) => {
                        let now = Instant::ZERO + self.clock.elapsed();
                        self.node.received(waiting, &self.buffer[..length], now);
                    }
                    Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                    Err(_) => lost = true,
                }
            }
            Some(Wire::Udp(socket)) => {
                socket.set_read_timeout(Some(wait)).map_err(text)?;
                if let Ok(length) = socket.recv(&mut self.buffer) {
                    let now = Instant::ZERO + self.clock.elapsed();
                    self.node.datagram(&Bytes::copy_from_slice(&self.buffer[..length]), now);
                }
            }
            None => {}
        }
        if lost {
            eprintln!("the connection is lost");
            self.cut();
        }
        let now = self.now();
        if self.node.node().next_timeout().is_some_and(|next| next <= now) {
            self.node.handle_timeout(now);
        }
        self.flush()
    }

    fn wait<T>(
        &mut self,
        what: &str,
        mut found: impl FnMut(&mut Driver) -> Result<Option<T>, Failure>,
    ) -> Result<T, Failure> {
        let until = Clock::now() + Duration::from_secs(60);
        loop {
            if let Some(found) = found(self)? {
                return Ok(found);
            }
            if Clock::now() > until {
                return Err(format!("{what}: nothing for 60 s"));
            }
            self.step(Duration::from_millis(200))?;
        }
    }

    /// The next event other than that something can be received or sent.
    fn event(&mut self, what: &str) -> Result<Event, Failure> {
        self.wait(what, |driver| {
            while let Some(event) = driver.events.pop_front() {
                match event {
                    Event::Readable { .. } | Event::SendReady { .. } | Event::InterruptReady { .. } => {}
                    other => return Ok(Some(other)),
                }
            }
            Ok(None)
        })
    }

    fn up(&mut self) -> Result<(), Failure> {
        self.wait("circuit", |driver| Ok(driver.node.node().is_up().then_some(())))
    }

    fn connect(&mut self, object: EndUser, data: &'static str) -> Result<LinkId, Failure> {
        let options = ConnectOptions {
            user_data: (!data.is_empty()).then(|| data.into()),
            access: Some(AccessControl { user: "USER".into(), ..AccessControl::default() }),
            ..ConnectOptions::default()
        };
        let (to, now) = (self.options.to, self.now());
        let link = self.node.connect(to, object, options, now).map_err(|error| error.to_string())?;
        self.flush()?;
        Ok(link)
    }

    fn accepted(&mut self, object: EndUser, data: &'static str) -> Result<(LinkId, Bytes), Failure> {
        let link = self.connect(object, data)?;
        match self.event("accept")? {
            Event::Accepted { data, .. } => Ok((link, data)),
            other => Err(format!("accepted expected, found {other:?}")),
        }
    }

    fn send(&mut self, link: LinkId, message: impl Into<Bytes>) -> Result<(), Failure> {
        let now = self.now();
        self.node.send(link, message, now).map_err(|error| error.to_string())?;
        self.flush()
    }

    fn receive(&mut self, link: LinkId) -> Result<Received, Failure> {
        self.wait("message", |driver| {
            let now = driver.now();
            driver.node.receive(link, now).map_err(|error| error.to_string())
        })
    }

    fn disconnect(&mut self, link: LinkId, data: &'static str) -> Result<(), Failure> {
        let now = self.now();
        self.node.disconnect(link, data, now).map_err(|error| error.to_string())?;
        match self.event("close")? {
            Event::Closed { .. } => Ok(()),
            other => Err(format!("closed expected, found {other:?}")),
        }
    }
}

/// A message that both sides can compute.
fn message(index: u64, largest: u64) -> Bytes {
    let mut state = index.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let length = 1 + (next() >> 20) % largest.max(1);
    core::iter::once(0).chain((1..length).map(|_| next() as u8)).collect::<Vec<u8>>().into()
}

fn check(what: &str, good: bool, detail: impl core::fmt::Debug) -> Result<(), Failure> {
    if good {
        println!("ok {what}");
        Ok(())
    } else {
        Err(format!("{what}: {detail:?}"))
    }
}

fn mirrored(received: &Received, sent: &Bytes) -> bool {
    match received {
        Received::Message(octets) => octets.first() == Some(&1) && octets[1..] == sent[1..],
        Received::Interrupt(_) => false,
    }
}

fn mirror(driver: &mut Driver, count: u64, largest: u64, at_once: bool) -> Result<(), Failure> {
    let (link, data) = driver.accepted(EndUser::Number(25), "")?;
    check("MIRROR accepts with its largest message", data.len() == 2, &data)?;
    let start = Clock::now();
    let (mut sent, mut received, mut octets) = (0, 0, 0_u64);
    let mut idle = Clock::now();
    while received < count {
        let now = driver.now();
        while sent < count && (at_once || sent == received) {
            if driver.node.send(link, message(sent, largest), now).is_err() {
                break;
            }
            sent += 1;
        }
        driver.flush()?;
        while let Some(got) = driver.node.receive(link, now).map_err(|error| error.to_string())? {
            let expected = message(received, largest);
            if !mirrored(&got, &expected) {
                return Err(format!("message {received} came back changed: {got:?}"));
            }
            octets += expected.len() as u64;
            received += 1;
            idle = Clock::now();
        }
        driver.flush()?;
        if received < count && (sent == count || sent > received) {
            driver.step(Duration::from_millis(100))?;
        }
        if idle.elapsed() > Duration::from_secs(60) {
            return Err(format!("{sent} sent, {received} received, then nothing for 60 s"));
        }
    }
    let time = start.elapsed().as_secs_f64();
    driver.disconnect(link, "")?;
    println!(
        "ok {count} messages, {octets} octets there and back in {time:.2} s: {:.0} messages/s, {:.0} octets/s; {:?}",
        count as f64 / time,
        octets as f64 / time,
        driver.node.node().counters()
    );
    Ok(())
}

fn connects(driver: &mut Driver, count: u64) -> Result<(), Failure> {
    let start = Clock::now();
    for _ in 0..count {
        let (link, _) = driver.accepted(EndUser::named("mirror"), "")?;
        driver.disconnect(link, "")?;
    }
    let time = start.elapsed().as_secs_f64();
    println!("ok {count} connects in {time:.2} s: {:.1} ms each", time * 1_000.0 / count as f64);
    check("no link is left", driver.node.node().links() == 0, driver.node.node().links())
}

fn echo(driver: &mut Driver) -> Result<(), Failure> {
    let object = || EndUser::named("echo");
    driver.connect(EndUser::Number(200), "reject")?;
    let event = driver.event("reject")?;
    check(
        "reject with data",
        matches!(&event, Event::Rejected { reason: Reason::BY_END_USER, data, .. } if data == "no thanks"),
        &event,
    )?;

    let (link, data) = driver.accepted(object(), "0123456789abcdef")?;
    check("accept with data", data == "hello", &data)?;
    for length in [1, 558, 559, 560, 563, 564, 2_500, 20_000] {
        let sent: Bytes = vec![b'x'; length].into();
        driver.send(link, sent.clone())?;
        let back = driver.receive(link)?;
        let expected = [b"echo:", &sent[..]].concat();
        check(&format!("a message of {length} octets"), back == Received::Message(expected.into()), ())?;
    }
    let now = driver.now();
    driver.node.interrupt(link, "abcdefghijklmnop", now).map_err(|error| error.to_string())?;
    driver.flush()?;
    let back = driver.receive(link)?;
    check("an interrupt of 16 octets", back == Received::Interrupt("ponmlkjihgfedcba".into()), &back)?;
    let second = driver.node.interrupt(link, "2", now);
    if driver.options.config.ignore_interrupt_credit {
        check("interrupts without credit", second.is_ok(), &second)?;
        // One at a time: the peer needs our credit for each answer, and gets it when we have taken the one before.
        for text in ["2", "3", "4", "5"] {
            if text != "2" {
                let now = driver.now();
                driver.node.interrupt(link, text, now).map_err(|error| error.to_string())?;
            }
            let back = driver.receive(link)?;
            check("its answer, with the credit we gave", back == Received::Interrupt(text.into()), &back)?;
        }
    } else {
        check("a second interrupt waits for a credit", second.is_err(), &second)?;
    }
    driver.send(link, "bye")?;
    let event = driver.event("disconnect")?;
    check(
        "the peer disconnects with data",
        matches!(&event, Event::Disconnected { reason: Reason::BY_END_USER, data, .. } if data == "done"),
        &event,
    )?;

    let (link, _) = driver.accepted(object(), "")?;
    driver.send(link, "abort")?;
    let event = driver.event("abort")?;
    check(
        "the peer aborts with data",
        matches!(&event, Event::Disconnected { reason: Reason::ABORTED, data, .. } if data == "oops"),
        &event,
    )?;

    let (link, _) = driver.accepted(object(), "")?;
    driver.disconnect(link, "we have done")?;
    check("we disconnect with data", true, ())?;
    let (link, _) = driver.accepted(object(), "")?;
    let now = driver.now();
    driver.node.abort(link, "enough", now).map_err(|error| error.to_string())?;
    let event = driver.event("close")?;
    check("we abort with data", matches!(event, Event::Closed { .. }), &event)?;
    check("no link is left", driver.node.node().links() == 0, driver.node.node().links())
}

fn refused(driver: &mut Driver) -> Result<(), Failure> {
    driver.connect(EndUser::Number(99), "")?;
    let event = driver.event("reject")?;
    check(
        "an object that nobody has",
        matches!(event, Event::Rejected { reason: Reason::NO_SUCH_OBJECT, .. }),
        &event,
    )?;
    driver.options.to = NodeAddress::new(1, 99).ok_or("an address")?;
    driver.connect(EndUser::Number(25), "")?;
    let event = driver.event("return")?;
    check(
        "a node that nobody reaches",
        matches!(event, Event::Rejected { reason: Reason::UNREACHABLE, .. }),
        &event,
    )
}

fn loss(driver: &mut Driver) -> Result<(), Failure> {
    let (link, _) = driver.accepted(EndUser::named("ECHO"), "")?;
    driver.send(link, "before")?;
    let back = driver.receive(link)?;
    check("an echo before the loss", back == Received::Message("echo:before".into()), &back)?;
    driver.cut();
    let now = driver.now();
    driver.node.send(link, "after", now).map_err(|error| error.to_string())?;
    driver.flush()?;
    driver.open()?;
    driver.up()?;
    check("the circuit is back", driver.ups == 2, driver.ups)?;
    let back = driver.receive(link)?;
    check("an echo after the loss", back == Received::Message("echo:after".into()), &back)?;
    driver.disconnect(link, "")
}

/// The peer ends the circuit each time, and answers nothing meanwhile.
fn unproven(driver: &mut Driver) -> Result<(), Failure> {
    driver.connect(EndUser::Number(25), "")?;
    let until = Clock::now() + Duration::from_secs(40);
    while driver.downs.len() < 3 && Clock::now() < until {
        driver.step(Duration::from_millis(200))?;
    }
    check("the peer has ended the circuit three times", driver.downs.len() == 3, &driver.downs)?;
    check("nothing was answered", driver.events.is_empty(), &driver.events)
}

/// Whoever runs this stops the peer, and lets it go on when it was given up.
fn silent(driver: &mut Driver) -> Result<(), Failure> {
    let timer = 5.0;
    let start = Clock::now();
    driver.wait("silence", |driver| Ok((!driver.downs.is_empty()).then_some(())))?;
    let time = start.elapsed().as_secs_f64();
    check(
        &format!("given up after {time:.1} s"),
        (timer..3.0 * timer).contains(&time) && driver.downs[0].contains("silent"),
        &driver.downs,
    )?;
    driver.up()?;
    check("the circuit is back", driver.ups == 2, driver.ups)?;
    mirror(driver, 10, 100, false)
}

/// The objects of `serve`; MIRROR is the first.
fn objects(driver: &mut Driver) -> Result<ObjectId, Failure> {
    let failure = |error: osisession_proto::Error| error.to_string();
    let mirror = driver.node.listen(Object::numbered(25).with_name("MIRROR")).map_err(failure)?;
    driver.node.listen(Object::numbered(17).with_name("SERVE")).map_err(failure)?;
    Ok(mirror)
}

fn serve(driver: &mut Driver, mirror: ObjectId, idle: u64) -> Result<(), Failure> {
    let failure = |error: osisession_proto::Error| error.to_string();
    println!("serving");
    let mut mirrors = Vec::new();
    let mut others: Vec<LinkId> = Vec::new();
    let mut last = Clock::now();
    let mut messages = 0_u64;
    let mut answers: VecDeque<(LinkId, Bytes)> = VecDeque::new();
    while last.elapsed() < Duration::from_secs(idle) {
        driver.step(Duration::from_millis(200))?;
        let now = driver.now();
        while let Some(event) = driver.events.pop_front() {
            last = Clock::now();
            match event {
                Event::Offered(offer) if offer.object == mirror => {
                    driver.node.accept(offer.link, &b"\xff\xff"[..], now).map_err(failure)?;
                    mirrors.push(offer.link);
                }
                Event::Offered(offer) => {
                    println!(
                        "offered {} from {} {} user data {:?} access {:?}",
                        offer.destination, offer.node, offer.source, offer.user_data, offer.access
                    );
                    if offer.user_data == "reject" {
                        driver.node.reject(offer.link, Reason::BY_END_USER, "no", now).map_err(failure)?;
                    } else if offer.user_data != "silent" {
                        driver.node.accept(offer.link, "welcome", now).map_err(failure)?;
                        others.push(offer.link);
                    }
                }
                Event::Disconnected { link, reason, data, .. } => {
                    println!("disconnected reason {} data {data:?} {messages} messages", reason.code());
                    mirrors.retain(|other| *other != link);
                    others.retain(|other| *other != link);
                }
                _ => {}
            }
        }
        for link in mirrors.iter().chain(&others).copied().collect::<Vec<_>>() {
            while answers.len() < 1_000
                && let Ok(Some(received)) = driver.node.receive(link, now)
            {
                last = Clock::now();
                match received {
                    Received::Message(octets) if mirrors.contains(&link) => {
                        messages += 1;
                        let answer = match octets.split_first() {
                            Some((0, rest)) => [&[1], rest].concat().into(),
                            _ => Bytes::from_static(b"\xff"),
                        };
                        answers.push_back((link, answer));
                    }
                    Received::Message(octets) if octets == "end" => {
                        driver.node.disconnect(link, "as you wish", now).map_err(failure)?;
                        others.retain(|other| *other != link);
                    }
                    Received::Message(octets) => {
                        messages += 1;
                        answers.push_back((link, [b"got:", &octets[..]].concat().into()));
                    }
                    Received::Interrupt(octets) => {
                        let back: Vec<u8> = octets.iter().rev().copied().collect();
                        println!("interrupt {octets:?}");
                        // Without a credit the peer has to do without an answer.
                        let _ = driver.node.interrupt(link, back, now);
                    }
                }
            }
        }
        while let Some((link, answer)) = answers.front() {
            match driver.node.send(*link, answer.clone(), now) {
                Err(error) if error.kind() == osisession_proto::ErrorKind::WouldBlock => break,
                Ok(()) | Err(_) => drop(answers.pop_front()),
            }
        }
    }
    println!("ok served {messages} messages");
    Ok(())
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("FAILED {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Failure> {
    let mut words = std::env::args().skip(1);
    let mut next = || words.next().ok_or(USAGE);
    let address = |text: String| text.parse::<NodeAddress>().map_err(|error| error.to_string());
    let here = NodeAddress::new(1, 2).ok_or("an address")?;
    // Link addresses should differ from start to start.
    let seed = std::process::id() as u16;
    let mut options = Options {
        config: NodeConfig::new(here, Medium::MultinetTcp),
        tcp: None,
        listen: None,
        udp: None,
        tape: None,
        to: NodeAddress::new(1, 1).ok_or("an address")?,
    };
    options.config.seed = seed;
    let scenario = loop {
        match next()?.as_str() {
            "--address" => options.config.address = address(next()?)?,
            "--tcp" => options.tcp = Some(next()?),
            "--listen" => {
                options.listen = Some(TcpListener::bind(next()?).map_err(|error| error.to_string())?);
            }
            "--udp" => {
                options.config.medium = Medium::MultinetUdp;
                options.udp = Some((next()?, next()?));
            }
            "--ethernet" => {
                options.config.medium = Medium::Ethernet;
                options.udp = Some((next()?, next()?));
            }
            "--verification" => options.config.verification = next()?.into(),
            "--ignore-credit" => options.config.ignore_interrupt_credit = true,
            "--tape" => options.tape = Some(next()?),
            "--to" => options.to = address(next()?)?,
            option if option.starts_with('-') => return Err(USAGE.into()),
            scenario => break scenario.to_string(),
        }
    };
    let mut number = || next()?.parse::<u64>().map_err(|_| USAGE.to_string());
    let mut driver = Driver::new(options)?;
    // Before the circuit runs: a peer may call at once.
    let mirror_object = objects(&mut driver)?;
    let start = Clock::now();
    driver.open()?;
    if scenario == "unproven" {
        return unproven(&mut driver);
    }
    driver.up()?;
    println!("ok the circuit is up after {} ms", start.elapsed().as_millis());
    match scenario.as_str() {
        "up" => Ok(()),
        "mirror" => mirror(&mut driver, number()?, number()?, false),
        "bulk" => mirror(&mut driver, number()?, number()?, true),
        "connects" => connects(&mut driver, number()?),
        "echo" => echo(&mut driver),
        "refused" => refused(&mut driver),
        "loss" => loss(&mut driver),
        "silent" => silent(&mut driver),
        "serve" => serve(&mut driver, mirror_object, number()?),
        _ => Err(USAGE.into()),
    }
}
