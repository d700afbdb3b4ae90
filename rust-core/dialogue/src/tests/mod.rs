//! What the tests have in common, and the tests.
mod codec;
mod compare;
mod model;
mod net;
mod simulate;
mod world;
