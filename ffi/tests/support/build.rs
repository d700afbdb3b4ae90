//! Builds the library as a user does, compiles C against it, runs what came out.
#![allow(dead_code, reason = "each test program uses its part")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// The repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Where the tests put what they make.
pub(crate) fn scratch() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

/// The shared library, built once, and reachable under its soname in [`scratch`].
pub(crate) fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        // A test of a cdylib is not linked with it, so cargo does not build it by itself.
        let target = scratch().parent().expect("the scratch folder is in the target folder");
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--package", "osisession-ffi", "--target-dir"]).arg(target);
        let profile = if cfg!(debug_assertions) { "debug" } else { "release" };
        if profile == "release" {
            cargo.arg("--release");
        }
        assert!(cargo.current_dir(root()).status().expect("cargo runs").success());
        let built = target.join(profile).join("libosisession.so");
        for name in ["libosisession.so", "libosisession.so.0"] {
            let link = scratch().join(name);
            if std::fs::read_link(&link).is_ok_and(|to| to == built) {
                continue;
            }
            let _ = std::fs::remove_file(&link);
            std::os::unix::fs::symlink(&built, &link).expect("the scratch folder is writable");
        }
        built
    })
}

/// The C or C++ compiler: `CC`, `CXX`, or what the system calls `cc`, `c++`.
pub(crate) fn compiler(language: &str) -> Command {
    let (variable, usual) = if language == "c++" { ("CXX", "c++") } else { ("CC", "cc") };
    Command::new(std::env::var_os(variable).unwrap_or_else(|| usual.into()))
}

/// Compiles a C program with every warning an error, and links it with the library.
pub(crate) fn compile(source: &Path) -> PathBuf {
    let program = scratch().join(source.file_stem().expect("a source has a name"));
    compile_to(source, &program);
    program
}

/// The same, to a file of another name.
pub(crate) fn compile_to(source: &Path, program: &Path) {
    let library = library().parent().expect("a file is in a folder");
    let mut cc = compiler("c");
    cc.args(["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", "-g", "-pthread"])
        .arg("-I")
        .arg(root().join("include"))
        .arg(source)
        .arg("-o")
        .arg(program)
        .arg("-L")
        .arg(library)
        .args(["-losisession", "-ldl"])
        .arg(format!("-Wl,-rpath,{}", scratch().display()));
    succeed(&mut cc);
}

/// Compiles a C program that finds the library at run time or not at all. `more`: arguments for the compiler.
pub(crate) fn compile_unlinked(source: &Path, program: &Path, more: &[&str]) {
    let mut cc = compiler("c");
    cc.args(["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", "-g", "-pthread"]).args(more);
    cc.arg("-I").arg(root().join("include")).arg(source).arg("-ldl").arg("-o").arg(program);
    succeed(&mut cc);
}

/// Compiles a C++ program as [`compile`] does a C program.
pub(crate) fn compile_cpp(source: &Path, program: &Path) {
    compile_cpp_with(&[], source, program);
}

/// The same, with more flags.
pub(crate) fn compile_cpp_with(flags: &[&str], source: &Path, program: &Path) {
    let library = library().parent().expect("a file is in a folder");
    let mut cpp = compiler("c++");
    cpp.args(["-std=c++17", "-Wall", "-Wextra", "-pedantic", "-Werror", "-g"]);
    cpp.args(flags)
        .arg("-I")
        .arg(root().join("include"))
        .arg(source)
        .arg("-o")
        .arg(program)
        .arg("-L")
        .arg(library);
    cpp.arg("-losisession").arg(format!("-Wl,-rpath,{}", scratch().display()));
    succeed(&mut cpp);
}

/// Links a C program with the static library, which then needs no file at run time.
pub(crate) fn compile_static(source: &Path, program: &Path) {
    let archive = library().with_extension("a");
    let mut cc = compiler("c");
    cc.args(["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", "-pthread", "-I"]);
    cc.arg(root().join("include")).arg(source).arg(archive).args(["-ldl", "-lm", "-o"]).arg(program);
    succeed(&mut cc);
}

/// Runs a command that must succeed, and gives back what it wrote.
pub(crate) fn succeed(command: &mut Command) -> String {
    let Output { status, stdout, stderr } =
        command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let (stdout, stderr) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "{command:?}: {status}\n{stdout}\n{stderr}");
    stdout.into_owned()
}

/// A tool that a test cannot do without: under `CI` it must be there, elsewhere the test says what it leaves out.
pub(crate) fn tool(name: &str) -> Option<Command> {
    if Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success()) {
        return Some(Command::new(name));
    }
    assert!(std::env::var_os("CI").is_none(), "{name} is not installed, and CI must run every test");
    eprintln!("skipped: {name} is not installed");
    None
}
