//! What an object of the gateway stores, in its own SQLite: its journal, and what it must not
//! forget.
//!
//! The platform holds back what an event sends until what it stored before is safe, so a row that
//! is stored first is never behind what clients know.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use anyhow::anyhow;
use gateway_durable::durable::Address;
use gateway_durable::durable::link::Epoch;
use http::Uri;
use http::uri::PathAndQuery;
use runtime::host::log_error;
use store::Partitions;
use worker::{Env, SqlStorage, SqlStorageValue, Storage, WorkerVersionMetadata};

/// Bytes of one row. The platform takes 2 MB.
const ROW_BYTES_MAX: usize = 1 << 20;
/// The number of the snapshot; rows of the journal follow it.
const SNAPSHOT: i64 = 0;

const SCHEMA: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS journal \
     (number INTEGER NOT NULL, part INTEGER NOT NULL, bytes BLOB NOT NULL, \
     PRIMARY KEY (number, part)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS marks \
     (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS texts \
     (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
];

/// A number that is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// When the alarm is set, in milliseconds; 0 for none.
    Alarm,
    /// When work is looked for that was put off, in milliseconds; 0 for never.
    Jobs,
    /// When the object began with nothing, in milliseconds; 0 for never, negative for an epoch that
    /// is over.
    Epoch,
    /// The last event of the store `main` that was published.
    Main,
    /// The last event of a database of the store `messages`, by its number, that was published.
    Messages(u32),
}

impl Mark {
    fn name(self) -> Cow<'static, str> {
        match self {
            Self::Alarm => "alarm".into(),
            Self::Jobs => "jobs".into(),
            Self::Epoch => "epoch".into(),
            Self::Main => "main".into(),
            Self::Messages(0) => "messages".into(),
            Self::Messages(number) => format!("messages {number}").into(),
        }
    }
}

/// What is stored of the object.
pub struct Stored {
    /// The snapshot, if there is one.
    pub snapshot: Option<Vec<u8>>,
    /// The rows of the journal since.
    pub journal: Vec<Vec<u8>>,
}

impl Stored {
    /// Something of which nothing can be made.
    fn unreadable() -> Self {
        Self {
            snapshot: None,
            journal: vec![Vec::new()],
        }
    }
}

/// The storage.
pub struct ObjectStorage {
    sql: SqlStorage,
    marks: RefCell<BTreeMap<Mark, i64>>,
    next: Cell<i64>,
}

impl ObjectStorage {
    /// The object's storage, with its tables. The messages are in so many `partitions`.
    ///
    /// # Errors
    /// When the platform refuses.
    pub fn open(storage: &Storage, env: &Env, partitions: Partitions) -> anyhow::Result<Self> {
        let storage = Self {
            sql: storage.sql(),
            marks: RefCell::default(),
            next: Cell::new(SNAPSHOT + 1),
        };
        for statement in SCHEMA {
            storage.run(statement, Vec::new())?;
        }
        let messages = (0..partitions.count()).map(Mark::Messages);
        let outboxes: Vec<_> = messages.chain([Mark::Main]).collect();
        for mark in outboxes
            .iter()
            .copied()
            .chain([Mark::Alarm, Mark::Jobs, Mark::Epoch])
        {
            let value = storage.first("SELECT value FROM marks WHERE name = ?", &mark.name())?;
            let value = value.map_or(0, |value| integer(&value));
            storage.marks.borrow_mut().insert(mark, value);
        }
        let version: Option<WorkerVersionMetadata> = env.get_binding("VERSION").ok();
        let version = version.map_or(String::new(), |version| version.id());
        if storage.text("version")?.as_deref() != Some(&*version) {
            // A journal is only good for the code that wrote it, and the databases may be others
            // too, such as restored ones.
            let _ = storage.forget();
            storage.set_mark(Mark::Epoch, -storage.mark(Mark::Epoch).abs());
            for mark in outboxes {
                storage.set_mark(mark, 0);
            }
            storage.set_text("version", &version)?;
        }
        Ok(storage)
    }

    /// What was stored of the object, if anything was.
    pub fn load(&self) -> Option<Stored> {
        let mut rows = BTreeMap::<i64, Vec<u8>>::new();
        let query = "SELECT number, bytes FROM journal ORDER BY number, part";
        let Ok(read) = self.sql.exec(query, None) else {
            return Some(Stored::unreadable());
        };
        for row in read.raw() {
            let Ok([number, SqlStorageValue::Blob(bytes)]) = row.as_deref() else {
                return Some(Stored::unreadable());
            };
            rows.entry(integer(number)).or_default().extend(bytes);
        }
        let last = rows.keys().next_back()?;
        self.next.set(last + 1);
        let snapshot = rows.remove(&SNAPSHOT);
        if rows
            .keys()
            .zip(SNAPSHOT + 1..)
            .any(|(number, expected)| *number != expected)
        {
            return Some(Stored::unreadable());
        }
        let journal = rows.into_values().collect();
        Some(Stored { snapshot, journal })
    }

    /// Stores a row of the journal; false when it cannot be stored.
    #[must_use]
    pub fn append(&self, row: &[u8]) -> bool {
        let number = self.next.replace(self.next.get() + 1);
        self.store(number, row)
    }

