//! Table `reactions`.

use model::id::marker;
use model::message::ReactionEmoji;
use model::{Code, Id, Timestamp};

use crate::{Batch, Guard, Query, Statement, params};

type ChannelId = Id<marker::Channel>;
type MessageId = Id<marker::Message>;
type UserId = Id<marker::User>;

/// The emoji's name in the table: a custom one's id, or the Unicode emoji itself.
fn key(emoji: &ReactionEmoji) -> String {
    match emoji.id {
        Some(id) => id.to_string(),
        None => emoji.name.clone().unwrap_or_default(),
    }
}

/// An emoji as its columns tell: the key, a custom emoji's name, whether it moves.
pub(crate) fn emoji(key: String, name: Option<String>, animated: bool) -> ReactionEmoji {
    match key.parse() {
        Ok(id) => ReactionEmoji {
            id: Some(id),
            name,
            animated,
        },
        Err(_) => ReactionEmoji {
            id: None,
            name: Some(key),
            animated: false,
        },
    }
}

/// Of the reactions to a message with one emoji: the emoji as it was used, and whether the user's
/// is among them. No row while nobody reacted with it.
pub fn of_emoji(
    message: MessageId,
    wanted: &ReactionEmoji,
    user: UserId,
) -> Query<(ReactionEmoji, bool)> {
    Query::new(
        "SELECT emoji, max(emoji_name), max(animated), max(user_id = ?3) FROM reactions \
         WHERE message_id = ?1 AND emoji = ?2 GROUP BY emoji",
        params![message, key(wanted), user],
        4,
        |row| Ok((emoji(row.take()?, row.take()?, row.take()?), row.take()?)),
    )
}

/// Up to `limit` users above `after` who reacted to a message with one emoji, by id.
pub fn users(message: MessageId, emoji: &ReactionEmoji, after: u64, limit: u32) -> Query<UserId> {
    Query::new(
        "SELECT user_id FROM reactions WHERE message_id = ?1 AND emoji = ?2 AND user_id > ?3 \
         ORDER BY user_id LIMIT ?4",
        params![
            message,
            key(emoji),
            i64::try_from(after).unwrap_or(i64::MAX),
            limit
        ],
        1,
        |row| row.take(),
    )
}

/// Holds while the message has fewer than `max` different emoji, or has this one already.
pub fn room_for(message: MessageId, emoji: &ReactionEmoji, max: u32) -> Guard {
    Guard::new(
        "(SELECT count(DISTINCT emoji) FROM reactions WHERE message_id = ?1) < ?3 \
         OR EXISTS (SELECT 1 FROM reactions WHERE message_id = ?1 AND emoji = ?2)",
        params![message, key(emoji), max],
    )
}

/// Adds a reaction. The batch fails with `already` when the user reacted with it before.
pub fn insert(
    batch: &mut Batch,
    (channel, message): (ChannelId, MessageId),
    emoji: &ReactionEmoji,
    user: UserId,
    now: Timestamp,
    already: Code,
) {
    let statement = Statement::new(
        "INSERT INTO reactions \
         (message_id, emoji, user_id, channel_id, emoji_name, animated, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            message,
            key(emoji),
            user,
            channel,
            emoji.id.and(emoji.name.as_deref()),
            emoji.animated,
            now,
        ],
    );
    batch.push_or(statement, already);
}

/// Removes a user's reaction. Changes nothing when there is none.
pub fn delete(
    channel: ChannelId,
    message: MessageId,
    emoji: &ReactionEmoji,
    user: UserId,
) -> Statement {
    Statement::new(
        "DELETE FROM reactions \
         WHERE message_id = ?1 AND emoji = ?2 AND user_id = ?3 AND channel_id = ?4",
        params![message, key(emoji), user, channel],
    )
}

/// Removes everyone's reactions with one emoji. Changes nothing when there are none.
pub fn delete_of_emoji(channel: ChannelId, message: MessageId, emoji: &ReactionEmoji) -> Statement {
    Statement::new(
        "DELETE FROM reactions WHERE message_id = ?1 AND emoji = ?2 AND channel_id = ?3",
        params![message, key(emoji), channel],
    )
}

/// Removes all reactions to a message. Changes nothing when there are none.
pub fn delete_all(channel: ChannelId, message: MessageId) -> Statement {
    Statement::new(
        "DELETE FROM reactions WHERE message_id = ?1 AND channel_id = ?2",
        params![message, channel],
    )
}
