//! Presets: what is on the wire with each, and that the two sides of one come together.
use osisession::proto::x225::spdu::{self, DecodeContext, Kind};
use osisession::*;
use std::time::Duration;

const LONG: Option<Duration> = Some(Duration::from_secs(20));

fn endpoint() -> Endpoint {
    Endpoint::new(EndpointConfig::default()).expect("an endpoint")
}

/// The first packets of a caller: CR, and CONNECT once it was answered with CC.
fn first_words(profile: Profile) -> (Vec<u8>, Vec<u8>) {
    let endpoint = endpoint();
    let (_session, stream) = endpoint
        .connect_over_stream("nobody", profile.connect_request(), SessionConfig::profile(profile))
        .expect("an attempt");
    let words = || {
        endpoint.dispatch(Some(Duration::ZERO)).expect("driven");
        let mut buffer = vec![0; 4096];
        let count = stream.drain(&mut buffer).expect("open");
        buffer.truncate(count);
        buffer
    };
    let cr = words();
    let cc = [3, 0, 0, 11, 6, 0xd0, cr[8], cr[9], 0, 1, 0];
    assert_eq!(stream.feed(&cc).expect("open"), cc.len());
    (cr, words())
}

#[test]
fn what_is_on_the_wire() {
    let hex = |octets: &[u8]| octets.iter().map(|octet| format!("{octet:02x}")).collect::<String>();
    // The CR behind its reference; the CONNECT behind TPKT and DT.
    let cases = [
        (Profile::Mms, "00c0010bc1020001c2020001", "0d140506130100160102140200023302000134020001"),
        (Profile::Iccp, "00c0010b", "0d0c050613010016010214020002"),
        // Token sides: everything begins with the caller (PI 26).
        (Profile::X400, "00c0010b", "0d0f05091301001601031a010014020249"),
        (Profile::Strict, "00c0010bf00201ff", "0d0c050613010116010314020002"),
    ];
    for (profile, cr, cn) in cases {
        let (first, second) = first_words(profile);
        assert_eq!(hex(&first[10..]), cr, "{profile}");
        assert_eq!(hex(&second[7..]), cn, "{profile}");
        let context = DecodeContext { leniency: Leniency::STRICT, ..DecodeContext::unknown() };
        let decoded = spdu::decode(&second[7..], &context).expect("our own conforms");
        assert_eq!(decoded.spdus()[0].kind(), Kind::CN);
    }
}

#[test]
fn both_sides_of_a_profile_come_together() {
    for profile in Profile::ALL {
        let endpoint = endpoint();
        endpoint.start().expect("a thread");
        let mut config = ListenerConfig::default();
        config.session = SessionConfig::profile(profile);
        let listener = endpoint.listen("127.0.0.1:0", config).expect("a listener");
        let caller = endpoint
            .connect(&listener.local_address(), profile.connect_request(), SessionConfig::profile(profile))
            .expect("an attempt");
        let called = listener.accept(LONG).expect("a caller");
        let Ok(Event::ConnectIndication(indication)) = called.next_event(LONG) else { panic!("{profile}") };
        assert_eq!(indication.functional_units, profile.connect_request().functional_units, "{profile}");
        called.connect_response(profile.connect_response()).expect("accepted");
        caller.wait_connected(LONG).expect("connected");
        assert_eq!(caller.properties().functional_units, profile.connect_request().functional_units);
        assert_eq!(caller.properties().version, Versions::V2);
        if profile == Profile::X400 {
            caller.activity_start_request("a", Bytes::new()).expect("the token is here");
            assert!(matches!(called.next_event(LONG), Ok(Event::ActivityStartIndication(..))));
        }
        caller.data_request("data").expect("sent");
        assert!(matches!(called.next_event(LONG), Ok(Event::DataIndication(data)) if data == "data"));
    }
}

#[test]
fn another_world_is_refused_and_it_is_said_why() {
    let endpoint = endpoint();
    endpoint.start().expect("a thread");
    let mut config = ListenerConfig::default();
    config.session = SessionConfig::profile(Profile::Mms);
    let listener = endpoint.listen("127.0.0.1:0", config).expect("a listener");
    let caller = endpoint
        .connect(
            &listener.local_address(),
            Profile::X400.connect_request(),
            SessionConfig::profile(Profile::X400),
        )
        .expect("an attempt");
    assert_eq!(caller.wait_connected(LONG).expect_err("refused").kind(), ErrorKind::Peer);
    let refusal = endpoint.next_refusal().expect("the listener's side knows why");
    let text = refusal.error.to_string();
    assert!(text.contains("this side cannot provide enough"), "{text}");
    assert!(listener.try_accept().is_none());
}

#[test]
fn names_lead_to_profiles() {
    for profile in Profile::ALL {
        assert_eq!(profile.name().parse::<Profile>().expect("known"), profile);
        assert_eq!(profile.to_string(), profile.name());
        assert_eq!(SessionConfig::profile(profile).strict, profile == Profile::Strict);
    }
    let error = "MMS".parse::<Profile>().expect_err("names are written small");
    assert_eq!((error.kind(), error.details().parameter.as_deref()), (ErrorKind::Invalid, Some("profile")));
}
