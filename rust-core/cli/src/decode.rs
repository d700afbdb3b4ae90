//! `osisession decode`.
use crate::args::Decode;
use crate::input::{self, Input, Part};
use crate::json::Json;
use crate::sink::{Connection, Sink, is_invalid};
use crate::text::Text;
use osisession_proto::x225::passive::{Content, Direction, Passive};
use osisession_proto::x225::spdu::{Flow, Leniency};
use osisession_proto::{Bytes, Instant, Limits};
use std::io::{self, Write};

/// Why the command could not do its work.
#[derive(Debug)]
pub(crate) struct Failure(io::Error);

impl Failure {
    pub(crate) fn is_broken_pipe(&self) -> bool {
        self.0.kind() == io::ErrorKind::BrokenPipe
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure(error)
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Everything that items go to, and what is remembered of them.
struct Outputs<'w> {
    sinks: Vec<Box<dyn Sink + 'w>>,
    tsdus: u64,
    invalid: bool,
}

impl Outputs<'_> {
    fn drain(&mut self, connection: &Connection, passive: &mut Passive) -> io::Result<()> {
        while let Some(item) = passive.poll() {
            self.tsdus += u64::from(matches!(item.content, Content::Tsdu(_)));
            self.invalid |= is_invalid(&item);
            for sink in &mut self.sinks {
                sink.item(connection, &item)?;
            }
        }
        Ok(())
    }
}

/// Decodes all inputs; `true` if all of it is valid.
pub(crate) fn run(args: &Decode, stdout: &mut dyn Write, _terminal: bool) -> Result<bool, Failure> {
    let hex = !args.no_hex;
    let main: Box<dyn Sink + '_> = if args.json {
        Box::new(Json::new(stdout, hex, args.tpdu))
    } else {
        Box::new(Text::new(stdout, hex, args.tpdu))
    };
    let mut outputs = Outputs { sinks: vec![main], tsdus: 0, invalid: false };
    let leniency = if args.strict { Leniency::STRICT } else { Leniency::TOLERANT };

    // TSDUs and TPKTs from arguments belong to one conversation.
    let connection = Connection { number: 1, first: "first".into(), second: "second".into(), timed: false };
    let mut passive = Passive::new(Limits::default(), leniency);
    let flow = if args.expedited { Flow::Expedited } else { Flow::Normal };
    for path in &args.tsdu {
        let octets = Bytes::from(input::tsdu(path)?);
        passive.tsdu(Direction::Forward, flow, octets, Instant::ZERO);
        outputs.drain(&connection, &mut passive)?;
    }
    let standard_input = ["-".to_owned()];
    let inputs =
        if args.inputs.is_empty() && args.tsdu.is_empty() { &standard_input[..] } else { &args.inputs };
    for argument in inputs {
        match input::open(argument)? {
            Input::Capture { .. } => return Err(io::Error::other("captures are not supported").into()),
            Input::Parts(parts) => {
                for Part { direction, octets } in parts {
                    if input::is_tpkt(&octets) {
                        passive.stream(direction, &octets, Instant::ZERO);
                    } else {
                        passive.tsdu(direction, flow, octets.into(), Instant::ZERO);
                    }
                    outputs.drain(&connection, &mut passive)?;
                }
            }
        }
    }
    for direction in [Direction::Forward, Direction::Backward] {
        passive.end(direction, Instant::ZERO);
    }
    outputs.drain(&connection, &mut passive)?;
    for sink in &mut outputs.sinks {
        sink.finish()?;
    }
    Ok(outputs.tsdus > 0 && !outputs.invalid)
}
