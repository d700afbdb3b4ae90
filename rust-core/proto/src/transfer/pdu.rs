//! The PDUs that travel in SS-user data, as a reliable transfer that sits on the session service itself has them: X.410-1984 mode of
//! X.228 (X.410 4.4; X.228 clause 9).
//!
//! | PDU | in | shape |
//! |---|---|---|
//! | RTORQ | S-CONNECT request | SET { \[0\] syntax, \[1\] SET { \[0\] checkpoint, \[1\] window, \[2\] mode, \[3\] open or recover, \[4\] protocol } } |
//! | RTOAC | S-CONNECT response | SET { \[0\] syntax, \[1\] SET { \[0\] checkpoint, \[1\] window, \[2\] open } } |
//! | RTORJ | S-CONNECT response, negative, reason 2 | SET { \[0\] reason } |
//! | RTAB | S-U-ABORT | SET { \[0\] reason } |
//! | RTTP | S-TOKEN-PLEASE | INTEGER, the priority |
//! | RTTR | S-DATA | the octets of the APDU themselves |
//!
//! As in the standard, a field that is absent has its default; fields that are not known are skipped.
use super::ber::{self, Value, constructed, context, tag};
use crate::error::{Error, Layer, Result};
use crate::x225::Request;
use crate::x225::parameter::{ConnectionIdentifier, refuse_reason};
use crate::x225::primitive::{ConnectIndication, ConnectReject};
use bytes::Bytes;

/// Names a session connection: the session connection identifier that its S-CONNECT request had (X.228 7.1.4).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Reference {
    /// Calling SS-user reference, at most 62 octets.
    pub calling: Bytes,
    /// Common reference, UTC time as `YYMMDDhhmmZ` or `YYMMDDhhmmssZ`, at most 62 octets.
    pub common: Bytes,
    /// Additional reference information, at most 2 octets; may be empty.
    pub additional: Bytes,
}

/// The octets in a parameter of the session protocol: a value of this tag, or anything.
fn unwrapped(octets: &Bytes, tags: &[u8]) -> Bytes {
    match ber::read_one(octets) {
        Ok(value) if tags.contains(&value.tag) => value.contents,
        _ => octets.clone(),
    }
}

fn wrapped(octets: &[u8], tag: u8) -> Bytes {
    if octets.is_empty() {
        return Bytes::new();
    }
    let mut out = Vec::new();
    ber::write(&mut out, tag, octets);
    out.into()
}

const STRINGS: [u8; 2] = [tag::T61_STRING, tag::OCTET_STRING];

impl Reference {
    /// As the session protocol has it. The parts are encoded values; a peer that puts them there bare is understood.
    pub fn of(calling: &Bytes, common: &Bytes, additional: &Bytes) -> Reference {
        Reference {
            calling: unwrapped(calling, &STRINGS),
            common: unwrapped(common, &[tag::UTC_TIME]),
            additional: unwrapped(additional, &STRINGS),
        }
    }

    /// As the S-CONNECT indication has it.
    pub fn of_connection(identifier: &ConnectionIdentifier) -> Reference {
        Reference::of(
            &identifier.ss_user_reference,
            &identifier.common_reference,
            &identifier.additional_reference,
        )
    }

    /// For the S-CONNECT request.
    pub fn identifier(&self) -> ConnectionIdentifier {
        ConnectionIdentifier {
            ss_user_reference: wrapped(&self.calling, tag::T61_STRING),
            common_reference: wrapped(&self.common, tag::UTC_TIME),
            additional_reference: wrapped(&self.additional, tag::T61_STRING),
        }
    }

    fn write(&self, out: &mut Vec<u8>, as_tag: u8) {
        let mut parts = Vec::new();
        ber::write(&mut parts, tag::T61_STRING, &self.calling);
        ber::write(&mut parts, tag::UTC_TIME, &self.common);
        if !self.additional.is_empty() {
            ber::write(&mut parts, context(0), &self.additional);
        }
        ber::write(out, as_tag, &parts);
    }

    fn read(value: &Value) -> Result<Reference> {
        let mut reference = Reference::default();
        for part in value.inside()? {
            match part.tag {
                tag::T61_STRING | tag::OCTET_STRING => reference.calling = part.contents,
                tag::UTC_TIME => reference.common = part.contents,
                0x80 => reference.additional = part.contents,
                _ => {}
            }
        }
        if [&reference.calling, &reference.common, &reference.additional].iter().any(|part| part.len() > 64) {
            return Err(wrong("RTORQ", "a reference of more than 64 octets", "recover"));
        }
        Ok(reference)
    }
}

