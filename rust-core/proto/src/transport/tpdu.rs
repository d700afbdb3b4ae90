//! TPDUs: encoding and decoding (X.224 13, RFC 1006 5, RFC 2126).
//!
//! The decoder knows classes 0 and 2, so that it can also show what class 0 refuses. It checks structure; what the
//! procedures demand beyond it (a reference that matches, a parameter that is allowed) is left to [`Class0`](super::Class0).
use crate::error::{Error, Layer, Result};
use bytes::{Buf, Bytes};
use core::fmt;

/// The largest length indicator; FF is reserved (X.224 13.2.1).
pub const MAX_LENGTH_INDICATOR: usize = 0xfe;
/// Octets of the longest CR (X.224 13.3).
pub const MAX_CR: usize = 128;
/// Octets of the longest T-selector in deployed profiles; X.224 has no limit.
pub const MAX_T_SELECTOR: usize = 32;
/// Octets of user data in CR and CC (RFC 1006 5).
pub const MAX_CONNECT_DATA: usize = 32;
/// Octets of user data in ED (X.224 13.8).
pub const MAX_EXPEDITED: usize = 16;
/// Octets of the header of a class 0 DT or ED.
pub const DATA_HEADER: usize = 3;
/// The bit of [`parameter::ADDITIONAL_OPTIONS`] that asks for the expedited flow (X.224 13.3.4).
pub const USE_EXPEDITED: u8 = 0x01;

/// Parameter codes (X.224 13.3.4, 13.5.4, 13.12.4).
pub mod parameter {
    /// TPDU size, a power of two.
    pub const TPDU_SIZE: u8 = 0xc0;
    /// Calling T-selector; in ER the rejected TPDU.
    pub const CALLING_T_SELECTOR: u8 = 0xc1;
    /// Called T-selector in CR, responding T-selector in CC.
    pub const CALLED_T_SELECTOR: u8 = 0xc2;
    /// Checksum (class 4).
    pub const CHECKSUM: u8 = 0xc3;
    /// Version number (classes 1 to 4).
    pub const VERSION_NUMBER: u8 = 0xc4;
    /// Protection parameters (classes 1 to 4).
    pub const PROTECTION: u8 = 0xc5;
    /// Additional options.
    pub const ADDITIONAL_OPTIONS: u8 = 0xc6;
    /// Alternative protocol classes.
    pub const ALTERNATIVE_CLASSES: u8 = 0xc7;
    /// Additional information of DR.
    pub const ADDITIONAL_INFORMATION: u8 = 0xe0;
    /// Preferred maximum TPDU size, in units of 128 octets.
    pub const PREFERRED_TPDU_SIZE: u8 = 0xf0;

    /// The name of a parameter of CR or CC, as error messages show it.
    pub const fn name(code: u8) -> &'static str {
        match code {
            0x85 => "acknowledge time (85)",
            0x86 => "throughput (86)",
            0x87 => "residual error rate (87)",
            0x88 => "priority (88)",
            0x89 => "transit delay (89)",
            0x8b => "reassignment time (8b)",
            TPDU_SIZE => "TPDU size (c0)",
            CALLING_T_SELECTOR => "calling T-selector (c1)",
            CALLED_T_SELECTOR => "called T-selector (c2)",
            CHECKSUM => "checksum (c3)",
            VERSION_NUMBER => "version number (c4)",
            PROTECTION => "protection (c5)",
            ADDITIONAL_OPTIONS => "additional options (c6)",
            ALTERNATIVE_CLASSES => "alternative classes (c7)",
            ADDITIONAL_INFORMATION => "additional information (e0)",
            PREFERRED_TPDU_SIZE => "preferred maximum TPDU size (f0)",
            0xf2 => "inactivity time (f2)",
            _ => "unknown parameter",
        }
    }
}

/// One parameter of the variable part, as it stands in the TPDU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// The code: one of [`parameter`], or any other.
    pub code: u8,
    /// The value, 0 to 252 octets.
    pub value: Bytes,
}

