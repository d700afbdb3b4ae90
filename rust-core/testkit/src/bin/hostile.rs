//! Hostile connections in a row against a listener: `hostile [--count N] [--threads N] [--seed N]`.
//!
//! Prints how much memory and how many descriptors the process has as they go by, sees to it that those who mean well are
//! served all the time, and fails if memory or descriptors grow. Callers come from many addresses of the loopback interface.
use osisession::*;
use osisession_testkit::bench::Rng;
use osisession_testkit::hostile::{Caller, Step, some_caller};
use osisession_testkit::process::{Usage, option};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::result::Result;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A listener that lets anybody wait longer than this is not serving.
const PATIENCE: Duration = Duration::from_secs(60);
/// Growth that is not told from what an allocator keeps.
const SLACK_KIB: u64 = 8 * 1024;
/// An answer to what is asked.
static ANSWER: [u8; 60_000] = [7; 60_000];

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            eprintln!("hostile: {text}");
            ExitCode::FAILURE
        }
    }
}

/// What the threads share.
struct Shared {
    address: SocketAddr,
    /// Connections that are still to be made.
    left: AtomicU64,
    done: AtomicU64,
    /// Attempts to connect that the system refused.
    failed: AtomicU64,
    over: AtomicBool,
}

fn run() -> Result<(), String> {
    let count = option("--count")?.unwrap_or(10_000);
    let threads = option("--threads")?.unwrap_or(2).max(1);
    let seed = option("--seed")?.unwrap_or(1);
    let endpoint = Endpoint::new(EndpointConfig::default()).map_err(said)?;
    endpoint.start().map_err(said)?;
    let listener = endpoint.listen("127.0.0.1:0", ListenerConfig::default()).map_err(said)?;
    let shared = Shared {
        address: listener.local_address().parse().map_err(|_| "no address")?,
        left: AtomicU64::new(count),
        done: AtomicU64::new(0),
        failed: AtomicU64::new(0),
        over: AtomicBool::new(false),
    };
    println!("{count} hostile connections by {threads} threads, seed {seed}");
    println!(
        "{:>10}{:>9}{:>12}{:>13}{:>9}{:>9}{:>13}{:>9}{:>14}",
        "done",
        "seconds",
        "RSS KiB",
        "descriptors",
        "turned",
        "refused",
        "established",
        "served",
        "slowest (ms)"
    );
    std::thread::scope(|scope| {
        // Whatever happens, the others come to an end.
        let _over = Over(&shared);
        scope.spawn(|| host(&listener, &shared));
        let strangers: Vec<_> = (0..threads)
            .map(|thread| {
                let shared = &shared;
                scope.spawn(move || strangers(shared, seed.wrapping_mul(1_000_003).wrapping_add(thread)))
            })
            .collect();
        let outcome = watch(&endpoint, &shared, count);
        shared.over.store(true, Ordering::Relaxed);
        for stranger in strangers {
            stranger.join().map_err(|_| "a thread panicked")??;
        }
        outcome
    })
}

struct Over<'a>(&'a Shared);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.over.store(true, Ordering::Relaxed);
    }
}

fn said(error: Error) -> String {
    error.to_string()
}

/// Takes everybody and answers what is asked.
fn host(listener: &Listener, shared: &Shared) {
    while !shared.over.load(Ordering::Relaxed) {
        let Ok(session) = listener.accept(Some(Duration::from_millis(200))) else { continue };
        // The handler is what keeps the session; both go when it ends.
        let kept = session.clone();
        session.set_handler(Some(Box::new(move |_, event| {
            let _ = match event {
                Event::ConnectIndication(connect) => {
                    let units = connect.functional_units;
                    let duplex = units.contains(FunctionalUnits::DUPLEX);
                    let answer = if duplex { FunctionalUnits::DUPLEX } else { units };
                    kept.connect_response(ConnectResponse { functional_units: answer, ..Default::default() })
                }
                Event::DataIndication(_) => kept.data_request(Bytes::from_static(&ANSWER)),
                Event::ReleaseIndication(_) => kept.release_response(Bytes::new()),
                _ => Ok(()),
            };
        })));
    }
}

