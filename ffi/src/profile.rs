//! Presets: what particular worlds on top of the session layer expect.
use crate::boundary::*;
use crate::config::*;
use crate::error_info::osisession_error_info;
use crate::octets::osisession_octets;
use crate::record;
use crate::status::*;
use osisession::{Profile, SessionConfig};

/// Profile: MMS (ISO 9506) as substations use it (IEC 61850-8-1). Duplex, version 2, T- and session selectors 00 01.
pub const OSISESSION_PROFILE_MMS: u32 = 1;
/// Profile: TASE.2, called ICCP (IEC 60870-6), MMS between control centres. As MMS; selectors are agreed between two sites.
pub const OSISESSION_PROFILE_ICCP: u32 = 2;
/// Profile: message transfer and other users of RTSE (X.218, X.410). Half-duplex, minor synchronize, activity management,
/// exceptions; both versions.
pub const OSISESSION_PROFILE_X400: u32 = 3;
/// Profile: by the standards alone, nothing is forgiven (OSISESSION_SESSION_STRICT).
pub const OSISESSION_PROFILE_STRICT: u32 = 4;

/// Puts the preset of a world on top of the session layer into configurations and parameters. What the preset says nothing of
/// is left as it is; everything may be changed afterwards. Selectors point to memory that lives as long as the library.
///
/// `profile`: OSISESSION_PROFILE_... `config`: for both sides; `request`: for `osisession_connect`; `response`: for
/// `osisession_connect_response`. Each NULL, or initialized by OSISESSION_INIT. Any thread.
///
/// Errors: OSISESSION_E_INVALID (no such profile), OSISESSION_E_STRUCT_SIZE. Then nothing was changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_profile(
    profile: u32,
    config: *mut osisession_session_config,
    request: *mut osisession_connect_params,
    response: *mut osisession_connect_response_params,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_profile", |a| {
        a.number(profile).out(config).out(request).out(response).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let profile = match profile {
                OSISESSION_PROFILE_MMS => Profile::Mms,
                OSISESSION_PROFILE_ICCP => Profile::Iccp,
                OSISESSION_PROFILE_X400 => Profile::X400,
                OSISESSION_PROFILE_STRICT => Profile::Strict,
                other => {
                    return Err(Failure::owned(OSISESSION_E_INVALID, format!("profile {other} is none")));
                }
            };
            let mut into_config = read_sized(config, "the session configuration")?;
            let mut into_request = read_sized(request, "the parameters of the request")?;
            let mut into_response = read_sized(response, "the parameters of the response")?;
            of_both_sides(profile, &mut into_config);
            of_the_request(profile, &mut into_request);
            of_the_response(profile, &mut into_response);
            if !config.is_null() {
                write_sized(config, &into_config);
            }
            if !request.is_null() {
                write_sized(request, &into_request);
            }
            if !response.is_null() {
                write_sized(response, &into_response);
            }
            Ok(())
        })
    }
}

fn selector(profile: Profile) -> Option<osisession_octets> {
    let octets = profile.selector();
    (!octets.is_empty()).then_some(osisession_octets { data: octets.as_ptr(), length: octets.len() })
}

fn of_both_sides(profile: Profile, to: &mut osisession_session_config) {
    let (preset, plain) = (SessionConfig::profile(profile), SessionConfig::default());
    if preset.strict {
        to.flags |= OSISESSION_SESSION_STRICT;
    }
    if preset.functional_units != plain.functional_units {
        to.functional_units = preset.functional_units.bits().into();
    }
    if preset.versions != plain.versions {
        to.versions = preset.versions.bits().into();
    }
    if preset.max_tpdu_size != plain.max_tpdu_size {
        to.max_tpdu_size = preset.max_tpdu_size as u32;
    }
    if let Some(selector) = selector(profile) {
        to.calling_t_selector = selector;
        to.called_t_selector = selector;
    }
}

fn of_the_request(profile: Profile, to: &mut osisession_connect_params) {
    let (preset, plain) = (profile.connect_request(), osisession::ConnectRequest::default());
    if preset.functional_units != plain.functional_units {
        to.functional_units = preset.functional_units.bits().into();
    }
    if preset.versions != plain.versions {
        to.versions = preset.versions.bits().into();
    }
    if !preset.extended_concatenation {
        to.flags |= OSISESSION_CONNECT_NO_EXTENDED_CONCATENATION;
    }
    if let Some(selector) = selector(profile) {
        to.calling_selector = selector;
        to.called_selector = selector;
    }
}

fn of_the_response(profile: Profile, to: &mut osisession_connect_response_params) {
    let (preset, plain) = (profile.connect_response(), osisession::ConnectResponse::default());
    if preset.functional_units != plain.functional_units {
        to.functional_units = preset.functional_units.bits().into();
    }
    if !preset.extended_concatenation {
        to.flags |= OSISESSION_CONNECT_NO_EXTENDED_CONCATENATION;
    }
}
