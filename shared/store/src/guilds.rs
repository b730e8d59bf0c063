//! Table `guilds`.

use model::guild::Guild;
use model::id::marker;
use model::{Code, Id};

use crate::changes::{self, Columns};
use crate::{Batch, Error, Guard, Json, Query, Row, Statement, Value, params};

macro_rules! guild_columns {
    () => {
        "guilds.id, guilds.name, guilds.icon, guilds.banner, guilds.splash, \
         guilds.discovery_splash, guilds.description, guilds.owner_id, guilds.afk_channel_id, \
         guilds.afk_timeout, guilds.system_channel_id, guilds.system_channel_flags, \
         guilds.rules_channel_id, guilds.public_updates_channel_id, \
         guilds.safety_alerts_channel_id, guilds.verification_level, \
         guilds.default_message_notifications, guilds.explicit_content_filter, guilds.mfa_level, \
         guilds.nsfw_level, guilds.preferred_locale, guilds.premium_progress_bar_enabled, \
         guilds.features, guilds.vanity_code"
    };
}

pub(crate) use guild_columns;

/// How many [`guild_columns`] there are.
pub(crate) const GUILD_COLUMNS: u16 = 24;

/// Reads [`guild_columns`].
pub(crate) fn guild(row: &mut Row<'_>) -> Result<Guild, Error> {
    Ok(Guild {
        id: row.take()?,
        name: row.take()?,
        icon: row.take()?,
        banner: row.take()?,
        splash: row.take()?,
        discovery_splash: row.take()?,
        description: row.take()?,
        owner_id: row.take()?,
        afk_channel_id: row.take()?,
        afk_timeout: row.take()?,
        system_channel_id: row.take()?,
        system_channel_flags: row.take()?,
        rules_channel_id: row.take()?,
        public_updates_channel_id: row.take()?,
        safety_alerts_channel_id: row.take()?,
        verification_level: row.take()?,
        default_message_notifications: row.take()?,
        explicit_content_filter: row.take()?,
        mfa_level: row.take()?,
        nsfw_level: row.take()?,
        preferred_locale: row.take()?,
        premium_progress_bar_enabled: row.take()?,
        features: row.take::<Json<Vec<String>>>()?.0,
        vanity_url_code: row.take()?,
    })
}

/// The guild with this id.
pub fn by_id(id: Id<marker::Guild>) -> Query<Guild> {
    let sql = concat!(
        "SELECT ",
        guild_columns!(),
        " FROM guilds WHERE guilds.id = ?1"
    );
    Query::new(sql, params![id], GUILD_COLUMNS, guild)
}

/// The guild that a channel belongs to.
pub fn of_channel(channel: Id<marker::Channel>) -> Query<Guild> {
    let sql = concat!(
        "SELECT ",
        guild_columns!(),
        " FROM guilds WHERE guilds.id = (SELECT guild_id FROM channels WHERE id = ?1)"
    );
    Query::new(sql, params![channel], GUILD_COLUMNS, guild)
}

/// How many members a guild has.
pub fn member_count(id: Id<marker::Guild>) -> Query<u32> {
    let sql = "SELECT member_count FROM guilds WHERE id = ?1";
    Query::new(sql, params![id], 1, |row| row.take())
}

/// Adds a guild, without members.
pub fn insert(guild: &Guild) -> Statement {
    Statement::new(
        "INSERT INTO guilds (id, name, icon, owner_id, system_channel_id, verification_level, \
         default_message_notifications, explicit_content_filter, preferred_locale, afk_channel_id, \
         afk_timeout, system_channel_flags) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        params![
            guild.id,
            &guild.name,
            guild.icon.as_deref(),
            guild.owner_id,
            guild.system_channel_id,
            guild.verification_level,
            guild.default_message_notifications,
            guild.explicit_content_filter,
            &guild.preferred_locale,
            guild.afk_channel_id,
            guild.afk_timeout,
            guild.system_channel_flags,
        ],
    )
}

