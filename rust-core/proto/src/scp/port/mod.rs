//! The port of session control: one end of a logical link, as a state table (DNA Session Control 1.0.0, operation).
pub mod table;

pub use table::{Action, Cell, Event, State, cell};
