//! What a polite responder says to each indication.
use crate::script::play::choose;
use osisession::{ConnectResponse, Event, Request, Resynchronize};

/// The answer to an event: data goes back, what needs a confirmation is confirmed, tokens go to who asks.
pub(crate) fn polite(event: &Event) -> Option<Request> {
    Some(match event {
        Event::ConnectIndication(caller) => Request::ConnectResponse(Box::new(ConnectResponse {
            functional_units: choose(caller.functional_units),
            ..ConnectResponse::default()
        })),
        Event::DataIndication(data) => Request::Data(data.clone()),
        Event::TypedDataIndication(data) => Request::TypedData(data.clone()),
        Event::ExpeditedDataIndication(data) => Request::ExpeditedData(data.clone()),
        Event::CapabilityDataIndication(data) => Request::CapabilityDataResponse(data.clone()),
        Event::TokenPleaseIndication(tokens, _) => Request::TokenGive(*tokens, Default::default()),
        Event::SyncMinorIndication { serial_number, explicit: true, .. } => {
            Request::SyncMinorResponse(*serial_number, Default::default())
        }
        Event::SyncMajorIndication(..) => Request::SyncMajorResponse(Default::default()),
        Event::ResynchronizeIndication(asked) => Request::ResynchronizeResponse(Box::new(Resynchronize {
            first: asked.first,
            second: asked.second,
            tokens: asked.tokens,
            ..Resynchronize::default()
        })),
        Event::ActivityInterruptIndication(..) => Request::ActivityInterruptResponse(Default::default()),
        Event::ActivityDiscardIndication(..) => Request::ActivityDiscardResponse(Default::default()),
        Event::ActivityEndIndication(..) => Request::ActivityEndResponse(Default::default()),
        Event::ReleaseIndication(_) => Request::ReleaseResponse(Default::default()),
        _ => return None,
    })
}
