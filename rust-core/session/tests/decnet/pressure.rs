//! Queues that are full, and interrupt messages.
use crate::support::*;
use osisession::ErrorKind;
use osisession::decnet::*;
use std::time::Duration;

#[test]
fn a_slow_receiver_holds_the_sender_back() {
    let mut config = listening();
    config.limits.queued_receive_octets = 20_000;
    let there = started(config);
    let mut config = connecting(&there);
    config.limits.queued_send_octets = 10_000;
    let here = started(config);
    let (link, answering) = linked(&there, &here);
    let mut sent = 0;
    // The receiver's queue takes its share first. Full is what stays full, on a machine that is busy too.
    let long_enough = Some(Duration::from_secs(3));
    let late = loop {
        match link.send_wait(pattern(sent, 1_000), long_enough) {
            Ok(()) => sent += 1,
            Err(error) => break error,
        }
        assert!(sent <= 45, "nobody takes them");
    };
    assert_eq!(late.kind(), ErrorKind::TimedOut, "after {sent}");
    assert_eq!(link.send("at once").unwrap_err().kind(), ErrorKind::WouldBlock);
    assert!((10..=45).contains(&sent), "{sent}");
    // There is room as soon as somebody takes.
    for number in 0..sent {
        assert_eq!(answering.receive(LONG).expect("a message"), pattern(number, 1_000));
    }
    assert!(matches!(link.next_event(LONG), Ok(LinkEvent::SendReady)));
    link.send_wait("more", LONG).expect("room");
    assert_eq!(answering.receive(LONG).expect("a message"), "more");
}

#[test]
fn interrupts_need_a_credit() {
    let (there, here) = pair();
    let (link, answering) = linked(&there, &here);
    assert_eq!(link.interrupt("").unwrap_err().kind(), ErrorKind::Invalid);
    assert_eq!(link.interrupt("seventeen octets!").unwrap_err().kind(), ErrorKind::Invalid);
    link.interrupt("one").expect("one is free");
    assert_eq!(link.interrupt("two").unwrap_err().kind(), ErrorKind::WouldBlock);
    let soon = Some(Duration::from_millis(20));
    assert_eq!(link.interrupt_wait("two", soon).unwrap_err().kind(), ErrorKind::TimedOut);
    assert!(matches!(answering.next_event(LONG), Ok(LinkEvent::Interrupt(data)) if data == "one"));
    link.interrupt_wait("two", LONG).expect("a credit for the one that was taken");
    assert!(matches!(answering.next_event(LONG), Ok(LinkEvent::Interrupt(data)) if data == "two"));
}

#[test]
fn there_are_as_many_links_as_the_limit_allows() {
    let there = started(listening());
    let mut config = connecting(&there);
    config.limits.ports = 3;
    let here = started(config);
    let call = || here.connect(address("1.1"), EndUser::named("SILENT"), ConnectOptions::default());
    let _silent = there.listen(Object::named("SILENT")).expect("an object");
    let links: Vec<_> = (0..3).map(|_| call().expect("room")).collect();
    assert_eq!(call().unwrap_err().kind(), ErrorKind::LimitHit);
    assert_eq!(links.len(), 3);
}
