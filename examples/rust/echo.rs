//! Serves one session: prints its address, answers in capitals, agrees to the release. Usage: echo ADDRESS
use osisession::{ConnectResponse, Endpoint, EndpointConfig, Event, ListenerConfig};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).ok_or("usage: echo ADDRESS")?;
    let endpoint = Endpoint::new(EndpointConfig::default())?;
    let mut config = ListenerConfig::default();
    config.session_selector = Some("echo".into());
    let listener = endpoint.listen(&address, config)?;
    println!("{}", listener.local_address());
    let session = listener.accept(None)?;
    // Ends with the session: after its last event there is none to wait for.
    while let Ok(event) = session.next_event(None) {
        match event {
            Event::ConnectIndication(_) => session.connect_response(ConnectResponse::default())?,
            Event::DataIndication(data) => session.data_request(data.to_ascii_uppercase())?,
            Event::ReleaseIndication(_) => session.release_response("")?,
            other => println!("{other:?}"),
        };
    }
    Ok(())
}
