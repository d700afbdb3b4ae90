//! rusty-cosp 1.2.0: COTP and session alone, on tokio.
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
use tokio::runtime::Builder;

type Failure = Box<dyn std::error::Error>;

/// Accepts one session after the other, echoes its data, answers its release.
pub(crate) fn serve(address: &str) {
    Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let listener = TcpTpktServer::listen(address.parse().unwrap()).await.unwrap();
        println!("running");
        loop {
            let connection = listener.accept().await.unwrap();
            println!("{}", answer(connection).await.unwrap_or_else(|error| format!("failed: {error}")));
        }
    });
}

async fn answer(connection: TcpTpktConnection) -> Result<String, Failure> {
    let responder = RustyCotpResponder::<TcpTpktReader, TcpTpktWriter>::new(connection, Default::default());
    let (responder, remote) = responder.await?;
    let transport = responder.accept(remote).await?;
    let parameters = CospConnectionParameters::default();
    let acceptor =
        RustyCospAcceptorIsoStack::<TcpTpktReader, TcpTpktWriter>::new(transport, parameters).await?;
    let (responder, _) = acceptor.0.accept().await?;
    let connection = responder.complete_connection(Some(b"welcome".to_vec())).await?;
    let (mut reader, mut writer) = connection.split().await?;
    loop {
        match reader.recv().await? {
            CospRecvResult::Data(data) => {
                let mut queue = VecDeque::from([data]);
                while !queue.is_empty() {
                    writer.send(&mut queue).await?;
                }
            }
            CospRecvResult::Finish(_) => {
                writer.disconnect(Some(b"farewell".to_vec())).await?;
                return Ok("released".into());
            }
            CospRecvResult::Closed => return Ok("closed".into()),
            _ => return Ok("something else".into()),
        }
    }
}

/// Connects, has its data echoed, releases.
pub(crate) fn call(address: &str) {
    let done = Builder::new_current_thread().enable_all().build().unwrap().block_on(dialogue(address));
    println!("{}", done.map_or_else(|error| format!("failed: {error}"), |()| "released".into()));
}

async fn dialogue(address: &str) -> Result<(), Failure> {
    let connection = TcpTpktConnection::connect(address.parse()?).await?;
    let information = CotpProtocolInformation::initiator(None, None);
    let transport = RustyCotpConnection::<TcpTpktReader, TcpTpktWriter>::initiate(
        connection,
        information,
        Default::default(),
    );
    let initiator = RustyCospInitiator::<RustyCotpReader<TcpTpktReader>, RustyCotpWriter<TcpTpktWriter>>::new(
        transport.await?,
        CospProtocolInformation::new(None, None),
        CospConnectionParameters::default(),
    );
    let (connection, answer) = initiator.await?.initiate(Some(b"hello".to_vec())).await?;
    println!("connected {}", String::from_utf8_lossy(&answer.unwrap_or_default()));
    let (mut reader, mut writer) = connection.split().await?;
    for size in [1, 1_000, 100_000] {
        let mut queue = VecDeque::from([vec![7; size]]);
        while !queue.is_empty() {
            writer.send(&mut queue).await?;
        }
        match reader.recv().await? {
            CospRecvResult::Data(data) if data == vec![7; size] => println!("echo {size}"),
            _ => println!("no echo"),
        }
    }
    writer.finish(Some(b"bye".to_vec())).await?;
    match reader.recv().await? {
        CospRecvResult::Disconnect(_) => Ok(()),
        _ => Err("no DISCONNECT".into()),
    }
}
