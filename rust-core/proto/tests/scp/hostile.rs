//! Peers that break rules: what they get, and what it costs us.
use crate::world::{Random, session_config};
use bytes::{Bytes, BytesMut};
use osisession_proto::Instant;
use osisession_proto::scp::nsp::message::{
    Ack, Acks, Addresses, Counts, DataSegment, Flow, FlowControl, Hidden, Interrupt, LinkService, Message,
    Services, Version,
};
use osisession_proto::scp::nsp::{self, LinkId, Nsp, NspIndication, NspRequest, Number};
use osisession_proto::scp::session::{ConnectOptions, Event, Received, SessionControl};
use osisession_proto::scp::{
    AccessControl, Account, ConnectData, EndUser, Limits, NodeAddress, Object, Password, Reason,
};
use osisession_proto::time::Duration;

pub(crate) const NOW: Instant = Instant::from_millis(1_000);
pub(crate) const REMOTE: u16 = 7;

pub(crate) fn peer() -> NodeAddress {
    NodeAddress::new(1, 1).expect("an address")
}

/// A stack whose peer is played by the test.
pub(crate) struct Bench {
    pub(crate) control: SessionControl,
    pub(crate) nsp: Nsp,
    pub(crate) now: Instant,
}

impl Bench {
    pub(crate) fn new(limits: Limits, flow_control: FlowControl) -> Bench {
        let mut control = SessionControl::new(session_config(&limits));
        control.listen(Object::numbered(200).with_name("OPEN")).expect("an object");
        let account = Account { user: "Smith".into(), password: "Sesame".into(), account: Some("A1".into()) };
        control.listen(Object::named("CLOSED").with_accounts(vec![account])).expect("an object");
        control.listen(Object::named("SMALL").with_max_links(1)).expect("an object");
        let mut config = nsp::Config::default();
        config.limits = limits;
        config.flow_control = flow_control;
        Bench { control, nsp: Nsp::new(config, 99), now: NOW }
    }

    pub(crate) fn bring(&mut self, message: &Message) {
        let mut octets = BytesMut::new();
        message.encode(&mut octets).expect("a message");
        self.bring_octets(octets.freeze());
    }

    pub(crate) fn bring_octets(&mut self, octets: Bytes) {
        self.nsp.received(peer(), false, &octets, self.now);
        self.settle();
    }

    pub(crate) fn settle(&mut self) {
        loop {
            if let Some(request) = self.control.poll_nsp() {
                self.nsp.request(request, self.now);
            } else if let Some(indication) = self.nsp.poll_indication() {
                self.control.nsp(indication, self.now);
            } else {
                break;
            }
        }
    }

    pub(crate) fn sent(&mut self) -> Vec<Message> {
        self.settle();
        core::iter::from_fn(|| self.nsp.poll_packet())
            .map(|packet| Message::decode(&packet.octets).expect("what we send can be read"))
            .collect()
    }

    pub(crate) fn events(&mut self) -> Vec<Event> {
        core::iter::from_fn(|| self.control.poll_event()).collect()
    }

    fn call(&mut self, link: u16, connect: &ConnectData) -> Option<Reason> {
        self.call_raw(link, connect.encode().expect("connect data"))
    }

    /// Calls; the reason, if it is rejected.
    fn call_raw(&mut self, link: u16, data: Bytes) -> Option<Reason> {
        self.bring(&initiate(link, Hidden(data)));
        self.sent().iter().find_map(|message| match message {
            Message::DisconnectInitiate { reason, .. } | Message::DisconnectConfirm { reason, .. } => {
                Some(*reason)
            }
            _ => None,
        })
    }

    /// A running link to object 200, called by the peer; its name, and our address of it.
    pub(crate) fn running(&mut self) -> (LinkId, u16) {
        assert_eq!(self.call(REMOTE, &to(EndUser::Number(200))), None);
        let Some(Event::Offered(offer)) = self.control.poll_event() else { panic!("no offer") };
        self.control.accept(offer.link, "", self.now).expect("offered");
        let local = match &self.sent()[..] {
            [Message::ConnectConfirm { addresses, .. }] => addresses.source,
            other => panic!("{other:?}"),
        };
        let acks = Acks { own: Some(Ack::positive(Number::new(0))), cross: None };
        self.bring(&Message::DataAck { addresses: addresses(local), acks });
        assert!(matches!(self.events()[..], [Event::Running { .. }]));
        self.sent();
        (offer.link, local)
    }

