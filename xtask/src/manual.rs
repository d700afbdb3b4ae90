//! `cargo xtask manual`: the reference manuals, of the C ABI by doxygen from the headers, of the Python package by pdoc from its docstrings.
use crate::process::quiet;
use crate::setup;
use crate::workspace::Workspace;
use crate::{Result, Text};
use std::fs;
use std::process::Command;

/// `cargo xtask manual`.
pub(crate) fn run() -> Result {
    let workspace = Workspace::find()?;
    println!("{}", make(&workspace)?);
    setup::run()?;
    println!("{}", python(&workspace)?);
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

/// Prints each public name of the package that has no docstring.
const UNDESCRIBED: &str = "
import inspect, osisession, osisession.aio
for module in (osisession, osisession.aio):
    for name in module.__all__:
        thing = getattr(module, name)
        parts = vars(thing).items() if inspect.isclass(thing) else ()
        public = [(part, value) for part, value in parts if not part.startswith('_') and (callable(value) or isinstance(value, property))]
        for part, value in [('', thing), *public]:
            if not (inspect.getdoc(value) or '').strip():
                print(module.__name__, name, part)
";

/// Makes the reference of the Python package that is installed in the environment; a public name without a docstring is an error.
pub(crate) fn python(workspace: &Workspace) -> Result<String> {
    setup::environment(workspace, "bindings/python/requirements-manual.txt")?;
    let undescribed = quiet(workspace.python().args(["-c", UNDESCRIBED]))?;
    if !undescribed.trim().is_empty() {
        return Err(format!("these have no docstring:\n{undescribed}"));
    }
    let folder = workspace.output.parent().ok_or("the output folder has no parent")?.join("manual-python");
    if folder.exists() {
        fs::remove_dir_all(&folder).text("the manual of before")?;
    }
    let mut pdoc = workspace.python();
    pdoc.args(["-m", "pdoc", "--docformat", "restructuredtext", "--output-directory"]).arg(&folder);
    quiet(pdoc.args(["osisession", "osisession.aio"]))?;
    let page = folder.join("osisession.html");
    let text = fs::read_to_string(&page).text("the manual of Python")?;
    if text.contains("wait_connected") {
        Ok(page.display().to_string())
    } else {
        Err("pdoc made no manual".to_owned())
    }
}
