//! Table `recipients`: the recipients of private conversations, and which of them closed them.

use model::Id;
use model::id::marker;

use crate::{Guard, Query, Statement, params};

/// Holds while a private conversation has fewer than `max` participants.
pub fn recipients_fewer_than(id: Id<marker::Channel>, max: u32) -> Guard {
    Guard::new(
        "(SELECT count(*) FROM recipients WHERE channel_id = ?1) < ?2",
        params![id, max],
    )
}

/// The participants who closed a private conversation.
pub fn closed_for(id: Id<marker::Channel>) -> Query<Id<marker::User>> {
    Query::new(
        "SELECT user_id FROM recipients WHERE channel_id = ?1 AND closed = 1",
        params![id],
        1,
        |row| row.take(),
    )
}

/// Opens a private conversation for these participants.
pub fn open(id: Id<marker::Channel>, users: &[Id<marker::User>]) -> Statement {
    Statement::new(
        "UPDATE recipients SET closed = 0 \
         WHERE channel_id = ?1 AND user_id IN (SELECT value FROM json_each(?2))",
        params![id, users],
    )
}

/// Closes a private conversation for a participant, until the next message.
pub fn close(id: Id<marker::Channel>, user: Id<marker::User>) -> Statement {
    Statement::new(
        "UPDATE recipients SET closed = 1 WHERE channel_id = ?1 AND user_id = ?2",
        params![id, user],
    )
}

/// Removes a participant of a group conversation. Changes nothing when they are none.
pub fn remove_recipient(id: Id<marker::Channel>, user: Id<marker::User>) -> Statement {
    Statement::new(
        "DELETE FROM recipients WHERE channel_id = ?1 AND user_id = ?2",
        params![id, user],
    )
}
