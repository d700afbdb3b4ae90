//! `cargo xtask test`: everything, with counts.
//!
//! All steps share the dev profile and one output directory: the wheel and the shared library are the ones that the Rust
//! tests have just compiled.
use crate::process::{Counts, keep};
use crate::workspace::{Workspace, c_compiler, is_ci, on_path, system_python};
use crate::{
    Result, consumers, demo, examples, fuzz, load, manual, package, readme, replay, sanitizers, setup,
};
use std::process::Command;
use std::time::Instant;

/// One line of the final table.
struct Step {
    name: &'static str,
    seconds: f64,
    counts: Counts,
}

struct Run<'a> {
    workspace: Workspace,
    steps: Vec<Step>,
    /// Only these, if any are named.
    wanted: &'a [&'a str],
}

/// `cargo xtask test [STEP ...]`: all steps, or those that are named.
pub(crate) fn run(wanted: &[&str]) -> Result {
    let mut run = Run { workspace: Workspace::find()?, steps: Vec::new(), wanted };
    run.tools();
    if component("fmt") {
        run.command("format", &["fmt", "--all", "--check"]);
    }
    let python = system_python().is_ok()
        && run.action("environment", |w| setup::environment(w, "bindings/python/requirements-dev.txt"));
    if component("clippy") {
        // Without an environment the Python crate cannot be compiled.
        let scope: &[&str] = if python { &["--workspace"] } else { &[] };
        // The programs that hold endpoints to account are off by default.
        let rings = &["--features", "osisession-testkit/rings"];
        run.command(
            "lints",
            &[&["clippy", "--all-targets"], scope, rings, &["--", "-D", "warnings"]].concat(),
        );
        // With what is off by default.
        let journal = ["clippy", "--all-targets", "--all-features", "--package", "osisession-journal"];
        run.command("lints of the journal", &[&journal[..], &["--", "-D", "warnings"]].concat());
    }
    run.command(
        "rust",
        &[
            "test",
            "--no-fail-fast",
            "--workspace",
            "--exclude",
            "osisession-ffi",
            "--exclude",
            "osisession-python",
        ],
    );
    if on_path("etcd") {
        let arguments = [
            "test",
            "--no-fail-fast",
            "--package",
            "osisession-journal",
            "--features",
            "etcd",
            "--test",
            "etcd",
        ];
        run.command("etcd", &arguments);
    }
    run.command("c", &["test", "--no-fail-fast", "--package", "osisession-ffi"]);
    run.counted("dist", consumers::run);
    if on_path("doxygen") {
        run.action("manual", |w| manual::make(w).map(drop));
    }
    run.counted("replay", replay::check);
    let wheel = python && run.action("wheel", |w| setup::wheel(w).map(drop));
    if wheel {
        run.pytest("python", "bindings/python/tests");
        run.action("python manual", |w| manual::python(w).map(drop));
    }
    run.action("readme", readme::check);
    if wheel {
        run.counted("examples", examples::run);
        if run.action("interop set-up", |w| setup::environment(w, "interop/requirements.txt")) {
            run.pytest("interop", "interop");
        }
        run.action("demo", quiet_demo);
        run.action("sdist", package::check);
    }
    // Minutes of building, for what seldom changes: on a CI machine, or when asked for by name.
    if is_ci() || wanted.contains(&"benches") {
        run.command(
            "benches",
            &["check", "--quiet", "--manifest-path", "benches/Cargo.toml", "--all-targets"],
        );
    }
    if is_ci() || wanted.contains(&"hostile") {
        run.counted("hostile", load::hostile);
    }
    if is_ci() || wanted.contains(&"load") {
        run.counted("load", load::load);
    }
    if is_ci() || wanted.contains(&"durable") {
        run.counted("durable", load::durable);
    }
    if is_ci() || wanted.contains(&"sanitizers") {
        run.counted("sanitizers", sanitizers::run);
    }
    if is_ci() || wanted.contains(&"fuzz") {
        run.action("fuzz", |_| fuzz::run("20"));
    }
    run.report()
}

/// The demo; its ladder is shown only if it fails.
fn quiet_demo(workspace: &Workspace) -> Result {
    let mut ladder = String::new();
    let mut keep = |line: demo::Line<'_>| {
        ladder.push_str(&line.text(false));
        ladder.push('\n');
    };
    let outcome = demo::hold(workspace, &workspace.root.join("README.md"), &mut keep);
    outcome.map(drop).map_err(|text| format!("{ladder}{text}"))
}

/// True if cargo has this component.
fn component(name: &str) -> bool {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    Command::new(cargo).args([name, "--version"]).output().is_ok_and(|o| o.status.success())
}

