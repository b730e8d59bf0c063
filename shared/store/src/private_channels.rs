//! Private conversations: rows of `channels` without a guild, with `recipients` and
//! `direct_channels`.

use model::channel::{Channel, PrivateChannel};
use model::id::marker;
use model::user::User;
use model::{Code, Id};

use crate::channel_row::{CHANNEL_COLUMNS, channel, channel_columns};
use crate::users::{USER_COLUMNS, user, user_columns};
use crate::{Batch, Guard, Query, Statement, params};

/// The conversation of two users.
pub fn direct(one: Id<marker::User>, other: Id<marker::User>) -> Query<Id<marker::Channel>> {
    Query::new(
        "SELECT channel_id FROM direct_channels WHERE first_user_id = ?1 AND second_user_id = ?2",
        params![one.min(other), one.max(other)],
        1,
        |row| row.take(),
    )
}

/// The conversations that are open for a user, without their recipients.
pub fn open_for(user: Id<marker::User>) -> Query<Channel> {
    let sql = concat!(
        "SELECT ",
        channel_columns!(),
        " FROM recipients JOIN channels ON channels.id = recipients.channel_id \
         WHERE recipients.user_id = ?1 AND recipients.closed = 0 ORDER BY channels.id"
    );
    Query::new(sql, params![user], CHANNEL_COLUMNS, channel)
}

/// The others in the conversations that are open for a user, each with the conversation.
pub fn others_in_open_for(me: Id<marker::User>) -> Query<(Id<marker::Channel>, User)> {
    let sql = concat!(
        "SELECT theirs.channel_id, ",
        user_columns!(),
        " FROM recipients AS mine JOIN recipients AS theirs \
         ON theirs.channel_id = mine.channel_id AND theirs.user_id <> mine.user_id \
         JOIN users ON users.id = theirs.user_id \
         WHERE mine.user_id = ?1 AND mine.closed = 0 ORDER BY theirs.channel_id, users.id"
    );
    Query::new(sql, params![me], USER_COLUMNS + 1, |row| {
        Ok((row.take()?, user(row)?))
    })
}

/// Adds a conversation without participants.
pub fn insert(channel: &Channel, private: &PrivateChannel) -> Statement {
    Statement::new(
        "INSERT INTO channels (id, type, name, icon, owner_id, flags) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            channel.id,
            channel.kind,
            private.name.as_deref(),
            private.icon.as_deref(),
            private.owner_id,
            channel.flags,
        ],
    )
}

/// Makes a conversation the one of two users. The batch fails with `taken` when they have one.
pub fn insert_direct(
    batch: &mut Batch,
    id: Id<marker::Channel>,
    (one, other): (Id<marker::User>, Id<marker::User>),
    taken: Code,
) {
    let statement = Statement::new(
        "INSERT INTO direct_channels (first_user_id, second_user_id, channel_id) \
         VALUES (?1, ?2, ?3)",
        params![one.min(other), one.max(other), id],
    );
    batch.push_or(statement, taken);
}

/// Adds participants, for whom the conversation is open or not.
pub fn insert_recipients(
    id: Id<marker::Channel>,
    users: &[Id<marker::User>],
    closed: bool,
) -> Statement {
    Statement::new(
        "INSERT INTO recipients (channel_id, user_id, closed) \
         SELECT ?1, value, ?3 FROM json_each(?2)",
        params![id, users, closed],
    )
}

/// Holds while the user takes part in fewer than `max` groups.
pub fn in_fewer_groups_than(user: Id<marker::User>, max: u32) -> Guard {
    Guard::new(
        "(SELECT count(*) FROM recipients JOIN channels ON channels.id = recipients.channel_id \
         WHERE recipients.user_id = ?1 AND channels.type = 3) < ?2",
        params![user, max],
    )
}
