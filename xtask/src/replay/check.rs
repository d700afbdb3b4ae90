//! Programs are recorded and replayed: no difference. Recordings that were changed are replayed: one is found.
use super::{build, library};
use crate::process::{Counts, keep};
use crate::workspace::{Workspace, c_compiler};
use crate::{Result, Text};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Programs that are their own peers. Those that pass wrong struct sizes or buffers that are just long enough are not among them: a recording
/// has neither (docs/record.md).
const ALONE: [&str; 4] =
    ["ffi/tests/c/walk.c", "ffi/tests/c/carry.c", "ffi/tests/c/failures.c", "examples/c/callbacks.c"];

struct Check<'a> {
    workspace: &'a Workspace,
    folder: PathBuf,
    library: PathBuf,
    counts: Counts,
}

pub(crate) fn check(workspace: &Workspace) -> Result<Counts> {
    let Some(_) = c_compiler() else {
        return Ok(Counts { skipped: vec!["there is no C compiler".into()], ..Counts::default() });
    };
    let folder = workspace.scratch("replay")?;
    let mut check = Check { workspace, folder, library: library(workspace)?, counts: Counts::default() };
    for source in ALONE {
        let program = check.compile(source)?;
        let recording = program.with_extension("record");
        let finished = keep(
            Command::new(&program).env("OSISESSION_RECORD", &recording),
            &program.with_extension("log"),
        )?;
        if !finished.success {
            return Err(format!("{source} fails while it is recorded:\n{}", finished.output));
        }
        check.replay(&recording, None)?;
    }
    check.two_processes()?;
    Ok(check.counts)
}

impl Check<'_> {
    fn compile(&self, source: &str) -> Result<PathBuf> {
        let source = self.workspace.root.join(source);
        let program = self.folder.join(source.file_stem().unwrap_or_default());
        super::compile(self.workspace, &source, &self.library, &program)?;
        Ok(program)
    }

    /// Replays; `difference` is what must be found, if anything.
    fn replay(&mut self, recording: &Path, difference: Option<&str>) -> Result {
        let name = recording.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let (program, _) =
            build(self.workspace, recording, &self.library, &self.folder.join(format!("{name}-replayed")))?;
        let finished = keep(&mut Command::new(&program), &program.with_extension("log"))?;
        let as_wanted = match difference {
            None => finished.success,
            Some(difference) => !finished.success && finished.output.contains(difference),
        };
        if as_wanted {
            self.counts.passed += 1;
        } else {
            eprintln!("{} replayed, wanted {difference:?}:\n{}", recording.display(), finished.output);
            self.counts.failed += 1;
        }
        Ok(())
    }

    /// Caller and called are recorded each for itself, and each is replayed without the other.
    fn two_processes(&mut self) -> Result {
        let (echo, hello) = (self.compile("examples/c/echo.c")?, self.compile("examples/c/hello.c")?);
        let (of_echo, of_hello) = (echo.with_extension("record"), hello.with_extension("record"));
        let mut called = Command::new(&echo)
            .arg("127.0.0.1:0")
            .env("OSISESSION_RECORD", &of_echo)
            .stdout(Stdio::piped())
            .spawn()
            .text("echo")?;
        let mut address = String::new();
        let output = called.stdout.take().ok_or("echo has no output")?;
        BufReader::new(output).read_line(&mut address).text("echo")?;
        let finished = keep(
            Command::new(&hello).arg(address.trim()).env("OSISESSION_RECORD", &of_hello),
            &hello.with_extension("log"),
        )?;
        let status = called.wait().text("echo")?;
        if !finished.success || !status.success() {
            return Err(format!("echo and hello fail while they are recorded:\n{}", finished.output));
        }
        self.replay(&of_echo, None)?;
        self.replay(&of_hello, None)?;
        self.changed(&of_hello, "answered", "48454c4c4f2c", "58454c4c4f2c", "user_data of the event")?;
        self.changed(
            &of_hello,
            "sent",
            "68656c6c6f2c2073657373696f6e\" 14",
            "78656c6c6f2c2073657373696f6e\" 14",
            "connection 1/",
        )?;
        self.changed(&of_hello, "status", "10 < 0", "10 < -202", "osisession_session_free: now OSISESSION_OK")
    }

    /// A recording in which one thing was otherwise: only the first place is changed.
    fn changed(&mut self, recording: &Path, name: &str, from: &str, to: &str, difference: &str) -> Result {
        let text = std::fs::read_to_string(recording).text("the recording")?;
        if !text.contains(from) {
            return Err(format!("{} has no {from}", recording.display()));
        }
        let changed = self.folder.join(format!("changed-{name}.record"));
        std::fs::write(&changed, text.replacen(from, to, 1)).text("a changed recording")?;
        self.replay(&changed, Some(difference))
    }
}
