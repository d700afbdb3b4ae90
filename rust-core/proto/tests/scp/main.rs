//! DECnet: session control and what lies below it.
mod circuits;
mod hostile;
mod nodes;
mod own_nsp;
mod refusals;
mod sending;
mod simulation;
mod tables;
mod timing;
mod vectors;
mod world;
