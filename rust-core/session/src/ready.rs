//! Who got something: the list behind [`crate::Endpoint::next_ready`].
use crate::endpoint::Ready;
use crate::listener::{Listener, ListenerHandle};
use crate::session::{Session, SessionHandle};
use std::collections::{BTreeMap, HashMap};
use std::sync::Weak;

#[derive(Debug)]
pub(crate) enum Who {
    Session(Weak<SessionHandle>),
    Listener(Weak<ListenerHandle>),
}

/// In the order of arrival, each at most once. Whoever goes away takes its entry along: a caller that never asks
/// does not let the list grow.
#[derive(Debug, Default)]
pub(crate) struct ReadyList {
    next: u64,
    order: BTreeMap<u64, (u64, Who)>,
    places: HashMap<u64, u64>,
}

impl ReadyList {
    pub(crate) fn mark(&mut self, id: u64, who: Who) {
        if let std::collections::hash_map::Entry::Vacant(place) = self.places.entry(id) {
            place.insert(self.next);
            self.order.insert(self.next, (id, who));
            self.next += 1;
        }
    }

    pub(crate) fn remove(&mut self, id: u64) {
        if let Some(place) = self.places.remove(&id) {
            self.order.remove(&place);
        }
    }

    pub(crate) fn pop(&mut self) -> Option<Ready> {
        while let Some((_, (id, who))) = self.order.pop_first() {
            self.places.remove(&id);
            let ready = match who {
                Who::Session(weak) => weak.upgrade().map(|handle| Ready::Session(Session(handle))),
                Who::Listener(weak) => weak.upgrade().map(|handle| Ready::Listener(Listener(handle))),
            };
            if ready.is_some() {
                return ready;
            }
        }
        None
    }
}
