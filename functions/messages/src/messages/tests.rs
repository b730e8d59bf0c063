//! Tests of sending and listing: what is answered, who hears of it, what is refused.

mod content_intent;

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
fn who_provides_an_embed_is_not_the_senders_to_say() {
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
fn slow_mode_tells_how_long_to_wait() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let bob = app.register("bob");
    bob.join(guild);
    let rows = app.read(Store::Main, store::channels::by_id(channel));
    let mut slow = rows[0].clone();
    slow.guild.as_mut().expect("a guild's").rate_limit_per_user = 10;
    let mut batch = Batch::main();
    store::channels::update(&mut batch, &rows[0], &slow);
    app.write(batch);
    let one = say(&bob, channel, "one");
    app.advance(4_000);
    let one = one["id"].as_str().expect("an id");
    let path = format!("/channels/{channel}/messages/{one}");
    bob.delete(&crate::message::FUNCTION, &path).no_content();
    let refused = send(&bob, channel, json!({ "content": "two" }));
    refused.is(Code::SlowmodeRateLimited);
    let body: Value = serde_json::from_slice(&refused.body).expect("JSON");
    assert_eq!(body["retry_after"], 6.0);
    app.advance(6_001);
    say(&bob, channel, "two");
    bob.grant(guild, 1, MANAGE_MESSAGES | MANAGE_CHANNELS);
    send(&bob, channel, json!({ "content": "three" })).is(Code::SlowmodeRateLimited);
    bob.grant(guild, 1, BYPASS_SLOWMODE);
    say(&bob, channel, "three");
    say(&alice, channel, "the owner is exempt");
    say(&alice, channel, "always");
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
fn a_forward_holds_what_was_said() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let other = app.create_channel(guild, &[]);
    let message = say(&alice, channel, "said");
    let reference = json!({ "type": 1, "channel_id": channel, "message_id": message["id"] });
    let forward = json!({ "message_reference": reference });
    let forward = send(&alice, other, forward).ok();
    assert_eq!(
        forward["message_snapshots"][0]["message"]["content"],
        "said"
    );
    assert_eq!(forward["flags"], 1 << 14);
    let (_, foreign) = app.register("mallory").create_guild();
    let reference = json!({ "type": 1, "channel_id": foreign, "message_id": message["id"] });
    let hidden = send(&alice, other, json!({ "message_reference": reference }));
    assert_eq!(
        hidden.field_error(&["message_reference"]),
        "REPLIES_UNKNOWN_MESSAGE"
    );
}

