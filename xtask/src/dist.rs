//! `cargo xtask dist`: what a C or C++ program needs, installed under a prefix.
//!
//! | product | made from |
//! |---|---|
//! | `libosisession.so.VERSION`, its soname and `libosisession.so` | the objects of the static library, linked again with a version script |
//! | `libosisession.a` | the same objects as one, with every name local that is not the ABI |
//! | headers | `include/` |
//! | pkg-config and CMake files | `ffi/packaging/` |
//!
//! The compiler hands the linker a version script of its own for a shared library, beside which another has no effect: so it
//! is the static library that it makes here, and the C compiler links. As it comes, that archive exports the names of the
//! Rust runtime too, and a program with a second Rust library in it would have them twice.
use crate::process::{display, quiet};
use crate::symbols::Symbols;
use crate::workspace::{Workspace, c_compiler};
use crate::{Result, Text};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The version of the package.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Where things go.
#[derive(Clone)]
pub(crate) struct Layout {
    /// Put before all paths that are written; not known to what is installed.
    pub(crate) destdir: PathBuf,
    pub(crate) prefix: PathBuf,
    /// Below the prefix: "lib", "lib/x86_64-linux-gnu".
    pub(crate) libdir: String,
    /// pkg-config's prefix follows its file, for a tree that may be moved; otherwise it is `prefix`.
    pub(crate) relocatable: bool,
}

impl Layout {
    /// A tree of its own.
    pub(crate) fn below(prefix: &Path) -> Layout {
        Layout {
            destdir: PathBuf::new(),
            prefix: prefix.to_owned(),
            libdir: "lib".to_owned(),
            relocatable: true,
        }
    }

    /// Where a path below the prefix is written.
    pub(crate) fn path(&self, below: &str) -> PathBuf {
        let path = self.prefix.join(below);
        match self.destdir.as_os_str().is_empty() {
            true => path,
            false => self.destdir.join(path.strip_prefix("/").unwrap_or(&path)),
        }
    }
}

/// What was built.
pub(crate) struct Built {
    pub(crate) symbols: Symbols,
    /// Stripped.
    pub(crate) shared: PathBuf,
    /// With all names but the ABI's local, without debug information.
    pub(crate) archive: PathBuf,
    /// The archive as the compiler made it.
    pub(crate) plain_archive: PathBuf,
    /// What a program links beside the archive: "-lpthread".
    pub(crate) native: Vec<String>,
}

impl Built {
    /// The shared library's own file name.
    pub(crate) fn file_name() -> String {
        format!("libosisession.so.{VERSION}")
    }
}

/// `cargo xtask dist --prefix P [--destdir D] [--libdir L]`.
pub(crate) fn run(arguments: &[&str]) -> Result {
    let mut layout = Layout::below(Path::new(""));
    for pair in arguments.chunks(2) {
        match pair {
            ["--prefix", value] => layout.prefix = std::path::absolute(value).text("--prefix")?,
            ["--destdir", ""] => {}
            ["--destdir", value] => layout.destdir = std::path::absolute(value).text("--destdir")?,
            ["--libdir", value] if Path::new(value).is_relative() => layout.libdir = (*value).to_owned(),
            _ => return Err(format!("dist: {pair:?} is not understood\n\n{}", crate::USAGE)),
        }
    }
    if layout.prefix.as_os_str().is_empty() {
        return Err(format!("dist: --prefix is missing\n\n{}", crate::USAGE));
    }
    let workspace = Workspace::find()?;
    let built = build(&workspace)?;
    for path in install(&workspace, &built, &layout)? {
        println!("{:>9}  {}", size(&path), path.display());
    }
    Ok(())
}

fn size(path: &Path) -> String {
    match fs::symlink_metadata(path) {
        Ok(data) if data.is_symlink() => "link".to_owned(),
        Ok(data) => format!("{} KB", data.len().div_ceil(1024)),
        Err(_) => String::new(),
    }
}

/// Reads the list of symbols.
pub(crate) fn symbols(workspace: &Workspace) -> Result<Symbols> {
    Symbols::read(
        &fs::read_to_string(workspace.root.join("ffi/osisession.symbols")).text("osisession.symbols")?,
    )
}

