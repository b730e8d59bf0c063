//! Tests of sending and listing: what is answered, who hears of it, what is refused.

mod content_intent;
mod files;
mod forwards;
mod private;
mod threads;
mod times;

use model::permissions::{Overwrite, OverwriteKind};
use runtime::testing::{Actor, Answer, App};
use serde_json::{Value, json};
use store::{Store, read_states};

use super::*;

fn send(actor: &Actor<'_>, channel: Id<marker::Channel>, body: Value) -> Answer {
    actor.post(&FUNCTION, &format!("/channels/{channel}/messages"), body)
}

fn say(actor: &Actor<'_>, channel: Id<marker::Channel>, content: &str) -> Value {
    send(actor, channel, json!({ "content": content })).ok()
}

fn list(actor: &Actor<'_>, channel: Id<marker::Channel>, query: &str) -> Vec<String> {
    let page = actor
        .get(&FUNCTION, &format!("/channels/{channel}/messages{query}"))
        .ok();
    let contents = page.as_array().expect("a list").iter();
    contents
        .map(|message| message["content"].as_str().expect("text").to_owned())
        .collect()
}

#[test]
fn a_message_is_answered_whole_and_everyone_in_the_channel_hears_of_it() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let body = json!({ "content": " hello ", "nonce": 7, "tts": true });
    let message = send(&alice, channel, body).ok();
    for (field, value) in [
        ("content", json!("hello")),
        ("channel_id", json!(channel)),
        ("type", json!(0)),
        ("nonce", json!(7)),
        ("tts", json!(true)),
        ("pinned", json!(false)),
        ("mention_everyone", json!(false)),
        ("edited_timestamp", Value::Null),
        ("flags", json!(0)),
        ("embeds", json!([])),
        ("attachments", json!([])),
        ("components", json!([])),
        ("mentions", json!([])),
        ("mention_roles", json!([])),
    ] {
        assert_eq!(message[field], value, "{field}");
    }
    assert_eq!(message["author"]["username"], "alice");
    for absent in ["guild_id", "member", "reactions", "referenced_message"] {
        assert!(message.get(absent).is_none(), "{absent}");
    }
    let event = app.emitted(EventKind::MessageCreate);
    assert_eq!(event.audience, Audience::Channel { guild, channel });
    let event: Value = serde_json::from_str(&event.data).expect("JSON");
    assert_eq!(event["guild_id"], json!(guild));
    assert!(event["member"]["joined_at"].is_string());
    assert!(event["member"].get("user").is_none());
    assert_eq!(event["id"], message["id"]);
}

#[test]
fn pages_are_newest_first_whatever_is_asked() {
    let app = App::new();
    let alice = app.register("alice");
    let (_, channel) = alice.create_guild();
    let mut ids = Vec::new();
    for content in ["1", "2", "3", "4", "5"] {
        ids.push(
            say(&alice, channel, content)["id"]
                .as_str()
                .expect("an id")
                .to_owned(),
        );
        app.advance(1);
    }
    assert_eq!(list(&alice, channel, ""), ["5", "4", "3", "2", "1"]);
    assert_eq!(list(&alice, channel, "?limit=2"), ["5", "4"]);
    assert_eq!(
        list(&alice, channel, &format!("?before={}&limit=2", ids[2])),
        ["2", "1"]
    );
    assert_eq!(
        list(&alice, channel, &format!("?after={}&limit=2", ids[1])),
        ["4", "3"]
    );
    assert_eq!(
        list(&alice, channel, &format!("?around={}&limit=3", ids[2])),
        ["4", "3", "2"]
    );
    let path = format!("/channels/{channel}/messages?limit=101");
    assert_eq!(
        alice.get(&FUNCTION, &path).field_error(&["limit"]),
        "NUMBER_TYPE_MAX"
    );
}

#[test]
fn history_is_for_those_who_may_read_it() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, _) = alice.create_guild();
    let overwrite = Overwrite {
        id: guild.cast(),
        kind: OverwriteKind::Role,
        allow: Permissions::empty(),
        deny: Permissions::READ_MESSAGE_HISTORY,
    };
    let channel = app.create_channel(guild, &[overwrite]);
    let bob = app.register("bob");
    bob.join(guild);
    let message = say(&alice, channel, "secret");
    assert!(list(&bob, channel, "").is_empty());
    let reply = json!({ "content": "?", "message_reference": { "message_id": message["id"] } });
    send(&bob, channel, reply).is(Code::CannotReplyWithoutHistory);
}

#[test]
fn newcomers_speak_where_the_guild_lets_them() {
    const MINUTE_MS: i64 = 60_000;
    let app = App::new();
    let (alice, bob) = (app.register("alice"), app.register("bob"));
    let (guild, channel) = alice.create_guild();
    let before = app.read(Store::Main, store::guilds::by_id(guild)).remove(0);
    let mut stored = before.clone();
    stored.verification_level = 3;
    let mut batch = Batch::main();
    store::guilds::update(&mut batch, &before, &stored);
    app.write(batch);
    let hello = || json!({ "content": "hello" });
    bob.join(guild);
    send(&bob, channel, hello()).is(Code::VerificationLevelTooHigh);
    app.advance(6 * MINUTE_MS);
    send(&bob, channel, hello()).is(Code::VerificationLevelTooHigh);
    app.advance(5 * MINUTE_MS);
    say(&bob, channel, "hello");
    say(&alice, channel, "the owner always may");
    let carol = app.register("carol");
    carol.join(guild);
    carol.grant(guild, 1, 0);
    say(&carol, channel, "who is trusted with a role may too");
}

