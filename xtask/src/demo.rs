//! `cargo xtask demo`: a C program and a Python program hold sessions, and both say what happened.
use crate::workspace::Workspace;
use crate::{Result, setup};
use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, IsTerminal, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

/// The whole conversation takes no longer, whatever the file.
const DEADLINE: Duration = Duration::from_secs(120);

/// A line of this shape is shown so often in one part of the ladder; the others are counted.
const REPEATS: usize = 6;

/// Columns of the ladder, without the prefix.
const WIDTH: usize = 115;

/// `cargo xtask demo [FILE]`: set up everything, then hold the sessions.
pub(crate) fn run(file: Option<&str>) -> Result {
    let workspace = Workspace::find()?;
    let file = match file {
        // Relative to where the user stands; cargo runs this program there too.
        Some(file) => fs::canonicalize(file).map_err(|e| format!("{file}: {e}"))?,
        None => workspace.root.join("README.md"),
    };
    setup::environment(&workspace, "bindings/python/requirements-dev.txt")?;
    eprintln!("xtask: building the shared library and the wheel");
    setup::wheel(&workspace)?;
    let color = std::io::stdout().is_terminal();
    println!("{}", hold(&workspace, &file, &mut |line| println!("{}", line.text(color)))?);
    Ok(())
}

/// Holds the sessions with a file and gives every line of the ladder to `print`; the wheel is installed. Says what was
/// proven.
pub(crate) fn hold(workspace: &Workspace, file: &Path, print: &mut dyn FnMut(Line<'_>)) -> Result<String> {
    let octets = fs::read(file).map_err(|e| format!("{}: {e}", file.display()))?;
    if octets.is_empty() {
        return Err(format!("{} is empty: nothing would travel", file.display()));
    }
    let library = setup::shared_library(workspace)?;
    let directory = workspace.scratch("demo")?;
    let program = directory.join("demo_responder");
    setup::compile_c(workspace, &library, "examples/c/demo_responder.c", &program)?;
    let (at_c, at_python) = (directory.join("received-by-c"), directory.join("returned-to-python"));
    for old in [&at_c, &at_python] {
        if old.exists() {
            fs::remove_file(old).map_err(|e| format!("{}: {e}", old.display()))?;
        }
    }

    let (sender, lines) = channel();
    let mut ladder = Ladder { print, shapes: HashMap::new(), hidden: HashMap::new() };
    let deadline = Instant::now() + DEADLINE;
    let mut responder = Side::start(Source::C, Command::new(&program).arg(&at_c), &sender)?;
    let address = ladder.address(&lines, deadline)?;
    let mut initiator = Side::start(
        Source::Python,
        workspace.python().arg("examples/python/demo_initiator.py").arg(&address).arg(file).arg(&at_python),
        &sender,
    )?;
    drop(sender);
    ladder.show_all(&lines, deadline)?;
    initiator.finish(deadline)?;
    responder.finish(deadline)?;
    for (path, who) in [(&at_c, "the C responder"), (&at_python, "the Python initiator")] {
        let there = fs::read(path).map_err(|e| format!("{who} wrote no file: {}: {e}", path.display()))?;
        if there != octets {
            let at = there.iter().zip(&octets).take_while(|(a, b)| a == b).count();
            return Err(format!(
                "{who} has {} octets of {}, and they differ from octet {at} on",
                there.len(),
                octets.len()
            ));
        }
    }
    Ok(format!(
        "PROVEN: {} ({} octets) went from Python to C and back over X.225 and RFC 1006 and is identical at both ends; \
         the data token changed hands in half-duplex; both sessions were released; a wrong selector was refused with \
         reason 129 and both sides said why.",
        file.file_name().unwrap_or_default().to_string_lossy(),
        octets.len()
    ))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Source {
    C,
    Python,
}

/// One of the two programs. It does not outlive this value.
struct Side {
    source: Source,
    child: Child,
}

impl Side {
    fn start(source: Source, command: &mut Command, lines: &Sender<(Source, String)>) -> Result<Side> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| format!("{source:?} did not start: {e}"))?;
        for stream in [
            child.stdout.take().map(|s| Box::new(s) as Box<dyn Read + Send>),
            child.stderr.take().map(|s| Box::new(s) as Box<dyn Read + Send>),
        ]
        .into_iter()
        .flatten()
        {
            let lines = lines.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(std::result::Result::ok) {
                    if lines.send((source, line)).is_err() {
                        return;
                    }
                }
            });
        }
        Ok(Side { source, child })
    }

    fn finish(&mut self, deadline: Instant) -> Result {
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) if status.success() => return Ok(()),
                Ok(Some(status)) => return Err(format!("the {:?} side failed ({status})", self.source)),
                Ok(None) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(5)),
                Ok(None) => return Err(format!("the {:?} side did not end", self.source)),
                Err(e) => return Err(format!("the {:?} side: {e}", self.source)),
            }
        }
    }
}

