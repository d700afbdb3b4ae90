//! The arguments.
use crate::command::duration;
use crate::octets::selector;
use crate::peer::{Proposal, TlsFiles, units, versions};
use clap::{Args as Arguments, Parser, Subcommand, ValueEnum};
use osisession::{Bytes, FunctionalUnits, Versions};
use std::path::PathBuf;
use std::time::Duration;

/// The OSI session layer (X.225 over RFC 1006): look at it, call it, answer it, measure it.
#[derive(Debug, Parser)]
#[command(
    name = "osisession",
    version,
    arg_required_else_help = true,
    after_help = "\
Exit codes: 0 all is well, 1 something is not (invalid octets, no session, an expectation that was not met), 2 usage.
Colours and progress bars are for terminals; NO_COLOR=1 turns colours off. What reports has --json: one object a line."
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show the SPDUs in hex, TSDU files and captures.
    Decode(Decode),
    /// Look into a journal, verify it, make it smaller.
    Journal(crate::journal::Journal),
    /// Connect, release, take the time.
    Ping(Box<Ping>),
    /// Ask a system what it accepts, politely, and name the likely stack.
    Probe(Box<Probe>),
    /// Hold a session by hand or by a script.
    Connect(Box<Connect>),
    /// Answer callers, well or deliberately badly.
    Listen(Box<Listen>),
    /// Measure connects, round trips and throughput.
    Bench(Box<Bench>),
    /// Send a file to 'osisession receive', whatever happens on the way.
    Send(Box<crate::transfer::args::Send>),
    /// Receive files of 'osisession send'.
    Receive(Box<crate::transfer::args::Receive>),
    /// AppleTalk: list zones, look names up, be a router.
    Zip(crate::zip::args::Zip),
    /// Talk to DECnet nodes: ping, connect, listen.
    Scp(Box<crate::scp::Scp>),
    /// Print a script that completes this command in a shell.
    Completions(Completions),
    /// Print a page for man.
    Man(Man),
}

/// A shell that can complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
}

#[derive(Debug, Arguments)]
#[command(after_help = "\
Examples:
  osisession completions bash > ~/.local/share/bash-completion/completions/osisession
  osisession completions zsh > ~/.zfunc/_osisession
  osisession completions fish > ~/.config/fish/completions/osisession.fish")]
pub(crate) struct Completions {
    /// For which shell.
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

#[derive(Debug, Arguments)]
#[command(after_help = "\
Examples:
  osisession man | man -l -
  osisession man probe > osisession-probe.1")]
pub(crate) struct Man {
    /// Of this command; of all if none is named.
    #[arg(value_name = "COMMAND")]
    pub(crate) command: Option<String>,
}

#[derive(Debug, Arguments)]
#[command(after_help = "\
Without a peer, a listener of this process is measured. A peer must send data back, as 'osisession listen --quiet' does. Each
measurement is one session at a time, and takes the whole of a core on each side: measure only what is yours.

connects     whole sessions: TCP, T-CONNECT, S-CONNECT, S-RELEASE
round-trips  S-DATA there and back, one after the other
throughput   S-DATA there and back, up to half a megabyte under way

Exit code: 0 all was measured, 1 something could not be, 2 usage.

Examples:
  osisession bench
  osisession bench --time 5s --size 1000 192.0.2.7:10102
  osisession bench --json | jq '{what, per_second}'")]
pub(crate) struct Bench {
    /// HOST, HOST:PORT or [IPV6]:PORT; a listener of this process if none is given.
    #[arg(value_name = "HOST[:PORT]")]
    pub(crate) peer: Option<String>,
    /// How long each of the three measurements takes.
    #[arg(long, short, value_name = "TIME", default_value = "2s", value_parser = duration)]
    pub(crate) time: Duration,
    /// Octets of S-DATA in a round trip.
    #[arg(long, value_name = "OCTETS", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) size: u32,
    /// Octets of S-DATA in the measurement of throughput.
    #[arg(long, value_name = "OCTETS", default_value_t = 60_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) block: u32,
    /// At most so many sessions in the measurement of connects; 0 is as many as the time allows.
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    pub(crate) max_connects: u64,
    /// One JSON object a line.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) proposal: Proposal,
}

macro_rules! behaviours {
    ($($name:ident $word:literal $raw:literal $meaning:literal;)*) => {
        /// What a listener does.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
        pub(crate) enum Behaviour {
            $(#[doc = $meaning] #[value(name = $word)] $name,)*
        }

        impl Behaviour {
            pub(crate) fn word(self) -> &'static str {
                match self { $(Behaviour::$name => $word,)* }
            }

            pub(crate) fn meaning(self) -> &'static str {
                match self { $(Behaviour::$name => $meaning,)* }
            }

            /// Done on a socket, without a session machine.
            pub(crate) fn is_raw(self) -> bool {
                match self { $(Behaviour::$name => $raw,)* }
            }
        }
    };
}

