//! The file: one page of our own in front, then the database.
//!
//! The page in front says what the file is, who has it, and up to which commit was *acknowledged*. A database that commits in one phase
//! takes a newest commit that does not verify for one that was torn by a crash, and goes back to the one before. That is right for
//! a commit that nobody was told of; if somebody was told, records that were reported as durable are gone, and this page knows.
//!
//! | octets | what |
//! |---|---|
//! | 0..16 | magic |
//! | 16..20, 20..24 | version, CRC32C of the 20 octets before |
//! | 512..516, 516..520 | process that opened the file last (0: it closed it), CRC32C |
//! | 1024..1032, 1032..1036 | even commit acknowledged, CRC32C |
//! | 2048..2056, 2056..2060 | odd commit acknowledged, CRC32C |
//!
//! The mark is written after each commit, without a sync of its own: the next commit's takes it along. So it survives the death
//! of the process at once, and a loss of power one commit late.
use super::disk::Disk;
use crate::error::{Damage, Error, Result};
use crate::frame::{checksum, take_u32, take_u64};
use parking_lot::Mutex;
use redb::StorageBackend;
use std::collections::BTreeMap;
#[cfg(unix)]
use std::fs::File;
use std::fs::{OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const MAGIC: &[u8; 16] = b"osisession-jrnl\n";
const VERSION: u32 = 1;
/// Octets in front of the database. A page, so that its pages stay aligned.
pub(super) const FRONT: u64 = 4096;
const OWNER: u64 = 512;
const MARKS: [u64; 2] = [1024, 2048];

/// The file, locked against other processes.
#[derive(Clone, Debug)]
pub(super) struct Front {
    disk: Arc<Disk>,
    path: PathBuf,
    /// The last commit that was acknowledged.
    pub(super) acknowledged: u64,
    /// The process that made the file died before the database had its head: there is nothing in it.
    unborn: bool,
    writable: bool,
}

/// What to do when there is no file, or an empty one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Make one.
    Create,
    /// That is an error.
    Open,
    /// That is an error; and nothing is ever written to the file.
    Look,
}

