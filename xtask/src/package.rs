//! What is published for Python: a wheel for every Linux since 2014, and the sources from which one builds.
use crate::process::quiet;
use crate::setup;
use crate::workspace::Workspace;
use crate::{Result, Text};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// `cargo xtask package FOLDER`: both, in the release profile. The wheel is linked by zig against the C library of manylinux2014.
pub(crate) fn run(folder: &str) -> Result {
    let workspace = Workspace::find()?;
    setup::environment(&workspace, "bindings/python/requirements-dev.txt")?;
    setup::environment(&workspace, "bindings/python/requirements-package.txt")?;
    let folder = std::path::absolute(folder).text(folder)?;
    fs::create_dir_all(&folder).text("the folder")?;
    let mut wheel = maturin(&workspace, &workspace.root, "build");
    wheel.args(["--release", "--zig", "--compatibility", "manylinux2014", "--out"]).arg(&folder);
    quiet(wheel.env("CARGO_TARGET_DIR", workspace.scratch("package")?))?;
    quiet(maturin(&workspace, &workspace.root, "sdist").arg("--out").arg(&folder))?;
    for entry in fs::read_dir(&folder).text("the folder")?.flatten() {
        println!("{}", entry.path().display());
    }
    Ok(())
}

/// The sources build by themselves: packed, unpacked elsewhere, a wheel built there and asked what it is.
pub(crate) fn check(workspace: &Workspace) -> Result {
    let folder = workspace.scratch("sdist")?;
    fs::remove_dir_all(&folder).text("the folder")?;
    fs::create_dir_all(&folder).text("the folder")?;
    quiet(maturin(workspace, &workspace.root, "sdist").arg("--out").arg(&folder))?;
    let archive = only(&folder, ".tar.gz")?;
    quiet(Command::new("tar").arg("-xf").arg(&archive).arg("-C").arg(&folder))?;
    let name = archive.file_name().unwrap_or_default().to_string_lossy();
    let sources = folder.join(name.trim_end_matches(".tar.gz"));
    let mut build = maturin(workspace, &sources, "build");
    // Dependencies are those that the tests have compiled.
    let target = workspace.output.parent().unwrap_or(&workspace.output);
    quiet(build.args(["--compatibility", "linux", "--out"]).arg(&folder).env("CARGO_TARGET_DIR", target))?;
    let wheel = only(&folder, ".whl")?;
    let installed = folder.join("installed");
    quiet(
        workspace
            .python()
            .args(["-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps", "--target"])
            .arg(&installed)
            .arg(&wheel),
    )?;
    let program = "import osisession; print(osisession.decode(bytes.fromhex('0900'))[0])";
    let said =
        quiet(workspace.python().args(["-c", program]).env("PYTHONPATH", &installed).current_dir(&folder))?;
    if said.contains("FINISH") || said.contains("FN") {
        Ok(())
    } else {
        Err(format!("it decodes wrongly: {said}"))
    }
}

fn maturin(workspace: &Workspace, root: &Path, command: &str) -> Command {
    let mut maturin = Command::new(workspace.venv("maturin"));
    maturin.arg(command).current_dir(root).env_remove("VIRTUAL_ENV");
    // maturin looks for zig as a module of the Python on the path.
    let programs = workspace.venv("maturin").parent().map(Path::to_path_buf).unwrap_or_default();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(programs).chain(std::env::split_paths(&path));
    if let Ok(paths) = std::env::join_paths(paths) {
        maturin.env("PATH", paths);
    }
    if root == workspace.root {
        maturin.args(["--manifest-path", "bindings/python/Cargo.toml"]);
    }
    if command == "build" {
        maturin.arg("--interpreter").arg(workspace.venv("python"));
    }
    maturin
}

/// The one file with this ending.
fn only(folder: &Path, ending: &str) -> Result<PathBuf> {
    let files = fs::read_dir(folder).text("the folder")?.flatten().map(|entry| entry.path());
    files
        .into_iter()
        .find(|path| path.to_string_lossy().ends_with(ending))
        .ok_or_else(|| format!("there is no *{ending} in {}", folder.display()))
}
