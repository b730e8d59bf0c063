//! The numbered migrations of each store, the same files for every host.
//!
//! A released file is never edited. Deploys expand first and contract later, so that two versions
//! of the code can run against one database.

use crate::{Error, Outcome, Statement, Value, params};

/// One migration: its number, its name and its SQL, which may hold several statements.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// The number, from 1, without gaps.
    pub version: u32,
    /// The file's name without number and ending.
    pub name: &'static str,
    /// The SQL text.
    pub sql: &'static str,
}

macro_rules! migrations {
    ($store:literal: $($version:literal $name:literal)*) => {
        &[$(Migration {
            version: $version,
            name: $name,
            sql: include_str!(concat!("../migrations/", $store, "/", $version, "_", $name, ".sql")),
        },)*]
    };
}

/// The migrations of the store `main`, in order.
pub const MAIN: &[Migration] = migrations!("main": 1 "foundation" 2 "threads" 3 "session_starts"
    4 "attempts" 5 "former_members" 6 "last_threads" 7 "log" 8 "split_permissions");
/// The migrations of the store `messages`, in order, for each of its databases.
pub const MESSAGES: &[Migration] =
    migrations!("messages": 1 "foundation" 2 "threads" 3 "slowmodes" 4 "partitions" 5 "log");

/// A database that can be brought to another version.
pub trait Migrate {
    /// Runs several statements without parameters, up to the first that fails. Whether a
    /// transaction is left open then is known to [`abandon`](Self::abandon).
    ///
    /// # Errors
    /// The database's own.
    fn script(&mut self, sql: &str) -> Result<(), Error>;

    /// Runs one statement.
    ///
    /// # Errors
    /// The database's own.
    fn run(&mut self, statement: &Statement) -> Result<Outcome, Error>;

    /// Undoes the transaction of a script that failed.
    fn abandon(&mut self);
}

/// Applies the migrations that `database` lacks, each in a transaction of its own.
///
/// # Errors
/// [`Error::Internal`] when the database is newer than this program, or a migration is wrong; the
/// database's own.
pub fn migrate(database: &mut impl Migrate) -> Result<(), Error> {
    database.script(
        "CREATE TABLE IF NOT EXISTS schema_versions (
             store TEXT PRIMARY KEY,
             version INTEGER NOT NULL
         ) STRICT, WITHOUT ROWID;",
    )?;
    for (name, known) in [("main", MAIN), ("messages", MESSAGES)] {
        let applied = version(database, name)?;
        if applied > known.len() {
            return Err(Error::Internal(format!(
                "store {name} is at version {applied}, this program knows {}: use a newer program",
                known.len()
            )));
        }
        for migration in &known[applied..] {
            apply(database, name, migration)?;
        }
    }
    Ok(())
}

fn version(database: &mut impl Migrate, store: &str) -> Result<usize, Error> {
    let versions = database.run(&Statement {
        columns: 1,
        volatile: false,
        ..Statement::new(
            "SELECT version FROM schema_versions WHERE store = ?1",
            params![store],
        )
    })?;
    match versions.values.first() {
        None => Ok(0),
        Some(Value::Integer(version)) => usize::try_from(*version)
            .map_err(|_| Error::Internal(format!("store {store} is at version {version}"))),
        Some(other) => Err(Error::Internal(format!("a version is {other:?}"))),
    }
}

fn apply(
    database: &mut impl Migrate,
    store: &str,
    Migration { version, name, sql }: &Migration,
) -> Result<(), Error> {
    let applied = database.script(&format!(
        "BEGIN IMMEDIATE;\n{sql}\n
         INSERT INTO schema_versions VALUES ('{store}', {version})
         ON CONFLICT (store) DO UPDATE SET version = excluded.version;
         COMMIT;"
    ));
    applied.map_err(|error| {
        database.abandon();
        match error {
            Error::Unavailable(_) | Error::Damaged(_) => error,
            error => Error::Internal(format!(
                "migration {version} ({name}) of store {store}: {error}"
            )),
        }
    })
}
