//! What an instance keeps is its owner's: nobody else on the machine reads messages or tokens.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustix::fs::Mode;

/// The permissions of everybody but the owner.
const OTHERS: u32 = 0o077;

/// From now on this process, and what it starts, makes files and folders for their owner alone,
/// whoever wrote the code: SQLite's log and compiled functions, too.
pub fn from_now_on() {
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
}

/// Makes a folder, if it is missing, and takes it from everybody but its owner, also if it was
/// made by an earlier version or by hand.
///
/// # Errors
/// When it cannot be made. Whose folder it is may alone change it; if that is somebody else, who
/// then decided who may read it, it stays as it is.
pub fn folder(path: &Path) -> io::Result<()> {
    std::fs::create_dir_all(path)?;
    narrow(path)
}

/// Takes a file or folder from everybody but its owner, if it is there.
///
/// # Errors
/// When that is refused to its owner.
pub fn narrow(path: &Path) -> io::Result<()> {
    let mode = match std::fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        found => found?.permissions().mode(),
    };
    if mode & OTHERS == 0 {
        return Ok(());
    }
    let private = std::fs::Permissions::from_mode(mode & !OTHERS);
    match std::fs::set_permissions(path, private) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            let path = path.display();
            tracing::warn!("{path} is not this user's, so others may read it: {error}");
            Ok(())
        }
        done => done,
    }
}
