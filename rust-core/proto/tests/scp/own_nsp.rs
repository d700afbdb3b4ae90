//! Session control alone, over an NSP that is not ours: one that a caller brings. Here it is a lossless pipe between two nodes which has
//! nothing of our NSP: no messages, numbers, acknowledgements or timers.
use bytes::Bytes;
use osisession_proto::scp::nsp::{LinkId, NspIndication as Indication, NspRequest as Request};
use osisession_proto::scp::port::table::State;
use osisession_proto::scp::session::{Config, ConnectOptions, Event, Received, SessionControl};
use osisession_proto::scp::{AccessControl, Account, ConnectData, EndUser, NodeAddress, Object, Reason};
use osisession_proto::{ErrorKind, Instant};
use std::collections::BTreeMap;

const NOW: Instant = Instant::from_millis(1_000);

fn at(node: usize) -> NodeAddress {
    NodeAddress::new(1, 1 + node as u16).expect("an address")
}

/// What a caller has to bring: requests of two nodes become indications of each other.
struct Pipe {
    nodes: [SessionControl; 2],
    /// A link at one node, and what the other one calls it.
    links: BTreeMap<(usize, LinkId), LinkId>,
    next: u32,
    /// Connects are delivered; if not, they come back.
    reachable: bool,
    /// Connects are announced; if not, nobody answers.
    answering: bool,
    seen: Vec<&'static str>,
}

impl Pipe {
    fn new() -> Pipe {
        let nodes = [0, 1].map(|_| SessionControl::new(Config::default()));
        Pipe { nodes, links: BTreeMap::new(), next: 1, reachable: true, answering: true, seen: Vec::new() }
    }

    fn run(&mut self) {
        let mut moved = true;
        while moved {
            moved = false;
            for from in 0..2 {
                while let Some(request) = self.nodes[from].poll_nsp() {
                    moved = true;
                    self.carry(from, request);
                }
            }
        }
    }

    fn carry(&mut self, from: usize, request: Request) {
        let to = 1 - from;
        let link = request.link();
        if let Request::Connect { destination, data, .. } = request {
            self.seen.push("connect");
            assert_eq!(destination, at(to));
            // It can be read, and what it says cannot be printed.
            ConnectData::decode(&data.0).expect("connect data");
            if !self.reachable {
                return self.nodes[from].nsp(Indication::ConnectReturned { link }, NOW);
            }
            if !self.answering {
                return;
            }
            let there = LinkId::of_provider(self.next);
            self.next += 1;
            self.links.insert((from, link), there);
            self.links.insert((to, there), link);
            self.nodes[from].nsp(Indication::ConnectAcknowledged { link }, NOW);
            return self.nodes[to].nsp(Indication::Connect { link: there, source: at(from), data }, NOW);
        }
        // A request for a link that is not known any more has no effect.
        let Some(&there) = self.links.get(&(from, link)) else { return };
        let (word, here_too, indication) = match request {
            Request::Connect { .. } => unreachable!("above"),
            Request::Accept { data, .. } => (
                "accept",
                Some(Indication::Running { link }),
                Indication::ConnectConfirmed { link: there, data },
            ),
            Request::Disconnect { reason, data, .. } => {
                self.forget(from, link, there);
                let complete = Indication::DisconnectConfirmed { link, reason: Reason::COMPLETE };
                ("disconnect", Some(complete), Indication::Disconnected { link: there, reason, data })
            }
            Request::Forget { .. } => {
                self.forget(from, link, there);
                ("forget", None, Indication::DisconnectConfirmed { link: there, reason: Reason::NO_LINK })
            }
            Request::Data { message, .. } => {
                let done = Indication::Acknowledged { link, messages: 1, octets: message.len() };
                ("data", Some(done), Indication::Data { link: there, message })
            }
            Request::Interrupt { data, .. } => {
                ("interrupt", None, Indication::Interrupt { link: there, data })
            }
            // Flow control is this NSP's own matter; a pipe has none.
            Request::Taken { .. } => return self.seen.push("taken"),
            Request::InterruptTaken { .. } => {
                ("credit", None, Indication::InterruptCredit { link: there, count: 1 })
            }
        };
        self.seen.push(word);
        self.nodes[to].nsp(indication, NOW);
        if let Some(indication) = here_too {
            self.nodes[from].nsp(indication, NOW);
        }
    }