    pub(crate) fn data(&mut self, local: u16, number: u16, begins: bool, ends: bool, data: &'static [u8]) {
        self.bring(&Message::Data(DataSegment {
            addresses: addresses(local),
            acks: Acks::default(),
            number: Number::new(number),
            delay: false,
            begins,
            ends,
            data: Bytes::from_static(data),
        }));
    }

    pub(crate) fn interrupt(&mut self, local: u16, number: u16, data: &'static [u8]) {
        self.bring(&Message::Interrupt(Interrupt {
            addresses: addresses(local),
            acks: Acks::default(),
            number: Number::new(number),
            data: Bytes::from_static(data),
        }));
    }

    pub(crate) fn service(&mut self, local: u16, number: u16, flow: Flow, counts: Counts, value: i8) {
        self.bring(&Message::LinkService(LinkService {
            addresses: addresses(local),
            acks: Acks::default(),
            number: Number::new(number),
            flow,
            counts,
            value,
        }));
    }
}

pub(crate) fn addresses(local: u16) -> Addresses {
    Addresses { destination: local, source: REMOTE }
}

fn initiate(source: u16, data: Hidden) -> Message {
    let services = Services { flow_control: FlowControl::None, version: Version::V4_0, segment_size: 559 };
    Message::ConnectInitiate { source, again: false, services, data }
}

fn to(destination: EndUser) -> ConnectData {
    ConnectData::new(destination, EndUser::named("TEST"))
}

fn access(user: &'static str, password: &'static str, account: &'static str) -> Option<AccessControl> {
    Some(AccessControl { user: user.into(), password: password.into(), account: account.into() })
}

#[test]
fn connects_that_are_refused_say_why() {
    let mut bench = Bench::new(Limits::default(), FlowControl::None);
    let mut link = 100;
    let mut call = |connect: ConnectData| {
        link += 1;
        bench.call(link, &connect)
    };
    assert_eq!(call(to(EndUser::Number(1))), Some(Reason::NO_SUCH_OBJECT));
    assert_eq!(call(to(EndUser::named("NOBODY"))), Some(Reason::NO_SUCH_OBJECT));
    let closed = || to(EndUser::named("closed"));
    assert_eq!(call(closed()), Some(Reason::ACCESS_REFUSED));
    assert_eq!(call(ConnectData { proxy: true, ..closed() }), Some(Reason::ACCESS_REFUSED));
    for (user, password, account, reason) in [
        ("smith", "sesame", "a1", Some(Reason::ACCESS_REFUSED)),
        ("smith", "Sesame1", "a1", Some(Reason::ACCESS_REFUSED)),
        ("smith", "", "a1", Some(Reason::ACCESS_REFUSED)),
        ("jones", "Sesame", "a1", Some(Reason::ACCESS_REFUSED)),
        ("smith", "Sesame", "", Some(Reason::ACCOUNT_REFUSED)),
        ("SMITH", "Sesame", "a1", None),
    ] {
        let connect = ConnectData { access: access(user, password, account), ..closed() };
        assert_eq!(call(connect), reason, "{user} {password} {account}");
    }
    assert_eq!(call(to(EndUser::named("SMALL"))), None);
    assert_eq!(call(to(EndUser::named("SMALL"))), Some(Reason::OBJECT_BUSY));

    let offers = bench.events();
    let [Event::Offered(verified), Event::Offered(_)] = &offers[..] else { panic!("{offers:?}") };
    let given = verified.access.as_ref().expect("access control");
    assert_eq!(given.user, "SMITH");
    assert!(given.password.reveal().is_empty(), "the object sees a password that was checked");

    // Malformed connect data, empty included.
    for (data, reason) in [
        (Bytes::new(), Reason::CONNECT_DATA_INVALID),
        (Bytes::from_static(&[0, 25, 1]), Reason::CONNECT_DATA_INVALID),
        (Bytes::from_static(&[0, 25, 0, 1, 2, 17]), Reason::FIELD_TOO_LONG),
        (Bytes::from_static(&[0, 25, 0, 1, 1, 40]), Reason::FIELD_TOO_LONG),
    ] {
        link += 1;
        assert_eq!(bench.call_raw(link, data), Some(reason));
    }
}

