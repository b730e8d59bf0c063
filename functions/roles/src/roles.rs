//! A guild's roles.
//!
//! See [Discord Docs/Get Guild Roles](https://discord.com/developers/docs/resources/guild#get-guild-roles).

use actions::audit_log::{self, Entry};
use model::event::GuildRoleCreate;
use model::role::{Role, RoleColors};
use runtime::extract::{BodyList, Reason};
use runtime::prelude::*;
use serde_json::json;
use store::{guilds, roles};

use crate::edit::{self, RoleFields};
use crate::order::{self, Place};

function! {
    "/guilds/{guild_id}/roles"
    GET list_guild_roles
    POST create_guild_role
    PATCH bulk_update_guild_roles
    uses blobs
}

/// All roles, from the lowest.
async fn list_guild_roles(_: &Cx, caller: InGuild) -> Result<Json<Vec<Role>>> {
    Ok(Json(caller.membership.roles))
}

/// Creates a role at the bottom of the hierarchy.
async fn create_guild_role(
    cx: &Cx,
    caller: InGuild<MANAGE_ROLES>,
    Body(fields): Body<RoleFields>,
    Reason(reason): Reason,
) -> Result<Json<Role>> {
    let guild = caller.guild.id;
    let mut role = new_role(cx, &caller);
    if let Some(permissions) = fields.permissions {
        edit::check_grant(&caller, Permissions::empty(), permissions)?;
    }
    fields.apply(cx, &mut role).await?;
    let max = cx.config().limits.roles_per_guild_max;
    let mut batch = Batch::main();
    batch.require(guilds::exists(guild), Code::UnknownGuild);
    batch.require(roles::fewer_than(guild, max), Code::TooManyRoles);
    batch.push(roles::insert(guild, &role));
    let created = GuildRoleCreate::new(guild, &role);
    batch.emit(Event::new(Audience::Guild(guild), &created));
    let entry = Entry::new(guild, caller.caller.id(), audit_log::ROLE_CREATE)
        .target(role.id)
        .reason(reason);
    audit_log::write(cx, &mut batch, edit::differences(entry, None, Some(&role)));
    cx.write(batch).await?;
    Ok(Json(role))
}

/// A role with Discord's defaults: what everyone may do, and nothing more.
fn new_role(cx: &Cx, caller: &InGuild<MANAGE_ROLES>) -> Role {
    let everyone = caller.role(caller.guild.id.cast());
    Role {
        id: cx.id(),
        name: "new role".to_owned(),
        color: 0,
        colors: RoleColors::default(),
        hoist: false,
        icon: None,
        unicode_emoji: None,
        position: 1,
        permissions: everyone.map_or(Permissions::empty(), |role| role.permissions),
        managed: false,
        mentionable: false,
        flags: 0,
        tags: None,
    }
}

struct RolePosition(Option<Place>);

impl Form for RolePosition {
    fn read(fields: &mut Fields<'_>) -> Self {
        let id: Option<Id<marker::Role>> = fields.get("id");
        let position = fields.int("position", 0..=i64::from(i32::MAX));
        Self(id.zip(position.map(|position| position as i32)))
    }
}

/// Moves roles. Those that are not named make room, and all are numbered from 1 without gaps.
async fn bulk_update_guild_roles(
    cx: &Cx,
    caller: InGuild<MANAGE_ROLES>,
    BodyList(places): BodyList<RolePosition>,
    Reason(reason): Reason,
) -> Result<Json<Vec<Role>>> {
    let guild = caller.guild.id;
    let wanted = checked(&caller, places)?;
    let order = order::reordered(&caller.roles, &wanted);
    let above = |role: &Role| !caller.outranks_role(role);
    if !order::keeps_above(&caller.roles, &order, above) {
        return Err(Code::MissingPermissions.into());
    }
    let mut after = Vec::with_capacity(caller.roles.len());
    after.extend(caller.role(guild.cast()).cloned());
    after.extend(order.into_iter().zip(1..).map(|(role, position)| Role {
        position,
        ..role.clone()
    }));
    let mut batch = Batch::main();
    let (mut moved, mut entries): (Vec<Place>, _) = (Vec::new(), Vec::new());
    for role in &after {
        let before = caller
            .role(role.id)
            .filter(|before| before.position != role.position);
        let Some(before) = before else { continue };
        moved.push((role.id, role.position));
        edit::tell_changed(&mut batch, guild, role);
        if wanted.iter().any(|(id, _)| *id == role.id) {
            let entry = Entry::new(guild, caller.caller.id(), audit_log::ROLE_UPDATE)
                .target(role.id)
                .change(
                    "position",
                    Some(json!(before.position)),
                    Some(json!(role.position)),
                )
                .reason(reason.clone());
            entries.push(entry);
        }
    }
    audit_log::write_all(cx, &mut batch, guild, entries);
    if moved.is_empty() {
        return Ok(Json(after));
    }
    batch.push(roles::set_positions(guild, &moved));
    cx.write(batch).await?;
    Ok(Json(after))
}

