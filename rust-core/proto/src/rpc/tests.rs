//! The tables cell by cell, and the formats octet by octet.
use super::engine::Why;
use super::message::code;
use super::table::{Answer, AnswerAction, AnswerEvent, Call, CallAction, CallEvent};
use super::turn::{Turn, TurnAction, TurnEvent};
use super::*;
use crate::ErrorKind;
use bytes::Bytes;

#[test]
fn own_requests_cell_by_cell() {
    use CallAction as Do;
    use CallEvent as On;
    let events = [
        On::Left,
        On::Answer,
        On::Cancel,
        On::Deadline,
        On::Lost,
        On::Attached { remembers: true },
        On::Attached { remembers: false },
        On::GivenUp,
    ];
    let (late, off) = (Why::Deadline, Why::Cancelled);
    let unsure = Do::Become(Call::Unsure);
    let queued = Do::Become(Call::Queued);
    let x = Do::Impossible;
    let cells = [
        (
            Call::Queued,
            [
                Do::Send,
                Do::Violation,
                Do::NotDone(off),
                Do::NotDone(late),
                queued,
                queued,
                queued,
                Do::NotDone(Why::Unreachable),
            ],
        ),
        (Call::Sent, [x, Do::Answered, Do::Withdraw, Do::UnknownWithdraw(late), unsure, x, x, x]),
        (
            Call::Cancelling,
            [x, Do::Answered, Do::Become(Call::Cancelling), Do::Unknown(late), Do::Unknown(off), x, x, x],
        ),
        (
            Call::Unsure,
            [
                x,
                x,
                Do::Unknown(off),
                Do::Unknown(late),
                unsure,
                Do::Repeat,
                Do::Unknown(Why::PeerForgot),
                Do::Unknown(Why::Unreachable),
            ],
        ),
        (Call::Again, [Do::Send, Do::Answered, Do::Unknown(off), Do::Unknown(late), unsure, x, x, x]),
    ];
    assert_eq!(cells.map(|(state, _)| state), Call::ALL);
    for (state, row) in cells {
        for (event, expected) in events.into_iter().zip(row) {
            assert_eq!(state.on(event, Retry::AtMostOnce), expected, "{state:?} {event:?}");
            let repeated = state == Call::Unsure && event == On::Attached { remembers: false };
            let expected = if repeated { Do::Repeat } else { expected };
            assert_eq!(state.on(event, Retry::Idempotent), expected, "{state:?} {event:?}, idempotent");
        }
    }
}

#[test]
fn requests_of_the_peer_cell_by_cell() {
    use AnswerAction as Do;
    use AnswerEvent as On;
    let events = [On::Request, On::Cancel, On::Finish, On::Overdue, On::Settled];
    let x = Do::Impossible;
    let old = Do::Refuse(code::FORGOTTEN);
    let cells = [
        (Answer::New, [Do::Begin, Do::Nothing, Do::Refused, x, x]),
        (Answer::Executing, [Do::Nothing, Do::TellCancelled, Do::Store, Do::StoreOverdue, Do::Abandon]),
        (Answer::Unwanted, [old, Do::Nothing, Do::Drop, Do::Drop, Do::Nothing]),
        (Answer::Done, [Do::Resend, Do::Nothing, Do::Refused, x, Do::Drop]),
        (Answer::Interrupted, [Do::Refuse(code::INTERRUPTED), Do::Nothing, Do::Refused, x, Do::Drop]),
        (Answer::Forgotten, [old, Do::Nothing, Do::Refused, x, x]),
    ];
    assert_eq!(cells.map(|(state, _)| state), Answer::ALL);
    for (state, row) in cells {
        for (event, expected) in events.into_iter().zip(row) {
            assert_eq!(state.on(event), expected, "{state:?} {event:?}");
        }
    }
}

#[test]
fn turns_cell_by_cell() {
    use TurnAction as Do;
    use TurnEvent as On;
    let events = [On::Ready, On::Said, On::Enough, On::Given, On::Please];
    let x = Do::Impossible;
    let stay = |turn| Do::Become(turn);
    let cells = [
        (Turn::Nobody, [stay(Turn::Nobody), stay(Turn::Nobody), stay(Turn::Nobody), x, x]),
        (Turn::Both, [Do::Speak, stay(Turn::Both), stay(Turn::Both), x, x]),
        (Turn::Here, [Do::Speak, Do::Give, stay(Turn::Here), x, stay(Turn::Wanted)]),
        (Turn::Wanted, [Do::Speak, Do::Give, Do::Give, x, stay(Turn::Wanted)]),
        (Turn::There, [Do::Ask, stay(Turn::There), stay(Turn::There), stay(Turn::Here), stay(Turn::There)]),
        (
            Turn::Asked,
            [stay(Turn::Asked), stay(Turn::Asked), stay(Turn::Asked), stay(Turn::Here), stay(Turn::Asked)],
        ),
    ];
    assert_eq!(cells.map(|(state, _)| state), Turn::ALL);
    for (state, row) in cells {
        for (event, expected) in events.into_iter().zip(row) {
            assert_eq!(state.on(event), expected, "{state:?} {event:?}");
        }
    }
}

