//! Handles: the values behind the opaque pointers of the C ABI.
//!
//! A handle looks like a pointer to C and is never dereferenced here. It names a kind, a slot, and the generation of the
//! slot; a slot gets a new generation each time its object is freed. So NULL, a foreign value, a handle of another kind
//! and a handle that was freed are told apart, and none of them reaches memory it should not.
//!
//! A lookup clones the `Arc` and lets go of the lock: nothing is locked while a call works, and an object that is freed
//! by one thread lives on until the calls of the others have returned.
use crate::boundary::Failure;
use crate::status::*;
use parking_lot::RwLock;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a handle names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    Endpoint = 1,
    Listener = 2,
    Session = 3,
    Event = 4,
    TransportRequest = 5,
    Stream = 6,
    Tls = 7,
    ScpEndpoint = 8,
    ScpListener = 9,
    ScpLink = 10,
    ScpEvent = 11,
    ZipNode = 12,
    ZipRouter = 13,
    ZipEvent = 14,
    ZipTables = 15,
    RpcClient = 16,
    RpcServer = 17,
    RpcIncoming = 18,
    RpcOutcome = 19,
    Journal = 20,
    DurableNode = 21,
    Dialogue = 22,
    DialogueMessage = 23,
}

impl Kind {
    fn from_bits(bits: usize) -> Option<Kind> {
        use Kind::*;
        [
            Endpoint,
            Listener,
            Session,
            Event,
            TransportRequest,
            Stream,
            Tls,
            ScpEndpoint,
            ScpListener,
            ScpLink,
            ScpEvent,
            ZipNode,
            ZipRouter,
            ZipEvent,
            ZipTables,
            RpcClient,
            RpcServer,
            RpcIncoming,
            RpcOutcome,
            Journal,
            DurableNode,
            Dialogue,
            DialogueMessage,
        ]
        .into_iter()
        .find(|kind| *kind as usize == bits)
    }

    fn name(self) -> &'static str {
        match self {
            Kind::Endpoint => "an endpoint",
            Kind::Listener => "a listener",
            Kind::Session => "a session",
            Kind::Event => "an event",
            Kind::TransportRequest => "a transport request",
            Kind::Stream => "a stream",
            Kind::Tls => "TLS",
            Kind::ScpEndpoint => "a DECnet endpoint",
            Kind::ScpListener => "a DECnet listener",
            Kind::ScpLink => "a logical link",
            Kind::ScpEvent => "an event of a logical link",
            Kind::ZipNode => "an AppleTalk node",
            Kind::ZipRouter => "an AppleTalk router",
            Kind::ZipEvent => "an event of an AppleTalk node or router",
            Kind::ZipTables => "tables of an AppleTalk router",
            Kind::RpcClient => "a client of requests",
            Kind::RpcServer => "a server of requests",
            Kind::RpcIncoming => "a request of a peer",
            Kind::RpcOutcome => "the outcome of a request",
            Kind::Journal => "a journal",
            Kind::DurableNode => "a node of durable dialogues",
            Kind::Dialogue => "a durable dialogue",
            Kind::DialogueMessage => "a message of a durable dialogue",
        }
    }
}

// From the top: mark, kind, generation, slot. On 64 bits the mark makes the value an address that no user program has.
#[cfg(target_pointer_width = "64")]
mod layout {
    pub(super) const MARK: usize = 0x5e;
    pub(super) const MARK_SHIFT: u32 = 56;
    pub(super) const KIND_SHIFT: u32 = 51;
    pub(super) const GENERATION_BITS: u32 = 27;
    pub(super) const SLOT_BITS: u32 = 24;
}
#[cfg(target_pointer_width = "32")]
mod layout {
    pub(super) const MARK: usize = 1;
    pub(super) const MARK_SHIFT: u32 = 31;
    pub(super) const KIND_SHIFT: u32 = 26;
    pub(super) const GENERATION_BITS: u32 = 10;
    pub(super) const SLOT_BITS: u32 = 16;
}
use layout::*;

const KIND_BITS: u32 = MARK_SHIFT - KIND_SHIFT;
const LAST_GENERATION: u32 = (1 << GENERATION_BITS) - 1;
const SHARD_BITS: u32 = 3;
const SHARDS: usize = 1 << SHARD_BITS;
const SLOTS_PER_SHARD: usize = 1 << (SLOT_BITS - SHARD_BITS);

const fn mask(value: usize, bits: u32) -> usize {
    value & ((1 << bits) - 1)
}

struct Slot<V> {
    /// The generation of the object that is here, or of the next one. Never 0.
    generation: u32,
    object: Option<V>,
}

struct Shard<V> {
    slots: Vec<Slot<V>>,
    free: Vec<usize>,
}

impl<V> Shard<V> {
    /// A free slot, which nobody else will be given.
    fn claim(&mut self) -> Result<usize, Failure> {
        match self.free.pop() {
            Some(index) => Ok(index),
            None if self.slots.len() < SLOTS_PER_SHARD => {
                self.slots.push(Slot { generation: 1, object: None });
                Ok(self.slots.len() - 1)
            }
            None => Err(Failure::new(OSISESSION_E_TOO_MANY, "too many objects are alive")),
        }
    }
}

