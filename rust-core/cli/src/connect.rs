//! `osisession connect`: a session by hand, or by a script.
use crate::args::Connect;
use crate::command::{Context, SLICE, Stop, Tone, catch_interrupts, in_milliseconds};
use crate::events::{self, EventObject};
use crate::peer::Watch;
use crate::report;
use crate::script::play::{End, Note, Player, diagnose};
use crate::script::{self, Expectation, Step};
use osisession::{Endpoint, EndpointConfig, ErrorKind, Event, Session};
use serde_json::json;
use std::io::BufRead;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::Instant;

/// True if the session came about and all went as the script expects.
pub(crate) fn run(args: &Connect, context: &mut Context<'_>) -> Result<bool, Stop> {
    let steps = match &args.script {
        Some(path) => Some(script::read(path).map_err(Stop::Usage)?),
        None => None,
    };
    catch_interrupts();
    let watch = Watch::default();
    let mut settings = EndpointConfig::default();
    settings.tap = Some(watch.tap());
    let endpoint = Endpoint::new(settings)?;
    endpoint.start()?;
    let mut config = args.proposal.session_config()?;
    config.transport_expedited = args.transport_expedited;
    // A person thinks; a peer that is silent meanwhile is no fault.
    config.limits.answer_timeout = std::time::Duration::ZERO;
    let mut teller = Teller { json: args.json, started: Instant::now(), ok: true, prompt: false };
    if !args.json {
        context.line(&format!("Connecting to {}: {}", args.peer, args.proposal.describe()))?;
    }
    let session = endpoint.connect(&args.peer, args.proposal.request(), config)?;
    let Some(outcome) = outcome(context, &session)? else { return Ok(false) };

    let awaited = steps.as_deref().is_some_and(awaits_outcome);
    let failed = diagnose(&session, &watch.witness, &outcome, true);
    if let (Some(diagnosis), false) = (failed, awaited) {
        teller.tell(context, Note::Event(Box::new(outcome)))?;
        teller.tell(context, Note::Diagnosis(Box::new(diagnosis)))?;
        teller.end(context)?;
        return Ok(false);
    }
    let first = if awaited {
        Some(outcome)
    } else {
        teller.tell(context, Note::Event(Box::new(outcome)))?;
        None
    };
    match steps {
        Some(steps) => scripted(args, context, &mut teller, &session, &watch, first, &steps)?,
        None => by_hand(args, context, &mut teller, &session, &watch)?,
    }
    teller.end(context)?;
    Ok(teller.ok)
}

/// The first step looks at how S-CONNECT went.
fn awaits_outcome(steps: &[(usize, Step)]) -> bool {
    matches!(
        steps.first(),
        Some((
            _,
            Step::Expect(
                Expectation::Event { word: "accepted" | "rejected" | "u-abort" | "p-abort", .. }
                    | Expectation::Abort(_)
                    | Expectation::Any
            )
        ))
    )
}

