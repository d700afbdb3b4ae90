//! The virtual environment `.venv` and the wheel in it.
use crate::Result;
use crate::process::quiet;
use crate::workspace::{Workspace, system_python};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// `cargo xtask setup`.
pub(crate) fn run() -> Result {
    let workspace = Workspace::find()?;
    environment(&workspace, "bindings/python/requirements-dev.txt")?;
    let wheel = wheel(&workspace)?;
    println!("{wheel} is installed in .venv: . .venv/bin/activate");
    Ok(())
}

/// The virtual environment with what a requirements file asks for. Nothing is done when it is there already.
pub(crate) fn environment(workspace: &Workspace, requirements: &str) -> Result {
    let usable = Command::new(workspace.venv("python")).args(["-m", "pip", "--version"]).output();
    if !usable.is_ok_and(|o| o.status.success()) {
        let python = system_python()?;
        eprintln!("xtask: making .venv with {python}");
        quiet(Command::new(python).args(["-m", "venv", "--clear", ".venv"]).current_dir(&workspace.root))?;
    }
    let wanted = workspace.root.join(requirements);
    let wanted = fs::read_to_string(&wanted).map_err(|e| format!("{}: {e}", wanted.display()))?;
    let stamp = workspace.root.join(".venv").join(requirements.replace('/', "-"));
    if fs::read_to_string(&stamp).is_ok_and(|have| have == wanted) {
        return Ok(());
    }
    eprintln!("xtask: installing {requirements} in .venv");
    pip(workspace, &["install", "--quiet", "--only-binary", ":all:", "--requirement", requirements])?;
    fs::write(&stamp, wanted).map_err(|e| format!("{}: {e}", stamp.display()))
}

/// Builds the wheel with the dev profile, which shares all that the tests have compiled, and installs it.
pub(crate) fn wheel(workspace: &Workspace) -> Result<String> {
    let directory = workspace.scratch("wheel")?;
    for old in fs::read_dir(&directory).into_iter().flatten().flatten() {
        fs::remove_file(old.path()).map_err(|e| format!("{}: {e}", old.path().display()))?;
    }
    let target = workspace.output.parent().unwrap_or(&workspace.output);
    quiet(
        Command::new(workspace.venv("maturin"))
            .args(["build", "--manifest-path", "bindings/python/Cargo.toml", "--compatibility", "linux"])
            .arg("--interpreter")
            .arg(workspace.venv("python"))
            .arg("--out")
            .arg(&directory)
            .current_dir(&workspace.root)
            .env("CARGO_TARGET_DIR", target)
            .env_remove("VIRTUAL_ENV"),
    )?;
    let wheel = fs::read_dir(&directory)
        .map_err(|e| format!("{}: {e}", directory.display()))?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|e| e == "whl"))
        .ok_or("maturin said that it built a wheel, but there is none")?;
    pip(workspace, &["install", "--quiet", "--no-deps", "--force-reinstall", &wheel.to_string_lossy()])?;
    Ok(wheel.file_name().unwrap_or_default().to_string_lossy().into_owned())
}

fn pip(workspace: &Workspace, arguments: &[&str]) -> Result {
    quiet(workspace.python().args(["-m", "pip", "--disable-pip-version-check"]).args(arguments)).map(drop)
}

/// Builds the shared library and puts it under the names that the linker and the loader look for.
pub(crate) fn shared_library(workspace: &Workspace) -> Result<PathBuf> {
    quiet(workspace.cargo().args(["build", "--quiet", "--package", "osisession-ffi"]))?;
    let directory = workspace.scratch("lib")?;
    let library = workspace.output.join("libosisession.so");
    for name in ["libosisession.so", crate::dist::symbols(workspace)?.soname.as_str()] {
        let link = directory.join(name);
        if link.symlink_metadata().is_ok() {
            fs::remove_file(&link).map_err(|e| format!("{}: {e}", link.display()))?;
        }
        std::os::unix::fs::symlink(&library, &link).map_err(|e| format!("{}: {e}", link.display()))?;
    }
    Ok(directory)
}

/// Compiles a C program against `include/` and the shared library.
pub(crate) fn compile_c(workspace: &Workspace, library: &Path, source: &str, program: &Path) -> Result {
    let compiler =
        crate::workspace::c_compiler().ok_or("no C compiler: install gcc or clang, or name one in CC")?;
    quiet(
        Command::new(compiler)
            .args([
                "-std=c11",
                "-Wall",
                "-Wextra",
                "-Wpedantic",
                "-Werror",
                "-g",
                "-O1",
                "-D_POSIX_C_SOURCE=200809L",
            ])
            .args(["-I", "include", "-o"])
            .arg(program)
            .arg(source)
            .arg("-L")
            .arg(library)
            .arg("-losisession")
            .arg(format!("-Wl,-rpath,{}", library.display()))
            .current_dir(&workspace.root),
    )
    .map(drop)
}