/// All objects of one kind, in the table itself: for what is small, and looked at for a moment only.
pub(crate) struct Values<V> {
    kind: Kind,
    shards: [RwLock<Shard<V>>; SHARDS],
    next_shard: AtomicUsize,
}

/// All objects of one kind, shared with the calls that work on them.
pub(crate) type Table<T> = Values<Arc<T>>;

impl<T> Values<Arc<T>> {
    /// Takes an object in; `make` is given the handle under which it will be found.
    pub(crate) fn insert(&self, make: impl FnOnce(usize) -> T) -> Result<(usize, Arc<T>), Failure> {
        crate::process::check()?;
        let number = self.next_shard();
        let (index, generation) = {
            let mut shard = self.shards[number].write();
            let index = shard.claim()?;
            (index, shard.slots[index].generation)
        };
        let handle = self.handle(generation, index, number);
        // Nothing is locked while the object is made.
        let object = Arc::new(make(handle));
        self.shards[number].write().slots[index].object = Some(object.clone());
        Ok((handle, object))
    }

    /// As [`Table::insert`], for what need not know its handle: one lock instead of two.
    pub(crate) fn insert_value(&self, value: T) -> Result<(usize, Arc<T>), Failure> {
        let object = Arc::new(value);
        Ok((self.put(object.clone())?, object))
    }

    /// Finds an object.
    pub(crate) fn get(&self, handle: usize) -> Result<Arc<T>, Failure> {
        self.look(handle, Arc::clone)
    }
}

impl<V> Values<V> {
    pub(crate) const fn new(kind: Kind) -> Values<V> {
        Values {
            kind,
            shards: [const { RwLock::new(Shard { slots: Vec::new(), free: Vec::new() }) }; SHARDS],
            next_shard: AtomicUsize::new(0),
        }
    }

    fn next_shard(&self) -> usize {
        mask(self.next_shard.fetch_add(1, Ordering::Relaxed), SHARD_BITS)
    }

    fn handle(&self, generation: u32, index: usize, number: usize) -> usize {
        MARK << MARK_SHIFT
            | (self.kind as usize) << KIND_SHIFT
            | (generation as usize) << SLOT_BITS
            | index << SHARD_BITS
            | number
    }

    /// Takes a value in. It may move while it is here.
    pub(crate) fn put(&self, value: V) -> Result<usize, Failure> {
        crate::process::check()?;
        let number = self.next_shard();
        let mut shard = self.shards[number].write();
        let index = shard.claim()?;
        let slot = &mut shard.slots[index];
        slot.object = Some(value);
        Ok(self.handle(slot.generation, index, number))
    }

    /// Looks at a value, under the lock: `then` is short and calls nothing.
    pub(crate) fn look<R>(&self, handle: usize, then: impl FnOnce(&V) -> R) -> Result<R, Failure> {
        crate::process::check()?;
        let (number, index, generation) = self.parse(handle)?;
        let shard = self.shards[number].read();
        let slot = shard.slots.get(index).ok_or_else(|| self.foreign())?;
        match &slot.object {
            Some(object) if slot.generation == generation => Ok(then(object)),
            _ => Err(self.gone(slot.generation, generation)),
        }
    }

    /// Takes an object out: its handle is stale from now on.
    pub(crate) fn remove(&self, handle: usize) -> Result<V, Failure> {
        crate::process::check()?;
        let (number, index, generation) = self.parse(handle)?;
        let mut shard = self.shards[number].write();
        let slot = shard.slots.get_mut(index).ok_or_else(|| self.foreign())?;
        if slot.generation != generation {
            return Err(self.gone(slot.generation, generation));
        }
        let Some(object) = slot.object.take() else {
            return Err(self.gone(slot.generation, generation));
        };
        // A slot whose generations are used up is never used again.
        if slot.generation < LAST_GENERATION {
            slot.generation += 1;
            shard.free.push(index);
        }
        Ok(object)
    }

