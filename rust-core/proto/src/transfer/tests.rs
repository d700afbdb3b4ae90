//! Both tables cell by cell, and the records.
use super::pdu::Reference;
use super::record::Record;
use super::store::Store;
use super::table::{DoReceive as R, DoSend as D, Received, ReceiverState, Sent, Stage};
use bytes::Bytes;

/// What X.228 says about an APDU on its way, written down again by rows: Fresh, Open, Ending, Interrupting, Discarding, Suspended.
#[test]
fn sender_cell_by_cell() {
    use Stage::*;
    let stages = [Fresh, Open, Ending, Interrupting, Discarding, Suspended];
    let rows = [
        (Sent::Go, [D::Start, D::Advance, D::Nothing, D::Nothing, D::Nothing, D::Resume]),
        (Sent::Confirmed, [D::Violation, D::Note, D::Note, D::Nothing, D::Nothing, D::Violation]),
        (
            Sent::EndConfirmed,
            [D::Violation, D::Violation, D::Finish, D::Violation, D::Violation, D::Violation],
        ),
        (
            Sent::InterruptConfirmed,
            [D::Violation, D::Violation, D::Violation, D::Suspend, D::Violation, D::Violation],
        ),
        (
            Sent::DiscardConfirmed,
            [D::Violation, D::Violation, D::Violation, D::Violation, D::Discarded, D::Violation],
        ),
        (Sent::NotNow, [D::Nothing, D::Pause, D::Pause, D::Nothing, D::Nothing, D::Nothing]),
        (Sent::NotSo, [D::Nothing, D::Discard, D::Discard, D::Nothing, D::Nothing, D::Nothing]),
        (Sent::Lost, [D::Nothing, D::Suspend, D::Suspend, D::Suspend, D::Suspend, D::Nothing]),
        (
            Sent::Completed,
            [D::Nothing, D::FinishIfEnded, D::FinishIfEnded, D::FinishIfEnded, D::FinishIfEnded, D::Nothing],
        ),
        (Sent::Unrecognized, [D::Nothing, D::Renew, D::Renew, D::Renew, D::Renew, D::Renew]),
        (Sent::Cancel, [D::Withdraw, D::Discard, D::Discard, D::Mark, D::Mark, D::Mark]),
        (Sent::Yield, [D::Nothing, D::Interrupt, D::Nothing, D::Nothing, D::Nothing, D::Nothing]),
    ];
    for (input, expected) in rows {
        assert_eq!(stages.map(|stage| stage.on(input)), expected, "{input:?}");
    }
}

/// The same for an APDU of the peer's: Idle, Receiving, Repeating, Refusing.
#[test]
fn receiver_cell_by_cell() {
    use ReceiverState::*;
    let states = [Idle, Receiving, Repeating, Refusing];
    let no = R::Violation;
    let rows = [
        (Received::Start, [R::Begin, no, no, no]),
        (Received::ResumeComplete, [R::Repeat, no, no, no]),
        (Received::ResumeHere, [R::Continue, no, no, no]),
        (Received::ResumeUnknown, [R::Reject, no, no, no]),
        (Received::Data, [no, R::Collect, R::Nothing, R::Nothing]),
        (Received::Sync, [no, R::Secure, R::Confirm, R::Nothing]),
        (Received::End, [no, R::Complete, R::ConfirmEnd, R::Nothing]),
        (Received::Interrupt, [R::Keep, R::Keep, R::Keep, R::Keep]),
        (Received::Discard, [R::TooLate, R::Drop, R::TooLate, R::Drop]),
        (Received::Lost, [R::Nothing, R::Rest, R::Rest, R::Rest]),
        (Received::CannotStore, [R::Nothing, R::Report, R::Nothing, R::Nothing]),
    ];
    for (input, expected) in rows {
        assert_eq!(states.map(|state| state.on(input)), expected, "{input:?}");
    }
}

fn reference(name: &'static str) -> Reference {
    Reference {
        calling: Bytes::from_static(name.as_bytes()),
        common: Bytes::from_static(b"261123210000Z"),
        additional: Bytes::new(),
    }
}

fn all() -> Vec<Record> {
    let octets = Bytes::from_static;
    let on = || reference("a");
    vec![
        Record::Connected { number: 3, reference: reference("b") },
        Record::Queued { id: 1, priority: 4, data: octets(b"one") },
        Record::Started { id: 1, activity: 9, on: on() },
        Record::Confirmed { id: 1, serial: 2, offset: 2 },
        Record::Ended(1),
        Record::Renewed { id: 1, proven: false },
        Record::Renewed { id: 1, proven: true },
        Record::Cancelled(1),
        Record::Settled(1),
        Record::Numbered(70_000),
        Record::Began { key: 5, activity: octets(&[2, 1, 1]), on: on() },
        Record::Named { key: 5, activity: octets(&[2, 1, 2]), on: reference("b") },
        Record::Secured { key: 5, serial: 1, data: octets(b"first") },
        Record::Secured { key: 5, serial: 2, data: octets(b"second") },
        Record::CutBack { key: 5, serial: 1 },
        Record::Completed { key: 5, number: 1, data: octets(b"last") },
        Record::Taken(1),
        Record::Dropped(5),
        Record::Forgotten,
    ]
}

#[test]
fn records_come_back() {
    for record in all() {
        let octets = record.encode();
        assert_eq!(Record::decode(&octets).unwrap(), record);
        // Octets at the end are data for some, for the others an error, and a part is one for most.
        let _ = Record::decode(&octets.slice(..octets.len() - 1));
    }
    assert!(Record::decode(&Bytes::new()).is_err());
    assert!(Record::decode(&Bytes::from_static(&[99])).is_err());
    assert!(Record::decode(&Bytes::from_static(&[2, 0])).is_err());
    assert!(Record::decode(&Bytes::from_static(&[10, 1])).is_err());
    assert!(Record::decode(&Bytes::from_static(&[11, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0, 0, 0])).is_err());
}

/// After each record a snapshot says all of what is there.
#[test]
fn a_snapshot_says_the_same() {
    let mut store = Store::new(4, 16);
    for record in all() {
        store.apply(&record);
        let mut again = Store::new(4, 16);
        store.snapshot().iter().for_each(|record| again.apply(record));
        assert_eq!(again, store, "after {record:?}");
    }
}

#[test]
fn what_is_remembered_of_the_peer_is_bounded() {
    let mut store = Store::new(2, 3);
    for key in 1..100 {
        let activity = Bytes::copy_from_slice(&[2, 1, key as u8]);
        store.apply(&Record::Began { key, activity, on: reference("a") });
        if key % 2 == 0 {
            store.apply(&Record::Completed { key, number: key, data: Bytes::new() });
            store.apply(&Record::Taken(key));
        }
        for _ in 0..40 {
            let activity = Bytes::copy_from_slice(&[2, 1, key as u8]);
            store.apply(&Record::Named { key, activity, on: reference("b") });
        }
        store.apply(&Record::Connected {
            number: key,
            reference: Reference { calling: vec![key as u8].into(), ..reference("") },
        });
    }
    assert_eq!(store.inbound.iter().filter(|apdu| apdu.complete).count(), 3);
    assert_eq!(store.inbound.iter().filter(|apdu| !apdu.complete).count(), 2);
    assert!(store.deliveries.is_empty());
    // 32 connections, and nothing of those before.
    assert!(!store.knows(&Reference { calling: vec![67].into(), ..reference("") }));
    assert!(store.knows(&Reference { calling: vec![68].into(), ..reference("") }));
}
