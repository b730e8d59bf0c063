//! Bringing a database to the version that this program knows: a file, or one of a libSQL server.

use std::path::Path;

use anyhow::{Context, Result};
use store::embedded::Embedded;
use store::migrations;

use crate::libsql::Server;

/// Applies the migrations that the database at `place`, a file or a URL, lacks.
///
/// # Errors
/// When it cannot be reached or is of a newer program.
pub fn migrate(place: &str) -> Result<()> {
    let done = match Server::at(place) {
        Some(mut server) => migrations::migrate(&mut server),
        None => Embedded::open(Path::new(place)).map(drop),
    };
    done.with_context(|| format!("cannot migrate {place}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_migrated_and_a_missing_server_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("main.db");
        migrate(file.to_str().unwrap()).unwrap();
        migrate(file.to_str().unwrap()).unwrap();
        let nobody = "http://127.0.0.1:9";
        let error = migrate(nobody).unwrap_err();
        assert!(error.to_string().contains(nobody), "{error}");
    }
}
