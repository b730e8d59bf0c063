//! A table: `cargo xtask new table main/webhooks` writes its migration and its module in the store.

use anyhow::{Context, Result, bail};

use super::{begin, check_name, edit, insert_line};
use crate::files;

/// Writes the migration with the next number, its line in the list, and the module.
pub fn command(place: &str) -> Result<()> {
    let (store, name) = place.split_once('/').context("name it STORE/NAME")?;
    if !matches!(store, "main" | "messages") {
        bail!("{store:?}: the stores are main and messages");
    }
    check_name(name)?;
    let folder = crate::root().join("shared/store");
    let migrations = folder.join("migrations").join(store);
    let version = files::names(&migrations).len() + 1;
    begin(&folder.join(format!("src/{name}.rs")), &module(name))?;
    begin(
        &migrations.join(format!("{version}_{name}.sql")),
        &sql(name),
    )?;
    edit(&folder.join("src/migrations.rs"), |text| {
        insert_migration(text, store, version, name)
    })?;
    edit(&folder.join("src/lib.rs"), |text| {
        insert_line(text, "pub mod ", &format!("pub mod {name};"))
    })?;
    eprintln!(
        "wrote shared/store/migrations/{store}/{version}_{name}.sql and shared/store/src/{name}.rs"
    );
    eprintln!("next: its columns, its queries, and how it is exported (src/export)");
    Ok(())
}

fn sql(name: &str) -> String {
    include_str!("table/migration.sql").replace("NAME", name)
}

fn module(name: &str) -> String {
    include_str!("table/module.txt").replace("NAME", name)
}

/// Adds a migration at the end of a store's list.
fn insert_migration(text: &str, store: &str, version: usize, name: &str) -> Option<String> {
    let list = text.find(&format!("migrations!(\"{store}\":"))?;
    let end = list + text[list..].find(");")?;
    let new = format!("\n    {version} \"{name}\"");
    Some(format!("{}{new}{}", &text[..end], &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_migration_is_the_last_of_its_store() {
        let text = "migrations!(\"main\": 1 \"a\");\nmigrations!(\"messages\": 1 \"b\");\n";
        let with = |store| insert_migration(text, store, 2, "c");
        let main =
            "migrations!(\"main\": 1 \"a\"\n    2 \"c\");\nmigrations!(\"messages\": 1 \"b\");\n";
        assert_eq!(with("main").as_deref(), Some(main));
        assert!(
            with("messages")
                .unwrap()
                .ends_with("1 \"b\"\n    2 \"c\");\n")
        );
        assert_eq!(with("other"), None);
    }
}
