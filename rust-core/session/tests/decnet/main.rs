//! DECnet nodes over real sockets.
mod circuits;
mod driving;
mod ethernet;
mod links;
mod logging;
mod pressure;
mod support;
