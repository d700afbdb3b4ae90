//! Rules that no reference vector shows: each leniency on and off, parameters in the wrong place, what a writer refuses.
use osisession_proto::Bytes;
use osisession_proto::error::ErrorKind;
use osisession_proto::x225::parameter::*;
use osisession_proto::x225::primitive::OldConnection;
use osisession_proto::x225::spdu::{
    DecodeContext, EncodeContext, Flow, Kind, Leniency, Segmenting, SpduBuilder, check_accept, decode, emit,
    emit_concatenated,
};
use osisession_testkit::tsv;

/// Version 2, everything known, nothing forgiven.
fn strict() -> DecodeContext {
    DecodeContext {
        version: Versions::V2,
        segmenting: Segmenting::NotSelected,
        extended_concatenation: false,
        symmetric: Some(false),
        available_tokens: Some(Tokens::all()),
        ..DecodeContext::default()
    }
}

fn version_1() -> DecodeContext {
    DecodeContext { version: Versions::V1, ..strict() }
}

#[test]
fn each_leniency_is_refused_without_and_reported_with() {
    let finish_513 = "09ff0205c1ff0201{41*513}";
    let disconnect_513 = "0aff0205c1ff0201{41*513}";
    let segmenting = DecodeContext { segmenting: Segmenting::Selected, ..strict() };
    let cases: &[(Leniency, DecodeContext, &str, Kind)] = &[
        (Leniency::BARE_DATA, strict(), "01004142", Kind::DT),
        (Leniency::MISSING_PREFIX, strict(), "31032a0131", Kind::MIP),
        (Leniency::WRONG_PREFIX, strict(), "020031032a0131", Kind::MIP),
        (Leniency::WRONG_PREFIX, strict(), "010022061a01002a0135", Kind::RA),
        (Leniency::EXTENDED_NOT_AGREED, strict(), "010031032a0135010064617461", Kind::MIP),
        (Leniency::MISPLACED_PARAMETER, strict(), "0a03110101", Kind::DN),
        (Leniency::ORDER, strict(), "010035091b01001a01002a0135", Kind::RS),
        (Leniency::DUPLICATE, strict(), "0906110101110100", Kind::FN),
        (Leniency::REFUSE_LENGTHS, strict(), "0c07110101320902aa", Kind::RF),
        (Leniency::REFUSE_LENGTHS, strict(), "0c0432018516", Kind::RF),
        (Leniency::REFUSE_REQUIREMENTS, strict(), "0c0714020002320101", Kind::RF),
        (Leniency::ENCLOSURE_SINGLE, strict(), "0906190103c10141", Kind::FN),
        (Leniency::ENCLOSURE_SINGLE, strict(), "0100010319010341", Kind::DT),
        (Leniency::ENCLOSURE_MISSING, segmenting, "0100010041", Kind::DT),
        (Leniency::ENCLOSURE_MISSING, segmenting, "210041", Kind::TD),
        (Leniency::ABORT_WITHOUT_REASON, strict(), "1900", Kind::AB),
        (Leniency::ABORT_DATA, strict(), "1906110101c10141", Kind::AB),
        (Leniency::ABORT_DATA, version_1(), "190f110103c10a{41*10}", Kind::AB),
        (Leniency::RESYNC_TYPE_IN_ACK, strict(), "020022091a01001b01002a0135", Kind::RA),
        (Leniency::TOKEN_SETTING_MISSING, strict(), "010035061b01002a0135", Kind::RS),
        (Leniency::TOKEN_SETTING_MISSING, strict(), "020022032a0135", Kind::RA),
        (Leniency::ACCEPT_LENGTH, strict(), "0e0d050613010016010214020002", Kind::AC),
        (Leniency::ACCEPT_LENGTH, strict(), "0e0f050613010016010214020002c1004142434445", Kind::AC),
        (Leniency::RELEASE_DATA, version_1(), finish_513, Kind::FN),
        (Leniency::RELEASE_DATA, version_1(), disconnect_513, Kind::DN),
    ];
    for (leniency, context, hex, kind) in cases.iter().copied() {
        let octets = tsv::octets(hex);
        let names: Vec<_> = leniency.iter_names().map(|(name, _)| name).collect();
        let label = format!("{names:?} {hex}");
        let others = DecodeContext { leniency: Leniency::TOLERANT - leniency, ..context };
        for without in [context, others] {
            let error = decode(&octets, &without).expect_err(&label);
            assert_eq!(error.kind(), ErrorKind::Peer, "{label}");
            assert_eq!(error.details().octets, octets[..octets.len().min(16)], "{label}");
            assert!(error.details().clause.is_some() && error.details().offset.is_some(), "{label}");
        }
        let only = DecodeContext { leniency, ..context };
        let decoded = decode(&octets, &only).unwrap_or_else(|error| panic!("{label}: {error}"));
        assert!(decoded.spdus().iter().any(|spdu| spdu.kind() == kind), "{label}: {decoded:?}");
        assert!(!decoded.leniencies().is_empty(), "{label}");
        for used in decoded.leniencies() {
            assert_eq!(used.leniency, leniency, "{label}");
            assert!(used.offset < octets.len(), "{label}");
        }
    }
    // An ACCEPT without Session User Requirements, any serial number, any DISCONNECT is valid octets: what it means is the
    // machine's to forgive, and so is what comes without octets.
    let machine = Leniency::ABSENT_REQUIREMENTS
        | Leniency::ABANDON_NUMBER
        | Leniency::EARLY_DISCONNECT
        | Leniency::RELEASE_BY_CLOSE;
    let covered = cases.iter().fold(machine, |all, case| all | case.0);
    assert_eq!(covered, Leniency::TOLERANT, "a leniency has no case");
}

