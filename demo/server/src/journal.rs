//! What happened to each connection to the feed.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Serialize, Serializer};

use crate::cut::Position;
use crate::faults::{Fault, Plan, Request};

/// How many connections are remembered.
const KEEP: usize = 10_000;

/// The newest connections of this process, oldest first.
pub struct Journal {
    started: u64,
    records: Mutex<VecDeque<Record>>,
}

/// One connection.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// Counts from 1 in each process.
    pub connection: u64,
    /// When this process started. Like all times here, in milliseconds of Unix time.
    pub server: u64,
    /// The run that its query names, or nothing.
    pub run: String,
    /// When its request had been read.
    pub opened: u64,
    /// The last event id that its request names.
    pub resumed_from: Option<String>,
    /// Where the request names it.
    pub resumed_by: Option<ResumedBy>,
    /// The method of its request.
    pub method: String,
    /// The `Origin` header of its request.
    pub origin: Option<String>,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// The ids of the first and the last event of the feed that went out whole.
    pub sent: Option<(u64, u64)>,
    /// How many events of the feed went out whole.
    pub events: u64,
    /// Its faults; in JSON their names with `+` between them, or nothing.
    #[serde(rename = "fault", serialize_with = "names")]
    pub faults: Vec<Fault>,
    /// Where it was cut inside an event.
    pub cut: Option<CutAt>,
    /// When it ended, or when its end was noticed if the client ended it.
    pub ended: Option<u64>,
    /// How it ended.
    pub how: Option<How>,
}

/// What a client resumed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ResumedBy {
    /// `Last-Event-ID`.
    Header,
    /// `?lastEventId=`.
    Query,
}

/// A cut inside an event.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct CutAt {
    /// The kind of place.
    pub position: Position,
    /// The id of the event that was not sent whole.
    pub id: u64,
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// The client closed it.
    Client,
    /// A proper end of the answer.
    End,
    /// FIN inside an event.
    CutFin,
    /// RST inside an event.
    CutRst,
    /// FIN before the first byte of an answer.
    DropBefore,
    /// FIN after the headers.
    Drop,
    /// The whole answer was a status with a text.
    Status,
    /// The whole answer was 204.
    Stop,
    /// The whole answer was of another type.
    Type,
    /// The server stopped in good order.
    Shutdown,
    /// The log could not be read.
    Failure,
}

impl Journal {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { started: now(), records: Mutex::default() })
    }

    /// The connections of a run, or all of them, oldest first.
    pub(crate) fn records(&self, run: Option<&str>) -> Vec<Record> {
        self.lock().iter().filter(|record| run.is_none_or(|run| record.run == run)).cloned().collect()
    }

    /// How many connections of a run were cut inside an event.
    pub(crate) fn cuts(&self, run: &str) -> usize {
        self.lock().iter().filter(|record| record.run == run && record.cut.is_some()).count()
    }

    /// Starts the line of a connection, and plans its faults from the turns that earlier connections of its run took.
    pub(crate) fn open(
        self: &Arc<Self>,
        request: &Request,
        method: String,
        origin: Option<String>,
        resumed: Option<(String, ResumedBy)>,
    ) -> (Line, Plan) {
        let mut records = self.lock();
        let plan = request.plan(|fault| {
            records
                .iter()
                .filter(|record| record.run == request.run && record.faults.contains(&fault))
                .count()
        });
        if records.len() == KEEP {
            records.pop_front();
        }
        let connection = records.back().map_or(0, |record| record.connection) + 1;
        let (resumed_from, resumed_by) = resumed.unzip();
        records.push_back(Record {
            connection,
            server: self.started,
            run: request.run.clone(),
            opened: now(),
            resumed_from,
            resumed_by,
            method,
            origin,
            status: None,
            sent: None,
            events: 0,
            faults: plan.faults.clone(),
            cut: None,
            ended: None,
            how: None,
        });
        (Line { journal: Arc::clone(self), connection }, plan)
    }

    /// A panic while the lock was held cannot leave a record half written, so poison means nothing here.
    fn lock(&self) -> MutexGuard<'_, VecDeque<Record>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The line of one open connection. A line that is dropped before it was told how the connection ended says that the
/// client closed it: then the HTTP server has dropped the request's future.
pub(crate) struct Line {
    journal: Arc<Journal>,
    connection: u64,
}

impl Line {
    pub(crate) fn answered(&self, status: u16) {
        self.write(|record| record.status = Some(status));
    }

    pub(crate) fn sent(&self, id: u64) {
        self.write(|record| {
            record.events += 1;
            record.sent = Some((record.sent.map_or(id, |(first, _)| first), id));
        });
    }

    pub(crate) fn cut(&self, position: Position, id: u64) {
        self.write(|record| record.cut = Some(CutAt { position, id }));
    }

    /// Only the first end counts.
    pub(crate) fn ended(&self, how: How) {
        self.write(|record| {
            if record.how.is_none() {
                record.ended = Some(now());
                record.how = Some(how);
            }
        });
    }

    fn write(&self, change: impl FnOnce(&mut Record)) {
        let mut records = self.journal.lock();
        // Numbers are contiguous, and an old record may have been dropped.
        let first = records.front().map_or(0, |record| record.connection);
        let index = self.connection.checked_sub(first).and_then(|index| usize::try_from(index).ok());
        if let Some(record) = index.and_then(|index| records.get_mut(index)) {
            change(record);
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.ended(How::Client);
    }
}

fn names<S: Serializer>(faults: &[Fault], serializer: S) -> Result<S::Ok, S::Error> {
    let names: Vec<_> = faults.iter().map(|fault| fault.name()).collect();
    (!names.is_empty()).then(|| names.join("+")).serialize(serializer)
}

/// Milliseconds of Unix time.
pub(crate) fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}
