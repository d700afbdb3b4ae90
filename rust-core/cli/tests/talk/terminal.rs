//! The commands on a terminal, as a person has them.
use crate::support::*;
use osisession::ListenerConfig;
use osisession_cli::{INVALID, VALID};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

/// A command whose three streams are a terminal.
struct Terminal {
    keyboard: File,
    screen: Receiver<Vec<u8>>,
    seen: String,
    child: Child,
}

impl Terminal {
    fn run(args: &[&str], environment: &[(&str, &str)]) -> Terminal {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&master).expect("granted");
        unlockpt(&master).expect("unlocked");
        let name = ptsname(&master, Vec::new()).expect("a name").into_string().expect("UTF-8");
        let side = || {
            let side = File::options().read(true).write(true).open(&name).expect("the other side");
            let size = rustix::termios::Winsize { ws_row: 24, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0 };
            rustix::termios::tcsetwinsize(&side, size).expect("a size");
            Stdio::from(side)
        };
        let child = Command::new(env!("CARGO_BIN_EXE_osisession"))
            .args(args)
            .env_remove("NO_COLOR")
            .env("TERM", "xterm-256color")
            .envs(environment.iter().copied())
            .stdin(side())
            .stdout(side())
            .stderr(side())
            .spawn()
            .expect("the command starts");
        let keyboard = File::from(master);
        let mut master = keyboard.try_clone().expect("a copy");
        let (sender, screen) = mpsc::channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            // The end is an error of its own kind on a terminal.
            while let Ok(count @ 1..) = master.read(&mut buffer) {
                if sender.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Terminal { keyboard, screen, seen: String::new(), child }
    }

    /// Reads until this stands on the screen, behind what was found before.
    fn wait_for(&mut self, text: &str) -> String {
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            if let Some(at) = self.seen.find(text) {
                let rest = self.seen.split_off(at + text.len());
                return std::mem::replace(&mut self.seen, rest);
            }
            let left = end.saturating_duration_since(Instant::now());
            match self.screen.recv_timeout(left) {
                Ok(octets) => self.seen.push_str(&String::from_utf8_lossy(&octets)),
                Err(why) => panic!("{text:?} does not come ({why}); the screen: {:?}", self.seen),
            }
        }
    }

    fn type_line(&mut self, line: &str) {
        self.keyboard.write_all(line.as_bytes()).expect("typed");
        self.keyboard.write_all(b"\n").expect("typed");
    }

    fn interrupt(&self) {
        let done = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().expect("kill");
        assert!(done.success());
    }

    /// Its exit code, and what is left on the screen.
    fn finish(mut self) -> (Option<i32>, String) {
        let code = wait(&mut self.child);
        while let Ok(octets) = self.screen.recv_timeout(Duration::from_secs(20)) {
            self.seen.push_str(&String::from_utf8_lossy(&octets));
        }
        (code, std::mem::take(&mut self.seen))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    let peer = responder(ListenerConfig::default());
    let good = ["ping", "-c", "1", &peer.address];
    let (code, screen) = Terminal::run(&good, &[]).finish();
    assert_eq!(code, Some(VALID));
    assert!(screen.contains("seq=1 \x1b[32mconnected\x1b[0m in "), "{screen:?}");
    for environment in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let (_, screen) = Terminal::run(&good, &[environment]).finish();
        assert!(
            screen.contains("seq=1 connected in ") && !screen.contains('\x1b'),
            "{environment:?}: {screen:?}"
        );
    }
    // Empty is not set (no-color.org).
    let (_, screen) = Terminal::run(&good, &[("NO_COLOR", "")]).finish();
    assert!(screen.contains("\x1b[32m"), "{screen:?}");
    let (_, screen) = Terminal::run(&["ping", "-c", "1", "--json", &peer.address], &[]).finish();
    assert!(!screen.contains('\x1b'), "{screen:?}");
    let nobody = nobody();
    let (code, screen) = Terminal::run(&["ping", "-c", "1", &nobody], &[]).finish();
    assert_eq!(code, Some(INVALID));
    assert!(screen.contains(&format!("\x1b[31mconnection refused by {nobody}\x1b[0m")), "{screen:?}");
}

