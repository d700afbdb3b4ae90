//! iec61850-rs 0.3.0: an MMS client, and its association in the server's role.
use iec61850_rs::client::Client;
use iec61850_rs::common::{Instant, Limits};
use iec61850_rs::proto::mms::association::{Association, AssociationConfig, AssociationEvent};
use iec61850_rs::proto::mms::{ConfirmedRequest, ConfirmedResponse, Mms};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

pub(crate) fn call(address: &str) {
    let done = (|| {
        let mut client = Client::connect(address)?;
        println!("connected");
        let identity = client.identify()?;
        println!("identity {} {} {}", identity.vendor, identity.model, identity.revision);
        for device in client.server_directory()? {
            println!("device {device}");
        }
        client.release()
    })();
    println!(
        "{}",
        done.map_or_else(|error: iec61850_rs::Error| format!("failed: {error}"), |()| "released".into())
    );
}

pub(crate) fn serve(address: &str) {
    let listener = TcpListener::bind(address).unwrap();
    println!("running");
    for stream in listener.incoming() {
        println!("{}", answer(stream.unwrap()));
    }
}

fn answer(mut stream: TcpStream) -> String {
    let mut association = Association::server(AssociationConfig::default());
    let mut buffer = [0; 4096];
    loop {
        let count = match stream.read(&mut buffer) {
            Ok(0) => return "closed".into(),
            Ok(count) => count,
            Err(error) => return error.to_string(),
        };
        association.on_bytes(Instant::ZERO, &buffer[..count]);
        let mut requests = Vec::new();
        let mut end = None;
        while let Some(event) = association.poll_event() {
            match event {
                AssociationEvent::Request { invoke_id, pdu } => requests.push((invoke_id, pdu)),
                AssociationEvent::Closed(reason) => end = Some(format!("closed {reason:?}")),
                _ => {}
            }
        }
        for (invoke, pdu) in requests {
            let Ok(Mms::ConfirmedRequest { service, .. }) = Mms::parse(&pdu, &Limits::DEFAULT) else {
                continue;
            };
            let response = match service {
                ConfirmedRequest::Identify => {
                    ConfirmedResponse::Identify { vendor: "peer", model: "iec61850-rs", revision: "0.3.0" }
                }
                _ => ConfirmedResponse::GetNameList { identifiers: vec!["THEIRSLD0"], more_follows: false },
            };
            association.respond(invoke, &response).unwrap();
        }
        while let Some(packet) = association.poll_transmit() {
            if stream.write_all(&packet.to_vec()).is_err() {
                return "gone".into();
            }
        }
        if let Some(end) = end {
            return end;
        }
    }
}
