//! A diagnosis for people and for programs.
use crate::command::{Context, Tone};
use crate::octets::safe;
use osisession::Diagnosis;

/// A diagnosis as JSON; docs/cli.md lists its keys.
pub(crate) fn json(diagnosis: &Diagnosis) -> serde_json::Value {
    // It is always JSON; the keys in a test of the facade, the whole in those of the commands.
    serde_json::from_str(&diagnosis.to_json()).unwrap_or_default()
}

/// The lines of a diagnosis, the first in red.
pub(crate) fn lines(context: &Context<'_>, diagnosis: &Diagnosis) -> String {
    let text = safe(&diagnosis.to_string());
    let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
    format!("{}\n{}", context.paint(Tone::Bad, first), rest.trim_end())
}