    fn forget(&mut self, from: usize, link: LinkId, there: LinkId) {
        self.links.remove(&(from, link));
        self.links.remove(&(1 - from, there));
    }

    fn events(&mut self, node: usize) -> Vec<Event> {
        self.run();
        core::iter::from_fn(|| self.nodes[node].poll_event()).collect()
    }

    fn offered(&mut self) -> LinkId {
        match &self.events(1)[..] {
            [Event::Offered(offer)] => offer.link,
            other => panic!("{other:?}"),
        }
    }

    fn open(&mut self) -> [LinkId; 2] {
        let (here, there) = self.nodes.split_at_mut(1);
        let _ = there[0].listen(Object::numbered(200));
        let options = ConnectOptions { user_data: Some("hello".into()), ..ConnectOptions::default() };
        let ours = here[0].connect(at(1), EndUser::Number(200), options, NOW).expect("room");
        let theirs = self.offered();
        self.nodes[1].accept(theirs, "welcome", NOW).expect("offered");
        assert!(matches!(&self.events(0)[..], [Event::Accepted { link, data }]
            if *link == ours && data == "welcome"));
        assert!(matches!(self.events(1)[..], [Event::Running { .. }]));
        [ours, theirs]
    }

    fn done(&self) {
        assert!(self.links.is_empty());
        assert_eq!(self.nodes.each_ref().map(SessionControl::ports), [0, 0]);
        assert_eq!(self.nodes.each_ref().map(SessionControl::next_timeout), [None, None]);
    }
}

#[test]
fn messages_and_interrupts_and_an_orderly_end() {
    let mut pipe = Pipe::new();
    let [ours, theirs] = pipe.open();
    for text in ["one", "", "three"] {
        pipe.nodes[0].send(ours, text, NOW).expect("open");
    }
    pipe.nodes[0].interrupt(ours, "urgent", NOW).expect("one is free");
    let blocked = pipe.nodes[0].interrupt(ours, "more", NOW).expect_err("no credit");
    assert_eq!(blocked.kind(), ErrorKind::WouldBlock);
    assert!(matches!(pipe.events(1)[..], [Event::Readable { .. }]));
    let mut received = Vec::new();
    while let Some(item) = pipe.nodes[1].receive(theirs, NOW).expect("open") {
        received.push(item);
    }
    let message = |text: &'static [u8]| Received::Message(Bytes::from_static(text));
    let urgent = Received::Interrupt("urgent".into());
    assert_eq!(received, [urgent, message(b"one"), message(b""), message(b"three")]);
    // The interrupt was taken: another one may go.
    assert!(matches!(pipe.events(0)[..], [Event::InterruptReady { .. }]));
    pipe.nodes[0].interrupt(ours, "more", NOW).expect("a credit");
    pipe.run();
    assert_eq!(pipe.nodes[1].receive(theirs, NOW).expect("open"), Some(Received::Interrupt("more".into())));
    pipe.events(1);
    pipe.nodes[1].disconnect(theirs, "bye", NOW).expect("open");
    assert!(matches!(pipe.events(1)[..], [Event::Closed { .. }]));
    match &pipe.events(0)[..] {
        [Event::InterruptReady { .. }, Event::Disconnected { reason, data, error: None, .. }]
        | [Event::Disconnected { reason, data, error: None, .. }] => {
            assert_eq!((*reason, &data[..]), (Reason::BY_END_USER, &b"bye"[..]));
        }
        other => panic!("{other:?}"),
    }
    pipe.done();
    for word in ["connect", "accept", "data", "interrupt", "taken", "credit", "disconnect"] {
        assert!(pipe.seen.contains(&word), "{word}: {:?}", pipe.seen);
    }
}

