//! What is measured: pieces of work, each a closure to be called again and again.
//!
//! Every piece of work begins and ends with octets or user data in memory: there is no socket and no executor.
use by_hand::ByHand;
use bytes::Bytes;
use osisession_proto::Instant;
use osisession_proto::x225::parameter::{FunctionalUnits, TokenAssignment, Tokens, Versions};
use osisession_proto::x225::port::{TransportIndication, TransportRequest};
use osisession_proto::x225::primitive::{ConnectRequest, ConnectResponse, Request};
use osisession_proto::x225::spdu::{
    DecodeContext, EncodeContext, Kind, Leniency, Segmenting, SpduBuilder, decode, emit,
};
use osisession_testkit::bench::{Pair, Side};
use std::hint::black_box;

pub mod by_hand;
pub mod rusty;

/// A piece of work.
pub struct Work {
    /// What it is about, with the size of the user data: "DT 1024".
    pub about: String,
    /// What is done: "decode".
    pub name: &'static str,
    /// One time.
    pub run: Box<dyn FnMut()>,
}

/// Octets of user data in a DT; it has at least one (X.225 8.3.11).
pub const SIZES: [usize; 4] = [1, 64, 1024, 65_536];

/// An initiate request of MMS with its association and presentation parts around it takes about so many octets.
const CONNECT_DATA: usize = 156;
/// And the response.
const ACCEPT_DATA: usize = 132;

const NOW: Instant = Instant::from_millis(1);

fn data(length: usize) -> Bytes {
    (0..length).map(|index| index as u8).collect::<Vec<u8>>().into()
}

fn reader() -> DecodeContext {
    DecodeContext {
        version: Versions::V2,
        segmenting: Segmenting::NotSelected,
        symmetric: Some(false),
        available_tokens: Some(Tokens::empty()),
        leniency: Leniency::STRICT,
        ..DecodeContext::default()
    }
}

/// What an MMS client sends: no extended concatenation, version 2, duplex, two session selectors, user data.
fn connect(kind: Kind, length: usize) -> SpduBuilder {
    let built = SpduBuilder::new(kind)
        .extended_concatenation(false)
        .versions(Versions::V2)
        .functional_units(FunctionalUnits::DUPLEX);
    let built = if kind == Kind::CN { built.calling_selector(&[0, 1]) } else { built };
    built.called_selector(&[0, 1]).user_data(data(length))
}

fn dt(length: usize) -> Vec<u8> {
    let mut octets = vec![1, 0, 1, 0];
    octets.extend_from_slice(&data(length));
    octets
}

/// Two connected machines: version 2, duplex, no maximum TSDU size.
fn pair() -> Pair {
    let request = ConnectRequest {
        functional_units: FunctionalUnits::DUPLEX,
        versions: Versions::V2,
        tokens: TokenAssignment::default(),
        ..ConnectRequest::default()
    };
    let response =
        ConnectResponse { functional_units: FunctionalUnits::DUPLEX, ..ConnectResponse::default() };
    Pair::connected(request, response, false, 1)
}

/// The whole exchange of S-CONNECT between two machines, user data both ways.
fn establish() {
    let mut pair = Pair::new(Default::default(), Default::default(), false, 1);
    let request = ConnectRequest {
        functional_units: FunctionalUnits::DUPLEX,
        versions: Versions::V2,
        calling_selector: Bytes::from_static(&[0, 1]),
        called_selector: Bytes::from_static(&[0, 1]),
        user_data: data(CONNECT_DATA),
        ..ConnectRequest::default()
    };
    let response = ConnectResponse {
        functional_units: FunctionalUnits::DUPLEX,
        user_data: data(ACCEPT_DATA),
        ..ConnectResponse::default()
    };
    pair.establish(request, response);
    black_box(&pair);
}

