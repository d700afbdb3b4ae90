//! DECnet: session control and what lies below it.
mod simulation;
mod vectors;
mod world;
