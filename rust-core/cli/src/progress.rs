//! The progress bar on large captures.
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, Write};

/// Octets of a capture from which on a person wants to see that something goes on.
const LARGE: u64 = 4 << 20;
/// Octets between two moves of the bar.
const STEP: u64 = 1 << 16;

/// The bar of a terminal, or none. It is drawn on standard error, so that it does not mix with the output.
#[derive(Clone)]
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    shown: u64,
}

impl Progress {
    /// Never shown.
    pub(crate) fn none() -> Progress {
        Progress { bar: None, shown: 0 }
    }

    /// Shown when something large is read.
    pub(crate) fn terminal() -> Progress {
        Progress { bar: Some(ProgressBar::hidden()), shown: 0 }
    }

    /// A capture of this size is read from here on.
    pub(crate) fn begin(&mut self, size: Option<u64>) {
        let Some((bar, size)) = self.bar.as_ref().zip(size.filter(|size| *size >= LARGE)) else { return };
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes}, {eta} left") {
            bar.set_style(style);
        }
        bar.reset();
        bar.set_length(size);
        bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(5));
        self.shown = 0;
    }

    /// So many steps are to be taken, while a person waits.
    pub(crate) fn begin_steps(&mut self, count: u64) {
        let Some(bar) = &self.bar else { return };
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len}") {
            bar.set_style(style);
        }
        bar.reset();
        bar.set_length(count);
        bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(5));
    }

    /// Whether there is a bar to be shown at all.
    pub(crate) fn is_none(&self) -> bool {
        self.bar.is_none()
    }

    /// A file of this size is on its way, however long that takes.
    pub(crate) fn begin_transfer(&mut self, size: u64) {
        let Some(bar) = &self.bar else { return };
        if let Ok(style) =
            ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes}, {bytes_per_sec}, {eta} left, {msg}")
        {
            bar.set_style(style);
        }
        bar.reset();
        bar.set_length(size);
        bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(5));
    }

    /// So much of it is there, and how it stands.
    pub(crate) fn transfer(&self, octets: u64, state: String) {
        if let Some(bar) = &self.bar {
            bar.set_message(state);
            bar.set_position(octets);
        }
    }

    /// One of them was taken.
    pub(crate) fn step(&self) {
        if let Some(bar) = &self.bar {
            bar.inc(1);
            bar.set_length(bar.length().unwrap_or(0).max(bar.position()));
        }
    }

    /// So many octets were read.
    pub(crate) fn set(&mut self, octets: u64) {
        if let Some(bar) = self.bar.as_ref().filter(|_| octets.saturating_sub(self.shown) >= STEP) {
            self.shown = octets;
            bar.set_position(octets);
        }
    }

    /// It was read.
    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
    }
}

/// A terminal that takes the bar away before something is written to it. It writes whole lines, because the bar comes back
/// on the line where the last one ended.
pub(crate) struct Screen<W: Write> {
    inner: W,
    progress: Progress,
    unfinished: Vec<u8>,
}

impl<W: Write> Screen<W> {
    pub(crate) fn new(inner: W, progress: Progress) -> Screen<W> {
        Screen { inner, progress, unfinished: Vec::new() }
    }

    fn put(&mut self, octets: &[u8]) -> io::Result<()> {
        let inner = &mut self.inner;
        let mut write = || inner.write_all(octets).and_then(|()| inner.flush());
        match &self.progress.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }
}

impl<W: Write> Write for Screen<W> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let lines = octets.iter().rposition(|octet| *octet == b'\n').map_or(0, |last| last + 1);
        if lines > 0 {
            let mut whole = core::mem::take(&mut self.unfinished);
            whole.extend_from_slice(&octets[..lines]);
            self.put(&whole)?;
        }
        self.unfinished.extend_from_slice(&octets[lines..]);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let rest = core::mem::take(&mut self.unfinished);
        if rest.is_empty() { self.inner.flush() } else { self.put(&rest) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_screen_gets_whole_lines() {
        let mut screen = Screen::new(Vec::new(), Progress::terminal());
        screen.write_all(b"one\ntw").unwrap();
        assert_eq!(screen.inner, b"one\n");
        screen.write_all(b"o").unwrap();
        assert_eq!(screen.inner, b"one\n");
        screen.write_all(b"\nthree").unwrap();
        assert_eq!(screen.inner, b"one\ntwo\n");
        screen.flush().unwrap();
        assert_eq!(screen.inner, b"one\ntwo\nthree");
    }
}