    /// Objects alive.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.shards
            .iter()
            .map(|shard| shard.read().slots.iter().filter(|slot| slot.object.is_some()).count())
            .sum()
    }

    fn parse(&self, handle: usize) -> Result<(usize, usize, u32), Failure> {
        if handle == 0 {
            return Err(Failure::owned(
                OSISESSION_E_NULL_HANDLE,
                format!("the handle is NULL where {} is needed", self.kind.name()),
            ));
        }
        if handle >> KIND_SHIFT != MARK << KIND_BITS | self.kind as usize {
            return Err(self.of_another_kind(handle));
        }
        let number = mask(handle, SHARD_BITS);
        let index = mask(handle, SLOT_BITS) >> SHARD_BITS;
        let generation = mask(handle >> SLOT_BITS, GENERATION_BITS) as u32;
        Ok((number, index, generation))
    }

    #[cold]
    fn of_another_kind(&self, handle: usize) -> Failure {
        let kind = Kind::from_bits(mask(handle >> KIND_SHIFT, KIND_BITS));
        let (true, Some(kind)) = (handle >> MARK_SHIFT == MARK, kind) else {
            return self.foreign();
        };
        Failure::owned(
            OSISESSION_E_WRONG_KIND,
            format!("the handle is that of {} where {} is needed", kind.name(), self.kind.name()),
        )
    }

    #[cold]
    fn foreign(&self) -> Failure {
        Failure::owned(
            OSISESSION_E_FOREIGN_HANDLE,
            format!("the value never was the handle of {}", self.kind.name()),
        )
    }

    #[cold]
    fn gone(&self, current: u32, asked: u32) -> Failure {
        // A retired slot keeps its last generation, without an object.
        if asked != 0 && (asked < current || (asked == current && current == LAST_GENERATION)) {
            Failure::owned(
                OSISESSION_E_STALE,
                format!("the handle is that of {} that was freed", self.kind.name()),
            )
        } else {
            self.foreign()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code<T>(result: Result<T, Failure>) -> i32 {
        result.map(|_| 0).unwrap_or_else(|failure| failure.status())
    }

    #[test]
    fn every_wrong_handle_has_its_own_code() {
        let table = Table::new(Kind::Session);
        let other = Table::new(Kind::Listener);
        let handle = table.insert(|_| "one").unwrap().0;
        let listener = other.insert(|_| 1u8).unwrap().0;
        assert_eq!(*table.get(handle).unwrap(), "one");
        assert_eq!(code(table.get(0)), OSISESSION_E_NULL_HANDLE);
        assert_eq!(code(table.get(listener)), OSISESSION_E_WRONG_KIND);
        let on_the_stack = 0u64;
        for foreign in
            [1, 0xdead_beef, &raw const on_the_stack as usize, usize::MAX, handle ^ (1 << MARK_SHIFT)]
        {
            assert_eq!(code(table.get(foreign)), OSISESSION_E_FOREIGN_HANDLE, "{foreign:#x}");
        }
        // A slot that never was, and a generation that has not come yet.
        assert_eq!(code(table.get(handle + (1 << SHARD_BITS))), OSISESSION_E_FOREIGN_HANDLE);
        assert_eq!(code(table.get(handle + (1 << SLOT_BITS))), OSISESSION_E_FOREIGN_HANDLE);
        assert_eq!(code(table.remove(handle)), 0);
        assert_eq!(code(table.remove(handle)), OSISESSION_E_STALE);
        assert_eq!(code(table.get(handle)), OSISESSION_E_STALE);
    }

    #[test]
    fn a_slot_is_used_again_under_another_handle() {
        let table = Table::new(Kind::Event);
        let first = table.insert(|handle| handle).unwrap().0;
        table.remove(first).unwrap();
        let again: Vec<usize> = (0..SHARDS).map(|_| table.insert(|handle| handle).unwrap().0).collect();
        assert_eq!(table.len(), SHARDS);
        assert!(again.iter().all(|handle| *handle != first));
        assert!(again.iter().any(|handle| mask(*handle, SLOT_BITS) == mask(first, SLOT_BITS)));
        assert!(again.iter().all(|handle| *table.get(*handle).unwrap() == *handle));
        assert_eq!(code(table.get(first)), OSISESSION_E_STALE);
    }

    #[test]
    fn a_slot_retires_after_its_last_generation() {
        let table = Table::new(Kind::Event);
        let first = table.insert(|_| ()).unwrap().0;
        let (number, index, _) = table.parse(first).unwrap();
        table.shards[number].write().slots[index].generation = LAST_GENERATION;
        let last = mask(first, SLOT_BITS)
            | (LAST_GENERATION as usize) << SLOT_BITS
            | (Kind::Event as usize) << KIND_SHIFT
            | MARK << MARK_SHIFT;
        table.remove(last).unwrap();
        assert_eq!(code(table.get(last)), OSISESSION_E_STALE);
        assert!(table.shards[number].read().free.is_empty());
    }

    #[test]
    fn an_object_outlives_its_handle_while_it_is_used() {
        let table = Table::new(Kind::Session);
        let handle = table.insert(|_| vec![7u8]).unwrap().0;
        let used = table.get(handle).unwrap();
        table.remove(handle).unwrap();
        assert_eq!(used[0], 7);
    }

    #[test]
    fn threads_that_free_and_look_up_never_meet_anothers_object() {
        let table = Table::new(Kind::Session);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..2_000 {
                        let handle = table.insert(|handle| handle).unwrap().0;
                        assert_eq!(*table.get(handle).unwrap(), handle);
                        assert_eq!(*table.remove(handle).unwrap(), handle);
                        assert_eq!(code(table.get(handle)), OSISESSION_E_STALE);
                    }
                });
            }
        });
        assert_eq!(table.len(), 0);
    }
}