#[test]
fn nobody_forwards_what_they_do_not_read() {
    let app = App::new();
    let (alice, bob) = (app.register("alice"), app.register("bob"));
    let (guild, open) = alice.create_guild();
    bob.join(guild);
    let closed = alice.create_thread(open, model::channel::kind::PRIVATE_THREAD);
    let past = Overwrite {
        id: guild.cast(),
        kind: OverwriteKind::Role,
        allow: Permissions::empty(),
        deny: Permissions::READ_MESSAGE_HISTORY,
    };
    let forgetful = app.create_channel(guild, &[past]);
    let forward = |actor: &Actor<'_>, channel, message: &Value| {
        let reference = json!({ "type": 1, "channel_id": channel, "message_id": message["id"] });
        send(actor, open, json!({ "message_reference": reference }))
    };
    for channel in [closed, forgetful] {
        let secret = say(&alice, channel, "secret");
        let refused = forward(&bob, channel, &secret);
        assert_eq!(
            refused.field_error(&["message_reference"]),
            "REPLIES_UNKNOWN_MESSAGE"
        );
        assert!(forward(&alice, channel, &secret).ok()["message_snapshots"].is_array());
    }
    bob.grant(guild, 1, MANAGE_THREADS);
    let secret = say(&alice, closed, "secret");
    let moderator = forward(&bob, closed, &secret).ok();
    let snapshot = &moderator["message_snapshots"][0]["message"];
    assert_eq!(snapshot["content"], "secret");
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
fn a_private_message_opens_the_conversation_for_who_closed_it() {
    use model::relationship::kind::{BLOCKED, FRIEND};
    use store::relationships;

    let app = App::new();
    let (alice, bob) = (app.register("alice"), app.register("bob"));
    let id = conversation(&app, &alice, &bob);
    let hello = json!({ "content": "hello" });
    send(&alice, id, hello).is(Code::NoMutualGuilds);
    let (guild, _) = alice.create_guild();
    bob.join(guild);
    say(&alice, id, "hello");
    let events = app.events();
    let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::ChannelCreate, EventKind::MessageCreate]);
    let users = vec![bob.id];
    assert_eq!(events[0].audience, Audience::Private { channel: id, users });
    assert!(events[0].data.contains(r#""username":"alice""#));
    let users = vec![bob.id, alice.id];
    assert_eq!(events[1].audience, Audience::Private { channel: id, users });
    let states = app.read(Store::messages(id), read_states::of_user(bob.id, &[]));
    assert_eq!(states[0].mention_count, 1);
    say(&alice, id, "again");
    app.emitted(EventKind::MessageCreate);
    send(&app.register("mallory"), id, json!({ "content": "me too" })).is(Code::MissingAccess);
    // Who is blocked writes no more, and neither does who blocked them.
    let be = |one: &Actor<'_>, other: &Actor<'_>, kind| {
        let mut batch = Batch::main();
        batch.push(relationships::set(one.id, other.id, kind, app.now()));
        app.write(batch);
    };
    be(&bob, &alice, BLOCKED);
    for one in [&alice, &bob] {
        send(one, id, json!({ "content": "hm" })).is(Code::CannotMessageUser);
    }
    let closed_guild = json!({ "restricted_guilds": [guild] });
    let mut batch = Batch::main();
    let patch = closed_guild.as_object().expect("an object");
    batch.push(store::settings::merge(bob.id, patch));
    app.write(batch);
    be(&bob, &alice, FRIEND);
    send(&alice, id, json!({ "content": "hm" })).is(Code::NoMutualGuilds);
    be(&alice, &bob, FRIEND);
    say(&alice, id, "friends again");
}

#[test]
fn files_come_with_a_message_and_go_with_it() {
    let app = App::new();
    let alice = app.register("alice");
    let (_, channel) = alice.create_guild();
    let path = format!("/channels/{channel}/messages");
    let upload = |payload: Value| {
        let body = format!(
            "--b\r\nContent-Disposition: form-data; name=\"files[0]\"; filename=\"a.txt\"\r\n\r\n\
             hello\r\n--b\r\nContent-Disposition: form-data; name=\"payload_json\"\r\n\r\n\
             {payload}\r\n--b--\r\n"
        );
        let request = http::Request::post(format!("/api/v10{path}"))
            .header("content-type", "multipart/form-data; boundary=b");
        alice.send_raw(&FUNCTION, request, body.into_bytes().into())
    };
    let message = upload(json!({ "content": "" })).ok();
    let file = &message["attachments"][0];
    assert_eq!(
        (&file["filename"], &file["size"]),
        (&json!("a.txt"), &json!(5))
    );
    let picture = json!({ "embeds": [{ "image": { "url": "attachment://a.txt" } }] });
    let shown = upload(picture).ok();
    assert_eq!(shown["attachments"], json!([]));
    let url = shown["embeds"][0]["image"]["url"].as_str().expect("a URL");
    assert!(url.starts_with("http"), "{url}");
    // The instance moves, and its files with it.
    app.configure(|config| config.public_url = "https://elsewhere.example".to_owned());
    let moved = alice.get(&FUNCTION, &path).ok()[0].take();
    let url = moved["embeds"][0]["image"]["url"].as_str().expect("a URL");
    assert!(url.starts_with("https://elsewhere.example/cdn/"), "{url}");
    assert_eq!(app.blobs().len(), 2);
    let long = upload(json!({ "content": "x".repeat(2001) }));
    assert_eq!(long.field_error(&["content"]), "BASE_TYPE_MAX_LENGTH");
    assert_eq!(app.blobs().len(), 2);
    let path = format!("{path}/{}", message["id"].as_str().expect("an id"));
    alice.delete(&crate::message::FUNCTION, &path).no_content();
    let released = store::pending_uploads::before(app.now(), 10);
    assert_eq!(app.read(Store::messages(channel), released).len(), 1);
}

#[test]
fn an_embed_shows_a_file_by_the_name_that_it_was_sent_by() {
    let app = App::new();
    let alice = app.register("alice");
    let (_, channel) = alice.create_guild();
    let embeds = json!({ "embeds": [{ "image": { "url": "attachment://two words.png" } }] });
    let renamed = json!({
        "attachments": [{ "id": 0, "filename": "f\u{fc}nf (5).png" }],
        "embeds": [{ "image": { "url": "attachment://f\u{fc}nf (5).png" } }],
    });
    for (payload, name) in [(embeds, "two_words.png"), (renamed, "two_words.png")] {
        let body = format!(
            "--b\r\nContent-Disposition: form-data; name=\"files[0]\"; \
             filename=\"two words.png\"\r\n\r\nhello\r\n--b\r\nContent-Disposition: form-data; \
             name=\"payload_json\"\r\n\r\n{payload}\r\n--b--\r\n"
        );
        let request = http::Request::post(format!("/api/v10/channels/{channel}/messages"))
            .header("content-type", "multipart/form-data; boundary=b");
        let shown = alice
            .send_raw(&FUNCTION, request, body.into_bytes().into())
            .ok();
        assert_eq!(shown["attachments"], json!([]));
        let url = shown["embeds"][0]["image"]["url"].as_str().expect("a URL");
        assert!(url.starts_with("http") && url.ends_with(name), "{url}");
    }
}

#[test]
fn a_message_has_ten_files_at_most() {
    let app = App::new();
    let alice = app.register("alice");
    let (_, channel) = alice.create_guild();
    let upload = |count: u32| {
        let files = (0..count).map(|number| {
            format!(
                "--b\r\nContent-Disposition: form-data; name=\"files[{number}]\"; \
                 filename=\"{number}.txt\"\r\n\r\nhello\r\n"
            )
        });
        let body = files.collect::<String>() + "--b--\r\n";
        let request = http::Request::post(format!("/api/v10/channels/{channel}/messages"))
            .header("content-type", "multipart/form-data; boundary=b");
        alice.send_raw(&FUNCTION, request, body.into_bytes().into())
    };
    let message = upload(10).ok();
    assert_eq!(message["attachments"].as_array().unwrap().len(), 10);
    upload(11).is(Code::TooManyAttachments);
    assert_eq!(app.blobs().len(), 10);
}

#[test]
fn order_in_a_channel_is_the_order_of_commits() {
    let app = App::new();
    let alice = app.register("alice");
    let (_, channel) = alice.create_guild();
    // A message of the future, as of a clock that was set back since.
    let mut batch = Batch::messages(channel);
    let future = Id::generate(app.now().plus_millis(1), 0);
    let row = messages::Stored::new(future, channel, alice.id, "later".to_owned());
    messages::insert(&mut batch, &row, &[], Code::BadRequest);
    app.write(batch);
    say(&alice, channel, "now");
    app.advance(2);
    say(&alice, channel, "then");
    assert_eq!(list(&alice, channel, ""), ["then", "now", "later"]);
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

#[test]
fn a_thread_counts_its_messages_and_adds_who_writes_and_who_is_mentioned() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let thread = alice.create_thread(channel, model::channel::kind::PUBLIC_THREAD);
    let (bob, carol) = (app.register("bob"), app.register("carol"));
    bob.join(guild);
    carol.join(guild);
    let said = say(&bob, thread, &format!("hello <@{}>", carol.id));
    let kinds: Vec<_> = app.events().iter().map(|event| event.kind).collect();
    let joined = EventKind::ThreadMembersUpdate;
    assert_eq!(kinds, [joined, joined, EventKind::MessageCreate]);
    say(&bob, thread, "again");
    let state = app.read(Store::messages(thread), messages::channel_states(&[thread]));
    assert_eq!(
        (state[0].message_count, state[0].total_message_sent),
        (2, 2)
    );
    let mut batch = Batch::messages(thread);
    let id = said["id"].as_str().unwrap().parse().unwrap();
    messages::delete(&mut batch, thread, &[id]);
    app.write(batch);
    let state = app.read(Store::messages(thread), messages::channel_states(&[thread]));
    assert_eq!(
        (state[0].message_count, state[0].total_message_sent),
        (1, 2)
    );
    let members = app.read(Store::Main, store::threads::members(thread, 0, 10));
    assert_eq!(members.len(), 3);
}

#[test]
fn a_message_wakes_an_archived_thread_unless_it_is_locked() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let thread = alice.create_thread(channel, model::channel::kind::PUBLIC_THREAD);
    let bob = app.register("bob");
    bob.join(guild);
    alice.set_thread(thread, true, true);
    let hello = json!({ "content": "hello" });
    send(&bob, thread, hello.clone()).is(Code::ThreadLocked);
    // Moderators write where the thread is locked, with the second factor that the guild wants.
    let carol = app.register("carol");
    carol.join(guild);
    carol.grant(guild, 1, MANAGE_THREADS);
    let mut batch = Batch::main();
    batch.push(store::guilds::set_mfa_level(guild, 1));
    app.write(batch);
    send(&carol, thread, hello).is(Code::MfaRequired);
    alice.set_thread(thread, true, false);
    say(&bob, thread, "hello");
    let events = app.events();
    let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
    assert_eq!(
        kinds,
        [
            EventKind::ThreadMembersKnown,
            EventKind::ThreadUpdate,
            EventKind::ThreadMembersUpdate,
            EventKind::MessageCreate
        ]
    );
    assert!(events[1].data.contains(r#""archived":false"#));
}

#[test]
fn who_may_not_write_in_threads_may_write_in_the_channel() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, _) = alice.create_guild();
    let silent = Overwrite {
        id: guild.cast(),
        kind: OverwriteKind::Role,
        allow: Permissions::empty(),
        deny: Permissions::SEND_MESSAGES_IN_THREADS,
    };
    let channel = app.create_channel(guild, &[silent]);
    let thread = alice.create_thread(channel, model::channel::kind::PUBLIC_THREAD);
    let bob = app.register("bob");
    bob.join(guild);
    say(&bob, channel, "here");
    send(&bob, thread, json!({ "content": "there" })).is(Code::MissingPermissions);
}

