//! Running commands.
use crate::Result;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// What a command said and how it ended.
pub(crate) struct Finished {
    /// Exit status 0.
    pub(crate) success: bool,
    /// Standard output and standard error, in the order they were written.
    pub(crate) output: String,
}

/// Runs a command and keeps both of its output streams, in order, in a file.
pub(crate) fn keep(command: &mut Command, log: &Path) -> Result<Finished> {
    let name = display(command);
    let file = fs::File::create(log).map_err(|e| format!("{}: {e}", log.display()))?;
    let second = file.try_clone().map_err(|e| format!("{}: {e}", log.display()))?;
    let status = command
        .stdin(Stdio::null())
        .stdout(file)
        .stderr(second)
        .status()
        .map_err(|e| format!("{name} did not start: {e}"))?;
    let output = fs::read(log).map_err(|e| format!("{}: {e}", log.display()))?;
    Ok(Finished { success: status.success(), output: String::from_utf8_lossy(&output).into_owned() })
}

/// Runs a command that must succeed; its output is shown only if it does not.
pub(crate) fn quiet(command: &mut Command) -> Result<String> {
    let name = display(command);
    let output = command.stdin(Stdio::null()).output().map_err(|e| format!("{name} did not start: {e}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(format!(
        "{name} failed ({})\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    ))
}

/// Runs a command that must succeed, on this program's own terminal.
pub(crate) fn inherit(command: &mut Command) -> Result {
    let name = display(command);
    let status = command.status().map_err(|e| format!("{name} did not start: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("{name} failed ({status})")) }
}

/// A command as a person would write it.
pub(crate) fn display(command: &Command) -> String {
    let program =
        Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    command.get_args().fold(program, |text, argument| format!("{text} {}", argument.to_string_lossy()))
}

/// Numbers of tests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    /// Named, because a skipped test that nobody sees is a missing one.
    pub(crate) skipped: Vec<String>,
}

impl Counts {
    /// Of `cargo test`: one "test result:" line for each test binary.
    pub(crate) fn of_cargo(output: &str) -> Counts {
        let mut counts = Counts::default();
        for line in output.lines() {
            if let Some(result) = line.strip_prefix("test result: ") {
                counts.passed += number_before(result, "passed");
                counts.failed += number_before(result, "failed");
            } else if let Some((name, _)) =
                line.strip_prefix("test ").and_then(|t| t.split_once(" ... ignored"))
            {
                counts.skipped.push(name.to_owned());
            }
        }
        counts
    }

    /// Of `pytest -rs`: a last line with the numbers, and a "SKIPPED [n] place: why" line for each place.
    pub(crate) fn of_pytest(output: &str) -> Counts {
        let mut counts = Counts::default();
        for line in output.lines() {
            if let Some((number, why)) = line.strip_prefix("SKIPPED [").and_then(|t| t.split_once("] ")) {
                let number = number.parse().unwrap_or(1);
                counts.skipped.extend(std::iter::repeat_n(why.to_owned(), number));
            }
        }
        let last = output
            .lines()
            .rev()
            .find(|l| l.contains(" in ") && l.trim_end_matches([' ', '=']).ends_with(['s', ')']));
        if let Some(last) = last {
            counts.passed = number_before(last, "passed");
            counts.failed = number_before(last, "failed") + number_before(last, "error");
        }
        counts
    }
}

/// The number in front of a word: 12 in "12 passed; 0 failed".
fn number_before(line: &str, word: &str) -> usize {
    let words: Vec<&str> = line.split([' ', ';', ',', '.']).filter(|w| !w.is_empty()).collect();
    words
        .windows(2)
        .find(|pair| pair[1].starts_with(word))
        .and_then(|pair| pair[0].parse().ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_counts_add_up_over_binaries() {
        let output = "running 2 tests\ntest a ... ok\ntest b::c ... ignored, needs a cable\n\
                      test result: ok. 1 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
                      test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s\n";
        let counts = Counts::of_cargo(output);
        assert_eq!(counts, Counts { passed: 4, failed: 2, skipped: vec!["b::c".into()] });
    }

    #[test]
    fn pytest_counts_and_names_of_skips() {
        let output =
            "..s\nSKIPPED [2] test_x.py:3: no valgrind\n1 failed, 12 passed, 2 skipped, 1 error in 3.21s\n";
        let counts = Counts::of_pytest(output);
        assert_eq!((counts.passed, counts.failed), (12, 2));
        assert_eq!(counts.skipped, ["test_x.py:3: no valgrind"; 2]);
    }

    #[test]
    fn pytest_that_collected_nothing_counts_nothing() {
        assert_eq!(Counts::of_pytest("no tests ran in 0.01s\n"), Counts::default());
    }
}
