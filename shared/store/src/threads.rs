//! Tables `threads` and `thread_members`: what threads have besides being channels.

use model::channel::{Channel, GuildChannel};
use model::id::marker;
use model::thread::{Thread, ThreadMember};
use model::{Code, Id, Timestamp};

use crate::channel_row::{self, CHANNEL_COLUMNS, channel, channel_columns};
use crate::{Batch, Error, Guard, Json, Query, Row, Statement, params};

type ChannelId = Id<marker::Channel>;
type GuildId = Id<marker::Guild>;
type UserId = Id<marker::User>;

macro_rules! select_threads {
    ($($rest:tt)*) => {
        concat!(
            "SELECT ",
            channel_columns!(),
            " FROM threads JOIN channels ON channels.id = threads.channel_id ",
            $($rest)*
        )
    };
}

fn query(sql: &'static str, params: Vec<crate::Value>) -> Query<Channel> {
    Query::new(sql, params, CHANNEL_COLUMNS, channel)
}

/// Those of these threads that exist.
pub fn by_ids(ids: &[ChannelId]) -> Query<Channel> {
    let sql = select_threads!("WHERE threads.channel_id IN (SELECT value FROM json_each(?1))");
    query(sql, params![ids])
}

/// The last thread of each of these channels, if it has any.
pub fn last_of(parents: &[ChannelId]) -> Query<(ChannelId, Option<ChannelId>)> {
    Query::new(
        "SELECT value, (SELECT max(channel_id) FROM threads INDEXED BY threads_by_age \
         WHERE parent_id = value) FROM json_each(?1)",
        params![parents],
        2,
        |row| Ok((row.take()?, row.take()?)),
    )
}

/// The last thread of a channel besides this one, if it has another.
pub fn last_besides(parent: ChannelId, id: ChannelId) -> Query<Option<ChannelId>> {
    Query::new(
        "SELECT max(channel_id) FROM threads INDEXED BY threads_by_age \
         WHERE parent_id = ?1 AND channel_id <> ?2",
        params![parent, id],
        1,
        |row| row.take(),
    )
}

/// Takes tags away from the posts of a forum, which has them no more.
pub fn remove_tags(forum: ChannelId, tags: &[String]) -> Statement {
    Statement::new(
        "UPDATE channels SET settings = json_set(settings, '$.applied_tags', \
         (SELECT json_group_array(applied.value) \
          FROM json_each(channels.settings, '$.applied_tags') AS applied \
          WHERE applied.value NOT IN (SELECT gone.value FROM json_each(?2) AS gone))) \
         WHERE id IN (SELECT channel_id FROM threads WHERE parent_id = ?1) \
         AND EXISTS (SELECT 1 FROM json_each(channels.settings, '$.applied_tags') AS applied \
         WHERE applied.value IN (SELECT gone.value FROM json_each(?2) AS gone))",
        params![forum, Json(tags)],
    )
}

/// The active threads of a guild.
pub fn active(guild: GuildId) -> Query<Channel> {
    let sql = select_threads!("WHERE threads.guild_id = ?1 AND threads.archived = 0");
    query(sql, params![guild])
}

/// Up to `limit` archived threads of a channel, private or not, that were archived before `before`,
/// the last archived first.
pub fn archived(parent: ChannelId, private: bool, before: Timestamp, limit: u32) -> Query<Channel> {
    let sql = select_threads!(
        "WHERE threads.parent_id = ?1 AND threads.archived = 1 AND threads.private = ?2 \
         AND threads.archived_at < ?3 ORDER BY threads.archived_at DESC LIMIT ?4"
    );
    query(sql, params![parent, private, before, limit])
}

/// Up to `limit` archived private threads of a channel that the user is a member of, with ids below
/// `before`, the newest first.
pub fn joined_archived(
    guild: GuildId,
    parent: ChannelId,
    user: UserId,
    before: u64,
    limit: u32,
) -> Query<Channel> {
    let sql = concat!(
        "SELECT ",
        channel_columns!(),
        " FROM thread_members AS mine JOIN threads ON threads.channel_id = mine.thread_id \
         JOIN channels ON channels.id = mine.thread_id \
         WHERE mine.user_id = ?3 AND mine.guild_id = ?1 AND mine.thread_id < ?4 \
         AND threads.parent_id = ?2 AND threads.archived = 1 AND threads.private = 1 \
         ORDER BY mine.thread_id DESC LIMIT ?5"
    );
    let before = i64::try_from(before).unwrap_or(i64::MAX);
    query(sql, params![guild, parent, user, before, limit])
}

