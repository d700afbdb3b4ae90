//! Drives an engine over sockets.
use super::segment::{Segment, Wire};
use crate::{clock, errors};
use mio::{Events, Poll, Token};
use osisession_proto::error::Result;
use osisession_proto::zip::Mac;
use osisession_proto::zip::link::Medium;
use osisession_proto::{Bytes, Instant};
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::time::Duration;

/// Frames taken from one socket before timers and other sockets have their turn.
const TURN: usize = 64;

/// An engine with ports: a node has one.
pub(super) trait Engine {
    fn frame(&mut self, port: usize, octets: &Bytes, now: Instant);
    fn handle_timeout(&mut self, now: Instant);
    fn next_timeout(&self) -> Option<Instant>;
    fn poll_frame(&mut self) -> Option<(usize, Bytes)>;
    /// The multicast groups that a port has to hear, besides that of everyone.
    fn groups(&self, port: usize) -> &[Mac];
}

/// Sockets, and an engine over them.
#[derive(Debug)]
pub(super) struct Driver<E> {
    pub(super) engine: E,
    poll: Poll,
    ready: Events,
    wires: Vec<Wire>,
    /// A frame that the system had no room for.
    held: Option<(usize, Bytes)>,
}

impl<E: Engine> Driver<E> {
    /// Opens a socket on each segment; the engine is made when it is known what they are.
    pub(super) fn open(
        segments: Vec<Segment>,
        engine: impl FnOnce(Vec<Medium>) -> Result<E>,
    ) -> Result<Driver<E>> {
        let poll = Poll::new().map_err(|error| errors::system(&error, "making a poll"))?;
        let (mut wires, mut media) = (Vec::new(), Vec::new());
        for (at, segment) in segments.into_iter().enumerate() {
            let (wire, medium) = Wire::open(segment, poll.registry(), Token(at))?;
            wires.push(wire);
            media.push(medium);
        }
        let engine = engine(media)?;
        Ok(Driver { engine, poll, ready: Events::with_capacity(64 + wires.len()), wires, held: None })
    }

    pub(super) fn descriptor(&self) -> RawFd {
        self.poll.as_raw_fd()
    }

    /// How long nothing has to be done but for what the descriptor tells: it tells of frames once only.
    pub(super) fn next_timeout(&self) -> Option<Duration> {
        if self.wires.iter().any(|wire| wire.readable) {
            return Some(Duration::ZERO);
        }
        self.engine.next_timeout().map(|at| at - clock::now())
    }

    /// Sends what there is to send. What the system has no room for waits, and so does everything behind it.
    pub(super) fn flush(&mut self) -> Result<()> {
        for (at, wire) in self.wires.iter_mut().enumerate() {
            wire.join(self.engine.groups(at))?;
        }
        while let Some((at, frame)) = self.held.take().or_else(|| self.engine.poll_frame()) {
            let Some(wire) = self.wires.get(at) else { continue };
            if !wire.send(&frame)? {
                self.held = Some((at, frame));
                break;
            }
        }
        Ok(())
    }

    /// One turn: waits until there is something to do, at most this long, and does it.
    pub(super) fn turn(&mut self, most: Duration) -> Result<()> {
        self.flush()?;
        let wait = self.next_timeout().unwrap_or(most).min(most);
        match self.poll.poll(&mut self.ready, Some(wait)) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                return Err(errors::system(&error, "waiting for sockets"));
            }
            _ => {}
        }
        for event in &self.ready {
            if let Some(wire) = self.wires.get_mut(event.token().0).filter(|_| event.is_readable()) {
                wire.readable = true;
            }
        }
        for at in 0..self.wires.len() {
            for _ in 0..TURN {
                let Some(wire) = self.wires.get_mut(at).filter(|wire| wire.readable) else { break };
                match wire.receive() {
                    Ok(Some(frame)) => self.engine.frame(at, &frame, clock::now()),
                    Ok(None) => wire.readable = false,
                    Err(error) => {
                        wire.readable = false;
                        return Err(error);
                    }
                }
            }
        }
        let now = clock::now();
        if self.engine.next_timeout().is_some_and(|at| at <= now) {
            self.engine.handle_timeout(now);
        }
        self.flush()
    }
}

/// A number that differs from start to start.
pub(super) fn random() -> u64 {
    use std::hash::{BuildHasher, Hasher, RandomState};
    RandomState::new().build_hasher().finish()
}
