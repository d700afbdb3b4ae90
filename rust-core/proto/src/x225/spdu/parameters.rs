//! The parameters of every SPDU in the order of transmission (X.225 8.3), and which concatenations are valid (X.225 6.3.7).
use super::kind::Kind;

/// How a parameter's value is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    /// PI units inside.
    Group,
    /// Transparent octets.
    Octets,
    /// Decimal digits, one octet each.
    Serial,
    /// A binary number of digits.
    Digits,
    /// Protocol Options.
    Options,
    /// Two 16-bit sizes.
    TsduSizes,
    /// Version Number.
    Versions,
    /// Token Setting Item.
    TokenSetting,
    /// Token Item.
    TokenItem,
    /// Session User Requirements.
    Requirements,
    /// Enclosure Item.
    Enclosure,
    /// Transport Disconnect.
    TransportDisconnect,
    /// Sync Type Item.
    SyncType,
    /// Resync Type.
    ResyncType,
    /// Prepare Type.
    PrepareType,
    /// Reason Code of a REFUSE, with user data behind it.
    RefuseReason,
    /// Reason Code of an exception.
    ExceptionReason,
    /// Data Overflow.
    DataOverflow,
}

/// When a parameter is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    /// Always, with at least one octet.
    Mandatory,
    /// As the sender likes; of length 0 it counts as absent.
    Optional,
    /// As a rule says (`check.rs`); of length 0 it counts as absent.
    Conditional,
}

/// One parameter of one SPDU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parameter {
    /// The PGI around it.
    pub(super) group: Option<u8>,
    /// PGI or PI.
    pub(super) code: u8,
    pub(super) name: &'static str,
    pub(super) presence: Presence,
    /// Octets of the value, when present.
    pub(super) min: usize,
    pub(super) max: usize,
    pub(super) coding: Coding,
}

const fn p(
    group: u8,
    code: u8,
    name: &'static str,
    presence: Presence,
    min: usize,
    max: usize,
    coding: Coding,
) -> Parameter {
    Parameter { group: if group == 0 { None } else { Some(group) }, code, name, presence, min, max, coding }
}

use Coding as C;
use Presence::{Conditional as IF, Mandatory as M, Optional as O};

