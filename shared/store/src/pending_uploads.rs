//! Table `pending_uploads`: files that no message has claimed yet.

use model::id::marker;
use model::{Code, Id, Timestamp};

use crate::{Batch, Query, Statement, params};

/// Notes that a file is about to be stored for a message of `channel`.
pub fn insert(key: &str, channel: Id<marker::Channel>, now: Timestamp) -> Statement {
    Statement::new(
        "INSERT INTO pending_uploads (blob_key, channel_id, created_at) VALUES (?1, ?2, ?3)",
        params![key, channel, now],
    )
}

/// Makes a file part of the message that the batch writes. The batch fails with
/// [`Code::InvalidFile`] when the file has been swept away.
pub fn claim(batch: &mut Batch, key: &str) {
    batch.require(delete(key), Code::InvalidFile);
}

/// Forgets a file, once it is removed.
pub fn delete(key: &str) -> Statement {
    Statement::new(
        "DELETE FROM pending_uploads WHERE blob_key = ?1",
        params![key],
    )
}

/// The keys of up to `limit` files that have waited since before `time`, the oldest first.
pub fn before(time: Timestamp, limit: u32) -> Query<String> {
    Query::new(
        "SELECT blob_key FROM pending_uploads WHERE created_at < ?1 ORDER BY created_at LIMIT ?2",
        params![time, limit],
        1,
        |row| row.take(),
    )
}
