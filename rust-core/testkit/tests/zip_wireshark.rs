//! AppleTalk frames of ours beside Wireshark's dissector: what two routers and three nodes send each other, on EtherTalk and LocalTalk.
//!
//! Where the dissector (of Wireshark 4.0) departs from Inside AppleTalk, the expectation says so:
//!
//! * It reads a part of a split Extended Reply as if all the zones it counts were there, and calls it malformed.
//! * It calls a datagram with a short header and one octet of data malformed: RTMP Requests on LocalTalk are.
//! * It calls RTMP Responses of a nonextended network malformed: it wants the range of an extended one behind the node.
//! * Of a short header it shows no nodes: they are those of the frame.
use bytes::Bytes;
use osisession_proto::Instant;
use osisession_proto::zip::address::ddp_type;
use osisession_proto::zip::call::ZonePage;
use osisession_proto::zip::ddp::Header;
use osisession_proto::zip::link::{Medium, elap, llap};
use osisession_proto::zip::{
    ClientConfig, Datagram, Entity, Mac, Message, Name, NetworkRange, PortConfig, PortId, RouterConfig,
    ZoneCall, ZoneClient, ZoneName, ZoneRouter, atp, nbp,
};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

const FIELDS: [&str; 22] = [
    "aarp.opcode",
    "aarp.src.hw_mac",
    "aarp.dst.hw_mac",
    "ddp.len",
    "ddp.dst.net",
    "ddp.dst.node",
    "ddp.src.net",
    "ddp.src.node",
    "ddp.dst_socket",
    "ddp.src_socket",
    "ddp.type",
    "ddp.hopcount",
    "nbp.op",
    "nbp.tid",
    "nbp.object",
    "nbp.type",
    "nbp.zone",
    "atp.tid",
    "atp.function",
    "zip.function",
    "zip.zone_name",
    "_ws.malformed",
];

/// Link types of capture files.
const ETHERNET: u32 = 1;
const LOCALTALK: u32 = 114;

fn zone(text: &str) -> ZoneName {
    ZoneName::from_text(text).expect("a zone")
}

fn name(text: &str) -> Name {
    Name::from_text(text).expect("a name")
}

/// Who hears what on which segment: 0 and 2 EtherTalk, 1 LocalTalk.
struct World {
    now: Instant,
    nodes: Vec<(usize, ZoneClient)>,
    routers: Vec<(Vec<usize>, ZoneRouter)>,
    /// Frames by segment, in the order in which they were sent.
    seen: [Vec<Bytes>; 3],
}

impl World {
    fn new() -> World {
        let ether = |number| Medium::EtherTalk { mac: Mac([2, 0, 0, 0, 0, number]) };
        let range = |first, last| NetworkRange::new(first, last).expect("a range");
        let many = (0..40).map(|at| zone(&format!("Department Number {at:02}"))).collect();
        let one = RouterConfig::new(
            vec![
                PortConfig::seeded(
                    ether(1),
                    range(2_000, 2_009),
                    vec![zone("Twilight"), zone("Second Floor")],
                ),
                PortConfig::seeded(Medium::LocalTalk, range(1_000, 1_000), vec![zone("Ground")]),
            ],
            1,
        );
        // Learns the first network, and has one of its own with more zones than fit in a packet.
        let two = RouterConfig::new(
            vec![PortConfig::new(ether(2)), PortConfig::seeded(ether(3), range(4_000, 4_001), many)],
            2,
        );
        let router = |config| ZoneRouter::new(config).expect("a router");
        let node = |medium, seed| ZoneClient::new(ClientConfig::new(medium, seed));
        World {
            now: Instant::from_millis(1),
            nodes: vec![(0, node(ether(9), 9)), (1, node(Medium::LocalTalk, 10)), (2, node(ether(11), 11))],
            routers: vec![(vec![0, 1], router(one)), (vec![0, 2], router(two))],
            seen: Default::default(),
        }
    }

