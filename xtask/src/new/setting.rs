//! A setting: `cargo xtask new setting limits.webhooks_per_channel_max 15` writes its field, its
//! default and its line in the documented file.

use anyhow::{Context, Result, bail};
use toml::{Table, Value};

use super::{check_name, edit, insert_before};
use crate::files;

/// Where all sections are named, and those are that concern the local host alone.
const SETTINGS: &str = "local/src/settings.rs";
/// Where the sections are that functions read too.
const CONFIG: &str = "shared/runtime/src/config.rs";
/// The file that documents all settings.
const DOCUMENTED: &str = "local/spacebar.toml";
/// What a person replaces.
const MEANING: &str = "Says what it bounds, and its unit.";

/// Writes the field at the end of its section, with a default that says its type.
pub fn command(place: &str, default: &str) -> Result<()> {
    let (section, key) = place.split_once('.').context("name it SECTION.KEY")?;
    check_name(section)?;
    check_name(key)?;
    let root = crate::root();
    let settings = files::read(&root.join(SETTINGS))?;
    let kind = kind_of(&settings, section)
        .with_context(|| format!("{SETTINGS} has no section {section:?}"))?;
    // Functions read the sections that are not the host's own.
    let file = match settings.contains(&format!("pub struct {kind} {{")) {
        true => SETTINGS,
        false => CONFIG,
    };
    let documented: Table = toml::from_str(&files::read(&root.join(DOCUMENTED))?)?;
    if documented.get(section).and_then(|it| it.get(key)).is_some() {
        bail!("there is a setting {place} already");
    }
    let default = Literal::read(default)?;
    edit(&root.join(file), |text| {
        insert_field(text, kind, key, &default)
    })?;
    edit(&root.join(DOCUMENTED), |text| {
        insert_documented(text, section, key, &default)
    })?;
    eprintln!(
        "wrote {place} in {file} and {DOCUMENTED}; next: what it means, a check at the start if \
         not every value will do, and a row of docs/configuration.md"
    );
    Ok(())
}

/// The default of a setting as files write it, from which its type follows.
struct Literal {
    kind: &'static str,
    rust: String,
    toml: String,
}

impl Literal {
    /// Reads it as TOML has it; what is none is a text.
    fn read(text: &str) -> Result<Self> {
        let table: Option<Table> = toml::from_str(&format!("it = {text}")).ok();
        let value = table.and_then(|mut table| table.remove("it"));
        let value = value.unwrap_or_else(|| Value::String(text.to_owned()));
        let toml = value.to_string();
        let (kind, rust) = match value {
            Value::Boolean(_) => ("bool", toml.clone()),
            Value::Integer(number) if u32::try_from(number).is_ok() => ("u32", toml.clone()),
            Value::Integer(number) if number > 0 => ("u64", toml.clone()),
            Value::String(text) if text.is_empty() => ("String", "String::new()".to_owned()),
            Value::String(text) => ("String", format!("{text:?}.into()")),
            other => bail!("{other}: a default is a number from 0, a text, true or false"),
        };
        Ok(Self { kind, rust, toml })
    }
}

/// The type of a section: that of the field of this name.
fn kind_of<'a>(settings: &'a str, section: &str) -> Option<&'a str> {
    let (_, fields) = settings.split_once("pub struct Settings {\n")?;
    let (fields, _) = fields.split_once("\n}")?;
    let field = format!("pub {section}: ");
    let mut lines = fields.lines();
    let kind = lines.find_map(|line| line.trim_start().strip_prefix(&field))?;
    Some(kind.trim_end_matches(','))
}

/// Adds the field to its section's type, and its default to that of the type.
fn insert_field(text: &str, kind: &str, key: &str, default: &Literal) -> Option<String> {
    let field = format!("\n    /// {MEANING}\n    pub {key}: {},", default.kind);
    let text = insert_after(text, &format!("pub struct {kind} {{\n"), "\n}", &field)?;
    let value = format!("\n            {key}: {},", default.rust);
    let made = format!("impl Default for {kind} {{\n");
    insert_after(&text, &made, "\n        }", &value)
}

