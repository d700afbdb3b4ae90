//! The predicates of Table A.7, one arm each, in the standard's own terms.
use super::contention;
use super::input::{Extra, Input};
use super::variables::{TOKENS, Variables, Vrsp};
use crate::x225::names::Predicate;
use crate::x225::parameter::{FunctionalUnits as Fu, ResyncType, SerialNumber, Tokens};

const MI: Tokens = Tokens::SYNCHRONIZE_MINOR;
const MA: Tokens = Tokens::MAJOR_ACTIVITY;
const DK: Tokens = Tokens::DATA;

/// Everything a predicate may look at.
pub(super) struct View<'a> {
    pub(super) v: &'a Variables,
    pub(super) input: &'a Input,
    /// The implementation's free decision in p02 and p64: keep transport connections.
    pub(super) local_choice: bool,
    /// The functional units as they are, or in the cells of AC and SCONrsp+ as this ACCEPT makes them (ERRATA A1).
    pub(super) selected: Fu,
    /// What real stacks send is accepted (`strict` is off).
    pub(super) tolerant: bool,
    /// p201: CONNECT user data is left to send.
    pub(super) more_connect_data: bool,
}

impl View<'_> {
    /// True if the conjunction holds.
    pub(super) fn all(&self, condition: &[(Predicate, bool)]) -> bool {
        condition.iter().all(|&(predicate, wanted)| self.holds(predicate) == wanted)
    }

    /// The first predicate of the conjunction that does not hold.
    pub(super) fn first_failure(&self, condition: &[(Predicate, bool)]) -> Option<(Predicate, bool)> {
        condition.iter().copied().find(|&(predicate, wanted)| self.holds(predicate) != wanted)
    }

    fn sn(&self, test: impl Fn(SerialNumber) -> bool) -> bool {
        self.input.serial.is_some_and(test)
    }

    /// Table A.7.
    pub(super) fn holds(&self, predicate: Predicate) -> bool {
        use Predicate::*;
        let (v, input) = (self.v, self.input);
        let fu = |unit| v.fu(unit);
        let ss = v.symmetric();
        let all = |set: Tokens, test: &dyn Fn(Tokens) -> bool| {
            TOKENS.into_iter().filter(|t| set.contains(*t)).all(test)
        };
        let restart_below = |resync: Option<crate::x225::primitive::Resync>, low: SerialNumber| {
            resync.is_some_and(|r| r.kind == ResyncType::Restart && r.serial_number.is_none_or(|n| n < low))
        };
        match predicate {
            p01 => !v.tca,
            p02 => self.local_choice && !v.texp,
            p03 => v.i(DK),
            p04 => fu(Fu::DUPLEX) && !v.coll,
            p05 => v.a(DK),
            p06 => fu(Fu::TYPED_DATA),
            p07 => fu(Fu::TYPED_DATA) && !v.coll,
            p08 => fu(Fu::EXPEDITED_DATA),
            p09 => fu(Fu::EXPEDITED_DATA) && !v.coll,
            p10 => !v.coll,
            p11 => v.ii(MA),
            p12 => fu(Fu::MAJOR_SYNC) && v.activity_ok() && v.a(DK) && v.a(MI) && v.aa(MA),
            p13 => fu(Fu::MAJOR_SYNC) && v.activity_ok() && v.i(DK) && v.i(MI) && v.ii(MA),
            p14 => v.activity_ok() && v.a(DK) && v.aa(MI),
            p15 => v.activity_ok() && v.i(DK) && v.ii(MI),
            p16 => !v.texp,
            p17 => v.activity_ok() && fu_any(v, Fu::SYMMETRIC_SYNC | Fu::MINOR_SYNC) && (ss || !v.sc),
            p18 => v.activity_ok() && fu_any(v, Fu::SYMMETRIC_SYNC | Fu::MINOR_SYNC) && (ss || v.sc),
            p19 => !ss && self.sn(|sn| sn == v.snd.m),
            p20 => !ss && self.sn(|sn| sn + 1 == v.snd.m),
            p21 => !ss && self.sn(|sn| v.snd.a <= sn && sn < v.snd.m),
            p22 => false,
            p23 => fu(Fu::ACTIVITY_MANAGEMENT) && !v.nextact,
            p24 => !contention::spm_winner(v, input),
            p25 => fu_any(v, Fu::MINOR_SYNC | Fu::SYMMETRIC_SYNC | Fu::MAJOR_SYNC) && fu(Fu::RESYNCHRONIZE),
            p26 => v.activity_ok(),
            // ERRATA A3: in set S both flows count.
            p27 => v.rsp.kind == Vrsp::No && (!ss || v.rspr.kind == Vrsp::No),
            p28 => fu(Fu::RESYNCHRONIZE),
            p29 => v.activity_ok() && fu(Fu::RESYNCHRONIZE),
            p30 => !fu(Fu::ACTIVITY_MANAGEMENT) || v.nextact,
            p31 => fu(Fu::ACTIVITY_MANAGEMENT) && v.nextact,
            p32 if ss => !restart_below(input.rcv, v.rcv.r) && !restart_below(input.snd, v.snd.r),
            p32 => !restart_below(input.snd, v.snd.r),
            p33 => input.snd.and_then(|r| r.serial_number).is_some_and(|sn| v.snd.r <= sn && sn <= v.snd.m),
            p34 => fu(Fu::ACTIVITY_MANAGEMENT),
            p35 => fu(Fu::RESYNCHRONIZE) && (!v.texp || fu(Fu::DATA_SEPARATION)),
            p36 => fu(Fu::RESYNCHRONIZE) && v.texp,
            p37 => fu(Fu::ACTIVITY_MANAGEMENT) && v.texp,
            p38 => fu(Fu::ACTIVITY_MANAGEMENT) && !v.texp,
            p39 => v.act && v.ii(MA),
            p40 => v.aa(MA),
            p41 => v.rsp.kind == Vrsp::Discard,
            p42 => v.rsp.kind == Vrsp::Interrupt,
            p43 => {
                !ss && match v.rsp.kind {
                    Vrsp::Restart => self.sn(|sn| sn == v.rsp.number),
                    Vrsp::Abandon => self.sn(|sn| sn == v.snd.m),
                    Vrsp::Set => true,
                    Vrsp::No | Vrsp::Interrupt | Vrsp::Discard => false,
                }
            }
            p44 => v.no_activity() && v.a(DK) && v.a(MI) && v.a(MA),
            p45 => v.no_activity() && v.i(DK) && v.i(MI) && v.i(MA),
            p46 => fu(Fu::CAPABILITY_DATA) && v.no_activity() && v.a(DK) && v.a(MI) && !v.owned.contains(MA),
            p47 => fu(Fu::CAPABILITY_DATA) && v.no_activity() && v.i(DK) && v.i(MI) && v.owned.contains(MA),
            p48 => fu(Fu::EXCEPTIONS) && fu(Fu::HALF_DUPLEX),
            p49 => match v.rsp.kind {
                _ if ss => false,
                Vrsp::Restart => self.sn(|sn| sn == v.rsp.number),
                Vrsp::Abandon if self.tolerant => true, // Leniency::ABANDON_NUMBER
                Vrsp::Abandon => self.sn(|sn| sn >= v.snd.m),
                Vrsp::Set => true,
                Vrsp::No | Vrsp::Interrupt | Vrsp::Discard => false,
            },
            p50 => fu(Fu::EXCEPTIONS) && v.activity_ok() && v.aa(DK),
            p51 => fu(Fu::EXCEPTIONS) && v.activity_ok() && v.ii(DK),
            p52 => fu(Fu::EXCEPTIONS) && !fu(Fu::ACTIVITY_MANAGEMENT) && v.ii(DK),
            p53 => v.available().contains(input.tokens),
            p54 => all(input.tokens, &|t| v.ii(t)),
            p55 => v.no_activity() && all(Tokens::all(), &|t| v.i(t)),
            p57 => all(input.tokens, &|t| v.ii(t)) && !input.tokens.contains(DK),
            p58 => all(input.tokens, &|t| v.ii(t)) && input.tokens.contains(DK),
            p59 => all(input.tokens, &|t| v.aa(t)),
            p60 => all(input.tokens, &|t| v.aa(t)) && !input.tokens.contains(DK),
            p61 => all(input.tokens, &|t| v.aa(t)) && input.tokens.contains(DK),
            p62 => v.no_activity() && all(Tokens::all(), &|t| v.a(t)),
            p63 => all(Tokens::all(), &|t| v.i(t)) && (!fu(Fu::ACTIVITY_MANAGEMENT) || !v.act),
            p64 => self.local_choice && !v.tca && !v.texp,
            p65 => !v.available().is_empty(),
            p66 => v.trr,
            p67 => fu(Fu::NEGOTIATED_RELEASE),
            p68 => all(Tokens::all(), &|t| v.a(t)) && (!fu(Fu::ACTIVITY_MANAGEMENT) || !v.act),
            p69 => v.coll,
            p70 => fu(Fu::DUPLEX),
            p71 => fu(Fu::ACTIVITY_MANAGEMENT) && v.act && v.i(DK) && v.i(MI) && v.ii(MA),
            p72 => fu(Fu::ACTIVITY_MANAGEMENT) && v.act && v.a(DK) && v.a(MI) && v.aa(MA),
            p75 => !v.coll || v.dnr,
            p76 => input.refusal.is_some(),
            p80 if !fu(Fu::DATA_SEPARATION) => true,
            p80 if ss => v.adi.is_none_or(|adi| adi < v.rcv.a),
            p80 => v.adi.is_none_or(|adi| adi < v.snd.a),
            p81 => v.ado.is_some_and(|ado| ado >= v.snd.a),
            p82 => fu(Fu::DATA_SEPARATION),
            // sns is implied: only snr is on the wire.
            p173 => ss && input.second_serial == Some(v.rcv.m),
            p174 => ss && input.second_serial.is_some_and(|snr| snr + 1 == v.rcv.m),
            p175 => ss && self.sn(|sn| sn + 1 == v.rcv.m),
            p176 => ss && self.sn(|sn| v.snd.a <= sn && sn < v.snd.m),
            p177 => ss && self.sn(|sn| sn == v.rcv.m),
            p178 => self.selected.contains(Fu::SYMMETRIC_SYNC),
            p179 => ss && self.sn(|sn| v.rcv.a <= sn && sn < v.rcv.m),
            p180 if ss => [input.snd, input.rcv]
                .into_iter()
                .all(|flow| flow.is_some_and(|r| matches!(r.kind, ResyncType::Abandon | ResyncType::Set))),
            p180 => input.snd.is_none_or(|r| r.kind != ResyncType::Restart),
            p184 => ss && v.rsp.kind == Vrsp::No,
            p185 => v.discard_rcv && !self.holds(p81),
            p186 => v.discard_snd,
            p187 => {
                let fits = |flow: super::variables::Flow, resync: Option<crate::x225::primitive::Resync>| {
                    flow.kind != Vrsp::Restart
                        || resync.and_then(|r| r.serial_number).is_some_and(|sn| sn == flow.number)
                };
                ss && fits(v.rspr, input.rcv) && fits(v.rsp, input.snd)
            }
            p201 => self.more_connect_data,
            p202 => input.last,
            p204 => match &input.extra {
                Extra::Connect(request) => request.user_data.len() > super::MAX_CONNECT_DATA,
                _ => input.overflow,
            },
        }
    }
}