impl Run<'_> {
    fn wants(&self, name: &str) -> bool {
        self.wanted.is_empty() || self.wanted.contains(&name)
    }

    /// A tool that is missing is named here, once; what needs it skips. On a CI machine it is a failure.
    fn tools(&mut self) {
        if !self.wants("tools") {
            return;
        }
        let has_cpp = ["c++", "g++", "clang++"].iter().any(|p| on_path(p));
        let tools = [
            ("rustfmt", component("fmt"), "the format is not checked (rustup component add rustfmt)"),
            ("clippy", component("clippy"), "lints are not checked (rustup component add clippy)"),
            ("cc", c_compiler().is_some(), "no C test runs (Debian: gcc)"),
            ("c++", has_cpp, "the header is not compiled as C++ (Debian: g++)"),
            ("valgrind", on_path("valgrind"), "C tests run plain only (Debian: valgrind)"),
            ("openssl", on_path("openssl"), "TLS is tried with ourselves alone (Debian: openssl)"),
            (
                "python",
                system_python().is_ok(),
                "neither the wheel nor what needs it is tested (3.11 or newer, with venv)",
            ),
            ("tshark", on_path("tshark"), "SPDUs are not compared with Wireshark (Debian: tshark)"),
            ("nm", on_path("nm"), "exported symbols are not compared (Debian: binutils)"),
            ("pkg-config", on_path("pkg-config"), "it is not tried to find the library (Debian: pkg-config)"),
            ("cmake", on_path("cmake"), "the CMake package is not tried (Debian: cmake)"),
            ("clang", on_path("clang"), "headers are compiled by one compiler only (Debian: clang)"),
            (
                "abidiff",
                on_path("abidiff"),
                "only our own comparison watches the ABI (Debian: abigail-tools)",
            ),
            ("dpkg-deb", on_path("dpkg-gensymbols"), "no Debian packages are made (Debian: dpkg-dev)"),
            ("etcd", on_path("etcd"), "the journal in etcd is not tested (Debian: etcd-server)"),
            ("doxygen", on_path("doxygen"), "the manual of the C ABI is not made (Debian: doxygen)"),
        ];
        let mut counts = Counts::default();
        for (name, there, without) in tools {
            if there {
                counts.passed += 1;
            } else if is_ci() {
                eprintln!("xtask: {name} is missing: {without}; CI must not skip");
                counts.failed += 1;
            } else {
                counts.skipped.push(format!("{name} is missing: {without}"));
            }
        }
        self.steps.push(Step { name: "tools", seconds: 0.0, counts });
    }

    /// A cargo command: its tests are counted; without any it counts as one test itself.
    fn command(&mut self, name: &'static str, arguments: &[&str]) {
        let mut command = self.workspace.cargo();
        command.args(arguments).env("PYO3_PYTHON", self.workspace.venv("python"));
        self.logged(name, &mut command, Counts::of_cargo);
    }

    fn pytest(&mut self, name: &'static str, directory: &str) {
        let mut command = self.workspace.python();
        command.args(["-X", "dev", "-m", "pytest"]);
        if name == "python" {
            // What the package's own tests warn of is a failure; programs of others may.
            command.args(["-W", "error"]);
        }
        command.args(["-q", "-rs", "--color=no", "-p", "no:cacheprovider", directory]);
        self.logged(name, &mut command, Counts::of_pytest);
    }

    fn logged(&mut self, name: &'static str, command: &mut Command, count: fn(&str) -> Counts) {
        if !self.wants(name) {
            return;
        }
        eprintln!("── {name}");
        let start = Instant::now();
        let finished =
            self.workspace.scratch("log").and_then(|d| keep(command, &d.join(format!("{name}.log"))));
        let counts = match finished {
            Ok(finished) => {
                let mut counts = count(&finished.output);
                if finished.success {
                    counts.passed = counts.passed.max(1);
                } else {
                    counts.failed = counts.failed.max(1);
                    eprintln!("{}", finished.output);
                }
                counts
            }
            Err(text) => failure(&text),
        };
        self.steps.push(Step { name, seconds: start.elapsed().as_secs_f64(), counts });
    }

    /// Something of our own that works or does not.
    fn action(&mut self, name: &'static str, action: impl FnOnce(&Workspace) -> Result) -> bool {
        self.counted(name, |w| action(w).map(|()| Counts { passed: 1, ..Counts::default() }))
    }

    /// True if nothing failed, also if the step is not wanted.
    fn counted(&mut self, name: &'static str, action: impl FnOnce(&Workspace) -> Result<Counts>) -> bool {
        if !self.wants(name) {
            return true;
        }
        eprintln!("── {name}");
        let start = Instant::now();
        let counts = action(&self.workspace).unwrap_or_else(|text| failure(&text));
        let good = counts.failed == 0;
        self.steps.push(Step { name, seconds: start.elapsed().as_secs_f64(), counts });
        good
    }

    fn report(&self) -> Result {
        println!("\n{:<16}{:>9}{:>8}{:>8}{:>9}", "step", "seconds", "passed", "failed", "skipped");
        let mut total = Counts::default();
        for Step { name, seconds, counts } in &self.steps {
            let Counts { passed, failed, skipped } = counts;
            println!("{name:<16}{seconds:>9.1}{passed:>8}{failed:>8}{:>9}", skipped.len());
            total.passed += passed;
            total.failed += failed;
            total.skipped.extend(skipped.iter().map(|why| format!("{name}: {why}")));
        }
        for why in &total.skipped {
            println!("skipped: {why}");
        }
        if let Some(name) = self.wanted.iter().find(|name| self.steps.iter().all(|step| step.name != **name))
        {
            return Err(format!("there is no step {name}, or a step that it needs failed"));
        }
        // A skip inside a test binary (a missing tool, a missing package) is a hole on a machine that must have everything.
        let holes = is_ci() && !total.skipped.is_empty();
        println!("{} passed, {} failed, {} skipped", total.passed, total.failed, total.skipped.len());
        match (total.failed, holes) {
            (0, false) => Ok(()),
            (0, true) => Err("CI must not skip".into()),
            (n, _) => Err(format!("{n} failed; logs are in {}", self.workspace.scratch("log")?.display())),
        }
    }
}

fn failure(text: &str) -> Counts {
    eprintln!("{text}");
    Counts { failed: 1, ..Counts::default() }
}
