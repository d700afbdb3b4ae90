//! The arguments.
use clap::{Args as Arguments, Parser, Subcommand};
use std::path::PathBuf;

/// The OSI session layer: decode what it says. DECnet session control: call objects, and be one.
#[derive(Debug, Parser)]
#[command(name = "osisession", version, arg_required_else_help = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show the SPDUs in hex, TSDU files and captures.
    Decode(Decode),
    /// Talk to DECnet nodes: ping, connect, listen.
    Scp(Box<crate::scp::Scp>),
}

#[derive(Debug, Arguments)]
#[command(after_help = "\
Exit code: 0 all valid, 1 something is invalid or there is nothing to read, 2 usage.

Hex is one TSDU (or one TPKT) for each argument or line; blanks, ':', ',' and '0x' are passed over, '#' begins a
comment. '<' before it says that it goes from the second party to the first.

Examples:
  osisession decode 0100010068656c6c6f
  osisession decode trace.pcapng --ladder trace.html
  osisession decode --json trace.pcap | jq 'select(.mnemonic == \"AB\")'")]
pub(crate) struct Decode {
    /// Hex, or a file: pcap, pcapng, hex as text, TPKTs, or a raw TSDU. '-' (the default) is standard input.
    #[arg(value_name = "HEX|FILE")]
    pub(crate) inputs: Vec<String>,
    /// A file that is one raw TSDU, whatever it looks like. May be repeated.
    #[arg(long, value_name = "FILE")]
    pub(crate) tsdu: Vec<PathBuf>,
    /// TCP ports in captures, instead of 102. May be repeated.
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Vec<u16>,
    /// In captures, look for TPKT on every TCP port.
    #[arg(long)]
    pub(crate) any_port: bool,
    /// One JSON object a line; see docs/json.md for the keys.
    #[arg(long)]
    pub(crate) json: bool,
    /// Draw a ladder diagram: SVG, or HTML if the name ends in .html or .htm.
    #[arg(long, value_name = "FILE")]
    pub(crate) ladder: Option<PathBuf>,
    /// Refuse all that the standard calls invalid, instead of reporting what was tolerated.
    #[arg(long)]
    pub(crate) strict: bool,
    /// The TSDUs of hex arguments and TSDU files came on the transport expedited flow.
    #[arg(long)]
    pub(crate) expedited: bool,
    /// Show TPDUs too.
    #[arg(long)]
    pub(crate) tpdu: bool,
    /// After each TSDU say where both session protocol machines stand, if all that was seen has arrived.
    #[arg(long)]
    pub(crate) states: bool,
    /// Leave out the raw octets.
    #[arg(long)]
    pub(crate) no_hex: bool,
}
