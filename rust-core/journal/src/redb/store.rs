//! Loading and committing.
//!
//! Records stand in the order in which they were written, those of all dialogues in one table: whatever a commit has goes to the right edge
//! of the tree, into a few pages that follow each other. Whose record it is says its header; the index in memory knows the rest.
use super::file::{Front, Mode};
use super::index::{Entry, HEADER, Index, Summary, decode_row, encode_record, encode_row, payload};
use crate::error::{Damage, Error, Result};
use crate::group::{Change, Loaded, Store};
use crate::journal::{Compacted, Quota, Usage};
use redb::{
    Database, DatabaseError, ReadableDatabase, ReadableTable, StorageError, TableDefinition, TableError,
};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

const SUMMARY: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("journal");
const SUMMARY_KEY: &str = "summary";
const DIALOGUES: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("dialogues");
const RECORDS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("records");

pub(super) struct RedbStore {
    front: Front,
    /// `None` once it is closed.
    database: Option<Database>,
    index: Index,
    quota: Quota,
}

fn failed<E: Into<redb::Error>>(operation: &'static str) -> impl Fn(E) -> Error {
    move |error| Error::storage(operation, error.into())
}

/// What redb says about a file that it cannot read.
fn refused(front: &Front, error: DatabaseError) -> Error {
    let place = front.path().display().to_string();
    let damaged = |what: String| Error::damaged(Damage { place, what, ..Damage::default() });
    match error {
        DatabaseError::Storage(StorageError::Corrupted(what)) => damaged(what),
        DatabaseError::Storage(StorageError::Io(error))
            if matches!(
                error.kind(),
                std::io::ErrorKind::InvalidData | std::io::ErrorKind::UnexpectedEof
            ) =>
        {
            damaged(format!("no database behind the front page: {error}"))
        }
        // The version of the file is ours to say, and the front page has said it.
        error @ (DatabaseError::UpgradeRequired(_) | DatabaseError::RepairAborted) => {
            damaged(redb::Error::from(error).to_string())
        }
        error => Error::storage("open the journal", redb::Error::from(error)),
    }
}

impl RedbStore {
    pub(super) fn open(path: &Path, mode: Mode, quota: Quota, cache: usize) -> Result<RedbStore> {
        let front = Front::open(path, mode)?;
        if front.acknowledged > 0 && front.length() <= super::file::FRONT {
            let place = path.display().to_string();
            let expected = Some(format!("commit {}", front.acknowledged));
            let what = "truncated: nothing behind the front page".into();
            return Err(Error::damaged(Damage { place, what, expected, ..Damage::default() }));
        }
        // Every page is verified before anything is believed. What a damaged page does to the reader all the same is caught.
        let backend = front.backend();
        let opened = catch_unwind(AssertUnwindSafe(|| {
            let mut builder = Database::builder();
            builder.set_cache_size(cache).set_check_integrity_on_open(true);
            let database =
                builder.create_with_backend(backend.clone()).map_err(|error| refused(&front, error))?;
            let index = read_index(&database, &front)?;
            Ok((database, index))
        }));
        let (database, index) = opened.unwrap_or_else(|_| {
            let place = path.display().to_string();
            let what = "the file cannot be read: its pages contradict each other".into();
            Err(Error::damaged(Damage { place, what, ..Damage::default() }))
        })?;
        if mode != Mode::Look {
            let settled = front.own().and_then(|()| backend.settle());
            settled.map_err(|error| Error::storage("write to the journal", error))?;
        }
        Ok(RedbStore { front, database: Some(database), index, quota })
    }

    fn database(&self) -> Result<&Database> {
        self.database.as_ref().ok_or(Error::Closed)
    }

    pub(super) fn index(&self) -> &Index {
        &self.index
    }

    #[cfg(test)]
    pub(super) fn disk(&self) -> std::sync::Arc<super::disk::Disk> {
        self.front.disk()
    }

    pub(super) fn length(&self) -> u64 {
        self.front.length()
    }

    /// The records of a dialogue that can be trusted.
    pub(super) fn read(&self, name: &[u8]) -> Result<Vec<bytes::Bytes>> {
        let Some(entry) = self.index.dialogues.get(name) else { return Ok(Vec::new()) };
        let mut records = Vec::new();
        if entry.runs.is_empty() {
            return Ok(records);
        }
        let transaction = self.database()?.begin_read().map_err(failed("read the journal"))?;
        let table = transaction.open_table(RECORDS).map_err(failed("read the journal"))?;
        for &(start, count) in &entry.runs {
            for row in table.range(start..start + count).map_err(failed("read the journal"))? {
                let (key, value) = row.map_err(failed("read the journal"))?;
                let place = entry.first + records.len() as u64;
                // It was right when the file was opened.
                let record = payload(key.value(), entry.id, place, value.value()).ok_or_else(|| {
                    Error::damaged(Damage {
                        dialogue: Some(name.to_vec()),
                        place: format!("record {} of the file", key.value()),
                        what: "checksum or place of the record".into(),
                        record: Some(records.len() as u64),
                        ..Damage::default()
                    })
                })?;
                records.push(record);
            }
        }
        Ok(records)
    }

