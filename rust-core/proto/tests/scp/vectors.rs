//! Every vector, read and written.
use bytes::{Bytes, BytesMut};
use osisession_proto::scp::ethernet::Frame;
use osisession_proto::scp::message::{self, ConnectData, EndUser};
use osisession_proto::scp::nsp::message::{Ack, Message};
use osisession_proto::scp::routing::control::Control;
use osisession_proto::scp::routing::packet::DataPacket;
use osisession_proto::scp::{NodeAddress, multinet};
use osisession_testkit::tsv::{self, Row};
use std::collections::BTreeMap;

pub(crate) fn vectors() -> Vec<Row> {
    let rows = tsv::rows(include_str!("../../../testkit/data/scp/vectors.tsv"));
    assert!(rows.len() > 95, "{} vectors", rows.len());
    rows
}

pub(crate) fn octets(row: &Row) -> Bytes {
    match row["hex"] {
        "(empty)" => Bytes::new(),
        hex => tsv::octets(hex).into(),
    }
}

/// The column of fields, without what only the peer's decoder has.
fn fields(row: &Row) -> BTreeMap<&'static str, &'static str> {
    row["fields"].split("; ").filter_map(|field| field.split_once('=')).collect()
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn text(octets: &[u8]) -> String {
    String::from_utf8(octets.to_vec()).expect("vectors are ASCII")
}

fn bit(on: bool) -> String {
    u8::from(on).to_string()
}

/// Compares every field that the vector names with what was decoded; a field that nobody knows fails the test.
fn compare(row: &Row, found: &BTreeMap<&'static str, String>) -> usize {
    let id = row["id"];
    let fields = fields(row);
    for (name, value) in &fields {
        let have = found.get(name).unwrap_or_else(|| panic!("{id}: no field {name}"));
        assert_eq!(have, value, "{id}: {name}");
    }
    fields.len()
}

fn end_user(found: &mut BTreeMap<&'static str, String>, user: &EndUser, names: [&'static str; 5]) {
    let [fmt, num, name, group, code] = names;
    match user {
        EndUser::Number(number) => {
            found.insert(fmt, "0".into());
            found.insert(num, number.to_string());
        }
        EndUser::Name(octets) => {
            found.insert(fmt, "1".into());
            found.insert(name, text(octets));
        }
        EndUser::NameWithCodes { group: g, user: u, name: octets } => {
            found.insert(fmt, "2".into());
            found.insert(name, text(octets));
            found.insert(group, g.to_string());
            found.insert(code, u.to_string());
        }
    }
}

fn connect_fields(data: &ConnectData) -> BTreeMap<&'static str, String> {
    let mut found = BTreeMap::new();
    end_user(
        &mut found,
        &data.destination,
        ["dstname.fmt", "dstname.num", "dstname.name", "dstname.group", "dstname.user"],
    );
    end_user(
        &mut found,
        &data.source,
        ["srcname.fmt", "srcname.num", "srcname.name", "srcname.group", "srcname.user"],
    );
    found.insert("auth", bit(data.access.is_some()));
    found.insert("userdata", bit(data.user_data.is_some()));
    found.insert("proxy", bit(data.proxy));
    found.insert("proxy_uic", bit(data.proxy_by_codes));
    found.insert("scver", data.version.to_string());
    if let Some(access) = &data.access {
        found.insert("rqstrid", text(&access.user));
        found.insert("passwrd", text(access.password.reveal()));
        found.insert("account", text(&access.account));
    }
    if let Some(user_data) = &data.user_data {
        found.insert("connectdata", hex(user_data));
    }
    found
}

fn ack(found: &mut BTreeMap<&'static str, String>, names: [&'static str; 3], ack: Option<Ack>, cross: u8) {
    let [whole, number, qual] = names;
    match ack {
        None => {
            found.insert(whole, "None".into());
        }
        Some(ack) => {
            found.insert(number, ack.number.get().to_string());
            found.insert(qual, (cross + u8::from(ack.negative)).to_string());
        }
    }
}