/// The wanted places of roles that are the guild's own; `@everyone` stays at the bottom.
fn checked(caller: &InGuild<MANAGE_ROLES>, places: Vec<RolePosition>) -> Result<Vec<Place>> {
    let mut wanted = Vec::with_capacity(places.len());
    for (id, position) in places.into_iter().filter_map(|place| place.0) {
        caller.role(id).ok_or(Code::UnknownRole)?;
        let everyone = id.get() == caller.guild.id.get();
        match position {
            0 if everyone => {}
            _ if everyone => return Err(Code::InvalidRole.into()),
            // Nothing goes below `@everyone`.
            position => wanted.push((id, position.max(1))),
        }
    }
    Ok(wanted)
}

#[cfg(test)]
mod tests {
    use runtime::testing::{Actor, App};
    use serde_json::Value;

    use super::*;

    fn create(actor: &Actor<'_>, guild: Id<marker::Guild>, body: Value) -> Id<marker::Role> {
        let role = actor
            .post(&FUNCTION, &format!("/guilds/{guild}/roles"), body)
            .ok();
        role["id"]
            .as_str()
            .expect("an id")
            .parse()
            .expect("a snowflake")
    }

    #[test]
    fn a_roles_emoji_is_one() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let path = format!("/guilds/{guild}/roles");
        let create = |emoji| alice.post(&FUNCTION, &path, json!({ "unicode_emoji": emoji }));
        assert_eq!(create("❤").ok()["unicode_emoji"], "❤\u{fe0f}");
        assert_eq!(create("").ok()["unicode_emoji"], Value::Null);
        let refused = create("not one").field_error(&["unicode_emoji"]);
        assert_eq!(refused, "INVALID_EMOJI");
    }

    #[test]
    fn a_role_is_created_below_all_others_and_recorded() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let path = format!("/guilds/{guild}/roles");
        let body = json!({ "name": "mods", "permissions": "8192", "color": 255, "hoist": true });
        let role = alice.post(&FUNCTION, &path, body).ok();
        assert_eq!(role["position"], 1);
        assert_eq!(role["permissions"], "8192");
        assert_eq!(role["colors"]["primary_color"], 255);
        let events = app.events();
        assert_eq!(events[0].kind, EventKind::GuildRoleCreate);
        assert_eq!(events[0].audience, Audience::Guild(guild));
        assert_eq!(events[1].kind, EventKind::GuildAuditLogEntryCreate);
        let readers = Audience::Holders {
            guild,
            channel: None,
            permissions: Permissions::VIEW_AUDIT_LOG,
        };
        assert_eq!(events[1].audience, readers);
        assert!(
            events[1].data.contains(r#""action_type":30"#),
            "{}",
            events[1].data
        );
        assert!(
            events[1]
                .data
                .contains(r#"{"key":"name","new_value":"mods"}"#)
        );
        let listed = alice.get(&FUNCTION, &path).ok();
        assert_eq!(listed.as_array().map(Vec::len), Some(2));
        assert_eq!(listed[1], role);
    }

    #[test]
    fn no_bits_are_no_permissions_and_a_name_can_be_seen() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let path = format!("/guilds/{guild}/roles");
        let body = json!({ "permissions": "", "name": " a ", "color": 255.0 });
        let role = alice.post(&FUNCTION, &path, body).ok();
        assert_eq!(
            (&role["permissions"], &role["name"], &role["color"]),
            (&json!("0"), &json!("a"), &json!(255))
        );
        let blank = alice.post(&FUNCTION, &path, json!({ "name": "\u{2800} " }));
        assert_eq!(blank.field_error(&["name"]), "BASE_TYPE_REQUIRED");
    }

    #[test]
    fn a_role_without_fields_may_what_everyone_may() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let role = alice
            .post(&FUNCTION, &format!("/guilds/{guild}/roles"), json!({}))
            .ok();
        assert_eq!(role["name"], "new role");
        assert_eq!(role["permissions"], Permissions::DEFAULT.bits().to_string());
    }

    #[test]
    fn nobody_grants_what_they_do_not_hold() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let bob = app.register("bob");
        bob.join(guild);
        let path = format!("/guilds/{guild}/roles");
        bob.post(&FUNCTION, &path, json!({}))
            .is(Code::MissingPermissions);
        bob.grant(guild, 1, MANAGE_ROLES | KICK_MEMBERS);
        let ban = json!({ "permissions": BAN_MEMBERS.to_string() });
        bob.post(&FUNCTION, &path, ban).is(Code::MissingPermissions);
        let kick = json!({ "permissions": KICK_MEMBERS.to_string() });
        bob.post(&FUNCTION, &path, kick).ok();
    }

    #[test]
    fn wrong_fields_are_named() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let path = format!("/guilds/{guild}/roles");
        let post = |body| alice.post(&FUNCTION, &path, body);
        let long = "a".repeat(101);
        assert_eq!(
            post(json!({ "name": long })).field_error(&["name"]),
            "BASE_TYPE_BAD_LENGTH"
        );
        let color = post(json!({ "color": 0x1_00_00_00 })).field_error(&["color"]);
        assert_eq!(color, "NUMBER_TYPE_MAX");
        let nested = post(json!({ "colors": { "primary_color": -1 } }));
        assert_eq!(
            nested.field_error(&["colors", "primary_color"]),
            "NUMBER_TYPE_MIN"
        );
        let places = json!([{ "id": "1", "position": "x" }]);
        let answer = alice.patch(&FUNCTION, &path, places);
        assert_eq!(answer.field_error(&["0", "position"]), "NUMBER_TYPE_COERCE");
        assert!(app.events().is_empty());
    }

    #[test]
    fn a_guild_has_a_bounded_number_of_roles() {
        let app = App::new();
        app.configure(|config| config.limits.roles_per_guild_max = 1);
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        create(&alice, guild, json!({}));
        let path = format!("/guilds/{guild}/roles");
        alice
            .post(&FUNCTION, &path, json!({}))
            .is(Code::TooManyRoles);
    }

    #[test]
    fn moving_a_role_numbers_all_of_them_anew() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let roles: Vec<_> = (0..3).map(|_| create(&alice, guild, json!({}))).collect();
        app.events();
        // All stand at 1, so that the youngest is the lowest.
        let path = format!("/guilds/{guild}/roles");
        let moved = json!([{ "id": guild, "position": 0 }, { "id": roles[2], "position": 3 }]);
        let after = alice.patch(&FUNCTION, &path, moved).ok();
        let ids: Vec<_> = (1..4)
            .map(|place| after[place]["id"].as_str().unwrap())
            .collect();
        let expected = [roles[1], roles[0], roles[2]].map(|id| id.to_string());
        assert_eq!(ids, expected);
        assert_eq!(after[3]["position"], 3);
        let updates = app.events();
        let updates = updates
            .iter()
            .filter(|event| event.kind == EventKind::GuildRoleUpdate);
        assert_eq!(updates.count(), 2);
        assert_eq!(alice.get(&FUNCTION, &path).ok(), after);
    }

    #[test]
    fn nobody_moves_roles_to_or_above_their_own() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let low = create(&alice, guild, json!({}));
        let bob = app.register("bob");
        bob.join(guild);
        let own = bob.grant(guild, 2, MANAGE_ROLES);
        let path = format!("/guilds/{guild}/roles");
        let to = |id: Id<marker::Role>, place: i32| {
            bob.patch(&FUNCTION, &path, json!([{ "id": id, "position": place }]))
        };
        to(low, 2).is(Code::MissingPermissions);
        to(own, 1).is(Code::MissingPermissions);
        to(guild.cast(), 1).is(Code::InvalidRole);
        to(Id::new(7), 1).is(Code::UnknownRole);
        to(low, 1).ok();
    }
}
