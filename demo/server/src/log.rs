//! The log of events: bounded, with contiguous ids, and still true after `kill -9`.

use std::path::Path;

use redb::{Database, ReadableTable, ReadableTableMetadata, TableDefinition};
use tokio::sync::watch;

use crate::{Failure, block};

const EVENTS: TableDefinition<u64, &str> = TableDefinition::new("events");

/// The newest events in an embedded store.
///
/// An event can be seen through [`Log::after`] only when the transaction that added it was committed. The commit is
/// redb's default, `Immediate`: it returns when the pages and then the header that names them are in the file. (With
/// `None`, a killed process would lose events that clients have seen, and give their ids to others.)
pub struct Log {
    database: Database,
    keep: u64,
    latest: watch::Sender<u64>,
}

/// An event of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its id, one more than that of the event before.
    pub id: u64,
    /// Its bytes on the wire, with the blank line that ends it.
    pub block: String,
}

impl Log {
    /// Opens the log in `file`, or starts one there. It will keep the newest `keep` events.
    pub fn open(file: &Path, keep: u64) -> Result<Self, Failure> {
        let database = Database::create(file)
            .map_err(|error| format!("the log {} cannot be opened: {error}", file.display()))?;
        let transaction = database.begin_write()?;
        let latest = transaction.open_table(EVENTS)?.last()?.map_or(0, |(id, _)| id.value());
        transaction.commit()?;
        Ok(Self { database, keep, latest: watch::Sender::new(latest) })
    }

    /// Adds `count` events made at `at` (Unix time in milliseconds), then tells everyone who is subscribed.
    pub fn append(&self, count: u64, at: u64) -> Result<(), Failure> {
        let mut latest = self.latest();
        let transaction = self.database.begin_write()?;
        {
            let mut events = transaction.open_table(EVENTS)?;
            for _ in 0..count {
                latest += 1;
                events.insert(latest, block::encode(latest, at)?.as_str())?;
            }
            while events.len()? > self.keep {
                events.pop_first()?;
            }
        }
        transaction.commit()?;
        self.latest.send_replace(latest);
        Ok(())
    }

    /// The oldest events with an id above `cursor`, at most `limit` of them.
    pub fn after(&self, cursor: u64, limit: usize) -> Result<Vec<Entry>, Failure> {
        let events = self.database.begin_read()?.open_table(EVENTS)?;
        let mut entries = Vec::new();
        for event in events.range(cursor.saturating_add(1)..)?.take(limit) {
            let (id, block) = event?;
            entries.push(Entry { id: id.value(), block: block.value().to_owned() });
        }
        Ok(entries)
    }

    /// The id of the newest event, 0 before the first.
    pub fn latest(&self) -> u64 {
        *self.latest.borrow()
    }

    /// Follows [`Log::latest`].
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.latest.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::Log;

    #[test]
    fn it_is_bounded_and_goes_on_where_it_was() {
        let file = std::env::temp_dir().join(format!("demo-server-log-{}.redb", std::process::id()));
        let ids = |log: &Log, cursor| -> Vec<u64> {
            log.after(cursor, 4).expect("entries").iter().map(|entry| entry.id).collect()
        };

        let log = Log::open(&file, 10).expect("a log");
        assert_eq!(log.latest(), 0);
        log.append(25, 0).expect("25 events");
        assert_eq!(ids(&log, 0), [16, 17, 18, 19]);
        assert_eq!(ids(&log, 23), [24, 25]);
        assert!(ids(&log, u64::MAX).is_empty());
        drop(log);

        let log = Log::open(&file, 10).expect("the log");
        assert_eq!(log.latest(), 25);
        log.append(1, 0).expect("an event");
        assert_eq!(ids(&log, 24), [25, 26]);
        assert_eq!(ids(&log, 0), [17, 18, 19, 20]);
        drop(log);
        std::fs::remove_file(file).expect("the file");
    }
}
