//! What an endpoint has done so far, in numbers.
use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// What an endpoint has done so far (see [`crate::Endpoint::counters`]). Each number only ever grows; they are read
        /// one after the other, not at one moment.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Counters {
            $($(#[$doc])* pub $name: u64,)*
        }

        #[derive(Debug, Default)]
        pub(crate) struct Counting {
            $(pub(crate) $name: AtomicU64,)*
        }

        impl Counting {
            pub(crate) fn read(&self) -> Counters {
                Counters { $($name: self.$name.load(Ordering::Relaxed),)* }
            }
        }
    };
}

counters! {
    /// Sessions that were asked for from here.
    calls,
    /// Connections that callers opened to listeners.
    callers,
    /// Callers that were closed at once: too many were without their CONNECT
    /// ([`crate::ListenerConfig::max_connecting`] and what stands beside it).
    callers_turned_away,
    /// Callers that no listener saw ([`crate::Endpoint::next_refusal`]): unknown selectors, nothing in common, what is no TPKT, no CR
    /// or no CONNECT, TLS that did not come about, silence; and those that found a full backlog.
    callers_refused,
    /// Session connections that were established, in either role.
    established,
    /// Session connections that were released in order (X.225 7.6 to 7.8).
    released,
    /// Session connections that were aborted, by either user or provider, or lost.
    aborted,
    /// Octets read from networks and pipes.
    octets_received,
    /// Octets written to them.
    octets_sent,
}

pub(crate) fn add(counter: &AtomicU64, count: usize) {
    counter.fetch_add(count as u64, Ordering::Relaxed);
}