fn nsp_fields(message: &Message) -> BTreeMap<&'static str, String> {
    let mut found = BTreeMap::new();
    let mut put = |name, value: String| {
        found.insert(name, value);
    };
    let mut acks = None;
    match message {
        Message::Data(segment) => {
            put("dstaddr", segment.addresses.destination.to_string());
            put("srcaddr", segment.addresses.source.to_string());
            put("bom", bit(segment.begins));
            put("eom", bit(segment.ends));
            put("segnum", segment.number.get().to_string());
            put("dly", bit(segment.delay));
            put("payload", hex(&segment.data));
            acks = Some(segment.acks);
        }
        Message::Interrupt(interrupt) => acks = Some(interrupt.acks),
        Message::LinkService(service) => {
            put("fcmod", (service.flow as u8).to_string());
            put("fcval_int", (service.counts as u8).to_string());
            put("fcval", service.value.to_string());
            acks = Some(service.acks);
        }
        Message::DataAck { addresses, acks: a } => {
            put("dstaddr", addresses.destination.to_string());
            put("srcaddr", addresses.source.to_string());
            put("subtype", "0".into());
            acks = Some(*a);
        }
        Message::OtherAck { addresses, acks: a } => {
            put("dstaddr", addresses.destination.to_string());
            put("srcaddr", addresses.source.to_string());
            put("subtype", "1".into());
            acks = Some(*a);
        }
        Message::ConnectAck { destination } => put("dstaddr", destination.to_string()),
        Message::NoOperation => {}
        Message::ConnectInitiate { source, again, services, .. } => {
            put("subtype", if *again { "6" } else { "1" }.into());
            put("dstaddr", "0".into());
            put("srcaddr", source.to_string());
            put("fcopt", (services.flow_control as u8).to_string());
            put("info", (services.version as u8).to_string());
            put("segsize", services.segment_size.to_string());
        }
        Message::ConnectConfirm { addresses, services, data } => {
            put("dstaddr", addresses.destination.to_string());
            put("srcaddr", addresses.source.to_string());
            put("segsize", services.segment_size.to_string());
            put("data_ctl", hex(data));
        }
        Message::DisconnectInitiate { addresses, reason, data } => {
            put("dstaddr", addresses.destination.to_string());
            put("srcaddr", addresses.source.to_string());
            put("reason", reason.code().to_string());
            put("data_ctl", hex(data));
        }
        Message::DisconnectConfirm { addresses, reason } => {
            put("dstaddr", addresses.destination.to_string());
            put("srcaddr", addresses.source.to_string());
            put("reason", reason.code().to_string());
        }
    }
    if let Some(acks) = acks {
        ack(&mut found, ["acknum", "acknum.num", "acknum.qual"], acks.own, 0);
        ack(&mut found, ["acknum2", "acknum2.num", "acknum2.qual"], acks.cross, 2);
    }
    found
}

fn routing_fields(
    octets: &Bytes,
) -> osisession_proto::error::Result<(BTreeMap<&'static str, String>, Bytes)> {
    let mut found = BTreeMap::new();
    let mut put = |name, value: String| {
        found.insert(name, value);
    };
    let mut again = BytesMut::new();
    if octets[0] & 1 == 0 {
        let packet = DataPacket::decode(octets)?;
        put("dstnode", packet.destination.to_string());
        put("srcnode", packet.source.to_string());
        put("rqr", bit(packet.return_requested));
        put("rts", bit(packet.returned));
        put("visit", packet.visits.to_string());
        packet.encode_short(&mut again);
        return Ok((found, again.freeze()));
    }
    let control = Control::decode(octets)?;
    match &control {
        Control::Initialization(init) => {
            let phase_iii = init.phase_iii_node.to_string();
            put("srcnode", init.source.map_or(phase_iii, |node| node.to_string()));
            put("ntype", (init.node_type as u8).to_string());
            put("verif", bit(init.verification));
            put("blksize", init.block_size.to_string());
            put("tiver", init.version.map(|part| part.to_string()).join("."));
            put("timer", init.timer.map_or_else(String::new, |timer| timer.to_string()));
        }
        Control::Verification { source, value } => {
            put("srcnode", source.to_string());
            put("fcnval", hex(value.reveal()));
        }
        Control::Hello { source, test_data } => {
            put("srcnode", source.to_string());
            put("testdata", hex(test_data));
        }
        Control::EndNodeHello(hello) => {
            put("id", hello.id.to_string());
            put("ntype", "3".into());
            put("blksize", hello.block_size.to_string());
            put("timer", hello.timer.to_string());
            put("neighbor", hex(&hello.neighbor.map_or([0; 6], NodeAddress::station)));
            put("testdata", hex(&hello.test_data));
        }
        Control::Routing | Control::RouterHello(_) => panic!("no vector has one"),
    }
    control.encode(&mut again).expect("what was read can be written");
    Ok((found, again.freeze()))
}

