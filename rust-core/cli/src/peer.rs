//! Whom to call, and what to propose: what all commands that call have in common.
use crate::command::{Stop, duration};
use crate::octets;
use clap::Args as Arguments;
use osisession::{
    Bytes, ConnectRequest, FunctionalUnits, SessionConfig, Tap, Tapped, Tls, TlsConfig, TsduSizes, Versions,
    Witness,
};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What is proposed to a peer.
#[derive(Clone, Debug, Arguments)]
#[command(next_help_heading = "What is proposed")]
pub(crate) struct Proposal {
    /// Called T-selector: hex, text:TEXT, or none.
    #[arg(long, short = 'T', value_name = "SELECTOR", default_value = "none", value_parser = octets::selector)]
    pub(crate) t_selector: Bytes,
    /// Calling T-selector.
    #[arg(long, value_name = "SELECTOR", default_value = "none", value_parser = octets::selector)]
    pub(crate) calling_t_selector: Bytes,
    /// Called session selector: hex, text:TEXT, or none.
    #[arg(long, short = 'S', value_name = "SELECTOR", default_value = "none", value_parser = octets::selector)]
    pub(crate) s_selector: Bytes,
    /// Calling session selector.
    #[arg(long, value_name = "SELECTOR", default_value = "none", value_parser = octets::selector)]
    pub(crate) calling_s_selector: Bytes,
    /// Protocol versions: 1, 2, or 1,2.
    #[arg(long, value_name = "VERSIONS", default_value = "1,2", value_parser = versions)]
    pub(crate) versions: Versions,
    /// Functional units, with commas, as in duplex,typed-data; or all.
    #[arg(long, short = 'u', value_name = "UNITS", default_value = "duplex", value_parser = units)]
    pub(crate) units: FunctionalUnits,
    /// User data of S-CONNECT: text, hex:0102, file:PATH, or mms: what begins an MMS association, without which most servers
    /// of IEC 61850 do not answer.
    #[arg(long, short = 'd', value_name = "DATA", default_value = "", value_parser = octets::data)]
    pub(crate) user_data: Bytes,
    /// The largest TPDU to propose, in octets.
    #[arg(long, value_name = "OCTETS", default_value_t = 65_531, value_parser = clap::value_parser!(u32).range(128..=65_531))]
    pub(crate) tpdu_size: u32,
    /// The longest TSDU to propose, in octets, both directions; 0 is not limited.
    #[arg(long, value_name = "OCTETS", default_value_t = 0)]
    pub(crate) tsdu_size: u16,
    /// How long to wait for the peer, as in 500ms or 10s.
    #[arg(long, short = 'w', value_name = "TIME", default_value = "10s", value_parser = duration)]
    pub(crate) timeout: Duration,
    /// Refuse what real stacks send but the standards forbid.
    #[arg(long)]
    pub(crate) strict: bool,
    #[command(flatten)]
    pub(crate) tls: TlsFiles,
}

/// TLS (IEC 62351-3), if wanted.
#[derive(Clone, Debug, Arguments)]
#[command(next_help_heading = "TLS")]
pub(crate) struct TlsFiles {
    /// Speak TLS; the peer's certificate must come from an authority in this PEM file.
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_ca: Option<PathBuf>,
    /// Our certificate chain, PEM.
    #[arg(long, value_name = "FILE", requires = "tls_ca", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// Our private key, PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// The name that the peer's certificate must be for, instead of the host of the address.
    #[arg(long, value_name = "NAME", requires = "tls_ca")]
    pub(crate) tls_name: Option<String>,
}

impl TlsFiles {
    pub(crate) fn load(&self) -> Result<Option<Tls>, Stop> {
        let Some(authorities) = &self.tls_ca else { return Ok(None) };
        let read = |path: &PathBuf| {
            std::fs::read(path)
                .map(Bytes::from)
                .map_err(|error| Stop::Usage(format!("{}: {error}", path.display())))
        };
        let mut config = TlsConfig::default();
        config.trust_anchors = read(authorities)?;
        if let (Some(chain), Some(key)) = (&self.tls_cert, &self.tls_key) {
            config.certificate_chain = read(chain)?;
            config.private_key = read(key)?;
        } else {
            config.require_client_certificate = false;
        }
        config.server_name.clone_from(&self.tls_name);
        Ok(Some(Tls::new(&config)?))
    }
}

