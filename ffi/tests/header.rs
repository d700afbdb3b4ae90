//! The committed header is the one that the sources make, compilers take it without a warning, and the library exports what
//! it declares and no more.

#[path = "support/build.rs"]
mod build;
#[path = "support/generate.rs"]
mod generate;

use std::path::Path;

/// Run with `OSISESSION_UPDATE=1` to write the header.
#[test]
fn the_committed_header_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../include/osisession.h");
    let made = generate::header();
    if std::env::var_os("OSISESSION_UPDATE").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    if let Some((line, (made, committed))) =
        made.lines().zip(committed.lines()).enumerate().find(|(_, (made, committed))| made != committed)
    {
        panic!(
            "line {}: the sources make {made:?}, the file has {committed:?} (OSISESSION_UPDATE=1 writes it)",
            line + 1
        );
    }
    assert!(made == committed, "the file has other lines at its end (OSISESSION_UPDATE=1 writes it)");
}

#[test]
fn every_function_is_in_the_table_once() {
    let header = generate::header();
    let names = generate::names_in_table();
    let mut declared: Vec<&str> = header
        .lines()
        .filter(|line| !line.starts_with([' ', '#', '/', '}', 's']))
        .filter_map(|line| line.split_once('(').map(|(before, _)| before))
        .filter_map(|before| before.rsplit([' ', '*']).next())
        .filter(|name| name.starts_with("osisession_"))
        .collect();
    declared.retain(|name| *name != "osisession_get_api");
    declared.sort_unstable();
    let mut listed: Vec<&str> = names.iter().map(String::as_str).collect();
    listed.sort_unstable();
    assert_eq!(declared, listed);
}

#[test]
fn only_the_declared_names_are_exported() {
    let Some(mut nm) = build::tool("nm") else { return };
    let symbols = build::succeed(nm.args(["--dynamic", "--defined-only"]).arg(build::library()));
    let mut exported: Vec<&str> = symbols.lines().filter_map(|line| line.split_whitespace().nth(2)).collect();
    exported.sort_unstable();
    let mut declared = generate::names_in_table();
    declared.push("osisession_get_api".to_owned());
    declared.sort_unstable();
    assert_eq!(exported, declared);
}

#[test]
fn it_has_a_soname_and_is_never_unmapped() {
    let Some(mut readelf) = build::tool("readelf") else { return };
    let dynamic = build::succeed(readelf.args(["--dynamic", "--wide"]).arg(build::library()));
    let soname = format!("[libosisession.so.{}]", env!("CARGO_PKG_VERSION_MAJOR"));
    assert!(dynamic.lines().any(|line| line.contains("SONAME") && line.contains(&soname)), "{dynamic}");
    assert!(dynamic.lines().any(|line| line.contains("FLAGS_1") && line.contains("NODELETE")), "{dynamic}");
    assert!(!dynamic.contains("TEXTREL"), "{dynamic}");
}

/// Each standard on its own, nothing but the header, and its macros used.
#[test]
fn the_header_compiles_everywhere_without_a_warning() {
    let source = build::scratch().join("header_alone.c");
    let text = "#include <osisession.h>\n\
        int main(void)\n{\n  osisession_event event;\n  OSISESSION_INIT(&event);\n  \
        event.token_sides = OSISESSION_TOKEN_SIDES(0, 1, 2, 0);\n  \
        return OSISESSION_TOKEN_SIDE(event.token_sides, OSISESSION_TOKEN_SYNCHRONIZE_MINOR) == 1u &&\n    \
        2 -OSISESSION_E_NULL == 102 ? 0 : 1;\n}\n";
    std::fs::write(&source, text).unwrap();
    for (language, standards) in [("c", ["c99", "c11", "c17"]), ("c++", ["c++11", "c++14", "c++17"])] {
        for standard in standards {
            let mut compiler = build::compiler(language);
            compiler.arg("-x").arg(language).arg(format!("-std={standard}"));
            compiler.args(["-Wall", "-Wextra", "-pedantic", "-Werror", "-Wconversion", "-Wshadow"]);
            compiler.arg("-I").arg(build::root().join("include")).arg(&source);
            let program = build::scratch().join(format!("header_alone_{standard}"));
            build::succeed(compiler.arg("-o").arg(&program));
            build::succeed(&mut std::process::Command::new(&program));
        }
    }
}
