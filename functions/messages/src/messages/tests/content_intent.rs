//! Tests of what bots read that lack the message content intent, by every way out.

use model::application::{Application, FLAG_GATEWAY_MESSAGE_CONTENT_LIMITED};
use model::channel::kind;
use runtime::testing::{Actor, App};
use serde_json::{Map, Value, json};
use store::{Store, applications, channels};

use super::super::*;
use crate::crosspost::FUNCTION as CROSSPOST;
use crate::deprecated_pins::FUNCTION as OLD_PINS;
use crate::message::FUNCTION as MESSAGE;
use crate::pin::FUNCTION as PIN;
use crate::pins::FUNCTION as PINS;

fn send(actor: &Actor<'_>, channel: Id<marker::Channel>, body: Value) -> Value {
    let path = format!("/channels/{channel}/messages");
    actor.post(&FUNCTION, &path, body).ok()
}

/// Gives a bot an application with these flags.
fn apply(app: &App, bot: &Actor<'_>, flags: i64) {
    let application = Application {
        id: app.id(),
        name: "app".to_owned(),
        icon: None,
        description: String::new(),
        owner_id: bot.id,
        bot_id: None,
        bot_public: true,
        bot_require_code_grant: false,
        flags,
        verify_key: String::new(),
        settings: Map::new(),
    };
    let mut batch = Batch::main();
    applications::insert(&mut batch, &application, &[], 100);
    batch.push(applications::set_bot(application.id, bot.id));
    app.write(batch);
}

fn contents(page: &Value) -> Vec<&str> {
    let messages = page.as_array().expect("a list").iter();
    messages.filter_map(|it| it["content"].as_str()).collect()
}

#[test]
fn a_bot_reads_what_its_application_may() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    send(&alice, channel, json!({ "content": "said" }));
    let path = format!("/channels/{channel}/messages");
    for (flags, content) in [
        (0, ""),
        (FLAG_GATEWAY_MESSAGE_CONTENT_LIMITED, "said"),
        (1 << 18, "said"),
        (1 << 15, ""),
    ] {
        let bot = app.bot(&format!("bot{flags}"));
        bot.join(guild);
        apply(&app, &bot, flags);
        assert_eq!(contents(&bot.get(&FUNCTION, &path).ok()), [content]);
    }
}

#[test]
fn a_bot_reads_itself_and_what_mentions_it() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let bot = app.bot("bot");
    bot.join(guild);
    send(&alice, channel, json!({ "content": "secret" }));
    send(
        &alice,
        channel,
        json!({ "content": format!("<@{}>", bot.id) }),
    );
    send(&bot, channel, json!({ "content": "own" }));
    let page = bot.get(&FUNCTION, &format!("/channels/{channel}/messages"));
    assert_eq!(contents(&page.ok()), ["own", &format!("<@{}>", bot.id), ""]);
}

#[test]
fn every_way_out_is_the_same() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let bot = app.bot("bot");
    bot.join(guild);
    bot.grant(guild, 1, MANAGE_MESSAGES);
    let secret = send(&alice, channel, json!({ "content": "secret" }));
    let id = secret["id"].as_str().expect("an id");
    let path = format!("/channels/{channel}/messages");
    let pin = format!("{path}/pins/{id}");
    alice.put(&PIN, &pin, json!({})).no_content();
    let one = bot.get(&MESSAGE, &format!("{path}/{id}")).ok();
    assert_eq!(one["content"], "");
    let hidden = json!({ "flags": 4 });
    let edited = bot.patch(&MESSAGE, &format!("{path}/{id}"), hidden).ok();
    assert_eq!(
        (&edited["content"], &edited["flags"]),
        (&json!(""), &json!(4))
    );
    let pins = bot.get(&PINS, &format!("{path}/pins")).ok();
    assert_eq!(pins["items"][0]["message"]["content"], "");
    let pins = bot
        .get(&OLD_PINS, &format!("/channels/{channel}/pins"))
        .ok();
    assert_eq!(contents(&pins), [""]);
    let reference = json!({ "message_id": id });
    let nonce = json!({ "content": "re", "message_reference": reference, "nonce": "1",
        "enforce_nonce": true });
    for _ in 0..2 {
        let answer = send(&bot, channel, nonce.clone());
        assert_eq!(answer["content"], "re");
        assert_eq!(answer["referenced_message"]["content"], "");
    }
    let events = app.events();
    let answered = events
        .iter()
        .rfind(|it| it.kind == EventKind::MessageCreate);
    let data = &answered.expect("an answer").data;
    assert!(data.contains("secret"), "others read what is answered");
    let reference = json!({ "type": 1, "channel_id": channel, "message_id": id });
    let forward = send(&bot, channel, json!({ "message_reference": reference }));
    assert_eq!(forward["message_snapshots"][0]["message"]["content"], "");
    let news = app.create_channel(guild, &[]);
    let before = app.read(Store::Main, channels::by_id(news)).remove(0);
    let mut after = before.clone();
    after.kind = kind::ANNOUNCEMENT;
    let mut batch = Batch::main();
    channels::update(&mut batch, &before, &after);
    app.write(batch);
    let said = send(&alice, news, json!({ "content": "secret" }));
    let id = said["id"].as_str().expect("an id");
    let path = format!("/channels/{news}/messages/{id}/crosspost");
    assert_eq!(bot.post(&CROSSPOST, &path, json!({})).ok()["content"], "");
}
