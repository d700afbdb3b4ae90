//! Which questions, in which order.
use super::Findings;
use super::attempt::{Answer, Attempt, Base, Prober, Spent, version_text};
use crate::args::Probe;
use crate::command::Stop;
use crate::octets::shown;
use crate::peer::propose;
use osisession::{Bytes, Cause, ConnectRequest, FunctionalUnits, TsduSizes, Versions};

/// About how many there are, for the progress bar.
pub(super) const QUESTIONS: u64 = 22;

/// T-selectors that deployed systems are configured with, and that their clients try.
const T_SELECTORS: &[&[u8]] = &[b"", b"\0\x01", b"\0\0", b"\0\x02", b"\x01\0", b"\x01\x02"];
/// Session selectors, as well.
const S_SELECTORS: &[&[u8]] = &[b"", b"\0\x01"];
/// A selector that nobody is configured with.
const IMPROBABLE: &[u8] = b"\xfe\xdc\x5a\x17";
/// TPDU sizes: what class 0 over TCP uses (X.224 13.3.4, RFC 1006 5).
const SIZES: &[usize] = &[65_531, 8192, 1024, 128];

pub(super) enum End {
    Stop(Stop),
    Spent(Spent),
}

impl From<Stop> for End {
    fn from(stop: Stop) -> End {
        End::Stop(stop)
    }
}

type Done<T> = Result<T, End>;

fn ask(
    prober: &mut Prober,
    findings: &mut Findings<'_, '_>,
    change: impl FnOnce(&mut Base),
) -> Done<Attempt> {
    let attempt = prober.ask(findings.context, change)?.map_err(End::Spent)?;
    findings.facts.learn(&attempt);
    Ok(attempt)
}

/// Whether the session came about, for questions of the session.
fn session_text(attempt: &Attempt, text: impl FnOnce(&Attempt) -> String) -> String {
    if attempt.confirm.is_some() { text(attempt) } else { attempt.why_not() }
}

fn transport_text(attempt: &Attempt) -> String {
    match (&attempt.cc, attempt.answer()) {
        (Some(_), Answer::Accepted) => "accepted".into(),
        (Some(_), _) => "accepted by the transport".into(),
        (None, _) => attempt.why_not(),
    }
}

pub(super) fn ask_all(args: &Probe, prober: &mut Prober, findings: &mut Findings<'_, '_>) -> Done<()> {
    let reached = reach(prober, findings)?;
    t_selectors(prober, findings)?;
    sizes(prober, findings)?;
    let base = if reached.confirm.is_some() { true } else { agree(args, prober, findings)? };
    versions(prober, findings)?;
    if base {
        s_selectors(prober, findings)?;
        units(prober, findings)?;
    }
    Ok(())
}

/// As it was called, then with other T-selectors, until a CC comes.
fn reach(prober: &mut Prober, findings: &mut Findings<'_, '_>) -> Done<Attempt> {
    let first = ask(prober, findings, |_| {})?;
    let called = shown(&prober.base.config.called_t_selector);
    findings.tell(
        "connect",
        &format!("T-selector {called}"),
        &first,
        &session_text(&first, |_| "accepted".into()),
    )?;
    if first.cc.is_some() {
        return Ok(first);
    }
    // Somebody who speaks the transport protocol may want another selector; others have no use for more questions.
    let speaks = first.diagnosis.as_ref().is_some_and(|diagnosis| {
        matches!(diagnosis.pdu, Some("DR" | "ER"))
            || matches!(diagnosis.cause, Cause::ClosedInsteadOfCc | Cause::NoAnswerToCr)
    });
    if !speaks {
        return Err(End::Spent(Spent::Unreachable));
    }
    for selector in T_SELECTORS {
        if **selector == *prober.base.config.called_t_selector {
            continue;
        }
        let selector = Bytes::from_static(selector);
        let attempt = ask(prober, findings, |base| base.config.called_t_selector = selector.clone())?;
        findings.tell("t-selector", &shown(&selector), &attempt, &transport_text(&attempt))?;
        if attempt.cc.is_some() {
            prober.base.config.called_t_selector = selector;
            return Ok(attempt);
        }
    }
    Err(End::Spent(Spent::Unreachable))
}

fn t_selectors(prober: &mut Prober, findings: &mut Findings<'_, '_>) -> Done<()> {
    for selector in [b"", &b"\0\x01"[..], IMPROBABLE] {
        if *selector == *prober.base.config.called_t_selector {
            continue;
        }
        let selector = Bytes::copy_from_slice(selector);
        let attempt = ask(prober, findings, |base| base.config.called_t_selector = selector.clone())?;
        if *selector == *IMPROBABLE {
            findings.facts.improbable_t_selector(&attempt);
        }
        findings.tell("t-selector", &shown(&selector), &attempt, &transport_text(&attempt))?;
    }
    Ok(())
}