#[test]
fn an_object_without_accounts_gets_what_came_and_nothing_prints_it() {
    let mut bench = Bench::new(Limits::default(), FlowControl::None);
    let connect = ConnectData { access: access("u", "hunter2", "a"), ..to(EndUser::Number(200)) };
    assert!(!format!("{connect:?}").contains("hunter2"));
    let data = Hidden(connect.encode().expect("connect data"));
    let indication =
        NspIndication::Connect { link: LinkId::of_provider(9), source: peer(), data: data.clone() };
    let request = NspRequest::Connect { link: LinkId::of_user(9), destination: peer(), data: data.clone() };
    let message = initiate(9, data);
    for shown in [format!("{indication:?}"), format!("{request:?}"), format!("{message:?}")] {
        assert!(!shown.contains("hunter2"), "{shown}");
    }
    bench.bring(&message);
    let offers = bench.events();
    let [Event::Offered(offer)] = &offers[..] else { panic!("{offers:?}") };
    assert_eq!(offer.access.as_ref().expect("access control").password, Password::new("hunter2"));
    let options = ConnectOptions { access: access("u", "hunter2", "a"), ..ConnectOptions::default() };
    assert!(!format!("{offers:?} {options:?} {:?}", Password::new("hunter2")).contains("hunter2"));
    bench.control.connect(peer(), EndUser::Number(1), options, NOW).expect("a connect");
    bench.settle();
    let packet = format!("{:?}", bench.nsp.poll_packet());
    assert!(!packet.contains("hunter2"), "{packet}");
    assert!(!format!("{:?} {:?}", bench.control, bench.nsp).contains("hunter2"));
}

#[test]
fn a_flood_of_connects_leaves_room_for_our_own() {
    let mut limits = Limits::default();
    limits.links = 40;
    limits.incoming_links = 20;
    limits.offered_links = 10;
    let mut bench = Bench::new(limits, FlowControl::None);
    let (mut acknowledged, mut refused) = (0, 0);
    for link in 1..=5_000_u16 {
        // Half of them for an object that nobody has.
        let object = if link % 2 == 0 { EndUser::Number(200) } else { EndUser::Number(9) };
        bench.bring(&initiate(link, Hidden(to(object).encode().expect("connect data"))));
        for message in bench.sent() {
            match message {
                Message::ConnectAck { .. } => acknowledged += 1,
                Message::DisconnectConfirm { reason: Reason::NO_RESOURCES, .. } => refused += 1,
                Message::DisconnectInitiate { reason: Reason::NO_SUCH_OBJECT, .. } => {}
                other => panic!("{other:?}"),
            }
        }
        assert!(bench.nsp.links() <= 20);
    }
    assert_eq!((acknowledged, acknowledged + refused), (20, 5_000));
    assert_eq!(bench.nsp.counters().refused_connects, 4_980);
    // A repeated connect of a link that exists is not refused, and makes no second one.
    bench.bring(&initiate(2, Hidden(to(EndUser::Number(200)).encode().expect("connect data"))));
    assert_eq!(bench.sent(), [Message::ConnectAck { destination: 2 }]);
    let ours = bench.control.connect(peer(), EndUser::Number(1), ConnectOptions::default(), NOW);
    ours.expect("room for our own");
    assert!(matches!(bench.sent()[..], [Message::ConnectInitiate { .. }]));
    // Nobody answers: in the end everything is gone.
    for _ in 0..10_000 {
        let next = [bench.nsp.next_timeout(), bench.control.next_timeout()].into_iter().flatten().min();
        let Some(next) = next else { break };
        bench.now = next;
        bench.nsp.handle_timeout(next);
        bench.control.handle_timeout(next);
        bench.sent();
        bench.events();
    }
    assert_eq!((bench.nsp.links(), bench.control.ports()), (0, 0));
    assert!(bench.now - NOW < Duration::from_secs(120));
}

#[test]
fn answers_that_nobody_takes_do_not_pile_up() {
    let mut bench = Bench::new(Limits::default(), FlowControl::None);
    for link in 1..=1_000 {
        bench.data(link, 1, true, true, b"x");
    }
    assert_eq!(bench.sent().len(), 64);
    assert_eq!(bench.nsp.counters().dropped_replies, 936);
    assert_eq!(bench.nsp.counters().unknown_links, 1_000);
}

