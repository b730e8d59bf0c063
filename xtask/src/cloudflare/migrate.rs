//! Bringing the databases of the Workers up to date.

use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::wrangler;
use crate::{announce, files, process, setup};

/// What a configuration of wrangler binds.
#[derive(Deserialize)]
struct Bindings {
    d1_databases: Vec<Database>,
}

#[derive(Deserialize)]
struct Database {
    binding: String,
}

/// Applies to every database of `wrangler.toml` the migrations that it lacks. `place` is wrangler's
/// option for where the databases are.
pub fn migrate(place: &str) -> Result<()> {
    setup::workers()?;
    for database in databases(&crate::root().join("wrangler.toml"))? {
        announce(&format!("migrating {database}"));
        let mut apply = wrangler()?;
        process::run(apply.args(["d1", "migrations", "apply", &database, place]))?;
    }
    Ok(())
}

/// The bindings of the databases that a configuration names.
///
/// # Errors
/// When it is none.
pub fn databases(config: &Path) -> Result<Vec<String>> {
    let bindings: Bindings = toml::from_str(&files::read(config)?)
        .with_context(|| format!("{} names no databases", config.display()))?;
    let names = bindings.d1_databases.into_iter().map(|it| it.binding);
    Ok(names.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_database_is_found() {
        let found = databases(&crate::root().join("wrangler.toml"));
        assert_eq!(found.unwrap(), ["MAIN", "MESSAGES"]);
    }
}
