//! Valid SPDUs of every kind, drawn by a generator: for property tests, fuzzing seeds and comparisons with other decoders.
use crate::bench::Rng;
use osisession_proto::x225::parameter::{FunctionalUnits, TransportDisconnect, Versions, refuse_reason};
use osisession_proto::x225::spdu::{EncodeContext, Flow, Kind, SpduBuilder};

/// What goes into one SPDU: parameters in the order of transmission, and user data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generated {
    /// Which SPDU.
    pub kind: Kind,
    /// Group, code and value of each parameter, without the one that carries user data.
    pub units: Vec<(Option<u8>, u8, Vec<u8>)>,
    /// SS-user data.
    pub user_data: Vec<u8>,
    /// The connection on which it is valid.
    pub context: EncodeContext,
}

impl Generated {
    /// The same for the encoder.
    pub fn builder(&self) -> SpduBuilder {
        let built = SpduBuilder::new(self.kind).user_data(self.user_data.clone());
        self.units.iter().fold(built, |built, (group, code, value)| built.unit(*group, *code, value))
    }

    fn put(&mut self, group: u8, code: u8, value: &[u8]) {
        self.units.push(((group != 0).then_some(group), code, value.to_vec()));
    }

    fn has(&self, group: Option<u8>, code: u8) -> bool {
        self.units.iter().any(|unit| (unit.0, unit.1) == (group, code))
    }
}

/// Which optional parameters are there: one bit for each question that is asked.
#[derive(Debug)]
struct Choices(u32);

impl Choices {
    fn next(&mut self) -> bool {
        let choice = self.0 & 1 != 0;
        self.0 >>= 1;
        choice
    }
}

/// How many optional parameters an SPDU has: below 2 to this power, every number of `choices` gives another combination.
pub fn questions(kind: Kind) -> u32 {
    match kind {
        Kind::CN | Kind::AC => 17,
        Kind::RF => 8,
        Kind::AR => 6,
        Kind::AB | Kind::UD => 4,
        Kind::RS | Kind::RA | Kind::MIP | Kind::FN | Kind::AI | Kind::AD | Kind::GT | Kind::PT => 3,
        _ => 2,
    }
}

fn octets(rng: &mut Rng, length: usize) -> Vec<u8> {
    (0..length).map(|_| rng.next_u64() as u8).collect()
}

fn digits(rng: &mut Rng, at_most: usize) -> Vec<u8> {
    let length = 1 + rng.below(at_most);
    (0..length).map(|_| b'0' + rng.below(10) as u8).collect()
}

/// A length at an edge of the encoding, or anywhere; not above `at_most`, which is not 0.
fn length(rng: &mut Rng, at_most: usize) -> usize {
    const EDGES: &[usize] = &[1, 2, 9, 14, 64, 252, 253, 254, 255, 256, 511, 512, 513, 1024];
    let length = match rng.below(32) {
        0 => 1 + rng.below(at_most),
        1..=9 => 1 + rng.below(64),
        _ => *rng.pick(EDGES),
    };
    length.min(at_most)
}

/// The most user data that fits the length indicator with any parameters that this generator adds.
const ROOM: usize = 64_000;

