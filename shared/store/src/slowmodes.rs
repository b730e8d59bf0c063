//! Table `slowmodes`: who wrote last when to the channels in slow mode.

use model::Id;
use model::id::marker;

use crate::{Batch, Guard, Query, Statement, params};

type UserId = Id<marker::User>;
type ChannelId = Id<marker::Channel>;
type MessageId = Id<marker::Message>;

/// What the author last wrote to the channel, if its id is above `after`.
pub fn last_of(author: UserId, channel: ChannelId, after: MessageId) -> Query<MessageId> {
    Query::new(
        "SELECT message_id FROM slowmodes \
         WHERE channel_id = ?1 AND user_id = ?2 AND message_id > ?3",
        params![channel, author, after],
        1,
        |row| row.take(),
    )
}

/// Holds while the author has written nothing to the channel with an id above `after`.
pub fn is_quiet(author: UserId, channel: ChannelId, after: MessageId) -> Guard {
    Guard::new(
        "NOT EXISTS (SELECT 1 FROM slowmodes \
         WHERE channel_id = ?1 AND user_id = ?2 AND message_id > ?3)",
        params![channel, author, after],
    )
}

/// Notes that the author writes, and forgets who wrote to the channel up to `expired`.
pub fn note(
    batch: &mut Batch,
    author: UserId,
    channel: ChannelId,
    message: MessageId,
    expired: MessageId,
) {
    batch.push(Statement::new(
        "DELETE FROM slowmodes WHERE channel_id = ?1 AND message_id <= ?2",
        params![channel, expired],
    ));
    batch.push(Statement::new(
        "INSERT INTO slowmodes (channel_id, user_id, message_id) VALUES (?1, ?2, ?3) \
         ON CONFLICT (channel_id, user_id) DO UPDATE SET message_id = excluded.message_id",
        params![channel, author, message],
    ));
}