impl Drop for Side {
    fn drop(&mut self) {
        // Both fail harmlessly when it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A line of the ladder.
pub(crate) struct Line<'a> {
    source: Source,
    line: &'a str,
}

impl Line<'_> {
    /// With the prefix that says which side speaks.
    pub(crate) fn text(&self, color: bool) -> String {
        let (prefix, number) = match self.source {
            Source::C => ("C  | ", "36"),
            Source::Python => ("Py | ", "33"),
        };
        if color {
            format!("\x1b[{number}m{prefix}\x1b[0m{}", self.line)
        } else {
            format!("{prefix}{}", self.line)
        }
    }
}

/// The two programs' lines, one below the other.
struct Ladder<'a> {
    print: &'a mut dyn FnMut(Line<'_>),
    shapes: HashMap<(Source, String), usize>,
    /// How many lines were left out since the last one, and the last of them.
    hidden: HashMap<Source, (usize, String)>,
}

impl Ladder<'_> {
    /// Shows lines until the responder has said where it listens.
    fn address(&mut self, lines: &Receiver<(Source, String)>, deadline: Instant) -> Result<String> {
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let (source, line) = lines.recv_timeout(left).map_err(|_| "the C responder does not listen")?;
            let address = line.strip_prefix("listening on ").map(str::to_owned);
            self.show(source, &line);
            if let Some(address) = address {
                return Ok(address);
            }
        }
    }

    /// Shows lines until both programs have closed their output.
    fn show_all(&mut self, lines: &Receiver<(Source, String)>, deadline: Instant) -> Result {
        use std::sync::mpsc::RecvTimeoutError::{Disconnected, Timeout};
        loop {
            match lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok((source, line)) => self.show(source, &line),
                Err(Disconnected) => return Ok(()),
                Err(Timeout) => return Err(format!("the demo did not end within {} s", DEADLINE.as_secs())),
            }
        }
    }

    /// Shows a line. A file of many segments is no reason to print the same line a thousand times.
    fn show(&mut self, source: Source, line: &str) {
        if line.starts_with("== ") {
            self.shapes.retain(|(s, _), _| *s != source);
        }
        let seen = self.shapes.entry((source, shape(line))).or_default();
        *seen += 1;
        if *seen > REPEATS {
            let hidden = self.hidden.entry(source).or_default();
            *hidden = (hidden.0 + 1, line.to_owned());
            return;
        }
        match self.hidden.remove(&source) {
            Some((1, hidden)) => self.print(source, &hidden),
            Some((count, _)) => self.print(source, &format!("              ... {count} more of these kinds")),
            None => {}
        }
        self.print(source, line);
    }

    fn print(&mut self, source: Source, line: &str) {
        for line in wrap(line) {
            (self.print)(Line { source, line: &line });
        }
    }
}

/// A long line in several, the later ones indented; broken after a comma, where parameters end.
fn wrap(line: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for part in line.split_inclusive(", ") {
        let last = lines.len() - 1;
        if !lines[last].is_empty() && lines[last].chars().count() + part.chars().count() > WIDTH {
            let end = lines[last].trim_end().len();
            lines[last].truncate(end);
            lines.push(format!("{:22}{part}", ""));
        } else {
            lines[last].push_str(part);
        }
    }
    lines
}

/// A line without its numbers and octets: two lines of one shape say the same of different data.
fn shape(line: &str) -> String {
    line.split_whitespace()
        .filter(|word| !word.bytes().any(|b| b.is_ascii_digit()))
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    #[test]
    fn lines_that_differ_in_numbers_have_one_shape() {
        let one = super::shape("  0.004121  -> DT  enclosure middle, 500 octets");
        assert_eq!(one, super::shape("0.104121 -> DT enclosure middle, 12 octets"));
        assert_ne!(one, super::shape("0.104121 <- DT enclosure middle, 12 octets"));
    }

    #[test]
    fn long_lines_are_broken_between_parameters() {
        let line = format!("0.1  --> CN ({})", ["Version Number 2"; 20].join(", "));
        let lines = super::wrap(&line);
        assert!(lines.len() > 2 && lines.iter().all(|l| l.chars().count() <= super::WIDTH), "{lines:?}");
        let again: Vec<&str> = lines.iter().map(|l| l.trim()).collect();
        assert_eq!(again.join(" "), line);
        assert_eq!(super::wrap("short"), ["short"]);
    }
}
