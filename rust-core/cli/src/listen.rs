//! `osisession listen`: a responder with a behaviour, good or deliberately bad.
mod answers;
mod raw;

pub(crate) use answers::polite;

use crate::args::{Behaviour, Listen};
use crate::command::{Context, SLICE, Stop, catch_interrupts, in_milliseconds, interrupted};
use crate::connect::{in_json, in_text};
use crate::peer::Watch;
use crate::report;
use crate::script::play::{End, Note, PATIENCE, Player, refusal};
use crate::script::{self, Expectation, Step};
use osisession::{
    ConnectReject, Diagnosis, Endpoint, EndpointConfig, ErrorKind, Event, Listener, ListenerConfig, Refusal,
    Request, Session,
};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::time::Instant;

/// Notes that wait to be shown.
const NOTES: usize = 256;

/// Something that happened with a caller, by its number.
pub(super) struct Told {
    pub(super) caller: u64,
    pub(super) note: Said,
}

pub(super) enum Said {
    /// Who called.
    Came(String),
    Note(Note),
    /// The end: all went as the script expects.
    Gone(bool),
}

/// What the threads of callers share.
#[derive(Clone)]
struct Common {
    behaviour: Behaviour,
    steps: Arc<Vec<(usize, Step)>>,
    reason: u8,
    watch: Watch,
    tell: SyncSender<Told>,
    busy: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
}

/// True if all callers went well.
pub(crate) fn run(args: &Listen, context: &mut Context<'_>) -> Result<bool, Stop> {
    let steps = match &args.script {
        Some(path) => script::read(path).map_err(Stop::Usage)?,
        None => Vec::new(),
    };
    let behaviour = if args.script.is_some() { Behaviour::Script } else { args.behaviour };
    if behaviour == Behaviour::Script && args.script.is_none() {
        return Err(Stop::Usage("the behaviour script needs --script FILE".into()));
    }
    if behaviour == Behaviour::Refuse && args.reason.is_some_and(|reason| reason > 2) {
        return Err(Stop::Usage(
            "a user's REFUSE has reason 0, 1 or 2 (X.225 8.3.5); others are the provider's".into(),
        ));
    }
    if behaviour.is_raw() && args.tls.tls_ca.is_some() {
        return Err(Stop::Usage(format!(
            "{} is done below TLS: leave out the options of TLS",
            behaviour.word()
        )));
    }
    catch_interrupts();
    // A bound: who shows slowly slows down the callers, and fills no memory.
    let (tell, told) = mpsc::sync_channel(NOTES);
    let stop = Arc::new(AtomicBool::new(false));
    let started = Instant::now();
    if behaviour.is_raw() {
        let (address, running) = raw::start(args, behaviour, tell, stop.clone())?;
        announce(args, context, &address, behaviour)?;
        let ok = show(args, context, &told, started, None);
        stop.store(true, Ordering::SeqCst);
        // Nobody waits for room in it any more.
        drop(told);
        drop(running);
        return ok;
    }
    let watch = Watch::default();
    let mut settings = EndpointConfig::default();
    settings.tap = Some(watch.tap());
    let endpoint = Endpoint::new(settings)?;
    endpoint.start()?;
    let listener = endpoint.listen(&args.address, listener_config(args)?)?;
    announce(args, context, &listener.local_address(), behaviour)?;
    let common = Common {
        behaviour,
        steps: Arc::new(steps),
        reason: args.reason.unwrap_or(0),
        watch,
        tell,
        busy: Arc::default(),
        stop: stop.clone(),
    };
    let accepting = listener.clone();
    let (max_sessions, count) = (args.max_sessions as usize, args.count);
    let acceptor = std::thread::spawn(move || accept(&accepting, &common, max_sessions, count));
    let ok = show(args, context, &told, started, Some(&endpoint));
    stop.store(true, Ordering::SeqCst);
    drop(told);
    listener.close();
    // It ends within a slice; its callers within another.
    let _ = acceptor.join();
    ok
}

