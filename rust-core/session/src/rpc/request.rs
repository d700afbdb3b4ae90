//! A request of the peer.
use super::core::Core;
use super::peer::Peer;
use bytes::Bytes;
use osisession_proto::Error;
use osisession_proto::error::Result;
use osisession_proto::rpc::code;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A request of the peer, to be answered once, from any thread, now or later.
///
/// One that is dropped unanswered is answered with [`code::UNANSWERED`].
#[derive(Debug)]
pub struct Request {
    core: Arc<Core>,
    /// `None`: no response is wanted.
    id: Option<u64>,
    data: Bytes,
    cancelled: Arc<AtomicBool>,
    answered: bool,
}

impl Request {
    pub(super) fn new(core: Arc<Core>, id: u64, data: Bytes, cancelled: Arc<AtomicBool>) -> Request {
        Request { core, id: Some(id), data, cancelled, answered: false }
    }

    pub(super) fn one_way(core: Arc<Core>, data: Bytes) -> Request {
        Request { core, id: None, data, cancelled: Arc::default(), answered: true }
    }

    /// What is asked.
    pub fn data(&self) -> &Bytes {
        &self.data
    }

    /// Its number, counted by the peer; `None` for one that wants no response.
    pub fn id(&self) -> Option<u64> {
        self.id
    }

    /// No response is wanted; one that is given goes nowhere.
    pub fn is_one_way(&self) -> bool {
        self.id.is_none()
    }

    /// The peer does not wait any more, or it took too long here. It may be answered nevertheless.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::SeqCst)
    }

    /// Who asks; may be asked, too.
    pub fn peer(&self) -> Peer {
        Peer::new(self.core.clone(), None)
    }

    /// Answers.
    ///
    /// # Errors
    /// `Invalid`: the data is too long; the peer is told [`code::UNANSWERED`]. `Refused`: it was answered with
    /// [`code::OVERDUE`] meanwhile, or the server is closed.
    pub fn respond(mut self, data: impl Into<Bytes>) -> Result<()> {
        self.finish(0, data.into())
    }

    /// Answers with an error: [`code::CANCELLED`], or a code of the application's own, from [`code::APPLICATION`] on.
    ///
    /// # Errors
    /// As of [`Request::respond`]; `Invalid`: the code is neither.
    pub fn fail(mut self, code: u16, data: impl Into<Bytes>) -> Result<()> {
        if code == 0 {
            return Err(Error::invalid("0 is the code of no error").with_parameter("code"));
        }
        self.finish(code, data.into())
    }

    fn finish(&mut self, code: u16, data: Bytes) -> Result<()> {
        let Some(id) = self.id else { return Ok(()) };
        self.core.answer(id, code, data)?;
        self.answered = true;
        Ok(())
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        if !self.answered
            && let Some(id) = self.id
        {
            // It may be answered as overdue already.
            let _ = self.core.answer(id, code::UNANSWERED, Bytes::new());
        }
    }
}
