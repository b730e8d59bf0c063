//! Where settings come from, and in which order they count.

use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, bail};
use toml::{Table, Value};

use super::Settings;

/// What the process was given to read its settings from.
#[derive(Debug, Default)]
pub struct Sources {
    /// A file, which must exist.
    pub file: Option<PathBuf>,
    /// The environment. Variables `SPACEBAR_SECTION_KEY` count.
    pub environment: Vec<(String, String)>,
    /// Assignments `section.key=value`, the later ones over the earlier ones.
    pub assignments: Vec<String>,
}

impl Sources {
    /// The settings: defaults, over them the file, the environment and the assignments.
    ///
    /// # Errors
    /// Which key is unknown, of a wrong type or has an impossible value, and where it came from.
    pub fn read(&self) -> Result<Settings> {
        let defaults = Table::try_from(Settings::default())?;
        let mut table = Table::new();
        if let Some(path) = &self.file {
            let name = path.display();
            let text =
                std::fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
            table = toml::from_str(&text).with_context(|| format!("in {name}"))?;
            refuse_unknown(&table, &defaults).with_context(|| format!("in {name}"))?;
        }
        for (name, value) in &self.environment {
            let Some((section, key)) = environment_key(name, &defaults) else {
                continue;
            };
            set(&mut table, &defaults, &section, &key, value)
                .with_context(|| format!("in the environment variable {name}"))?;
        }
        for assignment in &self.assignments {
            let parts = assignment.split_once('=');
            let (path, value) =
                parts.with_context(|| format!("--set {assignment}: not section.key=value"))?;
            let (section, key) = path
                .split_once('.')
                .with_context(|| format!("--set {assignment}: not section.key=value"))?;
            set(&mut table, &defaults, section, key, value)
                .with_context(|| format!("in --set {assignment}"))?;
        }
        let settings: Settings = serde_path_to_error::deserialize(table)
            .map_err(|error| anyhow!("{}: {}", error.path(), error.inner()))?;
        settings.check()?;
        Ok(settings)
    }
}

/// The section and key of a variable such as `SPACEBAR_RATE_LIMITS_ENABLED`; `None` for variables
/// of other programs and for those of this one that are no setting.
fn environment_key(name: &str, defaults: &Table) -> Option<(String, String)> {
    let name = name.strip_prefix("SPACEBAR_")?.to_lowercase();
    defaults.keys().find_map(|section| {
        let key = name.strip_prefix(section.as_str())?.strip_prefix('_')?;
        Some((section.clone(), key.to_owned()))
    })
}

fn refuse_unknown(table: &Table, defaults: &Table) -> Result<()> {
    for (section, value) in table {
        let known = defaults.get(section).and_then(Value::as_table);
        let (Some(known), Some(keys)) = (known, value.as_table()) else {
            bail!("{section}: there is no such section");
        };
        if let Some(key) = keys.keys().find(|key| !known.contains_key(*key)) {
            bail!("{section}.{key}: there is no such setting");
        }
    }
    Ok(())
}

/// Sets one key to a value written as text, read as the type that its default has.
fn set(table: &mut Table, defaults: &Table, section: &str, key: &str, text: &str) -> Result<()> {
    let known = defaults.get(section).and_then(|table| table.get(key));
    let Some(known) = known else {
        bail!("{section}.{key}: there is no such setting");
    };
    let wrong = || format!("{section}.{key}: {text} is no {}", known.type_str());
    let value = match known {
        Value::Boolean(_) => Value::Boolean(text.parse().with_context(wrong)?),
        Value::Integer(_) => Value::Integer(text.parse().with_context(wrong)?),
        Value::Array(_) => {
            let items = text
                .split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty());
            Value::Array(items.map(Value::from).collect())
        }
        _ => Value::from(text),
    };
    let section = table
        .entry(section)
        .or_insert_with(|| Value::Table(Table::new()));
    if let Value::Table(section) = section {
        section.insert(key.to_owned(), value);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use runtime::config::RegistrationMode;

    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Vec<(String, String)> {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        variables.iter().map(own).collect()
    }

    #[test]
    fn the_command_line_counts_over_the_environment_over_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("spacebar.toml");
        let text = "[rate_limits]\nglobal_per_second = 1\n[registration]\nmode = \"invite\"\n\
                    [server]\nlisten = \"127.0.0.1:1\"";
        std::fs::write(&file, text).unwrap();
        let sources = Sources {
            file: Some(file),
            environment: environment(&[
                ("SPACEBAR_RATE_LIMITS_GLOBAL_PER_SECOND", "2"),
                ("SPACEBAR_SERVER_LISTEN", "127.0.0.1:2"),
                ("SPACEBAR_SERVER_TRUSTED_PROXIES", "127.0.0.1, ::1"),
                ("SPACEBAR_SOMETHING_ELSE", "2"),
                ("PATH", "/bin"),
            ]),
            assignments: vec!["server.listen=127.0.0.1:3".into()],
        };
        let settings = sources.read().unwrap();
        assert_eq!(settings.server.listen.port(), 3);
        assert_eq!(settings.server.trusted_proxies.len(), 2);
        assert_eq!(settings.rate_limits.global_per_second, 2);
        assert_eq!(settings.registration.mode, RegistrationMode::Invite);
    }

    #[test]
    fn every_mistake_names_its_key() {
        let mistake = |assignment: &str| {
            let assignments = vec![assignment.to_owned()];
            let sources = Sources {
                assignments,
                ..Sources::default()
            };
            format!("{:#}", sources.read().unwrap_err())
        };
        for (assignment, key) in [
            ("server.lisen=1", "server.lisen"),
            ("functions.reuse_max=many", "functions.reuse_max"),
            ("functions.reuse_max=-1", "functions.reuse_max"),
            ("server.listen=here", "server.listen"),
            ("registration.mode=maybe", "registration.mode"),
            ("rate_limits.enabled=2", "rate_limits.enabled"),
            ("server=1", "section.key=value"),
        ] {
            let error = mistake(assignment);
            assert!(error.contains(key), "{assignment}: {error}");
        }
    }

    #[test]
    fn the_documented_file_holds_every_setting_with_its_default() {
        let documented: Table = toml::from_str(include_str!("../../spacebar.toml")).unwrap();
        let defaults = Table::try_from(Settings::default()).unwrap();
        assert_eq!(documented, defaults);
    }
}
