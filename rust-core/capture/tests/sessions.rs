//! Sessions in captures that were written by hand.
use osisession_capture::{Capture, CaptureError, Options, Seen};
use osisession_proto::x225::passive::{Content, Direction};
use osisession_testkit::pcap::{Link, Talk, flags, pcap, pcapng};
use std::io::{Cursor, Read};

const FIRST: &str = "192.0.2.1:40001";
const SECOND: &str = "192.0.2.2:102";
const CN: &str = "0d180506130100160102140200023302000134020001c1024142";
const AC: &str = "0e1005061301001601021402000234020001";

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// Connect, data one way, abort the other way.
fn session(talk: &mut Talk, cut: usize) {
    talk.transport();
    talk.tsdu(0, &hex(CN), cut);
    talk.tsdu(1, &hex(AC), cut);
    talk.tsdu(0, b"\x01\x00\x01\x00some data", cut);
    talk.tsdu(1, &hex("1903110103"), cut);
    talk.segment(0, flags::FIN | flags::ACK, b"");
    talk.segment(1, flags::FIN | flags::ACK, b"");
}

fn read(file: Vec<u8>, options: Options) -> (Vec<Seen>, Option<CaptureError>) {
    let mut capture = match Capture::new(Box::new(Cursor::new(file)), options) {
        Ok(capture) => capture,
        Err(error) => return (Vec::new(), Some(error)),
    };
    let mut all = Vec::new();
    loop {
        match capture.next_item() {
            Ok(Some(seen)) => all.push(seen),
            Ok(None) => return (all, None),
            Err(error) => {
                assert_eq!(capture.next_item(), Ok(None));
                return (all, Some(error));
            }
        }
    }
}

/// A line for each item but TPDUs.
fn summary(seen: &[Seen]) -> Vec<String> {
    seen.iter()
        .filter_map(|Seen { connection, item }| {
            let arrow = if item.direction == Direction::Forward { '>' } else { '<' };
            let text = match &item.content {
                Content::Tpdu(_) => return None,
                Content::Tsdu(tsdu) => match &tsdu.fault {
                    Some(error) => format!("invalid: {}", error.details().text),
                    None => tsdu.kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(" "),
                },
                Content::Negotiated(_) => "negotiated".into(),
                Content::Lost => "lost".into(),
                Content::Skipped { octets } => format!("skipped {octets}"),
                other => format!("{other:?}"),
            };
            Some(format!("{} {arrow} {text}", connection.number))
        })
        .collect()
}

const WHOLE: [&str; 5] = ["1 > CN", "1 < AC", "1 < negotiated", "1 > GT DT", "1 < AB"];

#[test]
fn every_link_type_and_both_formats() {
    for link in Link::ALL {
        let mut talk = Talk::open(FIRST, SECOND);
        session(&mut talk, 1_000);
        for file in [pcap(link, &talk.segments), pcapng(link, &talk.segments)] {
            let (seen, error) = read(file, Options::default());
            assert_eq!(error, None);
            assert_eq!(summary(&seen), WHOLE, "{link:?}");
            assert_eq!(seen[0].connection.first.to_string(), FIRST);
            assert_eq!(seen[0].item.at.as_nanos(), 1_700_000_000_004_000_000);
        }
    }
}

#[test]
fn ip_version_6() {
    for link in Link::ALL {
        let mut talk = Talk::open("[2001:db8::1]:1", "[2001:db8::2]:102");
        session(&mut talk, 7);
        let (seen, _) = read(pcap(link, &talk.segments), Options::default());
        assert_eq!(summary(&seen), WHOLE, "{link:?}");
    }
}

#[test]
fn segments_cut_anywhere() {
    for cut in 1..50 {
        let mut talk = Talk::open(FIRST, SECOND);
        session(&mut talk, cut);
        let (seen, _) = read(pcap(Link::Raw, &talk.segments), Options::default());
        assert_eq!(summary(&seen), WHOLE, "cut after {cut}");
    }
}

