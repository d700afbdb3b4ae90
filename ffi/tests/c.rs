//! The C programs beside this file, and the C and C++ examples: plain, and under valgrind.

#[path = "support/build.rs"]
mod build;

use std::path::{Path, PathBuf};
use std::process::Command;

fn c(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/c").join(name).with_extension("c")
}

fn program(name: &str) -> PathBuf {
    build::compile(&c(name))
}

/// Runs a test program plain and under valgrind; each prints its tests in the manner of TAP.
fn run(program: &Path, arguments: &[&Path]) {
    run_with(program, arguments, &[]);
}

/// As [`run`], with further options for valgrind.
fn run_with(program: &Path, arguments: &[&Path], options: &[&str]) {
    print!("{}", build::succeed(Command::new(program).args(arguments)));
    if let Some(mut valgrind) = build::tool("valgrind") {
        valgrind.args(["--quiet", "--error-exitcode=9", "--leak-check=full", "--num-callers=30"]);
        // "Possibly lost" and "still reachable" are what the standard library keeps until the process ends.
        valgrind.args(["--errors-for-leak-kinds=definite,indirect", "--show-leak-kinds=definite,indirect"]);
        valgrind.args(options);
        // With backtraces, those of caught panics keep their symbols for ever.
        valgrind.arg(program).args(arguments).env("RUST_BACKTRACE", "0");
        build::succeed(&mut valgrind);
    }
}

#[test]
fn walk() {
    run(&program("walk"), &[]);
}

#[test]
fn spdu() {
    run(&program("spdu"), &[]);
}

#[test]
fn scp() {
    let program = program("scp");
    run(&program, &[]);
    no_password_is_recorded(&program);
}

