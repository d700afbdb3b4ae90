//! `osisession bench`: a short measurement against a listener that sends data back.
use crate::args::Bench;
use crate::command::{Context, SLICE, Stop, Tone, catch_interrupts};
use crate::listen::polite;
use crate::peer::Watch;
use crate::report;
use osisession::{
    Bytes, Diagnosis, Endpoint, EndpointConfig, ErrorKind, Event, Listener, ListenerConfig, Session, Witness,
};
use serde::Serialize;
use std::time::{Duration, Instant};

/// Octets that are on their way there and back at the same time, in the measurement of throughput.
const WINDOW: usize = 1 << 20;
/// Round trips whose times are kept.
const MAX_SAMPLES: usize = 1_000_000;

/// What a measurement came to.
#[derive(Serialize)]
struct Measured {
    r#type: &'static str,
    what: &'static str,
    count: u64,
    octets: u64,
    seconds: f64,
    per_second: f64,
    /// Megabytes (10^6 octets) a second in each direction; of throughput alone.
    megabytes_per_second: Option<f64>,
    latency_us: Option<Latency>,
}

#[derive(Serialize)]
struct Latency {
    min: f64,
    median: f64,
    p99: f64,
    max: f64,
}

impl Latency {
    fn of(mut samples: Vec<Duration>) -> Option<Latency> {
        samples.sort_unstable();
        let at = |share: f64| {
            let index = ((samples.len() as f64 * share) as usize).min(samples.len().checked_sub(1)?);
            samples.get(index).map(|time| (time.as_secs_f64() * 1e8).round() / 1e2)
        };
        Some(Latency { min: at(0.0)?, median: at(0.5)?, p99: at(0.99)?, max: at(1.0)? })
    }
}

/// Why a measurement has no result.
enum End {
    Interrupted,
    Failed(Box<Diagnosis>),
    /// The peer answers in a way that cannot be measured.
    Unfit(String),
    Stop(Stop),
}

impl From<osisession::Error> for End {
    fn from(error: osisession::Error) -> End {
        End::Stop(error.into())
    }
}

struct Bencher<'a> {
    args: &'a Bench,
    peer: String,
    endpoint: Endpoint,
    witness: Witness,
}

/// True if all was measured.
pub(crate) fn run(args: &Bench, context: &mut Context<'_>) -> Result<bool, Stop> {
    catch_interrupts();
    let own = if args.peer.is_none() { Some(own_listener()?) } else { None };
    let peer = match (&args.peer, &own) {
        (Some(peer), _) => peer.clone(),
        (None, own) => own.as_ref().map(|(_, listener)| listener.local_address()).unwrap_or_default(),
    };
    if !args.json {
        let whom = if own.is_some() { " (a listener of this process, for want of another)" } else { "" };
        let time = args.time;
        context.line(&format!("Measuring {peer}{whom}: {time:?} each, {} octets", args.size))?;
    }
    // The tap costs time: it looks at the first session only, for a diagnosis.
    let mut bencher =
        Bencher { args, peer, endpoint: Endpoint::new(EndpointConfig::default())?, witness: Witness::new() };
    context.progress.begin_steps(3);
    let mut ok = true;
    let outcome = bencher.check(context).and_then(|()| {
        for measure in [Bencher::connects, Bencher::round_trips, Bencher::throughput] {
            let measured = measure(&mut bencher, context)?;
            context.progress.step();
            show(args, context, &measured).map_err(End::Stop)?;
        }
        Ok(())
    });
    context.progress.finish();
    match outcome {
        Ok(()) => {}
        Err(End::Stop(stop)) => return Err(stop),
        Err(End::Interrupted) => ok = false,
        Err(End::Failed(diagnosis)) => {
            ok = false;
            if args.json {
                let report = report::json(&diagnosis);
                context.json(&serde_json::json!({ "type": "diagnosis", "diagnosis": report }))?;
            } else {
                let text = report::lines(context, &diagnosis);
                context.line(&text)?;
            }
        }
        Err(End::Unfit(why)) => {
            ok = false;
            if args.json {
                context.json(&serde_json::json!({ "type": "failed", "text": why }))?;
            } else {
                let text = context.paint(Tone::Bad, &why);
                context.line(&text)?;
            }
        }
    }
    Ok(ok)
}

