//! A talk that two users hold: connect, data both ways, release. Whatever happens to it, each user's part has a defined end.
use osisession::*;
use osisession_testkit::bench::Side;

/// What the initiator sends.
pub(crate) fn questions() -> [Bytes; 2] {
    [Bytes::from_static(b"a short one"), (0..300_u32).map(|i| (i % 251) as u8).collect::<Vec<u8>>().into()]
}

/// What the responder sends.
pub(crate) fn answers() -> [Bytes; 2] {
    [(0..200_u32).map(|i| (i % 13) as u8).collect::<Vec<u8>>().into(), Bytes::from_static(b"no more")]
}

/// How a user's part ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum End {
    /// Nobody called.
    Uncalled,
    Released,
    Rejected,
    UserAbort,
    /// The provider's, with a reason that is told as an error.
    ProviderAbort,
}

/// One of the two users.
#[derive(Debug)]
pub(crate) struct User {
    side: Side,
    /// Data that came, in order.
    pub(crate) data: Vec<Bytes>,
    pub(crate) end: Option<End>,
    called: bool,
}

impl User {
    pub(crate) fn new(side: Side) -> User {
        User { side, data: Vec::new(), end: None, called: side == Side::Initiator }
    }

    /// How it ended; panics if it did not, though it had begun.
    pub(crate) fn outcome(&self) -> End {
        match self.end {
            Some(end) => end,
            None if !self.called => End::Uncalled,
            None => panic!("the {:?} was never told how it ended", self.side),
        }
    }

    /// An event, and what this user asks for then.
    fn event(&mut self, event: Event) -> Vec<Request> {
        assert_eq!(self.end, None, "{:?} after the end", event);
        self.called = true;
        match event {
            Event::ConnectConfirm(_) => questions().into_iter().map(Request::Data).collect(),
            Event::ConnectIndication(_) => vec![Request::ConnectResponse(Box::default())],
            Event::DataIndication(data) => {
                self.data.push(data);
                match (self.side, self.data.len()) {
                    (Side::Responder, 2) => answers().into_iter().map(Request::Data).collect(),
                    (Side::Initiator, 2) => vec![Request::Release(Bytes::from_static(b"bye"))],
                    _ => vec![],
                }
            }
            Event::ReleaseIndication(_) => vec![Request::ReleaseResponse(Bytes::new())],
            Event::ReleaseConfirm(_) => self.ends(End::Released),
            Event::ConnectConfirmNegative(_) => self.ends(End::Rejected),
            Event::UAbortIndication(_) => self.ends(End::UserAbort),
            Event::PAbortIndication(_, error) => {
                let error = error.expect("a provider that aborts says why");
                assert!(!error.to_string().is_empty());
                self.ends(End::ProviderAbort)
            }
            // What garbage can still be taken for.
            Event::TypedDataIndication(_) | Event::ExpeditedDataIndication(_) => vec![],
            other => panic!("{other:?}"),
        }
    }

    fn ends(&mut self, end: End) -> Vec<Request> {
        self.end = Some(end);
        vec![]
    }

    /// Makes the requests that follow from an event. Where one is refused, the session has ended meanwhile, or what the peer proposed
    /// cannot be accepted.
    pub(crate) fn act(
        &mut self,
        event: Event,
        mut ask: impl FnMut(Request) -> std::result::Result<(), Error>,
    ) {
        for request in self.event(event) {
            let end = matches!(request, Request::ReleaseResponse(_)).then_some(End::Released);
            let is_response = matches!(request, Request::ConnectResponse(_));
            match ask(request) {
                Ok(()) => self.end = self.end.or(end),
                Err(error) if is_response && error.kind() == ErrorKind::Invalid => {
                    ask(Request::ConnectResponseNegative(Box::default()))
                        .expect("a refusal is always possible");
                    self.end = Some(End::Rejected);
                }
                Err(error) => {
                    assert!(matches!(error.kind(), ErrorKind::Closed | ErrorKind::Refused), "{error:?}");
                }
            }
        }
    }

    /// What came is what was sent, from the beginning, without a hole.
    pub(crate) fn check_data(&self) {
        let sent = match self.side {
            Side::Initiator => answers(),
            Side::Responder => questions(),
        };
        assert_eq!(self.data, sent[..self.data.len()], "the {:?}", self.side);
    }
}