    /// Writes one commit and returns the index of afterwards for what changed.
    fn write(&mut self, changes: &[Change]) -> Result<()> {
        const OPERATION: &str = "write to the journal";
        let mut summary = self.index.summary;
        let mut transaction = self.database()?.begin_write().map_err(failed(OPERATION))?;
        transaction.set_durability(redb::Durability::Immediate).map_err(failed(OPERATION))?;
        {
            let mut rows = transaction.open_table(DIALOGUES).map_err(failed(OPERATION))?;
            let mut records = transaction.open_table(RECORDS).map_err(failed(OPERATION))?;
            for change in changes {
                let Some(name) = self.index.names.get(&change.id) else { continue };
                let Some(entry) = self.index.dialogues.get_mut(name) else { continue };
                if change.checkpoint {
                    for &(start, count) in &entry.runs {
                        records.retain_in(start..start + count, |_, _| false).map_err(failed(OPERATION))?;
                    }
                    summary.usage = summary.usage - entry.usage;
                    entry.runs.clear();
                    entry.usage = Usage::default();
                    entry.first = entry.next;
                }
                if change.checkpoint || !entry.stored {
                    let row = encode_row(name, entry.id, entry.first);
                    rows.insert(name.as_slice(), row.as_slice()).map_err(failed(OPERATION))?;
                    entry.stored = true;
                }
                for record in &change.records {
                    let key = summary.next_key;
                    let mut place =
                        records.insert_reserve(key, HEADER + record.len()).map_err(failed(OPERATION))?;
                    encode_record(key, entry.id, entry.next, record, place.as_mut());
                    drop(place);
                    entry.push(key, record.len() as u64);
                    summary.next_key += 1;
                    summary.usage = summary.usage + Usage { records: 1, octets: record.len() as u64 };
                }
            }
        }
        self.finish(transaction, summary)
    }

    /// Commits, with the row of the whole journal, and marks it as acknowledged.
    fn finish(&mut self, transaction: redb::WriteTransaction, mut summary: Summary) -> Result<()> {
        const OPERATION: &str = "write to the journal";
        summary.commit += 1;
        summary.next_id = self.index.summary.next_id;
        {
            let mut table = transaction.open_table(SUMMARY).map_err(failed(OPERATION))?;
            table.insert(SUMMARY_KEY, summary.encode().as_slice()).map_err(failed(OPERATION))?;
        }
        transaction.commit().map_err(failed("commit to the journal"))?;
        self.index.summary = summary;
        self.front.acknowledge(summary.commit).map_err(|error| Error::storage(OPERATION, error))
    }
}

/// Reads everything, and says what is wrong with it.
fn read_index(database: &Database, front: &Front) -> Result<Index> {
    const OPERATION: &str = "read the journal";
    let path = front.path().display().to_string();
    let damaged =
        |what: &str| Error::damaged(Damage { place: path.clone(), what: what.into(), ..Damage::default() });
    let mut index = Index::default();
    let transaction = database.begin_read().map_err(failed(OPERATION))?;
    match transaction.open_table(SUMMARY) {
        Ok(table) => {
            let row = table.get(SUMMARY_KEY).map_err(failed(OPERATION))?;
            let row = row.ok_or_else(|| damaged("no summary"))?;
            index.summary = Summary::decode(row.value()).ok_or_else(|| damaged("checksum of the summary"))?;
        }
        // Nothing was written yet: there is no other table either.
        Err(TableError::TableDoesNotExist(_)) => {
            return index
                .conclude(front.acknowledged, &path)
                .map_or(Ok(index), |damage| Err(Error::damaged(damage)));
        }
        Err(error) => return Err(failed(OPERATION)(error)),
    }
    let rows = transaction.open_table(DIALOGUES).map_err(failed(OPERATION))?;
    for row in rows.iter().map_err(failed(OPERATION))? {
        let (name, fields) = row.map_err(failed(OPERATION))?;
        let name = name.value().to_vec();
        let (id, first) =
            decode_row(&name, fields.value()).ok_or_else(|| damaged("checksum of the row of a dialogue"))?;
        if id >= index.summary.next_id || index.names.insert(id, name.clone()).is_some() {
            return Err(damaged("two dialogues with one number, or a number that was not given yet"));
        }
        index.dialogues.insert(name, Entry { id, first, next: first, stored: true, ..Entry::default() });
    }
    let records = transaction.open_table(RECORDS).map_err(failed(OPERATION))?;
    for row in records.iter().map_err(failed(OPERATION))? {
        let (key, value) = row.map_err(failed(OPERATION))?;
        if let Some(damage) = index.take_record(key.value(), value.value()) {
            return Err(Error::damaged(damage));
        }
    }
    index.conclude(front.acknowledged, &path).map_or(Ok(index), |damage| Err(Error::damaged(damage)))
}

