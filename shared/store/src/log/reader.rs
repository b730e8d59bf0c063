//! Who reads the log: search, embeds, webhooks, push, plugins, archives, mirrors.

use model::Timestamp;
use model::limits::LOG_AGE_MS_MAX;

use super::Entry;
use crate::{Batch, Database, Error, Query, Statement, Store, params};

/// How the statement begins that registers a reader.
pub(super) const REGISTER: &str = "INSERT INTO log_readers ";

/// The number of the last event with which all readers are done, as SQL: all of them if there are
/// no readers.
pub(crate) const LAST_NEEDED: &str =
    "(SELECT coalesce(min(position), 9223372036854775807) FROM log_readers)";

/// How often a reader that has nothing to acknowledge says that it is there.
const SEEN_EVERY_MS: i64 = LOG_AGE_MS_MAX / 8;

/// A reader of one database's log, by a name that nobody else has. It gets each event at least
/// once: those that it had and did not acknowledge come again.
///
/// One of all events has a reader in each database; there is no order between them.
#[derive(Debug)]
pub struct Reader<'d, D> {
    database: &'d D,
    store: Store,
    name: &'d str,
    position: i64,
    seen_at: Timestamp,
}

/// What a reader has not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Whether there were events that are gone: the reader has to look at the stores themselves
    /// for what changed.
    pub missed: bool,
    /// The next events in their order, each with its number.
    pub entries: Vec<(i64, Entry)>,
}

/// What is stored of a reader.
#[derive(Debug, Clone, Copy)]
struct State {
    position: i64,
    seen_at: Timestamp,
    trimmed: i64,
}

impl<'d, D: Database> Reader<'d, D> {
    /// Goes on where the reader of this name was, or begins at the oldest event that is kept. Says
    /// as well whether it missed something: who is new has missed all that came before.
    ///
    /// # Errors
    /// The database's own.
    pub async fn begin(
        database: &'d D,
        store: Store,
        name: &'d str,
        now: Timestamp,
    ) -> Result<(Self, bool), Error> {
        let known = database.read(store, state(name).optional()).await?;
        let mut batch = Batch::new(store);
        batch.push(register(name, now));
        write(database, batch).await?;
        let found = database.read(store, state(name).optional()).await?;
        let found = found.ok_or_else(|| Error::Internal(format!("no reader {name}")))?;
        let reader = Self {
            database,
            store,
            name,
            position: found.position.max(found.trimmed),
            seen_at: now,
        };
        Ok((reader, known.is_none() || found.position < found.trimmed))
    }

    /// The number of the last event that was acknowledged.
    pub fn position(&self) -> i64 {
        self.position
    }

    /// Up to `limit` events that were not acknowledged.
    ///
    /// # Errors
    /// The database's own; [`Error::Internal`] for events of a newer program.
    pub async fn next(&mut self, limit: u32, now: Timestamp) -> Result<Page, Error> {
        let query = (state(self.name).optional(), after(self.position, limit));
        let (found, entries) = self.database.read(self.store, query).await?;
        let Some(found) = found else {
            // It was forgotten, and nothing need have been written since.
            let (again, missed) = Self::begin(self.database, self.store, self.name, now).await?;
            *self = again;
            let query = after(self.position, limit);
            let entries = self.database.read(self.store, query).await?;
            return Ok(Page { missed, entries });
        };
        if now.since_millis(found.seen_at.max(self.seen_at)) >= SEEN_EVERY_MS {
            self.acknowledge(self.position, now).await?;
        }
        let missed = self.position < found.trimmed;
        self.position = self.position.max(found.trimmed);
        Ok(Page { missed, entries })
    }

    /// Is done with the events up to number `through`. Those that nobody else needs go.
    ///
    /// # Errors
    /// The database's own.
    pub async fn acknowledge(&mut self, through: i64, now: Timestamp) -> Result<(), Error> {
        let mut batch = Batch::new(self.store);
        batch.push(Statement::new(
            "UPDATE log_readers SET position = max(position, ?2), seen_at = ?3 WHERE name = ?1",
            params![self.name, through, now.as_millis()],
        ));
        batch.push(forget_read());
        write(self.database, batch).await?;
        self.position = self.position.max(through);
        self.seen_at = now;
        Ok(())
    }

    /// Reads no more. What only this reader needed goes.
    ///
    /// # Errors
    /// The database's own.
    pub async fn end(self) -> Result<(), Error> {
        let mut batch = Batch::new(self.store);
        batch.push(Statement::new(
            "DELETE FROM log_readers WHERE name = ?1",
            params![self.name],
        ));
        batch.push(forget_read());
        write(self.database, batch).await
    }
}

async fn write(database: &impl Database, batch: Batch) -> Result<(), Error> {
    let written = database.write(batch).await;
    let failed = |rejection: crate::Rejection| Error::Internal(rejection.to_string());
    written.map(drop).map_err(failed)
}

/// Notes that the reader is there, before the oldest event if it is new.
fn register(name: &str, now: Timestamp) -> Statement {
    let sql = format!(
        "{REGISTER}(name, position, seen_at) VALUES (?1, \
         coalesce((SELECT min(seq) FROM outbox) - 1, \
         (SELECT through FROM log_trims WHERE only = 0), 0), ?2) \
         ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at"
    );
    Statement::new(sql, params![name, now.as_millis()])
}

/// Removes what all readers and the gateway are done with.
pub(super) fn forget_read() -> Statement {
    let sql = format!("DELETE FROM outbox WHERE seq <= {LAST_NEEDED} AND +stream < 0");
    Statement::new(sql, Vec::new())
}

fn state(name: &str) -> Query<State> {
    Query::new(
        "SELECT position, seen_at, \
         coalesce((SELECT through FROM log_trims WHERE only = 0), 0) \
         FROM log_readers WHERE name = ?1",
        params![name],
        3,
        |row| {
            Ok(State {
                position: row.take()?,
                seen_at: Timestamp::from_millis(row.take()?),
                trimmed: row.take()?,
            })
        },
    )
}

fn after(position: i64, limit: u32) -> Query<(i64, Entry)> {
    Query::new(
        "SELECT seq, event FROM outbox WHERE seq > ?1 ORDER BY seq LIMIT ?2",
        params![position, limit],
        2,
        |row| Ok((row.take()?, Entry::read(&row.take::<String>()?)?)),
    )
}

#[cfg(all(test, feature = "libsql"))]
mod tests;
