//! DECnet frames of ours beside Wireshark's dissector: what two nodes send each other, on an Ethernet and from point to point.
//!
//! Where the dissector (of Wireshark 4.0) departs from the documents, the expectation says so:
//!
//! * It reads the contents of a Connect Confirm as if they were those of a Connect Initiate, and calls accept data malformed.
//! * Of an Initialization it takes the block size one octet too late: what it shows is the high octet of the block size and the version.
//! * Of a retransmitted Connect Initiate it reads the link addresses only.
//! * It calls the link addresses of NSP nodes, and the password and the account requestor ids.
use osisession_proto::Instant;
use osisession_proto::scp::ethernet::Frame;
use osisession_proto::scp::nsp::message::{Counts, Flow, FlowControl, Message};
use osisession_proto::scp::routing::control::Control;
use osisession_proto::scp::routing::packet::DataPacket;
use osisession_proto::scp::{
    AccessControl, Bytes, BytesMut, ConnectData, ConnectOptions, EndUser, Event, Medium, Node, NodeAddress,
    NodeConfig, NodeEvent, Object,
};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const FIELDS: [&str; 16] = [
    "dec_dna.src.addr",
    "dec_dna.src_node",
    "dec_dna.dst_node",
    "dec_dna.flags.RQR",
    "dec_dna.rt.msg_type",
    "dec_dna.ctl.blk_size",
    "dec_dna.ctl.timer",
    "dec_dna.nsp.msg_type",
    "dec_dna.nsp.segsize",
    "dec_dna.nsp.segnum",
    "dec_dna.nsp.delay",
    "dec_dna.nsp.disc_reason",
    "dec_dna.sess.dst_name",
    "dec_dna.sess.src_name",
    "dec_dna.sess.rqstr_id",
    "_ws.malformed",
];

/// Runs an exchange and returns the packets of the routing layer, each in a frame.
fn exchange(medium: Medium) -> Vec<Bytes> {
    let address = |node| NodeAddress::new(1, node).expect("an address");
    let mut nodes = [1, 2].map(|node| {
        let mut config = NodeConfig::new(address(node), medium);
        config.verification = "SECRET".into();
        if node == 1 {
            config.demand = Some("SECRET".into()).filter(|_| medium == Medium::MultinetTcp);
            config.flow_control = FlowControl::Segment;
        }
        Node::new(config).expect("a node")
    });
    let mut frames = Vec::new();
    let mut now = Instant::from_millis(1);
    let run = |nodes: &mut [Node; 2], now: Instant, frames: &mut Vec<Bytes>| {
        let mut moved = true;
        while moved {
            moved = false;
            for index in 0..2 {
                while let Some(octets) = nodes[index].poll_output() {
                    moved = true;
                    if medium == Medium::Ethernet {
                        frames.push(octets.clone());
                        nodes[1 - index].datagram(&octets, now);
                    } else {
                        let packet = octets.slice(4..);
                        let frame = Frame { destination: [2; 6], source: [4; 6], packet };
                        frames.push(frame.encode().expect("a frame"));
                        nodes[1 - index].received(&mut BytesMut::from(&octets[..]), now);
                    }
                }
            }
        }
    };
    for node in &mut nodes {
        node.network_connected(now);
    }
    nodes[1].listen(Object::named("OBJECT")).expect("an object");
    run(&mut nodes, now, &mut frames);
    for accept in [false, true] {
        let options = ConnectOptions {
            source: Some(EndUser::NameWithCodes { group: 64, user: 7, name: "SMITH".into() }),
            access: Some(AccessControl {
                user: "USER".into(),
                password: "PASS".into(),
                account: "ACCT".into(),
            }),
            user_data: Some("hello".into()),
            ..ConnectOptions::default()
        };
        let called = EndUser::named(if accept { "OBJECT" } else { "NOBODY" });
        let link = nodes[0].connect(address(2), called, options, now).expect("room");
        run(&mut nodes, now, &mut frames);
        let Some(offer) = core::iter::from_fn(|| nodes[1].poll_event()).find_map(|event| match event {
            NodeEvent::Link(Event::Offered(offer)) => Some(offer),
            _ => None,
        }) else {
            assert!(!accept);
            continue;
        };
        nodes[1].accept(offer.link, "welcome", now).expect("offered");
        run(&mut nodes, now, &mut frames);
        nodes[0].send(link, vec![b'x'; 3_000], now).expect("room");
        nodes[0].send(link, "", now).expect("room");
        nodes[1].send(offer.link, "answer", now).expect("room");
        nodes[1].interrupt(offer.link, "interrupt", now).expect("one is free");
        run(&mut nodes, now, &mut frames);
        while nodes[0].receive(link, now).expect("open").is_some() {}
        run(&mut nodes, now, &mut frames);
        for _ in 0..4 {
            now = nodes.iter().filter_map(Node::next_timeout).min().expect("a deadline");
            nodes.iter_mut().for_each(|node| node.handle_timeout(now));
            run(&mut nodes, now, &mut frames);
        }
        nodes[0].disconnect(link, "bye", now).expect("open");
        run(&mut nodes, now, &mut frames);
    }
    assert!(frames.len() > 25, "{}", frames.len());
    frames
}

