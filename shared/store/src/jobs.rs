//! Table `jobs`: work that spans stores or outlives a request.
//!
//! A job is written by the batch that causes it, and deleted once it is done. It is idempotent:
//! what fails half way is done again from the beginning.

use model::id::marker;
use model::{Id, Timestamp};
use serde_json::Value as JsonValue;

use crate::{Call, Json, Query, Statement, params};

/// Deletes the messages of `user_ids` in `guild_id` that were sent at `since` or later.
pub const DELETE_MESSAGES_BY_AUTHOR: &str = "delete_messages_by_author";

/// Deletes all messages of `channel_id`, which was deleted, with what hangs on them.
pub const DELETE_CHANNEL_MESSAGES: &str = "delete_channel_messages";

/// Deletes the invite `code`, which expires when the job is due.
pub const EXPIRE_INVITE: &str = "expire_invite";

/// Removes the blobs of `images`, unless a row names them again by then.
pub const DELETE_IMAGES: &str = "delete_images";

/// Says in the system channel of `guild_id` that `user_id` joined, unless it was said under `once`.
pub const SAY_WHO_JOINED: &str = "say_who_joined";

/// Writes `notice`, whose cause is in this store, unless it was written under `once`.
pub const SEND_NOTICE: &str = "send_notice";

/// Marks the message that the thread `thread_id` was made from, and writes the thread's first one,
/// unless that was done under `once`.
pub const BEGIN_THREAD: &str = "begin_thread";

/// Deletes the post `channel_id` if its first message was never written.
pub const DELETE_EMPTY_POST: &str = "delete_empty_post";

/// Archives the thread `channel_id` once nothing was said in it for as long as it wants.
pub const ARCHIVE_THREAD: &str = "archive_thread";

/// A job that is due.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// A ULID.
    pub id: String,
    /// What is to be done.
    pub kind: String,
    /// To what.
    pub payload: JsonValue,
    /// How often it was tried.
    pub attempts: u32,
}

/// Whether the call adds jobs: whoever runs them need not wait until it looks again.
pub fn are_added_by(call: &Call) -> bool {
    let mut statements = call.statements.iter();
    statements.any(|statement| statement.sql.starts_with("INSERT INTO jobs "))
}

/// Adds a job to be done at `run_at`; `id` is a ULID.
pub fn insert(id: &str, kind: &str, payload: &JsonValue, run_at: Timestamp) -> Statement {
    Statement::new(
        "INSERT INTO jobs (id, kind, payload, run_at) VALUES (?1, ?2, ?3, ?4)",
        params![id, kind, Json(payload), run_at],
    )
}

/// Adds a job of kind [`DELETE_CHANNEL_MESSAGES`] for each thread that a channel has at this point
/// of the batch. Their ids are `id`, a ULID, with the thread's.
pub fn insert_deletion_of_threads(
    id: &str,
    parent: Id<marker::Channel>,
    run_at: Timestamp,
) -> Statement {
    Statement::new(
        "INSERT INTO jobs (id, kind, payload, run_at) SELECT ?1 || '-' || channel_id, ?3, \
         json_object('channel_id', CAST(channel_id AS TEXT)), ?4 FROM threads \
         WHERE parent_id = ?2",
        params![id, parent, DELETE_CHANNEL_MESSAGES, run_at],
    )
}

/// Puts a job off until `run_at` without counting an attempt: it is not yet time.
pub fn put_off(id: &str, run_at: Timestamp) -> Statement {
    Statement::new(
        "UPDATE jobs SET run_at = ?2 WHERE id = ?1",
        params![id, run_at],
    )
}

/// Adds a job of kind [`DELETE_CHANNEL_MESSAGES`] for each channel that the guild has at this point
/// of the batch. Their ids are `id`, a ULID, with the channel's.
pub fn insert_deletion_of_channels(
    id: &str,
    guild: Id<marker::Guild>,
    run_at: Timestamp,
) -> Statement {
    Statement::new(
        "INSERT INTO jobs (id, kind, payload, run_at) SELECT ?1 || '-' || id, ?3, \
         json_object('channel_id', CAST(id AS TEXT)), ?4 FROM channels WHERE guild_id = ?2",
        params![id, guild, DELETE_CHANNEL_MESSAGES, run_at],
    )
}

/// Up to `limit` jobs that are due, the oldest first.
pub fn due(now: Timestamp, limit: u32) -> Query<Job> {
    Query::new(
        "SELECT id, kind, payload, attempts FROM jobs WHERE run_at <= ?1 ORDER BY run_at LIMIT ?2",
        params![now, limit],
        4,
        |row| {
            Ok(Job {
                id: row.take()?,
                kind: row.take()?,
                payload: row.take::<Json<_>>()?.0,
                attempts: row.take()?,
            })
        },
    )
}

/// Counts an attempt that failed and puts the job off until `run_at`.
pub fn postpone(id: &str, run_at: Timestamp) -> Statement {
    Statement::new(
        "UPDATE jobs SET attempts = attempts + 1, run_at = ?2 WHERE id = ?1",
        params![id, run_at],
    )
}

/// Deletes a job that is done.
pub fn delete(id: &str) -> Statement {
    Statement::new("DELETE FROM jobs WHERE id = ?1", params![id])
}
