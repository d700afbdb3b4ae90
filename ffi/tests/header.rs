//! The committed headers are those that the sources make, compilers take them without a warning, and the library exports what
//! they declare and no more.

#[path = "support/build.rs"]
mod build;
#[path = "support/generate.rs"]
mod generate;

#[path = "support/loader.rs"]
mod loader;
#[path = "../symbols.rs"]
mod symbols;

use std::path::{Path, PathBuf};

fn symbols_file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("osisession.symbols")
}

fn symbols() -> symbols::Symbols {
    symbols::Symbols::read(&std::fs::read_to_string(symbols_file()).unwrap()).unwrap()
}

/// Every function that the header declares, sorted.
fn declared() -> Vec<String> {
    let header = generate::header();
    let mut declared: Vec<String> = header
        .lines()
        .filter(|line| !line.starts_with([' ', '#', '/', '}', 's']))
        .filter_map(|line| line.split_once('(').map(|(before, _)| before))
        .filter_map(|before| before.rsplit([' ', '*']).next())
        .filter(|name| name.starts_with("osisession_"))
        .map(str::to_owned)
        .collect();
    declared.sort_unstable();
    declared
}

/// Compares a committed file with what the sources make; with `OSISESSION_UPDATE=1` it is written.
fn up_to_date(name: &str, made: &str) {
    let path = build::root().join("include").join(name);
    if std::env::var_os("OSISESSION_UPDATE").is_some() {
        std::fs::write(&path, made).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    if let Some((line, (made, committed))) =
        made.lines().zip(committed.lines()).enumerate().find(|(_, (made, committed))| made != committed)
    {
        panic!(
            "{name}, line {}: the sources make {made:?}, the file has {committed:?} (cargo xtask header writes it)",
            line + 1
        );
    }
    assert!(made == committed, "{name} has other lines at its end (cargo xtask header writes it)");
}

#[test]
fn the_committed_header_is_up_to_date() {
    up_to_date("osisession.h", &generate::header());
}

#[test]
fn the_committed_loader_is_up_to_date() {
    up_to_date("osisession_dl.h", &loader::loader(&generate::header(), &symbols().soname));
}

/// With `OSISESSION_UPDATE=1` new functions are put at the end, as of this version.
#[test]
fn the_list_of_symbols_has_every_function_once() {
    let mut declared = declared();
    let (mut listed, mut text) = (symbols().functions, std::fs::read_to_string(symbols_file()).unwrap());
    if std::env::var_os("OSISESSION_UPDATE").is_some() {
        let version = concat!(env!("CARGO_PKG_VERSION_MAJOR"), ".", env!("CARGO_PKG_VERSION_MINOR"));
        for name in declared.iter().filter(|name| listed.iter().all(|(listed, _)| listed != *name)) {
            text.push_str(&format!("{name} {version}\n"));
        }
        if listed.len() != declared.len() {
            std::fs::write(symbols_file(), text).unwrap();
        }
        listed = symbols().functions;
    }
    let mut listed: Vec<String> = listed.into_iter().map(|(name, _)| name).collect();
    listed.sort_unstable();
    declared.sort_unstable();
    assert_eq!(declared, listed, "osisession.symbols (cargo xtask header adds what is new)");
}

#[test]
fn the_version_script_has_a_node_for_each_version() {
    let text = "soname x.so.0\nosisession_a 0.1\nosisession_c 0.10\n# b is younger than c is old\nosisession_b 0.9\n";
    let symbols = symbols::Symbols::read(text).unwrap();
    assert_eq!(symbols.versions(), ["0.1", "0.9", "0.10"]);
    assert_eq!(
        symbols.version_script().split_whitespace().collect::<Vec<_>>().join(" "),
        "OSISESSION_0.1 { global: osisession_a; local: *; }; OSISESSION_0.9 { global: osisession_b; } OSISESSION_0.1; \
         OSISESSION_0.10 { global: osisession_c; } OSISESSION_0.9;"
    );
    assert!(symbols::Symbols::read("soname x\nmalloc 0.1\n").is_err());
}

#[test]
fn every_function_is_in_the_table_once() {
    let mut declared = declared();
    declared.retain(|name| *name != "osisession_get_api");
    let mut listed = generate::names_in_table();
    listed.sort_unstable();
    assert_eq!(declared, listed);
}

#[test]
fn only_the_declared_names_are_exported() {
    let Some(mut nm) = build::tool("nm") else { return };
    let exported = build::succeed(nm.args(["--dynamic", "--defined-only"]).arg(build::library()));
    let mut exported: Vec<&str> =
        exported.lines().filter_map(|line| line.split_whitespace().nth(2)).collect();
    exported.sort_unstable();
    assert_eq!(exported, declared());
}

#[test]
fn it_has_a_soname_and_is_never_unmapped() {
    let Some(mut readelf) = build::tool("readelf") else { return };
    let dynamic = build::succeed(readelf.args(["--dynamic", "--wide"]).arg(build::library()));
    let soname = format!("[{}]", symbols().soname);
    assert!(dynamic.lines().any(|line| line.contains("SONAME") && line.contains(&soname)), "{dynamic}");
    assert!(dynamic.lines().any(|line| line.contains("FLAGS_1") && line.contains("NODELETE")), "{dynamic}");
    assert!(!dynamic.contains("TEXTREL"), "{dynamic}");
    assert!(dynamic.contains("SYMBOLIC"), "{dynamic}");
}

/// Compilers that must take the headers: `CC` and `CXX`, or what the system calls `cc` and `c++`, and clang.
fn compilers(language: &str) -> Vec<std::process::Command> {
    let clang = build::tool(if language == "c" { "clang" } else { "clang++" });
    [Some(build::compiler(language)), clang].into_iter().flatten().collect()
}

/// Each standard on its own, nothing but the header, and its macros used; the loader as it is used and as it is made.
#[test]
fn the_headers_compile_everywhere_without_a_warning() {
    let folder = build::scratch();
    let alone = folder.join("header_alone.c");
    let text = "#include <osisession.h>\n\
        int main(void)\n{\n  osisession_event event;\n  OSISESSION_INIT(&event);\n  \
        event.token_sides = OSISESSION_TOKEN_SIDES(0, 1, 2, 0);\n  \
        return OSISESSION_TOKEN_SIDE(event.token_sides, OSISESSION_TOKEN_SYNCHRONIZE_MINOR) == 1u &&\n    \
        2 -OSISESSION_E_NULL == 102 ? 0 : 1;\n}\n";
    std::fs::write(&alone, text).unwrap();
    let loaded = folder.join("header_loaded.c");
    let text = "#include <osisession_dl.h>\n#define OSISESSION_DL_IMPLEMENTATION\n#include <osisession_dl.h>\n\
        #include <osisession_dl.h>\n\
        int main(void)\n{\n  return osisession_endpoint_free(NULL) == OSISESSION_E_NOT_LOADED &&\n    \
        !OSISESSION_DL_HAS(decode) ? 0 : 1;\n}\n";
    std::fs::write(&loaded, text).unwrap();
    for (language, standards) in
        [("c", &["c99", "c11", "c17"][..]), ("c++", &["c++11", "c++14", "c++17", "c++20"])]
    {
        for compiler in compilers(language) {
            for standard in standards {
                for source in [&alone, &loaded] {
                    let mut compiler = std::process::Command::new(compiler.get_program());
                    compiler.arg("-x").arg(language).arg(format!("-std={standard}"));
                    compiler.args(["-Wall", "-Wextra", "-pedantic", "-Werror", "-Wconversion", "-Wshadow"]);
                    compiler.arg("-I").arg(build::root().join("include")).arg(source);
                    let program = folder.join(format!("header_{standard}"));
                    build::succeed(compiler.args(["-x", "none", "-ldl", "-o"]).arg(&program));
                    build::succeed(&mut std::process::Command::new(&program));
                }
            }
        }
    }
}

/// What C++ adds, each header alone and twice, with each standard that it claims.
#[test]
fn the_headers_for_cpp_compile_without_a_warning() {
    for (header, name) in [
        ("osisession.hpp", "osisession::event"),
        ("osisession_rpc.hpp", "osisession::rpc::server"),
        ("osisession_scp.hpp", "osisession::scp::endpoint"),
        ("osisession_zip.hpp", "osisession::zip::node"),
    ] {
        let source = build::scratch().join(header).with_extension("cpp");
        std::fs::write(&source, format!("#include <{header}>\n#include <{header}>\n{name} thing;\n"))
            .unwrap();
        compiles_as_cpp(&source);
    }
}

fn compiles_as_cpp(source: &Path) {
    for compiler in compilers("c++") {
        for standard in ["c++17", "c++20"] {
            for exceptions in ["-fexceptions", "-fno-exceptions"] {
                let mut compiler = std::process::Command::new(compiler.get_program());
                compiler.args([
                    "-Wall",
                    "-Wextra",
                    "-pedantic",
                    "-Wshadow",
                    "-Werror",
                    "-fsyntax-only",
                    exceptions,
                ]);
                compiler
                    .arg(format!("-std={standard}"))
                    .arg("-I")
                    .arg(build::root().join("include"))
                    .arg(source);
                build::succeed(&mut compiler);
            }
        }
    }
}
