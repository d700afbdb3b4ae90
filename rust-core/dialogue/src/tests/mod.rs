//! What the tests have in common, and the tests.
mod cells;
mod codec;
mod compare;
mod duo;
mod everywhere;
mod life;
mod model;
mod net;
mod simulate;
mod trouble;
mod world;
