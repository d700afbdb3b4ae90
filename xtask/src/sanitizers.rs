//! The C tests under AddressSanitizer and ThreadSanitizer, with the Rust side instrumented, too.
//!
//! The flags are those of an unstable compiler, asked for on the stable one; they only ever make these test programs. The
//! runtime of ThreadSanitizer is the one that comes with the compiler: that of older C compilers lacks entry points.
use crate::Result;
use crate::process::{Counts, keep, quiet};
use crate::workspace::Workspace;
use std::path::{Path, PathBuf};
use std::process::Command;

struct Sanitizer {
    name: &'static str,
    rust_flags: &'static str,
    c_flag: &'static str,
    programs: &'static [&'static str],
    /// A program with the very fault that is looked for: it must be found.
    canary: &'static str,
}

const SANITIZERS: [Sanitizer; 2] = [
    Sanitizer {
        name: "address",
        rust_flags: "-Zsanitizer=address",
        c_flag: "-fsanitize=address",
        programs: &[
            "walk",
            "misuse",
            "failures",
            "diagnosis",
            "spdu",
            "carry",
            "watch",
            "process",
            "anything",
        ],
        canary: "#include <stdlib.h>\nint main(void) { volatile char *p = malloc(1); free((void *)p); return *p; }\n",
    },
    Sanitizer {
        name: "thread",
        rust_flags: "-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer",
        c_flag: "-fsanitize=thread",
        programs: &["walk", "misuse", "carry", "watch", "process"],
        canary: "#include <pthread.h>\nstatic int shared;\nstatic void *count(void *p) { for (int i = 0; i < 100000; i++) shared++; return p; }\n\
                 int main(void) { pthread_t a, b; pthread_create(&a, 0, count, 0); pthread_create(&b, 0, count, 0);\n\
                 pthread_join(a, 0); pthread_join(b, 0); return 0; }\n",
    },
];

/// All programs under all sanitizers.
pub(crate) fn run(workspace: &Workspace) -> Result<Counts> {
    let mut counts = Counts::default();
    let suppressions = workspace.root.join("ffi/tests/c/threadsanitizer.supp");
    let suppressions = format!("suppressions={}", suppressions.display());
    for sanitizer in &SANITIZERS {
        let folder = workspace.scratch("sanitizers")?.join(sanitizer.name);
        std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        let library = sanitizer.library(workspace, &folder)?;
        let canary = folder.join("canary.c");
        std::fs::write(&canary, sanitizer.canary).map_err(|e| format!("{}: {e}", canary.display()))?;
        let program = sanitizer.compile(workspace, &canary, &library, &folder)?;
        if keep(&mut Command::new(program), &folder.join("canary.log"))?.success {
            return Err(format!("the {} sanitizer does not find what it must", sanitizer.name));
        }
        for name in sanitizer.programs {
            let source = workspace.root.join("ffi/tests/c").join(name).with_extension("c");
            let program = sanitizer.compile(workspace, &source, &library, &folder)?;
            let finished = keep(
                Command::new(program).env("RUST_BACKTRACE", "0").env("TSAN_OPTIONS", &suppressions),
                &folder.join(name).with_extension("log"),
            )?;
            if finished.success {
                counts.passed += 1;
            } else {
                eprintln!("{name} under the {} sanitizer:\n{}", sanitizer.name, finished.output);
                counts.failed += 1;
            }
        }
    }
    Ok(counts)
}

impl Sanitizer {
    /// The static library, instrumented.
    fn library(&self, workspace: &Workspace, folder: &Path) -> Result<PathBuf> {
        let host = crate::fuzz::host(workspace)?;
        let target = folder.join("target");
        // A named target keeps the flags away from build scripts.
        quiet(
            workspace
                .cargo()
                .args(["build", "--quiet", "--package", "osisession-ffi", "--target", &host, "--target-dir"])
                .arg(&target)
                .env("RUSTC_BOOTSTRAP", "1")
                .env("RUSTFLAGS", self.rust_flags)
                .env_remove("CARGO_ENCODED_RUSTFLAGS"),
        )?;
        Ok(target.join(host).join("debug/libosisession.a"))
    }

    fn compile(
        &self,
        workspace: &Workspace,
        source: &Path,
        library: &Path,
        folder: &Path,
    ) -> Result<PathBuf> {
        let program = folder.join(source.file_stem().unwrap_or_default());
        let object = program.with_extension("o");
        let compiler = crate::workspace::c_compiler().ok_or("there is no C compiler")?;
        quiet(
            Command::new(&compiler)
                .args(["-std=gnu99", "-g", "-pthread", self.c_flag, "-c", "-I"])
                .arg(workspace.root.join("include"))
                .arg(source)
                .arg("-o")
                .arg(&object),
        )?;
        let mut link = Command::new(&compiler);
        link.arg(&object).arg("-o").arg(&program).arg(library);
        if self.name == "thread" {
            link.arg("-Wl,--whole-archive")
                .arg(runtime(workspace)?)
                .arg("-Wl,--no-whole-archive")
                .arg("-rdynamic");
        } else {
            link.arg(self.c_flag);
        }
        quiet(link.args(["-pthread", "-ldl", "-lm", "-lrt"]))?;
        Ok(program)
    }
}

/// The runtime of ThreadSanitizer that comes with the compiler.
fn runtime(workspace: &Workspace) -> Result<PathBuf> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let sysroot = quiet(Command::new(rustc).args(["--print", "sysroot"]).current_dir(&workspace.root))?;
    let host = crate::fuzz::host(workspace)?;
    let folder = Path::new(sysroot.trim()).join("lib/rustlib").join(host).join("lib");
    let entries = std::fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let is_it = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("librustc") && name.ends_with("_rt.tsan.a")
    };
    let found = entries.flatten().map(|entry| entry.path()).find(is_it);
    found.ok_or_else(|| format!("{} has no runtime of ThreadSanitizer", folder.display()))
}