/// A valid SPDU. The bits of `choices` say which optional parameters it has (see [`questions`]); values come from `rng`.
pub fn spdu(kind: Kind, choices: u32, version: Versions, symmetric: bool, rng: &mut Rng) -> Generated {
    let expedited = matches!(kind, Kind::EX | Kind::PR);
    let context = EncodeContext {
        version,
        symmetric,
        flow: if expedited { Flow::Expedited } else { Flow::Normal },
        upper_limit: *rng.pick(&[6, 6, 9, 18]),
        ..EncodeContext::default()
    };
    let mut made = Generated { kind, units: Vec::new(), user_data: Vec::new(), context };
    let mut has = Choices(choices);
    let most = usize::from(context.upper_limit);
    match kind {
        Kind::CN | Kind::AC => connect_or_accept(&mut made, &mut has, rng),
        Kind::RF => refuse(&mut made, &mut has, rng),
        Kind::OA => {
            if has.next() {
                made.put(0, 21, &octets(rng, 4));
            }
            made.put(0, 22, &[2]);
        }
        Kind::CDO => {
            let last = has.next();
            made.put(0, 25, &[if last { 2 } else { 0 }]);
            if !last || has.next() {
                let size = length(rng, ROOM);
                made.user_data = octets(rng, size);
            }
        }
        Kind::FN if has.next() => made.put(0, 17, &[rng.below(2) as u8]),
        Kind::AB => abort(&mut made, &mut has, rng),
        Kind::GT | Kind::PT => made.put(0, 16, &[*rng.pick(&[0x01, 0x04, 0x10, 0x40, 0x55, 0x15])]),
        Kind::MIP | Kind::MIA | Kind::MAP | Kind::AE => {
            if kind == Kind::MAP {
                made.put(0, 15, &[1]);
            } else if kind == Kind::MIP && has.next() {
                made.put(0, 15, &[rng.below(4) as u8]);
            }
            made.put(0, 42, &digits(rng, most));
        }
        Kind::MAA | Kind::AEA => made.put(0, if symmetric { 54 } else { 42 }, &digits(rng, most)),
        Kind::RS | Kind::RA => resynchronize(&mut made, &mut has, rng),
        Kind::PR => {
            let prepared = 1 + rng.below(4) as u8;
            made.put(0, 24, &[prepared]);
            for code in [27, 53] {
                if prepared == 2 && symmetric && has.next() {
                    made.put(0, code, &[rng.below(3) as u8]);
                }
            }
        }
        Kind::ER => {
            let size = length(rng, ROOM);
            made.put(0, 49, &octets(rng, size));
        }
        Kind::ED => made.put(0, 50, &[*rng.pick(&[0, 1, 3, 5, 6, 128])]),
        Kind::AI | Kind::AD if has.next() => made.put(0, 50, &[*rng.pick(&[0, 1, 3, 5, 6, 128])]),
        Kind::AS => {
            let size = 1 + rng.below(6);
            made.put(0, 41, &octets(rng, size));
        }
        Kind::AR => resume(&mut made, &mut has, rng),
        Kind::UD => {
            if has.next() {
                made.put(0, 22, &[1]);
            }
            for code in [51, 52] {
                if has.next() {
                    let size = 1 + rng.below(16);
                    made.put(0, code, &octets(rng, size));
                }
            }
        }
        _ => {}
    }
    user_data(&mut made, &mut has, rng);
    made
}

fn user_data(made: &mut Generated, has: &mut Choices, rng: &mut Rng) {
    let most = match made.kind {
        Kind::CN | Kind::RF | Kind::CDO | Kind::AB => return,
        Kind::OA | Kind::AA | Kind::GTA | Kind::PR | Kind::ER => 0,
        Kind::EX => 14,
        Kind::DT | Kind::TD | Kind::UD => 100_000,
        kind if made.context.version == Versions::V1 => kind.version_1_user_data().unwrap_or(ROOM),
        _ => ROOM,
    };
    let must = matches!(made.kind, Kind::DT | Kind::TD | Kind::EX | Kind::UD);
    if most > 0 && (must || has.next()) {
        let size = length(rng, most);
        made.user_data = octets(rng, size);
    }
}

fn references(made: &mut Generated, group: u8, codes: &[u8], has: &mut Choices, rng: &mut Rng) {
    for code in codes {
        if has.next() {
            let size = 1 + rng.below(if *code == 12 { 4 } else { 64 });
            made.put(group, *code, &octets(rng, size));
        }
    }
}

fn connect_or_accept(made: &mut Generated, has: &mut Choices, rng: &mut Rng) {
    let connect = made.kind == Kind::CN;
    references(made, 1, &[if connect { 10 } else { 9 }, 11, 12], has, rng);
    if has.next() {
        made.put(5, 19, &[rng.below(2) as u8]);
    }
    if has.next() {
        made.put(5, 21, &octets(rng, 4));
    }
    // Extended User Data needs version 2 alone (X.225 8.3.1).
    let versions = if connect { 1 + rng.below(3) as u8 } else { made.context.version.bits() };
    if has.next() {
        made.put(5, 22, &[versions]);
    }
    let (first, second, tokens) = (has.next(), has.next(), has.next());
    let large = has.next();
    let number = |made: &mut Generated, code, rng: &mut Rng| {
        let most = if large { 18 } else { 6 };
        made.put(5, code, &digits(rng, most));
    };
    if first && !large {
        number(made, 23, rng);
    }
    if tokens {
        // In an ACCEPT no side is left open (X.225 8.3.4).
        let sides = if connect { 3 } else { 2 };
        let octet = (0..4).fold(0, |octet, _| octet << 2 | rng.below(sides) as u8);
        made.put(5, 26, &[octet]);
    }
    if second && !large {
        number(made, 55, rng);
    }
    if large {
        made.put(5, 56, &[rng.next_u64() as u8]);
        if first {
            number(made, 57, rng);
        }
        if second {
            number(made, 58, rng);
        }
    }
    if !connect && has.next() {
        made.put(0, 16, &[rng.next_u64() as u8]);
    }
    if has.next() {
        let units = FunctionalUnits::from_bits_truncate(rng.next_u64() as u16);
        made.put(0, 20, &units.bits().to_be_bytes());
    }
    for code in [51, 52] {
        if has.next() {
            let size = 1 + rng.below(16);
            made.put(0, code, &octets(rng, size));
        }
    }
    if connect && has.next() {
        let extended = made.has(Some(5), 22) && versions == 2;
        match (extended, rng.below(4)) {
            (true, 0) => {
                made.put(0, 60, &[1]);
                made.user_data = octets(rng, 10_240);
            }
            (true, 1) => {
                let size = 513 + rng.below(10_240 - 513);
                made.user_data = octets(rng, size);
            }
            _ => {
                let size = length(rng, 512);
                made.user_data = octets(rng, size);
            }
        }
    }
}

