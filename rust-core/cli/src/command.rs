//! What the commands that talk share: outputs, colours, the interrupt.
use crate::progress::Progress;
use serde::Serialize;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Whether the user asked to stop (SIGINT, SIGTERM, SIGHUP).
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// From here on an interrupt is a wish and no end.
pub(crate) fn catch_interrupts() {
    // Twice in one process is once.
    let _ = ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::SeqCst) {
            // The second time it is meant.
            std::process::exit(130);
        }
    });
}

/// Whether the user asked to stop.
pub(crate) fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// How long a wait goes on before it looks whether it is still wanted.
pub(crate) const SLICE: Duration = Duration::from_millis(50);

/// Why a command stops before its work is done.
#[derive(Debug)]
pub(crate) enum Stop {
    /// It was called wrongly, or a file cannot be read.
    Usage(String),
    /// The output cannot be written.
    Output(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Stop {
        Stop::Output(error)
    }
}

/// What a caller of this library's functions did wrong is what the user of the command did wrong.
impl From<osisession::Error> for Stop {
    fn from(error: osisession::Error) -> Stop {
        Stop::Usage(error.to_string())
    }
}

/// Outputs and moods of one run.
pub(crate) struct Context<'a> {
    pub(crate) out: &'a mut dyn Write,
    pub(crate) err: &'a mut dyn Write,
    pub(crate) progress: &'a mut Progress,
    /// Colours may be used.
    pub(crate) colour: bool,
    /// Standard input and output are a terminal: a person sits there.
    pub(crate) interactive: bool,
    /// Standard error is a terminal: bars can be drawn there.
    pub(crate) bar: bool,
}

/// What a colour says.
#[derive(Clone, Copy)]
pub(crate) enum Tone {
    Good,
    Bad,
    Quiet,
    Strong,
}

impl Context<'_> {
    /// The text in a colour, if colours may be used.
    pub(crate) fn paint(&self, tone: Tone, text: &str) -> String {
        if !self.colour || text.is_empty() {
            return text.to_owned();
        }
        let code = match tone {
            Tone::Good => "32",
            Tone::Bad => "31",
            Tone::Quiet => "2",
            Tone::Strong => "1",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }

    /// A line that is seen at once, also in a pipe.
    pub(crate) fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{text}")?;
        self.out.flush()
    }

    /// One JSON object on a line, seen at once.
    pub(crate) fn json(&mut self, object: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut *self.out, object)?;
        self.line("")
    }

    pub(crate) fn is_interrupted(&self) -> bool {
        interrupted()
    }

    /// Sleeps; false if the user asked to stop meanwhile.
    pub(crate) fn sleep(&self, time: Duration) -> bool {
        let end = Instant::now() + time;
        loop {
            if self.is_interrupted() {
                return false;
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            std::thread::sleep(left.min(SLICE));
        }
    }
}

/// A duration as a person writes it: `500ms`, `2s`, `1.5`, `1m`. Without a unit it is seconds. At most a day.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let scale = match unit.trim() {
        "" | "s" => 1.0,
        "ms" => 1e-3,
        "us" => 1e-6,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err(format!("{unit:?} is no unit of time: use ms, s, m or h")),
    };
    let seconds =
        number.parse::<f64>().map_err(|_| "expected a number, as in 500ms or 2s".to_owned())? * scale;
    if !(0.0..=86_400.0).contains(&seconds) {
        return Err("expected at most a day".into());
    }
    Ok(Duration::from_secs_f64(seconds))
}

/// A number of things: `1 session`, `2 sessions`.
pub(crate) fn count(number: u64, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

/// Milliseconds for people.
pub(crate) fn milliseconds(time: Duration) -> String {
    format!("{:.3} ms", time.as_secs_f64() * 1e3)
}

/// Milliseconds for programs.
pub(crate) fn in_milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_as_people_write_them() {
        for (text, millis) in [("500ms", 500), ("2s", 2000), ("1.5", 1500), ("1m", 60_000), ("0", 0)] {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "ms", "5 parsecs", "-1", "1e9", "25h", "1.2.3"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
