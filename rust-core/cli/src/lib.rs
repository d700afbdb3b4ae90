//! `osisession` on the command line: what a capture, a TSDU or a hex string says; calling systems, answering them, measuring.
//!
//! [`run`] is the whole command with its outputs as arguments; [`main_from`] runs it on the process's own. Exit codes:
//! [`VALID`], [`INVALID`], [`USAGE`].
#![forbid(unsafe_code)]

mod args;
mod bench;
mod command;
mod completions;
mod connect;
mod decode;
mod events;
mod input;
mod journal;
mod json;
mod ladder;
mod listen;
mod mms;
mod octets;
mod peer;
mod ping;
mod probe;
mod progress;
mod report;
mod scp;
mod script;
mod sink;
mod text;
mod transfer;
mod zip;

use clap::Parser;
use command::{Context, Stop};
use progress::{Progress, Screen};
use std::io::{self, IsTerminal, Write};

/// Everything that was read is valid; everything that was tried came about.
pub const VALID: i32 = 0;
/// Something is invalid, or nothing could be read; something did not come about.
pub const INVALID: i32 = 1;
/// The command was called wrongly, or a file cannot be read or written.
pub const USAGE: i32 = 2;

/// Where the outputs go.
#[derive(Clone, Copy, Debug, Default)]
struct Terminal {
    colour: bool,
    interactive: bool,
    /// Standard error is one: a bar can be drawn there.
    bar: bool,
}

/// Runs the command with these arguments (the first is the program's name) and returns its exit code.
pub fn run(args: Vec<String>, stdout: &mut dyn Write, stderr: &mut dyn Write) -> i32 {
    run_with(args, stdout, stderr, &mut Progress::none(), Terminal::default())
}

/// Runs the command on the output of this process, with colours and a progress bar where it is a terminal.
pub fn main_from(args: Vec<String>) -> i32 {
    let on_terminal = io::stdout().is_terminal();
    let mut progress = if on_terminal { Progress::terminal() } else { Progress::none() };
    // https://no-color.org: present and not empty.
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
        || std::env::var_os("TERM").is_some_and(|value| value == "dumb");
    let terminal = Terminal {
        colour: on_terminal && !unwanted,
        interactive: on_terminal && io::stdin().is_terminal(),
        bar: io::stderr().is_terminal(),
    };
    let screen = Screen::new(io::stdout().lock(), progress.clone());
    let mut stdout = io::BufWriter::with_capacity(1 << 16, screen);
    let code = run_with(args, &mut stdout, &mut io::stderr(), &mut progress, terminal);
    // Whoever reads may have had enough: that is no failure of this command.
    let _ = stdout.flush();
    code
}

fn run_with(
    args: Vec<String>,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
    progress: &mut Progress,
    terminal: Terminal,
) -> i32 {
    let args = match args::Args::try_parse_from(args) {
        Ok(args) => args,
        Err(error) => {
            let text = if terminal.colour && !error.use_stderr() {
                error.render().ansi().to_string()
            } else {
                error.render().to_string()
            };
            let _ = if error.use_stderr() { write!(stderr, "{text}") } else { write!(stdout, "{text}") };
            return error.exit_code();
        }
    };
    let Terminal { colour, interactive, bar } = terminal;
    let mut context = Context { out: stdout, err: stderr, progress, colour, interactive, bar };
    let outcome = dispatch(&args.command, &mut context);
    let usage = match outcome {
        Ok(true) => return VALID,
        Ok(false) => return INVALID,
        Err(Stop::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => return VALID,
        Err(Stop::Output(error)) => error.to_string(),
        Err(Stop::Usage(text)) => text,
    };
    let _ = writeln!(stderr, "osisession: {usage}");
    USAGE
}

fn dispatch(command: &args::Command, context: &mut Context<'_>) -> Result<bool, Stop> {
    match command {
        args::Command::Decode(args) => decode::run(args, context.out, context.err, context.progress)
            .map_err(|failure| Stop::Output(failure.into())),
        args::Command::Ping(args) => ping::run(args, context),
        args::Command::Probe(args) => probe::run(args, context),
        args::Command::Connect(args) => connect::run(args, context),
        args::Command::Listen(args) => listen::run(args, context),
        args::Command::Bench(args) => bench::run(args, context),
        args::Command::Send(args) => transfer::send(args, context),
        args::Command::Receive(args) => transfer::receive(args, context),
        args::Command::Completions(args) => completions::completions(args, context),
        args::Command::Man(args) => completions::man(args, context),
        args::Command::Zip(args) => zip::run(args, context),
        args::Command::Scp(args) => match scp::run(args, context.out) {
            Ok(done) => Ok(done),
            Err(scp::Failure::Usage(text)) => Err(Stop::Usage(text)),
            Err(scp::Failure::Output(error)) => Err(Stop::Output(error)),
            Err(scp::Failure::Failed(error)) => {
                writeln!(context.err, "osisession: {error}")?;
                Ok(false)
            }
        },
        args::Command::Journal(args) => journal::run(args, context.out).map_err(Stop::from),
    }
}