impl Parameter {
    /// A parameter.
    pub fn new(code: u8, value: impl Into<Bytes>) -> Parameter {
        Parameter { code, value: value.into() }
    }
}

/// CR or CC.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Connect {
    /// Initial credit; 0 in class 0.
    pub credit: u8,
    /// Destination reference; 0 in CR.
    pub destination_reference: u16,
    /// Source reference.
    pub source_reference: u16,
    /// Class preferred (CR) or selected (CC), 0 to 4.
    pub class: u8,
    /// Options, four bits; without meaning in class 0.
    pub options: u8,
    /// All parameters in their order on the wire, unknown ones too.
    pub parameters: Vec<Parameter>,
    /// User data.
    pub user_data: Bytes,
}

impl Connect {
    /// Octets from the length indicator to the first parameter.
    const FIXED: usize = 7;

    /// The value of a parameter and the offset of its code. Of duplicates the last counts (X.224 13.2.3).
    pub fn find(&self, code: u8) -> Option<(usize, &Bytes)> {
        let mut found = None;
        let mut offset = Self::FIXED;
        for parameter in &self.parameters {
            if parameter.code == code {
                found = Some((offset, &parameter.value));
            }
            offset += 2 + parameter.value.len();
        }
        found
    }

    /// The TPDU size of parameter C0 in octets, if it is there.
    ///
    /// # Errors
    /// Its length is not 1, or its value is not one of 07 to 0D. 0C and 0D are not for class 0 in X.224, but common over
    /// TCP (RFC 2126).
    pub fn tpdu_size(&self, pdu: &'static str) -> Result<Option<usize>> {
        let Some((offset, value)) = self.find(parameter::TPDU_SIZE) else { return Ok(None) };
        match value[..] {
            [code @ 0x07..=0x0d] => Ok(Some(1 << code)),
            [code] => Err(bad_value(pdu, parameter::TPDU_SIZE, offset + 2, "TPDU size is not defined")
                .with_expected("07 to 0d hex", format!("{code:02x} hex"))),
            _ => Err(bad_length(pdu, parameter::TPDU_SIZE, offset + 1, "1 octet", value.len())),
        }
    }

    /// The TPDU size of parameter F0 in octets, if it is there; never above 65531, the longest TPDU of a TPKT.
    ///
    /// # Errors
    /// Its length is not 1 to 4, or its value is 0.
    pub fn preferred_tpdu_size(&self, pdu: &'static str) -> Result<Option<usize>> {
        const CODE: u8 = parameter::PREFERRED_TPDU_SIZE;
        let Some((offset, value)) = self.find(CODE) else { return Ok(None) };
        if !(1..=4).contains(&value.len()) {
            return Err(bad_length(pdu, CODE, offset + 1, "1 to 4 octets", value.len()));
        }
        match value.iter().fold(0_usize, |n, &octet| n << 8 | usize::from(octet)) {
            0 => Err(bad_value(pdu, CODE, offset + 2, "preferred maximum TPDU size is zero")),
            n => Ok(Some(n.saturating_mul(128).min(super::tpkt::MAX_TPDU))),
        }
    }

    /// The octet of parameter C6; 0 if it is absent (RFC 1006 5, RFC 2126: the default is "no expedited").
    ///
    /// # Errors
    /// Its length is not 1.
    pub fn additional_options(&self, pdu: &'static str) -> Result<u8> {
        match self.find(parameter::ADDITIONAL_OPTIONS) {
            None => Ok(0),
            Some((offset, value)) => match value[..] {
                [options] => Ok(options),
                _ => Err(bad_length(pdu, parameter::ADDITIONAL_OPTIONS, offset + 1, "1 octet", value.len())),
            },
        }
    }

    /// The classes that parameter C7 lists as alternatives.
    ///
    /// # Errors
    /// One of them does not exist.
    pub fn alternative_classes(&self, pdu: &'static str) -> Result<Vec<u8>> {
        let Some((offset, value)) = self.find(parameter::ALTERNATIVE_CLASSES) else { return Ok(Vec::new()) };
        value
            .iter()
            .enumerate()
            .map(|(i, &octet)| match octet >> 4 {
                class @ 0..=4 => Ok(class),
                class => {
                    let text = "alternative class does not exist";
                    Err(bad_value(pdu, parameter::ALTERNATIVE_CLASSES, offset + 2 + i, text)
                        .with_expected("class 0 to 4", format!("class {class}")))
                }
            })
            .collect()
    }

