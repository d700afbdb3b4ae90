//! `cargo xtask test dist`: programs find what `cargo xtask dist` installed, in every way that it offers, and run with it.
use crate::dist::{self, Built, Layout, check_archive, check_symbols};
use crate::process::{Counts, quiet};
use crate::workspace::{Workspace, c_compiler, on_path};
use crate::{Result, Text, deb};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

struct Consumers<'a> {
    workspace: &'a Workspace,
    built: &'a Built,
    /// Where programs are built.
    folder: PathBuf,
    /// What is installed.
    prefix: PathBuf,
}

/// Installs, moves what was installed, and lets every kind of consumer build and run.
pub(crate) fn run(workspace: &Workspace) -> Result<Counts> {
    let mut counts = Counts::default();
    if c_compiler().is_none() || !["ld", "objcopy", "ar", "nm", "readelf"].iter().all(|tool| on_path(tool)) {
        counts.skipped.push("nothing is built without a C compiler and binutils".to_owned());
        return Ok(counts);
    }
    let built = dist::build(workspace)?;
    let folder = workspace.scratch("consumers")?;
    fs::remove_dir_all(&folder).text("the folder of before")?;
    fs::create_dir_all(&folder).text("the folder")?;
    let installed = folder.join("installed");
    dist::install(workspace, &built, &Layout::below(&installed))?;
    let mut consumers = Consumers { workspace, built: &built, folder, prefix: installed.clone() };

    counts.add("symbols", check_symbols(&built, &consumers.shared()));
    counts.add("names of the archive", check_archive(&built, &installed.join("lib/libosisession.a")));
    counts.add("paths of this machine", consumers.no_paths());
    let pkg_config = counts.has(&["pkg-config"]);
    if pkg_config {
        counts.add("pkg-config", consumers.pkg_config_shared());
    }
    consumers.prefix = consumers.folder.join("moved to");
    fs::rename(&installed, &consumers.prefix).text("moving what is installed")?;
    if pkg_config {
        counts.add("pkg-config, moved", consumers.pkg_config_shared());
        counts.add("pkg-config, static library", consumers.pkg_config_static());
        counts.add("pkg-config, wholly static", consumers.pkg_config_wholly_static());
    }
    counts.add("dlopen", consumers.loaded());
    counts.add("programs of before", consumers.programs_of_before());
    counts.add("a second Rust library", consumers.second_library());
    if counts.has(&["cmake", "ctest", "c++"]) {
        counts.add("find_package", consumers.find_package());
        counts.add("add_subdirectory", consumers.add_subdirectory());
        counts.add("cmake --install", consumers.cmake_install());
    }
    if counts.has(&["dpkg-deb", "dpkg-gensymbols", "dpkg-shlibdeps", "pkg-config"]) {
        counts.add("Debian packages", consumers.debian());
    }
    Ok(counts)
}

impl Counts {
    fn add(&mut self, name: &str, outcome: Result) {
        match outcome {
            Ok(()) => self.passed += 1,
            Err(text) => {
                eprintln!("{name}: {text}");
                self.failed += 1;
            }
        }
    }

    /// False if a tool is missing, which is then noted.
    fn has(&mut self, tools: &[&str]) -> bool {
        let missing: Vec<&str> = tools.iter().copied().filter(|tool| !on_path(tool)).collect();
        if !missing.is_empty() {
            self.skipped.push(format!("{} missing", missing.join(", ")));
        }
        missing.is_empty()
    }
}

