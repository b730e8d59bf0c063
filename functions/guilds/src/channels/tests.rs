//! Creating and moving channels, as clients do it.

use model::permissions::{Overwrite, OverwriteKind};
use runtime::testing::{Actor, Answer, App};
use serde_json::{Value, json};
use store::Store;

use super::*;

type GuildId = Id<marker::Guild>;
type ChannelId = Id<marker::Channel>;

fn post(actor: &Actor<'_>, guild: GuildId, body: Value) -> Answer {
    actor.post(&FUNCTION, &format!("/guilds/{guild}/channels"), body)
}

fn create(actor: &Actor<'_>, guild: GuildId, body: Value) -> ChannelId {
    let channel = post(actor, guild, body).ok();
    channel["id"]
        .as_str()
        .expect("an id")
        .parse()
        .expect("a snowflake")
}

fn reorder(actor: &Actor<'_>, guild: GuildId, body: Value) -> Answer {
    actor.patch(&FUNCTION, &format!("/guilds/{guild}/channels"), body)
}

fn hidden(guild: GuildId) -> Overwrite {
    Overwrite {
        id: guild.cast(),
        kind: OverwriteKind::Role,
        allow: Permissions::empty(),
        deny: Permissions::VIEW_CHANNEL,
    }
}

#[test]
fn a_channel_is_created_after_its_siblings_and_told_to_those_who_see_it() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, _) = alice.create_guild();
    let answer = post(
        &alice,
        guild,
        json!({ "name": "Off Topic", "topic": "anything" }),
    );
    assert_eq!(answer.status, 201);
    let channel = answer.ok();
    assert_eq!(channel["name"], "off-topic");
    assert_eq!(channel["position"], 1);
    assert_eq!(channel["topic"], "anything");
    let id: ChannelId = channel["id"].as_str().unwrap().parse().unwrap();
    let events = app.events();
    assert_eq!(events[0].kind, EventKind::ChannelCreate);
    assert_eq!(events[0].audience, Audience::Channel { guild, channel: id });
    assert!(
        events[1]
            .data
            .contains(r#"{"key":"name","new_value":"off-topic"}"#)
    );
}

#[test]
fn every_type_has_its_own_fields() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, _) = alice.create_guild();
    let settings = json!({ "bitrate": 96000, "user_limit": 5, "topic": "t" });
    let of_type = |kind: u8| {
        let mut body = settings.clone();
        body["name"] = json!("A B");
        body["type"] = json!(kind);
        post(&alice, guild, body).ok()
    };
    let voice = of_type(2);
    assert_eq!(
        (&voice["bitrate"], &voice["name"]),
        (&json!(96000), &json!("A B"))
    );
    assert_eq!(voice["topic"], Value::Null);
    assert!(of_type(0).get("bitrate").is_none());
    assert_eq!(of_type(4)["name"], "A B");
    assert_eq!(of_type(15)["available_tags"], json!([]));
    for kind in [5, 13, 16] {
        assert_eq!(of_type(kind)["type"], kind);
    }
    // hikari cannot read a stage without it.
    for (kind, region) in [(2, true), (13, true), (0, false), (4, false)] {
        let region = region.then_some(&Value::Null);
        let created = of_type(kind);
        assert_eq!(created.get("rtc_region"), region);
        let listed = alice
            .get(&FUNCTION, &format!("/guilds/{guild}/channels"))
            .ok();
        let listed = listed.as_array().unwrap().iter();
        let listed = listed.filter(|channel| channel["type"] == kind);
        assert!(
            listed
                .map(|channel| channel.get("rtc_region"))
                .all(|it| it == region)
        );
    }
    let private = post(&alice, guild, json!({ "name": "a", "type": 1 }));
    assert_eq!(private.field_error(&["type"]), "BASE_TYPE_CHOICES");
}

#[test]
fn a_new_tag_gets_an_id_whatever_the_client_numbered_it() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, _) = alice.create_guild();
    let tags = json!([{ "id": "0", "name": "a" }, { "id": "1", "name": "b" }]);
    let body = json!({ "name": "f", "type": 15, "available_tags": tags });
    let forum = post(&alice, guild, body).ok();
    for (tag, number) in [(0, "0"), (1, "1")] {
        assert_ne!(forum["available_tags"][tag]["id"], number);
    }
}

