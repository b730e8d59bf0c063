//! The database file: one writer that groups concurrent writes into one commit, several readers.
//!
//! Both stores are in one file. A write is answered after its commit is on disk and its events
//! are published; a read sees every write that was answered before it began.

mod readers;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use store::embedded::Connection;
use store::{Call, Database, Error, Outcome};

use crate::bell::Bell;
use crate::ports::GatewaySlot;
use crate::settings::Storage;
use readers::Readers;
use writer::Writer;

/// Who hears of what was committed.
#[derive(Debug, Clone)]
pub struct Committed {
    /// Gets the events, in commit order.
    pub gateway: GatewaySlot,
    /// Rings when there are new jobs.
    pub jobs: Bell,
}

/// The database of an instance. Clones share it.
#[derive(Debug, Clone)]
pub struct Stores {
    path: Arc<PathBuf>,
    bytes_max: u64,
    writer: Arc<Writer>,
    readers: Arc<Readers>,
}

impl Stores {
    /// Opens the file at `path` and migrates it.
    ///
    /// # Errors
    /// When the file cannot be used, or is of a newer program.
    pub fn open(path: &Path, settings: &Storage, committed: Committed) -> Result<Self> {
        let name = || format!("database {}", path.display());
        let bytes_max = settings.database_bytes_max;
        let mut connection = connect(path, bytes_max).with_context(name)?;
        connection.migrate().with_context(name)?;
        Ok(Self {
            path: Arc::new(path.to_owned()),
            bytes_max,
            writer: Arc::new(Writer::start(connection, committed)?),
            readers: Arc::new(Readers::open(path, settings.readers).with_context(name)?),
        })
    }

    /// A connection that behaves as Spin's: one of its own.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the file cannot be opened.
    pub fn connect(&self) -> Result<Connection, Error> {
        connect(&self.path, self.bytes_max)
    }

    /// Waits until everything accepted is written, and accepts nothing more.
    pub async fn close(&self) {
        self.writer.close().await;
    }
}

/// A connection that writes, within the limit if there is one.
fn connect(path: &Path, bytes_max: u64) -> Result<Connection, Error> {
    let mut connection = Connection::open(path)?;
    if bytes_max > 0 {
        connection.limit(bytes_max)?;
    }
    Ok(connection)
}

impl Database for Stores {
    async fn call(&self, call: Call) -> Result<Vec<Outcome>, Error> {
        if call.write {
            self.writer.write(call).await
        } else {
            self.readers.read(&call.statements).await
        }
    }
}
