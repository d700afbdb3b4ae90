//! Who may come: callers that have not yet said what they want are counted, in all and by source, and turned away before they
//! cost anything.
use parking_lot::Mutex;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::net::IpAddr;

/// What a listener allows, see [`crate::ListenerConfig`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowed {
    pub(crate) in_all: usize,
    pub(crate) per_source: usize,
    pub(crate) early_refusal_from: usize,
}

impl Allowed {
    /// Where several listeners share an address: the most that one of them allows.
    pub(crate) fn or(self, other: Allowed) -> Allowed {
        Allowed {
            in_all: self.in_all.max(other.in_all),
            per_source: self.per_source.max(other.per_source),
            early_refusal_from: self.early_refusal_from.max(other.early_refusal_from),
        }
    }
}

/// The callers without CONNECT at one address.
#[derive(Debug, Default)]
pub(crate) struct Admission(Mutex<Counted>);

#[derive(Debug, Default)]
struct Counted {
    in_all: usize,
    /// Those that have one: a pipe has no source.
    by_source: HashMap<IpAddr, usize>,
}

impl Admission {
    /// Counts a caller, unless there are too many. Whoever is admitted is to be [`Admission::settled`] once.
    pub(crate) fn admit(&self, source: Option<IpAddr>, allowed: Allowed) -> bool {
        self.admit_with(source, allowed, random)
    }

    fn admit_with(&self, source: Option<IpAddr>, allowed: Allowed, random: impl FnOnce() -> u64) -> bool {
        let mut counted = self.0.lock();
        let from_there = source.map_or(0, |source| counted.by_source.get(&source).copied().unwrap_or(0));
        if counted.in_all >= allowed.in_all || from_there >= allowed.per_source {
            return false;
        }
        // From none at the threshold to all at the limit: a flood meets closed doors more and more often, and those who come honestly
        // still have their chance.
        let range = allowed.in_all.saturating_sub(allowed.early_refusal_from) as u64;
        let over = counted.in_all.saturating_sub(allowed.early_refusal_from) as u64;
        if over > 0 && random() % range.max(1) < over {
            return false;
        }
        counted.in_all += 1;
        if let Some(source) = source {
            *counted.by_source.entry(source).or_default() += 1;
        }
        true
    }

    /// An admitted caller's CONNECT came, or it is gone.
    pub(crate) fn settled(&self, source: Option<IpAddr>) {
        let mut counted = self.0.lock();
        counted.in_all = counted.in_all.saturating_sub(1);
        if let Some(source) = source
            && let Some(count) = counted.by_source.get_mut(&source)
        {
            *count -= 1;
            if *count == 0 {
                counted.by_source.remove(&source);
            }
        }
    }
}

/// Not to be foreseen by a peer: the keys come from the system.
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALLOWED: Allowed = Allowed { in_all: 100, per_source: 10, early_refusal_from: 10 };

    fn source(n: usize) -> Option<IpAddr> {
        Some(IpAddr::from([10, 0, (n >> 8) as u8, n as u8]))
    }

    #[test]
    fn one_source_has_its_share_and_not_more() {
        let admission = Admission::default();
        for _ in 0..ALLOWED.per_source {
            assert!(admission.admit_with(source(1), ALLOWED, || u64::MAX));
        }
        assert!(!admission.admit_with(source(1), ALLOWED, || u64::MAX));
        assert!(admission.admit_with(source(2), ALLOWED, || 89));
        admission.settled(source(1));
        assert!(admission.admit_with(source(1), ALLOWED, || 89));
        assert!(!admission.admit_with(source(1), ALLOWED, || 89));
    }

    #[test]
    fn all_together_have_theirs() {
        let admission = Admission::default();
        for n in 0..ALLOWED.in_all {
            assert!(admission.admit_with(source(n), ALLOWED, || 89), "{n}");
        }
        assert!(!admission.admit_with(source(200), ALLOWED, || 89));
        assert!(!admission.admit_with(None, ALLOWED, || 89));
        (0..ALLOWED.in_all).for_each(|n| admission.settled(source(n)));
        assert!(admission.0.lock().by_source.is_empty());
        assert_eq!(admission.0.lock().in_all, 0);
    }

    #[test]
    fn refusal_sets_in_early_and_grows() {
        // With a draw of 45 of 90, half of the way is where it begins.
        let admission = Admission::default();
        for n in 0..=55 {
            assert!(admission.admit_with(source(n), ALLOWED, || 45), "{n}");
        }
        assert!(!admission.admit_with(source(56), ALLOWED, || 45));
        // No draw is asked for up to the threshold.
        let admission = Admission::default();
        for n in 0..=10 {
            assert!(admission.admit_with(source(n), ALLOWED, || panic!("asked at {n}")));
        }
        // A flood against real draws: some get in between, none beyond the limit.
        let admission = Admission::default();
        let admitted = (0..10_000).filter(|n| admission.admit(source(*n), ALLOWED)).count();
        assert!((11..=100).contains(&admitted), "{admitted}");
    }
}