fn listener_config(args: &Listen) -> Result<ListenerConfig, Stop> {
    let mut config = ListenerConfig::default();
    config.t_selector.clone_from(&args.t_selector);
    config.session_selector.clone_from(&args.s_selector);
    config.max_connecting_per_source = 100;
    config.early_refusal_from = 100;
    config.session.functional_units = args.units;
    config.session.versions = args.versions;
    config.session.strict = args.strict;
    config.session.transport_expedited = true;
    config.session.max_tpdu_size = args.tpdu_size as usize;
    config.session.tls = args.tls.load()?;
    Ok(config)
}

fn announce(
    args: &Listen,
    context: &mut Context<'_>,
    address: &str,
    behaviour: Behaviour,
) -> Result<(), Stop> {
    if args.json {
        context.json(&json!({ "type": "listening", "address": address, "behaviour": behaviour.word() }))?;
    } else {
        context.line(&format!("Listening at {address}: {} ({})", behaviour.word(), behaviour.meaning()))?;
    }
    Ok(())
}

/// Takes callers until it is enough. The threads of the last ones are waited for.
fn accept(listener: &Listener, common: &Common, max_sessions: usize, count: u64) {
    let mut threads = Vec::new();
    let mut caller = 0;
    while !common.stop.load(Ordering::SeqCst) && (count == 0 || caller < count) {
        // Those beyond it wait in the backlog, and are then refused for congestion.
        if common.busy.load(Ordering::SeqCst) >= max_sessions {
            std::thread::sleep(SLICE);
            continue;
        }
        let session = match listener.accept(Some(SLICE)) {
            Ok(session) => session,
            Err(error) if error.kind() == ErrorKind::TimedOut => continue,
            Err(_) => break,
        };
        caller += 1;
        common.busy.fetch_add(1, Ordering::SeqCst);
        let mine = common.clone();
        threads.retain(|thread: &std::thread::JoinHandle<()>| !thread.is_finished());
        threads.push(std::thread::spawn(move || {
            let ok = serve(&session, caller, &mine);
            mine.busy.fetch_sub(1, Ordering::SeqCst);
            let _ = mine.tell.send(Told { caller, note: Said::Gone(ok) });
        }));
    }
    for thread in threads {
        let _ = thread.join();
    }
}

/// One caller, from its CONNECT to the end; true if all went as it should.
fn serve(session: &Session, caller: u64, common: &Common) -> bool {
    let told = |note| {
        let _ = common.tell.send(Told { caller, note });
    };
    told(Said::Came(session.peer_address().unwrap_or_default()));
    let is_stopped = || common.stop.load(Ordering::SeqCst) || interrupted();
    let mut tell = |note| told(Said::Note(note));
    let mut player = Player {
        session,
        witness: &common.watch.witness,
        interrupted: &is_stopped,
        tell: &mut tell,
        patience: PATIENCE,
        first: None,
        caller: None,
        connecting: false,
    };
    if common.behaviour == Behaviour::Script {
        return scripted(&mut player, &common.steps);
    }
    loop {
        let event = match session.next_event(Some(SLICE)) {
            Ok(event) => event,
            Err(error) if error.kind() == ErrorKind::TimedOut && !is_stopped() => continue,
            Err(_) => break,
        };
        let diagnosis = player.take(&event);
        if let Some(diagnosis) = diagnosis {
            (player.tell)(Note::Diagnosis(Box::new(diagnosis)));
            return false;
        }
        let Some(request) = answer(common, &event) else { continue };
        let name = request.name();
        match session.request(request.clone()) {
            Ok(_) => (player.tell)(Note::Requested(name)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                // The caller sends faster than it takes: wait for it, and read nothing meanwhile.
                while !is_stopped() && session.wait_writable(Some(SLICE)).is_err() && !session.is_over() {}
                if session.request(request).is_ok() {
                    (player.tell)(Note::Requested(name));
                }
            }
            Err(error) => (player.tell)(Note::Failed(0, refusal(name, &error))),
        }
    }
    true
}

