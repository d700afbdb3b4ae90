//! What stands where: keys of the records of each dialogue, made from the file when it is opened.
use crate::error::Damage;
use crate::frame::{checksum, take_u32, take_u64};
use crate::journal::Usage;
use bytes::Bytes;
use std::collections::BTreeMap;

/// Octets in front of a record: dialogue, place in it, checksum.
pub(super) const HEADER: usize = 20;

/// The row of the whole journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) struct Summary {
    /// Counts commits.
    pub(super) commit: u64,
    /// Key of the next record.
    pub(super) next_key: u64,
    /// Number of the next dialogue.
    pub(super) next_id: u64,
    /// All records.
    pub(super) usage: Usage,
}

impl Summary {
    pub(super) fn encode(&self) -> Vec<u8> {
        let numbers = [self.commit, self.next_key, self.next_id, self.usage.records, self.usage.octets];
        seal(numbers.iter().flat_map(|number| number.to_le_bytes()).collect())
    }

    pub(super) fn decode(octets: &[u8]) -> Option<Summary> {
        let mut octets = unseal(octets)?;
        let mut next = || take_u64(&mut octets);
        let summary = Summary {
            commit: next()?,
            next_key: next()?,
            next_id: next()?,
            usage: Usage { records: next()?, octets: next()? },
        };
        octets.is_empty().then_some(summary)
    }
}

/// The row of a dialogue: its number, and the place of the first record that it has. The key of the row, its name, is covered by the
/// checksum.
pub(super) fn encode_row(name: &[u8], id: u64, first: u64) -> Vec<u8> {
    let mut octets = [id.to_le_bytes(), first.to_le_bytes()].concat();
    octets.extend(checksum(&[&octets, name]).to_le_bytes());
    octets
}

pub(super) fn decode_row(name: &[u8], octets: &[u8]) -> Option<(u64, u64)> {
    let (fields, mut crc) = octets.split_at_checked(16)?;
    if crc.len() != 4 || take_u32(&mut crc)? != checksum(&[fields, name]) {
        return None;
    }
    let mut fields = fields;
    Some((take_u64(&mut fields)?, take_u64(&mut fields)?))
}

fn seal(mut octets: Vec<u8>) -> Vec<u8> {
    octets.extend(checksum(&[&octets]).to_le_bytes());
    octets
}

fn unseal(octets: &[u8]) -> Option<&[u8]> {
    let (octets, mut crc) = octets.split_at_checked(octets.len().checked_sub(4)?)?;
    (take_u32(&mut crc)? == checksum(&[octets])).then_some(octets)
}

/// A record as it stands in the file.
pub(super) fn encode_record(key: u64, id: u64, place: u64, record: &[u8], out: &mut [u8]) {
    let (key, id, place) = (key.to_le_bytes(), id.to_le_bytes(), place.to_le_bytes());
    let crc = checksum(&[&key, &id, &place, record]).to_le_bytes();
    let mut header = [0; HEADER];
    for (target, octet) in header.iter_mut().zip([&id[..], &place, &crc].into_iter().flatten()) {
        *target = *octet;
    }
    if let Some((head, rest)) = out.split_first_chunk_mut::<HEADER>()
        && rest.len() == record.len()
    {
        *head = header;
        rest.copy_from_slice(record);
    }
}

/// Whose record this is, its place in the dialogue, and the record; with a wrong checksum, only the first two.
pub(super) fn decode_record(key: u64, octets: &[u8]) -> Option<(u64, u64, Option<&[u8]>)> {
    let mut rest = octets;
    let (id, place) = (take_u64(&mut rest)?, take_u64(&mut rest)?);
    let crc = take_u32(&mut rest)?;
    let right = crc == checksum(&[&key.to_le_bytes(), &id.to_le_bytes(), &place.to_le_bytes(), rest]);
    Some((id, place, right.then_some(rest)))
}

