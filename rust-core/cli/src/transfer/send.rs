//! `osisession send`: a file becomes an offer, chunks and an end; the answer says where it is.
use super::args::Send;
use super::message::{Message, Offer, bad_name};
use super::report::Reporter;
use super::{CHUNK, LAST_SYNC, hex, node, store};
use crate::command::{Context, SLICE, Stop, catch_interrupts};
use osisession::durable::{DialOptions, Dialogue, DurableNode, Peer, Role};
use osisession::{Bytes, ErrorKind};
use serde_json::json;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long the end of the dialogue may take once the file is there.
const FAREWELL: Duration = Duration::from_secs(10);
/// What the labels of our dialogues begin with.
const LABEL: &str = "osisession-send-1 ";

/// A file that is to be sent.
struct Outgoing {
    file: File,
    path: PathBuf,
    offer: Offer,
    /// Names the file on this side, whatever is in it.
    place: String,
    /// Names what is in it as well.
    label: String,
}

/// How a transfer ended.
enum Outcome {
    There(String),
    NotThere(String),
    Interrupted,
    GivenUp,
}

/// True if the file is there.
pub(crate) fn run(args: &Send, context: &mut Context<'_>) -> Result<bool, Stop> {
    catch_interrupts();
    let mut outgoing = open(args, context)?;
    let mut default = outgoing.path.clone().into_os_string();
    default.push(".osisession-journal");
    let default = PathBuf::from(default);
    let node = node(&args.durable, &default)?;
    let mut reporter = Reporter::new(context, args.durable.json, outgoing.offer.length);
    let (dialogue, resumed) = match find(args, &node, &outgoing)? {
        Found::Sent => {
            reporter.end(context, true, outgoing.offer.length, "it was sent already")?;
            leave(args, &node, &default);
            return Ok(true);
        }
        Found::Broken(why) => {
            reporter.end(context, false, 0, &format!("{why}; --anew begins again"))?;
            return Ok(false);
        }
        Found::Open(dialogue) => (dialogue, true),
        Found::Nothing => {
            let mut options = DialOptions::new("").label(outgoing.label.clone());
            options.peer = peer(args);
            (node.dial(options)?, false)
        }
    };
    let begun = octets_of(&outgoing.offer, dialogue.progress().confirmed);
    tell_begin(args, context, &outgoing, resumed.then_some(begun))?;
    let outcome = carry(args, context, &mut reporter, &dialogue, &mut outgoing)?;
    let octets = octets_of(&outgoing.offer, dialogue.progress().confirmed);
    let (ok, text) = match outcome {
        Outcome::There(name) => (true, format!("sent: {name}")),
        Outcome::NotThere(why) => (false, why),
        Outcome::Interrupted => (false, "interrupted: the same command goes on".to_owned()),
        Outcome::GivenUp => (false, "given up for now: the same command goes on".to_owned()),
    };
    reporter.end(context, ok, octets, &text)?;
    if dialogue.is_closed() {
        leave(args, &node, &default);
    } else {
        node.close(LAST_SYNC);
    }
    Ok(ok)
}

/// Reads the file once: what is sent is verified against this at the other end.
fn open(args: &Send, context: &mut Context<'_>) -> Result<Outgoing, Stop> {
    let failed = |error: std::io::Error| Stop::Usage(format!("{}: {error}", args.file.display()));
    let path = std::fs::canonicalize(&args.file).map_err(failed)?;
    let mut file = File::open(&path).map_err(failed)?;
    if !file.metadata().map_err(failed)?.is_file() {
        return Err(Stop::Usage(format!("{} is not a file", args.file.display())));
    }
    let name = match &args.name {
        Some(name) => name.clone(),
        None => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
    };
    if let Some(why) = bad_name(&name) {
        return Err(Stop::Usage(format!("{name:?}: {why}; --name gives another one")));
    }
    if !args.durable.json {
        context.progress.begin(file.metadata().ok().map(|metadata| metadata.len()));
    }
    let (length, hash) = store::hash(&mut file, |octets| context.progress.set(octets)).map_err(failed)?;
    context.progress.finish();
    let place =
        hex(ring::digest::digest(&ring::digest::SHA256, path.as_os_str().as_encoded_bytes()).as_ref());
    let offer = Offer { length, chunk: CHUNK, hash, name };
    let label = format!("{LABEL}{place} {length} {CHUNK} {} {}", hex(&offer.hash), offer.name);
    Ok(Outgoing { file, path, offer, place, label })
}

fn peer(args: &Send) -> Peer {
    let mut peer = Peer::new(args.peer.clone());
    peer.called_t_selector = args.t_selector.clone();
    peer.called_selector = args.s_selector.clone();
    peer
}

enum Found {
    Nothing,
    Open(Dialogue),
    Sent,
    Broken(String),
}

/// What the journal knows of this file.
fn find(args: &Send, node: &DurableNode, outgoing: &Outgoing) -> Result<Found, Stop> {
    let place = format!("{LABEL}{} ", outgoing.place);
    let mut found = Found::Nothing;
    for dialogue in node.dialogues() {
        let label = dialogue.label();
        if dialogue.role() != Role::Initiator || !label.starts_with(place.as_bytes()) {
            continue;
        }
        if label != outgoing.label.as_bytes() || args.anew {
            // The file has changed since, or shall be sent again: the rest of that transfer is of no use to anybody. Where it is
            // over already there is nothing to say.
            if dialogue.submit(Message::Abandon.encode(), Some(SLICE)).is_ok() {
                let _ = dialogue.close(Some(Duration::ZERO));
            }
        } else if dialogue.is_closed() {
            // The answer was not committed: it comes again, with the tombstone.
            if let Some(Outcome::There(_)) = answered(&dialogue, Duration::ZERO)? {
                found = Found::Sent;
            }
        } else if let Some(error) = dialogue.failure() {
            found = Found::Broken(error.to_string());
        } else {
            dialogue.set_peer(peer(args))?;
            return Ok(Found::Open(dialogue));
        }
    }
    Ok(found)
}

