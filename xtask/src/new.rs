//! Beginning something that there are several of: `cargo xtask new KIND NAME …` writes its file and
//! its line in every list that names it. CONTRIBUTING.md says what a person adds.

mod decoder;
mod event;
mod function;
mod job;
mod setting;
mod table;

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::files;

const USAGE: &str = "usage:
  cargo xtask new function CRATE/FILE PATH METHOD…   a path with its methods
  cargo xtask new table STORE/NAME                   a table of `main` or `messages`
  cargo xtask new job NAME                           work that outlives a request
  cargo xtask new decoder NAME                       a reader of bytes from peers, to be fuzzed
  cargo xtask new event SUBJECT/NAME                 something that the gateway tells of
  cargo xtask new setting SECTION.KEY DEFAULT        what an operator may choose";

/// Begins what the first argument names.
pub fn command(args: &[String]) -> Result<()> {
    let [kind, rest @ ..] = args else {
        bail!(USAGE);
    };
    match (kind.as_str(), rest) {
        ("function", rest) => function::command(rest),
        ("table", [name]) => table::command(name),
        ("job", [name]) => job::command(name),
        ("decoder", [name]) => decoder::command(name),
        ("event", [place]) => event::command(place),
        ("setting", [place, default]) => setting::command(place, default),
        _ => bail!(USAGE),
    }
}

/// Whether it can be the name of a file, a module and a table.
fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// Refuses what cannot be a name.
fn check_name(text: &str) -> Result<()> {
    if !is_name(text) {
        bail!("{text:?}: names are of a-z, 0-9 and _, like audit_log");
    }
    Ok(())
}

/// Writes a file that must not be there.
fn begin(path: &Path, text: &str) -> Result<()> {
    if path.exists() {
        bail!("{} exists already", path.display());
    }
    files::write_if_changed(path, text.as_bytes())?;
    Ok(())
}

/// Replaces a file's text with what `edit` makes of it; `None` is a file without its list.
fn edit(path: &Path, edit: impl FnOnce(&str) -> Option<String>) -> Result<()> {
    let text = edit(&files::read(path)?);
    let text = text.with_context(|| format!("{} has not the list it had", path.display()))?;
    files::write_if_changed(path, text.as_bytes())?;
    Ok(())
}

/// Adds a line to those that begin with `start` and end with `;`, which are kept sorted.
fn insert_line(text: &str, start: &str, line: &str) -> Option<String> {
    let listed = |it: &&str| it.starts_with(start) && it.ends_with(';');
    let lines: Vec<_> = text.lines().collect();
    let after = lines.iter().rposition(|it| listed(it) && *it < line);
    let at = match after {
        Some(last) => last + 1,
        None => lines.iter().position(listed)?,
    };
    let (before, rest) = lines.split_at(at);
    let all = before.iter().copied().chain([line]);
    let all = all.chain(rest.iter().copied());
    Some(all.fold(String::new(), |text, line| text + line + "\n"))
}

/// Puts `new` before the first `mark`.
fn insert_before(text: &str, mark: &str, new: &str) -> Option<String> {
    let at = text.find(mark)?;
    Some(format!("{}{new}{}", &text[..at], &text[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_joins_the_sorted_list() {
        let text = "//! Crate.\n\nmod b;\nmod d;\n\nuse x;\n";
        let with = |line| insert_line(text, "mod ", line).unwrap();
        assert_eq!(
            with("mod c;"),
            "//! Crate.\n\nmod b;\nmod c;\nmod d;\n\nuse x;\n"
        );
        assert_eq!(
            with("mod a;"),
            "//! Crate.\n\nmod a;\nmod b;\nmod d;\n\nuse x;\n"
        );
        assert_eq!(
            with("mod e;"),
            "//! Crate.\n\nmod b;\nmod d;\nmod e;\n\nuse x;\n"
        );
        assert_eq!(insert_line("//! Crate.\n", "mod ", "mod a;"), None);
    }

    #[test]
    fn only_what_can_be_a_module_is_a_name() {
        assert!(is_name("audit_log") && is_name("v2"));
        for wrong in ["", "Audit", "audit-log", "2nd", "../x"] {
            assert!(!is_name(wrong), "{wrong}");
        }
    }
}
