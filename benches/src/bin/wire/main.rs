//! Real sockets on loopback: what of the wire is left.
//!
//! `wire serve KIND FOLDER` answers, prints its address and ends with its standard input; `wire call KIND ADDRESS FOLDER WORK COUNT SIZE [SESSIONS]`
//! does one piece of work and prints the seconds that it took. `cargo xtask bench` runs both in turn. FOLDER is for certificates.
//!
//! | kind | what |
//! |---|---|
//! | `raw`, `raw-tls` | blocking sockets, each message behind four octets of length, written with one vectored write |
//! | `osisession`, `osisession-tls` | this library: the server by handlers, the client by calls that wait |
//! | `rusty` | rusty-cosp on tokio |
//!
//! | work | what |
//! |---|---|
//! | `connect` | connect and release, COUNT times. `raw` exchanges as many messages as the session does: three there and three back |
//! | `tcp` | `raw` alone: connect, and close after the peer |
//! | `echo` | COUNT times a request of SIZE octets and its response |
//! | `bulk` | COUNT messages of SIZE octets, and one back at the end |
//!
//! | `memory` | opens SESSIONS, prints the octets of memory that they take here, and waits for the end of its input |
//!
//! A message whose first octet is `e` comes back; after `a` one octet comes back; others are dropped. SESSIONS further ones are open meanwhile.
mod certificates;
mod osi;
mod raw;
mod rusty;

use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};

/// One connection of any kind.
pub(crate) trait Link {
    fn send(&mut self, message: &[u8]);
    /// The length of the next message.
    fn receive(&mut self) -> usize;
    fn release(self);
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["serve", kind, folder] => {
            let folder = Path::new(folder);
            if kind.ends_with("-tls") {
                certificates::make(folder);
            }
            let address = match *kind {
                "raw" => raw::serve(None),
                "raw-tls" => raw::serve(Some(folder)),
                "osisession" => osi::serve(None),
                "osisession-tls" => osi::serve(Some(folder)),
                _ => rusty::serve(),
            };
            println!("{address}");
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
        }
        ["call", kind, address, folder, work, count, size, rest @ ..] => {
            let (count, size) = (count.parse().unwrap(), size.parse().unwrap());
            let open = rest.first().map_or(0, |open| open.parse().unwrap());
            let folder = Path::new(folder);
            let took = match *kind {
                "raw" if *work == "tcp" => raw::connects(address, count),
                "raw" => call(work, count, size, open, || raw::Plain::connect(address), raw::Plain::exchange),
                "raw-tls" => {
                    let config = raw::calling(folder);
                    call(
                        work,
                        count,
                        size,
                        open,
                        || raw::Secure::connect(address, &config),
                        raw::Secure::exchange,
                    )
                }
                "osisession" => {
                    let caller = osi::Caller::new(None);
                    call(work, count, size, open, || caller.connect(address), |_| {})
                }
                "osisession-tls" => {
                    let caller = osi::Caller::new(Some(folder));
                    call(work, count, size, open, || caller.connect(address), |_| {})
                }
                _ => {
                    let caller = rusty::Caller::new();
                    call(work, count, size, open, || caller.connect(address), |_| {})
                }
            };
            println!("{}", took.as_secs_f64());
        }
        _ => panic!("see the top of main.rs"),
    }
}

/// Octets of this process in memory.
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    text.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or(0) * 4096
}

/// `exchange` is what a session needs for its connection, for those that have none.
fn call<L: Link>(
    work: &str,
    count: usize,
    size: usize,
    open: usize,
    mut connect: impl FnMut() -> L,
    exchange: impl Fn(&mut L),
) -> Duration {
    let before = resident();
    let others: Vec<L> = (0..open).map(|_| connect()).collect();
    if work == "memory" {
        // Told while they are open; the other side is looked at from outside.
        println!("{}", resident().saturating_sub(before));
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    }
    let mut message = vec![7; size.max(1)];
    let took = match work {
        "connect" => {
            let begin = Instant::now();
            for _ in 0..count {
                let mut link = connect();
                exchange(&mut link);
                link.release();
            }
            begin.elapsed()
        }
        "echo" => {
            message[0] = b'e';
            let mut link = connect();
            let begin = Instant::now();
            for _ in 0..count {
                link.send(&message);
                assert_eq!(link.receive(), message.len());
            }
            let took = begin.elapsed();
            link.release();
            took
        }
        "bulk" => {
            let mut link = connect();
            let begin = Instant::now();
            for _ in 0..count {
                link.send(&message);
            }
            link.send(b"a");
            link.receive();
            let took = begin.elapsed();
            link.release();
            took
        }
        other => panic!("no such work: {other}"),
    };
    others.into_iter().for_each(Link::release);
    took
}
