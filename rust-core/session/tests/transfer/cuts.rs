//! Connections are cut: after each octet of the exchange, and at any moment.
use crate::proxy::Proxy;
use crate::support::*;
use osisession::transfer::*;
use std::time::Duration;

/// One whole life through the proxy: an APDU each way, then the end. Gives the octets that passed.
fn live(cut: Option<u64>) -> u64 {
    let (one, two) = (endpoint(), endpoint());
    let acceptor = listen(&two, None);
    let proxy = Proxy::new(Some(&acceptor.local_address()));
    if let Some(cut) = cut {
        proxy.cut_after(cut);
    }
    let caller = call(&one, &proxy.address.to_string(), None);
    let first = send(&caller, &apdu(2_500, 1));
    caller.open(LONG).expect("a connection");
    // Where the answer to the first call was lost, the caller has opened another association since.
    let mut called = acceptor.accept(LONG).expect("a caller");
    while let Ok(later) = acceptor.accept(Some(Duration::ZERO)) {
        called = later;
    }
    let second = send(&called, &apdu(1_500, 2));
    let arrived = [take(&called), take(&caller)];
    assert_eq!(arrived.map(|delivery| delivery.data), [apdu(2_500, 1), apdu(1_500, 2)], "{cut:?}");
    for (side, id) in [(&caller, first), (&called, second)] {
        assert_eq!(outcome(side, id), Outcome::Delivered, "{cut:?}");
    }
    caller.close(LONG).unwrap_or_else(|error| panic!("{cut:?}: {error}, {:?}", caller.progress()));
    assert!(called.try_receive().is_none() && caller.try_receive().is_none(), "{cut:?}");
    // A connection that is cut before anything of it is answered leaves an association that nobody recovers.
    let known = acceptor.associations();
    assert!(known <= 2, "{known}");
    proxy.passed()
}

#[test]
fn a_cut_after_each_octet_loses_and_doubles_nothing() {
    let octets = live(None);
    assert!(octets > 4_000, "{octets}");
    // Every octet of the headers at the beginning and at the end; in between each in turn with what is around it.
    std::thread::scope(|scope| {
        for half in 0..2 {
            scope.spawn(move || {
                let mut cut = half;
                while cut < octets + 20 {
                    live(Some(cut));
                    cut += if (800..octets - 800).contains(&cut) { 14 } else { 2 };
                }
            });
        }
    });
}

#[test]
fn cuts_at_any_moment_lose_and_double_nothing() {
    const APDUS: u8 = 60;
    let (one, two) = (endpoint(), endpoint());
    let acceptor = listen(&two, None);
    let proxy = Proxy::new(Some(&acceptor.local_address()));
    let caller = call(&one, &proxy.address.to_string(), None);
    caller.open(LONG).expect("a connection");
    let called = acceptor.accept(LONG).expect("a caller");
    let done = std::sync::atomic::AtomicBool::new(false);
    let talk = |from: &Association, to: &Association, salt: u8| {
        for round in 0..APDUS {
            let data = apdu(20_000 + usize::from(round), salt ^ round);
            let id = send(from, &data);
            assert!(take(to).data == data, "{round} of {salt}");
            assert_eq!(outcome(from, id), Outcome::Delivered, "{round} of {salt}");
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
            while !done.load(std::sync::atomic::Ordering::SeqCst) {
                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                std::thread::sleep(std::time::Duration::from_micros(seed % 30_000));
                proxy.cut_now();
            }
        });
        let talks = [scope.spawn(|| talk(&caller, &called, 0)), scope.spawn(|| talk(&called, &caller, 128))];
        let ended = talks.map(|talk| talk.join());
        done.store(true, std::sync::atomic::Ordering::SeqCst);
        assert!(ended.into_iter().all(|ended| ended.is_ok()));
    });
    assert!(caller.try_receive().is_none() && called.try_receive().is_none());
    assert!(proxy.connections() > 5, "{}", proxy.connections());
    assert_eq!(acceptor.associations(), 1);
}
