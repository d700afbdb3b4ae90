//! What deployed stacks do wrong or unusually, row by row: met by default, said by name, and refused with `strict` where a
//! standard forbids it. The rows are those of `docs/tolerance.md`, which a test compares.
use osisession::proto::x225::spdu::{self, DecodeContext};
use osisession::*;
use osisession_testkit::tsv;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// What happens, one after the other. Octets are hexadecimal; `{41*9}` is nine times 41.
enum Step {
    /// The peer answers our CR as it should; with another destination reference than ours, if this is not 0.
    Cc(u16),
    /// The peer sends a TPDU.
    Tpdu(&'static str),
    /// The peer sends a TSDU.
    Tsdu(&'static str),
    /// The peer closes the network connection.
    Close,
    /// Our user acts.
    User(fn(&Session) -> Result<()>),
}

/// What our side proposes where it calls.
#[derive(Clone, Copy)]
enum Ask {
    Duplex,
    /// Half-duplex, minor synchronize, resynchronize, from point 1 on; the tokens are with this side.
    Synchronized(TokenSide),
    /// A maximum TSDU size in both directions.
    Sized,
}

/// Who says that it is well.
enum By {
    /// Nobody needs to: it conforms.
    Standard,
    /// A leniency of the session protocol, in [`Properties::leniencies`].
    Session(Leniency),
    /// A leniency of the transport, in [`Session::forgiven`], which says this.
    Transport(&'static str),
}

/// What comes of it with `strict`.
enum Strict {
    /// The same: no standard forbids it.
    Same,
    /// The events, and the error in the last of them: what it says, where, by which clause.
    Refused(&'static [&'static str], &'static str, Option<usize>, &'static str),
}

struct Row {
    /// As in the document.
    name: &'static str,
    ask: Ask,
    steps: &'static [Step],
    /// The events of our user.
    events: &'static [&'static str],
    by: By,
    strict: Strict,
}

use Ask::*;
use Step::*;

const CR: Step = Tpdu("06e00000000100");
const CN: Step = Tsdu("0d0c050613010016010214020002");
const AC: Step = Tsdu("0e0c050613010016010214020002");
const AC_1: Step = Tsdu("0e0c050613010016010114020002");
const AC_OURS: Step = Tsdu("0e12050c1301001601021701311a010014020029");
const AC_THEIRS: Step = Tsdu("0e12050c1301001601021701311a010514020029");
const AC_SIZED: Step = Tsdu("0e12050c130100150403e803e816010214020002");
const ACCEPT: Step = User(|session| session.connect_response(ConnectResponse::default()));
const RELEASE: Step = User(|session| session.release_request(Bytes::new()));
const RELEASE_RESPONSE: Step = User(|session| session.release_response(Bytes::new()));

const INDICATION: &str = "S-CONNECT indication";
const CONFIRM: &str = "S-CONNECT confirm (accept)";
const REJECTED: &str = "S-CONNECT confirm (reject)";
const DATA: &str = "S-DATA indication";
const P_ABORT: &str = "S-P-ABORT indication";
const U_ABORT: &str = "S-U-ABORT indication";
const RELEASED: &str = "S-RELEASE confirm (affirmative)";
const RELEASING: &str = "S-RELEASE indication";

fn rows() -> Vec<Row> {
    use By::{Session as Said, Standard, Transport as Below};
    use Strict::{Refused, Same};
    let row = |name, ask, steps, events, by, strict| Row { name, ask, steps, events, by, strict };
    let theirs = Synchronized(TokenSide::Acceptor);
    let ours = Synchronized(TokenSide::Requestor);
    vec![
        // Data.
        row(
            "DATA TRANSFER without GIVE TOKENS",
            Duplex,
            &[Cc(0), AC, Tsdu("01004142")],
            &[CONFIRM, DATA],
            Said(Leniency::BARE_DATA),
            Refused(&[CONFIRM, P_ABORT], "SPDU Identifier 65 is not assigned", Some(2), "X.225 8.2.4"),
        ),
        row(
            "Enclosure Item where none is needed",
            Duplex,
            &[Cc(0), AC, Tsdu("0100010319010341")],
            &[CONFIRM, DATA],
            Said(Leniency::ENCLOSURE_SINGLE),
            Refused(&[CONFIRM, P_ABORT], "Enclosure", Some(4), "X.225 8.3.11"),
        ),
        row(
            "No Enclosure Item where one is needed",
            Sized,
            &[Cc(0), AC_SIZED, Tsdu("0100010041")],
            &[CONFIRM, DATA],
            Said(Leniency::ENCLOSURE_MISSING),
            Refused(&[CONFIRM, P_ABORT], "Enclosure", Some(2), "X.225 8.3.11"),
        ),
        // CONNECT and ACCEPT.
        row(
            "ACCEPT without Session User Requirements",
            Duplex,
            &[Cc(0), Tsdu("0e080506130100160102")],
            &[CONFIRM],
            Said(Leniency::ABSENT_REQUIREMENTS),
            Refused(&[P_ABORT], "one of half-duplex and duplex is needed", Some(0), "X.225 7.4.3"),
        ),
        row(
            "ACCEPT with Session User Requirements 0",
            Duplex,
            &[Cc(0), Tsdu("0e0c050613010016010214020000")],
            &[CONFIRM],
            Said(Leniency::ABSENT_REQUIREMENTS),
            Refused(&[P_ABORT], "one of half-duplex and duplex is needed", Some(0), "X.225 7.4.3"),
        ),
        row(
            "ACCEPT whose length is one too large",
            Duplex,
            &[Cc(0), Tsdu("0e0d050613010016010214020002"), Tsdu("0100010041")],
            &[CONFIRM, DATA],
            Said(Leniency::ACCEPT_LENGTH),
            Refused(&[P_ABORT], "the SPDU is longer than the TSDU", Some(1), "X.225 8.2.5"),
        ),
        row(
            "ACCEPT whose User Data has length 0 with the data behind it",
            Duplex,
            &[Cc(0), Tsdu("0e0f050613010016010214020002c1004142434445")],
            &[CONFIRM],
            Said(Leniency::ACCEPT_LENGTH),
            Refused(&[P_ABORT], "length indicator", Some(17), "X.225 8.2.5"),
        ),
        row(
            "Connection Identifier in CONNECT",
            Duplex,
            &[CR, Tsdu("0d1301050a03616263050613010016010214020002"), ACCEPT],
            &[INDICATION],
            Standard,
            Same,
        ),
        row(
            "Unknown parameters",
            Duplex,
            &[CR, Tsdu("0d0f05061301001601021402000263 01aa"), ACCEPT],
            &[INDICATION],
            Standard,
            Same,
        ),
        row(
            "Parameters of other SPDUs",
            Duplex,
            &[Cc(0), AC, RELEASE, Tsdu("0a03110101")],
            &[CONFIRM, RELEASED],
            Said(Leniency::MISPLACED_PARAMETER),
            Refused(&[CONFIRM, P_ABORT], "DN has no such parameter", Some(2), "X.225 8.2.6"),
        ),
        row(
            "Parameters out of order",
            Duplex,
            &[Cc(0), Tsdu("0e0c140200020506130100160102")],
            &[CONFIRM],
            Said(Leniency::ORDER),
            Refused(&[P_ABORT], "parameters are not in ascending order", Some(6), "X.225 8.2.6"),
        ),
        row(
            "A parameter twice",
            Duplex,
            &[Cc(0), Tsdu("0e1005061301001601021402000214020001")],
            &[CONFIRM],
            Said(Leniency::DUPLICATE),
            Refused(&[P_ABORT], "the parameter is there twice", Some(14), "X.225 8.2.6"),
        ),
        row(
            "Lengths of 255 and more",
            Duplex,
            &[CR, Tsdu("0dff013c050613010016010214020002c1ff012c{41*300}"), ACCEPT],
            &[INDICATION],
            Standard,
            Same,
        ),
        row(
            "Versions 1 and 2 offered",
            Duplex,
            &[CR, Tsdu("0d0c050613010016010314020002"), ACCEPT],
            &[INDICATION],
            Standard,
            Same,
        ),
        row(
            "Versions 1 and 2 in ACCEPT",
            Duplex,
            &[Cc(0), Tsdu("0e0c050613010016010314020002")],
            &[CONFIRM],
            Standard,
            Same,
        ),
        row(
            "Token Item in ACCEPT",
            ours,
            &[Cc(0), Tsdu("0e15050c1301001601021701311a010010010114020029")],
            &[CONFIRM, "S-TOKEN-PLEASE indication"],
            Standard,
            Same,
        ),
        row(
            "A second CONNECT in the data phase",
            Duplex,
            &[Cc(0), AC, CN],
            &[CONFIRM, P_ABORT],
            Standard,
            Refused(&[CONFIRM, P_ABORT], "CN, which is not allowed in STA713", None, "X.225 A.4.1.2"),
        ),
        // REFUSE, FINISH, DISCONNECT, ABORT.
        row(
            "REFUSE with wrong lengths",
            Duplex,
            &[Cc(0), Tsdu("0c07110101320902aa")],
            &[REJECTED],
            Said(Leniency::REFUSE_LENGTHS),
            Refused(&[P_ABORT], "the parameter is longer than what encloses it", Some(6), "X.225 8.2.5"),
        ),
        row(
            "Session User Requirements in any REFUSE",
            Duplex,
            &[Cc(0), Tsdu("0c0714020002320101")],
            &[REJECTED],
            Said(Leniency::REFUSE_REQUIREMENTS),
            Refused(&[P_ABORT], "reason", Some(2), "X.225 8.3.5"),
        ),
        row(
            "DISCONNECT without user data",
            Duplex,
            &[Cc(0), AC, RELEASE, Tsdu("0a00"), Close],
            &[CONFIRM, RELEASED],
            Standard,
            Same,
        ),
        row(
            "FINISH answered by closing the connection",
            Duplex,
            &[Cc(0), AC, RELEASE, Close],
            &[CONFIRM, RELEASED],
            Said(Leniency::RELEASE_BY_CLOSE),
            Refused(&[CONFIRM, P_ABORT], "connection closed by the odd peer", None, ""),
        ),
        row(
            "Too much user data in FINISH",
            Duplex,
            &[Cc(0), AC_1, Tsdu("09ff0205c1ff0201{41*513}")],
            &[CONFIRM, RELEASING],
            Said(Leniency::RELEASE_DATA),
            Refused(&[CONFIRM, P_ABORT], "too much user data", Some(0), "X.225 A.4.3.1.2"),
        ),
        row(
            "DISCONNECT too early when releases collide",
            Duplex,
            &[Cc(0), AC, RELEASE, Tsdu("0900"), Tsdu("0a00"), RELEASE_RESPONSE],
            &[CONFIRM, RELEASING, RELEASED],
            Said(Leniency::EARLY_DISCONNECT),
            Refused(
                &[CONFIRM, RELEASING, P_ABORT],
                "DN, which is not allowed in STA09",
                None,
                "X.225 A.4.1.2",
            ),
        ),
        row(
            "Several reasons in ABORT",
            Duplex,
            &[Cc(0), AC, Tsdu("190311010b")],
            &[CONFIRM, U_ABORT],
            Standard,
            Same,
        ),
        row(
            "ABORT without Transport Disconnect",
            Duplex,
            &[Cc(0), AC, Tsdu("1900")],
            &[CONFIRM, P_ABORT],
            Said(Leniency::ABORT_WITHOUT_REASON),
            Refused(&[CONFIRM, P_ABORT], "Transport Disconnect is missing", Some(0), "X.225 7.9"),
        ),
        row(
            "User data in any ABORT",
            Duplex,
            &[Cc(0), AC, Tsdu("1906110101c10141")],
            &[CONFIRM, P_ABORT],
            Said(Leniency::ABORT_DATA),
            Refused(
                &[CONFIRM, P_ABORT],
                "user data in an ABORT that is not a user abort",
                Some(0),
                "X.225 7.9",
            ),
        ),
        row(
            "The connection closed without release",
            Duplex,
            &[Cc(0), AC, Close],
            &[CONFIRM, P_ABORT],
            Standard,
            Refused(&[CONFIRM, P_ABORT], "connection closed by the odd peer", None, ""),
        ),
        // Synchronization.
        row(
            "A category 2 SPDU without its prefix",
            theirs,
            &[Cc(0), AC_THEIRS, Tsdu("31032a0131")],
            &[CONFIRM, "S-SYNC-MINOR indication"],
            Said(Leniency::MISSING_PREFIX),
            Refused(&[CONFIRM, P_ABORT], "MIP", Some(0), "X.225 6.3.7"),
        ),
        row(
            "GIVE TOKENS and PLEASE TOKENS mixed up",
            theirs,
            &[Cc(0), AC_THEIRS, Tsdu("020031032a0131")],
            &[CONFIRM, "S-SYNC-MINOR indication"],
            Said(Leniency::WRONG_PREFIX),
            Refused(&[CONFIRM, P_ABORT], "do not go together in one TSDU", Some(2), "X.225 Tables 7, 8"),
        ),
        row(
            "Extended concatenation that was not agreed",
            theirs,
            &[Cc(0), AC_THEIRS, Tsdu("010031032a0131010064617461")],
            &[CONFIRM, DATA, "S-SYNC-MINOR indication"],
            Said(Leniency::EXTENDED_NOT_AGREED),
            Refused(&[CONFIRM, P_ABORT], "extended concatenation was not agreed", Some(2), "X.225 6.3.7"),
        ),
        row(
            "Resync Type in RESYNCHRONIZE ACK",
            ours,
            &[Cc(0), AC_OURS, User(set_to_5), Tsdu("020022091a01001b01002a0135")],
            &[CONFIRM, "S-RESYNCHRONIZE confirm"],
            Said(Leniency::RESYNC_TYPE_IN_ACK),
            Refused(&[CONFIRM, P_ABORT], "Resync Type", Some(7), "X.225 8.3.25"),
        ),
        row(
            "RESYNCHRONIZE without Token Setting Item",
            theirs,
            &[Cc(0), AC_THEIRS, Tsdu("010035061b01002a0131")],
            &[CONFIRM, "S-RESYNCHRONIZE indication"],
            Said(Leniency::TOKEN_SETTING_MISSING),
            Refused(&[CONFIRM, P_ABORT], "Token Setting Item", Some(2), "X.225 8.3"),
        ),
        row(
            "An abandon confirmed with a low serial number",
            ours,
            &[Cc(0), AC_OURS, User(point), User(abandon), Tsdu("020022061a01002a0131")],
            &[CONFIRM, "S-RESYNCHRONIZE confirm"],
            Said(Leniency::ABANDON_NUMBER),
            Refused(&[CONFIRM, P_ABORT], "RA", None, "X.225 A.4.1.2"),
        ),
        // Transport.
        row(
            "TPDU size 8192 in class 0",
            Duplex,
            &[Tpdu("09e00000000100c0010d"), CN, ACCEPT],
            &[INDICATION],
            Standard,
            Same,
        ),
        row(
            "T-selectors of 0 to 32 octets",
            Duplex,
            &[Tpdu("2ae00000000100c100c220{41*32}"), CN, ACCEPT],
            &[INDICATION],
            Standard,
            Same,
        ),
        row(
            "T-selectors of more than 32 octets",
            Duplex,
            &[Tpdu("29e00000000100c121{41*33}"), CN, ACCEPT],
            &[INDICATION],
            Below("T-selector"),
            Refused(&[], "T-selector", Some(7), "X.224"),
        ),
        row(
            "CC with a wrong destination reference",
            Duplex,
            &[Cc(0x5555), AC],
            &[CONFIRM],
            Below("destination reference"),
            Refused(&[P_ABORT], "destination reference", Some(2), "X.224"),
        ),
    ]
}

fn set_to_5(session: &Session) -> Result<()> {
    let first = Resync { kind: ResyncType::Set, serial_number: Some(5) };
    session.resynchronize_request(Resynchronize { first: Some(first), ..Resynchronize::default() })
}

fn abandon(session: &Session) -> Result<()> {
    let first = Resync { kind: ResyncType::Abandon, serial_number: None };
    session.resynchronize_request(Resynchronize { first: Some(first), ..Resynchronize::default() })
}

fn point(session: &Session) -> Result<()> {
    session.sync_minor_request(true, false, Bytes::new()).map(drop)
}

fn request(ask: Ask) -> ConnectRequest {
    let mut request = ConnectRequest::default();
    match ask {
        Duplex => {}
        Synchronized(side) => {
            request.functional_units =
                FunctionalUnits::HALF_DUPLEX | FunctionalUnits::MINOR_SYNC | FunctionalUnits::RESYNCHRONIZE;
            request.initial_serial_number = Some(1);
            request.extended_concatenation = false;
            request.tokens =
                TokenAssignment { data: side, synchronize_minor: side, major_activity: side, release: side };
        }
        Sized => {
            request.tsdu_maximum_size =
                TsduSizes { initiator_to_responder: 1000, responder_to_initiator: 1000 };
        }
    }
    request
}

/// What came of a row.
struct Outcome {
    events: Vec<&'static str>,
    seen: Vec<Event>,
    /// The last of them that there was.
    error: Option<Error>,
    leniencies: Leniency,
    forgiven: Vec<Error>,
    /// What our side sent.
    sent: Vec<u8>,
}

fn act(row: &Row, strict: bool) -> Outcome {
    /// Tests run side by side, and a name in memory is one listener's.
    static ACTS: AtomicU32 = AtomicU32::new(0);
    let name = format!("memory:tolerance-{}", ACTS.fetch_add(1, Ordering::Relaxed));
    let endpoint = Endpoint::new(EndpointConfig::default()).expect("an endpoint");
    let mut config = SessionConfig::default();
    config.strict = strict;
    let mut listening = ListenerConfig::default();
    listening.session = config.clone();
    let listener = endpoint.listen(&name, listening).expect("a listener");
    let calling = matches!(row.steps.first(), Some(Cc(_)));
    let (mut session, stream) = if calling {
        let (session, stream) =
            endpoint.connect_over_stream("the odd peer", request(row.ask), config).expect("an attempt");
        (Some(session), stream)
    } else {
        (None, listener.accept_stream("the odd peer").expect("admitted"))
    };
    let mut stream = Some(stream);
    let mut sent = Vec::new();
    let drive = |stream: &Option<OctetStream>, sent: &mut Vec<u8>| {
        for _ in 0..4 {
            endpoint.dispatch(Some(Duration::ZERO)).expect("driven");
            let mut buffer = vec![0; 4096];
            while let Some(count @ 1..) = stream.as_ref().and_then(|stream| stream.drain(&mut buffer).ok()) {
                sent.extend_from_slice(&buffer[..count]);
            }
        }
    };
    drive(&stream, &mut sent);
    for step in row.steps {
        let feed = |tpdu: &[u8]| {
            let length = u16::try_from(4 + tpdu.len()).expect("short").to_be_bytes();
            let packet = [&[3, 0], &length[..], tpdu].concat();
            if let Some(stream) = &stream {
                // A session that is over takes nothing more.
                let _ = stream.feed(&packet);
            }
        };
        match step {
            Cc(other) => {
                let reference = u16::from_be_bytes([sent[8], sent[9]]) ^ other;
                let [high, low] = reference.to_be_bytes();
                feed(&[6, 0xd0, high, low, 0, 1, 0]);
            }
            Tpdu(tpdu) => feed(&octets(tpdu)),
            Tsdu(tsdu) => feed(&[&[2, 0xf0, 0x80], &octets(tsdu)[..]].concat()),
            Close => stream = None,
            User(does) => {
                session = session.or_else(|| listener.try_accept());
                if let Some(session) = session.as_ref().filter(|session| !session.is_over()) {
                    does(session).unwrap_or_else(|error| panic!("{}: {error}", row.name));
                }
            }
        }
        drive(&stream, &mut sent);
    }
    session = session.or_else(|| listener.try_accept());
    let mut outcome = Outcome {
        events: Vec::new(),
        seen: Vec::new(),
        error: None,
        leniencies: Leniency::empty(),
        forgiven: Vec::new(),
        sent,
    };
    if let Some(session) = &session {
        outcome.leniencies = session.properties().leniencies;
        outcome.forgiven = session.forgiven();
        while let Some(event) = session.try_next_event() {
            outcome.events.push(event.name());
            match &event {
                Event::PAbortIndication(_, error) => outcome.error = error.clone(),
                Event::ConnectConfirmNegative(rejection) => outcome.error = rejection.error.clone(),
                _ => {}
            }
            outcome.seen.push(event);
        }
    } else if let Some(refusal) = endpoint.next_refusal() {
        outcome.error = Some(refusal.error);
    }
    outcome
}

fn octets(hex: &str) -> Vec<u8> {
    tsv::octets(&hex.replace(' ', ""))
}

/// Every TSDU that we sent is read without any leniency.
fn conforms(name: &str, mut sent: &[u8]) {
    let context = DecodeContext { leniency: Leniency::STRICT, ..DecodeContext::unknown() };
    let mut tsdu = Vec::new();
    while let [3, 0, high, low, ..] = *sent {
        let length = usize::from(u16::from_be_bytes([high, low]));
        let (packet, rest) = sent.split_at(length);
        sent = rest;
        if packet[5] == 0xf0 {
            tsdu.extend_from_slice(&packet[7..]);
            if packet[6] == 0x80 {
                let ours = std::mem::take(&mut tsdu);
                if let Err(error) = spdu::decode(&ours, &context) {
                    panic!("{name}: we sent {ours:02x?}: {error}");
                }
            }
        }
    }
    assert!(sent.is_empty() && tsdu.is_empty(), "{name}: something is cut off");
}

/// All that is wrong with the rows, so that one run shows it all.
fn each(strict: bool, check: impl Fn(&Row, &Outcome) -> std::result::Result<(), String>) {
    let mut wrong = Vec::new();
    for row in rows() {
        let outcome = act(&row, strict);
        if let Err(text) = check(&row, &outcome) {
            let Outcome { events, error, leniencies, forgiven, .. } = outcome;
            let error = error.map(|error| error.to_string()).unwrap_or_default();
            wrong.push(format!(
                "{}: {text}\n    {events:?}, {leniencies:?}, forgiven {forgiven:?}\n    {error}",
                row.name
            ));
        }
        conforms(row.name, &outcome.sent);
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn is(what: bool, text: &str) -> std::result::Result<(), String> {
    if what { Ok(()) } else { Err(text.to_owned()) }
}

#[test]
fn odd_peers_are_met_and_it_is_said_how() {
    each(false, |row, outcome| {
        is(outcome.events == row.events, "other events")?;
        let (session, transport) = match row.by {
            By::Standard => (Leniency::empty(), None),
            By::Session(leniency) => (leniency, None),
            By::Transport(text) => (Leniency::empty(), Some(text)),
        };
        is(outcome.leniencies == session, "another leniency")?;
        is(outcome.forgiven.len() == usize::from(transport.is_some()), "forgiven below")?;
        is(outcome.forgiven.iter().all(|f| f.to_string().contains(transport.unwrap_or_default())), "forgiven")
    });
}

#[test]
fn strict_refuses_what_a_standard_forbids_and_says_why() {
    each(true, |row, outcome| {
        is(outcome.leniencies.is_empty() && outcome.forgiven.is_empty(), "something was forgiven")?;
        match row.strict {
            Strict::Same => {
                is(matches!(row.by, By::Standard), "forgiven, and yet the same")?;
                is(outcome.events == row.events, "other events")
            }
            Strict::Refused(events, text, offset, clause) => {
                is(outcome.events == events, "other events")?;
                let error = outcome.error.as_ref().ok_or("no error")?;
                is(error.to_string().contains(text), "another text")?;
                is(error.details().offset == offset, &format!("offset {:?}", error.details().offset))?;
                let cited = error.details().clause.as_deref().unwrap_or_default();
                is(cited.starts_with(clause), &format!("clause {cited}"))
            }
        }
    });
}

#[test]
fn nothing_is_lost_by_being_tolerant() {
    let rows = rows();
    let seen = |name: &str| {
        let row = rows.iter().find(|row| row.name == name).expect(name);
        act(row, false).seen
    };
    let octets = |name: &str| seen(name).last().expect("an event").user_data().to_vec();
    assert_eq!(octets("DATA TRANSFER without GIVE TOKENS"), b"AB");
    assert_eq!(octets("Enclosure Item where none is needed"), b"A");
    assert_eq!(octets("ACCEPT whose length is one too large"), b"A");
    assert_eq!(octets("ACCEPT whose User Data has length 0 with the data behind it"), b"ABCDE");
    assert_eq!(octets("Lengths of 255 and more"), [b'A'; 300]);
    assert_eq!(octets("Too much user data in FINISH"), [b'A'; 513]);
    assert_eq!(octets("User data in any ABORT"), b"");
    match &seen("Connection Identifier in CONNECT")[..] {
        [Event::ConnectIndication(it)] => assert_eq!(&it.connection_identifier.ss_user_reference[..], b"abc"),
        other => panic!("{other:?}"),
    }
    match &seen("Versions 1 and 2 offered")[..] {
        [Event::ConnectIndication(it)] => assert_eq!(it.version, Versions::V2),
        other => panic!("{other:?}"),
    }
    for name in ["ACCEPT without Session User Requirements", "A parameter twice", "Parameters out of order"] {
        match &seen(name)[..] {
            [Event::ConnectConfirm(it)] => assert_eq!(it.functional_units, FunctionalUnits::DUPLEX, "{name}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn every_leniency_has_its_row() {
    let covered = rows().iter().fold(Leniency::empty(), |all, row| match row.by {
        By::Session(leniency) => all | leniency,
        _ => all,
    });
    let missing: Vec<_> = (Leniency::TOLERANT - covered).iter_names().map(|(name, _)| name).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_document_has_these_rows() {
    let document = include_str!("../../../docs/tolerance.md");
    let mut documented: Vec<&str> = Vec::new();
    for line in document.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| the peer")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let rows = rows();
        let row = rows
            .iter()
            .find(|row| row.name == cells[0])
            .unwrap_or_else(|| panic!("no test of {:?}", cells[0]));
        let named = match row.by {
            By::Standard => "conforms".to_owned(),
            By::Session(leniency) => leniency.iter_names().map(|(name, _)| format!("`{name}`")).collect(),
            By::Transport(_) => "`forgiven`".to_owned(),
        };
        assert_eq!(cells[2], named, "{}", row.name);
        documented.push(row.name);
    }
    let here: Vec<&str> = rows().iter().map(|row| row.name).collect();
    assert_eq!(documented, here);
}