impl Store for RedbStore {
    const COUNTS_ALL: bool = true;

    fn load(&mut self, dialogue: &[u8]) -> Result<Loaded> {
        if let Some(entry) = self.index.dialogues.get(dialogue) {
            if let Some(damage) = &entry.damage {
                return Err(Error::damaged(damage.clone()));
            }
            let id = entry.id;
            return Ok(Loaded { id, records: self.read(dialogue)? });
        }
        let wanted = self.index.dialogues.len() as u64 + 1;
        if wanted > self.quota.dialogues {
            return Err(Error::Quota { limit: "dialogues", value: self.quota.dialogues, wanted });
        }
        // Its row is written with its first record.
        let id = self.index.summary.next_id;
        self.index.summary.next_id += 1;
        self.index.dialogues.insert(dialogue.to_vec(), Entry { id, ..Entry::default() });
        self.index.names.insert(id, dialogue.to_vec());
        Ok(Loaded { id, records: Vec::new() })
    }

    fn release(&mut self, id: u64) -> Usage {
        let Some(entry) = self.index.entry(id) else { return Usage::default() };
        let (usage, stored) = (entry.usage, entry.stored);
        if !stored && let Some(name) = self.index.names.remove(&id) {
            self.index.dialogues.remove(&name);
        }
        usage
    }

    fn commit(&mut self, changes: &[Change]) -> Result<Vec<(u64, Error)>> {
        self.write(changes)?;
        Ok(Vec::new())
    }

    fn remove(&mut self, dialogue: &[u8]) -> Result<Usage> {
        const OPERATION: &str = "remove a dialogue";
        let Some(entry) = self.index.dialogues.get(dialogue) else { return Ok(Usage::default()) };
        let (id, usage) = (entry.id, entry.usage);
        let mut summary = self.index.summary;
        let transaction = self.database()?.begin_write().map_err(failed(OPERATION))?;
        {
            let mut rows = transaction.open_table(DIALOGUES).map_err(failed(OPERATION))?;
            rows.remove(dialogue).map_err(failed(OPERATION))?;
            let mut records = transaction.open_table(RECORDS).map_err(failed(OPERATION))?;
            if entry.damage.is_none() {
                for &(start, count) in &entry.runs {
                    records.retain_in(start..start + count, |_, _| false).map_err(failed(OPERATION))?;
                }
                summary.usage = summary.usage - usage;
            } else {
                // Its records are not all known: they are found by their headers. What they were is said by the others.
                records
                    .retain(|key, value| {
                        super::index::decode_record(key, value).is_none_or(|(owner, ..)| owner != id)
                    })
                    .map_err(failed(OPERATION))?;
                let others = self.index.dialogues.iter().filter(|(name, _)| name.as_slice() != dialogue);
                summary.usage = others.fold(Usage::default(), |sum, (_, entry)| sum + entry.usage);
            }
        }
        self.finish(transaction, summary)?;
        self.index.dialogues.remove(dialogue);
        self.index.names.remove(&id);
        Ok(usage)
    }

    fn dialogues(&mut self) -> Result<Vec<Vec<u8>>> {
        Ok(self.index.dialogues.keys().cloned().collect())
    }

    fn compact(&mut self) -> Result<Compacted> {
        let before = self.front.length();
        let database = self.database.as_mut().ok_or(Error::Closed)?;
        database.compact().map_err(failed("compact the journal"))?;
        Ok(Compacted { before, after: self.front.length() })
    }

    fn usage(&self) -> Usage {
        self.index.summary.usage
    }

    fn close(&mut self) -> Result<()> {
        if let Some(database) = self.database.take() {
            database
                .close()
                .map_err(|error| Error::storage("close the journal", redb::Error::from(error)))?;
            self.front.close().map_err(|error| Error::storage("close the journal", error))?;
        }
        Ok(())
    }
}
