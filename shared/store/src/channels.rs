//! Tables `channels`, `overwrites` and `recipients`.

mod overwrites;
mod recipients;

use model::channel::{Channel, GuildChannel, PrivateChannel, kind};
use model::id::marker;
use model::permissions::{Overwrite, OverwriteKind};
use model::user::User;
use model::{Code, Id, Permissions};
use serde::Deserialize;
use serde_json::{Map, Value as JsonValue};

use crate::changes::{self, Columns};
use crate::threads::{self, ThreadRow};
use crate::{Batch, Error, Guard, Json, Query, Row, Statement, Value, params, rows};

pub use overwrites::{
    delete_overwrite, insert_overwrites, overwrites_at_most, replace_overwrites, set_overwrite,
};
pub use recipients::{close, closed_for, open, recipients_fewer_than, remove_recipient};

// Overwrites and what only threads have come along as one JSON value each, so that a channel is one
// row. A thread's overwrites are its parent's.
macro_rules! channel_columns {
    () => {
        "channels.id, channels.guild_id, channels.type, channels.name, channels.topic, \
         channels.position, channels.parent_id, channels.nsfw, channels.rate_limit_per_user, \
         channels.bitrate, channels.user_limit, channels.rtc_region, \
         channels.video_quality_mode, channels.default_auto_archive_duration, channels.flags, \
         channels.icon, channels.owner_id, channels.settings, \
         (SELECT json_group_array(json_array(target_id, type, allow, deny)) FROM overwrites \
          WHERE overwrites.channel_id = \
          CASE WHEN channels.type IN (10, 11, 12) THEN channels.parent_id ELSE channels.id END), \
         (SELECT json_array(owner_id, created_at, archived, archived_at, auto_archive_duration, \
          locked, invitable, private, (SELECT count(*) FROM \
           (SELECT 1 FROM thread_members WHERE thread_id = channels.id LIMIT 50))) \
          FROM threads WHERE threads.channel_id = channels.id)"
    };
}

pub(crate) use channel_columns;

/// The types of channels of guilds that are not threads, by which an index finds them.
macro_rules! apart_from_threads {
    () => {
        "(0, 2, 4, 5, 13, 15, 16)"
    };
}

/// How many [`channel_columns`] there are.
pub(crate) const CHANNEL_COLUMNS: u16 = 20;

#[derive(Deserialize)]
struct OverwriteRow(Id<marker::Generic>, u8, i64, i64);

impl From<OverwriteRow> for Overwrite {
    fn from(OverwriteRow(id, kind, allow, deny): OverwriteRow) -> Self {
        Self {
            id,
            kind: if kind == 0 {
                OverwriteKind::Role
            } else {
                OverwriteKind::Member
            },
            allow: Permissions::from_bits_retain(allow as u64),
            deny: Permissions::from_bits_retain(deny as u64),
        }
    }
}

/// Reads [`channel_columns`].
pub(crate) fn channel(row: &mut Row<'_>) -> Result<Channel, Error> {
    let id = row.take()?;
    let guild_id: Option<Id<marker::Guild>> = row.take()?;
    let kind: u8 = row.take()?;
    let name: Option<String> = row.take()?;
    let mut guild = GuildChannel {
        guild_id: guild_id.unwrap_or(Id::new(0)),
        name: name.clone().unwrap_or_default(),
        topic: row.take()?,
        position: row.take()?,
        parent_id: row.take()?,
        nsfw: row.take()?,
        rate_limit_per_user: row.take()?,
        bitrate: row.take()?,
        user_limit: row.take()?,
        rtc_region: Some(row.take()?).filter(|_| matches!(kind, kind::VOICE | kind::STAGE)),
        video_quality_mode: row.take()?,
        default_auto_archive_duration: row.take()?,
        permission_overwrites: Vec::new(),
        thread: None,
        settings: Map::new(),
    };
    let flags = row.take()?;
    let icon = row.take()?;
    let owner_id = row.take()?;
    guild.settings = row.take::<Json<Map<String, JsonValue>>>()?.0;
    let overwrites = row.take::<Json<Vec<OverwriteRow>>>()?.0;
    guild.permission_overwrites = overwrites.into_iter().map(Into::into).collect();
    guild.thread = row
        .take::<Option<Json<ThreadRow>>>()?
        .map(|thread| thread.0.into());
    let private = PrivateChannel {
        recipients: Vec::new(),
        name,
        icon,
        owner_id,
    };
    Ok(Channel {
        id,
        kind,
        flags,
        last_message_id: None,
        last_pin_timestamp: None,
        private: guild_id.is_none().then_some(private),
        guild: guild_id.is_some().then_some(guild),
    })
}

