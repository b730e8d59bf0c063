//! Whether a database's file is what was written.

use std::path::Path;

use super::Connection;
use crate::{Error, Statement, Value};

/// Bytes of a database that is read as a whole when it is opened, which takes less than a second.
const READ_WHOLE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// The tables, columns and indexes that all migrations together make.
#[derive(Debug)]
pub struct Outline(Vec<Entry>);

#[derive(Debug, PartialEq, Eq, Hash)]
struct Entry {
    /// `table`, `column` or `index`.
    kind: String,
    table: String,
    name: String,
}

impl Outline {
    /// That of a database which is up to date.
    ///
    /// # Errors
    /// When a migration is wrong.
    pub fn known() -> Result<Self, Error> {
        let mut fresh = Connection::open(Path::new(":memory:"))?;
        fresh.migrate()?;
        entries(&mut fresh).map(Self)
    }
}

fn entries(connection: &mut Connection) -> Result<Vec<Entry>, Error> {
    let values = connection.outline()?;
    let texts = values.into_iter().map(|value| match value {
        Value::Text(text) => Ok(text),
        other => Err(Error::Internal(format!("a name is {other:?}"))),
    });
    let texts = texts.collect::<Result<Vec<_>, _>>()?;
    let (entries, _) = texts.as_chunks::<3>();
    let entry = |[kind, table, name]: &[String; 3]| Entry {
        kind: kind.clone(),
        table: table.clone(),
        name: name.clone(),
    };
    Ok(entries.iter().map(entry).collect())
}

impl Connection {
    /// Whether a database that has tables says of which version they are.
    ///
    /// # Errors
    /// [`Error::Damaged`] if it does not: a migration would begin anew.
    pub fn counted(&mut self) -> Result<(), Error> {
        let found = entries(self)?;
        let named = |name| found.iter().any(|entry| entry.name == name);
        match named("users") && !named("schema_versions") {
            true => Err(Error::Damaged(
                "the table schema_versions is missing".into(),
            )),
            false => Ok(()),
        }
    }

    /// Whether everything is there that `known` has, and each table can be read.
    ///
    /// # Errors
    /// [`Error::Damaged`] with what is missing or broken.
    pub fn complete(&mut self, known: &Outline) -> Result<(), Error> {
        let found = entries(self)?;
        let missing = known.0.iter().find(|entry| !found.contains(entry));
        if let Some(Entry { kind, table, name }) = missing {
            let missing = match kind.as_str() {
                "table" => format!("the table {name} is missing"),
                kind => format!("the {kind} {name} of the table {table} is missing"),
            };
            return Err(Error::Damaged(missing));
        }
        for entry in known.0.iter().filter(|entry| entry.kind == "table") {
            let first = format!("SELECT 1 FROM \"{}\" LIMIT 1", entry.name);
            self.run(&Statement::new(first, Vec::new()))?;
        }
        Ok(())
    }

    /// Whether the file at `path`, which this connection alone has open, is whole: as long as it
    /// says, complete, and, unless it is large, readable from the first page to the last.
    ///
    /// # Errors
    /// [`Error::Damaged`] with what is wrong.
    pub fn intact(&mut self, path: &Path, known: &Outline) -> Result<(), Error> {
        // Rows that the write-ahead log has not given to the file yet are rightly missing there.
        self.checkpoint()?;
        let size = self.number("PRAGMA page_size")? * self.number("PRAGMA page_count")?;
        let found = std::fs::metadata(path).map_err(|error| Error::Unavailable(error.to_string()));
        let found = found?.len();
        if found < size {
            let short = format!("the file has {found} bytes of {size}");
            return Err(Error::Damaged(short));
        }
        self.complete(known)?;
        if size <= READ_WHOLE_BYTES_MAX {
            let problems = self.run(&Statement::new("PRAGMA quick_check(1)", Vec::new()))?;
            match problems.values.as_slice() {
                [Value::Text(text)] if text == "ok" => {}
                [Value::Text(text)] => return Err(Error::Damaged(text.clone())),
                other => return Err(Error::Damaged(format!("{other:?}"))),
            }
        }
        Ok(())
    }

    fn number(&mut self, pragma: &'static str) -> Result<u64, Error> {
        match self.run(&Statement::new(pragma, Vec::new()))?.values[..] {
            [Value::Integer(number)] => Ok(number.unsigned_abs()),
            _ => Err(Error::Internal(format!("{pragma} has no answer"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;
    use std::io::{Seek, SeekFrom, Write};
    use std::path::PathBuf;

    use tempfile::TempDir;

    use super::*;

    /// A database of some pages, which nobody has open.
    fn file() -> (TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("main.db");
        let mut connection = Connection::open(&path).expect("it opens");
        connection.migrate().expect("it migrates");
        let sql = "INSERT INTO users (id, username, bio) VALUES (1, 'ann', hex(zeroblob(50000)))";
        let added = connection.run(&Statement::new(sql, Vec::new()));
        added.expect("a user");
        connection.checkpoint().expect("the log is folded in");
        (folder, path)
    }

    fn verdict(path: &Path) -> Result<(), Error> {
        let known = Outline::known().expect("the migrations are right");
        Connection::open(path)?.intact(path, &known)
    }

    #[test]
    fn written_data_is_intact_also_in_the_wal() {
        let (_folder, path) = file();
        verdict(&path).expect("it is whole");
        let mut left = Connection::open(&path).expect("it opens");
        let sql = "UPDATE users SET bio = hex(zeroblob(90000))";
        left.run(&Statement::new(sql, Vec::new())).expect("a write");
        // A process that was killed leaves its log behind.
        std::mem::forget(left);
        verdict(&path).expect("it is whole");
    }

    #[test]
    fn a_file_that_is_cut_short_is_damaged() {
        let (_folder, path) = file();
        let whole = std::fs::metadata(&path).expect("a file").len();
        for bytes in [whole - 1, whole - 4096, whole / 2, 4096, 100, 1] {
            let file = OpenOptions::new().write(true).open(&path).expect("a file");
            file.set_len(bytes).expect("it is cut");
            let verdict = verdict(&path);
            assert!(
                matches!(verdict, Err(Error::Damaged(_))),
                "{bytes}: {verdict:?}"
            );
        }
    }

    #[test]
    fn a_page_of_something_else_is_damage() {
        let (_folder, path) = file();
        let mut file = OpenOptions::new().write(true).open(&path).expect("a file");
        let end = file.seek(SeekFrom::End(0)).expect("an end");
        file.seek(SeekFrom::Start(end / 2 / 4096 * 4096))
            .expect("a page");
        file.write_all(&[0xa5; 4096 * 4]).expect("a write");
        drop(file);
        let verdict = verdict(&path);
        assert!(matches!(verdict, Err(Error::Damaged(_))), "{verdict:?}");
    }

    #[test]
    fn missing_fields_are_named() {
        for (sql, name) in [
            ("DROP TABLE members", "members"),
            ("DROP INDEX applications_by_owner", "applications_by_owner"),
            ("ALTER TABLE users DROP COLUMN bio", "bio"),
        ] {
            let (_folder, path) = file();
            let mut connection = Connection::open(&path).expect("it opens");
            let gone = connection.run(&Statement::new(sql, Vec::new()));
            gone.expect(sql);
            drop(connection);
            let error = verdict(&path).expect_err(sql).to_string();
            assert!(error.contains(name), "{error}");
        }
    }
}
