//! What CR proposes and CC settles (X.224 6.5 and 8, RFC 1006 5, RFC 2126).
use super::class0::Config;
use super::tpdu::{Connect, MAX_CONNECT_DATA, MAX_CR, MAX_T_SELECTOR, Parameter, USE_EXPEDITED, parameter};
use super::tpkt;
use crate::error::{Error, Layer, Result};
use bytes::Bytes;

/// The smallest TPDU size that can be negotiated.
const MIN_SIZE: usize = 128;
/// The largest exponent of parameter C0: 8192 octets.
const MAX_EXPONENT: u8 = 0x0d;
/// The largest size that a CR of class 0 may propose in parameter C0 (X.224 13.3.4 b). Larger ones are usual over TCP, but there are peers
/// that hang up on them; F0 proposes those.
const MAX_PROPOSED: usize = 2048;

/// What is forbidden but seen in real stacks: forgiven or not.
#[derive(Debug)]
pub(super) struct Leniency {
    tolerant: bool,
    forgiven: Vec<Error>,
}

impl Leniency {
    /// Kinds of fault to remember.
    const MAX: usize = 16;

    pub(super) fn new(tolerant: bool) -> Leniency {
        Leniency { tolerant, forgiven: Vec::new() }
    }

    /// Forgives and remembers, or hands the fault back.
    pub(super) fn forgive(&mut self, fault: Error) -> Result<()> {
        if !self.tolerant {
            return Err(fault);
        }
        let known = self.forgiven.iter().any(|old| old.details().text == fault.details().text);
        if !known && self.forgiven.len() < Self::MAX {
            self.forgiven.push(fault);
        }
        Ok(())
    }

    /// [`Leniency::forgive`] if `is_fault`.
    fn forgive_if(&mut self, is_fault: bool, fault: impl FnOnce() -> Error) -> Result<()> {
        if is_fault { self.forgive(fault()) } else { Ok(()) }
    }

    pub(super) fn forgiven(&self) -> &[Error] {
        &self.forgiven
    }
}

/// A fault of CR or CC against X.224.
fn fault(pdu: &'static str, text: &'static str, offset: usize, clause: &'static str) -> Error {
    Error::peer(Layer::Transport, text).with_pdu(pdu).with_offset(offset).with_clause(clause)
}

/// The exponent of parameter C0 for the largest size that is not above `size`.
fn exponent(size: usize) -> u8 {
    (0x07..=MAX_EXPONENT).rev().find(|&e| 1 << e <= size).unwrap_or(0x07)
}

/// The value of parameter F0 for the largest size that is not above `size`, and that size.
fn preferred(size: usize) -> (Bytes, usize) {
    let units = u16::try_from(size / MIN_SIZE).unwrap_or(u16::MAX).max(1);
    let [high, low] = units.to_be_bytes();
    let value = if high == 0 { vec![low] } else { vec![high, low] };
    (value.into(), usize::from(units) * MIN_SIZE)
}

fn own_maximum(config: &Config) -> usize {
    config.max_tpdu_size.clamp(MIN_SIZE, tpkt::MAX_TPDU)
}

/// What our CR proposes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Proposal {
    /// The size in parameter C0.
    size: usize,
    /// The size in parameter F0, if it was sent.
    preferred: Option<usize>,
    /// The expedited flow was asked for.
    expedited: bool,
}

/// What a connection was settled on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Agreed {
    /// The largest TPDU to send.
    pub(super) send: usize,
    /// The largest TPDU that the peer may send.
    pub(super) receive: usize,
    pub(super) expedited: bool,
}

/// The CR, and what it proposes.
pub(super) fn connection_request(config: &Config, reference: u16, expedited: bool) -> (Connect, Proposal) {
    let maximum = own_maximum(config);
    let exponent = exponent(maximum.min(MAX_PROPOSED));
    let mut proposal = Proposal { size: 1 << exponent, preferred: None, expedited };
    let mut parameters = vec![Parameter::new(parameter::TPDU_SIZE, vec![exponent])];
    if maximum > proposal.size {
        // F0 for those who know it, C0 as the fallback for all others (X.224 13.3.4).
        let (value, size) = preferred(maximum);
        proposal.preferred = Some(size);
        parameters.push(Parameter::new(parameter::PREFERRED_TPDU_SIZE, value));
    }
    for (code, selector) in [
        (parameter::CALLING_T_SELECTOR, &config.calling_t_selector),
        (parameter::CALLED_T_SELECTOR, &config.called_t_selector),
    ] {
        if !selector.is_empty() {
            parameters.push(Parameter::new(code, selector.clone()));
        }
    }
    if expedited {
        parameters.push(Parameter::new(parameter::ADDITIONAL_OPTIONS, vec![USE_EXPEDITED]));
    }
    (Connect { source_reference: reference, parameters, ..Connect::default() }, proposal)
}

