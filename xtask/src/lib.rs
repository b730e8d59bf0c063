//! The project's own commands, as a library so that the tests can call them too.

use std::path::{Path, PathBuf};

pub mod bench;
pub mod build;
pub mod catalogue;
pub mod changed;
pub mod cloudflare;
pub mod files;
pub mod fmt;
pub mod generate;
pub mod mutants;
pub mod new;
pub mod process;
pub mod setup;
pub mod size;
pub mod steps;
pub mod test;
pub mod up;

/// The folder of the repository that this is run in: a copy of another one may have been copied
/// with what that had built.
pub fn root() -> PathBuf {
    // Cargo says which package it runs, wherever that was built.
    let run = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let here = run.or_else(|| std::env::current_dir().ok());
    let built = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = here.as_deref().and_then(root_above).or(root_above(built));
    found.unwrap_or(built).to_owned()
}

/// The repository's folder above one of its own.
fn root_above(folder: &Path) -> Option<&Path> {
    let is_root = |folder: &&Path| folder.join("xtask/Cargo.toml").exists();
    folder.ancestors().find(is_root)
}

/// Says what a long step is about to do.
pub fn announce(what: &str) {
    eprintln!("==> {what}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_its_own_root() {
        let copy = std::env::temp_dir().join(format!("copy-{}", std::process::id()));
        let deep = copy.join("functions/channels");
        std::fs::create_dir_all(&deep).unwrap();
        std::fs::create_dir_all(copy.join("xtask")).unwrap();
        std::fs::write(copy.join("xtask/Cargo.toml"), "").unwrap();
        assert_eq!(root_above(&deep), Some(copy.as_path()));
        assert_eq!(root_above(&copy.join("xtask")), Some(copy.as_path()));
        std::fs::remove_dir_all(&copy).unwrap();
        assert_eq!(root_above(&copy), None);
        assert!(root().join("xtask/src/lib.rs").exists());
    }
}