fn fu_any(v: &Variables, units: Fu) -> bool {
    v.fu.intersects(units)
}

/// Why a request is refused when this predicate does not have the wanted value: a clause of a sentence for the user.
pub(super) fn refusal(predicate: Predicate, wanted: bool) -> &'static str {
    use Predicate::*;
    match (predicate, wanted) {
        (p01, true) => "only the side that opened the transport connection may connect again on it",
        (p03, _) => "the data token is not here",
        (p04 | p07 | p09 | p10, _) => "a release is in progress, or its functional unit is not selected",
        (p06, _) => "the typed data functional unit is not selected",
        (p08, _) => "the expedited data functional unit is not selected",
        (p11, _) => "the major/activity token is not here",
        (p13, _) => {
            "it needs the major synchronize functional unit, the major/activity token, the data and synchronize-minor \
             tokens where they exist, and an activity in progress where activities are used"
        }
        (p15, _) => {
            "it needs the synchronize-minor token, the data token where it exists, and an activity in progress where \
             activities are used"
        }
        (p16, _) => "it is possible only without the transport expedited flow",
        (p18, _) => "no minor synchronization point received here may be confirmed now",
        (p20 | p175, false) => "this serial number is that of the outstanding major synchronization point",
        (p21 | p179, _) => "this serial number is not one that awaits confirmation",
        (p24, _) => "it would lose against the resynchronization in progress",
        (p25, _) => "it needs the resynchronize functional unit and one of the synchronize functional units",
        (p26, _) => "no activity is in progress",
        (p27, _) => "a resynchronization is in progress",
        (p28 | p29, _) => {
            "it needs the resynchronize functional unit, and an activity in progress where activities are used"
        }
        (p30, _) => "an end of activity is outstanding",
        (p32 | p33 | p180, _) => "a restart may not name this serial number, or is not allowed now",
        (p34, true) => "the activity management functional unit is not selected",
        (p34, false) => "it is not possible with the activity management functional unit",
        (p39, _) => "it needs an activity in progress and the major/activity token",
        (p43 | p187, _) => "the serial number does not answer the indication",
        (p45, _) => {
            "it needs the activity management functional unit, no activity in progress, and the data, synchronize-minor \
             and major/activity tokens where they exist"
        }
        (p47, _) => {
            "it needs the capability data functional unit, no activity in progress, and the data, synchronize-minor and \
             major/activity tokens where they exist"
        }
        (p50, _) => {
            "it needs the exceptions functional unit, the data token on the other side, and an activity in progress \
             where activities are used"
        }
        (p53, _) => "a token asked for does not exist with the selected functional units",
        (p54 | p57 | p58, _) => "a token to be given is not here",
        (p55, _) => "it needs all available tokens and no activity in progress",
        (p63, _) => "it needs all available tokens, and no activity in progress",
        (p65, _) => "a release is being answered",
        (p67, _) => "the negotiated release functional unit is not selected",
        (p69 | p75, _) => "after a collision of releases the session initiator answers first",
        (p70, _) => "the duplex functional unit is not selected",
        (p71, _) => {
            "it needs an activity in progress, the major/activity token, and the data and synchronize-minor tokens where \
             they exist"
        }
        (p82, _) => "the data separation functional unit is not selected",
        (p178, _) => "symmetric synchronize is not selected",
        (p186, _) => "the sending flow is being resynchronized",
        _ => "it is not allowed now",
    }
}