/// Builds both libraries with the profile `dist`.
pub(crate) fn build(workspace: &Workspace) -> Result<Built> {
    if !cfg!(target_os = "linux") {
        return Err(
            "this links for ELF with GNU binutils: on other systems, use what cargo builds".to_owned()
        );
    }
    let symbols = symbols(workspace)?;
    let folder = workspace.scratch("dist")?;
    let target = workspace.output.parent().ok_or("the output folder has no parent")?;
    let native = folder.join("native-static-libs");
    let mut cargo = workspace.cargo();
    cargo.args(["rustc", "--quiet", "--package", "osisession-ffi", "--lib", "--profile", "dist"]);
    cargo.args(["--crate-type", "staticlib", "--target-dir"]).arg(target);
    cargo.arg("--").arg(format!("--print=native-static-libs={}", native.display()));
    quiet(cargo.env("CARGO_ENCODED_RUSTFLAGS", flags(workspace)).env_remove("RUSTFLAGS"))?;
    let plain_archive = target.join("dist/libosisession.a");
    let native = fs::read_to_string(&native).text("the compiler did not say which libraries it needs")?;
    // The C library and libgcc's unwinder are linked by every C compiler by itself, and in a fully static program the latter has
    // another name.
    let mut native: Vec<String> = native.split_whitespace().map(str::to_owned).collect();
    native.retain(|library| !["-lc", "-lgcc_s"].contains(&library.as_str()));

    let mut built = Built {
        shared: folder.join(Built::file_name()),
        archive: folder.join("libosisession.a"),
        plain_archive,
        native,
        symbols,
    };
    link_shared(&mut built, &folder)?;
    link_archive(&built, &folder)?;
    Ok(built)
}

