//! AppleTalk zone information and what lies below it.
mod simulation;
mod vectors;
mod world;
