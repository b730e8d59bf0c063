//! Table `roles`.

use model::id::marker;
use model::role::{Role, RoleColors, RoleTags};
use model::{Id, Permissions};

use crate::{Error, Query, Row, Statement, params};

macro_rules! role_columns {
    () => {
        "roles.id, roles.name, roles.color, roles.hoist, roles.icon, roles.unicode_emoji, \
         roles.position, roles.permissions, roles.managed, roles.mentionable, roles.flags, \
         roles.bot_id"
    };
}

const ROLE_COLUMNS: u16 = 12;

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
            ..RoleColors::default()
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

/// Adds a role.
pub fn insert(guild: Id<marker::Guild>, role: &Role) -> Statement {
    Statement::new(
        "INSERT INTO roles (id, guild_id, name, color, hoist, icon, unicode_emoji, position, \
         permissions, managed, mentionable, flags, bot_id) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
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
        ],
    )
}