#[test]
fn segments_twice_and_in_another_order() {
    for distance in 1..6 {
        let mut talk = Talk::open(FIRST, SECOND);
        session(&mut talk, 11);
        let mut segments = talk.segments.clone();
        // What nobody acknowledged yet: no acknowledgment says that a missing octet arrived.
        for segment in &mut segments[3..] {
            segment.acknowledgment = if segment.from.port() == 102 { u32::MAX - 20 } else { 7_000 };
        }
        let mut mixed = segments[..3].to_vec();
        for group in segments[3..].chunks(distance + 1) {
            mixed.extend(group.iter().rev().cloned());
            mixed.extend(group.iter().cloned());
        }
        let (seen, _) = read(pcap(Link::Ethernet, &mixed), Options::default());
        let mut lines = summary(&seen);
        let mut whole = WHOLE.map(String::from).to_vec();
        // The two directions may overtake one another, but each keeps its order.
        let negotiated = "1 < negotiated".to_owned();
        lines.retain(|line| *line != negotiated);
        whole.retain(|line| *line != negotiated);
        lines.sort_by_key(|line| line.contains('<'));
        whole.sort_by_key(|line| line.contains('<'));
        assert_eq!(lines, whole, "distance {distance}");
    }
}

#[test]
fn a_lost_segment_costs_what_was_in_it() {
    let mut talk = Talk::open(FIRST, SECOND);
    talk.transport();
    talk.tsdu(0, &hex(CN), 1_000);
    talk.tsdu(1, &hex(AC), 1_000);
    for text in [b"one..", b"two..", b"three"] {
        talk.tsdu(0, &[b"\x01\x00\x01\x00", &text[..]].concat(), 10);
    }
    talk.tsdu(1, &hex("1903110103"), 1_000);
    // The second half of "one".
    talk.segments.remove(8);
    let (seen, error) = read(pcap(Link::Raw, &talk.segments), Options::default());
    assert_eq!(error, None);
    let lines = summary(&seen);
    assert_eq!(lines[..3], WHOLE[..3]);
    assert_eq!(lines[3..], ["1 > lost", "1 > skipped 10", "1 > GT DT", "1 > GT DT", "1 < AB"]);
}

#[test]
fn begins_in_the_middle() {
    let mut talk = Talk::resume(SECOND, FIRST);
    talk.send(0, b"rest of a TPKT", 1_000);
    talk.tsdu(0, b"\x01\x00\x01\x00data", 5);
    talk.tsdu(1, b"\x01\x00\x01\x00more", 5);
    let (seen, _) = read(pcap(Link::Raw, &talk.segments), Options::default());
    // The side on the known port is the second.
    assert_eq!(seen[0].connection.second.to_string(), SECOND);
    assert_eq!(summary(&seen), ["1 < skipped 14", "1 < GT DT", "1 > GT DT"]);
}

#[test]
fn ports() {
    let mut talk = Talk::open(FIRST, "192.0.2.2:10102");
    session(&mut talk, 100);
    let mut other = Talk::open("192.0.2.9:5", "192.0.2.2:80");
    other.send(0, b"GET / HTTP/1.1\r\n\r\n", 100);
    talk.segments.extend(other.segments);
    let file = pcap(Link::Raw, &talk.segments);
    assert_eq!(read(file.clone(), Options::default()).0, []);
    let ports = Options { ports: vec![10_102], ..Options::default() };
    assert_eq!(summary(&read(file.clone(), ports).0), WHOLE);
    let any_port = Options { any_port: true, ..Options::default() };
    assert_eq!(summary(&read(file, any_port).0), WHOLE);
}