/// Adds the line at the end of its table.
fn insert_documented(text: &str, section: &str, key: &str, default: &Literal) -> Option<String> {
    let line = format!("\n# {MEANING}\n{key} = {}", default.toml);
    // The last table ends with the file.
    let padded = format!("{text}\n[");
    let padded = insert_after(&padded, &format!("[{section}]\n"), "\n\n[", &line)?;
    padded.strip_suffix("\n[").map(str::to_owned)
}

/// Puts `new` before the first `end` after `start`.
fn insert_after(text: &str, start: &str, end: &str, new: &str) -> Option<String> {
    let at = text.find(start)? + start.len();
    let (before, rest) = text.split_at(at);
    Some(format!("{before}{}", insert_before(rest, end, new)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_says_its_type() {
        let read = |text| Literal::read(text).map(|it| (it.kind, it.rust, it.toml));
        let of = |kind, rust: &str, toml: &str| (kind, rust.to_owned(), toml.to_owned());
        assert_eq!(read("15").unwrap(), of("u32", "15", "15"));
        assert_eq!(read("5000000000").unwrap().0, "u64");
        assert_eq!(read("false").unwrap(), of("bool", "false", "false"));
        assert_eq!(
            read("open").unwrap(),
            of("String", "\"open\".into()", "\"open\"")
        );
        assert_eq!(read("\"\"").unwrap(), of("String", "String::new()", "\"\""));
        assert!(read("-1").is_err() && read("[1]").is_err());
    }

    #[test]
    fn a_setting_is_the_last_of_its_section() {
        let fifteen = Literal::read("15").unwrap();
        let text = "pub struct Limits {\n    /// A.\n    pub a: u32,\n}\n\n\
            pub struct Log {\n    pub a: u32,\n}\n\nimpl Default for Limits {\n    \
            fn default() -> Self {\n        Self {\n            a: 1,\n        }\n    }\n}\n";
        let with = insert_field(text, "Limits", "b", &fifteen).unwrap();
        let field =
            format!("pub a: u32,\n    /// {MEANING}\n    pub b: u32,\n}}\n\npub struct Log");
        assert!(with.contains(&field), "{with}");
        assert!(
            with.contains("a: 1,\n            b: 15,\n        }\n"),
            "{with}"
        );
        assert!(insert_field(text, "Log", "b", &fifteen).is_none());
        let file = "[limits]\na = 1\n\n[log]\nlevel = \"info\"\n";
        let documented = |section| insert_documented(file, section, "b", &fifteen);
        let line = format!("# {MEANING}\nb = 15\n");
        let first = documented("limits").unwrap();
        assert_eq!(first, file.replace("a = 1\n", &format!("a = 1\n{line}")));
        assert_eq!(documented("log").unwrap(), format!("{file}{line}"));
        assert_eq!(documented("other"), None);
    }

    /// What the lists are looked for by is there.
    #[test]
    fn every_section_takes_one_more() {
        let read = |file| files::read(&crate::root().join(file)).unwrap();
        let (settings, config, documented) = (read(SETTINGS), read(CONFIG), read(DOCUMENTED));
        let default = Literal::read("15").unwrap();
        let sections: Table = toml::from_str(&documented).unwrap();
        for section in sections.keys() {
            let kind = kind_of(&settings, section).unwrap();
            let own = insert_field(&settings, kind, "one_more", &default);
            let field = own.or_else(|| insert_field(&config, kind, "one_more", &default));
            assert!(field.is_some(), "{section}");
            let with = insert_documented(&documented, section, "one_more", &default).unwrap();
            let with: Table = toml::from_str(&with).unwrap();
            assert_eq!(with[section]["one_more"], Value::Integer(15), "{section}");
        }
    }
}