/// What an exchange seldom has: a repeated connect, no room for a link, no such link, stop and go, credits for messages, a keep-alive. Packets that are
/// not delivered are in it as well.
fn unusual(medium: Medium) -> Vec<Bytes> {
    let address = |node| NodeAddress::new(1, node).expect("an address");
    let configs = [1, 2].map(|node| {
        let mut config = NodeConfig::new(address(node), medium);
        config.limits.offered_links = 1;
        config.limits.queued_receive_octets = 2_000;
        if node == 1 {
            config.flow_control = FlowControl::Message;
        }
        config
    });
    let mut nodes = configs.clone().map(|config| Node::new(config).expect("a node"));
    let mut frames = Vec::new();
    let mut now = Instant::from_millis(1);
    // Moves packets until nothing moves; `lost`: of the first node's none arrive.
    let run = |nodes: &mut [Node; 2], now: Instant, lost: bool, frames: &mut Vec<Bytes>| {
        let mut moved = true;
        while moved {
            moved = false;
            for index in 0..2 {
                while let Some(octets) = nodes[index].poll_output() {
                    moved = true;
                    let deliver = !(lost && index == 0);
                    if medium == Medium::Ethernet {
                        frames.push(octets.clone());
                        if deliver {
                            nodes[1 - index].datagram(&octets, now);
                        }
                    } else {
                        let frame = Frame { destination: [2; 6], source: [4; 6], packet: octets.slice(4..) };
                        frames.push(frame.encode().expect("a frame"));
                        if deliver {
                            nodes[1 - index].received(&mut BytesMut::from(&octets[..]), now);
                        }
                    }
                }
            }
        }
    };
    let wait = |nodes: &mut [Node; 2], now: &mut Instant| {
        *now = nodes.iter().filter_map(Node::next_timeout).min().expect("a deadline");
        nodes.iter_mut().for_each(|node| node.handle_timeout(*now));
    };
    let offer = |node: &mut Node| {
        core::iter::from_fn(|| node.poll_event()).find_map(|event| match event {
            NodeEvent::Link(Event::Offered(offer)) => Some(offer.link),
            _ => None,
        })
    };
    nodes.iter_mut().for_each(|node| node.network_connected(now));
    nodes[1].listen(Object::named("OBJECT")).expect("an object");
    run(&mut nodes, now, false, &mut frames);
    let call = |node: &mut Node, now: Instant| {
        let access = AccessControl { user: "USER".into(), ..AccessControl::default() };
        let options = ConnectOptions { access: Some(access), ..ConnectOptions::default() };
        node.connect(address(2), EndUser::named("OBJECT"), options, now).expect("room")
    };
    // The first connect is lost, and repeated.
    let link = call(&mut nodes[0], now);
    run(&mut nodes, now, true, &mut frames);
    let there = loop {
        wait(&mut nodes, &mut now);
        run(&mut nodes, now, false, &mut frames);
        if let Some(there) = offer(&mut nodes[1]) {
            break there;
        }
    };
    // No room for a second one that is not answered.
    call(&mut nodes[0], now);
    run(&mut nodes, now, false, &mut frames);
    nodes[1].accept(there, "welcome", now).expect("offered");
    run(&mut nodes, now, false, &mut frames);
    // Stop, and go when it was taken; the credit that an interrupt brings.
    nodes[0].send(link, vec![b'x'; 1_500], now).expect("room");
    run(&mut nodes, now, false, &mut frames);
    nodes[0].interrupt(link, "interrupt", now).expect("one is free");
    run(&mut nodes, now, false, &mut frames);
    while nodes[1].receive(there, now).expect("open").is_some() {}
    run(&mut nodes, now, false, &mut frames);
    // An acknowledgement that nothing carries, then silence until the link is tested.
    nodes[0].send(link, "more", now).expect("room");
    run(&mut nodes, now, false, &mut frames);
    for _ in 0..40 {
        wait(&mut nodes, &mut now);
        run(&mut nodes, now, false, &mut frames);
    }
    // The second node starts again, and does not know the link any more.
    nodes[1] = Node::new(configs[1].clone()).expect("a node");
    nodes[0].network_closed(None, now);
    nodes.iter_mut().for_each(|node| node.network_connected(now));
    run(&mut nodes, now, false, &mut frames);
    nodes[0].send(link, "anybody?", now).expect("open");
    run(&mut nodes, now, false, &mut frames);
    frames
}

