//! The zone information table, and the state table of its entries (Inside AppleTalk ch. 8; Phase 2 specification).
use crate::error::{Error, Layer, Result};
use crate::time::{Duration, Instant};
use crate::zip::address::{NetworkRange, NodeAddress};
use crate::zip::limits::RouterLimits;
use crate::zip::name::{Name, ZoneName};
use std::collections::{BTreeMap, BTreeSet};

/// How long nobody has to ask for a page before holes in the order of zones are closed.
const QUIET: Duration = Duration::from_secs(30);

/// State of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// There is none.
    Absent,
    /// The network is known, its zones are not.
    Nil,
    /// Some of its zones are known: as if none were.
    Partial,
    /// All of its zones are known.
    Complete,
    /// All of its zones are known from the router's own configuration.
    Seed,
}

/// What happens to an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// The routing table has the network.
    Gained,
    /// A port with these zones has the network.
    GainedSeed,
    /// It is time to ask.
    QueryTimer,
    /// The whole list has come.
    Whole,
    /// A part of the list has come, and there is more.
    Part,
    /// A part of the list has come that completes it.
    LastPart,
    /// The routing table does not have the network any more.
    Lost,
    /// Somebody asks for its zones.
    Asked,
    /// Network management has changed the list.
    Changed,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Add the entry.
    Add,
    /// Take the list.
    Store,
    /// Keep the part.
    Keep,
    /// Send a Query.
    Query,
    /// Send the list.
    Answer,
    /// Drop the entry, and the zones that are left without a network.
    Drop,
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
    pub const ALL: [State; 5] = [State::Absent, State::Nil, State::Partial, State::Complete, State::Seed];

    /// True if names may be used.
    pub const fn is_known(self) -> bool {
        match self {
            State::Absent | State::Nil | State::Partial => false,
            State::Complete | State::Seed => true,
        }
    }
}

impl Event {
    /// Every event.
    pub const ALL: [Event; 9] = [
        Event::Gained,
        Event::GainedSeed,
        Event::QueryTimer,
        Event::Whole,
        Event::Part,
        Event::LastPart,
        Event::Lost,
        Event::Asked,
        Event::Changed,
    ];
}

/// The cell of a state and an event.
pub const fn cell(state: State, event: Event) -> Cell {
    use Action as A;
    use Event as E;
    use State as S;
    let (actions, next): (&'static [Action], State) = match state {
        S::Absent => match event {
            E::Gained => (&[A::Add], S::Nil),
            E::GainedSeed => (&[A::Add, A::Store], S::Seed),
            E::QueryTimer | E::Whole | E::Part | E::LastPart | E::Lost | E::Asked | E::Changed => {
                (&[], state)
            }
        },
        S::Nil | S::Partial => match event {
            E::GainedSeed => (&[A::Store], S::Seed),
            E::QueryTimer => (&[A::Query], state),
            E::Whole | E::LastPart => (&[A::Store], S::Complete),
            E::Part => (&[A::Keep], S::Partial),
            E::Lost => (&[A::Drop], S::Absent),
            E::Gained | E::Asked | E::Changed => (&[], state),
        },
        S::Complete => match event {
            E::GainedSeed => (&[A::Store], S::Seed),
            E::Lost => (&[A::Drop], S::Absent),
            E::Asked => (&[A::Answer], state),
            E::Changed => (&[A::Store], state),
            E::Gained | E::QueryTimer | E::Whole | E::Part | E::LastPart => (&[], state),
        },
        S::Seed => match event {
            E::Lost => (&[A::Drop], S::Absent),
            E::Asked => (&[A::Answer], state),
            E::Changed => (&[A::Store], state),
            E::Gained | E::GainedSeed | E::QueryTimer | E::Whole | E::Part | E::LastPart => (&[], state),
        },
    };
    Cell { actions, next }
}

/// A list that comes in parts, from one router.
#[derive(Debug)]
struct Part {
    from: NodeAddress,
    count: usize,
    zones: Vec<ZoneName>,
    seen: BTreeSet<Name>,
}

/// Lists that come in parts, of one network: each router's for itself, because two halves of two routers are not a whole.
#[derive(Debug, Default)]
pub(super) struct Parts(Vec<Part>);

