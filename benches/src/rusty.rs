//! The same work by rusty-cosp. Its codec is not public, so it runs as a whole over a transport of two queues, polled by
//! hand: no socket, no executor.
use rusty_cosp::{
    CospAcceptor, CospConnection, CospInitiator, CospProtocolInformation, CospReader, CospRecvResult,
    CospResponder, CospWriter, RustyCospAcceptor, RustyCospInitiator,
};
use rusty_cotp::{CotpConnection, CotpError, CotpReader, CotpWriter};
use rusty_tpkt::ProtocolInformation;
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::hint::black_box;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

/// One direction.
#[derive(Clone, Default)]
struct Queue(Arc<Mutex<VecDeque<Vec<u8>>>>);

impl Queue {
    fn push(&self, tsdu: Vec<u8>) {
        self.0.lock().expect("not poisoned").push_back(tsdu);
    }

    fn pop(&self) -> Option<Vec<u8>> {
        self.0.lock().expect("not poisoned").pop_front()
    }
}

impl CotpReader for Queue {
    async fn recv(&mut self) -> Result<Option<Vec<u8>>, CotpError> {
        let tsdu = poll_fn(|_| self.pop().map_or(Poll::Pending, Poll::Ready)).await;
        Ok(Some(tsdu))
    }
}

impl CotpWriter for Queue {
    async fn send(&mut self, input: &mut VecDeque<Vec<u8>>) -> Result<(), CotpError> {
        input.drain(..).for_each(|tsdu| self.push(tsdu));
        Ok(())
    }
}

/// One end of a transport connection.
struct End {
    incoming: Queue,
    outgoing: Queue,
    information: Vec<Box<dyn ProtocolInformation>>,
}

impl CotpConnection for End {
    fn get_protocol_infomation_list(&self) -> &Vec<Box<dyn ProtocolInformation>> {
        &self.information
    }

    async fn split(self) -> Result<(impl CotpReader, impl CotpWriter), CotpError> {
        Ok((self.incoming, self.outgoing))
    }
}

fn ends() -> (End, End) {
    let (there, back) = (Queue::default(), Queue::default());
    let first = End { incoming: back.clone(), outgoing: there.clone(), information: Vec::new() };
    (first, End { incoming: there, outgoing: back, information: Vec::new() })
}

/// Polls two futures in turn until both are done.
fn both<A, B>(a: impl Future<Output = A>, b: impl Future<Output = B>) -> (A, B) {
    let (mut a, mut b) = (pin!(a), pin!(b));
    let (mut done_a, mut done_b) = (None, None);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..16 {
        if done_a.is_none()
            && let Poll::Ready(value) = a.as_mut().poll(&mut context)
        {
            done_a = Some(value);
        }
        if done_b.is_none()
            && let Poll::Ready(value) = b.as_mut().poll(&mut context)
        {
            done_b = Some(value);
        }
        if done_a.is_some() && done_b.is_some() {
            break;
        }
    }
    (done_a.expect("done"), done_b.expect("done"))
}

fn now<T>(future: impl Future<Output = T>) -> T {
    both(future, async {}).0
}

fn connected(
    connect: Vec<u8>,
    accept: Vec<u8>,
    queues: (End, End),
) -> (impl CospConnection + 'static, impl CospConnection + 'static) {
    let (ours, theirs) = queues;
    let selectors = CospProtocolInformation::new(Some(vec![0, 1]), Some(vec![0, 1]));
    let initiator = async {
        let initiator = RustyCospInitiator::<Queue, Queue>::new(ours, selectors, Default::default()).await;
        initiator.expect("a transport").initiate(Some(connect)).await.expect("accepted").0
    };
    let acceptor = async {
        let acceptor = RustyCospAcceptor::<Queue, Queue>::new(theirs, Default::default()).await;
        let (responder, _) = acceptor.expect("a CONNECT").0.accept().await.expect("all of it");
        responder.complete_connection(Some(accept)).await.expect("sent")
    };
    both(initiator, acceptor)
}

/// CONNECT and ACCEPT, both sides.
pub fn establish(connect: Vec<u8>, accept: Vec<u8>) -> Box<dyn FnMut()> {
    Box::new(move || {
        drop(black_box(connected(connect.clone(), accept.clone(), ends())));
    })
}

/// User data to a TSDU.
pub fn send(user_data: Vec<u8>) -> Box<dyn FnMut()> {
    let (ours, theirs) = ends();
    let sent = ours.outgoing.clone();
    let (connection, peer) = connected(vec![1], vec![1], (ours, theirs));
    let (_, mut writer) = now(connection.split()).expect("two halves");
    drop(peer);
    Box::new(move || {
        let mut input = VecDeque::from([black_box(&user_data).clone()]);
        now(writer.send(&mut input)).expect("sent");
        while let Some(tsdu) = sent.pop() {
            black_box(tsdu);
        }
    })
}

/// A TSDU to user data.
pub fn receive(tsdu: Vec<u8>) -> Box<dyn FnMut()> {
    let (ours, theirs) = ends();
    let arriving = ours.incoming.clone();
    let (connection, peer) = connected(vec![1], vec![1], (ours, theirs));
    let (mut reader, _) = now(connection.split()).expect("two halves");
    drop(peer);
    Box::new(move || {
        arriving.push(black_box(&tsdu).clone());
        match now(reader.recv()).expect("valid") {
            CospRecvResult::Data(data) => drop(black_box(data)),
            _ => panic!("not data"),
        }
    })
}
