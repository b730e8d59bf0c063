//! A function: `cargo xtask new function channels/typing "/channels/{channel_id}/typing" POST`.

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::{begin, check_name, edit};
use crate::{files, generate};

/// Discord's own description, where operations have their names.
const OPENAPI: &str = "tests/data/discord-openapi.json";

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// Writes the route file and its word in the crate's list, and the crate if it is the first.
pub fn command(args: &[String]) -> Result<()> {
    let [place, path, methods @ ..] = args else {
        bail!("usage: cargo xtask new function CRATE/FILE PATH METHOD…");
    };
    let (krate, file) = place
        .split_once('/')
        .context("the first argument is CRATE/FILE")?;
    check_name(krate)?;
    check_name(file)?;
    if !path.starts_with('/') {
        bail!("{path:?}: a path begins with a slash and has its parameters in braces");
    }
    if methods.is_empty() || methods.iter().any(|it| !METHODS.contains(&it.as_str())) {
        bail!("name at least one method of {}", METHODS.join(", "));
    }
    let root = crate::root();
    let folder = root.join("functions").join(krate);
    if !folder.join("Cargo.toml").exists() {
        begin_crate(&folder, krate)?;
    }
    let route = folder.join("src").join(format!("{file}.rs"));
    let names: Vec<_> = methods
        .iter()
        .map(|method| operation_name(&root, path, method))
        .collect();
    let text = route_file(krate, path, methods, &names);
    begin(&route, &text)?;
    edit(&folder.join("src/lib.rs"), |text| insert_word(text, file))?;
    generate::lists()?;
    eprintln!("wrote functions/{krate}/src/{file}.rs; next: cargo test --package {krate} {file}");
    Ok(())
}

/// Discord's operationId, or a name of the method and the last noun of the path.
fn operation_name(root: &Path, path: &str, method: &str) -> String {
    let openapi = files::read(&root.join(OPENAPI)).unwrap_or_default();
    let openapi: Value = serde_json::from_str(&openapi).unwrap_or_default();
    let known = &openapi["paths"][path][method.to_lowercase()]["operationId"];
    if let Some(name) = known.as_str() {
        return name.to_owned();
    }
    let verb = match method {
        "GET" => "get",
        "POST" => "create",
        "PUT" => "set",
        "PATCH" => "update",
        _ => "delete",
    };
    let noun = path
        .rsplit('/')
        .find(|it| it.starts_with(|c: char| c.is_ascii_alphabetic()));
    format!("{verb}_{}", noun.unwrap_or("root").replace(['-', '.'], "_"))
}

fn begin_crate(folder: &Path, krate: &str) -> Result<()> {
    let manifest = format!(
        "[package]\nname = \"{krate}\"\ndescription = \"The functions of {krate}.\"\n\
         version.workspace = true\nedition.workspace = true\nrust-version.workspace = true\n\
         license.workspace = true\npublish.workspace = true\n\n[dependencies]\n\
         runtime.workspace = true\n\n[dev-dependencies]\n\
         runtime = {{ workspace = true, features = [\"testing\"] }}\n\
         serde_json.workspace = true\n\n[lints]\nworkspace = true\n"
    );
    files::write_if_changed(&folder.join("Cargo.toml"), manifest.as_bytes())?;
    let list = format!("//! The functions of {krate}.\n\nruntime::functions! {{\n}}\n");
    files::write_if_changed(&folder.join("src/lib.rs"), list.as_bytes())?;
    Ok(())
}

fn route_file(krate: &str, path: &str, methods: &[String], names: &[String]) -> String {
    // Discord's pages are named by the resource in the singular.
    let page = krate.strip_suffix('s').unwrap_or(krate);
    let mut text = format!(
        "//! `{path}`.\n//!\n//! See [Discord Docs]\
         (https://discord.com/developers/docs/resources/{page}).\n\n\
         use runtime::prelude::*;\n\nfunction! {{\n    \"{path}\"\n"
    );
    for (method, name) in methods.iter().zip(names) {
        text.push_str(&format!("    {method} {name}\n"));
    }
    text.push_str("}\n");
    for name in names {
        text.push_str(&format!(
            "\n/// Says in one sentence what it does for its caller.\n\
             async fn {name}(_cx: &Cx, _caller: Caller) -> Result<NoContent> {{\n    \
                 Err(Code::FeatureDisabled.into())\n}}\n"
        ));
    }
    let (method, name) = (methods[0].to_lowercase(), &names[0]);
    let body = match method.as_str() {
        "get" | "delete" => "",
        _ => ", serde_json::json!({})",
    };
    text.push_str(&format!(
        "\n#[cfg(test)]\nmod tests {{\n    use runtime::testing::App;\n\n    use super::*;\n\n    \
             #[test]\n    fn {name}_answers() {{\n        let app = App::new();\n        \
             let alice = app.register(\"alice\");\n        \
             alice.{method}(&FUNCTION, \"{path}\"{body}).no_content();\n    }}\n}}\n"
    ));
    text
}

/// Adds a word to the `functions!` list, which is kept sorted, one word a line.
fn insert_word(text: &str, word: &str) -> Option<String> {
    const LIST: &str = "functions! {";
    let start = text.find(LIST)? + LIST.len();
    let end = start + text[start..].find('}')?;
    let mut words: Vec<_> = text[start..end].split_whitespace().chain([word]).collect();
    words.sort_unstable();
    words.dedup();
    let list: String = words.iter().map(|word| format!("    {word}\n")).collect();
    Some(format!("{}\n{list}{}", &text[..start], &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_joins_the_sorted_list() {
        let text = "//! Crate.\n\nruntime::functions! { pins channel }\n";
        let wanted = "//! Crate.\n\nruntime::functions! {\n    channel\n    pins\n    typing\n}\n";
        assert_eq!(insert_word(text, "typing").as_deref(), Some(wanted));
        assert_eq!(insert_word(wanted, "typing").as_deref(), Some(wanted));
        assert_eq!(insert_word("//! Crate.\n", "typing"), None);
    }

    #[test]
    fn an_operation_that_discord_does_not_name_is_a_verb_and_a_noun() {
        let nowhere = Path::new("/nowhere");
        assert_eq!(
            operation_name(nowhere, "/users/@me/settings-proto/{type}", "PATCH"),
            "update_settings_proto"
        );
    }
}