behaviours! {
    Echo "echo" false "accepts, sends data back, confirms what wants to be confirmed";
    Sink "sink" false "as echo, but drops data";
    Script "script" false "does what the lines of a file say";
    Refuse "refuse" false "answers CONNECT with REFUSE";
    Abort "abort" false "answers CONNECT with ABORT";
    Dr "dr" true "answers CR with DR";
    Silent "silent" true "says nothing at all";
    Mute "mute" true "answers CR with CC, then says nothing";
    Close "close" true "closes TCP at once";
    CloseOnCr "close-on-cr" true "closes TCP instead of answering CR";
    CloseOnCn "close-on-cn" true "closes TCP instead of answering CONNECT";
    HalfAc "half-ac" true "sends the first half of an ACCEPT, then nothing";
    BadAc "bad-ac" true "sends an ACCEPT whose length is wrong";
    Garbage "garbage" true "sends octets that are nothing";
    Http "http" true "answers as a web server does";
}

#[derive(Debug, Arguments)]
#[command(after_help = "\
A script has the lines of 'osisession connect', from the listener's side. Unless its first line is 'expect connect', 'accept',
'reject' or 'abort', the CONNECT is accepted before it. When its lines are done, the caller's release is agreed to.

Exit code: 0 all callers went well, 1 one did not (an abort, a failed expectation), 2 usage.

Examples:
  osisession listen
  osisession listen 0.0.0.0:102 -T 0001 -S 0001 --json
  osisession listen --behaviour refuse --reason 1
  osisession listen --behaviour half-ac --count 1
  osisession listen --script answers.txt --count 1")]
pub(crate) struct Listen {
    /// HOST:PORT or [IPV6]:PORT; port 0 is any free one.
    #[arg(value_name = "ADDRESS", default_value = "127.0.0.1:10102")]
    pub(crate) address: String,
    /// What to do with callers.
    #[arg(long, short, value_enum, value_name = "BEHAVIOUR", default_value = "echo")]
    pub(crate) behaviour: Behaviour,
    /// Do what the lines of a file say.
    #[arg(long, short = 'f', value_name = "FILE", conflicts_with = "behaviour")]
    pub(crate) script: Option<PathBuf>,
    /// The reason code of refuse (0 to 2) and of dr.
    #[arg(long, value_name = "CODE")]
    pub(crate) reason: Option<u8>,
    /// End after so many callers; 0 goes on until it is interrupted.
    #[arg(long, short, value_name = "COUNT", default_value_t = 0)]
    pub(crate) count: u64,
    /// Callers at the same time; others wait.
    #[arg(long, value_name = "COUNT", default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(crate) max_sessions: u32,
    /// The T-selector to answer: hex, text:TEXT, or none. Default: any.
    #[arg(long, short = 'T', value_name = "SELECTOR", value_parser = selector)]
    pub(crate) t_selector: Option<Bytes>,
    /// The session selector to answer. Default: any.
    #[arg(long, short = 'S', value_name = "SELECTOR", value_parser = selector)]
    pub(crate) s_selector: Option<Bytes>,
    /// Functional units to offer, with commas; or all.
    #[arg(long, short = 'u', value_name = "UNITS", default_value = "all", value_parser = units)]
    pub(crate) units: FunctionalUnits,
    /// Protocol versions to accept: 1, 2, or 1,2.
    #[arg(long, value_name = "VERSIONS", default_value = "1,2", value_parser = versions)]
    pub(crate) versions: Versions,
    /// The largest TPDU to agree to, in octets.
    #[arg(long, value_name = "OCTETS", default_value_t = 65_531, value_parser = clap::value_parser!(u32).range(128..=65_531))]
    pub(crate) tpdu_size: u32,
    /// Refuse what real stacks send but the standards forbid.
    #[arg(long)]
    pub(crate) strict: bool,
    /// Show nothing but refusals.
    #[arg(long, short)]
    pub(crate) quiet: bool,
    /// One JSON object a line.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) tls: TlsFiles,
}

