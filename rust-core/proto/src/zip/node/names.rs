//! Names: looking up, registering, answering (Inside AppleTalk ch. 7).
use super::event::{LookupId, NodeEvent};
use super::machine::ZoneMachine;
use crate::error::{Error, Layer, Result};
use crate::time::Instant;
use crate::zip::address::{Address, NodeAddress, ddp_type, socket};
use crate::zip::ddp::{Datagram, MAX_DATA};
use crate::zip::limits::NodeLimits;
use crate::zip::name::{Name, WILD};
use crate::zip::nbp::{Entity, Function, Packet, Tuple};
use std::collections::BTreeMap;

#[derive(Debug)]
struct Lookup {
    entity: Entity,
    nbp_id: u8,
    registers: Option<Address>,
    found: Vec<(Address, u8)>,
    more: bool,
    tries: u32,
    at: Instant,
}

/// Names of this node, and look-ups under way.
#[derive(Debug)]
pub(super) struct Names {
    registered: Vec<Tuple>,
    lookups: BTreeMap<LookupId, Lookup>,
    next_id: u32,
    next_nbp: u8,
    next_enumerator: u8,
}

impl Names {
    pub(super) fn new(nbp_id: u8) -> Names {
        Names {
            registered: Vec::new(),
            lookups: BTreeMap::new(),
            next_id: 0,
            next_nbp: nbp_id,
            next_enumerator: 1,
        }
    }

    pub(super) fn clear(&mut self) {
        self.registered.clear();
        self.lookups.clear();
    }

    pub(super) fn registered(&self) -> impl Iterator<Item = &Tuple> {
        self.registered.iter()
    }

    /// The node has another address: its names go with it.
    pub(super) fn moved(&mut self, to: NodeAddress) {
        for tuple in &mut self.registered {
            tuple.address = to.socket(tuple.address.socket);
        }
        for address in self.lookups.values_mut().filter_map(|lookup| lookup.registers.as_mut()) {
            *address = to.socket(address.socket);
        }
    }

    fn begin(
        &mut self,
        entity: Entity,
        registers: Option<Address>,
        limits: &NodeLimits,
        now: Instant,
    ) -> Result<LookupId> {
        if entity.object.is_empty() || entity.kind.is_empty() {
            return Err(Error::invalid("object and type have 1 to 32 octets"));
        }
        if self.lookups.len() >= limits.lookups.min(255) {
            return Err(Error::limit(Layer::Session, "too many look-ups at the same time"));
        }
        let id = LookupId(self.next_id);
        self.next_id = self.next_id.wrapping_add(1);
        // There are fewer look-ups than numbers, so the search ends.
        while self.lookups.values().any(|lookup| lookup.nbp_id == self.next_nbp) {
            self.next_nbp = self.next_nbp.wrapping_add(1);
        }
        let nbp_id = self.next_nbp;
        self.next_nbp = nbp_id.wrapping_add(1);
        let at = now + limits.lookup_interval;
        let lookup = Lookup { entity, nbp_id, registers, found: Vec::new(), more: false, tries: 1, at };
        self.lookups.insert(id, lookup);
        Ok(id)
    }

    pub(super) fn look_up(&mut self, entity: Entity, limits: &NodeLimits, now: Instant) -> Result<LookupId> {
        self.begin(entity, None, limits, now)
    }

    pub(super) fn register(
        &mut self,
        entity: Entity,
        address: Address,
        limits: &NodeLimits,
        now: Instant,
    ) -> Result<LookupId> {
        let wild = |name: &Name| *name == Name::ANY || name.octets().contains(&WILD);
        if wild(&entity.object) || wild(&entity.kind) || address.socket == 0 || address.socket == 255 {
            return Err(Error::invalid("a name has no wildcards, and its socket is 1 to 254"));
        }
        let pending = self.lookups.values().filter(|lookup| lookup.registers.is_some());
        let taken =
            self.registered.iter().map(|tuple| &tuple.entity).chain(pending.clone().map(|own| &own.entity));
        if taken.clone().any(|own| entity.finds(own)) {
            return Err(Error::refused("this node has registered the name already"));
        }
        if self.registered.len() + pending.count() >= limits.names {
            return Err(Error::limit(Layer::Session, "too many names"));
        }
        self.begin(entity, Some(address), limits, now)
    }

    pub(super) fn cancel(&mut self, lookup: LookupId) {
        self.lookups.remove(&lookup);
    }

    pub(super) fn unregister(&mut self, object: &Name, kind: &Name) -> bool {
        let before = self.registered.len();
        self.registered.retain(|own| !own.entity.object.matches(object) || !own.entity.kind.matches(kind));
        self.registered.len() != before
    }

    pub(super) fn next_timeout(&self) -> Option<Instant> {
        self.lookups.values().map(|lookup| lookup.at).min()
    }

    /// Remembers a match; false if it is known, not asked for, or too many.
    fn take(&mut self, id: LookupId, tuple: &Tuple, limits: &NodeLimits) -> bool {
        let Some(lookup) = self.lookups.get_mut(&id) else { return false };
        let key = (tuple.address, tuple.enumerator);
        if !lookup.entity.finds(&tuple.entity) || lookup.found.contains(&key) {
            return false;
        }
        if lookup.found.len() >= limits.found {
            lookup.more = true;
            return false;
        }
        lookup.found.push(key);
        true
    }
}