fn wrong(pdu: &'static str, text: &'static str, parameter: &'static str) -> Error {
    Error::peer(Layer::Session, text).with_pdu(pdu).with_parameter(parameter).with_clause("X.228 9")
}

/// Why an association is refused (RTORJ).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefuseReason {
    /// It may be tried again later.
    Busy = 0,
    /// The association to be recovered is not known.
    CannotRecover = 1,
    /// The initiator is not who it says.
    ValidationFailure = 2,
    /// One way or two-way alternate does not suit.
    UnacceptableDialogueMode = 3,
}

/// Why a connection is aborted (RTAB).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AbortReason {
    /// Something failed here.
    LocalSystemProblem = 0,
    /// A parameter was wrong.
    InvalidParameter = 1,
    /// There is no activity that could be resumed.
    UnrecognizedActivity = 2,
    /// No recovery for a while.
    TemporaryProblem = 3,
    /// The protocol was broken.
    ProtocolError = 4,
    /// No recovery at all.
    PermanentProblem = 5,
    /// The user wants it.
    UserError = 6,
    /// What is to be discarded had been completed.
    TransferCompleted = 7,
}

impl AbortReason {
    const ALL: [AbortReason; 8] = [
        AbortReason::LocalSystemProblem,
        AbortReason::InvalidParameter,
        AbortReason::UnrecognizedActivity,
        AbortReason::TemporaryProblem,
        AbortReason::ProtocolError,
        AbortReason::PermanentProblem,
        AbortReason::UserError,
        AbortReason::TransferCompleted,
    ];

    pub(super) fn encode(self) -> Bytes {
        let mut reason = Vec::new();
        ber::write_number(&mut reason, context(0), self as u32);
        set(&reason)
    }

    /// `None`: no reason that is known, which says no more than that the connection is gone.
    pub(super) fn decode(octets: &Bytes) -> Option<AbortReason> {
        let value = ber::read_one(octets).ok()?;
        let fields = value.inside().ok()?;
        let code = fields.iter().find(|field| field.tag == context(0))?.number().ok()?;
        AbortReason::ALL.into_iter().find(|reason| *reason as u32 == code)
    }
}

fn set(contents: &[u8]) -> Bytes {
    let mut out = Vec::new();
    ber::write(&mut out, tag::SET, contents);
    out.into()
}

/// What an initiator wants (RTORQ), or an acceptor answers (RTOAC).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// KiB between two checkpoints; 0: none.
    pub checkpoint_size: u32,
    /// Checkpoints that may be unconfirmed.
    pub window_size: u32,
    /// Both sides send, by turns.
    pub two_way: bool,
    /// The association to be recovered; `None`: a new one.
    pub recover: Option<Reference>,
    /// What the user of reliable transfer says: one value in BER; empty if nothing.
    pub user_data: Bytes,
}

const RTORQ: &str = "RTORQ";
const RTOAC: &str = "RTOAC";

impl Opening {
    fn write_sizes(&self, out: &mut Vec<u8>) {
        ber::write_number(out, context(0), self.checkpoint_size);
        ber::write_number(out, context(1), self.window_size);
    }

    fn write_open(&self, out: &mut Vec<u8>) {
        if self.user_data.is_empty() {
            // Nothing said (X.228 9): [0] NULL, the tag in place of the type's own.
            ber::write(out, context(0), &[]);
        } else {
            ber::write(out, constructed(0), &self.user_data);
        }
    }

    fn wrap(fields: &[u8]) -> Bytes {
        let mut syntax = Vec::new();
        // x409.
        ber::write_number(&mut syntax, context(0), 0);
        let mut out = Vec::new();
        ber::write(&mut out, constructed(0), &syntax);
        ber::write(&mut out, constructed(1), fields);
        set(&out)
    }

    /// The RTORQ.
    pub fn encode_request(&self) -> Bytes {
        let (mut fields, mut data) = (Vec::new(), Vec::new());
        self.write_sizes(&mut fields);
        ber::write_number(&mut fields, context(2), self.two_way.into());
        match &self.recover {
            Some(reference) => reference.write(&mut data, constructed(1)),
            None => self.write_open(&mut data),
        }
        ber::write(&mut fields, constructed(3), &data);
        Opening::wrap(&fields)
    }

    /// The RTOAC.
    pub fn encode_response(&self) -> Bytes {
        let (mut fields, mut data) = (Vec::new(), Vec::new());
        self.write_sizes(&mut fields);
        self.write_open(&mut data);
        ber::write(&mut fields, constructed(2), &data);
        Opening::wrap(&fields)
    }

