//! The project's own commands, as `cargo xtask <command>`.
//!
//! | module | what it is |
//! |---|---|
//! | [`workspace`] | where things are: the root, the build's output, a Python, the tools of the system |
//! | [`process`] | run a command, keep its output, count its tests |
//! | [`sanitizers`] | the C tests under AddressSanitizer and ThreadSanitizer |
//! | [`setup`] | the virtual environment and the wheel |
//! | [`bench`] | what the boundaries cost |
//! | [`demo`] | the main job, live |
//! | [`dist`], [`deb`] | the C library, installed or as Debian packages |
//! | [`consumers`] | programs that find and use what `dist` installed |
//! | [`examples`] | each short program against each other |
//! | [`fuzz`] | the fuzz targets, on the stable compiler |
//! | [`manual`] | the reference manual of the C ABI |
//! | [`replay`] | what a program did with the C library, done again |
//! | [`readme`] | the listings of README.md are files that the tests run |
//! | [`table`] | the state tables as the library runs them |
//! | [`test`] | all of it, with counts |
mod bench;
mod consumers;
mod deb;
mod demo;
mod dist;
mod examples;
mod fuzz;
mod load;
mod manual;
mod package;
mod process;
mod readme;
mod replay;
mod sanitizers;
mod setup;
#[path = "../../ffi/symbols.rs"]
mod symbols;
mod table;
mod test;
mod workspace;

use std::process::ExitCode;

const USAGE: &str = "\
The project's own commands.

  cargo xtask demo [FILE]          a session between a C and a Python program; FILE travels both ways
  cargo xtask test [STEP ...]      every test: Rust, C, Python, examples, interop, demo; or some steps
  cargo xtask setup                the virtual environment .venv with the wheel in it
  cargo xtask table [A.8] [--tsv]  a state table of X.225 Annex A as the library runs it, or all
  cargo xtask table STA08 SCONrsp+ one cell of them
  cargo xtask simulate [--help]    two machines under seeds, as long as you like; replays a seed
  cargo xtask bench                what the C boundary costs
  cargo xtask fuzz SECONDS         each fuzz target for so long
  cargo xtask header               write include/osisession.h and osisession_dl.h anew
  cargo xtask abi                  keep what is published now in ffi/abi, for the checks of later versions
  cargo xtask dist --prefix P      install the C library with all that finds it: pkg-config, CMake
      [--destdir D] [--libdir L]     below D, in the folder L of the prefix (lib)
  cargo xtask deb FOLDER           the same as Debian packages
  cargo xtask package FOLDER       what is published for Python: a manylinux2014 wheel and the sources
  cargo xtask replay RECORDING     make the calls again that OSISESSION_RECORD=FILE wrote down, and compare
  cargo xtask manual               the reference manuals: C in target/manual, Python in target/manual-python
";

/// A command's result; the text says what to do about it.
pub(crate) type Result<T = ()> = std::result::Result<T, String>;

/// Says what an error of the system is about.
pub(crate) trait Text<T> {
    /// `what`: a file, a thing that was to be done.
    fn text(self, what: &str) -> Result<T>;
}

impl<T> Text<T> for std::io::Result<T> {
    fn text(self, what: &str) -> Result<T> {
        self.map_err(|error| format!("{what}: {error}"))
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments.as_slice() {
        ["demo"] => demo::run(None),
        ["demo", file] => demo::run(Some(file)),
        ["test", steps @ ..] => test::run(steps),
        ["setup"] => setup::run(),
        ["table", rest @ ..] => table::run(rest),
        ["bench"] => bench::run(),
        ["simulate", rest @ ..] => simulate(rest),
        ["fuzz", seconds] => fuzz::run(seconds),
        ["header"] => header(),
        ["abi"] => abi(),
        ["dist", rest @ ..] => dist::run(rest),
        ["deb", folder] => deb::run(folder),
        ["manual"] => manual::run(),
        ["package", folder] => package::run(folder),
        ["replay", recording] => replay::run(recording),
        [] | ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            Ok(())
        }
        _ => Err(format!("no such command\n\n{USAGE}")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            eprintln!("xtask: {text}");
            ExitCode::FAILURE
        }
    }
}

fn simulate(arguments: &[&str]) -> Result {
    let workspace = workspace::Workspace::find()?;
    let mut command = workspace.cargo();
    command.args([
        "run",
        "--quiet",
        "--release",
        "--package",
        "osisession-testkit",
        "--bin",
        "simulate",
        "--",
    ]);
    process::inherit(command.args(arguments))
}

/// What programs are compiled with from now on: docs/abi.md.
fn abi() -> Result {
    let workspace = workspace::Workspace::find()?;
    let version = concat!(env!("CARGO_PKG_VERSION_MAJOR"), ".", env!("CARGO_PKG_VERSION_MINOR"));
    let folder = workspace.root.join("ffi/abi").join(version);
    std::fs::create_dir_all(&folder).text("ffi/abi")?;
    for file in [
        "include/osisession.h",
        "include/osisession_dl.h",
        "ffi/osisession.symbols",
        "ffi/tests/c/harness.h",
        "ffi/tests/c/pair.h",
        "ffi/tests/c/walk.c",
        "ffi/tests/c/walk_loaded.c",
    ] {
        let name = std::path::Path::new(file).file_name().unwrap_or_default();
        std::fs::copy(workspace.root.join(file), folder.join(name)).text(file)?;
    }
    println!("ffi/abi/{version} is what is published now");
    Ok(())
}

fn header() -> Result {
    let workspace = workspace::Workspace::find()?;
    process::inherit(
        workspace
            .cargo()
            .args(["test", "--quiet", "--package", "osisession-ffi", "--test", "header"])
            .env("OSISESSION_UPDATE", "1"),
    )
}
