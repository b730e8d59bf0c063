//! Table `roles`.

use model::id::marker;
use model::role::{Role, RoleColors, RoleTags};
use model::{Code, Id, Permissions};

use crate::changes::{self, Columns};
use crate::{Batch, Error, Guard, Json, Query, Row, Statement, Value, params, rows};

macro_rules! role_columns {
    () => {
        "roles.id, roles.name, roles.color, roles.secondary_color, roles.tertiary_color, \
         roles.hoist, roles.icon, roles.unicode_emoji, roles.position, roles.permissions, \
         roles.managed, roles.mentionable, roles.flags, roles.bot_id"
    };
}

const ROLE_COLUMNS: u16 = 14;

fn role(row: &mut Row<'_>) -> Result<Role, Error> {
    let id = row.take()?;
    let name = row.take()?;
    let color = row.take()?;
    Ok(Role {
        id,
        name,
        color,
        colors: RoleColors {
            primary_color: color,
            secondary_color: row.take()?,
            tertiary_color: row.take()?,
        },
        hoist: row.take()?,
        icon: row.take()?,
        unicode_emoji: row.take()?,
        position: row.take()?,
        permissions: row.take::<Permissions>()?,
        managed: row.take()?,
        mentionable: row.take()?,
        flags: row.take()?,
        tags: row.take::<Option<_>>()?.map(|bot_id| RoleTags { bot_id }),
    })
}

/// All roles of a guild, from the lowest.
pub fn of_guild(guild: Id<marker::Guild>) -> Query<Role> {
    let sql = concat!(
        "SELECT ",
        role_columns!(),
        " FROM roles WHERE guild_id = ?1 ORDER BY position, id DESC"
    );
    Query::new(sql, params![guild], ROLE_COLUMNS, role)
}

/// All roles of the guild that a channel belongs to, from the lowest.
pub fn of_guild_of(channel: Id<marker::Channel>) -> Query<Role> {
    let sql = concat!(
        "SELECT ",
        role_columns!(),
        " FROM roles WHERE guild_id = (SELECT guild_id FROM channels WHERE id = ?1) \
         ORDER BY position, id DESC"
    );
    Query::new(sql, params![channel], ROLE_COLUMNS, role)
}

/// The table with the columns of a new row.
macro_rules! roles_table {
    () => {
        "roles (id, guild_id, name, color, hoist, icon, unicode_emoji, position, permissions, \
         managed, mentionable, flags, bot_id, secondary_color, tertiary_color)"
    };
}

fn row(guild: Id<marker::Guild>, role: &Role) -> Vec<Value> {
    params![
        role.id,
        guild,
        &role.name,
        role.color,
        role.hoist,
        role.icon.as_deref(),
        role.unicode_emoji.as_deref(),
        role.position,
        role.permissions,
        role.managed,
        role.mentionable,
        role.flags,
        role.tags.as_ref().map(|tags| tags.bot_id),
        role.colors.secondary_color,
        role.colors.tertiary_color,
    ]
}

/// Adds a role.
pub fn insert(guild: Id<marker::Guild>, role: &Role) -> Statement {
    Statement::new(
        concat!(
            "INSERT INTO ",
            roles_table!(),
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"
        ),
        row(guild, role),
    )
}

/// Adds roles.
pub fn insert_all(guild: Id<marker::Guild>, roles: &[Role]) -> Vec<Statement> {
    rows::insert(roles_table!(), roles.iter().map(|role| row(guild, role)))
}

/// What of a role may be edited. Its position is changed by [`set_positions`].
fn columns(role: &Role) -> Columns {
    vec![
        ("name", Value::from(&role.name)),
        ("color", role.color.into()),
        ("secondary_color", role.colors.secondary_color.into()),
        ("tertiary_color", role.colors.tertiary_color.into()),
        ("hoist", role.hoist.into()),
        ("icon", role.icon.as_deref().into()),
        ("unicode_emoji", role.unicode_emoji.as_deref().into()),
        ("permissions", role.permissions.into()),
        ("mentionable", role.mentionable.into()),
    ]
}

/// Writes what differs between two states of a role.
pub fn update(batch: &mut Batch, before: &Role, after: &Role) {
    changes::write(batch, "roles", after.id, columns(before), columns(after));
}

/// Holds while a role grants exactly these permissions: a later grant must not give back what
/// somebody else took away meanwhile.
pub fn grants(id: Id<marker::Role>, permissions: Permissions) -> Guard {
    Guard::new(
        "EXISTS (SELECT 1 FROM roles WHERE id = ?1 AND permissions = ?2)",
        params![id, permissions],
    )
}