impl Front {
    /// Opens and locks the file, and reads its front.
    pub(super) fn open(path: &Path, mode: Mode) -> Result<Front> {
        let storage =
            |operation| move |error| Error::storage(operation, format!("{}: {error}", path.display()));
        let file = OpenOptions::new()
            .read(true)
            .write(mode != Mode::Look)
            .create(mode == Mode::Create)
            .truncate(false)
            .open(path)
            .map_err(storage("open the journal"))?;
        let locked = if mode == Mode::Look { file.try_lock_shared() } else { file.try_lock() };
        match locked {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::InUse {
                    what: format!("journal {}", path.display()),
                    owner: owner(&Disk::new(file)),
                });
            }
            Err(TryLockError::Error(error)) => return Err(storage("lock the journal")(error)),
        }
        let length = file.metadata().map_err(storage("open the journal"))?.len();
        let mut front = Front {
            disk: Arc::new(Disk::new(file)),
            path: path.into(),
            acknowledged: 0,
            unborn: false,
            writable: mode != Mode::Look,
        };
        if length == 0 && mode == Mode::Create {
            front.create().map_err(storage("create the journal"))?;
        } else {
            front.read(length)?;
        }
        Ok(front)
    }

    fn create(&self) -> io::Result<()> {
        let mut page = vec![0; FRONT as usize];
        put(&mut page, 0, &[MAGIC, &VERSION.to_le_bytes()]);
        for mark in MARKS {
            put(&mut page, mark, &[&0_u64.to_le_bytes()]);
        }
        put(&mut page, OWNER, &[&0_u32.to_le_bytes()]);
        self.disk.write(0, &page)?;
        self.disk.sync_all()?;
        // The name of a new file is in its directory, and that has to be stored as well.
        #[cfg(unix)]
        if let Some(directory) = self.path.parent() {
            let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
            File::open(directory)?.sync_all()?;
        }
        Ok(())
    }

    fn read(&mut self, length: u64) -> Result<()> {
        let damaged = |what: &str, expected: Option<String>, found: Option<String>| {
            let place = format!("{}, front page", self.path.display());
            Error::damaged(Damage { place, what: what.into(), expected, found, ..Damage::default() })
        };
        let mut page = vec![0; FRONT as usize];
        if length < FRONT {
            let found = Some(format!("{length} octets"));
            return Err(damaged("truncated", Some(format!("at least {FRONT} octets")), found));
        }
        self.disk.read(0, &mut page).map_err(|error| Error::storage("read the journal", error))?;
        let head = part::<20>(&page, 0);
        if page.get(..16) != Some(MAGIC) {
            return Err(damaged("not a journal, or its first octets are damaged", None, None));
        }
        let Some(mut head) = head else { return Err(damaged("checksum of the head", None, None)) };
        let version = head.split_off(16);
        if version != VERSION.to_le_bytes() {
            let found = take_u32(&mut version.as_slice()).map(|version| version.to_string());
            return Err(damaged("version of the file", Some(VERSION.to_string()), found));
        }
        let marks =
            MARKS.map(|mark| part::<8>(&page, mark).and_then(|octets| take_u64(&mut octets.as_slice())));
        let never = marks.iter().all(|mark| *mark == Some(0));
        // One of the two may be torn: the writer died on it, before it told anybody. Then the other one is right.
        self.acknowledged = marks
            .into_iter()
            .flatten()
            .max()
            .ok_or_else(|| damaged("both marks of the last commit", None, None))?;
        if never && length > FRONT {
            let mut head = vec![0; 64.min(length - FRONT) as usize];
            self.disk.read(FRONT, &mut head).map_err(|error| Error::storage("read the journal", error))?;
            self.unborn = head.iter().all(|octet| *octet == 0);
        }
        Ok(())
    }

    fn write_owner(&self, process: u32) -> io::Result<()> {
        let mut octets = vec![0; 8];
        put(&mut octets, 0, &[&process.to_le_bytes()]);
        self.disk.write(OWNER, &octets)
    }

    /// This commit is stored, and is about to be reported.
    pub(super) fn acknowledge(&mut self, commit: u64) -> io::Result<()> {
        if !self.writable {
            return Ok(());
        }
        let mut octets = vec![0; 12];
        put(&mut octets, 0, &[&commit.to_le_bytes()]);
        self.disk.write(MARKS[usize::from(commit % 2 == 1)], &octets)?;
        self.acknowledged = commit;
        Ok(())
    }

    /// Says who has the file.
    pub(super) fn own(&self) -> io::Result<()> {
        self.write_owner(std::process::id())
    }

    /// Orderly end.
    pub(super) fn close(&self) -> io::Result<()> {
        if self.writable {
            self.write_owner(0)?;
            self.disk.sync()?;
        }
        Ok(())
    }

    /// Octets of the whole file.
    pub(super) fn length(&self) -> u64 {
        self.disk.length().unwrap_or(0)
    }

    #[cfg(test)]
    pub(super) fn disk(&self) -> Arc<Disk> {
        self.disk.clone()
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The database in the file. What is written to it stays in memory until [`Backend::settle`].
    pub(super) fn backend(&self) -> Backend {
        let length = if self.unborn { 0 } else { self.length().saturating_sub(FRONT) };
        let overlay = Overlay {
            file: self.length().saturating_sub(FRONT),
            base: length,
            length,
            pages: BTreeMap::new(),
        };
        Backend { disk: self.disk.clone(), overlay: Arc::new(Mutex::new(Some(overlay))) }
    }
}

/// Writes parts and their checksum at an offset.
fn put(page: &mut [u8], offset: u64, parts: &[&[u8]]) {
    let mut octets = parts.concat();
    octets.extend(checksum(&[&octets]).to_le_bytes());
    if let Some(target) = page.get_mut(offset as usize..).and_then(|rest| rest.get_mut(..octets.len())) {
        target.copy_from_slice(&octets);
    }
}

/// Reads `N` octets at an offset, if their checksum is right.
fn part<const N: usize>(page: &[u8], offset: u64) -> Option<Vec<u8>> {
    let octets = page.get(offset as usize..)?.get(..N + 4)?;
    let (octets, mut crc) = octets.split_at_checked(N)?;
    (take_u32(&mut crc)? == checksum(&[octets])).then(|| octets.to_vec())
}

/// Who has the file, as far as it says so.
fn owner(disk: &Disk) -> String {
    let mut octets = [0; 8];
    let process = disk
        .read(OWNER, &mut octets)
        .ok()
        .and_then(|()| part::<4>(&octets, 0))
        .and_then(|octets| take_u32(&mut octets.as_slice()))
        .unwrap_or(0);
    match process {
        0 => "another process".into(),
        process if process == std::process::id() => "this process".into(),
        process => format!("process {process}"),
    }
}

