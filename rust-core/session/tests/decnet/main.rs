//! DECnet nodes over real sockets.
mod circuits;
mod driving;
mod links;
mod logging;
mod pressure;
mod support;
