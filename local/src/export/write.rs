//! Writing a folder.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use model::{Id, Timestamp};
use serde::Serialize;
use store::embedded::Connection;
use store::export::{self, Counts, Fields, Subject, Type};

use super::files::Files;
use super::{END, FILE, FORMAT, Header, Line, RECORDS, VERSION};
use crate::backup::is_free;
use crate::blobs::Blobs;
use crate::data_folder::{BLOBS, DATABASE};
use crate::private;

/// Writes the guild with the id `which`, or the person with that name, of the instance in `data`,
/// which may be running, to the new folder `into`.
///
/// # Errors
/// When there is no such guild or person, `into` has something in it, or the disk is full. What
/// was written until then has no last line, and cannot be imported.
pub fn export(data: &Path, subject: Subject, which: &str, into: &Path) -> Result<Counts> {
    let database = data.join(DATABASE);
    ensure!(
        database.exists(),
        "storage.data: there is no instance in {}",
        data.display()
    );
    ensure!(
        is_free(into)?,
        "{} has something in it: name a new folder",
        into.display()
    );
    let mut connection = Connection::open_reader(&database)?;
    let id = find(&mut connection, subject, which)?;
    private::folder(into).with_context(|| format!("cannot make {}", into.display()))?;
    let mut records = Records {
        file: BufWriter::new(File::create_new(into.join(RECORDS))?),
        files: Files::new(Blobs::reading(&data.join(BLOBS)), into)?,
        written: 0,
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
    records.line(&Header {
        format: FORMAT.into(),
        version: VERSION,
        kind: subject,
        id: Id::new(id.cast_unsigned()),
        created_at: Timestamp::from_millis(i64::try_from(now)?),
    })?;
    let counts = export::export(&mut connection, subject, id, |kind, fields| {
        records.record(kind, fields)
    })?;
    records.end()?;
    Ok(counts)
}

fn find(connection: &mut Connection, subject: Subject, which: &str) -> Result<i64> {
    match subject {
        Subject::Guild => {
            let id = which.parse().context("a guild is named by its id")?;
            let found = export::guild(connection, id)?;
            ensure!(found, "there is no guild {id}");
            Ok(id)
        }
        Subject::User => {
            let found = export::person(connection, which)?;
            found.with_context(|| format!("there is nothing named {which}"))
        }
    }
}

/// The file of records while it is written.
struct Records {
    file: BufWriter<File>,
    files: Files,
    /// Lines after the first.
    written: u64,
}

impl Records {
    /// Writes a record, and after it the files that it names.
    fn record(&mut self, kind: &Type, data: Fields) -> Result<()> {
        let keys = kind.keys(&data);
        self.data(kind.name, data)?;
        for key in keys {
            if let Some(entry) = self.files.copy_out(&key)?
                && let serde_json::Value::Object(data) = serde_json::to_value(entry)?
            {
                self.data(FILE, data)?;
            }
        }
        Ok(())
    }

    fn data(&mut self, kind: &str, data: Fields) -> Result<()> {
        self.written += 1;
        self.line(&Line {
            kind: kind.to_owned(),
            data,
            records: None,
        })
    }

    fn line(&mut self, line: &impl Serialize) -> Result<()> {
        serde_json::to_writer(&mut self.file, line)?;
        self.file.write_all(b"\n")?;
        Ok(())
    }

    /// Writes the last line and waits for the disk.
    fn end(mut self) -> Result<()> {
        self.line(&Line {
            kind: END.into(),
            data: Fields::new(),
            records: Some(self.written),
        })?;
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        Ok(())
    }
}