#[derive(Debug, Arguments)]
#[command(after_help = "\
Each line is a primitive ('data hello', 'give data', 'release'), an order ('sleep 1s', 'status') or, in scripts, an expectation
('expect data hello'); 'help' lists them all. '->' is what was asked for, '<-' what came. At the end the session is released if it is open.

A script's first line may expect how the connecting went: 'expect rejected reason:1', 'expect abort cause:http'. If it does not,
anything but an ACCEPT is a failure. A script ends at its first failure.

Exit code: 0 all went well, 1 no session, a failed expectation or an abort that was not expected, 2 usage.

Examples:
  osisession connect 192.0.2.7
  echo 'data hello' | osisession connect --json 192.0.2.7
  osisession connect --script test.txt -u half-duplex,minor-sync 192.0.2.7:10102")]
pub(crate) struct Connect {
    /// HOST, HOST:PORT or [IPV6]:PORT; the port is 102, with TLS 3782, if none is given.
    #[arg(value_name = "HOST[:PORT]")]
    pub(crate) peer: String,
    /// Lines from a file instead of the keyboard, with expectations; '-' is standard input.
    #[arg(long, short = 'f', value_name = "FILE")]
    pub(crate) script: Option<PathBuf>,
    /// Ask for the transport expedited flow if expedited data is proposed.
    #[arg(long)]
    pub(crate) transport_expedited: bool,
    /// One JSON object a line.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) proposal: Proposal,
}

#[derive(Debug, Arguments)]
#[command(after_help = "\
Each question is one connection: selectors, TPDU sizes, versions, functional units, segmenting. One line per finding. Only valid octets
are sent, one connection at a time, and a session that comes about is released. Probe only systems that you may probe.

If no session comes about with the user data that is given (none by default), the octets that begin an MMS association are tried:
servers of IEC 61850 answer nothing else.

Exit code: 0 all questions were asked, 1 nobody was reached or a bound was met, 2 usage.

Examples:
  osisession probe 192.0.2.7
  osisession probe --delay 1s --max-connections 15 ied.example:102
  osisession probe --json 192.0.2.7 | jq -r 'select(.type == \"stack\").name'")]
pub(crate) struct Probe {
    /// HOST, HOST:PORT or [IPV6]:PORT; the port is 102, with TLS 3782, if none is given.
    #[arg(value_name = "HOST[:PORT]")]
    pub(crate) peer: String,
    /// At most so many connections, one after the other.
    #[arg(long, value_name = "COUNT", default_value_t = 40, value_parser = clap::value_parser!(u32).range(1..=200))]
    pub(crate) max_connections: u32,
    /// The pause between two connections.
    #[arg(long, value_name = "TIME", default_value = "200ms", value_parser = duration)]
    pub(crate) delay: Duration,
    /// At most so much time in all.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration)]
    pub(crate) time: Duration,
    /// Do not try the octets of an MMS association.
    #[arg(long)]
    pub(crate) no_mms: bool,
    /// One JSON object a line.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) proposal: Proposal,
}

#[derive(Debug, Arguments)]
#[command(after_help = "\
A round is TCP (and TLS), T-CONNECT, S-CONNECT, then S-RELEASE. Each kind of failure is explained in full once.

Exit code: 0 every round connected, 1 one did not, 2 usage.

Examples:
  osisession ping 192.0.2.7
  osisession ping -c 0 -i 5s -T 0001 -S 0001 --versions 2 --user-data mms ied.example:102
  osisession ping --json -c 1 192.0.2.7 | jq .connect_ms")]
pub(crate) struct Ping {
    /// HOST, HOST:PORT or [IPV6]:PORT; the port is 102, with TLS 3782, if none is given.
    #[arg(value_name = "HOST[:PORT]")]
    pub(crate) peer: String,
    /// How many rounds; 0 goes on until it is interrupted.
    #[arg(long, short, value_name = "COUNT", default_value_t = 4)]
    pub(crate) count: u64,
    /// From the start of a round to that of the next.
    #[arg(long, short, value_name = "TIME", default_value = "1s", value_parser = duration)]
    pub(crate) interval: Duration,
    /// Only the statistics.
    #[arg(long, short)]
    pub(crate) quiet: bool,
    /// One JSON object a line.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) proposal: Proposal,
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
