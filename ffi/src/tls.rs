//! TLS below TPKT: its configuration, ready for use behind a handle, and what came of it on a session.
use crate::boundary::*;
use crate::error_info::osisession_error_info;
use crate::handle::{Kind, Table};
use crate::octets::osisession_octets;
use crate::record;
use crate::session::{on_session, osisession_session};
use crate::status::*;
use osisession::{Bytes, Tls, TlsConfig, TlsVersion};
use std::ffi::c_char;

/// TLS 1.2 (RFC 5246), by the number on the wire.
pub const OSISESSION_TLS_1_2: u32 = 0x0303;
/// TLS 1.3 (RFC 8446).
pub const OSISESSION_TLS_1_3: u32 = 0x0304;

/// TLS flag: a listener takes callers without a certificate. Without it authentication is mutual (IEC 62351-3).
pub const OSISESSION_TLS_NO_CLIENT_CERTIFICATE: u32 = 0x01;
/// TLS flag: no connection begins where an earlier one was.
pub const OSISESSION_TLS_NO_RESUMPTION: u32 = 0x02;
/// TLS flag: a peer whose certificate is covered by none of the revocation lists is accepted.
pub const OSISESSION_TLS_ALLOW_UNKNOWN_REVOCATION: u32 = 0x04;

/// TLS info flag: an earlier session was resumed.
pub const OSISESSION_TLS_RESUMED: u32 = 0x01;

/// TLS, ready for use in any number of configurations. Made by `osisession_tls_new`, ended by `osisession_tls_free`.
pub struct osisession_tls {
    _never: (),
}

static ALL: Table<Tls> = Table::new(Kind::Tls);

/// How connections are secured, and who the peer may be. Certificates, keys and lists are PEM, as octets or, where those are
/// empty, from the file of that name.
///
/// Both roles need trust anchors, unless a listener takes callers without a certificate. A listener needs a certificate and
/// its key; an initiator needs them where the peer asks for them.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_tls_config {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// OSISESSION_TLS_... flags.
    pub flags: u32,
    /// The lowest version that is negotiated (OSISESSION_TLS_1_2, OSISESSION_TLS_1_3). 0: TLS 1.2.
    pub min_version: u32,
    /// The highest version that is negotiated. 0: TLS 1.3.
    pub max_version: u32,
    /// Our certificate, then those of the authorities between it and the peer's trust anchor.
    pub certificate_chain: osisession_octets,
    /// The key of our certificate: PKCS #8, SEC 1 or PKCS #1.
    pub private_key: osisession_octets,
    /// Certificates of the authorities that may vouch for a peer.
    pub trust_anchors: osisession_octets,
    /// `crl_count` revocation lists, each in DER, or one or more in PEM. If there is one, every certificate between the peer's
    /// and the trust anchor must be covered by one; a list that is past its nextUpdate still counts. NULL: none.
    pub crls: *const osisession_octets,
    /// How many.
    pub crl_count: usize,
    /// The file of the certificate chain; NULL: none.
    pub certificate_chain_file: *const c_char,
    /// The file of the private key; NULL: none.
    pub private_key_file: *const c_char,
    /// The file of the trust anchors; NULL: none.
    pub trust_anchors_file: *const c_char,
    /// The name or IP address that the certificate of a called peer must be for; NULL: the host of the address.
    pub server_name: *const c_char,
}
sized!(osisession_tls_config, server_name: *const c_char);

/// What TLS came to on a session.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_tls_info {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// OSISESSION_TLS_RESUMED or 0.
    pub flags: u32,
    /// OSISESSION_TLS_1_2, OSISESSION_TLS_1_3; 0: without TLS, or the handshake is not over.
    pub version: u32,
    /// Certificates of the peer, for `osisession_session_peer_certificate`.
    pub peer_certificates: u32,
    /// The cipher suite by its registered name; ends with NUL.
    pub cipher_suite: [c_char; 64],
}
sized!(osisession_tls_info, cipher_suite: [c_char; 64]);

fn invalid(text: String) -> Failure {
    Failure::owned(OSISESSION_E_INVALID, text)
}

fn version(number: u32, otherwise: TlsVersion) -> Result<TlsVersion> {
    match number {
        0 => Ok(otherwise),
        OSISESSION_TLS_1_2 => Ok(TlsVersion::V1_2),
        OSISESSION_TLS_1_3 => Ok(TlsVersion::V1_3),
        other => {
            Err(invalid(format!("TLS version {other:#x} is none of OSISESSION_TLS_1_2, OSISESSION_TLS_1_3")))
        }
    }
}

/// The octets, or those of the file.
///
/// # Safety
/// As [`tls_config`].
unsafe fn octets_or_file(octets: osisession_octets, file: *const c_char, what: &str) -> Result<Bytes> {
    // SAFETY: the caller's promise.
    let octets = unsafe { octets.copy(what)? };
    if !octets.is_empty() || file.is_null() {
        return Ok(octets);
    }
    // SAFETY: the caller's promise.
    let file = unsafe { string(file, what)? };
    std::fs::read(&file)
        .map(Bytes::from)
        .map_err(|error| invalid(format!("TLS: {what}: reading {file}: {error}")))
}