/// The caller's flags, and no paths of this machine in the texts of panics.
fn flags(workspace: &Workspace) -> String {
    let separator = "\u{1f}";
    let mut flags: Vec<String> = match (env::var("CARGO_ENCODED_RUSTFLAGS"), env::var("RUSTFLAGS")) {
        (Ok(flags), _) if !flags.is_empty() => flags.split(separator).map(str::to_owned).collect(),
        (_, Ok(flags)) => flags.split_whitespace().map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    flags.push(format!("--remap-path-prefix={}=osisession", workspace.root.display()));
    let cargo_home = env::var_os("CARGO_HOME").map(PathBuf::from);
    if let Some(home) = cargo_home.or_else(|| env::var_os("HOME").map(|home| Path::new(&home).join(".cargo")))
    {
        flags.push(format!("--remap-path-prefix={}=cargo", home.display()));
    }
    flags.join(separator)
}

fn link_shared(built: &mut Built, folder: &Path) -> Result {
    let script = folder.join("osisession.map");
    fs::write(&script, built.symbols.version_script()).text("the version script")?;
    let unstripped = folder.join("libosisession.so.debug");
    let mut cc = Command::new(c_compiler().ok_or("no C compiler: install gcc or clang, or name one in CC")?);
    cc.args(["-shared", "-o"]).arg(&unstripped);
    cc.arg("-Wl,--whole-archive").arg(&built.plain_archive).arg("-Wl,--no-whole-archive");
    cc.arg(format!("-Wl,--version-script={}", script.display()));
    cc.arg(format!("-Wl,-soname,{}", built.symbols.soname));
    // Why -z nodelete and -Bsymbolic: ffi/build.rs.
    cc.args(["-Wl,-z,nodelete", "-Wl,-Bsymbolic", "-Wl,-z,defs", "-Wl,-z,relro", "-Wl,-z,now"]);
    cc.args(["-Wl,--gc-sections", "-Wl,--as-needed"]).args(&built.native).arg("-lgcc_s");
    // What a distribution wants of all that it links.
    cc.args(env::var("LDFLAGS").unwrap_or_default().split_whitespace());
    quiet(&mut cc)?;
    quiet(Command::new("strip").arg("--strip-unneeded").arg("-o").arg(&built.shared).arg(&unstripped))
        .map(drop)
}

fn link_archive(built: &Built, folder: &Path) -> Result {
    let whole = folder.join("osisession-whole.o");
    let object = folder.join("osisession.o");
    let keep = folder.join("keep");
    let names: Vec<&str> = built.symbols.functions.iter().map(|(name, _)| name.as_str()).collect();
    fs::write(&keep, names.join("\n") + "\n").text("the list of names")?;
    // Without the groups dissolved, names that are local now would still be thrown out in favour of another library's.
    quiet(
        Command::new("ld")
            .args(["-r", "--force-group-allocation", "--whole-archive"])
            .arg(&built.plain_archive)
            .arg("-o")
            .arg(&whole),
    )?;
    quiet(
        Command::new("objcopy")
            .arg(format!("--keep-global-symbols={}", keep.display()))
            // The compiler's own notes for optimizing again, which other tools stumble over.
            .args(["--remove-section=.llvmbc", "--remove-section=.llvmcmd", "--strip-debug"])
            .args([&whole, &object]),
    )?;
    // Names that became local just now are not needed any more.
    quiet(Command::new("strip").arg("--strip-unneeded").arg(&object))?;
    if built.archive.exists() {
        fs::remove_file(&built.archive).text("the archive of before")?;
    }
    quiet(Command::new("ar").arg("rcsD").arg(&built.archive).arg(&object)).map(drop)
}

/// What is installed of `include`.
const HEADERS: [&str; 6] = [
    "osisession.h",
    "osisession_dl.h",
    "osisession.hpp",
    "osisession_rpc.hpp",
    "osisession_scp.hpp",
    "osisession_zip.hpp",
];

/// Writes all files; what has not changed is left as it is, so that nothing is built again because of it.
pub(crate) fn install(workspace: &Workspace, built: &Built, layout: &Layout) -> Result<Vec<PathBuf>> {
    let mut written = Vec::new();
    let mut put = |below: &str, content: &[u8], mode: u32| -> Result {
        let path = layout.path(below);
        put_file(&path, content, mode)?;
        written.push(path);
        Ok(())
    };
    let lib = &layout.libdir;
    for header in HEADERS {
        let content = fs::read(workspace.root.join("include").join(header)).text(header)?;
        put(&format!("include/{header}"), &content, 0o644)?;
    }
    let shared = fs::read(&built.shared).text("the shared library")?;
    put(&format!("{lib}/{}", Built::file_name()), &shared, 0o644)?;
    let archive = fs::read(&built.archive).text("the static library")?;
    put(&format!("{lib}/libosisession.a"), &archive, 0o644)?;
    for (name, template, folder) in [
        ("osisession.pc", include_str!("../../ffi/packaging/osisession.pc.in"), "pkgconfig"),
        ("osisession-static.pc", include_str!("../../ffi/packaging/osisession-static.pc.in"), "pkgconfig"),
        (
            "osisession-config.cmake",
            include_str!("../../ffi/packaging/osisession-config.cmake.in"),
            "cmake/osisession",
        ),
        (
            "osisession-targets.cmake",
            include_str!("../../ffi/packaging/osisession-targets.cmake.in"),
            "cmake/osisession",
        ),
        (
            "osisession-config-version.cmake",
            include_str!("../../ffi/packaging/osisession-config-version.cmake.in"),
            "cmake/osisession",
        ),
    ] {
        put(&format!("{lib}/{folder}/{name}"), fill(template, built, layout, folder).as_bytes(), 0o644)?;
    }
    for name in ["LICENSE-MIT", "LICENSE-APACHE"] {
        let content = fs::read(workspace.root.join(name)).text(name)?;
        put(&format!("share/doc/osisession/{name}"), &content, 0o644)?;
    }
    for (link, to) in [
        (built.symbols.soname.as_str(), Built::file_name()),
        ("libosisession.so", built.symbols.soname.clone()),
    ] {
        let path = layout.path(&format!("{lib}/{link}"));
        if !fs::read_link(&path).is_ok_and(|there| there == Path::new(&to)) {
            let _ = fs::remove_file(&path);
            std::os::unix::fs::symlink(&to, &path).text(&path.display().to_string())?;
        }
        written.push(path);
    }
    Ok(written)
}

/// Writes a file with its folders, if it is not there already as it should be.
pub(crate) fn put_file(path: &Path, content: &[u8], mode: u32) -> Result {
    use std::os::unix::fs::PermissionsExt;
    let name = path.display().to_string();
    if fs::read(path).is_ok_and(|there| there == content) {
        return Ok(());
    }
    fs::create_dir_all(path.parent().unwrap_or(path)).text(&name)?;
    // A library that some program runs at this moment must not change under it.
    let _ = fs::remove_file(path);
    fs::write(path, content).text(&name)?;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).text(&name)
}

fn fill(template: &str, built: &Built, layout: &Layout, folder: &str) -> String {
    let depth = format!("{}/{folder}", layout.libdir).split('/').filter(|part| !part.is_empty()).count();
    let up = vec![".."; depth].join("/");
    let prefix = match layout.relocatable {
        true => format!("${{pcfiledir}}/{up}"),
        false => layout.prefix.display().to_string(),
    };
    let names: Vec<&str> = built.native.iter().map(|library| library.trim_start_matches("-l")).collect();
    template
        .replace("@PREFIX@", &prefix)
        .replace("@UP@", &up)
        .replace("@LIBDIR@", &layout.libdir)
        .replace("@VERSION@", VERSION)
        .replace("@OLDEST@", built.symbols.versions().first().copied().unwrap_or(VERSION))
        .replace("@SONAME@", &built.symbols.soname)
        .replace("@SHARED@", &Built::file_name())
        .replace("@POINTER@", &size_of::<usize>().to_string())
        .replace("@NATIVE@", &built.native.join(" "))
        .replace("@NATIVE_CMAKE@", &names.join(";"))
}