#[test]
fn only_the_peer_of_a_link_can_speak_on_it() {
    let mut bench = Bench::new(Limits::default(), FlowControl::None);
    let (link, local) = bench.running();
    let other = NodeAddress::new(1, 9).expect("an address");
    let mut disconnect = BytesMut::new();
    Message::DisconnectInitiate { addresses: addresses(local), reason: Reason::ABORTED, data: Bytes::new() }
        .encode(&mut disconnect)
        .expect("a message");
    bench.nsp.received(other, false, &disconnect.freeze(), NOW);
    let wrong = Addresses { destination: local, source: REMOTE + 1 };
    bench.bring(&Message::DisconnectInitiate {
        addresses: wrong,
        reason: Reason::ABORTED,
        data: Bytes::new(),
    });
    for message in bench.sent() {
        assert!(matches!(message, Message::DisconnectConfirm { reason: Reason::NO_LINK, .. }), "{message:?}");
    }
    assert!(bench.events().is_empty());
    assert_eq!(bench.control.state(link).name(), "RUNNING");
}

#[test]
fn segments_beyond_the_window_are_dropped_and_early_ones_are_few() {
    let mut limits = Limits::default();
    limits.receive_window = 4;
    let mut bench = Bench::new(limits, FlowControl::None);
    let (link, local) = bench.running();
    for number in (2..2_048).rev() {
        bench.data(local, number, true, true, b"early");
        bench.data(local, number, true, true, b"twice");
    }
    assert!(bench.sent().is_empty(), "no acknowledgement before the gap is closed");
    assert_eq!(bench.nsp.counters().beyond_window, 2 * (2_046 - 3));
    bench.data(local, 1, true, true, b"first");
    let received: Vec<_> = core::iter::from_fn(|| bench.control.receive(link, NOW).expect("open")).collect();
    let message = |text: &'static [u8]| Received::Message(Bytes::from_static(text));
    assert_eq!(received, [message(b"first"), message(b"early"), message(b"early"), message(b"early")]);
    match &bench.sent()[..] {
        [Message::DataAck { acks, .. }] => assert_eq!(acks.own, Some(Ack::positive(Number::new(4)))),
        other => panic!("{other:?}"),
    }
    // A number from behind is a duplicate: acknowledged at once, not delivered.
    bench.data(local, 3_000, true, true, b"old");
    assert!(matches!(bench.sent()[..], [Message::DataAck { .. }]));
    assert!(bench.control.receive(link, NOW).expect("open").is_none());
}

#[test]
fn an_early_segment_that_came_again_is_not_kept_for_the_next_round() {
    let mut limits = Limits::default();
    limits.queued_receive_messages = 1;
    let mut bench = Bench::new(limits, FlowControl::None);
    let (link, local) = bench.running();
    bench.data(local, 2, true, true, b"2");
    bench.data(local, 1, true, true, b"1");
    // No room for 2 yet; it comes again when there is.
    bench.data(local, 2, true, true, b"2");
    let mut next = 1;
    while next < 9_000_u32 {
        match bench.control.receive(link, NOW).expect("open") {
            Some(Received::Message(octets)) => {
                let expected = match next {
                    1 => &b"1"[..],
                    2 => &b"2"[..],
                    _ => &b"x"[..],
                };
                assert_eq!(octets, expected, "message {next}");
                next += 1;
                bench.settle();
            }
            Some(other) => panic!("{other:?}"),
            None => {
                bench.data(local, (next % 4_096) as u16, true, true, b"x");
                bench.sent();
                bench.events();
            }
        }
    }
}

#[test]
fn data_that_nobody_takes_are_bounded() {
    for flow_control in [FlowControl::None, FlowControl::Segment, FlowControl::Message] {
        let mut limits = Limits::default();
        limits.queued_receive_octets = 1_000;
        limits.queued_receive_messages = 50;
        limits.receive_credits = 5;
        let mut bench = Bench::new(limits, flow_control);
        let (link, local) = bench.running();
        let mut acknowledged = Number::new(0);
        let mut stopped = false;
        for _ in 0..2_000 {
            bench.data(local, acknowledged.next().get(), true, true, &[7; 100]);
            for message in bench.sent() {
                match message {
                    Message::DataAck { acks, .. } => acknowledged = acks.own.expect("one").number,
                    Message::LinkService(service) => stopped |= service.flow == Flow::Stop,
                    other => panic!("{other:?}"),
                }
            }
        }
        // One message above the limit, or as many as there were credits.
        let most = if flow_control == FlowControl::None { 11 } else { 10 };
        assert!((5..=most).contains(&acknowledged.get()), "{flow_control:?}: {acknowledged:?}");
        assert_eq!(stopped, flow_control == FlowControl::None);
        assert!(bench.nsp.counters().no_room > 1_900);
        // Taking makes room again.
        let before = acknowledged;
        while bench.control.receive(link, NOW).expect("open").is_some() {}
        let sent = bench.sent();
        assert!(sent.iter().any(|message| matches!(message, Message::LinkService(_))), "{sent:?}");
        bench.data(local, before.next().get(), true, true, b"more");
        assert!(bench.control.receive(link, NOW).expect("open").is_some());
    }
}

