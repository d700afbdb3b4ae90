//! How fast messages go through a DECnet node: `decnet_bench` between two nodes of this process, over a socket; `decnet_bench CIRCUIT AREA.NODE
//! [COUNT]` to the MIRROR object of a node elsewhere, as node 1.2; `decnet_bench CIRCUIT` is that node elsewhere, 1.1, for one such caller. A circuit is
//! `HOST:PORT` (Multinet TCP), or as of `osisession scp`. No background threads: whoever waits drives its node.
use osisession::decnet::*;
use osisession::{Bytes, Error};
use std::time::{Duration, Instant};

const WAIT: Option<Duration> = Some(Duration::from_secs(30));

fn main() -> Result<(), Error> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [] => {
            let there =
                DecnetEndpoint::new(DecnetConfig::new("1.1".parse()?, Circuit::listen("127.0.0.1:0")))?;
            let mirror = there.listen(Object::numbered(25))?;
            let sink = there.listen(Object::named("SINK"))?;
            std::thread::spawn(move || {
                // Ends when the caller does.
                let _ = return_all(&mirror);
                take_all(&sink)
            });
            let here = caller(&there.local_address().unwrap_or_default())?;
            there_and_back(&here, "1.1", 50_000)?;
            one_way(&here, 100_000)
        }
        [circuit] => {
            let there = DecnetEndpoint::new(DecnetConfig::new("1.1".parse()?, parse(circuit)))?;
            // Ends when the caller does.
            let _ = return_all(&there.listen(Object::numbered(25))?);
            Ok(())
        }
        [circuit, node] => there_and_back(&caller(circuit)?, node, 1_000),
        [circuit, node, count] => {
            let count = count.parse().map_err(|_| Error::invalid("how many messages is a number"))?;
            there_and_back(&caller(circuit)?, node, count)
        }
        _ => Err(Error::invalid("usage: decnet_bench [CIRCUIT [AREA.NODE [COUNT]]]")),
    }
}

fn parse(circuit: &str) -> Circuit {
    circuit.parse().unwrap_or_else(|_| Circuit::connect(circuit))
}

fn caller(circuit: &str) -> Result<DecnetEndpoint, Error> {
    let here = DecnetEndpoint::new(DecnetConfig::new("1.2".parse()?, parse(circuit)))?;
    here.wait_up(WAIT)?;
    Ok(here)
}

/// The MIRROR object, for one caller.
fn return_all(mirror: &ObjectListener) -> Result<(), Error> {
    let link = mirror.accept(WAIT)?.accept(&b"\xff\xff"[..])?;
    loop {
        let message = link.receive(None)?;
        link.send_wait([&[1], &message[1..]].concat(), None)?;
    }
}

/// An object that answers nothing but the last message.
fn take_all(sink: &ObjectListener) -> Result<(), Error> {
    let link = sink.accept(WAIT)?.accept("")?;
    while !link.receive(None)?.is_empty() {}
    link.send("all")?;
    link.wait_ended(None).map(drop)
}

fn there_and_back(here: &DecnetEndpoint, node: &str, count: usize) -> Result<(), Error> {
    let (link, _) = here.connect_wait(node, EndUser::Number(25), ConnectOptions::default(), WAIT)?;
    let message = |length: usize| Bytes::from([&[0][..], &vec![b'x'; length - 1]].concat());
    let (small, large) = (message(50), message(1_000));
    let begin = Instant::now();
    for _ in 0..count {
        link.send_wait(small.clone(), WAIT)?;
        link.receive(WAIT)?;
    }
    println!("{:.0} round trips/s with 50 octets", count as f64 / begin.elapsed().as_secs_f64());
    let begin = Instant::now();
    for _ in 0..count / 10 {
        for _ in 0..10 {
            link.send_wait(large.clone(), WAIT)?;
        }
        for _ in 0..10 {
            assert_eq!(link.receive(WAIT)?.len(), large.len());
        }
    }
    let octets = (count / 10 * 10 * large.len()) as f64;
    let rate = octets / begin.elapsed().as_secs_f64();
    println!("{rate:.0} octets/s there and back in messages of 1000, ten at a time");
    link.disconnect("")?;
    link.wait_ended(WAIT).map(drop)
}

fn one_way(here: &DecnetEndpoint, count: usize) -> Result<(), Error> {
    let (link, _) = here.connect_wait("1.1", EndUser::named("SINK"), ConnectOptions::default(), WAIT)?;
    let message = Bytes::from(vec![b'x'; 1_000]);
    let begin = Instant::now();
    for _ in 0..count {
        link.send_wait(message.clone(), WAIT)?;
    }
    link.send_wait("", WAIT)?;
    link.receive(WAIT)?;
    let rate = (count * message.len()) as f64 / begin.elapsed().as_secs_f64();
    println!("{rate:.0} octets/s one way in messages of 1000");
    link.disconnect("")?;
    link.wait_ended(WAIT).map(drop)
}
