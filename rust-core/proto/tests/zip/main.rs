//! AppleTalk zone information and what lies below it.
mod hostile;
mod hostile_node;
mod replay;
mod simulation;
mod tables;
mod vectors;
mod world;