#[test]
fn nothing_and_too_much_are_refused() {
    let app = App::new();
    let alice = app.register("alice");
    let (_, channel) = alice.create_guild();
    send(&alice, channel, json!({})).is(Code::EmptyMessage);
    send(&alice, channel, json!({ "content": " \n" })).is(Code::EmptyMessage);
    let long = send(&alice, channel, json!({ "content": "x".repeat(2001) }));
    assert_eq!(long.field_error(&["content"]), "BASE_TYPE_MAX_LENGTH");
    let field = json!({ "embeds": [{ "title": "a", "fields": [{ "value": "1" }] }] });
    let path = ["embeds", "0", "fields", "0", "name"];
    assert_eq!(
        send(&alice, channel, field).field_error(&path),
        "BASE_TYPE_REQUIRED"
    );
    let link = json!({ "embeds": [{ "image": { "url": "javascript:alert(1)" } }] });
    let path = ["embeds", "0", "image", "url"];
    assert_eq!(
        send(&alice, channel, link).field_error(&path),
        "URL_TYPE_INVALID_URL"
    );
    let text = "x".repeat(4000);
    let large = json!({ "embeds": [{ "description": text }, { "description": text }] });
    assert_eq!(
        send(&alice, channel, large).field_error(&["embeds"]),
        "MAX_EMBED_SIZE_EXCEEDED"
    );
    let poll = send(&alice, channel, json!({ "content": "a", "poll": {} }));
    assert_eq!(poll.field_error(&["poll"]), "POLL_UNAVAILABLE");
    send(
        &alice,
        channel,
        json!({ "content": "a", "sticker_ids": ["5"] }),
    )
    .is(Code::UnknownSticker);
    assert!(app.events().is_empty());
    assert!(list(&alice, channel, "").is_empty());
}

#[test]
fn senders_do_not_set_an_embeds_provider() {
    let app = App::new();
    let alice = app.register("alice");
    let (_, channel) = alice.create_guild();
    let embed = json!({
        "title": "a",
        "provider": { "name": "Bank" },
        "video": { "url": "https://tracker.example/a.mp4" },
    });
    let sent = send(&alice, channel, json!({ "embeds": [embed] })).ok();
    assert_eq!(sent["embeds"], json!([{ "type": "rich", "title": "a" }]));
}

#[test]
fn an_answer_shows_what_it_answers() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let bob = app.register("bob");
    bob.join(guild);
    let first = say(&alice, channel, "first");
    app.advance(1);
    let body = json!({ "content": "second", "message_reference": { "message_id": first["id"] } });
    let reply = send(&bob, channel, body).ok();
    assert_eq!(reply["type"], 19);
    assert_eq!(reply["referenced_message"]["content"], "first");
    assert_eq!(reply["message_reference"]["guild_id"], json!(guild));
    assert_eq!(reply["mentions"][0]["id"], json!(alice.id));
    let page = alice
        .get(&FUNCTION, &format!("/channels/{channel}/messages"))
        .ok();
    assert_eq!(page[0]["referenced_message"]["author"]["username"], "alice");
    let gone = json!({ "content": "?", "message_reference": { "message_id": "9" } });
    let gone = send(&bob, channel, gone).field_error(&["message_reference"]);
    assert_eq!(gone, "REPLIES_UNKNOWN_MESSAGE");
    let lenient = json!({
        "content": "!",
        "message_reference": { "message_id": "9", "fail_if_not_exists": false },
    });
    assert_eq!(send(&bob, channel, lenient).ok()["type"], 0);
}

#[test]
fn a_mention_takes_effect_as_far_as_the_author_allows_and_may() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let bob = app.register("bob");
    bob.join(guild);
    let content = format!("<@{}> <@99> @everyone", bob.id);
    let message = say(&alice, channel, &content);
    assert_eq!(message["mentions"].as_array().map(Vec::len), Some(1));
    assert_eq!(message["mention_everyone"], true);
    let event = app.emitted(EventKind::MessageCreate);
    assert!(
        event.data.contains(r#""mentions":[{"id""#),
        "{}",
        event.data
    );
    let states = app.read(
        Store::messages(channel),
        read_states::of_user(bob.id, &[guild.cast()]),
    );
    assert_eq!(states[0].mention_count, 2);
    let none = json!({ "content": content, "allowed_mentions": { "parse": [] } });
    let none = send(&alice, channel, none).ok();
    assert_eq!(none["mentions"], json!([]));
    assert_eq!(none["mention_everyone"], false);
    let both = json!({
        "content": content,
        "allowed_mentions": { "parse": ["users"], "users": [bob.id] },
    });
    let both = send(&alice, channel, both).field_error(&["allowed_mentions"]);
    assert_eq!(both, "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE");
}

