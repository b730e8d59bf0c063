//! The data folder: what is in it, and which process uses it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::private;

/// The database's file in the data folder.
pub const DATABASE: &str = "main.db";
/// The folder of blobs in the data folder.
pub const BLOBS: &str = "blobs";
/// The file that a running instance holds locked.
const LOCK: &str = "lock";

/// Makes the data folder, which is its owner's alone, and claims it for this process.
///
/// # Errors
/// When it cannot be made, or another process has it.
pub fn lock(data: &Path) -> Result<File> {
    let name = data.display();
    private::folder(data).with_context(|| format!("storage.data: cannot make {name}"))?;
    let mut options = OpenOptions::new();
    // Notes of other processes stay.
    options.write(true).create(true).truncate(false);
    let lock = options.open(data.join(LOCK));
    let lock = lock.with_context(|| format!("storage.data: cannot write to {name}"))?;
    for file in [LOCK, DATABASE, "main.db-wal", "main.db-shm", BLOBS] {
        private::narrow(&data.join(file))?;
    }
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => {
            bail!("storage.data: another process is using {name}")
        }
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("storage.data: cannot lock {name}"))
        }
    }
}

/// Notes in the lock where clients reach the process that holds it.
pub fn note(lock: &mut File, public_url: &str) -> std::io::Result<()> {
    lock.set_len(0)?;
    lock.write_all(public_url.as_bytes())
}

/// Where clients reach the instance that runs in a data folder, if one does.
pub fn running_at(data: &Path) -> Option<String> {
    let lock = File::open(data.join(LOCK)).ok()?;
    match lock.try_lock_shared() {
        Err(TryLockError::WouldBlock) => {}
        _ => return None,
    }
    let noted = std::fs::read_to_string(data.join(LOCK)).ok()?;
    Some(noted).filter(|url| !url.is_empty())
}
