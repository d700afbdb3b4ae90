//! Another library in Rust, with the whole runtime in its archive, panics included.
#![allow(missing_docs)]
use std::collections::HashMap;

/// Panics, catches it, and says 1 for each.
#[unsafe(no_mangle)]
pub extern "C" fn second_library(times: u32) -> u32 {
    let mut caught = HashMap::new();
    std::panic::set_hook(Box::new(|_| {}));
    for time in 0..times {
        let outcome = std::panic::catch_unwind(|| assert!(time == u32::MAX, "{time} is not the last"));
        caught.insert(time, outcome.is_err());
    }
    caught.values().filter(|caught| **caught).count() as u32
}
