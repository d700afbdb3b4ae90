//! A DECnet node whose whole life is written down: what was asked of it, what came, at which time, and what it sent and told. Played
//! again, the engine has to send and tell the same, octet by octet; so an exchange with a peer that is not at hand can be tested.
//!
//! A line is a time in nanoseconds, a word and its arguments, with tabs between them:
//!
//! | word | arguments | |
//! |---|---|---|
//! | `node` | address, medium, seed, verification, whether interrupt credits are ignored | the first line |
//! | `object` | number and name, or `-` | |
//! | `connected`, `closed`, `timeout` | | the network, and time |
//! | `in` | octets | of the stream, or a datagram |
//! | `connect` | node, connect data, link | |
//! | `accept`, `send`, `interrupt`, `disconnect`, `abort` | link, octets, outcome | |
//! | `reject` | link, reason, octets, outcome | |
//! | `receive` | link, outcome | |
//! | `out` | octets | what is to be sent |
//! | `dry` | | nothing more is to be sent |
//! | `event` | text | |
//!
//! Octets are hexadecimal digits as [`crate::tsv::octets`] has them.
use osisession_proto::scp::{
    Bytes, BytesMut, ConnectData, ConnectOptions, EndUser, Event, LinkId, Medium, Node, NodeAddress,
    NodeConfig, NodeEvent, Object, ObjectId, Reason, Received,
};
use osisession_proto::time::Duration;
use osisession_proto::{Error, Instant};
use std::fmt::Write as _;
use std::io::Write;

type Result<T, E = Error> = std::result::Result<T, E>;

/// A node, and where its life is written down.
pub struct Taped {
    node: Node,
    tape: Option<Box<dyn Write>>,
    last: String,
}

impl Taped {
    /// A node as [`Node::new`] makes it. Of the configuration the tape has what the first line says.
    ///
    /// # Errors
    /// Those of [`Node::new`].
    pub fn new(config: NodeConfig, tape: Option<Box<dyn Write>>) -> Result<Taped> {
        let first = format!(
            "node\t{}\t{:?}\t{}\t{}\t{}",
            config.address,
            config.medium,
            config.seed,
            hex(config.verification.reveal()),
            config.ignore_interrupt_credit
        );
        let mut taped = Taped { node: Node::new(config)?, tape, last: String::new() };
        taped.write(Instant::ZERO, || first);
        Ok(taped)
    }

    /// The node, for what changes nothing.
    pub fn node(&self) -> &Node {
        &self.node
    }

    fn write(&mut self, now: Instant, line: impl FnOnce() -> String) {
        if let Some(tape) = &mut self.tape {
            let line = line();
            // Nothing twice that has no effect the second time.
            let repeatable = line == "dry" || line.starts_with("receive\t") && line.ends_with("\tnone");
            if !repeatable || line != self.last {
                writeln!(tape, "{}\t{line}", (now - Instant::ZERO).as_nanos()).expect("the tape has room");
            }
            self.last = line;
        }
    }

    /// [`Node::listen`].
    ///
    /// # Errors
    /// As there.
    pub fn listen(&mut self, object: Object) -> Result<ObjectId> {
        let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".into());
        let name = object.name.as_ref().map(|name| String::from_utf8_lossy(name).into_owned());
        let number = object.number.map(|number| number.to_string());
        self.write(Instant::ZERO, || format!("object\t{}\t{}", or_none(number), or_none(name)));
        self.node.listen(object)
    }

    /// [`Node::connect`].
    ///
    /// # Errors
    /// As there.
    pub fn connect(
        &mut self,
        to: NodeAddress,
        object: EndUser,
        mut options: ConnectOptions,
        now: Instant,
    ) -> Result<LinkId> {
        let source = options.source.get_or_insert_with(|| EndUser::named("OSISESSION")).clone();
        let mut data = ConnectData::new(object.clone(), source);
        data.access = options.access.clone();
        data.user_data = options.user_data.clone();
        let octets = data.encode()?;
        let link = self.node.connect(to, object, options, now)?;
        self.write(now, || format!("connect\t{to}\t{}\t{}", hex(&octets), link.get()));
        Ok(link)
    }

