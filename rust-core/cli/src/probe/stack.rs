//! Which stack it is likely to be: a table of things that can be seen from outside.
//!
//! Where the facts come from: for libiec61850 and ISODE the talks with them (`interop/README.md`, `interop/isode.md`) and, for the fields of the
//! CC and of the AC of libiec61850, its public sources (`cotp.c`, `iso_session.c`), seen on the wire too; for osisession this repository.
use super::attempt::{Accept, Attempt};
use osisession::proto::transport::tpdu::parameter;
use osisession::{FunctionalUnits, Versions};

/// What was seen; `None`: it was not asked, or there was no answer that says it.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    /// Source references of the CCs.
    references: Vec<u16>,
    /// CC has T-selectors 0001 although the CR had none.
    invents_selectors: Option<bool>,
    /// CC answers a preferred maximum TPDU size with one.
    knows_preferred_size: Option<bool>,
    takes_any_t_selector: Option<bool>,
    /// Versions 1 and 2 proposed: the transport connection is closed, while version 2 alone is accepted.
    closes_on_both: Option<bool>,
    accepts_version_2: Option<bool>,
    accepts_version_1: Option<bool>,
    selects_2_of_both: Option<bool>,
    /// AC has a responding selector 0001 although the CN had none.
    invents_s_selector: Option<bool>,
    /// AC repeats units that exclude each other.
    repeats_units: Option<bool>,
    /// AC starts with an empty Connection Identifier.
    empty_identifier: Option<bool>,
    /// Protocol Options of AC: extended concatenation can be received.
    takes_concatenation: Option<bool>,
    /// The transport connection ends by a DR after the release.
    ends_by_dr: Option<bool>,
}

impl Facts {
    /// What any attempt shows.
    pub(super) fn learn(&mut self, attempt: &Attempt) {
        if let Some(cc) = &attempt.cc {
            self.references.push(cc.source_reference);
            let has = |code| cc.find(code).is_some();
            if attempt.without_t_selectors {
                let invented = |code| cc.find(code).is_some_and(|(_, value)| value[..] == [0, 1]);
                self.invents_selectors =
                    Some(invented(parameter::CALLED_T_SELECTOR) && invented(parameter::CALLING_T_SELECTOR));
            }
            if has(parameter::PREFERRED_TPDU_SIZE) {
                self.knows_preferred_size = Some(true);
            } else {
                self.knows_preferred_size.get_or_insert(false);
            }
        }
        if let Some(Accept { octets, .. }) = &attempt.accept {
            // SI, LI (one or three octets), then the first parameter.
            let first = match octets.as_ref() {
                [_, 0xff, _, _, rest @ ..] | [_, _, rest @ ..] => rest,
                _ => &[],
            };
            self.empty_identifier = Some(first.starts_with(&[1, 0]));
        }
        if let Some(confirm) = &attempt.confirm {
            self.takes_concatenation = Some(confirm.extended_concatenation);
        }
        if attempt.released {
            self.ends_by_dr = Some(attempt.ended_by_dr);
        }
    }

    pub(super) fn improbable_t_selector(&mut self, attempt: &Attempt) {
        self.takes_any_t_selector = Some(attempt.cc.is_some());
    }

    pub(super) fn versions(&mut self, proposed: Versions, attempt: &Attempt) {
        let accepted = attempt.confirm.is_some();
        if proposed == Versions::V1 {
            self.accepts_version_1 = Some(accepted);
        } else if proposed == Versions::V2 {
            self.accepts_version_2 = Some(accepted);
        } else {
            let closed = attempt.diagnosis.as_ref().map(|diagnosis| diagnosis.cause);
            self.closes_on_both = Some(closed == Some(osisession::Cause::ClosedInsteadOfAc));
            self.selects_2_of_both = attempt.confirm.as_ref().map(|confirm| confirm.version == Versions::V2);
        }
    }

    pub(super) fn null_s_selector(&mut self, attempt: &Attempt) {
        if let Some(Accept { responding_selector, .. }) = &attempt.accept {
            self.invents_s_selector = Some(responding_selector.as_deref() == Some(&[0, 1]));
        }
    }

    pub(super) fn units(&mut self, attempt: &Attempt) {
        let both = FunctionalUnits::MINOR_SYNC | FunctionalUnits::SYMMETRIC_SYNC;
        if let Some(Accept { units: Some(units), .. }) = &attempt.accept
            && attempt.request_units.contains(both)
        {
            self.repeats_units = Some(*units == attempt.request_units);
        }
    }

    fn reference_is_always_1(&self) -> Option<bool> {
        (self.references.len() > 1).then(|| self.references.iter().all(|reference| *reference == 1))
    }

    fn references_differ(&self) -> Option<bool> {
        let first = self.references.first()?;
        (self.references.len() > 1).then(|| self.references.iter().any(|reference| reference != first))
    }

    fn closes_on_both_only(&self) -> Option<bool> {
        Some(self.closes_on_both? && self.accepts_version_2?)
    }
}

/// What is seen of a stack, and in which words that is told.
struct Mark {
    text: &'static str,
    seen: fn(&Facts) -> Option<bool>,
    /// Seldom elsewhere.
    strong: bool,
}

struct Row {
    name: &'static str,
    marks: &'static [Mark],
}