impl Proposal {
    pub(crate) fn session_config(&self) -> Result<SessionConfig, Stop> {
        let mut config = SessionConfig::default();
        config.called_t_selector = self.t_selector.clone();
        config.calling_t_selector = self.calling_t_selector.clone();
        config.max_tpdu_size = self.tpdu_size as usize;
        config.strict = self.strict;
        config.limits.connect_timeout = self.timeout;
        config.limits.answer_timeout = self.timeout;
        config.tls = self.tls.load()?;
        Ok(config)
    }

    pub(crate) fn request(&self) -> ConnectRequest {
        ConnectRequest {
            calling_selector: self.calling_s_selector.clone(),
            called_selector: self.s_selector.clone(),
            versions: self.versions,
            user_data: self.user_data.clone(),
            tsdu_maximum_size: TsduSizes {
                initiator_to_responder: self.tsdu_size,
                responder_to_initiator: self.tsdu_size,
            },
            ..propose(self.units)
        }
    }

    /// On one line.
    pub(crate) fn describe(&self) -> String {
        let mut text = format!(
            "T-selector {}, session selector {}, version {}, {}",
            octets::shown(&self.t_selector),
            octets::shown(&self.s_selector),
            self.versions,
            self.units
        );
        if !self.user_data.is_empty() {
            text.push_str(&format!(", {} octets of user data", self.user_data.len()));
        }
        text
    }
}

/// A request with these functional units, and with the initial serial numbers that they need.
pub(crate) fn propose(units: FunctionalUnits) -> ConnectRequest {
    use FunctionalUnits as Fu;
    let sync = Fu::MINOR_SYNC | Fu::MAJOR_SYNC | Fu::RESYNCHRONIZE | Fu::SYMMETRIC_SYNC;
    ConnectRequest {
        functional_units: units,
        initial_serial_number: units.intersects(sync).then_some(1),
        second_initial_serial_number: units.contains(Fu::SYMMETRIC_SYNC).then_some(1),
        ..ConnectRequest::default()
    }
}

pub(crate) fn versions(text: &str) -> Result<Versions, String> {
    match text {
        "1" => Ok(Versions::V1),
        "2" => Ok(Versions::V2),
        "1,2" | "2,1" | "both" => Ok(Versions::default()),
        _ => Err("expected 1, 2 or 1,2".into()),
    }
}

/// The name of one functional unit on the command line.
pub(crate) fn unit_name(unit: FunctionalUnits) -> String {
    unit.to_string()
}

pub(crate) fn units(text: &str) -> Result<FunctionalUnits, String> {
    if text == "all" {
        return Ok(FunctionalUnits::ALL);
    }
    text.split([',', '+']).map(str::trim).filter(|word| !word.is_empty()).try_fold(
        FunctionalUnits::empty(),
        |sum, word| {
            let wanted = word.to_ascii_lowercase().replace('_', "-");
            let found = FunctionalUnits::all().iter().find(|unit| unit_name(*unit) == wanted);
            found.map(|unit| sum | unit).ok_or_else(|| {
                let names: Vec<_> = FunctionalUnits::all().iter().map(unit_name).collect();
                format!("{word:?} is no functional unit; there are {}", names.join(", "))
            })
        },
    )
}

/// When things happened on the way up.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Times {
    /// The network connection was up.
    pub(crate) network: Option<Instant>,
    /// The first octets came: the CC, if all is well.
    pub(crate) first: Option<Instant>,
}

/// Looks at what passes: for the report, and with a watch.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watch {
    pub(crate) witness: Witness,
    times: Arc<Mutex<(u64, Times)>>,
}

impl Watch {
    pub(crate) fn tap(&self) -> Tap {
        let watch = self.clone();
        Tap::new(move |tapped| {
            watch.witness.see(&tapped);
            let Ok(mut times) = watch.times.lock() else { return };
            match tapped {
                Tapped::Up { session, .. } => {
                    *times = (session, Times { network: Some(Instant::now()), first: None });
                }
                Tapped::Octets { session, sent: false, .. } if session == times.0 => {
                    times.1.first.get_or_insert_with(Instant::now);
                }
                _ => {}
            }
        })
    }

    /// Of the session, if it is the last one.
    pub(crate) fn times(&self, session: u64) -> Times {
        self.times
            .lock()
            .map(|times| if times.0 == session { times.1 } else { Times::default() })
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_by_name() {
        assert_eq!(units("duplex, typed-data"), Ok(FunctionalUnits::DUPLEX | FunctionalUnits::TYPED_DATA));
        assert_eq!(units("all"), Ok(FunctionalUnits::ALL));
        assert!(units("duplicate").unwrap_err().contains("half-duplex"));
        assert_eq!(versions("1,2"), Ok(Versions::default()));
        assert!(versions("3").is_err());
    }
}