    fn asked(
        &mut self,
        word: &str,
        link: LinkId,
        data: &[u8],
        result: Result<()>,
        now: Instant,
    ) -> Result<()> {
        self.write(now, || format!("{word}\t{}\t{}\t{}", link.get(), hex(data), outcome(&result)));
        result
    }

    /// [`Node::accept`].
    ///
    /// # Errors
    /// As there.
    pub fn accept(&mut self, link: LinkId, data: impl Into<Bytes>, now: Instant) -> Result<()> {
        let data = data.into();
        let result = self.node.accept(link, data.clone(), now);
        self.asked("accept", link, &data, result, now)
    }

    /// [`Node::reject`].
    ///
    /// # Errors
    /// As there.
    pub fn reject(
        &mut self,
        link: LinkId,
        reason: Reason,
        data: impl Into<Bytes>,
        now: Instant,
    ) -> Result<()> {
        let data = data.into();
        let result = self.node.reject(link, reason, data.clone(), now);
        self.write(now, || {
            format!("reject\t{}\t{}\t{}\t{}", link.get(), reason.code(), hex(&data), outcome(&result))
        });
        result
    }

    /// [`Node::send`].
    ///
    /// # Errors
    /// As there.
    pub fn send(&mut self, link: LinkId, data: impl Into<Bytes>, now: Instant) -> Result<()> {
        let data = data.into();
        let result = self.node.send(link, data.clone(), now);
        self.asked("send", link, &data, result, now)
    }

    /// [`Node::interrupt`].
    ///
    /// # Errors
    /// As there.
    pub fn interrupt(&mut self, link: LinkId, data: impl Into<Bytes>, now: Instant) -> Result<()> {
        let data = data.into();
        let result = self.node.interrupt(link, data.clone(), now);
        self.asked("interrupt", link, &data, result, now)
    }

    /// [`Node::disconnect`].
    ///
    /// # Errors
    /// As there.
    pub fn disconnect(&mut self, link: LinkId, data: impl Into<Bytes>, now: Instant) -> Result<()> {
        let data = data.into();
        let result = self.node.disconnect(link, data.clone(), now);
        self.asked("disconnect", link, &data, result, now)
    }

    /// [`Node::abort`].
    ///
    /// # Errors
    /// As there.
    pub fn abort(&mut self, link: LinkId, data: impl Into<Bytes>, now: Instant) -> Result<()> {
        let data = data.into();
        let result = self.node.abort(link, data.clone(), now);
        self.asked("abort", link, &data, result, now)
    }

    /// [`Node::receive`].
    ///
    /// # Errors
    /// As there.
    pub fn receive(&mut self, link: LinkId, now: Instant) -> Result<Option<Received>> {
        let result = self.node.receive(link, now);
        self.write(now, || format!("receive\t{}\t{}", link.get(), received(&result)));
        result
    }

    /// [`Node::network_connected`].
    pub fn network_connected(&mut self, now: Instant) {
        self.write(now, || "connected".into());
        self.node.network_connected(now);
    }

    /// [`Node::network_closed`].
    pub fn network_closed(&mut self, now: Instant) {
        self.write(now, || "closed".into());
        self.node.network_closed(None, now);
    }

    /// [`Node::received`]: `new` came at the end of the stream.
    pub fn received(&mut self, stream: &mut BytesMut, new: &[u8], now: Instant) {
        self.write(now, || format!("in\t{}", hex(new)));
        stream.extend_from_slice(new);
        self.node.received(stream, now);
    }

