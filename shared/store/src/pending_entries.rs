//! Table `pending_entries`: what the audit log is still to be told, beside its causes.

use model::Id;
use model::audit_log::AuditLogEntry;
use model::id::marker;

use crate::{Json, Query, Statement, params};

/// Adds an entry of a guild to be, about something in a channel.
pub fn insert(
    channel: Id<marker::Channel>,
    guild: Id<marker::Guild>,
    entry: &AuditLogEntry,
) -> Statement {
    Statement::new(
        "INSERT INTO pending_entries (id, channel_id, guild_id, entry) VALUES (?1, ?2, ?3, ?4)",
        params![entry.id, channel, guild, Json(entry)],
    )
}

/// Up to `limit` entries with ids below `before`, the oldest first, each with its guild.
pub fn before(
    before: Id<marker::AuditLogEntry>,
    limit: u32,
) -> Query<(Id<marker::Guild>, AuditLogEntry)> {
    Query::new(
        "SELECT guild_id, entry FROM pending_entries WHERE id < ?1 ORDER BY id LIMIT ?2",
        params![before, limit],
        2,
        |row| Ok((row.take()?, row.take::<Json<_>>()?.0)),
    )
}

/// Removes entries that are in the log.
pub fn delete(ids: &[Id<marker::AuditLogEntry>]) -> Statement {
    Statement::new(
        "DELETE FROM pending_entries WHERE id IN (SELECT value FROM json_each(?1))",
        params![ids],
    )
}