#[test]
fn a_port_used_again_is_another_connection() {
    let mut talk = Talk::open(FIRST, SECOND);
    session(&mut talk, 100);
    let mut again = Talk::open(FIRST, SECOND);
    session(&mut again, 100);
    for segment in &mut again.segments {
        let shift: u32 = if segment.from.port() == 102 { 77_777 } else { 1_000_000 };
        let back: u32 = if segment.from.port() == 102 { 1_000_000 } else { 77_777 };
        segment.sequence = segment.sequence.wrapping_add(shift);
        segment.acknowledgment = segment.acknowledgment.wrapping_add(back);
    }
    talk.segments.extend(again.segments);
    let (seen, _) = read(pcap(Link::Raw, &talk.segments), Options::default());
    let twice: Vec<String> = WHOLE
        .iter()
        .map(|line| (*line).to_owned())
        .chain(WHOLE.iter().map(|line| line.replacen('1', "2", 1)))
        .collect();
    assert_eq!(summary(&seen), twice);
}

/// Gives one octet at a time, as a slow pipe does.
struct Slow(Cursor<Vec<u8>>);

impl Read for Slow {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let end = buffer.len().min(1);
        self.0.read(&mut buffer[..end])
    }
}

#[test]
fn octet_by_octet() {
    let mut talk = Talk::open(FIRST, SECOND);
    session(&mut talk, 100);
    for file in [pcap(Link::Ethernet, &talk.segments), pcapng(Link::Ethernet, &talk.segments)] {
        let (whole, _) = read(file.clone(), Options::default());
        let mut capture = Capture::new(Box::new(Slow(Cursor::new(file))), Options::default()).unwrap();
        let mut seen = Vec::new();
        while let Some(next) = capture.next_item().unwrap() {
            seen.push(next);
        }
        assert_eq!(seen, whole);
    }
}

#[test]
fn cut_off_anywhere() {
    let mut talk = Talk::open(FIRST, SECOND);
    session(&mut talk, 100);
    for file in [pcap(Link::Ethernet, &talk.segments), pcapng(Link::Ethernet, &talk.segments)] {
        let whole = summary(&read(file.clone(), Options::default()).0);
        for length in 0..file.len() {
            let (seen, error) = read(file[..length].to_vec(), Options::default());
            let lines = summary(&seen);
            assert_eq!(lines, whole[..lines.len()], "{length}");
            if length < 24 {
                assert!(error.is_some(), "{length}");
            }
        }
    }
}

/// A generator of numbers that are always the same (xorshift).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % below
    }
}

#[test]
fn broken_octets_do_no_harm() {
    let mut talk = Talk::open(FIRST, SECOND);
    session(&mut talk, 20);
    let mut numbers = Numbers(0x5eed);
    let any_port = Options { any_port: true, ..Options::default() };
    for file in [pcap(Link::Vlan, &talk.segments), pcapng(Link::Cooked, &talk.segments)] {
        for _ in 0..2_000 {
            let mut broken = file.clone();
            for _ in 0..=numbers.next(8) {
                let at = numbers.next(broken.len());
                broken[at] = u8::try_from(numbers.next(256)).unwrap();
            }
            let (seen, _) = read(broken, any_port.clone());
            // Each packet can give but few items.
            assert!(seen.len() < 200);
        }
    }
    for _ in 0..500 {
        let mut noise =
            hex(["d4c3b2a1020004000000000000000000ffff000065000000", "0a0d0d0a"][numbers.next(2)]);
        noise.extend((0..numbers.next(400)).map(|_| u8::try_from(numbers.next(256)).unwrap()));
        read(noise, any_port.clone());
    }
}

#[test]
fn a_block_shorter_than_its_own_frame_is_malformed() {
    for order in [u32::to_le_bytes as fn(u32) -> [u8; 4], u32::to_be_bytes] {
        for length in [0, 4, 8, 11] {
            let mut talk = Talk::open(FIRST, SECOND);
            session(&mut talk, 100);
            let mut file = pcapng(Link::Ethernet, &talk.segments);
            file.extend([6, 0, 0, 0]);
            file.extend(order(length));
            file.extend([0; 32]);
            let (seen, error) = read(file, Options::default());
            assert!(!seen.is_empty());
            assert!(matches!(error, Some(CaptureError::Malformed { .. })), "{length}: {error:?}");
        }
    }
}
