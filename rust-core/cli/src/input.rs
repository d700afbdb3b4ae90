//! What an argument is: hex, or a file of one kind or another.
use osisession_proto::x225::passive::{Direction, looks_like_tpkt};
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::Path;

/// Octets of an input that is no capture: hex text, TPKTs, a TSDU.
const MAX_FILE: u64 = 64 << 20;
/// Octets that tell what a file is.
const MAGIC: usize = 4;

/// Octets that go one way.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) direction: Direction,
    pub(crate) octets: Vec<u8>,
}

/// An input that was looked into.
pub(crate) enum Input {
    /// pcap or pcapng: a stream, and its size if that is known.
    Capture { reader: Box<dyn Read + Send>, size: Option<u64> },
    /// TSDUs or TPKTs.
    Parts(Vec<Part>),
}

/// Opens an argument: standard input, hex, or a file.
pub(crate) fn open(argument: &str) -> io::Result<Input> {
    if argument == "-" {
        return sniff(Box::new(io::stdin()), None);
    }
    match File::open(argument) {
        Ok(file) => {
            let size = file.metadata().ok().map(|metadata| metadata.len());
            sniff(Box::new(BufReader::with_capacity(1 << 16, file)), size)
                .map_err(|error| named(argument, error))
        }
        Err(not_a_file) => match hex_line(argument) {
            Ok(Some(part)) => Ok(Input::Parts(vec![part])),
            Ok(None) => Err(named(argument, io::Error::other("there is no hex in it"))),
            Err(_) if not_a_file.kind() != io::ErrorKind::NotFound => Err(named(argument, not_a_file)),
            Err(why) => Err(named(argument, io::Error::other(format!("no such file, and not hex: {why}")))),
        },
    }
}

/// A file that is one TSDU.
pub(crate) fn tsdu(path: &Path) -> io::Result<Vec<u8>> {
    let name = path.display().to_string();
    File::open(path).and_then(|file| read_all(Box::new(file))).map_err(|error| named(&name, error))
}

fn named(name: &str, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{name}: {error}"))
}

fn read_all(reader: Box<dyn Read + Send>) -> io::Result<Vec<u8>> {
    let mut octets = Vec::new();
    reader.take(MAX_FILE + 1).read_to_end(&mut octets)?;
    if octets.len() as u64 > MAX_FILE {
        return Err(io::Error::other(format!("larger than {} MiB and no capture", MAX_FILE >> 20)));
    }
    Ok(octets)
}

fn sniff(mut reader: Box<dyn Read + Send>, size: Option<u64>) -> io::Result<Input> {
    let mut magic = Vec::new();
    reader.by_ref().take(MAGIC as u64).read_to_end(&mut magic)?;
    let is_capture = osisession_capture::is_capture(&magic);
    let reader: Box<dyn Read + Send> = Box::new(Cursor::new(magic).chain(reader));
    if is_capture {
        return Ok(Input::Capture { reader, size });
    }
    let octets = read_all(reader)?;
    match std::str::from_utf8(&octets) {
        Ok(text) if looks_like_hex(text) => hex_text(text).map(Input::Parts),
        _ => Ok(Input::Parts(vec![Part { direction: Direction::Forward, octets }])),
    }
}

/// Text whose first line with something in it is hex.
fn looks_like_hex(text: &str) -> bool {
    text.lines().find_map(|line| hex_line(line).transpose()).is_some_and(|line| line.is_ok())
}

fn hex_text(text: &str) -> io::Result<Vec<Part>> {
    let mut parts = Vec::new();
    for (index, line) in text.lines().enumerate() {
        match hex_line(line) {
            Ok(part) => parts.extend(part),
            Err(why) => return Err(io::Error::other(format!("line {}: {why}", index + 1))),
        }
    }
    Ok(parts)
}

/// A line of hex; `None` if there is nothing but blanks or a comment.
pub(crate) fn hex_line(line: &str) -> Result<Option<Part>, String> {
    let line = line.split('#').next().unwrap_or_default().trim();
    let (direction, line) = match line.as_bytes().first() {
        Some(b'<') => (Direction::Backward, &line[1..]),
        Some(b'>') => (Direction::Forward, &line[1..]),
        _ => (Direction::Forward, line),
    };
    let mut digits = Vec::new();
    for word in line.split(|c: char| c.is_whitespace() || matches!(c, ':' | ',' | '-')) {
        let word = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")).unwrap_or(word);
        for c in word.chars() {
            let digit = c.to_digit(16).ok_or_else(|| format!("{c:?} is not a hex digit"))?;
            digits.push(u8::try_from(digit).unwrap_or_default());
        }
    }
    if digits.is_empty() {
        return Ok(None);
    }
    if digits.len() % 2 != 0 {
        return Err(format!("{} hex digits are no whole octets", digits.len()));
    }
    let octets = digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
    Ok(Some(Part { direction, octets }))
}

/// TPKTs and not a TSDU: SI 3 is not assigned.
pub(crate) fn is_tpkt(octets: &[u8]) -> bool {
    looks_like_tpkt(octets) == Some(true)
}