fn refuse(made: &mut Generated, has: &mut Choices, rng: &mut Rng) {
    references(made, 1, &[9, 11, 12], has, rng);
    let [released, requirements, versions, reason, with_data] = std::array::from_fn(|_| has.next());
    let code = if with_data { refuse_reason::USER_DATA } else { *rng.pick(&[0, 1, 2, 129, 130, 131]) };
    if released {
        made.put(0, 17, &[rng.below(2) as u8]);
    }
    // Session User Requirements go with reason 2 (X.225 8.3.5).
    if requirements && reason && code == refuse_reason::USER_DATA {
        made.put(0, 20, &[0, rng.next_u64() as u8]);
    }
    if versions {
        made.put(0, 22, &[made.context.version.bits()]);
    }
    if reason {
        made.put(0, 50, &[code]);
        if with_data {
            let most = if made.context.version == Versions::V1 { 512 } else { ROOM };
            let size = length(rng, most);
            made.user_data = octets(rng, size);
        }
    }
}

fn abort(made: &mut Generated, has: &mut Choices, rng: &mut Rng) {
    let mut bits = TransportDisconnect::empty();
    bits.set(TransportDisconnect::RELEASE, has.next());
    let (user, more) = (has.next(), has.next());
    match (user, more) {
        (true, _) => bits |= TransportDisconnect::USER_ABORT,
        (false, true) => bits |= TransportDisconnect::PROTOCOL_ERROR,
        (false, false) => bits |= TransportDisconnect::NO_REASON,
    }
    made.put(0, 17, &[bits.bits()]);
    if user && more {
        let most = if made.context.version == Versions::V1 { 9 } else { ROOM };
        let size = length(rng, most);
        made.user_data = octets(rng, size);
    } else if more && has.next() {
        let size = 1 + rng.below(9);
        made.put(0, 49, &octets(rng, size));
    }
}

fn resynchronize(made: &mut Generated, has: &mut Choices, rng: &mut Rng) {
    let symmetric = made.context.symmetric;
    let most = usize::from(made.context.upper_limit);
    if has.next() {
        let sides = if made.kind == Kind::RA { 2 } else { 3 };
        let octet = (0..4).fold(0, |octet, _| octet << 2 | rng.below(sides) as u8);
        made.put(0, 26, &[octet]);
    }
    // Symmetric: one flow or both. Otherwise the one number there is; the type in a request only (X.225 8.3.24, 8.3.25).
    let (first, second) = match (symmetric, has.next()) {
        (false, _) => (true, false),
        (true, false) => {
            let first = rng.one_in(2);
            (first, !first)
        }
        (true, true) => (true, true),
    };
    let typed = symmetric || made.kind == Kind::RS;
    for (there, type_code, number_code) in [(first, 27, 42), (second, 53, 54)] {
        if there {
            if typed {
                made.put(0, type_code, &[rng.below(3) as u8]);
            }
            made.put(0, number_code, &digits(rng, most));
        }
    }
}

fn resume(made: &mut Generated, has: &mut Choices, rng: &mut Rng) {
    let most = usize::from(made.context.upper_limit);
    references(made, 33, &[9, 10, 11, 12], has, rng);
    let (old, new) = (1 + rng.below(6), 1 + rng.below(6));
    made.put(33, 41, &octets(rng, old));
    made.put(33, 42, &digits(rng, most));
    if made.context.symmetric {
        made.put(33, 54, &digits(rng, most));
    }
    made.put(0, 41, &octets(rng, new));
}
