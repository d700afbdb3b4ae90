//! Structure and encoding of SPDUs (X.225 clause 8).
//!
//! Reading: [`decode`] a TSDU, ask the [`Spdu`]s. Writing: set up an [`SpduBuilder`], [`emit`] it. Between the two:
//! [`Reassembly`].
//!
//! | file | what it is | X.225 |
//! |---|---|---|
//! | `kind.rs` | the SPDUs: identifiers, names, categories | 8.2, 8.3 |
//! | `parameters.rs` | the parameters of every SPDU; valid concatenations | 8.3, Table 8 |
//! | `decode.rs` | octets to SPDUs | 8.2 |
//! | `concatenation.rs` | what may stand together | 6.3.7, Tables 7, 8 |
//! | `check.rs` | values, presence, what goes with what | 8.3 |
//! | `leniency.rs` | what is forgiven | |
//! | `access.rs` | what an SPDU says | 8.3 |
//! | `build.rs`, `emit.rs` | parameters to octets, prefix, segmentation | 8.2, 6.3.5 |
//! | `reassembly.rs` | segments to SSDUs | 6.3.5 |
//! | `describe.rs` | SPDUs for people | |
mod access;
mod build;
mod check;
mod concatenation;
mod decode;
mod describe;
mod emit;
mod kind;
mod leniency;
mod parameters;
mod reassembly;
#[cfg(test)]
mod tests;

pub use build::{EncodeContext, MAX_SPDU, SpduBuilder};
pub use check::{check_accept, check_connect};
pub use decode::{DecodeContext, Decoded, Segmenting, Spdu, Unit, decode};
pub use describe::Described;
pub(crate) use describe::octets;
pub use emit::{emit, emit_concatenated};
pub use kind::{Category, Flow, Kind};
pub use leniency::{Leniency, Used};
pub use reassembly::{Complete, Reassembly};