impl Parts {
    /// Adds a part; the whole list if it is complete.
    pub(super) fn add(
        &mut self,
        from: NodeAddress,
        count: u8,
        zones: &[ZoneName],
        most: usize,
    ) -> Option<Vec<ZoneName>> {
        let count = usize::from(count);
        // Another count is another list: what was held is out of date.
        self.0.retain(|part| part.from != from || part.count == count);
        if !self.0.iter().any(|part| part.from == from) {
            if self.0.len() >= most.max(1) {
                self.0.remove(0);
            }
            self.0.push(Part { from, count, zones: Vec::new(), seen: BTreeSet::new() });
        }
        let part = self.0.iter_mut().find(|part| part.from == from)?;
        let fresh = zones.iter().filter(|zone| !part.seen.contains(&zone.name().folded())).count();
        if part.zones.len() + fresh > count {
            // More names than the list has: start again with this packet.
            part.zones.clear();
            part.seen.clear();
        }
        for zone in zones {
            if part.seen.insert(zone.name().folded()) {
                part.zones.push(*zone);
            }
        }
        (part.zones.len() == count).then(|| core::mem::take(&mut part.zones))
    }

    /// How many names are held.
    fn len(&self) -> usize {
        self.0.iter().map(|part| part.zones.len()).sum()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

/// An entry.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) range: NetworkRange,
    pub(super) state: State,
    pub(super) zones: Vec<ZoneName>,
    parts: Parts,
}

#[derive(Debug)]
struct Zone {
    slot: usize,
    networks: Vec<u16>,
}

/// The zone information table.
///
/// The order of zones is that of their coming: a list that is read page by page neither skips nor turns in a circle. A zone that goes
/// leaves a hole, closed when nobody has read pages for a while.
#[derive(Debug, Default)]
pub(super) struct Zit {
    entries: BTreeMap<u16, Entry>,
    zones: BTreeMap<Name, Zone>,
    order: Vec<Option<ZoneName>>,
    memberships: usize,
    /// Names in parts of lists.
    held: usize,
    paged_at: Instant,
}

impl Zit {
    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// The entry of the network that has this number.
    pub(super) fn entry(&self, network: u16) -> Option<&Entry> {
        let (_, entry) = self.entries.range(..=network).next_back()?;
        Some(entry).filter(|entry| entry.range.contains(network))
    }

    /// The zones of a network, if all of them are known.
    pub(super) fn list(&self, network: u16) -> Option<&[ZoneName]> {
        self.entry(network).filter(|entry| entry.state.is_known()).map(|entry| &entry.zones[..])
    }

    /// The networks of a zone, by their first numbers.
    pub(super) fn networks(&self, zone: &Name) -> &[u16] {
        self.zones.get(&zone.folded()).map(|zone| &zone.networks[..]).unwrap_or_default()
    }

    /// How many zones there are.
    pub(super) fn len(&self) -> usize {
        self.zones.len()
    }

    /// The zones from a place on, counted from 1; holes are left out.
    pub(super) fn from(&mut self, start: u16, now: Instant) -> impl Iterator<Item = &ZoneName> {
        self.paged_at = now;
        self.order.iter().skip(usize::from(start.max(1)) - 1).flatten()
    }

    /// Every zone.
    pub(super) fn zones(&self) -> impl Iterator<Item = &ZoneName> {
        self.order.iter().flatten()
    }

    /// The routing table has a network.
    pub(super) fn gain(&mut self, range: NetworkRange) {
        let next = cell(self.state(range), Event::Gained);
        if next.actions.contains(&Action::Add) {
            let entry = Entry { range, state: next.next, zones: Vec::new(), parts: Parts::default() };
            self.entries.insert(range.start(), entry);
        }
    }

    /// A port has a network with these zones.
    ///
    /// # Errors
    /// `LimitHit`: too many zones.
    pub(super) fn seed(
        &mut self,
        range: NetworkRange,
        zones: Vec<ZoneName>,
        limits: &RouterLimits,
    ) -> Result<()> {
        self.gain(range);
        self.store(range, Event::GainedSeed, zones, limits).map(|_| ())
    }

    fn state(&self, range: NetworkRange) -> State {
        self.entries.get(&range.start()).map(|entry| entry.state).unwrap_or(State::Absent)
    }

    /// A whole list has come from the router that was asked; true if it was wanted.
    ///
    /// # Errors
    /// `LimitHit`: too many zones; the entry stays as it was.
    pub(super) fn whole(
        &mut self,
        range: NetworkRange,
        zones: Vec<ZoneName>,
        limits: &RouterLimits,
    ) -> Result<bool> {
        self.store(range, Event::Whole, zones, limits)
    }

