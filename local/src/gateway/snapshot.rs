//! The file in which sessions outlive the process.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use gateway_durable::hub::Hub;
use gateway_durable::registry::Settings;

use crate::clock::steady;

/// The gateway as the process before left it, or a new one.
pub fn take(settings: Settings, file: Option<&Path>) -> Hub {
    let saved = file.and_then(|file| match read_and_remove(file) {
        Ok(saved) => saved,
        Err(error) => {
            let file = file.display();
            tracing::warn!("{file} is not taken, and sessions start anew: {error}");
            None
        }
    });
    let restored = saved.and_then(|saved| Hub::restore(settings.clone(), &saved, steady()));
    if let Some(hub) = &restored {
        tracing::info!(
            sessions = hub.registry().sessions(),
            "sessions can be resumed"
        );
    }
    restored.unwrap_or_else(|| Hub::new(settings))
}

/// A snapshot is valid once only: a killed process must not leave it to the next.
fn read_and_remove(file: &Path) -> io::Result<Option<Vec<u8>>> {
    let saved = match fs::read(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        saved => saved?,
    };
    fs::remove_file(file)?;
    Ok(Some(saved))
}

/// Leaves the gateway to the next process.
pub fn leave(hub: Hub, file: Option<&Path>) {
    let Some(file) = file else {
        return;
    };
    if let Err(error) = write(&hub.save(steady()), file) {
        // A partly written file has no end, and is not taken.
        let file = file.display();
        tracing::warn!("sessions cannot be resumed after the restart: {file}: {error}");
    }
}

/// Messages and hashes of tokens are in it, as they are in the database.
fn write(saved: &[u8], file: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).write(true).mode(0o600);
    let mut file = options.open(file)?;
    file.write_all(saved)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            heartbeat_interval_ms: Settings::HEARTBEAT_INTERVAL_MS,
            gateway_url: "".into(),
            limit_starts: false,
        }
    }

    #[test]
    fn a_snapshot_is_taken_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("gateway.json");
        leave(Hub::new(settings()), Some(&file));
        assert!(file.exists());
        take(settings(), Some(&file));
        assert!(!file.exists());
    }

    #[test]
    fn a_damaged_file_is_no_obstacle() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("gateway.json");
        fs::write(&file, b"{\"format\":1,").expect("a file");
        assert_eq!(take(settings(), Some(&file)).registry().sessions(), 0);
        assert!(!file.exists());
    }
}
