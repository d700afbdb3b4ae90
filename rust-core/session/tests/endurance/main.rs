//! What only shows after a while: many hostile connections, much load. Minutes, so they run when asked for: `cargo xtask test
//! endurance`, or `cargo test --release -p osisession --test endurance -- --nocapture` with the variables below.
mod hostile;
mod load;
mod process;