#[test]
fn a_session_by_hand() {
    let peer = listening(&[]);
    let mut terminal =
        Terminal::run(&["connect", &peer.address, "-u", "duplex,minor-sync"], &[("NO_COLOR", "1")]);
    terminal.wait_for("<- S-CONNECT confirm (accept) (version 2, duplex, minor-sync)");
    terminal.wait_for("> ");
    terminal.type_line("data hello");
    terminal.wait_for("-> S-DATA request");
    terminal.wait_for("<- S-DATA indication 5 octets \"hello\"");
    terminal.wait_for("> ");
    // A slip is told, and costs nothing.
    terminal.type_line("dtaa hello");
    terminal.wait_for("\"dtaa\" is unknown; 'help' lists the words");
    terminal.type_line("minor explicit");
    terminal.wait_for("<- S-SYNC-MINOR confirm (serial number 1)");
    terminal.type_line("status");
    terminal.wait_for("STA713, version 2");
    terminal.type_line("history");
    terminal.wait_for("STA713");
    terminal.type_line("help");
    terminal.wait_for("S-TOKEN-PLEASE request");
    terminal.type_line("quit");
    terminal.wait_for("-> S-RELEASE request");
    terminal.wait_for("<- S-RELEASE confirm (affirmative)");
    let (code, _) = terminal.finish();
    assert_eq!(code, Some(VALID), "slips are no failure");
}

#[test]
fn the_peers_end_shows_at_once() {
    let lines = Scratch::new("abort", "sleep 200ms\nabort hex:00\n");
    let peer = listening(&["--script", lines.path()]);
    let mut terminal = Terminal::run(&["connect", &peer.address], &[("NO_COLOR", "1")]);
    terminal.wait_for("> ");
    let (code, screen) = terminal.finish();
    assert!(screen.contains("<- S-U-ABORT indication"), "{screen:?}");
    assert_eq!(code, Some(INVALID));
}

#[test]
fn end_of_input_and_interrupts_release() {
    let peer = listening(&[]);
    let mut terminal = Terminal::run(&["connect", &peer.address], &[]);
    terminal.wait_for("> ");
    // Ctrl-D.
    terminal.keyboard.write_all(&[4]).expect("typed");
    terminal.wait_for("S-RELEASE confirm");
    assert_eq!(terminal.finish().0, Some(VALID));

    let mut terminal = Terminal::run(&["connect", &peer.address], &[]);
    terminal.wait_for("> ");
    terminal.interrupt();
    terminal.wait_for("S-RELEASE confirm");
    terminal.finish();
}

#[test]
fn an_interrupted_ping_has_statistics() {
    let peer = responder(ListenerConfig::default());
    let mut terminal = Terminal::run(&["ping", "-c", "0", "-i", "10ms", &peer.address], &[]);
    terminal.wait_for("seq=3 ");
    terminal.interrupt();
    terminal.wait_for("ping statistics ---");
    terminal.wait_for("connect min/avg/max/stddev = ");
    assert_eq!(terminal.finish().0, Some(VALID));
}

#[test]
fn a_person_who_waits_sees_how_far_it_is() {
    let peer = responder(ListenerConfig::default());
    let probing = ["probe", "--delay", "60ms", &peer.address];
    let (code, screen) = Terminal::run(&probing, &[]).finish();
    assert_eq!(code, Some(VALID));
    assert!(screen.contains("/22"), "a bar: {screen:?}");
    let last = screen.trim_end().lines().last().expect("a line");
    assert!(last.contains("connections in ") && !last.contains("/22"), "the bar is gone: {last:?}");
}