#[test]
fn a_channel_takes_the_overwrites_of_its_category() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, text) = alice.create_guild();
    let overwrites = json!([{ "id": guild, "type": 0, "deny": "1024" }]);
    let category = json!({ "name": "c", "type": 4, "permission_overwrites": overwrites });
    let category = create(&alice, guild, category);
    let child = post(&alice, guild, json!({ "name": "a", "parent_id": category })).ok();
    assert_eq!(child["permission_overwrites"][0]["deny"], "1024");
    assert_eq!(child["parent_id"], category.to_string());
    let own = json!({ "name": "a", "parent_id": category, "permission_overwrites": [] });
    assert_eq!(
        post(&alice, guild, own).ok()["permission_overwrites"],
        json!([])
    );
    let wrong = post(&alice, guild, json!({ "name": "a", "parent_id": text }));
    assert_eq!(wrong.field_error(&["parent_id"]), "CHANNEL_PARENT_INVALID");
}

#[test]
fn overwrites_grant_only_what_the_caller_holds() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, _) = alice.create_guild();
    let bob = app.register("bob");
    bob.join(guild);
    post(&bob, guild, json!({ "name": "a" })).is(Code::MissingPermissions);
    bob.grant(guild, 1, MANAGE_CHANNELS);
    let with = |target: Value, kind: u8, allow: u64| {
        let overwrite = json!([{ "id": target, "type": kind, "allow": allow.to_string() }]);
        post(
            &bob,
            guild,
            json!({ "name": "a", "permission_overwrites": overwrite }),
        )
    };
    with(json!(guild), 0, VIEW_CHANNEL).ok();
    with(json!(bob.id), 1, VIEW_CHANNEL).ok();
    with(json!(guild), 0, BAN_MEMBERS).is(Code::MissingPermissions);
    with(json!(guild), 0, MANAGE_ROLES).is(Code::MissingPermissions);
    let path = ["permission_overwrites", "0", "id"];
    assert_eq!(
        with(json!("7"), 0, 0).field_error(&path),
        "OVERWRITE_TARGET_UNKNOWN"
    );
    assert_eq!(
        with(json!("7"), 1, 0).field_error(&path),
        "OVERWRITE_TARGET_UNKNOWN"
    );
}

#[test]
fn wrong_fields_are_named() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, _) = alice.create_guild();
    let error = |body: Value, path: &[&str]| post(&alice, guild, body).field_error(path);
    assert_eq!(error(json!({}), &["name"]), "BASE_TYPE_REQUIRED");
    assert_eq!(
        error(json!({ "name": "!!" }), &["name"]),
        "BASE_TYPE_BAD_LENGTH"
    );
    let long = json!({ "name": "a", "topic": "x".repeat(1025) });
    assert_eq!(error(long, &["topic"]), "BASE_TYPE_MAX_LENGTH");
    let slow = json!({ "name": "a", "rate_limit_per_user": 21_601 });
    assert_eq!(error(slow, &["rate_limit_per_user"]), "NUMBER_TYPE_MAX");
    let overwrite = json!({ "name": "a", "permission_overwrites": [{ "allow": "x" }] });
    let path = ["permission_overwrites", "0", "id"];
    assert_eq!(error(overwrite, &path), "BASE_TYPE_REQUIRED");
    assert!(app.events().is_empty());
}

#[test]
fn guilds_and_categories_have_a_bounded_number_of_channels() {
    let app = App::new();
    app.configure(|config| config.limits.channels_per_guild_max = 53);
    let alice = app.register("alice");
    let (guild, _) = alice.create_guild();
    let category = create(&alice, guild, json!({ "name": "c", "type": 4 }));
    let child = json!({ "name": "a", "parent_id": category });
    for _ in 0..CHILDREN_MAX {
        post(&alice, guild, child.clone()).ok();
    }
    let full = post(&alice, guild, child).field_error(&["parent_id"]);
    assert_eq!(full, "CHANNEL_PARENT_MAX_CHANNELS");
    let last = create(&alice, guild, json!({ "name": "a" }));
    post(&alice, guild, json!({ "name": "a" })).is(Code::TooManyChannels);
    let moved = reorder(
        &alice,
        guild,
        json!([{ "id": last, "parent_id": category }]),
    );
    assert_eq!(
        moved.field_error(&["parent_id"]),
        "CHANNEL_PARENT_MAX_CHANNELS"
    );
}