/// A dialogue in the file.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) id: u64,
    /// Place of the first record, and of the next one.
    pub(super) first: u64,
    pub(super) next: u64,
    pub(super) usage: Usage,
    /// Keys of the records, as runs: first key and how many.
    pub(super) runs: Vec<(u64, u64)>,
    pub(super) damage: Option<Damage>,
    /// It has a row.
    pub(super) stored: bool,
}

impl Entry {
    pub(super) fn push(&mut self, key: u64, octets: u64) {
        match self.runs.last_mut() {
            Some((start, count)) if *start + *count == key => *count += 1,
            _ => self.runs.push((key, 1)),
        }
        self.next += 1;
        self.usage = self.usage + Usage { records: 1, octets };
    }
}

/// All dialogues.
#[derive(Debug, Default)]
pub(super) struct Index {
    pub(super) summary: Summary,
    pub(super) dialogues: BTreeMap<Vec<u8>, Entry>,
    pub(super) names: BTreeMap<u64, Vec<u8>>,
}

impl Index {
    pub(super) fn entry(&mut self, id: u64) -> Option<&mut Entry> {
        let name = self.names.get(&id)?;
        self.dialogues.get_mut(name)
    }

    /// Takes in one record. Returns what is wrong with the journal as a whole.
    pub(super) fn take_record(&mut self, key: u64, octets: &[u8]) -> Option<Damage> {
        let place_text = format!("record {key} of the file");
        let Some((id, place, record)) = decode_record(key, octets) else {
            let what = format!("{} octets, shorter than the header of a record", octets.len());
            return Some(Damage { place: place_text, what, ..Damage::default() });
        };
        let name = self.names.get(&id).cloned();
        let Some(entry) = name.as_ref().and_then(|name| self.dialogues.get_mut(name)) else {
            let what = format!("a record of dialogue number {id}, which there is not");
            return Some(Damage { place: place_text, what, ..Damage::default() });
        };
        if entry.damage.is_some() {
            return None;
        }
        let damage = |what: &str, expected: Option<u64>, found: Option<u64>| Damage {
            dialogue: name.clone(),
            place: place_text.clone(),
            what: what.into(),
            record: Some(entry.next - entry.first),
            expected: expected.map(|number| number.to_string()),
            found: found.map(|number| number.to_string()),
        };
        if place != entry.next {
            entry.damage = Some(damage("place in the dialogue", Some(entry.next), Some(place)));
        } else if let Some(record) = record {
            entry.push(key, record.len() as u64);
        } else {
            entry.damage = Some(damage("checksum of the record", None, None));
        }
        None
    }

    /// What is wrong once all records were taken in.
    pub(super) fn conclude(&mut self, acknowledged: u64, path: &str) -> Option<Damage> {
        let mut damage = Damage { place: path.into(), ..Damage::default() };
        if self.summary.commit < acknowledged {
            damage.what =
                "commits that were reported as durable are gone: the file is damaged at its newest place, \
                           or its parts are of different age"
                    .into();
            damage.expected = Some(format!("commit {acknowledged}"));
            damage.found = Some(format!("commit {}", self.summary.commit));
            return Some(damage);
        }
        if self.dialogues.values().any(|entry| entry.damage.is_some()) {
            return None;
        }
        let sum = self.dialogues.values().fold(Usage::default(), |sum, entry| sum + entry.usage);
        if sum != self.summary.usage {
            let text = |usage: Usage| format!("{} records, {} octets", usage.records, usage.octets);
            damage.what = "records are missing, or too many".into();
            damage.expected = Some(text(self.summary.usage));
            damage.found = Some(text(sum));
            return Some(damage);
        }
        None
    }
}

