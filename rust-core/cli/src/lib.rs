//! `osisession` on the command line: what a capture, a TSDU or a hex string says; DECnet objects called and answered.
//!
//! [`run`] is the whole command with its outputs as arguments; [`main_from`] runs it on the process's own. Exit codes:
//! [`VALID`], [`INVALID`], [`USAGE`].
#![forbid(unsafe_code)]

mod args;
mod decode;
mod input;
mod json;
mod ladder;
mod progress;
mod scp;
mod sink;
mod text;

use clap::Parser;
use progress::{Progress, Screen};
use std::io::{self, IsTerminal, Write};

/// Everything that was read is valid.
pub const VALID: i32 = 0;
/// Something is invalid, or nothing could be read; the network, a node or an object failed.
pub const INVALID: i32 = 1;
/// The command was called wrongly, or a file cannot be read or written.
pub const USAGE: i32 = 2;

/// Runs the command with these arguments (the first is the program's name) and returns its exit code.
pub fn run(args: Vec<String>, stdout: &mut dyn Write, stderr: &mut dyn Write) -> i32 {
    run_with(args, stdout, stderr, &mut Progress::none())
}

/// Runs the command on the output of this process, with a progress bar where it is a terminal.
pub fn main_from(args: Vec<String>) -> i32 {
    let mut progress = if io::stdout().is_terminal() { Progress::terminal() } else { Progress::none() };
    let screen = Screen::new(io::stdout().lock(), progress.clone());
    let mut stdout = io::BufWriter::with_capacity(1 << 16, screen);
    let code = run_with(args, &mut stdout, &mut io::stderr(), &mut progress);
    // Whoever reads may have had enough: that is no failure of this command.
    let _ = stdout.flush();
    code
}

fn run_with(
    args: Vec<String>,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
    progress: &mut Progress,
) -> i32 {
    let args = match args::Args::try_parse_from(args) {
        Ok(args) => args,
        Err(error) => {
            let text = error.render().to_string();
            let _ = if error.use_stderr() { write!(stderr, "{text}") } else { write!(stdout, "{text}") };
            return error.exit_code();
        }
    };
    let decode = match args.command {
        args::Command::Decode(decode) => decode,
        args::Command::Scp(scp) => return scp_code(scp::run(&scp, stdout), stderr),
    };
    match decode::run(&decode, stdout, stderr, progress) {
        Ok(true) => VALID,
        Ok(false) => INVALID,
        Err(error) if error.is_broken_pipe() => VALID,
        Err(error) => {
            let _ = writeln!(stderr, "osisession: {error}");
            USAGE
        }
    }
}

fn scp_code(outcome: Result<bool, scp::Failure>, stderr: &mut dyn Write) -> i32 {
    let (text, code) = match outcome {
        Ok(true) => return VALID,
        Ok(false) => return INVALID,
        // Whoever reads may have had enough.
        Err(scp::Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => return VALID,
        Err(scp::Failure::Output(error)) => (error.to_string(), USAGE),
        Err(scp::Failure::Usage(text)) => (text, USAGE),
        Err(scp::Failure::Failed(error)) => (error.to_string(), INVALID),
    };
    let _ = writeln!(stderr, "osisession: {text}");
    code
}
