//! Files on the receiving side: written under another name, verified, given their own; and what is remembered of them meanwhile.
use super::message::{Message, Offer};
use osisession::Bytes;
use ring::digest::{Context, SHA256};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Octets that are read at a time.
const BLOCK: usize = 1 << 20;
/// Names that are tried when the file exists.
const NAMES: u32 = 10_000;
/// In front of a final name, where an offer has the 1 of its message.
const DONE: u8 = 9;

/// SHA-256 of what is read, and its length; `seen` is told the octets as they go.
pub(super) fn hash(file: &mut File, mut seen: impl FnMut(u64)) -> io::Result<(u64, [u8; 32])> {
    let mut context = Context::new(&SHA256);
    let mut block = vec![0; BLOCK];
    let mut length = 0;
    file.seek(SeekFrom::Start(0))?;
    loop {
        let count = file.read(&mut block)?;
        let Some(octets) = block.get(..count).filter(|octets| !octets.is_empty()) else { break };
        context.update(octets);
        length += count as u64;
        seen(length);
    }
    let mut hash = [0; 32];
    hash.iter_mut().zip(context.finish().as_ref()).for_each(|(to, from)| *to = *from);
    Ok((length, hash))
}

/// Makes what was done in a folder durable.
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// How far a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Offered(Offer),
    /// Whole, and this is, or is about to be, its name.
    Done(String),
}

/// One file that comes.
pub(super) struct Incoming {
    folder: PathBuf,
    /// The octets so far, and what is remembered.
    part: PathBuf,
    note: PathBuf,
    state: Option<State>,
    file: Option<File>,
}

impl Incoming {
    /// What is remembered of the dialogue with this name.
    pub(super) fn open(folder: &Path, dialogue: &str) -> io::Result<Incoming> {
        let part = folder.join(format!(".osisession-{dialogue}.part"));
        let note = folder.join(format!(".osisession-{dialogue}.offer"));
        let state = match fs::read(&note) {
            Ok(octets) => Some(remembered(&octets.into()).ok_or_else(|| {
                io::Error::new(io::ErrorKind::InvalidData, format!("{} is damaged", note.display()))
            })?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        Ok(Incoming { folder: folder.to_owned(), part, note, state, file: None })
    }

    /// What was offered, until the file is whole.
    pub(super) fn offer(&self) -> Option<&Offer> {
        match &self.state {
            Some(State::Offered(offer)) => Some(offer),
            Some(State::Done(_)) | None => None,
        }
    }

    /// Whether an offer was taken.
    pub(super) fn is_known(&self) -> bool {
        self.state.is_some()
    }

    /// Takes an offer; durable when it returns.
    pub(super) fn begin(&mut self, offer: Offer) -> io::Result<()> {
        let octets = Message::Offer(offer.clone()).encode();
        self.remember(&octets)?;
        self.state = Some(State::Offered(offer));
        Ok(())
    }

    /// A note takes the place of the one before in one step.
    fn remember(&self, octets: &[u8]) -> io::Result<()> {
        let fresh = self.note.with_extension("new");
        let mut file = File::create(&fresh)?;
        file.write_all(octets)?;
        file.sync_all()?;
        fs::rename(&fresh, &self.note)?;
        sync_folder(&self.folder)
    }

    fn file(&mut self) -> io::Result<&mut File> {
        match &mut self.file {
            Some(file) => Ok(file),
            empty => {
                let options = OpenOptions::new()
                    .read(true)
                    .write(true)
                    .create(true)
                    .truncate(false)
                    .open(&self.part)?;
                Ok(empty.insert(options))
            }
        }
    }

    /// Writes a chunk at its place; the same chunk may come again.
    pub(super) fn write(&mut self, at: u64, octets: &[u8]) -> io::Result<()> {
        let file = self.file()?;
        file.seek(SeekFrom::Start(at))?;
        file.write_all(octets)
    }

    /// Makes durable what was written.
    pub(super) fn secure(&mut self) -> io::Result<()> {
        if let Some(file) = &self.file {
            file.sync_data()?;
        }
        Ok(())
    }

    /// All has come: verifies it and gives it its name. `Ok(Err(why))`: it is not what was offered.
    pub(super) fn finish(&mut self) -> io::Result<Result<String, String>> {
        let offer = match self.state.clone() {
            Some(State::Offered(offer)) => offer,
            Some(State::Done(name)) => {
                self.place(&name)?;
                return Ok(Ok(name));
            }
            None => return Ok(Err("nothing was offered".into())),
        };
        let file = self.file()?;
        // An empty file has no chunk that would have made it.
        file.sync_all()?;
        let (length, found) = hash(file, |_| {})?;
        if length != offer.length {
            return Ok(Err(format!("{} octets came, {} were offered", length, offer.length)));
        }
        if found != offer.hash {
            return Ok(Err("SHA-256 is not that of the offer: the file changed while it was sent".into()));
        }
        let name = self.free_name(&offer.name)?;
        let mut note = vec![DONE];
        note.extend_from_slice(name.as_bytes());
        self.remember(&note)?;
        self.state = Some(State::Done(name.clone()));
        self.place(&name)?;
        Ok(Ok(name))
    }

    fn free_name(&self, wanted: &str) -> io::Result<String> {
        let (stem, extension) = match wanted.rsplit_once('.') {
            Some((stem, extension)) if !stem.is_empty() => (stem, format!(".{extension}")),
            _ => (wanted, String::new()),
        };
        for number in 0..NAMES {
            let name = if number == 0 { wanted.to_owned() } else { format!("{stem} ({number}){extension}") };
            if fs::symlink_metadata(self.folder.join(&name)).is_err() {
                return Ok(name);
            }
        }
        Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("{wanted} exists, with all its numbers")))
    }