/// Holds while the guild has fewer than `max` active threads.
pub fn active_fewer_than(guild: GuildId, max: u32) -> Guard {
    Guard::new(
        "(SELECT count(*) FROM threads WHERE guild_id = ?1 AND archived = 0) < ?2",
        params![guild, max],
    )
}

/// When threads began that a user made in a channel after `since`, and not after `now`, which a
/// clock that was set back would say of them. Those archived before then began before, so the index
/// by when that was bounds what is read.
macro_rules! begun_since {
    ($what:literal) => {
        concat!(
            "SELECT ",
            $what,
            " FROM threads WHERE parent_id = ?1 AND archived IN (0, 1) AND private IN (0, 1) \
             AND archived_at > ?3 AND created_at > ?3 AND created_at <= ?4 AND owner_id = ?2"
        )
    };
}

/// When the last of the threads began that a user made in a channel after `since`.
pub fn last_begun(
    parent: ChannelId,
    owner: UserId,
    since: Timestamp,
    now: Timestamp,
) -> Query<Option<Timestamp>> {
    let sql = begun_since!("max(created_at)");
    let params = params![parent, owner, since, now];
    Query::new(sql, params, 1, |row| row.take())
}

/// Holds while a user has made no thread in a channel after `since`.
pub fn none_begun(parent: ChannelId, owner: UserId, since: Timestamp, now: Timestamp) -> Guard {
    Guard::new(
        concat!("NOT EXISTS (", begun_since!("1"), ")"),
        params![parent, owner, since, now],
    )
}

/// Adds a thread, whose channel's row it adds too. The batch fails with [`Code::ThreadExists`] when
/// there is one with its id.
pub fn insert(batch: &mut Batch, channel: &Channel, guild: &GuildChannel, thread: &Thread) {
    let metadata = &thread.thread_metadata;
    batch.push_or(channel_row::insert(channel, guild), Code::ThreadExists);
    batch.push(Statement::new(
        "INSERT INTO threads (channel_id, guild_id, parent_id, private, owner_id, created_at, \
         archived_at, auto_archive_duration, invitable) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7, ?8)",
        params![
            channel.id,
            guild.guild_id,
            guild.parent_id,
            channel.kind == model::channel::kind::PRIVATE_THREAD,
            thread.owner_id,
            metadata.archive_timestamp,
            metadata.auto_archive_duration,
            metadata.invitable.unwrap_or(true),
        ],
    ));
}

/// Writes what differs between two states of a thread. Changes nothing when `after` is none; the
/// batch fails with [`Code::UnknownChannel`] when it is gone.
pub fn update(batch: &mut Batch, before: &Channel, after: &Channel) {
    let Some(thread) = after.thread() else {
        return;
    };
    let metadata = &thread.thread_metadata;
    channel_row::update(batch, before, after);
    batch.require_change(
        Statement::new(
            "UPDATE threads SET archived = ?2, archived_at = ?3, auto_archive_duration = ?4, \
             locked = ?5, invitable = ?6 WHERE channel_id = ?1",
            params![
                after.id,
                metadata.archived,
                metadata.archive_timestamp,
                metadata.auto_archive_duration,
                metadata.locked,
                metadata.invitable.unwrap_or(true),
            ],
        ),
        Code::UnknownChannel,
    );
}

/// Deletes a thread with its members. The batch fails with [`Code::UnknownChannel`] when there is
/// no such thread.
pub fn delete(batch: &mut Batch, id: ChannelId) {
    for sql in [
        "DELETE FROM thread_members WHERE thread_id = ?1",
        "DELETE FROM threads WHERE channel_id = ?1",
    ] {
        batch.push(Statement::new(sql, params![id]));
    }
    batch.require_change(
        Statement::new("DELETE FROM channels WHERE id = ?1", params![id]),
        Code::UnknownChannel,
    );
}

