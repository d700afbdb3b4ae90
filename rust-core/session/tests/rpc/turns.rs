//! Half-duplex: the token goes to and fro by itself.
use crate::support::*;
use osisession::rpc::*;
use osisession::{Endpoint, FunctionalUnits};
use std::time::Duration;

fn half(endpoint: &Endpoint, address: &str) -> Client {
    let mut config = hasty();
    config.half_duplex = true;
    Client::new(endpoint, address, config).expect("a client")
}

#[test]
fn one_after_the_other() {
    let (near, far) = (started(), started());
    let (server, _) = echo(&far);
    let client = half(&near, &server.local_address());
    for round in 0..2_000u32 {
        let data = round.to_be_bytes().to_vec();
        assert_eq!(client.request(data.clone(), Some(LONG)), Ok(data.into()));
    }
    let units = client.session().expect("a session").properties().functional_units;
    assert!(units.contains(FunctionalUnits::HALF_DUPLEX) && !units.contains(FunctionalUnits::DUPLEX));
}

#[test]
fn many_at_once_in_both_directions() {
    let (near, far) = (started(), started());
    let (server, _) = echo(&far);
    let client = half(&near, &server.local_address());
    client.serve(|request| {
        let data = request.data().clone();
        let _ = request.respond(data);
    });
    client.open(Some(LONG)).expect("open");
    let peer = server.clients().pop().expect("a client");
    std::thread::scope(|scope| {
        for caller in 0..8u8 {
            let (client, peer) = (&client, &peer);
            for back in [false, true] {
                scope.spawn(move || {
                    for round in 0..50u8 {
                        let data = vec![caller, round, u8::from(back)];
                        let answer = match back {
                            false => client.request(data.clone(), Some(LONG)),
                            true => peer.request(data.clone(), Some(LONG)),
                        };
                        assert_eq!(answer, Ok(data.into()));
                    }
                });
            }
        }
    });
}

#[test]
fn a_cancellation_does_not_wait_for_the_token() {
    let (near, far) = (started(), started());
    let server = Server::new(&far, "127.0.0.1:0", ServerConfig::default()).expect("a server");
    let client = half(&near, &server.local_address());
    let call = client.start("long work", Options::within(LONG)).expect("asked");
    // The token is there from now on: the server has it until it answers.
    let request = server.next_request(Some(LONG)).expect("a request");
    call.cancel().expect("it has no outcome");
    until(|| request.is_cancelled());
    request.fail(code::CANCELLED, "").expect("answered");
    assert_eq!(call.wait(), Err(Failure::Answered { code: code::CANCELLED, data: "".into() }));
}

#[test]
fn cuts_in_the_middle_of_turns() {
    let (near, far) = (started(), started());
    let (server, count) = echo(&far);
    let cable = Cable::to(server.local_address());
    let client = half(&near, &cable.address);
    std::thread::scope(|scope| {
        for caller in 0..4u8 {
            let client = &client;
            scope.spawn(move || {
                for round in 0..100u8 {
                    let data = vec![caller, round];
                    assert_eq!(client.request(data.clone(), Some(LONG)), Ok(data.into()));
                }
            });
        }
        scope.spawn(|| {
            for _ in 0..10 {
                std::thread::sleep(Duration::from_millis(10));
                cable.cut();
            }
        });
    });
    assert_eq!(count.load(std::sync::atomic::Ordering::SeqCst), 400, "each once");
}
