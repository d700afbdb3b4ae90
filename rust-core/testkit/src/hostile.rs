//! Callers that mean no good, or know no better: what they send, and what a listener says about it.
use crate::bench::Rng;

/// One thing that a caller does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Sends these octets.
    Send(Vec<u8>),
    /// Sends these octets again and again, until the other side has had enough, or this many times.
    Repeat(Vec<u8>, usize),
    /// Reads one TPKT.
    Read,
    /// Reads and drops everything until the other side ends the connection.
    AwaitEnd,
    /// Ends its own direction.
    Finish,
    /// Closes at once; what is unread makes it a reset.
    Reset,
}

/// A caller: what it does, and what is said about it.
#[derive(Clone, Debug)]
pub struct Caller {
    /// What kind it is.
    pub kind: Kind,
    /// What it does.
    pub steps: Vec<Step>,
    /// What the listener's side says, in part. Empty: any reason, or none.
    pub reason: &'static str,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// What kind of caller.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $($(#[$doc])* $name,)*
        }

        impl Kind {
            /// All of them.
            pub const ALL: &'static [Kind] = &[$(Kind::$name,)*];
        }
    };
}

kinds! {
    /// Octets at random that are no TPKT.
    Garbage,
    /// A browser.
    Http,
    /// The first record of a TLS handshake.
    Tls,
    /// There, and gone.
    Scan,
    /// There, and gone with a reset.
    ScanReset,
    /// A TPKT that says 0 to 6 octets.
    TooShort,
    /// A TPKT of 7 octets: its TPDU has no room for a CR.
    Shortest,
    /// A TPKT of 65,535 octets that says nothing of use.
    Longest,
    /// The beginning of a TPKT header.
    HalfHeader,
    /// The beginning of a CR.
    HalfCr,
    /// A CR of class 2 to 4 without class 0 as an alternative.
    OtherClass,
    /// Another TPDU than CR at first.
    OtherTpdu,
    /// Octets at random in a TPKT.
    GarbageTpdu,
    /// Two CRs.
    SecondCr,
    /// Octets at random where CONNECT is awaited.
    GarbageSpdu,
    /// An SPDU of the data phase where CONNECT is awaited.
    OtherSpdu,
    /// The beginning of a CONNECT.
    HalfConnect,
    /// A TSDU without an end where CONNECT is awaited.
    EndlessConnect,
    /// A session that is left by a reset.
    Reset,
    /// A session that is left without a word.
    Leave,
    /// Octets at random within a session.
    GarbageInSession,
    /// A TPDU within a session that class 0 does not have, or not there.
    OtherTpduInSession,
    /// An SSDU without an end.
    EndlessSsdu,
    /// A flood of SPDUs that carry nothing.
    ControlFlood,
    /// Asks much, and never reads.
    NeverReads,
}

/// CR without selectors.
pub const CR: &[u8] = b"\x03\x00\x00\x0b\x06\xe0\x00\x00\x00\x01\x00";
/// CONNECT: version 2, duplex and half-duplex (X.225 8.3.1).
pub const CN: &[u8] = b"\x0d\x0c\x05\x06\x13\x01\x00\x16\x01\x02\x14\x02\x00\x02";
/// As [`CN`], with half-duplex alone: then there is a token to please for.
const CN_HALF_DUPLEX: &[u8] = b"\x0d\x0c\x05\x06\x13\x01\x00\x16\x01\x02\x14\x02\x00\x01";

/// TPDUs that no caller begins with, of this class and of others (X.224 13).
const OTHER_TPDUS: [&[u8]; 10] = [
    b"\x02\xf0\x80\x01\x00",         // DT
    b"\x06\xd0\x00\x01\x00\x02\x00", // CC
    b"\x06\x80\x00\x01\x00\x02\x00", // DR
    b"\x05\xc0\x00\x01\x00\x02",     // DC
    b"\x02\x10\x80\x01",             // ED
    b"\x04\x60\x00\x01\x00",         // AK
    b"\x04\x20\x00\x01\x00",         // EA
    b"\x04\x50\x00\x01\x00",         // RJ
    b"\x04\x70\x00\x01\x00",         // ER
    b"\x01\x40",                     // UD (X.234)
];
/// TSDUs that begin no session: GT and DT, FN, DN, NF.
const DATA_PHASE: [&[u8]; 4] = [b"\x01\x00\x01\x00data", b"\x09\x00", b"\x0a\x00", b"\x08\x00"];