/// The parameters of an SPDU, in order. Amendment 2 (PI 61, 62) is unknown here and skipped as the standard demands.
pub(super) const fn parameters(kind: Kind) -> &'static [Parameter] {
    match kind {
        Kind::CN => {
            const {
                &[
                    p(0, 1, "Connection Identifier", O, 0, 65535, C::Group),
                    p(1, 10, "Calling SS-user Reference", O, 0, 64, C::Octets),
                    p(1, 11, "Common Reference", O, 0, 64, C::Octets),
                    p(1, 12, "Additional Reference Information", O, 0, 4, C::Octets),
                    p(0, 5, "Connect/Accept Item", O, 0, 65535, C::Group),
                    p(5, 19, "Protocol Options", M, 1, 1, C::Options),
                    p(5, 21, "TSDU Maximum Size", O, 4, 4, C::TsduSizes),
                    p(5, 22, "Version Number", M, 1, 1, C::Versions),
                    p(5, 23, "Initial Serial Number", IF, 1, 6, C::Serial),
                    p(5, 26, "Token Setting Item", O, 1, 1, C::TokenSetting),
                    p(5, 55, "Second Initial Serial Number", IF, 1, 6, C::Serial),
                    p(5, 56, "Upper Limit Serial Number", O, 1, 65535, C::Digits),
                    p(5, 57, "Large Initial Serial Number", IF, 1, 65535, C::Serial),
                    p(5, 58, "Large Second Initial Serial Number", IF, 1, 65535, C::Serial),
                    p(0, 20, "Session User Requirements", O, 2, 2, C::Requirements),
                    p(0, 51, "Calling Session Selector", O, 0, 16, C::Octets),
                    p(0, 52, "Called Session Selector", O, 0, 16, C::Octets),
                    p(0, 60, "Data Overflow", IF, 1, 1, C::DataOverflow),
                    p(0, 193, "User Data", O, 0, 512, C::Octets),
                    p(0, 194, "Extended User Data", IF, 513, 10240, C::Octets),
                ]
            }
        }
        Kind::OA => {
            const {
                &[
                    p(0, 21, "TSDU Maximum Size", O, 4, 4, C::TsduSizes),
                    p(0, 22, "Version Number", M, 1, 1, C::Versions),
                ]
            }
        }
        Kind::CDO => {
            const {
                &[
                    p(0, 25, "Enclosure Item", M, 1, 1, C::Enclosure),
                    p(0, 193, "User Data", IF, 0, 65528, C::Octets),
                ]
            }
        }
        Kind::AC => {
            const {
                &[
                    p(0, 1, "Connection Identifier", O, 0, 65535, C::Group),
                    p(1, 9, "Called SS-user Reference", O, 0, 64, C::Octets),
                    p(1, 11, "Common Reference", O, 0, 64, C::Octets),
                    p(1, 12, "Additional Reference Information", O, 0, 4, C::Octets),
                    p(0, 5, "Connect/Accept Item", O, 0, 65535, C::Group),
                    p(5, 19, "Protocol Options", M, 1, 1, C::Options),
                    p(5, 21, "TSDU Maximum Size", O, 4, 4, C::TsduSizes),
                    p(5, 22, "Version Number", M, 1, 1, C::Versions),
                    p(5, 23, "Initial Serial Number", IF, 1, 6, C::Serial),
                    p(5, 26, "Token Setting Item", O, 1, 1, C::TokenSetting),
                    p(5, 55, "Second Initial Serial Number", IF, 1, 6, C::Serial),
                    p(5, 56, "Upper Limit Serial Number", O, 1, 65535, C::Digits),
                    p(5, 57, "Large Initial Serial Number", IF, 1, 65535, C::Serial),
                    p(5, 58, "Large Second Initial Serial Number", IF, 1, 65535, C::Serial),
                    p(0, 16, "Token Item", O, 1, 1, C::TokenItem),
                    p(0, 20, "Session User Requirements", O, 2, 2, C::Requirements),
                    p(0, 25, "Enclosure Item", IF, 1, 1, C::Enclosure),
                    p(0, 51, "Calling Session Selector", O, 0, 16, C::Octets),
                    p(0, 52, "Responding Session Selector", O, 0, 16, C::Octets),
                    p(0, 193, "User Data", O, 0, 65535, C::Octets),
                ]
            }
        }
        Kind::RF => {
            const {
                &[
                    p(0, 1, "Connection Identifier", O, 0, 65535, C::Group),
                    p(1, 9, "Called SS-user Reference", O, 0, 64, C::Octets),
                    p(1, 11, "Common Reference", O, 0, 64, C::Octets),
                    p(1, 12, "Additional Reference Information", O, 0, 4, C::Octets),
                    p(0, 17, "Transport Disconnect", O, 1, 1, C::TransportDisconnect),
                    p(0, 20, "Session User Requirements", O, 2, 2, C::Requirements),
                    p(0, 22, "Version Number", O, 1, 1, C::Versions),
                    p(0, 25, "Enclosure Item", IF, 1, 1, C::Enclosure),
                    p(0, 50, "Reason Code", O, 1, 65535, C::RefuseReason),
                ]
            }
        }
        Kind::FN => {
            const {
                &[
                    p(0, 17, "Transport Disconnect", O, 1, 1, C::TransportDisconnect),
                    p(0, 25, "Enclosure Item", IF, 1, 1, C::Enclosure),
                    p(0, 193, "User Data", O, 0, 65535, C::Octets),
                ]
            }
        }
        Kind::DN => {
            const {
                &[
                    p(0, 25, "Enclosure Item", IF, 1, 1, C::Enclosure),
                    p(0, 193, "User Data", O, 0, 65535, C::Octets),
                ]
            }
        }
        Kind::NF => {
            const {
                &[
                    p(0, 25, "Enclosure Item", IF, 1, 1, C::Enclosure),
                    p(0, 193, "User Data", O, 0, 65535, C::Octets),
                ]
            }
        }
        Kind::AB => {
            const {
                &[
                    p(0, 17, "Transport Disconnect", M, 1, 1, C::TransportDisconnect),
                    p(0, 25, "Enclosure Item", IF, 1, 1, C::Enclosure),
                    p(0, 49, "Reflect Parameter Values", IF, 1, 9, C::Octets),
                    p(0, 193, "User Data", IF, 0, 65535, C::Octets),
                ]
            }
        }
        Kind::AA => &[],
        Kind::DT => const { &[p(0, 25, "Enclosure Item", IF, 1, 1, C::Enclosure)] },
        Kind::EX => &[],
        Kind::TD => const { &[p(0, 25, "Enclosure Item", IF, 1, 1, C::Enclosure)] },
        Kind::CD => {
            const {
                &[
                    p(0, 25, "Enclosure Item", IF, 1, 1, C::Enclosure),
                    p(0, 193, "User Data", O, 0, 65535, C::Octets),
                ]
            }
        }
        Kind::CDA => {
            const {
                &[
                    p(0, 25, "Enclosure Item", IF, 1, 1, C::Enclosure),
                    p(0, 193, "User Data", O, 0, 65535, C::Octets),
                ]
            }
        }
        Kind::GT => {
            const {
                &[
                    p(0, 16, "Token Item", O, 1, 1, C::TokenItem),
                    p(0, 25, "Enclosure Item", IF, 1, 1, C::Enclosure),
                    p(0, 193, "User Data", IF, 0, 65535, C::Octets),
                ]
            }
        }
        Kind::PT => {
            const {
                &[
                    p(0, 16, "Token Item", O, 1, 1, C::TokenItem),
                    p(0, 25, "Enclosure Item", IF, 1, 1, C::Enclosure),
                    p(0, 193, "User Data", IF, 0, 65535, C::Octets),
                ]
            }
        }
        Kind::GTC => {
            const {
                &[
                    p(0, 25, "Enclosure Item", IF, 1, 1, C::Enclosure),
                    p(0, 193, "User Data", O, 0, 65535, C::Octets),
                ]
            }
        }
        Kind::GTA => &[],
        Kind::MIP => {
            const {
                &[
                    p(0, 15, "Sync Type Item", O, 1, 1, C::SyncType),
                    p(0, 25, "Enclosure Item", IF, 1, 1, C::Enclosure),
                    p(0, 42, "Serial Number", M, 1, 18, C::Serial),
                    p(0, 193, "User Data", O, 0, 65535, C::Octets),
                ]
            }
        }
        Kind::MIA => {
            const {
                &[
                    p(0, 25, "Enclosure Item", IF, 1, 1, C::Enclosure),
                    p(0, 42, "Serial Number", M, 1, 18, C::Serial),
                    p(0, 46, "User Data", O, 0, 65535, C::Octets),
                ]
            }
        }
        Kind::MAP => {
            const {
                &[
                    p(0, 15, "Sync Type Item", M, 1, 1, C::SyncType),
                    p(0, 25, "Enclosure Item", IF, 1, 1, C::Enclosure),
                    p(0, 42, "Serial Number", M, 1, 18, C::Serial),
                    p(0, 193, "User Data", O, 0, 65535, C::Octets),
                ]
            }
        }
        Kind::MAA => {
            const {
                &[
                    p(0, 25, "Enclosure Item", IF, 1, 1, C::Enclosure),
                    p(0, 42, "Serial Number", IF, 1, 18, C::Serial),
                    p(0, 54, "Second Serial Number", IF, 1, 18, C::Serial),
                    p(0, 193, "User Data", O, 0, 65535, C::Octets),
                ]
            }
        }
        Kind::RS => {
            const {
                &[
                    p(0, 25, "Enclosure Item", IF, 1, 1, C::Enclosure),
                    p(0, 26, "Token Setting Item", O, 1, 1, C::TokenSetting),
                    p(0, 27, "Resync Type", IF, 1, 1, C::ResyncType),
                    p(0, 42, "Serial Number", IF, 1, 18, C::Serial),
                    p(0, 53, "Second Resync Type", IF, 1, 1, C::ResyncType),
                    p(0, 54, "Second Serial Number", IF, 1, 18, C::Serial),
                    p(0, 193, "User Data", O, 0, 65535, C::Octets),
                ]
            }
        }
        Kind::RA => {
            const {
                &[
                    p(0, 25, "Enclosure Item", IF, 1, 1, C::Enclosure),
                    p(0, 26, "Token Setting Item", O, 1, 1, C::TokenSetting),
                    p(0, 27, "Resync Type", IF, 1, 1, C::ResyncType),
                    p(0, 42, "Serial Number", IF, 1, 18, C::Serial),
                    p(0, 53, "Second Resync Type", IF, 1, 1, C::ResyncType),
                    p(0, 54, "Second Serial Number", IF, 1, 18, C::Serial),
                    p(0, 193, "User Data", O, 0, 65535, C::Octets),
                ]
            }
        }
        Kind::PR => {
            const {
                &[
                    p(0, 24, "Prepare Type", M, 1, 1, C::PrepareType),
                    p(0, 27, "Resync Type", IF, 1, 1, C::ResyncType),
                    p(0, 53, "Second Resync Type", IF, 1, 1, C::ResyncType),
                ]
            }
        }
        Kind::ER => const { &[p(0, 49, "Reflect Parameter Values", M, 1, 65531, C::Octets)] },
        Kind::ED => {
            const {
                &[
                    p(0, 25, "Enclosure Item", IF, 1, 1, C::Enclosure),
                    p(0, 50, "Reason Code", M, 1, 1, C::ExceptionReason),
                    p(0, 193, "User Data", O, 0, 65535, C::Octets),
                ]
            }
        }
        Kind::AS => {
            const {
                &[
                    p(0, 25, "Enclosure Item", IF, 1, 1, C::Enclosure),
                    p(0, 41, "Activity Identifier", M, 1, 6, C::Octets),
                    p(0, 193, "User Data", O, 0, 65535, C::Octets),
                ]
            }
        }
        Kind::AR => {
            const {
                &[
                    p(0, 25, "Enclosure Item", IF, 1, 1, C::Enclosure),
                    p(0, 33, "Linking Information", M, 1, 65535, C::Group),
                    p(33, 9, "Called SS-user Reference", O, 0, 64, C::Octets),
                    p(33, 10, "Calling SS-user Reference", O, 0, 64, C::Octets),
                    p(33, 11, "Common Reference", O, 0, 64, C::Octets),
                    p(33, 12, "Additional Reference Information", O, 0, 4, C::Octets),
                    p(33, 41, "Old Activity Identifier", M, 1, 6, C::Octets),
                    p(33, 42, "Serial Number", M, 1, 18, C::Serial),
                    p(33, 54, "Second Serial Number", IF, 1, 18, C::Serial),
                    p(0, 41, "New Activity Identifier", M, 1, 6, C::Octets),
                    p(0, 193, "User Data", O, 0, 65535, C::Octets),
                ]
            }
        }
        Kind::AI => {
            const {
                &[
                    p(0, 25, "Enclosure Item", IF, 1, 1, C::Enclosure),
                    p(0, 50, "Reason Code", O, 1, 1, C::ExceptionReason),
                    p(0, 193, "User Data", O, 0, 65535, C::Octets),
                ]
            }
        }
        Kind::AIA => {
            const {
                &[
                    p(0, 25, "Enclosure Item", IF, 1, 1, C::Enclosure),
                    p(0, 193, "User Data", O, 0, 65535, C::Octets),
                ]
            }
        }
        Kind::AD => {
            const {
                &[
                    p(0, 25, "Enclosure Item", IF, 1, 1, C::Enclosure),
                    p(0, 50, "Reason Code", O, 1, 1, C::ExceptionReason),
                    p(0, 193, "User Data", O, 0, 65535, C::Octets),
                ]
            }
        }
        Kind::ADA => {
            const {
                &[
                    p(0, 25, "Enclosure Item", IF, 1, 1, C::Enclosure),
                    p(0, 193, "User Data", O, 0, 65535, C::Octets),
                ]
            }
        }
        Kind::AE => {
            const {
                &[
                    p(0, 25, "Enclosure Item", IF, 1, 1, C::Enclosure),
                    p(0, 42, "Serial Number", M, 1, 18, C::Serial),
                    p(0, 193, "User Data", O, 0, 65535, C::Octets),
                ]
            }
        }
        Kind::AEA => {
            const {
                &[
                    p(0, 25, "Enclosure Item", IF, 1, 1, C::Enclosure),
                    p(0, 42, "Serial Number", IF, 1, 18, C::Serial),
                    p(0, 54, "Second Serial Number", IF, 1, 18, C::Serial),
                    p(0, 193, "User Data", O, 0, 65535, C::Octets),
                ]
            }
        }
        Kind::UD => {
            const {
                &[
                    p(0, 22, "Version Number", O, 1, 1, C::Versions),
                    p(0, 51, "Calling Session Selector", O, 0, 16, C::Octets),
                    p(0, 52, "Called Session Selector", O, 0, 16, C::Octets),
                ]
            }
        }
    }
}

