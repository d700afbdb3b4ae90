//! The routing table, and the state table of a route (Inside AppleTalk ch. 5; Phase 2 specification).
use crate::time::{Duration, Instant};
use crate::zip::address::{NetworkRange, NodeAddress};
use crate::zip::rtmp::{TOO_FAR, UNREACHABLE};
use std::collections::BTreeMap;

/// State of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// A network that the router is connected to.
    Direct,
    /// Confirmed.
    Good,
    /// Not confirmed for a while.
    Suspect,
    /// Not confirmed for long, or said to be unreachable: told to the neighbours as distance 31.
    Bad,
    /// The same, for the second time.
    Worse,
    /// Not in the table.
    Gone,
}

/// What happens to a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// The router that it goes by says that it is still there.
    Confirmed,
    /// Another router has a way that is as short or shorter, or any way while this one is bad.
    Better,
    /// The router that it goes by says that it is unreachable.
    Unreachable,
    /// It was not confirmed in time.
    ValidityTimer,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Take over router and distance.
    Take,
    /// Start the validity timer.
    StartTimer,
    /// Take it out of the table.
    Delete,
}

/// A cell of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// What is done, in this order.
    pub actions: &'static [Action],
    /// The state after it.
    pub next: State,
}

impl State {
    /// Every state.
    pub const ALL: [State; 6] =
        [State::Direct, State::Good, State::Suspect, State::Bad, State::Worse, State::Gone];
}

impl Event {
    /// Every event.
    pub const ALL: [Event; 4] = [Event::Confirmed, Event::Better, Event::Unreachable, Event::ValidityTimer];
}

/// The cell of a state and an event.
pub const fn cell(state: State, event: Event) -> Cell {
    use Action as A;
    use Event as E;
    use State as S;
    const TAKE: &[Action] = &[Action::Take, Action::StartTimer];
    let (actions, next): (&'static [Action], State) = match state {
        // Nobody else is nearer.
        S::Direct => match event {
            E::Confirmed | E::Better | E::Unreachable | E::ValidityTimer => (&[], state),
        },
        S::Gone => match event {
            E::Better => (TAKE, S::Good),
            E::Confirmed | E::Unreachable | E::ValidityTimer => (&[], state),
        },
        S::Good => match event {
            E::Confirmed | E::Better => (TAKE, state),
            E::Unreachable => (&[A::StartTimer], S::Bad),
            E::ValidityTimer => (&[A::StartTimer], S::Suspect),
        },
        S::Suspect => match event {
            E::Confirmed | E::Better => (TAKE, S::Good),
            E::Unreachable | E::ValidityTimer => (&[A::StartTimer], S::Bad),
        },
        // Unreachable again does not give it more time.
        S::Bad => match event {
            E::Confirmed | E::Better => (TAKE, S::Good),
            E::Unreachable => (&[], state),
            E::ValidityTimer => (&[A::StartTimer], S::Worse),
        },
        S::Worse => match event {
            E::Confirmed | E::Better => (TAKE, S::Good),
            E::Unreachable => (&[], state),
            E::ValidityTimer => (&[A::Delete], S::Gone),
        },
    };
    Cell { actions, next }
}

/// A route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The network.
    pub range: NetworkRange,
    /// True if it is an extended network.
    pub extended: bool,
    /// Routers on the way, 0 for a network that the router is connected to.
    pub distance: u8,
    /// The port it goes out at, from 0.
    pub port: usize,
    /// The router it goes by; `None` for a network that the router is connected to.
    pub next: Option<NodeAddress>,
    /// Its state.
    pub state: State,
    pub(super) at: Option<Instant>,
}

impl Route {
    /// True if datagrams can go that way.
    pub fn is_usable(&self) -> bool {
        match self.state {
            State::Direct | State::Good | State::Suspect => true,
            State::Bad | State::Worse | State::Gone => false,
        }
    }

    /// The distance that neighbours are told.
    pub(super) fn told(&self) -> u8 {
        if self.is_usable() { self.distance } else { UNREACHABLE }
    }
}

/// What a tuple of a neighbour did to the table.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Nothing that others have to know.
    Kept,
    /// There is a new network.
    Gained,
    /// Its numbers are partly those of another network.
    Overlaps(NetworkRange),
    /// The table is full.
    Full,
}

/// The routing table, by the first number of each network.
#[derive(Debug, Default)]
pub(super) struct Routes {
    routes: BTreeMap<u16, Route>,
}

