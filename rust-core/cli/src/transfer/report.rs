//! How a transfer is told: a bar on a terminal, lines, or JSON.
use crate::command::{Context, Stop, Tone, in_milliseconds};
use osisession::durable::DialogueProgress;
use serde_json::json;
use std::time::{Duration, Instant};

/// Between two lines of progress in JSON.
const EVERY: Duration = Duration::from_secs(1);

/// Tells how the sending of one file goes.
pub(super) struct Reporter {
    json: bool,
    started: Instant,
    length: u64,
    state: String,
    told_at: Option<Instant>,
    told_octets: u64,
}

/// A person's words for where a dialogue stands.
fn words(progress: &DialogueProgress) -> String {
    let error = progress.last_error.as_ref().map_or(String::new(), |error| format!(": {error}"));
    match (progress.state, progress.next_try) {
        ("connected" | "closing" | "idle" | "closed", _) => progress.state.to_owned(),
        (_, Some(next)) => {
            format!("not connected, attempt {} in {:.1} s{error}", progress.attempts + 1, next.as_secs_f64())
        }
        ("connecting", None) => format!("connecting, attempt {}", progress.attempts),
        (state, None) => format!("{state}{error}"),
    }
}

impl Reporter {
    pub(super) fn new(context: &mut Context<'_>, json: bool, length: u64) -> Reporter {
        if context.bar && !json {
            if context.progress.is_none() {
                *context.progress = crate::progress::Progress::terminal();
            }
            context.progress.begin_transfer(length);
        }
        let started = Instant::now();
        Reporter { json, started, length, state: String::new(), told_at: None, told_octets: 0 }
    }

    /// Where it stands; a line when that has changed, or for programs now and then.
    pub(super) fn progress(
        &mut self,
        context: &mut Context<'_>,
        octets: u64,
        progress: &DialogueProgress,
    ) -> Result<(), Stop> {
        let changed = self.state != progress.state;
        if self.json {
            let due = self.told_at.is_none_or(|at| at.elapsed() >= EVERY) && octets != self.told_octets;
            if changed || due {
                self.told_at = Some(Instant::now());
                self.told_octets = octets;
                context.json(&json!({
                    "type": "progress", "state": progress.state, "octets": octets, "length": self.length,
                    "epoch": progress.epoch, "attempts": progress.attempts,
                    "next_try_ms": progress.next_try.map(in_milliseconds),
                    "error": progress.last_error.as_ref().map(ToString::to_string),
                    "time_ms": in_milliseconds(self.started.elapsed()),
                }))?;
            }
        } else if context.bar {
            context.progress.transfer(octets, words(progress));
        } else if changed && progress.state != "connecting" {
            let text = words(progress);
            context.line(&text)?;
        }
        progress.state.clone_into(&mut self.state);
        Ok(())
    }

    /// How it ended.
    pub(super) fn end(
        &mut self,
        context: &mut Context<'_>,
        ok: bool,
        octets: u64,
        text: &str,
    ) -> Result<(), Stop> {
        context.progress.finish();
        if self.json {
            let time = in_milliseconds(self.started.elapsed());
            context
                .json(&json!({ "type": "end", "ok": ok, "octets": octets, "text": text, "time_ms": time }))?;
        } else {
            let tone = if ok { Tone::Good } else { Tone::Bad };
            let text = context.paint(tone, text);
            context.line(&text)?;
        }
        Ok(())
    }
}
