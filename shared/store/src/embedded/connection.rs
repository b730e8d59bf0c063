//! One libSQL connection: cached statements, read snapshots, grouped writes.

use std::collections::HashMap;
use std::path::Path;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use libsql::ffi;

use crate::{Call, Error, Outcome, Statement, Value};

/// How long a statement waits for another process, such as a backup, to release the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Prepared statements kept per connection. Texts are constant, so this is never reached by
/// functions; it bounds what a caller with ever new texts could hold.
const PREPARED_MAX: usize = 1024;

/// A connection to a libSQL file or to a database in memory.
///
/// All methods block until they are done.
pub struct Connection {
    inner: libsql::Connection,
    prepared: HashMap<String, libsql::Statement>,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection")
            .field("prepared", &self.prepared.len())
            .finish_non_exhaustive()
    }
}

impl Connection {
    /// Opens `path` for reading and writing, creating it when it is missing. What is committed
    /// survives the loss of power: the log is synchronised with every commit.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the file cannot be opened or written.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let connection = Self::connect(path)?;
        connection.script("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
        Ok(connection)
    }

    /// Opens the existing file at `path` for reading only.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the file cannot be opened.
    pub fn open_reader(path: &Path) -> Result<Self, Error> {
        let connection = Self::connect(path)?;
        connection.script("PRAGMA query_only = ON; PRAGMA cache_size = -1024;")?;
        Ok(connection)
    }

    fn connect(path: &Path) -> Result<Self, Error> {
        let database = now(libsql::Builder::new_local(path).build())?.map_err(error)?;
        let inner = database.connect().map_err(error)?;
        inner.busy_timeout(BUSY_TIMEOUT).map_err(error)?;
        Ok(Self {
            inner,
            prepared: HashMap::new(),
        })
    }

    /// Answers `statements` in order from one snapshot.
    ///
    /// # Errors
    /// The first statement's that fails; one that writes fails with [`Error::Internal`].
    pub fn read(&mut self, statements: &[Statement]) -> Result<Vec<Outcome>, Error> {
        if let [statement] = statements {
            return Ok(vec![self.run(statement)?]);
        }
        self.control("BEGIN")?;
        let outcomes = self.run_all(statements);
        self.control(if outcomes.is_ok() {
            "COMMIT"
        } else {
            "ROLLBACK"
        })?;
        outcomes
    }

    /// Runs one write call in a transaction; when this returns, it is durable or undone.
    ///
    /// # Errors
    /// Why it was undone.
    pub fn write(&mut self, call: &Call) -> Result<Vec<Outcome>, Error> {
        if call.statements.is_empty() {
            return Ok(Vec::new());
        }
        self.begin()?;
        let outcomes = self.run_all(&call.statements);
        let finished = outcomes.and_then(|outcomes| self.control("COMMIT").map(|()| outcomes));
        if finished.is_err() {
            self.abandon();
        }
        finished
    }

    /// Runs write calls in one commit, each all or nothing by itself. The answers are in the
    /// order of the calls, which is the order in which they took effect.
    ///
    /// When SQLite gives up the whole transaction, the calls are run again one by one, so that
    /// none fails for what another did.
    pub fn write_group(&mut self, calls: &[&Call]) -> Vec<Result<Vec<Outcome>, Error>> {
        if calls.len() > 1
            && let Some(answers) = self.write_together(calls)
        {
            return answers;
        }
        calls.iter().map(|call| self.write(call)).collect()
    }

    /// One commit for all calls, or `None` when none of them took effect.
    fn write_together(&mut self, calls: &[&Call]) -> Option<Vec<Result<Vec<Outcome>, Error>>> {
        self.begin().ok()?;
        let mut answers = Vec::with_capacity(calls.len());
        for call in calls {
            match self.write_savepoint(&call.statements) {
                Ok(answer) => answers.push(answer),
                Err(_) => {
                    self.abandon();
                    return None;
                }
            }
        }
        if self.control("COMMIT").is_err() {
            self.abandon();
            return None;
        }
        Some(answers)
    }

    /// The inner result is the call's; the outer one fails when the transaction is lost.
    fn write_savepoint(
        &mut self,
        statements: &[Statement],
    ) -> Result<Result<Vec<Outcome>, Error>, Error> {
        self.control("SAVEPOINT one")?;
        let outcomes = self.run_all(statements);
        if self.inner.is_autocommit() {
            return Err(Error::Unavailable("the transaction was lost".into()));
        }
        if outcomes.is_err() {
            self.control("ROLLBACK TO one")?;
        }
        self.control("RELEASE one")?;
        Ok(outcomes)
    }

