//! `osisession decode`.
use crate::args::Decode;
use crate::input::{self, Input, Part};
use crate::json::Json;
use crate::ladder::Ladder;
use crate::progress::Progress;
use crate::sink::{Connection, Sink, is_invalid};
use crate::text::Text;
use osisession_capture::{Capture, CaptureError, Options, Seen, Statistics};
use osisession_proto::x225::follow::Follower;
use osisession_proto::x225::passive::{Content, Direction, Item, Passive};
use osisession_proto::x225::spdu::{Flow, Leniency};
use osisession_proto::{Instant, Limits};
use std::collections::HashMap;
use std::io::{self, Read, Write};

/// Why the command could not do its work.
#[derive(Debug)]
pub(crate) struct Failure(io::Error);

impl From<Failure> for io::Error {
    fn from(failure: Failure) -> io::Error {
        failure.0
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure(error)
    }
}

/// Everything that items go to, and what is remembered of them.
struct Outputs<'w> {
    sinks: Vec<Box<dyn Sink + 'w>>,
    tsdus: u64,
    invalid: bool,
    /// Each connection with the machines that follow it.
    followers: HashMap<usize, Follower>,
    states: bool,
}

/// Connections that are followed at once; the others are only decoded.
const MAX_FOLLOWED: usize = 1_024;

impl Outputs<'_> {
    fn item(&mut self, connection: &Connection, item: &Item) -> io::Result<()> {
        self.tsdus += u64::from(matches!(item.content, Content::Tsdu(_)));
        self.invalid |= is_invalid(item);
        for sink in &mut self.sinks {
            sink.item(connection, item)?;
        }
        self.follow(connection, item)
    }

    fn follow(&mut self, connection: &Connection, item: &Item) -> io::Result<()> {
        if self.followers.len() >= MAX_FOLLOWED && !self.followers.contains_key(&connection.number) {
            self.followers.retain(|_, follower| follower.is_following());
            if self.followers.len() >= MAX_FOLLOWED {
                return Ok(());
            }
        }
        let follower = self.followers.entry(connection.number).or_default();
        let violation = follower.item(item);
        let standing = match item.content {
            Content::Tsdu(_) | Content::Negotiated(_) if self.states => follower.standing(),
            _ => None,
        };
        self.invalid |= violation.is_some();
        for sink in &mut self.sinks {
            if let Some(error) = &violation {
                sink.violation(connection, item, error)?;
            }
            if let Some(standing) = &standing {
                sink.standing(connection, item, standing)?;
            }
        }
        Ok(())
    }

    fn drain(&mut self, connection: &Connection, passive: &mut Passive) -> io::Result<()> {
        while let Some(item) = passive.poll() {
            self.item(connection, &item)?;
        }
        Ok(())
    }
}

/// A conversation of TSDUs and TPKTs that came as arguments, without addresses and time.
struct Conversation {
    connection: Connection,
    passive: Passive,
    flow: Flow,
}

impl Conversation {
    fn new(args: &Decode, number: usize) -> Conversation {
        Conversation {
            connection: Connection { number, first: "first".into(), second: "second".into(), timed: false },
            passive: Passive::new(Limits::default(), leniency(args)),
            flow: if args.expedited { Flow::Expedited } else { Flow::Normal },
        }
    }

    /// The one conversation; it is a connection among others, with the next number.
    fn of<'c>(this: &'c mut Option<Self>, args: &Decode, connections: &mut usize) -> &'c mut Self {
        this.get_or_insert_with(|| {
            *connections += 1;
            Conversation::new(args, *connections)
        })
    }

    fn tsdu(&mut self, direction: Direction, octets: Vec<u8>, outputs: &mut Outputs<'_>) -> io::Result<()> {
        // EXPEDITED and PREPARE are found on the expedited flow alone.
        let expedited = matches!(octets.first(), Some(5 | 7));
        let flow = if expedited { Flow::Expedited } else { self.flow };
        self.passive.tsdu(direction, flow, octets.into(), Instant::ZERO);
        outputs.drain(&self.connection, &mut self.passive)
    }

    fn part(&mut self, part: Part, outputs: &mut Outputs<'_>) -> io::Result<()> {
        if !input::is_tpkt(&part.octets) {
            return self.tsdu(part.direction, part.octets, outputs);
        }
        self.passive.stream(part.direction, &part.octets, Instant::ZERO);
        outputs.drain(&self.connection, &mut self.passive)
    }

    fn finish(&mut self, outputs: &mut Outputs<'_>) -> io::Result<()> {
        for direction in [Direction::Forward, Direction::Backward] {
            self.passive.end(direction, Instant::ZERO);
        }
        outputs.drain(&self.connection, &mut self.passive)
    }
}