const TEN_YEARS_MS: i64 = 10 * 365 * 24 * 3_600_000;

#[test]
fn a_clock_that_is_set_refuses_no_message() {
    let app = App::new();
    let alice = app.register("alice");
    let (_, channel) = alice.create_guild();
    let mut said = vec![say(&alice, channel, "0")];
    let steps = [
        -30_000,
        TEN_YEARS_MS,
        -TEN_YEARS_MS,
        0,
        1_000,
        -2 * TEN_YEARS_MS,
    ];
    for (step, number) in steps.into_iter().zip(1..) {
        app.advance(step);
        said.push(say(&alice, channel, &number.to_string()));
    }
    let ids = said
        .iter()
        .map(|message| message["id"].as_str().unwrap().parse::<u64>().unwrap());
    assert!(ids.is_sorted());
    assert_eq!(
        list(&alice, channel, ""),
        ["6", "5", "4", "3", "2", "1", "0"]
    );
}

#[test]
fn slow_mode_ends_in_time_when_the_clock_is_set_back() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let bob = app.register("bob");
    bob.join(guild);
    slow(&app, channel);
    app.advance(TEN_YEARS_MS);
    say(&bob, channel, "then");
    app.advance(-TEN_YEARS_MS);
    say(&bob, channel, "now");
    send(&bob, channel, json!({ "content": "again" })).is(Code::SlowmodeRateLimited);
    app.advance(10_001);
    say(&bob, channel, "again");
}

