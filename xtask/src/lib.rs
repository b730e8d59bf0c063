//! The project's own commands, as a library so that the tests can call them too.

use std::path::PathBuf;

pub mod bench;
pub mod build;
pub mod catalogue;
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

/// The repository's folder.
pub fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.parent().map_or(here.clone(), PathBuf::from)
}

/// Says what a long step is about to do.
pub fn announce(what: &str) {
    eprintln!("==> {what}");
}
