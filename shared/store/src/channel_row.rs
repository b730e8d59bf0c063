//! A channel as its row of table `channels` has it: what channels and threads share.

use model::channel::{Channel, GuildChannel, PrivateChannel, kind};
use model::id::marker;
use model::permissions::{Overwrite, OverwriteKind};
use model::thread::{Thread, ThreadMetadata};
use model::{Id, Permissions, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value as JsonValue};

use crate::changes::{self, Columns};
use crate::{Batch, Error, Json, Row, Statement, Value, params};

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

/// What a channel's row says of the thread that it is: owner, creation, archived, since when, after
/// how many minutes, locked, invitable, private, and how many members.
#[derive(Deserialize)]
struct ThreadRow(u64, i64, u8, i64, u32, u8, u8, u8, u32);

impl From<ThreadRow> for Thread {
    fn from(row: ThreadRow) -> Self {
        let ThreadRow(owner, created, archived, since, minutes, locked, invitable, private, count) =
            row;
        Self {
            owner_id: Id::new(owner),
            message_count: 0,
            total_message_sent: 0,
            member_count: count,
            thread_metadata: ThreadMetadata {
                archived: archived != 0,
                archive_timestamp: Timestamp::from_millis(since),
                auto_archive_duration: minutes,
                locked: locked != 0,
                invitable: (private != 0).then_some(invitable != 0),
                create_timestamp: Some(Timestamp::from_millis(created)),
            },
            member: None,
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

/// The table with the columns of a new row.
macro_rules! channels_table {
    () => {
        "channels (id, guild_id, type, name, topic, position, parent_id, nsfw, \
         rate_limit_per_user, bitrate, user_limit, rtc_region, video_quality_mode, \
         default_auto_archive_duration, flags, settings)"
    };
}

pub(crate) use channels_table;

/// A new row of [`channels_table`].
pub(crate) fn row(channel: &Channel, guild: &GuildChannel) -> Vec<Value> {
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

/// Adds a channel of a guild; its overwrites are added by
/// [`insert_overwrites`](crate::channels::insert_overwrites).
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
/// are replaced by [`replace_overwrites`](crate::channels::replace_overwrites).
pub fn update(batch: &mut Batch, before: &Channel, after: &Channel) {
    changes::write(batch, "channels", after.id, columns(before), columns(after));
}