/// Puts roles of a guild at these heights.
pub fn set_positions(guild: Id<marker::Guild>, positions: &[(Id<marker::Role>, i32)]) -> Statement {
    let rows: Vec<_> = positions
        .iter()
        .map(|(id, position)| (id.get(), position))
        .collect();
    Statement::new(
        "UPDATE roles SET position = given.value ->> 1 FROM json_each(?2) AS given \
         WHERE roles.id = given.value ->> 0 AND roles.guild_id = ?1",
        params![guild, Json(rows)],
    )
}

/// Deletes a role with all that names it: who holds it, overwrites, and lists of who may use an
/// emoji. The batch fails with [`Code::UnknownRole`] when the guild has no such role.
pub fn delete(batch: &mut Batch, guild: Id<marker::Guild>, id: Id<marker::Role>) {
    for sql in [
        "DELETE FROM member_roles WHERE role_id = ?2 AND guild_id = ?1",
        "DELETE FROM overwrites WHERE target_id = ?2 \
         AND channel_id IN (SELECT id FROM channels WHERE guild_id = ?1)",
        "UPDATE emojis SET roles = (SELECT json_group_array(value) FROM json_each(emojis.roles) \
         WHERE CAST(value AS INTEGER) <> ?2) WHERE guild_id = ?1 AND roles <> '[]'",
    ] {
        batch.push(Statement::new(sql, params![guild, id]));
    }
    batch.require_change(
        Statement::new(
            "DELETE FROM roles WHERE id = ?2 AND guild_id = ?1",
            params![guild, id],
        ),
        Code::UnknownRole,
    );
}

/// How many members hold each role of a guild. A role that nobody holds is missing.
pub fn member_counts(guild: Id<marker::Guild>) -> Query<(Id<marker::Role>, u32)> {
    Query::new(
        "SELECT role_id, count(*) FROM member_roles WHERE guild_id = ?1 GROUP BY role_id",
        params![guild],
        2,
        |row| Ok((row.take()?, row.take()?)),
    )
}

/// Deletes the managed role that a bot brought to a guild, if it is there, with all that names it.
pub fn delete_of_bot(batch: &mut Batch, guild: Id<marker::Guild>, bot: Id<marker::User>) {
    for sql in [
        "DELETE FROM member_roles WHERE role_id IN \
         (SELECT id FROM roles WHERE guild_id = ?1 AND bot_id = ?2)",
        "DELETE FROM overwrites WHERE target_id IN \
         (SELECT id FROM roles WHERE guild_id = ?1 AND bot_id = ?2)",
        "DELETE FROM roles WHERE guild_id = ?1 AND bot_id = ?2",
    ] {
        batch.push(Statement::new(sql, params![guild, bot]));
    }
}

/// Holds while all of these, each named once, are roles of the guild.
pub fn exist(guild: Id<marker::Guild>, roles: &[Id<marker::Role>]) -> Guard {
    Guard::new(
        "(SELECT count(*) FROM roles WHERE guild_id = ?1 \
         AND id IN (SELECT value FROM json_each(?2))) = ?3",
        params![guild, roles, roles.len() as i64],
    )
}

/// The permissions of the roles that a user holds in these guilds, `@everyone` included, each with
/// its guild.
pub fn held_in(
    user: Id<marker::User>,
    guilds: &[Id<marker::Guild>],
) -> Query<(Id<marker::Guild>, Permissions)> {
    Query::new(
        "SELECT guild_id, permissions FROM roles \
         WHERE guild_id IN (SELECT value FROM json_each(?2)) AND (id = guild_id OR id IN \
         (SELECT role_id FROM member_roles \
          WHERE member_roles.guild_id = roles.guild_id AND member_roles.user_id = ?1))",
        params![user, guilds],
        2,
        |row| Ok((row.take()?, row.take()?)),
    )
}

/// The managed roles of a bot, each with its guild.
pub fn of_bot(bot: Id<marker::User>) -> Query<(Id<marker::Guild>, Role)> {
    let sql = concat!(
        "SELECT roles.guild_id, ",
        role_columns!(),
        " FROM members JOIN roles ON roles.guild_id = members.guild_id AND roles.bot_id = ?1 \
         WHERE members.user_id = ?1"
    );
    Query::new(sql, params![bot], ROLE_COLUMNS + 1, |row| {
        Ok((row.take()?, role(row)?))
    })
}

/// Holds while the guild has fewer than `max` roles, `@everyone` not counted.
pub fn fewer_than(guild: Id<marker::Guild>, max: u32) -> Guard {
    Guard::new(
        "(SELECT count(*) FROM roles WHERE guild_id = ?1) <= ?2",
        params![guild, max],
    )
}
