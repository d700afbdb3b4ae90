//! Reference tables, vectors and a two-party bench for the tests of osisession.
pub mod bench;
pub mod generate;
pub mod pcap;
pub mod tsv;
