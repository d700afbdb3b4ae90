//! What the tests share: the command, and somebody to talk to.
use osisession::*;
use osisession_cli::run;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

/// Long enough that only a fault reaches it.
pub(crate) const LONG: Option<Duration> = Some(Duration::from_secs(20));

pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Outcome {
    /// The JSON objects of the output.
    pub(crate) fn objects(&self) -> Vec<serde_json::Value> {
        self.out
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
            .collect()
    }
}

pub(crate) fn osisession(args: &[&str]) -> Outcome {
    let args = ["osisession"].iter().chain(args).map(|arg| (*arg).to_owned()).collect();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = run(args, &mut out, &mut err);
    let text = |octets| String::from_utf8(octets).expect("UTF-8");
    let outcome = Outcome { code, out: text(out), err: text(err) };
    assert!(!outcome.out.contains('\x1b'), "colours outside a terminal: {:?}", outcome.out);
    outcome
}

/// A listener that accepts every caller, sends data back and agrees to the release; it ends with the test.
pub(crate) struct Responder {
    pub(crate) address: String,
    _listener: Listener,
    _endpoint: Endpoint,
}

pub(crate) fn responder(config: ListenerConfig) -> Responder {
    let endpoint = Endpoint::new(EndpointConfig::default()).expect("an endpoint");
    endpoint.start().expect("a thread");
    let listener = endpoint.listen("127.0.0.1:0", config).expect("a listener");
    let address = listener.local_address();
    let accepting = listener.clone();
    std::thread::spawn(move || {
        while let Ok(session) = accepting.accept(None) {
            let kept = session.clone();
            session.set_handler(Some(Box::new(move |session, event| {
                let _ = &kept;
                let _ = match event {
                    Event::ConnectIndication(caller) => {
                        // One of the two; duplex where there is a choice.
                        let duplex = caller.functional_units & FunctionalUnits::DUPLEX;
                        let functional_units =
                            if duplex.is_empty() { FunctionalUnits::HALF_DUPLEX } else { duplex };
                        session.connect_response(ConnectResponse {
                            functional_units,
                            ..ConnectResponse::default()
                        })
                    }
                    Event::DataIndication(data) => session.data_request(data),
                    Event::ReleaseIndication(_) => session.release_response(""),
                    _ => Ok(()),
                };
            })));
        }
    });
    Responder { address, _listener: listener, _endpoint: endpoint }
}

/// A port where nobody listens.
pub(crate) fn nobody() -> String {
    TcpListener::bind("127.0.0.1:0").expect("bound").local_addr().expect("bound").to_string()
}

/// A peer that sends these octets to whoever calls, and reads until the caller closes.
pub(crate) fn says(octets: &'static [u8]) -> String {
    let socket = TcpListener::bind("127.0.0.1:0").expect("bound");
    let address = socket.local_addr().expect("bound").to_string();
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = socket.accept() {
            let _ = stream.write_all(octets);
            std::thread::spawn(move || drain(&mut stream));
        }
    });
    address
}

fn drain(stream: &mut TcpStream) {
    let _ = stream.set_read_timeout(LONG);
    let mut buffer = [0; 4096];
    while matches!(stream.read(&mut buffer), Ok(1..)) {}
}
