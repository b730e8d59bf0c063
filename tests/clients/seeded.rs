//! The programs that `spacebar seed` prints, run as they are.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use super::script::{node, python};
use crate::support::{Actor, Instance, Options, program, root};

/// How long a program may take until it is there, and until it answers.
const WITHIN: Duration = Duration::from_secs(60);

/// What the command prints for an instance.
fn seed(instance: &Instance) -> String {
    let mut seed = std::process::Command::new(program().expect("it is built"));
    seed.arg("seed");
    match Instance::starts_at_once() {
        true => seed.arg("--data").arg(instance.data()),
        false => seed.args(["--url", &instance.url]),
    };
    let output = seed.output().expect("it starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).expect("text")
}

/// What stands between two texts.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let rest = text.split_once(before).map(|(_, rest)| rest);
    let found = rest.and_then(|rest| rest.split_once(after));
    found
        .unwrap_or_else(|| panic!("nothing between {before:?} and {after:?} in\n{text}"))
        .0
}

/// Runs a program until it answers a person in a channel.
async fn run(interpreter: PathBuf, file: &Path, text: &str, person: &Actor, channel: &str) {
    std::fs::write(file, text).expect("a file");
    let mut bot = Command::new(interpreter);
    bot.arg(file).env("PYTHONUNBUFFERED", "1");
    bot.stdout(Stdio::piped()).kill_on_drop(true);
    let mut bot = bot.spawn().expect("it starts");
    let mut lines = BufReader::new(bot.stdout.take().expect("a pipe")).lines();
    while let Some(line) = lines.next_line().await.expect("a line") {
        if line.ends_with("is here") {
            break;
        }
    }
    let path = format!("/channels/{channel}/messages");
    let ping = person.post(&path, json!({ "content": "!ping" })).await.ok();
    let is_pong = |message: &Value| {
        message["content"] == "pong" && message["referenced_message"]["id"] == ping["id"]
    };
    loop {
        let page = person.get(&path).await.ok();
        if page.as_array().expect("a list").iter().any(is_pong) {
            break;
        }
        assert!(matches!(bot.try_wait(), Ok(None)), "the bot ended");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    bot.kill().await.expect("it runs");
}

#[tokio::test(flavor = "multi_thread")]
async fn printed_programs_of_seed_run_unchanged() {
    let instance = Instance::start(&Options::default()).await;
    let instance = Arc::new(instance.expect("an instance"));
    let told = seed(&instance);
    let mut person = instance.nobody();
    person.token = between(&told, "their token", "\n").trim().to_owned();
    let channel = between(&told, "with the channel ", "\n");
    let folder = TempDir::new().expect("a folder");
    // Where `npm install`, as the program says it, leaves what it needs.
    let modules = root().join("tests/clients/node_modules");
    std::os::unix::fs::symlink(modules, folder.path().join("node_modules")).expect("a link");
    let javascript = between(&told, "bot.mjs:\n\n", "\nOr with discord.py");
    let python_bot = between(&told, "bot.py:\n\n", "\nPrograms are faster");
    for (interpreter, name, text) in [
        (node(), "bot.mjs", javascript),
        (python(), "bot.py", python_bot),
    ] {
        let file = folder.path().join(name);
        let answers = run(interpreter, &file, text, &person, channel);
        let answers = tokio::time::timeout(WITHIN, answers).await;
        assert!(answers.is_ok(), "{name} does not answer");
    }
}
