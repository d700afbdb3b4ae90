//! What particular worlds on top of the session layer expect, as presets.
use crate::config::SessionConfig;
use osisession_proto::error::Result;
use osisession_proto::x225::parameter::{FunctionalUnits, Versions};
use osisession_proto::x225::primitive::{ConnectRequest, ConnectResponse};
use osisession_proto::{Bytes, Error};
use std::fmt;
use std::str::FromStr;

/// The largest size that class 0 knows in parameter C0 (X.224 13.3.4); a larger one needs the preferred maximum TPDU size besides, which
/// some deployed stacks take for a fault, and some hang up on more in C0.
const WIDELY_UNDERSTOOD_TPDU: usize = 2048;

/// A world on top of the session layer: what its programs propose and expect. A preset is a start, and every field may be changed.
///
/// | | functional units | versions | extended concatenation | TPDU size | T- and S-selectors | else |
/// |---|---|---|---|---|---|---|
/// | `mms` | duplex | 2 | no | 2048 | 00 01 | |
/// | `iccp` | duplex | 2 | no | 2048 | none: they are agreed between two sites | |
/// | `x400` | half-duplex, minor synchronize, activity management, exceptions | 1 and 2 | no | 2048 | none | |
/// | `strict` | default | both | default | default | none | nothing is forgiven |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Profile {
    /// MMS (ISO 9506) as substations use it (IEC 61850-8-1).
    Mms,
    /// TASE.2, called ICCP (IEC 60870-6): MMS between control centres.
    Iccp,
    /// Message transfer and other users of RTSE (X.218, X.410): activities, one side sends at a time.
    X400,
    /// By the standards alone: [`SessionConfig::strict`].
    Strict,
}

impl Profile {
    /// All of them.
    pub const ALL: [Profile; 4] = [Profile::Mms, Profile::Iccp, Profile::X400, Profile::Strict];

    /// Its name: `mms`, `iccp`, `x400`, `strict`.
    pub fn name(self) -> &'static str {
        match self {
            Profile::Mms => "mms",
            Profile::Iccp => "iccp",
            Profile::X400 => "x400",
            Profile::Strict => "strict",
        }
    }

    /// What a caller of this world proposes in S-CONNECT. Selectors that the other side wants are to be put in.
    pub fn connect_request(self) -> ConnectRequest {
        let mut request = ConnectRequest::default();
        if let Some(units) = self.functional_units() {
            request.functional_units = units;
            request.versions = self.versions();
            request.extended_concatenation = false;
            request.calling_selector = Bytes::from_static(self.selector());
            request.called_selector = Bytes::from_static(self.selector());
        }
        request
    }

    /// What a called user of this world answers.
    pub fn connect_response(self) -> ConnectResponse {
        let mut response = ConnectResponse::default();
        if let Some(units) = self.functional_units() {
            response.functional_units = units;
            response.extended_concatenation = false;
        }
        response
    }

    /// `None`: no world of its own.
    fn functional_units(self) -> Option<FunctionalUnits> {
        match self {
            Profile::Mms | Profile::Iccp => Some(FunctionalUnits::DUPLEX),
            Profile::X400 => Some(
                FunctionalUnits::HALF_DUPLEX
                    | FunctionalUnits::MINOR_SYNC
                    | FunctionalUnits::ACTIVITY_MANAGEMENT
                    | FunctionalUnits::EXCEPTIONS,
            ),
            Profile::Strict => None,
        }
    }

    fn versions(self) -> Versions {
        match self {
            Profile::Mms | Profile::Iccp => Versions::V2,
            // RTS of 1984 (X.410) knows version 1 alone.
            Profile::X400 | Profile::Strict => Versions::V1 | Versions::V2,
        }
    }

    /// The T-selector and the session selector of both sides; empty: none.
    pub fn selector(self) -> &'static [u8] {
        match self {
            // IEC 61850-8-1 recommends it, and devices come with it.
            Profile::Mms => &[0, 1],
            Profile::Iccp | Profile::X400 | Profile::Strict => &[],
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Profile {
    type Err = Error;

    /// # Errors
    /// `Invalid`: there is no profile of this name.
    fn from_str(name: &str) -> Result<Profile> {
        Profile::ALL.into_iter().find(|profile| profile.name() == name).ok_or_else(|| {
            Error::invalid(format!("there is no profile {name:?}"))
                .with_parameter("profile")
                .with_expected("mms, iccp, x400 or strict", name.to_owned())
        })
    }
}

impl SessionConfig {
    /// The preset of this world; with [`Profile::connect_request`] and [`Profile::connect_response`] it is whole.
    pub fn profile(profile: Profile) -> SessionConfig {
        let mut config = SessionConfig { strict: profile == Profile::Strict, ..SessionConfig::default() };
        if let Some(units) = profile.functional_units() {
            config.functional_units = units;
            config.versions = profile.versions();
            config.max_tpdu_size = WIDELY_UNDERSTOOD_TPDU;
            config.calling_t_selector = Bytes::from_static(profile.selector());
            config.called_t_selector = Bytes::from_static(profile.selector());
        }
        config
    }
}
