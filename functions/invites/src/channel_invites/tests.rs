//! Tests of making and listing a channel's invites.

use model::permissions::{Overwrite, OverwriteKind};
use runtime::testing::App;
use serde_json::Value;
use serde_json::json;

use super::*;

#[test]
fn an_invite_is_made_and_told_to_managers() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let path = format!("/channels/{channel}/invites");
    let invite = alice
        .post(
            &FUNCTION,
            &path,
            json!({ "max_uses": 2, "temporary": true }),
        )
        .ok();
    assert_eq!(invite["code"].as_str().unwrap().len(), 8);
    assert_eq!(invite["max_age"], 86_400);
    assert_eq!(invite["max_uses"], 2);
    assert_eq!(invite["temporary"], true);
    assert_eq!(
        invite["expires_at"],
        json!(app.now().plus_millis(86_400_000))
    );
    let events = app.events();
    let managers = Audience::Holders {
        guild,
        channel: Some(channel),
        permissions: Permissions::MANAGE_CHANNELS,
    };
    assert_eq!(
        (events[0].kind, &events[0].audience),
        (EventKind::InviteCreate, &managers)
    );
    let created: Value = serde_json::from_str(&events[0].data).unwrap();
    assert_eq!(created["code"], invite["code"]);
    assert_eq!(created["guild_id"], json!(guild));
    assert_eq!(events[1].kind, EventKind::GuildAuditLogEntryCreate);
    let listed = alice.get(&FUNCTION, &path).ok();
    assert_eq!(listed[0]["code"], invite["code"]);
}

#[test]
fn an_equal_invite_is_found_again_unless_it_shall_be_unique() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let path = format!("/channels/{channel}/invites");
    let code = |body: Value| alice.post(&FUNCTION, &path, body).ok()["code"].clone();
    let first = code(json!({}));
    assert_eq!(code(json!({ "max_age": 86_400 })), first);
    assert_ne!(code(json!({ "unique": true })), first);
    assert_ne!(code(json!({ "max_age": 0 })), first);
    let bob = app.register("bob");
    bob.join(guild);
    let his = bob.post(&FUNCTION, &path, json!({})).ok();
    assert_ne!(his["code"], first, "it would tell who invited");
    app.advance(86_400_000);
    assert_ne!(code(json!({})), first, "it has expired");
}

#[test]
fn inviting_needs_the_permission_in_the_channel() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, _) = alice.create_guild();
    let closed = app.create_channel(
        guild,
        &[Overwrite {
            id: guild.cast(),
            kind: OverwriteKind::Role,
            allow: Permissions::empty(),
            deny: Permissions::CREATE_INSTANT_INVITE,
        }],
    );
    let bob = app.register("bob");
    bob.join(guild);
    let path = format!("/channels/{closed}/invites");
    bob.post(&FUNCTION, &path, json!({}))
        .is(Code::MissingPermissions);
    bob.get(&FUNCTION, &path).is(Code::MissingPermissions);
    app.register("mallory")
        .post(&FUNCTION, &path, json!({}))
        .is(Code::MissingAccess);
}

#[test]
fn every_wrong_field_is_named() {
    let app = App::new();
    let alice = app.register("alice");
    let (_, channel) = alice.create_guild();
    let path = format!("/channels/{channel}/invites");
    let body = json!({ "max_age": 604_801, "max_uses": 101, "target_type": 1, "unique": "?" });
    let answer = alice.post(&FUNCTION, &path, body);
    assert_eq!(answer.field_error(&["max_age"]), "NUMBER_TYPE_MAX");
    assert_eq!(answer.field_error(&["max_uses"]), "NUMBER_TYPE_MAX");
    assert_eq!(
        answer.field_error(&["target_user_id"]),
        "BASE_TYPE_REQUIRED"
    );
    assert_eq!(answer.field_error(&["unique"]), "BOOLEAN_TYPE_CONVERT");
}

#[test]
fn a_stream_can_be_the_target() {
    let app = App::new();
    let alice = app.register("alice");
    let (_, channel) = alice.create_guild();
    let path = format!("/channels/{channel}/invites");
    let target = |user| json!({ "target_type": 1, "target_user_id": user });
    alice
        .post(&FUNCTION, &path, target(json!("1")))
        .is(Code::UnknownUser);
    let invite = alice.post(&FUNCTION, &path, target(json!(alice.id))).ok();
    assert_eq!(invite["target_user"]["username"], "alice");
}

#[test]
fn a_guild_has_so_many_invites() {
    let app = App::new();
    app.configure(|config| config.limits.invites_per_guild_max = 1);
    let alice = app.register("alice");
    let (_, channel) = alice.create_guild();
    let path = format!("/channels/{channel}/invites");
    let unique = json!({ "unique": true });
    alice.post(&FUNCTION, &path, unique.clone()).ok();
    alice
        .post(&FUNCTION, &path, unique.clone())
        .is(Code::TooManyInvites);
    app.advance(86_400_000);
    alice.post(&FUNCTION, &path, unique).ok();
}

#[test]
fn codes_have_eight_digits_of_base_62() {
    assert_eq!(code(0), "00000000");
    assert_eq!(code(61 + 62), "z1000000");
    assert_eq!(code(u64::MAX).len(), 8);
}
