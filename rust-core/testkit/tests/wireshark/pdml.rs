//! TSDUs through tshark: a capture file in, what its session dissector shows out.
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A field of the dissection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Field {
    pub(crate) name: String,
    /// The line that a person sees.
    pub(crate) line: String,
    /// Octets from the start of the TSDU.
    pub(crate) at: usize,
    pub(crate) show: String,
    /// The octets, in hexadecimal.
    pub(crate) value: String,
}

/// How a TSDU gets to the dissector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// In a DT of class 0, in a TPKT, in TCP to port 102.
    Network,
    /// As a packet of its own.
    Direct,
}

impl Way {
    /// Octets in front of the TSDU: IP, TCP, TPKT, DT.
    fn before(self) -> usize {
        if self == Way::Network { 20 + 20 + 4 + 3 } else { 0 }
    }
}

/// The fields of each SPDU of each TSDU; none if the session dissector was not asked.
pub(crate) fn dissect(tshark: &Path, way: Way, tsdus: &[Vec<u8>]) -> Vec<Vec<Vec<Field>>> {
    let mut child = Command::new(tshark)
        .args(["-n", "-r", "-", "-T", "pdml", "--disable-protocol", "pres"])
        .args(["-o", "uat:user_dlts:\"User 0 (DLT=147)\",\"ses\",\"0\",\"\",\"0\",\"\""])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("tshark starts");
    let capture = capture(way, tsdus);
    let mut stdin = child.stdin.take().expect("piped");
    let writer = std::thread::spawn(move || stdin.write_all(&capture));
    let output = child.wait_with_output().expect("tshark ends");
    writer.join().expect("no panic").expect("tshark reads it all");
    assert!(output.status.success(), "tshark: {}", output.status);
    let packets = read(&String::from_utf8_lossy(&output.stdout), way.before());
    assert_eq!(packets.len(), tsdus.len());
    packets
}

/// tshark, if it is on the path.
pub(crate) fn tshark() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join("tshark")).find(|file| file.is_file())
}

/// "TShark (Wireshark) 4.0.17".
pub(crate) fn version(tshark: &Path) -> String {
    let output = Command::new(tshark).arg("--version").output().expect("tshark starts");
    String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().to_owned()
}

/// A file in the pcap format: link type 101 is raw IP, 147 is for private use.
fn capture(way: Way, tsdus: &[Vec<u8>]) -> Vec<u8> {
    let link: u32 = if way == Way::Network { 101 } else { 147 };
    let mut file = Vec::new();
    for word in [0xa1b2_c3d4, 0x0004_0002, 0, 0, 0x0004_0000, link] {
        file.extend(word.to_le_bytes());
    }
    for (number, tsdu) in tsdus.iter().enumerate() {
        let mut packet = Vec::new();
        if way == Way::Network {
            let total = way.before() + tsdu.len();
            let length = |octets: usize| u16::try_from(octets).expect("a short TSDU").to_be_bytes();
            packet.extend([0x45, 0]);
            packet.extend(length(total));
            packet.extend([0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
            // Each TSDU on a connection of its own.
            packet.extend(length(10_000 + number));
            packet.extend([0, 102, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0]);
            packet.extend([3, 0]);
            packet.extend(length(total - 40));
            packet.extend([2, 0xf0, 0x80]);
        }
        packet.extend(tsdu);
        let size = u32::try_from(packet.len()).expect("a short TSDU");
        for word in [number as u32, 0, size, size] {
            file.extend(word.to_le_bytes());
        }
        file.extend(packet);
    }
    file
}

/// PDML has a tag on each line.
fn read(text: &str, before: usize) -> Vec<Vec<Vec<Field>>> {
    let mut packets: Vec<Vec<Vec<Field>>> = Vec::new();
    let mut inside = false;
    for line in text.lines().map(str::trim_start) {
        if line == "<packet>" {
            packets.push(Vec::new());
            inside = false;
        } else if line.starts_with("<proto ") {
            inside = attribute(line, "name") == "ses";
            if let (true, Some(packet)) = (inside, packets.last_mut()) {
                packet.push(Vec::new());
            }
            // Also what a dissector of user data finds, which is not ours.
            if attribute(line, "showname").contains("Malformed Packet: SES")
                && let Some(spdu) = packets.last_mut().and_then(|packet| packet.last_mut())
            {
                spdu.push(Field { name: "ses.malformed".into(), show: "yes".into(), ..Field::default() });
            }
        } else if let (true, true, Some(spdu)) =
            (inside, line.starts_with("<field "), packets.last_mut().and_then(|packet| packet.last_mut()))
        {
            let at = attribute(line, "pos").parse().unwrap_or(0usize);
            spdu.push(Field {
                name: attribute(line, "name"),
                line: attribute(line, "showname"),
                at: at.saturating_sub(before),
                show: attribute(line, "show"),
                value: attribute(line, "value"),
            });
        }
    }
    packets
}

fn attribute(line: &str, name: &str) -> String {
    let start = format!(" {name}=\"");
    let value = line.split_once(&start).and_then(|(_, rest)| rest.split_once('"')).map(|(value, _)| value);
    value.unwrap_or_default().replace("&quot;", "\"").replace("&amp;", "&")
}
