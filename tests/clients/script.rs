//! Libraries of other languages: a script prints a line for each step of a bot's life.

use std::path::PathBuf;

use model::permissions::bits::ADMINISTRATOR;
use serde_json::Value;
use tokio::process::Command;

use crate::support::{Instance, Options, root};

/// Runs one script against an instance of its own, with rate limits on as users have them.
async fn live(program: PathBuf, script: &str) {
    run(program, script, "rate_limits.enabled=true").await;
}

/// Runs one script against an instance of its own with a setting.
async fn run(program: PathBuf, script: &str, setting: &'static str) {
    let options = Options {
        settings: vec![setting],
        ..Options::default()
    };
    let instance = std::sync::Arc::new(Instance::start(&options).await.expect("an instance"));
    let owner = instance.register("owner").await;
    let (guild, channel) = owner.create_guild("a community").await;
    let bot = owner.create_bot("automaton").await;
    let second = owner.create_bot("second").await;
    let person = instance.register("person").await;
    owner.invite(&channel, &person).await;
    owner.add_bot(&bot, &guild, ADMINISTRATOR).await;
    owner.add_bot(&second, &guild, 0).await;
    let output = Command::new(&program)
        .arg(root().join("tests/clients").join(script))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("URL", &instance.url)
        .env("GATEWAY", instance.gateway_url())
        .env("TOKEN", bot.token.trim_start_matches("Bot "))
        .env("SECOND_TOKEN", second.token.trim_start_matches("Bot "))
        .env("GUILD", &guild)
        .env("CHANNEL", &channel)
        .env("PERSON", &person.id)
        .env("PERSON_TOKEN", &person.token)
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(std::time::Duration::from_secs(240), output)
        .await
        .expect("the script ends")
        .unwrap_or_else(|error| panic!("{} does not start: {error}", program.display()));
    judge(
        script,
        &String::from_utf8_lossy(&output.stdout),
        &String::from_utf8_lossy(&output.stderr),
    );
}

/// Every step must have run, and none may have failed.
fn judge(script: &str, output: &str, errors: &str) {
    let lines: Vec<Value> = output
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    let failed: Vec<String> = lines
        .iter()
        .filter_map(|line| Some(format!("{}: {}", line["step"], line["error"].as_str()?)))
        .collect();
    assert!(
        failed.is_empty(),
        "{script}:\n{}\n{errors}",
        failed.join("\n")
    );
    let passed = lines.iter().filter(|line| line["step"].is_string()).count();
    let steps = lines.last().and_then(|line| line["steps"].as_u64());
    assert_eq!(
        steps,
        Some(passed as u64),
        "{script} stopped early:\n{output}\n{errors}"
    );
}

pub fn node() -> PathBuf {
    root().join("target/tools/bin/node")
}

pub fn python() -> PathBuf {
    root().join("target/tools/python/bin/python")
}

#[tokio::test(flavor = "multi_thread")]
async fn discord_js() {
    live(node(), "discord_js.mjs").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn oceanic_js() {
    live(node(), "oceanic_js.mjs").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn eris() {
    live(node(), "eris_js.mjs").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn discord_py() {
    live(python(), "discord_py.py").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn disnake() {
    live(python(), "disnake_py.py").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nextcord() {
    let python = root().join("target/tools/nextcord/bin/python");
    live(python, "nextcord_py.py").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn interactions_py() {
    live(python(), "interactions_py.py").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hikari() {
    live(python(), "hikari_py.py").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_encoding_with_every_compression() {
    // One bot identifies eight times at once.
    run(python(), "encodings.py", "rate_limits.enabled=false").await;
}