    /// A T-selector; an absent one and an empty one are the same.
    pub fn t_selector(&self, code: u8) -> Bytes {
        self.find(code).map(|(_, value)| value.clone()).unwrap_or_default()
    }
}

/// DR.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Disconnect {
    /// Destination reference.
    pub destination_reference: u16,
    /// Source reference; 0 in a refusal.
    pub source_reference: u16,
    /// Why: see [`disconnect_reason`].
    pub reason: u8,
    /// All parameters in their order on the wire.
    pub parameters: Vec<Parameter>,
    /// User data; none in class 0.
    pub user_data: Bytes,
}

/// DT or ED.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Data {
    /// Destination reference in class 2; `None` in class 0 (RFC 1006), whose header is shorter.
    pub destination_reference: Option<u16>,
    /// End of TSDU.
    pub end_of_tsdu: bool,
    /// TPDU number; 0 in class 0.
    pub number: u8,
    /// User data.
    pub user_data: Bytes,
}

/// A transport protocol data unit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tpdu {
    /// Connection request.
    Cr(Connect),
    /// Connection confirm.
    Cc(Connect),
    /// Disconnect request.
    Dr(Disconnect),
    /// Disconnect confirm (class 2).
    Dc {
        /// Destination reference.
        destination_reference: u16,
        /// Source reference.
        source_reference: u16,
        /// All parameters in their order on the wire.
        parameters: Vec<Parameter>,
    },
    /// Data.
    Dt(Data),
    /// Expedited data.
    Ed(Data),
    /// Expedited data acknowledgement (class 2).
    Ea {
        /// Destination reference.
        destination_reference: u16,
        /// Number of the ED.
        number: u8,
    },
    /// TPDU error.
    Er {
        /// Destination reference.
        destination_reference: u16,
        /// Why: see [`error_cause`].
        cause: u8,
        /// All parameters in their order on the wire; C1 is the rejected TPDU, up to the octet in error.
        parameters: Vec<Parameter>,
    },
}

/// Mnemonic and name of a TPDU by its code octet; `None` if X.224 13.2.2 does not have the code.
pub const fn code_name(code: u8) -> Option<(&'static str, &'static str)> {
    Some(match code {
        0xe0..=0xef => ("CR", "Connection Request"),
        0xd0..=0xdf => ("CC", "Connection Confirm"),
        0x80 => ("DR", "Disconnect Request"),
        0xc0 => ("DC", "Disconnect Confirm"),
        0xf0 | 0xf1 => ("DT", "Data"),
        0x10 => ("ED", "Expedited Data"),
        0x20 => ("EA", "Expedited Data Acknowledgement"),
        0x70 => ("ER", "TPDU Error"),
        0x60..=0x6f => ("AK", "Data Acknowledgement"),
        0x50..=0x5f => ("RJ", "Reject"),
        _ => return None,
    })
}

/// What a reason of DR means (X.224 13.5.3); an unknown one means "not specified".
pub const fn disconnect_reason(reason: u8) -> &'static str {
    match reason {
        0x01 => "congestion at the TSAP",
        0x02 => "no session entity attached to the TSAP",
        0x03 => "address unknown",
        0x80 => "normal disconnect initiated by the session entity",
        0x81 => "remote transport entity congested at connect request time",
        0x82 => "connection negotiation failed (class not supported)",
        0x83 => "duplicate source reference",
        0x84 => "mismatched references",
        0x85 => "protocol error",
        0x87 => "reference overflow",
        0x88 => "connection request refused on this network connection",
        0x8a => "header or parameter length invalid",
        _ => "reason not specified",
    }
}

/// What a reject cause of ER means (X.224 13.12.3).
pub const fn error_cause(cause: u8) -> &'static str {
    match cause {
        1 => "invalid parameter code",
        2 => "invalid TPDU type",
        3 => "invalid parameter value",
        _ => "cause not specified",
    }
}

