//! The SPDUs: identifiers, names, categories (X.225 8.2, 8.3, Table 6).
#![allow(clippy::upper_case_acronyms)]
use core::fmt;

/// The flow of the transport connection that an SPDU travels on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flow {
    /// T-DATA.
    Normal,
    /// T-EXPEDITED-DATA.
    Expedited,
}

/// Where an SPDU may stand in a TSDU (X.225 6.3.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Category {
    /// Alone, or first with category 2 behind it: GT and PT.
    Zero,
    /// Always alone.
    One,
    /// Never first, never alone.
    Two,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $si:literal $category:ident $title:literal $clause:literal,)*) => {
        /// An SPDU by its mnemonic.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Kind { $($(#[$doc])* #[doc = $title] $kind,)* }

        impl Kind {
            /// Every SPDU of X.225, and UNIT DATA of X.235.
            pub const ALL: &'static [Kind] = &[$(Kind::$kind,)*];

            /// The mnemonic: "CN".
            pub const fn name(self) -> &'static str {
                match self { $(Kind::$kind => stringify!($kind),)* }
            }

            /// The name in the standard: "CONNECT".
            pub const fn title(self) -> &'static str {
                match self { $(Kind::$kind => $title,)* }
            }

            /// The SPDU Identifier.
            pub const fn si(self) -> u8 {
                match self { $(Kind::$kind => $si,)* }
            }

            /// Where it may stand in a TSDU.
            pub const fn category(self) -> Category {
                match self { $(Kind::$kind => Category::$category,)* }
            }

            /// The clause of its encoding.
            pub const fn clause(self) -> &'static str {
                match self { $(Kind::$kind => $clause,)* }
            }
        }
    };
}

kinds! {
    CN 13 One "CONNECT" "X.225 8.3.1",
    OA 16 One "OVERFLOW ACCEPT" "X.225 8.3.2",
    CDO 15 One "CONNECT DATA OVERFLOW" "X.225 8.3.3",
    AC 14 One "ACCEPT" "X.225 8.3.4",
    RF 12 One "REFUSE" "X.225 8.3.5",
    FN 9 One "FINISH" "X.225 8.3.6",
    DN 10 One "DISCONNECT" "X.225 8.3.7",
    NF 8 One "NOT FINISHED" "X.225 8.3.8",
    AB 25 One "ABORT" "X.225 8.3.9",
    AA 26 One "ABORT ACCEPT" "X.225 8.3.10",
    DT 1 Two "DATA TRANSFER" "X.225 8.3.11",
    EX 5 One "EXPEDITED" "X.225 8.3.12",
    TD 33 One "TYPED DATA" "X.225 8.3.13",
    CD 61 Two "CAPABILITY DATA" "X.225 8.3.14",
    CDA 62 Two "CAPABILITY DATA ACK" "X.225 8.3.15",
    GT 1 Zero "GIVE TOKENS" "X.225 8.3.16",
    PT 2 Zero "PLEASE TOKENS" "X.225 8.3.17",
    GTC 21 One "GIVE TOKENS CONFIRM" "X.225 8.3.18",
    GTA 22 One "GIVE TOKENS ACK" "X.225 8.3.19",
    MIP 49 Two "MINOR SYNC POINT" "X.225 8.3.20",
    MIA 50 Two "MINOR SYNC ACK" "X.225 8.3.21",
    MAP 41 Two "MAJOR SYNC POINT" "X.225 8.3.22",
    MAA 42 Two "MAJOR SYNC ACK" "X.225 8.3.23",
    RS 53 Two "RESYNCHRONIZE" "X.225 8.3.24",
    RA 34 Two "RESYNCHRONIZE ACK" "X.225 8.3.25",
    PR 7 One "PREPARE" "X.225 8.3.26",
    ER 0 Two "EXCEPTION REPORT" "X.225 8.3.27",
    ED 48 Two "EXCEPTION DATA" "X.225 8.3.28",
    AS 45 Two "ACTIVITY START" "X.225 8.3.29",
    AR 29 Two "ACTIVITY RESUME" "X.225 8.3.30",
    AI 25 Two "ACTIVITY INTERRUPT" "X.225 8.3.31",
    AIA 26 Two "ACTIVITY INTERRUPT ACK" "X.225 8.3.32",
    AD 57 Two "ACTIVITY DISCARD" "X.225 8.3.33",
    ADA 58 Two "ACTIVITY DISCARD ACK" "X.225 8.3.34",
    AE 41 Two "ACTIVITY END" "X.225 8.3.35",
    AEA 42 Two "ACTIVITY END ACK" "X.225 8.3.36",
    UD 64 One "UNIT DATA" "X.235 8.3",
}

