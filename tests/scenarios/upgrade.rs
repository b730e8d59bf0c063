//! A database of the first version opens with today's, and nothing in it is lost.

use std::path::Path;
use std::sync::Arc;

use serde_json::json;
use store::embedded::Connection;
use store::{Statement, Value};
use tempfile::TempDir;

use crate::support::{Instance, Options};

/// The statements that make that database again: two people, a guild with a role, messages with an
/// embed, a reaction, a pin and a reply, a private conversation, and a bot.
const FIRST_VERSION: &str = include_str!("../data/first_version.json");

fn make_first_version(path: &Path) {
    let statements: Vec<String> = serde_json::from_str(FIRST_VERSION).expect("a list");
    let mut connection = Connection::open(path).expect("a new file");
    for sql in statements {
        let made = connection.run(&Statement::new(sql, vec![]));
        made.expect("a statement of the first version");
    }
}

/// The tables of a stopped instance.
fn outline(data: &Path) -> Vec<Value> {
    let connection = Connection::open_reader(&data.join("main.db"));
    let outline = connection.expect("a database").outline();
    outline.expect("a schema")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_the_first_version_has_everything_still() {
    let data = Arc::new(TempDir::new().expect("a folder"));
    make_first_version(&data.path().join("main.db"));
    let old = Instance::start_in(data.clone(), &Options::default()).await;
    let old = Arc::new(old.expect("it starts"));

    let mut ada = old.nobody();
    let credentials = json!({ "login": "ada@example.org", "password": "correct horse battery" });
    let answer = ada.post("/auth/login", credentials).await.ok();
    ada.token = answer["token"].as_str().expect("a token").to_owned();
    let guilds = ada.get("/users/@me/guilds").await.ok();
    let guild = guilds[0]["id"].as_str().expect("a guild");
    let channels = ada.get(&format!("/guilds/{guild}/channels")).await.ok();
    let text = channels.as_array().expect("a list").iter();
    let channel = text.clone().find(|channel| channel["type"] == 0);
    let channel = channel.expect("a text channel")["id"]
        .as_str()
        .expect("an id");
    let messages = ada.get(&format!("/channels/{channel}/messages")).await.ok();
    let messages = messages.as_array().expect("a list");
    let reply = &messages[0];
    assert_eq!(reply["content"], "a reply");
    assert_eq!(reply["referenced_message"]["content"], "the first message");
    let first = messages
        .iter()
        .find(|one| one["content"] == "the first message")
        .expect("the first message");
    assert_eq!(first["embeds"][0]["title"], "a title");
    assert_eq!(first["reactions"][0]["count"], 1);
    assert_eq!(first["pinned"], true);
    let mut socket = ada.connect().await;
    ada.say(channel, "after the upgrade").await;
    let heard = socket.event("MESSAGE_CREATE").await;
    assert_eq!(heard["content"], "after the upgrade");
    old.stop().await;

    let new = Instance::start(&Options::default()).await;
    let new = new.expect("a new instance");
    new.stop().await;
    assert_eq!(outline(data.path()), outline(new.data()));
}
