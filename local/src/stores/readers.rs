//! Connections that read.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use store::embedded::{Connection, Outline};
use store::{Error, Outcome, Statement};
use tokio::sync::Semaphore;

/// A pool of read connections. The one that was used last is used first, so that few of them hold
/// warm pages and compiled statements when little is asked.
#[derive(Debug)]
pub struct Readers {
    idle: Mutex<Vec<Connection>>,
    permits: Semaphore,
}

impl Readers {
    /// Opens `count` connections to the file at `path`.
    pub fn open(path: &Path, count: usize) -> Result<Self, Error> {
        let connections = (0..count).map(|_| Connection::open_reader(path));
        Ok(Self {
            idle: Mutex::new(connections.collect::<Result<_, _>>()?),
            permits: Semaphore::new(count),
        })
    }

    /// Answers the statements from one snapshot, on the caller's thread: they are bounded by
    /// indexes and take microseconds, less than waking another thread twice.
    pub async fn read(&self, statements: &[Statement]) -> Result<Vec<Outcome>, Error> {
        self.with(|connection| connection.read(statements)).await
    }

    /// Whether the database is complete: see [`Connection::complete`].
    pub async fn complete(&self, known: &Outline) -> Result<(), Error> {
        self.with(|connection| connection.complete(known)).await
    }

    async fn with<T>(
        &self,
        ask: impl FnOnce(&mut Connection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let closed = || Error::Unavailable("the database is closed".into());
        let _permit = self.permits.acquire().await.map_err(|_| closed())?;
        let connection = self.idle().pop();
        let mut lease = Lease {
            connection,
            readers: self,
        };
        ask(lease.connection.as_mut().ok_or_else(closed)?)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that goes back even when its user panics.
struct Lease<'a> {
    connection: Option<Connection>,
    readers: &'a Readers,
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        self.readers.idle().extend(self.connection.take());
    }
}
