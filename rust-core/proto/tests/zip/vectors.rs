//! Every vector and every recorded frame, read and written.
use bytes::Bytes;
use osisession_proto::zip::address::{ddp_type, socket};
use osisession_proto::zip::aep::Echo;
use osisession_proto::zip::atp;
use osisession_proto::zip::call::{ZonePage, ZoneRequest};
use osisession_proto::zip::link::{elap, llap};
use osisession_proto::zip::message::{NetInfo, Notify, flag};
use osisession_proto::zip::name::{checksum, fold};
use osisession_proto::zip::{Datagram, Mac, Message, Name, NetworkRange, ZoneName, nbp, rtmp};
use osisession_proto::{Error, ErrorKind, Layer};
use osisession_testkit::tsv::{self, Row};

type Result<T> = std::result::Result<T, Error>;

fn vectors() -> Vec<Row> {
    let rows = tsv::rows(include_str!("../../../testkit/data/zip/vectors.tsv"));
    assert_eq!(rows.len(), 97, "vectors");
    rows
}

fn vector(id: &str) -> Bytes {
    let row = vectors().into_iter().find(|row| row["id"] == id).expect("a vector");
    tsv::octets(row["hex"]).into()
}

fn zone(text: &str) -> ZoneName {
    ZoneName::from_text(text).expect("a zone name")
}

/// Reads what ATP carries to or from socket 6 as well, and writes it again.
fn atp_again(octets: &Bytes, calls: bool) -> Result<Bytes> {
    let packet = atp::Packet::decode(octets)?;
    if calls {
        match packet.function {
            atp::Function::Request => {
                let request = ZoneRequest::decode(&packet)?;
                let again = request.packet(packet.tid);
                assert_eq!((again.user, &again.data), (packet.user, &packet.data));
            }
            atp::Function::Response => {
                let page = ZonePage::decode(&packet)?;
                let again = page.packet(packet.tid)?;
                assert_eq!((again.user, &again.data), (packet.user, &packet.data));
            }
            atp::Function::Release => {}
        }
    }
    packet.encode()
}

/// Reads the data of a datagram and writes them again.
fn data_again(kind: u8, sockets: [u8; 2], data: &Bytes) -> Result<Bytes> {
    match kind {
        ddp_type::RTMP => rtmp::Data::decode(data)?.encode(),
        ddp_type::NBP => nbp::Packet::decode(data)?.encode(),
        ddp_type::ATP => atp_again(data, sockets.contains(&socket::ZIP)),
        ddp_type::AEP => Echo::decode(data).map(|echo| echo.encode()),
        ddp_type::RTMP_REQUEST => rtmp::Request::decode(data).map(rtmp::Request::encode),
        ddp_type::ZIP => Message::decode(data)?.encode(),
        other => panic!("type {other}"),
    }
}

fn datagram_again(datagram: Datagram, whole: bool) -> Result<Bytes> {
    let sockets = [datagram.destination.socket, datagram.source.socket];
    let again =
        if whole { data_again(datagram.kind, sockets, &datagram.data)? } else { datagram.data.clone() };
    assert_eq!(again, datagram.data);
    datagram.encode()
}

fn llap_again(octets: &Bytes, whole: bool) -> Result<Bytes> {
    let frame = llap::Frame::decode(octets)?;
    let data = match frame.kind {
        llap::Kind::Short => {
            datagram_again(Datagram::decode_short(frame.destination, frame.source, &frame.data)?, whole)?
        }
        llap::Kind::Long => datagram_again(Datagram::decode_long(&frame.data)?, whole)?,
        _ => frame.data.clone(),
    };
    llap::Frame { data, ..frame }.encode()
}

fn udp_again(octets: &Bytes, whole: bool) -> Result<Bytes> {
    let (sender, frame) = llap::from_udp(octets)?;
    Ok(llap::to_udp(sender, &llap_again(&frame, whole)?))
}

fn ethernet_again(octets: &Bytes, whole: bool) -> Result<Bytes> {
    let frame = elap::Frame::decode(octets)?;
    let data = match frame.protocol {
        elap::Protocol::Ddp => datagram_again(Datagram::decode_long(&frame.data)?, whole)?,
        elap::Protocol::Aarp => elap::Aarp::decode(&frame.data)?.encode(),
    };
    elap::Frame { data, ..frame }.encode()
}

