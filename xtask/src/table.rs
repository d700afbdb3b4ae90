//! `cargo xtask table`: the state tables of X.225 Annex A as the library runs them.
use crate::Result;
use osisession_proto::x225::names::{Incoming, State};
use osisession_proto::x225::table::print;

/// Prints a table, a cell, or everything.
pub(crate) fn run(arguments: &[&str]) -> Result {
    match arguments {
        ["--tsv"] => print!("{}", print::to_tsv()),
        [] => {
            for name in print::names() {
                println!("{}", table(name)?);
            }
        }
        [name] => print!("{}", table(&name.to_uppercase())?),
        [name, "--tsv"] | ["--tsv", name] => {
            let name = name.to_uppercase();
            table(&name)?;
            let of_it = |line: &&str| line.split('\t').nth(2).is_some_and(|table| table == name);
            for line in print::to_tsv().lines().enumerate().filter(|(at, line)| *at == 0 || of_it(line)) {
                println!("{}", line.1);
            }
        }
        [state, event] => {
            let state =
                State::from_name(state).ok_or("no such state: STA01 to STA713, as Annex A spells them")?;
            let event = Incoming::from_name(event)
                .ok_or("no such event: SCONreq, SCONrsp+, CN ... as Annex A spells them")?;
            print!("{}", print::print_cell(state, event));
        }
        _ => return Err("give one table, or a state and an event".into()),
    }
    Ok(())
}

fn table(name: &str) -> Result<String> {
    print::print(name).ok_or_else(|| "no such table: A.8 to A.25".into())
}
