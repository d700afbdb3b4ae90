//! `osisession ping`: connects, releases, takes the time.
use crate::args::Ping;
use crate::command::{Context, SLICE, Stop, Tone, catch_interrupts, count, in_milliseconds, milliseconds};
use crate::octets::safe;
use crate::peer::Watch;
use crate::report;
use osisession::{Cause, ConnectConfirm, Diagnosis, Endpoint, EndpointConfig, Event, Session};
use serde::Serialize;
use std::collections::HashSet;
use std::time::{Duration, Instant};

/// One round that went well.
struct Round {
    confirm: ConnectConfirm,
    /// TCP, transport, session: each on top of the one before it; the first two as far as they were seen.
    network: Option<Duration>,
    transport: Option<Duration>,
    connect: Duration,
    /// `None`: the peer did not answer the release, or aborted.
    release: Option<Duration>,
}

#[derive(Serialize)]
struct RoundLine<'a> {
    r#type: &'static str,
    seq: u64,
    peer: &'a str,
    ok: bool,
    network_ms: Option<f64>,
    transport_ms: Option<f64>,
    connect_ms: Option<f64>,
    release_ms: Option<f64>,
    version: Option<u8>,
    functional_units: Option<Vec<&'static str>>,
    diagnosis: Option<serde_json::Value>,
}

#[derive(Serialize)]
struct Statistics<'a> {
    r#type: &'static str,
    peer: &'a str,
    sent: u64,
    connected: u64,
    failed: u64,
    released: u64,
    time_ms: f64,
    connect_ms: Option<Spread>,
    release_ms: Option<Spread>,
}

/// The spread of some times, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
struct Spread {
    min: f64,
    avg: f64,
    max: f64,
    stddev: f64,
}

impl Spread {
    fn of(times: &[Duration]) -> Option<Spread> {
        let all: Vec<f64> = times.iter().map(|time| time.as_secs_f64() * 1e3).collect();
        let count = all.len() as f64;
        let min = all.iter().copied().reduce(f64::min)?;
        let max = all.iter().copied().reduce(f64::max)?;
        let avg = all.iter().sum::<f64>() / count;
        let variance = all.iter().map(|time| (time - avg).powi(2)).sum::<f64>() / count;
        let round = |time: f64| (time * 1e3).round() / 1e3;
        Some(Spread { min: round(min), avg: round(avg), max: round(max), stddev: round(variance.sqrt()) })
    }
}

/// True if every round connected.
pub(crate) fn run(args: &Ping, context: &mut Context<'_>) -> Result<bool, Stop> {
    catch_interrupts();
    let config = args.proposal.session_config()?;
    let watch = Watch::default();
    let mut settings = EndpointConfig::default();
    settings.tap = Some(watch.tap());
    let endpoint = Endpoint::new(settings)?;
    if !args.json && !args.quiet {
        context.line(&format!("PING {}: {}", args.peer, args.proposal.describe()))?;
    }
    let (begin, mut rounds) = (Instant::now(), 0);
    let (mut connects, mut releases) = (Vec::new(), Vec::new());
    let mut explained = HashSet::new();
    while !context.is_interrupted() && (args.count == 0 || rounds < args.count) {
        let started = Instant::now();
        let session = endpoint.connect(&args.peer, args.proposal.request(), config.clone())?;
        let Some(outcome) = round(context, &session, &watch, started, args.proposal.timeout)? else { break };
        rounds += 1;
        if let Ok(round) = &outcome {
            connects.push(round.connect);
            releases.extend(round.release);
        }
        show(args, context, rounds, &outcome, &mut explained)?;
        drop(session);
        let is_last = args.count != 0 && rounds == args.count;
        if !is_last && !context.sleep(args.interval.saturating_sub(started.elapsed())) {
            break;
        }
    }
    let connected = connects.len() as u64;
    let statistics = Statistics {
        r#type: "statistics",
        peer: &args.peer,
        sent: rounds,
        connected,
        failed: rounds - connected,
        released: releases.len() as u64,
        time_ms: in_milliseconds(begin.elapsed()),
        connect_ms: Spread::of(&connects),
        release_ms: Spread::of(&releases),
    };
    conclude(args, context, &statistics)?;
    Ok(rounds > 0 && connected == rounds)
}

/// Waits for an event; `None` if the user asked to stop.
fn event(context: &Context<'_>, session: &Session) -> Option<osisession::Result<Event>> {
    loop {
        match session.next_event(Some(SLICE)) {
            Err(error) if error.kind() == osisession::ErrorKind::TimedOut => {
                if context.is_interrupted() {
                    return None;
                }
            }
            other => return Some(other),
        }
    }
}

