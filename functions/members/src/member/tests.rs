//! Tests of one member's routes.

use model::audit_log::{MEMBER_KICK, MEMBER_ROLE_UPDATE, MEMBER_UPDATE};
use runtime::testing::{Actor, App};
use serde_json::{Value, json};

use super::*;

fn path(guild: Id<marker::Guild>, actor: &Actor<'_>) -> String {
    format!("/guilds/{guild}/members/{}", actor.id)
}

fn data(event: &Event) -> Value {
    serde_json::from_str(&event.data).unwrap()
}

#[test]
fn a_member_is_shown_to_members() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, _) = alice.create_guild();
    let shown = alice.get(&FUNCTION, &path(guild, &alice)).ok();
    assert_eq!(shown["user"]["username"], "alice");
    let stranger = app.register("mallory");
    alice
        .get(&FUNCTION, &path(guild, &stranger))
        .is(Code::UnknownMember);
    stranger
        .get(&FUNCTION, &path(guild, &alice))
        .is(Code::MissingAccess);
}

#[test]
fn that_a_member_has_the_role_of_everyone_need_not_be_said() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, _) = alice.create_guild();
    let bob = app.register("bob");
    bob.join(guild);
    let role = alice.grant(guild, 1, 0);
    let body = json!({ "roles": [guild, role] });
    let member = alice.patch(&FUNCTION, &path(guild, &bob), body).ok();
    assert_eq!(member["roles"], json!([role]));
    let none = json!({ "roles": [guild] });
    let member = alice.patch(&FUNCTION, &path(guild, &bob), none).ok();
    assert_eq!(member["roles"], json!([]));
    assert_eq!(member["id"], json!(bob.id));
    assert_eq!(member["guild_id"], json!(guild));
}

#[test]
fn every_field_has_its_own_permission() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, _) = alice.create_guild();
    let (carol, bob) = (app.register("carol"), app.register("bob"));
    carol.join(guild);
    bob.join(guild);
    let low = bob.grant(guild, 1, 0);
    let until = app.now().plus_millis(60_000);
    let edits = [
        (MANAGE_NICKNAMES, json!({ "nick": "bobby" })),
        (MANAGE_ROLES, json!({ "roles": [] })),
        (MUTE_MEMBERS, json!({ "mute": true })),
        (DEAFEN_MEMBERS, json!({ "deaf": true })),
        (
            MODERATE_MEMBERS,
            json!({ "communication_disabled_until": until }),
        ),
        (MANAGE_GUILD, json!({ "flags": 4 })),
    ];
    for (_, edit) in &edits {
        carol
            .patch(&FUNCTION, &path(guild, &bob), edit.clone())
            .is(Code::MissingPermissions);
    }
    for (position, (permission, edit)) in edits.into_iter().enumerate() {
        carol.grant(guild, 2 + position as i32, permission);
        carol.patch(&FUNCTION, &path(guild, &bob), edit).ok();
    }
    let bob = alice.get(&FUNCTION, &path(guild, &bob)).ok();
    assert_eq!(bob["nick"], "bobby");
    assert_eq!(bob["roles"], json!([]), "{low} was taken away");
    assert_eq!(
        (bob["mute"].clone(), bob["deaf"].clone()),
        (json!(true), json!(true))
    );
    assert_eq!(bob["communication_disabled_until"], json!(until));
    assert_eq!(bob["flags"], 4);
}

