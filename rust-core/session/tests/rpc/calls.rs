//! Asking and answering while all is well.
use crate::support::*;
use osisession::rpc::*;
use osisession::{Endpoint, EndpointConfig, ErrorKind};
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

#[test]
fn one_request() {
    let endpoint = started();
    let (server, _) = echo(&endpoint);
    let client = client(&endpoint, &server);
    assert!(!client.is_connected(), "nobody has asked for anything");
    assert_eq!(client.request("hello", Some(LONG)), Ok("hello".into()));
    assert!(client.is_connected());
    assert_eq!(client.request("", Some(LONG)), Ok("".into()));
    let large = vec![7; 1 << 20];
    assert_eq!(client.request(large.clone(), Some(LONG)), Ok(large.into()));
    assert_eq!(client.release(Some(LONG)), Ok(()));
}

#[test]
fn nobody_drives_but_those_who_wait() {
    let endpoint = Endpoint::new(EndpointConfig::default()).expect("an endpoint");
    let (server, count) = echo(&endpoint);
    let client = client(&endpoint, &server);
    for number in 0..50u32 {
        let data = number.to_be_bytes().to_vec();
        assert_eq!(client.request(data.clone(), Some(LONG)), Ok(data.into()));
    }
    assert_eq!(count.load(Ordering::SeqCst), 50);
}

#[test]
fn answers_in_another_order() {
    let endpoint = started();
    let server = Server::new(&endpoint, "127.0.0.1:0", ServerConfig::default()).expect("a server");
    let client = client(&endpoint, &server);
    let calls: Vec<Call> =
        (0..20u8).map(|number| client.start(vec![number], Options::within(LONG)).expect("asked")).collect();
    let mut requests: Vec<Request> =
        (0..20).map(|_| server.next_request(Some(LONG)).expect("a request")).collect();
    requests.sort_by_key(|request| (request.data()[0] % 7, request.data()[0]));
    assert!(calls.iter().all(|call| !call.is_settled()));
    for request in requests {
        let answer = vec![request.data()[0], 1];
        request.respond(answer).expect("answered");
    }
    for (number, call) in calls.iter().enumerate() {
        assert_eq!(call.wait(), Ok(vec![number as u8, 1].into()));
        let again = call.wait().expect_err("an outcome is taken once");
        assert!(matches!(&again, Failure::Refused(error) if error.kind() == ErrorKind::Refused), "{again:?}");
    }
}

#[test]
fn callbacks_may_ask_again() {
    let endpoint = started();
    let (server, _) = echo(&endpoint);
    let client = client(&endpoint, &server);
    let (send, receive) = mpsc::channel();
    let again = client.clone();
    client
        .start_with("first", Options::within(LONG), move |_, answer| {
            // This waits where the endpoint is driven, and so drives it.
            let second = again.request("second", Some(LONG));
            let third = again.start("third", Options::within(LONG)).and_then(|call| call.wait());
            send.send((answer, second, third)).unwrap();
        })
        .expect("asked");
    let answers = receive.recv_timeout(LONG).expect("called back");
    assert_eq!(answers, (Ok("first".into()), Ok("second".into()), Ok("third".into())));
}

#[test]
fn outcomes_in_a_queue() {
    let endpoint = started();
    let (server, _) = echo(&endpoint);
    let mut config = hasty();
    config.calls.max_open = 5;
    let client = Client::new(&endpoint, &server.local_address(), config).expect("a client");
    assert_eq!(client.try_next_outcome(), None);
    let late = client.next_outcome(Some(Duration::from_millis(10))).expect_err("nothing was asked");
    assert_eq!(late.kind(), ErrorKind::TimedOut);
    let mut asked: Vec<(u64, Answer)> = (0..5u8)
        .map(|n| (client.start_queued(vec![n], Options::within(LONG)).expect("asked"), Ok(vec![n].into())))
        .collect();
    until(|| client.progress().waiting == 0);
    let refused = client.start_queued("one more", Options::default()).expect_err("nobody took the others");
    assert!(
        matches!(&refused, Failure::Refused(error) if error.kind() == ErrorKind::LimitHit),
        "{refused:?}"
    );
    let mut outcomes: Vec<(u64, Answer)> =
        (0..5).map(|_| client.next_outcome(Some(LONG)).expect("an outcome")).collect();
    outcomes.sort_by_key(|(id, _)| *id);
    asked.sort_by_key(|(id, _)| *id);
    assert_eq!(outcomes, asked);
    client.start_queued("last", Options::default()).expect("asked");
    client.close();
    assert!(client.next_outcome(Some(LONG)).is_ok());
    assert_eq!(client.next_outcome(Some(LONG)).expect_err("closed").kind(), ErrorKind::Closed);
}

