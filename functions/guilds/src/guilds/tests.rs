//! Creating guilds, as clients do it.

use runtime::testing::{Actor, App};
use serde_json::json;
use store::Store;

use super::*;

fn create(actor: &Actor<'_>, body: Value) -> Id<marker::Guild> {
    let guild = actor.post(&FUNCTION, "/guilds", body).ok();
    guild["id"]
        .as_str()
        .expect("an id")
        .parse()
        .expect("a snowflake")
}

#[test]
fn a_guild_begins_with_its_owner_and_four_channels() {
    let app = App::new();
    let alice = app.register("alice");
    let answer = alice.post(&FUNCTION, "/guilds", json!({ "name": "cats" }));
    assert_eq!(answer.status, 201);
    let guild = answer.ok();
    assert_eq!(guild["owner_id"], alice.id.to_string());
    assert_eq!(guild["roles"][0]["name"], "@everyone");
    assert_eq!(guild["roles"][0]["id"], guild["id"]);
    let id: Id<marker::Guild> = guild["id"].as_str().unwrap().parse().unwrap();
    let event = app.emitted(EventKind::GuildMemberAdd);
    assert_eq!(event.audience, Audience::Guild(id));
    let (channels, members) = app.read(
        Store::Main,
        (channels::of_guild(id), members::one(id, alice.id)),
    );
    let named = channels.iter().filter_map(|channel| channel.guild.as_ref());
    let mut names: Vec<_> = named.map(|channel| channel.name.clone()).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        ["General", "Text Channels", "Voice Channels", "general"]
    );
    let system = channels
        .iter()
        .find(|channel| channel.kind == 0)
        .map(|channel| channel.id);
    assert_eq!(guild["system_channel_id"], json!(system));
    assert_eq!(members.len(), 1);
}

#[test]
fn roles_and_channels_name_each_other_by_placeholders() {
    let app = App::new();
    let alice = app.register("alice");
    let id = create(
        &alice,
        json!({
            "name": "cats",
            "roles": [
                { "id": 0, "permissions": "1024" },
                { "id": 1, "name": "mods", "permissions": "8", "color": 7 },
            ],
            "channels": [
                { "id": 1, "type": 4, "name": "Staff Only" },
                {
                    "id": 2,
                    "name": "Mod Talk",
                    "parent_id": 1,
                    "permission_overwrites": [
                        { "id": 0, "type": 0, "deny": "1024" },
                        { "id": 1, "type": "role", "allow": "1024" },
                    ],
                },
                { "id": 3, "type": 2, "name": "Idle" },
            ],
            "afk_channel_id": 3,
            "system_channel_id": 2,
            "afk_timeout": 60,
        }),
    );
    let (guilds, roles, channels) = app.read(
        Store::Main,
        (
            guilds::by_id(id),
            roles::of_guild(id),
            channels::of_guild(id),
        ),
    );
    assert_eq!(roles[0].permissions, Permissions::VIEW_CHANNEL);
    assert_eq!((roles[1].name.as_str(), roles[1].position), ("mods", 1));
    let of_kind = |kind| {
        channels
            .iter()
            .find(|channel| channel.kind == kind)
            .expect("it")
    };
    let text = of_kind(0).guild.as_ref().expect("a guild's");
    assert_eq!(text.name, "mod-talk");
    assert_eq!(text.parent_id, Some(of_kind(4).id));
    let targets: Vec<_> = text
        .permission_overwrites
        .iter()
        .map(|o| o.id.get())
        .collect();
    assert!(targets.contains(&id.get()) && targets.contains(&roles[1].id.get()));
    assert_eq!(guilds[0].afk_channel_id, Some(of_kind(2).id));
    assert_eq!(guilds[0].system_channel_id, Some(of_kind(0).id));
    assert_eq!(guilds[0].afk_timeout, 60);
}