#[test]
fn a_change_is_heard_of_and_logged() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, _) = alice.create_guild();
    let bob = app.register("bob");
    bob.join(guild);
    let role = app.register("carol");
    role.join(guild);
    let role = role.grant(guild, 1, 0);
    let edit = json!({ "nick": "  ", "roles": [role, role] });
    alice.patch(&FUNCTION, &path(guild, &bob), edit).ok();
    let events = app.events();
    let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
    assert_eq!(
        kinds,
        [
            EventKind::GuildMemberUpdate,
            EventKind::GuildAuditLogEntryCreate
        ]
    );
    assert_eq!(events[0].audience, Audience::Guild(guild));
    let updated = data(&events[0]);
    assert_eq!(updated["guild_id"], json!(guild));
    assert_eq!(updated["roles"], json!([role]), "each role counts once");
    assert_eq!(updated["nick"], Value::Null, "a blank nickname is none");
    let entry = data(&events[1]);
    assert_eq!(entry["action_type"], json!(MEMBER_ROLE_UPDATE));
    let added = json!([{ "id": role, "name": "granted" }]);
    assert_eq!(
        entry["changes"],
        json!([{ "key": "$add", "new_value": added }])
    );

    let nick = json!({ "nick": "bobby" });
    alice
        .send(
            &FUNCTION,
            http::Method::PATCH,
            &path(guild, &bob),
            Some(nick.clone()),
            &[("x-audit-log-reason", "for%20fun")],
        )
        .ok();
    let entry = data(&app.emitted(EventKind::GuildAuditLogEntryCreate));
    assert_eq!(entry["action_type"], json!(MEMBER_UPDATE));
    assert_eq!(entry["reason"], "for fun");
    assert_eq!(
        entry["changes"],
        json!([{ "key": "nick", "new_value": "bobby" }])
    );
    alice.patch(&FUNCTION, &path(guild, &bob), nick).ok();
    assert!(app.events().is_empty(), "what is the same is not written");
}

#[test]
fn roles_are_given_only_from_above() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, _) = alice.create_guild();
    let (carol, bob) = (app.register("carol"), app.register("bob"));
    carol.join(guild);
    bob.join(guild);
    carol.grant(guild, 5, MANAGE_ROLES);
    let high = alice.grant(guild, 6, 0);
    let give = |role: Value| carol.patch(&FUNCTION, &path(guild, &bob), json!({ "roles": [role] }));
    give(json!(high)).is(Code::MissingPermissions);
    give(json!("1")).is(Code::UnknownRole);
    assert_eq!(
        give(json!("x")).field_error(&["roles", "0"]),
        "NUMBER_TYPE_COERCE"
    );
}

#[test]
fn nobody_above_is_touched() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, _) = alice.create_guild();
    let (carol, dave) = (app.register("carol"), app.register("dave"));
    carol.join(guild);
    dave.join(guild);
    carol.grant(guild, 5, ADMINISTRATOR);
    dave.grant(guild, 4, ADMINISTRATOR);
    for target in [&alice, &carol] {
        let edit = json!({ "nick": "x" });
        dave.patch(&FUNCTION, &path(guild, target), edit)
            .is(Code::MissingPermissions);
        dave.delete(&FUNCTION, &path(guild, target))
            .is(Code::MissingPermissions);
    }
    let until = json!({ "communication_disabled_until": app.now().plus_millis(1000) });
    carol
        .patch(&FUNCTION, &path(guild, &dave), until)
        .is(Code::MissingPermissions);
    dave.patch(&FUNCTION, &path(guild, &dave), json!({ "nick": "me" }))
        .ok();
}

#[test]
fn a_timeout_lasts_at_most_28_days() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, _) = alice.create_guild();
    let bob = app.register("bob");
    bob.join(guild);
    let days = |days: i64| app.now().plus_millis(days * 86_400_000);
    let edit = json!({ "communication_disabled_until": days(29) });
    alice
        .patch(&FUNCTION, &path(guild, &bob), edit)
        .field_error(&["communication_disabled_until"]);
    let edit = json!({ "communication_disabled_until": days(28) });
    alice.patch(&FUNCTION, &path(guild, &bob), edit).ok();
    let edit = json!({ "communication_disabled_until": null });
    let free = alice.patch(&FUNCTION, &path(guild, &bob), edit).ok();
    assert_eq!(free["communication_disabled_until"], Value::Null);
}

#[test]
fn every_wrong_field_is_named() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, _) = alice.create_guild();
    let edit = json!({ "nick": "x".repeat(33), "mute": "maybe", "flags": [] });
    let answer = alice.patch(&FUNCTION, &path(guild, &alice), edit);
    assert_eq!(answer.field_error(&["nick"]), "BASE_TYPE_MAX_LENGTH");
    assert_eq!(answer.field_error(&["mute"]), "BOOLEAN_TYPE_CONVERT");
    assert_eq!(answer.field_error(&["flags"]), "NUMBER_TYPE_COERCE");
}

#[test]
fn nobody_is_in_voice_to_be_moved() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let edit = json!({ "channel_id": channel });
    alice
        .patch(&FUNCTION, &path(guild, &alice), edit)
        .is(Code::NotInVoice);
}

