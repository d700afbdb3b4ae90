//! Reliable transfer over real session machines, on virtual time.
mod life;
mod refusals;
mod simulation;
mod world;