    /// Takes all that is to be sent to all who hear it.
    fn carry(&mut self) {
        loop {
            let mut flying = Vec::new();
            let count = self.nodes.len();
            for (who, (segment, node)) in self.nodes.iter_mut().enumerate() {
                while let Some(frame) = node.poll_frame() {
                    flying.push((who, *segment, frame));
                }
            }
            for (who, (segments, router)) in self.routers.iter_mut().enumerate() {
                while let Some((PortId(port), frame)) = router.poll_frame() {
                    flying.push((count + who, segments[port], frame));
                }
            }
            if flying.is_empty() {
                return;
            }
            for (from, segment, frame) in flying {
                self.seen[segment].push(frame.clone());
                for (who, (at, node)) in self.nodes.iter_mut().enumerate() {
                    if *at == segment && who != from {
                        node.frame(&frame, self.now);
                    }
                }
                for (who, (segments, router)) in self.routers.iter_mut().enumerate() {
                    let here = |port: &usize| segments[*port] == segment && count + who != from;
                    for port in (0..segments.len()).filter(here) {
                        router.frame(PortId(port), &frame, self.now).expect("a port");
                    }
                }
            }
        }
    }

    fn run(&mut self, seconds: u64) {
        let end = self.now + Duration::from_secs(seconds);
        self.carry();
        loop {
            let nodes = self.nodes.iter().filter_map(|(_, node)| node.next_timeout());
            let routers = self.routers.iter().filter_map(|(_, router)| router.next_timeout());
            let Some(next) = nodes.chain(routers).min().filter(|next| *next <= end) else { break };
            self.now = next.max(self.now);
            self.nodes.iter_mut().for_each(|(_, node)| node.handle_timeout(self.now));
            self.routers.iter_mut().for_each(|(_, router)| router.handle_timeout(self.now));
            self.carry();
        }
        self.now = end;
    }
}

/// Frames of every kind, with the link type of each segment.
fn exchange() -> Vec<(u32, Vec<Bytes>)> {
    let mut world = World::new();
    for at in 0..world.routers.len() {
        world.routers[at].1.start(world.now);
        world.run(10);
    }
    for at in 0..world.nodes.len() {
        world.nodes[at].1.start(world.now);
        world.run(10);
    }
    world.run(60);
    for (at, (_, node)) in world.nodes.iter_mut().enumerate() {
        for call in [ZoneCall::GetZoneList, ZoneCall::GetLocalZones] {
            node.call(call, world.now).expect("a router");
        }
        node.register(name(&format!("Café {at}")), name("Test"), 130, world.now).expect("a name");
    }
    world.run(30);
    for (_, node) in &mut world.nodes {
        for text in ["=:Test@Ground", "Café 0:=@Twilight", "=:=@*", "=:Test@Department Number 07"] {
            node.look_up(Entity::from_text(text).expect("an entity"), world.now).expect("an address");
        }
    }
    let far = world.nodes[0].1.machine().address().expect("an address");
    world.nodes[1].1.echo(far, b"echo", world.now).expect("room");
    world.run(30);
    let now = world.now;
    world.routers[0].1.rename_zone(2_000, zone("Twilight"), zone("Dawn"), now).expect("a zone of it");
    world.run(30);
    let [one, two, three] = world.seen;
    vec![(ETHERNET, one), (LOCALTALK, two), (ETHERNET, three)]
}

fn capture(link: u32, frames: &[Bytes]) -> Vec<u8> {
    let mut file = Vec::new();
    for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 0x0004_0000, link] {
        file.extend(word.to_le_bytes());
    }
    for (number, frame) in frames.iter().enumerate() {
        for word in [number as u32, 0, frame.len() as u32, frame.len() as u32] {
            file.extend(word.to_le_bytes());
        }
        file.extend_from_slice(frame);
    }
    file
}