    /// What the caller wants.
    ///
    /// # Errors
    /// `Peer`: it is no RTORQ.
    pub fn read(indication: &ConnectIndication) -> Result<Opening> {
        Opening::decode(&indication.user_data, RTORQ)
    }

    pub(super) fn decode_response(octets: &Bytes) -> Result<Opening> {
        Opening::decode(octets, RTOAC)
    }

    fn decode(octets: &Bytes, pdu: &'static str) -> Result<Opening> {
        let whole = ber::read_one(octets).map_err(|error| error.with_pdu(pdu))?;
        if whole.tag != tag::SET {
            return Err(wrong(pdu, "it is no SET", "PDU").with_octets(octets));
        }
        let mut opening = Opening {
            checkpoint_size: 0,
            window_size: 3,
            two_way: false,
            recover: None,
            user_data: Bytes::new(),
        };
        let outer = whole.inside()?;
        let Some(fields) = outer.iter().find(|value| value.tag == constructed(1)) else {
            return Err(wrong(pdu, "the field is missing", "user data"));
        };
        let data = if pdu == RTORQ { constructed(3) } else { constructed(2) };
        let mut said = false;
        for field in fields.inside()? {
            match field.tag {
                0x80 => opening.checkpoint_size = field.number()?,
                0x81 => opening.window_size = field.number()?,
                0x82 if pdu == RTORQ => opening.two_way = field.number()? == 1,
                given if given == data => {
                    let value = ber::read_one(&field.contents)?;
                    match value.tag {
                        0xa1 => opening.recover = Some(Reference::read(&value)?),
                        0x80 | 0xa0 => opening.user_data = value.contents,
                        _ => return Err(wrong(pdu, "neither open nor recover", "connection data")),
                    }
                    said = true;
                }
                _ => {}
            }
        }
        if !said {
            return Err(wrong(pdu, "the field is missing", "connection data"));
        }
        if opening.window_size == 0 {
            return Err(wrong(pdu, "a window of nothing", "window size"));
        }
        Ok(opening)
    }
}

impl RefuseReason {
    pub(super) fn encode(self) -> Bytes {
        let mut reason = Vec::new();
        ber::write_number(&mut reason, context(0), self as u32);
        set(&reason)
    }

    pub(super) fn decode(octets: &Bytes) -> Option<RefuseReason> {
        let fields = ber::read_one(octets).ok()?.inside().ok()?;
        Some(match fields.iter().find(|field| field.tag == context(0))?.number().ok()? {
            0 => RefuseReason::Busy,
            1 => RefuseReason::CannotRecover,
            2 => RefuseReason::ValidationFailure,
            3 => RefuseReason::UnacceptableDialogueMode,
            _ => return None,
        })
    }
}

/// The answer to a caller that is not wanted: an RTORJ in a S-CONNECT response, negative.
pub fn refuse(reason: RefuseReason) -> Request {
    Request::ConnectResponseNegative(Box::new(ConnectReject {
        reason: refuse_reason::USER_DATA,
        user_data: reason.encode(),
        ..ConnectReject::default()
    }))
}

/// The RTTP.
pub(super) fn encode_priority(priority: u32) -> Bytes {
    let mut out = Vec::new();
    ber::write_number(&mut out, tag::INTEGER, priority);
    out.into()
}

/// A wish without a priority is the most urgent (X.218 9.4.1.1); one whose priority cannot be read is none.
pub(super) fn decode_priority(octets: &Bytes) -> u32 {
    if octets.is_empty() {
        return 0;
    }
    match ber::read_one(octets) {
        Ok(value) if value.tag == tag::INTEGER => value.number().unwrap_or(u32::MAX),
        _ => u32::MAX,
    }
}

