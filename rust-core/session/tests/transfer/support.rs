//! What the tests share.
use osisession::transfer::*;
use osisession::{Bytes, Endpoint};
use osisession_journal::Journal;
use std::sync::Arc;
use std::time::Duration;

/// Long enough that only a fault reaches it.
pub(crate) const LONG: Option<Duration> = Some(Duration::from_secs(30));

/// Attempts come quickly; checkpoints are small.
pub(crate) fn quick() -> Config {
    let mut config = Config::default();
    config.checkpoint_size = 1;
    config.retries.first_delay = Duration::from_millis(10);
    config.retries.longest_delay = Duration::from_millis(50);
    config.retries.busy_delay = Duration::from_millis(20);
    config.ask_again = Duration::from_millis(100);
    config
}

/// An endpoint that is driven in the background.
pub(crate) fn endpoint() -> Endpoint {
    let endpoint = Endpoint::new(Default::default()).expect("an endpoint");
    endpoint.start().expect("a thread");
    endpoint
}

pub(crate) fn listen(endpoint: &Endpoint, journal: Option<&Arc<dyn Journal>>) -> Acceptor {
    let mut config = AcceptorConfig::default();
    config.transfer = quick();
    config.journal = journal.cloned();
    Acceptor::listen(endpoint, "127.0.0.1:0", config).expect("an acceptor")
}

pub(crate) fn call(endpoint: &Endpoint, address: &str, journal: Option<&Arc<dyn Journal>>) -> Association {
    let mut config = CallConfig::default();
    config.transfer = quick();
    config.journal = journal.map(|journal| (journal.clone(), b"reports".to_vec()));
    Association::call(endpoint, address, config).expect("an association")
}

pub(crate) fn apdu(length: usize, salt: u8) -> Bytes {
    (0..length).map(|at| (at % 251) as u8 ^ salt).collect::<Vec<_>>().into()
}

pub(crate) fn send(association: &Association, data: &Bytes) -> u64 {
    association.send(data.clone(), SendOptions::default()).expect("room")
}

/// The next delivery, taken.
pub(crate) fn take(association: &Association) -> Delivery {
    let delivery = association.receive(LONG);
    let delivery = delivery.unwrap_or_else(|error| panic!("{error}: {:?}", association.progress()));
    association.taken(delivery.number);
    delivery
}

pub(crate) fn outcome(association: &Association, id: u64) -> Outcome {
    let outcome = association.wait_outcome(id, LONG);
    outcome.unwrap_or_else(|error| panic!("{error}: {:?}", association.progress()))
}
