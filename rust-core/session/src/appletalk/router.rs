//! A router.
use super::driver::{Driver, Engine, random};
use super::segment::Segment;
use crate::clock;
use osisession_proto::error::Result;
use osisession_proto::zip::limits::RouterLimits;
use osisession_proto::zip::router::{PortId, RouterEvent, Seed};
use osisession_proto::zip::{self, Mac, PortConfig, RouterConfig, ZoneName};
use osisession_proto::{Bytes, Instant};
use std::os::fd::RawFd;
use std::time::{Duration, Instant as SystemInstant};

/// A port of a router.
#[derive(Clone, Debug)]
pub struct RouterPort {
    /// Where its segment is: `LocalTalkUdp::default().into()`, `EtherTalk::at("eth0").into()`.
    pub segment: Segment,
    /// What it knows of its network; `None` to learn it from other routers.
    pub seed: Option<Seed>,
    /// The node id that it would like: 128 to 254 on LocalTalk, 1 to 253 on EtherTalk, where it counts with a seed alone.
    pub node: Option<u8>,
}

/// How a router behaves.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct RouterOptions {
    /// Limits and timers.
    pub limits: RouterLimits,
    /// True to answer queries by Replies with several whole lists where they fit.
    pub pack_replies: bool,
}

impl Engine for zip::ZoneRouter {
    fn frame(&mut self, port: usize, octets: &Bytes, now: Instant) {
        // The driver has as many wires as the engine has ports.
        let _ = zip::ZoneRouter::frame(self, PortId(port), octets, now);
    }

    fn handle_timeout(&mut self, now: Instant) {
        zip::ZoneRouter::handle_timeout(self, now);
    }

    fn next_timeout(&self) -> Option<Instant> {
        zip::ZoneRouter::next_timeout(self)
    }

    fn poll_frame(&mut self) -> Option<(usize, Bytes)> {
        zip::ZoneRouter::poll_frame(self).map(|(port, frame)| (port.0, frame))
    }

    fn groups(&self, port: usize) -> &[Mac] {
        self.link(PortId(port)).map(|link| link.groups()).unwrap_or_default()
    }
}

/// A router on segments of LocalTalk over UDP and EtherTalk. It routes while [`ZoneRouter::dispatch`] or [`ZoneRouter::next_event`] runs.
#[derive(Debug)]
pub struct ZoneRouter {
    driver: Driver<zip::ZoneRouter>,
}

impl ZoneRouter {
    /// Opens a socket for each port, and starts the router.
    ///
    /// # Errors
    /// `Invalid`: a seed that can never work. `Transport`: the system does not let it.
    pub fn open(ports: Vec<RouterPort>, options: RouterOptions) -> Result<ZoneRouter> {
        let segments = ports.iter().map(|port| port.segment.clone()).collect();
        let mut driver = Driver::open(segments, |media| {
            let mut configs = Vec::new();
            for (port, medium) in ports.into_iter().zip(media) {
                let mut config = PortConfig::new(medium);
                config.hint = port.segment.hint(port.node, port.seed.as_ref().map(|seed| seed.range));
                config.seed = port.seed;
                configs.push(config);
            }
            let mut config = RouterConfig::new(configs, random());
            config.limits = options.limits;
            config.pack_replies = options.pack_replies;
            zip::ZoneRouter::new(config)
        })?;
        driver.engine.start(clock::now());
        driver.flush()?;
        Ok(ZoneRouter { driver })
    }

    /// The engine, to look at: routes, zones, counters.
    pub fn engine(&self) -> &zip::ZoneRouter {
        &self.driver.engine
    }

    /// A descriptor that is readable when there is something to do.
    pub fn descriptor(&self) -> RawFd {
        self.driver.descriptor()
    }

    /// How long nothing has to be done but for frames; `None` for ever.
    pub fn next_timeout(&self) -> Option<Duration> {
        self.driver.next_timeout()
    }

    /// Does what there is to do; waits for it, at most this long.
    ///
    /// # Errors
    /// `Transport`: the network fails.
    pub fn dispatch(&mut self, timeout: Duration) -> Result<()> {
        self.driver.turn(timeout)
    }

    /// Takes an event that is there.
    pub fn poll_event(&mut self) -> Option<RouterEvent> {
        self.driver.engine.poll_event()
    }

    /// The next event; `None` if there is none in this time.
    ///
    /// # Errors
    /// `Transport`: the network fails.
    pub fn next_event(&mut self, timeout: Duration) -> Result<Option<RouterEvent>> {
        let end = SystemInstant::now() + timeout;
        loop {
            if let Some(event) = self.poll_event() {
                return Ok(Some(event));
            }
            let left = end.saturating_duration_since(SystemInstant::now());
            self.driver.turn(left)?;
            if left.is_zero() {
                return Ok(self.poll_event());
            }
        }
    }

    /// Takes a port down. Its network is told to be unreachable, its zones go.
    ///
    /// # Errors
    /// `Invalid`: no such port. `Transport`: the network fails.
    pub fn take_down(&mut self, port: PortId) -> Result<()> {
        self.driver.engine.take_down(port, clock::now())?;
        self.driver.flush()
    }

    /// Starts a port again.
    ///
    /// # Errors
    /// `Invalid`: no such port. `Refused`: it is up, or the bringback time is not over. `Transport`: the network fails.
    pub fn bring_up(&mut self, port: PortId) -> Result<()> {
        self.driver.engine.bring_up(port, clock::now())?;
        self.driver.flush()
    }

    /// Gives a port another seed, for its next start.
    ///
    /// # Errors
    /// `Invalid`: no such port, or a seed that can never work.
    pub fn set_seed(&mut self, port: PortId, seed: Option<Seed>) -> Result<()> {
        self.driver.engine.set_seed(port, seed)
    }

    /// Gives a zone of a network another name.
    ///
    /// # Errors
    /// `Refused`, `LimitHit`: as the engine's. `Transport`: the network fails.
    pub fn rename_zone(&mut self, network: u16, old: ZoneName, new: ZoneName) -> Result<()> {
        self.driver.engine.rename_zone(network, old, new, clock::now())?;
        self.driver.flush()
    }
}
