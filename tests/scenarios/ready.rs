//! READY and REST: what both have of one object is the same.

use serde_json::{Value, json};

use crate::support::{Actor, Instance};

/// The entry of a list with this value in a field.
fn entry<'a>(list: &'a Value, field: &str, value: &str) -> &'a Value {
    let entries = list.as_array().expect("a list");
    let found = entries.iter().find(|entry| entry[field] == value);
    found.unwrap_or_else(|| panic!("no {field} {value} in {list:#}"))
}

/// Every field that REST answers has the same value in READY, which may have more.
#[track_caller]
fn has_all_of(ready: &Value, rest: &Value) {
    for (name, value) in rest.as_object().expect("an object") {
        assert_eq!(ready.get(name), Some(value), "{name} in {ready:#}");
    }
}

async fn rest(actor: &Actor, path: &str) -> Value {
    actor.get(path).await.ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_account_has_the_same_in_ready_and_over_rest() {
    let instance = Instance::shared().await;
    let alice = instance.register("alice").await;
    let ready = alice.connect().await.ready;
    has_all_of(&ready["user"], &rest(&alice, "/users/@me").await);
    assert_eq!(
        ready["user_settings"],
        rest(&alice, "/users/@me/settings").await
    );
    let proto = rest(&alice, "/users/@me/settings-proto/1").await;
    assert_eq!(ready["user_settings_proto"], proto["settings"]);
    assert_eq!(ready["notes"], rest(&alice, "/users/@me/notes").await);
    for (field, path) in [
        ("relationships", "/users/@me/relationships"),
        ("private_channels", "/users/@me/channels"),
        ("guilds", "/users/@me/guilds"),
    ] {
        assert_eq!(ready[field], json!([]), "{field}");
        assert_eq!(rest(&alice, path).await, json!([]), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_in_ready_are_those_that_a_change_was_answered_with() {
    let instance = Instance::shared().await;
    let alice = instance.register("alice").await;
    let (guild, channel) = alice.create_guild("a community").await;
    let theme = json!({ "theme": "light", "custom_status": { "text": "away" } });
    let settings = alice.patch("/users/@me/settings", theme).await.ok();
    let muted = json!({
        "muted": true,
        "mute_config": { "selected_time_window": 60 },
        "channel_overrides": { (channel.as_str()): { "message_notifications": 1 } },
    });
    let path = format!("/users/@me/guilds/{guild}/settings");
    let of_guild = alice.patch(&path, muted.clone()).await.ok();
    let of_private = alice
        .patch("/users/@me/guilds/@me/settings", json!({ "muted": true }))
        .await
        .ok();
    let ready = alice.connect().await.ready;
    assert_eq!(ready["user_settings"], settings);
    let entries = &ready["user_guild_settings"];
    assert_eq!(entry(entries, "guild_id", &guild), &of_guild);
    let entries = entries.as_array().expect("a list");
    assert!(entries.contains(&of_private), "{entries:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guild_is_the_same_in_ready_and_over_rest() {
    let instance = Instance::shared().await;
    let alice = instance.register("alice").await;
    let bob = instance.register("bob").await;
    let (guild, channel) = alice.create_guild("a community").await;
    alice.invite(&channel, &bob).await;
    let role = json!({ "name": "wardens" });
    let path = format!("/guilds/{guild}/roles");
    alice.post(&path, role).await.ok();
    let thread = json!({ "name": "a thread", "type": 11 });
    let path = format!("/channels/{channel}/threads");
    alice.post(&path, thread).await.ok();
    let nickname = json!({ "nick": "founder" });
    let path = format!("/guilds/{guild}/members/@me");
    alice.patch(&path, nickname).await.ok();

    let ready = alice.connect().await.ready;
    let own = entry(&ready["guilds"], "id", &guild);
    has_all_of(own, &rest(&alice, &format!("/guilds/{guild}")).await);
    let channels = rest(&alice, &format!("/guilds/{guild}/channels")).await;
    for channel in channels.as_array().expect("a list") {
        let id = channel["id"].as_str().expect("an id");
        has_all_of(entry(&own["channels"], "id", id), channel);
    }
    let active = rest(&alice, &format!("/guilds/{guild}/threads/active")).await;
    assert_eq!(own["threads"], active["threads"]);
    let members = rest(&alice, &format!("/guilds/{guild}/members?limit=10")).await;
    for member in own["members"].as_array().expect("a list") {
        let id = &member["user"]["id"];
        let listed = members.as_array().expect("a list").iter();
        let listed = listed.filter(|listed| listed["user"]["id"] == *id);
        for listed in listed {
            has_all_of(member, listed);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_and_conversations_are_the_same_in_ready_and_over_rest() {
    let instance = Instance::shared().await;
    let alice = instance.register("alice").await;
    let bob = instance.register("bob").await;
    let ask = |other: &Actor| format!("/users/@me/relationships/{}", other.id);
    bob.put(&ask(&alice), json!({})).await.ok();
    alice.put(&ask(&bob), json!({})).await.ok();
    let nickname = json!({ "nickname": "bobby" });
    alice.patch(&ask(&bob), nickname).await.ok();
    let open = json!({ "recipients": [bob.id] });
    let opened = alice.post("/users/@me/channels", open).await.ok();
    let channel = opened["id"].as_str().expect("an id");
    alice.say(channel, "hello").await;
    let ready = alice.connect().await.ready;
    let relationships = rest(&alice, "/users/@me/relationships").await;
    assert_eq!(ready["relationships"], relationships);
    assert_eq!(relationships[0]["nickname"], "bobby");
    let conversations = rest(&alice, "/users/@me/channels").await;
    let rest = entry(&conversations, "id", channel);
    has_all_of(entry(&ready["private_channels"], "id", channel), rest);
}
