//! One role.
//!
//! See [Discord Docs/Modify Guild Role](https://discord.com/developers/docs/resources/guild#modify-guild-role).

use actions::audit_log::{self, Entry};
use actions::channel_state;
use actions::images::{self, Owner};
use model::event::{ChannelUpdate, GuildEmojisUpdate, GuildMemberUpdate, GuildRoleDelete};
use model::member::Member;
use model::role::Role;
use model::{Channel, Emoji};
use runtime::access::Membership;
use runtime::extract::Reason;
use runtime::prelude::*;
use store::{channels, emojis, members, roles};

use crate::edit::{self, RoleFields};

function! {
    "/guilds/{guild_id}/roles/{role_id}"
    GET get_guild_role
    PATCH update_guild_role
    DELETE delete_guild_role
    uses blobs
}

type Ids = (Id<marker::Guild>, Id<marker::Role>);

/// One role.
async fn get_guild_role(_: &Cx, caller: InGuild, Path((_, id)): Path<Ids>) -> Result<Json<Role>> {
    let role = caller.role(id).ok_or(Code::UnknownRole)?;
    Ok(Json(role.clone()))
}

/// Edits a role below the caller's highest. Of `@everyone` only the permissions can be edited.
async fn update_guild_role(
    cx: &Cx,
    caller: InGuild<MANAGE_ROLES>,
    Path((guild, id)): Path<Ids>,
    Body(fields): Body<RoleFields>,
    Reason(reason): Reason,
) -> Result<Json<Role>> {
    let before = below(&caller, id)?;
    if is_everyone(&caller, id) && fields.has_looks() {
        return Err(Code::InvalidRole.into());
    }
    if let Some(permissions) = fields.permissions {
        edit::check_grant(&caller, before.permissions, permissions)?;
    }
    let mut role = before.clone();
    fields.apply(cx, &mut role).await?;
    if role == *before {
        return Ok(Json(role));
    }
    let mut batch = Batch::main();
    batch.require(roles::exist(guild, &[id]), Code::UnknownRole);
    if role.permissions != before.permissions {
        batch.require(roles::grants(id, before.permissions), Code::Overloaded);
    }
    roles::update(&mut batch, before, &role);
    let (old, new) = (before.icon.as_deref(), role.icon.as_deref());
    images::replaced(cx, &mut batch, Owner::RoleIcon(id), old, new);
    edit::tell_changed(&mut batch, guild, &role);
    let entry = Entry::new(guild, caller.caller.id(), audit_log::ROLE_UPDATE)
        .target(id)
        .reason(reason);
    audit_log::write(
        cx,
        &mut batch,
        edit::differences(entry, Some(before), Some(&role)),
    );
    cx.write(batch).await?;
    Ok(Json(role))
}

/// Deletes a role, and removes it from members, channels and emoji.
async fn delete_guild_role(
    cx: &Cx,
    caller: InGuild<MANAGE_ROLES>,
    Path((guild, id)): Path<Ids>,
    Reason(reason): Reason,
) -> Result<NoContent> {
    let role = below(&caller, id)?;
    if role.managed || is_everyone(&caller, id) {
        return Err(Code::InvalidRole.into());
    }
    let (emojis, channels, holders) = cx
        .read((
            emojis::of_guild(guild),
            channels::of_guild(guild),
            members::holding(guild, id, HOLDERS_TOLD_MAX),
        ))
        .await?;
    let channels = channels.into_iter();
    let mut channels: Vec<_> = channels
        .filter_map(|it| without_overwrite(it, id))
        .collect();
    channel_state::fill(cx, &mut channels).await?;
    let mut batch = Batch::main();
    forget_in_emojis(&mut batch, guild, emojis, id);
    roles::delete(&mut batch, guild, id);
    let icon = role.icon.as_deref();
    images::replaced(cx, &mut batch, Owner::RoleIcon(id), icon, None);
    let gone = GuildRoleDelete {
        guild_id: guild,
        role_id: id,
    };
    batch.emit(Event::new(Audience::Guild(guild), &gone));
    tell_channels(&mut batch, guild, &channels);
    tell_holders(&mut batch, guild, holders, id);
    let entry = Entry::new(guild, caller.caller.id(), audit_log::ROLE_DELETE)
        .target(id)
        .reason(reason);
    audit_log::write(cx, &mut batch, edit::differences(entry, Some(role), None));
    cx.write(batch).await?;
    Ok(NoContent)
}

/// Holders of a deleted role who are told of one by one. Clients take the role from everybody when
/// they hear that it is gone.
const HOLDERS_TOLD_MAX: u32 = 1000;

