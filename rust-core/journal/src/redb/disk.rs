//! All that is done to the file goes through here. Tests see it, in order, and can make a sync fail.
use std::fs::File;
use std::io;

#[derive(Debug)]
pub(super) struct Disk {
    file: File,
    #[cfg(test)]
    trace: Trace,
}

/// What was done to the file.
#[cfg(test)]
#[derive(Clone, Debug)]
pub(super) enum Step {
    Write(u64, Vec<u8>),
    Length(u64),
    Sync,
}

#[cfg(test)]
#[derive(Debug, Default)]
pub(super) struct Trace {
    pub(super) steps: parking_lot::Mutex<Vec<Step>>,
    pub(super) fail_syncs: std::sync::atomic::AtomicBool,
}

impl Disk {
    pub(super) fn new(file: File) -> Disk {
        Disk {
            file,
            #[cfg(test)]
            trace: Trace::default(),
        }
    }

    #[cfg(test)]
    pub(super) fn trace(&self) -> &Trace {
        &self.trace
    }

    pub(super) fn length(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    pub(super) fn set_len(&self, length: u64) -> io::Result<()> {
        #[cfg(test)]
        self.trace.steps.lock().push(Step::Length(length));
        self.file.set_len(length)
    }

    /// Makes the octets durable.
    pub(super) fn sync(&self) -> io::Result<()> {
        #[cfg(test)]
        if self.trace.fail_syncs.load(std::sync::atomic::Ordering::Relaxed) {
            return Err(io::Error::other("a sync that fails"));
        }
        self.file.sync_data()?;
        #[cfg(test)]
        self.trace.steps.lock().push(Step::Sync);
        Ok(())
    }

    /// And what is known about the file.
    pub(super) fn sync_all(&self) -> io::Result<()> {
        self.sync()?;
        self.file.sync_all()
    }

    pub(super) fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        #[cfg(test)]
        self.trace.steps.lock().push(Step::Write(offset, data.to_vec()));
        self.write_through(offset, data)
    }

    #[cfg(unix)]
    pub(super) fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.file, out, offset)
    }

    #[cfg(unix)]
    fn write_through(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        std::os::unix::fs::FileExt::write_all_at(&self.file, data, offset)
    }

    #[cfg(windows)]
    pub(super) fn read(&self, mut offset: u64, mut out: &mut [u8]) -> io::Result<()> {
        while !out.is_empty() {
            let count = std::os::windows::fs::FileExt::seek_read(&self.file, out, offset)?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            offset += count as u64;
            out = out.get_mut(count..).unwrap_or_default();
        }
        Ok(())
    }

    #[cfg(windows)]
    fn write_through(&self, mut offset: u64, mut data: &[u8]) -> io::Result<()> {
        while !data.is_empty() {
            let count = std::os::windows::fs::FileExt::seek_write(&self.file, data, offset)?;
            if count == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            offset += count as u64;
            data = data.get(count..).unwrap_or_default();
        }
        Ok(())
    }
}