    /// Lets the file have at most this many bytes, rounded down to pages; writes beyond are
    /// [`Error::Unavailable`]. A file that is larger already does not grow.
    ///
    /// # Errors
    /// When SQLite does not answer.
    pub fn limit(&mut self, bytes: u64) -> Result<(), Error> {
        let sizes = self.run(&Statement::new("PRAGMA page_size", Vec::new()))?;
        let [Value::Integer(page)] = sizes.values[..] else {
            return Err(Error::Internal("SQLite has no page size".into()));
        };
        self.script(&format!(
            "PRAGMA max_page_count = {}",
            bytes / page.unsigned_abs()
        ))
    }

    /// Moves the log into the file, so that the file alone is the database.
    ///
    /// # Errors
    /// When a reader is in the way or the disk is full; nothing is lost.
    pub fn checkpoint(&mut self) -> Result<(), Error> {
        self.control("PRAGMA wal_checkpoint(TRUNCATE)")
    }

    fn begin(&mut self) -> Result<(), Error> {
        if !self.inner.is_autocommit() {
            self.abandon();
        }
        self.control("BEGIN IMMEDIATE")
    }

    /// Ends a transaction that cannot be kept. SQLite may have ended it already.
    fn abandon(&mut self) {
        if !self.inner.is_autocommit() {
            // A rollback fails only when there is nothing to roll back.
            let _ = self.control("ROLLBACK");
        }
    }

    fn run_all(&mut self, statements: &[Statement]) -> Result<Vec<Outcome>, Error> {
        let outcomes = statements.iter().enumerate().map(|(index, statement)| {
            self.run(statement).map_err(|error| match error {
                Error::Rejected { message, .. } => Error::Rejected {
                    statement: index as u32,
                    message,
                },
                other => other,
            })
        });
        outcomes.collect()
    }

    /// Runs one statement, outside of a transaction unless a statement before it began one.
    ///
    /// # Errors
    /// As SQLite says; a violated constraint is [`Error::Rejected`] with index 0.
    pub fn run(&mut self, statement: &Statement) -> Result<Outcome, Error> {
        let changes_before = self.inner.total_changes() as u32;
        let prepared = self.prepare(&statement.sql)?;
        if prepared.parameter_count() != statement.params.len() {
            return Err(Error::Internal(format!(
                "{} has {} parameters, not {}",
                statement.sql,
                prepared.parameter_count(),
                statement.params.len()
            )));
        }
        let answer = fetch(prepared, &statement.params);
        prepared.reset();
        let (columns, values) = answer?;
        // SQLite counts in 32 bits and wraps around.
        let changes = (self.inner.total_changes() as u32).wrapping_sub(changes_before);
        Ok(Outcome {
            columns,
            values,
            changes: changes.into(),
        })
    }

    /// Hands each row of one statement's answer to `take`, and keeps none.
    ///
    /// # Errors
    /// As SQLite says, and the first of `take`, which ends the statement.
    pub fn each<E: From<Error>>(
        &mut self,
        statement: &Statement,
        mut take: impl FnMut(Vec<Value>) -> Result<(), E>,
    ) -> Result<(), E> {
        let prepared = self.prepare(&statement.sql)?;
        let taken = walk(prepared, &statement.params, &mut take);
        prepared.reset();
        taken
    }

    /// The names of the columns that the statement `sql` answers with.
    ///
    /// # Errors
    /// When the statement cannot be compiled.
    pub fn column_names(&mut self, sql: &str) -> Result<Vec<String>, Error> {
        let columns = self.prepare(sql)?.columns();
        Ok(columns
            .iter()
            .map(|column| column.name().to_owned())
            .collect())
    }

    /// The rowid of this connection's latest insertion; 0 before the first.
    pub fn last_insert_rowid(&self) -> i64 {
        self.inner.last_insert_rowid()
    }

    /// Rows that this connection's latest INSERT, UPDATE or DELETE changed.
    pub fn changes(&self) -> u64 {
        self.inner.changes()
    }