    /// The part becomes the file. It may have been done before a kill.
    fn place(&mut self, name: &str) -> io::Result<()> {
        self.file = None;
        if !self.part.exists() {
            return Ok(());
        }
        let target = self.folder.join(name);
        match fs::hard_link(&self.part, &target) {
            Ok(()) => fs::remove_file(&self.part)?,
            // Linked before a kill, and not yet removed.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && self.same(&target)? => {
                fs::remove_file(&self.part)?;
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(error),
            // Not every file system has links.
            Err(_) => fs::rename(&self.part, &target)?,
        }
        sync_folder(&self.folder)
    }

    fn same(&self, target: &Path) -> io::Result<bool> {
        let part = hash(&mut File::open(&self.part)?, |_| {})?;
        Ok(part == hash(&mut File::open(target)?, |_| {})?)
    }

    /// Nothing more will come, and nothing has to be remembered.
    pub(super) fn forget(&mut self) {
        self.file = None;
        for path in [&self.part, &self.note, &self.note.with_extension("new")] {
            // What cannot be removed is only in the way.
            let _ = fs::remove_file(path);
        }
        self.state = None;
    }
}

fn remembered(octets: &Bytes) -> Option<State> {
    if octets.first() == Some(&DONE) {
        let name = String::from_utf8(octets.get(1..)?.to_vec()).ok()?;
        return super::message::bad_name(&name).is_none().then_some(State::Done(name));
    }
    match Message::decode(octets) {
        Ok(Message::Offer(offer)) => Some(State::Offered(offer)),
        Ok(_) | Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("osisession-store-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        path
    }

    fn offer(octets: &[u8]) -> Offer {
        let digest = ring::digest::digest(&SHA256, octets);
        let hash = digest.as_ref().try_into().unwrap();
        Offer { length: octets.len() as u64, chunk: 4, hash, name: "a.txt".into() }
    }

    #[test]
    fn a_file_is_verified_and_named_and_each_step_may_come_again() {
        let folder = folder("steps");
        let mut incoming = Incoming::open(&folder, "d1").unwrap();
        incoming.begin(offer(b"12345678")).unwrap();
        incoming.write(4, b"5678").unwrap();
        incoming.write(0, b"1234").unwrap();
        incoming.secure().unwrap();
        drop(incoming);
        let mut incoming = Incoming::open(&folder, "d1").unwrap();
        assert_eq!(incoming.offer(), Some(&offer(b"12345678")));
        incoming.write(0, b"1234").unwrap();
        assert_eq!(incoming.finish().unwrap(), Ok("a.txt".to_owned()));
        assert_eq!(fs::read(folder.join("a.txt")).unwrap(), b"12345678");
        drop(incoming);
        // Killed before it had told: it says the same again.
        let mut incoming = Incoming::open(&folder, "d1").unwrap();
        assert_eq!(incoming.offer(), None);
        assert_eq!(incoming.finish().unwrap(), Ok("a.txt".to_owned()));
        // Killed between link and removal.
        fs::hard_link(folder.join("a.txt"), folder.join(".osisession-d1.part")).unwrap();
        assert_eq!(incoming.finish().unwrap(), Ok("a.txt".to_owned()));
        assert!(!folder.join(".osisession-d1.part").exists());
        incoming.forget();
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);

        // The next one of this name does not take its place.
        let mut incoming = Incoming::open(&folder, "d2").unwrap();
        incoming.begin(offer(b"other")).unwrap();
        incoming.write(0, b"other").unwrap();
        assert_eq!(incoming.finish().unwrap(), Ok("a (1).txt".to_owned()));
        assert_eq!(fs::read(folder.join("a.txt")).unwrap(), b"12345678");
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn what_is_not_what_was_offered_gets_no_name() {
        let folder = folder("wrong");
        for (id, written) in [("d1", &b"1234567"[..]), ("d2", b"12345679"), ("d3", b"123456789"), ("d4", b"")]
        {
            let mut incoming = Incoming::open(&folder, id).unwrap();
            incoming.begin(offer(b"12345678")).unwrap();
            incoming.write(0, written).unwrap();
            assert!(incoming.finish().unwrap().is_err());
            incoming.forget();
        }
        let mut incoming = Incoming::open(&folder, "d5").unwrap();
        assert!(incoming.finish().unwrap().is_err());
        fs::write(folder.join(".osisession-d6.offer"), [1, 1, 0]).unwrap();
        assert!(Incoming::open(&folder, "d6").is_err());
        fs::remove_dir_all(&folder).unwrap();
    }
}