/// A structural fault of a TPDU.
fn fault(pdu: Option<&'static str>, text: &'static str, offset: usize, clause: &'static str) -> Error {
    let error = Error::peer(Layer::Transport, text).with_offset(offset).with_clause(clause);
    match pdu {
        Some(pdu) => error.with_pdu(pdu),
        None => error,
    }
}

fn bad_value(pdu: &'static str, code: u8, offset: usize, text: &'static str) -> Error {
    fault(Some(pdu), text, offset, "X.224 13.3.4").with_parameter(parameter::name(code))
}

fn bad_length(pdu: &'static str, code: u8, offset: usize, expected: &'static str, found: usize) -> Error {
    bad_value(pdu, code, offset, "parameter has a wrong length").with_expected(expected, format!("{found}"))
}

/// Two octets of a header whose length was checked.
fn reference(octets: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([octets[at], octets[at + 1]])
}

/// The variable part: parameters from `from` to the end of the header.
fn parameters(pdu: &'static str, octets: &Bytes, from: usize, end: usize) -> Result<Vec<Parameter>> {
    const CLAUSE: &str = "X.224 13.2.3";
    let mut list = Vec::new();
    let mut at = from;
    while at < end {
        let code = octets[at];
        let named = |error: Error| error.with_parameter(parameter::name(code));
        if at + 1 == end {
            return Err(named(fault(Some(pdu), "parameter has no length: the header ends", at, CLAUSE)));
        }
        let length = usize::from(octets[at + 1]);
        let rest = end - at - 2;
        if length > rest {
            return Err(named(fault(Some(pdu), "parameter runs past the header", at + 1, CLAUSE))
                .with_expected(format!("at most {rest} octets"), length.to_string()));
        }
        list.push(Parameter { code, value: octets.slice(at + 2..at + 2 + length) });
        at += 2 + length;
    }
    Ok(list)
}

impl Tpdu {
    /// Decodes one TPDU, the whole content of a TPKT. User data and parameter values are slices of it.
    ///
    /// # Errors
    /// `Peer`: its structure is not that of X.224 13 (or RFC 1006 5), or class 0 and 2 do not have it.
    pub fn decode(octets: Bytes) -> Result<Tpdu> {
        Tpdu::decode_inner(&octets).map_err(|error| error.with_octets(&octets))
    }

