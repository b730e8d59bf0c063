//! Bringing a database to the version that this program knows.

use super::Connection;
use crate::migrations::{self, Migration};
use crate::{Error, Statement, Store, Value, params};

impl Connection {
    /// Applies the migrations that are missing, each in a transaction of its own.
    ///
    /// # Errors
    /// [`Error::Internal`] when the database is newer than this program, or a migration is wrong.
    pub fn migrate(&mut self) -> Result<(), Error> {
        self.script(
            "CREATE TABLE IF NOT EXISTS schema_versions (
                 store TEXT PRIMARY KEY,
                 version INTEGER NOT NULL
             ) STRICT, WITHOUT ROWID;",
        )?;
        for (store, name) in [(Store::Main, "main"), (Store::Messages, "messages")] {
            let applied = self.version(name)?;
            let known = migrations::of(store);
            if applied > known.len() {
                return Err(Error::Internal(format!(
                    "store {name} is at version {applied}, this program knows {}: \
                     use a newer program",
                    known.len()
                )));
            }
            for migration in &known[applied..] {
                self.apply(name, migration)?;
            }
        }
        Ok(())
    }

    fn version(&mut self, store: &str) -> Result<usize, Error> {
        let versions = self.run(&Statement::new(
            "SELECT version FROM schema_versions WHERE store = ?1",
            params![store],
        ))?;
        match versions.values.first() {
            None => Ok(0),
            Some(Value::Integer(version)) => usize::try_from(*version)
                .map_err(|_| Error::Internal(format!("store {store} is at version {version}"))),
            Some(other) => Err(Error::Internal(format!("a version is {other:?}"))),
        }
    }

    fn apply(&mut self, store: &str, migration: &Migration) -> Result<(), Error> {
        let version = migration.version;
        let applied = self.script(&format!(
            "BEGIN IMMEDIATE;\n{}\n
             INSERT INTO schema_versions VALUES ('{store}', {version})
             ON CONFLICT (store) DO UPDATE SET version = excluded.version;
             COMMIT;",
            migration.sql
        ));
        applied.map_err(|error| {
            // The script stopped in its transaction; the failure is reported, not the rollback's.
            let _ = self.script("ROLLBACK;");
            Error::Internal(format!(
                "migration {version} ({}) of store {store}: {error}",
                migration.name
            ))
        })
    }
}
