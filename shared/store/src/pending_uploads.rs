//! Table `pending_uploads`: files that no message has claimed yet.

use model::id::marker;
use model::{Code, Id, Timestamp};

use crate::{Batch, Guard, Json, Query, Statement, params, rows};

/// Notes that a file is about to be stored for a message of `channel`.
pub fn insert(key: &str, channel: Id<marker::Channel>, now: Timestamp) -> Statement {
    Statement::new(
        "INSERT INTO pending_uploads (blob_key, channel_id, created_at) VALUES (?1, ?2, ?3)",
        params![key, channel, now],
    )
}

/// Notes that files of `channel` are to be removed: as old as can be, so that the next sweep takes
/// them.
pub fn release<'a>(
    keys: impl IntoIterator<Item = &'a str>,
    channel: Id<marker::Channel>,
) -> Vec<Statement> {
    let into = "pending_uploads (blob_key, channel_id, created_at)";
    let keys = keys.into_iter();
    rows::insert(into, keys.map(|key| params![key, channel, 0]))
}

/// Makes files part of the message that the batch writes. The batch fails with
/// [`Code::InvalidFile`] when one of them has been swept away.
pub fn claim(batch: &mut Batch, keys: &[String]) {
    if !keys.is_empty() {
        batch.push(delete(keys));
        let all = Guard::new("changes() = ?1", params![keys.len() as i64]);
        batch.require(all, Code::InvalidFile);
    }
}

/// Forgets files, once they are removed.
pub fn delete(keys: &[String]) -> Statement {
    Statement::new(
        "DELETE FROM pending_uploads WHERE blob_key IN (SELECT value FROM json_each(?1))",
        params![Json(keys)],
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