fn own_listener() -> Result<(Endpoint, Listener), Stop> {
    let endpoint = Endpoint::new(EndpointConfig::default())?;
    endpoint.start()?;
    let listener = endpoint.listen("127.0.0.1:0", ListenerConfig::default())?;
    let accepting = listener.clone();
    // It ends with the listener.
    std::thread::spawn(move || {
        while let Ok(session) = accepting.accept(None) {
            let kept = session.clone();
            session.set_handler(Some(Box::new(move |session, event| {
                // The session lives as long as its handler.
                let _ = &kept;
                if let Some(request) = polite(&event) {
                    // The window is smaller than the queue: there is room.
                    let _ = session.request(request);
                }
            })));
        }
    });
    Ok((endpoint, listener))
}

impl Bencher<'_> {
    /// One session, looked at: a peer that is not there or refuses is found out, and explained.
    fn check(&mut self, context: &Context<'_>) -> Result<(), End> {
        let watch = Watch::default();
        let mut settings = EndpointConfig::default();
        settings.tap = Some(watch.tap());
        let plain = std::mem::replace(&mut self.endpoint, Endpoint::new(settings)?);
        self.witness = watch.witness;
        let session = self.connect(context);
        let looked = std::mem::replace(&mut self.endpoint, plain);
        let outcome = session.and_then(|session| self.release(context, &session));
        looked.close();
        outcome
    }

    fn event(&self, context: &Context<'_>, session: &Session, what: &str) -> Result<Event, End> {
        let end = Instant::now() + self.args.proposal.timeout;
        loop {
            match session.next_event(Some(SLICE)) {
                Ok(event) => {
                    let Some(diagnosis) = Diagnosis::of_event(&event) else { return Ok(event) };
                    return Err(End::Failed(Box::new(diagnosis.with_packets(&self.witness, session.id()))));
                }
                Err(error) if error.kind() == ErrorKind::TimedOut => {}
                Err(error) => return Err(End::Unfit(format!("{what}: {error}"))),
            }
            if context.is_interrupted() {
                return Err(End::Interrupted);
            }
            if Instant::now() >= end {
                return Err(End::Unfit(format!(
                    "no {what} within {:?}: a peer that sends data back is needed, such as 'osisession listen'",
                    self.args.proposal.timeout
                )));
            }
        }
    }

    fn connect(&self, context: &Context<'_>) -> Result<Session, End> {
        let config = self.args.proposal.session_config().map_err(End::Stop)?;
        let session = self.endpoint.connect(&self.peer, self.args.proposal.request(), config)?;
        match self.event(context, &session, "answer to CONNECT")? {
            Event::ConnectConfirm(_) => Ok(session),
            other => Err(End::Unfit(format!("{} instead of an answer to CONNECT", other.name()))),
        }
    }

    fn release(&self, context: &Context<'_>, session: &Session) -> Result<(), End> {
        session.release_request("")?;
        loop {
            if let Event::ReleaseConfirm(_) = self.event(context, session, "answer to FINISH")? {
                return Ok(());
            }
        }
    }

    /// Whole sessions, one after the other.
    fn connects(&mut self, context: &mut Context<'_>) -> Result<Measured, End> {
        let begin = Instant::now();
        let (mut count, mut samples) = (0, Vec::new());
        while begin.elapsed() < self.args.time
            && (self.args.max_connects == 0 || count < self.args.max_connects)
        {
            let start = Instant::now();
            let session = self.connect(context)?;
            self.release(context, &session)?;
            count += 1;
            keep(&mut samples, start.elapsed());
        }
        Ok(measured("connects", count, 0, begin.elapsed(), samples, false))
    }

    /// S-DATA there and back, one after the other.
    fn round_trips(&mut self, context: &mut Context<'_>) -> Result<Measured, End> {
        let session = self.connect(context)?;
        let data = pattern(self.args.size as usize);
        let begin = Instant::now();
        let (mut count, mut samples) = (0, Vec::new());
        while begin.elapsed() < self.args.time {
            let start = Instant::now();
            session.data_request(data.clone())?;
            self.echo(context, &session, &data)?;
            count += 1;
            keep(&mut samples, start.elapsed());
        }
        let time = begin.elapsed();
        self.release(context, &session)?;
        Ok(measured("round-trips", count, count * data.len() as u64, time, samples, false))
    }

    /// S-DATA there and back, as much as goes.
    fn throughput(&mut self, context: &mut Context<'_>) -> Result<Measured, End> {
        let session = self.connect(context)?;
        let data = pattern(self.args.block as usize);
        let begin = Instant::now();
        let (mut count, mut under_way) = (0, 0_usize);
        loop {
            let more = begin.elapsed() < self.args.time;
            if !more && under_way == 0 {
                break;
            }
            // One at least, however long it is.
            if more && (under_way == 0 || (under_way + 1) * data.len() <= WINDOW / 2) {
                match session.data_request(data.clone()) {
                    Ok(()) => {
                        under_way += 1;
                        continue;
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock && under_way > 0 => {}
                    Err(error) => return Err(error.into()),
                }
            }
            self.echo(context, &session, &data)?;
            under_way -= 1;
            count += 1;
        }
        let time = begin.elapsed();
        self.release(context, &session)?;
        Ok(measured("throughput", count, count * data.len() as u64, time, Vec::new(), true))
    }

    fn echo(&self, context: &Context<'_>, session: &Session, sent: &Bytes) -> Result<(), End> {
        match self.event(context, session, "echo")? {
            Event::DataIndication(data) if data == *sent => Ok(()),
            Event::DataIndication(data) => Err(End::Unfit(format!(
                "{} octets came back that differ from the {} that were sent",
                data.len(),
                sent.len()
            ))),
            other => Err(End::Unfit(format!("{} instead of an echo", other.name()))),
        }
    }
}

