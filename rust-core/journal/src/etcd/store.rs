//! Loading and committing.
//!
//! Keys, behind the prefix, with the name of the dialogue in hex: `owner/NAME` (under the owner's lease), `head/NAME`, and
//! `log/NAME/PLACE` for records that follow each other from that place.
//!
//! A request may be carried out twice, and even late: its answer was lost, it was sent again, and the first one still lies in a
//! queue somewhere. Each transaction says which owner's key it must find, by the revision that made it, so nothing of an earlier owner
//! comes through. Of the same owner: an append puts the same value at the same place, which changes nothing while the place counts, and
//! does not count behind a checkpoint; a checkpoint names the head that it replaces, and so happens once.
use super::EtcdOptions;
use super::batch::{self, Head};
use super::client::{Client, RESOURCE_EXHAUSTED, Refusal, encode, number, octets};
use super::lease::Lease;
use crate::error::{Damage, Error, Result, name_text};
use crate::group::{Change, Loaded, Store};
use crate::journal::{Compacted, Quota, Usage};
use bytes::Bytes;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;

/// Octets of one transaction, at most; etcd takes 1.5 MiB.
const TRANSACTION_OCTETS: usize = 1 << 20;
/// Octets of one value, unless a single record has more.
const VALUE_OCTETS: usize = 256 << 10;
/// Operations of one transaction, at most; etcd takes 128, and as many comparisons.
const TRANSACTION_OPERATIONS: usize = 100;
/// Keys to read at a time; fewer when the answer would be too long for etcd.
const PAGE: usize = 64;

pub(super) struct EtcdStore {
    client: Arc<Client>,
    lease: Lease,
    prefix: String,
    /// What our owner's keys say: who, and a number that no other process has.
    owner: String,
    quota: Quota,
    dialogues: HashMap<u64, Dialogue>,
    next_id: u64,
}

struct Dialogue {
    name: Vec<u8>,
    /// Revision that made the owner's key.
    owned: i64,
    head: Head,
    /// Revision of the head; 0: there is none.
    head_revision: i64,
    /// Place of the next record.
    next: u64,
}

/// One `put` with what its transaction must find.
struct Put {
    id: u64,
    key: String,
    value: Vec<u8>,
}

