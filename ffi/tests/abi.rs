//! Programs that were compiled with a header of before work with today's library: docs/abi.md says what is promised, these
//! tests keep it. `ffi/abi/` has what every minor version published: header, loader, symbols, and a program.

#[path = "support/build.rs"]
mod build;
#[path = "support/generate.rs"]
mod generate;
#[path = "support/surface.rs"]
mod surface;
#[path = "../symbols.rs"]
mod symbols;

use std::path::{Path, PathBuf};
use std::process::Command;
use surface::Surface;
use symbols::Symbols;

/// The folders of `ffi/abi`.
fn published() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("abi");
    let mut folders: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    assert!(!folders.is_empty());
    folders
}

fn read(path: PathBuf) -> String {
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn what_was_published_is_kept() {
    let today = Surface::of(&generate::header());
    for folder in published() {
        let before = Surface::of(&read(folder.join("osisession.h")));
        assert!(before.functions().count() > 70 && before.layouts().len() > 15);
        let broken = before.broken_by(&today);
        assert!(
            broken.is_empty(),
            "programs compiled with {} break:\n{}",
            folder.display(),
            broken.join("\n")
        );
    }
}

#[test]
fn symbols_keep_their_place_and_their_version() {
    let today = Symbols::read(include_str!("../osisession.symbols")).unwrap();
    for folder in published() {
        let before = Symbols::read(&read(folder.join("osisession.symbols"))).unwrap();
        assert_eq!(before.soname, today.soname);
        assert_eq!(before.functions, today.functions[..before.functions.len()]);
    }
}

const SMALL: &str = r#"
#define OSISESSION_OK 0
#define OSISESSION_BAD (-1)
#ifdef __cplusplus
extern "C" {
#endif
typedef struct osisession_octets {
  /** The first; and more. */
  const uint8_t *data;
  size_t length;
} osisession_octets;
typedef struct osisession_event {
  uint32_t struct_size;
  struct osisession_octets value;
  void (*hook)(void *user_data);
} osisession_event;
typedef struct osisession_session osisession_session;
typedef void (*osisession_release_fn)(const void *data,
                                      size_t length);
int32_t osisession_call(struct osisession_event *event,
                        uint8_t octets[16]);
const char *osisession_version(void);
static inline void osisession_init_struct(void *pointer, size_t size) { memset(pointer, 0, size); }
struct osisession_api {
  uint32_t struct_size;
  const char *(*version)(void);
};
"#;

#[test]
fn the_comparison_reads_the_header() {
    let surface = Surface::of(SMALL);
    let layouts = [
        ("osisession_api", vec!["struct_size", "version"]),
        ("osisession_event", vec!["struct_size", "value", "hook"]),
        ("osisession_octets", vec!["data", "length"]),
    ];
    assert_eq!(surface.layouts(), layouts);
    assert_eq!(surface.functions().count(), 2);
}

#[test]
fn the_comparison_sees_what_breaks_and_lets_pass_what_does_not() {
    let before = Surface::of(SMALL);
    let broken = |from: &str, to: &str| {
        assert!(SMALL.contains(from));
        before.broken_by(&Surface::of(&SMALL.replacen(from, to, 1)))
    };
    for (from, to, why) in [
        ("const char *osisession_version(void);", "", "osisession_version is gone"),
        ("octets[16]", "octets[17]", "osisession_call was"),
        ("int32_t osisession_call", "int64_t osisession_call", "osisession_call was"),
        ("(-1)", "(-2)", "OSISESSION_BAD was (-1)"),
        ("const void *data,\n", "const void *data, int a,\n", "osisession_release_fn was"),
        ("typedef struct osisession_session osisession_session;\n", "", "osisession_session is gone"),
        ("#define OSISESSION_OK 0\n", "", "OSISESSION_OK is gone"),
        (
            "uint32_t struct_size;\n  struct",
            "uint32_t struct_size;\n  uint32_t a;\n  struct",
            "what was there has changed",
        ),
        ("  size_t length;\n", "", "what was there has changed"),
        (
            "size_t length;",
            "size_t length;\n  int more;",
            "osisession_octets has grown, and has no struct_size",
        ),
        (
            "size_t length;",
            "size_t length;\n  int more;",
            "osisession_octets has grown inside osisession_event",
        ),
        ("*(*version)(void);", "*(*other)(void);", "struct osisession_api"),
    ] {
        let broken = broken(from, to);
        assert!(broken.iter().any(|line| line.contains(why)), "{to:?}: {broken:?}");
    }
    for (from, to) in [
        ("*user_data);\n", "*user_data);\n  uint32_t more;\n"),
        ("*(*version)(void);", "*(*version)(void);\n  int (*more)(void);"),
        ("osisession_version(void);", "osisession_version(void);\nint osisession_more(void);"),
        ("#define OSISESSION_OK 0", "#define OSISESSION_OK 0\n#define OSISESSION_MORE 1"),
        ("The first; and more.", "Another comment"),
    ] {
        assert_eq!(broken(from, to), [""; 0], "{to:?}");
    }
}

/// A library with the functions of a header and nothing in them, and debug information that says what they are.
fn hollow(header: &str, name: &str) -> PathBuf {
    let folder = build::scratch().join(format!("hollow-{name}"));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("osisession.h"), header).unwrap();
    let mut text = "#include \"osisession.h\"\n".to_owned();
    for function in Surface::of(header).functions() {
        text.push_str(&format!("{function}\n{{\n  return 0;\n}}\n"));
    }
    let source = folder.join("hollow.c");
    std::fs::write(&source, text).unwrap();
    let library = folder.join("libhollow.so");
    build::succeed(
        build::compiler("c").args(["-g", "-w", "-shared", "-fPIC", "-o"]).arg(&library).arg(&source),
    );
    library
}

/// libabigail's opinion on what two headers have in common; a function may be added. True: nothing breaks.
fn abidiff(before: &str, newer: &str, name: &str) -> Option<(bool, String)> {
    let mut abidiff = build::tool("abidiff")?;
    let known = Surface::of(before).known_of(newer);
    abidiff.arg("--no-added-syms").arg(hollow(before, &format!("{name}-before"))).arg(hollow(&known, name));
    let output = abidiff.output().unwrap();
    Some((output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned()))
}

#[test]
fn abidiff_sees_nothing_that_breaks() {
    let header = generate::header();
    for folder in published() {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let Some((same, said)) = abidiff(&read(folder.join("osisession.h")), &header, &name) else { return };
        assert!(same, "{said}");
    }
    for (name, from, to, breaks) in [
        ("gone", "const char *osisession_version(void);", "", true),
        ("parameter", "osisession_abi_version(void)", "osisession_abi_version(int a)", true),
        ("wider", "  uint32_t octets_length;\n", "  uint64_t octets_length;\n", true),
        ("field", "  char text[256];\n", "  char text[256];\n  char more[8];\n", false),
        (
            "function",
            "const char *osisession_version(void);",
            "const char *osisession_version(void);\n\nint osisession_b(void);",
            false,
        ),
    ] {
        assert!(header.contains(from), "{from}");
        let changed = header.replacen(from, to, 1);
        let Some((same, said)) = abidiff(&header, &changed, name) else { return };
        assert_eq!(same, !breaks, "{from:?} to {to:?}: {said}");
    }
}

/// Compiled with the header of then, run with the library of now: linked, and loaded by the loader of then.
#[test]
fn programs_of_before_run_with_todays_library() {
    for folder in published() {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let include = ["-I", folder.to_str().unwrap()];
        let linked = build::scratch().join(format!("walk-{name}"));
        let mut arguments = include.to_vec();
        let search = build::library().parent().unwrap().to_str().unwrap();
        let path = format!("-Wl,-rpath,{}", build::scratch().display());
        arguments.extend(["-Wl,--no-as-needed", "-L", search, "-losisession", &path]);
        build::compile_unlinked(&folder.join("walk.c"), &linked, &arguments);
        build::succeed(&mut Command::new(&linked));
        let loaded = build::scratch().join(format!("walk_loaded-{name}"));
        build::compile_unlinked(&folder.join("walk_loaded.c"), &loaded, &include);
        build::succeed(Command::new(&loaded).arg(build::library()));
    }
}
