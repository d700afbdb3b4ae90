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
