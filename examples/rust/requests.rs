//! Requests and responses. `requests serve ADDRESS` answers in capitals; `requests ADDRESS WORD...` asks, all at once, and prints the answers.
use osisession::rpc::{Client, ClientConfig, Options, Server, ServerConfig};
use osisession::{Endpoint, EndpointConfig};
use std::{error::Error, time::Duration};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let endpoint = Endpoint::new(EndpointConfig::default())?;
    match &arguments[..] {
        [serve, address] if serve == "serve" => {
            let server = Server::new(&endpoint, address, ServerConfig::default())?;
            println!("{}", server.local_address());
            server.serve(|request| {
                let answer = request.data().to_ascii_uppercase();
                // The caller may be gone meanwhile.
                let _ = request.respond(answer);
            });
            loop {
                endpoint.dispatch(None)?;
            }
        }
        [address, words @ ..] if !words.is_empty() => {
            let client = Client::new(&endpoint, address, ClientConfig::default())?;
            let options = Options::within(Duration::from_secs(10));
            let calls: Vec<_> =
                words.iter().map(|word| client.start(word.clone(), options)).collect::<Result<_, _>>()?;
            for call in calls {
                println!("{}", String::from_utf8_lossy(&call.wait()?));
            }
            client.release(Some(Duration::from_secs(10)))?;
            Ok(())
        }
        _ => Err("usage: requests serve ADDRESS | requests ADDRESS WORD...".into()),
    }
}