macro_rules! mark {
    (strong $text:literal, $seen:expr) => {
        Mark { text: $text, seen: $seen, strong: true }
    };
    ($text:literal, $seen:expr) => {
        Mark { text: $text, seen: $seen, strong: false }
    };
}

const ROWS: &[Row] = &[
    Row {
        name: "libiec61850",
        marks: &[
            mark!(strong "CC names T-selectors 0001 although the CR has none", |f| f.invents_selectors),
            mark!(strong "closes on versions 1 and 2, accepts version 2 alone", Facts::closes_on_both_only),
            mark!(strong "ACCEPT repeats functional units that exclude each other", |f| f.repeats_units),
            mark!(strong "ACCEPT names session selector 0001 although the CONNECT has none", |f| f.invents_s_selector),
            mark!("source reference of every CC is 1", Facts::reference_is_always_1),
            mark!("takes any T-selector", |f| f.takes_any_t_selector),
            mark!("does not know the preferred maximum TPDU size", |f| f
                .knows_preferred_size
                .map(|knows| !knows)),
        ],
    },
    Row {
        name: "ISODE",
        marks: &[
            mark!(strong "ACCEPT has an empty Connection Identifier", |f| f.empty_identifier),
            mark!("ends the transport connection by DR after a release", |f| f.ends_by_dr),
            mark!("does not take extended concatenation", |f| f.takes_concatenation.map(|takes| !takes)),
            mark!("accepts version 1", |f| f.accepts_version_1),
        ],
    },
    Row {
        name: "osisession",
        marks: &[
            mark!(strong "knows the preferred maximum TPDU size", |f| f.knows_preferred_size),
            mark!(strong "takes extended concatenation, and does not repeat units that exclude each other", |f| {
                Some(f.takes_concatenation? && !f.repeats_units.unwrap_or(false))
            }),
            mark!("selects version 2 of 1 and 2", |f| f.selects_2_of_both),
            mark!("source references of CCs differ", Facts::references_differ),
        ],
    },
];

/// What the table says.
pub(super) struct Guess {
    pub(super) name: Option<&'static str>,
    /// `likely`, `perhaps`, `unknown`.
    pub(super) certainty: &'static str,
    pub(super) facts: Vec<&'static str>,
    pub(super) against: Vec<&'static str>,
}

/// The row that fits best: at least two marks, one of them strong, and more for it than against it.
pub(super) fn guess(facts: &Facts) -> Guess {
    let mut best: Option<(usize, Guess)> = None;
    for row in ROWS {
        let seen = |wanted: bool| row.marks.iter().filter(move |mark| (mark.seen)(facts) == Some(wanted));
        let strong = seen(true).filter(|mark| mark.strong).count();
        let (pro, contra) = (seen(true).count(), seen(false).count());
        let strong_against = seen(false).filter(|mark| mark.strong).count();
        if strong == 0 || pro < 2 || pro <= contra {
            continue;
        }
        let score = 2 * strong + pro - contra.min(pro);
        if best.as_ref().is_none_or(|(other, _)| score > *other) {
            let certainty = if strong_against == 0 && strong >= 2 { "likely" } else { "perhaps" };
            let texts = |wanted| seen(wanted).map(|mark| mark.text).collect();
            best = Some((
                score,
                Guess { name: Some(row.name), certainty, facts: texts(true), against: texts(false) },
            ));
        }
    }
    best.map_or(
        Guess { name: None, certainty: "unknown", facts: Vec::new(), against: Vec::new() },
        |(_, guess)| guess,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn libiec61850() -> Facts {
        Facts {
            references: vec![1, 1, 1],
            invents_selectors: Some(true),
            knows_preferred_size: Some(false),
            takes_any_t_selector: Some(true),
            closes_on_both: Some(true),
            accepts_version_2: Some(true),
            invents_s_selector: Some(true),
            repeats_units: Some(true),
            ..Facts::default()
        }
    }

    #[test]
    fn each_stack_by_what_it_shows() {
        let found = guess(&libiec61850());
        assert_eq!((found.name, found.certainty), (Some("libiec61850"), "likely"));
        assert!(found.against.is_empty());

        let isode = Facts {
            references: vec![7, 9],
            empty_identifier: Some(true),
            takes_concatenation: Some(false),
            ends_by_dr: Some(true),
            accepts_version_1: Some(true),
            knows_preferred_size: Some(false),
            invents_selectors: Some(false),
            ..Facts::default()
        };
        assert_eq!(guess(&isode).name, Some("ISODE"));
        // One strong mark alone makes nobody sure.
        assert_eq!(guess(&isode).certainty, "perhaps");
    }

    #[test]
    fn nothing_seen_is_nobody() {
        assert_eq!(guess(&Facts::default()).name, None);
        let little = Facts { accepts_version_1: Some(true), ends_by_dr: Some(true), ..Facts::default() };
        assert_eq!(guess(&little).name, None, "no strong mark");
    }

    #[test]
    fn what_speaks_against_it_is_told() {
        let mut changed = libiec61850();
        changed.closes_on_both = Some(false);
        let found = guess(&changed);
        assert_eq!((found.name, found.certainty), (Some("libiec61850"), "perhaps"));
        assert_eq!(found.against, ["closes on versions 1 and 2, accepts version 2 alone"]);
    }
}
