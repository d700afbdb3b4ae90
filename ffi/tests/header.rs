//! The committed header is the one that the sources make; the library exports what the header declares, and no more.

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
