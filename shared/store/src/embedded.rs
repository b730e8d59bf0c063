//! Stores in a libSQL file or in memory, for the local host, its tools and tests.
//!
//! libSQL's interface is asynchronous for the sake of its remote databases. A local one never
//! waits, so everything here is synchronous; asynchronous callers use a thread for it.

mod connection;
mod intact;
mod migrate;
mod plans;
mod schema;
mod snapshot;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use model::Event;

pub use connection::Connection;
pub use intact::Outline;
pub use plans::Plans;
pub use schema::schema;

use crate::{Call, Database, Error, Outcome, Statement, Value};

/// Both stores in one database behind one connection: a [`Database`] for tests and tools.
///
/// Nothing receives the events of its batches; they are kept for
/// [`take_events`](Self::take_events).
#[derive(Debug)]
pub struct Embedded {
    connection: Mutex<Connection>,
    events: Mutex<Vec<Event>>,
}

impl Embedded {
    /// An empty database in memory, migrated.
    ///
    /// # Errors
    /// When a migration is wrong.
    pub fn memory() -> Result<Self, Error> {
        Self::open(Path::new(":memory:"))
    }

    /// The database in the file at `path`, created when it is missing, migrated.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the file cannot be opened or written; [`Error::Internal`] when
    /// it is newer than this program.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let mut connection = Connection::open(path)?;
        connection.migrate()?;
        Ok(Self {
            connection: Mutex::new(connection),
            events: Mutex::default(),
        })
    }

    /// The events of all batches since the last call, in commit order.
    pub fn take_events(&self) -> Vec<Event> {
        std::mem::take(&mut *lock(&self.events))
    }

    /// SQLite's plan for a statement, a line for each step.
    ///
    /// # Errors
    /// When the statement cannot be compiled.
    pub fn plan(&self, statement: &Statement) -> Result<Vec<String>, Error> {
        let explain = format!("EXPLAIN QUERY PLAN {}", statement.sql);
        let explain = Statement::new(explain, statement.params.clone());
        let outcome = lock(&self.connection).run(&explain)?;
        let steps = outcome.values.into_iter().skip(3).step_by(4);
        Ok(steps
            .map(|step| match step {
                Value::Text(step) => step,
                other => format!("{other:?}"),
            })
            .collect())
    }
}

impl Database for Embedded {
    async fn call(&self, call: Call) -> Result<Vec<Outcome>, Error> {
        let mut connection = lock(&self.connection);
        if !call.write {
            return connection.read(&call.statements);
        }
        let outcomes = connection.write(&call)?;
        // Still under the connection's lock, so that events keep the order of the commits.
        lock(&self.events).extend(call.events);
        Ok(outcomes)
    }
}

/// A panic elsewhere leaves a connection usable: its transaction is rolled back by the next one.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