/// A channel that has an overwrite for the role, without it.
fn without_overwrite(mut channel: Channel, role: Id<marker::Role>) -> Option<Channel> {
    let overwrites = &mut channel.guild.as_mut()?.permission_overwrites;
    let before = overwrites.len();
    overwrites.retain(|overwrite| overwrite.id != role.cast());
    (overwrites.len() < before).then_some(channel)
}

fn tell_channels(batch: &mut Batch, guild: Id<marker::Guild>, channels: &[Channel]) {
    for changed in channels {
        let channel = changed.id;
        let audience = Audience::Channel { guild, channel };
        batch.emit(Event::new(audience, &ChannelUpdate::new(changed)));
    }
}

fn tell_holders(
    batch: &mut Batch,
    guild: Id<marker::Guild>,
    holders: Vec<Member>,
    role: Id<marker::Role>,
) {
    for mut member in holders {
        member.roles.retain(|held| *held != role);
        let changed = GuildMemberUpdate::new(guild, &member);
        batch.emit(Event::new(Audience::Guild(guild), &changed));
    }
}

/// Tells of the emoji that only this role and others could use, if there are any.
fn forget_in_emojis(
    batch: &mut Batch,
    guild: Id<marker::Guild>,
    mut emojis: Vec<Emoji>,
    role: Id<marker::Role>,
) {
    if !emojis.iter().any(|emoji| emoji.roles.contains(&role)) {
        return;
    }
    for emoji in &mut emojis {
        emoji.roles.retain(|id| *id != role);
    }
    let update = GuildEmojisUpdate::new(guild, &emojis);
    batch.emit(Event::new(Audience::Guild(guild), &update));
}

/// A role that the caller stands above.
fn below(caller: &Membership, id: Id<marker::Role>) -> Result<&Role> {
    let role = caller.role(id).ok_or(Code::UnknownRole)?;
    match caller.outranks_role(role) {
        true => Ok(role),
        false => Err(Code::MissingPermissions.into()),
    }
}

