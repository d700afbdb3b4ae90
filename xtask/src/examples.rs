//! The short programs of the README, each against each other: three languages call, three languages answer.
use crate::process::Counts;
use crate::setup::{compile_c, shared_library};
use crate::workspace::Workspace;
use crate::{Result, process};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

const LANGUAGES: [&str; 3] = ["c", "python", "rust"];

/// Runs every pair.
pub(crate) fn run(workspace: &Workspace) -> Result<Counts> {
    let library = shared_library(workspace)?;
    process::quiet(workspace.cargo().args(["build", "--quiet", "--package", "osisession", "--examples"]))?;
    let directory = workspace.scratch("examples")?;
    for name in ["hello", "echo", "requests"] {
        compile_c(workspace, &library, &format!("examples/c/{name}.c"), &directory.join(name))?;
    }
    let program = |language: &str, name: &str| match language {
        "c" => Command::new(directory.join(name)),
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
