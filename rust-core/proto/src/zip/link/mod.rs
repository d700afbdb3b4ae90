//! Links: LocalTalk and EtherTalk.
pub mod elap;
pub mod llap;