/// TPKT around a TPDU.
///
/// # Panics
/// If it does not fit.
pub fn tpkt(tpdu: &[u8]) -> Vec<u8> {
    let length = u16::try_from(4 + tpdu.len()).expect("it fits a TPKT");
    [&[3, 0], &length.to_be_bytes()[..], tpdu].concat()
}

/// TPKT and DT around a TSDU, or a part of it.
pub fn dt(tsdu: &[u8], end: bool) -> Vec<u8> {
    tpkt(&[&[2, 0xf0, if end { 0x80 } else { 0 }], tsdu].concat())
}

fn random(rng: &mut Rng, length: usize) -> Vec<u8> {
    (0..length).map(|_| rng.next_u64() as u8).collect()
}

/// A caller of this kind; details by the generator.
pub fn caller(kind: Kind, rng: &mut Rng) -> Caller {
    use Step::*;
    let connected = |more: Vec<Step>| [vec![Send(CR.into()), Read], more].concat();
    let in_session =
        |cn: &[u8], more: Vec<Step>| [vec![Send(CR.into()), Read, Send(dt(cn, true)), Read], more].concat();
    let (steps, reason) = match kind {
        Kind::Garbage => {
            let length = 4 + rng.below(2_000);
            let mut octets = random(rng, length);
            // Neither TPKT nor what looks like TLS.
            octets[0] = *rng.pick(&[0, 1, 2, 4, 0x15, 0x30, 0x80, 0xff]);
            (vec![Send(octets), AwaitEnd], "TPKT version is not 3")
        }
        Kind::Http => {
            let request = b"GET / HTTP/1.1\r\nHost: example.net\r\nAccept: */*\r\n\r\n";
            (vec![Send(request.to_vec()), AwaitEnd], "TPKT version is not 3")
        }
        Kind::Tls => {
            let mut record = vec![0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3];
            record.extend(random(rng, 506));
            (vec![Send(record), AwaitEnd], "this looks like TLS on a plain port")
        }
        Kind::Scan => (vec![Finish], "a caller left without a word"),
        Kind::ScanReset => (vec![Reset], "a caller left without a word"),
        Kind::TooShort => {
            let length = rng.below(7) as u8;
            (vec![Send(vec![3, 0, 0, length, 2, 0xf0, 0x80]), AwaitEnd], "TPKT")
        }
        Kind::Shortest => (vec![Send(vec![3, 0, 0, 7, 2, 0xe0, 0x80]), AwaitEnd], "CR"),
        Kind::Longest => {
            let mut octets = vec![3, 0, 0xff, 0xff];
            octets.extend(random(rng, 65_531));
            // No CR by chance.
            octets[5] = 0xb0;
            (vec![Send(octets), AwaitEnd], "")
        }
        Kind::HalfHeader => {
            let length = 1 + rng.below(3);
            (vec![Send(CR[..length].into()), Finish, AwaitEnd], "inside a TPKT header")
        }
        Kind::HalfCr => {
            let length = 4 + rng.below(7);
            (vec![Send(CR[..length].into()), Finish, AwaitEnd], "inside a TPKT")
        }
        Kind::OtherClass => {
            let class = 2 + rng.below(3) as u8;
            let mut cr = CR.to_vec();
            cr[10] = class << 4;
            (vec![Send(cr), AwaitEnd], "class")
        }
        Kind::OtherTpdu => {
            let tpdu = *rng.pick(&OTHER_TPDUS);
            (vec![Send(tpkt(tpdu)), AwaitEnd], "")
        }
        Kind::GarbageTpdu => {
            let length = 3 + rng.below(300);
            let mut tpdu = random(rng, length);
            tpdu[1] = 0xb0;
            (vec![Send(tpkt(&tpdu)), AwaitEnd], "")
        }
        Kind::SecondCr => (vec![Send(CR.into()), Read, Send(CR.into()), AwaitEnd], "a second CR"),
        Kind::GarbageSpdu => {
            let length = 1 + rng.below(300);
            let mut tsdu = random(rng, length);
            // No SPDU has this SI.
            tsdu[0] = 0xfa;
            (connected(vec![Send(dt(&tsdu, true)), AwaitEnd]), "SPDU")
        }
        Kind::OtherSpdu => {
            let tsdu = *rng.pick(&DATA_PHASE);
            (connected(vec![Send(dt(tsdu, true)), AwaitEnd]), "instead of CONNECT")
        }
        Kind::HalfConnect => {
            let length = 1 + rng.below(CN.len() + 6);
            let octets = dt(CN, true)[..length].to_vec();
            (connected(vec![Send(octets), Finish, AwaitEnd]), "inside a TPKT")
        }
        Kind::EndlessConnect => {
            let mut part = vec![0x0d, 0xff, 0xff, 0xff];
            part.resize(8_000, 0xc1);
            (connected(vec![Repeat(dt(&part, false), 1_000), AwaitEnd]), "tsdu_reassembly")
        }
        Kind::Reset => (in_session(CN, vec![Send(dt(b"\x01\x00\x01\x00ask", true)), Reset]), ""),
        Kind::Leave => (in_session(CN, vec![Finish, AwaitEnd]), ""),
        Kind::GarbageInSession => {
            let length = 1 + rng.below(300);
            let mut tsdu = random(rng, length);
            tsdu[0] = 0xfa;
            // ABORT comes, and then the listener's side waits for the end (TIM).
            (in_session(CN, vec![Send(dt(&tsdu, true)), Read, Finish, AwaitEnd]), "SPDU")
        }
        Kind::OtherTpduInSession => {
            // All but the DT.
            let tpdu = *rng.pick(&OTHER_TPDUS[1..]);
            (in_session(CN, vec![Send(tpkt(tpdu)), AwaitEnd]), "")
        }
        Kind::EndlessSsdu => {
            let mut part = vec![1, 0, 1, 0];
            part.resize(30_000, 7);
            (in_session(CN, vec![Repeat(dt(&part, false), 1_000), AwaitEnd]), "tsdu_reassembly")
        }
        Kind::ControlFlood => {
            let please = dt(&[2, 3, 0x10, 1, 1], true);
            (
                in_session(CN_HALF_DUPLEX, vec![Repeat(please, 2_000), Read, Finish, AwaitEnd]),
                "SPDUs without user data per second",
            )
        }
        Kind::NeverReads => {
            let ask = dt(b"\x01\x00\x01\x00ask", true);
            (in_session(CN, vec![Send(ask.repeat(40)), Reset]), "")
        }
    };
    Caller { kind, steps, reason }
}

impl Kind {
    /// It takes much more of both sides than others: less often among many.
    pub fn is_heavy(self) -> bool {
        matches!(
            self,
            Kind::EndlessConnect | Kind::EndlessSsdu | Kind::ControlFlood | Kind::NeverReads | Kind::Longest
        )
    }
}

/// Any caller, the heavy ones seldom.
pub fn some_caller(rng: &mut Rng) -> Caller {
    let kind = loop {
        let kind = *rng.pick(Kind::ALL);
        if !kind.is_heavy() || rng.one_in(20) {
            break kind;
        }
    };
    caller(kind, rng)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_does_something_and_the_same_seed_does_the_same() {
        for &kind in Kind::ALL {
            let [one, other] = [(); 2].map(|()| caller(kind, &mut Rng::new(9)));
            assert_eq!((one.kind, &one.steps), (kind, &other.steps));
            assert!(!one.steps.is_empty());
        }
    }
}
