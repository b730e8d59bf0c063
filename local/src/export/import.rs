//! Reading a folder.

use std::fs::File;
use std::io::{BufRead, BufReader, Lines};
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use store::embedded::Connection;
use store::export::{Counts, Import, Taken, Type};

use super::files::Files;
use super::{END, Entry, FILE, FORMAT, Header, Line, RECORDS, VERSION};
use crate::blobs::Blobs;
use crate::data_folder::{self, BLOBS, DATABASE};

/// Takes the export in the folder `from` into the instance in `data`, which must not be running:
/// all of it, or nothing. How many records of each type became what is returned.
///
/// # Errors
/// When the instance runs or is not there, the export is not whole, not of this version or of a
/// guild that is there already. What is wrong with a line is told with its number. Files that were
/// copied until then are named by nothing.
pub fn import(from: &Path, data: &Path) -> Result<Vec<(Taken, Counts)>> {
    let database = data.join(DATABASE);
    ensure!(
        database.exists(),
        "storage.data: there is no instance in {}",
        data.display()
    );
    let _lock = data_folder::lock(data).context("the instance must be stopped")?;
    let file = File::open(from.join(RECORDS));
    let file = file.with_context(|| format!("{} is no export", from.display()))?;
    let mut lines = BufReader::new(file).lines();
    let header = header(&mut lines).context("line 1")?;
    let mut connection = Connection::open(&database)?;
    connection.migrate()?;
    let blobs = Blobs::open(&data.join(BLOBS)).context("cannot use the folder of blobs")?;
    let mut reading = Reading {
        import: Import::begin(&mut connection, header.kind, header.id.sql())?,
        files: Files::new(blobs, from)?,
        keys: Vec::new(),
        read: 0,
        ended: false,
    };
    for (line, number) in lines.zip(2_u64..) {
        let taken = line
            .map_err(Into::into)
            .and_then(|line| reading.line(&line));
        taken.with_context(|| format!("line {number}"))?;
    }
    ensure!(reading.ended, "the export is not finished");
    Ok(reading.import.finish()?)
}

fn header(lines: &mut Lines<BufReader<File>>) -> Result<Header> {
    let line = lines.next().context("there is nothing")??;
    let header: Header = serde_json::from_str(&line)?;
    ensure!(header.format == FORMAT, "this is no export of spacebar");
    ensure!(
        header.version == VERSION,
        "the export has version {}, and this program reads {VERSION}",
        header.version
    );
    Ok(header)
}

/// An import on its way through the lines.
struct Reading<'a> {
    import: Import<'a>,
    files: Files,
    /// The files that the latest record names, if it is a row now.
    keys: Vec<String>,
    /// Lines after the first.
    read: u64,
    ended: bool,
}

impl Reading<'_> {
    fn line(&mut self, line: &str) -> Result<()> {
        ensure!(!self.ended, "something follows the end");
        let line: Line = serde_json::from_str(line)?;
        match line.kind.as_str() {
            END => {
                self.ended = true;
                let whole = line.records == Some(self.read);
                ensure!(whole, "{} lines are before the end", self.read);
                return Ok(());
            }
            FILE => {
                let entry: Entry = serde_json::from_value(line.data.into())?;
                if self.keys.contains(&entry.key) {
                    self.files.copy_in(&entry)?;
                }
            }
            name => {
                let taken = self.import.record(name, &line.data)?;
                self.keys.clear();
                let kind = Type::named(name).filter(|_| taken == Taken::New);
                self.keys
                    .extend(kind.into_iter().flat_map(|kind| kind.keys(&line.data)));
                if let Some(key) = self.keys.iter().find(|key| !runtime::blobs::is_key(key)) {
                    bail!("{key:?} is no key of a file");
                }
            }
        }
        self.read += 1;
        Ok(())
    }
}
