//! Pinned messages: the column `pinned_at` of `messages`, and `last_pin_at` of `channel_states`.

use model::Timestamp;

use super::{ChannelId, MessageId, Stored, UserId, query, select_messages};
use crate::{Guard, Query, Statement, params};

/// Up to `limit` pinned messages that were pinned before `before`, the last pinned first.
pub fn before(reader: UserId, channel: ChannelId, before: Timestamp, limit: u32) -> Query<Stored> {
    let sql = select_messages!(
        "WHERE messages.channel_id = ?2 AND messages.pinned_at < ?3 \
         ORDER BY messages.pinned_at DESC, messages.id DESC LIMIT ?4"
    );
    query(sql, params![reader, channel, before, limit])
}

/// Holds while fewer than `max` messages of the channel are pinned.
pub fn fewer_than(channel: ChannelId, max: u32) -> Guard {
    Guard::new(
        "(SELECT count(*) FROM messages WHERE channel_id = ?1 AND pinned_at IS NOT NULL) < ?2",
        params![channel, max],
    )
}

/// Pins a message at `now`. Changes nothing when it is pinned or gone.
pub fn set(channel: ChannelId, id: MessageId, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE messages SET pinned_at = ?3 \
         WHERE id = ?2 AND channel_id = ?1 AND pinned_at IS NULL",
        params![channel, id, now],
    )
}

/// Unpins a message. Changes nothing when it is not pinned.
pub fn clear(channel: ChannelId, id: MessageId) -> Statement {
    Statement::new(
        "UPDATE messages SET pinned_at = NULL \
         WHERE id = ?2 AND channel_id = ?1 AND pinned_at IS NOT NULL",
        params![channel, id],
    )
}

/// When the last of the channel's pins besides these messages was pinned.
pub fn last_besides(channel: ChannelId, ids: &[MessageId]) -> Query<Option<Timestamp>> {
    Query::new(
        "SELECT max(pinned_at) FROM messages WHERE channel_id = ?1 AND pinned_at IS NOT NULL \
         AND id NOT IN (SELECT value FROM json_each(?2))",
        params![channel, ids],
        1,
        |row| row.take(),
    )
}

/// Holds while none of these messages is pinned.
pub fn none_among(channel: ChannelId, ids: &[MessageId]) -> Guard {
    Guard::new(
        "NOT EXISTS (SELECT 1 FROM messages WHERE channel_id = ?1 \
         AND id IN (SELECT value FROM json_each(?2)) AND pinned_at IS NOT NULL)",
        params![channel, ids],
    )
}

/// Notes when the last of the pins that are left was pinned.
pub fn recompute_last(channel: ChannelId) -> Statement {
    Statement::new(
        "UPDATE channel_states SET last_pin_at = (SELECT max(pinned_at) FROM messages \
         WHERE channel_id = ?1 AND pinned_at IS NOT NULL) \
         WHERE channel_id = ?1 AND last_pin_at IS NOT NULL",
        params![channel],
    )
}

/// Notes when a message of the channel was last pinned.
pub fn set_last(channel: ChannelId, now: Timestamp) -> Statement {
    Statement::new(
        "INSERT INTO channel_states (channel_id, last_pin_at) VALUES (?1, ?2) \
         ON CONFLICT (channel_id) DO UPDATE SET last_pin_at = excluded.last_pin_at",
        params![channel, now],
    )
}
