//! pcap and pcapng: packets, their link type and time.
use core::fmt;
use osisession_proto::Instant;
use pcap_parser::traits::{PcapNGPacketBlock, PcapReaderIterator};
use pcap_parser::{Block, Linktype, PcapBlockOwned, PcapError, create_reader};
use std::io::{self, Read};

/// Octets of the buffer at first; it grows with the blocks of the file.
const BUFFER: usize = 1 << 16;
/// Octets of the longest block that is read. A length in a broken file asks for no more.
const MAX_BUFFER: usize = 1 << 24;
/// Interfaces of one section of a pcapng file.
const MAX_INTERFACES: usize = 4_096;
const NANOS: u128 = 1_000_000_000;

/// A capture that cannot be read, or not to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CaptureError {
    /// Neither pcap nor pcapng.
    NotACapture,
    /// The file ends in the middle of a block. What stands before it was read.
    Truncated {
        /// Octets that were read.
        at: u64,
    },
    /// A block that makes no sense. What stands before it was read.
    Malformed {
        /// Octets to its start.
        at: u64,
    },
    /// Reading failed.
    Read,
}

impl fmt::Display for CaptureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CaptureError::NotACapture => f.write_str("neither pcap nor pcapng"),
            CaptureError::Truncated { at } => write!(f, "the capture is cut off in the block at octet {at}"),
            CaptureError::Malformed { at } => {
                write!(f, "the block at octet {at} of the capture is malformed")
            }
            CaptureError::Read => f.write_str("the capture cannot be read on"),
        }
    }
}

impl core::error::Error for CaptureError {}

/// The first four octets of a pcap (either byte order, micro or nanoseconds) or pcapng file.
pub fn is_capture(octets: &[u8]) -> bool {
    const MAGICS: [[u8; 4]; 5] = [
        [0x0a, 0x0d, 0x0d, 0x0a],
        [0xa1, 0xb2, 0xc3, 0xd4],
        [0xd4, 0xc3, 0xb2, 0xa1],
        [0xa1, 0xb2, 0x3c, 0x4d],
        [0x4d, 0x3c, 0xb2, 0xa1],
    ];
    MAGICS.iter().any(|magic| octets.starts_with(magic))
}

#[derive(Clone, Copy, Debug)]
struct Interface {
    link: Linktype,
    /// Units of time in a second.
    resolution: u128,
    /// Seconds to add.
    offset: i64,
}

/// Reads on until the first block is whole: a pipe may give it in pieces, and the parser judges what the first read gives.
struct WholeFirstBlock<R> {
    inner: R,
    begun: bool,
}

impl<R: Read> Read for WholeFirstBlock<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.begun {
            return self.inner.read(buffer);
        }
        self.begun = true;
        let mut filled = 0;
        while filled < first_block(&buffer[..filled]).min(buffer.len()) {
            match self.inner.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(octets) => filled += octets,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }
}

/// Octets of the first block, as far as these octets tell.
fn first_block(octets: &[u8]) -> usize {
    match *octets {
        [0x0a, 0x0d, 0x0d, 0x0a, a, b, c, d, order, ..] => {
            let length = [a, b, c, d];
            let length = if order == 0x1a { u32::from_be_bytes(length) } else { u32::from_le_bytes(length) };
            usize::try_from(length).unwrap_or(usize::MAX)
        }
        // The header of a pcap file.
        _ => 24,
    }
}

/// The parser subtracts type and lengths, 12 octets, from the length of a block before it looks whether they are there. The
/// byte order need not be known: a length that is below 12 in the wrong order is above [`MAX_BUFFER`] in the right one.
fn too_short(block: &[u8]) -> bool {
    match *block {
        [_, _, _, _, a, b, c, d, ..] => {
            let length = [a, b, c, d];
            u32::from_be_bytes(length) < 12 || u32::from_le_bytes(length) < 12
        }
        _ => false,
    }
}

/// The packets of a file.
pub(crate) struct File {
    reader: Box<dyn PcapReaderIterator + Send>,
    /// It is pcapng: blocks with lengths.
    blocks: bool,
    interfaces: Vec<Interface>,
    last: Instant,
    capacity: usize,
}

impl File {
    pub(crate) fn new(reader: Box<dyn Read + Send>) -> Result<File, CaptureError> {
        match create_reader(BUFFER, WholeFirstBlock { inner: reader, begun: false }) {
            Ok(reader) => {
                let blocks = reader.data().starts_with(&[0x0a, 0x0d, 0x0d, 0x0a]);
                Ok(File { reader, blocks, interfaces: Vec::new(), last: Instant::ZERO, capacity: BUFFER })
            }
            Err(PcapError::ReadError) => Err(CaptureError::Read),
            Err(PcapError::Incomplete(_) | PcapError::UnexpectedEof) => {
                Err(CaptureError::Truncated { at: 0 })
            }
            Err(_) => Err(CaptureError::NotACapture),
        }
    }