/// Judges the CC that answers our CR.
pub(super) fn connection_confirm(
    cc: &Connect,
    proposal: Proposal,
    reference: u16,
    leniency: &mut Leniency,
) -> Result<Agreed> {
    const PDU: &str = "CC";
    if cc.class != 0 {
        return Err(fault(PDU, "class selected was not proposed", 6, "X.224 6.5.4")
            .with_parameter("class")
            .with_expected("class 0", format!("class {}", cc.class)));
    }
    leniency.forgive_if(cc.destination_reference != reference, || {
        fault(PDU, "destination reference is not the one of the CR", 2, "X.224 6.9")
            .with_expected(format!("{reference:04x}"), format!("{:04x}", cc.destination_reference))
    })?;
    leniency
        .forgive_if(cc.source_reference == 0, || fault(PDU, "source reference is zero", 4, "X.224 13.4.3"))?;
    leniency.forgive_if(cc.credit != 0, || fault(PDU, "credit in class 0", 1, "X.224 13.4.3"))?;
    leniency.forgive_if(cc.options != 0, || fault(PDU, "options in class 0", 6, "X.224 13.4.3"))?;
    let mut offset = 7;
    for p in &cc.parameters {
        let text = match p.code {
            parameter::TPDU_SIZE
            | parameter::CALLING_T_SELECTOR
            | parameter::CALLED_T_SELECTOR
            | parameter::PREFERRED_TPDU_SIZE
            | parameter::ADDITIONAL_OPTIONS => None,
            code if parameter::name(code) == "unknown parameter" => Some("parameter is not defined"),
            _ => Some("parameter is not for class 0"),
        };
        if let Some(text) = text {
            leniency.forgive(fault(PDU, text, offset, "X.224 13.4.4").with_parameter(format!(
                "{} {:02x}",
                parameter::name(p.code),
                p.code
            )))?;
        }
        offset += 2 + p.value.len();
    }
    user_data_limit(PDU, cc, offset, leniency)?;

    let expedited = match cc.additional_options(PDU) {
        Ok(options) => options & USE_EXPEDITED != 0,
        Err(error) => leniency.forgive(error).map(|()| false)?,
    };
    leniency.forgive_if(expedited && !proposal.expedited, || {
        let at = cc.find(parameter::ADDITIONAL_OPTIONS).map_or(0, |(offset, _)| offset + 2);
        fault(PDU, "expedited flow was not proposed", at, "RFC 1006 5")
            .with_parameter(parameter::name(parameter::ADDITIONAL_OPTIONS))
    })?;

    // F0 answers F0 and then stands alone; a responder that does not know it answers C0 (X.224 13.4.4).
    let answer = match (cc.preferred_tpdu_size(PDU)?, cc.tpdu_size(PDU)?) {
        (Some(size), _) => {
            Some((parameter::PREFERRED_TPDU_SIZE, size, proposal.preferred.unwrap_or(proposal.size)))
        }
        (None, Some(size)) => Some((parameter::TPDU_SIZE, size, proposal.size)),
        (None, None) => None,
    };
    let (send, receive) = match answer {
        // Nothing stated: keep what was proposed to a peer that may not know F0, and accept what fits a TPKT, the
        // default of RFC 1006.
        None => (proposal.size, tpkt::MAX_TPDU),
        Some((code, stated, proposed)) => {
            leniency.forgive_if(stated > proposed, || {
                let at = cc.find(code).map_or(0, |(offset, _)| offset + 2);
                fault(PDU, "TPDU size is larger than proposed", at, "X.224 6.5.4")
                    .with_parameter(parameter::name(code))
                    .with_expected(format!("at most {proposed} octets"), stated.to_string())
            })?;
            (stated.min(proposed), stated)
        }
    };
    Ok(Agreed { send, receive, expedited: expedited && proposal.expedited })
}