/// An activity identifier: an INTEGER (X.410 4.5.1).
pub(super) fn activity(number: u32) -> Bytes {
    encode_priority(number & 0x7fff_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference() -> Reference {
        Reference {
            calling: Bytes::from_static(b"caller"),
            common: Bytes::from_static(b"261123210000Z"),
            additional: Bytes::from_static(b"7"),
        }
    }

    fn opening() -> Opening {
        Opening {
            checkpoint_size: 63,
            window_size: 3,
            two_way: true,
            recover: None,
            user_data: Bytes::from_static(&[4, 1, 9]),
        }
    }

    #[test]
    fn an_rtorq_octet_by_octet() {
        let open = opening().encode_request();
        let expected = [
            0x31, 0x1b, 0xa0, 0x03, 0x80, 0x01, 0x00, 0xa1, 0x14, 0x80, 0x01, 0x3f, 0x81, 0x01, 0x03, 0x82,
            0x01, 0x01, 0xa3, 0x09, 0xa0, 0x03, 0x04, 0x01, 0x09,
        ];
        // The lengths follow from what is inside.
        let mut expected = expected.to_vec();
        expected[1] = expected.len() as u8 - 2;
        expected[8] = expected.len() as u8 - 9;
        expected[19] = 5;
        assert_eq!(&open[..], &expected[..]);
        let nothing = Opening { user_data: Bytes::new(), ..opening() }.encode_request();
        assert_eq!(&nothing[nothing.len() - 4..], &[0xa3, 2, 0x80, 0]);
    }

    fn indication(user_data: Bytes) -> ConnectIndication {
        ConnectIndication { user_data, ..ConnectIndication::default() }
    }

    #[test]
    fn openings_come_back() {
        for opening in [
            opening(),
            Opening { recover: Some(reference()), user_data: Bytes::new(), ..opening() },
            Opening { checkpoint_size: 0, two_way: false, user_data: Bytes::new(), ..opening() },
            Opening { checkpoint_size: 70_000, window_size: 200, ..opening() },
        ] {
            let octets = opening.encode_request();
            assert_eq!(Opening::read(&indication(octets.clone())).unwrap(), opening);
            for end in 0..octets.len() {
                assert!(Opening::read(&indication(octets.slice(..end))).is_err(), "{end}");
            }
            if opening.recover.is_none() {
                let back = Opening::decode_response(&opening.encode_response()).unwrap();
                assert_eq!(back, Opening { two_way: false, ..opening });
            }
        }
    }

    #[test]
    fn defaults_of_the_standard() {
        let least = Bytes::from_static(&[0x31, 6, 0xa1, 4, 0xa3, 2, 0x80, 0]);
        let opening = Opening::read(&indication(least)).unwrap();
        assert_eq!((opening.checkpoint_size, opening.window_size, opening.two_way), (0, 3, false));
        for wrong in [
            &[0x30, 6, 0xa1, 4, 0xa3, 2, 0x80, 0][..],
            &[0x31, 0],
            &[0x31, 2, 0xa1, 0],
            &[0x31, 6, 0xa1, 4, 0xa3, 2, 0x82, 0],
            &[0x31, 9, 0xa1, 7, 0x81, 1, 0, 0xa3, 2, 0x80, 0],
            &[0x31, 9, 0xa1, 7, 0x81, 1, 0xff, 0xa3, 2, 0x80, 0],
        ] {
            assert!(Opening::read(&indication(Bytes::copy_from_slice(wrong))).is_err(), "{wrong:x?}");
        }
    }

    #[test]
    fn reasons_and_priorities_come_back() {
        for reason in AbortReason::ALL {
            assert_eq!(AbortReason::decode(&reason.encode()), Some(reason));
            // Must fit an abort of version 1 (X.225 8.3.9).
            assert!(reason.encode().len() <= 9);
        }
        assert_eq!(AbortReason::decode(&Bytes::from_static(&[0x31, 3, 0x80, 1, 8])), None);
        assert_eq!(AbortReason::decode(&Bytes::new()), None);
        for code in 0..4 {
            let octets = Bytes::copy_from_slice(&[0x31, 3, 0x80, 1, code]);
            assert_eq!(RefuseReason::decode(&octets).unwrap() as u8, code);
        }
        assert_eq!(RefuseReason::decode(&Bytes::from_static(&[0x31, 3, 0x80, 1, 4])), None);
        assert_eq!(RefuseReason::decode(&RefuseReason::Busy.encode()), Some(RefuseReason::Busy));
        assert_eq!(decode_priority(&encode_priority(300)), 300);
        assert_eq!(decode_priority(&Bytes::new()), 0);
        assert_eq!(decode_priority(&Bytes::from_static(&[4, 0])), u32::MAX);
        assert!(activity(u32::MAX).len() <= 6);
    }

    #[test]
    fn references_come_back_in_both_forms() {
        let identifier = reference().identifier();
        assert_eq!(Reference::of_connection(&identifier), reference());
        assert_eq!(&identifier.common_reference[..2], &[0x17, 13]);
        let Reference { calling, common, additional } = reference();
        assert_eq!(Reference::of(&calling, &common, &additional), reference());
        let empty = Reference::default().identifier();
        assert!(empty.is_empty());
    }
}