/// The channel with this id. A private conversation's recipients are read by
/// [`recipients`].
pub fn by_id(id: Id<marker::Channel>) -> Query<Channel> {
    let sql = concat!(
        "SELECT ",
        channel_columns!(),
        " FROM channels WHERE channels.id = ?1"
    );
    Query::new(sql, params![id], CHANNEL_COLUMNS, channel)
}

/// Those of these channels and threads that exist, without recipients.
pub fn by_ids(ids: &[Id<marker::Channel>]) -> Query<Channel> {
    let sql = concat!(
        "SELECT ",
        channel_columns!(),
        " FROM channels WHERE channels.id IN (SELECT value FROM json_each(?1))"
    );
    Query::new(sql, params![ids], CHANNEL_COLUMNS, channel)
}

/// All channels of a guild, without its threads.
pub fn of_guild(guild: Id<marker::Guild>) -> Query<Channel> {
    let sql = concat!(
        "SELECT ",
        channel_columns!(),
        " FROM channels WHERE channels.guild_id = ?1 AND channels.type IN ",
        apart_from_threads!(),
        " ORDER BY channels.position, channels.id"
    );
    Query::new(sql, params![guild], CHANNEL_COLUMNS, channel)
}

/// All participants of a private conversation.
pub fn recipients(id: Id<marker::Channel>) -> Query<User> {
    let sql = concat!(
        "SELECT ",
        crate::users::user_columns!(),
        " FROM recipients JOIN users ON users.id = recipients.user_id \
         WHERE recipients.channel_id = ?1"
    );
    Query::new(
        sql,
        params![id],
        crate::users::USER_COLUMNS,
        crate::users::user,
    )
}

/// The table with the columns of a new row.
macro_rules! channels_table {
    () => {
        "channels (id, guild_id, type, name, topic, position, parent_id, nsfw, \
         rate_limit_per_user, bitrate, user_limit, rtc_region, video_quality_mode, \
         default_auto_archive_duration, flags, settings)"
    };
}

fn row(channel: &Channel, guild: &GuildChannel) -> Vec<Value> {
    params![
        channel.id,
        guild.guild_id,
        channel.kind,
        &guild.name,
        guild.topic.as_deref(),
        guild.position,
        guild.parent_id,
        guild.nsfw,
        guild.rate_limit_per_user,
        guild.bitrate,
        guild.user_limit,
        guild.rtc_region.as_ref().and_then(Option::as_deref),
        guild.video_quality_mode,
        guild.default_auto_archive_duration,
        channel.flags,
        Json(&guild.settings),
    ]
}

/// Adds a channel of a guild; its overwrites are added by [`insert_overwrites`].
pub fn insert(channel: &Channel, guild: &GuildChannel) -> Statement {
    Statement::new(
        concat!(
            "INSERT INTO ",
            channels_table!(),
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"
        ),
        row(channel, guild),
    )
}

/// Adds channels of a guild with their overwrites.
pub fn insert_all(channels: &[Channel]) -> Vec<Statement> {
    let rows = channels
        .iter()
        .filter_map(|channel| Some(row(channel, channel.guild.as_ref()?)));
    let mut statements = rows::insert(channels_table!(), rows);
    statements.extend(insert_overwrites(channels));
    statements
}

/// What of a channel may be edited, besides its overwrites.
fn columns(channel: &Channel) -> Columns {
    if let Some(group) = &channel.private {
        return vec![
            ("name", group.name.as_deref().into()),
            ("icon", group.icon.as_deref().into()),
            ("owner_id", group.owner_id.into()),
        ];
    }
    let Some(guild) = &channel.guild else {
        return Vec::new();
    };
    let region = guild.rtc_region.as_ref().and_then(Option::as_deref);
    vec![
        ("type", Value::from(channel.kind)),
        ("name", Value::from(&guild.name)),
        ("topic", guild.topic.as_deref().into()),
        ("position", guild.position.into()),
        ("parent_id", guild.parent_id.into()),
        ("nsfw", guild.nsfw.into()),
        ("rate_limit_per_user", guild.rate_limit_per_user.into()),
        ("bitrate", guild.bitrate.into()),
        ("user_limit", guild.user_limit.into()),
        ("rtc_region", region.into()),
        ("video_quality_mode", guild.video_quality_mode.into()),
        (
            "default_auto_archive_duration",
            guild.default_auto_archive_duration.into(),
        ),
        ("flags", channel.flags.into()),
        ("settings", Json(&guild.settings).into()),
    ]
}

/// Writes what differs between two states of a guild's channel or a group conversation; overwrites
/// are replaced by [`replace_overwrites`].
pub fn update(batch: &mut Batch, before: &Channel, after: &Channel) {
    changes::write(batch, "channels", after.id, columns(before), columns(after));
}