fn again(layer: &str, octets: &Bytes) -> Result<Bytes> {
    match layer {
        "ltoudp" => udp_again(octets, true),
        "llap-short" => llap_again(octets, true),
        "ddp-long" => Datagram::decode_long(octets)?.encode(),
        "ethernet" => ethernet_again(octets, true),
        "zip" => Message::decode(octets)?.encode(),
        "atp" => atp_again(octets, true),
        "nbp" => nbp::Packet::decode(octets)?.encode(),
        "rtmp-req" => rtmp::Request::decode(octets).map(rtmp::Request::encode),
        "rtmp-data" => rtmp::Data::decode(octets)?.encode(),
        "aep" => Echo::decode(octets).map(|echo| echo.encode()),
        other => panic!("no layer {other}"),
    }
}

#[test]
fn every_valid_vector_is_read_and_written() {
    let mut done = 0;
    for row in vectors() {
        if row["valid"] != "yes" || ["fold", "zone-hash"].contains(&row["layer"]) {
            continue;
        }
        let octets = Bytes::from(tsv::octets(row["hex"]));
        let written = again(row["layer"], &octets).unwrap_or_else(|error| panic!("{}: {error}", row["id"]));
        assert_eq!(written, octets, "{}", row["id"]);
        done += 1;
    }
    assert_eq!(done, 50);
}

/// What every malformed vector is refused for: packet, field, octet.
const FAULTS: [(&str, &str, &str, usize); 36] = [
    ("L05", "LToUDP", "length", 0),
    ("L06", "DDP short", "length", 0),
    ("L07", "LLAP", "type", 2),
    ("D02", "DDP short", "length", 0),
    ("D03", "DDP short", "length", 0),
    ("D07", "DDP long", "checksum", 2),
    ("D09", "DDP long", "length", 0),
    ("D12", "DDP long", "length", 0),
    ("A09", "TReq", "bitmap", 1),
    ("A10", "TReq", "user bytes", 4),
    ("A11", "ATP", "control", 0),
    ("A13", "GetZoneList", "reserved", 5),
    ("A14", "zone request", "function", 4),
    ("A15", "zone page", "count", 6),
    ("A17", "zone page", "sequence number", 1),
    ("Z03", "Query", "network count", 1),
    ("Z13", "Reply", "zone name", 5),
    ("Z15", "Reply", "zone name", 4),
    ("Z16", "Extended Reply", "network", 16),
    ("Z18", "Extended Reply", "count", 1),
    ("Z21", "GetNetInfo", "reserved", 5),
    ("Z22", "GetNetInfo", "zone name", 6),
    ("Z23", "GetNetInfo", "zone name", 7),
    ("Z24", "GetNetInfo", "zone name", 6),
    ("Z28", "GetNetInfo Reply", "default zone", 21),
    ("Z29", "GetNetInfo Reply", "multicast length", 7),
    ("Z30", "GetNetInfo Reply", "network range", 2),
    ("Z34", "Notify", "new zone name", 23),
    ("Z35", "Takedown", "function", 0),
    ("Z36", "Bringup", "function", 0),
    ("Z37", "ZIP", "function", 0),
    ("B09", "BrRq", "object", 7),
    ("B10", "BrRq", "zone", 12),
    ("B11", "BrRq", "tuple count", 0),
    ("R06", "RTMP Data", "version", 6),
    ("R07", "RTMP Data", "range end", 10),
];

#[test]
fn every_malformed_vector_gives_its_error() {
    let mut seen = 0;
    for row in vectors() {
        // B04 is well formed; that it comes from an extended network is the router's to see.
        if row["valid"] == "yes" || row["id"] == "B04" {
            continue;
        }
        let octets = Bytes::from(tsv::octets(row["hex"]));
        let error = again(row["layer"], &octets).expect_err(row["id"]);
        let (_, pdu, parameter, offset) = FAULTS
            .iter()
            .find(|fault| fault.0 == row["id"])
            .unwrap_or_else(|| panic!("{}: {error}", row["id"]));
        let details = error.details();
        assert_eq!(error.kind(), ErrorKind::Peer, "{}", row["id"]);
        assert_eq!(details.pdu, Some(*pdu), "{}: {error}", row["id"]);
        assert_eq!(details.parameter.as_deref(), Some(*parameter), "{}: {error}", row["id"]);
        assert_eq!(details.offset, Some(*offset), "{}: {error}", row["id"]);
        assert!(details.clause.is_some() && !details.text.is_empty(), "{}: {error}", row["id"]);
        assert_ne!(error.layer(), Layer::Api, "{}", row["id"]);
        seen += 1;
    }
    assert_eq!(seen, FAULTS.len());
    assert!(nbp::Packet::decode(&vector("B04")).is_ok());
}

