//! `osisession scp`: DECnet objects called and answered from the command line.
mod args;
mod connect;
mod listen;
mod output;
mod ping;

pub(crate) use args::Scp;
use args::{Command, Common};
use osisession::decnet::{DecnetConfig, DecnetEndpoint, EndUser, Password};
use osisession::{Bytes, Error, ErrorKind};
use output::Output;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

/// Why a command ends early.
pub(crate) enum Failure {
    /// It was called wrongly.
    Usage(String),
    /// The network, the node or the object said no.
    Failed(Error),
    /// The output cannot be written.
    Output(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::Output(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        match error.kind() {
            ErrorKind::Invalid => Failure::Usage(error.to_string()),
            _ => Failure::Failed(error),
        }
    }
}

type Result<T = ()> = std::result::Result<T, Failure>;

/// Runs a command; false if the other side did not do what was asked.
pub(crate) fn run(scp: &Scp, stdout: &mut dyn Write) -> Result<bool> {
    match &scp.command {
        Command::Ping(ping) => ping::run(ping, &mut Output::new(stdout, ping.common.json)),
        Command::Connect(connect) => connect::run(connect, &mut Output::new(stdout, connect.common.json)),
        Command::Listen(listen) => listen::run(listen, &mut Output::new(stdout, listen.common.json)),
    }
}

/// What a file holds, without the newline at its end: for secrets, which do not belong on a command line.
fn secret(path: &Path) -> Result<Password> {
    let mut octets = std::fs::read(path)
        .map_err(|error| Failure::Usage(format!("{} cannot be read: {error}", path.display())))?;
    if octets.last() == Some(&b'\n') {
        octets.pop();
    }
    Ok(octets.into())
}

fn endpoint(common: &Common) -> Result<DecnetEndpoint> {
    let mut config = DecnetConfig::new(common.address, common.circuit.clone());
    for (name, address) in &common.node {
        config = config.with_node(name, *address)?;
    }
    if let Some(path) = &common.verification_file {
        config.verification = secret(path)?;
    }
    Ok(DecnetEndpoint::new(config)?)
}

fn wait(common: &Common) -> Option<Duration> {
    Some(Duration::from_secs_f64(common.timeout))
}

/// A number, or a name.
fn object(text: &str) -> Result<EndUser> {
    match text.parse::<u64>() {
        Ok(number) => match u8::try_from(number) {
            Ok(number @ 1..) => Ok(EndUser::Number(number)),
            _ => Err(Failure::Usage("an object number is 1 to 255".into())),
        },
        Err(_) => Ok(EndUser::Name(Bytes::copy_from_slice(text.as_bytes()))),
    }
}