#[test]
fn a_message_without_end_ends_the_link() {
    let mut limits = Limits::default();
    limits.message_octets = 10_000;
    let mut bench = Bench::new(limits, FlowControl::None);
    let (_, local) = bench.running();
    for number in 1..=101 {
        bench.data(local, number, number == 1, false, &[0; 100]);
    }
    let events = bench.events();
    let [Event::Disconnected { reason: Reason::UNSPECIFIED, error: Some(error), .. }] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!(error.kind(), osisession_proto::ErrorKind::LimitHit);
    assert!(bench.sent().iter().any(|message| matches!(message, Message::DisconnectInitiate { .. })));
}

#[test]
fn broken_segmentation_and_long_interrupts_end_the_link() {
    let broken: [fn(&mut Bench, u16); 3] = [
        |bench, local| bench.data(local, 1, false, true, b"no beginning"),
        |bench, local| {
            bench.data(local, 1, true, false, b"begin");
            bench.data(local, 2, true, true, b"begin again");
        },
        |bench, local| bench.interrupt(local, 1, b"12345678901234567"),
    ];
    for violate in broken {
        let mut bench = Bench::new(Limits::default(), FlowControl::None);
        let (_, local) = bench.running();
        violate(&mut bench, local);
        let sent = bench.sent();
        let ends = |message: &Message| {
            matches!(message, Message::DisconnectInitiate { reason: Reason::UNSPECIFIED, .. })
        };
        assert!(sent.iter().any(ends), "{sent:?}");
        let events = bench.events();
        let [Event::Disconnected { error: Some(error), .. }] = &events[..] else { panic!("{events:?}") };
        assert!(error.details().parameter.is_some() && error.details().clause.is_some(), "{error}");
        let complete = Message::DisconnectConfirm { addresses: addresses(local), reason: Reason::COMPLETE };
        bench.bring(&complete);
        assert_eq!((bench.nsp.links(), bench.control.ports()), (0, 0));
    }
}

#[test]
fn interrupts_without_leave_wait_at_the_peer() {
    let mut bench = Bench::new(Limits::default(), FlowControl::None);
    let (link, local) = bench.running();
    for number in 1..=100 {
        bench.interrupt(local, number, b"now");
    }
    assert_eq!(bench.nsp.counters().no_room, 1);
    assert_eq!(bench.nsp.counters().beyond_window + 16 + 1, 100 - 31);
    let mut taken = 0;
    while let Some(Received::Interrupt(_)) = bench.control.receive(link, NOW).expect("open") {
        taken += 1;
    }
    assert_eq!(taken, 16);
    // Each one that is taken gives a credit.
    let credits: i32 = bench
        .sent()
        .iter()
        .map(|message| match message {
            Message::LinkService(service) if service.counts == Counts::Interrupts => i32::from(service.value),
            _ => 0,
        })
        .sum();
    assert_eq!(credits, 16);
}

#[test]
fn interrupts_are_sent_as_credit_allows() {
    let mut bench = Bench::new(Limits::default(), FlowControl::None);
    let (link, local) = bench.running();
    let blocked = |bench: &mut Bench| {
        let error = bench.control.interrupt(link, "x", NOW).expect_err("no credit");
        assert_eq!(error.kind(), osisession_proto::ErrorKind::WouldBlock);
    };
    bench.control.interrupt(link, "first", NOW).expect("one is free");
    blocked(&mut bench);
    bench.service(local, 1, Flow::NoChange, Counts::Interrupts, 2);
    assert!(matches!(bench.events()[..], [Event::InterruptReady { .. }]));
    bench.control.interrupt(link, "second", NOW).expect("credit");
    bench.control.interrupt(link, "third", NOW).expect("credit");
    blocked(&mut bench);
    // A negative count takes nothing away; one that makes more than 127 is ignored.
    bench.service(local, 2, Flow::NoChange, Counts::Interrupts, -1);
    bench.service(local, 3, Flow::NoChange, Counts::Interrupts, 127);
    bench.service(local, 4, Flow::NoChange, Counts::Interrupts, 1);
    for _ in 0..127 {
        bench.control.interrupt(link, "more", NOW).expect("credit");
    }
    blocked(&mut bench);
    for data in ["", "12345678901234567"] {
        let error = bench.control.interrupt(link, data, NOW).expect_err("length");
        assert_eq!(error.kind(), osisession_proto::ErrorKind::Invalid);
    }
}

