//! Where things are.
use crate::Result;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The repository and its build output.
pub(crate) struct Workspace {
    /// The repository's root.
    pub(crate) root: PathBuf,
    /// What cargo builds with the dev profile: `target/debug`.
    pub(crate) output: PathBuf,
}

/// The oldest Python that the wheel runs on.
const PYTHON: (u32, u32) = (3, 11);

impl Workspace {
    /// Found from this program's own place: cargo built it into the directory that it builds everything else into.
    pub(crate) fn find() -> Result<Workspace> {
        let root =
            Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("xtask stands outside a workspace")?;
        let program = env::current_exe().map_err(|e| format!("own path unknown: {e}"))?;
        let output = program.parent().ok_or("own path has no directory")?;
        Ok(Workspace { root: root.to_owned(), output: output.to_owned() })
    }

    /// Scratch space for what xtask builds and runs by itself.
    pub(crate) fn scratch(&self, name: &str) -> Result<PathBuf> {
        let path = self.output.join("xtask-work").join(name);
        std::fs::create_dir_all(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        Ok(path)
    }

    /// Cargo, in the root, with the output directory of this program.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.current_dir(&self.root);
        command
    }

    /// A program of the virtual environment.
    pub(crate) fn venv(&self, program: &str) -> PathBuf {
        self.root.join(".venv").join("bin").join(program)
    }

    /// A command that runs the virtual environment's Python in the root.
    pub(crate) fn python(&self) -> Command {
        let mut command = Command::new(self.venv("python"));
        command.current_dir(&self.root).env("PYTHONUNBUFFERED", "1").env_remove("PYTHONPATH");
        command
    }
}

/// True on a machine that must not skip anything.
pub(crate) fn is_ci() -> bool {
    env::var("CI").is_ok_and(|v| !v.is_empty() && v != "false" && v != "0")
}

/// True if a program of this name is on PATH.
pub(crate) fn on_path(program: &str) -> bool {
    env::split_paths(&env::var_os("PATH").unwrap_or_default()).any(|d| d.join(program).is_file())
}

/// The C compiler: `$CC`, or the first of cc, gcc, clang.
pub(crate) fn c_compiler() -> Option<String> {
    env::var("CC").ok().or_else(|| ["cc", "gcc", "clang"].into_iter().find(|p| on_path(p)).map(str::to_owned))
}

/// The first Python that is new enough and can make virtual environments.
pub(crate) fn system_python() -> Result<String> {
    let named = env::var("PYTHON").ok();
    let candidates = named.as_deref().map_or_else(
        || vec!["python3", "python3.11", "python3.12", "python3.13", "python3.14"],
        |name| vec![name],
    );
    let wanted = format!("import sys, venv, ensurepip; sys.exit(sys.version_info < {PYTHON:?})");
    candidates
        .iter()
        .find(|p| Command::new(p).args(["-c", &wanted]).output().is_ok_and(|o| o.status.success()))
        .map(|p| (*p).to_owned())
        .ok_or_else(|| {
            format!(
                "no Python {}.{} or newer with the venv module among {}; install one (Debian: python3-venv) or name it in PYTHON",
                PYTHON.0,
                PYTHON.1,
                candidates.join(", ")
            )
        })
}