#[test]
fn a_kicked_member_is_gone() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, _) = alice.create_guild();
    let bob = app.register("bob");
    bob.join(guild);
    bob.delete(&FUNCTION, &path(guild, &alice))
        .is(Code::MissingPermissions);
    alice.delete(&FUNCTION, &path(guild, &bob)).no_content();
    let events = app.events();
    let removed = events
        .iter()
        .find(|event| event.kind == EventKind::GuildMemberRemove);
    let removed = removed.expect("the guild hears of it");
    assert_eq!(removed.audience, Audience::Guild(guild));
    assert_eq!(data(removed)["user"]["username"], "bob");
    let entry = events
        .iter()
        .find(|event| event.kind == EventKind::GuildAuditLogEntryCreate);
    assert_eq!(
        data(entry.expect("it is logged"))["action_type"],
        json!(MEMBER_KICK)
    );
    alice
        .get(&FUNCTION, &path(guild, &bob))
        .is(Code::UnknownMember);
    alice
        .delete(&FUNCTION, &path(guild, &bob))
        .is(Code::UnknownMember);
    let count = app.read(store::Store::Main, store::guilds::member_count(guild));
    assert_eq!(count, [1]);
}

#[test]
fn no_token_lets_an_application_add_members() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, _) = alice.create_guild();
    let answer = alice.put(&FUNCTION, &path(guild, &alice), json!({}));
    assert_eq!(answer.field_error(&["access_token"]), "BASE_TYPE_REQUIRED");
    let token = json!({ "access_token": "x" });
    alice
        .put(&FUNCTION, &path(guild, &alice), token)
        .is(Code::InvalidOauthToken);
}

#[test]
fn a_nickname_can_be_seen_or_is_none() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, _) = alice.create_guild();
    let bob = app.register("bob");
    bob.join(guild);
    let path = format!("/guilds/{guild}/members/{}", bob.id);
    let nick = |nick: &str| {
        let body = json!({ "nick": nick });
        alice.patch(&FUNCTION, &path, body).ok()["nick"].clone()
    };
    assert_eq!(nick(" bobby "), "bobby");
    assert_eq!(nick("\u{200b}\u{2800}"), Value::Null);
}

#[test]
fn a_new_owner_is_not_removed() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, _) = alice.create_guild();
    let (bob, carol) = (app.register("bob"), app.register("carol"));
    bob.join(guild);
    carol.join(guild);
    carol.grant(guild, 5, KICK_MEMBERS | BAN_MEMBERS);
    let bans = format!("/guilds/{guild}/bans/{}", bob.id);
    for attempt in 0..2 {
        let (from, to) = (alice.id, bob.id);
        app.before_next_write(move |app| {
            let mut batch = Batch::main();
            batch.push(store::guilds::set_owner(guild, from, to));
            app.write(batch);
        });
        let refused = match attempt {
            0 => carol.delete(&FUNCTION, &path(guild, &bob)),
            _ => carol.put(&crate::ban::FUNCTION, &bans, json!({})),
        };
        refused.is(Code::MissingPermissions);
        let mut batch = Batch::main();
        batch.push(store::guilds::set_owner(guild, to, from));
        app.write(batch);
    }
    bob.get(&FUNCTION, &path(guild, &bob)).ok();
    assert!(app.events().is_empty());
}

#[test]
fn a_member_is_told_of_as_they_are() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, _) = alice.create_guild();
    let bob = app.register("bob");
    bob.join(guild);
    let (token, bobs) = (alice.token().to_owned(), path(guild, &bob));
    let other = bobs.clone();
    app.before_next_write(move |app| {
        let edit = json!({ "mute": true });
        app.holding(&token).patch(&FUNCTION, &other, edit).ok();
    });
    let edited = alice
        .patch(&FUNCTION, &bobs, json!({ "nick": "bobby" }))
        .ok();
    assert_eq!(
        (&edited["nick"], &edited["mute"]),
        (&json!("bobby"), &json!(true))
    );
    let mut events = app.events();
    events.retain(|event| event.kind == EventKind::GuildMemberUpdate);
    let last = data(events.last().unwrap());
    assert_eq!(
        (&last["nick"], &last["mute"]),
        (&json!("bobby"), &json!(true))
    );
}