/// Deletes a guild's channel with its overwrites, invites and threads; channels of a category lose
/// it. The
/// batch fails with [`Code::UnknownChannel`] when there is no such channel. The guild's references
/// to it, such as the system channel, end with it.
pub fn delete(batch: &mut Batch, guild: Id<marker::Guild>, id: Id<marker::Channel>) {
    threads::delete_of(batch, id);
    for sql in [
        "DELETE FROM overwrites WHERE channel_id = ?2",
        "DELETE FROM invites WHERE channel_id = ?2",
        "UPDATE channels SET parent_id = NULL WHERE parent_id = ?2 AND guild_id = ?1",
        "UPDATE guilds SET afk_channel_id = nullif(afk_channel_id, ?2), \
         system_channel_id = nullif(system_channel_id, ?2), \
         rules_channel_id = nullif(rules_channel_id, ?2), \
         public_updates_channel_id = nullif(public_updates_channel_id, ?2), \
         safety_alerts_channel_id = nullif(safety_alerts_channel_id, ?2) WHERE id = ?1",
    ] {
        batch.push(Statement::new(sql, params![guild, id]));
    }
    batch.require_change(
        Statement::new(
            "DELETE FROM channels WHERE id = ?2 AND guild_id = ?1",
            params![guild, id],
        ),
        Code::UnknownChannel,
    );
}

/// The ids of all channels and threads of a guild: for work in the other store.
pub fn ids_of_guild(guild: Id<marker::Guild>) -> Query<Id<marker::Channel>> {
    Query::new(
        "SELECT id FROM channels WHERE guild_id = ?1",
        params![guild],
        1,
        |row| row.take(),
    )
}

/// Those of `channels` that are of a guild that the user is in, or of a conversation of theirs.
pub fn of_user_among(
    user: Id<marker::User>,
    channels: &[Id<marker::Channel>],
) -> Query<Id<marker::Channel>> {
    Query::new(
        "SELECT id FROM channels WHERE id IN (SELECT value FROM json_each(?2)) \
         AND (EXISTS (SELECT 1 FROM members \
         WHERE members.guild_id = channels.guild_id AND members.user_id = ?1) \
         OR EXISTS (SELECT 1 FROM recipients \
         WHERE recipients.channel_id = channels.id AND recipients.user_id = ?1))",
        params![user, channels],
        1,
        |row| row.take(),
    )
}

/// Where a channel stands: its position, and its category.
pub type Place = (Id<marker::Channel>, i32, Option<Id<marker::Channel>>);

/// Puts channels of a guild at these places.
pub fn set_positions(guild: Id<marker::Guild>, places: &[Place]) -> Statement {
    let row = |(id, position, parent): &Place| (id.get(), *position, parent.map(Id::get));
    let rows: Vec<_> = places.iter().map(row).collect();
    Statement::new(
        "UPDATE channels SET position = given.value ->> 1, parent_id = given.value ->> 2 \
         FROM json_each(?2) AS given \
         WHERE channels.id = given.value ->> 0 AND channels.guild_id = ?1",
        params![guild, Json(rows)],
    )
}

/// Holds while the guild has fewer than `max` channels, categories included and threads not.
pub fn fewer_than(guild: Id<marker::Guild>, max: u32) -> Guard {
    Guard::new(
        concat!(
            "(SELECT count(*) FROM channels WHERE guild_id = ?1 AND type IN ",
            apart_from_threads!(),
            ") < ?2"
        ),
        params![guild, max],
    )
}

/// Holds while the category has at most `max` channels.
pub fn children_at_most(category: Id<marker::Channel>, max: u32) -> Guard {
    Guard::new(
        "(SELECT count(*) FROM channels WHERE parent_id = ?1) <= ?2",
        params![category, max],
    )
}

/// Holds while the guild has a category with this id.
pub fn category_exists(guild: Id<marker::Guild>, category: Id<marker::Channel>) -> Guard {
    Guard::new(
        "EXISTS (SELECT 1 FROM channels WHERE id = ?2 AND guild_id = ?1 AND type = 4)",
        params![guild, category],
    )
}

/// Deletes a private conversation that nobody takes part in any more, with its invites.
pub fn delete_private(batch: &mut Batch, id: Id<marker::Channel>) {
    for sql in [
        "DELETE FROM channels WHERE id = ?1 AND guild_id IS NULL \
         AND NOT EXISTS (SELECT 1 FROM recipients WHERE channel_id = ?1)",
        "DELETE FROM invites WHERE channel_id = ?1 \
         AND NOT EXISTS (SELECT 1 FROM channels WHERE id = ?1)",
    ] {
        batch.push(Statement::new(sql, params![id]));
    }
}
