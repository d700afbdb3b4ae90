//! AppleTalk zone information and what lies below it.
mod hostile;
mod replay;
mod simulation;
mod tables;
mod vectors;
mod world;