impl Routes {
    pub(super) fn iter(&self) -> impl Iterator<Item = &Route> {
        self.routes.values()
    }

    pub(super) fn len(&self) -> usize {
        self.routes.len()
    }

    /// The route to a network number, usable or not.
    pub(super) fn find(&self, network: u16) -> Option<&Route> {
        let (_, route) = self.routes.range(..=network).next_back()?;
        Some(route).filter(|route| route.range.contains(network))
    }

    fn overlapping(&self, range: &NetworkRange) -> Option<NetworkRange> {
        self.routes
            .range(..=range.end())
            .next_back()
            .map(|(_, route)| route.range)
            .filter(|own| own.overlaps(range))
    }

    /// The network that is in the way of one that the router is about to be connected to.
    pub(super) fn obstacle(&self, range: &NetworkRange) -> Option<NetworkRange> {
        let known = self.routes.get(&range.start()).filter(|route| route.range == *range);
        match known {
            Some(route) if route.state != State::Direct => None,
            _ => self.overlapping(range),
        }
    }

    /// Adds a network that the router is connected to. Errors: the network whose numbers it has.
    pub(super) fn connect(
        &mut self,
        port: usize,
        range: NetworkRange,
        extended: bool,
    ) -> Result<(), NetworkRange> {
        if let Some(other) = self.obstacle(&range) {
            return Err(other);
        }
        let route = Route { range, extended, distance: 0, port, next: None, state: State::Direct, at: None };
        self.routes.insert(range.start(), route);
        Ok(())
    }

    /// A network that the router was connected to is told as unreachable, and goes.
    pub(super) fn disconnect(&mut self, range: NetworkRange, validity: Duration, now: Instant) {
        if let Some(route) = self.routes.get_mut(&range.start()) {
            route.state = State::Bad;
            route.at = Some(now + validity);
        }
    }

    /// A neighbour tells of a network.
    pub(super) fn hear(
        &mut self,
        told: crate::zip::rtmp::Route,
        port: usize,
        sender: NodeAddress,
        validity: Duration,
        most: usize,
        now: Instant,
    ) -> Outcome {
        let distance = told.distance.saturating_add(1);
        let far = told.distance >= TOO_FAR;
        let Some(own) = self.routes.get_mut(&told.range.start()).filter(|own| own.range == told.range) else {
            if let Some(other) = self.overlapping(&told.range) {
                return Outcome::Overlaps(other);
            }
            if far {
                return Outcome::Kept;
            }
            if self.routes.len() >= most {
                return Outcome::Full;
            }
            let (range, extended, next) = (told.range, told.extended, Some(sender));
            let mut route = Route { range, extended, distance, port, next, state: State::Gone, at: None };
            route.event(Event::Better, (distance, port, sender), validity, now);
            self.routes.insert(range.start(), route);
            return Outcome::Gained;
        };
        let same = own.port == port && own.next == Some(sender);
        let event = match (same, far) {
            (true, true) => Event::Unreachable,
            (true, false) => Event::Confirmed,
            (false, true) => return Outcome::Kept,
            (false, false) if distance <= own.distance || !own.is_usable() => Event::Better,
            (false, false) => return Outcome::Kept,
        };
        own.event(event, (distance, port, sender), validity, now);
        Outcome::Kept
    }

    /// The networks that are out of the table now.
    pub(super) fn handle_timeout(&mut self, validity: Duration, now: Instant) -> Vec<NetworkRange> {
        let mut gone = Vec::new();
        self.routes.retain(|_, route| {
            if route.at.is_some_and(|at| at <= now) {
                let way = (route.distance, route.port, route.next.unwrap_or_default());
                route.event(Event::ValidityTimer, way, validity, now);
            }
            if route.state == State::Gone {
                gone.push(route.range);
            }
            route.state != State::Gone
        });
        gone
    }

    pub(super) fn next_timeout(&self) -> Option<Instant> {
        self.routes.values().filter_map(|route| route.at).min()
    }
}

impl Route {
    fn event(
        &mut self,
        event: Event,
        (distance, port, sender): (u8, usize, NodeAddress),
        validity: Duration,
        now: Instant,
    ) {
        let cell = cell(self.state, event);
        self.state = cell.next;
        for action in cell.actions {
            match action {
                Action::Take => (self.distance, self.port, self.next) = (distance, port, Some(sender)),
                Action::StartTimer => self.at = Some(now + validity),
                Action::Delete => self.at = None,
            }
        }
    }
}