#[test]
fn flow_control_of_the_peer_is_obeyed() {
    let segments =
        |sent: Vec<Message>| sent.iter().filter(|message| matches!(message, Message::Data(_))).count();
    for (flow_control, first, then) in
        [(FlowControl::None, 4, 0), (FlowControl::Segment, 2, 1), (FlowControl::Message, 3, 1)]
    {
        let mut bench = Bench::new(Limits::default(), FlowControl::None);
        let services = Services { flow_control, version: Version::V4_0, segment_size: 10 };
        let data = Hidden(to(EndUser::Number(200)).encode().expect("connect data"));
        bench.bring(&Message::ConnectInitiate { source: REMOTE, again: false, services, data });
        let Some(Event::Offered(offer)) = bench.control.poll_event() else { panic!("no offer") };
        bench.control.accept(offer.link, "", NOW).expect("offered");
        // One message of three segments, one of one: they wait until the link runs.
        bench.control.send(offer.link, vec![1; 25], NOW).expect("room");
        bench.control.send(offer.link, vec![2; 10], NOW).expect("room");
        let sent = bench.sent();
        let [.., Message::ConnectConfirm { addresses: confirm, .. }] = sent[..] else { panic!("{sent:?}") };
        let local = confirm.source;
        bench.service(local, 1, Flow::Stop, Counts::Data, 0);
        assert_eq!(segments(bench.sent()), 0, "stopped");
        bench.service(local, 2, Flow::Go, Counts::Data, 0);
        let at_once = segments(bench.sent());
        assert_eq!(at_once, if flow_control == FlowControl::None { 4 } else { 0 });
        let credit = if flow_control == FlowControl::Segment { 2 } else { 1 };
        bench.service(local, 3, Flow::NoChange, Counts::Data, credit);
        assert_eq!(at_once + segments(bench.sent()), first, "{flow_control:?}");
        if flow_control == FlowControl::Segment {
            // A request can be taken back.
            bench.service(local, 4, Flow::NoChange, Counts::Data, -3);
            bench.service(local, 5, Flow::NoChange, Counts::Data, 3);
            assert_eq!(segments(bench.sent()), 0);
            bench.service(local, 6, Flow::NoChange, Counts::Data, 1);
        } else {
            bench.service(local, 4, Flow::NoChange, Counts::Data, -1);
            bench.service(local, 5, Flow::NoChange, Counts::Data, 1);
        }
        assert_eq!(segments(bench.sent()), then, "{flow_control:?}");
    }
}

#[test]
fn acknowledgements_of_what_was_not_sent_have_no_effect() {
    let mut bench = Bench::new(Limits::default(), FlowControl::None);
    let (link, local) = bench.running();
    bench.control.send(link, "one", NOW).expect("room");
    bench.control.send(link, "two", NOW).expect("room");
    bench.control.disconnect(link, "", NOW).expect("open");
    assert_eq!(bench.sent().len(), 2);
    for number in [0, 3, 4, 100, 2_047, 2_048, 4_095] {
        let acks =
            Acks { own: Some(Ack { number: Number::new(number), negative: number == 3 }), cross: None };
        bench.bring(&Message::DataAck { addresses: addresses(local), acks });
        assert_eq!(bench.control.state(link).name(), "DRAINING", "{number}");
    }
    let acks = Acks { own: Some(Ack { number: Number::new(2), negative: true }), cross: None };
    bench.bring(&Message::DataAck { addresses: addresses(local), acks });
    assert!(matches!(bench.sent()[..], [Message::DisconnectInitiate { .. }]));
}

