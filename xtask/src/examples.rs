//! The short programs of the README, each against each other: three languages call, three languages answer.
use crate::process::Counts;
use crate::setup::{compile_c, shared_library};
use crate::workspace::Workspace;
use crate::{Result, Text, process};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const LANGUAGES: [&str; 3] = ["c", "python", "rust"];

/// Who sends files, and who receives them.
const TRANSFERS: [&str; 4] = ["c", "python", "rust", "osisession"];

/// Runs every pair.
pub(crate) fn run(workspace: &Workspace) -> Result<Counts> {
    let library = shared_library(workspace)?;
    process::quiet(workspace.cargo().args(["build", "--quiet", "--package", "osisession", "--examples"]))?;
    process::quiet(workspace.cargo().args(["build", "--quiet", "--package", "osisession-cli"]))?;
    let directory = workspace.scratch("examples")?;
    for name in ["hello", "echo", "requests", "transfer"] {
        compile_c(workspace, &library, &format!("examples/c/{name}.c"), &directory.join(name))?;
    }
    let program = |language: &str, name: &str| match language {
        "c" => Command::new(directory.join(name)),
        "osisession" => {
            let mut command = Command::new(workspace.output.join("osisession"));
            command.arg(name);
            command
        }
        "python" => {
            let mut command = workspace.python();
            command.arg(format!("examples/python/{name}.py"));
            command
        }
        _ => Command::new(workspace.output.join("examples").join(name)),
    };
    let mut counts = Counts::default();
    for answers in LANGUAGES {
        for calls in LANGUAGES {
            match pair(&mut program(answers, "echo"), &mut program(calls, "hello")) {
                Ok(()) => counts.passed += 1,
                Err(text) => {
                    eprintln!("{calls} calls, {answers} answers: {text}");
                    counts.failed += 1;
                }
            }
        }
    }
    requests(&program, &mut counts);
    transfers(&program, &directory, &mut counts)?;
    Ok(counts)
}

/// The example of requests and responses: each asks each.
fn requests(program: &dyn Fn(&str, &str) -> Command, counts: &mut Counts) {
    for answers in LANGUAGES {
        for asks in LANGUAGES {
            match ask(&mut program(answers, "requests"), &mut program(asks, "requests")) {
                Ok(()) => counts.passed += 1,
                Err(text) => {
                    eprintln!("{asks} asks, {answers} answers: {text}");
                    counts.failed += 1;
                }
            }
        }
    }
}