    /// Octets of the file that were read.
    pub(crate) fn consumed(&self) -> u64 {
        self.reader.consumed() as u64
    }

    /// Reads one block; `false` at the end of the file. `packet` is called if the block is a packet.
    pub(crate) fn block(
        &mut self,
        packet: &mut dyn FnMut(Linktype, &[u8], Instant),
    ) -> Result<bool, CaptureError> {
        let at = self.consumed();
        if self.blocks && too_short(self.reader.data()) {
            return Err(CaptureError::Malformed { at });
        }
        match self.reader.next() {
            Ok((length, block)) => {
                read_block(&block, &mut self.interfaces, &mut self.last, packet);
                drop(block);
                self.reader.consume(length);
                Ok(true)
            }
            Err(PcapError::Eof) => Ok(false),
            Err(PcapError::Incomplete(_)) => self.refill(at),
            Err(PcapError::BufferTooSmall) => {
                self.capacity = self.capacity.saturating_mul(2);
                if self.capacity > MAX_BUFFER || !self.reader.grow(self.capacity) {
                    return Err(CaptureError::Malformed { at });
                }
                self.refill(at)
            }
            Err(PcapError::UnexpectedEof) => Err(CaptureError::Truncated { at }),
            Err(PcapError::ReadError) => Err(CaptureError::Read),
            Err(_) => Err(CaptureError::Malformed { at }),
        }
    }

    fn refill(&mut self, at: u64) -> Result<bool, CaptureError> {
        let before = self.reader.data().len();
        self.reader.refill().map_err(|_| CaptureError::Read)?;
        if self.reader.data().len() > before {
            return Ok(true);
        }
        match before {
            0 => Ok(false),
            _ => Err(CaptureError::Truncated { at }),
        }
    }
}

fn read_block(
    block: &PcapBlockOwned<'_>,
    interfaces: &mut Vec<Interface>,
    last: &mut Instant,
    packet: &mut dyn FnMut(Linktype, &[u8], Instant),
) {
    match block {
        PcapBlockOwned::LegacyHeader(header) => {
            let resolution = if header.is_nanosecond_precision() { NANOS } else { 1_000_000 };
            interfaces.push(Interface { link: header.network, resolution, offset: 0 });
        }
        PcapBlockOwned::Legacy(legacy) => {
            let Some(interface) = interfaces.first() else { return };
            let fraction = u128::from(legacy.ts_usec) * NANOS / interface.resolution;
            *last = instant(u128::from(legacy.ts_sec) * NANOS + fraction, 0);
            packet(interface.link, legacy.data, *last);
        }
        PcapBlockOwned::NG(Block::SectionHeader(_)) => interfaces.clear(),
        PcapBlockOwned::NG(Block::InterfaceDescription(description)) => {
            if interfaces.len() < MAX_INTERFACES {
                interfaces.push(Interface {
                    link: description.linktype,
                    resolution: resolution(description.if_tsresol),
                    offset: description.if_tsoffset,
                });
            }
        }
        PcapBlockOwned::NG(Block::EnhancedPacket(enhanced)) => {
            let Some(interface) = usize::try_from(enhanced.if_id).ok().and_then(|id| interfaces.get(id))
            else {
                return;
            };
            let units = u128::from(enhanced.ts_high) << 32 | u128::from(enhanced.ts_low);
            *last = instant(units * NANOS / interface.resolution, interface.offset);
            packet(interface.link, enhanced.packet_data(), *last);
        }
        PcapBlockOwned::NG(Block::SimplePacket(simple)) => {
            // It has no time of its own.
            let Some(interface) = interfaces.first() else { return };
            packet(interface.link, simple.packet_data(), *last);
        }
        PcapBlockOwned::NG(_) => {}
    }
}

/// if_tsresol: a negative power of 10, or of 2 with the highest bit.
fn resolution(code: u8) -> u128 {
    let power = u32::from(code & 0x7f);
    let base: u128 = if code & 0x80 == 0 { 10 } else { 2 };
    base.checked_pow(power).unwrap_or(u128::MAX)
}

fn instant(nanos: u128, offset: i64) -> Instant {
    let moved = i128::try_from(nanos).unwrap_or(i128::MAX).saturating_add(i128::from(offset) * 1_000_000_000);
    Instant::from_nanos(u64::try_from(moved.max(0)).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_resolutions() {
        assert_eq!(resolution(6), 1_000_000);
        assert_eq!(resolution(9), NANOS);
        assert_eq!(resolution(0x80 | 10), 1_024);
        assert_eq!(resolution(0x7f), u128::MAX);
        assert_eq!(resolution(0xff), 1 << 127);
    }

    #[test]
    fn time_offsets_saturate() {
        assert_eq!(instant(5_000_000_000, -2), Instant::from_nanos(3_000_000_000));
        assert_eq!(instant(5, -2), Instant::ZERO);
        assert_eq!(instant(u128::MAX, i64::MAX), Instant::from_nanos(u64::MAX));
    }
}
