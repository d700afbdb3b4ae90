//! Pipes within a process. They carry the octets that TCP would carry, so that everything above is the same.
use crate::listener::Acceptor;
use crate::runtime::{Job, Runtime};
use parking_lot::Mutex;
use std::collections::{HashMap, VecDeque};
use std::io::{self, IoSlice};
use std::sync::{Arc, LazyLock, Weak};

/// Octets that one direction holds.
const CAPACITY: usize = 256 * 1024;

/// Who listens at which name, in this process.
static NAMES: LazyLock<Mutex<HashMap<String, Weak<Acceptor>>>> = LazyLock::new(Mutex::default);

/// Gives the name to the acceptor, unless somebody has it.
pub(crate) fn bind(name: &str, acceptor: &Arc<Acceptor>) -> bool {
    let mut names = NAMES.lock();
    if names.get(name).is_some_and(|other| other.strong_count() > 0) {
        return false;
    }
    names.insert(name.to_owned(), Arc::downgrade(acceptor));
    true
}

/// Takes the name away from this acceptor.
pub(crate) fn unbind(name: &str, acceptor: &Acceptor) {
    let mut names = NAMES.lock();
    if names.get(name).is_some_and(|other| std::ptr::eq(other.as_ptr(), acceptor)) {
        names.remove(name);
    }
}

/// Who listens at the name.
pub(crate) fn find(name: &str) -> Option<Arc<Acceptor>> {
    NAMES.lock().get(name)?.upgrade()
}

#[derive(Debug, Default)]
struct Direction {
    octets: VecDeque<u8>,
    /// The writer finished or is gone.
    finished: bool,
    /// The reader is gone.
    abandoned: bool,
    /// The writer found it full.
    refused: bool,
}

#[derive(Debug)]
struct Pipe {
    /// The direction that each end writes.
    directions: Mutex<[Direction; 2]>,
    ends: [(Weak<Runtime>, u64); 2],
}

impl Pipe {
    fn notify(&self, end: usize, job: Job) {
        let (runtime, id) = &self.ends[end];
        if let Some(runtime) = runtime.upgrade() {
            runtime.enqueue(*id, job);
        }
    }
}

/// One end of a pipe.
#[derive(Debug)]
pub(crate) struct PipeEnd {
    pipe: Arc<Pipe>,
    end: usize,
}

/// A pipe between two connections, each named by its endpoint's runtime and its number there.
pub(crate) fn pipe(first: (Weak<Runtime>, u64), second: (Weak<Runtime>, u64)) -> (PipeEnd, PipeEnd) {
    let pipe = Arc::new(Pipe { directions: Mutex::default(), ends: [first, second] });
    (PipeEnd { pipe: pipe.clone(), end: 0 }, PipeEnd { pipe, end: 1 })
}

impl PipeEnd {
    fn peer(&self) -> usize {
        1 - self.end
    }

    pub(crate) fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let (count, room) = {
            let direction = &mut self.pipe.directions.lock()[self.peer()];
            if direction.octets.is_empty() {
                return if direction.finished { Ok(0) } else { Err(io::ErrorKind::WouldBlock.into()) };
            }
            let count = io::Read::read(&mut direction.octets, &mut buffer[..])?;
            // The two halves of the ring may need two turns.
            let more = io::Read::read(&mut direction.octets, &mut buffer[count..])?;
            (count + more, std::mem::take(&mut direction.refused))
        };
        if room {
            self.pipe.notify(self.peer(), Job::WRITE);
        }
        Ok(count)
    }

    /// Octets that wait to be read.
    pub(crate) fn readable(&self) -> usize {
        self.pipe.directions.lock()[self.peer()].octets.len()
    }

    pub(crate) fn write_vectored(&self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut written = 0;
        {
            let direction = &mut self.pipe.directions.lock()[self.end];
            if direction.abandoned || direction.finished {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            for piece in pieces {
                let count = piece.len().min(CAPACITY - direction.octets.len());
                direction.octets.extend(&piece[..count]);
                written += count;
                if count < piece.len() {
                    direction.refused = true;
                    break;
                }
            }
        }
        if written == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.pipe.notify(self.peer(), Job::READ);
        Ok(written)
    }

    pub(crate) fn shutdown_write(&self) {
        self.pipe.directions.lock()[self.end].finished = true;
        self.pipe.notify(self.peer(), Job::READ);
    }
}

impl Drop for PipeEnd {
    fn drop(&mut self) {
        {
            let mut directions = self.pipe.directions.lock();
            directions[self.end].finished = true;
            let incoming = &mut directions[self.peer()];
            incoming.abandoned = true;
            incoming.octets = VecDeque::new();
        }
        self.pipe.notify(self.peer(), Job::BOTH);
    }
}
