//! `osisession receive`: one thread for each file that comes.
use super::args::Receive;
use super::message::{Message, Offer, bad_name};
use super::store::Incoming;
use super::{LAST_SYNC, hex, node};
use crate::command::{Context, SLICE, Stop, Tone, catch_interrupts, in_milliseconds};
use osisession::durable::{Dialogue, Role};
use osisession::{ErrorKind, ListenerConfig};
use serde_json::json;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::time::{Duration, Instant};

/// Octets that are written before they are made durable and committed: a kill has them sent once more from the journal.
const BATCH: u64 = 2 << 20;
/// Notes that wait to be shown.
const NOTES: usize = 256;
/// How long a sender that has its answer may take to close, when the command is about to end.
const FAREWELL: Duration = Duration::from_secs(5);

/// Something to tell about one file.
enum Note {
    Began {
        dialogue: String,
        peer: Option<String>,
        offer: Offer,
        resumed_at: u64,
    },
    /// Its name here, or why it has none.
    Ended {
        dialogue: String,
        outcome: Result<String, String>,
        octets: u64,
        time: Duration,
    },
}

/// What the threads share.
#[derive(Clone)]
struct Common {
    directory: PathBuf,
    max_size: u64,
    tell: SyncSender<Note>,
    stop: Arc<AtomicBool>,
}

/// True if all that was wanted came.
pub(crate) fn run(args: &Receive, context: &mut Context<'_>) -> Result<bool, Stop> {
    catch_interrupts();
    let failed = |error: io::Error| Stop::Usage(format!("{}: {error}", args.directory.display()));
    std::fs::create_dir_all(&args.directory).map_err(failed)?;
    let node = node(&args.durable, &args.directory.join(".osisession-journal"))?;
    let mut listener = ListenerConfig::default();
    listener.t_selector.clone_from(&args.t_selector);
    listener.session_selector.clone_from(&args.s_selector);
    let (tell, notes) = mpsc::sync_channel(NOTES);
    let stop = Arc::new(AtomicBool::new(false));
    let common =
        Common { directory: args.directory.clone(), max_size: args.max_size, tell, stop: stop.clone() };
    let mut threads = Vec::new();
    let begin = |dialogue: Dialogue| -> Result<_, Stop> {
        let (common, kept) = (common.clone(), dialogue.clone());
        let thread = std::thread::Builder::new().spawn(move || Transfer::run(dialogue, &common));
        Ok((thread.map_err(Stop::Output)?, kept))
    };
    // Before the listener: whoever comes back finds the transfer at work.
    for dialogue in node.dialogues() {
        if dialogue.role() == Role::Responder {
            threads.push(begin(dialogue)?);
        }
    }
    let address = node.listen_with(&args.listen, listener)?;
    if args.durable.json {
        let directory = args.directory.display().to_string();
        context.json(&json!({ "type": "receiving", "address": address, "directory": directory }))?;
    } else {
        context.line(&format!("Receiving at {address} into {}", args.directory.display()))?;
    }
    let mut shower = Shower { json: args.durable.json, came: 0, ok: true };
    while !context.is_interrupted() && (args.count == 0 || shower.came < args.count) {
        shower.show_all(context, &notes)?;
        threads.retain(|(thread, _)| !thread.is_finished());
        // Transfers whose sender is away wait without being counted.
        let busy =
            node.dialogues().iter().filter(|dialogue| dialogue.progress().state == "connected").count();
        if busy > args.max_transfers as usize {
            context.sleep(SLICE);
            continue;
        }
        match node.accept(Some(SLICE)) {
            Ok(dialogue) => threads.push(begin(dialogue)?),
            Err(error) if error.kind() == ErrorKind::TimedOut => {}
            Err(error) => return Err(error.into()),
        }
    }
    if args.count > 0 && !context.is_interrupted() {
        // Senders that have their answer close; it costs them a retry if we are gone before.
        let end = Instant::now() + FAREWELL;
        while Instant::now() < end
            && node.dialogues().iter().any(|dialogue| !dialogue.is_closed() && dialogue.failure().is_none())
            && context.sleep(Duration::from_millis(5))
        {}
    }
    stop.store(true, Ordering::SeqCst);
    drop(common);
    for (thread, _) in threads {
        while !thread.is_finished() {
            shower.show_all(context, &notes)?;
            std::thread::sleep(Duration::from_millis(1));
        }
        // A panic of its own is told by the thread.
        shower.ok &= thread.join().is_ok();
    }
    shower.show_all(context, &notes)?;
    node.close(LAST_SYNC);
    Ok(shower.ok)
}