impl Consumers<'_> {
    fn shared(&self) -> PathBuf {
        self.prefix.join("lib").join(Built::file_name())
    }

    fn test_source(&self, name: &str) -> PathBuf {
        self.workspace.root.join("ffi/tests").join(name)
    }

    /// Compiles a C program; `arguments` follow the source.
    fn compile(&self, name: &str, source: &str, arguments: &[String]) -> Result<PathBuf> {
        let program = self.folder.join(name);
        let mut cc = Command::new(c_compiler().ok_or("no C compiler")?);
        cc.args(["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", "-o"]).arg(&program);
        quiet(cc.arg("-I").arg(self.test_source("c")).arg(self.test_source(source)).args(arguments))?;
        Ok(program)
    }

    /// What pkg-config says, as arguments. Paths with spaces come quoted, so a shell takes them apart.
    fn ask_pkg_config(&self, arguments: &[&str]) -> Result<Vec<String>> {
        let said = quiet(
            Command::new("sh")
                .args(["-c", "eval set -- $(pkg-config \"$@\"); printf '%s\\n' \"$@\"", "sh"])
                .args(arguments)
                .env("PKG_CONFIG_PATH", self.prefix.join("lib/pkgconfig")),
        )?;
        let words: Vec<String> = said.lines().map(str::to_owned).collect();
        if words.is_empty() { Err(format!("pkg-config {arguments:?} said nothing")) } else { Ok(words) }
    }

    /// Runs a program with the shared library in reach of the loader.
    fn run(&self, program: &Path, arguments: &[&Path]) -> Result {
        quiet(Command::new(program).args(arguments).env("LD_LIBRARY_PATH", self.prefix.join("lib"))).map(drop)
    }

    /// Whether a program asks the loader for the library.
    fn needs(&self, program: &Path) -> Result<bool> {
        let dynamic = quiet(Command::new("readelf").args(["--dynamic", "--wide"]).arg(program))?;
        Ok(dynamic.lines().any(|line| line.contains("(NEEDED)") && line.contains(&self.built.symbols.soname)))
    }

    /// Neither the repository nor the home of cargo is named in what others get.
    fn no_paths(&self) -> Result {
        let root = self.workspace.root.display().to_string();
        for file in [self.shared(), self.prefix.join("lib/libosisession.a")] {
            let content = fs::read(&file).text("the library")?;
            for path in [root.as_str(), "registry/src/index"] {
                let found = content.windows(path.len()).position(|octets| octets == path.as_bytes());
                if let Some(at) = found.filter(|at| !content[..*at].ends_with(b"cargo/")) {
                    return Err(format!("{} names {path} at {at}", file.display()));
                }
            }
        }
        Ok(())
    }

    fn pkg_config_shared(&self) -> Result {
        let version = self.ask_pkg_config(&["--modversion", "osisession"])?;
        if version != [dist::VERSION] {
            return Err(format!("pkg-config says version {version:?}"));
        }
        let program = self.compile(
            "walk_shared",
            "c/walk.c",
            &self.ask_pkg_config(&["--cflags", "--libs", "osisession"])?,
        )?;
        if !self.needs(&program)? {
            return Err("the program does not ask for the shared library".to_owned());
        }
        self.run(&program, &[])
    }

    fn pkg_config_static(&self) -> Result {
        let arguments = self.ask_pkg_config(&["--cflags", "--libs", "osisession-static"])?;
        let program = self.compile("walk_static", "c/walk.c", &arguments)?;
        if self.needs(&program)? {
            return Err("the program asks for the shared library".to_owned());
        }
        quiet(&mut Command::new(program)).map(drop)
    }

    fn pkg_config_wholly_static(&self) -> Result {
        let mut arguments = self.ask_pkg_config(&["--static", "--cflags", "--libs", "osisession"])?;
        arguments.push("-static".to_owned());
        let program = self.compile("walk_wholly_static", "c/walk.c", &arguments)?;
        quiet(&mut Command::new(program)).map(drop)
    }

    fn loaded(&self) -> Result {
        let include = format!("-I{}", self.prefix.join("include").display());
        let program = self.compile("walk_loaded", "c/walk_loaded.c", &[include, "-ldl".to_owned()])?;
        if self.needs(&program)? {
            return Err("the program asks for the shared library".to_owned());
        }
        // By its path, and as the loader finds it.
        self.run(&program, &[&self.shared()])?;
        self.run(&program, &[])
    }

    /// Compiled with each published header, linked with what is installed now.
    fn programs_of_before(&self) -> Result {
        for folder in fs::read_dir(self.workspace.root.join("ffi/abi")).text("ffi/abi")? {
            let folder = folder.text("ffi/abi")?.path();
            let name = format!("walk_{}", folder.file_name().unwrap_or_default().to_string_lossy());
            let source = folder.join("walk.c");
            let arguments = [
                format!("-I{}", folder.display()),
                format!("-L{}", self.prefix.join("lib").display()),
                "-losisession".to_owned(),
            ];
            let program = self.folder.join(&name);
            let mut cc = Command::new(c_compiler().ok_or("no C compiler")?);
            quiet(cc.args(["-std=c99", "-o"]).arg(&program).arg(source).args(arguments))?;
            self.run(&program, &[])?;
        }
        Ok(())
    }

    /// Both orders, and with the other one optimized as a whole, which shares the most names.
    fn second_library(&self) -> Result {
        let ours = self.prefix.join("lib/libosisession.a").display().to_string();
        for lto in ["fat", "no"] {
            let second = self.folder.join(format!("libsecond_{lto}.a"));
            let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
            quiet(
                Command::new(rustc)
                    .args(["--edition=2024", "--crate-type=staticlib", "-O", "-C"])
                    .arg(format!("lto={lto}"))
                    .arg("-o")
                    .arg(&second)
                    .arg(self.test_source("consumers/second.rs")),
            )?;
            let second = second.display().to_string();
            for (order, archives) in [("before", [&second, &ours]), ("after", [&ours, &second])] {
                let include = format!("-I{}", self.prefix.join("include").display());
                let mut arguments = vec![include];
                arguments.extend(archives.map(String::clone));
                arguments.extend(self.built.native.iter().cloned());
                let program =
                    self.compile(&format!("two_{lto}_{order}"), "consumers/two_libraries.c", &arguments)?;
                quiet(&mut Command::new(program))?;
            }
        }
        Ok(())
    }

    fn find_package(&self) -> Result {
        let prefix = format!("-DCMAKE_PREFIX_PATH={}", self.prefix.display());
        self.cmake("find_package", &[prefix])
    }

    fn add_subdirectory(&self) -> Result {
        self.cmake("add_subdirectory", &[self.target()?])
    }

    /// Cargo's output is shared with this program, for time.
    fn target(&self) -> Result<String> {
        let target = self.workspace.output.parent().ok_or("the output folder has no parent")?;
        Ok(format!("-DOSISESSION_CARGO_TARGET_DIR={}", target.display()))
    }

    /// Configures and builds a project, and runs its tests.
    fn cmake(&self, name: &str, more: &[String]) -> Result {
        let build = self.folder.join(format!("cmake-{name}"));
        let sources = self.test_source("consumers").join(name);
        quiet(
            Command::new("cmake")
                .arg("-S")
                .arg(sources)
                .arg("-B")
                .arg(&build)
                .arg(format!("-DOSISESSION_SOURCES={}", self.workspace.root.display()))
                .args(more),
        )?;
        quiet(Command::new("cmake").arg("--build").arg(&build))?;
        quiet(
            Command::new("ctest").args(["--output-on-failure", "--no-tests=error", "--test-dir"]).arg(&build),
        )
        .map(drop)
    }

    /// The repository as a CMake project of its own, installed below a DESTDIR: the same files as `cargo xtask dist`.
    fn cmake_install(&self) -> Result {
        let build = self.folder.join("cmake-install");
        let root = self.folder.join("destdir");
        quiet(
            Command::new("cmake")
                .args(["-DCMAKE_INSTALL_PREFIX=/opt/osi", "-DCMAKE_INSTALL_LIBDIR=lib"])
                .arg(self.target()?)
                .arg("-S")
                .arg(&self.workspace.root)
                .arg("-B")
                .arg(&build),
        )?;
        quiet(Command::new("cmake").arg("--build").arg(&build))?;
        quiet(Command::new("cmake").arg("--install").arg(&build).env("DESTDIR", &root))?;
        quiet(Command::new("diff").arg("-r").arg(root.join("opt/osi")).arg(&self.prefix)).map(drop)
    }

    /// Both packages unpacked in a root of their own; a program builds with the second and runs with the first.
    fn debian(&self) -> Result {
        let packages = deb::make(self.workspace, self.built, &self.folder)?;
        let root = self.folder.join("root");
        for package in &packages {
            quiet(Command::new("dpkg-deb").arg("--extract").args([package, &root]))?;
        }
        let triplet = quiet(Command::new("dpkg-architecture").args(["-q", "DEB_HOST_MULTIARCH"]))?;
        let lib = root.join("usr/lib").join(triplet.trim());
        let words = quiet(
            Command::new("pkg-config")
                .args(["--cflags", "--libs", "osisession"])
                .env("PKG_CONFIG_SYSROOT_DIR", &root)
                .env("PKG_CONFIG_LIBDIR", lib.join("pkgconfig"))
                .env("PKG_CONFIG_ALLOW_SYSTEM_CFLAGS", "1")
                .env("PKG_CONFIG_ALLOW_SYSTEM_LIBS", "1"),
        )?;
        let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
        let program = self.compile("walk_debian", "c/walk.c", &words)?;
        // With the development package away: what remains runs the program.
        fs::remove_file(lib.join("libosisession.so")).text("libosisession.so")?;
        quiet(Command::new(program).env("LD_LIBRARY_PATH", &lib))?;
        self.debian_symbols(&packages[0])
    }

    /// What dpkg finds in the library is what the symbols file of the package says.
    fn debian_symbols(&self, package: &Path) -> Result {
        let source = self.folder.join("debian-symbols");
        let name = deb::name(&self.built.symbols);
        let unpacked = source.join("unpacked");
        fs::create_dir_all(&source).text("the folder of the symbols")?;
        quiet(Command::new("dpkg-deb").arg("--raw-extract").args([package, &unpacked]))?;
        let control = format!("Source: osisession\n\nPackage: {name}\nArchitecture: any\n");
        dist::put_file(&source.join("debian/control"), control.as_bytes(), 0o644)?;
        quiet(
            Command::new("dpkg-gensymbols")
                .args(["-c4", "-q", "-O/dev/null", &format!("-p{name}"), &format!("-v{}", dist::VERSION)])
                .arg(format!("-P{}", unpacked.display()))
                .arg(format!("-I{}", unpacked.join("DEBIAN/symbols").display()))
                .current_dir(&source),
        )
        .map(drop)
    }
}
