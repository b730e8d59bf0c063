//! A guild is exported while people talk and moves to another instance; a person gets what is known
//! of them.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use http::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use store::embedded::Embedded;
use store::{Database, Store, users};
use tempfile::TempDir;

use crate::support::{Actor, Instance, Options, PASSWORD, program};

/// What is attached to a message.
const FILE: &[u8] = b"a file that moves";
const IMAGE: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/// What the owner finds again.
struct Made {
    guild: String,
    channel: String,
    role: String,
    emoji: String,
    first: String,
    answer: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guild_moves_to_another_instance() {
    let (from, into) = (start().await, start().await);
    let owner = from.register("owner").await;
    let made = make_guild(&from, &owner).await;
    let place = TempDir::new().expect("a folder");
    let folder = place.path().join("guild");
    let busy = tokio::spawn({
        let (owner, channel) = (owner.clone(), made.channel.clone());
        async move {
            for number in 0.. {
                owner.say(&channel, &format!("meanwhile {number}")).await;
            }
        }
    });
    done(&[
        "export",
        "--data",
        text(from.data()),
        "guild",
        &made.guild,
        text(&folder),
    ]);
    busy.abort();

    // Somebody else has the owner's name there.
    let other = json!({
        "username": owner.name,
        "email": "other@example.org",
        "password": PASSWORD,
        "consent": true,
        "date_of_birth": "2000-01-01",
    });
    into.nobody().post("/auth/register", other).await.ok();
    let import = ["import", "--data", text(into.data()), text(&folder)];
    assert!(refused(&import).contains("must be stopped"));
    into.stop().await;
    done(&import);
    assert!(refused(&import).contains("already"));
    let name = format!("{}2", owner.name);
    let printed = done(&[
        "admin",
        "--data",
        text(into.data()),
        "reset-password",
        &name,
    ]);
    let password = printed.split_whitespace().last().expect("a password");

    let into = Arc::into_inner(into).expect("the only handle");
    let into = into.restart(&Options::default()).await;
    let mut moved = Arc::new(into.expect("it starts")).nobody();
    let credentials = json!({ "login": name, "password": password });
    let answer = moved.post("/auth/login", credentials).await.ok();
    moved.token = answer["token"].as_str().expect("a token").to_owned();
    finds_all(&moved, &owner, &made).await;
}

async fn start() -> Arc<Instance> {
    let instance = Instance::start(&Options::default()).await;
    Arc::new(instance.expect("an instance"))
}

/// A guild with something of everything.
async fn make_guild(instance: &Arc<Instance>, owner: &Actor) -> Made {
    let (friend, foe) = (
        instance.register("friend").await,
        instance.register("foe").await,
    );
    let (guild, channel) = owner.create_guild("a community").await;
    for other in [&friend, &foe] {
        owner.invite(&channel, other).await;
    }
    let role = json!({ "name": "painters", "permissions": "1024" });
    let role = owner.post(&format!("/guilds/{guild}/roles"), role).await;
    let role = id(&role.ok());
    let path = format!("/guilds/{guild}/members/{}/roles/{role}", friend.id);
    owner.put(&path, json!({})).await.ok();
    let path = format!("/channels/{channel}/permissions/{role}");
    let overwrite = json!({ "type": 0, "allow": "0", "deny": "2048" });
    owner.put(&path, overwrite).await.ok();
    let emoji = json!({ "name": "dot", "image": IMAGE });
    let emoji = owner.post(&format!("/guilds/{guild}/emojis"), emoji).await;
    let emoji = id(&emoji.ok());
    let path = format!("/channels/{channel}/messages");
    let form = Form::new()
        .part("files[0]", Part::bytes(FILE).file_name("moved.txt"))
        .text("payload_json", json!({ "content": "first" }).to_string());
    let request = owner.request(Method::POST, &format!("/api/v10{path}"));
    let request = request.multipart(form);
    let first = id(&owner.send(Method::POST, &path, request).await.ok());
    let answer = json!({ "content": "an answer", "message_reference": { "message_id": first } });
    let answer = id(&owner.post(&path, answer).await.ok());
    let reaction = format!("{path}/{first}/reactions/dot:{emoji}/@me");
    friend.put(&reaction, json!({})).await.ok();
    let pin = format!("/channels/{channel}/pins/{first}");
    owner.put(&pin, json!({})).await.ok();
    let ban = format!("/guilds/{guild}/bans/{}", foe.id);
    owner.put(&ban, json!({})).await.ok();
    Made {
        guild,
        channel,
        role,
        emoji,
        first,
        answer,
    }
}

/// Everything is as it was, by the API of the other instance.
async fn finds_all(moved: &Actor, owner: &Actor, made: &Made) {
    let Made { guild, channel, .. } = made;
    let path = format!("/channels/{channel}/messages");
    let first = moved.get(&format!("{path}/{}", made.first)).await.ok();
    assert_eq!(first["content"], "first");
    assert_eq!(first["pinned"], true);
    assert_eq!(first["author"]["id"], owner.id.as_str());
    assert_eq!(first["reactions"][0]["emoji"]["id"], made.emoji.as_str());
    let url = first["attachments"][0]["url"].as_str().expect("a URL");
    let (_, file) = url.split_once("/cdn/").expect("a file of an instance");
    assert_eq!(fetch(moved, file).await, FILE);
    let image = fetch(moved, &format!("emojis/{}.png", made.emoji)).await;
    assert!(image.starts_with(b"\x89PNG"));
    let answer = moved.get(&format!("{path}/{}", made.answer)).await.ok();
    assert_eq!(answer["referenced_message"]["id"], made.first.as_str());
    for part in ["roles", "emojis"] {
        let path = format!("/guilds/{guild}/{part}");
        let (old, new) = (owner.get(&path).await.ok(), moved.get(&path).await.ok());
        let (old, new) = (ids(&old), ids(&new));
        assert_eq!(old, new, "{part}");
    }
    let channels = moved.get(&format!("/guilds/{guild}/channels")).await.ok();
    let channels = channels.as_array().expect("a list");
    let found = channels.iter().find(|it| it["id"] == channel.as_str());
    let overwrites = &found.expect("the channel")["permission_overwrites"];
    assert_eq!(overwrites[0]["id"], made.role.as_str());
    assert_eq!(overwrites[0]["deny"], "2048");
    let bans = moved.get(&format!("/guilds/{guild}/bans")).await.ok();
    assert_eq!(bans.as_array().map(Vec::len), Some(1));
    let count = moved
        .get(&format!("/guilds/{guild}?with_counts=true"))
        .await;
    assert_eq!(count.ok()["approximate_member_count"], 2);
    let mut socket = moved.connect().await;
    moved.say(channel, "we live here now").await;
    let heard = socket.event("MESSAGE_CREATE").await;
    assert_eq!(heard["content"], "we live here now");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_gets_what_they_wrote_and_no_secret() {
    let instance = start().await;
    let (ann, bob) = (
        instance.register("ann").await,
        instance.register("bob").await,
    );
    for guild in ["one", "two"] {
        let (_, channel) = bob.create_guild(guild).await;
        bob.invite(&channel, &ann).await;
        ann.say(&channel, &format!("mine in {guild}")).await;
        bob.say(&channel, "not mine").await;
    }
    let place = TempDir::new().expect("a folder");
    let folder = place.path().join("ann");
    done(&[
        "export",
        "--data",
        text(instance.data()),
        "user",
        &ann.name,
        text(&folder),
    ]);
    let records = std::fs::read_to_string(folder.join("export.jsonl")).expect("records");
    for mine in [
        "mine in one",
        "mine in two",
        &format!("{}@example.org", ann.name),
    ] {
        assert!(records.contains(mine), "{mine}");
    }
    let database = Embedded::open(&instance.data().join("main.db")).expect("a database");
    let account = users::account_by_username(&ann.name).optional();
    let account = database
        .read(Store::Main, account)
        .await
        .expect("an answer");
    let hash = account.and_then(|account| account.password_hash);
    assert!(!records.contains(&hash.expect("a hash")));
    for secret in [
        "not mine",
        "argon2",
        ann.token.as_str(),
        &format!("{}@", bob.name),
    ] {
        assert!(!records.contains(secret), "{secret}");
    }
}

async fn fetch(actor: &Actor, file: &str) -> Vec<u8> {
    let answer = actor.request(Method::GET, &format!("/cdn/{file}")).send();
    let answer = answer.await.expect("an answer");
    assert_eq!(answer.status(), 200, "{file}");
    answer.bytes().await.expect("a body").to_vec()
}

fn id(object: &Value) -> String {
    object["id"].as_str().expect("an id").to_owned()
}

fn ids(list: &Value) -> Vec<String> {
    let mut ids: Vec<_> = list.as_array().expect("a list").iter().map(id).collect();
    ids.sort();
    ids
}

fn run(args: &[&str]) -> Output {
    let program = program().expect("the program");
    Command::new(program).args(args).output().expect("it runs")
}

/// Runs the program to its end, which must be a success: what it prints.
fn done(args: &[&str]) -> String {
    let output = run(args);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Runs the program, which must fail: what it says.
fn refused(args: &[&str]) -> String {
    let output = run(args);
    assert!(!output.status.success(), "{args:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path of text")
}
