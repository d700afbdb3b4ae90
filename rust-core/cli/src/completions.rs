//! `osisession completions` and `osisession man`: from the same table as the arguments.
use crate::args::{Args, Completions, Man, Shell};
use crate::command::{Context, Stop};
use clap::CommandFactory;
use clap_complete::{generate, shells};

pub(crate) fn completions(args: &Completions, context: &mut Context<'_>) -> Result<bool, Stop> {
    let mut command = Args::command();
    // Into memory first: the generators panic where an output breaks off.
    let mut script = Vec::new();
    match args.shell {
        Shell::Bash => generate(shells::Bash, &mut command, "osisession", &mut script),
        Shell::Zsh => generate(shells::Zsh, &mut command, "osisession", &mut script),
        Shell::Fish => generate(shells::Fish, &mut command, "osisession", &mut script),
    }
    context.out.write_all(&script)?;
    Ok(true)
}

pub(crate) fn man(args: &Man, context: &mut Context<'_>) -> Result<bool, Stop> {
    let mut command = Args::command();
    command.build();
    let page = match &args.command {
        None => command,
        Some(name) => {
            // Building gave it its full name, osisession-probe.
            let found = command.find_subcommand(name).cloned();
            found.ok_or_else(|| Stop::Usage(format!("{name:?} is no command of osisession")))?
        }
    };
    let mut octets = Vec::new();
    clap_mangen::Man::new(page).render(&mut octets)?;
    context.out.write_all(&octets)?;
    Ok(true)
}