    /// [`Node::datagram`].
    pub fn datagram(&mut self, datagram: &Bytes, now: Instant) {
        self.write(now, || format!("in\t{}", hex(datagram)));
        self.node.datagram(datagram, now);
    }

    /// [`Node::handle_timeout`].
    pub fn handle_timeout(&mut self, now: Instant) {
        self.write(now, || "timeout".into());
        self.node.handle_timeout(now);
    }

    /// [`Node::poll_output`].
    pub fn poll_output(&mut self, now: Instant) -> Option<Bytes> {
        let output = self.node.poll_output();
        match &output {
            Some(octets) => self.write(now, || format!("out\t{}", hex(octets))),
            None => self.write(now, || "dry".into()),
        }
        output
    }

    /// [`Node::poll_event`].
    pub fn poll_event(&mut self, now: Instant) -> Option<NodeEvent> {
        let event = self.node.poll_event()?;
        self.write(now, || format!("event\t{}", shown(&event)));
        Some(event)
    }
}

/// Errors by their kind: their words may become better.
fn outcome(result: &Result<()>) -> String {
    match result {
        Ok(()) => "ok".into(),
        Err(error) => format!("{:?}", error.kind()),
    }
}

fn received(result: &Result<Option<Received>>) -> String {
    match result {
        Ok(None) => "none".into(),
        Ok(Some(Received::Message(octets))) => format!("message {}", hex(octets)),
        Ok(Some(Received::Interrupt(octets))) => format!("interrupt {}", hex(octets)),
        Err(error) => format!("{:?}", error.kind()),
    }
}

fn shown(event: &NodeEvent) -> String {
    match event {
        NodeEvent::CircuitDown(_) => "circuit down".into(),
        NodeEvent::Link(Event::Disconnected { link, reason, data, error }) => {
            let broke = error.is_some();
            format!("Disconnected {link:?} reason {} data {} broke a rule {broke}", reason.code(), hex(data))
        }
        NodeEvent::CircuitUp(_) | NodeEvent::Link(_) => format!("{event:?}"),
    }
}

/// Octets as digits; many of one kind as `{ab*9}`.
fn hex(octets: &[u8]) -> String {
    let mut text = String::new();
    for run in octets.chunk_by(|a, b| a == b) {
        let octet = run[0];
        let _ = match run.len() {
            1..=4 => run.iter().try_for_each(|octet| write!(text, "{octet:02x}")),
            length => write!(text, "{{{octet:02x}*{length}}}"),
        };
    }
    text
}

/// What a tape had.
#[derive(Debug, Default)]
pub struct Replayed {
    /// Pieces of the stream, and datagrams, that came from the peer.
    pub came: usize,
    /// Packets that were sent, and were sent again just so.
    pub sent: usize,
    /// Messages and interrupts that the user took.
    pub taken: usize,
    /// Events, as they are written.
    pub events: Vec<String>,
}