/// Starts a server that prints its address and never ends, and asks it.
fn ask(serve: &mut Command, asks: &mut Command) -> Result {
    let mut server = serve
        .args(["serve", "127.0.0.1:0"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|e| format!("the server did not start: {e}"))?;
    let outcome = (|| {
        let mut line = String::new();
        let output = server.stdout.take().ok_or("the server has no output")?;
        BufReader::new(output).read_line(&mut line).map_err(|e| format!("the server: {e}"))?;
        let said = process::quiet(asks.args([line.trim(), "one", "two", "three"]))?;
        if said == "ONE\nTWO\nTHREE\n" { Ok(()) } else { Err(format!("the answers were {said:?}")) }
    })();
    let _ = server.kill();
    let _ = server.wait();
    outcome
}

/// The example of resumable transfers: each sends to each, and both are killed on the way.
fn transfers(program: &dyn Fn(&str, &str) -> Command, directory: &Path, counts: &mut Counts) -> Result {
    let data: Vec<u8> = (0..6_000_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    for takes in TRANSFERS {
        for gives in TRANSFERS {
            let folder = directory.join(format!("{gives}-{takes}"));
            let _ = std::fs::remove_dir_all(&folder);
            std::fs::create_dir_all(folder.join("in")).text("the folder of a transfer")?;
            let send = |address: &str| {
                let (file, journal) = (folder.join("plan.bin"), folder.join("here"));
                let mut command = program(gives, if gives == "osisession" { "send" } else { "transfer" });
                match gives {
                    "osisession" => command.arg(file).arg(address).arg("--journal").arg(journal),
                    _ => command.arg("send").arg(file).arg(address).arg(journal),
                };
                command
            };
            let receive = || {
                let (into, journal) = (folder.join("in"), folder.join("there"));
                let mut command = program(takes, if takes == "osisession" { "receive" } else { "transfer" });
                match takes {
                    "osisession" => {
                        command.arg(into).args(["--listen", "127.0.0.1:0", "--count", "1"]);
                        command.arg("--journal").arg(journal)
                    }
                    _ => command.args(["receive", "127.0.0.1:0"]).arg(into).arg(journal),
                };
                command
            };
            // The command counts files since it was started, and this one may have come before that.
            let ends = takes != "osisession";
            match transfer(&folder, &data, &send, &receive, ends) {
                Ok(()) => counts.passed += 1,
                Err(text) => {
                    eprintln!("{gives} sends a file, {takes} receives it: {text}");
                    counts.failed += 1;
                }
            }
        }
    }
    Ok(())
}

/// Sends a file; both sides are killed on the way, and started again. `ends`: the receiver is to end by itself.
fn transfer(
    folder: &Path,
    data: &[u8],
    send: &dyn Fn(&str) -> Command,
    receive: &dyn Fn() -> Command,
    ends: bool,
) -> Result {
    std::fs::write(folder.join("plan.bin"), data).text("the file")?;
    let start = |command: &mut Command| {
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        child.map(Started).text("a program")
    };
    let mut outcome = Err("nothing was tried".into());
    for killed in [true, true, false] {
        // One that had the file before it was killed waits for the next.
        let ends = ends && !folder.join("in/plan.bin").exists();
        let mut receiver = start(&mut receive())?;
        let mut line = String::new();
        let output = receiver.0.stdout.take().ok_or("the receiver has no output")?;
        let mut output = BufReader::new(output);
        output.read_line(&mut line).text("the receiver")?;
        let address = line.split(' ').map(str::trim).find(|word| word.starts_with("127.0.0.1:"));
        let address = address.ok_or_else(|| format!("the receiver said {line:?}"))?;
        let mut sender = start(&mut send(address))?;
        if killed {
            // Somewhere in the transfer, on a usual machine; wherever it is, nothing may be lost.
            std::thread::sleep(Duration::from_millis(250));
            if sender.0.try_wait().text("the sender")?.is_none() {
                continue;
            }
        }
        outcome = sender.end("the sender");
        if ends && outcome.is_ok() {
            outcome = receiver.end("the receiver");
        }
        break;
    }
    outcome?;
    let arrived = std::fs::read(folder.join("in/plan.bin")).text("the file that arrived")?;
    if arrived == data { Ok(()) } else { Err("what arrived is not what was sent".into()) }
}

/// A program that does not outlive its test.
struct Started(Child);

impl Started {
    /// It ends by itself, and well.
    fn end(&mut self, who: &str) -> Result {
        let end = Instant::now() + Duration::from_secs(60);
        while Instant::now() < end {
            match self.0.try_wait().text(who)? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => {
                    let mut said = String::new();
                    if let Some(mut errors) = self.0.stderr.take() {
                        let _ = errors.read_to_string(&mut said);
                    }
                    return Err(format!("{who} failed ({status}): {}", said.trim()));
                }
                None => std::thread::sleep(Duration::from_millis(10)),
            }
        }
        Err(format!("{who} does not end"))
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        // SIGKILL; it fails harmlessly when it has ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a responder that prints its address, calls it, and waits for both.
fn pair(echo: &mut Command, hello: &mut Command) -> Result {
    let mut echo = echo
        .arg("127.0.0.1:0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|e| format!("the responder did not start: {e}"))?;
    let outcome = (|| {
        let mut line = String::new();
        let output = echo.stdout.take().ok_or("the responder has no output")?;
        BufReader::new(output).read_line(&mut line).map_err(|e| format!("the responder: {e}"))?;
        let said = process::quiet(hello.arg(line.trim()))?;
        if said.trim() == "HELLO, SESSION" { Ok(()) } else { Err(format!("the answer was {said:?}")) }
    })();
    if outcome.is_err() {
        // It may still wait for a call. It fails harmlessly when it has ended.
        let _ = echo.kill();
    }
    let status = echo.wait().map_err(|e| format!("the responder: {e}"))?;
    outcome?;
    if status.success() { Ok(()) } else { Err(format!("the responder failed ({status})")) }
}