fn dissect(tshark: &Path, link: u32, frames: &[Bytes]) -> Vec<Vec<String>> {
    let mut child = Command::new(tshark)
        .args(["-n", "-r", "-", "-T", "fields", "-E", "separator=|", "-E", "occurrence=a"])
        // Each packet by itself: what is put together from several would be shown with the last of them.
        .args(["-o", "atp.desegment:FALSE"])
        .args(FIELDS.iter().flat_map(|field| ["-e", field]))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("tshark starts");
    let capture = capture(link, frames);
    let mut stdin = child.stdin.take().expect("piped");
    let writer = std::thread::spawn(move || stdin.write_all(&capture));
    let output = child.wait_with_output().expect("tshark ends");
    writer.join().expect("no panic").expect("tshark reads it all");
    assert!(output.status.success(), "tshark: {}", output.status);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().map(|line| line.split('|').map(str::to_owned).collect()).collect()
}

/// tshark, if it is on the path.
fn tshark() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join("tshark")).find(|file| file.is_file())
}

/// What the dissector should show under [`FIELDS`].
#[derive(Default)]
struct Shown(BTreeMap<&'static str, Vec<String>>);

impl Shown {
    fn add(&mut self, field: &'static str, value: impl ToString) {
        assert!(FIELDS.contains(&field), "{field}");
        self.0.entry(field).or_default().push(value.to_string());
    }

    fn line(&self) -> Vec<String> {
        FIELDS.iter().map(|field| self.0.get(field).map(|all| all.join(",")).unwrap_or_default()).collect()
    }
}

fn expected(link: u32, frame: &Bytes) -> Vec<String> {
    let mut shown = Shown::default();
    if link == LOCALTALK {
        let frame = llap::Frame::decode(frame).expect("ours");
        match frame.kind {
            llap::Kind::Short => {
                let datagram = Datagram::decode_short(frame.destination, frame.source, &frame.data);
                show(&datagram.expect("ours"), &mut shown);
            }
            llap::Kind::Long => show(&Datagram::decode_long(&frame.data).expect("ours"), &mut shown),
            llap::Kind::Enquiry
            | llap::Kind::Acknowledge
            | llap::Kind::RequestToSend
            | llap::Kind::ClearToSend => {}
        }
        return shown.line();
    }
    let frame = elap::Frame::decode(frame).expect("ours");
    match frame.protocol {
        elap::Protocol::Aarp => {
            let packet = elap::Aarp::decode(&frame.data).expect("ours");
            let function = match packet.function {
                elap::AarpFunction::Request => 1,
                elap::AarpFunction::Response => 2,
                elap::AarpFunction::Probe => 3,
            };
            shown.add("aarp.opcode", function);
            shown.add("aarp.src.hw_mac", mac(packet.source_mac));
            shown.add("aarp.dst.hw_mac", mac(packet.destination_mac));
        }
        elap::Protocol::Ddp => show(&Datagram::decode_long(&frame.data).expect("ours"), &mut shown),
    }
    shown.line()
}

fn mac(mac: Mac) -> String {
    mac.0.map(|octet| format!("{octet:02x}")).join(":")
}

fn show(datagram: &Datagram, shown: &mut Shown) {
    let header = match datagram.header {
        Header::Short => 5,
        Header::Long { .. } => {
            shown.add("ddp.hopcount", datagram.hops);
            shown.add("ddp.dst.net", datagram.destination.network);
            shown.add("ddp.src.net", datagram.source.network);
            shown.add("ddp.dst.node", datagram.destination.node);
            shown.add("ddp.src.node", datagram.source.node);
            13
        }
    };
    shown.add("ddp.len", header + datagram.data.len());
    shown.add("ddp.dst_socket", datagram.destination.socket);
    shown.add("ddp.src_socket", datagram.source.socket);
    if header == 5 && datagram.data.len() == 1 {
        shown.add("_ws.malformed", "[Malformed Packet: DDP]");
        shown.add("_ws.malformed", "_ws.malformed");
        return;
    }
    shown.add("ddp.type", datagram.kind);
    match datagram.kind {
        ddp_type::NBP => {
            let packet = nbp::Packet::decode(&datagram.data).expect("ours");
            shown.add("nbp.op", datagram.data[0] >> 4);
            shown.add("nbp.tid", packet.id);
            for tuple in &packet.tuples {
                shown.add("nbp.object", tuple.entity.object);
                shown.add("nbp.type", tuple.entity.kind);
                shown.add("nbp.zone", tuple.entity.zone);
            }
        }
        ddp_type::ATP => {
            let packet = atp::Packet::decode(&datagram.data).expect("ours");
            shown.add("atp.tid", packet.tid);
            shown.add("atp.function", datagram.data[0] >> 6);
            if packet.function == atp::Function::Response {
                let page = ZonePage::decode(&packet).expect("ours");
                page.zones.iter().for_each(|zone| shown.add("zip.zone_name", zone.name()));
            }
        }
        ddp_type::ZIP => {
            shown.add("zip.function", datagram.data[0]);
            match Message::decode(&datagram.data).expect("ours") {
                Message::Query { .. } => {}
                Message::Reply { tuples, .. } => {
                    tuples.iter().for_each(|(_, zone)| shown.add("zip.zone_name", zone.name()));
                }
                Message::ExtendedReply { count, zones, .. } => {
                    zones.iter().for_each(|zone| shown.add("zip.zone_name", zone.name()));
                    if zones.len() < usize::from(count) {
                        shown.add("_ws.malformed", "[Malformed Packet: ZIP]");
                        shown.add("_ws.malformed", "_ws.malformed");
                    }
                }
                Message::GetNetInfo { zone } => shown.add("zip.zone_name", zone),
                Message::NetInfoReply(info) => shown.add("zip.zone_name", info.zone),
                Message::Notify(notify) => {
                    shown.add("zip.zone_name", notify.old_zone.name());
                    shown.add("zip.zone_name", notify.new_zone.name());
                }
            }
        }
        ddp_type::RTMP if header == 5 && datagram.data.len() == 4 => {
            shown.add("_ws.malformed", "[Malformed Packet: RTMP]");
            shown.add("_ws.malformed", "_ws.malformed");
        }
        _ => {}
    }
}

#[test]
fn wireshark_sees_what_was_sent() {
    let Some(tshark) = tshark() else {
        let ci = std::env::var("CI").is_ok_and(|value| !matches!(value.as_str(), "" | "false" | "0"));
        assert!(!ci, "CI needs tshark");
        eprintln!("skipped: there is no tshark (Debian: tshark)");
        return;
    };
    let (mut differences, mut kinds) = (Vec::new(), BTreeMap::new());
    for (link, frames) in exchange() {
        let shown = dissect(&tshark, link, &frames);
        assert_eq!(shown.len(), frames.len());
        for (number, (frame, shown)) in frames.iter().zip(shown).enumerate() {
            let expected = expected(link, frame);
            for (field, shown) in FIELDS.iter().zip(&shown) {
                kinds.entry(*field).or_insert_with(BTreeSet::new).insert(shown.clone());
            }
            for (field, (shown, expected)) in FIELDS.iter().zip(shown.iter().zip(&expected)) {
                if shown != expected {
                    differences.push(format!(
                        "link type {link}, frame {number}, {field}: {shown}, not {expected}: {frame:02x?}"
                    ));
                }
            }
        }
    }
    // Probes, requests and responses; all of ZIP but the Reply, which routers of ours send on request alone; all of NBP.
    for (field, wanted) in [
        ("aarp.opcode", &["1", "2", "3"][..]),
        ("zip.function", &["1", "5", "6", "7", "8"]),
        ("nbp.op", &["1", "2", "3", "4"]),
        ("atp.function", &["1", "2"]),
        ("ddp.type", &["1", "2", "3", "4", "6"]),
    ] {
        let missing: Vec<_> = wanted.iter().filter(|kind| !kinds[field].contains(**kind)).collect();
        assert!(missing.is_empty(), "no {field} of {missing:?} was sent");
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
