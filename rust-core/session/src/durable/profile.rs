//! What stands in the first record of a dialogue's log for its node: where the peer is, the label, settings that must not change.
//!
//! | octets | field |
//! |---|---|
//! | 1 | version, 1 |
//! | 1 | durability: every message 0, every checkpoint 1 |
//! | 1 | delivery: inbox 0, application 1 |
//! | 8 | idle time in milliseconds, 0 for none |
//! | 2 + n each | label, address, called and calling T-selector, called and calling session selector |
//!
//! Integers are big-endian.
use super::config::{Kept, Peer};
use bytes::Bytes;
use osisession_dialogue::{Config, Delivery, Durability};
use osisession_proto::Error;
use std::time::Duration;

/// Longest label, in octets.
pub(super) const MAX_LABEL: usize = 1_024;
const VERSION: u8 = 1;

/// The profile of a dialogue.
pub(super) struct Profile {
    pub(super) label: Bytes,
    /// Empty address: not known.
    pub(super) peer: Peer,
    pub(super) kept: Kept,
}

impl Profile {
    pub(super) fn of(label: &Bytes, peer: Option<&Peer>, config: &Config) -> Profile {
        let kept = Kept { durability: config.durability, delivery: config.delivery, idle: config.idle };
        Profile { label: label.clone(), peer: peer.cloned().unwrap_or_default(), kept }
    }

    pub(super) fn encode(&self) -> Result<Bytes, Error> {
        let Profile { label, peer, kept } = self;
        if label.len() > MAX_LABEL {
            return Err(Error::invalid(format!(
                "a label of {} octets, at most {MAX_LABEL} are possible",
                label.len()
            )));
        }
        let durability = match kept.durability {
            Durability::EveryMessage | Durability::MemoryOnly => 0,
            Durability::EveryCheckpoint => 1,
        };
        let delivery = match kept.delivery {
            Delivery::Inbox => 0,
            Delivery::Application => 1,
        };
        let mut out = vec![VERSION, durability, delivery];
        let idle = kept.idle.map_or(0, |idle| u64::try_from(idle.as_millis()).unwrap_or(u64::MAX).max(1));
        out.extend_from_slice(&idle.to_be_bytes());
        for field in [
            &label[..],
            peer.address.as_bytes(),
            &peer.called_t_selector,
            &peer.calling_t_selector,
            &peer.called_selector,
            &peer.calling_selector,
        ] {
            let length = u16::try_from(field.len())
                .map_err(|_| Error::invalid(format!("an address of {} octets", field.len())))?;
            out.extend_from_slice(&length.to_be_bytes());
            out.extend_from_slice(field);
        }
        Ok(out.into())
    }

    /// `None` if these octets are no profile of this version.
    pub(super) fn decode(octets: &Bytes) -> Option<Profile> {
        let [VERSION, durability, delivery] = *octets.get(..3)? else { return None };
        let durability = match durability {
            0 => Durability::EveryMessage,
            1 => Durability::EveryCheckpoint,
            _ => return None,
        };
        let delivery = match delivery {
            0 => Delivery::Inbox,
            1 => Delivery::Application,
            _ => return None,
        };
        let idle = u64::from_be_bytes(octets.get(3..11)?.try_into().ok()?);
        let idle = (idle > 0).then(|| Duration::from_millis(idle));
        let mut at = 11;
        let mut field = || {
            let length = u16::from_be_bytes(octets.get(at..at + 2)?.try_into().ok()?);
            let end = at + 2 + usize::from(length);
            let found = (end <= octets.len()).then(|| octets.slice(at + 2..end));
            at = end;
            found
        };
        let label = field()?;
        let address = String::from_utf8(field()?.to_vec()).ok()?;
        let peer = Peer {
            address,
            called_t_selector: field()?,
            calling_t_selector: field()?,
            called_selector: field()?,
            calling_selector: field()?,
        };
        (at == octets.len()).then_some(Profile { label, peer, kept: Kept { durability, delivery, idle } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_comes_back_as_it_was() {
        let mut peer = Peer::new("host:1");
        peer.called_selector = "ses".into();
        peer.calling_t_selector = "t".into();
        let config = Config {
            durability: Durability::EveryCheckpoint,
            delivery: Delivery::Application,
            idle: Some(Duration::from_secs(3)),
            ..Config::default()
        };
        let octets = Profile::of(&"a label".into(), Some(&peer), &config).encode().expect("octets");
        let back = Profile::decode(&octets).expect("a profile");
        assert_eq!(back.peer, peer);
        assert_eq!(&back.label[..], b"a label");
        assert_eq!(back.kept.durability, config.durability);
        assert_eq!(back.kept.delivery, config.delivery);
        assert_eq!(back.kept.idle, config.idle);
        for end in 0..octets.len() {
            assert!(Profile::decode(&octets.slice(..end)).is_none(), "{end}");
        }
        let long = Bytes::from(vec![b'x'; MAX_LABEL + 1]);
        assert!(Profile::of(&long, None, &config).encode().is_err());
    }
}