    fn decode_inner(octets: &Bytes) -> Result<Tpdu> {
        let &[li, code, ..] = &octets[..] else {
            return Err(fault(None, "TPDU is shorter than its length indicator and code", 0, "X.224 13.2"));
        };
        let name = code_name(code);
        let pdu = name.map(|(mnemonic, _)| mnemonic);
        let end = usize::from(li) + 1;
        if usize::from(li) > MAX_LENGTH_INDICATOR {
            return Err(fault(pdu, "length indicator ff is reserved", 0, "X.224 13.2.1"));
        }
        if end > octets.len() {
            return Err(fault(pdu, "length indicator runs past the TPDU", 0, "X.224 13.2.1")
                .with_expected(format!("at most {}", octets.len() - 1), li.to_string()));
        }
        let Some(pdu) = pdu else {
            return Err(fault(None, "TPDU code is not defined", 1, "X.224 13.2.2")
                .with_expected("CR, CC, DR, DT, ED or ER", format!("{code:02x} hex")));
        };
        let fixed = |length: usize, clause: &'static str| {
            if usize::from(li) < length {
                return Err(fault(Some(pdu), "header is shorter than its fixed part", 0, clause)
                    .with_expected(format!("at least {length}"), li.to_string()));
            }
            Ok(())
        };
        let alone = |clause: &'static str| {
            if end < octets.len() {
                return Err(fault(Some(pdu), "octets follow a header that has no user data", end, clause));
            }
            Ok(())
        };
        match code {
            0xd0..=0xef => {
                let request = code >= 0xe0;
                let clause = if request { "X.224 13.3.3" } else { "X.224 13.4.3" };
                fixed(6, clause)?;
                let class = octets[6] >> 4;
                if class > 4 {
                    return Err(fault(Some(pdu), "transport class does not exist", 6, clause)
                        .with_parameter("class")
                        .with_expected("class 0 to 4", format!("class {class}")));
                }
                let connect = Connect {
                    credit: code & 0x0f,
                    destination_reference: reference(octets, 2),
                    source_reference: reference(octets, 4),
                    class,
                    options: octets[6] & 0x0f,
                    parameters: parameters(pdu, octets, Connect::FIXED, end)?,
                    user_data: octets.slice(end..),
                };
                Ok(if request { Tpdu::Cr(connect) } else { Tpdu::Cc(connect) })
            }
            0x80 => {
                fixed(6, "X.224 13.5.3")?;
                Ok(Tpdu::Dr(Disconnect {
                    destination_reference: reference(octets, 2),
                    source_reference: reference(octets, 4),
                    reason: octets[6],
                    parameters: parameters(pdu, octets, 7, end)?,
                    user_data: octets.slice(end..),
                }))
            }
            0xc0 => {
                fixed(5, "X.224 13.6.3")?;
                alone("X.224 13.6")?;
                Ok(Tpdu::Dc {
                    destination_reference: reference(octets, 2),
                    source_reference: reference(octets, 4),
                    parameters: parameters(pdu, octets, 6, end)?,
                })
            }
            0xf0 | 0x10 => {
                let clause = if code == 0xf0 { "X.224 13.7.3" } else { "RFC 1006 5" };
                let (destination_reference, number) = match li {
                    2 => (None, octets[2]),
                    4 => (Some(reference(octets, 2)), octets[4]),
                    _ => {
                        return Err(fault(Some(pdu), "header has a wrong length", 0, clause)
                            .with_expected("2 (class 0) or 4 (class 2)", li.to_string()));
                    }
                };
                let mut user_data = octets.clone();
                user_data.advance(end);
                let end_of_tsdu = number & 0x80 != 0;
                let data = Data { destination_reference, end_of_tsdu, number: number & 0x7f, user_data };
                Ok(if code == 0xf0 { Tpdu::Dt(data) } else { Tpdu::Ed(data) })
            }
            0x20 => {
                fixed(4, "X.224 13.10.3")?;
                alone("X.224 13.10")?;
                if li != 4 {
                    return Err(fault(Some(pdu), "header has a wrong length", 0, "X.224 13.10")
                        .with_expected("4", li.to_string()));
                }
                Ok(Tpdu::Ea { destination_reference: reference(octets, 2), number: octets[4] })
            }
            0x70 => {
                fixed(4, "X.224 13.12.3")?;
                alone("X.224 13.12")?;
                Ok(Tpdu::Er {
                    destination_reference: reference(octets, 2),
                    cause: octets[4],
                    parameters: parameters(pdu, octets, 5, end)?,
                })
            }
            0xf1 => Err(fault(
                Some(pdu),
                "request of acknowledgement is not in classes 0 and 2",
                1,
                "X.224 13.7.3",
            )),
            _ => Err(fault(
                Some(pdu),
                "TPDU is not in classes 0 and 2 without flow control",
                1,
                "X.224 13.2.2",
            )),
        }
    }

    /// Encodes this TPDU: the whole content of a TPKT.
    ///
    /// # Errors
    /// `Invalid`: a field does not fit its place, or the header its 254 octets.
    pub fn encode(&self) -> Result<Vec<u8>> {
        let mut out = vec![0];
        let none = Bytes::new();
        let (parameters, user_data): (&[Parameter], &Bytes) = match self {
            Tpdu::Cr(connect) | Tpdu::Cc(connect) => {
                if connect.credit > 0x0f || connect.options > 0x0f || connect.class > 4 {
                    return Err(
                        Error::invalid("credit, options or class does not fit").with_pdu(self.mnemonic())
                    );
                }
                out.push(if matches!(self, Tpdu::Cr(_)) { 0xe0 } else { 0xd0 } | connect.credit);
                out.extend(connect.destination_reference.to_be_bytes());
                out.extend(connect.source_reference.to_be_bytes());
                out.push(connect.class << 4 | connect.options);
                (&connect.parameters, &connect.user_data)
            }
            Tpdu::Dr(disconnect) => {
                out.push(0x80);
                out.extend(disconnect.destination_reference.to_be_bytes());
                out.extend(disconnect.source_reference.to_be_bytes());
                out.push(disconnect.reason);
                (&disconnect.parameters, &disconnect.user_data)
            }
            Tpdu::Dc { destination_reference, source_reference, parameters } => {
                out.push(0xc0);
                out.extend(destination_reference.to_be_bytes());
                out.extend(source_reference.to_be_bytes());
                (parameters, &none)
            }
            Tpdu::Dt(data) | Tpdu::Ed(data) => {
                if data.number > 0x7f {
                    return Err(Error::invalid("TPDU number does not fit 7 bits").with_pdu(self.mnemonic()));
                }
                out.push(if matches!(self, Tpdu::Dt(_)) { 0xf0 } else { 0x10 });
                if let Some(reference) = data.destination_reference {
                    out.extend(reference.to_be_bytes());
                }
                out.push(u8::from(data.end_of_tsdu) << 7 | data.number);
                (&[], &data.user_data)
            }
            Tpdu::Ea { destination_reference, number } => {
                out.push(0x20);
                out.extend(destination_reference.to_be_bytes());
                out.push(*number);
                (&[], &none)
            }
            Tpdu::Er { destination_reference, cause, parameters } => {
                out.push(0x70);
                out.extend(destination_reference.to_be_bytes());
                out.push(*cause);
                (parameters, &none)
            }
        };
        for parameter in parameters {
            let length = u8::try_from(parameter.value.len()).map_err(|_| {
                Error::invalid("parameter is longer than 255 octets").with_pdu(self.mnemonic())
            })?;
            out.extend([parameter.code, length]);
            out.extend_from_slice(&parameter.value);
        }
        match u8::try_from(out.len() - 1) {
            Ok(li) if usize::from(li) <= MAX_LENGTH_INDICATOR => out[0] = li,
            _ => return Err(Error::invalid("header is longer than 254 octets").with_pdu(self.mnemonic())),
        }
        out.extend_from_slice(user_data);
        Ok(out)
    }

    /// The code octet of X.224 13.2.2, with a credit of 0.
    const fn code(&self) -> u8 {
        match self {
            Tpdu::Cr(_) => 0xe0,
            Tpdu::Cc(_) => 0xd0,
            Tpdu::Dr(_) => 0x80,
            Tpdu::Dc { .. } => 0xc0,
            Tpdu::Dt(_) => 0xf0,
            Tpdu::Ed(_) => 0x10,
            Tpdu::Ea { .. } => 0x20,
            Tpdu::Er { .. } => 0x70,
        }
    }

    /// The mnemonic: "CR".
    pub const fn mnemonic(&self) -> &'static str {
        match code_name(self.code()) {
            Some((mnemonic, _)) => mnemonic,
            None => "",
        }
    }

    /// The name in words: "Connection Request".
    pub const fn name(&self) -> &'static str {
        match code_name(self.code()) {
            Some((_, name)) => name,
            None => "",
        }
    }
}

