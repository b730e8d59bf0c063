//! Table `read_states`: how far each user has read each channel.
//!
//! Mentions of users are counted when the message is sent, by one statement for all of them.
//! Mentions of roles and of everyone are not, since they may concern every member: they are rows of
//! `broad_mentions` that [`of_user`] counts when positions are read.

use model::id::marker;
use model::{Id, Timestamp};

use crate::{Query, Statement, params};

type ChannelId = Id<marker::Channel>;
type MessageId = Id<marker::Message>;
type UserId = Id<marker::User>;

/// How far a user has read a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadState {
    /// The channel.
    pub channel_id: ChannelId,
    /// The last message that was read.
    pub last_message_id: Option<MessageId>,
    /// The last pin that was seen.
    pub last_pin_at: Option<Timestamp>,
    /// Messages since then that mention the user.
    pub mention_count: u32,
}

/// All read positions of a user, whose `roles` are those held in any guild together with the
/// numbers of the guilds, which stand for everyone.
pub fn of_user(user: UserId, roles: &[Id<marker::Role>]) -> Query<ReadState> {
    Query::new(
        "SELECT channel_id, last_message_id, last_pin_at, mention_count + \
         (SELECT count(DISTINCT message_id) FROM broad_mentions \
          WHERE broad_mentions.channel_id = read_states.channel_id \
          AND broad_mentions.message_id > coalesce(read_states.last_message_id, 0) \
          AND role_id IN (SELECT value FROM json_each(?2))) \
         FROM read_states WHERE user_id = ?1",
        params![user, roles],
        4,
        |row| {
            Ok(ReadState {
                channel_id: row.take()?,
                last_message_id: row.take()?,
                last_pin_at: row.take()?,
                mention_count: row.take()?,
            })
        },
    )
}

/// Moves a user's position to `message`, forwards or back, with `mentions` left unread.
pub fn set(user: UserId, channel: ChannelId, message: MessageId, mentions: u32) -> Statement {
    Statement::new(
        "INSERT INTO read_states (user_id, channel_id, last_message_id, mention_count) \
         VALUES (?1, ?2, ?3, ?4) ON CONFLICT (user_id, channel_id) DO UPDATE SET \
         last_message_id = excluded.last_message_id, mention_count = excluded.mention_count",
        params![user, channel, message, mentions],
    )
}

/// Moves a user's position to each of these messages, with nothing left unread.
pub fn set_all(user: UserId, positions: &[(ChannelId, MessageId)]) -> Statement {
    let rows: Vec<_> = positions.iter().map(|(c, m)| (c.get(), m.get())).collect();
    Statement::new(
        "INSERT INTO read_states (user_id, channel_id, last_message_id) \
         SELECT ?1, value ->> 0, value ->> 1 FROM json_each(?2) WHERE true \
         ON CONFLICT (user_id, channel_id) DO UPDATE SET \
         last_message_id = excluded.last_message_id, mention_count = 0",
        params![user, crate::Json(rows)],
    )
}

/// Counts one more mention for each of these users.
pub fn mention(channel: ChannelId, users: &[UserId]) -> Statement {
    Statement::new(
        "INSERT INTO read_states (user_id, channel_id, mention_count) \
         SELECT value, ?1, 1 FROM json_each(?2) WHERE true \
         ON CONFLICT (user_id, channel_id) DO UPDATE SET mention_count = mention_count + 1",
        params![channel, users],
    )
}

/// Notes that a user has seen a channel's pins.
pub fn see_pins(user: UserId, channel: ChannelId, now: Timestamp) -> Statement {
    Statement::new(
        "INSERT INTO read_states (user_id, channel_id, last_pin_at) VALUES (?1, ?2, ?3) \
         ON CONFLICT (user_id, channel_id) DO UPDATE SET last_pin_at = excluded.last_pin_at",
        params![user, channel, now],
    )
}
