//! When things are sent, sent again, and given up.
use crate::hostile::{Bench, NOW, REMOTE, addresses, peer};
use bytes::Bytes;
use osisession_proto::scp::nsp::message::{
    Ack, Acks, Addresses, Counts, DataSegment, FlowControl, Message, Services, Version,
};
use osisession_proto::scp::nsp::{LinkId, Number};
use osisession_proto::scp::session::{ConnectOptions, Event, Received};
use osisession_proto::scp::{EndUser, Limits, Reason};
use osisession_proto::time::Duration;

/// Lets time pass until nothing has a deadline; what was sent when, in milliseconds from now.
fn run_out(bench: &mut Bench, until: Duration) -> Vec<(u128, Message)> {
    let start = bench.now;
    let mut sent = Vec::new();
    loop {
        sent.extend(bench.sent().into_iter().map(|message| ((bench.now - start).as_millis(), message)));
        let next = [bench.nsp.next_timeout(), bench.control.next_timeout()].into_iter().flatten().min();
        match next {
            Some(next) if next <= start + until => bench.now = next,
            _ => break,
        }
        bench.nsp.handle_timeout(bench.now);
        bench.control.handle_timeout(bench.now);
        bench.settle();
    }
    sent
}

fn call(bench: &mut Bench) -> (LinkId, u16) {
    let link = bench
        .control
        .connect(peer(), EndUser::Number(1), ConnectOptions::default(), bench.now)
        .expect("a connect");
    match &bench.sent()[..] {
        [Message::ConnectInitiate { source, again: false, .. }] => (link, *source),
        other => panic!("{other:?}"),
    }
}

fn confirm(local: u16) -> Message {
    let services = Services { flow_control: FlowControl::None, version: Version::V4_0, segment_size: 500 };
    Message::ConnectConfirm { addresses: addresses(local), services, data: Bytes::new() }
}

#[test]
fn a_connect_is_repeated_four_times_and_given_up_after_half_a_minute() {
    let mut bench = Bench::new(Limits::default(), FlowControl::None);
    let (link, local) = call(&mut bench);
    let sent = run_out(&mut bench, Duration::from_secs(100));
    let times: Vec<_> = sent.iter().map(|(at, _)| *at).collect();
    assert_eq!(times, [2_000, 4_000, 6_000, 8_000]);
    assert!(sent.iter().all(|(_, message)| matches!(message, Message::ConnectInitiate { again: true, .. })));
    let events = bench.events();
    assert!(matches!(events[..], [Event::Rejected { reason: Reason::NO_ANSWER, .. }]), "{events:?}");
    assert_eq!(bench.now - NOW, Duration::from_secs(30));
    assert_eq!(bench.control.state(link).name(), "CLOSED");
    // An answer that comes too late finds no link.
    bench.bring(&confirm(local));
    let back = Addresses { destination: REMOTE, source: local };
    assert_eq!(bench.sent(), [Message::DisconnectConfirm { addresses: back, reason: Reason::NO_LINK }]);
}

#[test]
fn data_are_sent_five_times() {
    let mut bench = Bench::new(Limits::default(), FlowControl::None);
    let (link, _) = bench.running();
    bench.control.send(link, "hello", bench.now).expect("room");
    let sent = run_out(&mut bench, Duration::from_secs(100));
    // The confirm was acknowledged in no time: then the shortest retransmission time holds.
    let times: Vec<_> = sent.iter().map(|(at, _)| *at).collect();
    assert_eq!(times, [0, 1_000, 2_000, 3_000, 4_000]);
    for (at, message) in sent {
        let Message::Data(DataSegment { delay, number, .. }) = message else { panic!("{message:?}") };
        assert_eq!((delay, number.get()), (at == 0, 1), "DLY is for the first transmission only");
    }
    let events = bench.events();
    assert!(matches!(events[..], [Event::Disconnected { reason: Reason::UNREACHABLE, .. }]), "{events:?}");
    assert_eq!(bench.now - NOW, Duration::from_secs(5));
}

#[test]
fn the_delay_is_measured_on_messages_that_were_sent_once() {
    for (answer_after, retransmission) in [(1_500, 3_000), (200, 1_000), (30_000, 2_000), (3_500, 2_000)] {
        let mut limits = Limits::default();
        limits.outgoing_timeout = Duration::from_secs(100);
        let mut bench = Bench::new(limits, FlowControl::None);
        let (link, local) = call(&mut bench);
        run_out(&mut bench, Duration::from_millis(answer_after - 1));
        bench.now = NOW + Duration::from_millis(answer_after);
        bench.bring(&Message::ConnectAck { destination: local });
        bench.bring(&confirm(local));
        bench.sent();
        bench.control.send(link, "x", bench.now).expect("room");
        bench.sent();
        let next = bench.nsp.next_timeout().expect("a deadline");
        assert_eq!((next - bench.now).as_millis(), retransmission, "answer after {answer_after} ms");
    }
}

#[test]
fn the_delay_is_smoothed_and_has_limits() {
    let mut bench = Bench::new(Limits::default(), FlowControl::None);
    let (link, local) = call(&mut bench);
    bench.now = NOW + Duration::from_millis(1_000);
    bench.bring(&Message::ConnectAck { destination: local });
    bench.bring(&confirm(local));
    bench.sent();
    // Interrupts are never delayed: each is a measurement. 1000, then 1000 + (1800 - 1000) / 4.
    bench.control.interrupt(link, "x", bench.now).expect("one is free");
    bench.sent();
    bench.now = bench.now + Duration::from_millis(1_800);
    let acks = Acks { own: Some(Ack::positive(Number::new(1))), cross: None };
    bench.bring(&Message::OtherAck { addresses: addresses(local), acks });
    bench.control.send(link, "x", bench.now).expect("room");
    bench.sent();
    assert_eq!(bench.nsp.next_timeout().expect("a deadline") - bench.now, Duration::from_millis(2_400));
    let mut limits = Limits::default();
    limits.delay_factor = 100;
    let mut bench = Bench::new(limits, FlowControl::None);
    let (link, local) = call(&mut bench);
    bench.now = NOW + Duration::from_millis(1_900);
    bench.bring(&Message::ConnectAck { destination: local });
    bench.bring(&confirm(local));
    bench.sent();
    bench.control.send(link, "x", bench.now).expect("room");
    bench.sent();
    assert_eq!(bench.nsp.next_timeout().expect("a deadline") - bench.now, Duration::from_secs(10));
}