fn leniency(args: &Decode) -> Leniency {
    if args.strict { Leniency::STRICT } else { Leniency::TOLERANT }
}

/// Decodes all inputs; `true` if all of it is valid.
pub(crate) fn run(
    args: &Decode,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
    progress: &mut Progress,
) -> Result<bool, Failure> {
    let hex = !args.no_hex;
    let main: Box<dyn Sink + '_> = if args.json {
        Box::new(Json::new(stdout, hex, args.tpdu))
    } else {
        Box::new(Text::new(stdout, hex, args.tpdu))
    };
    let mut sinks = vec![main];
    if let Some(path) = &args.ladder {
        sinks.push(Box::new(Ladder::create(path)?));
    }
    let mut outputs =
        Outputs { sinks, tsdus: 0, invalid: false, followers: HashMap::new(), states: args.states };
    // All arguments that are no captures are one conversation.
    let mut conversation: Option<Conversation> = None;
    let mut connections = 0;
    for path in &args.tsdu {
        let octets = input::tsdu(path)?;
        Conversation::of(&mut conversation, args, &mut connections).tsdu(
            Direction::Forward,
            octets,
            &mut outputs,
        )?;
    }
    let standard_input = ["-".to_owned()];
    let inputs =
        if args.inputs.is_empty() && args.tsdu.is_empty() { &standard_input[..] } else { &args.inputs };
    for argument in inputs {
        match input::open(argument)? {
            Input::Capture { reader, size } => {
                progress.begin(size);
                let outcome = capture(args, reader, &mut connections, progress, &mut outputs);
                progress.finish();
                match outcome {
                    Ok(statistics) => {
                        if statistics.connections == 0 {
                            let ports: Vec<_> = options(args).ports.iter().map(u16::to_string).collect();
                            let hint = if args.any_port { "" } else { "; try --port or --any-port" };
                            let _ = writeln!(
                                stderr,
                                "osisession: {argument}: no data on TCP port {} in {} packets{hint}",
                                ports.join(", "),
                                statistics.packets
                            );
                        }
                    }
                    Err(CaptureFailure::Capture(error)) => {
                        outputs.invalid = true;
                        let _ = writeln!(stderr, "osisession: {argument}: {error}");
                    }
                    Err(CaptureFailure::Output(error)) => return Err(error.into()),
                }
            }
            Input::Parts(parts) => {
                let conversation = Conversation::of(&mut conversation, args, &mut connections);
                for part in parts {
                    conversation.part(part, &mut outputs)?;
                }
            }
        }
    }
    if let Some(mut conversation) = conversation {
        conversation.finish(&mut outputs)?;
    }
    for sink in &mut outputs.sinks {
        sink.finish()?;
    }
    Ok(outputs.tsdus > 0 && !outputs.invalid)
}

enum CaptureFailure {
    Capture(CaptureError),
    Output(io::Error),
}

fn options(args: &Decode) -> Options {
    let mut options = Options { any_port: args.any_port, leniency: leniency(args), ..Options::default() };
    if !args.port.is_empty() {
        options.ports.clone_from(&args.port);
    }
    options
}

fn capture(
    args: &Decode,
    reader: Box<dyn Read + Send>,
    connections: &mut usize,
    progress: &mut Progress,
    outputs: &mut Outputs<'_>,
) -> Result<Statistics, CaptureFailure> {
    let mut capture = Capture::new(reader, options(args)).map_err(CaptureFailure::Capture)?;
    let before = *connections;
    loop {
        progress.set(capture.consumed());
        match capture.next_item() {
            Ok(Some(Seen { connection, item })) => {
                *connections = before + capture.statistics().connections;
                let connection = Connection {
                    number: before + connection.number,
                    first: connection.first.to_string(),
                    second: connection.second.to_string(),
                    timed: true,
                };
                outputs.item(&connection, &item).map_err(CaptureFailure::Output)?;
            }
            Ok(None) => return Ok(capture.statistics()),
            Err(error) => return Err(CaptureFailure::Capture(error)),
        }
    }
}
