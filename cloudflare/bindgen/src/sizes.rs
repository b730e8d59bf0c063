//! How much of a module's code is whose.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use rustc_demangle::demangle;
use wasmparser::{KnownCustom, Name, Parser, Payload, TypeRef};

/// Whose the rest is.
const OTHERS: &str = "libraries";

/// Prints for each of these crates how many bytes of code are its own: of functions whose names
/// mention it, and none before it in the list. So what a library's generic code became for a type
/// is that type's. Names have to be mangled as `v0`, which says that much.
///
/// # Errors
/// When the file is no module, or has no names.
pub fn print(module: &str, crates: &[String]) -> Result<()> {
    let module = std::fs::read(module).context("cannot read the module")?;
    let functions = functions(&module)?;
    let mut sizes = BTreeMap::<&str, usize>::new();
    for (name, bytes) in &functions {
        *sizes.entry(owner(name, crates)).or_default() += bytes;
    }
    for (name, bytes) in sizes {
        println!("{bytes} {name}");
    }
    Ok(())
}

/// The names and sizes of all functions.
fn functions(module: &[u8]) -> Result<Vec<(String, usize)>> {
    let (mut imported, mut sizes, mut names) = (0, Vec::new(), BTreeMap::new());
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionEntry(body) => sizes.push(body.range().len()),
            Payload::CustomSection(section) => {
                if let KnownCustom::Name(section) = section.as_known() {
                    for part in section {
                        if let Name::Function(map) = part? {
                            for name in map {
                                let name = name?;
                                names.insert(name.index, name.name);
                            }
                        }
                    }
                }
            }
            _ => {}
        }
    }
    let named = (imported..).zip(sizes);
    let named = named.map(|(index, bytes)| {
        let name = names.get(&index).copied().unwrap_or_default();
        (format!("{:#}", demangle(name)), bytes)
    });
    Ok(named.collect())
}

/// The first of the crates that a function's name mentions.
fn owner<'a>(name: &str, crates: &'a [String]) -> &'a str {
    let mentioned = |krate: &&String| {
        let path = format!("{krate}::");
        name.match_indices(&path).any(|(at, _)| {
            let before = name[..at].chars().next_back();
            // Not the end of a longer name, nor a module of the same name in another crate.
            before.is_none_or(|it| !it.is_alphanumeric() && it != '_' && it != ':')
        })
    };
    crates.iter().find(mentioned).map_or(OTHERS, String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generic_code_is_the_types() {
        let crates = ["messages", "runtime"].map(str::to_owned);
        let owner = |name| owner(name, &crates);
        let handler = "<messages::pins::list as runtime::function::Handler<_>>::answer";
        assert_eq!(owner(handler), "messages");
        assert_eq!(owner("runtime::serve"), "runtime");
        assert_eq!(owner("core::fmt::write"), OTHERS);
        assert_eq!(owner("store::messages::by_id"), OTHERS);
        assert_eq!(owner("private_messages::new"), OTHERS);
    }
}
