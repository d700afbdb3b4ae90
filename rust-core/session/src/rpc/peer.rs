//! The other side, to be asked, and what was asked.
use super::client::ClientHandle;
use super::config::Options;
use super::core::Core;
use super::failure::Failure;
use super::slot::{Answer, Slot};
use bytes::Bytes;
use osisession_proto::error::Result;
use osisession_proto::rpc::AssociationId;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

/// The other side of an association: of a client its server ([`super::Client`] has the same methods), of a server one of its clients
/// ([`super::Request::peer`]). A clone is another handle.
#[derive(Clone, Debug)]
pub struct Peer {
    pub(super) core: Arc<Core>,
    keep: Option<Arc<ClientHandle>>,
}

impl Peer {
    pub(super) fn new(core: Arc<Core>, keep: Option<Arc<ClientHandle>>) -> Peer {
        Peer { core, keep }
    }

    /// Of a client's own.
    pub(super) fn handle(&self) -> Option<&ClientHandle> {
        self.keep.as_deref()
    }

    /// The name of the association.
    pub fn association(&self) -> AssociationId {
        self.core.association
    }

    /// There is a session at present.
    pub fn is_connected(&self) -> bool {
        self.core.is_attached()
    }

    /// The peer's address, while there is a session.
    pub fn address(&self) -> Option<String> {
        self.core.session()?.peer_address()
    }

    /// Asks, and waits for the response, at most `timeout`; `None` waits for ever. Carried out at most once.
    ///
    /// # Errors
    /// [`Failure`] says what is known.
    pub fn request(&self, data: impl Into<Bytes>, timeout: Option<Duration>) -> Answer {
        self.start(data, Options { timeout, ..Options::default() })?.wait()
    }

    /// As [`Peer::request`], with all that can be said of a request.
    ///
    /// # Errors
    /// [`Failure`] says what is known.
    pub fn request_with(&self, data: impl Into<Bytes>, options: Options) -> Answer {
        self.start(data, options)?.wait()
    }

    /// Asks and does not wait: for many requests at a time, and for `async` code.
    ///
    /// # Errors
    /// `Failure::Refused`: it never became a request.
    pub fn start(&self, data: impl Into<Bytes>, options: Options) -> std::result::Result<Call, Failure> {
        let slot = Slot::new(None);
        let id = self.core.start(data.into(), options, slot.clone())?;
        Ok(Call { peer: self.clone(), id, slot })
    }

    /// Asks; `done` gets the number of the request and its outcome where the endpoint is driven, with nothing locked: it may call anything. Gives the number of the request for
    /// [`Peer::cancel`].
    ///
    /// # Errors
    /// `Failure::Refused`: it never became a request, and `done` is not called.
    pub fn start_with(
        &self,
        data: impl Into<Bytes>,
        options: Options,
        done: impl FnOnce(u64, Answer) + Send + 'static,
    ) -> std::result::Result<u64, Failure> {
        self.core.start(data.into(), options, Slot::new(Some(Box::new(done))))
    }

    /// Stops a request as far as that is possible. It still gets its outcome: one that was not sent is not done, otherwise what the peer says,
    /// or that nobody knows.
    ///
    /// # Errors
    /// `Refused`: it has its outcome.
    pub fn cancel(&self, id: u64) -> Result<()> {
        self.core.cancel(id)
    }

    /// Asks for something without response: at most once, and if the session is lost perhaps not at all. A client opens its session for it, which
    /// may take at most `timeout`.
    ///
    /// # Errors
    /// `Invalid`: the data is too long. `TimedOut`, `Transport`: there is no session. `LimitHit`: too much waits to be sent. `Closed`.
    pub fn one_way(&self, data: &[u8], timeout: Option<Duration>) -> Result<()> {
        self.core.one_way(data, timeout)
    }
}

/// A request without an outcome as yet.
///
/// It is a [`Future`] for any runtime: who drives the endpoint (its background thread, say) wakes it. A call that is dropped without its outcome is
/// cancelled.
#[derive(Debug)]
#[must_use = "a call that is dropped is cancelled"]
pub struct Call {
    peer: Peer,
    id: u64,
    slot: Arc<Slot>,
}

impl Call {
    /// The number of the request.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Waits for the outcome.
    ///
    /// # Errors
    /// [`Failure`] says what is known; `Refused` if the outcome was taken before.
    pub fn wait(&self) -> Answer {
        match self.peer.core.wait(&self.slot, None) {
            Some(answer) => answer,
            None => Err(Failure::Refused(osisession_proto::Error::refused("its outcome was taken"))),
        }
    }

    /// Waits for the outcome for so long; `None` if it did not come.
    pub fn wait_timeout(&self, timeout: Duration) -> Option<Answer> {
        self.peer.core.wait(&self.slot, Some(timeout))
    }

    /// The outcome, if it is there.
    pub fn try_take(&self) -> Option<Answer> {
        self.slot.take()
    }

    /// The outcome is there, or was taken.
    pub fn is_settled(&self) -> bool {
        self.slot.is_settled()
    }

    /// Stops it as far as that is possible: see [`Peer::cancel`]. The outcome still comes.
    ///
    /// # Errors
    /// `Refused`: it has its outcome.
    pub fn cancel(&self) -> Result<()> {
        self.peer.core.cancel(self.id)
    }
}

impl Future for Call {
    type Output = Answer;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Answer> {
        self.slot.poll(context)
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if !self.slot.is_settled() {
            // It may be settled just now.
            let _ = self.peer.core.cancel(self.id);
        }
    }
}
