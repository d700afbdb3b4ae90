//! The programs of the testkit that hold whole endpoints to account: hostile callers in a row, many sessions under load, processes killed.
use crate::Result;
use crate::process::{Counts, display, keep};
use crate::workspace::Workspace;
use std::process::Command;

/// Step `hostile`: ten thousand hostile connections.
pub(crate) fn hostile(workspace: &Workspace) -> Result<Counts> {
    hold(workspace, "hostile", "rings", &["--count", "10000"])
}

/// Step `load`: a thousand sessions for a minute, with their connections killed at random.
pub(crate) fn load(workspace: &Workspace) -> Result<Counts> {
    hold(workspace, "load", "rings", &["--sessions", "1000", "--minutes", "1"])
}

/// Step `durable`: processes with durable dialogues, killed; with etcd, members of the cluster too.
pub(crate) fn durable(workspace: &Workspace) -> Result<Counts> {
    let mut counts = hold(workspace, "durable", "durable", &["--kills", "50"])?;
    if Command::new("etcd").arg("--version").output().is_ok() {
        counts.passed += hold(workspace, "durable", "durable", &["--kills", "10", "--etcd"])?.passed;
    } else {
        counts.skipped.push("durable dialogues in etcd: etcd is not installed".into());
    }
    Ok(counts)
}

/// Runs one of them, and shows what it says at the end.
fn hold(workspace: &Workspace, program: &str, features: &str, arguments: &[&str]) -> Result<Counts> {
    let log = workspace.scratch("log")?.join(format!("{program}.log"));
    let mut build = workspace.cargo();
    build.args(["build", "--package", "osisession-testkit", "--features", features, "--bin", program]);
    let built = keep(&mut build, &log)?;
    if !built.success {
        return Err(format!("{} failed\n{}", display(&build), built.output));
    }
    // A thousand sessions in one process are more descriptors than most systems give without being asked.
    let mut run = Command::new("sh");
    run.args(["-c", r#"ulimit -n "$(ulimit -H -n)"; exec "$0" "$@""#]);
    run.arg(workspace.output.join(program)).args(arguments);
    let finished = keep(&mut run, &log)?;
    if !finished.success {
        return Err(format!("{program} {} failed\n{}", arguments.join(" "), finished.output));
    }
    for line in finished.output.lines().rev().take(2).collect::<Vec<_>>().into_iter().rev() {
        eprintln!("{line}");
    }
    Ok(Counts { passed: 1, ..Counts::default() })
}