/// Shows what the threads tell.
struct Shower {
    json: bool,
    /// Files that came to an end, good or bad.
    came: u64,
    ok: bool,
}

impl Shower {
    fn show_all(&mut self, context: &mut Context<'_>, notes: &Receiver<Note>) -> Result<(), Stop> {
        while let Ok(note) = notes.try_recv() {
            self.show(context, note)?;
        }
        Ok(())
    }

    fn show(&mut self, context: &mut Context<'_>, note: Note) -> Result<(), Stop> {
        match note {
            Note::Began { dialogue, peer, offer, resumed_at } => {
                if self.json {
                    context.json(&json!({
                        "type": "transfer", "dialogue": dialogue, "peer": peer, "name": offer.name,
                        "length": offer.length, "sha256": hex(&offer.hash), "resumed_at": resumed_at,
                    }))?;
                } else {
                    let from = peer.map_or(String::new(), |peer| format!(" from {peer}"));
                    context.line(&format!("{}: {} octets{from}", offer.name, offer.length))?;
                }
            }
            Note::Ended { dialogue, outcome, octets, time } => {
                self.came += 1;
                self.ok &= outcome.is_ok();
                if self.json {
                    let (name, text) = (outcome.as_ref().ok(), outcome.as_ref().err());
                    context.json(&json!({
                        "type": "received", "dialogue": dialogue, "ok": outcome.is_ok(), "name": name,
                        "text": text, "octets": octets, "time_ms": in_milliseconds(time),
                    }))?;
                } else {
                    let line = match outcome {
                        Ok(name) => context.paint(Tone::Good, &format!("{name}: {octets} octets, verified")),
                        Err(why) => context.paint(Tone::Bad, &format!("not received: {why}")),
                    };
                    context.line(&line)?;
                }
            }
        }
        Ok(())
    }
}

/// One file that comes.
struct Transfer<'a> {
    dialogue: Dialogue,
    name: String,
    incoming: Incoming,
    common: &'a Common,
    /// Written, and not yet made durable.
    unsafe_octets: u64,
    /// The last message that was dealt with, and the last that was committed.
    done: u64,
    committed: u64,
    octets: u64,
    started: Instant,
    told: bool,
    /// The sender has its answer.
    answered: bool,
}

