//! A file that arrives whatever happens: kill either side at any time and start it again.
//!
//!     cargo run --example transfer -- receive 127.0.0.1:10102 copy.bin
//!     cargo run --example transfer -- send 127.0.0.1:10102 original.bin
//!
//! Message 1 is the length of the file, message n + 2 its piece n. So positions are all that has to be remembered, and the journal does
//! that. `osisession send` and `receive` do the same with names, hashes and a bar.
use osisession::durable::{DialOptions, Dialogue, DurableConfig, DurableNode, Peer};
use osisession_journal::RedbJournal;
use std::error::Error;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::sync::Arc;

const PIECE: u64 = 60_000;
/// Longest file that is taken, in octets: the number comes from whoever calls.
const LONGEST: u64 = 1 << 40;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [what, address, file] = &args[..] else { return Err("send|receive ADDRESS FILE".into()) };
    // One file for each: it is locked while the process lives.
    let journal = Arc::new(RedbJournal::open(format!("{file}.journal"))?);
    let node = DurableNode::new(DurableConfig::default(), journal)?;
    match what.as_str() {
        "send" => send(&node, address, file),
        "receive" => receive(&node, address, file),
        _ => Err("send or receive".into()),
    }
}

fn send(node: &DurableNode, address: &str, path: &str) -> Result<(), Box<dyn Error>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let dialogue = match node.find(path.as_bytes()) {
        Some(dialogue) => dialogue,
        None => node.dial(DialOptions::new(address).label(path.to_owned()))?,
    };
    dialogue.set_peer(Peer::new(address))?;
    let last = 1 + length.div_ceil(PIECE);
    for position in dialogue.progress().sent + 1..=last {
        let mut message = Vec::new();
        if position == 1 {
            message.extend_from_slice(&length.to_be_bytes());
        } else {
            file.seek(SeekFrom::Start((position - 2) * PIECE))?;
            (&mut file).take(PIECE).read_to_end(&mut message)?;
        }
        // Waits only while too much is under way.
        dialogue.submit(message, None)?;
    }
    dialogue.wait_until(None, |progress| {
        eprintln!("{} of {last}, {}", progress.confirmed, progress.state);
        progress.confirmed == last
    })?;
    dialogue.close(None)?;
    Ok(())
}

fn receive(node: &DurableNode, address: &str, path: &str) -> Result<(), Box<dyn Error>> {
    node.listen(address)?;
    let found = node.dialogues().into_iter().find(|dialogue| dialogue.failure().is_none());
    let dialogue = match found {
        Some(dialogue) => dialogue,
        None => node.accept(None)?,
    };
    let mut file = File::options().create(true).truncate(false).read(true).write(true).open(path)?;
    while let Ok(message) = dialogue.receive(None) {
        if message.position() == 1 {
            let length = u64::from_be_bytes(message.data()[..].try_into()?);
            if length > LONGEST {
                return Err(format!("{length} octets are too many").into());
            }
            file.set_len(length)?;
        } else {
            file.seek(SeekFrom::Start((message.position() - 2) * PIECE))?;
            file.write_all(message.data())?;
            file.sync_data()?;
        }
        // From here on it will not come again.
        message.commit()?;
    }
    done(&dialogue)
}

/// Closed by the sender: all is there. Anything else is a reason to look.
fn done(dialogue: &Dialogue) -> Result<(), Box<dyn Error>> {
    dialogue.failure().map_or(Ok(()), |error| Err(error.into()))
}