/// The name of a code where it is not defined, for people.
pub(super) const fn name_of(code: u8) -> Option<&'static str> {
    Some(match code {
        1 => "Connection Identifier",
        5 => "Connect/Accept Item",
        9 => "Called SS-user Reference",
        10 => "Calling SS-user Reference",
        11 => "Common Reference",
        12 => "Additional Reference Information",
        15 => "Sync Type Item",
        16 => "Token Item",
        17 => "Transport Disconnect",
        19 => "Protocol Options",
        20 => "Session User Requirements",
        21 => "TSDU Maximum Size",
        22 => "Version Number",
        23 => "Initial Serial Number",
        24 => "Prepare Type",
        25 => "Enclosure Item",
        26 => "Token Setting Item",
        27 => "Resync Type",
        33 => "Linking Information",
        41 => "Activity Identifier",
        42 => "Serial Number",
        46 => "User Data",
        49 => "Reflect Parameter Values",
        50 => "Reason Code",
        51 => "Calling Session Selector",
        52 => "Session Selector",
        53 => "Second Resync Type",
        54 => "Second Serial Number",
        55 => "Second Initial Serial Number",
        56 => "Upper Limit Serial Number",
        57 => "Large Initial Serial Number",
        58 => "Large Second Initial Serial Number",
        60 => "Data Overflow",
        61 => "Parent Nested Connection Identifier",
        62 => "Nested Connection Identifier",
        193 => "User Data",
        194 => "Extended User Data",
        0 | 2 | 8 | 13 | 14 | 18 | 28..=32 | 40 | 44 | 45 | 48 | 64 | 65 | 72..=75 | 77 | 78 => {
            "reserved by T.62"
        }
        _ => return None,
    })
}

