//! Editing and deleting a guild, as clients do it.

use runtime::testing::{Actor, App};
use serde_json::{Value, json};
use store::Store;

use super::*;

fn patch(actor: &Actor<'_>, guild: Id<marker::Guild>, body: Value) -> runtime::testing::Answer {
    actor.patch(&FUNCTION, &format!("/guilds/{guild}"), body)
}

#[test]
fn members_see_the_guild() {
    let app = App::new();
    let alice = app.register("alice");
    let (id, _) = alice.create_guild();
    let path = format!("/guilds/{id}");
    let guild = alice.get(&FUNCTION, &path).ok();
    assert_eq!(guild["name"], "a guild");
    assert_eq!(guild["roles"].as_array().map(Vec::len), Some(1));
    assert!(guild.get("approximate_member_count").is_none());
    let counted = alice
        .get(&FUNCTION, &format!("{path}?with_counts=true"))
        .ok();
    assert_eq!(counted["approximate_member_count"], 1);
    let mallory = app.register("mallory");
    mallory.get(&FUNCTION, &path).is(Code::MissingAccess);
    mallory.get(&FUNCTION, "/guilds/1").is(Code::UnknownGuild);
}

#[test]
fn an_edit_changes_what_it_names_and_is_told_and_recorded() {
    let app = App::new();
    let alice = app.register("alice");
    let (id, channel) = alice.create_guild();
    let body = json!({
        "name": " cats ",
        "description": "all of them",
        "system_channel_id": channel,
        "verification_level": 2,
        "preferred_locale": "de",
        "features": ["INVITES_DISABLED", "VERIFIED"],
    });
    let guild = patch(&alice, id, body.clone()).ok();
    assert_eq!(guild["name"], "cats");
    assert_eq!(guild["features"], json!(["INVITES_DISABLED"]));
    let events = app.events();
    assert_eq!(events[0].kind, EventKind::GuildUpdate);
    assert_eq!(events[0].audience, Audience::Guild(id));
    let change = r#"{"key":"name","old_value":"a guild","new_value":"cats"}"#;
    assert!(events[1].data.contains(change), "{}", events[1].data);
    assert_eq!(alice.get(&FUNCTION, &format!("/guilds/{id}")).ok(), guild);
    patch(&alice, id, body).ok();
    assert!(
        app.events().is_empty(),
        "what changes nothing is told to nobody"
    );
    let cleared = patch(&alice, id, json!({ "description": null, "features": [] })).ok();
    assert_eq!(cleared["description"], Value::Null);
    assert_eq!(cleared["features"], json!([]));
}

#[test]
fn channels_must_be_the_guilds_and_of_the_right_type() {
    let app = App::new();
    let alice = app.register("alice");
    let (id, channel) = alice.create_guild();
    let (_, elsewhere) = alice.create_guild();
    let afk = patch(&alice, id, json!({ "afk_channel_id": channel }));
    assert_eq!(afk.field_error(&["afk_channel_id"]), "CHANNEL_INVALID");
    let system = patch(&alice, id, json!({ "system_channel_id": elsewhere }));
    assert_eq!(
        system.field_error(&["system_channel_id"]),
        "CHANNEL_INVALID"
    );
    let timeout = patch(&alice, id, json!({ "afk_timeout": 61 }));
    assert_eq!(timeout.field_error(&["afk_timeout"]), "BASE_TYPE_CHOICES");
    let name = patch(&alice, id, json!({ "name": " x " }));
    assert_eq!(name.field_error(&["name"]), "BASE_TYPE_BAD_LENGTH");
    let locale = patch(&alice, id, json!({ "preferred_locale": "xx" }));
    assert_eq!(
        locale.field_error(&["preferred_locale"]),
        "BASE_TYPE_CHOICES"
    );
}