#[test]
fn a_list_shows_what_the_caller_sees() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, open) = alice.create_guild();
    app.create_channel(guild, &[hidden(guild)]);
    let bob = app.register("bob");
    bob.join(guild);
    let path = format!("/guilds/{guild}/channels");
    let listed = |actor: &Actor<'_>| actor.get(&FUNCTION, &path).ok();
    assert_eq!(listed(&alice).as_array().map(Vec::len), Some(2));
    let seen = listed(&bob);
    assert_eq!(seen.as_array().map(Vec::len), Some(1));
    assert_eq!(seen[0]["id"], open.to_string());
}

#[test]
fn channels_move_between_places_and_categories() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let overwrites = json!([{ "id": guild, "type": 0, "deny": "2048" }]);
    let category = json!({ "name": "c", "type": 4, "permission_overwrites": overwrites });
    let category = create(&alice, guild, category);
    app.events();
    let body = json!([
        { "id": channel, "position": 3, "parent_id": category, "lock_permissions": true },
    ]);
    reorder(&alice, guild, body.clone()).no_content();
    let events = app.events();
    assert_eq!(events[0].kind, EventKind::ChannelUpdate);
    assert_eq!(events[0].audience, Audience::Channel { guild, channel });
    let stored = app.read(Store::Main, channels::by_id(channel)).remove(0);
    let own = stored.guild.as_ref().expect("a guild's");
    assert_eq!((own.position, own.parent_id), (3, Some(category)));
    assert_eq!(stored.overwrites()[0].deny, Permissions::SEND_MESSAGES);
    reorder(&alice, guild, body).no_content();
    assert!(
        app.events().is_empty(),
        "what changes nothing is told to nobody"
    );
    reorder(&alice, guild, json!([{ "id": channel, "parent_id": null }])).no_content();
    let stored = app.read(Store::Main, channels::by_id(channel)).remove(0);
    assert_eq!(stored.guild.and_then(|own| own.parent_id), None);
}

#[test]
fn locking_to_a_category_requires_manage_roles() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let overwrites = json!([{ "id": guild, "type": 0, "deny": "2048" }]);
    let category = json!({ "name": "c", "type": 4, "permission_overwrites": overwrites });
    let category = create(&alice, guild, category);
    let bob = app.register("bob");
    bob.join(guild);
    bob.grant(guild, 1, MANAGE_CHANNELS);
    let locked = |lock: bool| {
        let body = json!([
            { "id": channel, "parent_id": category, "lock_permissions": lock },
        ]);
        reorder(&bob, guild, body)
    };
    locked(true).is(Code::MissingPermissions);
    locked(false).no_content();
}

#[test]
fn nobody_moves_a_channel_into_a_category_that_they_do_not_see() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let overwrites = json!([{ "id": guild, "type": 0, "deny": "1024" }]);
    let category = json!({ "name": "c", "type": 4, "permission_overwrites": overwrites });
    let category = create(&alice, guild, category);
    let bob = app.register("bob");
    bob.join(guild);
    bob.grant(guild, 1, MANAGE_CHANNELS);
    let body = json!([{ "id": channel, "parent_id": category }]);
    let refused = reorder(&bob, guild, body.clone());
    assert_eq!(
        refused.field_error(&["0", "parent_id"]),
        "CHANNEL_PARENT_INVALID"
    );
    reorder(&alice, guild, body).no_content();
}

#[test]
fn a_move_is_refused_as_a_whole() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let bob = app.register("bob");
    bob.join(guild);
    bob.grant(guild, 1, MANAGE_CHANNELS);
    let secret = app.create_channel(guild, &[hidden(guild)]);
    let first = json!({ "id": channel, "position": 5 });
    let with = |second: Value| reorder(&bob, guild, json!([first, second]));
    with(json!({ "id": secret, "position": 1 })).is(Code::MissingPermissions);
    with(json!({ "id": "7", "position": 1 })).is(Code::UnknownChannel);
    let parent = with(json!({ "id": channel, "parent_id": secret }));
    assert_eq!(
        parent.field_error(&["1", "parent_id"]),
        "CHANNEL_PARENT_INVALID"
    );
    assert!(app.events().is_empty());
}