fn segment(local: u16, number: u16, delay: bool) -> Message {
    Message::Data(DataSegment {
        addresses: addresses(local),
        acks: Acks::default(),
        number: Number::new(number),
        delay,
        begins: true,
        ends: true,
        data: Bytes::from_static(b"x"),
    })
}

#[test]
fn an_acknowledgement_waits_for_company_if_it_may() {
    let mut bench = Bench::new(Limits::default(), FlowControl::None);
    let (link, local) = bench.running();
    bench.bring(&segment(local, 1, true));
    assert!(bench.sent().is_empty());
    let sent = run_out(&mut bench, Duration::from_secs(1));
    assert!(matches!(sent[..], [(100, Message::DataAck { .. })]), "{sent:?}");
    // In company: on its own subchannel, and on the other one.
    bench.bring(&segment(local, 2, true));
    bench.control.send(link, "answer", bench.now).expect("room");
    match &bench.sent()[..] {
        [Message::Data(DataSegment { acks, .. })] => {
            assert_eq!(*acks, Acks { own: Some(Ack::positive(Number::new(2))), cross: None });
        }
        other => panic!("{other:?}"),
    }
    bench.bring(&segment(local, 3, true));
    bench.control.interrupt(link, "now", bench.now).expect("one is free");
    match &bench.sent()[..] {
        [Message::Interrupt(interrupt)] => {
            assert_eq!(interrupt.acks, Acks { own: None, cross: Some(Ack::positive(Number::new(3))) });
        }
        other => panic!("{other:?}"),
    }
    // Both at once, if one of them may not wait.
    bench.bring(&segment(local, 4, true));
    bench.interrupt(local, 1, b"int");
    match &bench.sent()[..] {
        [Message::OtherAck { acks, .. }] => {
            let both =
                Acks { own: Some(Ack::positive(Number::new(1))), cross: Some(Ack::positive(Number::new(4))) };
            assert_eq!(*acks, both);
        }
        other => panic!("{other:?}"),
    }
    bench.bring(&segment(local, 5, false));
    assert!(matches!(bench.sent()[..], [Message::DataAck { .. }]), "at once");
}

#[test]
fn a_silent_peer_is_tested() {
    let mut bench = Bench::new(Limits::default(), FlowControl::None);
    let (_, _) = bench.running();
    let sent = run_out(&mut bench, Duration::from_secs(600));
    let Some((60_000, Message::LinkService(service))) = sent.first() else { panic!("{sent:?}") };
    assert_eq!((service.counts, service.value), (Counts::Data, 0));
    assert_eq!(sent.len(), 5);
    let events = bench.events();
    assert!(matches!(events[..], [Event::Disconnected { reason: Reason::UNREACHABLE, .. }]), "{events:?}");
}

#[test]
fn an_interrupt_that_waited_is_not_delivered_again_in_the_next_round() {
    let mut limits = Limits::default();
    limits.queued_interrupts = 2;
    let mut bench = Bench::new(limits, FlowControl::None);
    let (link, local) = bench.running();
    bench.interrupt(local, 3, b"3");
    bench.interrupt(local, 1, b"1");
    bench.interrupt(local, 2, b"2");
    let take = |bench: &mut Bench| {
        let taken = bench.control.receive(link, NOW).expect("open");
        bench.settle();
        taken
    };
    let interrupt = |text: &'static [u8]| Some(Received::Interrupt(Bytes::from_static(text)));
    assert_eq!(take(&mut bench), interrupt(b"1"));
    assert_eq!(take(&mut bench), interrupt(b"2"));
    for number in 3..=4_098_u32 {
        bench.interrupt(local, (number % 4_096) as u16, b"n");
        assert_eq!(take(&mut bench), interrupt(b"n"), "{number}");
        assert_eq!(take(&mut bench), None, "{number}");
    }
}

#[test]
fn credits_for_messages_are_used_by_messages() {
    let mut limits = Limits::default();
    limits.receive_credits = 2;
    let mut bench = Bench::new(limits, FlowControl::Message);
    let (link, local) = bench.running();
    let granted = |bench: &mut Bench| -> i32 {
        bench
            .sent()
            .iter()
            .map(|message| match message {
                Message::LinkService(service) => i32::from(service.value),
                _ => 0,
            })
            .sum()
    };
    bench.data(local, 1, true, false, b"a");
    bench.data(local, 2, false, false, b"b");
    bench.data(local, 3, false, true, b"c");
    assert_eq!(granted(&mut bench), 0, "the user has taken nothing");
    bench.data(local, 4, true, true, b"d");
    assert_eq!(granted(&mut bench), 0);
    // Without leave: dropped.
    bench.data(local, 5, true, true, b"e");
    assert_eq!(bench.nsp.counters().no_room, 1);
    assert_eq!(bench.control.receive(link, NOW).expect("open"), Some(Received::Message("abc".into())));
    assert_eq!(bench.control.receive(link, NOW).expect("open"), Some(Received::Message("d".into())));
    // The other half is given when less than half is left.
    assert_eq!(granted(&mut bench), 1);
}