#[test]
fn a_community_has_rules_and_is_made_by_administrators() {
    let app = App::new();
    let alice = app.register("alice");
    let (id, channel) = alice.create_guild();
    let bare = patch(&alice, id, json!({ "features": ["COMMUNITY"] }));
    assert_eq!(
        bare.field_error(&["rules_channel_id"]),
        "BASE_TYPE_REQUIRED"
    );
    let whole = json!({
        "features": ["COMMUNITY"],
        "rules_channel_id": channel,
        "public_updates_channel_id": channel,
    });
    let bob = app.register("bob");
    bob.join(id);
    bob.grant(id, 1, MANAGE_GUILD);
    patch(&bob, id, whole.clone()).is(Code::MissingPermissions);
    assert_eq!(
        patch(&alice, id, whole).ok()["features"],
        json!(["COMMUNITY"])
    );
    let without = patch(&bob, id, json!({ "rules_channel_id": null }));
    assert_eq!(
        without.field_error(&["rules_channel_id"]),
        "BASE_TYPE_REQUIRED"
    );
}

#[test]
fn a_community_is_given_the_channels_that_it_asks_for() {
    let app = App::new();
    let alice = app.register("alice");
    let (id, _) = alice.create_guild();
    let asked = json!({ "rules_channel_id": "1", "public_updates_channel_id": "1" });
    let refused = patch(&alice, id, asked.clone());
    assert_eq!(
        refused.field_error(&["rules_channel_id"]),
        "CHANNEL_INVALID"
    );
    let mut whole = asked;
    whole["features"] = json!(["COMMUNITY"]);
    app.events();
    let made = patch(&alice, id, whole).ok();
    let mut kinds: Vec<_> = app.events().iter().map(|event| event.kind).collect();
    kinds.retain(|kind| *kind != EventKind::GuildAuditLogEntryCreate);
    let create = EventKind::ChannelCreate;
    assert_eq!(kinds, [create, create, EventKind::GuildUpdate]);
    let all = app.read(Store::Main, channels::of_guild(id));
    let of = |field: &str| {
        let id = made[field].as_str().unwrap();
        let found = all.iter().find(|channel| channel.id.to_string() == id);
        found.unwrap().clone()
    };
    let (rules, updates) = (of("rules_channel_id"), of("public_updates_channel_id"));
    assert_eq!(all.len(), 3);
    let denied = |channel: &model::Channel| channel.overwrites()[0].deny.bits();
    assert_eq!(
        (denied(&rules), denied(&updates)),
        (SEND_MESSAGES, VIEW_CHANNEL)
    );
    let place = |channel: &model::Channel| channel.guild.as_ref().unwrap().position;
    assert!(place(&rules) < place(&updates));

    // Editing a community without MANAGE_CHANNELS makes no channels.
    let bob = app.register("bob");
    bob.join(id);
    bob.grant(id, 1, MANAGE_GUILD);
    patch(&bob, id, json!({ "rules_channel_id": "1" })).is(Code::MissingPermissions);
}

#[test]
fn a_name_can_be_seen() {
    let app = App::new();
    let alice = app.register("alice");
    let (id, _) = alice.create_guild();
    for name in ["  ", " a ", "\u{200b}\u{200b}\u{200b}"] {
        let refused = patch(&alice, id, json!({ "name": name }));
        assert_eq!(refused.field_error(&["name"]), "BASE_TYPE_BAD_LENGTH");
        let body = json!({ "name": name });
        let refused = alice.post(&crate::guilds::FUNCTION, "/guilds", body);
        assert_eq!(refused.field_error(&["name"]), "BASE_TYPE_BAD_LENGTH");
    }
}

#[test]
fn an_edit_that_read_an_old_guild_undoes_no_other() {
    let app = App::new();
    let alice = app.register("alice");
    let (id, _) = alice.create_guild();
    let before = app.read(Store::Main, guilds::by_id(id)).remove(0);
    patch(&alice, id, json!({ "description": "cats" })).ok();
    let mut after = before.clone();
    after.name = "dogs".to_owned();
    let mut batch = Batch::main();
    guilds::update(&mut batch, &before, &after);
    app.write(batch);
    let guild = alice.get(&FUNCTION, &format!("/guilds/{id}")).ok();
    assert_eq!(
        (&guild["name"], &guild["description"]),
        (&json!("dogs"), &json!("cats"))
    );
}

