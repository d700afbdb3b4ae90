//! Two machines hold sessions on virtual time.
mod collisions;
mod establishment;
mod exhaustive;
mod failures;
mod follow;
mod pieces;
mod random;
mod services;
mod waiting;
