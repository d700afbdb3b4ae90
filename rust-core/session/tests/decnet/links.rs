//! Calls, answers, messages, ends.
use crate::support::*;
use osisession::ErrorKind;
use osisession::decnet::*;

#[test]
fn messages_of_all_sizes_go_both_ways() {
    let (there, here) = pair();
    let (link, answering) = linked(&there, &here);
    let length = |number: usize| number * number * 13 % 9_000;
    std::thread::scope(|scope| {
        for (from, to) in [(&link, &answering), (&answering, &link)] {
            scope.spawn(move || {
                for number in 0..1_000 {
                    from.send_wait(pattern(number, length(number)), LONG).expect("sent");
                }
            });
            scope.spawn(move || {
                for number in 0..1_000 {
                    let message = to.receive(LONG).expect("a message");
                    assert_eq!(message, pattern(number, length(number)), "{number}");
                }
            });
        }
    });
    link.disconnect("bye").expect("open");
    assert!(matches!(link.wait_ended(LONG), Ok(LinkEvent::Closed)));
    let end = answering.wait_ended(LONG).expect("an end");
    assert!(
        matches!(&end, LinkEvent::Disconnected { reason: Reason::BY_END_USER, data, error: None } if data == "bye"),
        "{end:?}"
    );
    assert_eq!(answering.next_event(LONG).unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(link.state(), LinkState::Closed);
    assert!(link.is_over() && answering.is_over());
    assert_eq!(link.send("late").unwrap_err().kind(), ErrorKind::Closed);
    let end = std::time::Instant::now() + LONG.unwrap();
    while here.links() + there.links() > 0 {
        assert!(std::time::Instant::now() < end, "links are left");
        std::thread::yield_now();
    }
}

#[test]
fn a_connect_carries_who_calls_and_what_it_says() {
    let (there, here) = pair();
    there.define_node("CALLER", address("1.2")).expect("a name");
    here.define_node("called", address("1.1")).expect("a name");
    let listener = there.listen(Object::numbered(200).with_name("BOTH")).expect("an object");
    let options = ConnectOptions {
        source: Some(EndUser::NameWithCodes { group: 1, user: 2, name: "ME".into() }),
        access: Some(AccessControl { user: "U".into(), password: "P".into(), account: "A".into() }),
        user_data: Some("data".into()),
        ..ConnectOptions::default()
    };
    let link = here.connect("CALLED", EndUser::Number(200), options.clone()).expect("a call");
    assert_eq!(link.node(), address("1.1"));
    let call = listener.accept(LONG).expect("a connect");
    assert_eq!((call.node(), call.node_name().unwrap().as_str()), (address("1.2"), "CALLER"));
    assert_eq!((call.destination(), call.source()), (&EndUser::Number(200), &options.source.unwrap()));
    assert_eq!((call.access(), &call.user_data()[..]), (options.access.as_ref(), &b"data"[..]));
    assert!(!call.is_proxy());
    // Kept: an end that is dropped aborts the link, which may overtake the accept.
    let answering = call.accept("0123456789abcdef").expect("accepted");
    assert_eq!(answering.node(), address("1.2"));
    assert_eq!(link.wait_connected(LONG).expect("an answer"), "0123456789abcdef");
    assert_eq!(link.wait_connected(LONG).unwrap_err().kind(), ErrorKind::Refused);

    let (link, _) =
        here.connect_wait("1.2", EndUser::Number(200), ConnectOptions::default(), LONG).map_or_else(
            |error| {
                // This node itself, which has no such object.
                assert_eq!(error.details().reason, Some(4), "{error}");
                (None, ())
            },
            |(link, _)| (Some(link), ()),
        );
    assert!(link.is_none());
}

#[test]
fn rejects_come_with_reason_and_data() {
    let (there, here) = pair();
    let listener = there.listen(Object::named("NO")).expect("an object");
    let call = |object: &str| {
        here.connect(address("1.1"), EndUser::named(object.to_owned()), ConnectOptions::default()).unwrap()
    };
    let link = call("NO");
    listener.accept(LONG).expect("a connect").reject(Reason::new(33), "not now").expect("rejected");
    let error = link.wait_connected(LONG).unwrap_err();
    assert_eq!((error.kind(), error.details().reason), (ErrorKind::Peer, Some(33)), "{error}");
    assert_eq!(error.details().octets, b"not now");
    assert_eq!(link.receive(LONG).unwrap_err().details().reason, Some(33));

    let link = call("NOBODY");
    let outcome = link.wait_outcome(LONG).expect("an answer");
    assert!(matches!(outcome, LinkEvent::Rejected { reason: Reason::NO_SUCH_OBJECT, .. }), "{outcome:?}");

    // Nobody answers: dropped without a word.
    let link = call("NO");
    drop(listener.accept(LONG).expect("a connect"));
    assert_eq!(link.wait_connected(LONG).unwrap_err().details().reason, Some(38));
    // The object goes while a call waits.
    while there.next_ready().is_some() {}
    let link = call("NO");
    let end = std::time::Instant::now() + LONG.unwrap();
    while !matches!(there.next_ready(), Some(DecnetReady::Listener(_))) {
        assert!(std::time::Instant::now() < end, "no call");
        std::thread::yield_now();
    }
    drop(listener);
    assert_eq!(link.wait_connected(LONG).unwrap_err().details().reason, Some(38));
    assert_eq!(call("NO").wait_connected(LONG).unwrap_err().details().reason, Some(4));

    // The whole node goes while one call waits to be taken and another to be answered.
    let listener = there.listen(Object::named("NO")).expect("free again");
    let taken = call("NO");
    let unanswered = listener.accept(LONG).expect("a connect");
    while there.next_ready().is_some() {}
    let waiting = call("NO");
    let end = std::time::Instant::now() + LONG.unwrap();
    while !matches!(there.next_ready(), Some(DecnetReady::Listener(_))) {
        assert!(std::time::Instant::now() < end, "no call");
        std::thread::yield_now();
    }
    there.close();
    for link in [taken, waiting] {
        assert_eq!(link.wait_connected(LONG).unwrap_err().details().reason, Some(3));
    }
    assert_eq!(unanswered.accept("").unwrap_err().kind(), ErrorKind::Closed);
}

#[test]
fn reasons_of_nsp_are_not_sent() {
    let (there, here) = pair();
    let call = |object: &str| {
        here.connect(address("1.1"), EndUser::named(object.to_owned()), ConnectOptions::default()).unwrap()
    };
    let listener = there.listen(Object::named("NO")).expect("an object");
    assert_eq!(there.listen(Object::named("no")).unwrap_err().kind(), ErrorKind::Refused);
    let link = call("NO");
    let wrong = listener.accept(LONG).expect("a connect").reject(Reason::NO_LINK, "");
    assert_eq!(wrong.unwrap_err().kind(), ErrorKind::Invalid);
    assert_eq!(link.wait_connected(LONG).unwrap_err().details().reason, Some(38));
}

#[test]
fn callers_of_an_object_with_accounts_need_one() {
    let (there, here) = pair();
    let accounts = vec![Account { user: "SMITH".into(), password: "SESAME".into(), account: None }];
    let listener = there.listen(Object::named("SAFE").with_accounts(accounts)).expect("an object");
    let call = |password: &str| {
        let access =
            AccessControl { user: "smith".into(), password: password.to_owned().into(), account: "".into() };
        let options = ConnectOptions { access: Some(access), ..ConnectOptions::default() };
        here.connect(address("1.1"), EndUser::named("SAFE"), options).expect("a call")
    };
    assert_eq!(call("sesame").wait_connected(LONG).unwrap_err().details().reason, Some(34));
    let link = call("SESAME");
    let call = listener.accept(LONG).expect("a connect");
    assert_eq!(call.access().unwrap().user, "smith");
    assert!(call.access().unwrap().password.reveal().is_empty(), "what was checked is not shown");
    let _answering = call.accept("").expect("accepted");
    link.wait_connected(LONG).expect("let in");
}

#[test]
fn what_can_never_be_sent_is_refused_here() {
    let (_there, here) = pair();
    let connect = |node: &str, object: EndUser, options: ConnectOptions| {
        let error = here.connect(node, object, options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
        error.details().reason
    };
    let mirror = || EndUser::Number(25);
    let none = ConnectOptions::default;
    assert_eq!(connect("NOBODY", mirror(), none()), Some(2));
    assert_eq!(connect("not a name", mirror(), none()), Some(10));
    connect("1.1", EndUser::Number(0), none());
    connect("1.1", EndUser::named("seventeen octets!"), none());
    let long = Some(vec![0; 17].into());
    connect("1.1", mirror(), ConnectOptions { user_data: long, ..none() });
    let access = AccessControl { password: vec![b'x'; 40].into(), ..AccessControl::default() };
    connect("1.1", mirror(), ConnectOptions { access: Some(access), ..none() });
    assert_eq!(here.links(), 0);
}

#[test]
fn a_link_ends_with_its_last_handle() {
    let (there, here) = pair();
    let (link, answering) = linked(&there, &here);
    let second = link.clone();
    drop(link);
    second.send("still here").expect("open");
    assert_eq!(answering.receive(LONG).expect("a message"), "still here");
    drop(second);
    let end = answering.wait_ended(LONG).expect("an end");
    assert!(matches!(end, LinkEvent::Disconnected { reason: Reason::ABORTED, .. }), "{end:?}");

    // A disconnect goes on without its user.
    let (link, answering) = linked(&there, &here);
    for number in 0..200 {
        link.send(pattern(number, 3_000)).expect("room");
    }
    link.disconnect("done").expect("open");
    drop(link);
    for number in 0..200 {
        assert_eq!(answering.receive(LONG).expect("a message"), pattern(number, 3_000));
    }
    let error = answering.receive(LONG).unwrap_err();
    assert_eq!((error.kind(), error.details().reason), (ErrorKind::Closed, Some(0)), "{error}");
    assert_eq!(error.details().octets, b"done");

    let (link, answering) = linked(&there, &here);
    link.abort("enough").expect("open");
    let end = answering.wait_ended(LONG).expect("an end");
    assert!(
        matches!(&end, LinkEvent::Disconnected { reason: Reason::ABORTED, data, .. } if data == "enough"),
        "{end:?}"
    );
}

#[test]
fn a_call_that_nobody_answers_ends_in_time() {
    let there = started(listening());
    let mut config = connecting(&there);
    config.limits.outgoing_timeout = std::time::Duration::from_millis(200);
    let here = started(config);
    here.wait_up(LONG).expect("a circuit");
    let _silent = there.listen(Object::named("SILENT")).expect("an object");
    let call = || here.connect(address("1.1"), EndUser::named("SILENT"), ConnectOptions::default()).unwrap();
    assert_eq!(call().wait_connected(LONG).unwrap_err().details().reason, Some(38));
    let link = call();
    let soon = Some(std::time::Duration::from_millis(1));
    assert_eq!(link.wait_connected(soon).unwrap_err().kind(), ErrorKind::TimedOut);
    link.close();
    assert_eq!(link.next_event(LONG).unwrap_err().kind(), ErrorKind::Closed);
}

#[test]
fn a_node_calls_itself_without_a_circuit() {
    let config = DecnetConfig::new(address("1.1"), Circuit::listen("127.0.0.1:0"));
    let node = DecnetEndpoint::new(config).expect("an endpoint");
    let (link, answering) = linked(&node, &node);
    assert!(!node.is_up() && node.neighbour().is_none());
    link.send("to myself").expect("open");
    assert_eq!(answering.receive(LONG).expect("a message"), "to myself");
}
