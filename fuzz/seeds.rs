//! `cargo run --example seeds DIRECTORY`: the vectors as inputs of the fuzz targets, and a TSDU of every SPDU.
use osisession_proto::x225::parameter::Versions;
use osisession_proto::x225::spdu::Kind;
use osisession_testkit::bench::Rng;
use osisession_testkit::pcap::{Link, Talk, pcap, pcapng};
use osisession_testkit::{generate, tsv};
use std::path::Path;

fn write(directory: &Path, target: &str, number: usize, octets: &[&[u8]]) -> std::io::Result<()> {
    let directory = directory.join(target);
    std::fs::create_dir_all(&directory)?;
    std::fs::write(directory.join(format!("seed-{number:04}")), octets.concat())
}

fn scp_vectors() -> Vec<Vec<u8>> {
    octets_of(include_str!("../rust-core/testkit/data/scp/vectors.tsv"))
}

fn zip_vectors() -> Vec<Vec<u8>> {
    octets_of(include_str!("../rust-core/testkit/data/zip/vectors.tsv"))
}

fn octets_of(vectors: &'static str) -> Vec<Vec<u8>> {
    let rows = tsv::rows(vectors);
    rows.iter().filter(|row| !row["hex"].starts_with('(')).map(|row| tsv::octets(row["hex"])).collect()
}

fn main() -> std::io::Result<()> {
    let directory = std::env::args_os().nth(1).expect("a directory");
    let directory = Path::new(&directory);
    for (number, row) in tsv::transport_vectors().iter().enumerate() {
        let octets = tsv::octets(row["hex"]);
        if octets.len() < 1_000 {
            let settings = [0x13, 0x30, 0x03, 0x0c][number % 4];
            write(directory, "tpkt_cotp", number, &[&[settings, number as u8], &octets])?;
        }
    }
    let mut tsdus: Vec<Vec<u8>> = tsv::vectors().iter().map(|row| tsv::octets(row["hex"])).collect();
    let mut rng = Rng::new(1);
    for kind in Kind::ALL {
        for choices in [0, u32::MAX] {
            let mut made = generate::spdu(*kind, choices, Versions::V2, false, &mut rng);
            made.user_data.truncate(20);
            let mut tsdu = kind.basic_prefix().map_or_else(Vec::new, |prefix| vec![prefix.si(), 0]);
            tsdu.extend(made.builder().encode_unchecked());
            tsdus.push(tsdu);
        }
    }
    for (number, octets) in tsdus.iter().filter(|octets| octets.len() < 250).enumerate() {
        write(directory, "spdu", number, &[&[0, 62], octets])?;
        let settings = 0x50 | (number % 4) as u8;
        write(directory, "tsdu", number, &[&[settings, (number % 2) as u8, octets.len() as u8], octets])?;
    }
    // Each packet of the vectors comes to nodes that are up, with what is done before and behind it.
    for (target, vectors) in [("scp", scp_vectors()), ("zip", zip_vectors())] {
        for (number, octets) in vectors.iter().filter(|octets| octets.len() < 200).enumerate() {
            let before = [(number % 2) as u8 | 4, 60, 255, 0, 0, 60, 255, 0, 0, 101, 0, 0, 0];
            let inject = [200 + (number % 56) as u8, octets.len() as u8];
            write(directory, target, number, &[&before, &inject, octets, &[0, 0, 60, 50, 0, 0]])?;
        }
    }
    for (number, link) in [Link::Ethernet, Link::Cooked, Link::Null, Link::Raw].into_iter().enumerate() {
        let mut talk = Talk::open("192.0.2.1:40001", "192.0.2.2:102");
        talk.transport();
        for (at, tsdu) in tsdus.iter().filter(|octets| octets.len() < 60).skip(number).step_by(40).enumerate()
        {
            talk.tsdu(at % 2, tsdu, 20);
        }
        let settings = [(number % 2) as u8];
        write(directory, "capture", 2 * number, &[&settings, &pcap(link, &talk.segments)])?;
        write(directory, "capture", 2 * number + 1, &[&settings, &pcapng(link, &talk.segments)])?;
    }
    Ok(())
}
