//! Which station of an Ethernet has an address: what AARP knows, and what waits for it (Inside AppleTalk ch. 2).
use crate::time::Instant;
use crate::zip::address::{Mac, NodeAddress};
use crate::zip::limits::LinkLimits;
use bytes::Bytes;
use std::collections::BTreeMap;

#[derive(Debug)]
struct Waiting {
    datagrams: Vec<Bytes>,
    tries: u32,
    at: Instant,
}

/// What AARP knows.
#[derive(Debug, Default)]
pub(super) struct Resolver {
    stations: BTreeMap<NodeAddress, (Mac, Instant)>,
    waiting: BTreeMap<NodeAddress, Waiting>,
}

/// What becomes of a datagram.
pub(super) enum Fate {
    /// It goes to this station.
    Send(Mac, Bytes),
    /// It waits, and AARP has to ask.
    Ask,
    /// It waits.
    Wait,
    /// There is no room for it.
    Lost,
}

impl Resolver {
    pub(super) fn clear(&mut self) {
        self.stations.clear();
        self.waiting.clear();
    }

    /// Finds the station, or keeps the datagram.
    pub(super) fn resolve(
        &mut self,
        node: NodeAddress,
        datagram: Bytes,
        limits: &LinkLimits,
        now: Instant,
    ) -> Fate {
        match self.stations.get(&node) {
            Some((mac, heard)) if now - *heard < limits.station_age => return Fate::Send(*mac, datagram),
            Some(_) => {
                self.stations.remove(&node);
            }
            None => {}
        }
        if let Some(waiting) = self.waiting.get_mut(&node) {
            if waiting.datagrams.len() >= limits.waiting {
                return Fate::Lost;
            }
            waiting.datagrams.push(datagram);
            return Fate::Wait;
        }
        if self.waiting.len() >= limits.resolving {
            return Fate::Lost;
        }
        let waiting = Waiting { datagrams: vec![datagram], tries: 1, at: now + limits.probe_interval };
        self.waiting.insert(node, waiting);
        Fate::Ask
    }

    /// Remembers a station; what waited for it goes out now.
    pub(super) fn learn(
        &mut self,
        node: NodeAddress,
        mac: Mac,
        limits: &LinkLimits,
        now: Instant,
    ) -> Vec<Bytes> {
        if !self.stations.contains_key(&node) && self.stations.len() >= limits.stations {
            self.stations.retain(|_, (_, heard)| now - *heard < limits.station_age);
            if self.stations.len() >= limits.stations && !self.make_room(node) {
                return Vec::new();
            }
        }
        self.stations.insert(node, (mac, now));
        self.waiting.remove(&node).map(|waiting| waiting.datagrams).unwrap_or_default()
    }

    /// Answers that nobody asked for may fill the table, but not keep out one that was asked for: the station heard longest ago goes.
    fn make_room(&mut self, node: NodeAddress) -> bool {
        if !self.waiting.contains_key(&node) {
            return false;
        }
        let oldest = self.stations.iter().min_by_key(|(_, (_, heard))| *heard).map(|(node, _)| *node);
        oldest.is_some_and(|oldest| self.stations.remove(&oldest).is_some())
    }

    /// Forgets a station: somebody wants its address.
    pub(super) fn forget(&mut self, node: NodeAddress) {
        self.stations.remove(&node);
    }

    pub(super) fn next_timeout(&self) -> Option<Instant> {
        self.waiting.values().map(|waiting| waiting.at).min()
    }

    /// The addresses to ask for again, and how many datagrams have waited in vain.
    pub(super) fn handle_timeout(&mut self, limits: &LinkLimits, now: Instant) -> (Vec<NodeAddress>, u64) {
        let (mut ask, mut lost) = (Vec::new(), 0);
        self.waiting.retain(|node, waiting| {
            if waiting.at > now {
                return true;
            }
            if waiting.tries >= limits.resolve_tries {
                lost += waiting.datagrams.len() as u64;
                return false;
            }
            waiting.tries += 1;
            waiting.at = now + limits.probe_interval;
            ask.push(*node);
            true
        });
        (ask, lost)
    }
}
