//! The lists of resource crates in the package `functions`, taken from the folders.

use std::path::Path;

use anyhow::{Context, Result};

use super::Generated;
use crate::files;

const BEGIN: &str = "begin crates (written by `cargo xtask generate`)";
const END: &str = "end crates";

/// `functions/Cargo.toml` and `functions/src/lib.rs` with the lists between their markers.
pub fn files(root: &Path) -> Result<Vec<Generated>> {
    let folder = root.join("functions");
    let is_crate = |name: &String| folder.join(name).join("Cargo.toml").exists();
    let crates: Vec<_> = files::names(&folder).into_iter().filter(is_crate).collect();
    let dependencies: String = crates
        .iter()
        .map(|name| format!("{name} = {{ path = \"{name}\" }}\n"))
        .collect();
    let entries: String = crates
        .iter()
        .map(|name| format!("    (\"{name}\", {}::FUNCTIONS),\n", name.replace('-', "_")))
        .collect();
    let lists = [
        ("functions/Cargo.toml", dependencies),
        ("functions/src/lib.rs", entries),
    ];
    let mut generated = Vec::new();
    for (path, list) in lists {
        let text = replace(&files::read(&root.join(path))?, &list)
            .with_context(|| format!("{path} has no lines with `{BEGIN}` and `{END}`"))?;
        generated.push(Generated { path, text });
    }
    Ok(generated)
}

/// The text with `list` between the lines that hold the two markers.
fn replace(text: &str, list: &str) -> Option<String> {
    let begin = text.find(BEGIN)?;
    let start = begin + text[begin..].find('\n')? + 1;
    let end = start + text[start..].find(END)?;
    let end = text[..end].rfind('\n')? + 1;
    Some(format!("{}{list}{}", &text[..start], &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_replaces_what_is_between_its_markers() {
        let text = format!("a\n# {BEGIN}\nold\nolder\n  # {END}\nb\n");
        let wanted = format!("a\n# {BEGIN}\nnew\n  # {END}\nb\n");
        assert_eq!(replace(&text, "new\n"), Some(wanted.clone()));
        assert_eq!(replace(&wanted, "new\n"), Some(wanted));
        assert_eq!(replace("a\nb\n", "new\n"), None);
    }
}
