//! With TLS a dialogue belongs to the identities that began it.
use crate::pki::{Authority, Identity, Pki, config};
use crate::support::*;
use osisession::Tls;
use osisession::durable::*;
use osisession_journal::Journal;
use std::sync::Arc;

fn with_tls(identity: &Identity, authority: &Authority, rule: IdentityRule) -> DurableConfig {
    let mut node = quick();
    node.session.tls = Some(Tls::new(&config(Some(identity), authority)).expect("a usable configuration"));
    node.identity = rule;
    node
}

/// A dialogue begun by one certificate and taken up by another: whether it goes on.
fn goes_on(first: &Identity, second: &Identity, pki: &Pki, rule: &IdentityRule) -> bool {
    let (one, two): (Arc<dyn Journal>, _) = (memory(), memory());
    let called = node(with_tls(&pki.station, &pki.authority, rule.clone()), &two);
    let address = called.listen("127.0.0.1:0").expect("a listener");
    let caller = node(with_tls(first, &pki.authority, rule.clone()), &one);
    let initiator = caller.dial(DialOptions::new(address).label("bound")).expect("a dialogue");
    initiator.send_wait(text('a', 1), LONG).expect("confirmed");
    let responder = called.accept(LONG).expect("a caller");
    take(&responder, 'a', 1, 1);
    drop((initiator, caller));
    let caller = node(with_tls(second, &pki.authority, rule.clone()), &one);
    let initiator = caller.find(b"bound").expect("the dialogue");
    match initiator.send_wait(text('a', 2), LONG) {
        Ok(_) => {
            take(&responder, 'a', 2, 2);
            true
        }
        Err(error) => {
            assert!(error.to_string().contains("unknown dialogue"), "{error}");
            // It is the stranger's that is broken, not the dialogue of whoever it belongs to.
            assert!(responder.failure().is_none());
            drop((initiator, caller));
            false
        }
    }
}

#[test]
fn a_renewed_certificate_goes_on_and_another_identity_does_not() {
    let pki = Pki::new();
    let renewed = pki.authority.issue("centre.example", |_| {});
    let stranger = pki.authority.issue("stranger.example", |_| {});
    assert!(goes_on(&pki.centre, &pki.centre, &pki, &IdentityRule::Name));
    assert!(goes_on(&pki.centre, &renewed, &pki, &IdentityRule::Name));
    assert!(!goes_on(&pki.centre, &stranger, &pki, &IdentityRule::Name));
    assert!(goes_on(&pki.centre, &pki.centre, &pki, &IdentityRule::Certificate));
    assert!(!goes_on(&pki.centre, &renewed, &pki, &IdentityRule::Certificate));
    let all = IdentityRule::With(Arc::new(|chain| format!("{}", chain.len()).into()));
    assert!(goes_on(&pki.centre, &stranger, &pki, &all));
}

#[test]
fn a_resumed_tls_session_is_the_same_peer() {
    let pki = Pki::new();
    let (one, two) = (memory(), memory());
    let called = node(with_tls(&pki.station, &pki.authority, IdentityRule::Name), &two);
    let proxy = Proxy::new(Some(&called.listen("127.0.0.1:0").expect("a listener")));
    let caller = node(with_tls(&pki.centre, &pki.authority, IdentityRule::Name), &one);
    let initiator = caller.dial(DialOptions::new(proxy.address.to_string())).expect("a dialogue");
    for round in 1..=10 {
        initiator.send_wait(text('a', round), LONG).expect("confirmed");
        proxy.cut_now();
    }
    let responder = called.accept(LONG).expect("a caller");
    take(&responder, 'a', 1, 10);
    assert!(initiator.progress().epoch >= 10, "{:?}", initiator.progress());
}