#[test]
fn wrong_fields_are_named_and_nothing_is_written() {
    let app = App::new();
    let alice = app.register("alice");
    let post = |body| alice.post(&FUNCTION, "/guilds", body);
    assert_eq!(post(json!({})).field_error(&["name"]), "BASE_TYPE_REQUIRED");
    assert_eq!(
        post(json!({ "name": "x" })).field_error(&["name"]),
        "BASE_TYPE_BAD_LENGTH"
    );
    let nameless = post(json!({ "name": "cats", "channels": [{ "id": 1 }] }));
    assert_eq!(
        nameless.field_error(&["channels", "0", "name"]),
        "BASE_TYPE_REQUIRED"
    );
    let orphan = json!([{ "id": 1, "name": "a", "parent_id": 9 }]);
    let orphan = post(json!({ "name": "cats", "channels": orphan }));
    let path = ["channels", "0", "parent_id"];
    assert_eq!(orphan.field_error(&path), "CHANNEL_PARENT_INVALID");
    let target = json!([{ "name": "a", "permission_overwrites": [{ "id": 5, "type": 1 }] }]);
    let target = post(json!({ "name": "cats", "channels": target }));
    let path = ["channels", "0", "permission_overwrites"];
    assert_eq!(target.field_error(&path), "OVERWRITE_TARGET_UNKNOWN");
    assert!(app.events().is_empty());
}

#[test]
fn people_and_bots_are_in_a_bounded_number_of_guilds() {
    let app = App::new();
    app.configure(|config| config.limits.guilds_per_user_max = 1);
    let alice = app.register("alice");
    create(&alice, json!({ "name": "one" }));
    alice
        .post(&FUNCTION, "/guilds", json!({ "name": "two" }))
        .is(Code::TooManyGuilds);
    let bot = app.bot("bot");
    for _ in 0..BOT_GUILDS_MAX {
        create(&bot, json!({ "name": "bots" }));
    }
    bot.post(&FUNCTION, "/guilds", json!({ "name": "more" }))
        .is(Code::TooManyGuilds);
    app.nobody()
        .post(&FUNCTION, "/guilds", json!({ "name": "x" }))
        .is(Code::Unauthorized);
}

#[test]
fn an_icon_is_kept() {
    let app = App::new();
    let alice = app.register("alice");
    let pixel = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";
    let answer = alice.post(
        &FUNCTION,
        "/guilds",
        json!({ "name": "cats", "icon": pixel }),
    );
    let guild = answer.ok();
    let icon = guild["icon"].as_str().expect("a hash");
    let id = guild["id"].as_str().expect("an id");
    assert_eq!(app.blobs(), [format!("icons/{id}/{icon}")]);
}

/// As many as a community's template may have, which hosts have to take at once.
#[test]
fn a_large_template_is_taken_whole() {
    let app = App::new();
    let alice = app.register("alice");
    let deny = json!([{ "id": "1", "type": 0, "allow": "0", "deny": "1024" }]);
    let roles = (1..=200).map(|id| json!({ "id": id, "name": format!("role {id}") }));
    let roles: Vec<_> = roles.collect();
    let channels = (1..=100).map(|id| {
        json!({ "id": 1000 + id, "name": format!("it's {id}"), "permission_overwrites": deny })
    });
    let channels: Vec<_> = channels.collect();
    let body = json!({ "name": "cats", "roles": roles, "channels": channels });
    let id = create(&alice, body);
    let (channels, roles) = app.read(Store::Main, (channels::of_guild(id), roles::of_guild(id)));
    assert_eq!((channels.len(), roles.len()), (100, 200));
    for channel in &channels {
        let name = &channel.guild.as_ref().unwrap().name;
        assert!(name.starts_with("its-"), "{name}");
        assert_eq!(channel.overwrites()[0].id, id.cast());
    }
}

#[test]
fn channels_made_with_a_guild_have_ids_in_order() {
    let app = App::new();
    app.scatter();
    let alice = app.register("alice");
    let channels = (1..=40).map(|id| json!({ "id": id, "name": format!("c{id}") }));
    let channels: Vec<_> = channels.collect();
    let id = create(&alice, json!({ "name": "cats", "channels": channels }));
    let mut channels = app.read(Store::Main, channels::of_guild(id));
    channels.sort_by_key(|channel| channel.id);
    let names = channels
        .iter()
        .map(|it| it.guild.as_ref().unwrap().name.clone());
    let wanted = (1..=40).map(|id| format!("c{id}"));
    assert_eq!(names.collect::<Vec<_>>(), wanted.collect::<Vec<_>>());
}
