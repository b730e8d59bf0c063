//! Bringing a file or a database in memory to the version that this program knows.

use super::Connection;
use crate::migrations::{self, Migrate};
use crate::{Error, Outcome, Statement};

impl Connection {
    /// Applies the migrations that are missing, each in a transaction of its own.
    ///
    /// # Errors
    /// [`Error::Internal`] when the database is newer than this program, or a migration is wrong.
    pub fn migrate(&mut self) -> Result<(), Error> {
        migrations::migrate(self)
    }
}

impl Migrate for Connection {
    fn script(&mut self, sql: &str) -> Result<(), Error> {
        Self::script(self, sql)
    }

    fn run(&mut self, statement: &Statement) -> Result<Outcome, Error> {
        Self::run(self, statement)
    }

    fn abandon(&mut self) {
        // The failure that led here is reported, not the rollback's.
        let _ = Self::script(self, "ROLLBACK;");
    }
}