/// A conversation of two that the other one closed.
fn conversation(app: &App, one: &Actor<'_>, other: &Actor<'_>) -> Id<marker::Channel> {
    use model::channel::{Channel, PrivateChannel, kind};
    use store::private_channels;

    let private = PrivateChannel {
        recipients: Vec::new(),
        name: None,
        icon: None,
        owner_id: None,
    };
    let conversation = Channel {
        id: app.id(),
        kind: kind::DM,
        flags: 0,
        last_message_id: None,
        last_pin_timestamp: None,
        guild: None,
        private: Some(private.clone()),
    };
    let id = conversation.id;
    let mut batch = Batch::main();
    batch.push(private_channels::insert(&conversation, &private));
    batch.push(private_channels::insert_recipients(id, &[one.id], false));
    batch.push(private_channels::insert_recipients(id, &[other.id], true));
    app.write(batch);
    id
}

#[test]
fn a_block_ends_what_reaches_the_other() {
    use model::relationship::kind::BLOCKED;

    let app = App::new();
    let (alice, bob) = (app.register("alice"), app.register("bob"));
    let (guild, _) = alice.create_guild();
    bob.join(guild);
    let id = conversation(&app, &alice, &bob);
    let mut batch = Batch::main();
    batch.push(store::relationships::set(
        bob.id,
        alice.id,
        BLOCKED,
        app.now(),
    ));
    app.write(batch);
    let message = say_before(&app, &alice, id);
    let path = format!("/channels/{id}/messages/{message}");
    let pin = format!("/channels/{id}/messages/pins/{message}");
    let reaction = format!("{path}/reactions/%F0%9F%94%A5/@me");
    app.events();
    for one in [&alice, &bob] {
        send(one, id, json!({ "content": "hm" })).is(Code::CannotMessageUser);
        one.put(&crate::pin::FUNCTION, &pin, json!({}))
            .is(Code::CannotMessageUser);
        one.put(&crate::my_reaction::FUNCTION, &reaction, json!({}))
            .is(Code::ReactionBlocked);
    }
    alice
        .patch(&crate::message::FUNCTION, &path, json!({ "content": "hm" }))
        .is(Code::CannotMessageUser);
    assert!(app.events().is_empty(), "nobody hears of who is blocked");
    alice.delete(&crate::message::FUNCTION, &path).no_content();
}