fn hex(name: &[u8]) -> String {
    name.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// The end of the range of keys that begin with this: its last octet, which is never the highest, one higher.
fn behind(prefix: &str) -> Vec<u8> {
    let mut end = prefix.as_bytes().to_vec();
    if let Some(last) = end.last_mut() {
        *last += 1;
    }
    end
}

fn put(key: &str, value: &[u8]) -> Value {
    json!({"request_put": {"key": encode(key.as_bytes()), "value": encode(value)}})
}

fn delete(key: &str, end: Option<&[u8]>) -> Value {
    let mut range = json!({"key": encode(key.as_bytes())});
    if let (Some(end), Some(range)) = (end, range.as_object_mut()) {
        range.insert("range_end".into(), encode(end));
    }
    json!({"request_delete_range": range})
}

fn get(key: &str) -> Value {
    json!({"request_range": {"key": encode(key.as_bytes())}})
}

fn created(key: &str, revision: i64) -> Value {
    json!({"key": encode(key.as_bytes()), "target": "CREATE", "result": "EQUAL", "create_revision": revision.to_string()})
}

fn modified(key: &str, revision: i64) -> Value {
    json!({"key": encode(key.as_bytes()), "target": "MOD", "result": "EQUAL", "mod_revision": revision.to_string()})
}

/// The one key that part of a transaction has read, if it is there.
fn answered(answer: &Value, index: usize) -> Option<&Value> {
    answer.get("responses")?.get(index)?.get("response_range")?.get("kvs")?.get(0)
}

fn succeeded(answer: &Value) -> bool {
    answer.get("succeeded").and_then(Value::as_bool).unwrap_or(false)
}

fn revision(answer: &Value) -> i64 {
    answer.get("header").and_then(|header| number(header, "revision")).unwrap_or(0)
}

fn failed(operation: &'static str) -> impl Fn(Refusal) -> Error {
    move |why| Error::storage(operation, why)
}

impl EtcdStore {
    pub(super) fn open(options: &EtcdOptions) -> Result<EtcdStore> {
        if options.prefix.is_empty() || !options.prefix.ends_with('/') {
            return Err(Error::Invalid("the prefix of the keys in etcd ends with '/'".into()));
        }
        let client = Arc::new(Client::new(options)?);
        let lease = Lease::new(client.clone(), options.lease)?;
        // The lease is nobody else's, so its number tells this journal from all others.
        let owner = format!("{} (lease {:x})", options.owner, lease.id()?);
        Ok(EtcdStore {
            client,
            lease,
            prefix: options.prefix.clone(),
            owner,
            quota: options.quota.clone(),
            dialogues: HashMap::new(),
            next_id: 0,
        })
    }

    fn owner_key(&self, name: &[u8]) -> String {
        format!("{}owner/{}", self.prefix, hex(name))
    }

    fn head_key(&self, name: &[u8]) -> String {
        format!("{}head/{}", self.prefix, hex(name))
    }

    fn log_prefix(&self, name: &[u8]) -> String {
        format!("{}log/{}/", self.prefix, hex(name))
    }

    fn log_key(&self, name: &[u8], place: u64) -> String {
        format!("{}{place:016x}", self.log_prefix(name))
    }

    fn transact(
        &self,
        operation: &'static str,
        compare: &[Value],
        success: &[Value],
        failure: &[Value],
    ) -> Result<Value> {
        let body = json!({"compare": compare, "success": success, "failure": failure});
        self.client.ask("/v3/kv/txn", &body).map_err(failed(operation))
    }

    /// Takes the dialogue. Returns the revision of the owner's key.
    fn claim(&self, name: &[u8]) -> Result<i64> {
        const OPERATION: &str = "take a dialogue";
        let key = self.owner_key(name);
        // A lease that has ended without our knowledge is found out here, once.
        for _ in 0..2 {
            let lease = self.lease.id()?;
            let own = json!({"request_put": {
                "key": encode(key.as_bytes()), "value": encode(self.owner.as_bytes()), "lease": lease.to_string()
            }});
            let body = json!({"compare": [created(&key, 0)], "success": [own], "failure": [get(&key)]});
            let answer = match self.client.ask("/v3/kv/txn", &body) {
                Ok(answer) => answer,
                Err(why) if why.is_not_found() => {
                    self.lease.forget();
                    continue;
                }
                Err(why) => return Err(Error::storage(OPERATION, why)),
            };
            if succeeded(&answer) {
                return Ok(revision(&answer));
            }
            let found = answered(&answer, 0).ok_or_else(|| Error::storage(OPERATION, answer.to_string()))?;
            let owner = octets(found, "value").unwrap_or_default();
            // Our own key: the answer to our first attempt was lost.
            if owner == self.owner.as_bytes() && number(found, "lease") == Some(lease) {
                return Ok(number(found, "create_revision").unwrap_or(0));
            }
            let owner = String::from_utf8_lossy(&owner).into_owned();
            return Err(Error::InUse { what: format!("dialogue {}", name_text(name)), owner });
        }
        Err(Error::storage(OPERATION, "the lease ends as soon as it begins"))
    }

    /// Gives the dialogue back, if it is still ours.
    fn unclaim(&self, name: &[u8], owned: i64) {
        let key = self.owner_key(name);
        // If it does not work out the lease ends it.
        let _ = self.transact("give a dialogue back", &[created(&key, owned)], &[delete(&key, None)], &[]);
    }

    /// All keys of a range, in order. Linearizable: what was acknowledged is seen.
    fn range(&self, prefix: &str, keys_only: bool) -> Result<Vec<(String, Vec<u8>)>> {
        let (mut from, end) = (prefix.as_bytes().to_vec(), behind(prefix));
        let (mut all, mut page) = (Vec::new(), PAGE);
        loop {
            let body = json!({
                "key": encode(&from), "range_end": encode(&end), "limit": page.to_string(), "keys_only": keys_only
            });
            let answer = match self.client.ask("/v3/kv/range", &body) {
                Ok(answer) => answer,
                Err(why) if why.code == RESOURCE_EXHAUSTED && page > 1 => {
                    page /= 2;
                    continue;
                }
                Err(why) => return Err(Error::storage("read from etcd", why)),
            };
            let found = answer.get("kvs").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            for pair in found {
                let key = octets(pair, "key").and_then(|key| String::from_utf8(key).ok());
                let (Some(key), Some(value)) = (key, octets(pair, "value")) else {
                    return Err(Error::storage("read from etcd", "a key that is none of ours"));
                };
                all.push((key, value));
            }
            match all.last() {
                Some((key, _))
                    if answer.get("more").and_then(Value::as_bool) == Some(true) && !found.is_empty() =>
                {
                    from = key.as_bytes().to_vec();
                    from.push(0);
                }
                _ => return Ok(all),
            }
        }
    }

    /// Reads a dialogue that we have.
    fn read(&self, name: &[u8], owned: i64) -> Result<(Dialogue, Vec<Bytes>)> {
        let damaged = |place: String, what: &str, record: Option<u64>| {
            let what = what.into();
            Error::damaged(Damage { dialogue: Some(name.to_vec()), place, what, record, ..Damage::default() })
        };
        let head_key = self.head_key(name);
        let answer = self.transact("read from etcd", &[], &[get(&head_key)], &[])?;
        let (mut head, mut head_revision) = (Head::default(), 0);
        if let Some(found) = answered(&answer, 0) {
            head_revision = number(found, "mod_revision").unwrap_or(0);
            head = octets(found, "value")
                .and_then(|value| Head::decode(name, &value))
                .ok_or_else(|| damaged(head_key, "checksum of the head", None))?;
        }
        let (mut records, mut next) = (Vec::new(), head.first);
        for (key, value) in self.range(&self.log_prefix(name), false)? {
            let place = key.rsplit('/').next().and_then(|text| u64::from_str_radix(text, 16).ok());
            let Some(place) = place else { return Err(damaged(key, "no place of a record", None)) };
            // What a checkpoint has taken the place of, or one that was not finished has left.
            if place < head.first || head.staged.is_some_and(|staged| place >= staged) {
                continue;
            }
            let sound = records.len() as u64;
            if place != next || head_revision == 0 {
                return Err(damaged(key, "records in front of it are missing", Some(sound)));
            }
            let batch = batch::decode(name, place, &value)
                .ok_or_else(|| damaged(key, "checksum of the records", Some(sound)))?;
            next += batch.len() as u64;
            records.extend(batch);
        }
        Ok((Dialogue { name: name.to_vec(), owned, head, head_revision, next }, records))
    }

    /// Cuts records into values.
    fn values(&self, id: u64, name: &[u8], mut place: u64, records: &[Bytes]) -> Vec<Put> {
        let mut puts = Vec::new();
        let mut rest = records;
        while !rest.is_empty() {
            let mut octets = 0;
            let count = rest.iter().take_while(|record| {
                octets += record.len() + 4;
                octets <= VALUE_OCTETS
            });
            let (batch, tail) = rest.split_at(count.count().max(1).min(rest.len()));
            puts.push(Put { id, key: self.log_key(name, place), value: batch::encode(name, place, batch) });
            place += batch.len() as u64;
            rest = tail;
        }
        puts
    }

    /// Writes appends of several dialogues in as few transactions as can be. Returns those that are not ours any more.
    fn write_appends(&mut self, puts: &[Put]) -> Result<Vec<(u64, Error)>> {
        let mut lost: Vec<(u64, Error)> = Vec::new();
        let mut rest = puts;
        while !rest.is_empty() {
            let mut octets = 0;
            let count = rest.iter().take(TRANSACTION_OPERATIONS).take_while(|put| {
                octets += put.value.len() + put.key.len();
                octets <= TRANSACTION_OCTETS
            });
            let (now, tail) = rest.split_at(count.count().max(1).min(rest.len()));
            rest = tail;
            let sound: Vec<&Put> =
                now.iter().filter(|put| lost.iter().all(|(id, _)| *id != put.id)).collect();
            if sound.is_empty() || self.write_together(&sound)? {
                continue;
            }
            // One of them is not ours. The others are written by themselves.
            let mut ids: Vec<u64> = sound.iter().map(|put| put.id).collect();
            ids.dedup();
            for id in ids {
                let own: Vec<&Put> = sound.iter().filter(|put| put.id == id).copied().collect();
                if !self.write_together(&own)? {
                    lost.push((id, self.lost(id)));
                }
            }
        }
        Ok(lost)
    }

    /// One transaction; `false`: nothing was written, for one of the dialogues is not ours.
    fn write_together(&self, puts: &[&Put]) -> Result<bool> {
        let mut compare = Vec::new();
        let mut last = None;
        for put in puts {
            if last == Some(put.id) {
                continue;
            }
            last = Some(put.id);
            let Some(dialogue) = self.dialogues.get(&put.id) else { return Ok(false) };
            compare.push(created(&self.owner_key(&dialogue.name), dialogue.owned));
        }
        let success: Vec<Value> = puts.iter().map(|one| put(&one.key, &one.value)).collect();
        Ok(succeeded(&self.transact("write to etcd", &compare, &success, &[])?))
    }

    fn lost(&self, id: u64) -> Error {
        let name = self.dialogues.get(&id).map(|dialogue| dialogue.name.clone()).unwrap_or_default();
        let found = self.transact("read from etcd", &[], &[get(&self.owner_key(&name))], &[]);
        let cause = match found.as_ref().map(|answer| answered(answer, 0)) {
            Ok(Some(owner)) => {
                let owner = octets(owner, "value").unwrap_or_default();
                format!("its owner is {}", String::from_utf8_lossy(&owner))
            }
            _ => "its lease has ended".into(),
        };
        Error::Lost { dialogue: name_text(&name), cause }
    }

    /// Replaces the head, together with other things, if the dialogue is ours and the head is the one that we know.
    fn write_head(
        &mut self,
        id: u64,
        head: Head,
        others: Vec<Value>,
    ) -> Result<std::result::Result<(), Error>> {
        const OPERATION: &str = "write to etcd";
        let Some(dialogue) = self.dialogues.get(&id) else { return Err(Error::Closed) };
        let (owner, key) = (self.owner_key(&dialogue.name), self.head_key(&dialogue.name));
        let value = head.encode(&dialogue.name);
        let compare = [created(&owner, dialogue.owned), modified(&key, dialogue.head_revision)];
        let mut success = others;
        success.push(put(&key, &value));
        let owned = dialogue.owned;
        let answer = self.transact(OPERATION, &compare, &success, &[get(&key), get(&owner)])?;
        let written = if succeeded(&answer) {
            Some(revision(&answer))
        } else {
            // It may be that it was written, and only the answer was lost: no other head is like this one.
            let ours = answered(&answer, 1).and_then(|owner| number(owner, "create_revision")) == Some(owned);
            answered(&answer, 0)
                .filter(|found| ours && octets(found, "value").as_deref() == Some(&value))
                .and_then(|found| number(found, "mod_revision"))
        };
        let Some(written) = written else { return Ok(Err(self.lost(id))) };
        if let Some(dialogue) = self.dialogues.get_mut(&id) {
            dialogue.head = head;
            dialogue.head_revision = written;
        }
        Ok(Ok(()))
    }

    /// Puts records in the place of all others: in one step if they fit into one transaction, else behind a head that says that
    /// they do not count yet, and then one that says that they alone do.
    fn write_checkpoint(&mut self, change: &Change) -> Result<std::result::Result<(), Error>> {
        let id = change.id;
        let Some(dialogue) = self.dialogues.get(&id) else { return Err(Error::Closed) };
        let (name, place, old) = (dialogue.name.clone(), dialogue.next, dialogue.head);
        let puts = self.values(id, &name, place, &change.records);
        let octets: usize = puts.iter().map(|put| put.value.len() + put.key.len()).sum();
        let remove = delete(&self.log_prefix(&name), Some(self.log_key(&name, place).as_bytes()));
        let head = Head { version: old.version + 2, first: place, staged: None };
        let mut others = vec![remove];
        if octets <= TRANSACTION_OCTETS && puts.len() + 2 <= TRANSACTION_OPERATIONS {
            others.extend(puts.iter().map(|one| put(&one.key, &one.value)));
        } else {
            let staged = Head { version: old.version + 1, first: old.first, staged: Some(place) };
            if let Err(lost) = self.write_head(id, staged, Vec::new())? {
                return Ok(Err(lost));
            }
            if let Some((_, lost)) = self.write_appends(&puts)?.pop() {
                return Ok(Err(lost));
            }
        }
        if let Err(lost) = self.write_head(id, head, others)? {
            return Ok(Err(lost));
        }
        if let Some(dialogue) = self.dialogues.get_mut(&id) {
            dialogue.next = place + change.records.len() as u64;
        }
        Ok(Ok(()))
    }
}

impl Store for EtcdStore {
    const COUNTS_ALL: bool = false;

    fn load(&mut self, dialogue: &[u8]) -> Result<Loaded> {
        let wanted = self.dialogues.len() as u64 + 1;
        if wanted > self.quota.dialogues {
            return Err(Error::Quota { limit: "dialogues", value: self.quota.dialogues, wanted });
        }
        let owned = self.claim(dialogue)?;
        let (found, records) = match self.read(dialogue, owned) {
            Ok(found) => found,
            Err(error) => {
                self.unclaim(dialogue, owned);
                return Err(error);
            }
        };
        let (id, staged, head, next) = (self.next_id, found.head.staged, found.head, found.next);
        self.next_id += 1;
        self.dialogues.insert(id, found);
        // A checkpoint that was not finished: what it left goes, so that the next records can stand there.
        if staged.is_some() {
            let clean = Head { version: head.version + 1, first: head.first, staged: None };
            let left = delete(&self.log_key(dialogue, next), Some(&behind(&self.log_prefix(dialogue))));
            if let Err(error) = self.write_head(id, clean, vec![left]).and_then(|result| result) {
                self.release(id);
                return Err(error);
            }
        }
        Ok(Loaded { id, records })
    }

    fn release(&mut self, id: u64) -> Usage {
        if let Some(dialogue) = self.dialogues.remove(&id) {
            self.unclaim(&dialogue.name, dialogue.owned);
        }
        Usage::default()
    }

    fn commit(&mut self, changes: &[Change]) -> Result<Vec<(u64, Error)>> {
        let (mut puts, mut lost) = (Vec::new(), Vec::new());
        for change in changes {
            let Some(dialogue) = self.dialogues.get(&change.id) else { continue };
            // The first records of a dialogue come with its head, as a checkpoint does.
            if change.checkpoint || dialogue.head_revision == 0 {
                if let Err(error) = self.write_checkpoint(change)? {
                    lost.push((change.id, error));
                }
            } else {
                puts.extend(self.values(change.id, &dialogue.name, dialogue.next, &change.records));
                if let Some(dialogue) = self.dialogues.get_mut(&change.id) {
                    dialogue.next += change.records.len() as u64;
                }
            }
        }
        lost.extend(self.write_appends(&puts)?);
        Ok(lost)
    }

    fn remove(&mut self, dialogue: &[u8]) -> Result<Usage> {
        let owned = self.claim(dialogue)?;
        let (owner, log) = (self.owner_key(dialogue), self.log_prefix(dialogue));
        let removals =
            [delete(&self.head_key(dialogue), None), delete(&log, Some(&behind(&log))), delete(&owner, None)];
        let head = get(&self.head_key(dialogue));
        let answer = self.transact("remove a dialogue", &[created(&owner, owned)], &removals, &[head])?;
        // If it was carried out before its answer was lost, the head is gone.
        if !succeeded(&answer) && answered(&answer, 0).is_some() {
            let cause = "its lease has ended".into();
            return Err(Error::Lost { dialogue: name_text(dialogue), cause });
        }
        Ok(Usage::default())
    }

    fn dialogues(&mut self) -> Result<Vec<Vec<u8>>> {
        let prefix = format!("{}head/", self.prefix);
        let names = self.range(&prefix, true)?.into_iter().filter_map(|(key, _)| {
            let digits = key.strip_prefix(&prefix)?;
            (0..digits.len())
                .step_by(2)
                .map(|at| digits.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()))
                .collect()
        });
        Ok(names.collect())
    }

    fn compact(&mut self) -> Result<Compacted> {
        Ok(Compacted::default())
    }

    fn usage(&self) -> Usage {
        Usage::default()
    }

    fn close(&mut self) -> Result<()> {
        self.lease.close()
    }
}
