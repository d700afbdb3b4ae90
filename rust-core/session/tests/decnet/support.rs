//! What the tests share.
use osisession::Bytes;
use osisession::decnet::*;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Long enough that only a fault reaches it.
pub(crate) const LONG: Option<Duration> = Some(Duration::from_secs(20));

pub(crate) fn address(text: &str) -> NodeAddress {
    text.parse().expect("an address")
}

/// A node 1.1 whose circuit listens.
pub(crate) fn listening() -> DecnetConfig {
    DecnetConfig::new(address("1.1"), Circuit::listen("127.0.0.1:0"))
}

/// A node 1.2 that connects its circuit to another node.
pub(crate) fn connecting(to: &DecnetEndpoint) -> DecnetConfig {
    connecting_to(&to.local_address().expect("it listens"))
}

pub(crate) fn connecting_to(text: &str) -> DecnetConfig {
    let mut config = DecnetConfig::new(address("1.2"), Circuit::connect(text));
    config.retry = Duration::from_millis(20);
    config
}

pub(crate) fn started(config: DecnetConfig) -> DecnetEndpoint {
    let endpoint = DecnetEndpoint::new(config).expect("an endpoint");
    endpoint.start().expect("a thread");
    endpoint
}

/// Two nodes with a thread each and a circuit that runs: 1.1, 1.2.
pub(crate) fn pair() -> (DecnetEndpoint, DecnetEndpoint) {
    let there = started(listening());
    let here = started(connecting(&there));
    here.wait_up(LONG).expect("a circuit");
    there.wait_up(LONG).expect("a circuit");
    (there, here)
}

/// A link between them: the caller's end at 1.2, the other at 1.1.
pub(crate) fn linked(there: &DecnetEndpoint, here: &DecnetEndpoint) -> (LogicalLink, LogicalLink) {
    let listener = there.listen(Object::named("LINKED")).expect("an object");
    let link =
        here.connect(address("1.1"), EndUser::named("linked"), ConnectOptions::default()).expect("a call");
    let answering = listener.accept(LONG).expect("a connect").accept("").expect("accepted");
    assert_eq!(link.wait_connected(LONG).expect("an answer"), "");
    assert!(matches!(answering.next_event(LONG), Ok(LinkEvent::Running)));
    (link, answering)
}

/// Something between two nodes that can be cut.
pub(crate) struct Relay {
    pub(crate) address: String,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Relay {
    pub(crate) fn new(to: String) -> Relay {
        let socket = TcpListener::bind("127.0.0.1:0").expect("bound");
        let address = socket.local_addr().expect("bound").to_string();
        let open = Arc::new(Mutex::new(Vec::new()));
        let all = open.clone();
        std::thread::spawn(move || {
            while let Ok((near, _)) = socket.accept() {
                let Ok(far) = TcpStream::connect(&to) else { continue };
                for (mut from, mut into) in
                    [(near.try_clone(), far.try_clone()), (far.try_clone(), near.try_clone())]
                        .map(|(from, into)| (from.expect("a descriptor"), into.expect("a descriptor")))
                {
                    std::thread::spawn(move || {
                        let mut buffer = [0; 4096];
                        while let Ok(count @ 1..) = from.read(&mut buffer) {
                            if into.write_all(&buffer[..count]).is_err() {
                                break;
                            }
                        }
                        let _ = into.shutdown(Shutdown::Both);
                    });
                }
                all.lock().expect("no panic").extend([near, far]);
            }
        });
        Relay { address, open }
    }

    /// Cuts what is open now.
    pub(crate) fn cut(&self) {
        for stream in self.open.lock().expect("no panic").drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

/// Drives all of them until something is the case.
pub(crate) fn drive(endpoints: &[&DecnetEndpoint], mut done: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !done() {
        assert!(Instant::now() < end, "it did not happen");
        for endpoint in endpoints {
            endpoint.dispatch(Some(Duration::from_millis(1))).expect("dispatched");
        }
    }
}

/// Octets that say where they belong.
pub(crate) fn pattern(number: usize, length: usize) -> Bytes {
    (0..length).map(|at| (at * 31 + number * 7 + at / 251) as u8).collect::<Vec<u8>>().into()
}