fn is_everyone(caller: &Membership, id: Id<marker::Role>) -> bool {
    id.get() == caller.guild.id.get()
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;
    use store::Store;

    use super::*;

    #[test]
    fn an_edit_changes_what_it_names() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let role = alice.grant(guild, 1, KICK_MEMBERS);
        let path = format!("/guilds/{guild}/roles/{role}");
        let edit = json!({ "name": "wardens", "mentionable": true });
        let after = alice.patch(&FUNCTION, &path, edit.clone()).ok();
        assert_eq!(after["name"], "wardens");
        assert_eq!(after["permissions"], KICK_MEMBERS.to_string());
        let events = app.events();
        assert_eq!(events[0].kind, EventKind::GuildRoleUpdate);
        let change = r#"{"key":"name","old_value":"granted","new_value":"wardens"}"#;
        assert!(events[1].data.contains(change), "{}", events[1].data);
        assert_eq!(alice.get(&FUNCTION, &path).ok(), after);
        let blank = alice.patch(&FUNCTION, &path, json!({ "name": "\u{200b}" }));
        assert_eq!(blank.field_error(&["name"]), "BASE_TYPE_REQUIRED");
        // A change of nothing is not published.
        alice.patch(&FUNCTION, &path, edit).ok();
        assert!(app.events().is_empty());
    }

    #[test]
    fn an_edit_that_read_an_old_role_undoes_no_other() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let role = alice.grant(guild, 1, KICK_MEMBERS);
        let path = format!("/guilds/{guild}/roles/{role}");
        let before = app.read(Store::Main, roles::of_guild(guild)).remove(1);
        alice
            .patch(&FUNCTION, &path, json!({ "permissions": "0" }))
            .ok();
        let mut after = before.clone();
        after.name = "wardens".to_owned();
        let mut batch = Batch::main();
        roles::update(&mut batch, &before, &after);
        app.write(batch);
        let role = alice.get(&FUNCTION, &path).ok();
        assert_eq!(
            (&role["name"], &role["permissions"]),
            (&json!("wardens"), &json!("0"))
        );
    }

    #[test]
    fn a_gradient_is_kept() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let role = alice.grant(guild, 1, 0);
        let path = format!("/guilds/{guild}/roles/{role}");
        let colors = json!({ "primary_color": 1, "secondary_color": 2, "tertiary_color": null });
        alice
            .patch(&FUNCTION, &path, json!({ "colors": colors }))
            .ok();
        let after = alice.get(&FUNCTION, &path).ok();
        assert_eq!(after["colors"], colors);
        assert_eq!(after["color"], 1);
    }

    #[test]
    fn nobody_edits_or_deletes_roles_beside_or_above_them() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let bob = app.register("bob");
        bob.join(guild);
        let own = bob.grant(guild, 2, MANAGE_ROLES);
        let path = format!("/guilds/{guild}/roles/{own}");
        let edit = json!({ "permissions": ADMINISTRATOR.to_string() });
        bob.patch(&FUNCTION, &path, edit.clone())
            .is(Code::MissingPermissions);
        bob.delete(&FUNCTION, &path).is(Code::MissingPermissions);
        let low = alice.grant(guild, 1, 0);
        let path = format!("/guilds/{guild}/roles/{low}");
        bob.patch(&FUNCTION, &path, edit)
            .is(Code::MissingPermissions);
        bob.patch(&FUNCTION, &path, json!({ "name": "x" })).ok();
        bob.delete(&FUNCTION, &path).no_content();
        bob.get(&FUNCTION, &path).is(Code::UnknownRole);
    }

    #[test]
    fn everyone_has_permissions_and_nothing_else() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let path = format!("/guilds/{guild}/roles/{guild}");
        alice
            .patch(&FUNCTION, &path, json!({ "name": "all" }))
            .is(Code::InvalidRole);
        alice.delete(&FUNCTION, &path).is(Code::InvalidRole);
        let after = alice
            .patch(&FUNCTION, &path, json!({ "permissions": 0 }))
            .ok();
        assert_eq!(after["permissions"], "0");
    }

    #[test]
    fn many_holders_of_a_deleted_role_are_told() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let role = alice.grant(guild, 1, 0);
        for number in 0..300 {
            let member = app.register(&format!("member{number}"));
            member.join(guild);
            let mut batch = Batch::main();
            batch.push(members::add_roles(guild, member.id, &[role]));
            app.write(batch);
        }
        let path = format!("/guilds/{guild}/roles/{role}");
        alice.delete(&FUNCTION, &path).no_content();
        let events = app.events();
        let kinds = events.iter().map(|event| event.kind);
        let told = kinds.filter(|kind| *kind == EventKind::GuildMemberUpdate);
        assert_eq!(told.count(), 301);
    }

    #[test]
    fn a_deleted_role_is_named_nowhere() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, channel) = alice.create_guild();
        let role = alice.grant(guild, 1, 0);
        let emoji = Emoji {
            id: app.id(),
            name: "blob".to_owned(),
            roles: vec![role, guild.cast()],
            user: None,
            require_colons: true,
            managed: false,
            animated: false,
            available: true,
        };
        let overwrite = model::permissions::Overwrite {
            id: role.cast(),
            kind: model::permissions::OverwriteKind::Role,
            allow: Permissions::empty(),
            deny: Permissions::SPEAK,
        };
        let mut batch = Batch::main();
        batch.push(emojis::insert(guild, &emoji, alice.id));
        batch.push(channels::set_overwrite(channel, &overwrite));
        app.write(batch);
        alice
            .delete(&FUNCTION, &format!("/guilds/{guild}/roles/{role}"))
            .no_content();
        let events = app.events();
        let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
        let expected = [
            EventKind::GuildEmojisUpdate,
            EventKind::GuildRoleDelete,
            EventKind::ChannelUpdate,
            EventKind::GuildMemberUpdate,
            EventKind::GuildAuditLogEntryCreate,
        ];
        assert_eq!(kinds, expected);
        assert!(events[2].data.contains(r#""permission_overwrites":[]"#));
        assert!(events[3].data.contains(r#""roles":[]"#));
        let left = (
            emojis::of_guild(guild),
            channels::by_id(channel),
            members::one(guild, alice.id),
        );
        let (emojis, channels, members) = app.read(Store::Main, left);
        assert_eq!(emojis[0].roles, [guild.cast()]);
        assert!(channels[0].overwrites().is_empty());
        assert!(members[0].roles.is_empty());
    }

    #[test]
    fn a_role_is_told_of_as_it_is() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let role = alice.grant(guild, 3, 0);
        let path = format!("/guilds/{guild}/roles/{role}");
        let (token, other) = (alice.token().to_owned(), path.clone());
        app.before_next_write(move |app| {
            let edit = serde_json::json!({ "hoist": true });
            app.holding(&token).patch(&FUNCTION, &other, edit).ok();
        });
        alice
            .patch(&FUNCTION, &path, serde_json::json!({ "name": "cats" }))
            .ok();
        let mut events = app.events();
        events.retain(|event| event.kind == EventKind::GuildRoleUpdate);
        let last: serde_json::Value = serde_json::from_str(&events.last().unwrap().data).unwrap();
        assert_eq!(
            (&last["role"]["name"], &last["role"]["hoist"]),
            (&"cats".into(), &true.into())
        );
    }
}