/// How S-CONNECT went; `None` if the user asked to stop.
fn outcome(context: &Context<'_>, session: &Session) -> Result<Option<Event>, Stop> {
    loop {
        match session.wait_outcome(Some(SLICE)) {
            Ok(event) => return Ok(Some(event)),
            Err(error) if error.kind() == ErrorKind::TimedOut && context.is_interrupted() => return Ok(None),
            Err(error) if error.kind() == ErrorKind::TimedOut => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Shows what happens.
struct Teller {
    json: bool,
    started: Instant,
    ok: bool,
    /// A prompt stands on the line.
    prompt: bool,
}

impl Teller {
    fn tell(&mut self, context: &mut Context<'_>, note: Note) -> Result<(), Stop> {
        self.ok &= !matches!(note, Note::Failed(..) | Note::Diagnosis(_));
        if std::mem::take(&mut self.prompt) {
            // The event takes the place of the prompt.
            write!(context.out, "\r\x1b[K")?;
        }
        if self.json {
            let object = in_json(&note, in_milliseconds(self.started.elapsed()));
            context.json(&object)?;
        } else {
            let text = in_text(context, &note);
            context.line(&text)?;
        }
        Ok(())
    }

    fn ask(&mut self, context: &mut Context<'_>) -> Result<(), Stop> {
        if context.interactive && !self.json {
            write!(context.out, "> ")?;
            context.out.flush()?;
            self.prompt = true;
        }
        Ok(())
    }

    fn end(&mut self, context: &mut Context<'_>) -> Result<(), Stop> {
        if self.json {
            let time = in_milliseconds(self.started.elapsed());
            context.json(&json!({ "type": "end", "time_ms": time, "ok": self.ok }))?;
        }
        Ok(())
    }
}

/// One object for a note.
pub(crate) fn in_json(note: &Note, time_ms: f64) -> serde_json::Value {
    match note {
        Note::Requested(name) => json!({ "type": "request", "time_ms": time_ms, "name": name }),
        Note::Event(event) => {
            json!({ "type": "event", "time_ms": time_ms, "event": EventObject::new(event) })
        }
        Note::Said(text) => json!({ "type": "text", "time_ms": time_ms, "text": text }),
        Note::Failed(line, why) => json!({ "type": "failed", "time_ms": time_ms, "line": line, "text": why }),
        Note::Diagnosis(diagnosis) => {
            json!({ "type": "diagnosis", "time_ms": time_ms, "diagnosis": report::json(diagnosis) })
        }
    }
}

/// A line, or some, for a note: `->` is what we ask, `<-` what comes.
pub(crate) fn in_text(context: &Context<'_>, note: &Note) -> String {
    match note {
        Note::Requested(name) => format!("-> {name}"),
        Note::Event(event) => {
            let tone = match **event {
                Event::UAbortIndication(_)
                | Event::PAbortIndication(..)
                | Event::ConnectConfirmNegative(_) => Tone::Bad,
                _ => Tone::Good,
            };
            format!("{} {}", context.paint(tone, "<-"), events::line(event))
        }
        Note::Said(text) => text.trim_end().to_owned(),
        Note::Failed(0, why) => context.paint(Tone::Bad, why),
        Note::Failed(line, why) => context.paint(Tone::Bad, &format!("line {line}: {why}")),
        Note::Diagnosis(diagnosis) => report::lines(context, diagnosis),
    }
}

fn scripted(
    args: &Connect,
    context: &mut Context<'_>,
    teller: &mut Teller,
    session: &Session,
    watch: &Watch,
    first: Option<Event>,
    steps: &[(usize, Step)],
) -> Result<(), Stop> {
    let mut notes = Vec::new();
    let mut failed_output = None;
    let interrupted = || crate::command::interrupted();
    let connecting = first.is_some();
    let end = {
        let mut tell = |note| {
            if failed_output.is_none() {
                failed_output = teller.tell(context, note).err();
            }
        };
        let mut player = Player {
            session,
            witness: &watch.witness,
            interrupted: &interrupted,
            tell: &mut tell,
            patience: args.proposal.timeout.min(crate::script::play::PATIENCE),
            first,
            caller: None,
            connecting,
        };
        let end = player.play(steps);
        if end != End::Failed {
            // Events that nobody expected: an abort among them is a failure.
            while let Some(event) = player.first.take().or_else(|| session.try_next_event()) {
                notes.extend(player.take(&event).map(|diagnosis| Note::Diagnosis(Box::new(diagnosis))));
            }
        }
        end
    };
    if let Some(stop) = failed_output {
        return Err(stop);
    }
    for note in notes {
        teller.tell(context, note)?;
    }
    teller.ok &= end != End::Interrupted;
    leave(args, context, teller, session, watch)
}

/// What the person and the session say, in the order in which it comes.
enum Input {
    Line(String),
    Eof,
    Event(Event),
    Over,
}

/// Says that the session is over when the handler is let go.
struct AtTheEnd(Sender<Input>);

impl Drop for AtTheEnd {
    fn drop(&mut self) {
        let _ = self.0.send(Input::Over);
    }
}

fn by_hand(
    args: &Connect,
    context: &mut Context<'_>,
    teller: &mut Teller,
    session: &Session,
    watch: &Watch,
) -> Result<(), Stop> {
    let (sender, inputs) = mpsc::channel();
    let events = AtTheEnd(sender.clone());
    session.set_handler(Some(Box::new(move |_, event| {
        let _ = events.0.send(Input::Event(event));
    })));
    // Nobody waits for this thread: it may sit in a read for ever.
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            let Ok(line) = line else { break };
            if sender.send(Input::Line(line)).is_err() {
                return;
            }
        }
        let _ = sender.send(Input::Eof);
    });
    if context.interactive && !args.json {
        context.line("Type primitives ('help' lists them); end of input or 'quit' releases the session.")?;
    }
    let mut number = 0;
    let mut over = false;
    teller.ask(context)?;
    while !context.is_interrupted() {
        match inputs.recv_timeout(SLICE) {
            Ok(Input::Event(event)) => {
                let diagnosis = diagnose(session, &watch.witness, &event, false);
                teller.tell(context, Note::Event(Box::new(event)))?;
                if let Some(diagnosis) = diagnosis {
                    teller.tell(context, Note::Diagnosis(Box::new(diagnosis)))?;
                }
            }
            Ok(Input::Over) | Err(RecvTimeoutError::Disconnected) => {
                teller.tell(context, Note::Said("The session is over.".into()))?;
                over = true;
                break;
            }
            Ok(Input::Eof) => break,
            Ok(Input::Line(line)) => {
                // A person knows which line it was.
                number += usize::from(!context.interactive);
                // The person's own line feed has ended the line of the prompt.
                teller.prompt = false;
                if typed(context, teller, session, watch, number, &line)? == End::Quit {
                    break;
                }
            }
            Err(RecvTimeoutError::Timeout) => continue,
        }
        teller.ask(context)?;
    }
    if std::mem::take(&mut teller.prompt) && context.interactive {
        context.line("")?;
    }
    session.set_handler(None);
    if over {
        return Ok(());
    }
    leave(args, context, teller, session, watch)
}

