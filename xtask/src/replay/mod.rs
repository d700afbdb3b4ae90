//! `cargo xtask replay`: a recording of calls becomes a C program, which is compiled against the library of today and run.
mod check;
mod log;
mod program;

pub(crate) use check::check;

use crate::process::quiet;
use crate::workspace::Workspace;
use crate::{Result, Text};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Replays a recording and says what is different.
pub(crate) fn run(recording: &str) -> Result {
    let workspace = Workspace::find()?;
    let library = library(&workspace)?;
    let folder = workspace.scratch("replay")?;
    let (program, left_out) = build(&workspace, Path::new(recording), &library, &folder.join("replayed"))?;
    println!("{} makes the calls again", program.with_extension("c").display());
    if left_out > 0 {
        println!("{left_out} calls depended on the time and are left out");
    }
    crate::process::inherit(&mut Command::new(program))
}

/// The static library, built.
pub(crate) fn library(workspace: &Workspace) -> Result<PathBuf> {
    quiet(workspace.cargo().args(["build", "--quiet", "--package", "osisession-ffi"]))?;
    Ok(workspace.output.join("libosisession.a"))
}

/// The program of a recording, and how many calls are left out.
pub(crate) fn build(
    workspace: &Workspace,
    recording: &Path,
    library: &Path,
    program: &Path,
) -> Result<(PathBuf, usize)> {
    let text = std::fs::read_to_string(recording).text(&recording.display().to_string())?;
    let header = workspace.root.join("include/osisession.h");
    let header = std::fs::read_to_string(&header).text("include/osisession.h")?;
    let mut log = log::Log::read(&text)?;
    program::name_sessions(&mut log);
    let (source, left_out) = program::write(&log, &program::Declarations::read(&header))?;
    let file = program.with_extension("c");
    std::fs::write(&file, source).text(&file.display().to_string())?;
    compile(workspace, &file, library, program)?;
    Ok((program.to_owned(), left_out))
}

fn compile(workspace: &Workspace, source: &Path, library: &Path, program: &Path) -> Result {
    let compiler = crate::workspace::c_compiler().ok_or("there is no C compiler")?;
    quiet(
        Command::new(compiler)
            .args(["-std=gnu11", "-g", "-O0", "-w", "-pthread", "-I"])
            .arg(workspace.root.join("include"))
            .arg(source)
            .arg(library)
            .args(["-ldl", "-lm", "-o"])
            .arg(program),
    )?;
    Ok(())
}
