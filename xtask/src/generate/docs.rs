//! The reference pages: every function, and every error.

use std::fmt::Write;
use std::path::Path;

use anyhow::Result;
use model::{Code, Permissions};

use crate::catalogue::{ConditionalRequirement, Function, Operation};
use crate::files;

/// `docs/functions.md`.
pub fn functions(functions: &[Function], root: &Path) -> Result<String> {
    let operations: usize = functions
        .iter()
        .map(|function| function.operations.len())
        .sum();
    let mut text = format!(
        "<!-- Written by `cargo xtask generate`; do not edit by hand. -->\n# Functions\n\n\
         {} functions answer {operations} operations. A function is one path with its methods, one \
         file, and one\nWASM component. The limit is per caller and major parameter.\n",
        functions.len(),
    );
    let mut krate = "";
    for function in functions {
        if krate != function.krate {
            krate = &function.krate;
            write!(
                text,
                "\n## {krate}\n\n| path | operation | access | limit |\n"
            )?;
            text.push_str("| --- | --- | --- | --- |\n");
        }
        let source = files::read(&root.join(function.file()))?;
        for operation in &function.operations {
            row(&mut text, function, operation, &source)?;
        }
    }
    Ok(text)
}

fn row(
    text: &mut String,
    function: &Function,
    operation: &Operation,
    source: &str,
) -> std::fmt::Result {
    let Operation {
        method,
        name,
        access,
        requires,
        limit,
        per_ms,
    } = operation;
    let path = match function.mount.as_str() {
        "api" => function.path.as_str(),
        _ => function.routes[0].as_str(),
    };
    let file = function.file();
    let mut access = who(access);
    for requirement in requires {
        // Writing to a string cannot fail.
        let _ = write!(access, "<br>{}", needed(requirement));
    }
    let about = doc_of(source, name).map_or(String::new(), |doc| format!("<br>{doc}"));
    let seconds = f64::from(*per_ms) / 1000.0;
    writeln!(
        text,
        "| {method} [`{path}`](../{file}) | `{name}`{about} | {access} | {limit} in {seconds} s |"
    )
}

/// A requirement as one would say it.
fn who(access: &str) -> String {
    let (name, bits) = access.split_once('(').unwrap_or((access, "0)"));
    let bits = bits.trim_end_matches(')').parse().unwrap_or(0);
    let permissions = Permissions::from_bits_retain(bits);
    let permissions: Vec<_> = permissions
        .iter_names()
        .map(|(name, _)| format!("`{name}`"))
        .collect();
    let with = |place: &str| match permissions[..] {
        [] => place.to_owned(),
        _ => format!("{place} with {}", permissions.join(", ")),
    };
    match name {
        "Anyone" => "anyone".into(),
        "Caller" => "any account".into(),
        "Human" => "a person".into(),
        "Bot" => "a bot".into(),
        "Operator" => "an operator of the instance".into(),
        "OwnsGuild" => "the guild's owner".into(),
        "InGuild" => with("a member of the guild"),
        "InChannel" => with("viewers of the channel"),
        "Internal" => "the gateway, the host's timers".into(),
        other => other.into(),
    }
}

/// A requirement as one would say it.
fn needed(requirement: &ConditionalRequirement) -> String {
    let set = |names: &Vec<String>| {
        let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
        quoted.join(" and ")
    };
    let sets: Vec<_> = requirement.any_of.iter().map(set).collect();
    format!("{} when {}", sets.join(" or "), requirement.when)
}

/// The first paragraph of a handler's doc comment, on one line.
pub(super) fn doc_of(source: &str, handler: &str) -> Option<String> {
    let before = source.split(&format!("async fn {handler}(")).next()?;
    if before.len() == source.len() {
        return None;
    }
    let mut lines: Vec<&str> = Vec::new();
    // What stands right before the name is its visibility, and perhaps attributes above.
    let above = before.strip_suffix("pub ").unwrap_or(before).lines().rev();
    for line in above.skip_while(|line| line.starts_with("#[")) {
        let Some(text) = line.strip_prefix("///") else {
            break;
        };
        if text.trim().is_empty() {
            lines.clear();
        } else {
            lines.push(text.trim());
        }
    }
    lines.reverse();
    (!lines.is_empty()).then(|| lines.join(" ").replace('|', "\\|"))
}

/// `docs/errors.md`.
pub fn errors() -> String {
    let mut text = String::from(
        "<!-- Written by `cargo xtask generate`; do not edit by hand. -->\n# Errors\n\n\
         The errors in answers, with the body `{\"code\": …, \"message\": …}`. The numbers and \
         sentences are\n[Discord's](https://discord.com/developers/docs/topics/\
         opcodes-and-status-codes#json).\n\n| code | status | name | message |\n\
         | ---: | ---: | --- | --- |\n",
    );
    for code in Code::ALL {
        let (number, status, message) = (code.number(), code.status(), code.message());
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| {number} | {status} | `{code:?}` | {message} |");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn access_is_written_in_words() {
        assert_eq!(
            who("InChannel(2048)"),
            "viewers of the channel with `SEND_MESSAGES`"
        );
        assert_eq!(who("InGuild(0)"), "a member of the guild");
        assert_eq!(who("Anyone"), "anyone");
    }

    #[test]
    fn conditional_requirements_are_written_in_words() {
        let requirement = ConditionalRequirement {
            any_of: [vec!["A"], vec!["B", "C"]]
                .map(|set| set.into_iter().map(str::to_owned).collect())
                .into(),
            when: "roles change".into(),
        };
        assert_eq!(needed(&requirement), "`A` or `B` and `C` when roles change");
    }

    #[test]
    fn a_handlers_first_paragraph_is_its_description() {
        let source = "//! File.\n\n/// Other.\nasync fn get_a(cx: &Cx) {}\n\n\
                      /// Does one\n/// thing.\n///\n/// At length.\n\
                      pub async fn make_a(cx: &Cx) {}\n";
        assert_eq!(doc_of(source, "make_a").as_deref(), Some("Does one thing."));
        assert_eq!(doc_of(source, "get_a").as_deref(), Some("Other."));
        assert_eq!(doc_of(source, "lost"), None);
    }
}
