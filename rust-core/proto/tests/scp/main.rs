//! DECnet: session control and what lies below it.
mod vectors;
