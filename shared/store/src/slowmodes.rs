//! Table `slowmodes`: the last message time of each member in channels with slow mode.
//!
//! What is kept is a message's id as the clock would have it: the message itself has a later one
//! where the clock was set back. What is later than now was kept before that, and is passed over.

use model::Id;
use model::id::marker;

use crate::{Batch, Guard, Query, Statement, params};

type UserId = Id<marker::User>;
type ChannelId = Id<marker::Channel>;
type MessageId = Id<marker::Message>;

/// When the author last wrote to the channel, if that was after `after` and not after `now`.
pub fn last_of(
    author: UserId,
    channel: ChannelId,
    after: MessageId,
    now: MessageId,
) -> Query<MessageId> {
    Query::new(
        "SELECT message_id FROM slowmodes \
         WHERE channel_id = ?1 AND user_id = ?2 AND message_id > ?3 AND message_id <= ?4",
        params![channel, author, after, now],
        1,
        |row| row.take(),
    )
}

/// Holds while the author has written nothing to the channel after `after`, up to `now`.
pub fn is_quiet(author: UserId, channel: ChannelId, after: MessageId, now: MessageId) -> Guard {
    Guard::new(
        "NOT EXISTS (SELECT 1 FROM slowmodes \
         WHERE channel_id = ?1 AND user_id = ?2 AND message_id > ?3 AND message_id <= ?4)",
        params![channel, author, after, now],
    )
}

/// Notes that the author writes `now`, and forgets who wrote to the channel up to `expired`.
pub fn note(
    batch: &mut Batch,
    author: UserId,
    channel: ChannelId,
    now: MessageId,
    expired: MessageId,
) {
    batch.push(Statement::new(
        "DELETE FROM slowmodes WHERE channel_id = ?1 AND message_id <= ?2",
        params![channel, expired],
    ));
    batch.push(Statement::new(
        "INSERT INTO slowmodes (channel_id, user_id, message_id) VALUES (?1, ?2, ?3) \
         ON CONFLICT (channel_id, user_id) DO UPDATE SET message_id = excluded.message_id",
        params![channel, author, now],
    ));
}
