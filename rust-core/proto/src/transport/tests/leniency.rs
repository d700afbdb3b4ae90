//! What is forbidden but forgiven: each fault with `tolerant` on and off, and its limit.
use super::*;

/// Feeds `octets` to an engine of each kind: tolerant ones go on and remember it once, strict ones fail at `offset`.
#[track_caller]
fn forgiven_or_not(engine: impl Fn(bool) -> Class0, tpdu: &str, offset: usize) {
    let tpdu = hex(tpdu);
    let packet = [&tpkt::header(tpdu.len()).unwrap()[..], &tpdu].concat();
    let mut tolerant = engine(true);
    feed(&mut tolerant, &packet);
    assert!(!tolerant.is_closed(), "{:?}", indications(&mut tolerant));
    assert_eq!(tolerant.forgiven().len(), 1, "{:?}", tolerant.forgiven());
    assert_eq!(tolerant.forgiven()[0].details().offset, Some(offset));

    let mut strict = engine(false);
    feed(&mut strict, &packet);
    let error = failed(&mut strict);
    assert_eq!((error.kind(), error.details().offset), (ErrorKind::Peer, Some(offset)), "{error}");
    assert_eq!(error, tolerant.forgiven()[0].clone().with_octets(&error.details().octets));
}

/// What a strict engine accepts.
#[track_caller]
fn accepted(mut engine: Class0, tpdu: &str) -> Class0 {
    let tpdu = hex(tpdu);
    feed(&mut engine, &[&tpkt::header(tpdu.len()).unwrap()[..], &tpdu].concat());
    assert!(!engine.is_closed(), "{:?}", indications(&mut engine));
    assert!(engine.forgiven().is_empty());
    engine
}

#[test]
fn faults_of_a_cr() {
    let engine = |tolerant| listening(config(|c| c.tolerant = tolerant));
    for (tpdu, offset) in [
        ("06e00005000100", 2),
        ("06e00000000000", 4),
        ("06e10000000100", 1),
        ("06e00000000101", 6),
        ("09e00000000100c70100", 7),
        ("29e00000000100c121{41*33}", 7),
        ("06e00000000100{41*33}", 7),
        ("09e00000000100f00100", 9),
        ("08e00000000100f000", 8),
        ("0ae00000000100c6020101", 8),
    ] {
        forgiven_or_not(engine, tpdu, offset);
    }
    accepted(engine(false), "28e00000000100c120{41*32}");
    accepted(engine(false), "28e00000000100c220{41*32}");
    accepted(engine(false), "06e00000000100{41*32}");
    // 128 octets in all.
    accepted(engine(false), "5fe00000000100c120{41*32}c220{41*32}9913{00*19}{41*32}");
}

#[test]
fn faults_of_a_cc() {
    let engine = |tolerant| calling(config(|c| c.tolerant = tolerant), 1);
    for (tpdu, offset) in [
        ("06d00002000200", 2),
        ("06d00001000000", 4),
        ("06d10001000200", 1),
        ("06d00001000201", 6),
        ("09d00001000200c40101", 7),
        ("0cd00001000200c0010a850100", 10),
        ("06d00001000200{41*33}", 7),
        ("0ad00001000200c6020101", 8),
        ("09d00001000200c60101", 9),
    ] {
        forgiven_or_not(engine, tpdu, offset);
    }
    accepted(engine(false), "06d00001000200{41*32}");
    accepted(engine(false), "09d00001000200c60100");
}

#[test]
fn an_expedited_flow_that_was_not_proposed_is_not_used() {
    let mut engine = calling(Config::default(), 1);
    feed(&mut engine, &hex("0300000e09d00001000200c60101"));
    assert_eq!(indications(&mut engine), [TransportIndication::ConnectConfirm { expedited: false }]);
    assert!(!engine.expedited());
}

#[test]
fn a_size_above_the_proposal_may_be_received_but_is_not_sent() {
    let mut engine = calling(config(|c| c.max_tpdu_size = 1024), 1);
    feed(&mut engine, &hex("0300000e09d00001000200c0010d"));
    assert_eq!((engine.tpdu_size(), engine.forgiven().len()), (1024, 1));
    feed(&mut engine, &hex("0300200402f080{41*8189}"));
    assert_eq!(engine.forgiven().len(), 1);
    feed(&mut engine, &hex("0300200502f080{41*8190}"));
    assert_eq!(engine.forgiven().len(), 2);
}

#[test]
fn faults_of_dt_and_ed() {
    let engine = |tolerant| {
        open(config(|c| {
            c.tolerant = tolerant;
            c.expedited = true;
        }))
    };
    for (tpdu, offset) in [("02f08141", 2), ("02f0ff41", 2), ("02f080", 3), ("02108141", 2), ("02100041", 2)]
    {
        forgiven_or_not(engine, tpdu, offset);
    }
    // An empty DT is no fault inside a TSDU.
    let mut engine = accepted(accepted(accepted(engine(false), "02f000"), "02f00041"), "02f080");
    assert_eq!(indications(&mut engine), [TransportIndication::Data(Bytes::from_static(b"A"))]);
}

#[test]
fn a_fault_is_remembered_once() {
    let mut engine = open(Config::default());
    for _ in 0..100 {
        feed(&mut engine, &hex("0300000802f08541"));
    }
    assert_eq!(indications(&mut engine).len(), 100);
    assert_eq!(engine.forgiven().len(), 1);
}