/// A message that somebody wrote before there was a block.
fn say_before(app: &App, author: &Actor<'_>, channel: Id<marker::Channel>) -> Id<marker::Message> {
    let row = messages::Stored::new(app.id(), channel, author.id, "before".to_owned());
    let mut batch = Batch::messages(channel);
    messages::insert(&mut batch, &row, &[], actions::message_order::NOT_LAST);
    app.write(batch);
    row.id
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

#[test]
fn a_message_that_slow_mode_refuses_adds_nobody_to_a_thread() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let (bob, carol) = (app.register("bob"), app.register("carol"));
    bob.join(guild);
    carol.join(guild);
    let thread = bob.create_thread(channel, model::channel::kind::PRIVATE_THREAD);
    slow(&app, thread);
    say(&bob, thread, "one");
    alice.set_thread(thread, true, false);
    app.events();
    let refused = send(
        &bob,
        thread,
        json!({ "content": format!("<@{}>", carol.id) }),
    );
    refused.is(Code::SlowmodeRateLimited);
    let there = app.read(Store::Main, store::threads::members(thread, 0, 10));
    assert_eq!(there.len(), 1);
    assert!(app.events().is_empty());
}

#[test]
fn two_who_write_in_a_sleeping_thread_wake_it_once() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let (bob, carol) = (app.register("bob"), app.register("carol"));
    bob.join(guild);
    carol.join(guild);
    let thread = alice.create_thread(channel, model::channel::kind::PUBLIC_THREAD);
    alice.set_thread(thread, true, false);
    let token = carol.token().to_owned();
    app.before_next_write(move |app| {
        say(&app.holding(&token), thread, "first");
    });
    let request = http::Request::post(format!("/api/v10/channels/{thread}/messages"))
        .header("content-type", "multipart/form-data; boundary=b");
    let body = "--b\r\nContent-Disposition: form-data; name=\"content\"\r\n\r\nsecond\r\n--b--\r\n";
    bob.send_raw(&FUNCTION, request, body.as_bytes().to_vec().into())
        .ok();
    let events = app.events();
    let of = |kind| {
        events
            .iter()
            .filter(|event| event.kind == kind)
            .collect::<Vec<_>>()
    };
    assert_eq!(of(EventKind::ThreadUpdate).len(), 1);
    let joined = of(EventKind::ThreadMembersUpdate);
    let last: Value = serde_json::from_str(&joined.last().unwrap().data).unwrap();
    assert_eq!((joined.len(), &last["member_count"]), (2, &json!(3)));
    assert_eq!(list(&alice, thread, ""), ["second", "first"]);
}
