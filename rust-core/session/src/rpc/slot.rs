//! Where the outcome of one request is put, and who waits for it.
use super::failure::Failure;
use bytes::Bytes;
use parking_lot::{Condvar, Mutex};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// What becomes of a request.
pub type Answer = Result<Bytes, Failure>;

/// A function that gets it, with the number of the request.
pub(super) type Callback = Box<dyn FnOnce(u64, Answer) + Send>;

/// One request of ours.
#[derive(Default)]
pub(super) struct Slot {
    inner: Mutex<Inner>,
    settled: Condvar,
}

#[derive(Default)]
struct Inner {
    answer: Option<Answer>,
    taken: bool,
    waker: Option<Waker>,
    callback: Option<Callback>,
    /// It goes to the queue of outcomes.
    kept: bool,
}

/// What is to be called, unlocked, because of an outcome.
pub(super) enum Tell {
    Wake(Waker),
    Call(Callback, Answer),
    Keep(Answer),
}

impl std::fmt::Debug for Slot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Slot").field("settled", &self.is_settled()).finish()
    }
}

impl Slot {
    pub(super) fn new(callback: Option<Callback>) -> Arc<Slot> {
        let slot = Slot::default();
        slot.inner.lock().callback = callback;
        Arc::new(slot)
    }

    /// One whose outcome goes to the queue of outcomes.
    pub(super) fn kept() -> Arc<Slot> {
        let slot = Slot::default();
        slot.inner.lock().kept = true;
        Arc::new(slot)
    }

    pub(super) fn settle(&self, answer: Answer) -> Option<Tell> {
        let mut inner = self.inner.lock();
        if inner.kept {
            inner.taken = true;
            return Some(Tell::Keep(answer));
        }
        let tell = match (inner.callback.take(), inner.waker.take()) {
            (Some(callback), _) => {
                inner.taken = true;
                return Some(Tell::Call(callback, answer));
            }
            (None, waker) => waker.map(Tell::Wake),
        };
        inner.answer = Some(answer);
        self.settled.notify_all();
        tell
    }

    pub(super) fn is_settled(&self) -> bool {
        let inner = self.inner.lock();
        inner.taken || inner.answer.is_some()
    }

    /// The outcome, once.
    pub(super) fn take(&self) -> Option<Answer> {
        let mut inner = self.inner.lock();
        let answer = inner.answer.take();
        inner.taken |= answer.is_some();
        answer
    }

    /// The same for one who waits at most so long.
    pub(super) fn take_within(&self, time: Duration) -> Option<Answer> {
        let mut inner = self.inner.lock();
        if inner.answer.is_none() {
            self.settled.wait_for(&mut inner, time);
        }
        let answer = inner.answer.take();
        inner.taken |= answer.is_some();
        answer
    }

    pub(super) fn poll(&self, context: &Context<'_>) -> Poll<Answer> {
        let mut inner = self.inner.lock();
        match inner.answer.take() {
            Some(answer) => {
                inner.taken = true;
                Poll::Ready(answer)
            }
            None => {
                inner.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}
