//! The arguments of `osisession scp`.
use clap::{Args, Subcommand, ValueEnum};
use osisession::decnet::{Circuit, NodeAddress};
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_help = "\
A node is AREA.NODE, or a name that --node makes known. An object is a number (25) or a name (MIRROR).
A circuit is tcp:HOST:PORT, listen:HOST:PORT[,SOURCE]... or udp:LOCAL:PORT,HOST:PORT, by Multinet; eth:INTERFACE, an Ethernet
(Linux, with the capability CAP_NET_RAW); or ethudp:LOCAL:PORT,HOST:PORT, an Ethernet whose frames a bridge carries in UDP.

Exit code: 0 done, 1 the circuit, the node or the object failed, 2 usage.

Examples:
  osisession scp ping 1.1 --address 1.2 --circuit tcp:router.example:700
  osisession scp connect 1.1 MAIL --address 1.2 --circuit tcp:router.example:700 --message hello
  osisession scp ping 1.1 --address 1.2 --circuit eth:eth0
  osisession scp listen 25 --name MIRROR --answer mirror --address 1.1 --circuit listen:0.0.0.0:700")]
pub(crate) struct Scp {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Send messages to the MIRROR object of a node and time the answers.
    Ping(Ping),
    /// Connect to an object, send messages (lines of standard input) and show what comes.
    Connect(Connect),
    /// Be an object: accept connects and show, echo or mirror what comes.
    Listen(Listen),
}

/// What every command needs.
#[derive(Debug, Args)]
pub(super) struct Common {
    /// Our own address, AREA.NODE.
    #[arg(long, value_name = "A.N")]
    pub(super) address: NodeAddress,
    /// What connects this node.
    #[arg(long, value_name = "CIRCUIT")]
    pub(super) circuit: Circuit,
    /// The name of a node. May be repeated.
    #[arg(long, value_name = "NAME=A.N", value_parser = node)]
    pub(super) node: Vec<(String, NodeAddress)>,
    /// A file with what this node proves itself with on its circuit; a newline at its end is taken off.
    #[arg(long, value_name = "FILE")]
    pub(super) verification_file: Option<PathBuf>,
    /// How long to wait for the circuit, and for answers.
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub(super) timeout: f64,
    /// One JSON object a line; see docs/decnet.md for the keys.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Ping {
    /// The node to ping.
    #[arg(value_name = "NODE")]
    pub(super) called: String,
    /// How many messages.
    #[arg(long, short, default_value_t = 5)]
    pub(super) count: u64,
    /// Octets of each, after the function code.
    #[arg(long, short, default_value_t = 64, value_parser = clap::value_parser!(u16).range(0..=65_000))]
    pub(super) size: u16,
    /// Between one message and the next.
    #[arg(long, short, value_name = "SECONDS", default_value = "1", value_parser = seconds)]
    pub(super) interval: f64,
    #[command(flatten)]
    pub(super) common: Common,
}

#[derive(Debug, Args)]
pub(super) struct Connect {
    /// The node to call.
    #[arg(value_name = "NODE")]
    pub(super) called: String,
    /// The object to call.
    #[arg(value_name = "OBJECT")]
    pub(super) object: String,
    /// Who calls: a name.
    #[arg(long, value_name = "NAME")]
    pub(super) source: Option<String>,
    /// User name.
    #[arg(long)]
    pub(super) user: Option<String>,
    /// A file with the password; a newline at its end is taken off. It travels in clear.
    #[arg(long, value_name = "FILE")]
    pub(super) password_file: Option<PathBuf>,
    /// Account.
    #[arg(long)]
    pub(super) account: Option<String>,
    /// User data of the connect, up to 16 octets.
    #[arg(long, value_name = "TEXT")]
    pub(super) data: Option<String>,
    /// A message to send, instead of lines of standard input. May be repeated.
    #[arg(long, value_name = "TEXT")]
    pub(super) message: Vec<String>,
    /// End the link when this many messages have come.
    #[arg(long, value_name = "COUNT")]
    pub(super) until: Option<u64>,
    #[command(flatten)]
    pub(super) common: Common,
}

/// What an object does with messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Answer {
    /// Shows them.
    Show,
    /// Shows them and sends them back.
    Echo,
    /// What object 25 does: returns a message whose first octet is 0 with 1 in its place.
    Mirror,
}

#[derive(Debug, Args)]
pub(super) struct Listen {
    /// The object's number or name.
    #[arg(value_name = "OBJECT")]
    pub(super) object: String,
    /// A name besides the number.
    #[arg(long)]
    pub(super) name: Option<String>,
    /// What to do with messages.
    #[arg(long, value_enum, default_value = "show")]
    pub(super) answer: Answer,
    /// Accept data, up to 16 octets.
    #[arg(long, value_name = "TEXT")]
    pub(super) data: Option<String>,
    /// End when this many links have ended.
    #[arg(long, value_name = "LINKS")]
    pub(super) count: Option<u64>,
    #[command(flatten)]
    pub(super) common: Common,
}

fn node(text: &str) -> Result<(String, NodeAddress), String> {
    let (name, address) = text.split_once('=').ok_or("expected NAME=AREA.NODE")?;
    Ok((name.to_owned(), address.parse().map_err(|error: osisession::Error| error.to_string())?))
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| "expected seconds")?;
    if (0.0..=1e6).contains(&seconds) { Ok(seconds) } else { Err("expected 0 to 1000000 seconds".into()) }
}
