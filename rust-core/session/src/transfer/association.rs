//! The handle of an association.
use super::config::{self, CallConfig, SendOptions};
use super::core::{Connector, Core, is_up};
use super::keep::Keep;
use crate::circuit::random;
use crate::{Endpoint, clock};
use bytes::Bytes;
#[cfg(feature = "durable")]
use osisession_proto::Error;
use osisession_proto::error::Result;
use osisession_proto::transfer::{Engine, Event, Outcome, Progress, Role};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// An APDU that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its number: 1, 2, 3 ... One that was not taken before a restart comes again under its number.
    pub number: u64,
    /// The APDU.
    pub data: Bytes,
}

/// The caller's: the association ends with its last handle.
#[derive(Debug)]
struct Own(Arc<Core>);

impl Drop for Own {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// One end of an association: APDUs to the peer and from it, one after the other.
///
/// A clone is another handle of the same. When the last handle of one that called is dropped, it is aborted; one with a journal is only
/// left, and taken up by the next call under its name. One that was accepted is the [`super::Acceptor`]'s.
#[derive(Clone, Debug)]
pub struct Association {
    core: Arc<Core>,
    _own: Option<Arc<Own>>,
}

impl Association {
    /// Makes an association with who listens at `address`, which is as for [`Endpoint::connect`]. The connection is made at once, and again
    /// after a loss; this does not wait for it.
    ///
    /// # Errors
    /// `Invalid`: a limit is zero that must not be. Of the journal: it cannot be opened, or what is in it cannot be read.
    pub fn call(endpoint: &Endpoint, address: &str, config: CallConfig) -> Result<Association> {
        let CallConfig { transfer, mut session, calling_selector, called_selector, .. } = config.clone();
        config::fit(&mut session, &transfer);
        let connector = Connector { address: address.to_owned(), session, calling_selector, called_selector };
        let (engine, keep) = engine(&config)?;
        let core = Core::new(endpoint, engine, Some(connector), keep)?;
        let own = Arc::new(Own(core.clone()));
        core.act(|engine, now| engine.open(now));
        Ok(Association { core, _own: Some(own) })
    }

    pub(super) fn accepted(core: Arc<Core>) -> Association {
        Association { core, _own: None }
    }

    /// A number of this association, unique in its endpoint.
    pub fn id(&self) -> u64 {
        self.core.id
    }

    /// Sends an APDU of at least one octet when its turn comes; gives its number. With a journal it is kept from here on, whatever
    /// happens. [`Association::wait_outcome`] says what became of it.
    ///
    /// # Errors
    /// `Invalid`: nothing, or too much. `LimitHit`: too many are queued. `Refused`: the association is over, or only the peer sends.
    pub fn send(&self, apdu: impl Into<Bytes>, options: SendOptions) -> Result<u64> {
        let apdu = apdu.into();
        let id = self.core.act(|engine, now| {
            let deadline = options.timeout.map(|timeout| now + timeout);
            engine.send(apdu, options.priority, deadline, now)
        })?;
        self.core.wait(None, "journal", |look| look.is_durable().then_some(()))?;
        Ok(id)
    }

    /// Waits for what became of an APDU, at most `timeout`; `None` waits for ever. It is told once.
    ///
    /// # Errors
    /// `TimedOut`: it has none as yet. Why the association is over, if that came first.
    pub fn wait_outcome(&self, id: u64, timeout: Option<Duration>) -> Result<Outcome> {
        self.core.wait(timeout, "outcome", |look| look.outcome(id))
    }

    /// What became of an APDU, if that is known.
    pub fn try_outcome(&self, id: u64) -> Option<Outcome> {
        self.core.look(|look| look.outcome(id))
    }

    /// Waits for the next APDU of the peer's, at most `timeout`; `None` waits for ever. Say [`Association::taken`] when it is safe: one that
    /// is not taken counts against `max_untaken`, and with a journal comes again after a restart.
    ///
    /// # Errors
    /// `TimedOut`. Why the association is over.
    pub fn receive(&self, timeout: Option<Duration>) -> Result<Delivery> {
        let found = self.core.wait(timeout, "APDU", |look| look.arrived());
        found.map(|(number, data)| Delivery { number, data })
    }

    /// The next APDU of the peer's, if there is one.
    pub fn try_receive(&self) -> Option<Delivery> {
        self.core.look(|look| look.arrived()).map(|(number, data)| Delivery { number, data })
    }

    /// A delivery is where it is safe.
    pub fn taken(&self, number: u64) {
        self.core.act(|engine, _| engine.taken(number));
    }

    /// An APDU is not wanted any more. It has an outcome all the same: it may have arrived.
    pub fn cancel(&self, id: u64) {
        self.core.act(|engine, now| engine.cancel(id, now));
    }

    /// Nothing can be taken for now (`true`): the peer's transfers are refused with an exception, and come again later.
    pub fn hold(&self, held: bool) {
        self.core.act(|engine, now| engine.hold(held, now));
    }