/// Octets that differ from each other, so that a shift is seen.
fn pattern(size: usize) -> Bytes {
    (0..size).map(|at| (at % 251) as u8).collect::<Vec<u8>>().into()
}

fn keep(samples: &mut Vec<Duration>, time: Duration) {
    if samples.len() < MAX_SAMPLES {
        samples.push(time);
    }
}

fn measured(
    what: &'static str,
    count: u64,
    octets: u64,
    time: Duration,
    samples: Vec<Duration>,
    throughput: bool,
) -> Measured {
    let seconds = time.as_secs_f64().max(f64::MIN_POSITIVE);
    let round = |number: f64| (number * 1e3).round() / 1e3;
    Measured {
        r#type: "measurement",
        what,
        count,
        octets,
        seconds: round(seconds),
        per_second: round(count as f64 / seconds),
        megabytes_per_second: throughput.then(|| round(octets as f64 / seconds / 1e6)),
        latency_us: Latency::of(samples),
    }
}

fn show(args: &Bench, context: &mut Context<'_>, measured: &Measured) -> Result<(), Stop> {
    if args.json {
        context.json(measured)?;
        return Ok(());
    }
    let number = match measured.megabytes_per_second {
        Some(megabytes) => format!("{megabytes:.1} MB/s each way"),
        None => format!("{:.0}/s", measured.per_second),
    };
    let latency = measured.latency_us.as_ref().map_or(String::new(), |latency| {
        format!(
            "  min/median/p99/max = {:.0}/{:.0}/{:.0}/{:.0} us",
            latency.min, latency.median, latency.p99, latency.max
        )
    });
    let latency = context.paint(Tone::Quiet, &latency);
    let number = context.paint(Tone::Strong, &format!("{number:>20}"));
    context.line(&format!("{:<12} {number}{latency}", measured.what))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_in_order() {
        assert!(Latency::of(Vec::new()).is_none());
        let latency = Latency::of((1..=100).rev().map(Duration::from_micros).collect()).unwrap();
        assert_eq!((latency.min, latency.median, latency.p99, latency.max), (1.0, 51.0, 100.0, 100.0));
    }
}