/// What of a guild its moderators may edit.
fn columns(guild: &Guild) -> Columns {
    vec![
        ("name", Value::from(&guild.name)),
        ("icon", guild.icon.as_deref().into()),
        ("banner", guild.banner.as_deref().into()),
        ("splash", guild.splash.as_deref().into()),
        ("discovery_splash", guild.discovery_splash.as_deref().into()),
        ("description", guild.description.as_deref().into()),
        (
            "premium_progress_bar_enabled",
            guild.premium_progress_bar_enabled.into(),
        ),
        ("afk_channel_id", guild.afk_channel_id.into()),
        ("afk_timeout", guild.afk_timeout.into()),
        ("system_channel_id", guild.system_channel_id.into()),
        ("system_channel_flags", guild.system_channel_flags.into()),
        ("rules_channel_id", guild.rules_channel_id.into()),
        (
            "public_updates_channel_id",
            guild.public_updates_channel_id.into(),
        ),
        (
            "safety_alerts_channel_id",
            guild.safety_alerts_channel_id.into(),
        ),
        ("verification_level", guild.verification_level.into()),
        (
            "default_message_notifications",
            guild.default_message_notifications.into(),
        ),
        (
            "explicit_content_filter",
            guild.explicit_content_filter.into(),
        ),
        ("nsfw_level", guild.nsfw_level.into()),
        ("preferred_locale", Value::from(&guild.preferred_locale)),
        ("features", Json(&guild.features).into()),
    ]
}

/// Writes what differs between two states of a guild, except its owner, who is changed by
/// [`set_owner`]. The batch fails with [`Code::UnknownGuild`] when the guild is gone.
pub fn update(batch: &mut Batch, before: &Guild, after: &Guild) {
    batch.require(exists(after.id), Code::UnknownGuild);
    changes::write(batch, "guilds", after.id, columns(before), columns(after));
}

/// Hands a guild over. Changes nothing when `from` does not own it, or `to` is not a member.
pub fn set_owner(id: Id<marker::Guild>, from: Id<marker::User>, to: Id<marker::User>) -> Statement {
    Statement::new(
        "UPDATE guilds SET owner_id = ?3 WHERE id = ?1 AND owner_id = ?2 \
         AND EXISTS (SELECT 1 FROM members WHERE guild_id = ?1 AND user_id = ?3)",
        params![id, from, to],
    )
}

/// Sets a guild's vanity code, `None` for none. Its uses are counted from the beginning.
pub fn set_vanity(id: Id<marker::Guild>, code: Option<&str>) -> Statement {
    Statement::new(
        "UPDATE guilds SET vanity_code = ?2, vanity_uses = 0 WHERE id = ?1",
        params![id, code],
    )
}

/// How often a guild's vanity code was used.
pub fn vanity_uses(id: Id<marker::Guild>) -> Query<u32> {
    let sql = "SELECT vanity_uses FROM guilds WHERE id = ?1";
    Query::new(sql, params![id], 1, |row| row.take())
}

/// Whether a guild's widget is on, and where its invites lead.
pub fn widget(id: Id<marker::Guild>) -> Query<(bool, Option<Id<marker::Channel>>)> {
    Query::new(
        "SELECT widget_enabled, widget_channel_id FROM guilds WHERE id = ?1",
        params![id],
        2,
        |row| Ok((row.take()?, row.take()?)),
    )
}

/// Changes a guild's widget.
pub fn set_widget(
    id: Id<marker::Guild>,
    enabled: bool,
    channel: Option<Id<marker::Channel>>,
) -> Statement {
    Statement::new(
        "UPDATE guilds SET widget_enabled = ?2, widget_channel_id = ?3 WHERE id = ?1",
        params![id, enabled, channel],
    )
}