#[test]
fn sending_blocks_and_says_when_it_does_not() {
    let mut limits = Limits::default();
    limits.queued_send_messages = 4;
    let mut bench = Bench::new(limits, FlowControl::None);
    let (link, local) = bench.running();
    for _ in 0..4 {
        bench.control.send(link, "", NOW).expect("room");
    }
    let error = bench.control.send(link, "", NOW).expect_err("full");
    assert_eq!(error.kind(), osisession_proto::ErrorKind::WouldBlock);
    let acknowledge = |bench: &mut Bench, number| {
        bench.sent();
        let acks = Acks { own: Some(Ack::positive(Number::new(number))), cross: None };
        bench.bring(&Message::DataAck { addresses: addresses(local), acks });
        bench.events()
    };
    assert!(acknowledge(&mut bench, 1).is_empty(), "not yet half empty");
    assert!(matches!(acknowledge(&mut bench, 2)[..], [Event::SendReady { .. }]));
    bench.control.send(link, "", NOW).expect("room again");
    assert!(acknowledge(&mut bench, 5).is_empty(), "nobody was refused");
}

#[test]
fn what_was_received_can_be_taken_after_the_end() {
    let mut bench = Bench::new(Limits::default(), FlowControl::None);
    let (link, local) = bench.running();
    bench.data(local, 1, true, true, b"last words");
    let data = Bytes::from_static(b"bye");
    bench.bring(&Message::DisconnectInitiate {
        addresses: addresses(local),
        reason: Reason::BY_END_USER,
        data,
    });
    assert!(matches!(bench.events()[..], [Event::Readable { .. }]));
    let last = Received::Message(Bytes::from_static(b"last words"));
    assert_eq!(bench.control.receive(link, NOW).expect("still there"), Some(last));
    assert!(matches!(&bench.events()[..], [Event::Disconnected { data, .. }] if data == "bye"));
    let gone = bench.control.receive(link, NOW).expect_err("gone");
    assert_eq!(gone.kind(), osisession_proto::ErrorKind::Closed);
}

#[test]
fn user_data_of_seventeen_octets_are_refused_and_change_nothing() {
    let mut bench = Bench::new(Limits::default(), FlowControl::None);
    let (link, _) = bench.running();
    let long = "12345678901234567";
    for error in [
        bench.control.disconnect(link, long, NOW).expect_err("too long"),
        bench.control.abort(link, long, NOW).expect_err("too long"),
        bench
            .control
            .connect(
                peer(),
                EndUser::Number(1),
                ConnectOptions { user_data: Some(long.into()), ..ConnectOptions::default() },
                NOW,
            )
            .expect_err("too long"),
        bench
            .control
            .connect("NOWHERE", EndUser::Number(1), ConnectOptions::default(), NOW)
            .expect_err("name"),
        bench
            .control
            .connect("1234567", EndUser::Number(1), ConnectOptions::default(), NOW)
            .expect_err("name"),
        bench
            .control
            .connect(peer(), EndUser::Number(0), ConnectOptions::default(), NOW)
            .expect_err("object 0"),
    ] {
        assert_eq!(error.kind(), osisession_proto::ErrorKind::Invalid, "{error}");
    }
    assert!(bench.sent().is_empty());
    assert_eq!((bench.control.ports(), bench.control.state(link).name()), (1, "RUNNING"));
}