/// What the database is built on: the file behind its front page. At first what is written goes to memory: the database may repair
/// what it likes, and a file that turns out to be damaged, or is only looked at, stays as it was found.
#[derive(Clone, Debug)]
pub(super) struct Backend {
    disk: Arc<Disk>,
    overlay: Arc<Mutex<Option<Overlay>>>,
}

#[derive(Debug)]
struct Overlay {
    /// Octets of the file, and how many of them count.
    file: u64,
    base: u64,
    length: u64,
    pages: BTreeMap<u64, Vec<u8>>,
}

const PAGE: u64 = 4096;

impl Backend {
    /// The file was found whole: from now on it is written to, first with what was written so far. The page that says which
    /// version of all others is right comes last.
    pub(super) fn settle(&self) -> io::Result<()> {
        let mut guard = self.overlay.lock();
        let Some(overlay) = guard.take() else { return Ok(()) };
        if overlay.base < overlay.file {
            // What was cut off, or an interrupted first attempt left, must read as zeros if it comes back.
            self.disk.set_len(FRONT + overlay.base)?;
        }
        if overlay.length != overlay.base {
            self.disk.set_len(FRONT + overlay.length)?;
        }
        let (last, first): (Vec<_>, Vec<_>) = overlay.pages.iter().partition(|(number, _)| **number == 0);
        for (number, page) in first.into_iter().chain(last) {
            if *number == 0 {
                self.disk.sync()?;
            }
            let there = overlay.length.saturating_sub(number * PAGE).min(PAGE) as usize;
            self.disk.write(FRONT + number * PAGE, page.get(..there).unwrap_or(page))?;
        }
        if overlay.pages.is_empty() && overlay.length == overlay.file { Ok(()) } else { self.disk.sync() }
    }

    /// The octets of one page while nothing is written to the file.
    fn page(&self, overlay: &Overlay, number: u64) -> io::Result<Vec<u8>> {
        if let Some(page) = overlay.pages.get(&number) {
            return Ok(page.clone());
        }
        let mut page = vec![0; PAGE as usize];
        let there = overlay.base.saturating_sub(number * PAGE).min(PAGE) as usize;
        if let Some(part) = page.get_mut(..there) {
            self.disk.read(FRONT + number * PAGE, part)?;
        }
        Ok(page)
    }

    /// Goes through the pages that these octets lie in: number, offset in the page, range of the octets.
    fn pieces(offset: u64, length: usize) -> impl Iterator<Item = (u64, usize, std::ops::Range<usize>)> {
        let mut done = 0;
        std::iter::from_fn(move || {
            if done >= length {
                return None;
            }
            let at = offset + done as u64;
            let inside = (at % PAGE) as usize;
            let count = (PAGE as usize - inside).min(length - done);
            let range = done..done + count;
            done += count;
            Some((at / PAGE, inside, range))
        })
    }
}

impl StorageBackend for Backend {
    fn len(&self) -> io::Result<u64> {
        match &*self.overlay.lock() {
            Some(overlay) => Ok(overlay.length),
            None => Ok(self.disk.length()?.saturating_sub(FRONT)),
        }
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let guard = self.overlay.lock();
        let Some(overlay) = &*guard else {
            drop(guard);
            return self.disk.read(FRONT + offset, out);
        };
        if offset.saturating_add(out.len() as u64) > overlay.length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        for (number, inside, range) in Self::pieces(offset, out.len()) {
            let page = self.page(overlay, number)?;
            let count = range.len();
            if let (Some(target), Some(source)) = (out.get_mut(range), page.get(inside..inside + count)) {
                target.copy_from_slice(source);
            }
        }
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let mut guard = self.overlay.lock();
        let Some(overlay) = &mut *guard else { return self.disk.set_len(FRONT + length) };
        if length < overlay.length {
            // What is cut off reads as zeros if it comes back.
            overlay.pages.retain(|number, _| *number < length.div_ceil(PAGE));
            overlay.base = overlay.base.min(length);
        }
        overlay.length = length;
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        if self.overlay.lock().is_some() { Ok(()) } else { self.disk.sync() }
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut guard = self.overlay.lock();
        let Some(overlay) = &mut *guard else {
            drop(guard);
            return self.disk.write(FRONT + offset, data);
        };
        for (number, inside, range) in Self::pieces(offset, data.len()) {
            let mut page = self.page(overlay, number)?;
            let count = range.len();
            if let (Some(target), Some(source)) = (page.get_mut(inside..inside + count), data.get(range)) {
                target.copy_from_slice(source);
            }
            overlay.pages.insert(number, page);
        }
        Ok(())
    }
}
