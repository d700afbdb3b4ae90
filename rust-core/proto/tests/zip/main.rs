//! AppleTalk zone information and what lies below it.
mod replay;
mod simulation;
mod vectors;
mod world;