#[test]
fn names_fold_and_hash_as_the_table_says() {
    let (mut folded, mut hashed) = (0, 0);
    for row in vectors() {
        let octets = tsv::octets(row["hex"]);
        match row["layer"] {
            "fold" => {
                let upper: Vec<u8> = octets.iter().map(|octet| fold(*octet)).collect();
                let expected = row["expected"].rsplit(' ').next().map(tsv::octets).expect("octets");
                assert_eq!(upper, expected);
                assert_eq!(octets.iter().filter(|octet| fold(**octet) != **octet).count(), 39);
                folded += 1;
            }
            "zone-hash" => {
                let name = ZoneName::new(&octets).expect("a zone name");
                let hex = |mac: Mac| mac.0.iter().map(|octet| format!("{octet:02x}")).collect::<String>();
                let said = format!(
                    "hash {:04x}; EtherTalk a[{}] = {}; TokenTalk a[{}] = {}",
                    name.hash_value(),
                    name.hash_value() % 253,
                    hex(name.ethertalk_multicast()),
                    name.hash_value() % 19,
                    hex(name.tokentalk_multicast())
                );
                assert_eq!(said, row["expected"], "{}", row["id"]);
                hashed += 1;
            }
            _ => {}
        }
    }
    assert_eq!((folded, hashed), (1, 9));
}

#[test]
fn names_have_text_and_octets() {
    let every: Vec<u8> = (0..=255).collect();
    for octets in every.chunks(32) {
        let name = Name::new(octets).expect("32 octets");
        let text = name.to_string();
        assert_eq!(text.chars().count(), 32);
        assert_eq!(Name::from_text(&text).expect("text of Mac OS Roman"), name);
    }
    assert_eq!(Name::from_text("Café").expect("a name").octets(), b"Caf\x8e");
    assert!(zone("CAFÉ").matches(&zone("café")));
    assert!(!zone("Cafe").matches(&zone("Café")));
    for bad in ["", "*"] {
        assert_eq!(ZoneName::from_text(bad).expect_err("no zone name").kind(), ErrorKind::Invalid);
    }
    assert!(ZoneName::new(&[b'a'; 33]).is_err() && ZoneName::new(&[b'a'; 32]).is_ok());
    assert!(Name::from_text("日本").is_err());
    assert_eq!(checksum(&[]), 0xffff);
}

#[test]
fn patterns_of_object_and_type() {
    let name = |text: &str| Name::from_text(text).expect("a name");
    for (pattern, text, found) in [
        ("=", "anything", true),
        ("=a", "anything", false),
        ("laser", "LASER", true),
        ("laser", "laserwriter", false),
        ("laser≈", "LaserWriter", true),
        ("≈writer", "LaserWriter", true),
        ("la≈er", "LaserWriter", true),
        ("laserw≈writer", "laserwriter", false),
        ("≈", "x", true),
        ("é≈", "Éa", true),
        ("e≈", "Éa", false),
    ] {
        assert_eq!(name(pattern).finds(&name(text)), found, "{pattern} {text}");
    }
}

