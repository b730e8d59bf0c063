//! Table `channel_states`: what is known of channels without looking at their messages.

use model::Timestamp;

use super::{ChannelId, MessageId};
use crate::{Batch, Error, Query, Row, Statement, params};

/// Forgets what is known of a channel besides its messages: the end of deleting it.
pub fn forget_channel(batch: &mut Batch, channel: ChannelId) {
    for sql in [
        "DELETE FROM channel_states WHERE channel_id = ?1",
        "DELETE FROM nonces WHERE channel_id = ?1",
        "DELETE FROM read_states WHERE channel_id = ?1",
        "DELETE FROM slowmodes WHERE channel_id = ?1",
    ] {
        batch.push(Statement::new(sql, params![channel]));
    }
}

/// What is known of a channel without looking at its messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChannelState {
    /// The channel.
    pub channel_id: ChannelId,
    /// Its last message, which may have been deleted since.
    pub last_message_id: Option<MessageId>,
    /// When the last of the messages that are pinned was.
    pub last_pin_at: Option<Timestamp>,
    /// How many messages it has, without the one that a thread began with.
    pub message_count: u32,
    /// How many it ever had.
    pub total_message_sent: u32,
}

/// A thread's last message, and how many it has left once these are deleted.
pub fn left_without(channel: ChannelId, ids: &[MessageId]) -> Query<(Option<MessageId>, u32)> {
    Query::new(
        "SELECT last_message_id, max(0, message_count - (SELECT count(*) FROM messages \
          WHERE messages.id IN (SELECT value FROM json_each(?2)) \
          AND messages.channel_id = ?1 AND type <> 21 AND messages.id <> ?1)) \
         FROM channel_states WHERE channel_id = ?1",
        params![channel, ids],
        2,
        |row| Ok((row.take()?, row.take()?)),
    )
}

/// The states of these channels; of those without a message and a pin there is none.
pub fn channel_states(channels: &[ChannelId]) -> Query<ChannelState> {
    Query::new(
        "SELECT channel_id, last_message_id, last_pin_at, message_count, total_message_sent \
         FROM channel_states WHERE channel_id IN (SELECT value FROM json_each(?1))",
        params![channels],
        5,
        state,
    )
}

fn state(row: &mut Row<'_>) -> Result<ChannelState, Error> {
    Ok(ChannelState {
        channel_id: row.take()?,
        last_message_id: row.take()?,
        last_pin_at: row.take()?,
        message_count: row.take()?,
        total_message_sent: row.take()?,
    })
}
