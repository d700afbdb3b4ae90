//! Peers that are slow, broken or hostile: every limit at its edge, and what is left of a listener that they called.
mod conversation;
mod faults;
mod limits;
mod log;
mod places;
mod resets;
mod strangers;
mod support;