#[test]
fn what_the_packets_mean() {
    let range = NetworkRange::new(2000, 2009).expect("a range");
    assert_eq!(Message::decode(&vector("Z02")), Ok(Message::Query { networks: vec![1000, 2000, 9] }));
    let tuples = vec![(4000, zone("Far Default")), (4000, zone("Far Side")), (6000, zone("Six"))];
    assert_eq!(Message::decode(&vector("Z08")), Ok(Message::Reply { count: 2, tuples }));
    let zones = vec![zone("Far Default")];
    assert_eq!(
        Message::decode(&vector("Z10")),
        Ok(Message::ExtendedReply { count: 2, network: 4000, zones })
    );
    let Ok(Message::NetInfoReply(info)) = Message::decode(&vector("Z40")) else { panic!("a reply") };
    assert_eq!(info.range, range);
    assert!(!info.is_valid());
    assert_eq!(info.default_zone, Some(zone(&"D".repeat(32))));
    assert_eq!(info.multicast_to_join(), Some(Mac([9, 0, 7, 0, 0, 0x59])));
    let Ok(Message::NetInfoReply(NetInfo { flags, multicast, .. })) = Message::decode(&vector("Z26")) else {
        panic!("a reply")
    };
    assert_eq!((flags, multicast), (flag::USE_BROADCAST | flag::ONLY_ONE_ZONE, None));
    let multicast = Some(Mac([9, 0, 7, 0, 0, 0xe2]));
    let notify = Notify { flags: 0, old_zone: zone("Twilight"), multicast, new_zone: zone("Dusk") };
    assert_eq!(Message::decode(&vector("Z32")), Ok(Message::Notify(notify)));
    let data = rtmp::Data::decode(&vector("R04")).expect("a response");
    assert_eq!(data.range(), Some(range));
    let data = rtmp::Data::decode(&vector("R05")).expect("data");
    assert_eq!((data.routes[0].range.end(), data.routes[0].distance), (8003, 0));
    assert_eq!((data.routes[1].range.start(), data.routes[1].distance), (9000, 1));
}

#[test]
fn what_cannot_be_written_is_the_callers_mistake() {
    let too_many = Message::Query { networks: vec![1; 256] };
    let none = Message::Query { networks: Vec::new() };
    let zones = vec![zone(&"z".repeat(32)); 17];
    let too_long = Message::ExtendedReply { count: 17, network: 1, zones };
    for message in [too_many, none, too_long] {
        assert_eq!(message.encode().expect_err("a mistake").kind(), ErrorKind::Invalid);
    }
    let zones = vec![zone(&"z".repeat(32)); 16];
    assert_eq!(Message::ExtendedReply { count: 17, network: 1, zones }.encode().expect("it fits").len(), 562);
    let zones = vec![zone(&"z".repeat(32)); 18];
    let page = ZonePage::fill(zones.iter());
    assert_eq!((page.zones.len(), page.last), (17, false));
}

/// No cut of a packet and no change of one octet makes a codec panic or read what it would not write.
#[test]
fn cut_and_changed_packets() {
    for row in vectors() {
        if ["fold", "zone-hash"].contains(&row["layer"]) {
            continue;
        }
        let octets = tsv::octets(row["hex"]);
        for end in 0..octets.len() {
            let _ = again(row["layer"], &Bytes::copy_from_slice(&octets[..end]));
        }
        for at in 0..octets.len().min(64) {
            for value in [0, 1, 0x20, 0x21, 0x7f, 0x80, 0xff] {
                let mut changed = octets.clone();
                changed[at] = value;
                let _ = std::hint::black_box(match row["layer"] {
                    "zip" => Message::decode(&changed.into()).and_then(|message| message.encode()),
                    "nbp" => nbp::Packet::decode(&changed.into()).and_then(|packet| packet.encode()),
                    "rtmp-data" => rtmp::Data::decode(&changed.into()).and_then(|data| data.encode()),
                    "atp" => atp::Packet::decode(&changed.into()).and_then(|packet| packet.encode()),
                    _ => Ok(Bytes::new()),
                });
            }
        }
    }
}

#[test]
fn every_recorded_frame_is_read_and_written() {
    let rows = tsv::rows(include_str!("../../../testkit/data/zip/tashrouter-exchange.tsv"));
    assert_eq!(rows.len(), 278);
    // What the test nodes sent to see it ignored, by frame.
    let malformed = ["73", "82", "83", "84"];
    let mut refused = Vec::new();
    for row in &rows {
        let octets = Bytes::from(tsv::octets(row["hex"]));
        let whole = !malformed.contains(&row["n"]);
        let run = |whole| match row["link"] {
            "ltoudp" => udp_again(&octets, whole),
            "backbone-localtalk" => llap_again(&octets, whole),
            "ethertalk" | "far-ethertalk" => ethernet_again(&octets, whole),
            other => panic!("link {other}"),
        };
        assert_eq!(
            run(whole).unwrap_or_else(|error| panic!("{}: {error}", row["n"])),
            octets,
            "{}",
            row["n"]
        );
        if !whole {
            refused.push(run(true).expect_err("malformed on purpose").details().pdu);
        }
    }
    assert_eq!(refused, [Some("GetNetInfo"), Some("Query"), Some("Takedown"), Some("Bringup")]);
}
