//! rusty-cosp, on tokio with one thread.
use crate::Link;
use rusty_cosp::{
    CospAcceptor, CospConnection, CospConnectionParameters, CospInitiator, CospProtocolInformation,
    CospReader, CospRecvResult, CospResponder, CospWriter, RustyCospAcceptorIsoStack, RustyCospInitiator,
};
use rusty_cotp::{
    CotpProtocolInformation, CotpResponder, RustyCotpConnection, RustyCotpReader, RustyCotpResponder,
    RustyCotpWriter,
};
use rusty_tpkt::{TcpTpktConnection, TcpTpktReader, TcpTpktServer, TcpTpktWriter};
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use tokio::runtime::{Builder, Runtime};

pub(crate) fn serve() -> String {
    // It does not tell which port it got: one that was free just now.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (ready, begun) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        Builder::new_current_thread().enable_all().build().unwrap().block_on(async move {
            let listener = TcpTpktServer::listen(free).await.unwrap();
            ready.send(()).unwrap();
            let local = tokio::task::LocalSet::new();
            local
                .run_until(async move {
                    loop {
                        let connection = listener.accept().await.unwrap();
                        tokio::task::spawn_local(async move {
                            let _ = answer(connection).await;
                        });
                    }
                })
                .await;
        });
    });
    begun.recv().unwrap();
    free.to_string()
}

async fn answer(connection: TcpTpktConnection) -> Option<()> {
    let responder =
        RustyCotpResponder::<TcpTpktReader, TcpTpktWriter>::new(connection, Default::default()).await;
    let (responder, remote) = responder.ok()?;
    let transport = responder.accept(remote).await.ok()?;
    let acceptor = RustyCospAcceptorIsoStack::<TcpTpktReader, TcpTpktWriter>::new(
        transport,
        CospConnectionParameters::default(),
    )
    .await;
    let (responder, _) = acceptor.ok()?.0.accept().await.ok()?;
    let connection = responder.complete_connection(None).await.ok()?;
    let (mut reader, mut writer) = connection.split().await.ok()?;
    loop {
        let answer = match reader.recv().await.ok()? {
            CospRecvResult::Data(data) if data.first() == Some(&b'e') => data,
            CospRecvResult::Data(data) if data.first() == Some(&b'a') => vec![0],
            CospRecvResult::Data(_) => continue,
            CospRecvResult::Finish(_) => {
                writer.disconnect(None).await.ok()?;
                return Some(());
            }
            _ => return None,
        };
        let mut queue = VecDeque::from([answer]);
        while !queue.is_empty() {
            writer.send(&mut queue).await.ok()?;
        }
    }
}

pub(crate) struct Caller(Rc<Runtime>);

/// The halves of a connection have types that cannot be named.
trait Halves {
    fn send<'a>(&'a mut self, message: &'a [u8]) -> Pin<Box<dyn Future<Output = ()> + 'a>>;
    fn receive(&mut self) -> Pin<Box<dyn Future<Output = usize> + '_>>;
    fn release(self: Box<Self>) -> Pin<Box<dyn Future<Output = ()>>>;
}

struct Both<R, W>(R, W);

impl<R: CospReader + 'static, W: CospWriter + 'static> Halves for Both<R, W> {
    fn send<'a>(&'a mut self, message: &'a [u8]) -> Pin<Box<dyn Future<Output = ()> + 'a>> {
        Box::pin(async move {
            let mut queue = VecDeque::from([message.to_vec()]);
            while !queue.is_empty() {
                self.1.send(&mut queue).await.unwrap();
            }
        })
    }
    fn receive(&mut self) -> Pin<Box<dyn Future<Output = usize> + '_>> {
        Box::pin(async move {
            match self.0.recv().await.unwrap() {
                CospRecvResult::Data(data) => data.len(),
                _ => panic!("no data"),
            }
        })
    }
    fn release(self: Box<Self>) -> Pin<Box<dyn Future<Output = ()>>> {
        Box::pin(async move {
            let Both(mut reader, writer) = *self;
            writer.finish(None).await.unwrap();
            assert!(matches!(reader.recv().await.unwrap(), CospRecvResult::Disconnect(_)));
        })
    }
}

impl Caller {
    pub(crate) fn new() -> Caller {
        Caller(Rc::new(Builder::new_current_thread().enable_all().build().unwrap()))
    }

    pub(crate) fn connect(&self, address: &str) -> Called {
        let address = address.parse().unwrap();
        let halves = self.0.block_on(async move {
            let connection = TcpTpktConnection::connect(address).await.unwrap();
            let information = CotpProtocolInformation::initiator(None, None);
            let transport = RustyCotpConnection::<TcpTpktReader, TcpTpktWriter>::initiate(
                connection,
                information,
                Default::default(),
            );
            let initiator =
                RustyCospInitiator::<RustyCotpReader<TcpTpktReader>, RustyCotpWriter<TcpTpktWriter>>::new(
                    transport.await.unwrap(),
                    CospProtocolInformation::new(None, None),
                    CospConnectionParameters::default(),
                );
            let (connection, _) = initiator.await.unwrap().initiate(None).await.unwrap();
            let (reader, writer) = connection.split().await.unwrap();
            Box::new(Both(reader, writer)) as Box<dyn Halves>
        });
        Called { runtime: self.0.clone(), halves }
    }
}

pub(crate) struct Called {
    runtime: Rc<Runtime>,
    halves: Box<dyn Halves>,
}

impl Link for Called {
    fn send(&mut self, message: &[u8]) {
        self.runtime.block_on(self.halves.send(message));
    }
    fn receive(&mut self) -> usize {
        self.runtime.block_on(self.halves.receive())
    }
    fn release(self) {
        self.runtime.block_on(self.halves.release());
    }
}