#[test]
fn a_parameter_in_the_wrong_place_says_nothing() {
    let tolerant = DecodeContext { leniency: Leniency::TOLERANT, ..strict() };
    // Enclosure Item in CONNECT, ABORT ACCEPT, FINISH's neighbours: none of them becomes a segment by it.
    for hex in ["0d03190102", "1a03190100", "1603190102"] {
        let octets = tsv::octets(hex);
        let decoded = decode(&octets, &tolerant).expect(hex);
        assert_eq!(decoded.leniencies()[0].leniency, Leniency::MISPLACED_PARAMETER, "{hex}");
        assert_eq!(decoded.spdus()[0].enclosure(), None, "{hex}");
        assert_eq!(decoded.spdus()[0].units().len(), 1, "the unit itself is kept: {hex}");
    }
    // Calling SS-user Reference in an ACCEPT, Token Item in a CONNECT.
    let octets = tsv::octets("0e0701050a03616263");
    let decoded = decode(&octets, &tolerant).expect("tolerant");
    assert!(decoded.spdus()[0].connection_identifier().is_empty());
    let octets = tsv::octets("0d03100101");
    assert_eq!(decode(&octets, &tolerant).expect("tolerant").spdus()[0].token_item(), None);
    // User Data of MIA stands in PI 46; PGI 193 is not it.
    let octets = tsv::octets("020032062a0131c10141");
    let decoded = decode(&octets, &tolerant).expect("tolerant");
    assert!(decoded.spdus()[1].user_data().is_empty());
}

#[test]
fn a_faulty_spdu_behind_its_prefix_never_becomes_data() {
    let tolerant = DecodeContext { leniency: Leniency::TOLERANT, ..strict() };
    // ACTIVITY START with an identifier of 7 octets, MINOR SYNC POINT with 7 digits, RESYNCHRONIZE type of 2 octets.
    for hex in ["01002d092907{41*7}", "010031092a07{31*7}", "010035071b0200002a0135"] {
        let octets = tsv::octets(hex);
        let outcome = decode(&octets, &tolerant);
        assert!(outcome.is_err(), "{hex}: {outcome:?}");
    }
    // What no SPDU can look like is the data of a peer that leaves the prefix out.
    for (hex, data) in [("010061034142", "61034142"), ("0100", ""), ("010031ff", "31ff"), ("0100fe", "fe")] {
        let octets = tsv::octets(hex);
        match decode(&octets, &tolerant) {
            Ok(decoded) => assert_eq!(decoded.spdus()[0].user_data(), tsv::octets(data), "{hex}"),
            Err(_) => assert!(data.is_empty(), "{hex}"),
        }
    }
}

