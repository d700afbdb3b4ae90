//! `osisession zip`: a router, and nodes that ask it, over UDP multicast on the loopback interface.
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, UdpSocket};
use std::process::{Child, Command, Stdio};

fn run(args: &[&str]) -> (i32, String, String) {
    let args = ["osisession", "zip"].iter().chain(args).map(ToString::to_string).collect();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = osisession_cli::run(args, &mut out, &mut err);
    (code, String::from_utf8(out).expect("text"), String::from_utf8(err).expect("text"))
}

fn free_port() -> u16 {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).expect("a socket");
    socket.local_addr().expect("an address").port()
}

/// A router that ends with the test.
struct Router(Child);

impl Drop for Router {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_router_and_those_who_ask_it() {
    let (one, two) = (free_port(), free_port());
    let file = std::env::temp_dir().join(format!("osisession-zip-{}-{one}.conf", std::process::id()));
    let config = format!(
        "port interface=127.0.0.1 udp-port={one} network=1000 zone=\"Erdgeschoß\" node=254\n\
         port interface=127.0.0.1 udp-port={two} network=2000 zone=Attic\n"
    );
    std::fs::write(&file, config).expect("a file");
    let mut router = Router(
        Command::new(env!("CARGO_BIN_EXE_osisession"))
            .args(["zip", "route", file.to_str().expect("text")])
            .stdout(Stdio::piped())
            .spawn()
            .expect("a router"),
    );
    let mut said = BufReader::new(router.0.stdout.take().expect("its output")).lines();
    let mut text = String::new();
    while text.matches("routes: network").count() < 2 {
        text += &said.next().expect("another line").expect("text");
        text.push('\n');
    }
    assert!(text.contains("port 1 routes: network 1000, address 1000.254\n"), "{text}");
    assert!(text.contains("network 2000 has 1 zones\n"), "{text}");
    let (one, two) = (one.to_string(), two.to_string());
    let at = |command: &[&str], port: &str| {
        run(&[command, &["--interface", "127.0.0.1", "--udp-port", port]].concat())
    };
    let (code, out, err) = at(&["zones"], &one);
    assert_eq!((code, &out[..]), (0, "Erdgeschoß\nAttic\n"), "{err}");
    let (code, out, err) = at(&["zones", "--local", "--json"], &two);
    assert_eq!((code, &out[..]), (0, "{\"octets\":\"4174746963\",\"zone\":\"Attic\"}\n"), "{err}");
    let (code, out, err) = at(&["myzone", "--node", "42"], &one);
    let said = "zone     Erdgeschoß\nnetwork  1000\naddress  1000.42\nrouter   1000.254\n";
    assert_eq!((code, &out[..]), (0, said), "{err}");
    let (code, out, err) = at(&["lookup", "=:LaserWriter@Attic"], &one);
    assert_eq!((code, &out[..], &err[..]), (1, "", ""));
    std::fs::remove_file(file).expect("the file");
}

#[test]
fn nobody_and_nothing() {
    let port = free_port().to_string();
    let at = ["--interface", "127.0.0.1", "--udp-port", &port];
    let (code, out, err) = run(&[&["zones"][..], &at].concat());
    assert_eq!((code, &out[..]), (1, ""));
    assert!(err.contains("no router is known"), "{err}");
    let (code, _, err) = run(&[&["lookup", "no colon"][..], &at].concat());
    assert_eq!(code, 2);
    assert!(err.contains("object:type@zone"), "{err}");
    let (code, _, err) = run(&["route", "/nonexistent/file"]);
    assert_eq!(code, 2);
    assert!(err.contains("cannot read"), "{err}");
    assert_eq!(run(&["myzone", "--node", "200"]).0, 2);
    let file = std::env::temp_dir().join(format!("osisession-zip-{}-{port}.conf", std::process::id()));
    std::fs::write(&file, format!("port interface=127.0.0.1 udp-port={port}")).expect("a file");
    let (code, out, err) = run(&["route", file.to_str().expect("text"), "--for", "1"]);
    assert_eq!((code, &out[..], &err[..]), (0, "", ""));
    std::fs::remove_file(file).expect("the file");
}
