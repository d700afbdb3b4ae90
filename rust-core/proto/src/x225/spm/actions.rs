//! The specific actions of Table A.6, one arm each, with the recommended corrections (ERRATA A1 to A6).
use super::Spm;
use super::contention::{colliding, prevailing};
use super::input::Input;
use super::variables::{Flow, Numbers, Variables, Vrsp};
use crate::x225::names::{Action, Incoming, State};
use crate::x225::parameter::{FunctionalUnits as Fu, TokenAssignment, TokenSide, Tokens};

impl Spm {
    /// Runs one specific action.
    pub(super) fn act(&mut self, action: Action, input: &Input) -> crate::error::Result<()> {
        use Action::*;
        let sn = input.serial.unwrap_or_default();
        let v = &mut self.v;
        match action {
            a1 => v.tca = true,
            a2 => v.tca = false,
            a3 => self.tim = None,
            a4 => self.tim = Some(self.now + self.config.limits.tim),
            a5 => {
                self.select();
                if let Some(isn) = self.negotiated.initial_serial_number {
                    self.v.snd = Numbers { a: isn, m: isn, r: 0 };
                }
            }
            a6 => self.recall_pending = true,
            a7 => v.trr = true,
            a8 => v.trr = false,
            a9 => v.trr = input.keep && self.config.reuse_transport,
            a10 => self.hold_back(input)?,
            a11 => self.move_tokens(input),
            a12 => v.act = true,
            a13 if v.fu(Fu::ACTIVITY_MANAGEMENT) => {
                v.nextact = matches!(input.event, Incoming::MAP | Incoming::SSYNMreq);
            }
            a14 if v.fu(Fu::ACTIVITY_MANAGEMENT) => v.act = v.nextact,
            a13 | a14 => {}
            // Not used by any cell of the tables.
            a15 | a17 | a20 | a21 => {}
            a16 => set_vrsp(v, input),
            a18 => v.coll = true,
            a19 => raise_to_abandoned(v, input),
            a22 => {
                v.snd.a = v.snd.m;
                v.snd.r = v.snd.m;
            }
            a23 => {
                if !v.sc {
                    v.snd.a = v.snd.m;
                }
                v.sc = true;
                v.snd.m += 1;
            }
            a24 => {
                if v.sc {
                    v.snd.a = v.snd.m;
                }
                v.sc = false;
                v.snd.m += 1;
            }
            a25 | a65 => v.snd.a = sn + 1,
            a26 => v.snd = Numbers { a: 1, m: 1, r: 1 },
            a27 => v.snd = Numbers { a: sn + 1, m: sn + 1, r: 1 },
            a28 => {
                v.snd.a = sn;
                v.snd.m = sn;
                if v.rsp.kind.is_abandon_or_set() {
                    v.snd.r = 0;
                }
                v.rsp = Flow::default();
                v.ado = None;
                v.adi = None;
                v.discard_rcv = false;
                v.discard_snd = false;
            }
            a29 => end_activity(v, true),
            a30 => end_activity(v, false),
            a31 => {
                if !v.sc {
                    v.snd.a = v.snd.m;
                }
                v.snd.m += 1;
            }
            a32 => v.dnr = true,
            // Both sets keep the number of their own points in `snd`.
            a41 | a42 => v.ado = Some(v.snd.m),
            a43 => {
                v.ado = None;
                v.adi = None;
            }
            a44 => v.adi = Some(v.snd.m),
            a45 => v.adi = Some(v.rcv.m),
            a50 => self.keep_connect_data(input)?,
            a51 => {
                while self.more_connect_data() {
                    self.send_connect_data_overflow()?;
                }
            }
            a62 => v.rcv.m += 1,
            a63 => v.snd.m += 1,
            a64 => {
                v.snd.a = v.snd.m;
                v.snd.r = v.snd.m;
                v.rcv.a = v.rcv.m;
                v.rcv.r = v.rcv.m;
            }
            a66 => v.rcv.a = sn + 1,
            a67 => match (input.snd, input.rcv) {
                (None, None) => {
                    v.discard_rcv = true;
                    v.discard_snd = true;
                }
                (snd, rcv) => {
                    v.discard_snd |= snd.is_some();
                    v.discard_rcv |= rcv.is_some();
                }
            },
            a68 => {
                if let Some(number) = input.snd.and_then(|r| r.serial_number) {
                    restart_flow(&mut v.snd, &mut v.rsp, number);
                    v.discard_snd = false;
                }
                if let Some(number) = input.rcv.and_then(|r| r.serial_number) {
                    restart_flow(&mut v.rcv, &mut v.rspr, number);
                    v.discard_rcv = false;
                }
                v.ado = None;
                v.adi = None;
            }
            a69 => {
                let second = input.second_serial.unwrap_or_default();
                // The first number belongs to the flow from the side that resumes (X.225 7.30).
                let (snd, rcv) = if input.event == Incoming::AR { (second, sn) } else { (sn, second) };
                v.snd = Numbers { a: snd + 1, m: snd + 1, r: 1 };
                v.rcv = Numbers { a: rcv + 1, m: rcv + 1, r: 1 };
            }
            a70 => {
                v.snd = Numbers { a: 1, m: 1, r: 1 };
                v.rcv = v.snd;
            }
            a71 => {
                self.select();
                let first = self.negotiated.initial_serial_number.unwrap_or_default();
                let second = self.negotiated.second_initial_serial_number.unwrap_or_default();
                // The first number belongs to the calling side's sending flow (X.225 8.3.1).
                let (snd, rcv) = if self.v.tca { (second, first) } else { (first, second) };
                self.v.snd = Numbers { a: snd, m: snd, r: 0 };
                self.v.rcv = Numbers { a: rcv, m: rcv, r: 0 };
            }
            a72 if v.symmetric() => {
                let (snd, rcv) = colliding(input);
                v.rsp = prevailing(v, v.rsp, snd, input);
                v.rspr = prevailing(v, v.rspr, rcv, input);
                v.discard_snd |= v.rsp.kind != Vrsp::No;
                v.discard_rcv |= v.rspr.kind != Vrsp::No;
            }
            a72 => {}
            a901 => {
                if let Some(held) = &mut self.held_back {
                    held.retain(|held| held.event != Incoming::PR_RS);
                }
            }
        }
        Ok(())
    }