/// Octets at random, and messages with octets changed, against links in all states: no panic, and limits hold.
#[test]
fn noise_is_survived() {
    for seed in 1..=60 {
        let mut random = Random::new(seed);
        let mut limits = Limits::default();
        limits.incoming_links = 20;
        limits.offered_links = 10;
        limits.message_octets = 20_000;
        let flow_control = [FlowControl::None, FlowControl::Segment, FlowControl::Message][seed as usize % 3];
        let mut bench = Bench::new(limits, flow_control);
        let mut kept: Vec<Bytes> = Vec::new();
        let mut links = Vec::new();
        for step in 0..1_500 {
            let local = 95 + random.below(30) as u16;
            let at = Addresses { destination: local, source: 1 + random.below(12) as u16 };
            let acks = Acks {
                own: random.percent(50).then(|| Ack::positive(Number::new(random.below(12) as u16))),
                cross: random.percent(20).then(|| Ack::positive(Number::new(random.below(12) as u16))),
            };
            let number = Number::new(random.below(12) as u16);
            let reason = Reason::new(random.below(45) as u16);
            let services = Services {
                flow_control: [FlowControl::None, FlowControl::Segment, FlowControl::Message]
                    [random.below(3) as usize],
                version: [Version::V3_1, Version::V3_2, Version::V4_0, Version::V4_1]
                    [random.below(4) as usize],
                segment_size: 1 + random.below(40) as u16,
            };
            let object = if random.percent(80) { 200 } else { 9 };
            let message = match random.below(10) {
                0 | 1 => Message::ConnectInitiate {
                    source: at.source,
                    again: random.percent(30),
                    services,
                    data: Hidden(to(EndUser::Number(object)).encode().expect("connect data")),
                },
                2 => Message::ConnectConfirm { addresses: at, services, data: Bytes::new() },
                3 if random.percent(30) => {
                    Message::DisconnectInitiate { addresses: at, reason, data: Bytes::new() }
                }
                4 if random.percent(30) => Message::DisconnectConfirm { addresses: at, reason },
                5 => Message::Interrupt(Interrupt {
                    addresses: at,
                    acks,
                    number,
                    data: Bytes::from_static(b"i"),
                }),
                6 => Message::LinkService(LinkService {
                    addresses: at,
                    acks,
                    number,
                    flow: [Flow::NoChange, Flow::Stop, Flow::Go][random.below(3) as usize],
                    counts: if random.percent(50) { Counts::Data } else { Counts::Interrupts },
                    value: random.next() as i8,
                }),
                7 => Message::DataAck {
                    addresses: at,
                    acks: Acks { own: Some(Ack::positive(number)), ..acks },
                },
                _ => Message::Data(DataSegment {
                    addresses: at,
                    acks,
                    number,
                    delay: random.percent(50),
                    begins: random.percent(80),
                    ends: random.percent(80),
                    data: vec![0; random.below(600) as usize].into(),
                }),
            };
            let mut octets = BytesMut::new();
            message.encode(&mut octets).expect("a message");
            if random.percent(25) && !octets.is_empty() {
                let at = random.below(octets.len() as u64) as usize;
                octets[at] = random.next() as u8;
            }
            if random.percent(10) {
                octets.truncate(random.below(octets.len() as u64 + 1) as usize);
            }
            kept.push(octets.freeze());
            let chosen = random.below(kept.len() as u64) as usize;
            let octets = if random.percent(10) { kept[chosen].clone() } else { kept[kept.len() - 1].clone() };
            bench.nsp.received(peer(), random.percent(3), &octets, bench.now);
            bench.settle();
            // Our users act at random, too.
            for event in bench.events() {
                match event {
                    Event::Offered(offer) if random.percent(70) => {
                        bench.control.accept(offer.link, "", bench.now).expect("offered");
                        links.push(offer.link);
                    }
                    Event::Offered(offer) => links.push(offer.link),
                    _ => {}
                }
            }
            if random.percent(10)
                && let Ok(link) =
                    bench.control.connect(peer(), EndUser::Number(1), ConnectOptions::default(), bench.now)
            {
                links.push(link);
            }
            if !links.is_empty() {
                let link = links[random.below(links.len() as u64) as usize];
                let _ = match random.below(12) {
                    0 => bench.control.disconnect(link, "", bench.now),
                    1 => bench.control.abort(link, "", bench.now),
                    2..=5 => bench.control.send(link, vec![1; random.below(200) as usize], bench.now),
                    6 => bench.control.interrupt(link, "now", bench.now),
                    _ => bench.control.receive(link, bench.now).map(drop),
                };
            }
            bench.settle();
            assert!(bench.sent().len() < 2_000, "step {step}");
            if random.percent(5) {
                bench.now = bench.now + Duration::from_millis(random.below(4_000));
                bench.nsp.handle_timeout(bench.now);
                bench.control.handle_timeout(bench.now);
                bench.settle();
            }
        }
        // The noise ends, and so does every link.
        for _ in 0..100_000 {
            for event in bench.events() {
                if event.is_last() {
                    links.retain(|link| *link != event.link());
                }
            }
            for link in &links {
                let _ = bench.control.abort(*link, "", bench.now);
                let _ = bench.control.reject(*link, Reason::BY_END_USER, "", bench.now);
            }
            bench.sent();
            bench.events();
            let next = [bench.nsp.next_timeout(), bench.control.next_timeout()].into_iter().flatten().min();
            let Some(next) = next else { break };
            bench.now = bench.now.max(next);
            bench.nsp.handle_timeout(bench.now);
            bench.control.handle_timeout(bench.now);
        }
        assert_eq!((bench.nsp.links(), bench.control.ports()), (0, 0), "seed {seed}");
    }
}
