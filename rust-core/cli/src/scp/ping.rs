//! `osisession scp ping`: the loopback mirror, object 25 (DNA Network Management 4.0.0, loopback mirror protocol).
use super::args::Ping;
use super::output::Output;
use super::{Failure, Result, endpoint, wait};
use osisession::ErrorKind;
use osisession::decnet::{ConnectOptions, EndUser, LogicalLink};
use serde_json::json;
use std::time::{Duration, Instant};

/// The object.
const MIRROR: u8 = 25;
/// Function code of a message that asks to be returned, and of the answer that returns it.
const LOOP: u8 = 0;
const LOOPED: u8 = 1;

pub(super) fn run(ping: &Ping, output: &mut Output<'_>) -> Result<bool> {
    let node = endpoint(&ping.common)?;
    // Hellos have to go out between two messages.
    node.start()?;
    let limit = wait(&ping.common);
    node.wait_up(limit)?;
    let (link, data) =
        node.connect_wait(ping.called.as_str(), EndUser::Number(MIRROR), ConnectOptions::default(), limit)?;
    // The accept data say how long a message may be.
    if let [low, high] = data[..] {
        let most = u16::from_le_bytes([low, high]);
        if ping.size >= most {
            return Err(Failure::Usage(format!("this node returns messages of {most} octets at most")));
        }
    }
    let at = link.node();
    let mut times = Vec::new();
    for number in 1..=ping.count {
        let round = Instant::now();
        match once(&link, number, ping.size, limit) {
            Ok(time) => {
                times.push(time);
                let time = milliseconds(time);
                output.line(
                    &format!("{} octets from {at}: number {number}, {time:.3} ms", ping.size),
                    "answer",
                    json!({ "node": at.to_string(), "number": number, "octets": ping.size, "ms": time }),
                )?;
            }
            Err(Failure::Failed(error)) if error.kind() == ErrorKind::TimedOut => {
                output.line(
                    &format!("no answer from {at}: number {number}"),
                    "no-answer",
                    json!({ "node": at.to_string(), "number": number }),
                )?;
                // A late answer would be taken for the next.
                break;
            }
            Err(other) => return Err(other),
        }
        if number < ping.count {
            std::thread::sleep(Duration::from_secs_f64(ping.interval).saturating_sub(round.elapsed()));
        }
    }
    let complete = times.len() as u64 == ping.count;
    if complete {
        link.disconnect("")?;
        link.wait_ended(limit)?;
    }
    summary(&times, ping.count, output)?;
    Ok(complete)
}

/// One message there and back.
fn once(link: &LogicalLink, number: u64, size: u16, limit: Option<Duration>) -> Result<Duration> {
    let body = (0..size).map(|at| (number.wrapping_mul(31) as u8).wrapping_add(at as u8));
    let message: Vec<u8> = std::iter::once(LOOP).chain(body).collect();
    let start = Instant::now();
    link.send_wait(message.clone(), limit)?;
    let answer = link.receive(limit)?;
    let time = start.elapsed();
    match answer.split_first() {
        Some((&LOOPED, body)) if body == &message[1..] => Ok(time),
        _ => {
            let text = format!("the answer to number {number} is not what was sent");
            Err(Failure::Failed(osisession::Error::peer(osisession::Layer::Session, text)))
        }
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn summary(times: &[Duration], sent: u64, output: &mut Output<'_>) -> Result {
    let (least, most) = (times.iter().min(), times.iter().max());
    let all: Duration = times.iter().sum();
    let (Some(least), Some(most)) = (least, most) else {
        let keys = json!({ "sent": sent, "received": 0 });
        return Ok(output.line("nothing was returned", "summary", keys)?);
    };
    let (least, most) = (milliseconds(*least), milliseconds(*most));
    let average = milliseconds(all) / times.len() as f64;
    let received = times.len();
    output.line(
        &format!("{received} of {sent} returned; least {least:.3} ms, average {average:.3} ms, most {most:.3} ms"),
        "summary",
        json!({ "sent": sent, "received": received, "least_ms": least, "average_ms": average, "most_ms": most }),
    )?;
    Ok(())
}
