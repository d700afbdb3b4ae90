//! `cargo xtask fuzz SECONDS`: each fuzz target for so long, with libFuzzer on the stable compiler.
//!
//! The coverage instrumentation is that of LLVM, asked for by flags. No sanitizer: the library forbids unsafe code, and what
//! can go wrong is a panic, an assertion of the target, too much memory or too much time.
use crate::Result;
use crate::process::{inherit, keep};
use crate::workspace::Workspace;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The sources in `fuzz/fuzz_targets`, by name.
const TARGETS: &[&str] = &["spdu", "tpkt_cotp", "tsdu", "capture", "scp", "zip"];

/// What libFuzzer needs in the code under test.
const FLAGS: &str = "-Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares \
    -Cdebug-assertions=yes --cfg fuzzing";

/// `cargo xtask fuzz SECONDS`: builds the targets and runs each. The first finding ends it; the input that shows it stays.
pub(crate) fn run(seconds: &str) -> Result {
    let seconds: u64 = seconds.parse().map_err(|_| format!("{seconds} is no number of seconds"))?;
    let workspace = Workspace::find()?;
    let binaries = build(&workspace)?;
    for target in TARGETS {
        let new = workspace.scratch("fuzz")?.join(target);
        let findings = new.join("findings");
        fs::create_dir_all(&findings).map_err(|e| format!("{}: {e}", findings.display()))?;
        let corpus = new.join("corpus");
        fs::create_dir_all(&corpus).map_err(|e| format!("{}: {e}", corpus.display()))?;
        eprintln!("── {target}, {seconds} s");
        let mut command = Command::new(binaries.join(target));
        command
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-artifact_prefix={}/", findings.display()))
            .args(["-timeout=10", "-rss_limit_mb=512", "-max_len=4096", "-print_final_stats=1"])
            .arg(&corpus)
            .arg(workspace.root.join("fuzz/corpus").join(target));
        let finished = keep(&mut command, &new.join("log"))?;
        if !finished.success {
            let panic = finished.output.find("panicked at").map_or(0, |at| at.saturating_sub(40));
            eprintln!("{}", finished.output.get(panic..).unwrap_or(&finished.output));
            return Err(format!("{target} found something; the input is in {}", findings.display()));
        }
        let runs = finished.output.lines().find_map(|l| l.strip_prefix("stat::number_of_executed_units:"));
        println!("{target:<12}{:>14} runs, nothing found", runs.unwrap_or("an unknown number of").trim());
    }
    Ok(())
}

/// Builds the targets and says where they are.
fn build(workspace: &Workspace) -> Result<PathBuf> {
    let host = host(workspace)?;
    let directory = workspace.scratch("fuzz")?.join("target");
    // A named target keeps the flags away from build scripts, which have no libFuzzer to link with.
    inherit(
        workspace
            .cargo()
            .args(["build", "--quiet", "--release", "--bins", "--manifest-path", "fuzz/Cargo.toml"])
            .args(["--target", &host])
            .arg("--target-dir")
            .arg(&directory)
            .env("RUSTFLAGS", FLAGS)
            .env_remove("CARGO_ENCODED_RUSTFLAGS"),
    )?;
    Ok(Path::new(&directory).join(host).join("release"))
}

/// The machine this compiler builds for: "x86_64-unknown-linux-gnu".
pub(crate) fn host(workspace: &Workspace) -> Result<String> {
    let mut command = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    let output = crate::process::quiet(command.arg("-vV").current_dir(&workspace.root))?;
    let host = output.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| "rustc does not name its host".into())
}
