//! The connection is cut after each octet of the exchange.
use crate::support::*;
use osisession::durable::*;

/// One whole life through the proxy: messages both ways, an idle close or not, the close. Returns the octets that passed.
fn live(cut: Option<u64>) -> u64 {
    let (one, two) = (memory(), memory());
    let (caller, called) = (node(quick(), &one), node(quick(), &two));
    let proxy = Proxy::new(Some(&called.listen("127.0.0.1:0").expect("a listener")));
    if let Some(cut) = cut {
        proxy.cut_after(cut);
    }
    let initiator = caller.dial(DialOptions::new(proxy.address.to_string())).expect("a dialogue");
    give(&initiator, 'a', 1, 3);
    let responder = called.accept(LONG).expect("a caller");
    give(&responder, 'b', 1, 2);
    take(&responder, 'a', 1, 3);
    take(&initiator, 'b', 1, 2);
    initiator.flush(LONG).expect("confirmed");
    initiator.close(LONG).unwrap_or_else(|error| panic!("{cut:?}: {error}, {:?}", initiator.progress()));
    state(&responder, "closed");
    assert!(initiator.try_receive().is_none() && responder.try_receive().is_none());
    if let Some(cut) = cut {
        assert!(!proxy.was_cut() || proxy.connections() > 1 || initiator.is_closed(), "{cut}");
    }
    proxy.passed()
}

#[test]
fn a_cut_after_each_octet_of_a_whole_life_loses_and_doubles_nothing() {
    let octets = live(None);
    assert!(octets > 500, "{octets}");
    let mut cuts = 0;
    // A few more than passed: sync points come when they come, and the exchange is not the same octets each time.
    std::thread::scope(|scope| {
        let halves = [0, 1].map(|half| {
            scope.spawn(move || {
                let mut done = 0;
                for cut in (half..octets + 50).step_by(2) {
                    live(Some(cut));
                    done += 1;
                }
                done
            })
        });
        for half in halves {
            cuts += half.join().expect("no panic");
        }
    });
    assert_eq!(cuts, octets + 50);
}

#[test]
fn cuts_at_any_moment_of_a_busy_dialogue_lose_and_double_nothing() {
    const MESSAGES: u64 = 20_000;
    let folder = Folder::new("busy");
    let (one, two) = (on_disk(&folder.file("one")), on_disk(&folder.file("two")));
    let mut config = quick();
    // Small windows: what is full, and what pauses, is cut as well.
    config.dialogue.limits.outbox_messages = 100;
    config.dialogue.limits.inbox_messages = 50;
    config.limits.compact_records = 500;
    let (caller, called) = (node(config.clone(), &one), node(config, &two));
    let proxy = Proxy::new(Some(&called.listen("127.0.0.1:0").expect("a listener")));
    let initiator = caller.dial(DialOptions::new(proxy.address.to_string())).expect("a dialogue");
    let responder = called.accept(LONG).expect("a caller");
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
            while !done.load(std::sync::atomic::Ordering::SeqCst) {
                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                std::thread::sleep(std::time::Duration::from_micros(seed % 40_000));
                proxy.cut_now();
            }
        });
        let talks = [
            scope.spawn(|| give(&initiator, 'a', 1, MESSAGES)),
            scope.spawn(|| give(&responder, 'b', 1, MESSAGES)),
            scope.spawn(|| take(&initiator, 'b', 1, MESSAGES)),
            scope.spawn(|| take(&responder, 'a', 1, MESSAGES)),
        ];
        let ended: Vec<_> = talks.into_iter().map(|talk| talk.join()).collect();
        done.store(true, std::sync::atomic::Ordering::SeqCst);
        assert!(ended.into_iter().all(|ended| ended.is_ok()));
    });
    initiator.close(LONG).expect("closed");
    state(&responder, "closed");
    assert!(proxy.connections() > 5, "{}", proxy.connections());
}
