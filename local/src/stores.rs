//! The database file: one writer that groups concurrent writes into one commit, several readers.
//!
//! Both stores are in one file. A write is answered after its commit is on disk and its events
//! are published; a read sees every write that was answered before it began.

mod readers;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use anyhow::{Context, Result, anyhow};
use store::embedded::{Connection, Outline};
use store::{Call, Database, Error, Outcome};

use crate::ports::GatewaySlot;
use crate::settings::Storage;
use crate::wakeup::Wakeup;
use readers::Readers;
use writer::Writer;

/// Who hears of what was committed.
#[derive(Debug, Clone)]
pub struct Committed {
    /// Gets the events, in commit order.
    pub gateway: GatewaySlot,
    /// Rings when there are new jobs.
    pub jobs: Wakeup,
}

/// The database of an instance. Clones share it.
#[derive(Debug, Clone)]
pub struct Stores {
    path: Arc<PathBuf>,
    bytes_max: u64,
    writer: Arc<Writer>,
    readers: Arc<Readers>,
    known: Arc<Outline>,
    /// What showed that the file is damaged.
    damage: Arc<OnceLock<Error>>,
}

impl Stores {
    /// Opens the file at `path`, which no other process has open, migrates it and looks whether it
    /// is whole.
    ///
    /// # Errors
    /// When the file cannot be used, is damaged, or is of a newer program.
    pub fn open(path: &Path, settings: &Storage, committed: Committed) -> Result<Self> {
        let name = || format!("database {}", path.display());
        let bytes_max = settings.database_bytes_max;
        let known = Outline::known()?;
        let opened = open_whole(path, bytes_max, &known).map_err(|error| match error {
            Error::Damaged(_) => anyhow!("{error}\n{DAMAGED}"),
            other => other.into(),
        });
        let connection = opened.with_context(name)?;
        Ok(Self {
            path: Arc::new(path.to_owned()),
            bytes_max,
            writer: Arc::new(Writer::start(connection, committed)?),
            readers: Arc::new(Readers::open(path, settings.readers).with_context(name)?),
            known: Arc::new(known),
            damage: Arc::default(),
        })
    }

    /// Whether the database is whole, as far as anybody noticed.
    ///
    /// # Errors
    /// [`Error::Damaged`] with what is missing or broken.
    pub async fn check(&self) -> Result<(), Error> {
        if let Some(damage) = self.damage.get() {
            return Err(damage.clone());
        }
        if !self.path.exists() {
            return Err(Error::Damaged("the file is gone".into()));
        }
        let complete = self.readers.complete(&self.known).await;
        self.noticed(complete)
    }

    /// Keeps in mind that something showed damage: what is read next may be in memory still.
    fn noticed<T>(&self, answer: Result<T, Error>) -> Result<T, Error> {
        if let Err(error @ Error::Damaged(_)) = &answer
            && self.damage.set(error.clone()).is_ok()
        {
            tracing::error!("{}: {error}\n{DAMAGED}", self.path.display());
        }
        answer
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

/// What to do about a database that is damaged.
const DAMAGED: &str = "\
    Nothing was changed. Either make a new folder of a backup, `spacebar restore BACKUP --data \
    NEW`, and start that; or save what can be read with SQLite's own program, \
    `sqlite3 main.db .recover | sqlite3 new.db`, and start with new.db in the place of main.db and \
    without main.db-wal and main.db-shm.";

/// A connection to a file that is up to date and whole.
fn open_whole(path: &Path, bytes_max: u64, known: &Outline) -> Result<Connection, Error> {
    let mut connection = connect(path, bytes_max)?;
    connection.counted()?;
    connection.migrate()?;
    connection.intact(path, known)?;
    Ok(connection)
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
        let answer = match call.write {
            true => self.writer.write(call).await,
            false => self.readers.read(&call.statements).await,
        };
        self.noticed(answer)
    }
}