#[test]
fn rules_beyond_the_vectors() {
    let expedited = DecodeContext { flow: Flow::Expedited, ..strict() };
    let symmetric = DecodeContext { symmetric: Some(true), ..strict() };
    let wide = |upper_limit| DecodeContext { upper_limit, ..strict() };
    // Octets and what the error says of them.
    let refused: &[(DecodeContext, &str, &str)] = &[
        (strict(), "0e12050c13010016010217013838010914020002", "the Large Initial Serial Numbers are used"),
        (strict(), "0e0f050913010016010239013814020002", "goes with an Upper Limit"),
        (expedited, "190a110103190101c1027071", "on the expedited flow nothing is segmented"),
        (expedited, "1906190102c10141", "on the expedited flow nothing is segmented"),
        (strict(), "4003160101", "there is no user information"),
        (strict(), "010031092a07{31*7}", "expected 1 to 6 octets, found 7"),
        (wide(8), "0100310b2a09{31*9}", "expected 1 to 8 octets, found 9"),
        (wide(0), "010031152a13{31*19}", "expected 1 to 18 octets, found 19"),
        (expedited, "0900", "FN came on the wrong flow"),
        (expedited, "010031032a0131", "GT came on the wrong flow"),
        (strict(), "050041", "EX came on the wrong flow"),
        (strict(), "01002d0329014131032a013129032a013132032a01310100", "more than four SPDUs"),
        (strict(), "", "the TSDU is empty"),
        (strict(), "09ff01", "is cut off"),
        (strict(), "09ff00fec1fc{41*252}", "a length below 255 has a length indicator of one octet"),
        (strict(), "0902c1ff", "the length indicator of three octets is cut off"),
        (strict(), "0903c1ff01", "the length indicator of three octets is cut off"),
        (strict(), "0903190100", "a middle segment has user data"),
        (strict(), "0c09160102190102320141", "only an Enclosure Item and user data"),
        (strict(), "0903190101", "a first segment has user data"),
        (strict(), "1906110101310100", "go with a protocol error only"),
        (expedited, "07061801021b0100", "this goes with symmetric synchronize only"),
        (expedited, "07061801031b0100", "go with Prepare Type 2 only"),
        (symmetric, "0100350c1a01001b01002a0135360136", "Resync Type is missing"),
        (symmetric, "010035091a01001b0100350100", "Serial Number is missing"),
        (symmetric, "010035031a0100", "Resync Type is missing"),
        (strict(), "01001d052100290161", "Linking Information is missing"),
        (strict(), "010319010131032a0131", "neither user data nor an Enclosure Item"),
    ];
    for (context, hex, why) in refused {
        let octets = tsv::octets(hex);
        let error = decode(&octets, context).expect_err(why);
        assert!(error.to_string().contains(why), "{why}: {error}");
        assert!(error.details().clause.is_some(), "{why}: {error}");
        assert!(error.details().offset.is_some_and(|at| at <= octets.len()), "{why}: {error}");
    }
    let two_tokens =
        DecodeContext { available_tokens: Some(Tokens::DATA | Tokens::SYNCHRONIZE_MINOR), ..strict() };
    let accepted: &[(&str, DecodeContext, &str)] = &[
        ("settings of tokens that do not exist", two_tokens, "010035091a01f01b01002a0135"),
        (
            "an open side of a token that the ACCEPT does not select",
            strict(),
            "0e0d05031a010214020002c1020102",
        ),
        ("8 digits where 8 are agreed", wide(8), "0100310a2a08{31*8}"),
        ("18 digits where there is no limit", wide(0), "010031142a12{31*18}"),
        ("a lower limit than 6 is none", wide(1), "010031082a06{31*6}"),
        ("PT before AR: the 1995 table prints it", strict(), "02001d0b21062901612a0135290162"),
        ("an ACCEPT with PI 56 and 57", strict(), "0e13050d1301001601023801093902313214020002"),
        ("unknown codes in a group", strict(), "0d0b0509130100160101bb0141"),
        ("Amendment 2 in any SPDU", strict(), "09033e0101"),
    ];
    for (why, context, hex) in accepted {
        let octets = tsv::octets(hex);
        let decoded = decode(&octets, context).unwrap_or_else(|error| panic!("{why}: {error}"));
        assert!(decoded.leniencies().is_empty(), "{why}");
    }
}

