//! READY and REST: what both have of one object is the same.
//!
//! The gateway puts into READY what the internal functions `identify` and `get_guild_snapshot`
//! answer it; `gateway-durable` tests that it does.

use runtime::Function;
use runtime::testing::{Actor, App};
use serde_json::{Value, json};

use crate::support::operations;

/// The function at a path, as it is declared.
fn function(path: &str) -> &'static Function {
    let found = operations().find(|(function, _)| function.path == path);
    found.unwrap_or_else(|| panic!("no function at {path}")).0
}

/// What REST answers to `GET`.
#[track_caller]
fn rest(actor: &Actor<'_>, declared: &str, path: &str) -> Value {
    actor.get(function(declared), path).ok()
}

/// What READY is made of.
#[track_caller]
fn identified(app: &App, actor: &Actor<'_>) -> Value {
    let body = json!({ "token": actor.token() });
    app.itself()
        .post(function("/identify"), "/identify", body)
        .ok()
}

/// Every field that REST answers has the same value for the gateway, which may have more.
#[track_caller]
fn has_all_of(gateway: &Value, rest: &Value) {
    for (name, value) in rest.as_object().expect("an object") {
        assert_eq!(gateway.get(name), Some(value), "{name} in {gateway:#}");
    }
}

/// The same for lists in any order.
#[track_caller]
fn each_has_all_of(gateway: &Value, rest: &Value, id: impl Fn(&Value) -> Value) {
    let (gateway, rest) = (gateway.as_array().unwrap(), rest.as_array().unwrap());
    assert!(!rest.is_empty(), "nothing is compared");
    for listed in rest {
        let found = gateway.iter().find(|other| id(other) == id(listed));
        has_all_of(found.expect("the same objects"), listed);
    }
}

#[test]
fn a_new_account_is_the_same_in_ready_and_over_rest() {
    let app = App::new();
    let alice = app.register("alice");
    let ready = identified(&app, &alice);
    has_all_of(&ready["user"], &rest(&alice, "/users/@me", "/users/@me"));
    let path = "/users/@me/settings";
    assert_eq!(ready["settings"], rest(&alice, path, path));
    let path = "/users/@me/settings-proto/1";
    let proto = rest(
        &alice,
        "/users/@me/settings-proto/{user_settings_proto_type}",
        path,
    );
    assert_eq!(ready["settings_proto"], proto["settings"]);
}

#[test]
fn settings_in_ready_are_those_that_a_change_was_answered_with() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let path = "/users/@me/settings";
    let patch = json!({ "theme": "light", "custom_status": { "text": "away" } });
    let settings = alice.patch(function(path), path, patch).ok();
    let patch = json!({
        "muted": true,
        "mute_config": { "selected_time_window": 60 },
        "channel_overrides": { (channel.to_string()): { "message_notifications": 1 } },
    });
    let of_guild = function("/users/@me/guilds/{guild_id}/settings");
    let change = |of: &str| {
        let path = format!("/users/@me/guilds/{of}/settings");
        alice.patch(of_guild, &path, patch.clone()).ok()
    };
    let changed = [change("@me"), change(&guild.to_string())];
    let ready = identified(&app, &alice);
    assert_eq!(ready["settings"], settings);
    assert_eq!(ready["guild_settings"], json!(changed));
}

#[test]
fn a_guild_is_the_same_in_ready_and_over_rest() {
    let app = App::new();
    let (alice, bob) = (app.register("alice"), app.register("bob"));
    let (guild, channel) = alice.create_guild();
    bob.join(guild);
    let thread = json!({ "name": "a thread", "type": 11 });
    let path = format!("/channels/{channel}/threads");
    let threads = function("/channels/{channel_id}/threads");
    alice.post(threads, &path, thread).ok();
    let said = json!({ "content": "hello" });
    let path = format!("/channels/{channel}/messages");
    alice
        .post(function("/channels/{channel_id}/messages"), &path, said)
        .ok();

    let path = format!("/guilds/{guild}");
    let internal = operations().find(|(function, operation)| {
        function.path == "/guilds/{guild_id}" && operation.name == "get_guild_snapshot"
    });
    let snapshot = app.itself().get(internal.unwrap().0, &path).ok();
    let public = operations().find(|(_, operation)| operation.name == "get_guild");
    has_all_of(
        &snapshot["guild"],
        &alice.get(public.unwrap().0, &path).ok(),
    );
    let id = |it: &Value| it["id"].clone();
    let path = format!("/guilds/{guild}/channels");
    let channels = rest(&alice, "/guilds/{guild_id}/channels", &path);
    each_has_all_of(&snapshot["channels"], &channels, id);
    let path = format!("/guilds/{guild}/threads/active");
    let mut active = rest(&alice, "/guilds/{guild_id}/threads/active", &path);
    for thread in active["threads"].as_array_mut().unwrap() {
        // The gateway has all members of a thread, and adds the receiver's own.
        let own = thread.as_object_mut().unwrap().remove("member");
        let members = snapshot["thread_members"].as_array().unwrap();
        assert!(members.contains(&own.unwrap()), "{members:?}");
    }
    each_has_all_of(&snapshot["threads"], &active["threads"], id);
    let path = format!("/guilds/{guild}/members?limit=10");
    let members = operations().find(|(_, operation)| operation.name == "list_guild_members");
    let members = alice.get(members.unwrap().0, &path).ok();
    each_has_all_of(&snapshot["members"], &members, |it| {
        it["user"]["id"].clone()
    });
    let own = identified(&app, &bob);
    let path = format!("/users/@me/guilds/{guild}/member");
    let member = rest(&bob, "/users/@me/guilds/{guild_id}/member", &path);
    let mut shown = own["guilds"][0]["member"].clone();
    shown["user"] = own["user"].clone();
    for (name, value) in member.as_object().unwrap() {
        match name.as_str() {
            "user" => has_all_of(&shown["user"], value),
            _ => assert_eq!(&shown[name], value, "{name}"),
        }
    }
}

#[test]
fn people_and_conversations_are_the_same_in_ready_and_over_rest() {
    let app = App::new();
    let (alice, bob) = (app.register("alice"), app.register("bob"));
    let one = function("/users/@me/relationships/{user_id}");
    let path = |other: &Actor<'_>| format!("/users/@me/relationships/{}", other.id);
    bob.put(one, &path(&alice), json!({})).no_content();
    alice.put(one, &path(&bob), json!({})).no_content();
    let nickname = json!({ "nickname": "bobby" });
    alice.patch(one, &path(&bob), nickname).no_content();
    let channels = "/users/@me/channels";
    let open = json!({ "recipients": [bob.id] });
    let opened = alice.post(function(channels), channels, open).ok();
    let path = format!("/channels/{}/messages", opened["id"].as_str().unwrap());
    let said = json!({ "content": "hello" });
    alice
        .post(function("/channels/{channel_id}/messages"), &path, said)
        .ok();
    let ready = identified(&app, &alice);
    let list = "/users/@me/relationships";
    assert_eq!(ready["relationships"], rest(&alice, list, list));
    assert_eq!(ready["relationships"][0]["nickname"], "bobby");
    let id = |it: &Value| it["id"].clone();
    let conversations = rest(&alice, channels, channels);
    each_has_all_of(&ready["private_channels"], &conversations, id);
}