/// A line that was typed. What is wrong with it is told, and is no failure of the command on a terminal.
fn typed(
    context: &mut Context<'_>,
    teller: &mut Teller,
    session: &Session,
    watch: &Watch,
    number: usize,
    line: &str,
) -> Result<End, Stop> {
    let was_ok = teller.ok;
    let step = match script::parse(line) {
        Ok(None) => return Ok(End::Done),
        Ok(Some(Step::Expect(_))) => {
            Err("expectations are for scripts: events are shown as they come".to_owned())
        }
        Ok(Some(step)) => Ok(step),
        Err(why) => Err(why),
    };
    let mut notes = Vec::new();
    let end = match step {
        Err(why) => {
            notes.push(Note::Failed(number, why));
            End::Failed
        }
        Ok(step) => {
            let mut tell = |note| notes.push(note);
            let mut player = Player {
                session,
                witness: &watch.witness,
                interrupted: &crate::command::interrupted,
                tell: &mut tell,
                patience: crate::script::play::PATIENCE,
                first: None,
                caller: None,
                connecting: false,
            };
            player.step(number, &step)
        }
    };
    for note in notes {
        teller.tell(context, note)?;
    }
    if context.interactive {
        teller.ok = was_ok;
    }
    Ok(end)
}

/// Releases what is still open; what does not answer is aborted.
fn leave(
    args: &Connect,
    context: &mut Context<'_>,
    teller: &mut Teller,
    session: &Session,
    watch: &Watch,
) -> Result<(), Stop> {
    if session.is_over() {
        return Ok(());
    }
    if session.release_request("").is_err() {
        teller.tell(context, Note::Said("The session cannot be released now: it is aborted.".into()))?;
        session.close();
        return Ok(());
    }
    teller.tell(context, Note::Requested("S-RELEASE request"))?;
    let end = Instant::now() + args.proposal.timeout;
    while Instant::now() < end {
        match session.next_event(Some(SLICE)) {
            Ok(event) => {
                let diagnosis = diagnose(session, &watch.witness, &event, false);
                let is_last = diagnosis.is_some() || matches!(event, Event::ReleaseConfirm(_));
                teller.tell(context, Note::Event(Box::new(event)))?;
                if let Some(diagnosis) = diagnosis {
                    teller.tell(context, Note::Diagnosis(Box::new(diagnosis)))?;
                }
                if is_last {
                    return Ok(());
                }
            }
            Err(error) if error.kind() == ErrorKind::TimedOut => {}
            Err(_) => return Ok(()),
        }
    }
    teller.tell(
        context,
        Note::Failed(0, "The peer does not answer the release: the session is aborted.".into()),
    )?;
    session.close();
    Ok(())
}