/// Vectors that read as something that is written differently: a tolerated form.
const NOT_WRITTEN_BACK: &[&str] = &[
    "NS33", // no operation: what follows is not kept
    "NS34", // no length octet
    "NS35", // an acknowledgement field that is skipped
];

#[test]
fn connect_data_is_read_and_written() {
    let mut seen = (0, 0);
    for row in vectors().iter().filter(|row| row["layer"] == "sc-connect") {
        let (id, octets) = (row["id"], octets(row));
        let decoded = ConnectData::decode(&octets);
        if row["verdict"] == "bad" {
            let error = decoded.expect_err(id);
            let reason = if id == "SC45" { 43 } else { 5 };
            assert_eq!(error.details().reason, Some(reason), "{id}: {error}");
            assert!(error.details().offset.is_some_and(|at| at <= octets.len()), "{id}: {error}");
            assert!(error.details().parameter.is_some() && error.details().clause.is_some(), "{id}");
            seen.1 += 1;
            continue;
        }
        let data = decoded.unwrap_or_else(|error| panic!("{id}: {error}"));
        assert!(compare(row, &connect_fields(&data)) > 0, "{id}");
        assert_eq!(hex(&data.encode().expect(id)), hex(&octets), "{id}");
        if let Some(access) = &data.access {
            let shown = format!("{data:?}");
            assert!(!shown.contains(&text(access.password.reveal())), "{id}: {shown}");
        }
        seen.0 += 1;
    }
    assert_eq!(seen, (15, 12));
}

#[test]
fn user_data_are_read_and_written() {
    let mut seen = 0;
    for row in vectors().iter().filter(|row| matches!(row["layer"], "sc-accept" | "sc-disc")) {
        let (id, octets) = (row["id"], octets(row));
        let decoded = message::decode_user_data(&octets);
        if row["verdict"] == "bad" {
            assert!(decoded.is_err(), "{id}");
            assert!(message::tolerant_user_data(&octets).is_empty(), "{id}");
        } else {
            let mut again = BytesMut::new();
            message::encode_user_data(&decoded.expect(id), &mut again).expect(id);
            assert_eq!(again, octets, "{id}");
        }
        seen += 1;
    }
    assert_eq!(seen, 8);
}

#[test]
fn nsp_messages_are_read_and_written() {
    let mut seen = (0, 0);
    for row in vectors().iter().filter(|row| row["layer"] == "nsp") {
        let (id, octets) = (row["id"], octets(row));
        let decoded = Message::decode(&octets);
        if row["verdict"] == "bad" {
            let error = decoded.expect_err(id);
            assert!(error.details().offset.is_some() && error.details().clause.is_some(), "{id}: {error}");
            seen.1 += 1;
            continue;
        }
        let message = decoded.unwrap_or_else(|error| panic!("{id}: {error}"));
        compare(row, &nsp_fields(&message));
        let mut again = BytesMut::new();
        message.encode(&mut again).expect(id);
        assert_eq!(again == octets, !NOT_WRITTEN_BACK.contains(&id), "{id}: {}", hex(&again));
        assert_eq!(Message::decode(&again.freeze()).expect(id), message, "{id}");
        seen.0 += 1;
    }
    assert_eq!(seen, (27, 13));
}

