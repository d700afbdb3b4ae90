//! Everything that users of small sets of functional units can do, to a stated depth.
use osisession_proto::x225::FunctionalUnits as Fu;
use osisession_testkit::exhaust::search;

/// Functional units, with the transport expedited flow or not, and the depth: so many requests and arrivals after S-CONNECT.
fn cases() -> Vec<(Fu, bool, u32)> {
    let plain = Fu::DUPLEX;
    vec![
        (plain, false, 14),
        (plain | Fu::TYPED_DATA | Fu::EXPEDITED_DATA, true, 8),
        (Fu::HALF_DUPLEX | Fu::NEGOTIATED_RELEASE, false, 12),
        (Fu::HALF_DUPLEX | Fu::EXCEPTIONS, true, 10),
        (plain | Fu::MINOR_SYNC, true, 10),
        (plain | Fu::MAJOR_SYNC, true, 10),
        (plain | Fu::MINOR_SYNC | Fu::RESYNCHRONIZE, true, 8),
        (plain | Fu::MINOR_SYNC | Fu::RESYNCHRONIZE, false, 8),
        (plain | Fu::MINOR_SYNC | Fu::RESYNCHRONIZE | Fu::DATA_SEPARATION, true, 7),
        (plain | Fu::SYMMETRIC_SYNC | Fu::RESYNCHRONIZE, true, 8),
        (plain | Fu::SYMMETRIC_SYNC | Fu::MAJOR_SYNC, true, 9),
        (plain | Fu::ACTIVITY_MANAGEMENT, true, 9),
        (plain | Fu::ACTIVITY_MANAGEMENT, false, 9),
        (plain | Fu::ACTIVITY_MANAGEMENT | Fu::CAPABILITY_DATA, true, 8),
    ]
}

#[test]
fn whatever_two_users_do_no_protocol_error_and_no_disagreement() {
    for (units, expedited, depth) in cases() {
        match search(units, expedited, depth) {
            Ok(seen) => println!("{units}; expedited flow {expedited}; depth {depth}: {seen:?}"),
            Err(error) => panic!("{units}, expedited {expedited}, depth {depth}: {error}"),
        }
    }
}