/// One thread's callers, until none is left.
fn strangers(shared: &Shared, seed: u64) -> Result<(), String> {
    let mut rng = Rng::new(seed);
    while !shared.over.load(Ordering::Relaxed) {
        let taken =
            shared.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        if taken.is_err() {
            return Ok(());
        }
        let stranger = some_caller(&mut rng);
        let dialled = (0..5).find_map(|_| dial(shared.address, source(&mut rng)).ok());
        match dialled {
            Some(stream) => play(stream, &stranger).map_err(|why| format!("{:?}: {why}", stranger.kind))?,
            None => {
                shared.failed.fetch_add(1, Ordering::Relaxed);
            }
        }
        shared.done.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

/// Where a caller comes from: one of many addresses of this machine, and a port below those that the system gives away by itself.
/// A port of its choice that is bound to one address is lost to everybody else's calls for a minute.
fn source(rng: &mut Rng) -> SocketAddr {
    let address = Ipv4Addr::new(127, 0, 1 + rng.below(200) as u8, 1 + rng.below(250) as u8);
    SocketAddr::from((address, 10_000 + rng.below(20_000) as u16))
}

fn dial(address: SocketAddr, source: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None)?;
    if cfg!(target_os = "linux") {
        socket.set_reuse_address(true)?;
        socket.bind(&source.into())?;
    }
    socket.connect(&address.into())?;
    let stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Does what the caller does. That the listener ends it before is in order; that it does not end it is not.
fn play(mut stream: TcpStream, caller: &Caller) -> Result<(), String> {
    let mut buffer = [0; 16 * 1024];
    for step in &caller.steps {
        let outcome = match step {
            Step::Send(octets) => stream.write_all(octets),
            Step::Repeat(octets, most) => (0..*most).try_for_each(|_| stream.write_all(octets)),
            Step::Read => {
                let mut header = [0; 4];
                stream.read_exact(&mut header).and_then(|()| {
                    let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
                    stream.read_exact(&mut vec![0; length.saturating_sub(4)])
                })
            }
            Step::AwaitEnd => loop {
                match stream.read(&mut buffer) {
                    Ok(0) => break Ok(()),
                    Ok(_) => {}
                    Err(error) => break Err(error),
                }
            },
            Step::Finish => stream.shutdown(Shutdown::Write),
            Step::Reset => socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)),
        };
        use std::io::ErrorKind::{TimedOut, WouldBlock};
        match outcome {
            Ok(()) => {}
            Err(error) if matches!(error.kind(), WouldBlock | TimedOut) => {
                return Err(format!("the listener bears {step:?} for more than {PATIENCE:?}")
                    .chars()
                    .take(200)
                    .collect());
            }
            Err(_) => return Ok(()),
        }
    }
    Ok(())
}

/// A whole life, by somebody who means well; how long it took.
fn serve(caller: &Endpoint, address: SocketAddr) -> Result<Duration, String> {
    let begin = Instant::now();
    let timeout = Some(PATIENCE);
    // A flood may take the places, and some are turned away early: who means well tries again.
    let session = loop {
        let session = caller
            .connect(&address.to_string(), ConnectRequest::default(), SessionConfig::default())
            .map_err(said)?;
        match session.wait_connected(timeout) {
            Ok(_) => break session,
            Err(error) if error.kind() == ErrorKind::Transport && begin.elapsed() < PATIENCE => {}
            Err(error) => return Err(format!("not served: {error}")),
        }
    };
    session.data_request("ask").map_err(said)?;
    match session.next_event(timeout) {
        Ok(Event::DataIndication(data)) if data == ANSWER[..] => {}
        other => return Err(format!("not answered: {other:?}").chars().take(300).collect()),
    }
    session.release_request(Bytes::new()).map_err(said)?;
    match session.next_event(timeout) {
        Ok(Event::ReleaseConfirm(_)) => Ok(begin.elapsed()),
        other => Err(format!("not released: {other:?}")),
    }
}

/// Prints a line for each tenth, and says at the end whether anything grew.
fn watch(endpoint: &Endpoint, shared: &Shared, count: u64) -> Result<(), String> {
    let begin = Instant::now();
    let caller = Endpoint::new(EndpointConfig::default()).map_err(said)?;
    let (mut served, mut slowest) = (0_u64, Duration::ZERO);
    let mut lines: Vec<Usage> = Vec::new();
    let tenth = (count / 10).max(1);
    let mut progress = (Instant::now(), 0);
    loop {
        let done = shared.done.load(Ordering::Relaxed);
        slowest = slowest.max(serve(&caller, shared.address)?);
        served += 1;
        while endpoint.next_refusal().is_some() {}
        if done >= tenth * (lines.len() as u64 + 1) || done >= count {
            let counters = endpoint.counters();
            let usage = Usage::now().unwrap_or_default();
            println!(
                "{done:>10}{:>9.0}{:>12}{:>13}{:>9}{:>9}{:>13}{served:>9}{:>14}",
                begin.elapsed().as_secs_f64(),
                usage.resident,
                usage.descriptors,
                counters.callers_turned_away,
                counters.callers_refused,
                counters.established,
                slowest.as_millis()
            );
            slowest = Duration::ZERO;
            lines.push(usage);
        }
        if done >= count {
            break;
        }
        if done != progress.1 {
            progress = (Instant::now(), done);
        } else if progress.0.elapsed() > 2 * PATIENCE {
            return Err(format!("nothing moves any more after {done} connections"));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    // What the last ones left behind goes within the deadlines.
    let end = Instant::now() + PATIENCE;
    while endpoint.next_timeout().is_some() {
        if Instant::now() > end {
            return Err("connections are left behind".into());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let last = Usage::now().unwrap_or_default();
    let first = lines[0];
    println!(
        "after a tenth: {} KiB, {} descriptors; at the end, nobody there: {} KiB, {} descriptors; {} could not connect",
        first.resident,
        first.descriptors,
        last.resident,
        last.descriptors,
        shared.failed.load(Ordering::Relaxed)
    );
    if last.resident > first.resident + SLACK_KIB {
        return Err(format!("memory grew from {} to {} KiB", first.resident, last.resident));
    }
    if last.descriptors > first.descriptors {
        return Err(format!("descriptors grew from {} to {}", first.descriptors, last.descriptors));
    }
    if shared.failed.load(Ordering::Relaxed) > count / 10 {
        return Err("too many could not connect for this to say anything".into());
    }
    Ok(())
}
