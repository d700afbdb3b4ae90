//! Two engines back to back.
use super::*;

/// A caller and a callee, and the octets between them.
struct Pair {
    caller: Class0,
    callee: Class0,
    buffers: [BytesMut; 2],
    /// Octets per read.
    cut: usize,
}

impl Pair {
    fn new(caller: Config, callee: Config, cut: usize) -> Pair {
        let mut pair = Pair {
            caller: Class0::initiator(caller, 0x11),
            callee: Class0::responder(callee, 0x22),
            buffers: Default::default(),
            cut,
        };
        pair.caller.network_connected(NOW);
        pair.callee.network_connected(NOW);
        pair
    }

    /// Both sides settle; panics if they do not.
    fn open(caller: Config, callee: Config, cut: usize) -> Pair {
        let mut pair = Pair::new(caller, callee, cut);
        pair.caller.request(TransportRequest::Connect { expedited: true }, NOW).unwrap();
        pair.run();
        let Some(TransportIndication::Connect { expedited }) = pair.callee.poll_indication() else {
            panic!()
        };
        pair.callee.request(TransportRequest::ConnectResponse { expedited }, NOW).unwrap();
        pair.run();
        assert_eq!(pair.caller.poll_indication(), Some(TransportIndication::ConnectConfirm { expedited }));
        assert!(pair.caller.is_open() && pair.callee.is_open());
        assert!(pair.caller.forgiven().is_empty() && pair.callee.forgiven().is_empty());
        pair
    }

    /// Moves what waits on both sides.
    fn run(&mut self) {
        let [to_callee, to_caller] = &mut self.buffers;
        carry(&mut self.caller, &mut self.callee, to_callee, self.cut);
        carry(&mut self.callee, &mut self.caller, to_caller, self.cut);
    }
}

fn carry(from: &mut Class0, to: &mut Class0, buffer: &mut BytesMut, cut: usize) {
    for piece in output(from).chunks(cut) {
        buffer.extend_from_slice(piece);
        to.received(buffer, NOW);
    }
}

fn pattern(length: usize) -> Bytes {
    (0..length).map(|i| (i % 251) as u8).collect::<Vec<u8>>().into()
}

#[test]
fn tsdus_of_all_sizes_cross_at_all_tpdu_sizes() {
    for size in [128, 200, 1024, 8192, 40_000, 65_531] {
        for cut in [1, 7, 1460, 1 << 20] {
            let limit = config(|c| c.max_tpdu_size = size);
            let mut pair = Pair::open(limit.clone(), Config::default(), cut);
            let agreed = pair.caller.tpdu_size();
            assert_eq!(agreed, pair.callee.tpdu_size());
            assert!(agreed <= size && agreed >= size / 128 * 128 - 128, "{size}: {agreed}");
            let lengths =
                if cut == 1 { vec![1, 300] } else { vec![1, 125, 126, agreed - 3, agreed - 2, 3 * agreed] };
            for length in lengths {
                for header in [0, 2, 600, length].into_iter().filter(|&header| header <= length) {
                    let octets = pattern(length);
                    let tsdu = Tsdu { header: octets.slice(..header), user_data: octets.slice(header..) };
                    pair.callee.request(TransportRequest::Data(tsdu.clone()), NOW).unwrap();
                    pair.caller.request(TransportRequest::Data(tsdu), NOW).unwrap();
                    pair.run();
                    let expected = [TransportIndication::Data(octets)];
                    assert_eq!(indications(&mut pair.callee), expected, "{size} {cut} {length} {header}");
                    assert_eq!(indications(&mut pair.caller), expected, "{size} {cut} {length} {header}");
                }
            }
            assert!(pair.caller.forgiven().is_empty(), "{:?}", pair.caller.forgiven());
        }
    }
}

#[test]
fn the_smaller_of_two_limits_is_agreed() {
    for (caller, callee, agreed) in [
        (65_531, 65_531, 65_408),
        (65_531, 1_024, 1_024),
        (512, 65_531, 512),
        (65_531, 9_000, 8_960),
        (9_000, 200, 128),
    ] {
        let limit = |size| config(|c| c.max_tpdu_size = size);
        let pair = Pair::open(limit(caller), limit(callee), 1 << 20);
        assert_eq!((pair.caller.tpdu_size(), pair.callee.tpdu_size()), (agreed, agreed), "{caller} {callee}");
    }
}

#[test]
fn the_expedited_flow_needs_both_sides() {
    for (caller, callee) in [(false, false), (false, true), (true, false), (true, true)] {
        let mut pair =
            Pair::open(config(|c| c.expedited = caller), config(|c| c.expedited = callee), 1 << 20);
        let both = caller && callee;
        assert_eq!((pair.caller.expedited(), pair.callee.expedited()), (both, both));
        let request = TransportRequest::ExpeditedData(pattern(16));
        assert_eq!(pair.caller.request(request, NOW).is_ok(), both);
        pair.run();
        let expected = both.then(|| TransportIndication::ExpeditedData(pattern(16)));
        assert_eq!(pair.callee.poll_indication(), expected);
    }
}

