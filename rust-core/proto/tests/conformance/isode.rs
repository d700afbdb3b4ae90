//! Sessions with ISODE as they were recorded (`interop/isode.md` tells how): every TSDU is read, judged and written again.
use crate::vectors::rebuild;
use osisession_proto::limits::Limits;
use osisession_proto::time::Instant;
use osisession_proto::x225::passive::{Content, Direction, Observed, Passive};
use osisession_proto::x225::spdu::{EncodeContext, Flow, Leniency};
use osisession_testkit::tsv;

/// What a listener saw of one TSDU, and its row.
struct Seen {
    row: tsv::Row,
    place: String,
    observed: Observed,
}

/// Every session from its CONNECT on, through a decoder that accepts what is known to be accepted.
fn observe() -> Vec<Seen> {
    let rows = tsv::isode_exchange();
    let mut seen = Vec::new();
    for session in rows.chunk_by(|a, b| a["session"] == b["session"]) {
        let initiator = session[0]["direction"];
        let mut passive = Passive::new(Limits::default(), Leniency::TOLERANT);
        for (at, row) in session.iter().enumerate() {
            let direction =
                if row["direction"] == initiator { Direction::Forward } else { Direction::Backward };
            let flow = if row["remark"].ends_with("expedited flow") { Flow::Expedited } else { Flow::Normal };
            passive.tsdu(direction, flow, tsv::octets(row["tsdu"]).into(), Instant::from_nanos(0));
            let place = format!("{} TSDU {}", row["session"], at + 1);
            while let Some(item) = passive.poll() {
                match item.content {
                    Content::Tsdu(observed) => {
                        seen.push(Seen { row: row.clone(), place: place.clone(), observed });
                    }
                    Content::Fault(error) => panic!("{place}: {error}"),
                    _ => {}
                }
            }
        }
    }
    seen
}

/// What ISODE sent and X.225 forbids, and under which name it is accepted.
const DEVIATIONS: &[(&str, Leniency)] = &[("abort-512-v1-ours TSDU 3", Leniency::ABORT_DATA)];

/// TSDUs in which a unit is present and empty: the Connection Identifier `01 00` of ISODE when its user gave no reference. It means
/// the same as its absence (X.225 8.2.6), and is not written by us.
const NOT_CANONICAL: &[&str] =
    &["refuse-0-v1-ours TSDU 2", "refuse-2-v2-ours TSDU 2", "symmetric-and-minor-ours TSDU 2"];

#[test]
fn every_tsdu_is_read() {
    let seen = observe();
    assert_eq!(seen.len(), tsv::isode_exchange().len());
    let mut deviations = Vec::new();
    for Seen { row, place, observed } in &seen {
        let decoded = observed.decode().unwrap_or_else(|error| panic!("{place}: {error}"));
        assert_eq!(observed.fault, None, "{place}");
        let kinds: Vec<_> = decoded.spdus().iter().map(|spdu| spdu.kind().name()).collect();
        assert_eq!(Some(kinds.join(" ").as_str()), row["remark"].split(';').next(), "{place}");
        for used in decoded.leniencies() {
            assert_eq!(row["direction"], "isode>ours", "{place}: we sent it");
            deviations.push((place.as_str(), used.leniency));
        }
    }
    assert_eq!(deviations, DEVIATIONS);
}

#[test]
fn every_tsdu_is_written_again() {
    for Seen { row, place, observed } in observe() {
        let decoded = observed.decode().unwrap_or_else(|error| panic!("{place}: {error}"));
        let conforms = decoded.leniencies().is_empty();
        let context = EncodeContext {
            version: observed.context.version,
            flow: observed.flow,
            symmetric: observed.context.symmetric == Some(true),
            ..EncodeContext::default()
        };
        let mut written = Vec::new();
        for spdu in decoded.spdus() {
            let spdu = rebuild(spdu);
            let octets = spdu.encode_unchecked();
            match spdu.encode(&context) {
                Ok(checked) => assert_eq!(checked, octets, "{place}"),
                Err(error) => assert!(!conforms, "{place}: {error}"),
            }
            written.extend(octets);
        }
        if NOT_CANONICAL.contains(&place.as_str()) {
            assert_eq!(row["direction"], "isode>ours", "{place}");
            assert_ne!(written, observed.octets, "{place} is canonical after all");
            // Two octets for the empty unit, and nothing else.
            assert_eq!(written.len() + 2, observed.octets.len(), "{place}");
        } else {
            assert_eq!(written, observed.octets, "{place}");
        }
    }
}
