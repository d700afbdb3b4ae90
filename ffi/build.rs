//! The name and the flags of the shared library on ELF systems.
//!
//! Versions of symbols are not made here: the compiler hands the linker a version script of its own, and a second one has
//! no effect beside it. `cargo xtask dist` links the library that is installed, from the same objects.

#[path = "symbols.rs"]
mod symbols;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=symbols.rs");
    println!("cargo:rerun-if-changed=osisession.symbols");
    println!("cargo:rerun-if-env-changed=CARGO_CFG_TARGET_OS");
    let system = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if matches!(system.as_str(), "linux" | "android" | "freebsd" | "netbsd" | "openbsd" | "dragonfly") {
        let soname = match symbols::Symbols::read(include_str!("osisession.symbols")) {
            Ok(symbols) => symbols.soname,
            Err(text) => {
                println!("cargo::error={text}");
                return;
            }
        };
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,{soname}");
        // Threads of the host may still hold thread-local values of this library when they end: if dlclose unmapped
        // the code, they would end in a crash.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
        // The table of functions holds this library's own, also in a program that defines the same names, as
        // osisession_dl.h does.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-Bsymbolic");
    }
}
