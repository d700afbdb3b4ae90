//! Calls a responder, sends a line, prints the answer. Usage: hello ADDRESS
use osisession::{ConnectRequest, Endpoint, EndpointConfig, Event, SessionConfig};
use std::{error::Error, time::Duration};

fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).ok_or("usage: hello ADDRESS")?;
    let wait = Some(Duration::from_secs(10));
    let endpoint = Endpoint::new(EndpointConfig::default())?;
    let request = ConnectRequest { called_selector: "echo".into(), ..Default::default() };
    let session = endpoint.connect(&address, request, SessionConfig::default())?;
    session.wait_connected(wait)?;
    session.data_request("hello, session")?;
    if let Event::DataIndication(answer) = session.next_event(wait)? {
        println!("{}", String::from_utf8_lossy(&answer));
    }
    session.release_request("")?;
    session.next_event(wait)?; // S-RELEASE confirm
    Ok(())
}