#[test]
fn routing_packets_are_read_and_written() {
    let mut seen = (0, 0);
    for row in vectors().iter().filter(|row| row["layer"] == "routing") {
        let (id, octets) = (row["id"], octets(row));
        match routing_fields(&octets) {
            Ok((found, again)) => {
                assert_eq!(row["verdict"], "ok", "{id}");
                assert!(compare(row, &found) > 0, "{id}");
                assert_eq!(hex(&again), hex(&octets), "{id}");
                seen.0 += 1;
            }
            Err(error) => {
                assert_eq!(row["verdict"], "bad", "{id}: {error}");
                assert!(error.details().offset.is_some() && error.details().clause.is_some(), "{id}");
                seen.1 += 1;
            }
        }
    }
    assert_eq!(seen, (13, 6));
}

#[test]
fn frames_are_read_and_written() {
    let mut seen = 0;
    for row in vectors() {
        let (id, octets) = (row["id"], octets(&row));
        match row["layer"] {
            "multinet-tcp" => {
                let mut stream = BytesMut::new();
                for (at, octet) in octets.iter().enumerate() {
                    let early = multinet::deframe_tcp(&mut stream, 1_500).expect(id);
                    assert!(early.is_none(), "{id} at {at}");
                    stream.extend_from_slice(&[*octet]);
                }
                let packet = multinet::deframe_tcp(&mut stream, 1_500).expect(id).expect(id);
                assert!(Control::decode(&packet).is_ok(), "{id}");
                assert_eq!(multinet::frame_tcp(&packet).expect(id), octets, "{id}");
            }
            "multinet-udp" => {
                let packet = multinet::deframe_udp(&octets).expect(id);
                assert!(Control::decode(&packet).is_ok(), "{id}");
                assert_eq!(multinet::frame_udp(1, &packet), octets, "{id}");
            }
            "ethernet" => {
                let frame = Frame::decode(&octets).expect(id).expect(id);
                let packet = DataPacket::decode(&frame.packet).expect(id);
                assert_eq!(packet.source.to_string(), "1.1");
                assert_eq!(packet.destination.to_string(), "1.4");
                let mut long = BytesMut::new();
                packet.encode_long(&mut long);
                assert_eq!(long.len(), 24, "{id}");
                let again = frame.encode().expect(id);
                assert_eq!(again.len(), octets.len(), "{id}");
                // What differs is padding, which nobody reads.
                assert_eq!(again[..16 + 24], octets[..16 + 24], "{id}");
                assert_eq!(Frame::decode(&again).expect(id).expect(id), frame, "{id}");
            }
            _ => continue,
        }
        seen += 1;
    }
    assert_eq!(seen, 4);
}

/// Every prefix of every vector, and every octet of it changed: no panic, and errors that say where.
#[test]
fn damaged_vectors_are_harmless() {
    let read = |row: &Row, octets: &Bytes| {
        let error = match row["layer"] {
            "sc-connect" => ConnectData::decode(octets).err(),
            "nsp" => Message::decode(octets).err(),
            "routing" if octets.first().is_some_and(|first| first & 1 == 0) => {
                DataPacket::decode(octets).err()
            }
            "routing" => Control::decode(octets).err(),
            "ethernet" => Frame::decode(octets).err(),
            _ => message::decode_user_data(octets).err(),
        };
        if let Some(error) = error {
            assert!(error.details().offset.is_some_and(|at| at <= octets.len()), "{}: {error}", row["id"]);
        }
    };
    for row in vectors() {
        let whole = octets(&row);
        for length in 0..whole.len() {
            read(&row, &whole.slice(..length));
        }
        for at in 0..whole.len() {
            for value in [0, 1, 0x7f, 0x80, 0xff, whole[at].wrapping_add(1), whole[at] ^ 0x10] {
                let mut changed = whole.to_vec();
                changed[at] = value;
                read(&row, &changed.into());
            }
        }
    }
}
