//! The schema that all migrations together make, for reading.

use std::path::Path;

use super::Connection;
use crate::{Error, Statement, Value};

/// Tables with their indexes behind them, in alphabetical order, so that a diff says what changed.
const SCHEMA: &str = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL \
                      ORDER BY tbl_name, type = 'index', name";

/// Tables, their columns and their indexes by name, whatever statements made them.
const OUTLINE: &str = "SELECT type, tbl_name, name FROM sqlite_schema UNION ALL \
                       SELECT 'column', s.name, c.name \
                       FROM sqlite_schema s, pragma_table_info(s.name) c ORDER BY 1, 2, 3";

impl Connection {
    /// What two databases must have in common to be of one version: the names of tables, columns
    /// and indexes.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn outline(&mut self) -> Result<Vec<Value>, Error> {
        Ok(self.run(&Statement::new(OUTLINE, Vec::new()))?.values)
    }
}

/// The text of `shared/store/schema.sql`.
///
/// # Errors
/// When a migration is wrong.
pub fn schema() -> Result<String, Error> {
    let mut connection = Connection::open(Path::new(":memory:"))?;
    connection.migrate()?;
    let mut text = String::from(
        "-- Written by `cargo xtask generate` from the migrations of both stores; for reading.\n",
    );
    for value in connection.run(&Statement::new(SCHEMA, Vec::new()))?.values {
        if let Value::Text(sql) = value {
            text.push_str(&format!("\n{sql};\n"));
        }
    }
    Ok(text)
}