/// Wakes a thread that waits for a future.
struct Unpark(std::thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}

#[test]
fn futures_without_a_runtime() {
    let endpoint = started();
    let (server, _) = echo(&endpoint);
    let client = client(&endpoint, &server);
    let answers = block_on(async {
        let first = client.start("first", Options::within(LONG))?;
        let second = client.start("second", Options::within(LONG))?;
        Ok::<_, Failure>((second.await?, first.await?))
    });
    assert_eq!(answers, Ok(("second".into(), "first".into())));
}

#[test]
fn a_future_that_is_dropped_is_cancelled() {
    let endpoint = started();
    let server = Server::new(&endpoint, "127.0.0.1:0", ServerConfig::default()).expect("a server");
    let client = client(&endpoint, &server);
    let call = client.start("never mind", Options::default()).expect("asked");
    let request = server.next_request(Some(LONG)).expect("a request");
    assert!(!request.is_cancelled());
    drop(call);
    until(|| request.is_cancelled());
    request.respond("too late").expect("it may be answered nevertheless");
    until(|| client.progress().waiting == 0);
}

#[test]
fn errors_of_the_application() {
    let endpoint = started();
    let server = Server::new(&endpoint, "127.0.0.1:0", ServerConfig::default()).expect("a server");
    server.serve(|request| match &request.data()[..] {
        b"fail" => request.fail(0x123, "because").expect("answered"),
        b"own" => assert_eq!(request.fail(1, "").expect_err("not his").kind(), ErrorKind::Invalid),
        b"zero" => assert_eq!(request.fail(0, "").expect_err("no code").kind(), ErrorKind::Invalid),
        b"panic" => panic!("the handler's own fault, as the test wants it"),
        b"forget" => drop(request),
        b"long" => {
            let error = request.respond(vec![0; (1 << 20) + 1]).expect_err("too long");
            assert_eq!(error.kind(), ErrorKind::Invalid);
        }
        other => panic!("{other:?}"),
    });
    let client = client(&endpoint, &server);
    let failure = |data: &str| client.request(data.to_owned(), Some(LONG)).expect_err("failed");
    let answered = |code: u16, data: &str| Failure::Answered { code, data: data.to_owned().into() };
    assert_eq!(failure("fail"), answered(0x123, "because"));
    let error = failure("fail").error();
    assert_eq!((error.kind(), error.details().reason), (ErrorKind::Peer, Some(0x123)));
    for dropped in ["forget", "own", "zero", "panic", "long"] {
        assert_eq!(failure(dropped), answered(code::UNANSWERED, ""), "{dropped}");
    }
}

#[test]
fn deadlines() {
    let endpoint = started();
    let server = Server::new(&endpoint, "127.0.0.1:0", ServerConfig::default()).expect("a server");
    let client = client(&endpoint, &server);
    client.open(Some(LONG)).expect("open");
    let failure = client.request("slow", Some(Duration::from_millis(30))).expect_err("late");
    match &failure {
        Failure::Unknown { why: Why::Deadline, error } => assert_eq!(error.kind(), ErrorKind::TimedOut),
        other => panic!("{other:?}"),
    }
    let request = server.next_request(Some(LONG)).expect("a request");
    until(|| request.is_cancelled());
    request.respond("late").expect("sent");
    let failure = client.request("no time", Some(Duration::ZERO)).expect_err("late");
    assert!(
        matches!(&failure, Failure::Refused(error) if error.kind() == ErrorKind::TimedOut),
        "{failure:?}"
    );
    assert!(failure.is_not_done());
    // What came late was nobody's, and did no harm.
    let call = client.start("next", Options::within(LONG)).expect("asked");
    server.next_request(Some(LONG)).expect("a request").respond("answer").expect("sent");
    assert_eq!(call.wait(), Ok("answer".into()));
}

#[test]
fn a_deadline_before_it_left_says_not_done() {
    let endpoint = started();
    // Somebody listens and says nothing.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = silent.local_addr().expect("bound").to_string();
    let client = Client::new(&endpoint, &address, hasty()).expect("a client");
    let failure = client.request("hello", Some(Duration::from_millis(50))).expect_err("late");
    assert!(matches!(failure, Failure::NotDone { why: Why::Deadline, .. }), "{failure:?}");
}

