//! What an SPDU says, by the names of clause 8.3. An absent parameter is `None`; its default is the reader's to apply.
use super::decode::{Spdu, Unit};
use super::kind::Kind;
use crate::x225::parameter::*;
use crate::x225::primitive::OldConnection;
use bytes::Bytes;

fn bytes(value: Option<&[u8]>) -> Bytes {
    value.map(Bytes::copy_from_slice).unwrap_or_default()
}

/// A serial number of at most 18 digits; a longer one saturates, and no rule then lets it pass.
fn number(digits: &[u8]) -> SerialNumber {
    digits.iter().fold(0u64, |sum, digit| sum.saturating_mul(10).saturating_add(u64::from(digit & 0x0f)))
}

impl<'a> Spdu<'a> {
    /// Which SPDU. SI 42 is always MAA: an AEA looks the same.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Octets from the start of the TSDU to its identifier.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// All its octets, user information included.
    pub fn octets(&self) -> &'a [u8] {
        self.octets
    }

    /// Its parameters in the order of the wire, unknown ones included; a group comes before what it encloses.
    pub fn units(&self) -> &[Unit<'a>] {
        &self.units
    }

    fn octet(&self, group: Option<u8>, code: u8) -> Option<u8> {
        self.value(group, code).and_then(|value| value.first().copied())
    }

    fn serial(&self, group: Option<u8>, code: u8) -> Option<SerialNumber> {
        self.value(group, code).map(number)
    }

    /// Connection Identifier (PGI 1): Calling SS-user Reference (10) in CN, Called SS-user Reference (9) in AC and RF.
    pub fn connection_identifier(&self) -> ConnectionIdentifier {
        let user = self.value(Some(1), 10).or_else(|| self.value(Some(1), 9));
        ConnectionIdentifier {
            ss_user_reference: bytes(user),
            common_reference: bytes(self.value(Some(1), 11)),
            additional_reference: bytes(self.value(Some(1), 12)),
        }
    }

    /// Protocol Options (PI 19): extended concatenation can be received.
    pub fn extended_concatenation(&self) -> bool {
        self.octet(Some(5), 19).is_some_and(|octet| octet & 1 != 0)
    }

    /// TSDU Maximum Size (PI 21).
    pub fn tsdu_maximum_size(&self) -> Option<TsduSizes> {
        let value = self.value(Some(5), 21).or_else(|| self.value(None, 21))?;
        let [a, b, c, d] = *value else { return None };
        Some(TsduSizes {
            initiator_to_responder: u16::from_be_bytes([a, b]),
            responder_to_initiator: u16::from_be_bytes([c, d]),
        })
    }

    /// Version Number (PI 22); reserved bits are ignored.
    pub fn versions(&self) -> Option<Versions> {
        let octet = self.octet(Some(5), 22).or_else(|| self.octet(None, 22))?;
        Some(Versions::from_bits_truncate(octet))
    }

    /// Initial Serial Number (PI 23), or its large form (57).
    pub fn initial_serial_number(&self) -> Option<SerialNumber> {
        self.serial(Some(5), 23).or_else(|| self.serial(Some(5), 57))
    }

    /// Second Initial Serial Number (PI 55), or its large form (58).
    pub fn second_initial_serial_number(&self) -> Option<SerialNumber> {
        self.serial(Some(5), 55).or_else(|| self.serial(Some(5), 58))
    }

    /// Upper Limit Serial Number (PI 56), digits; 0 is "no limit", more than 255 counts as 255.
    pub fn upper_limit_serial_number(&self) -> Option<u8> {
        let value = self.value(Some(5), 56)?;
        let (low, high) = value.split_last()?;
        Some(if high.iter().all(|octet| *octet == 0) { *low } else { 255 })
    }

    /// Token Setting Item (PI 26).
    pub fn token_setting(&self) -> Option<TokenAssignment> {
        let octet = self.octet(Some(5), 26).or_else(|| self.octet(None, 26))?;
        Some(TokenAssignment::from_octet(octet).0)
    }

    /// Token Item (PI 16).
    pub fn token_item(&self) -> Option<Tokens> {
        self.octet(None, 16).map(Tokens::from_bits_truncate)
    }

    /// Session User Requirements (PI 20); reserved bits are ignored.
    pub fn functional_units(&self) -> Option<FunctionalUnits> {
        let [high, low] = *self.value(None, 20)? else { return None };
        Some(FunctionalUnits::from_bits_truncate(u16::from_be_bytes([high, low])))
    }

    /// Enclosure Item (PI 25).
    pub fn enclosure(&self) -> Option<Enclosure> {
        if self.units.is_empty() {
            return None;
        }
        self.octet(None, 25).map(Enclosure::from_bits)
    }

    /// Calling Session Selector (PI 51).
    pub fn calling_selector(&self) -> Option<&'a [u8]> {
        self.value(None, 51)
    }

    /// Called Session Selector in CN, Responding Session Selector in AC (PI 52).
    pub fn called_selector(&self) -> Option<&'a [u8]> {
        self.value(None, 52)
    }

    /// Data Overflow (PI 60).
    pub fn data_overflow(&self) -> bool {
        self.octet(None, 60).is_some_and(|octet| octet & 1 != 0)
    }

    /// Transport Disconnect (PI 17).
    pub fn transport_disconnect(&self) -> Option<TransportDisconnect> {
        self.octet(None, 17).map(TransportDisconnect::from_bits_truncate)
    }

    /// Reason Code (PI 50), its first octet; none in a later segment of a REFUSE.
    pub fn reason(&self) -> Option<u8> {
        if self.kind == Kind::RF && self.is_later_segment() { None } else { self.octet(None, 50) }
    }

    /// Sync Type Item (PI 15).
    pub fn sync_type(&self) -> Option<u8> {
        self.octet(None, 15)
    }

    /// Serial Number (PI 42).
    pub fn serial_number(&self) -> Option<SerialNumber> {
        self.serial(self.numbers_group(), 42)
    }

    /// Second Serial Number (PI 54).
    pub fn second_serial_number(&self) -> Option<SerialNumber> {
        self.serial(self.numbers_group(), 54)
    }

    /// In AR the numbers stand in Linking Information.
    fn numbers_group(&self) -> Option<u8> {
        (self.kind == Kind::AR).then_some(33)
    }

    /// Resync Type (PI 27).
    pub fn resync_type(&self) -> Option<ResyncType> {
        self.octet(None, 27).and_then(resync_type)
    }

    /// Second Resync Type (PI 53).
    pub fn second_resync_type(&self) -> Option<ResyncType> {
        self.octet(None, 53).and_then(resync_type)
    }

    /// Prepare Type (PI 24).
    pub fn prepare_type(&self) -> Option<PrepareType> {
        Some(match self.octet(None, 24)? {
            1 => PrepareType::MajorSyncAck,
            2 => PrepareType::Resynchronize,
            3 => PrepareType::ResynchronizeAck,
            4 => PrepareType::Abort,
            _ => return None,
        })
    }

    /// Activity Identifier (PI 41), in AR the new one.
    pub fn activity_identifier(&self) -> Option<&'a [u8]> {
        self.value(None, 41)
    }

    /// Old Activity Identifier (PI 41 in Linking Information).
    pub fn old_activity_identifier(&self) -> Option<&'a [u8]> {
        self.value(Some(33), 41)
    }

    /// The references of Linking Information (PGI 33), if there is one.
    pub fn old_connection(&self) -> Option<OldConnection> {
        let reference = |code| bytes(self.value(Some(33), code));
        let old = OldConnection {
            called_reference: reference(9),
            calling_reference: reference(10),
            common_reference: reference(11),
            additional_reference: reference(12),
        };
        (old != OldConnection::default()).then_some(old)
    }

    /// Reflect Parameter Values (PI 49).
    pub fn reflected(&self) -> Option<&'a [u8]> {
        self.value(None, 49)
    }

    /// SS-user data, whatever carries it in this SPDU; empty if there is none.
    pub fn user_data(&self) -> &'a [u8] {
        match self.kind {
            kind if kind.has_user_information() => self.user_information,
            Kind::MIA => self.value(None, 46).unwrap_or_default(),
            Kind::RF => match self.value(None, 50) {
                Some(value) if self.is_later_segment() => value,
                Some([_, data @ ..]) => data,
                _ => &[],
            },
            _ => self.value(None, 193).or_else(|| self.value(None, 194)).unwrap_or_default(),
        }
    }
}

fn resync_type(octet: u8) -> Option<ResyncType> {
    Some(match octet {
        0 => ResyncType::Restart,
        1 => ResyncType::Abandon,
        2 => ResyncType::Set,
        _ => return None,
    })
}
