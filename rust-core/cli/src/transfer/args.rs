//! The arguments of `send` and `receive`.
use crate::command::duration;
use crate::octets::selector;
use crate::peer::TlsFiles;
use clap::{Args as Arguments, ValueEnum};
use osisession::Bytes;
use osisession::durable::Durability;
use std::path::PathBuf;
use std::time::Duration;

/// When something is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Level {
    /// Each message as soon as the one before is.
    Message,
    /// Once for each checkpoint's worth of messages: the same promises, fewer syncs.
    Checkpoint,
    /// Not at all: survives connections, not processes.
    Memory,
}

impl Level {
    pub(crate) fn level(self) -> Durability {
        match self {
            Level::Message => Durability::EveryMessage,
            Level::Checkpoint => Durability::EveryCheckpoint,
            Level::Memory => Durability::MemoryOnly,
        }
    }
}

/// What both share.
#[derive(Clone, Debug, Arguments)]
pub(crate) struct Durable {
    /// The file that keeps what must survive.
    #[arg(long, value_name = "PATH")]
    pub(crate) journal: Option<PathBuf>,
    /// When something is stored.
    #[arg(long, value_enum, value_name = "LEVEL", default_value = "checkpoint")]
    pub(crate) durability: Level,
    /// One JSON object a line; see docs/json.md for the keys.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) tls: TlsFiles,
}

#[derive(Debug, Arguments)]
#[command(after_help = "\
The other end is 'osisession receive'. The connection may be lost, and either end killed, at any time: start the same command again,
and the transfer goes on where it was. The end has the file when this command says so: length and SHA-256 are verified there.

What must survive is kept in FILE.osisession-journal, unless '--journal' says otherwise, and removed with the end of the transfer.

Exit code: 0 the file is there, 1 it is not (refused, broken, given up, interrupted), 2 usage.

Examples:
  osisession send plan.pdf 192.0.2.7
  osisession send plan.pdf 192.0.2.7:10102 --give-up 10m --json")]
pub(crate) struct Send {
    /// The file.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// HOST, HOST:PORT or [IPV6]:PORT; the port is 102, with TLS 3782, if none is given.
    #[arg(value_name = "HOST[:PORT]")]
    pub(crate) peer: String,
    /// What the file is called there. Default: as it is called here.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Begin again, whatever an earlier transfer of the file came to.
    #[arg(long)]
    pub(crate) anew: bool,
    /// End when the transfer has not ended after this time; it can be taken up again. Default: never.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) give_up: Option<Duration>,
    /// Called T-selector: hex, text:TEXT, or none.
    #[arg(long, short = 'T', value_name = "SELECTOR", default_value = "none", value_parser = selector)]
    pub(crate) t_selector: Bytes,
    /// Called session selector: hex, text:TEXT, or none.
    #[arg(long, short = 'S', value_name = "SELECTOR", default_value = "none", value_parser = selector)]
    pub(crate) s_selector: Bytes,
    #[command(flatten)]
    pub(crate) durable: Durable,
}

#[derive(Debug, Arguments)]
#[command(after_help = "\
A file is written under a name that begins with '.osisession-', verified, and only then given its own. One that exists is not
touched: the new one gets a number. Ctrl-C or a kill ends the command, not the transfers: start it again.

Exit code: 0 as many files came as were wanted, or it was interrupted; 1 one did not come whole; 2 usage.

Examples:
  osisession receive incoming
  osisession receive incoming --listen 0.0.0.0:102 --count 1 --json")]
pub(crate) struct Receive {
    /// Where files go.
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) directory: PathBuf,
    /// HOST:PORT or [IPV6]:PORT; port 0 is any free one.
    #[arg(long, short = 'l', value_name = "ADDRESS", default_value = "127.0.0.1:10102")]
    pub(crate) listen: String,
    /// End after so many files; 0 goes on until it is interrupted.
    #[arg(long, short, value_name = "COUNT", default_value_t = 0)]
    pub(crate) count: u64,
    /// Refuse files that are longer, in octets.
    #[arg(long, value_name = "OCTETS", default_value_t = u64::MAX, hide_default_value = true)]
    pub(crate) max_size: u64,
    /// Transfers at the same time; other callers try again later.
    #[arg(long, value_name = "COUNT", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(crate) max_transfers: u32,
    /// The T-selector to answer: hex, text:TEXT, or none. Default: any.
    #[arg(long, short = 'T', value_name = "SELECTOR", value_parser = selector)]
    pub(crate) t_selector: Option<Bytes>,
    /// The session selector to answer. Default: any.
    #[arg(long, short = 'S', value_name = "SELECTOR", value_parser = selector)]
    pub(crate) s_selector: Option<Bytes>,
    #[command(flatten)]
    pub(crate) durable: Durable,
}
