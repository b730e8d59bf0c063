//! `spacebar backup` and `spacebar restore`: an instance as a folder that proves itself whole.
//!
//! The folder has `main.db`, a snapshot of the database at one moment; `blobs/`, every file that
//! the snapshot names; and `backup.json`, the list of all of them with their hashes. The list is
//! written last, so that a folder without one is no backup. Files are copied after the snapshot:
//! what it names is there already, unless somebody deletes it while the backup runs.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::embedded::Connection;

use crate::blobs;
use crate::data_folder::{BLOBS, DATABASE};
use crate::private;

/// The file that makes a folder a backup.
const LIST: &str = "backup.json";
/// The form of the folder that this program writes and reads.
const FORMAT: u32 = 1;
/// Bytes that are copied at once.
const PIECE_BYTES: usize = 256 * 1024;

/// What a backup holds.
#[derive(Debug, Serialize, Deserialize)]
pub struct List {
    format: u32,
    /// When it was made, in seconds since 1970.
    created_at: u64,
    files: Vec<Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    /// Relative to the folder, with `/`.
    path: PathBuf,
    bytes: u64,
    /// SHA-256, in hexadecimal.
    sha256: String,
}

impl List {
    /// Files, and the bytes of all of them.
    pub fn size(&self) -> (usize, u64) {
        (
            self.files.len(),
            self.files.iter().map(|file| file.bytes).sum(),
        )
    }
}

/// Writes a backup of the instance in `data`, which may be running, to the new folder `into`.
///
/// # Errors
/// When there is no instance, `into` has something in it, or the disk is full. What was written
/// until then has no list, and so is no backup.
pub fn backup(data: &Path, into: &Path) -> Result<List> {
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
    private::folder(into).with_context(|| format!("cannot make {}", into.display()))?;
    let snapshot = into.join(DATABASE);
    Connection::open_reader(&database)?
        .snapshot(&snapshot)
        .with_context(|| format!("cannot copy the database to {}", snapshot.display()))?;
    let mut files = vec![entry(into, Path::new(DATABASE))?];
    for path in blobs::files(&data.join(BLOBS))? {
        let path = Path::new(BLOBS).join(path);
        match copy(&data.join(&path), &into.join(&path)) {
            Ok((bytes, sha256)) => files.push(Entry {
                path,
                bytes,
                sha256,
            }),
            // Deleted since the folder was read.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => bail!("cannot copy {}: {error}", path.display()),
        }
    }
    let created_at = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let list = List {
        format: FORMAT,
        created_at,
        files,
    };
    let mut file = File::create_new(into.join(LIST))?;
    file.write_all(&serde_json::to_vec_pretty(&list)?)?;
    file.sync_all()?;
    Ok(list)
}

/// Puts a backup in place as the new folder `data`, once every file is what the list says.
///
/// # Errors
/// When the backup is not whole, or `data` has something in it, which is then left as it is.
pub fn restore(from: &Path, data: &Path) -> Result<List> {
    let list = fs::read(from.join(LIST));
    let list = list.with_context(|| format!("{} is no finished backup", from.display()))?;
    let list: List = serde_json::from_slice(&list).context("backup.json cannot be read")?;
    ensure!(
        list.format == FORMAT,
        "the backup is of another version of spacebar"
    );
    ensure!(
        is_free(data)?,
        "{} has something in it: name a new folder",
        data.display()
    );
    let unfinished = data.with_added_extension("restoring");
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished)?;
    }
    private::folder(&unfinished)?;
    for file in &list.files {
        let inside = file
            .path
            .components()
            .all(|part| matches!(part, std::path::Component::Normal(_)));
        ensure!(
            inside,
            "backup.json names {}, which is outside",
            file.path.display()
        );
        let copied = copy(&from.join(&file.path), &unfinished.join(&file.path));
        let (bytes, sha256) =
            copied.with_context(|| format!("cannot copy {}", file.path.display()))?;
        let whole = bytes == file.bytes && sha256 == file.sha256;
        ensure!(
            whole,
            "{} is not the file that was backed up",
            file.path.display()
        );
    }
    Connection::open_reader(&unfinished.join(DATABASE))?
        .check()
        .context("main.db is damaged")?;
    if data.exists() {
        fs::remove_dir(data)?;
    }
    fs::rename(&unfinished, data)?;
    Ok(list)
}

/// Whether a folder is empty or not there.
pub(crate) fn is_free(folder: &Path) -> Result<bool> {
    match fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", folder.display())),
    }
}

/// The entry of a file that is in the folder already.
fn entry(folder: &Path, path: &Path) -> Result<Entry> {
    let mut file = File::open(folder.join(path))?;
    let (bytes, sha256) = transfer(&mut file, &mut io::sink())?;
    file.sync_all()?;
    Ok(Entry {
        path: path.to_owned(),
        bytes,
        sha256,
    })
}

/// Copies a file to disk; its length and hash.
fn copy(from: &Path, to: &Path) -> io::Result<(u64, String)> {
    let mut source = File::open(from)?;
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut target = File::create_new(to)?;
    let copied = transfer(&mut source, &mut target)?;
    target.sync_all()?;
    Ok(copied)
}

fn transfer(from: &mut impl Read, to: &mut impl Write) -> io::Result<(u64, String)> {
    let mut hash = Sha256::new();
    let mut bytes = 0;
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let read = from.read(&mut piece)?;
        if read == 0 {
            let hash = hash
                .finalize()
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            return Ok((bytes, hash));
        }
        hash.update(&piece[..read]);
        to.write_all(&piece[..read])?;
        bytes += read as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instance() -> tempfile::TempDir {
        let data = tempfile::tempdir().unwrap();
        let mut connection = Connection::open(&data.path().join(DATABASE)).unwrap();
        connection.migrate().unwrap();
        fs::create_dir_all(data.path().join(BLOBS).join("attachments+/1+")).unwrap();
        fs::write(data.path().join(BLOBS).join("attachments+/1+/a"), b"a file").unwrap();
        data
    }

    #[test]
    fn a_backup_comes_back_as_it_was() {
        let (data, place) = (instance(), tempfile::tempdir().unwrap());
        let (kept, new) = (place.path().join("kept"), place.path().join("new"));
        let list = backup(data.path(), &kept).unwrap();
        assert_eq!(list.size().0, 2);
        restore(&kept, &new).unwrap();
        assert_eq!(
            fs::read(new.join(BLOBS).join("attachments+/1+/a")).unwrap(),
            b"a file"
        );
        // Neither writes over anything.
        assert!(backup(data.path(), &kept).is_err());
        assert!(restore(&kept, &new).is_err());
    }

    #[test]
    fn a_damaged_backup_is_not_restored() {
        let (data, place) = (instance(), tempfile::tempdir().unwrap());
        let (kept, new) = (place.path().join("kept"), place.path().join("new"));
        backup(data.path(), &kept).unwrap();
        fs::write(kept.join(BLOBS).join("attachments+/1+/a"), b"a fine").unwrap();
        let error = restore(&kept, &new).unwrap_err().to_string();
        assert!(error.contains("is not the file"), "{error}");
        assert!(!new.exists());
        fs::remove_file(kept.join(LIST)).unwrap();
        assert!(restore(&kept, &new).is_err());
    }
}
