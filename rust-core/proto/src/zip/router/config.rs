//! How a router is configured, and what it tells.
use crate::error::{Error, Result};
use crate::zip::address::{NetworkRange, NodeAddress};
use crate::zip::limits::RouterLimits;
use crate::zip::link::Medium;
use crate::zip::name::ZoneName;
use std::collections::BTreeSet;

/// A port of a router, by its place in the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortId(pub usize);

/// What a port knows of its network before it has heard anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seed {
    /// The numbers of the network.
    pub range: NetworkRange,
    /// Its zones, the default one first. One on a nonextended network.
    pub zones: Vec<ZoneName>,
}

/// A port.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PortConfig {
    /// What carries its frames.
    pub medium: Medium,
    /// What it knows of its network; `None` to learn all of it from other routers.
    pub seed: Option<Seed>,
    /// The address that it would like.
    pub hint: Option<NodeAddress>,
}

impl PortConfig {
    /// A port that learns its network from other routers.
    pub fn new(medium: Medium) -> PortConfig {
        PortConfig { medium, seed: None, hint: None }
    }

    /// A port that knows its network.
    pub fn seeded(medium: Medium, range: NetworkRange, zones: Vec<ZoneName>) -> PortConfig {
        PortConfig { medium, seed: Some(Seed { range, zones }), hint: None }
    }

    /// The same port with an address that it would like.
    #[must_use]
    pub fn with_hint(mut self, hint: NodeAddress) -> PortConfig {
        self.hint = Some(hint);
        self
    }
}

/// A router.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RouterConfig {
    /// Its ports.
    pub ports: Vec<PortConfig>,
    /// True to answer queries by Replies with several whole lists where they fit; by default each network has its own Extended Reply,
    /// as Apple's routers do it.
    pub pack_replies: bool,
    /// Limits and timers.
    pub limits: RouterLimits,
    /// It should differ from router to router.
    pub seed: u64,
}

impl RouterConfig {
    /// A router with these ports.
    pub fn new(ports: Vec<PortConfig>, seed: u64) -> RouterConfig {
        RouterConfig { ports, pack_replies: false, limits: RouterLimits::default(), seed }
    }

    /// Looks for what can never work.
    pub(super) fn check(&self) -> Result<()> {
        let mut ranges: Vec<NetworkRange> = Vec::new();
        for (at, port) in self.ports.iter().enumerate() {
            let invalid = |text: &'static str| Err(Error::invalid(text).with_parameter(format!("port {at}")));
            let Some(seed) = &port.seed else { continue };
            let distinct: BTreeSet<_> = seed.zones.iter().map(|zone| zone.name().folded()).collect();
            if distinct.len() != seed.zones.len() {
                return invalid("a zone stands twice in the list of a network");
            }
            if seed.zones.is_empty() || seed.zones.len() > self.limits.zones_per_network.min(255) {
                return invalid("a network has 1 to 255 zones");
            }
            if !port.medium.is_extended() && (seed.zones.len() != 1 || seed.range.start() != seed.range.end())
            {
                return invalid("a nonextended network has one number and one zone");
            }
            if ranges.iter().any(|range| range.overlaps(&seed.range)) {
                return invalid("two ports have network numbers in common");
            }
            ranges.push(seed.range);
        }
        Ok(())
    }
}

/// What a router tells.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum RouterEvent {
    /// A port routes.
    PortActive {
        /// The port.
        port: PortId,
        /// Its address.
        address: NodeAddress,
        /// Its network.
        range: NetworkRange,
    },
    /// Another router of the network says something else about it. A port that has not routed yet does not begin.
    PortConflict {
        /// The port.
        port: PortId,
        /// What differs.
        error: Error,
    },
    /// There is no address for a port.
    PortFailed {
        /// The port.
        port: PortId,
    },
    /// A port was taken down.
    PortDown {
        /// The port.
        port: PortId,
    },
    /// A network has come into the routing table.
    RouteGained {
        /// Its numbers.
        range: NetworkRange,
    },
    /// A network has gone out of the routing table, and its zones with it.
    RouteLost {
        /// Its numbers.
        range: NetworkRange,
    },
    /// A neighbour tells of a network whose numbers are partly those of another one. It is not believed.
    RouteOverlaps {
        /// The numbers that the neighbour tells.
        told: NetworkRange,
        /// The numbers of the network that is known.
        known: NetworkRange,
    },
    /// All zones of a network are known.
    ZonesKnown {
        /// The numbers of the network.
        range: NetworkRange,
        /// How many zones it has.
        zones: usize,
    },
    /// A limit was reached, and something was not taken.
    Limited(Error),
}

/// What a router counted since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Datagrams received.
    pub received: u64,
    /// Datagrams that could not be read.
    pub malformed: u64,
    /// Datagrams that nobody had asked for, or that are not for a router.
    pub ignored: u64,
    /// Datagrams passed on.
    pub forwarded: u64,
    /// Datagrams that had nowhere to go.
    pub unroutable: u64,
    /// Datagrams that had passed too many routers.
    pub hops_exceeded: u64,
    /// What limits have cost.
    pub limited: u64,
    /// Queries that were sent.
    pub queries: u64,
    /// Networks that were asked for by queries of others, and answered.
    pub answered: u64,
}
