//! Requests and responses over two session machines.
mod calls;
mod survival;
mod world;
