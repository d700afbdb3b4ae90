//! S-DATA over memory through the Rust facade: the same as `benches/c/through.c`, which goes through the C ABI. Prints
//! nanoseconds.
use osisession::{
    Bytes, ConnectRequest, ConnectResponse, Endpoint, EndpointConfig, Event, ListenerConfig, SessionConfig,
};
use std::time::{Duration, Instant};

const MESSAGES: u32 = 200_000;
const LONG: Option<Duration> = Some(Duration::from_secs(1));

fn main() {
    let endpoint = Endpoint::new(EndpointConfig::default()).expect("an endpoint");
    let listener = endpoint.listen("memory:bench", ListenerConfig::default()).expect("a listener");
    let initiator = endpoint
        .connect("memory:bench", ConnectRequest::default(), SessionConfig::default())
        .expect("an attempt");
    let responder = listener.accept(LONG).expect("a caller");
    responder.next_event(LONG).expect("S-CONNECT");
    responder.connect_response(ConnectResponse::default()).expect("accepted");
    initiator.wait_connected(LONG).expect("connected");
    for size in [64, 65_536] {
        let messages = if size > 1000 { MESSAGES / 20 } else { MESSAGES };
        let data = vec![7; size];
        let start = Instant::now();
        for _ in 0..messages {
            // A C program has a buffer, and the library copies it.
            initiator.data_request(Bytes::copy_from_slice(&data)).expect("sent");
            match responder.next_event(LONG) {
                Ok(Event::DataIndication(got)) if got.len() == size => {}
                other => panic!("{other:?}"),
            }
        }
        println!("data {size} {:.1}", start.elapsed().as_nanos() as f64 / f64::from(messages));
    }
}