#[test]
fn cancelled() {
    let endpoint = started();
    let server = Server::new(&endpoint, "127.0.0.1:0", ServerConfig::default()).expect("a server");
    let client = client(&endpoint, &server);
    let call = client.start("long work", Options::default()).expect("asked");
    let request = server.next_request(Some(LONG)).expect("a request");
    call.cancel().expect("it has no outcome");
    assert_eq!(call.wait_timeout(Duration::from_millis(20)), None, "the peer has not said anything");
    until(|| request.is_cancelled());
    request.fail(code::CANCELLED, "stopped half-way").expect("answered");
    let stopped = Failure::Answered { code: code::CANCELLED, data: "stopped half-way".into() };
    assert_eq!(call.wait(), Err(stopped));
    assert_eq!(call.cancel().expect_err("it has its outcome").kind(), ErrorKind::Refused);

    // One that never left.
    let alone = Client::new(&endpoint, "127.0.0.1:1", hasty()).expect("a client");
    let call = alone.start("never", Options::default()).expect("asked");
    call.cancel().expect("it has no outcome");
    let failure = call.wait().expect_err("cancelled");
    assert!(matches!(failure, Failure::NotDone { why: Why::Cancelled, .. }), "{failure:?}");
}

#[test]
fn one_way() {
    let endpoint = started();
    let server = Server::new(&endpoint, "127.0.0.1:0", ServerConfig::default()).expect("a server");
    let client = client(&endpoint, &server);
    client.one_way(b"fire", Some(LONG)).expect("sent");
    client.one_way(b"forget", Some(LONG)).expect("sent");
    for data in ["fire", "forget"] {
        let request = server.next_request(Some(LONG)).expect("a request");
        assert!(request.is_one_way() && request.id().is_none());
        assert_eq!(request.data(), data);
        request.respond("nobody hears it").expect("and nobody minds");
    }
    let alone = Client::new(&endpoint, "127.0.0.1:1", hasty()).expect("a client");
    let error = alone.one_way(b"fire", Some(Duration::from_millis(30))).expect_err("nobody is there");
    assert_eq!(error.kind(), ErrorKind::TimedOut);
}

#[test]
fn both_sides_ask() {
    let endpoint = started();
    let server = Server::new(&endpoint, "127.0.0.1:0", ServerConfig::default()).expect("a server");
    server.serve(|request| {
        // A question before the answer, in a thread of the handler's.
        let known = request.peer().request("what is your name?", Some(LONG)).expect("answered");
        let answer = [&b"hello "[..], &known].concat();
        request.respond(answer).expect("answered");
    });
    let client = client(&endpoint, &server);
    // A client that serves nothing says so at once.
    let failure = client.request("who am I?", Some(LONG)).expect_err("the handler fails");
    assert_eq!(failure, Failure::Answered { code: code::UNANSWERED, data: "".into() });
    client.serve(|request| {
        assert_eq!(request.data(), "what is your name?");
        request.respond("Client").expect("answered");
    });
    assert_eq!(client.request("who am I?", Some(LONG)), Ok("hello Client".into()));
}

#[test]
fn threads_of_the_handler_are_bounded() {
    let endpoint = started();
    let mut config = ServerConfig::default();
    config.service.threads = 3;
    let server = Server::new(&endpoint, "127.0.0.1:0", config).expect("a server");
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (running, highest) = (now.clone(), most.clone());
    server.serve(move |request| {
        let here = running.fetch_add(1, Ordering::SeqCst) + 1;
        highest.fetch_max(here, Ordering::SeqCst);
        // The first ones stay until all are there, and a little longer: long enough for one too many.
        until(|| highest.load(Ordering::SeqCst) >= 3);
        std::thread::sleep(Duration::from_millis(10));
        running.fetch_sub(1, Ordering::SeqCst);
        let _ = request.respond("");
    });
    let client = client(&endpoint, &server);
    let calls: Vec<Call> =
        (0..30).map(|_| client.start("work", Options::within(LONG)).expect("asked")).collect();
    for call in calls {
        assert_eq!(call.wait(), Ok("".into()));
    }
    assert_eq!(most.load(Ordering::SeqCst), 3);
}