/// A record without its header.
pub(super) fn payload(key: u64, id: u64, place: u64, octets: &[u8]) -> Option<Bytes> {
    match decode_record(key, octets) {
        Some((found, at, Some(record))) if found == id && at == place => Some(Bytes::copy_from_slice(record)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(records: &[(u64, u64, u64, &[u8])]) -> (Index, Vec<Damage>) {
        let mut index = Index::default();
        for (name, id) in [(b"a".to_vec(), 0), (b"b".to_vec(), 1)] {
            index.names.insert(id, name.clone());
            index.dialogues.insert(name, Entry { id, first: 5, next: 5, ..Entry::default() });
        }
        let mut damages = Vec::new();
        for &(key, id, place, record) in records {
            let mut octets = vec![0; HEADER + record.len()];
            encode_record(key, id, place, record, &mut octets);
            if record == b"flipped" {
                octets[HEADER] ^= 1;
            }
            damages.extend(index.take_record(key, &octets));
        }
        (index, damages)
    }

    #[test]
    fn damage_to_one_dialogue_is_its_own() {
        let all: [(u64, u64, u64, &[u8]); 5] =
            [(0, 0, 5, b"x"), (1, 1, 5, b"y"), (2, 0, 6, b"flipped"), (3, 0, 7, b"z"), (4, 1, 6, b"yy")];
        let (mut index, damages) = index(&all);
        assert!(damages.is_empty());
        assert_eq!(index.conclude(0, "j"), None);
        let a = &index.dialogues[&b"a"[..]];
        assert_eq!(a.usage.records, 1, "nothing behind the damage is trusted");
        let damage = a.damage.clone().unwrap();
        assert_eq!(damage.record, Some(1));
        assert_eq!(
            damage.to_string(),
            "dialogue a: record 2 of the file: checksum of the record (records from 1 on cannot be trusted)"
        );
        let b = &index.dialogues[&b"b"[..]];
        assert_eq!((b.usage.octets, b.damage.clone(), b.runs.as_slice()), (3, None, &[(1, 1), (4, 1)][..]));
    }

    #[test]
    fn a_gap_is_damage() {
        let (index, damages) = index(&[(0, 0, 5, b"x"), (1, 0, 7, b"z")]);
        assert!(damages.is_empty());
        let damage = index.dialogues[&b"a"[..]].damage.clone().unwrap();
        assert_eq!((damage.expected.as_deref(), damage.found.as_deref()), (Some("6"), Some("7")));
    }

    #[test]
    fn records_of_nobody_and_sums_that_differ_are_damage_to_all() {
        let (_, damages) = index(&[(0, 9, 5, b"x")]);
        assert!(damages[0].what.contains("number 9"), "{}", damages[0]);
        let (mut index, damages) = index(&[(0, 0, 5, b"x")]);
        assert!(damages.is_empty());
        index.summary.usage = Usage { records: 2, octets: 3 };
        let damage = index.conclude(0, "j").unwrap();
        assert_eq!(damage.expected.as_deref(), Some("2 records, 3 octets"));
        index.summary.usage = Usage { records: 1, octets: 1 };
        assert_eq!(index.conclude(0, "j"), None);
        assert!(index.conclude(1, "j").is_some());
        assert!(index.take_record(1, &[0; 19]).is_some());
    }

    #[test]
    fn rows_know_their_own_checksums() {
        let summary = Summary { commit: 1, next_key: 2, next_id: 3, usage: Usage { records: 4, octets: 5 } };
        let octets = summary.encode();
        assert_eq!(Summary::decode(&octets), Some(summary));
        let row = encode_row(b"name", 7, 8);
        assert_eq!(decode_row(b"name", &row), Some((7, 8)));
        assert_eq!(decode_row(b"nome", &row), None);
        for bit in 0..octets.len() * 8 {
            let mut flipped = octets.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Summary::decode(&flipped), None);
        }
        for bit in 0..row.len() * 8 {
            let mut flipped = row.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(decode_row(b"name", &flipped), None);
        }
        for length in 0..octets.len() {
            assert_eq!(Summary::decode(&octets[..length]), None);
        }
    }
}