/// Deletes all threads of a channel with their members.
pub(crate) fn delete_of(batch: &mut Batch, parent: ChannelId) {
    for sql in [
        "DELETE FROM thread_members \
         WHERE thread_id IN (SELECT channel_id FROM threads WHERE parent_id = ?1)",
        "DELETE FROM channels \
         WHERE id IN (SELECT channel_id FROM threads WHERE parent_id = ?1)",
        "DELETE FROM threads WHERE parent_id = ?1",
    ] {
        batch.push(Statement::new(sql, params![parent]));
    }
}

const MEMBER_COLUMNS: u16 = 4;

macro_rules! select_members {
    ($($rest:tt)*) => {
        concat!(
            "SELECT thread_members.thread_id, thread_members.user_id, \
             thread_members.joined_at, thread_members.flags FROM thread_members ",
            $($rest)*
        )
    };
}

fn thread_member(row: &mut Row<'_>) -> Result<ThreadMember, Error> {
    Ok(ThreadMember {
        id: row.take()?,
        user_id: row.take()?,
        join_timestamp: row.take()?,
        flags: row.take()?,
        member: None,
    })
}

/// One member of a thread.
pub fn member(thread: ChannelId, user: UserId) -> Query<ThreadMember> {
    let sql = select_members!("WHERE thread_id = ?1 AND user_id = ?2");
    Query::new(sql, params![thread, user], MEMBER_COLUMNS, thread_member)
}

/// Up to `limit` members of a thread with ids above `after`, in the order of their ids.
pub fn members(thread: ChannelId, after: u64, limit: u32) -> Query<ThreadMember> {
    let sql = select_members!("WHERE thread_id = ?1 AND user_id > ?2 ORDER BY user_id LIMIT ?3");
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    Query::new(
        sql,
        params![thread, after, limit],
        MEMBER_COLUMNS,
        thread_member,
    )
}

/// Those of these users that are members of a thread.
pub fn among(thread: ChannelId, users: &[UserId]) -> Query<UserId> {
    Query::new(
        "SELECT user_id FROM thread_members \
         WHERE thread_id = ?1 AND user_id IN (SELECT value FROM json_each(?2))",
        params![thread, users],
        1,
        |row| row.take(),
    )
}

/// The user as a member of those of these threads that they joined.
pub fn memberships(user: UserId, threads: &[ChannelId]) -> Query<ThreadMember> {
    let sql =
        select_members!("WHERE thread_id IN (SELECT value FROM json_each(?2)) AND user_id = ?1");
    Query::new(sql, params![user, threads], MEMBER_COLUMNS, thread_member)
}

/// The members of all active threads of a guild.
pub fn members_of_active(guild: GuildId) -> Query<ThreadMember> {
    let sql = select_members!(
        "JOIN threads ON threads.channel_id = thread_members.thread_id \
         WHERE threads.guild_id = ?1 AND threads.archived = 0"
    );
    Query::new(sql, params![guild], MEMBER_COLUMNS, thread_member)
}

/// Adds somebody to a thread. Changes nothing when they are a member.
pub fn add_member(guild: GuildId, member: &ThreadMember) -> Statement {
    Statement::new(
        "INSERT INTO thread_members (thread_id, user_id, guild_id, joined_at, flags) \
         VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (thread_id, user_id) DO NOTHING",
        params![
            member.id,
            member.user_id,
            guild,
            member.join_timestamp,
            member.flags
        ],
    )
}

/// Holds while the thread has fewer than `max` members.
pub fn members_fewer_than(thread: ChannelId, max: u32) -> Guard {
    Guard::new(
        "(SELECT count(*) FROM thread_members WHERE thread_id = ?1) < ?2",
        params![thread, max],
    )
}

/// Removes somebody from a thread. Changes nothing when they are no member.
pub fn remove_member(thread: ChannelId, user: UserId) -> Statement {
    Statement::new(
        "DELETE FROM thread_members WHERE thread_id = ?1 AND user_id = ?2",
        params![thread, user],
    )
}
