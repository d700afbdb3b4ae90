//! What the tests share.
use osisession::rpc::*;
use osisession::{Endpoint, EndpointConfig, circuit};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Long enough that only a fault reaches it.
pub(crate) const LONG: Duration = Duration::from_secs(30);

/// An endpoint with a background thread.
pub(crate) fn started() -> Endpoint {
    let endpoint = Endpoint::new(EndpointConfig::default()).expect("an endpoint");
    endpoint.start().expect("a thread");
    endpoint
}

/// A server that answers with what it was asked, behind how often it was asked at all.
pub(crate) fn echo(endpoint: &Endpoint) -> (Server, Arc<AtomicU64>) {
    let server = Server::new(endpoint, "127.0.0.1:0", ServerConfig::default()).expect("a server");
    let count = Arc::new(AtomicU64::new(0));
    let asked = count.clone();
    server.serve(move |request| {
        asked.fetch_add(1, Ordering::SeqCst);
        let data = request.data().clone();
        let _ = request.respond(data);
    });
    (server, count)
}

/// A configuration whose attempts follow each other fast.
pub(crate) fn hasty() -> ClientConfig {
    let mut config = ClientConfig::default();
    config.circuit.first_delay = Duration::from_millis(5);
    config.circuit.longest_delay = Duration::from_millis(20);
    config.circuit.trip_after = None;
    config
}

pub(crate) fn client(endpoint: &Endpoint, server: &Server) -> Client {
    Client::new(endpoint, &server.local_address(), hasty()).expect("a client")
}

/// Waits until something is the case.
pub(crate) fn until(mut done: impl FnMut() -> bool) {
    let end = Instant::now() + LONG;
    while !done() {
        assert!(Instant::now() < end, "it did not happen");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Waits for an event of the circuit.
pub(crate) fn event(client: &Client, mut wanted: impl FnMut(&circuit::Event) -> bool) -> circuit::Event {
    loop {
        let event = client.next_event(Some(LONG)).expect("an event");
        if wanted(&event) {
            return event;
        }
    }
}

/// A cable between a client and a server that can be cut.
pub(crate) struct Cable {
    pub(crate) address: String,
    sockets: Arc<std::sync::Mutex<Vec<TcpStream>>>,
    refusing: Arc<AtomicBool>,
    pub(crate) calls: Arc<AtomicU64>,
}

impl Cable {
    pub(crate) fn to(server: String) -> Cable {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let cable = Cable {
            address: listener.local_addr().expect("bound").to_string(),
            sockets: Arc::default(),
            refusing: Arc::default(),
            calls: Arc::default(),
        };
        let (sockets, refusing, calls) = (cable.sockets.clone(), cable.refusing.clone(), cable.calls.clone());
        std::thread::spawn(move || {
            for near in listener.incoming() {
                let Ok(near) = near else { continue };
                calls.fetch_add(1, Ordering::SeqCst);
                if refusing.load(Ordering::SeqCst) {
                    continue;
                }
                let Ok(far) = TcpStream::connect(&server) else { continue };
                for (from, to) in [(&near, &far), (&far, &near)] {
                    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    std::thread::spawn(move || {
                        let _ = std::io::copy(&mut from, &mut to);
                        let _ = to.shutdown(std::net::Shutdown::Write);
                    });
                }
                sockets.lock().unwrap().extend([near, far]);
            }
        });
        cable
    }

    /// Ends every connection.
    pub(crate) fn cut(&self) {
        for socket in self.sockets.lock().unwrap().drain(..) {
            let _ = socket.shutdown(std::net::Shutdown::Both);
        }
    }

    /// Connections are closed as soon as they come.
    pub(crate) fn refuse(&self, refuse: bool) {
        self.refusing.store(refuse, Ordering::SeqCst);
    }
}