#[test]
fn a_header_is_twelve_octets() {
    let flags = Flags::REPEATED | Flags::IDEMPOTENT;
    let header = Header { kind: Kind::Request, flags, code: 0, id: 0x0102_0304_0506_0708 };
    let message = header.encode(b"data");
    assert_eq!(message[..], *b"\x01\x03\x00\x00\x01\x02\x03\x04\x05\x06\x07\x08data");
    assert_eq!(Header::decode(&message).unwrap(), (header, Bytes::from_static(b"data")));
    let header = Header { kind: Kind::Error, flags: Flags::empty(), code: 0x0102, id: 1 };
    let message = header.encode(&[]);
    assert_eq!(message[..], *b"\x03\x00\x01\x02\x00\x00\x00\x00\x00\x00\x00\x01");
    assert_eq!(Header::decode(&message).unwrap(), (header, Bytes::new()));
}

#[test]
fn bad_headers_are_named() {
    let bad: [(&'static [u8], &str, usize); 8] = [
        (b"", "message", 0),
        (b"\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", "message", 11),
        (b"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01", "kind", 0),
        (b"\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01", "kind", 0),
        (b"\x01\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01", "flags", 1),
        (b"\x02\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01", "flags", 1),
        (b"\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01", "code", 2),
        (b"\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", "identifier", 4),
    ];
    for (octets, parameter, offset) in bad {
        let error = Header::decode(&Bytes::from_static(octets)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Peer);
        assert_eq!(error.details().parameter.as_deref(), Some(parameter), "{octets:?}");
        assert_eq!(error.details().offset, Some(offset), "{octets:?}");
    }
}

#[test]
fn a_question_is_no_answer() {
    let hello = Hello { association: *b"0123456789abcdef", resumed: true, low: 3, seen: 9 };
    let octets = hello.encode(true);
    assert_eq!(
        octets[..],
        *b"ORPC\x01\x01\x00\x000123456789abcdef\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x00\x00\x00\x00\x09"
    );
    assert_eq!(Hello::decode(&octets, true).unwrap(), hello);
    assert_eq!(Hello::decode(&hello.encode(false), false).unwrap(), hello);
    assert!(Hello::decode(&octets, false).is_err(), "an echo");
    for length in 0..octets.len() {
        assert!(Hello::decode(&octets[..length], true).is_err());
    }
    for (at, value) in [(0, b'o'), (4, 2), (5, 2), (6, 1), (7, 1), (31, 0)] {
        let mut wrong = octets.to_vec();
        wrong[at] = value;
        assert!(Hello::decode(&wrong, true).is_err(), "octet {at}");
    }
}

#[test]
fn records_come_back_and_others_do_not() {
    let data = Bytes::from_static(b"data");
    let records = [
        Record::Attached,
        Record::Asked { id: 1, retry: Retry::AtMostOnce, data: data.clone() },
        Record::Asked { id: 2, retry: Retry::Idempotent, data: Bytes::new() },
        Record::Settled(3),
        Record::Next(4),
        Record::Began(5),
        Record::Finished { id: 6, code: 300, data },
        Record::Floor(7),
    ];
    for record in records {
        let octets = record.encode();
        assert_eq!(Record::decode(&octets).unwrap(), record);
        for length in 0..octets.len().min(9) {
            assert!(Record::decode(&octets.slice(..length)).is_err(), "{record:?} cut to {length}");
        }
    }
    for octets in [
        &b"\x00\x00\x00\x00\x00\x00\x00\x00\x01"[..],
        b"\x08\x00\x00\x00\x00\x00\x00\x00\x01",
        b"\x02\x00\x00\x00\x00\x00\x00\x00\x01",
        b"\x02\x00\x00\x00\x00\x00\x00\x00\x01\x02",
        b"\x03\x00\x00\x00\x00\x00\x00\x00\x01\x00",
        b"\x06\x00\x00\x00\x00\x00\x00\x00\x01\x00",
        b"\x05\x00\x00\x00\x00\x00\x00\x00\x00",
        b"\x04\xff\xff\xff\xff\xff\xff\xff\xff",
    ] {
        assert!(Record::decode(&Bytes::copy_from_slice(octets)).is_err(), "{octets:?}");
    }
}