#[test]
fn spdus_are_processed_in_the_order_of_the_clause_not_of_the_wire() {
    use Kind::{AE, AS, DT, GT, MIA, MIP, PT};
    let context = DecodeContext { extended_concatenation: true, ..strict() };
    // X.225 6.3.7: the start of an activity, data, the synchronization point, tokens.
    let cases: [(&str, &[Kind]); 5] = [
        ("01031001042d0329014131032a013101007879", &[AS, DT, MIP, GT]),
        ("01002d0329014129032a0131010041", &[AS, DT, AE, GT]),
        ("010031032a0135010064617461", &[DT, MIP, GT]),
        ("010310010101007a", &[DT, GT]),
        ("020032032a0131", &[MIA, PT]),
    ];
    for (hex, expected) in cases {
        let octets = tsv::octets(hex);
        let decoded = decode(&octets, &context).unwrap_or_else(|error| panic!("{hex}: {error}"));
        let order: Vec<Kind> = decoded.processing_order().map(|spdu| spdu.kind()).collect();
        assert_eq!(order, expected, "{hex}");
    }
}

#[test]
fn of_two_the_first_counts() {
    let tolerant = DecodeContext { leniency: Leniency::DUPLICATE, ..strict() };
    let octets = tsv::octets("0906110101110100");
    let decoded = decode(&octets, &tolerant).expect("tolerant");
    assert_eq!(decoded.spdus()[0].transport_disconnect(), Some(TransportDisconnect::RELEASE));
    assert_eq!(decoded.leniencies()[0].offset, 5);
}

#[test]
fn an_accept_that_contradicts_is_refused() {
    use FunctionalUnits as Fu;
    let judge = |answer: Fu, proposed: Fu| {
        let octets = SpduBuilder::new(Kind::AC).functional_units(answer).encode_unchecked();
        let decoded = decode(&octets, &strict()).expect("valid octets");
        check_accept(&decoded.spdus()[0], proposed).is_ok()
    };
    let both = Fu::HALF_DUPLEX | Fu::DUPLEX;
    assert!(judge(Fu::DUPLEX, both));
    assert!(judge(Fu::DUPLEX | Fu::TYPED_DATA, Fu::DUPLEX), "more than proposed is not selected");
    assert!(!judge(both, both));
    assert!(!judge(Fu::HALF_DUPLEX, Fu::DUPLEX));
    assert!(!judge(Fu::TYPED_DATA, both));
    let synchronize = Fu::MINOR_SYNC | Fu::SYMMETRIC_SYNC;
    assert!(!judge(Fu::DUPLEX | synchronize, Fu::DUPLEX | synchronize));
    let separate = Fu::DUPLEX | Fu::ACTIVITY_MANAGEMENT | Fu::DATA_SEPARATION | Fu::MINOR_SYNC;
    assert!(!judge(separate, separate));
    assert!(!judge(Fu::DUPLEX | Fu::MINOR_SYNC, Fu::all()), "the initial serial number is missing");
}

