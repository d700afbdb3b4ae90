//! The command `osisession`.
fn main() {
    std::process::exit(osisession_cli::main_from(std::env::args().collect()));
}