    /// [5] and [71] without the serial numbers: what this ACCEPT selects.
    fn select(&mut self) {
        let fu = self.negotiated.selected;
        self.v = Variables { tca: self.v.tca, texp: self.v.texp, fu, ..Variables::default() };
    }

    /// [10]: only events from the expedited flow are held back (X.225 Table A.6 [10]).
    fn hold_back(&mut self, input: &Input) -> crate::error::Result<()> {
        let limit = self.config.limits.queued_expedited;
        if self.held_back.as_ref().map_or(0, |held| held.len()) >= limit {
            return Err(crate::error::Error::limit(
                crate::error::Layer::Session,
                format!("more than {limit} events of the expedited flow wait for a recall"),
            )
            .with_clause("X.225 Table A.6 [10]"));
        }
        self.held_back.get_or_insert_default().push_back(input.clone());
        Ok(())
    }

    /// [11]: token positions.
    fn move_tokens(&mut self, input: &Input) {
        use Incoming::*;
        let available = self.v.available();
        // "Requestor" is the side that sent CONNECT, or the side whose RESYNCHRONIZE is in effect.
        let requestor_here = match input.event {
            AC | SCONrsp_pos => !self.v.tca,
            RA => true,
            SRSYNrsp => false,
            SGTreq => return self.v.owned.remove(input.tokens),
            GT => return self.v.owned.insert(input.tokens & available),
            SCGreq => return self.v.owned.remove(available),
            GTC => return self.v.owned.insert(available),
            _ => return,
        };
        let assignment = match input.event {
            AC | SCONrsp_pos => self.negotiated.tokens,
            RA => input.assignment,
            _ => chosen(self.resync_tokens, input.assignment),
        };
        let mut owned = Tokens::empty();
        for token in super::variables::TOKENS {
            if (assignment.side(token) == TokenSide::Requestor) == requestor_here {
                owned |= token;
            }
        }
        self.v.owned = owned & available;
    }
}

/// The proposed sides, with the acceptor's choice where it was left open; a choice left open twice falls to the requestor.
pub(super) fn chosen(proposed: TokenAssignment, choice: TokenAssignment) -> TokenAssignment {
    let mut result = proposed;
    for token in super::variables::TOKENS {
        if proposed.side(token) == TokenSide::AcceptorChooses {
            let side = match choice.side(token) {
                TokenSide::AcceptorChooses => TokenSide::Requestor,
                side => side,
            };
            result.set(token, side);
        }
    }
    result
}

/// [16].
fn set_vrsp(v: &mut Variables, input: &Input) {
    let (snd, rcv) = colliding(input);
    if v.symmetric() {
        v.rsp = prevailing(v, v.rsp, snd, input);
        v.rspr = prevailing(v, v.rspr, rcv, input);
        v.discard_snd |= v.rsp.kind != Vrsp::No;
        v.discard_rcv |= v.rspr.kind != Vrsp::No;
    } else {
        v.rsp = snd;
        v.discard_rcv = true;
        v.discard_snd = true;
    }
}

/// [19]: an abandoned flow goes on with the higher number (set S: only that flow, ERRATA A4).
fn raise_to_abandoned(v: &mut Variables, input: &Input) {
    let number = |flow: Option<crate::x225::primitive::Resync>| {
        flow.filter(|r| r.kind == crate::x225::parameter::ResyncType::Abandon).and_then(|r| r.serial_number)
    };
    if v.symmetric() {
        v.rcv.m = v.rcv.m.max(number(input.rcv).unwrap_or_default());
    }
    v.snd.m = v.snd.m.max(number(input.snd).unwrap_or_default());
}

/// [29], [30]: the activity is over, and all available tokens are here or there.
fn end_activity(v: &mut Variables, own_tokens: bool) {
    v.owned = if own_tokens { v.available() } else { Tokens::empty() };
    v.act = false;
    v.rsp = Flow::default();
    v.rspr = Flow::default();
    v.discard_snd = false;
    v.discard_rcv = false;
}

/// [68] for one flow.
fn restart_flow(numbers: &mut Numbers, flow: &mut Flow, number: u64) {
    numbers.a = number;
    numbers.m = number;
    if flow.kind.is_abandon_or_set() {
        numbers.r = 0;
    }
    *flow = Flow::default();
}

impl Spm {
    /// [6]: each event that was held back, once, oldest first, in the state then reached (ERRATA A2).
    pub(super) fn recall(&mut self) {
        self.recall_pending = false;
        for _ in 0..self.held_back.as_ref().map_or(0, |held| held.len()) {
            let Some(input) = self.held_back.as_mut().and_then(|held| held.pop_front()) else { return };
            if self.state == State::STA01 || self.state == State::STA16 {
                self.held_back = None;
                return;
            }
            self.peer_event(input);
        }
    }
}