fn sizes(prober: &mut Prober, findings: &mut Findings<'_, '_>) -> Done<()> {
    for size in SIZES {
        let attempt = ask(prober, findings, |base| base.config.max_tpdu_size = *size)?;
        let text = match &attempt.cc {
            None => attempt.why_not(),
            Some(cc) => match (cc.preferred_tpdu_size("CC"), cc.tpdu_size("CC")) {
                (Ok(Some(size)), _) => format!("CC says {size} (preferred maximum TPDU size)"),
                (_, Ok(Some(size))) => format!("CC says {size}"),
                (Ok(None), Ok(None)) => "CC says nothing: as proposed".into(),
                (Err(error), _) | (_, Err(error)) => error.to_string(),
            },
        };
        findings.tell("tpdu-size", &size.to_string(), &attempt, &text)?;
    }
    Ok(())
}

/// Looks for versions and user data with which a session comes about at all; those are proposed from then on.
fn agree(args: &Probe, prober: &mut Prober, findings: &mut Findings<'_, '_>) -> Done<bool> {
    let asked = prober.base.request.versions;
    let given = prober.base.request.user_data.clone();
    let mms = Bytes::from(crate::mms::connect_ppdu());
    let mut data = vec![(given, "")];
    if args.proposal.user_data.is_empty() && !args.no_mms {
        data.push((mms, ", MMS association"));
    }
    for (user_data, name) in data {
        for versions in [Versions::default(), Versions::V2, Versions::V1] {
            if name.is_empty() && versions == asked {
                continue;
            }
            let attempt = ask(prober, findings, |base| {
                base.request.versions = versions;
                base.request.user_data = user_data.clone();
            })?;
            let proposed = format!("version {}{name}", version_text(versions));
            findings.tell("connect", &proposed, &attempt, &session_text(&attempt, |_| "accepted".into()))?;
            if attempt.confirm.is_some() {
                prober.base.request.versions = versions;
                prober.base.request.user_data = user_data;
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn versions(prober: &mut Prober, findings: &mut Findings<'_, '_>) -> Done<()> {
    for versions in [Versions::default(), Versions::V2, Versions::V1] {
        let attempt = ask(prober, findings, |base| base.request.versions = versions)?;
        let text = session_text(&attempt, |attempt| {
            attempt.confirm.as_ref().map_or(String::new(), |confirm| format!("selects {}", confirm.version))
        });
        findings.facts.versions(versions, &attempt);
        findings.tell("version", &version_text(versions), &attempt, &text)?;
    }
    Ok(())
}

fn s_selectors(prober: &mut Prober, findings: &mut Findings<'_, '_>) -> Done<()> {
    for selector in S_SELECTORS.iter().copied().chain([IMPROBABLE]) {
        let selector = Bytes::copy_from_slice(selector);
        let attempt = ask(prober, findings, |base| base.request.called_selector = selector.clone())?;
        let text = session_text(&attempt, |attempt| match &attempt.confirm {
            Some(confirm) if !confirm.responding_selector.is_empty() => {
                format!("accepted, responding {}", shown(&confirm.responding_selector))
            }
            _ => "accepted".into(),
        });
        if selector.is_empty() {
            findings.facts.null_s_selector(&attempt);
        }
        findings.tell("s-selector", &shown(&selector), &attempt, &text)?;
    }
    Ok(())
}

fn units(prober: &mut Prober, findings: &mut Findings<'_, '_>) -> Done<()> {
    use FunctionalUnits as Fu;
    // Exceptions need half-duplex (X.225 5.8.1).
    let with_duplex = Fu::ALL - Fu::HALF_DUPLEX - Fu::EXCEPTIONS;
    let with_half_duplex = Fu::ALL - Fu::DUPLEX;
    for (name, units) in [
        ("duplex", Fu::DUPLEX),
        ("half-duplex", Fu::HALF_DUPLEX),
        ("all with duplex", with_duplex),
        ("all with half-duplex", with_half_duplex),
    ] {
        let attempt = ask(prober, findings, |base| {
            let ConnectRequest {
                functional_units, initial_serial_number, second_initial_serial_number, ..
            } = propose(units);
            base.request.functional_units = functional_units;
            base.request.initial_serial_number = initial_serial_number;
            base.request.second_initial_serial_number = second_initial_serial_number;
        })?;
        let text = match (&attempt.confirm, &attempt.accept) {
            (Some(confirm), _) => format!("selects {}", confirm.functional_units),
            (None, Some(accept)) if accept.units == Some(attempt.request_units) => {
                format!(
                    "its ACCEPT repeats the proposal as it is, which selects too much [{}]",
                    cause(&attempt)
                )
            }
            _ => attempt.why_not(),
        };
        findings.facts.units(&attempt);
        findings.tell("units", name, &attempt, &text)?;
    }
    let attempt = ask(prober, findings, |base| {
        base.request.tsdu_maximum_size =
            TsduSizes { initiator_to_responder: 1024, responder_to_initiator: 1024 };
    })?;
    let text = session_text(&attempt, |attempt| {
        let sizes = attempt.confirm.as_ref().map(|confirm| confirm.tsdu_maximum_size).unwrap_or_default();
        if sizes.is_unlimited() {
            "no segmenting".into()
        } else {
            format!(
                "segments of {} and {} octets",
                sizes.initiator_to_responder, sizes.responder_to_initiator
            )
        }
    });
    findings.tell("tsdu-size", "1024", &attempt, &text)?;
    Ok(())
}

fn cause(attempt: &Attempt) -> &'static str {
    attempt.diagnosis.as_ref().map_or("", |diagnosis| diagnosis.cause.word())
}