/// What is written down has the calls, and none of the passwords that they carried, in any form.
fn no_password_is_recorded(program: &Path) {
    let recording = build::scratch().join("scp.record");
    build::succeed(Command::new(program).env("OSISESSION_RECORD", &recording));
    let calls = String::from_utf8_lossy(&std::fs::read(&recording).unwrap()).into_owned();
    for call in ["osisession_scp_connect", "osisession_scp_listen", "osisession_scp_listener_accept"] {
        assert!(calls.contains(call), "{call}");
    }
    // The object is named beside its accounts.
    assert!(calls.contains(r#"name=x"53414645" account_count=1"#));
    for secret in ["sesame", "guess", "password"] {
        let hex: String = secret.bytes().map(|octet| format!("{octet:02x}")).collect();
        for line in calls.lines() {
            let shown = line.contains(&format!("\"{secret}\"")) || line.contains(&hex);
            assert!(!shown, "{line}");
        }
    }
}

#[test]
fn zip() {
    run(&program("zip"), &[]);
}

#[test]
fn rpc() {
    run(&program("rpc"), &[]);
}

#[test]
fn durable() {
    run(&program("durable"), &[]);
}

#[test]
fn misuse() {
    run(&program("misuse"), &[]);
}

#[test]
fn carry() {
    run(&program("carry"), &[]);
}

#[test]
fn watch() {
    run(&program("watch"), &[]);
}

/// Random calls; more of them run under the sanitizers (`cargo xtask test sanitizers`).
#[test]
fn anything() {
    run(&program("anything"), &[Path::new("20000")]);
}

#[test]
fn process() {
    run(&program("process"), &[]);
}

#[test]
fn diagnosis() {
    run(&program("diagnosis"), &[]);
}

#[test]
fn failures() {
    run(&program("failures"), &[]);
}

/// Certificates of a small network, made here.
#[test]
fn tls() {
    let folder = build::scratch().join("certificates");
    std::fs::create_dir_all(&folder).unwrap();
    let mut params = rcgen::CertificateParams::default();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority = rcgen::CertifiedIssuer::self_signed(params, rcgen::KeyPair::generate().unwrap()).unwrap();
    std::fs::write(folder.join("anchors.pem"), authority.pem()).unwrap();
    for (file, name) in [("station", "127.0.0.1"), ("centre", "centre.example")] {
        let key = rcgen::KeyPair::generate().unwrap();
        let params = rcgen::CertificateParams::new([name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &authority).unwrap();
        std::fs::write(folder.join(file).with_extension("pem"), certificate.pem()).unwrap();
        std::fs::write(folder.join(file).with_extension("key"), key.serialize_pem()).unwrap();
    }
    // Valgrind cannot follow the assembly of the cipher: to it every tag of a record, which peers find right, is
    // uninitialised. Leaks and accesses are checked as everywhere.
    run_with(&program("tls"), &[&folder], &["--undef-value-errors=no"]);
}

#[test]
fn dlopen() {
    run(&program("dl"), &[build::library()]);
}

/// The whole walk, linked with nothing.
#[test]
fn walk_loaded() {
    let program = build::scratch().join("walk_loaded");
    build::compile_unlinked(&c("walk_loaded"), &program, &[]);
    run(&program, &[build::library()]);
}

/// As a program and as one whose names every library sees first.
#[test]
fn loader() {
    let older = build::scratch().join("libolder.so");
    let library = format!("-DLIBRARY=\"{}\"", build::library().display());
    build::compile_unlinked(
        &c("older"),
        &older,
        &["-shared", "-fPIC", "-DOLDER_ENDS_BEFORE=decode", &library],
    );
    for (name, more) in [("loader", &[][..]), ("loader_exported", &["-rdynamic", "-DOSISESSION_DL_LOCAL_="])]
    {
        let program = build::scratch().join(name);
        build::compile_unlinked(&c("loader"), &program, more);
        run(&program, &[build::library(), &older]);
    }
}

/// The static library: the same program, with nothing to find at run time.
#[test]
fn statically_linked() {
    let program = build::scratch().join("walk_static");
    build::compile_static(&c("walk"), &program);
    build::succeed(&mut Command::new(program));
}

/// Runs an example plain and under valgrind, and checks what it prints.
fn example(name: &str, arguments: &[&Path], wanted: &str) {
    let program = build::compile(&build::root().join("examples/c").join(name).with_extension("c"));
    let printed = build::succeed(Command::new(&program).args(arguments));
    for line in wanted.lines() {
        assert!(printed.contains(line), "{name}: {line:?} is not in\n{printed}");
    }
    run(&program, arguments);
}

/// Those that need a peer or arguments too.
#[test]
fn every_example_compiles() {
    let folder = build::root().join("examples/c");
    let mut sources: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    sources.retain(|path| path.extension().is_some_and(|extension| extension == "c"));
    assert!(sources.len() >= 5);
    for source in sources {
        let name = source.file_stem().unwrap().to_string_lossy().into_owned();
        // Those with other libraries, and those without this one, have tests of their own.
        if !name.starts_with("with_") && name != "legacy" {
            build::compile_to(&source, &build::scratch().join("every_example"));
        }
    }
}

/// An example in the event loop of another library.
fn example_with(name: &str, package: &str) {
    let Some(mut pkg_config) = build::tool("pkg-config") else { return };
    if !pkg_config.args(["--exists", package]).status().unwrap().success() {
        assert!(std::env::var_os("CI").is_none(), "{package} is not installed, and CI must run every test");
        eprintln!("skipped: {package} is not installed");
        return;
    }
    let flags = build::succeed(Command::new("pkg-config").args(["--cflags", "--libs", package]));
    let search = build::library().parent().unwrap().to_str().unwrap();
    let path = format!("-Wl,-rpath,{}", build::scratch().display());
    let mut arguments = vec!["-Wl,--no-as-needed", "-L", search, "-losisession", &path];
    arguments.extend(flags.split_whitespace());
    let program = build::scratch().join(name);
    let source = build::root().join("examples/c").join(name).with_extension("c");
    build::compile_unlinked(&source, &program, &arguments);
    let printed = build::succeed(&mut Command::new(&program));
    assert!(printed.ends_with("caller: S-RELEASE confirm (affirmative)\n"), "{printed}");
}

#[test]
fn example_with_glib() {
    example_with("with_glib", "glib-2.0");
}

#[test]
fn example_with_libuv() {
    example_with("with_libuv", "libuv");
}

#[test]
fn example_legacy() {
    let program = build::scratch().join("legacy");
    build::compile_unlinked(&build::root().join("examples/c/legacy.c"), &program, &[]);
    let printed = build::succeed(Command::new(&program).arg(build::library()));
    assert!(printed.ends_with("S-CONNECT confirm (accept)\n"), "{printed}");
    let printed = build::succeed(Command::new(&program).arg("/nowhere/libosisession.so.0"));
    assert!(printed.starts_with("no sessions here: /nowhere/libosisession.so.0"), "{printed}");
}

#[test]
fn example_callbacks() {
    let wanted =
        "called: S-DATA indication\ncaller: S-DATA indication\ncaller: S-RELEASE confirm (affirmative)";
    example("callbacks", &[], wanted);
}

#[test]
fn example_event_loop() {
    let wanted =
        "called: S-DATA indication\ncaller: S-DATA indication\ncaller: S-RELEASE confirm (affirmative)";
    example("event_loop", &[], wanted);
}

#[test]
fn example_errors() {
    example("errors", &[], "status:    OSISESSION_E_TRANSPORT\nlayer:     network\nhistory:");
}

#[test]
fn example_diagnose() {
    example("diagnose", &[], "[tcp-refused]\n  peer     probably: \n  try      check the port");
    example("diagnose", &[Path::new("memory:nobody"), Path::new("json")], "{\"cause\":\"tcp-refused\"");
}

#[test]
fn example_decode() {
    example("decode", &[], "FN (FINISH)\nTransport Disconnect: released");
}

#[test]
fn example_load() {
    example(
        "load",
        &[build::library()],
        concat!("osisession ", env!("CARGO_PKG_VERSION"), ": OSISESSION_OK"),
    );
}

#[test]
fn example_in_cpp() {
    let program = build::scratch().join("hello_cpp");
    build::compile_cpp(&build::root().join("examples/cpp/hello.cpp"), &program);
    let printed = build::succeed(&mut Command::new(&program));
    for line in [
        "called: S-CONNECT indication \"may I?\"",
        "caller: S-DATA indication \"hello\"",
        "caller: S-RELEASE confirm (affirmative) \"\"",
        "OSISESSION_E_TRANSPORT: ",
    ] {
        assert!(printed.contains(line), "{line:?} is not in\n{printed}");
    }
    run(&program, &[]);
}

/// One asks the other; C and C++ understand each other.
#[test]
fn example_of_requests_in_cpp() {
    use std::io::BufRead;
    let (cpp, c) = (build::scratch().join("requests_cpp"), build::scratch().join("requests_c"));
    build::compile_cpp_with(&["-pthread"], &build::root().join("examples/cpp/requests.cpp"), &cpp);
    build::compile_to(&build::root().join("examples/c/requests.c"), &c);
    for (server, client) in [(&cpp, &cpp), (&cpp, &c), (&c, &cpp)] {
        let mut serving = Command::new(server)
            .args(["serve", "127.0.0.1:0"])
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut address = String::new();
        std::io::BufReader::new(serving.stdout.take().unwrap()).read_line(&mut address).unwrap();
        let asked = Command::new(client).args([address.trim(), "one", "two"]).output();
        serving.kill().unwrap();
        serving.wait().unwrap();
        let asked = asked.unwrap();
        assert!(
            asked.status.success() && asked.stdout == b"ONE\nTWO\n",
            "{client:?} of {server:?}: {asked:?}"
        );
    }
    let unreachable = Command::new(&cpp).args(["127.0.0.1:1", "one"]).output().unwrap();
    assert_eq!(unreachable.status.code(), Some(1), "{unreachable:?}");
    assert!(unreachable.stderr.starts_with(b"OSISESSION_E_TRANSPORT: "), "{unreachable:?}");
}

/// The C++ interface, with exceptions and without.
#[test]
fn interface_in_cpp() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cpp/interface.cpp");
    for (name, flags) in [("interface", &[][..]), ("interface_plain", &["-fno-exceptions"])] {
        let program = build::scratch().join(name);
        build::compile_cpp_with(flags, &source, &program);
        run(&program, &[]);
    }
}

/// A test of a header of C++, with exceptions and without.
fn in_cpp(name: &str) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cpp").join(name).with_extension("cpp");
    for (program, flags) in [("", &[][..]), ("_plain", &["-fno-exceptions"])] {
        let program = build::scratch().join(format!("{name}_cpp{program}"));
        build::compile_cpp_with(&[flags, &["-pthread"]].concat(), &source, &program);
        run(&program, &[]);
    }
}

#[test]
fn rpc_in_cpp() {
    in_cpp("rpc");
}

#[test]
fn scp_in_cpp() {
    in_cpp("scp");
}

#[test]
fn zip_in_cpp() {
    in_cpp("zip");
}

/// What a C++ exception in a plain C callback does: the process ends at once, as the header says.
#[test]
fn exceptions_do_not_pass_through() {
    use std::os::unix::process::ExitStatusExt;
    const SIGABRT: i32 = 6;
    let program = build::scratch().join("throws");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cpp/throws.cpp");
    build::compile_cpp_with(&["-pthread"], &source, &program);
    let requests = ["on_outcome", "on_request", "on_request_in_a_thread", "outcome_in_the_background"];
    for which in ["on_event", "on_release", "on_line", "on_lent"].into_iter().chain(requests) {
        let output = Command::new(&program).arg(which).output().unwrap();
        assert_eq!(output.status.signal(), Some(SIGABRT), "{which}: {output:?}");
    }
}
