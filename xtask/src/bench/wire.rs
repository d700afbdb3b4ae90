//! What of the wire is left: real sockets on loopback, every kind in turn, medians, ratios to the floor of the same run.
use super::{Figures, median};
use crate::process::quiet;
use crate::workspace::Workspace;
use crate::{Result, Text};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

/// Each figure is measured so often.
const TURNS: usize = 5;

/// Name, count, octets of a message.
const WORKS: [(&str, usize, usize); 4] =
    [("connect", 1_000, 1), ("echo", 20_000, 64), ("bulk", 200_000, 1_024), ("bulk", 8_000, 65_536)];

/// Sessions that are open besides.
const OPEN: [usize; 4] = [1, 100, 1_000, 10_000];

/// How often that is measured.
const TURNS_OF_GROWTH: usize = 3;

/// What is measured with them open, and its scale.
const GROWTH: [(&str, f64); 5] = [
    ("connects per second", 1.0),
    ("requests per second", 1.0),
    ("MB/s, 64 KiB", 65_536.0 / 1e6),
    ("octets each, caller", 1.0),
    ("octets each, called", 1.0),
];

/// A client of one kind, and the server that it calls.
struct Kind {
    name: &'static str,
    server: &'static str,
    floor: &'static str,
}

const KINDS: [Kind; 7] = [
    Kind { name: "raw", server: "raw", floor: "raw" },
    Kind { name: "osisession", server: "osisession", floor: "raw" },
    Kind { name: "C", server: "osisession", floor: "raw" },
    Kind { name: "Python", server: "osisession", floor: "raw" },
    Kind { name: "rusty", server: "rusty", floor: "raw" },
    Kind { name: "raw-tls", server: "raw-tls", floor: "raw-tls" },
    Kind { name: "osisession-tls", server: "osisession-tls", floor: "raw-tls" },
];

struct Server {
    kind: &'static str,
    child: Child,
    input: Option<ChildStdin>,
    address: String,
    folder: PathBuf,
}

impl Drop for Server {
    fn drop(&mut self) {
        // The end of its input is its end.
        self.input.take();
        let _ = self.child.wait();
    }
}

/// The programs that are run.
pub(super) struct Programs {
    pub(super) rust: PathBuf,
    pub(super) c: PathBuf,
}

/// Callers and servers keep to a processor each, where there is `taskset` and more than one: else the scheduler is measured.
fn on_cpu(cpu: usize, program: &Path) -> Command {
    let several = std::thread::available_parallelism().is_ok_and(|count| count.get() > 1);
    if !several || !crate::workspace::on_path("taskset") {
        return Command::new(program);
    }
    let mut command = Command::new("taskset");
    command.args(["-c", &cpu.to_string()]).arg(program);
    command
}

impl Server {
    fn start(programs: &Programs, kind: &'static str, folder: &Path) -> Result<Server> {
        let folder = folder.join(kind);
        std::fs::create_dir_all(&folder).text("certificates")?;
        let mut child = on_cpu(0, &programs.rust)
            .args(["serve", kind])
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .text("wire")?;
        let mut address = String::new();
        let output = child.stdout.take().ok_or("wire has no output")?;
        BufReader::new(output).read_line(&mut address).text("wire")?;
        let input = child.stdin.take();
        Ok(Server { kind, child, input, address: address.trim().to_owned(), folder })
    }

    /// Octets in memory.
    fn resident(&self) -> f64 {
        let text = std::fs::read_to_string(format!("/proc/{}/statm", self.child.id())).unwrap_or_default();
        text.split(' ').nth(1).and_then(|pages| pages.parse::<f64>().ok()).unwrap_or(f64::NAN) * 4096.0
    }
}