    /// Stores a snapshot instead of the journal; false when it cannot be stored.
    #[must_use]
    pub fn replace(&self, snapshot: &[u8]) -> bool {
        self.forget() && self.store(SNAPSHOT, snapshot)
    }

    /// Forgets the object's state; false when it cannot be forgotten.
    fn forget(&self) -> bool {
        self.next.set(SNAPSHOT + 1);
        self.try_to("DELETE FROM journal", Vec::new())
    }

    /// A number that is kept; 0 if it was never set.
    pub fn mark(&self, mark: Mark) -> i64 {
        self.marks.borrow().get(&mark).copied().unwrap_or(0)
    }

    /// Keeps a number.
    pub fn set_mark(&self, mark: Mark, value: i64) {
        if self.marks.borrow_mut().insert(mark, value) != Some(value) {
            self.try_to(
                "INSERT OR REPLACE INTO marks (name, value) VALUES (?, ?)",
                vec![mark.name().into_owned().into(), value.into()],
            );
        }
    }

    /// Which epoch of the object it is that is stored; `None` when it has to begin one.
    pub fn epoch(&self) -> Option<Epoch> {
        u64::try_from(self.mark(Mark::Epoch))
            .ok()
            .filter(|epoch| *epoch != 0)
    }

    /// The object begins with nothing.
    pub fn begin_epoch(&self, now: i64) -> Epoch {
        let _ = self.forget();
        let epoch = now.max(self.mark(Mark::Epoch).abs() + 1);
        self.set_mark(Mark::Epoch, epoch);
        epoch as Epoch
    }

    /// Which object it is, as this event tells or an earlier one told.
    ///
    /// # Errors
    /// When none ever did, or the platform refuses.
    pub fn address(&self, told: Option<Address>) -> anyhow::Result<Address> {
        if let Some(told) = told {
            self.set_text("address", &told.to_string())?;
            return Ok(told);
        }
        let text = self.text("address")?;
        let text = text.ok_or_else(|| anyhow!("nobody ever called"))?;
        Ok(text.parse().map_or(Address::Sessions, Address::Guild))
    }

    /// An address at which clients reach the instance, as this event tells or an earlier one told.
    ///
    /// # Errors
    /// When none ever did, or the platform refuses.
    pub fn uri(&self, told: Option<&Uri>) -> anyhow::Result<Uri> {
        if let Some(told) = told {
            let mut origin = told.clone().into_parts();
            origin.path_and_query = Some(PathAndQuery::from_static("/"));
            let origin = Uri::from_parts(origin)?;
            self.set_text("url", &origin.to_string())?;
            return Ok(origin);
        }
        let text = self.text("url")?;
        let text = text.ok_or_else(|| anyhow!("nobody ever called"))?;
        Ok(text.parse()?)
    }

    fn store(&self, number: i64, bytes: &[u8]) -> bool {
        let mut parts = (0_i64..).zip(bytes.chunks(ROW_BYTES_MAX));
        parts.all(|(part, bytes)| {
            self.try_to(
                "INSERT INTO journal (number, part, bytes) VALUES (?, ?, ?)",
                vec![number.into(), part.into(), bytes.to_vec().into()],
            )
        })
    }

    fn text(&self, name: &str) -> anyhow::Result<Option<String>> {
        let value = self.first("SELECT value FROM texts WHERE name = ?", name)?;
        Ok(value.and_then(|value| match value {
            SqlStorageValue::String(text) => Some(text),
            _ => None,
        }))
    }

    fn set_text(&self, name: &str, value: &str) -> anyhow::Result<()> {
        if self.text(name)?.as_deref() == Some(value) {
            return Ok(());
        }
        let sql = "INSERT OR REPLACE INTO texts (name, value) VALUES (?, ?)";
        self.run(sql, vec![name.into(), value.into()])
    }

    fn first(&self, sql: &str, name: &str) -> anyhow::Result<Option<SqlStorageValue>> {
        let rows = self.sql.exec(sql, vec![name.into()]);
        let mut rows = rows.map_err(|error| anyhow!("{error}"))?.raw();
        let row = rows.next().transpose();
        let row = row.map_err(|error| anyhow!("{error}"))?;
        Ok(row.and_then(|row| row.into_iter().next()))
    }

    fn run(&self, sql: &str, values: Vec<SqlStorageValue>) -> anyhow::Result<()> {
        let done = self.sql.exec(sql, values);
        done.map(drop).map_err(|error| anyhow!("{error}"))
    }

    /// A storage refuses when a plan's quota is used up, for example.
    fn try_to(&self, sql: &str, values: Vec<SqlStorageValue>) -> bool {
        let done = self.run(sql, values);
        if let Err(error) = &done {
            log_error(&format!("the gateway cannot store: {error}"));
        }
        done.is_ok()
    }
}

/// Numbers come back as the platform's, which are floating point.
fn integer(value: &SqlStorageValue) -> i64 {
    match value {
        SqlStorageValue::Integer(number) => *number,
        SqlStorageValue::Float(number) => *number as i64,
        _ => 0,
    }
}
