//! A decoder: `cargo xtask new decoder etf` writes a fuzz target and has the suite drive it.

use anyhow::Result;

use super::{begin, check_name, edit, insert_before, insert_line};

/// Writes the target, its line in the list of targets and its word in the suite.
pub fn command(name: &str) -> Result<()> {
    check_name(name)?;
    let fuzz = crate::root().join("tests/fuzz");
    begin(&fuzz.join(format!("src/targets/{name}.rs")), &target(name))?;
    edit(&fuzz.join("src/targets.rs"), |text| {
        insert_line(text, "pub mod ", &format!("pub mod {name};"))
    })?;
    edit(&fuzz.join("src/lib.rs"), |text| insert_target(text, name))?;
    edit(&fuzz.join("tests/seeded.rs"), |text| {
        insert_driven(text, name)
    })?;
    eprintln!("wrote tests/fuzz/src/targets/{name}.rs; next: what it calls, and seeds it accepts");
    Ok(())
}

fn target(name: &str) -> String {
    let upper = name.to_uppercase();
    format!(
        "//! Says in one sentence what peers send here.\n\nuse crate::Target;\n\n\
         /// Says what is decoded.\npub const {upper}: Target = Target {{\n    \
         name: \"{name}\",\n    seeds: &[b\"an input that it accepts\"],\n    \
         run: |_ground, bytes| drop(String::from_utf8_lossy(bytes)),\n}};\n"
    )
}

fn insert_target(text: &str, name: &str) -> Option<String> {
    let line = format!("    targets::{name}::{},\n", name.to_uppercase());
    let list = text.find("TARGETS: &[Target] = &[")?;
    let end = list + text[list..].find("];")?;
    Some(format!("{}{line}{}", &text[..end], &text[end..]))
}

/// Adds the word at the end of `drive! { … }`.
fn insert_driven(text: &str, name: &str) -> Option<String> {
    let list = text.rfind("\ndrive! {\n")?;
    let (before, list) = text.split_at(list);
    let list = insert_before(list, "\n}", &format!("\n    {name}"))?;
    Some(format!("{before}{list}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_the_last_and_is_driven() {
        let text = "pub const TARGETS: &[Target] = &[\n    targets::a::A,\n];\n";
        let with = insert_target(text, "etf").unwrap();
        assert!(with.ends_with("targets::a::A,\n    targets::etf::ETF,\n];\n"));
        let text = "macro_rules! drive { () => {} }\n\ndrive! {\n    a b\n    c\n}\n";
        let with = insert_driven(text, "etf").unwrap();
        assert!(
            with.ends_with("drive! {\n    a b\n    c\n    etf\n}\n"),
            "{with}"
        );
    }
}