#[test]
fn only_the_owner_hands_the_guild_over_to_a_person_in_it() {
    let app = App::new();
    let alice = app.register("alice");
    let (id, _) = alice.create_guild();
    let bob = app.register("bob");
    let to_bob = json!({ "owner_id": bob.id });
    let stranger = patch(&alice, id, to_bob.clone());
    assert_eq!(stranger.field_error(&["owner_id"]), "OWNER_INVALID");
    bob.join(id);
    bob.grant(id, 1, ADMINISTRATOR);
    patch(&bob, id, to_bob.clone()).is(Code::MissingPermissions);
    assert_eq!(
        patch(&alice, id, to_bob).ok()["owner_id"],
        bob.id.to_string()
    );
    app.events();
    let bot = app.bot("bot");
    bot.join(id);
    let to_bot = patch(&bob, id, json!({ "owner_id": bot.id }));
    assert_eq!(to_bot.field_error(&["owner_id"]), "OWNER_INVALID");
}

#[test]
fn the_second_factor_is_required() {
    let app = App::new();
    let alice = app.register("alice");
    let (id, _) = alice.create_guild();
    let mut batch = Batch::main();
    batch.push(store::users::set_totp(alice.id, Some("JBSWY3DPEHPK3PXP")));
    app.write(batch);
    let path = format!("/guilds/{id}");
    alice.delete(&FUNCTION, &path).is(Code::MfaRequired);
    let wrong = json!({ "code": "000000" });
    let delete = crate::delete::FUNCTION;
    alice
        .post(&delete, &format!("{path}/delete"), wrong)
        .is(Code::InvalidMfaCode);
    alice.get(&FUNCTION, &path).ok();
}

#[test]
fn a_deleted_guild_is_gone_with_everything_in_it() {
    let app = App::new();
    let alice = app.register("alice");
    let (id, channel) = alice.create_guild();
    let bob = app.register("bob");
    bob.join(id);
    bob.grant(id, 1, ADMINISTRATOR);
    let path = format!("/guilds/{id}");
    bob.delete(&FUNCTION, &path).is(Code::MissingPermissions);
    alice.delete(&FUNCTION, &path).no_content();
    let event = app.emitted(EventKind::GuildDelete);
    assert_eq!(event.audience, Audience::Guild(id));
    alice.get(&FUNCTION, &path).is(Code::UnknownGuild);
    let later = app.now().plus_millis(600_000);
    let (channels, jobs) = app.read(
        Store::Main,
        (channels::by_id(channel), store::jobs::due(later, 9)),
    );
    assert!(channels.is_empty());
    assert_eq!(jobs[0].kind, store::jobs::DELETE_CHANNEL_MESSAGES);
    assert_eq!(jobs[0].payload, json!({ "channel_id": channel }));
}

#[test]
fn clients_for_people_delete_by_post() {
    let app = App::new();
    let alice = app.register("alice");
    let (id, _) = alice.create_guild();
    let path = format!("/guilds/{id}/delete");
    alice
        .post(&crate::delete::FUNCTION, &path, json!({}))
        .no_content();
}

#[test]
fn a_guild_is_told_of_as_it_is() {
    let app = App::new();
    let alice = app.register("alice");
    let (id, _) = alice.create_guild();
    let token = alice.token().to_owned();
    app.before_next_write(move |app| {
        let body = json!({ "description": "all of them" });
        patch(&app.holding(&token), id, body).ok();
    });
    let edited = patch(&alice, id, json!({ "name": "cats" })).ok();
    assert_eq!(edited["description"], "all of them");
    let mut events = app.events();
    events.retain(|event| event.kind == EventKind::GuildUpdate);
    let last: Value = serde_json::from_str(&events.last().unwrap().data).unwrap();
    assert_eq!(
        (&last["name"], &last["description"]),
        (&json!("cats"), &json!("all of them"))
    );
}

#[test]
fn a_guild_is_not_handed_to_who_was_removed_meanwhile() {
    let app = App::new();
    let alice = app.register("alice");
    let (id, _) = alice.create_guild();
    let bob = app.register("bob");
    bob.join(id);
    let heir = bob.id;
    app.before_next_write(move |app| {
        let mut batch = Batch::main();
        members::delete(&mut batch, id, heir);
        app.write(batch);
    });
    let refused = patch(&alice, id, json!({ "owner_id": heir }));
    assert!(refused.status >= 400, "{refused:?}");
    let guild = app.read(Store::Main, guilds::by_id(id)).remove(0);
    assert_eq!(guild.owner_id, alice.id);
    assert!(app.events().is_empty());
}