fn tell_begin(
    args: &Send,
    context: &mut Context<'_>,
    outgoing: &Outgoing,
    resumed: Option<u64>,
) -> Result<(), Stop> {
    let Offer { length, hash, name, .. } = &outgoing.offer;
    if args.durable.json {
        let (file, hash) = (outgoing.path.display().to_string(), hex(hash));
        context.json(&json!({
            "type": "transfer", "file": file, "name": name, "peer": args.peer, "length": length,
            "sha256": hash, "resumed_at": resumed,
        }))?;
        return Ok(());
    }
    let resumed = resumed.map_or(String::new(), |octets| format!(", going on at {octets}"));
    context.line(&format!("{name}: {length} octets to {}{resumed}", args.peer))?;
    Ok(())
}

/// Octets of the file that are there when so many messages are.
fn octets_of(offer: &Offer, messages: u64) -> u64 {
    messages.saturating_sub(1).saturating_mul(offer.chunk.into()).min(offer.length)
}

/// The message at this position: the journal says how many there were, and that is all that has to be known.
fn message(outgoing: &mut Outgoing, position: u64) -> Result<Option<Bytes>, Stop> {
    let Offer { length, chunk, .. } = outgoing.offer;
    let chunks = length.div_ceil(u64::from(chunk));
    if position == 1 {
        return Ok(Some(Message::Offer(outgoing.offer.clone()).encode()));
    }
    let index = position - 2;
    if index > chunks {
        return Ok(None);
    }
    if index == chunks {
        return Ok(Some(Message::End.encode()));
    }
    let at = index * u64::from(chunk);
    let count = (length - at).min(chunk.into());
    let mut octets = vec![0; usize::try_from(count).unwrap_or_default()];
    let failed = |error: std::io::Error| Stop::Usage(format!("{}: {error}", outgoing.path.display()));
    outgoing.file.seek(SeekFrom::Start(at)).map_err(failed)?;
    outgoing.file.read_exact(&mut octets).map_err(failed)?;
    Ok(Some(Message::Chunk { at, octets: octets.into() }.encode()))
}

fn carry(
    args: &Send,
    context: &mut Context<'_>,
    reporter: &mut Reporter,
    dialogue: &Dialogue,
    outgoing: &mut Outgoing,
) -> Result<Outcome, Stop> {
    let end = args.give_up.and_then(|time| Instant::now().checked_add(time));
    let mut next = None;
    loop {
        let progress = dialogue.progress();
        reporter.progress(context, octets_of(&outgoing.offer, progress.confirmed), &progress)?;
        if let Some(outcome) = answered(dialogue, Duration::ZERO)? {
            return Ok(outcome);
        }
        if context.is_interrupted() {
            return Ok(Outcome::Interrupted);
        }
        if end.is_some_and(|end| Instant::now() >= end) {
            return Ok(Outcome::GivenUp);
        }
        if next.is_none() {
            next = message(outgoing, progress.sent + 1)?;
        }
        let Some(octets) = next.clone() else {
            // All is on its way.
            match answered(dialogue, SLICE)? {
                Some(outcome) => return Ok(outcome),
                None => continue,
            }
        };
        match dialogue.submit(octets, Some(SLICE)) {
            Ok(_) => next = None,
            Err(error) if error.kind() == ErrorKind::TimedOut => {}
            // Closed by the other end, with a word about it perhaps.
            Err(error) => {
                let last = answered(dialogue, FAREWELL)?;
                return Ok(last.unwrap_or_else(|| Outcome::NotThere(error.to_string())));
            }
        }
    }
}

/// What the other end says about the file, if it has.
fn answered(dialogue: &Dialogue, timeout: Duration) -> Result<Option<Outcome>, Stop> {
    let message = match dialogue.receive(Some(timeout)) {
        Ok(message) => message,
        Err(error) if error.kind() == ErrorKind::TimedOut => return Ok(None),
        Err(error) => return Ok(Some(Outcome::NotThere(error.to_string()))),
    };
    let outcome = match Message::decode(message.data()) {
        Ok(Message::Result { there: true, text }) => Outcome::There(text),
        Ok(Message::Result { there: false, text }) => Outcome::NotThere(format!("not taken: {text}")),
        Ok(_) => Outcome::NotThere("the peer is not 'osisession receive'".into()),
        Err(why) => Outcome::NotThere(format!("the peer is not 'osisession receive': {why}")),
    };
    // It is not committed: a later call finds it again. Whatever was said, nothing more is to be sent. If this takes too long, the tombstone is made by the next call.
    let _ = dialogue.close(Some(FAREWELL));
    Ok(Some(outcome))
}

/// The end. A journal that nobody named has served its purpose.
fn leave(args: &Send, node: &DurableNode, default: &Path) {
    let over = node.dialogues().iter().all(Dialogue::is_closed);
    node.close(LAST_SYNC);
    if over && args.durable.journal.is_none() {
        // If it stays, the next call finds that all was sent.
        let _ = std::fs::remove_file(default);
    }
}
