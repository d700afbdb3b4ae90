//! What the tests share: the command, and somebody to talk to.
use osisession::*;
use osisession_cli::run;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

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

/// `osisession listen` in a process of its own.
pub(crate) struct Listening {
    pub(crate) address: String,
    child: Child,
    out: BufReader<ChildStdout>,
}

pub(crate) fn listening(args: &[&str]) -> Listening {
    let mut child = Command::new(env!("CARGO_BIN_EXE_osisession"))
        .args(["listen", "127.0.0.1:0", "--json"])
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut out = BufReader::new(child.stdout.take().expect("piped"));
    let mut line = String::new();
    out.read_line(&mut line).expect("a line");
    let first: serde_json::Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line:?}"));
    assert_eq!(first["type"], "listening");
    Listening { address: first["address"].as_str().expect("text").to_owned(), child, out }
}

impl Listening {
    /// Waits for its end: the exit code, and what it told.
    pub(crate) fn finish(mut self) -> (Option<i32>, Vec<serde_json::Value>) {
        let objects = self
            .out
            .by_ref()
            .lines()
            .map(|line| serde_json::from_str(&line.expect("a line")).expect("JSON"))
            .collect();
        let code = wait(&mut self.child);
        (code, objects)
    }

    /// Interrupts it, as Ctrl-C does.
    pub(crate) fn interrupt(&self) {
        let done = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().expect("kill");
        assert!(done.success());
    }
}

pub(crate) fn wait(child: &mut Child) -> Option<i32> {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(status) = child.try_wait().expect("a child") {
            return status.code();
        }
        assert!(Instant::now() < end, "it does not end");
        std::thread::sleep(Duration::from_millis(5));
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A file for the length of a test.
pub(crate) struct Scratch(std::path::PathBuf);

impl Scratch {
    pub(crate) fn new(name: &str, text: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("osisession-talk-{}-{name}", std::process::id()));
        std::fs::write(&path, text).expect("written");
        Scratch(path)
    }

    pub(crate) fn path(&self) -> &str {
        self.0.to_str().expect("UTF-8")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
