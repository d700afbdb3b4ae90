//! Reference tables, vectors, a two-party bench and a search over the state tables, for the tests of osisession.
pub mod bench;
pub mod exhaust;
pub mod explore;
pub mod fault;
pub mod forge;
pub mod generate;
pub mod hostile;
pub mod pcap;
pub mod process;
pub mod simulate;
pub mod stack;
pub mod tape;
pub mod tsv;
pub mod unreachable;
pub mod users;