/// True for a code that clause 8.3 defines somewhere: in another SPDU it is invalid, not unknown (X.225 8.2.6).
pub(super) const fn is_defined(code: u8) -> bool {
    matches!(
        code,
        1 | 5 | 9..=12 | 15..=17 | 19..=27 | 33 | 41 | 42 | 46 | 49..=58 | 60 | 193 | 194
    )
}

/// True for the groups that enclose PI units.
pub(super) const fn is_group(code: u8) -> bool {
    matches!(code, 1 | 5 | 33)
}

/// What a DT may be at the end of a concatenation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DataRule {
    /// No DT here.
    None,
    /// The whole SSDU or its last segment.
    CompleteOrLast,
    /// The whole SSDU or its first segment; the Token Item is absent with a first segment.
    CompleteOrFirst,
    /// The whole SSDU.
    Complete,
}

/// A form of extended concatenation: what stands behind the GT, whether that GT may have a Token Item, and the rule for DT.
pub(super) struct Form {
    pub(super) spdus: &'static [Kind],
    pub(super) tokens: bool,
    pub(super) data: DataRule,
}

const fn form(spdus: &'static [Kind], tokens: bool, data: DataRule) -> Form {
    Form { spdus, tokens, data }
}

/// The forms of extended concatenation (X.225 Table 8). MAA stands for AEA too: their coding is the same.
pub(super) const EXTENDED: &[Form] = {
    use DataRule as D;
    use Kind::{AE, AR, AS, DT, MAA, MAP, MIA, MIP};
    &[
        form(&[MIA], true, D::None),
        form(&[MAA], true, D::None),
        form(&[AS, MIP], true, D::None),
        form(&[AR, MIP], true, D::None),
        form(&[AS, AE], false, D::None),
        form(&[AR, AE], false, D::None),
        form(&[AS, MAP], false, D::None),
        form(&[AR, MAP], false, D::None),
        form(&[MIP, DT], true, D::CompleteOrLast),
        form(&[MIA, DT], true, D::CompleteOrLast),
        form(&[MAP, DT], true, D::CompleteOrLast),
        form(&[MAA, DT], true, D::CompleteOrLast),
        form(&[AS, DT], true, D::CompleteOrFirst),
        form(&[AR, DT], true, D::CompleteOrFirst),
        form(&[AE, DT], true, D::CompleteOrLast),
        form(&[AS, MIP, DT], true, D::Complete),
        form(&[AR, MIP, DT], true, D::Complete),
        form(&[AS, AE, DT], false, D::Complete),
        form(&[AR, AE, DT], false, D::Complete),
        form(&[AS, MAP, DT], false, D::Complete),
        form(&[AR, MAP, DT], false, D::Complete),
    ]
};
