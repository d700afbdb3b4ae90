//! Sends a file that arrives whatever happens: kill either side at any time and start it again. Speaks with 'osisession send' and 'receive'.
//!
//! Usage: transfer send FILE ADDRESS JOURNAL | transfer receive ADDRESS FOLDER JOURNAL
use osisession::durable::{DialOptions, Dialogue, Durability, DurableConfig, DurableNode, Peer};
use osisession::journal::RedbJournal;
use ring::digest::{SHA256, digest};
use std::error::Error;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

/// The first octet of each message.
const OFFER: u8 = 1;
const CHUNK: u8 = 2;
const END: u8 = 3;
const RESULT: u8 = 4;
const SIZE: usize = 65_536;

fn main() -> Result {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["send", file, address, journal] => send(Path::new(file), address, Path::new(journal)),
        ["receive", address, folder, journal] => receive(address, Path::new(folder), Path::new(journal)),
        _ => {
            Err("usage: transfer send FILE ADDRESS JOURNAL | transfer receive ADDRESS FOLDER JOURNAL".into())
        }
    }
}

fn node(journal: &Path) -> Result<DurableNode> {
    let mut config = DurableConfig::default();
    config.dialogue.durability = Durability::EveryCheckpoint;
    Ok(DurableNode::new(config, Arc::new(RedbJournal::open(journal)?))?)
}

/// A message's place says what is in it, and the journal says how many there were.
fn send(file: &Path, address: &str, journal: &Path) -> Result {
    let data = fs::read(file)?;
    let chunks: Vec<&[u8]> = data.chunks(SIZE).collect();
    let node = node(journal)?;
    let dialogue = match node.find(b"transfer") {
        Some(dialogue) => {
            dialogue.set_peer(Peer::new(address))?;
            dialogue
        }
        None => node.dial(DialOptions::new(address).label("transfer"))?,
    };
    for place in usize::try_from(dialogue.progress().sent)?..chunks.len() + 2 {
        let message = match place {
            0 => {
                let name = file.file_name().ok_or("a file has a name")?.to_string_lossy();
                let mut offer = vec![OFFER, 1];
                offer.extend((data.len() as u64).to_be_bytes());
                offer.extend((SIZE as u32).to_be_bytes());
                offer.extend(digest(&SHA256, &data).as_ref());
                offer.extend(name.bytes());
                offer
            }
            place if place <= chunks.len() => {
                let mut chunk = vec![CHUNK];
                chunk.extend((((place - 1) * SIZE) as u64).to_be_bytes());
                chunk.extend(chunks[place - 1]);
                chunk
            }
            _ => vec![END],
        };
        dialogue.submit(message, None)?;
    }
    let result = dialogue.receive(None)?.into_data();
    // A receiver that has closed may be gone before it could say so.
    let _ = dialogue.close(Some(Duration::from_secs(5)));
    fs::remove_file(journal)?;
    let text = String::from_utf8_lossy(&result[2..]);
    if result[..2] != [RESULT, 0] {
        return Err(format!("not taken: {text}").into());
    }
    println!("{text}");
    Ok(())
}

/// Takes one file; one of the same name is replaced.
fn receive(address: &str, folder: &Path, journal: &Path) -> Result {
    let node = node(journal)?;
    let mut known = node.dialogues().into_iter();
    let unfinished =
        known.find(|dialogue| !dialogue.is_closed() || Place::of(dialogue, folder).note.exists());
    println!("{}", node.listen(address)?);
    let dialogue = match unfinished {
        Some(dialogue) => dialogue,
        None => node.accept(None)?,
    };
    let place = Place::of(&dialogue, folder);
    let end = loop {
        if let Err(error) = take(&dialogue, &place) {
            break error;
        }
    };
    if !dialogue.is_closed() {
        return Err(end);
    }
    if place.note.exists() {
        let (_, _, name) = place.offered()?;
        fs::rename(&place.part, folder.join(&name))?;
        fs::remove_file(&place.note)?;
        println!("{name}");
    }
    Ok(())
}

/// Takes one message. What it says is on the disk before it is committed: all that is not committed comes again after a kill.
fn take(dialogue: &Dialogue, place: &Place) -> Result {
    let message = dialogue.receive(None)?;
    let (kind, body) = message.data().split_first().ok_or("a message without octets")?;
    match *kind {
        OFFER => {
            store(&place.part, b"")?;
            store(&place.note, body)?;
        }
        CHUNK => {
            let (at, octets) = body.split_first_chunk().ok_or("a chunk that is cut off")?;
            let file = File::options().write(true).open(&place.part)?;
            file.write_all_at(octets, u64::from_be_bytes(*at))?;
            if message.position() % 64 != 0 {
                return Ok(());
            }
            file.sync_all()?;
        }
        END => {
            let mut result = vec![RESULT];
            match place.check() {
                Ok(name) => result.extend([&[0], name.as_bytes()].concat()),
                Err(why) => {
                    fs::remove_file(&place.note)?;
                    result.extend([&[1], why.to_string().as_bytes()].concat());
                }
            }
            dialogue.send(result, None)?;
        }
        _ => return Err("the peer does not send a file".into()),
    }
    Ok(message.commit()?)
}

/// Where the octets are until all have come, and where the offer is.
struct Place {
    part: PathBuf,
    note: PathBuf,
}

impl Place {
    fn of(dialogue: &Dialogue, folder: &Path) -> Place {
        let name = format!(".{:?}", dialogue.id());
        Place { part: folder.join(format!("{name}.part")), note: folder.join(format!("{name}.offer")) }
    }

    /// Length, SHA-256 and name.
    fn offered(&self) -> Result<(u64, Vec<u8>, String)> {
        let offer = fs::read(&self.note)?;
        let (head, name) = offer.split_at_checked(45).ok_or("an offer that is cut off")?;
        let length = head[1..].first_chunk().ok_or("an offer that is cut off")?;
        Ok((u64::from_be_bytes(*length), head[13..].to_vec(), String::from_utf8(name.to_vec())?))
    }

    /// Its name, if all is well.
    fn check(&self) -> Result<String> {
        let (length, hash, name) = self.offered()?;
        if name.is_empty() || name.starts_with('.') || name.contains('/') {
            return Err("the name is not that of a file in a folder".into());
        }
        File::open(&self.part)?.sync_all()?;
        let data = fs::read(&self.part)?;
        if data.len() as u64 != length || digest(&SHA256, &data).as_ref() != hash {
            return Err("what arrived is not what was sent".into());
        }
        Ok(name)
    }
}

fn store(path: &Path, data: &[u8]) -> Result {
    let fresh = path.with_extension("new");
    let mut file = File::create(&fresh)?;
    file.write_all(data)?;
    file.sync_all()?;
    Ok(fs::rename(fresh, path)?)
}
