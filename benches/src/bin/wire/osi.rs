//! This library.
use crate::Link;
use bytes::Bytes;
use osisession::{
    ConnectRequest, ConnectResponse, Endpoint, EndpointConfig, ErrorKind, Event, ListenerConfig, Session,
    SessionConfig, Tls, TlsConfig,
};
use std::path::Path;

fn config(folder: Option<&Path>) -> SessionConfig {
    let mut config = SessionConfig::default();
    if let Some(folder) = folder {
        let read = |name: &str| Bytes::from(std::fs::read(folder.join(name)).unwrap());
        let mut tls = TlsConfig::default();
        tls.certificate_chain = read("certificate.pem");
        tls.private_key = read("key.pem");
        tls.trust_anchors = read("authority.pem");
        config.tls = Some(Tls::new(&tls).unwrap());
    }
    config
}

pub(crate) fn serve(folder: Option<&Path>) -> String {
    let endpoint = Endpoint::new(EndpointConfig::default()).unwrap();
    let mut listening = ListenerConfig::default();
    listening.session = config(folder);
    listening.backlog = 100_000;
    listening.max_connecting = 100_000;
    listening.max_connecting_per_source = 100_000;
    listening.early_refusal_from = 100_000;
    let listener = endpoint.listen("127.0.0.1:0", listening).unwrap();
    let address = listener.local_address();
    std::thread::spawn(move || {
        loop {
            endpoint.dispatch(None).unwrap();
            while let Some(session) = listener.try_accept() {
                // A session lives as long as its handle: the handler has it, and goes with the end of the session.
                let mut kept = Some(session.clone());
                session.set_handler(Some(Box::new(move |session, event| {
                    let is_end = matches!(event, Event::ReleaseIndication(_));
                    answer(session, event);
                    if is_end {
                        drop(kept.take());
                    }
                })));
            }
        }
    });
    address
}

fn answer(session: &Session, event: Event) {
    let outcome = match event {
        Event::ConnectIndication(_) => session.connect_response(ConnectResponse::default()),
        Event::DataIndication(data) => match data.first() {
            Some(b'e') => session.data_request(data),
            Some(b'a') => session.data_request(Bytes::from_static(&[0])),
            _ => Ok(()),
        },
        Event::ReleaseIndication(_) => session.release_response(Bytes::new()),
        _ => Ok(()),
    };
    outcome.unwrap();
}

pub(crate) struct Caller {
    endpoint: Endpoint,
    config: SessionConfig,
}

impl Caller {
    pub(crate) fn new(folder: Option<&Path>) -> Caller {
        Caller { endpoint: Endpoint::new(EndpointConfig::default()).unwrap(), config: config(folder) }
    }

    pub(crate) fn connect(&self, address: &str) -> Called {
        let session = self.endpoint.connect(address, ConnectRequest::default(), self.config.clone()).unwrap();
        session.wait_connected(None).unwrap();
        Called { session, message: Bytes::new() }
    }
}

pub(crate) struct Called {
    session: Session,
    /// The user's buffer: sent without a copy, as often as it is the same.
    message: Bytes,
}

impl Link for Called {
    fn send(&mut self, message: &[u8]) {
        if self.message != message {
            self.message = Bytes::copy_from_slice(message);
        }
        while let Err(error) = self.session.data_request(self.message.clone()) {
            assert_eq!(error.kind(), ErrorKind::WouldBlock);
            self.session.wait_writable(None).unwrap();
        }
    }
    fn receive(&mut self) -> usize {
        match self.session.next_event(None).unwrap() {
            Event::DataIndication(data) => data.len(),
            other => panic!("{other:?}"),
        }
    }
    fn release(self) {
        self.session.release_request(Bytes::new()).unwrap();
        assert!(matches!(self.session.next_event(None).unwrap(), Event::ReleaseConfirm(_)));
    }
}