#[test]
fn every_setter_is_read_back_by_its_getter() {
    let identifier = ConnectionIdentifier {
        ss_user_reference: Bytes::from_static(b"user"),
        common_reference: Bytes::from_static(b"common"),
        additional_reference: Bytes::from_static(b"add"),
    };
    let sizes = TsduSizes { initiator_to_responder: 1024, responder_to_initiator: 513 };
    let mut sides = TokenAssignment::all(TokenSide::Acceptor);
    sides.set(Tokens::RELEASE, TokenSide::AcceptorChooses);
    let connect = SpduBuilder::new(Kind::CN)
        .user_data(&b"data"[..])
        .called_selector(b"called")
        .calling_selector(b"calling")
        .functional_units(FunctionalUnits::DUPLEX | FunctionalUnits::TYPED_DATA)
        .upper_limit_serial_number(9)
        .second_initial_serial_number(700_000_000)
        .initial_serial_number(12)
        .token_setting(sides)
        .versions(Versions::default())
        .tsdu_maximum_size(sizes)
        .extended_concatenation(true)
        .connection_identifier_calling(&identifier)
        .encode(&EncodeContext::default())
        .expect("valid");
    let decoded = decode(&connect, &strict()).expect("valid");
    let cn = &decoded.spdus()[0];
    assert_eq!((cn.kind(), cn.offset(), cn.octets()), (Kind::CN, 0, &connect[..]));
    assert_eq!(cn.connection_identifier(), identifier);
    assert!(cn.extended_concatenation() && !cn.data_overflow());
    assert_eq!(cn.tsdu_maximum_size(), Some(sizes));
    assert_eq!(cn.versions(), Some(Versions::default()));
    assert_eq!(cn.initial_serial_number(), Some(12));
    assert_eq!(cn.second_initial_serial_number(), Some(700_000_000));
    assert_eq!(cn.upper_limit_serial_number(), Some(9));
    assert_eq!(cn.token_setting(), Some(sides));
    assert_eq!(cn.functional_units(), Some(FunctionalUnits::DUPLEX | FunctionalUnits::TYPED_DATA));
    assert_eq!((cn.calling_selector(), cn.called_selector()), (Some(&b"calling"[..]), Some(&b"called"[..])));
    assert_eq!(cn.user_data(), b"data");
    let line = cn.to_string();
    for part in ["CN", "half-duplex", "duplex, typed-data", "9 digits", "12", "User Data 4 octets"] {
        assert_eq!(line.contains(part), part != "half-duplex", "{part}: {line}");
    }
    let tree = cn.describe();
    let group = tree.iter().find(|item| item.code == 5).expect("group 5");
    assert_eq!(group.inside.len(), 7);
    assert_eq!((group.name, group.inside[0].name), (Some("Connect/Accept Item"), Some("Protocol Options")));
    let flat: Vec<_> = cn.units().iter().map(|unit| cn.describe_unit(unit)).collect();
    let at = flat.iter().position(|item| item.code == 5).expect("group 5");
    assert!(flat[at].inside.is_empty());
    assert_eq!(flat[at + 1..at + 8], group.inside);

    let old = OldConnection {
        called_reference: Bytes::from_static(b"1"),
        calling_reference: Bytes::from_static(b"22"),
        common_reference: Bytes::from_static(b"333"),
        additional_reference: Bytes::from_static(b"4444"),
    };
    let resume = SpduBuilder::new(Kind::AR)
        .activity_identifier(b"new")
        .second_serial_number(8)
        .serial_number(7)
        .old_activity_identifier(b"old")
        .old_connection(&old);
    let symmetric = EncodeContext { symmetric: true, ..EncodeContext::default() };
    let prefix = SpduBuilder::new(Kind::GT).token_item(Tokens::DATA | Tokens::RELEASE);
    let tsdu = emit_concatenated(&[prefix, resume], &symmetric).expect("valid").to_bytes();
    let context = DecodeContext { symmetric: Some(true), ..strict() };
    let decoded = decode(&tsdu, &context).expect("valid");
    let ar = &decoded.spdus()[1];
    assert_eq!(decoded.spdus()[0].token_item(), Some(Tokens::DATA | Tokens::RELEASE));
    assert_eq!((ar.serial_number(), ar.second_serial_number()), (Some(7), Some(8)));
    assert_eq!(ar.activity_identifier(), Some(&b"new"[..]));
    assert_eq!(ar.old_activity_identifier(), Some(&b"old"[..]));
    assert_eq!(ar.old_connection(), Some(old));
    let order: Vec<Kind> = decoded.processing_order().map(|spdu| spdu.kind()).collect();
    assert_eq!(order, [Kind::AR, Kind::GT]);

    let both = SpduBuilder::new(Kind::RS)
        .resync_type(ResyncType::Abandon)
        .second_resync_type(ResyncType::Set)
        .serial_number(1)
        .second_serial_number(2)
        .token_setting(sides)
        .encode(&symmetric)
        .expect("valid");
    let tsdu = [&[1, 0][..], &both].concat();
    let decoded = decode(&tsdu, &context).expect("valid");
    let rs = &decoded.spdus()[1];
    assert_eq!(rs.resync_type(), Some(ResyncType::Abandon));
    assert_eq!(rs.second_resync_type(), Some(ResyncType::Set));
    assert_eq!(rs.token_setting(), Some(sides));

    let refuse = SpduBuilder::new(Kind::RF)
        .connection_identifier_called(&identifier)
        .reason(refuse_reason::USER_DATA)
        .transport_disconnect(TransportDisconnect::RELEASE)
        .user_data(&b"why"[..])
        .encode(&EncodeContext::default())
        .expect("valid");
    let decoded = decode(&refuse, &strict()).expect("valid");
    let rf = &decoded.spdus()[0];
    assert_eq!((rf.reason(), rf.user_data()), (Some(2), &b"why"[..]));
    assert_eq!(rf.transport_disconnect(), Some(TransportDisconnect::RELEASE));
    assert_eq!(rf.connection_identifier(), identifier);
}

