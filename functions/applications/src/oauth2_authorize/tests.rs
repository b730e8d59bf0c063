//! Tests of adding bots to guilds.

use model::audit_log;
use runtime::testing::{Actor, App};
use serde_json::{Value, json};
use store::Store;

use super::*;
use crate::testing::{application, with_bot};

fn path(id: Id<marker::Application>) -> String {
    format!("/oauth2/authorize?client_id={id}&scope=bot%20applications.commands")
}

fn add_to(
    actor: &Actor<'_>,
    id: Id<marker::Application>,
    guild: Id<marker::Guild>,
    permissions: u64,
) -> runtime::testing::Answer {
    let decision = json!({
        "authorize": true,
        "guild_id": guild,
        "permissions": permissions.to_string(),
    });
    actor.post(&FUNCTION, &path(id), decision)
}

#[test]
fn a_bot_joins_with_a_role_of_its_own() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, _) = alice.create_guild();
    let (id, bot) = with_bot(&app, &alice);
    let answer = add_to(&alice, id, guild, KICK_MEMBERS).ok();
    assert!(
        answer["location"]
            .as_str()
            .unwrap()
            .ends_with("/oauth2/authorized")
    );
    let events = app.events();
    let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
    let expected = [
        EventKind::GuildRoleCreate,
        EventKind::GuildMemberAdd,
        EventKind::GuildAuditLogEntryCreate,
    ];
    assert_eq!(kinds, expected);
    let entry: Value = serde_json::from_str(&events[2].data).unwrap();
    assert_eq!(entry["action_type"], json!(audit_log::BOT_ADD));
    let all = app.read(Store::Main, roles::of_guild(guild));
    let role = all
        .iter()
        .find(|role| role.managed)
        .expect("a managed role");
    assert_eq!(role.permissions, Permissions::KICK_MEMBERS);
    assert_eq!(role.tags, Some(RoleTags { bot_id: bot.id }));
    let member = app
        .read(Store::Main, members::one(guild, bot.id))
        .pop()
        .unwrap();
    assert_eq!(member.roles, [role.id]);
    add_to(&alice, id, guild, 0).ok();
    assert!(app.events().is_empty(), "it is there already");
}

#[test]
fn nobody_grants_more_than_they_hold() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, _) = alice.create_guild();
    let (id, _) = with_bot(&app, &alice);
    let bob = app.register("bob");
    add_to(&bob, id, guild, 0).is(Code::MissingAccess);
    bob.join(guild);
    add_to(&bob, id, guild, 0).is(Code::MissingPermissions);
    bob.grant(guild, 1, MANAGE_GUILD);
    add_to(&bob, id, guild, ADMINISTRATOR | MANAGE_GUILD).ok();
    let all = app.read(Store::Main, roles::of_guild(guild));
    let role = all
        .iter()
        .find(|role| role.managed)
        .expect("a managed role");
    assert_eq!(role.permissions, Permissions::MANAGE_GUILD);
}

#[test]
fn a_private_bot_is_added_by_its_owner_alone() {
    let app = App::new();
    let (alice, bob) = (app.register("alice"), app.register("bob"));
    let (guild, _) = bob.create_guild();
    let (id, _) = with_bot(&app, &alice);
    let edit = &crate::application::FUNCTION;
    alice
        .patch(
            edit,
            &format!("/applications/{id}"),
            json!({ "bot_public": false }),
        )
        .ok();
    add_to(&bob, id, guild, 0).is(Code::NotApplicationOwner);
    bob.get(&FUNCTION, &path(id)).is(Code::NotApplicationOwner);
}

#[test]
fn a_banned_bot_stays_out() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, _) = alice.create_guild();
    let (id, bot) = with_bot(&app, &alice);
    let mut batch = Batch::main();
    batch.push(store::bans::insert(
        guild,
        &[bot.id],
        alice.id,
        None,
        app.now(),
    ));
    app.write(batch);
    add_to(&alice, id, guild, KICK_MEMBERS).is(Code::BannedFromGuild);
    assert_eq!(
        app.read(Store::Main, roles::of_guild(guild)).len(),
        1,
        "no role is left over"
    );
}

#[test]
fn a_refusal_adds_nothing() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, _) = alice.create_guild();
    let (id, _) = with_bot(&app, &alice);
    let no = json!({ "authorize": false, "guild_id": guild });
    let answer = alice.post(&FUNCTION, &path(id), no).ok();
    assert!(
        answer["location"]
            .as_str()
            .unwrap()
            .ends_with("error=access_denied")
    );
    assert!(app.events().is_empty());
}

#[test]
fn the_question_shows_bot_and_guilds() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, _) = alice.create_guild();
    let (other, _) = app.register("bob").create_guild();
    alice.join(other);
    let (id, bot) = with_bot(&app, &alice);
    let shown = alice
        .get(&FUNCTION, &format!("{}&permissions=8", path(id)))
        .ok();
    assert_eq!(shown["bot"]["id"], json!(bot.id));
    assert_eq!(shown["permissions"], "8");
    let guilds = shown["guilds"].as_array().unwrap();
    assert_eq!(
        guilds.len(),
        1,
        "of guilds only those that the caller manages"
    );
    assert_eq!(guilds[0]["id"], json!(guild));
}

#[test]
fn senseless_requests_are_refused() {
    let app = App::new();
    let alice = app.register("alice");
    let (id, _) = application(&alice);
    alice
        .get(&FUNCTION, &path(id))
        .is(Code::ApplicationHasNoBot);
    alice
        .get(&FUNCTION, &path(Id::new(1)))
        .is(Code::UnknownApplication);
    let bare = alice.get(&FUNCTION, "/oauth2/authorize");
    assert_eq!(bare.field_error(&["client_id"]), "BASE_TYPE_REQUIRED");
    assert_eq!(bare.field_error(&["scope"]), "BASE_TYPE_REQUIRED");
    let identify = alice.get(&FUNCTION, "/oauth2/authorize?client_id=1&scope=identify");
    assert_eq!(identify.field_error(&["scope"]), "OAUTH2_INVALID_SCOPE");
    let (id, bot) = with_bot(&app, &alice);
    let nowhere = alice.post(&FUNCTION, &path(id), json!({}));
    assert_eq!(nowhere.field_error(&["guild_id"]), "BASE_TYPE_REQUIRED");
    bot.post(&FUNCTION, &path(id), json!({}))
        .is(Code::BotsNotAllowed);
}