    /// A part of a list has come from the router that was asked; true if it is complete with it.
    ///
    /// # Errors
    /// `LimitHit`: too many zones; the entry stays as it was.
    pub(super) fn part(
        &mut self,
        network: u16,
        from: NodeAddress,
        count: u8,
        zones: &[ZoneName],
        limits: &RouterLimits,
    ) -> Result<bool> {
        let Some(entry) = self.entries.get_mut(&network) else { return Ok(false) };
        let next = cell(entry.state, Event::Part);
        if !next.actions.contains(&Action::Keep) {
            return Ok(false);
        }
        let range = entry.range;
        if self.held + zones.len() > limits.part_zones {
            return Err(Error::limit(Layer::Session, "more zones in parts of lists than the limit")
                .with_parameter(range.to_string()));
        }
        let before = entry.parts.len();
        let whole = entry.parts.add(from, count, zones, limits.parts);
        self.held = self.held - before + entry.parts.len();
        match whole {
            Some(list) => self.store(range, Event::LastPart, list, limits),
            None => {
                entry.state = next.next;
                Ok(false)
            }
        }
    }

    /// Network management has changed a list; false if the network's zones were not known.
    ///
    /// # Errors
    /// `LimitHit`: too many zones; the entry stays as it was.
    pub(super) fn change(
        &mut self,
        range: NetworkRange,
        zones: Vec<ZoneName>,
        limits: &RouterLimits,
    ) -> Result<bool> {
        self.store(range, Event::Changed, zones, limits)
    }

    fn store(
        &mut self,
        range: NetworkRange,
        event: Event,
        mut zones: Vec<ZoneName>,
        limits: &RouterLimits,
    ) -> Result<bool> {
        let next = cell(self.state(range), event);
        if !next.actions.contains(&Action::Store) {
            return Ok(false);
        }
        let mut seen = BTreeSet::new();
        zones.retain(|zone| seen.insert(zone.name().folded()));
        zones.shrink_to_fit();
        let old = self.entries.get(&range.start()).map(|entry| entry.zones.len()).unwrap_or_default();
        let new = seen.iter().filter(|name| !self.zones.contains_key(*name)).count();
        let too_many = zones.len() > limits.zones_per_network.min(255)
            || self.zones.len() + new > limits.zones
            || self.memberships - old + zones.len() > limits.memberships;
        if too_many {
            return Err(Error::limit(Layer::Session, "more zones than the limit")
                .with_parameter(range.to_string())
                .with_expected(format!("at most {}", limits.zones), format!("{}", self.zones.len() + new)));
        }
        for zone in &zones {
            let slot = self.order.len();
            let known = self.zones.entry(zone.name().folded()).or_insert_with(|| {
                self.order.push(Some(*zone));
                Zone { slot, networks: Vec::new() }
            });
            if let Err(at) = known.networks.binary_search(&range.start()) {
                known.networks.insert(at, range.start());
                self.memberships += 1;
            }
        }
        let Some(entry) = self.entries.get_mut(&range.start()) else { return Ok(false) };
        entry.state = next.next;
        self.held -= entry.parts.len();
        entry.parts.clear();
        let before = core::mem::replace(&mut entry.zones, zones);
        for zone in before.iter().filter(|zone| !seen.contains(&zone.name().folded())) {
            self.leave(zone, range.start());
        }
        Ok(true)
    }

    /// The routing table does not have a network any more; true if its zones were known.
    pub(super) fn lose(&mut self, range: NetworkRange) -> bool {
        let state = self.state(range);
        if !cell(state, Event::Lost).actions.contains(&Action::Drop) {
            return false;
        }
        if let Some(entry) = self.entries.remove(&range.start()) {
            self.held -= entry.parts.len();
            for zone in &entry.zones {
                self.leave(zone, range.start());
            }
        }
        state.is_known()
    }

    fn leave(&mut self, zone: &ZoneName, network: u16) {
        let folded = zone.name().folded();
        let Some(known) = self.zones.get_mut(&folded) else { return };
        if let Ok(at) = known.networks.binary_search(&network) {
            known.networks.remove(at);
            self.memberships -= 1;
        }
        if known.networks.is_empty() {
            if let Some(slot) = self.order.get_mut(known.slot) {
                *slot = None;
            }
            self.zones.remove(&folded);
        }
    }

    /// The networks whose zones have to be asked for.
    pub(super) fn wanted(&self) -> impl Iterator<Item = NetworkRange> {
        let asks = |entry: &&Entry| cell(entry.state, Event::QueryTimer).actions.contains(&Action::Query);
        self.entries.values().filter(asks).map(|entry| entry.range)
    }

    /// Closes holes in the order, if nobody reads it or if there are many.
    pub(super) fn tidy(&mut self, now: Instant) {
        let holes = self.order.len() - self.zones.len();
        if holes == 0 || now - self.paged_at < QUIET && holes <= self.zones.len() + 1_024 {
            return;
        }
        self.order.retain(Option::is_some);
        for (slot, zone) in self.order.iter().enumerate() {
            if let Some(known) = zone.and_then(|zone| self.zones.get_mut(&zone.name().folded())) {
                known.slot = slot;
            }
        }
    }
}