impl Transfer<'_> {
    fn run(dialogue: Dialogue, common: &Common) {
        let name = hex(&dialogue.id().0);
        let incoming = match Incoming::open(&common.directory, &name) {
            Ok(incoming) => incoming,
            Err(error) => {
                // Its messages wait in the journal until somebody has looked.
                let outcome = Err(error.to_string());
                let note = Note::Ended { dialogue: name, outcome, octets: 0, time: Duration::ZERO };
                return drop(common.tell.send(note));
            }
        };
        let mut incoming = incoming;
        if dialogue.is_closed() {
            // The sender has had its answer. What of its messages is not committed says nothing any more.
            return incoming.forget();
        }
        let committed = dialogue.progress().committed;
        let mut transfer = Transfer {
            dialogue,
            name,
            incoming,
            common,
            unsafe_octets: 0,
            done: committed,
            committed,
            octets: 0,
            started: Instant::now(),
            told: false,
            answered: false,
        };
        if let Err(error) = transfer.work() {
            // The file is kept, and so are the messages: whoever starts the command again goes on here.
            transfer.end(Err(error.to_string()));
        }
    }

    fn work(&mut self) -> io::Result<()> {
        while !self.common.stop.load(Ordering::SeqCst) {
            let message = match self.dialogue.receive(Some(SLICE)) {
                Ok(message) => message,
                Err(error) if error.kind() == ErrorKind::TimedOut => {
                    self.secure()?;
                    continue;
                }
                Err(error) => {
                    if self.dialogue.is_closed() {
                        self.incoming.forget();
                    } else {
                        self.end(Err(error.to_string()));
                    }
                    return Ok(());
                }
            };
            match Message::decode(message.data()) {
                Ok(heard) => self.hear(heard)?,
                Err(why) => self.answer(Err(format!("the peer is not 'osisession send': {why}")))?,
            }
            self.done = message.position();
            if self.unsafe_octets >= BATCH || self.answered {
                self.secure()?;
            }
        }
        self.secure()
    }

    fn hear(&mut self, message: Message) -> io::Result<()> {
        if self.answered {
            return Ok(());
        }
        match message {
            // It comes again if it was not committed, also when the file is whole and has its name.
            Message::Offer(_) if self.incoming.is_known() => {
                self.began();
                Ok(())
            }
            Message::Offer(offer) => match self.refusal(&offer) {
                Some(why) => self.answer(Err(why)),
                None => {
                    self.incoming.begin(offer)?;
                    self.began();
                    Ok(())
                }
            },
            Message::Chunk { at, octets } => {
                self.began();
                let Some(offer) = self.incoming.offer() else {
                    // Whole before a kill, and the chunk was not committed.
                    return Ok(());
                };
                let end = at.checked_add(octets.len() as u64);
                if end.is_none_or(|end| end > offer.length) {
                    return self.answer(Err(format!("a chunk at {at} lies beyond the end of the file")));
                }
                self.incoming.write(at, &octets)?;
                self.unsafe_octets += octets.len() as u64;
                self.octets += octets.len() as u64;
                Ok(())
            }
            Message::End => {
                self.began();
                let outcome = self.incoming.finish()?;
                self.answer(outcome)
            }
            Message::Abandon => {
                self.incoming.forget();
                self.answered = true;
                self.end(Err("the sender has abandoned it".into()));
                Ok(())
            }
            Message::Result { .. } => self.answer(Err("the peer is not 'osisession send'".into())),
        }
    }

    fn refusal(&self, offer: &Offer) -> Option<String> {
        if let Some(why) = bad_name(&offer.name) {
            return Some(why.to_owned());
        }
        if offer.length > self.common.max_size {
            return Some(format!("{} octets are too many, {} are taken", offer.length, self.common.max_size));
        }
        None
    }

    /// Tells, once, that a file comes.
    fn began(&mut self) {
        if self.told {
            return;
        }
        if let Some(offer) = self.incoming.offer() {
            self.told = true;
            let resumed_at = self.committed.saturating_sub(1).saturating_mul(offer.chunk.into());
            let note = Note::Began {
                dialogue: self.name.clone(),
                peer: self.dialogue.progress().peer,
                resumed_at: resumed_at.min(offer.length),
                offer: offer.clone(),
            };
            let _ = self.common.tell.send(note);
        }
    }

    /// Tells the sender how it went; it then closes.
    fn answer(&mut self, outcome: Result<String, String>) -> io::Result<()> {
        let (there, text) = match &outcome {
            Ok(name) => (true, name.clone()),
            Err(why) => (false, why.clone()),
        };
        let result = Message::Result { there, text }.encode();
        if let Err(error) = self.dialogue.send(result, None) {
            // Closing: the sender had an answer before the last kill.
            if error.kind() != ErrorKind::Refused && error.kind() != ErrorKind::Closed {
                return Err(io::Error::other(error.to_string()));
            }
        }
        self.answered = true;
        if outcome.is_err() {
            self.incoming.forget();
        }
        self.end(outcome);
        Ok(())
    }

    /// What was written is made durable, and only then are the messages committed.
    fn secure(&mut self) -> io::Result<()> {
        if self.done <= self.committed {
            return Ok(());
        }
        self.incoming.secure()?;
        self.unsafe_octets = 0;
        self.committed = self.done;
        // The dialogue is over: there is nobody to be told.
        let _ = self.dialogue.commit(self.done);
        Ok(())
    }

    fn end(&mut self, outcome: Result<String, String>) {
        let (dialogue, octets, time) = (self.name.clone(), self.octets, self.started.elapsed());
        let _ = self.common.tell.send(Note::Ended { dialogue, outcome, octets, time });
    }
}