impl ZoneMachine {
    /// Sends a look-up: by way of the router, or to everybody if there is none. What this node itself has is found at once.
    pub(super) fn send_lookup(&mut self, id: LookupId) {
        let (Some(lookup), Some(own)) = (self.names.lookups.get(&id), self.address) else { return };
        let (mut entity, nbp_id, registers) = (lookup.entity, lookup.nbp_id, lookup.registers.is_some());
        if !registers && self.is_own_zone(&entity.zone) {
            let asked = entity;
            let local: Vec<Tuple> =
                self.names.registered.iter().filter(|own| asked.finds(&own.entity)).copied().collect();
            for tuple in local {
                self.found(id, tuple);
            }
        }
        let (function, to) = match self.router {
            Some(router) => (Function::BroadcastRequest, router),
            None => (Function::LookUp, NodeAddress::EVERYONE),
        };
        if entity.zone.is_here() {
            // A router takes no `*` from an extended network: the node has to name its zone.
            entity.zone = match self.zone {
                Some(zone) if self.config.extended && self.router.is_some() => *zone.name(),
                _ => Name::HERE,
            };
        }
        let tuple = Tuple { address: own.socket(socket::NBP), enumerator: 0, entity };
        if let Ok(packet) = (Packet { function, id: nbp_id, tuples: vec![tuple] }).encode() {
            self.send(to.socket(socket::NBP), socket::NBP, ddp_type::NBP, packet);
        }
    }

    pub(super) fn names_timeout(&mut self, now: Instant) {
        let late: Vec<LookupId> =
            self.names.lookups.iter().filter(|(_, lookup)| lookup.at <= now).map(|(id, _)| *id).collect();
        for id in late {
            let Some(lookup) = self.names.lookups.get_mut(&id) else { continue };
            if lookup.tries < self.config.limits.lookup_tries {
                lookup.tries += 1;
                lookup.at = now + self.config.limits.lookup_interval;
                self.send_lookup(id);
                continue;
            }
            let Some(lookup) = self.names.lookups.remove(&id) else { continue };
            match lookup.registers {
                None => {
                    let (count, more) = (lookup.found.len(), lookup.more);
                    self.tell(NodeEvent::LookedUp { lookup: id, count, more });
                }
                Some(address) => {
                    let enumerator = self.names.next_enumerator;
                    self.names.next_enumerator = enumerator.checked_add(1).unwrap_or(1);
                    let entity = lookup.entity;
                    self.names.registered.push(Tuple { address, enumerator, entity });
                    self.tell(NodeEvent::Registered { lookup: id, entity });
                }
            }
        }
    }

    fn found(&mut self, id: LookupId, tuple: Tuple) {
        if !self.names.take(id, &tuple, &self.config.limits) {
            return;
        }
        if self.names.lookups.get(&id).is_some_and(|lookup| lookup.registers.is_some()) {
            self.names.cancel(id);
            self.tell(NodeEvent::NameTaken { lookup: id, holder: tuple });
        } else {
            self.tell(NodeEvent::Found { lookup: id, tuple });
        }
    }

    pub(super) fn nbp(&mut self, datagram: &Datagram, packet: Packet, now: Instant) {
        match packet.function {
            Function::LookUpReply => {
                let of = |(id, lookup): (&LookupId, &Lookup)| (lookup.nbp_id == packet.id).then_some(*id);
                let Some(id) = self.names.lookups.iter().find_map(of) else {
                    self.counters.ignored += 1;
                    return;
                };
                for tuple in packet.tuples {
                    self.found(id, tuple);
                }
            }
            Function::LookUp => {
                for asked in packet.tuples {
                    self.answer_lookup(packet.id, &asked, datagram, now);
                }
            }
            // For routers.
            Function::BroadcastRequest | Function::ForwardRequest => self.counters.ignored += 1,
        }
    }

    fn answer_lookup(&mut self, id: u8, asked: &Tuple, datagram: &Datagram, now: Instant) {
        // A nonextended network has one zone: a look-up that comes there is for it. On an extended one the zone has to be compared,
        // because several zones may share a multicast address.
        let ours = !self.config.extended || self.zone.is_none() || self.is_own_zone(&asked.entity.zone);
        let mut to = asked.address;
        if to.network == 0 {
            to.network = datagram.source.network;
        }
        if !ours || to.node == 0 || to.node == crate::zip::address::BROADCAST {
            return;
        }
        let mut room = MAX_DATA - 2;
        let mut pages: Vec<Vec<Tuple>> = vec![Vec::new()];
        for own in self.names.registered.iter().filter(|own| asked.entity.finds(&own.entity)) {
            let zone = if asked.entity.zone.is_empty() { Name::HERE } else { asked.entity.zone };
            let tuple = Tuple { entity: Entity { zone, ..own.entity }, ..*own };
            let size = 8 + own.entity.object.len() + own.entity.kind.len() + zone.len();
            let full = pages.last().is_some_and(|page| page.len() == 15) || size > room;
            if full {
                pages.push(Vec::new());
                room = MAX_DATA - 2;
            }
            room -= size;
            if let Some(page) = pages.last_mut() {
                page.push(tuple);
            }
        }
        for tuples in pages.into_iter().filter(|page| !page.is_empty()) {
            if !self.answers.allows(self.config.limits.answers_per_second, now) {
                self.counters.limited += 1;
                return;
            }
            if let Ok(packet) = (Packet { function: Function::LookUpReply, id, tuples }).encode() {
                self.send(to, socket::NBP, ddp_type::NBP, packet);
            }
        }
    }
}
