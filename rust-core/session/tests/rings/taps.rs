//! What a tap sees, and the capture file that comes of it.
use crate::support::*;
use osisession::*;
use osisession_capture::{Capture, Options};
use osisession_proto::x225::passive::{Content, Direction};
use std::io::{self, Cursor, Write};
use std::sync::{Arc, Mutex};

fn tapped(tap: Tap) -> Endpoint {
    let mut config = EndpointConfig::default();
    config.tap = Some(tap);
    Endpoint::new(config).expect("an endpoint")
}

/// A file in memory that can be looked at while it is written.
#[derive(Clone, Default)]
struct File(Arc<Mutex<Vec<u8>>>);

impl Write for File {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A line for each TSDU in the file.
fn read(file: &File) -> Vec<String> {
    let octets = file.0.lock().unwrap().clone();
    let mut capture = Capture::new(Box::new(Cursor::new(octets)), Options::default()).expect("a capture");
    let mut lines = Vec::new();
    while let Some(seen) = capture.next_item().expect("readable to the end") {
        let arrow = if seen.item.direction == Direction::Forward { '>' } else { '<' };
        match &seen.item.content {
            Content::Tsdu(tsdu) => {
                assert_eq!(tsdu.fault, None);
                let kinds: Vec<_> = tsdu.kinds.iter().map(|kind| kind.name()).collect();
                lines.push(format!("{arrow} {}", kinds.join(" ")));
            }
            Content::Lost | Content::Skipped { .. } => panic!("{:?}", seen.item),
            _ => {}
        }
    }
    lines
}

const LIFE: [&str; 6] = ["> CN", "< AC", "> GT DT", "< GT DT", "> FN", "< DN"];

#[test]
fn a_capture_of_either_side_is_read_back_whole() {
    for listening in ["127.0.0.1:0", "[::1]:0", "memory:taps"] {
        let (ours, theirs) = (File::default(), File::default());
        let caller = tapped(CaptureWriter::new(ours.clone()).unwrap().tap());
        let callee = tapped(CaptureWriter::new(theirs.clone()).unwrap().tap());
        caller.start().unwrap();
        callee.start().unwrap();
        let listener = callee.listen(listening, ListenerConfig::default()).expect("a listener");
        whole_life(&caller, &listener);
        drop(listener);
        caller.close();
        callee.close();
        assert_eq!(read(&ours), LIFE, "{listening}");
        assert_eq!(read(&theirs), LIFE, "{listening}");
    }
}

#[test]
fn a_large_ssdu_comes_back_from_the_file() {
    let file = File::default();
    let caller = tapped(CaptureWriter::new(file.clone()).unwrap().tap());
    let callee = started();
    caller.start().unwrap();
    let listener = listen(&callee);
    let (initiator, responder) = connected(&caller, &listener);
    let large: Bytes = (0..300_000_u32).map(|n| n as u8).collect::<Vec<u8>>().into();
    initiator.data_request(large.clone()).expect("sent");
    assert_eq!(data(&responder), large);
    initiator.u_abort_request("").expect("sent");
    responder.next_event(LONG).expect("the abort");
    caller.close();
    assert_eq!(read(&file), ["> CN", "< AC", "> GT DT", "> AB"]);
    let octets = file.0.lock().unwrap().len();
    assert!(octets > 300_000, "{octets}");
}

#[test]
fn a_tap_sees_every_octet_once_and_in_order() {
    let seen = Arc::new(Mutex::new([Vec::new(), Vec::new()]));
    let to = seen.clone();
    let ours = Tap::new(move |tapped| {
        if let Tapped::Octets { sent, octets, .. } = tapped {
            to.lock().unwrap()[usize::from(sent)].extend_from_slice(&octets);
        }
    });
    let there = Arc::new(Mutex::new([Vec::new(), Vec::new()]));
    let to = there.clone();
    let theirs = Tap::new(move |tapped| {
        if let Tapped::Octets { sent, octets, .. } = tapped {
            to.lock().unwrap()[usize::from(!sent)].extend_from_slice(&octets);
        }
    });
    let (caller, callee) = (tapped(ours), tapped(theirs));
    caller.start().unwrap();
    callee.start().unwrap();
    let listener = listen(&callee);
    let (initiator, responder) = connected(&caller, &listener);
    std::thread::scope(|scope| {
        for session in [&initiator, &responder] {
            scope.spawn(move || {
                for n in 0..200_usize {
                    while session.data_request(vec![n as u8; n * 7 + 1]).is_err() {
                        session.wait_writable(LONG).unwrap();
                    }
                }
            });
            scope.spawn(move || (0..200).for_each(|n| assert_eq!(data(session), vec![n as u8; n * 7 + 1])));
        }
    });
    initiator.u_abort_request("").expect("sent");
    responder.next_event(LONG).expect("the abort");
    caller.close();
    callee.close();
    let (ours, theirs) = (seen.lock().unwrap(), there.lock().unwrap());
    assert!(ours[0].len() > 100_000);
    assert!(*ours == *theirs);
}

#[test]
fn a_callers_own_transport_is_seen_as_tpkt() {
    let file = File::default();
    let endpoint = tapped(CaptureWriter::new(file.clone()).unwrap().tap());
    let (session, port) = endpoint.open(SessionConfig::default()).unwrap();
    session.connect_request(ConnectRequest::default()).unwrap();
    assert!(matches!(port.next_request(), Some(TransportRequest::Connect { .. })));
    port.indication(TransportIndication::ConnectConfirm { expedited: false }).unwrap();
    let Some(TransportRequest::Data(connect)) = port.next_request() else { panic!("CN") };
    assert_eq!(connect.to_bytes()[0], 13);
    port.indication(TransportIndication::Disconnect(None)).unwrap();
    endpoint.close();
    assert_eq!(read(&file), ["> CN"]);
}

#[test]
fn a_failing_writer_ends_the_capture_and_not_the_session() {
    #[derive(Debug)]
    struct Full(usize);
    impl Write for Full {
        fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
            match self.0.checked_sub(octets.len()) {
                Some(left) => self.0 = left,
                None => return Err(io::ErrorKind::StorageFull.into()),
            }
            Ok(octets.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    for room in [24, 100, 400] {
        let caller = tapped(CaptureWriter::new(Full(room)).unwrap().tap());
        let callee = started();
        caller.start().unwrap();
        whole_life(&caller, &listen(&callee));
    }
    assert_eq!(CaptureWriter::new(Full(23)).unwrap_err().kind(), io::ErrorKind::StorageFull);
}