/// Says whether moderators need a second factor: 1, or 0 for no.
pub fn set_mfa_level(id: Id<marker::Guild>, level: u8) -> Statement {
    Statement::new(
        "UPDATE guilds SET mfa_level = ?2 WHERE id = ?1",
        params![id, level],
    )
}

/// Deletes a guild with everything of it in this store.
pub fn delete(batch: &mut Batch, id: Id<marker::Guild>) {
    for sql in [
        "DELETE FROM overwrites WHERE channel_id IN (SELECT id FROM channels WHERE guild_id = ?1)",
        "DELETE FROM invites WHERE guild_id = ?1",
        "DELETE FROM thread_members \
         WHERE thread_id IN (SELECT channel_id FROM threads WHERE guild_id = ?1)",
        "DELETE FROM threads WHERE guild_id = ?1",
        "DELETE FROM channels WHERE guild_id = ?1",
        "DELETE FROM member_roles WHERE guild_id = ?1",
        "DELETE FROM members WHERE guild_id = ?1",
        "DELETE FROM former_members WHERE guild_id = ?1",
        "DELETE FROM roles WHERE guild_id = ?1",
        "DELETE FROM bans WHERE guild_id = ?1",
        "DELETE FROM emojis WHERE guild_id = ?1",
        "DELETE FROM audit_log_entries WHERE guild_id = ?1",
    ] {
        batch.push(Statement::new(sql, params![id]));
    }
    batch.require_change(
        Statement::new("DELETE FROM guilds WHERE id = ?1", params![id]),
        Code::UnknownGuild,
    );
}

/// Which guilds a page begins or ends at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// Those with smaller ids, the greatest of them.
    Before(Id<marker::Guild>),
    /// Those with greater ids, the smallest of them.
    After(Id<marker::Guild>),
}

macro_rules! guilds_of_user {
    ($($rest:tt)*) => {
        concat!(
            "SELECT ",
            guild_columns!(),
            ", guilds.member_count FROM members JOIN guilds ON guilds.id = members.guild_id \
             WHERE members.user_id = ?1 AND members.guild_id ",
            $($rest)*
        )
    };
}

/// Up to `limit` guilds of a user with their members' numbers; ascending after a bound, descending
/// before one.
pub fn page_of(user: Id<marker::User>, bound: Bound, limit: u32) -> Query<(Guild, u32)> {
    let (sql, id) = match bound {
        Bound::After(id) => (
            guilds_of_user!("> ?2 ORDER BY members.guild_id LIMIT ?3"),
            id,
        ),
        Bound::Before(id) => (
            guilds_of_user!("< ?2 ORDER BY members.guild_id DESC LIMIT ?3"),
            id,
        ),
    };
    Query::new(sql, params![user, id, limit], GUILD_COLUMNS + 1, |row| {
        Ok((guild(row)?, row.take()?))
    })
}

/// The guilds that a user owns.
pub fn owned_by(user: Id<marker::User>) -> Query<Id<marker::Guild>> {
    let sql = "SELECT id FROM guilds WHERE owner_id = ?1";
    Query::new(sql, params![user], 1, |row| row.take())
}

/// Holds while somebody else than this user owns the guild.
pub fn is_not_owned_by(id: Id<marker::Guild>, user: Id<marker::User>) -> Guard {
    Guard::new(
        "NOT EXISTS (SELECT 1 FROM guilds WHERE id = ?1 AND owner_id = ?2)",
        params![id, user],
    )
}

/// Holds while this user owns the guild.
pub fn is_owned_by(id: Id<marker::Guild>, user: Id<marker::User>) -> Guard {
    Guard::new(
        "EXISTS (SELECT 1 FROM guilds WHERE id = ?1 AND owner_id = ?2)",
        params![id, user],
    )
}

/// Holds while the guild exists: for rows that would otherwise outlive it.
pub fn exists(id: Id<marker::Guild>) -> Guard {
    Guard::new("EXISTS (SELECT 1 FROM guilds WHERE id = ?1)", params![id])
}