#[test]
fn what_cannot_be_right_is_never_written() {
    let v2 = EncodeContext::default();
    let v1 = EncodeContext { version: Versions::V1, ..v2 };
    let expedited = EncodeContext { flow: Flow::Expedited, ..v2 };
    let new = SpduBuilder::new;
    let abort = new(Kind::AB)
        .transport_disconnect(TransportDisconnect::USER_ABORT | TransportDisconnect::PROTOCOL_ERROR)
        .reflected(&[1; 9])
        .user_data(&[2; 9][..]);
    let cases: &[(&str, SpduBuilder, EncodeContext)] = &[
        ("a parameter of another SPDU", new(Kind::FN).prepare_type(PrepareType::Abort), v2),
        ("an unknown parameter", new(Kind::FN).unit(None, 200, b"x"), v2),
        ("the same parameter twice", new(Kind::OA).versions(Versions::V2).versions(Versions::V2), v2),
        ("a mandatory parameter is missing", new(Kind::MIP), v2),
        ("a selector of 17 octets", new(Kind::CN).called_selector(&[0; 17]), v2),
        ("a serial number of 7 digits", new(Kind::MIA).serial_number(1_000_000), v2),
        ("513 octets of user data in version 1", new(Kind::DN).user_data(vec![0; 513]), v1),
        ("user data where there is none", new(Kind::AA).user_data(&b"x"[..]), v2),
        ("user data of a REFUSE without reason", new(Kind::RF).user_data(&b"x"[..]), v2),
        ("user data of a REFUSE with reason 1", new(Kind::RF).reason(1).user_data(&b"x"[..]), v2),
        (
            "user data in an ABORT of the provider",
            { new(Kind::AB).transport_disconnect(TransportDisconnect::RELEASE).user_data(&b"x"[..]) },
            v2,
        ),
        ("an ABORT that the expedited flow cannot carry", abort, expedited),
        ("15 octets of expedited data", new(Kind::EX).user_data(&[0; 15][..]), expedited),
        ("65536 octets of parameters", new(Kind::FN).user_data(vec![0; 65_532]), v2),
        ("OVERFLOW ACCEPT of version 1", new(Kind::OA).versions(Versions::V1), v2),
        ("a Resync Type 3", new(Kind::RS).unit(None, 27, &[3]).serial_number(1), v2),
    ];
    for (why, spdu, context) in cases {
        let error = spdu.encode(context).expect_err(why);
        assert_eq!(error.kind(), ErrorKind::Invalid, "{why}");
        assert_eq!(error.details().pdu, Some(spdu.kind().name()), "{why}");
        assert!(error.details().clause.is_some(), "{why}");
    }
    let mut given = 0;
    let mut count = |_| given += 1;
    let none = Tokens::empty();
    let too_small = EncodeContext { max_tsdu: 5, ..v2 };
    let some = |kind| new(kind).user_data(&[7; 600][..]);
    let limited = EncodeContext { max_tsdu: 128, ..v2 };
    assert!(emit(none, new(Kind::GT), &v2, &mut count).is_err(), "a GIVE TOKENS that gives nothing");
    assert!(emit(Tokens::DATA, new(Kind::FN), &v2, &mut count).is_err(), "tokens with a category 1 SPDU");
    assert!(emit(Tokens::DATA, some(Kind::CD), &v2, &mut count).is_err(), "tokens with CD");
    assert!(emit(Tokens::DATA, some(Kind::TD), &v2, &mut count).is_err(), "tokens with TD");
    assert!(emit(none, new(Kind::DT), &v2, &mut count).is_err(), "no data");
    assert!(emit(none, some(Kind::DT), &too_small, &mut count).is_err(), "no room for a segment");
    assert!(emit(none, some(Kind::FN), &too_small, &mut count).is_err(), "no room for a segment");
    let v1_limited = EncodeContext { version: Versions::V1, ..limited };
    let long = new(Kind::FN).user_data(&[7; 200][..]);
    assert!(emit(none, long, &v1_limited, &mut count).is_err(), "version 1 segments only data");
    assert!(emit(none, new(Kind::ER).reflected(&[1; 200]), &limited, &mut count).is_err(), "ER is whole");
    assert_eq!(given, 0, "nothing was given out on an error");
    let deny = |spdus: &[SpduBuilder]| emit_concatenated(spdus, &v2).expect_err("no concatenation").kind();
    assert_eq!(deny(&[]), ErrorKind::Invalid);
    assert_eq!(deny(&[new(Kind::AA)]), ErrorKind::Invalid);
    assert_eq!(deny(&[new(Kind::PT), some(Kind::DT)]), ErrorKind::Invalid);
}