#[test]
fn a_responder_may_decline_the_expedited_flow() {
    let allowed = config(|c| c.expedited = true);
    let mut pair = Pair::new(allowed.clone(), allowed, 1 << 20);
    pair.caller.request(TransportRequest::Connect { expedited: true }, NOW).unwrap();
    pair.run();
    assert_eq!(pair.callee.poll_indication(), Some(TransportIndication::Connect { expedited: true }));
    pair.callee.request(TransportRequest::ConnectResponse { expedited: false }, NOW).unwrap();
    pair.run();
    assert_eq!(pair.caller.poll_indication(), Some(TransportIndication::ConnectConfirm { expedited: false }));
    assert!(!pair.callee.expedited());
}

#[test]
fn expedited_data_overtakes_queued_data_but_splits_no_tpdu() {
    let small = config(|c| {
        c.expedited = true;
        c.max_tpdu_size = 128;
    });
    let mut pair = Pair::open(small.clone(), small, 1 << 20);
    let tsdu = Tsdu { header: pattern(2), user_data: pattern(400) };
    pair.caller.request(TransportRequest::Data(tsdu.clone()), NOW).unwrap();
    let mut written = pair.caller.poll_output().unwrap().to_vec();
    pair.caller.request(TransportRequest::ExpeditedData(pattern(5)), NOW).unwrap();
    written.extend(output(&mut pair.caller));
    let order: Vec<&str> = tpdus(&written).iter().map(Tpdu::mnemonic).collect();
    assert_eq!(order, ["DT", "ED", "DT", "DT", "DT"]);
    feed(&mut pair.callee, &written);
    assert_eq!(
        indications(&mut pair.callee),
        [TransportIndication::ExpeditedData(pattern(5)), TransportIndication::Data(tsdu.to_bytes())]
    );
}

#[test]
fn selectors_are_seen_on_both_sides() {
    let caller = config(|c| {
        c.calling_t_selector = Bytes::from_static(b"caller");
        c.called_t_selector = Bytes::from_static(b"callee");
    });
    let callee = config(|c| c.local_t_selectors = Some(vec![Bytes::from_static(b"callee")]));
    let pair = Pair::open(caller, callee, 3);
    for engine in [&pair.caller, &pair.callee] {
        assert_eq!(engine.calling_t_selector(), b"caller");
        assert_eq!(engine.called_t_selector(), b"callee");
        assert_eq!(engine.responding_t_selector(), b"callee");
    }
}

#[test]
fn refusals_arrive_with_their_reason() {
    let unknown = config(|c| c.local_t_selectors = Some(vec![Bytes::from_static(b"other")]));
    for (callee, refuse, reason) in
        [(unknown, None, 3), (Config::default(), Some(2), 2), (Config::default(), Some(1), 1)]
    {
        let mut pair = Pair::new(Config::default(), callee, 1);
        pair.caller.request(TransportRequest::Connect { expedited: false }, NOW).unwrap();
        pair.run();
        if let Some(reason) = refuse {
            assert!(matches!(pair.callee.poll_indication(), Some(TransportIndication::Connect { .. })));
            pair.callee.refuse(reason, NOW);
            pair.run();
            assert_eq!(pair.callee.poll_indication(), None);
        }
        let error = failed(&mut pair.caller);
        assert_eq!((error.kind(), error.details().reason), (ErrorKind::Transport, Some(reason)));
        assert!(pair.caller.wants_close() && pair.callee.wants_close());
    }
}

#[test]
fn reassembly_stops_at_its_limit() {
    const LIMIT: usize = 1000;
    for (size, length) in [(128, LIMIT - 1), (128, LIMIT), (128, LIMIT + 1), (8192, LIMIT), (8192, LIMIT + 1)]
    {
        let callee = config(|c| {
            c.limits.tsdu_reassembly = LIMIT;
            c.max_tpdu_size = size;
        });
        let mut pair = Pair::open(Config::default(), callee, 50);
        pair.caller.request(data(pattern(length)), NOW).unwrap();
        pair.run();
        if length <= LIMIT {
            assert_eq!(indications(&mut pair.callee), [TransportIndication::Data(pattern(length))]);
        } else {
            let error = failed(&mut pair.callee);
            assert_eq!((error.kind(), error.layer()), (ErrorKind::LimitHit, Layer::Transport));
            assert!(pair.callee.wants_close());
        }
    }
}

#[test]
fn a_tpdu_above_the_agreed_size_is_forgiven_or_not() {
    for tolerant in [true, false] {
        let callee = config(|c| {
            c.tolerant = tolerant;
            c.max_tpdu_size = 128;
        });
        let mut pair = Pair::open(Config::default(), callee, 1 << 20);
        for (user_data, fits) in [(125, true), (126, false)] {
            let dt = Tpdu::Dt(Data { end_of_tsdu: true, user_data: pattern(user_data), ..Data::default() });
            let octets = dt.encode().unwrap();
            feed(&mut pair.callee, &[&tpkt::header(octets.len()).unwrap()[..], &octets].concat());
            assert_eq!(pair.callee.is_open(), fits || tolerant);
            assert_eq!(pair.callee.forgiven().len(), usize::from(!fits && tolerant));
        }
    }
}