#[test]
fn a_nonce_is_used_once_when_that_is_asked() {
    let app = App::new();
    let alice = app.register("alice");
    let (_, channel) = alice.create_guild();
    let body = json!({ "content": "once", "nonce": "n", "enforce_nonce": true });
    let first = send(&alice, channel, body.clone()).ok();
    let again = send(&alice, channel, body).ok();
    assert_eq!(first["id"], again["id"]);
    assert_eq!(again["nonce"], "n");
    app.emitted(EventKind::MessageCreate);
    assert_eq!(list(&alice, channel, ""), ["once"]);
}

#[test]
fn components_are_checked_completed_and_returned() {
    let app = App::new();
    let alice = app.register("alice");
    let (_, channel) = alice.create_guild();
    let button = json!({ "type": 2, "style": 1, "label": "press", "custom_id": "a" });
    let row = json!({ "components": [{ "type": 1, "components": [button] }] });
    let message = send(&alice, channel, row).ok();
    assert_eq!(message["components"][0]["id"], 1);
    assert_eq!(message["components"][0]["components"][0]["id"], 2);
    let layout = json!({
        "flags": 1 << 15,
        "components": [{ "type": 17, "components": [{ "type": 10, "content": "text" }] }],
    });
    let layout = send(&alice, channel, layout).ok();
    assert_eq!(layout["components"][0]["spoiler"], false);
    let unflagged = json!({ "components": [{ "type": 10, "content": "text" }] });
    let unflagged = send(&alice, channel, unflagged).field_error(&["components"]);
    assert_eq!(unflagged, "UNION_TYPE_CHOICES");
    let bare = json!({ "components": [{ "type": 1, "components": [{ "type": 2, "style": 5 }] }] });
    let path = ["components", "0", "components", "0", "url"];
    assert_eq!(
        send(&alice, channel, bare).field_error(&path),
        "BASE_TYPE_REQUIRED"
    );
    let mixed = json!({ "flags": 1 << 15, "content": "a", "components": [] });
    let mixed = send(&alice, channel, mixed).field_error(&["content"]);
    assert_eq!(mixed, "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2");
}

#[test]
fn a_stranger_and_who_may_not_speak_are_refused() {
    let app = App::new();
    let alice = app.register("alice");
    let (_, channel) = alice.create_guild();
    let body = json!({ "content": "hello" });
    send(&app.register("mallory"), channel, body.clone()).is(Code::MissingAccess);
    send(&app.nobody(), channel, body).is(Code::Unauthorized);
}

#[test]
fn embeds_are_for_who_may_embed() {
    let app = App::new();
    let (alice, bob) = (app.register("alice"), app.register("bob"));
    let (guild, _) = alice.create_guild();
    bob.join(guild);
    let overwrite = Overwrite {
        id: guild.cast(),
        kind: OverwriteKind::Role,
        allow: Permissions::empty(),
        deny: Permissions::EMBED_LINKS,
    };
    let channel = app.create_channel(guild, &[overwrite]);
    let embeds = json!({ "embeds": [{ "title": "a" }] });
    send(&bob, channel, embeds.clone()).is(Code::MissingPermissions);
    let message = say(&bob, channel, "one");
    let id = message["id"].as_str().expect("an id");
    let path = format!("/channels/{channel}/messages/{id}");
    bob.patch(&crate::message::FUNCTION, &path, embeds.clone())
        .is(Code::MissingPermissions);
    send(&alice, channel, embeds).ok();
}

#[test]
fn an_edit_that_read_an_old_message_undoes_no_other() {
    let app = App::new();
    let alice = app.register("alice");
    let (_, channel) = alice.create_guild();
    let message = say(&alice, channel, "one");
    let id: Id<marker::Message> = message["id"]
        .as_str()
        .expect("an id")
        .parse()
        .expect("an id");
    let stored = || {
        app.read(
            Store::messages(channel),
            messages::by_id(alice.id, channel, id),
        )
        .remove(0)
    };
    let before = stored();
    let path = format!("/channels/{channel}/messages/{id}");
    alice
        .patch(
            &crate::message::FUNCTION,
            &path,
            json!({ "content": "two" }),
        )
        .ok();
    let mut after = before.clone();
    after.flags |= model::message::flags::SUPPRESS_EMBEDS;
    let mut batch = Batch::messages(channel);
    messages::update(&mut batch, &before, &after);
    app.write(batch);
    assert_eq!(
        (stored().content.as_str(), stored().flags),
        ("two", after.flags)
    );
}

/// Has everyone wait for ten seconds after a message.
fn slow(app: &App, channel: Id<marker::Channel>) {
    let rows = app.read(Store::Main, store::channels::by_id(channel));
    let mut slow = rows[0].clone();
    slow.guild.as_mut().expect("a guild's").rate_limit_per_user = 10;
    let mut batch = Batch::main();
    store::channels::update(&mut batch, &rows[0], &slow);
    app.write(batch);
}
