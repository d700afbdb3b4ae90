//! `cargo xtask bench`: what the boundaries cost, as ratios of things measured in turn in one run.
mod wire;

use crate::dist::{self, Layout};
use crate::process::quiet;
use crate::workspace::Workspace;
use crate::{Result, workspace};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Each program runs so often, in turn; the median counts.
const TURNS: usize = 7;

/// Names with nanoseconds, as the programs print them.
type Figures = BTreeMap<String, Vec<f64>>;

/// Builds what is released, runs it, prints one table.
pub(crate) fn run() -> Result {
    let workspace = Workspace::find()?;
    let prefix = workspace.scratch("bench")?.join("prefix");
    let built = dist::build(&workspace)?;
    dist::install(&workspace, &built, &Layout::below(&prefix))?;
    let target = workspace.scratch("bench")?.join("target");
    for binary in ["through", "wire"] {
        quiet(
            workspace
                .cargo()
                .args([
                    "build",
                    "--quiet",
                    "--release",
                    "--manifest-path",
                    "benches/Cargo.toml",
                    "--bin",
                    binary,
                ])
                .arg("--target-dir")
                .arg(&target),
        )?;
    }
    let rust = target.join("release/through");
    let c = compile(&workspace, "through", &prefix)?;
    let programs =
        wire::Programs { rust: target.join("release/wire"), c: compile(&workspace, "wire", &prefix)? };
    let (mut of_c, mut of_rust) = (Figures::new(), Figures::new());
    for _ in 0..TURNS {
        read(&quiet(&mut Command::new(&c))?, &mut of_c);
        read(&quiet(&mut Command::new(&rust))?, &mut of_rust);
    }
    let (bare, handle) = (median(&of_c, "bare"), median(&of_c, "handle"));
    println!("a bare call in C                     {bare:>10.1} ns");
    println!("a call through a handle              {handle:>10.1} ns");
    for size in ["64", "65536"] {
        let name = format!("data {size}");
        let (through_c, through_rust) = (median(&of_c, &name), median(&of_rust, &name));
        println!(
            "S-DATA of {size:>5} octets, request to indication: Rust {through_rust:>8.0} ns, C {through_c:>8.0} ns; \
             C has {:.2} of the throughput of Rust",
            through_rust / through_c
        );
    }
    wire::run(&workspace, &programs)
}

/// A C program of the benches, against the library that was installed below the prefix.
fn compile(workspace: &Workspace, name: &str, prefix: &Path) -> Result<PathBuf> {
    let program = workspace.scratch("bench")?.join(name);
    let library = prefix.join("lib");
    let compiler = workspace::c_compiler().ok_or("there is no C compiler")?;
    quiet(
        Command::new(compiler)
            .arg("-O2")
            .arg(workspace.root.join("benches/c").join(name).with_extension("c"))
            .arg("-o")
            .arg(&program)
            .arg("-I")
            .arg(prefix.join("include"))
            .arg("-L")
            .arg(&library)
            .arg("-losisession")
            .arg(format!("-Wl,-rpath,{}", library.display())),
    )?;
    Ok(program)
}

fn read(output: &str, figures: &mut Figures) {
    for line in output.lines() {
        if let Some((name, value)) = line.rsplit_once(' ')
            && let Ok(value) = value.parse()
        {
            figures.entry(name.to_owned()).or_default().push(value);
        }
    }
}

fn median(figures: &Figures, name: &str) -> f64 {
    let mut values = figures.get(name).cloned().unwrap_or_default();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