/// Octets in hexadecimal.
struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("empty");
        }
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

/// A number of octets in words.
pub(super) struct Octets(pub(super) usize);

impl fmt::Display for Octets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} octet{}", self.0, if self.0 == 1 { "" } else { "s" })
    }
}

/// The rest of the line of CR and CC, after the references.
fn show_connect(connect: &Connect, pdu: &'static str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, " class {}", connect.class)?;
    if connect.options != 0 {
        write!(f, ", options {:x}", connect.options)?;
    }
    if connect.credit != 0 {
        write!(f, ", credit {}", connect.credit)?;
    }
    for (i, p) in connect.parameters.iter().enumerate() {
        // The accessors judge the parameter that counts; here each one is shown, so each is looked at by itself.
        let single = Connect { parameters: connect.parameters[i..=i].to_vec(), ..Connect::default() };
        match p.code {
            parameter::CALLING_T_SELECTOR => write!(f, ", calling T-selector {}", Hex(&p.value))?,
            parameter::CALLED_T_SELECTOR if pdu == "CR" => {
                write!(f, ", called T-selector {}", Hex(&p.value))?
            }
            parameter::CALLED_T_SELECTOR => write!(f, ", responding T-selector {}", Hex(&p.value))?,
            parameter::TPDU_SIZE => match single.tpdu_size(pdu) {
                Ok(Some(size)) => write!(f, ", TPDU size {size}")?,
                _ => write!(f, ", TPDU size invalid ({})", Hex(&p.value))?,
            },
            parameter::PREFERRED_TPDU_SIZE => match single.preferred_tpdu_size(pdu) {
                Ok(Some(size)) => write!(f, ", preferred TPDU size {size}")?,
                _ => write!(f, ", preferred TPDU size invalid ({})", Hex(&p.value))?,
            },
            parameter::ADDITIONAL_OPTIONS => match single.additional_options(pdu) {
                Ok(USE_EXPEDITED) => f.write_str(", expedited")?,
                Ok(0) => f.write_str(", no expedited")?,
                _ => write!(f, ", additional options {}", Hex(&p.value))?,
            },
            parameter::ALTERNATIVE_CLASSES => write!(f, ", alternative classes {}", Hex(&p.value))?,
            code if parameter::name(code) == "unknown parameter" => {
                write!(f, ", parameter {code:02x} {}", Hex(&p.value))?;
            }
            code => write!(f, ", {} {}", parameter::name(code), Hex(&p.value))?,
        }
    }
    if !connect.user_data.is_empty() {
        write!(f, ", {} of user data", Octets(connect.user_data.len()))?;
    }
    Ok(())
}

