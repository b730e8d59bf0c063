//! An event: `cargo xtask new event guilds/GUILD_SOUNDBOARD_SOUND_CREATE` writes its kind and its
//! payload.

use anyhow::{Context, Result, bail};

use super::{begin, check_name, edit, insert_line};
use crate::files;

/// How the payloads of a file begin.
const FILE: &str = "//! Says in one sentence what these are about.\n";

/// Writes the payload at the end of its subject's file, which it may begin, and the kind at its
/// place among the others.
pub fn command(place: &str) -> Result<()> {
    let (subject, name) = place.split_once('/').context("name it SUBJECT/NAME")?;
    check_name(subject)?;
    check_kind(name)?;
    let events = crate::root().join("shared/model/src/event");
    let (kinds, file) = (events.join("kind.rs"), events.join(format!("{subject}.rs")));
    if files::read(&kinds)?.contains(&format!("\"{name}\"")) {
        bail!("there is an event {name} already");
    }
    edit(&kinds, |text| insert_kind(text, name))?;
    if !file.exists() {
        begin(&file, FILE)?;
        edit(&events.with_extension("rs"), |text| {
            let text = insert_line(text, "mod ", &format!("mod {subject};"))?;
            insert_line(&text, "pub use ", &format!("pub use {subject}::*;"))
        })?;
    }
    edit(&file, |text| Some(format!("{text}\n{}", payload(name))))?;
    eprintln!(
        "wrote {name} in shared/model/src/event/{subject}.rs; next: its fields, who needs which \
         intents (shared/model/src/gateway/intents.rs), and the function that emits it"
    );
    Ok(())
}

/// Refuses what Discord cannot call an event.
fn check_kind(name: &str) -> Result<()> {
    let is_letter = |c: char| c.is_ascii_uppercase() || c == '_';
    let is_wrong = name.starts_with('_') || name.ends_with('_') || name.contains("__");
    if name.is_empty() || is_wrong || !name.chars().all(is_letter) {
        bail!("{name:?}: events are called as in Discord's `t`, like TYPING_START");
    }
    Ok(())
}

/// The name as the words that it is of, each beginning with a capital.
fn words(name: &str) -> Vec<String> {
    let words = name.split('_').map(|word| {
        let (first, rest) = word.split_at(1);
        first.to_owned() + &rest.to_lowercase()
    });
    words.collect()
}

fn payload(name: &str) -> String {
    let words = words(name);
    let (title, kind) = (words.join(" "), words.concat());
    let anchor = words.join("-").to_lowercase();
    format!(
        "payloads! {{\n    /// See [Discord Docs/{title}](https://discord.com/developers/docs/events/\
         gateway-events#{anchor}).\n    {kind}: {{\n        /// The guild.\n        \
         pub guild_id: crate::Id<crate::id::marker::Guild>,\n    }}\n}}\n"
    )
}

/// Adds the kind before the first whose name comes after it; those of the gateway alone are last.
fn insert_kind(text: &str, name: &str) -> Option<String> {
    let lines: Vec<_> = text.lines().collect();
    let list = lines.iter().position(|line| *line == "event_kinds! {")?;
    let is_after = |line: &&str| {
        let mut quoted = line.trim_end().rsplit('"');
        quoted.next() == Some("")
            && quoted
                .next()
                .is_some_and(|it| it.starts_with('_') || it > name)
    };
    let after = list + lines[list..].iter().position(is_after)?;
    // What it says of itself belongs to it.
    let own = lines[..after]
        .iter()
        .rposition(|it| !it.trim_start().starts_with("///"))?;
    let kind = words(name).concat();
    let new = ["    /// Says in one sentence what happened.".to_owned()];
    let new = new.into_iter().chain([format!("    {kind} \"{name}\"")]);
    let (before, rest) = lines.split_at(own + 1);
    let all = before.iter().map(|line| (*line).to_owned()).chain(new);
    let all = all.chain(rest.iter().map(|line| (*line).to_owned()));
    Some(all.fold(String::new(), |text, line| text + &line + "\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_stands_among_the_others_by_its_name() {
        let text = "macro_rules! event_kinds { () => {} }\n\nevent_kinds! {\n    /// A.\n    \
            ChannelCreate \"CHANNEL_CREATE\"\n    /// B,\n    /// and more.\n    \
            Ready \"READY\"\n    /// C.\n    Inner \"_INNER\"\n}\n";
        let with = insert_kind(text, "GUILD_SYNC").unwrap();
        let middle = "\"CHANNEL_CREATE\"\n    /// Says in one sentence what happened.\n    \
            GuildSync \"GUILD_SYNC\"\n    /// B,\n";
        assert!(with.contains(middle), "{with}");
        let last = insert_kind(text, "TYPING_START").unwrap();
        assert!(
            last.contains("TypingStart \"TYPING_START\"\n    /// C.\n"),
            "{last}"
        );
        assert_eq!(insert_kind("event_kinds! {\n}\n", "X"), None);
    }

    #[test]
    fn a_new_event_has_its_link_and_its_place() {
        let written = format!("{FILE}\n{}", payload("TYPING_START"));
        assert!(written.contains("gateway-events#typing-start"), "{written}");
        let kinds = crate::root().join("shared/model/src/event/kind.rs");
        let kinds = files::read(&kinds).unwrap();
        assert!(insert_kind(&kinds, "GUILD_SOUNDBOARD_SOUND_CREATE").is_some());
    }

    #[test]
    fn an_event_is_called_as_discord_calls_it() {
        for wrong in ["", "typing_start", "_INNER", "A__B", "A_", "TYPING START"] {
            assert!(check_kind(wrong).is_err(), "{wrong}");
        }
        check_kind("TYPING_START").unwrap();
    }
}
