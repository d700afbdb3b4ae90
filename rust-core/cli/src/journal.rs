//! `osisession journal`: looking into a journal, verifying it, making it smaller.
use crate::command::Stop;
use clap::{Args as Arguments, Subcommand};
use osisession_journal::{Damage, DialogueReport, Error, Inspection, Journal as _, RedbJournal, RedbOptions};
use serde::Serialize;
use std::io::{self, Write};
use std::path::PathBuf;

#[derive(Debug, Arguments)]
#[command(after_help = "\
Exit code: 0 whole, 1 damaged, 2 usage, or the journal cannot be opened.

'show' and 'verify' change nothing, not even to repair what a crash left; a process that serves the journal excludes them.
A name is text, or hex behind '0x'.

Examples:
  osisession journal show orders.journal
  osisession journal show orders.journal --dialogue 0x8f3b... --records
  osisession journal verify orders.journal --json
  osisession journal compact orders.journal")]
pub(crate) struct Journal {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the dialogues, or one of them, with their records if wanted.
    Show {
        #[command(flatten)]
        of: Of,
        /// Only this dialogue.
        #[arg(long, value_name = "NAME")]
        dialogue: Option<String>,
        /// Show the records in hex.
        #[arg(long)]
        records: bool,
    },
    /// Verify every page and every record.
    Verify {
        #[command(flatten)]
        of: Of,
    },
    /// Give space that is not used any more back to the system.
    Compact {
        #[command(flatten)]
        of: Of,
    },
}

#[derive(Debug, Arguments)]
struct Of {
    /// The journal.
    file: PathBuf,
    /// One JSON object a line; see docs/json.md for the keys.
    #[arg(long)]
    json: bool,
}

/// What ends the command.
pub(crate) enum Failure {
    Journal(Error),
    Name(String),
    Output(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::Output(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Journal(error)
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Stop {
        match failure {
            Failure::Output(error) => Stop::Output(error),
            Failure::Journal(error) => Stop::Usage(error.to_string()),
            Failure::Name(text) => Stop::Usage(text),
        }
    }
}

#[derive(Serialize)]
struct DialogueLine {
    r#type: &'static str,
    name: String,
    text: Option<String>,
    records: u64,
    octets: u64,
    before: u64,
    damaged: bool,
}

#[derive(Serialize)]
struct RecordLine {
    r#type: &'static str,
    name: String,
    index: usize,
    length: usize,
    hex: String,
}

#[derive(Serialize)]
struct DamageLine<'a> {
    r#type: &'static str,
    name: Option<String>,
    place: &'a str,
    what: &'a str,
    record: Option<u64>,
    expected: Option<&'a str>,
    found: Option<&'a str>,
}

#[derive(Serialize)]
struct SummaryLine {
    r#type: &'static str,
    whole: bool,
    dialogues: usize,
    damaged: usize,
    records: u64,
    octets: u64,
    commits: u64,
    file_octets: u64,
}

#[derive(Serialize)]
struct CompactedLine {
    r#type: &'static str,
    before: u64,
    after: u64,
}

/// Runs it; `false`: damaged.
pub(crate) fn run(args: &Journal, out: &mut dyn Write) -> Result<bool, Failure> {
    match &args.command {
        Command::Show { of, dialogue, records } => {
            let only = dialogue.as_deref().map(name).transpose()?;
            match Inspection::open(&of.file) {
                Ok(inspection) => show(&inspection, only.as_deref(), *records, of.json, out),
                Err(error) => whole_damaged(error, of.json, out),
            }
        }
        Command::Verify { of } => match Inspection::open(&of.file) {
            Ok(inspection) => verify(&inspection, of.json, out),
            Err(error) => whole_damaged(error, of.json, out),
        },
        Command::Compact { of } => {
            let options = RedbOptions { create: false, ..RedbOptions::default() };
            let done = RedbJournal::with_options(&of.file, options).and_then(|journal| {
                let done = journal.compact()?;
                journal.close()?;
                Ok(done)
            });
            match done {
                Ok(done) => {
                    if of.json {
                        line(
                            out,
                            &CompactedLine { r#type: "compacted", before: done.before, after: done.after },
                        )?;
                    } else {
                        writeln!(out, "{} octets before, {} after", done.before, done.after)?;
                    }
                    Ok(true)
                }
                Err(error) => whole_damaged(error, of.json, out),
            }
        }
    }
}

/// A name as it is typed.
fn name(text: &str) -> Result<Vec<u8>, Failure> {
    let Some(digits) = text.strip_prefix("0x") else { return Ok(text.as_bytes().to_vec()) };
    let wrong = || Failure::Name(format!("not hex: {text}"));
    if digits.len() % 2 != 0 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(wrong());
    }
    (0..digits.len())
        .step_by(2)
        .map(|at| digits.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()).ok_or_else(wrong))
        .collect()
}