/// # Safety
/// The pointer is NULL or points to as many octets as its `struct_size` says, and so on for the pointers inside.
unsafe fn tls_config(from: *const osisession_tls_config) -> Result<TlsConfig> {
    // SAFETY: the caller's promise.
    let c = unsafe { read_sized(from, "the TLS configuration")? };
    let known = OSISESSION_TLS_NO_CLIENT_CERTIFICATE
        | OSISESSION_TLS_NO_RESUMPTION
        | OSISESSION_TLS_ALLOW_UNKNOWN_REVOCATION;
    if c.flags & !known != 0 {
        return Err(invalid(format!("flags of the TLS configuration: {:#x} mean nothing", c.flags & !known)));
    }
    let mut config = TlsConfig::default();
    config.require_client_certificate = c.flags & OSISESSION_TLS_NO_CLIENT_CERTIFICATE == 0;
    config.resumption = c.flags & OSISESSION_TLS_NO_RESUMPTION == 0;
    config.allow_unknown_revocation = c.flags & OSISESSION_TLS_ALLOW_UNKNOWN_REVOCATION != 0;
    config.min_version = version(c.min_version, config.min_version)?;
    config.max_version = version(c.max_version, config.max_version)?;
    if c.crls.is_null() && c.crl_count != 0 {
        return Err(Failure::null("crls"));
    }
    // SAFETY: the caller's promise.
    unsafe {
        config.certificate_chain =
            octets_or_file(c.certificate_chain, c.certificate_chain_file, "certificate_chain")?;
        config.private_key = octets_or_file(c.private_key, c.private_key_file, "private_key")?;
        config.trust_anchors = octets_or_file(c.trust_anchors, c.trust_anchors_file, "trust_anchors")?;
        for index in 0..c.crl_count {
            config.crls.push(c.crls.add(index).read_unaligned().copy("a revocation list")?);
        }
        if !c.server_name.is_null() {
            config.server_name = Some(string(c.server_name, "server_name")?);
        }
    }
    Ok(config)
}

/// What a configuration names; NULL is none.
pub(crate) fn find(handle: *mut osisession_tls) -> Result<Option<Tls>> {
    if handle.is_null() { Ok(None) } else { ALL.get(handle as usize).map(|tls| Some((*tls).clone())) }
}

/// Makes TLS ready for use: reads certificates, key and revocation lists. Put the handle into
/// `osisession_session_config.tls`; sessions are resumed among the connections that share it.
///
/// `config`: copied. `tls` receives the handle, to be ended by `osisession_tls_free`. Files are read before it returns.
///
/// Errors: OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_INVALID (something cannot be read, the key is not that
/// of the certificate, or what is needed is missing), OSISESSION_E_TOO_MANY.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_tls_new(
    config: *const osisession_tls_config,
    tls: *mut *mut osisession_tls,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_tls_new", |a| {
        a.params(config).out_handle("tls", tls).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            check_out(tls, "tls")?;
            let made = Tls::new(&tls_config(config)?)?;
            let (handle, _) = ALL.insert(|_| made)?;
            write_out(tls, handle as *mut osisession_tls);
            Ok(())
        })
    }
}

/// Ends the handle. Listeners and sessions that were made with it keep what they have.
///
/// NULL is fine; a second call returns OSISESSION_E_STALE and does no harm. Any thread; also inside callbacks.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_tls_free(tls: *mut osisession_tls) -> i32 {
    let _recorded = record::call("osisession_tls_free", |a| {
        a.handle(tls);
    });
    // SAFETY: no pointer is used.
    unsafe {
        call(std::ptr::null_mut(), || {
            if !tls.is_null() {
                drop(ALL.remove(tls as usize)?);
            }
            Ok(())
        })
    }
}

/// What TLS came to: version, cipher suite, how many certificates the peer showed.
///
/// `info`: initialized by OSISESSION_INIT; receives the snapshot.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_session_tls_info(
    session: *mut osisession_session,
    info: *mut osisession_tls_info,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_session_tls_info", |a| {
        a.handle(session).out(info).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        on_session(session, error, |object| {
            check_sized_out(info, "info")?;
            let mut snapshot = osisession_tls_info {
                struct_size: size_of::<osisession_tls_info>() as u32,
                flags: 0,
                version: 0,
                peer_certificates: 0,
                cipher_suite: [0; 64],
            };
            if let Some(tls) = object.session.tls() {
                snapshot.version = match tls.version {
                    TlsVersion::V1_2 => OSISESSION_TLS_1_2,
                    _ => OSISESSION_TLS_1_3,
                };
                snapshot.flags |= if tls.resumed { OSISESSION_TLS_RESUMED } else { 0 };
                snapshot.peer_certificates = object.session.peer_certificates().len() as u32;
                for (to, from) in snapshot.cipher_suite.iter_mut().take(63).zip(tls.cipher_suite.bytes()) {
                    *to = from as c_char;
                }
            }
            write_sized(info, &snapshot);
            Ok(())
        })
    }
}

/// One certificate of the peer, in DER: `index` 0 is its own, then those that it sent with it.
///
/// `buffer` receives the certificate if `capacity` octets are enough; it may be NULL if `capacity` is 0. `needed` receives
/// its octets, also when they are too many; it may be NULL.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID (the peer showed fewer, or there is no TLS),
/// OSISESSION_E_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_session_peer_certificate(
    session: *mut osisession_session,
    index: usize,
    buffer: *mut u8,
    capacity: usize,
    needed: *mut usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_session_peer_certificate", |a| {
        a.handle(session).size(index).buffer(buffer, capacity).out(needed).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        on_session(session, error, |object| {
            let all = object.session.peer_certificates();
            let Some(certificate) = all.get(index) else {
                return Err(invalid(format!("no certificate {index}: the peer showed {}", all.len())));
            };
            write_octets(certificate, buffer, capacity, needed)
        })
    }
}
