//! SSDUs in pieces over sockets: more than any limit would let through as a whole.
use crate::support::*;
use osisession::*;

const PIECE: usize = 100_000;
const PIECES: usize = 320;

fn piece(number: usize) -> Vec<u8> {
    (0..PIECE).map(|at| (number * 31 + at) as u8).collect()
}

fn send(session: &Session) {
    for number in 0..PIECES {
        while let Err(error) = session.data_piece_request(piece(number), number + 1 == PIECES) {
            assert_eq!(error.kind(), ErrorKind::WouldBlock, "{error}");
            session.wait_writable(LONG).expect("room");
        }
    }
}

fn in_pieces() -> SessionConfig {
    let mut config = SessionConfig::default();
    config.pieces = true;
    config
}

/// Both ways at a time, through 1 MiB of limits: 32 MB in one SSDU.
#[test]
fn an_ssdu_that_nobody_holds() {
    let (caller, callee) = (started(), started());
    let mut listening = ListenerConfig::default();
    listening.session = in_pieces();
    let listener = callee.listen("127.0.0.1:0", listening).expect("a listener");
    let (initiator, responder) = connected_with(&caller, &listener, in_pieces());
    let receive = |session: &Session| {
        let (mut octets, mut events) = (0, 0);
        loop {
            match session.next_event(LONG).expect("an event") {
                Event::DataPiece { typed: false, octets: next, end } => {
                    for octet in &next {
                        let (number, at) = (octets / PIECE, octets % PIECE);
                        assert_eq!(*octet, (number * 31 + at) as u8, "octet {octets}");
                        octets += 1;
                    }
                    events += 1;
                    if end {
                        break;
                    }
                }
                other => panic!("{}", other.name()),
            }
        }
        assert_eq!(octets, PIECE * PIECES);
        assert!(events > PIECE * PIECES / 70_000, "{events}");
    };
    std::thread::scope(|scope| {
        for session in [&initiator, &responder] {
            scope.spawn(move || send(session));
            scope.spawn(move || receive(session));
        }
    });
    initiator.data_request("and after it").expect("sent");
    assert_eq!(data(&responder), "and after it");
}

/// A peer that takes SSDUs as a whole gets one.
#[test]
fn pieces_are_one_ssdu_to_others() {
    let (caller, callee) = (started(), started());
    let listener = listen(&callee);
    let (initiator, responder) = connected(&caller, &listener);
    for number in 0..9 {
        initiator.data_piece_request(piece(number), number == 8).expect("sent");
    }
    assert_eq!(data(&responder), (0..9).flat_map(piece).collect::<Vec<u8>>());
    // And those that send as a whole are read in pieces.
    let (caller, callee) = (started(), started());
    let mut listening = ListenerConfig::default();
    listening.session = in_pieces();
    let listener = callee.listen("127.0.0.1:0", listening).expect("a listener");
    let (initiator, responder) = connected(&caller, &listener);
    initiator.data_request(piece(0)).expect("sent");
    let mut got = Vec::new();
    while let Event::DataPiece { octets, end, .. } = responder.next_event(LONG).expect("a piece") {
        got.extend_from_slice(&octets);
        if end {
            break;
        }
    }
    assert_eq!(got, piece(0));
    initiator.data_request("short").expect("sent");
    assert_eq!(data(&responder), "short");
}

#[test]
fn a_sender_that_goes_in_the_middle() {
    let (caller, callee) = (started(), started());
    let mut listening = ListenerConfig::default();
    listening.session = in_pieces();
    let listener = callee.listen("127.0.0.1:0", listening).expect("a listener");
    let (initiator, responder) = connected(&caller, &listener);
    for number in 0..3 {
        initiator.data_piece_request(piece(number), false).expect("sent");
    }
    assert_eq!(initiator.data_request("other").expect_err("open").kind(), ErrorKind::Refused);
    initiator.close();
    let end = loop {
        match responder.next_event(LONG).expect("an event") {
            Event::DataPiece { end: false, .. } => {}
            other => break other,
        }
    };
    assert!(matches!(end, Event::PAbortIndication(..)), "{end:?}");
}