/// Everything that an end node sends, on either kind of circuit.
const KINDS: &[&str] = &[
    "connect initiate",
    "connect initiate, again",
    "connect acknowledgement",
    "connect confirm",
    "disconnect initiate",
    "disconnect confirm 42",
    "disconnect confirm 41",
    "disconnect confirm 1",
    "first segment",
    "middle segment",
    "last segment",
    "only segment",
    "interrupt",
    "link service, stop",
    "link service, go",
    "link service, credits for segments or messages",
    "link service, credit for interrupts",
    "link service, keep-alive",
    "data acknowledgement",
    "other-data acknowledgement",
];

fn kind(packet: &Bytes) -> String {
    if packet[0] & 1 == 1 {
        return Control::decode(packet).expect("ours").name().to_owned();
    }
    let data = DataPacket::decode(packet).expect("ours");
    match Message::decode(&data.payload).expect("ours") {
        Message::ConnectInitiate { again: false, .. } => "connect initiate",
        Message::ConnectInitiate { again: true, .. } => "connect initiate, again",
        Message::ConnectAck { .. } => "connect acknowledgement",
        Message::ConnectConfirm { .. } => "connect confirm",
        Message::DisconnectInitiate { .. } => "disconnect initiate",
        Message::DisconnectConfirm { reason, .. } => {
            return format!("disconnect confirm {}", reason.code());
        }
        Message::Data(segment) => match (segment.begins, segment.ends) {
            (true, true) => "only segment",
            (true, false) => "first segment",
            (false, true) => "last segment",
            (false, false) => "middle segment",
        },
        Message::Interrupt(_) => "interrupt",
        Message::LinkService(service) => match (service.flow, service.counts, service.value) {
            (Flow::Stop, ..) => "link service, stop",
            (Flow::Go, ..) => "link service, go",
            (Flow::NoChange, _, 0) => "link service, keep-alive",
            (Flow::NoChange, Counts::Data, _) => "link service, credits for segments or messages",
            (Flow::NoChange, Counts::Interrupts, _) => "link service, credit for interrupts",
        },
        Message::DataAck { .. } => "data acknowledgement",
        Message::OtherAck { .. } => "other-data acknowledgement",
        Message::NoOperation => "no operation",
    }
    .to_owned()
}