/// The shared library exports what the list says, each with its version, and nothing else; it can stand in any process.
pub(crate) fn check_symbols(built: &Built, shared: &Path) -> Result {
    let mut nm = Command::new("nm");
    let listed = quiet(nm.args(["--dynamic", "--defined-only", "--with-symbol-versions"]).arg(shared))?;
    let mut exported: Vec<String> = listed
        .lines()
        .filter_map(|line| line.split_whitespace().nth(2))
        // Each node is a name as well.
        .filter(|name| !name.starts_with("OSISESSION_"))
        .map(str::to_owned)
        .collect();
    exported.sort();
    let mut wanted: Vec<String> = built
        .symbols
        .functions
        .iter()
        .map(|(name, version)| format!("{name}@@{}", Symbols::node(version)))
        .collect();
    wanted.sort();
    if exported != wanted {
        let odd: Vec<&String> = exported
            .iter()
            .filter(|name| !wanted.contains(name))
            .chain(wanted.iter().filter(|name| !exported.contains(name)))
            .collect();
        return Err(format!("{} and osisession.symbols differ in {odd:?}", display(&nm)));
    }
    let dynamic = quiet(Command::new("readelf").args(["--dynamic", "--wide"]).arg(shared))?;
    let soname = format!("[{}]", built.symbols.soname);
    for (what, there) in [
        (soname.as_str(), dynamic.lines().any(|l| l.contains("(SONAME)") && l.contains(&soname))),
        ("NODELETE", dynamic.contains("NODELETE")),
        ("SYMBOLIC", dynamic.contains("SYMBOLIC")),
        ("no TEXTREL", !dynamic.contains("TEXTREL")),
        ("no RUNPATH", !dynamic.contains("RUNPATH") && !dynamic.contains("RPATH")),
    ] {
        if !there {
            return Err(format!("{}: {what} is not there\n{dynamic}", shared.display()));
        }
    }
    Ok(())
}

/// The static library defines the names of the list and no other.
pub(crate) fn check_archive(built: &Built, archive: &Path) -> Result {
    let listed = quiet(Command::new("nm").args(["--defined-only", "--extern-only"]).arg(archive))?;
    let mut defined: Vec<&str> = listed.lines().filter_map(|line| line.split_whitespace().nth(2)).collect();
    defined.sort_unstable();
    let mut wanted: Vec<&str> = built.symbols.functions.iter().map(|(name, _)| name.as_str()).collect();
    wanted.sort_unstable();
    if defined == wanted { Ok(()) } else { Err(format!("{} defines {defined:?}", archive.display())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built() -> Built {
        let text = "soname libosisession.so.0\nosisession_a 0.3\nosisession_b 0.4\n";
        Built {
            symbols: Symbols::read(text).unwrap(),
            shared: PathBuf::new(),
            archive: PathBuf::new(),
            plain_archive: PathBuf::new(),
            native: vec!["-lpthread".to_owned(), "-lm".to_owned()],
        }
    }

    #[test]
    fn the_destdir_is_before_the_prefix() {
        let mut layout = Layout::below(Path::new("/opt/osi"));
        assert_eq!(layout.path("lib/x"), Path::new("/opt/osi/lib/x"));
        layout.destdir = PathBuf::from("/stage");
        assert_eq!(layout.path("lib/x"), Path::new("/stage/opt/osi/lib/x"));
    }

    #[test]
    fn a_tree_that_may_be_moved_names_no_place() {
        let mut layout = Layout::below(Path::new("/opt/osi"));
        layout.libdir = "lib/x86_64-linux-gnu".to_owned();
        assert_eq!(fill("@PREFIX@", &built(), &layout, "pkgconfig"), "${pcfiledir}/../../..");
        assert_eq!(fill("@UP@", &built(), &layout, "cmake/osisession"), "../../../..");
        layout.relocatable = false;
        assert_eq!(fill("@PREFIX@", &built(), &layout, "pkgconfig"), "/opt/osi");
    }

    #[test]
    fn templates_are_filled() {
        let filled =
            fill("@OLDEST@ @SONAME@ @NATIVE@ @NATIVE_CMAKE@", &built(), &Layout::below(Path::new("/")), "x");
        assert_eq!(filled, "0.3 libosisession.so.0 -lpthread -lm pthread;m");
    }
}