/// All of it.
pub fn work() -> Vec<Work> {
    let mut work = Vec::new();
    for length in SIZES {
        let about = format!("DT {length}");
        let mut add = |name, run: Box<dyn FnMut()>| work.push(Work { about: about.clone(), name, run });
        let tsdu = dt(length);
        let copied = tsdu.clone();
        add("copy", Box::new(move || drop(black_box(black_box(&copied).to_vec()))));
        let context = reader();
        let octets = tsdu.clone();
        add(
            "decode",
            Box::new(move || {
                let decoded = decode(black_box(&octets), &context).expect("valid");
                black_box(decoded.spdus()[1].user_data());
            }),
        );
        let user_data = data(length);
        add(
            "encode",
            Box::new(move || {
                let built = SpduBuilder::new(Kind::DT).user_data(black_box(&user_data).clone());
                emit(Tokens::empty(), built, &EncodeContext::default(), &mut |tsdu| drop(black_box(tsdu)))
                    .expect("valid");
            }),
        );
        let user_data = data(length);
        add(
            "encode into one buffer",
            Box::new(move || {
                let built = SpduBuilder::new(Kind::DT).user_data(black_box(&user_data).clone());
                emit(Tokens::empty(), built, &EncodeContext::default(), &mut |tsdu| {
                    drop(black_box(tsdu.to_bytes()));
                })
                .expect("valid");
            }),
        );
        let (user_data, mut machines) = (data(length), pair());
        add(
            "machine: S-DATA request",
            Box::new(move || {
                let machine = machines.machine_mut(Side::Initiator);
                machine.request(Request::Data(black_box(&user_data).clone()), NOW).expect("allowed");
                while let Some(request) = machine.poll_transport() {
                    if let TransportRequest::Data(tsdu) = request {
                        black_box(tsdu.to_bytes());
                    }
                }
            }),
        );
        let (user_data, mut machine) = (data(length), ByHand::connected());
        add(
            "by hand: S-DATA request",
            Box::new(move || {
                machine.data_request(black_box(&user_data).clone()).expect("allowed");
                while let Some(tsdu) = machine.poll_transport() {
                    black_box(tsdu.to_bytes());
                }
            }),
        );
        let (octets, mut machine) = (tsdu.clone(), ByHand::connected());
        add(
            "by hand: S-DATA indication",
            Box::new(move || {
                machine.transport_data(Bytes::from(black_box(&octets).clone())).expect("allowed");
                while let Some(event) = machine.poll_event() {
                    black_box(event);
                }
            }),
        );
        let (octets, mut machines) = (tsdu.clone(), pair());
        add(
            "machine: S-DATA indication",
            Box::new(move || {
                let machine = machines.machine_mut(Side::Responder);
                let arrived = Bytes::from(black_box(&octets).clone());
                machine.transport(TransportIndication::Data(arrived), NOW);
                while let Some(event) = machine.poll_event() {
                    black_box(event);
                }
            }),
        );
        add("rusty-cosp: send", rusty::send(data(length).to_vec()));
        add("rusty-cosp: receive", rusty::receive(tsdu));
    }
    for (kind, length) in [(Kind::CN, CONNECT_DATA), (Kind::AC, ACCEPT_DATA)] {
        let about = format!("{kind} {length}");
        let mut add = |name, run: Box<dyn FnMut()>| work.push(Work { about: about.clone(), name, run });
        let octets = connect(kind, length).encode(&EncodeContext::default()).expect("valid");
        let copied = octets.clone();
        add("copy", Box::new(move || drop(black_box(black_box(&copied).to_vec()))));
        let context = reader();
        let tsdu = octets.clone();
        add(
            "decode",
            Box::new(move || {
                let decoded = decode(black_box(&tsdu), &context).expect("valid");
                black_box(decoded.spdus()[0].user_data());
            }),
        );
        let built = connect(kind, length);
        add("encode, not checked", Box::new(move || drop(black_box(black_box(&built).encode_unchecked()))));
        let built = connect(kind, length);
        add(
            "encode",
            Box::new(move || {
                black_box(black_box(&built).encode(&EncodeContext::default()).expect("valid"));
            }),
        );
    }
    let about = format!("CN {CONNECT_DATA} and AC {ACCEPT_DATA}");
    work.push(Work {
        about: about.clone(),
        name: "machine: S-CONNECT, both sides",
        run: Box::new(establish),
    });
    work.push(Work {
        about,
        name: "rusty-cosp: connect, both sides",
        run: rusty::establish(data(CONNECT_DATA).to_vec(), data(ACCEPT_DATA).to_vec()),
    });
    work
}