/// How a CR is turned away.
#[derive(Debug)]
pub(super) enum Refusal {
    /// By DR with this reason: the CR is understood.
    Dr(u8, Error),
    /// By ER with this reject cause: the CR is wrong.
    Er(u8, Error),
}

/// What a CR that can be accepted asks for.
#[derive(Clone, Debug, Default)]
pub(super) struct Request {
    pub(super) reference: u16,
    pub(super) calling: Bytes,
    pub(super) called: Bytes,
    pub(super) expedited: bool,
    size: usize,
    size_parameter: SizeParameter,
}

/// Which parameter states the size in the CC.
#[derive(Clone, Copy, Debug, Default)]
enum SizeParameter {
    #[default]
    Size,
    Preferred,
}

/// Cause "invalid parameter value" of ER (X.224 13.12.3).
pub(super) const INVALID_VALUE: u8 = 3;
/// Reason "address unknown" of DR (X.224 13.5.3).
const ADDRESS_UNKNOWN: u8 = 3;
/// Reason "connection negotiation failed" of DR (X.224 13.5.3).
const NEGOTIATION_FAILED: u8 = 0x82;

/// Judges a CR of `length` octets.
pub(super) fn judge_request(
    cr: &Connect,
    length: usize,
    config: &Config,
    leniency: &mut Leniency,
) -> core::result::Result<Request, Refusal> {
    const PDU: &str = "CR";
    check_class(cr).map_err(|error| Refusal::Dr(NEGOTIATION_FAILED, error))?;
    if length > MAX_CR {
        let error = fault(PDU, "CR is too long", MAX_CR, "X.224 13.3")
            .with_expected(format!("at most {MAX_CR} octets"), length.to_string());
        return Err(Refusal::Er(INVALID_VALUE, error));
    }
    let (proposed, size_parameter, expedited) =
        check_values(cr, leniency).map_err(|error| Refusal::Er(INVALID_VALUE, error))?;

    let called = cr.t_selector(parameter::CALLED_T_SELECTOR);
    let at = cr.find(parameter::CALLED_T_SELECTOR).map_or(0, |(offset, _)| offset);
    let unknown = |text: &'static str| {
        fault(PDU, text, at, "X.224 6.6")
            .with_parameter(parameter::name(parameter::CALLED_T_SELECTOR))
            .with_reason(ADDRESS_UNKNOWN.into())
    };
    if called.len() > MAX_T_SELECTOR {
        let error = unknown("called T-selector is too long")
            .with_expected(format!("at most {MAX_T_SELECTOR} octets"), called.len().to_string());
        return Err(Refusal::Dr(ADDRESS_UNKNOWN, error));
    }
    if config.local_t_selectors.as_ref().is_some_and(|known| !known.contains(&called)) {
        return Err(Refusal::Dr(
            ADDRESS_UNKNOWN,
            unknown("called T-selector is not known here").with_octets(&called),
        ));
    }
    Ok(Request {
        reference: cr.source_reference,
        calling: cr.t_selector(parameter::CALLING_T_SELECTOR),
        called,
        expedited: expedited && config.expedited,
        size: proposed.min(own_maximum(config)),
        size_parameter,
    })
}

/// Class 0 must be preferred, listed as an alternative, or implied by class 1 (X.224 6.5.4 h), Table 3).
fn check_class(cr: &Connect) -> Result<()> {
    let alternatives = cr.alternative_classes("CR")?;
    if cr.class <= 1 || alternatives.contains(&0) {
        return Ok(());
    }
    Err(fault("CR", "class 0 is neither preferred nor an alternative", 6, "X.224 6.5.4")
        .with_parameter("class")
        .with_expected("class 0", format!("class {}", cr.class))
        .with_reason(NEGOTIATION_FAILED.into()))
}