    /// The next thing that happened: progress, turns, losses. The last 1,024 are kept.
    pub fn try_next_event(&self) -> Option<Event> {
        self.core.look(|look| look.event())
    }

    /// Waits for the next of these events, at most `timeout`; `None` waits for ever.
    ///
    /// # Errors
    /// `TimedOut`. Why the association is over, after its last event.
    pub fn next_event(&self, timeout: Option<Duration>) -> Result<Event> {
        self.core.wait(timeout, "event", |look| look.event())
    }

    /// Where things stand, for a person who waits.
    pub fn progress(&self) -> Progress {
        self.core.progress()
    }

    /// Waits until things stand so, at most `timeout`.
    ///
    /// # Errors
    /// `TimedOut`. Why the association is over.
    pub fn wait_until(&self, timeout: Option<Duration>, so: impl Fn(&Progress) -> bool) -> Result<Progress> {
        self.core.wait(timeout, "progress", |look| Some(look.progress()).filter(&so))
    }

    /// Makes the connection if there is none and waits for it, at most `timeout`.
    ///
    /// # Errors
    /// `TimedOut`. Why the association is over.
    pub fn open(&self, timeout: Option<Duration>) -> Result<()> {
        self.core.act(|engine, now| engine.open(now));
        self.wait_until(timeout, is_up).map(drop)
    }

    /// Lets the connection go, interrupting what is under way once something of it is confirmed. The next `open` or `send` takes it up
    /// again.
    pub fn rest(&self) {
        self.core.act(|engine, now| engine.rest(now));
    }

    /// Ends the association in order when all APDUs have their outcome, and waits for that, at most `timeout`.
    ///
    /// # Errors
    /// `TimedOut`: it goes on ending. Why it is over, if it did not end in order.
    pub fn close(&self, timeout: Option<Duration>) -> Result<()> {
        self.core.act(|engine, now| engine.close(now));
        self.core.wait(timeout, "end", |look| look.has_left().then_some(()))
    }

    /// Ends it now, whatever is under way.
    pub fn abort(&self) {
        self.core.act(|engine, now| engine.abort(now));
    }

    /// It is over.
    pub fn is_closed(&self) -> bool {
        self.core.is_over()
    }
}

/// Names that no other association has: from chance and the time.
fn role() -> Role {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let calling = format!("{:016x}{:016x}", random(), random() ^ clock::now().as_nanos());
    Role::Initiator { calling: calling.into(), common: utc_time(seconds).into() }
}

/// `YYMMDDhhmmssZ` of so many seconds after 1970 began.
fn utc_time(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let mut year = 1970;
    let mut left = days;
    let leap = |year: u64| (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400);
    loop {
        let length = if leap(year) { 366 } else { 365 };
        if left < length {
            break;
        }
        (left, year) = (left - length, year + 1);
    }
    let february = if leap(year) { 29 } else { 28 };
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if left < length {
            break;
        }
        (left, month) = (left - length, month + 1);
    }
    let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
    format!("{:02}{month:02}{:02}{hour:02}{minute:02}{second:02}Z", year % 100, left + 1)
}

#[cfg(feature = "durable")]
fn engine(config: &CallConfig) -> Result<(Engine, Keep)> {
    let Some((journal, name)) = &config.journal else {
        return Ok((Engine::new(config.transfer.clone(), role(), random())?, Keep::default()));
    };
    let opened = journal.open(name).map_err(|failure| crate::durable::journal_error(&failure))?;
    let (transfer, now) = (config.transfer.clone(), clock::now());
    // The first record of the log is the name of the association: the same after a restart.
    let mut records = opened.records.into_iter();
    let mut log = opened.log;
    let role = match records.next() {
        Some(first) => match config::read_first(&first)?.0 {
            role @ Role::Initiator { .. } => role,
            Role::Responder => {
                return Err(Error::invalid("the log is that of an association that was accepted"));
            }
        },
        None => {
            let role = role();
            let first = config::write_first(&role, None);
            log.append(&[first], osisession_journal::Durability::Sync)
                .map_err(|failure| crate::durable::journal_error(&failure))?;
            role
        }
    };
    let first = config::write_first(&role, None);
    let engine = Engine::restore(transfer, role, random(), records, now)?;
    Ok((engine, Keep::new(log, first)))
}

#[cfg(not(feature = "durable"))]
fn engine(config: &CallConfig) -> Result<(Engine, Keep)> {
    Ok((Engine::new(config.transfer.clone(), role(), random())?, Keep::default()))
}

#[cfg(test)]
mod tests {
    use super::utc_time;

    #[test]
    fn times_of_the_calendar() {
        assert_eq!(utc_time(0), "700101000000Z");
        assert_eq!(utc_time(951_782_399), "000228235959Z");
        assert_eq!(utc_time(951_782_400), "000229000000Z");
        assert_eq!(utc_time(1_709_251_200), "240301000000Z");
        assert_eq!(utc_time(1_798_761_599), "261231235959Z");
    }
}
