//! Long runs of two well-behaved users, and replays of one seed: behind `cargo xtask simulate`.
use osisession_proto::x225::parameter::FunctionalUnits;
use osisession_testkit::explore::RowId;
use osisession_testkit::simulate::{Plan, run};
use osisession_testkit::users::selections;
use std::collections::BTreeSet;
use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask simulate [--steps N] [--seed N] [--units BITS] [--from N]
    --steps N     at least N steps with each selection of functional units (default 100000)
    --seed N      one dialogue under this seed; with --units; prints the ladder of both sides
    --units BITS  only this selection, as the octets of Session User Requirements: 0x4a
    --from N      seeds count from N (default 1)
A step is a request that was accepted, or an arrival.";

struct Arguments {
    steps: u64,
    from: u64,
    seed: Option<u64>,
    units: Option<FunctionalUnits>,
}

fn number(text: Option<String>) -> Option<u64> {
    let text = text?;
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

fn arguments() -> Option<Arguments> {
    let mut found = Arguments { steps: 100_000, from: 1, seed: None, units: None };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--steps" => found.steps = number(words.next())?,
            "--from" => found.from = number(words.next())?,
            "--seed" => found.seed = Some(number(words.next())?),
            "--units" => {
                let bits = u16::try_from(number(words.next())?).ok()?;
                found.units = Some(FunctionalUnits::from_bits(bits)?);
            }
            _ => return None,
        }
    }
    (found.seed.is_none() || found.units.is_some()).then_some(found)
}

fn main() -> ExitCode {
    let Some(arguments) = arguments() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    if let (Some(seed), Some(units)) = (arguments.seed, arguments.units) {
        return match run(Plan { seed, units, steps: 200, trace: true }) {
            Ok(outcome) => {
                println!("{}", outcome.ladder);
                println!("{} steps, {} TSDUs, no violation", outcome.steps(), outcome.delivered);
                ExitCode::SUCCESS
            }
            Err(failure) => {
                println!("{}", failure.0);
                ExitCode::FAILURE
            }
        };
    }
    let known_holes = FunctionalUnits::SYMMETRIC_SYNC | FunctionalUnits::DATA_SEPARATION;
    let all: Vec<_> = match arguments.units {
        Some(units) => vec![units],
        None => selections().into_iter().filter(|units| !units.contains(known_holes)).collect(),
    };
    let [mut dialogues, mut steps, mut tried, mut accepted, mut delivered, mut ended] = [0u64; 6];
    let mut rows: BTreeSet<RowId> = BTreeSet::new();
    for (index, units) in all.iter().enumerate() {
        let mut done = 0;
        let mut seed = arguments.from;
        while done < arguments.steps {
            match run(Plan { seed, units: *units, steps: 200, trace: false }) {
                Ok(outcome) => {
                    done += outcome.steps();
                    tried += outcome.tried;
                    accepted += outcome.accepted;
                    delivered += outcome.delivered;
                    ended += u64::from(outcome.ended);
                    rows.extend(outcome.rows);
                }
                Err(failure) => {
                    println!("{}", failure.0);
                    return ExitCode::FAILURE;
                }
            }
            dialogues += 1;
            seed += 1;
        }
        steps += done;
        if index % 64 == 63 {
            eprintln!("{} of {} selections, {steps} steps", index + 1, all.len());
        }
    }
    println!("selections of functional units  {}", all.len());
    println!("dialogues                       {dialogues}");
    println!("  of these ended by the users   {ended}");
    println!("steps                           {steps}");
    println!("requests accepted               {accepted} of {tried} tried");
    println!("TSDUs delivered                 {delivered}");
    println!("rows of Annex A taken           {} of {}", rows.len(), RowId::all().len());
    println!("violations                      0");
    ExitCode::SUCCESS
}