/// Everything else in a CR. Invalid values may be ignored there (X.224 6.22): gives the size proposed, the parameter
/// that proposed it, and whether the expedited flow is wanted.
fn check_values(cr: &Connect, leniency: &mut Leniency) -> Result<(usize, SizeParameter, bool)> {
    const PDU: &str = "CR";
    leniency.forgive_if(cr.destination_reference != 0, || {
        fault(PDU, "destination reference is not zero", 2, "X.224 13.3.3")
    })?;
    leniency
        .forgive_if(cr.source_reference == 0, || fault(PDU, "source reference is zero", 4, "X.224 13.3.3"))?;
    if cr.class == 0 {
        leniency.forgive_if(cr.credit != 0, || fault(PDU, "credit in class 0", 1, "X.224 13.3.3"))?;
        leniency.forgive_if(cr.options != 0, || fault(PDU, "options in class 0", 6, "X.224 13.3.3"))?;
        if let Some((offset, _)) = cr.find(parameter::ALTERNATIVE_CLASSES) {
            leniency.forgive(
                fault(PDU, "alternative classes although class 0 is preferred", offset, "X.224 13.3.4")
                    .with_parameter(parameter::name(parameter::ALTERNATIVE_CLASSES)),
            )?;
        }
    }
    if let Some((offset, calling)) = cr.find(parameter::CALLING_T_SELECTOR) {
        leniency.forgive_if(calling.len() > MAX_T_SELECTOR, || {
            fault(PDU, "calling T-selector is too long", offset, "X.224 13.3.4")
                .with_parameter(parameter::name(parameter::CALLING_T_SELECTOR))
                .with_expected(format!("at most {MAX_T_SELECTOR} octets"), calling.len().to_string())
        })?;
    }
    let header = 7 + cr.parameters.iter().map(|p| 2 + p.value.len()).sum::<usize>();
    user_data_limit(PDU, cr, header, leniency)?;
    let preferred = cr.preferred_tpdu_size(PDU).or_else(|error| leniency.forgive(error).map(|()| None))?;
    let size = cr.tpdu_size(PDU).or_else(|error| leniency.forgive(error).map(|()| None))?;
    let options = cr.additional_options(PDU).or_else(|error| leniency.forgive(error).map(|()| 0))?;
    let (size, by) = match (preferred, size) {
        (Some(size), _) => (size, SizeParameter::Preferred),
        (None, Some(size)) => (size, SizeParameter::Size),
        // RFC 1006 5: the default is what a TPKT holds, not the 128 octets of X.224.
        (None, None) => (tpkt::MAX_TPDU, SizeParameter::Size),
    };
    Ok((size, by, options & USE_EXPEDITED != 0))
}

fn user_data_limit(
    pdu: &'static str,
    connect: &Connect,
    offset: usize,
    leniency: &mut Leniency,
) -> Result<()> {
    let length = connect.user_data.len();
    leniency.forgive_if(length > MAX_CONNECT_DATA, || {
        fault(pdu, "user data is too long", offset, "RFC 1006 5")
            .with_expected(format!("at most {MAX_CONNECT_DATA} octets"), length.to_string())
    })
}

/// The CC that accepts a request, and what is settled by it. The size is always stated: what a silent CC means is read in
/// two ways.
pub(super) fn accept(request: &Request, reference: u16, expedited: bool) -> (Connect, Agreed) {
    let expedited = expedited && request.expedited;
    let (size, size_parameter) = match request.size_parameter {
        SizeParameter::Preferred => {
            let (value, size) = preferred(request.size);
            (size, Parameter::new(parameter::PREFERRED_TPDU_SIZE, value))
        }
        SizeParameter::Size => {
            let exponent = exponent(request.size);
            (1 << exponent, Parameter::new(parameter::TPDU_SIZE, vec![exponent]))
        }
    };
    let mut parameters = vec![size_parameter];
    for (code, selector) in
        [(parameter::CALLING_T_SELECTOR, &request.calling), (parameter::CALLED_T_SELECTOR, &request.called)]
    {
        if !selector.is_empty() {
            parameters.push(Parameter::new(code, selector.clone()));
        }
    }
    if expedited {
        parameters.push(Parameter::new(parameter::ADDITIONAL_OPTIONS, vec![USE_EXPEDITED]));
    }
    let cc = Connect {
        destination_reference: request.reference,
        source_reference: reference,
        parameters,
        ..Connect::default()
    };
    (cc, Agreed { send: size, receive: size, expedited })
}
