//! The reader of SPDUs meets anything: no panic, everything can be shown, and what the strict reader takes the tolerant one
//! takes the same way.
//!
//! Input: two octets of settings, then a TSDU.
#![no_main]
use libfuzzer_sys::fuzz_target;
use osisession_proto::x225::parameter::{FunctionalUnits, Tokens, Versions};
use osisession_proto::x225::spdu::{
    DecodeContext, Decoded, Flow, Kind, Leniency, Segmenting, SpduBuilder, check_accept, check_connect,
    decode,
};

fn context(a: u8, b: u8) -> DecodeContext {
    DecodeContext {
        flow: if a & 1 == 0 { Flow::Normal } else { Flow::Expedited },
        version: [Versions::V2, Versions::V1, Versions::default(), Versions::V2][usize::from(a >> 1 & 3)],
        segmenting: [Segmenting::Unknown, Segmenting::Selected, Segmenting::NotSelected, Segmenting::Unknown]
            [usize::from(a >> 3 & 3)],
        extended_concatenation: a & 32 == 0,
        symmetric: [None, Some(false), Some(true), None][usize::from(a >> 6)],
        available_tokens: (b & 1 != 0).then(|| Tokens::from_bits_truncate(b << 1)),
        upper_limit: b >> 2,
        leniency: Leniency::STRICT,
        continuing: Kind::ALL.get(usize::from(b) % 64).copied(),
    }
}

fn look(decoded: &Decoded<'_>, tsdu: &[u8]) {
    assert!((1..=4).contains(&decoded.spdus().len()));
    assert_eq!(decoded.processing_order().count(), decoded.spdus().len());
    let octets: usize = decoded.spdus().iter().map(|spdu| spdu.octets().len()).sum();
    assert_eq!(octets, tsdu.len(), "octets that belong to no SPDU");
    for spdu in decoded.spdus() {
        assert!(spdu.to_string().starts_with(spdu.kind().name()));
        assert!(spdu.units().len() <= tsdu.len() / 2);
        for described in spdu.describe() {
            assert_eq!(tsdu[described.offset], described.code);
        }
        let _ = (check_connect(spdu), check_accept(spdu, FunctionalUnits::all()));
        let _ = (spdu.connection_identifier(), spdu.tsdu_maximum_size(), spdu.versions(), spdu.token_item());
        let _ = (spdu.initial_serial_number(), spdu.second_initial_serial_number(), spdu.token_setting());
        let _ = (spdu.upper_limit_serial_number(), spdu.serial_number(), spdu.second_serial_number());
        let _ = (spdu.resync_type(), spdu.second_resync_type(), spdu.prepare_type(), spdu.reason());
        let _ = (spdu.old_connection(), spdu.user_data(), spdu.reflected(), spdu.transport_disconnect());
        // Whatever was read can be written, in some way.
        let built = spdu
            .units()
            .iter()
            .fold(SpduBuilder::new(spdu.kind()), |built, unit| built.unit(unit.group, unit.code, unit.value));
        let _ = (built.encode_unchecked(), built.encode_as_set(), built.encode(&Default::default()));
    }
}

fuzz_target!(|input: &[u8]| {
    let [a, b, tsdu @ ..] = input else { return };
    let context = context(*a, *b);
    let strict = decode(tsdu, &context);
    let tolerant = decode(tsdu, &DecodeContext { leniency: Leniency::TOLERANT, ..context });
    match (&strict, &tolerant) {
        (Ok(strict), _) => assert_eq!(Ok(strict), tolerant.as_ref()),
        (Err(_), Ok(tolerant)) => assert!(!tolerant.leniencies().is_empty()),
        (Err(_), Err(_)) => {}
    }
    let unknown = decode(tsdu, &DecodeContext { flow: context.flow, ..DecodeContext::unknown() });
    for result in [strict, tolerant, unknown] {
        match result {
            Ok(decoded) => look(&decoded, tsdu),
            Err(error) => {
                assert!(!error.to_string().is_empty());
                assert!(error.details().offset.is_some_and(|at| at <= tsdu.len()), "{error}");
                assert!(error.details().clause.is_some(), "{error}");
            }
        }
    }
});