impl fmt::Display for Tpdu {
    /// One line that a person can read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.mnemonic(), self.name())?;
        match self {
            Tpdu::Cr(connect) => {
                write!(f, " src {:04x}", connect.source_reference)?;
                show_connect(connect, "CR", f)
            }
            Tpdu::Cc(connect) => {
                write!(f, " dst {:04x} src {:04x}", connect.destination_reference, connect.source_reference)?;
                show_connect(connect, "CC", f)
            }
            Tpdu::Dr(dr) => {
                write!(f, " dst {:04x} src {:04x}", dr.destination_reference, dr.source_reference)?;
                write!(f, ", reason {:02x}: {}", dr.reason, disconnect_reason(dr.reason))?;
                for p in &dr.parameters {
                    write!(f, ", parameter {:02x} {}", p.code, Hex(&p.value))?;
                }
                if !dr.user_data.is_empty() {
                    write!(f, ", {} of user data", Octets(dr.user_data.len()))?;
                }
                Ok(())
            }
            Tpdu::Dc { destination_reference, source_reference, .. } => {
                write!(f, " dst {destination_reference:04x} src {source_reference:04x}")
            }
            Tpdu::Dt(data) | Tpdu::Ed(data) => {
                if let Some(reference) = data.destination_reference {
                    write!(f, " dst {reference:04x}")?;
                }
                write!(f, " {}", Octets(data.user_data.len()))?;
                if data.number != 0 {
                    write!(f, ", number {}", data.number)?;
                }
                if data.end_of_tsdu && matches!(self, Tpdu::Dt(_)) {
                    f.write_str(", end of TSDU")?;
                }
                Ok(())
            }
            Tpdu::Ea { destination_reference, number } => {
                write!(f, " dst {destination_reference:04x}, number {number}")
            }
            Tpdu::Er { destination_reference, cause, parameters } => {
                write!(f, " dst {destination_reference:04x}, cause {cause:02x}: {}", error_cause(*cause))?;
                for p in parameters {
                    match p.code {
                        parameter::CALLING_T_SELECTOR => write!(f, ", rejected {}", Hex(&p.value))?,
                        code => write!(f, ", parameter {code:02x} {}", Hex(&p.value))?,
                    }
                }
                Ok(())
            }
        }
    }
}
