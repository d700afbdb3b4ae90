//! TLS below TPKT, with certificates that are made here.
use crate::pki::*;
use crate::support::*;
use osisession::*;
use rcgen::{ExtendedKeyUsagePurpose, date_time_ymd};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc;
use std::time::Duration;

/// What the caller and the listener say about an attempt that fails.
fn refused(calling: &TlsConfig, listening: &TlsConfig) -> (Error, Option<Error>) {
    let (caller, callee) = (started(), started());
    let listener = listen_tls(&callee, listening);
    let session = connect_to(&caller, &listener.local_address(), session_config(calling));
    let (reason, error) = abort(&session);
    assert_eq!(reason, PAbortReason::TransportDisconnect);
    assert_eq!((error.kind(), error.layer()), (ErrorKind::Transport, Layer::Network), "{error:?}");
    let end = std::time::Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(refusal) = callee.next_refusal() {
            assert_eq!(refusal.local_address, listener.local_address());
            assert!(listener.try_accept().is_none());
            return (error, Some(refusal.error));
        }
        assert!(std::time::Instant::now() < end, "no refusal; the caller says {error}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[track_caller]
fn says(error: &Error, text: &str) {
    assert!(error.to_string().contains(text), "expected \"{text}\" in: {error}");
}

#[test]
fn a_whole_life_in_both_versions() {
    let pki = Pki::new();
    for version in [TlsVersion::V1_2, TlsVersion::V1_3] {
        let (caller, callee) = (started(), started());
        let listener = listen_tls(&callee, &pki.listening());
        let mut calling = pki.calling();
        calling.max_version = version;
        let (initiator, responder) = connected_with(&caller, &listener, session_config(&calling));
        for session in [&initiator, &responder] {
            let info = session.tls().expect("TLS");
            assert_eq!((info.version, info.resumed), (version, false));
            assert!(info.cipher_suite.starts_with("TLS"), "{info:?}");
        }
        assert_eq!(initiator.peer_certificates(), [pki.station.certificate.der().to_vec()]);
        assert_eq!(responder.peer_certificates(), [pki.centre.certificate.der().to_vec()]);

        initiator.data_request("ping").expect("sent");
        assert_eq!(data(&responder), "ping");
        responder.data_request("pong").expect("sent");
        assert_eq!(data(&initiator), "pong");
        initiator.release_request("bye").expect("sent");
        assert_eq!(responder.next_event(LONG), Ok(Event::ReleaseIndication("bye".into())));
        responder.release_response("ciao").expect("sent");
        assert_eq!(initiator.next_event(LONG), Ok(Event::ReleaseConfirm("ciao".into())));
        assert_eq!(initiator.next_event(LONG).expect_err("over").kind(), ErrorKind::Closed);
        assert_eq!(responder.next_event(LONG).expect_err("over").kind(), ErrorKind::Closed);
    }
}

#[test]
fn without_tls_there_is_nothing_to_tell() {
    let (caller, callee) = (started(), started());
    let listener = listen(&callee);
    let (initiator, responder) = connected(&caller, &listener);
    for session in [initiator, responder] {
        assert_eq!(session.tls(), None);
        assert!(session.peer_certificates().is_empty());
    }
}

#[test]
fn over_memory_a_name_is_needed() {
    let pki = Pki::new();
    let (caller, callee) = (started(), started());
    let mut listening = ListenerConfig::default();
    listening.session = session_config(&pki.listening());
    let listener = callee.listen("memory:tls", listening).expect("a listener");
    let request = ConnectRequest::default;
    let error = caller.connect("memory:tls", request(), session_config(&pki.calling())).expect_err("no name");
    assert_eq!(error.kind(), ErrorKind::Invalid);
    says(&error, "server_name");
    let mut calling = pki.calling();
    calling.server_name = Some("127.0.0.1".into());
    let (initiator, responder) = connected_with(&caller, &listener, session_config(&calling));
    responder.data_request(vec![7; 1_000_000]).expect("sent");
    assert_eq!(data(&initiator).len(), 1_000_000);
    // The peer's endpoint goes away altogether: its ABORT comes before the end of TLS.
    callee.close();
    assert!(matches!(initiator.next_event(LONG), Ok(Event::UAbortIndication(_))));
}

#[test]
fn a_caller_needs_a_certificate_that_counts() {
    let pki = Pki::new();
    let stranger = authority("somebody else");
    for version in [TlsVersion::V1_2, TlsVersion::V1_3] {
        let calling = |identity: Option<&Identity>| {
            let mut config = config(identity, &pki.authority);
            config.max_version = version;
            config
        };
        let (at_caller, at_listener) = refused(&calling(None), &pki.listening());
        says(&at_caller, "sent the alert certificate_required (116)");
        says(&at_listener.expect("told"), "showed no certificate");

        let foreign = stranger.issue("centre.example", |_| {});
        let (at_caller, at_listener) = refused(&calling(Some(&foreign)), &pki.listening());
        says(&at_caller, "sent the alert unknown_ca (48)");
        says(&at_listener.expect("told"), "unknown issuer");

        let old =
            pki.authority.issue("centre.example", |params| params.not_after = date_time_ymd(2020, 1, 1));
        let (at_caller, at_listener) = refused(&calling(Some(&old)), &pki.listening());
        says(&at_caller, "certificate_expired (45)");
        says(&at_listener.expect("told"), "has expired");

        let early =
            pki.authority.issue("centre.example", |params| params.not_before = date_time_ymd(4000, 1, 1));
        let (_, at_listener) = refused(&calling(Some(&early)), &pki.listening());
        says(&at_listener.expect("told"), "is not valid yet");

        let server_only = pki.authority.issue("centre.example", |params| {
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        });
        let (_, at_listener) = refused(&calling(Some(&server_only)), &pki.listening());
        says(&at_listener.expect("told"), "is not for this purpose");

        for der in [false, true] {
            let mut listening = pki.listening();
            let list = pki.authority.crl(&[&pki.centre]);
            listening.crls =
                vec![if der { list.der().to_vec().into() } else { list.pem().expect("PEM").into() }];
            let (at_caller, at_listener) = refused(&calling(Some(&pki.centre)), &listening);
            says(&at_caller, "certificate_revoked (44)");
            says(&at_listener.expect("told"), "was revoked");
        }
    }
}

#[test]
fn a_listener_needs_a_certificate_that_counts() {
    let pki = Pki::new();
    let listening = |identity: &Identity| config(Some(identity), &pki.authority);

    let stranger = authority("somebody else").issue("127.0.0.1", |_| {});
    let (at_caller, at_listener) = refused(&pki.calling(), &listening(&stranger));
    says(&at_caller, "unknown issuer");
    says(&at_listener.expect("told"), "unknown_ca");

    let old = pki.authority.issue("127.0.0.1", |params| params.not_after = date_time_ymd(2020, 1, 1));
    let (at_caller, _) = refused(&pki.calling(), &listening(&old));
    says(&at_caller, "has expired");

    let other = pki.authority.issue("other.example", |_| {});
    let (at_caller, at_listener) = refused(&pki.calling(), &listening(&other));
    says(&at_caller, "is for another name: expected 127.0.0.1");
    says(&at_caller, "other.example");
    says(&at_listener.expect("told"), "bad_certificate");
    // Unless that is whom we want.
    let mut calling = pki.calling();
    calling.server_name = Some("other.example".into());
    let (caller, callee) = (started(), started());
    connected_with(&caller, &listen_tls(&callee, &listening(&other)), session_config(&calling));

    let mut calling = pki.calling();
    calling.crls = vec![pki.authority.crl(&[&pki.station]).pem().expect("PEM").into()];
    let (at_caller, at_listener) = refused(&calling, &pki.listening());
    says(&at_caller, "was revoked");
    says(&at_listener.expect("told"), "certificate_revoked");
}

#[test]
fn revocation_lists_cover_everybody_or_not() {
    let pki = Pki::new();
    let elsewhere = authority("elsewhere");
    let mut calling = pki.calling();
    // The station is not on this one.
    calling.crls = vec![pki.authority.crl(&[&pki.centre]).pem().expect("PEM").into()];
    let (caller, callee) = (started(), started());
    let listener = listen_tls(&callee, &pki.listening());
    connected_with(&caller, &listener, session_config(&calling));
    // This one says nothing about the station.
    calling.crls = vec![elsewhere.crl(&[]).pem().expect("PEM").into()];
    let (at_caller, _) = refused(&calling, &pki.listening());
    says(&at_caller, "is covered by no revocation list");
    calling.allow_unknown_revocation = true;
    connected_with(&caller, &listener, session_config(&calling));
}

#[test]
fn a_listener_may_take_anybody() {
    let pki = Pki::new();
    let mut listening = pki.listening();
    listening.require_client_certificate = false;
    listening.trust_anchors = Bytes::new();
    let (caller, callee) = (started(), started());
    let listener = listen_tls(&callee, &listening);
    let calling = session_config(&config(None, &pki.authority));
    let (initiator, responder) = connected_with(&caller, &listener, calling);
    assert_eq!(initiator.peer_certificates().len(), 1);
    assert!(responder.peer_certificates().is_empty());
}

#[test]
fn versions_are_enforced() {
    let pki = Pki::new();
    let (mut old, mut new) = (pki.calling(), pki.listening());
    old.max_version = TlsVersion::V1_2;
    new.min_version = TlsVersion::V1_3;
    let (at_caller, at_listener) = refused(&old, &new);
    says(&at_caller, "protocol_version (70)");
    says(&at_listener.expect("told"), "no common version of TLS");
    let (mut new, mut old) = (pki.calling(), pki.listening());
    old.max_version = TlsVersion::V1_2;
    new.min_version = TlsVersion::V1_3;
    let (at_caller, at_listener) = refused(&new, &old);
    says(&at_caller, "protocol_version (70)");
    says(&at_listener.expect("told"), "no common version of TLS");
}

#[test]
fn sessions_are_resumed_unless_switched_off() {
    let pki = Pki::new();
    for version in [TlsVersion::V1_2, TlsVersion::V1_3] {
        for (here, there) in [(true, true), (true, false), (false, true)] {
            let (caller, callee) = (started(), started());
            let mut listening = pki.listening();
            listening.resumption = there;
            let listener = listen_tls(&callee, &listening);
            let mut calling = pki.calling();
            calling.max_version = version;
            calling.resumption = here;
            let calling = session_config(&calling);
            for round in 0..3 {
                let (initiator, responder) = connected_with(&caller, &listener, calling.clone());
                let expected = round > 0 && here && there;
                for session in [&initiator, &responder] {
                    let resumed = session.tls().expect("TLS").resumed;
                    assert_eq!(resumed, expected, "{version:?}, round {round}, {here} {there}");
                }
                // Known from the first time.
                assert_eq!(responder.peer_certificates(), [pki.centre.certificate.der().to_vec()]);
                // The tickets of TLS 1.3 come after the handshake; this comes after them.
                responder.data_request("x").expect("sent");
                assert_eq!(data(&initiator), "x");
            }
        }
    }
}

#[test]
fn much_data_goes_both_ways_and_waits_for_who_does_not_take_it() {
    const PIECE: usize = 50_000;
    const PIECES: usize = 200;
    let pki = Pki::new();
    for version in [TlsVersion::V1_2, TlsVersion::V1_3] {
        let (caller, callee) = (started(), started());
        let limited = |tls: &TlsConfig| {
            let mut config = session_config(tls);
            config.limits.queued_event_octets = 200_000;
            config.limits.queued_send_octets = 200_000;
            config
        };
        let listener = listen_with(&callee, limited(&pki.listening()));
        let mut calling = pki.calling();
        calling.max_version = version;
        let (initiator, responder) = connected_with(&caller, &listener, limited(&calling));
        // Nobody takes anything: both senders are held back. Sockets of the system take some megabytes.
        for session in [&initiator, &responder] {
            let mut sent = 0;
            let quiet = || session.wait_writable(Some(Duration::from_millis(200))).is_err();
            while session.data_request(vec![1; PIECE]).is_ok() || !quiet() {
                sent += 1;
                assert!(sent < 2_000, "nothing holds the sender back");
            }
        }
        std::thread::scope(|scope| {
            for (session, seed) in [(&initiator, 3_usize), (&responder, 5)] {
                scope.spawn(move || {
                    for number in 0..PIECES {
                        let piece: Vec<u8> = (0..PIECE).map(|i| (i * seed + number) as u8 | 2).collect();
                        while let Err(error) = session.data_request(piece.clone()) {
                            assert_eq!(error.kind(), ErrorKind::WouldBlock);
                            session.wait_writable(LONG).expect("room");
                        }
                    }
                });
            }
            for (session, seed) in [(&initiator, 5_usize), (&responder, 3)] {
                scope.spawn(move || {
                    let mut number = 0;
                    while number < PIECES {
                        let piece = data(session);
                        assert_eq!(piece.len(), PIECE);
                        if piece[0] == 1 {
                            continue;
                        }
                        let right = |(i, &octet): (usize, &u8)| octet == (i * seed + number) as u8 | 2;
                        assert!(piece.iter().enumerate().all(right), "piece {number}");
                        number += 1;
                    }
                });
            }
        });
    }
}

#[test]
fn over_a_stream_that_the_caller_carries() {
    let pki = Pki::new();
    let endpoint = started();
    let listener = listen_tls(&endpoint, &pki.listening());
    let error = endpoint
        .connect_over_stream("line", ConnectRequest::default(), session_config(&pki.calling()))
        .expect_err("no name");
    says(&error, "server_name");
    let mut calling = pki.calling();
    calling.server_name = Some("127.0.0.1".into());
    let (initiator, near) = endpoint
        .connect_over_stream("line", ConnectRequest::default(), session_config(&calling))
        .expect("an attempt");
    let far = listener.accept_stream("line").expect("a stream");
    let mut buffer = [0; 10_000];
    let mut carry = || {
        for (from, to) in [(&near, &far), (&far, &near)] {
            while let Ok(count @ 1..) = from.drain(&mut buffer) {
                assert_eq!(to.feed(&buffer[..count]), Ok(count));
            }
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    let responder = loop {
        carry();
        if let Some(session) = listener.try_accept() {
            break session;
        }
    };
    answer(&responder);
    while initiator.try_next_event().is_none() {
        carry();
    }
    assert_eq!(initiator.tls().expect("TLS").version, TlsVersion::V1_3);
    // The line is cut: that is no end of TLS.
    drop((near, far));
    says(&abort(&initiator).1, "without close_notify");
}

/// A relay before a listener, which shows what passes and can be cut.
struct Relay {
    address: String,
    seen: mpsc::Receiver<Vec<u8>>,
    caller: TcpStream,
}

/// Accepts one caller and carries octets for it; `dial` begins the connection that is carried.
fn relay(listener: &Listener, dial: impl FnOnce(&str) -> Session) -> (Relay, Session) {
    let socket = TcpListener::bind("127.0.0.1:0").expect("bound");
    let address = socket.local_addr().expect("bound").to_string();
    let session = dial(&address);
    let (caller, _) = socket.accept().expect("a caller");
    let callee = TcpStream::connect(listener.local_address()).expect("connected");
    let (tell, seen) = mpsc::channel();
    for (from, to) in [(&caller, &callee), (&callee, &caller)] {
        let (mut from, mut to) = (from.try_clone().expect("a clone"), to.try_clone().expect("a clone"));
        let tell = tell.clone();
        std::thread::spawn(move || {
            let mut buffer = [0; 65_536];
            while let Ok(count @ 1..) = from.read(&mut buffer) {
                let _ = tell.send(buffer[..count].to_vec());
                if to.write_all(&buffer[..count]).is_err() {
                    break;
                }
            }
            let _ = to.shutdown(Shutdown::Write);
        });
    }
    (Relay { address, seen, caller }, session)
}

#[test]
fn what_passes_is_encrypted_and_its_truncation_is_noticed() {
    let pki = Pki::new();
    let (caller, callee) = (started(), started());
    let listener = listen_tls(&callee, &pki.listening());
    let (relay, initiator) =
        relay(&listener, |address| connect_to(&caller, address, session_config(&pki.calling())));
    let responder = listener.accept(LONG).expect("a caller");
    answer(&responder);
    initiator.wait_connected(LONG).expect("connected");
    let secret = b"open breaker 7, open breaker 7";
    initiator.data_request(secret.to_vec()).expect("sent");
    assert_eq!(data(&responder), &secret[..]);
    let passed: Vec<u8> = relay.seen.try_iter().flatten().collect();
    assert_eq!(passed[..2], [0x16, 3], "a TLS handshake");
    assert!(!passed.windows(secret.len()).any(|window| window == secret));

    // FIN in both directions, and no word of TLS.
    relay.caller.shutdown(Shutdown::Both).expect("done");
    let (reason, error) = abort(&responder);
    assert_eq!(reason, PAbortReason::TransportDisconnect);
    assert_eq!((error.kind(), error.layer()), (ErrorKind::Transport, Layer::Network));
    says(&error, "TLS stream truncated: connection closed by 127.0.0.1:");
    says(&error, "without close_notify");
    let (_, error) = abort(&initiator);
    says(&error, &format!("TLS stream truncated: connection closed by {}", relay.address));
}

#[test]
fn a_record_that_was_changed_on_its_way_ends_the_session() {
    let pki = Pki::new();
    let endpoint = started();
    let listener = listen_tls(&endpoint, &pki.listening());
    for version in [TlsVersion::V1_2, TlsVersion::V1_3] {
        let mut calling = pki.calling();
        calling.max_version = version;
        calling.server_name = Some("127.0.0.1".into());
        let (initiator, near) = endpoint
            .connect_over_stream("line", ConnectRequest::default(), session_config(&calling))
            .expect("an attempt");
        let far = listener.accept_stream("line").expect("a stream");
        let mut buffer = [0; 10_000];
        let mut responder = None;
        while responder.as_ref().is_none_or(|_| initiator.try_next_event().is_none()) {
            for (from, to) in [(&near, &far), (&far, &near)] {
                while let Ok(count @ 1..) = from.drain(&mut buffer) {
                    assert_eq!(to.feed(&buffer[..count]), Ok(count));
                }
            }
            if responder.is_none() {
                responder = listener.try_accept().inspect(|session| drop(answer(session)));
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        let responder = responder.expect("accepted");
        initiator.data_request("whole").expect("sent");
        let whole = near.drain(&mut buffer).expect("a record");
        initiator.data_request("changed").expect("sent");
        let all = whole + near.drain(&mut buffer[whole..]).expect("another");
        buffer[all - 1] ^= 1;
        // In one piece: what is right is delivered.
        assert_eq!(far.feed(&buffer[..all]), Ok(all));
        assert_eq!(data(&responder), "whole");
        says(&abort(&responder).1, "was changed on its way");
        // The initiator is told by an alert.
        let end = std::time::Instant::now() + Duration::from_secs(20);
        while !initiator.is_over() {
            assert!(std::time::Instant::now() < end, "no alert");
            if let Ok(count @ 1..) = far.drain(&mut buffer) {
                let _ = near.feed(&buffer[..count]);
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        says(&abort(&initiator).1, "sent the alert bad_record_mac (20)");
    }
}

fn drain(stream: &mut TcpStream) -> Vec<u8> {
    let mut octets = Vec::new();
    // A reset is an end, too.
    let _ = stream.read_to_end(&mut octets);
    octets
}

fn dial(listener: &Listener) -> TcpStream {
    let stream = TcpStream::connect(listener.local_address()).expect("connected");
    stream.set_read_timeout(LONG).expect("set");
    stream
}

fn refusal(endpoint: &Endpoint) -> Error {
    let mut found = None;
    drive(&[endpoint], || {
        found = endpoint.next_refusal();
        found.is_some()
    });
    found.expect("found").error
}

#[test]
fn callers_without_tls_are_told_apart() {
    let pki = Pki::new();
    let callee = endpoint();
    let listener = listen_tls(&callee, &pki.listening());
    let mut plain = dial(&listener);
    plain.write_all(b"\x03\x00\x00\x0b\x06\xe0\x00\x00\x00\x01\x00").expect("sent");
    says(&refusal(&callee), "sent plain TPKT (first octet 03 hex) to a TLS port");

    let mut garbage = dial(&listener);
    garbage.write_all(b"GET / HTTP/1.0\r\n\r\n").expect("sent");
    says(&refusal(&callee), "is no TLS record");

    // A record whose length is beyond all bounds, and a handshake message that never fits.
    let mut huge = dial(&listener);
    huge.write_all(&[0x16, 3, 1, 0xff, 0xff]).expect("sent");
    says(&refusal(&callee), "TLS: ");
    let mut endless = dial(&listener);
    endless
        .write_all(&[&[0x16, 3, 1, 0x40, 0, 1, 0xff, 0xff, 0xff][..], &[0; 0x3ffc]].concat())
        .expect("sent");
    says(&refusal(&callee), "TLS: ");

    callee.start().expect("a thread");
    for stream in [&mut plain, &mut garbage, &mut huge, &mut endless] {
        stream.shutdown(Shutdown::Write).expect("done");
        drain(stream);
    }
    // Others are not disturbed.
    connected_with(&started(), &listener, session_config(&pki.calling()));
}

#[test]
fn a_plain_peer_of_a_tls_caller_and_the_other_way_round() {
    let pki = Pki::new();
    let (caller, callee) = (started(), started());
    let plain = listen(&callee);
    // A plain listener answers TLS by closing, or not at all.
    let session = connect_to(&caller, &plain.local_address(), session_config(&pki.calling()));
    says(&abort(&session).1, "during the TLS handshake");
    says(&refusal(&callee), "this looks like TLS on a plain port");

    // A plain caller at a TLS port.
    let listener = listen_tls(&callee, &pki.listening());
    let session = connect_to(&caller, &listener.local_address(), SessionConfig::default());
    abort(&session);
    says(&refusal(&callee), "sent plain TPKT");

    // A peer that answers in plain TPKT; and one that answers a plain caller with an alert of TLS.
    let socket = TcpListener::bind("127.0.0.1:0").expect("bound");
    let address = socket.local_addr().expect("bound").to_string();
    for (config, answer, text) in [
        (session_config(&pki.calling()), &b"\x03\x00\x00\x0b\x06\xd0"[..], "answered TLS with plain TPKT"),
        (SessionConfig::default(), b"\x15\x03\x01\x00\x02\x02\x0a", "TPKT version is not 3"),
        (SessionConfig::default(), b"\x16\x03\x01\x00\x02\x02\x0a", "this looks like TLS on a plain port"),
    ] {
        let session = connect_to(&caller, &address, config);
        let (mut stream, _) = socket.accept().expect("a caller");
        stream.write_all(answer).expect("sent");
        says(&abort(&session).1, text);
    }
}

#[test]
fn a_handshake_that_does_not_end_is_given_up() {
    let pki = Pki::new();
    let (caller, callee) = (started(), started());
    let short = |tls: &TlsConfig| {
        let mut config = session_config(tls);
        config.limits.connect_timeout = Duration::from_millis(300);
        config
    };
    // A server that says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").expect("bound");
    let address = silent.local_addr().expect("bound").to_string();
    let session = connect_to(&caller, &address, short(&pki.calling()));
    let (_, error) = abort(&session);
    assert_eq!((error.kind(), error.layer()), (ErrorKind::TimedOut, Layer::Network), "{error:?}");
    says(&error, &format!("no end of the TLS handshake with {address} within 300ms"));
    // A caller that says little, octet by octet.
    let listener = listen_with(&callee, short(&pki.listening()));
    let mut slow = dial(&listener);
    let mut taken = 0;
    for octet in [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3].into_iter().chain(std::iter::repeat(0)) {
        if slow.write_all(&[octet]).is_err() {
            break;
        }
        taken += 1;
        assert!(taken < 400, "nobody looks at the time");
        std::thread::sleep(Duration::from_millis(20));
    }
    // A caller that hangs up in the middle.
    let mut half = dial(&listener);
    half.write_all(&[0x16, 3, 1]).expect("sent");
    half.shutdown(Shutdown::Write).expect("done");
    let close_notify = [21, 3, 3, 0, 2, 1, 0];
    assert_eq!(drain(&mut half), close_notify);
}

#[test]
fn handshakes_under_way_count_as_connecting() {
    let pki = Pki::new();
    let endpoint = started();
    let mut config = ListenerConfig::default();
    config.session = session_config(&pki.listening());
    config.max_connecting = 2;
    config.session.limits.connect_timeout = Duration::from_millis(500);
    let listener = endpoint.listen("127.0.0.1:0", config).expect("a listener");
    let mut silent: Vec<TcpStream> = (0..3).map(|_| dial(&listener)).collect();
    // Turned away; the others end when their time is over.
    drain(&mut silent[2]);
    assert_eq!(endpoint.counters().callers_turned_away, 1);
    drain(&mut silent[0]);
    connected_with(&started(), &listener, session_config(&pki.calling()));
}

#[test]
fn listeners_at_one_address_share_one_tls() {
    let pki = Pki::new();
    let callee = started();
    let tls = session_config(&pki.listening());
    let mut config = ListenerConfig::default();
    config.session = tls.clone();
    config.session_selector = Some("a".into());
    let first = callee.listen("127.0.0.1:0", config.clone()).expect("a listener");
    config.session_selector = Some("b".into());
    let second = callee.listen(&first.local_address(), config.clone()).expect("another");
    for other in [session_config(&pki.listening()), SessionConfig::default()] {
        config.session = other;
        config.session_selector = Some("c".into());
        let error = callee.listen(&first.local_address(), config.clone()).expect_err("other TLS");
        assert_eq!(error.kind(), ErrorKind::Invalid);
        says(&error, "all at an address share one");
    }
    let request = ConnectRequest { called_selector: "b".into(), ..ConnectRequest::default() };
    let session = started()
        .connect(&first.local_address(), request, session_config(&pki.calling()))
        .expect("an attempt");
    answer(&second.accept(LONG).expect("a caller"));
    session.wait_connected(LONG).expect("connected");
}

#[test]
fn configurations_that_cannot_work_are_refused() {
    let pki = Pki::new();
    let wrong = |change: &dyn Fn(&mut TlsConfig), text: &str| {
        let mut config = pki.listening();
        change(&mut config);
        let error = Tls::new(&config).expect_err(text);
        assert_eq!(error.kind(), ErrorKind::Invalid);
        says(&error, text);
    };
    wrong(&|config| config.trust_anchors = Bytes::new(), "trust_anchors: no trust anchor");
    wrong(&|config| config.trust_anchors = "nonsense".into(), "trust_anchors: no certificate in PEM");
    wrong(&|config| config.certificate_chain = Bytes::new(), "certificate_chain: no certificate");
    wrong(&|config| config.private_key = Bytes::new(), "private_key: no private key in PEM");
    wrong(&|config| config.private_key = pki.centre.key.clone().into(), "is not that of the certificate");
    wrong(&|config| config.crls = vec!["nonsense".into()], "crls: no revocation list");
    wrong(&|config| config.crls = vec![vec![0x30, 0x80].into()], "crls: ");
    wrong(&|config| config.server_name = Some("a b".into()), "server_name");
    wrong(
        &|config| {
            config.min_version = TlsVersion::V1_3;
            config.max_version = TlsVersion::V1_2;
        },
        "min_version: above max_version",
    );
    assert!(!format!("{:?}", pki.listening()).contains("PRIVATE"));

    // Each role has what it needs, or is refused at once.
    let endpoint = endpoint();
    let mut config = ListenerConfig::default();
    config.session = session_config(&crate::pki::config(None, &pki.authority));
    says(&endpoint.listen("127.0.0.1:0", config).expect_err("no certificate"), "a listener needs");
    let mut anybody = pki.listening();
    anybody.require_client_certificate = false;
    anybody.trust_anchors = Bytes::new();
    let error = endpoint
        .connect("127.0.0.1:1", ConnectRequest::default(), session_config(&anybody))
        .expect_err("no trust anchor");
    says(&error, "no trust anchor");
    assert_eq!(endpoint.open(session_config(&pki.calling())).expect_err("TLS").kind(), ErrorKind::Invalid);

    let directory = std::env::temp_dir().join(format!("osisession-tls-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a directory");
    let file = |name: &str, octets: &[u8]| {
        let path = directory.join(name);
        std::fs::write(&path, octets).expect("written");
        path
    };
    let listening = pki.listening();
    let chain = file("chain.pem", &listening.certificate_chain);
    let key = file("key.pem", &listening.private_key);
    let anchors = file("anchors.pem", &listening.trust_anchors);
    Tls::new(&TlsConfig::from_files(&chain, &key, &anchors).expect("read")).expect("usable");
    let error = TlsConfig::from_files(&chain, directory.join("none.pem"), &anchors).expect_err("no file");
    says(&error, "private_key: reading ");
    std::fs::remove_dir_all(directory).expect("removed");
}