fn capture(frames: &[Bytes]) -> Vec<u8> {
    let mut file = Vec::new();
    for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 0x0004_0000, 1] {
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

fn dissect(tshark: &Path, frames: &[Bytes]) -> Vec<Vec<String>> {
    let mut child = Command::new(tshark)
        .args(["-n", "-r", "-", "-T", "fields", "-E", "separator=|", "-E", "occurrence=a"])
        .args(FIELDS.iter().flat_map(|field| ["-e", field]))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("tshark starts");
    let capture = capture(frames);
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
fn expected(packet: &Bytes) -> Vec<String> {
    let mut shown = [const { String::new() }; FIELDS.len()];
    let mut show = |field: &str, value: String| {
        let index = FIELDS.iter().position(|name| *name == field).expect("a field");
        if !shown[index].is_empty() {
            shown[index].push(',');
        }
        shown[index].push_str(&value);
    };
    let short = |bits: u16| format!("0x{bits:04x}");
    if packet[0] & 1 == 1 {
        // The type in three bits of the flags, and what follows them taken for a subtype in the other field of that name.
        show("dec_dna.rt.msg_type", format!("0x{:02x}", packet[0] >> 1 & 7));
        match Control::decode(packet).expect("ours") {
            Control::Initialization(message) => {
                show("dec_dna.rt.msg_type", "0x00".into());
                show("dec_dna.src_node", short(message.source.expect("phase IV").bits()));
                let [_, high] = message.block_size.to_le_bytes();
                show("dec_dna.ctl.blk_size", u16::from_le_bytes([high, message.version[0]]).to_string());
                show("dec_dna.ctl.timer", message.version[1].to_string());
            }
            Control::Verification { source, .. } => {
                show("dec_dna.rt.msg_type", "0x00".into());
                show("dec_dna.src_node", short(source.bits()));
            }
            Control::Hello { source, .. } => {
                show("dec_dna.rt.msg_type", "0x01".into());
                show("dec_dna.src_node", short(source.bits()));
            }
            Control::EndNodeHello(message) => {
                show("dec_dna.rt.msg_type", "0x03".into());
                show("dec_dna.ctl.blk_size", message.block_size.to_string());
                show("dec_dna.ctl.timer", message.timer.to_string());
            }
            other => panic!("an end node sends no {}", other.name()),
        }
        return shown.into();
    }
    let data = DataPacket::decode(packet).expect("ours");
    show("dec_dna.flags.RQR", u8::from(data.return_requested).to_string());
    // A long packet has station addresses, a short one node addresses. Octets of padding do not come from us.
    if packet[0] & 7 == 6 {
        let station: Vec<String> = data.source.station().iter().map(|octet| format!("{octet:02x}")).collect();
        show("dec_dna.src.addr", station.join(":"));
    } else {
        show("dec_dna.src_node", short(data.source.bits()));
        show("dec_dna.dst_node", short(data.destination.bits()));
    }
    show("dec_dna.nsp.msg_type", format!("0x{:02x}", data.payload[0]));
    let (mut addresses, mut services, mut number, mut reason) = (None, None, None, None);
    match Message::decode(&data.payload).expect("ours") {
        Message::Data(message) => {
            addresses = Some(message.addresses);
            number = Some((message.number.get(), message.delay));
        }
        Message::Interrupt(message) => {
            addresses = Some(message.addresses);
            number = Some((message.number.get(), false));
        }
        Message::LinkService(message) => {
            addresses = Some(message.addresses);
            number = Some((message.number.get(), false));
        }
        Message::DataAck { addresses: both, .. } | Message::OtherAck { addresses: both, .. } => {
            addresses = Some(both);
        }
        Message::ConnectAck { destination } => show("dec_dna.dst_node", short(destination)),
        Message::NoOperation => {}
        Message::ConnectInitiate { source, again: true, .. } => {
            show("dec_dna.src_node", short(source));
            show("dec_dna.dst_node", short(0));
        }
        Message::ConnectInitiate { source, services: asked, data, again: false } => {
            show("dec_dna.src_node", short(source));
            show("dec_dna.dst_node", short(0));
            services = Some(asked);
            let connect = ConnectData::decode(&data.0).expect("ours");
            for (field, user) in
                [("dec_dna.sess.dst_name", &connect.destination), ("dec_dna.sess.src_name", &connect.source)]
            {
                if let EndUser::Name(name) | EndUser::NameWithCodes { name, .. } = user {
                    show(field, String::from_utf8_lossy(name).into_owned());
                }
            }
            let access = connect.access.expect("given");
            for field in [&access.user[..], access.password.reveal(), &access.account[..]] {
                show("dec_dna.sess.rqstr_id", String::from_utf8_lossy(field).into_owned());
            }
        }
        Message::ConnectConfirm { addresses: both, services: granted, .. } => {
            addresses = Some(both);
            services = Some(granted);
            show("_ws.malformed", "[Malformed Packet: DEC_DNA]".into());
            show("_ws.malformed", "_ws.malformed".into());
        }
        Message::DisconnectInitiate { addresses: both, reason: why, .. }
        | Message::DisconnectConfirm { addresses: both, reason: why } => {
            addresses = Some(both);
            reason = Some(why);
        }
    }
    if let Some(addresses) = addresses {
        show("dec_dna.src_node", short(addresses.source));
        show("dec_dna.dst_node", short(addresses.destination));
    }
    if let Some(services) = services {
        show("dec_dna.nsp.segsize", services.segment_size.to_string());
    }
    if let Some((number, delay)) = number {
        show("dec_dna.nsp.segnum", number.to_string());
        show("dec_dna.nsp.delay", u8::from(delay).to_string());
    }
    if let Some(reason) = reason {
        show("dec_dna.nsp.disc_reason", short(reason.code()));
    }
    shown.into()
}

#[test]
fn wireshark_sees_what_was_sent() {
    let Some(tshark) = tshark() else {
        let ci = std::env::var("CI").is_ok_and(|value| !matches!(value.as_str(), "" | "false" | "0"));
        assert!(!ci, "CI needs tshark");
        eprintln!("skipped: there is no tshark (Debian: tshark)");
        return;
    };
    for medium in [Medium::Ethernet, Medium::MultinetTcp] {
        let mut frames = exchange(medium);
        frames.extend(unusual(medium));
        let packet = |frame: &Bytes| Frame::decode(frame).expect("ours").expect("ours").packet;
        let seen: BTreeSet<String> = frames.iter().map(|frame| kind(&packet(frame))).collect();
        let control = match medium {
            Medium::Ethernet => &["end node hello"][..],
            Medium::MultinetTcp | Medium::MultinetUdp => &["initialization", "verification", "hello"][..],
        };
        let all = KINDS.iter().chain(control).map(|kind| (*kind).to_owned()).collect();
        assert_eq!(seen, all, "{medium:?}");
        let shown = dissect(&tshark, &frames);
        assert_eq!(shown.len(), frames.len());
        for (number, (frame, shown)) in frames.iter().zip(shown).enumerate() {
            assert_eq!(shown, expected(&packet(frame)), "{medium:?}, frame {number}: {FIELDS:?}");
        }
    }
}
