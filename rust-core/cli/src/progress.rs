//! The progress bar on large captures.
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Octets of a capture from which on a person wants to see that something goes on.
const LARGE: u64 = 4 << 20;
/// Octets between two looks at the clock.
const STEP: u64 = 1 << 16;

/// Shown on standard error, so that it does not mix with the output.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    shown: u64,
}

impl Progress {
    /// For a capture of this size; nothing is shown for a small one, or if no terminal looks on.
    pub(crate) fn new(size: Option<u64>, terminal: bool) -> Progress {
        let size = size.filter(|size| terminal && *size >= LARGE);
        let bar = size.map(|size| {
            let bar = ProgressBar::with_draw_target(Some(size), ProgressDrawTarget::stderr_with_hz(5));
            if let Ok(style) = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes}, {eta} left") {
                bar.set_style(style);
            }
            bar
        });
        Progress { bar, shown: 0 }
    }

    pub(crate) fn set(&mut self, octets: u64) {
        if let Some(bar) = &self.bar
            && octets - self.shown >= STEP
        {
            self.shown = octets;
            bar.set_position(octets);
        }
    }

    /// Writes lines without tearing the bar.
    pub(crate) fn suspend<R>(&self, write: impl FnOnce() -> R) -> R {
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
