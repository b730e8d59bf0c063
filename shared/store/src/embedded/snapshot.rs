//! Copies of a database while it is in use.

use std::path::Path;

use super::Connection;
use crate::{Error, Statement, Value};

impl Connection {
    /// Writes the database as it is at this moment to the new file `path`, without holding up who
    /// writes meanwhile.
    ///
    /// # Errors
    /// When the file exists, or the disk is full.
    pub fn snapshot(&mut self, path: &Path) -> Result<(), Error> {
        // Even a connection that only reads may write elsewhere.
        self.script("PRAGMA query_only = OFF")?;
        let path = Value::Text(path.to_string_lossy().into_owned());
        let copied = self.run(&Statement::new("VACUUM INTO ?1", vec![path]));
        self.script("PRAGMA query_only = ON")?;
        copied.map(drop)
    }

    /// Reads all of the database and compares its indexes with its tables.
    ///
    /// # Errors
    /// What SQLite finds first.
    pub fn check(&mut self) -> Result<(), Error> {
        let found = self.run(&Statement::new("PRAGMA integrity_check(1)", Vec::new()))?;
        match found.values.as_slice() {
            [Value::Text(text)] if text == "ok" => Ok(()),
            found => Err(Error::Internal(format!("{found:?}"))),
        }
    }
}
