//! Table `nonces`: by what senders recognise messages that they may have sent already.

use model::id::marker;
use model::{Code, Id};

use crate::messages::Stored;
use crate::{Batch, Query, Statement, params};

/// The message that the author sent to the channel under this nonce, if its id is above `after`.
pub fn message_of(
    author: Id<marker::User>,
    channel: Id<marker::Channel>,
    nonce: &str,
    after: Id<marker::Message>,
) -> Query<Id<marker::Message>> {
    Query::new(
        "SELECT message_id FROM nonces \
         WHERE channel_id = ?1 AND author_id = ?2 AND nonce = ?3 AND message_id > ?4",
        params![channel, author, nonce, after],
        1,
        |row| row.take(),
    )
}

/// Reserves a nonce for a message, and forgets all nonces of messages up to `expired`. The batch
/// fails with `taken` when the nonce is in use.
pub fn reserve(
    batch: &mut Batch,
    message: &Stored,
    nonce: &str,
    expired: Id<marker::Message>,
    taken: Code,
) {
    batch.push(Statement::new(
        "DELETE FROM nonces WHERE message_id <= ?1",
        params![expired],
    ));
    batch.push_or(
        Statement::new(
            "INSERT INTO nonces (channel_id, author_id, nonce, message_id) \
             VALUES (?1, ?2, ?3, ?4)",
            params![message.channel_id, message.author_id, nonce, message.id],
        ),
        taken,
    );
}
