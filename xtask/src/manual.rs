//! `cargo xtask manual`: the reference manual of the C ABI, made from the headers by doxygen.
use crate::process::quiet;
use crate::workspace::Workspace;
use crate::{Result, Text};
use std::fs;
use std::process::Command;

/// `cargo xtask manual`.
pub(crate) fn run() -> Result {
    let workspace = Workspace::find()?;
    println!("{}", make(&workspace)?);
    Ok(())
}

/// Makes the manual; anything that has no description, and any reference to what is not there, is an error.
pub(crate) fn make(workspace: &Workspace) -> Result<String> {
    let folder = workspace.output.parent().ok_or("the output folder has no parent")?.join("manual");
    if folder.exists() {
        fs::remove_dir_all(&folder).text("the manual of before")?;
    }
    fs::create_dir_all(&folder).text("the manual's folder")?;
    let text = quiet(
        Command::new("doxygen")
            .arg("docs/Doxyfile")
            .current_dir(&workspace.root)
            .env("OSISESSION_MANUAL", &folder)
            .env("OSISESSION_VERSION", crate::dist::VERSION),
    )?;
    drop(text);
    let page = folder.join("html/index.html");
    if page.exists() { Ok(page.display().to_string()) } else { Err("doxygen made no manual".to_owned()) }
}
