//! The names and flags of the shared library on ELF systems.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    for name in ["CARGO_CFG_TARGET_OS", "CARGO_CFG_TARGET_ENV", "CARGO_PKG_VERSION_MAJOR"] {
        println!("cargo:rerun-if-env-changed={name}");
    }
    let system = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    let major = std::env::var("CARGO_PKG_VERSION_MAJOR").unwrap_or_default();
    if matches!(system.as_str(), "linux" | "android" | "freebsd" | "netbsd" | "openbsd" | "dragonfly") {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libosisession.so.{major}");
        // Threads of the host may still hold thread-local values of this library when they end: if dlclose unmapped
        // the code, they would end in a crash.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
