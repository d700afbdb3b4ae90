//! The variables of the machine and the functions over tokens (X.225 A.5.2 to A.5.4).
use crate::x225::names::Set;
use crate::x225::parameter::{FunctionalUnits, ResyncType, SerialNumber, Tokens};

/// The tokens in the order of the standard's tk_dom, each a single bit.
pub(super) const TOKENS: [Tokens; 4] =
    [Tokens::SYNCHRONIZE_MINOR, Tokens::MAJOR_ACTIVITY, Tokens::RELEASE, Tokens::DATA];

/// Vrsp, Vrsps, Vrspr: the kind of resynchronization in progress, weakest first (X.225 A.5.4.6: dsc > int > a > s > r).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(super) enum Vrsp {
    #[default]
    No,
    Restart,
    Set,
    Abandon,
    Interrupt,
    Discard,
}

impl From<ResyncType> for Vrsp {
    fn from(kind: ResyncType) -> Vrsp {
        match kind {
            ResyncType::Restart => Vrsp::Restart,
            ResyncType::Set => Vrsp::Set,
            ResyncType::Abandon => Vrsp::Abandon,
        }
    }
}

impl Vrsp {
    /// The Resync Type, if this is one.
    pub(super) fn resync_type(self) -> Option<ResyncType> {
        match self {
            Vrsp::Restart => Some(ResyncType::Restart),
            Vrsp::Set => Some(ResyncType::Set),
            Vrsp::Abandon => Some(ResyncType::Abandon),
            Vrsp::No | Vrsp::Interrupt | Vrsp::Discard => None,
        }
    }

    /// Abandon or set: the serial numbers start anew.
    pub(super) fn is_abandon_or_set(self) -> bool {
        matches!(self, Vrsp::Abandon | Vrsp::Set)
    }
}

/// A resynchronization of one flow: its kind, and its number (Vrspnb and relatives; kept for every kind, because RA quotes
/// it).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub(super) struct Flow {
    pub(super) kind: Vrsp,
    pub(super) number: SerialNumber,
}

/// V(A), V(M), V(R) of both flows in set N, of one flow in set S.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub(super) struct Numbers {
    /// Lowest number whose confirmation is still expected; none is when equal to `m`.
    pub(super) a: SerialNumber,
    /// Next number to be used.
    pub(super) m: SerialNumber,
    /// Lowest number a restart may name.
    pub(super) r: SerialNumber,
}

/// All variables. `Copy`, so that a request which fails half way can be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub(super) struct Variables {
    /// Vtca: this SPM accepted the transport connection; the peer is the session initiator.
    pub(super) tca: bool,
    /// TEXP: the transport expedited flow is available.
    pub(super) texp: bool,
    /// Vtrr: the transport connection will be reused after the release in progress.
    pub(super) trr: bool,
    /// Vcoll: FINISH SPDUs collided.
    pub(super) coll: bool,
    /// Vdnr: DISCONNECT was received in STA09 after a collision.
    pub(super) dnr: bool,
    /// FU(f).
    pub(super) fu: FunctionalUnits,
    /// Vact: an activity is in progress.
    pub(super) act: bool,
    /// Vnextact: what Vact becomes when the outstanding major point is confirmed.
    pub(super) nextact: bool,
    /// Vsc: the right to confirm minor points is here.
    pub(super) sc: bool,
    /// Set N: V(A), V(M), V(R). Set S: V(As), V(Ms), V(Rs).
    pub(super) snd: Numbers,
    /// Set S: V(Ar), V(Mr), V(Rr).
    pub(super) rcv: Numbers,
    /// V(Ado): highest minor point sent with data separation.
    pub(super) ado: Option<SerialNumber>,
    /// V(Adi): highest minor point received with data separation.
    pub(super) adi: Option<SerialNumber>,
    /// Set N: Vrsp, Vrspnb. Set S: Vrsps, Vrspnbs.
    pub(super) rsp: Flow,
    /// Set S: Vrspr, Vrspnbr.
    pub(super) rspr: Flow,
    /// Discard-snd-flow.
    pub(super) discard_snd: bool,
    /// Discard-rcv-flow.
    pub(super) discard_rcv: bool,
    /// OWNED(t).
    pub(super) owned: Tokens,
}

impl Variables {
    /// FU(f).
    pub(super) fn fu(&self, unit: FunctionalUnits) -> bool {
        self.fu.contains(unit)
    }

    /// FU(SS).
    pub(super) fn symmetric(&self) -> bool {
        self.fu(FunctionalUnits::SYMMETRIC_SYNC)
    }

    /// The set of tables that applies: N until the functional units are known (X.225 A.1).
    pub(super) fn set(&self) -> Set {
        if self.symmetric() { Set::S } else { Set::N }
    }

    /// AV(t) for every token.
    pub(super) fn available(&self) -> Tokens {
        self.fu.tokens()
    }

    /// I(t): not available, or owned.
    pub(super) fn i(&self, token: Tokens) -> bool {
        !self.available().contains(token) || self.owned.contains(token)
    }

    /// A(t): not available, or not owned.
    pub(super) fn a(&self, token: Tokens) -> bool {
        !self.available().contains(token) || !self.owned.contains(token)
    }

    /// II(t): available and owned.
    pub(super) fn ii(&self, token: Tokens) -> bool {
        self.available().contains(token) && self.owned.contains(token)
    }

    /// AA(t): available and not owned.
    pub(super) fn aa(&self, token: Tokens) -> bool {
        self.available().contains(token) && !self.owned.contains(token)
    }

    /// ~FU(ACT) | Vact: an activity is in progress, or activities are not used.
    pub(super) fn activity_ok(&self) -> bool {
        !self.fu(FunctionalUnits::ACTIVITY_MANAGEMENT) || self.act
    }

    /// FU(ACT) & ~Vact: activities are used and none is in progress.
    pub(super) fn no_activity(&self) -> bool {
        self.fu(FunctionalUnits::ACTIVITY_MANAGEMENT) && !self.act
    }
}