#[test]
fn without_threads_the_driver_carries_out() {
    let endpoint = Endpoint::new(EndpointConfig::default()).expect("an endpoint");
    let mut config = ServerConfig::default();
    config.service.threads = 0;
    let server = Server::new(&endpoint, "127.0.0.1:0", config).expect("a server");
    let threads = Arc::new(Mutex::new(Vec::new()));
    let seen = threads.clone();
    server.serve(move |request| {
        seen.lock().unwrap().push(std::thread::current().id());
        let data = request.data().clone();
        let _ = request.respond(data);
    });
    let client = client(&endpoint, &server);
    let calls: Vec<Call> =
        (0..60u8).map(|n| client.start(vec![n], Options::within(LONG)).expect("asked")).collect();
    for (number, call) in calls.iter().enumerate() {
        assert_eq!(call.wait(), Ok(vec![number as u8].into()));
    }
    let here = std::thread::current().id();
    assert_eq!(*threads.lock().unwrap(), vec![here; 60]);
}

#[test]
fn a_thousand_callers_at_once() {
    const CALLERS: u32 = 1_000;
    for background in [true, false] {
        let endpoint = Endpoint::new(EndpointConfig::default()).expect("an endpoint");
        if background {
            endpoint.start().expect("a thread");
        }
        let mut config = ServerConfig::default();
        config.calls.max_executing = CALLERS as usize;
        let server = Server::new(&endpoint, "127.0.0.1:0", config).expect("a server");
        server.serve(|request| {
            let data = request.data().clone();
            let _ = request.respond(data);
        });
        let mut config = hasty();
        config.calls.max_open = CALLERS as usize;
        let client = Client::new(&endpoint, &server.local_address(), config).expect("a client");
        std::thread::scope(|scope| {
            for caller in 0..CALLERS {
                let client = &client;
                let work = move || {
                    for round in 0..3u32 {
                        let data = [caller.to_be_bytes(), round.to_be_bytes()].concat();
                        assert_eq!(client.request(data.clone(), Some(LONG)), Ok(data.into()));
                    }
                };
                std::thread::Builder::new()
                    .stack_size(128 << 10)
                    .spawn_scoped(scope, work)
                    .expect("a thread");
            }
        });
        assert_eq!(client.progress().waiting, 0);
    }
}

#[test]
fn closing_gives_every_request_its_outcome() {
    let endpoint = started();
    let server = Server::new(&endpoint, "127.0.0.1:0", ServerConfig::default()).expect("a server");
    let client = client(&endpoint, &server);
    let call = client.start("sent", Options::default()).expect("asked");
    let request = server.next_request(Some(LONG)).expect("a request");
    client.close();
    let failure = call.wait().expect_err("closed");
    assert!(matches!(failure, Failure::Unknown { why: Why::Closed, .. }), "{failure:?}");
    let failure = client.request("later", Some(LONG)).expect_err("closed");
    assert!(matches!(&failure, Failure::Refused(error) if error.kind() == ErrorKind::Closed), "{failure:?}");
    assert_eq!(client.next_request(Some(LONG)).expect_err("closed").kind(), ErrorKind::Closed);
    assert_eq!(client.open(Some(LONG)).expect_err("closed").kind(), ErrorKind::Closed);
    server.close();
    assert_eq!(request.respond("nobody is left").expect_err("closed").kind(), ErrorKind::Closed);
    assert_eq!(server.next_request(Some(LONG)).expect_err("closed").kind(), ErrorKind::Closed);

    // The endpoint takes everything along.
    let (server, _) = echo(&endpoint);
    let client = Client::new(&endpoint, "127.0.0.1:1", hasty()).expect("a client");
    let call = client.start("never", Options::default()).expect("asked");
    endpoint.close();
    let failure = call.wait().expect_err("closed");
    assert!(matches!(failure, Failure::NotDone { why: Why::Closed, .. }), "{failure:?}");
    assert_eq!(server.next_event(Some(LONG)).expect_err("closed").kind(), ErrorKind::Closed);
}

#[test]
fn an_endpoint_goes_with_its_last_handle() {
    let endpoint = started();
    let (server, _) = echo(&endpoint);
    let client = client(&endpoint, &server);
    assert_eq!(client.request("hello", Some(LONG)), Ok("hello".into()));
    let address = server.local_address();
    drop((client, server, endpoint));
    until(|| std::net::TcpStream::connect(&address).is_err());
}