/// Connects and releases; `None` if the user asked to stop.
fn round(
    context: &Context<'_>,
    session: &Session,
    watch: &Watch,
    started: Instant,
    timeout: Duration,
) -> Result<Option<Result<Round, Box<Diagnosis>>>, Stop> {
    let confirm = match event(context, session) {
        None => return Ok(None),
        Some(Err(error)) => return Ok(Some(Err(Box::new(Diagnosis::of_error(&error))))),
        Some(Ok(Event::ConnectConfirm(confirm))) => *confirm,
        Some(Ok(other)) => {
            let diagnosis = Diagnosis::of_outcome(&other)
                .ok_or_else(|| Stop::Usage(format!("{} instead of an answer", other.name())))?;
            let diagnosis =
                diagnosis.with_packets(&watch.witness, session.id()).with_history(session.history());
            return Ok(Some(Err(Box::new(diagnosis))));
        }
    };
    let connect = started.elapsed();
    let times = watch.times(session.id());
    let release_begin = Instant::now();
    let mut release = None;
    if session.release_request("").is_ok() {
        while release_begin.elapsed() < timeout {
            match event(context, session) {
                Some(Ok(Event::ReleaseConfirm(_))) => {
                    release = Some(release_begin.elapsed());
                    break;
                }
                // What the peer's user sends before it answers.
                Some(Ok(Event::DataIndication(_) | Event::TypedDataIndication(_))) => {}
                _ => break,
            }
        }
    }
    Ok(Some(Ok(Round {
        confirm,
        network: times.network.map(|at| at - started),
        transport: times.network.zip(times.first).map(|(network, first)| first - network),
        connect,
        release,
    })))
}

fn show(
    args: &Ping,
    context: &mut Context<'_>,
    seq: u64,
    outcome: &Result<Round, Box<Diagnosis>>,
    explained: &mut HashSet<Cause>,
) -> Result<(), Stop> {
    if args.json {
        let round = outcome.as_ref().ok();
        context.json(&RoundLine {
            r#type: "round",
            seq,
            peer: &args.peer,
            ok: round.is_some(),
            network_ms: round.and_then(|round| round.network).map(in_milliseconds),
            transport_ms: round.and_then(|round| round.transport).map(in_milliseconds),
            connect_ms: round.map(|round| in_milliseconds(round.connect)),
            release_ms: round.and_then(|round| round.release).map(in_milliseconds),
            version: round.map(|round| round.confirm.version.bits()),
            functional_units: round
                .map(|round| round.confirm.functional_units.iter_names().map(|(name, _)| name).collect()),
            diagnosis: outcome.as_ref().err().map(|diagnosis| report::json(diagnosis)),
        })?;
        return Ok(());
    }
    if args.quiet {
        return Ok(());
    }
    let text = match outcome {
        Ok(round) => {
            let mut steps = Vec::new();
            steps.extend(round.network.map(|time| format!("network {}", milliseconds(time))));
            steps.extend(round.transport.map(|time| format!("transport {}", milliseconds(time))));
            let steps = if steps.is_empty() { String::new() } else { format!(" ({})", steps.join(", ")) };
            let release = round.release.map_or_else(
                || context.paint(Tone::Bad, "not released"),
                |time| format!("released in {}", milliseconds(time)),
            );
            format!(
                "seq={seq} {} in {}{}, {release}, version {}, {}",
                context.paint(Tone::Good, "connected"),
                milliseconds(round.connect),
                context.paint(Tone::Quiet, &steps),
                round.confirm.version,
                round.confirm.functional_units
            )
        }
        // Each cause in full once; whoever sees it again knows it.
        Err(diagnosis) if explained.insert(diagnosis.cause) => {
            format!("seq={seq} {}", report::lines(context, diagnosis))
        }
        Err(diagnosis) => {
            format!(
                "seq={seq} {} [{}]",
                context.paint(Tone::Bad, &safe(&diagnosis.summary)),
                diagnosis.cause.word()
            )
        }
    };
    context.line(&text)?;
    Ok(())
}

fn conclude(args: &Ping, context: &mut Context<'_>, statistics: &Statistics<'_>) -> Result<(), Stop> {
    if args.json {
        context.json(statistics)?;
        return Ok(());
    }
    let percent = (statistics.failed * 100).checked_div(statistics.sent).unwrap_or(0);
    context.line(&format!(
        "\n--- {} ping statistics ---\n{}, {} connected, {} failed ({percent}%), {} released, time {:.0} ms",
        statistics.peer,
        count(statistics.sent, "session"),
        statistics.connected,
        statistics.failed,
        statistics.released,
        statistics.time_ms
    ))?;
    for (name, spread) in [("connect", statistics.connect_ms), ("release", statistics.release_ms)] {
        if let Some(Spread { min, avg, max, stddev }) = spread {
            context
                .line(&format!("{name} min/avg/max/stddev = {min:.3}/{avg:.3}/{max:.3}/{stddev:.3} ms"))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spread_of_times() {
        assert_eq!(Spread::of(&[]), None);
        let times = [2, 4, 4, 4, 5, 5, 7, 9].map(Duration::from_millis);
        assert_eq!(Spread::of(&times), Some(Spread { min: 2.0, avg: 5.0, max: 9.0, stddev: 2.0 }));
    }
}