pub(super) fn run(workspace: &Workspace, programs: &Programs) -> Result {
    let folder = workspace.scratch("bench")?.join("certificates");
    let mut servers = Vec::new();
    for kind in ["raw", "osisession", "rusty", "raw-tls", "osisession-tls"] {
        servers.push(Server::start(programs, kind, &folder)?);
    }
    let server = |kind: &str| servers.iter().find(|server| server.kind == kind).ok_or("no such server");
    let python = workspace.venv("python");
    let has_python = python.exists();
    let mut figures = Figures::new();
    for _ in 0..TURNS {
        for (work, count, size) in WORKS {
            for kind in KINDS.iter().filter(|kind| kind.name != "Python" || has_python) {
                // The slow ones do less of it.
                let count = match kind.name {
                    "rusty" | "Python" => count / 4,
                    name if name.ends_with("tls") && work == "connect" => count / 4,
                    _ => count,
                };
                let server = server(kind.server)?;
                let (count_text, size_text) = (count.to_string(), size.to_string());
                let mut command = match kind.name {
                    "C" => on_cpu(1, &programs.c),
                    "Python" => on_cpu(1, &python),
                    _ => on_cpu(1, &programs.rust),
                };
                match kind.name {
                    "C" => command.arg(&server.address),
                    "Python" => {
                        command.arg(workspace.root.join("benches/python/wire.py")).arg(&server.address)
                    }
                    name => command.args(["call", name, &server.address]).arg(&server.folder),
                };
                let seconds = quiet(command.args([work, &count_text, &size_text]))?;
                let seconds: f64 = seconds.trim().parse().map_err(|_| format!("{}: {seconds}", kind.name))?;
                figures
                    .entry(format!("{work} {size} {}", kind.name))
                    .or_default()
                    .push(count as f64 / seconds);
            }
        }
        let raw = server("raw")?;
        let tcp = quiet(
            on_cpu(1, &programs.rust)
                .args(["call", "raw", &raw.address])
                .arg(&raw.folder)
                .args(["tcp", "1000", "1"]),
        )?;
        let tcp: f64 = tcp.trim().parse().map_err(|_| "tcp")?;
        figures.entry("tcp".into()).or_default().push(1000.0 / tcp);
    }
    print(&figures);
    grow(programs, server("osisession")?)
}

fn print(figures: &Figures) {
    println!("\nA TCP connection and its end, nothing else: {:.0} per second\n", median(figures, "tcp"));
    println!("| | {} |", KINDS.iter().map(|kind| kind.name).collect::<Vec<_>>().join(" | "));
    println!("|---|{}", "--:|".repeat(KINDS.len()));
    for (work, _, size) in WORKS {
        let (unit, scale) = match work {
            "bulk" => ("MB/s", size as f64 / 1e6),
            _ => ("per second", 1.0),
        };
        let cells = KINDS.iter().map(|kind| {
            let value = median(figures, &format!("{work} {size} {}", kind.name));
            let floor = median(figures, &format!("{work} {size} {}", kind.floor));
            if value.is_nan() { "-".into() } else { format!("{:.0} ({:.2})", value * scale, value / floor) }
        });
        println!("| {work}, {size} octets, {unit} | {} |", cells.collect::<Vec<_>>().join(" | "));
    }
}

/// How the cost grows with the sessions that are open, and what they take in memory. All counts in turn, medians: the machine's speed moves
/// more than what is looked for.
fn grow(programs: &Programs, server: &Server) -> Result {
    let mut figures = Figures::new();
    for _ in 0..TURNS_OF_GROWTH {
        for open in OPEN {
            with_open(programs, server, open, &mut figures)?;
        }
    }
    println!("\n| sessions open | {} |", GROWTH.map(|(what, _)| what).join(" | "));
    println!("|--:|{}", "--:|".repeat(GROWTH.len()));
    for open in OPEN {
        let cells =
            GROWTH.map(|(what, scale)| format!("{:.0}", median(&figures, &format!("{what} {open}")) * scale));
        println!("| {open} | {} |", cells.join(" | "));
    }
    Ok(())
}

/// One turn with so many sessions open.
fn with_open(programs: &Programs, server: &Server, open: usize, figures: &mut Figures) -> Result {
    let before = server.resident();
    let mut holder = Command::new(&programs.rust)
        .args(["call", "osisession", &server.address])
        .arg(&server.folder)
        .args(["memory", "1", "1", &open.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .text("wire")?;
    let mut ours = String::new();
    let output = holder.stdout.take().ok_or("wire has no output")?;
    BufReader::new(output).read_line(&mut ours).text("wire")?;
    let theirs = server.resident() - before;
    let ours: f64 = ours.trim().parse().map_err(|_| format!("memory: {ours}"))?;
    let mut seen = Vec::new();
    for (work, times, size) in [("connect", 1_000, 1), ("echo", 10_000, 64), ("bulk", 8_000, 65_536)] {
        let seconds = quiet(
            on_cpu(1, &programs.rust)
                .args(["call", "osisession", &server.address])
                .arg(&server.folder)
                .args([work, &times.to_string(), &size.to_string()]),
        )?;
        let seconds: f64 = seconds.trim().parse().map_err(|_| format!("{work}: {seconds}"))?;
        seen.push(f64::from(times) / seconds);
    }
    let first = !figures.contains_key(&format!("{} {open}", GROWTH[0].0));
    if first {
        // Later turns find memory that the server has kept.
        seen.extend([ours / open as f64, theirs / open as f64]);
    }
    for ((what, _), value) in GROWTH.iter().zip(seen) {
        figures.entry(format!("{what} {open}")).or_default().push(value);
    }
    let mut input = holder.stdin.take().ok_or("wire has no input")?;
    input.flush().text("wire")?;
    drop(input);
    holder.wait().text("wire")?;
    Ok(())
}