/// A name as it is shown: text if that is what it looks like, and cannot be taken for hex.
fn shown(name: &[u8]) -> String {
    text(name).filter(|text| !text.starts_with("0x")).unwrap_or_else(|| format!("0x{}", hex(name)))
}

fn text(name: &[u8]) -> Option<String> {
    name.iter().all(u8::is_ascii_graphic).then(|| String::from_utf8_lossy(name).into_owned())
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn line(out: &mut dyn Write, object: &impl Serialize) -> io::Result<()> {
    writeln!(out, "{}", serde_json::to_string(object)?)
}

fn show(
    inspection: &Inspection,
    only: Option<&[u8]>,
    records: bool,
    json: bool,
    out: &mut dyn Write,
) -> Result<bool, Failure> {
    let mut dialogues = inspection.dialogues();
    if let Some(only) = only {
        dialogues.retain(|dialogue| dialogue.name == only);
        if dialogues.is_empty() {
            return Err(Failure::Name(format!("no dialogue {} in this journal", shown(only))));
        }
    }
    for dialogue in &dialogues {
        show_dialogue(dialogue, json, out)?;
        if !records {
            continue;
        }
        for (index, record) in inspection.records(&dialogue.name)?.iter().enumerate() {
            if json {
                let (name, length) = (hex(&dialogue.name), record.len());
                line(out, &RecordLine { r#type: "record", name, index, length, hex: hex(record) })?;
            } else {
                writeln!(out, "  {index:>6} {:>7}  {}", record.len(), hex(record))?;
            }
        }
    }
    if !json && dialogues.is_empty() {
        writeln!(out, "no dialogues")?;
    }
    Ok(dialogues.iter().all(|dialogue| dialogue.damage.is_none()))
}

fn show_dialogue(dialogue: &DialogueReport, json: bool, out: &mut dyn Write) -> io::Result<()> {
    let DialogueReport { name, usage, before, damage, .. } = dialogue;
    if json {
        line(
            out,
            &DialogueLine {
                r#type: "dialogue",
                name: hex(name),
                text: text(name),
                records: usage.records,
                octets: usage.octets,
                before: *before,
                damaged: damage.is_some(),
            },
        )?;
    } else {
        let before = if *before > 0 { format!(", {before} before them") } else { String::new() };
        writeln!(out, "{}: {} records, {} octets{before}", shown(name), usage.records, usage.octets)?;
    }
    damage.as_ref().map_or(Ok(()), |damage| show_damage(damage, json, out))
}

fn show_damage(damage: &Damage, json: bool, out: &mut dyn Write) -> io::Result<()> {
    if !json {
        return writeln!(out, "damaged: {damage}");
    }
    line(
        out,
        &DamageLine {
            r#type: "damage",
            name: damage.dialogue.as_deref().map(hex),
            place: &damage.place,
            what: &damage.what,
            record: damage.record,
            expected: damage.expected.as_deref(),
            found: damage.found.as_deref(),
        },
    )
}

fn whole_damaged(error: Error, json: bool, out: &mut dyn Write) -> Result<bool, Failure> {
    match error {
        Error::Damaged(damage) => {
            show_damage(&damage, json, out)?;
            Ok(false)
        }
        error => Err(error.into()),
    }
}

fn verify(inspection: &Inspection, json: bool, out: &mut dyn Write) -> Result<bool, Failure> {
    let damages = inspection.damages();
    for damage in &damages {
        show_damage(damage, json, out)?;
    }
    let (whole, dialogues, usage) = (damages.is_empty(), inspection.dialogues().len(), inspection.usage());
    if json {
        line(
            out,
            &SummaryLine {
                r#type: "journal",
                whole,
                dialogues,
                damaged: damages.len(),
                records: usage.records,
                octets: usage.octets,
                commits: inspection.commits(),
                file_octets: inspection.octets(),
            },
        )?;
    } else {
        let verdict = if whole { "whole".into() } else { format!("{} dialogues damaged", damages.len()) };
        writeln!(
            out,
            "{verdict}: {dialogues} dialogues, {} records, {} octets, {} commits, {} octets on the disk",
            usage.records,
            usage.octets,
            inspection.commits(),
            inspection.octets()
        )?;
    }
    Ok(whole)
}
