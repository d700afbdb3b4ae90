//! `osisession scp listen`: an object that shows, echoes or mirrors.
use super::args::{Answer, Listen};
use super::output::{Output, hexadecimal, with};
use super::{Result, endpoint, object};
use osisession::decnet::{
    CircuitEvent, DecnetEndpoint, DecnetReady, EndUser, IncomingLink, LinkEvent, LogicalLink, Object,
};
use osisession::{Bytes, ErrorKind};
use serde_json::json;
use std::collections::HashMap;

/// The longest message that is returned, as the accept data of MIRROR say it.
const MOST: [u8; 2] = u16::MAX.to_le_bytes();

/// A link with the answer that had no room.
struct Served {
    link: LogicalLink,
    waiting: Option<Bytes>,
}

pub(super) fn run(listen: &Listen, output: &mut Output<'_>) -> Result<bool> {
    let mut declared = match object(&listen.object)? {
        EndUser::Number(number) => Object::numbered(number),
        EndUser::Name(name) | EndUser::NameWithCodes { name, .. } => Object::named(name),
    };
    if let Some(name) = &listen.name {
        declared = declared.with_name(name.clone());
    }
    let node = endpoint(&listen.common)?;
    let listener = node.listen(declared)?;
    let local = node.local_address().unwrap_or_else(|| listen.common.circuit.to_string());
    output.line(
        &format!("object {} at node {}, circuit {local}", listen.object, node.address()),
        "listening",
        json!({ "node": node.address().to_string(), "circuit": local }),
    )?;
    let mut served: HashMap<u32, Served> = HashMap::new();
    let mut ended = 0;
    while listen.count.is_none_or(|count| ended < count) {
        let Some(ready) = node.next_ready() else {
            node.dispatch(None)?;
            continue;
        };
        match ready {
            DecnetReady::Circuit => circuit(&node, output)?,
            DecnetReady::Listener(_) => {
                while let Some(call) = listener.try_next_call() {
                    if let Some(link) = accept(listen, call, output)? {
                        served.insert(link.id(), Served { link, waiting: None });
                    }
                }
            }
            DecnetReady::Link(link) => {
                let id = link.id();
                if let Some(serving) = served.get_mut(&id)
                    && serve(serving, listen.answer, output)?
                {
                    served.remove(&id);
                    ended += 1;
                }
            }
            _ => {}
        }
    }
    // What ends the last links is on its way.
    while node.dispatch(Some(std::time::Duration::from_millis(100)))? > 0 {}
    Ok(true)
}

fn circuit(node: &DecnetEndpoint, output: &mut Output<'_>) -> Result {
    while let Some(event) = node.next_circuit_event() {
        match event {
            CircuitEvent::Up(neighbour) => {
                let address = neighbour.map(|neighbour| neighbour.address.to_string());
                let text = format!("the circuit to {} is up", address.as_deref().unwrap_or("the network"));
                output.line(&text, "circuit-up", json!({ "neighbour": address }))?;
            }
            CircuitEvent::Down(error) => {
                let keys = json!({ "error": error.to_string() });
                output.line(&format!("the circuit is down: {error}"), "circuit-down", keys)?;
            }
        }
    }
    Ok(())
}

fn accept(listen: &Listen, call: IncomingLink, output: &mut Output<'_>) -> Result<Option<LogicalLink>> {
    let user = call.access().map(|access| access.user.escape_ascii().to_string());
    let text = format!("link {}: called by {} at {}", call.id(), call.source(), call.node());
    output.line(
        &with(&text, call.user_data()),
        "call",
        json!({
            "link": call.id(), "node": call.node().to_string(), "source": call.source().to_string(),
            "object": call.destination().to_string(), "user": user, "data": hexadecimal(call.user_data()),
        }),
    )?;
    let data = match (&listen.data, listen.answer) {
        (Some(data), _) => data.clone().into_bytes(),
        (None, Answer::Mirror) => MOST.to_vec(),
        (None, Answer::Show | Answer::Echo) => Vec::new(),
    };
    match call.accept(data) {
        Ok(link) => Ok(Some(link)),
        Err(error) if error.kind() == ErrorKind::Closed => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Takes what came, as far as answers have room. True if the link has ended.
fn serve(serving: &mut Served, answer: Answer, output: &mut Output<'_>) -> Result<bool> {
    loop {
        if let Some(waiting) = serving.waiting.take() {
            match serving.link.send(waiting.clone()) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    serving.waiting = Some(waiting);
                    // It is ready again when there is room; what else has come waits meanwhile, and holds the peer back.
                    return Ok(false);
                }
                // The link is ending: its last event says so.
                Err(_) => {}
            }
        }
        let Some(event) = serving.link.try_next_event() else { return Ok(false) };
        serving.waiting = match &event {
            LinkEvent::Message(message) => match answer {
                Answer::Show => None,
                Answer::Echo => Some(message.clone()),
                Answer::Mirror => Some(mirrored(message)),
            },
            _ => None,
        };
        let quiet = answer == Answer::Mirror && matches!(event, LinkEvent::Message(_));
        if !quiet && output.event(serving.link.id(), &event)? {
            return Ok(true);
        }
    }
}

/// The answer of MIRROR: success with what was sent, or failure.
fn mirrored(message: &Bytes) -> Bytes {
    match message.split_first() {
        Some((0, body)) => [&[1], body].concat().into(),
        _ => Bytes::from_static(&[0xff]),
    }
}
