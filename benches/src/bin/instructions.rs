//! Instructions, by callgrind: the same on a busy machine as on an idle one.
//!
//! `instructions` runs itself under valgrind, once for each piece of work and number of repetitions; the difference of two
//! numbers is free of start-up. `instructions INDEX TIMES` does the work.
use std::process::{Command, ExitCode};

const FEW: u32 = 50;
const MANY: u32 = 150;

fn main() -> ExitCode {
    let arguments: Vec<usize> = std::env::args().skip(1).filter_map(|a| a.parse().ok()).collect();
    if let [index, times] = arguments[..] {
        let mut work = osisession_benches::work().swap_remove(index);
        (0..times).for_each(|_| (work.run)());
        return ExitCode::SUCCESS;
    }
    println!("{:<22}{:<36}{:>14}{:>10}", "about", "work", "instructions", "copies");
    let mut copy = 1.0;
    for (index, work) in osisession_benches::work().iter().enumerate() {
        let counts = (count(index, FEW), count(index, MANY));
        let (Some(few), Some(many)) = counts else {
            eprintln!("valgrind did not count {}", work.name);
            return ExitCode::FAILURE;
        };
        let one = (many - few) / f64::from(MANY - FEW);
        if work.name == "copy" {
            copy = one;
        }
        let ratio =
            if work.name.contains("both sides") { String::new() } else { format!("{:.1}", one / copy) };
        println!("{:<22}{:<36}{one:>14.0}{ratio:>10}", work.about, work.name);
    }
    ExitCode::SUCCESS
}

/// Instructions of a whole run.
fn count(index: usize, times: u32) -> Option<f64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe().ok()?)
        .args([index.to_string(), times.to_string()])
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let line = text.lines().find(|line| line.contains("Collected"))?;
    line.rsplit(' ').next()?.parse().ok()
}