    fn control(&mut self, sql: &'static str) -> Result<(), Error> {
        self.run(&Statement::new(sql, Vec::new())).map(drop)
    }

    /// Runs several statements without parameters.
    pub(super) fn script(&self, sql: &str) -> Result<(), Error> {
        now(self.inner.execute_batch(sql))?.map(drop).map_err(error)
    }

    fn prepare(&mut self, sql: &str) -> Result<&libsql::Statement, Error> {
        if !self.prepared.contains_key(sql) {
            if self.prepared.len() >= PREPARED_MAX {
                self.prepared.clear();
            }
            let statement = now(self.inner.prepare(sql))?.map_err(error)?;
            self.prepared.insert(sql.to_owned(), statement);
        }
        self.prepared
            .get(sql)
            .ok_or_else(|| Error::Internal("a statement was not kept".into()))
    }
}

fn walk<E: From<Error>>(
    statement: &libsql::Statement,
    params: &[Value],
    take: &mut impl FnMut(Vec<Value>) -> Result<(), E>,
) -> Result<(), E> {
    let params: Vec<libsql::Value> = params.iter().map(to_libsql).collect();
    let mut rows = now(statement.query(params))?.map_err(error)?;
    let columns = rows.column_count();
    while let Some(row) = now(rows.next())?.map_err(error)? {
        let values = (0..columns).map(|column| row.get_value(column).map(from_libsql));
        take(values.collect::<Result<_, _>>().map_err(error)?)?;
    }
    Ok(())
}

fn fetch(statement: &libsql::Statement, params: &[Value]) -> Result<(u16, Vec<Value>), Error> {
    let params: Vec<libsql::Value> = params.iter().map(to_libsql).collect();
    let mut rows = now(statement.query(params))?.map_err(error)?;
    let columns = u16::try_from(rows.column_count())
        .map_err(|_| Error::Internal("a row has too many columns".into()))?;
    let mut values = Vec::new();
    while let Some(row) = now(rows.next())?.map_err(error)? {
        for column in 0..i32::from(columns) {
            values.push(from_libsql(row.get_value(column).map_err(error)?));
        }
    }
    Ok((columns, values))
}

fn to_libsql(value: &Value) -> libsql::Value {
    match value {
        Value::Null => libsql::Value::Null,
        Value::Integer(number) => libsql::Value::Integer(*number),
        Value::Real(number) => libsql::Value::Real(*number),
        // libSQL's reader takes a NUL for the end of a text.
        Value::Text(text) => libsql::Value::Text(text.replace('\0', "\u{fffd}")),
        Value::Blob(bytes) => libsql::Value::Blob(bytes.clone()),
    }
}

fn from_libsql(value: libsql::Value) -> Value {
    match value {
        libsql::Value::Null => Value::Null,
        libsql::Value::Integer(number) => Value::Integer(number),
        libsql::Value::Real(number) => Value::Real(number),
        libsql::Value::Text(text) => Value::Text(text),
        libsql::Value::Blob(bytes) => Value::Blob(bytes),
    }
}

/// The result of a future of a local database, which is ready when it is first polled.
fn now<T>(future: impl Future<Output = T>) -> Result<T, Error> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => Ok(result),
        Poll::Pending => Err(Error::Internal("a local database waited".into())),
    }
}

fn error(error: libsql::Error) -> Error {
    let libsql::Error::SqliteFailure(code, message) = error else {
        return match error {
            libsql::Error::ConnectionFailed(message) => Error::Unavailable(message),
            other => Error::Internal(other.to_string()),
        };
    };
    match code & 0xff {
        // A wrong type is a defect of the statement, not a conflict with what is stored.
        ffi::SQLITE_CONSTRAINT if code != ffi::SQLITE_CONSTRAINT_DATATYPE => Error::Rejected {
            statement: 0,
            message,
        },
        ffi::SQLITE_BUSY
        | ffi::SQLITE_CANTOPEN
        | ffi::SQLITE_FULL
        | ffi::SQLITE_INTERRUPT
        | ffi::SQLITE_IOERR
        | ffi::SQLITE_LOCKED
        | ffi::SQLITE_NOMEM
        | ffi::SQLITE_READONLY => Error::Unavailable(message),
        ffi::SQLITE_CORRUPT | ffi::SQLITE_NOTADB => Error::Damaged(message),
        _ => Error::Internal(message),
    }
}