/// The script, with the CONNECT accepted before it unless its first line looks at it; then what is open is served politely.
fn scripted(player: &mut Player<'_>, steps: &[(usize, Step)]) -> bool {
    let answers_itself = match steps.first() {
        Some((_, Step::Accept(..) | Step::Expect(Expectation::Event { word: "connect", .. }))) => true,
        Some((_, Step::Request(request))) => {
            matches!(**request, Request::ConnectResponseNegative(_) | Request::UAbort(_))
        }
        _ => false,
    };
    if !answers_itself {
        let begin = script::parse("expect connect")
            .into_iter()
            .flatten()
            .chain([Step::Accept(None, Default::default())]);
        for step in begin {
            if player.step(0, &step) != End::Done {
                return false;
            }
        }
    }
    let end = player.play(steps);
    let session = player.session;
    // The caller's turn to release.
    while end == End::Done && !session.is_over() && !(player.interrupted)() {
        match session.next_event(Some(SLICE)) {
            Ok(event) => {
                if let Some(diagnosis) = player.take(&event) {
                    (player.tell)(Note::Diagnosis(Box::new(diagnosis)));
                    return false;
                }
                if matches!(event, Event::ReleaseIndication(_)) {
                    let _ = session.release_response("");
                }
            }
            Err(error) if error.kind() == ErrorKind::TimedOut => {}
            Err(_) => break,
        }
    }
    matches!(end, End::Done | End::Quit)
}

fn answer(common: &Common, event: &Event) -> Option<Request> {
    match (common.behaviour, event) {
        (Behaviour::Refuse, Event::ConnectIndication(_)) => {
            let reject = ConnectReject { reason: common.reason, ..ConnectReject::default() };
            Some(Request::ConnectResponseNegative(Box::new(reject)))
        }
        (Behaviour::Abort, Event::ConnectIndication(_)) => Some(Request::UAbort(Default::default())),
        (
            Behaviour::Sink,
            Event::DataIndication(_) | Event::TypedDataIndication(_) | Event::ExpeditedDataIndication(_),
        ) => None,
        _ => polite(event),
    }
}

/// Shows what the callers' threads tell, until the last caller is gone; true if all went well.
fn show(
    args: &Listen,
    context: &mut Context<'_>,
    told: &Receiver<Told>,
    started: Instant,
    endpoint: Option<&Endpoint>,
) -> Result<bool, Stop> {
    let (mut ok, mut gone) = (true, 0);
    loop {
        // Looked at before the rest is shown: what happened until then is told.
        let is_last = context.is_interrupted() || (args.count != 0 && gone >= args.count);
        while let Some(refusal) = endpoint.and_then(Endpoint::next_refusal) {
            show_refusal(args, context, &refusal)?;
        }
        let next = if is_last {
            told.try_recv().map_err(|_| mpsc::RecvTimeoutError::Disconnected)
        } else {
            told.recv_timeout(SLICE)
        };
        match next {
            Ok(Told { caller, note }) => {
                if let Said::Gone(well) = note {
                    gone += 1;
                    ok &= well;
                }
                show_note(args, context, caller, &note, started)?;
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => return Ok(ok),
        }
    }
}

fn show_refusal(args: &Listen, context: &mut Context<'_>, refusal: &Refusal) -> Result<(), Stop> {
    let diagnosis = Diagnosis::of_refusal(refusal);
    if args.json {
        let report = report::json(&diagnosis);
        context.json(&json!({ "type": "refusal", "peer": refusal.peer_address, "diagnosis": report }))?;
    } else {
        let text = report::lines(context, &diagnosis);
        context.line(&text)?;
    }
    Ok(())
}

fn show_note(
    args: &Listen,
    context: &mut Context<'_>,
    caller: u64,
    note: &Said,
    started: Instant,
) -> Result<(), Stop> {
    if args.json {
        let time = in_milliseconds(started.elapsed());
        let mut object = match note {
            Said::Came(peer) => json!({ "type": "caller", "time_ms": time, "peer": peer }),
            Said::Note(note) => in_json(note, time),
            Said::Gone(well) => json!({ "type": "gone", "time_ms": time, "ok": well }),
        };
        object["caller"] = caller.into();
        if !args.quiet {
            context.json(&object)?;
        }
    } else if !args.quiet {
        let text = match note {
            Said::Came(peer) => format!("caller from {peer}"),
            Said::Note(note) => in_text(context, note),
            Said::Gone(_) => "gone".into(),
        };
        context.line(&format!("#{caller} {text}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;

    #[test]
    fn every_behaviour_has_its_words() {
        for behaviour in Behaviour::value_variants() {
            assert!(!behaviour.word().is_empty() && !behaviour.meaning().is_empty(), "{behaviour:?}");
        }
    }
}