impl Kind {
    /// The SPDU with this identifier at this place: SI 1, 25, 26 mean one thing first (or on the expedited flow) and another
    /// later; SI 41 and 42 are settled by their parameters and by what was requested (X.225 6.3.7, 8.3).
    pub const fn from_si(si: u8, first: bool) -> Option<Kind> {
        Some(match (si, first) {
            (0, _) => Kind::ER,
            (1, true) => Kind::GT,
            (1, false) => Kind::DT,
            (2, _) => Kind::PT,
            (5, _) => Kind::EX,
            (7, _) => Kind::PR,
            (8, _) => Kind::NF,
            (9, _) => Kind::FN,
            (10, _) => Kind::DN,
            (12, _) => Kind::RF,
            (13, _) => Kind::CN,
            (14, _) => Kind::AC,
            (15, _) => Kind::CDO,
            (16, _) => Kind::OA,
            (21, _) => Kind::GTC,
            (22, _) => Kind::GTA,
            (25, true) => Kind::AB,
            (25, false) => Kind::AI,
            (26, true) => Kind::AA,
            (26, false) => Kind::AIA,
            (29, _) => Kind::AR,
            (33, _) => Kind::TD,
            (34, _) => Kind::RA,
            (41, _) => Kind::MAP,
            (42, _) => Kind::MAA,
            (45, _) => Kind::AS,
            (48, _) => Kind::ED,
            (49, _) => Kind::MIP,
            (50, _) => Kind::MIA,
            (53, _) => Kind::RS,
            (57, _) => Kind::AD,
            (58, _) => Kind::ADA,
            (61, _) => Kind::CD,
            (62, _) => Kind::CDA,
            (64, _) => Kind::UD,
            _ => return None,
        })
    }

    /// User data stands behind the parameters, not counted by the length indicator (X.225 8.2.1, 8.2.8).
    pub const fn has_user_information(self) -> bool {
        matches!(self, Kind::DT | Kind::EX | Kind::TD | Kind::UD)
    }

    /// DT and TD, whose Enclosure Item follows a rule of its own (X.225 6.3.5).
    pub const fn is_data(self) -> bool {
        matches!(self, Kind::DT | Kind::TD)
    }

    /// The category 0 SPDU that stands before this one in basic concatenation (X.225 Table 7).
    pub const fn basic_prefix(self) -> Option<Kind> {
        match self {
            Kind::DT | Kind::MIP | Kind::MAP | Kind::AS | Kind::AR | Kind::AE => Some(Kind::GT),
            Kind::RS | Kind::AI | Kind::AD | Kind::CD => Some(Kind::GT),
            Kind::MIA | Kind::MAA | Kind::RA | Kind::AIA | Kind::ADA | Kind::AEA => Some(Kind::PT),
            Kind::CDA | Kind::ER | Kind::ED => Some(Kind::PT),
            _ => None,
        }
    }

    /// The Token Item of that prefix must be absent (X.225 Table 7).
    pub const fn prefix_without_tokens(self) -> bool {
        matches!(self, Kind::RS | Kind::AI | Kind::AD | Kind::CD)
    }

    /// It may be segmented when it does not fit (X.225 6.3.5): everything with unlimited user data but CONNECT.
    pub const fn is_segmentable(self) -> bool {
        !matches!(
            self,
            Kind::CN
                | Kind::OA
                | Kind::CDO
                | Kind::GTA
                | Kind::AA
                | Kind::PR
                | Kind::ER
                | Kind::EX
                | Kind::UD
        )
    }

    /// The most user data in version 1; `None` is "no limit of its own" (X.225 8.3, version 1).
    pub const fn version_1_user_data(self) -> Option<usize> {
        match self {
            Kind::DT | Kind::TD | Kind::EX | Kind::UD | Kind::ER | Kind::CDO => None,
            Kind::AB => Some(9),
            Kind::GT | Kind::GTC | Kind::AI | Kind::AIA | Kind::AD | Kind::ADA => Some(0),
            _ => Some(512),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