#[test]
fn objects_accounts_and_reasons_are_those_of_session_control() {
    let mut pipe = Pipe::new();
    let account = Account { user: "SMITH".into(), password: "SESAME".into(), account: None };
    pipe.nodes[1].listen(Object::named("VAULT").with_accounts(vec![account])).expect("an object");
    let access = |password: &'static str| AccessControl {
        user: "SMITH".into(),
        password: password.into(),
        account: Bytes::new(),
    };
    for (object, password, reason) in [
        ("NOBODY", "SESAME", Some(Reason::NO_SUCH_OBJECT)),
        ("VAULT", "GUESS", Some(Reason::ACCESS_REFUSED)),
        ("VAULT", "SESAME", None),
    ] {
        let options = ConnectOptions { access: Some(access(password)), ..ConnectOptions::default() };
        let link = pipe.nodes[0].connect(at(1), EndUser::named(object), options, NOW).expect("room");
        match (&pipe.events(0)[..], reason) {
            ([Event::Rejected { reason: found, .. }], Some(reason)) => assert_eq!(*found, reason),
            ([], None) => {
                let offered = pipe.offered();
                pipe.nodes[1].reject(offered, Reason::OBJECT_BUSY, "later", NOW).expect("offered");
                match &pipe.events(0)[..] {
                    [Event::Rejected { link: rejected, reason: Reason::OBJECT_BUSY, data }] => {
                        assert_eq!((*rejected, &data[..]), (link, &b"later"[..]));
                    }
                    other => panic!("{other:?}"),
                }
                pipe.events(1);
            }
            (other, _) => panic!("{object}: {other:?}"),
        }
        pipe.done();
    }
}

#[test]
fn connects_that_come_back_and_those_that_nobody_answers() {
    let mut pipe = Pipe::new();
    pipe.reachable = false;
    let call = |pipe: &mut Pipe| {
        pipe.nodes[0].connect(at(1), EndUser::Number(1), ConnectOptions::default(), NOW).expect("room")
    };
    call(&mut pipe);
    assert!(matches!(pipe.events(0)[..], [Event::Rejected { reason: Reason::UNREACHABLE, .. }]));
    pipe.done();
    pipe.reachable = true;
    pipe.answering = false;
    // Its own timers are the only ones that session control has.
    call(&mut pipe);
    assert!(pipe.events(0).is_empty());
    let deadline = pipe.nodes[0].next_timeout().expect("the outgoing timer");
    assert_eq!((deadline - NOW).as_secs(), 30);
    pipe.nodes[0].handle_timeout(deadline);
    assert!(matches!(pipe.events(0)[..], [Event::Rejected { reason: Reason::NO_ANSWER, .. }]));
    pipe.done();
}

#[test]
fn this_nsp_loses_the_peer_and_aborts() {
    let mut pipe = Pipe::new();
    let [ours, theirs] = pipe.open();
    pipe.nodes[0].nsp(Indication::Lost { link: ours }, NOW);
    assert!(matches!(pipe.events(0)[..], [Event::Disconnected { reason: Reason::UNREACHABLE, .. }]));
    assert_eq!(pipe.nodes[1].state(theirs), State::Running);
    pipe.nodes[1].abort(theirs, "enough", NOW).expect("open");
    assert!(matches!(pipe.events(1)[..], [Event::Closed { .. }]));
    // What this NSP says of links that are gone has no effect.
    for link in [ours, theirs] {
        pipe.nodes[0].nsp(Indication::Data { link, message: "late".into() }, NOW);
        pipe.nodes[0].nsp(Indication::Running { link }, NOW);
    }
    assert!(pipe.events(0).is_empty());
    pipe.done();
}