/// Plays a tape to a new node.
///
/// # Errors
/// The first line where the node does something else, and what. Octets are not shown where a line has many.
///
/// # Panics
/// If the tape is not one.
pub fn replay(tape: &str) -> Result<Replayed, String> {
    let mut lines = tape.lines().filter(|line| !line.starts_with('#')).enumerate();
    let (_, first) = lines.next().expect("a first line");
    let mut node = match first.split('\t').collect::<Vec<_>>()[..] {
        ["0", "node", address, medium, seed, verification, ignore] => {
            let medium = [Medium::MultinetTcp, Medium::MultinetUdp, Medium::Ethernet]
                .into_iter()
                .find(|known| format!("{known:?}") == medium)
                .expect("a medium");
            let mut config = NodeConfig::new(address.parse().expect("an address"), medium);
            config.seed = seed.parse().expect("a number");
            config.verification = crate::tsv::octets(verification).into();
            config.ignore_interrupt_credit = ignore == "true";
            Node::new(config).expect("a node")
        }
        _ => panic!("not a tape: {first}"),
    };
    let stream_medium = first.contains("MultinetTcp");
    let mut stream = BytesMut::new();
    let mut replayed = Replayed::default();
    for (number, line) in lines {
        let fields: Vec<&str> = line.split('\t').collect();
        let now = Instant::ZERO + Duration::from_nanos(fields[0].parse().expect("a time"));
        // A link has the number that the recorded node gave it; ours gives the same.
        let link = |text: &str| {
            let bits: u32 = text.parse().expect("a link");
            let outgoing = LinkId::of_user(bits);
            if outgoing.get() == bits { outgoing } else { LinkId::of_provider(bits) }
        };
        let octets = |text: &str| Bytes::from(crate::tsv::octets(text));
        let (found, expected) = match fields[1..] {
            ["object", number, name] => {
                let object = match (number.parse(), name) {
                    (Ok(number), "-") => Object::numbered(number),
                    (Ok(number), name) => Object::numbered(number).with_name(name.to_owned()),
                    (Err(_), name) => Object::named(name.to_owned()),
                };
                (outcome(&node.listen(object).map(drop)), "ok")
            }
            ["connected"] => {
                stream.clear();
                node.network_connected(now);
                continue;
            }
            ["closed"] => {
                node.network_closed(None, now);
                continue;
            }
            ["timeout"] => {
                node.handle_timeout(now);
                continue;
            }
            ["in", data] => {
                replayed.came += 1;
                if stream_medium {
                    stream.extend_from_slice(&octets(data));
                    node.received(&mut stream, now);
                } else {
                    node.datagram(&octets(data), now);
                }
                continue;
            }
            ["connect", to, data, expected] => {
                let data = ConnectData::decode(&octets(data)).expect("connect data");
                let options = ConnectOptions {
                    source: Some(data.source),
                    access: data.access,
                    user_data: data.user_data,
                    ..ConnectOptions::default()
                };
                let to: NodeAddress = to.parse().expect("an address");
                let link = node.connect(to, data.destination, options, now);
                (link.map_or_else(|error| error.to_string(), |link| link.get().to_string()), expected)
            }
            ["reject", to, reason, data, expected] => {
                let reason = Reason::new(reason.parse().expect("a reason"));
                (outcome(&node.reject(link(to), reason, octets(data), now)), expected)
            }
            [word @ ("accept" | "send" | "interrupt" | "disconnect" | "abort"), to, data, expected] => {
                let (link, data) = (link(to), octets(data));
                let result = match word {
                    "accept" => node.accept(link, data, now),
                    "send" => node.send(link, data, now),
                    "interrupt" => node.interrupt(link, data, now),
                    "disconnect" => node.disconnect(link, data, now),
                    _ => node.abort(link, data, now),
                };
                (outcome(&result), expected)
            }
            ["receive", to, expected] => {
                let result = node.receive(link(to), now);
                replayed.taken += usize::from(matches!(result, Ok(Some(_))));
                (received(&result), expected)
            }
            ["out", expected] => {
                replayed.sent += 1;
                (node.poll_output().map_or_else(|| "nothing".into(), |octets| hex(&octets)), expected)
            }
            ["dry"] => {
                (node.poll_output().map_or_else(|| "nothing".into(), |octets| hex(&octets)), "nothing")
            }
            ["event", expected] => {
                let found = node.poll_event().map_or_else(|| "nothing".into(), |event| shown(&event));
                replayed.events.push(found.clone());
                (found, expected)
            }
            _ => panic!("not a line of a tape: {line}"),
        };
        if found != expected {
            let short = |text: &str| text.chars().take(300).collect::<String>();
            return Err(format!("line {}: expected {}, found {}", number + 1, short(line), short(&found)));
        }
    }
    // What nobody took while the tape ran was not there either.
    match node.poll_event() {
        None => Ok(replayed),
        Some(event) => Err(format!("an event too many: {event:?}")),
    }
}
