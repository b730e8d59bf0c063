//! The numbered migrations of each store, the same files for every host.
//!
//! A released file is never edited. Deploys expand first and contract later, so that two versions
//! of the code can run against one database.

use crate::Store;

/// One migration: its number, its name and its SQL, which may hold several statements.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// The number, from 1, without gaps.
    pub version: u32,
    /// The file's name without number and ending.
    pub name: &'static str,
    /// The SQL text.
    pub sql: &'static str,
}

macro_rules! migrations {
    ($store:literal: $($version:literal $name:literal)*) => {
        &[$(Migration {
            version: $version,
            name: $name,
            sql: include_str!(concat!("../migrations/", $store, "/", $version, "_", $name, ".sql")),
        },)*]
    };
}

const MAIN: &[Migration] = migrations!("main": 1 "foundation");
const MESSAGES: &[Migration] = migrations!("messages": 1 "foundation");

/// All migrations of a store, in order.
pub const fn of(store: Store) -> &'static [Migration] {
    match store {
        Store::Main => MAIN,
        Store::Messages => MESSAGES,
    }
}
