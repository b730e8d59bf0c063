//! Leaving, and table `former_members`: what a guild keeps of who left.

use model::id::marker;
use model::{Code, Id, Timestamp};

use crate::{Batch, Query, Statement, params};

/// What moderators did to a member who left. It holds again when they come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Former {
    /// Until when they are timed out.
    pub timed_out_until: Option<Timestamp>,
    /// Whether they are deafened in voice.
    pub deaf: bool,
    /// Whether they are muted in voice.
    pub mute: bool,
}

/// What the guild keeps of a user who was a member; nothing of one who never was, or who is.
pub fn former(guild: Id<marker::Guild>, user: Id<marker::User>) -> Query<Former> {
    Query::new(
        "SELECT timed_out_until, deaf, mute FROM former_members \
         WHERE guild_id = ?1 AND user_id = ?2",
        params![guild, user],
        3,
        |row| {
            Ok(Former {
                timed_out_until: row.take()?,
                deaf: row.take()?,
                mute: row.take()?,
            })
        },
    )
}

/// Keeps nothing of a user, who is a member again.
pub(super) fn forget(guild: Id<marker::Guild>, user: Id<marker::User>) -> Statement {
    Statement::new(
        "DELETE FROM former_members WHERE guild_id = ?1 AND user_id = ?2",
        params![guild, user],
    )
}

/// Removes a member with their roles, and counts them out. The batch fails with
/// [`Code::UnknownMember`] when the user is not one.
pub fn delete(batch: &mut Batch, guild: Id<marker::Guild>, user: Id<marker::User>) {
    batch.require(super::is_present(guild, user), Code::UnknownMember);
    delete_present(batch, guild, &[user]);
}

/// Removes those of these users that are members, with their roles, and counts them out.
pub fn delete_present(batch: &mut Batch, guild: Id<marker::Guild>, users: &[Id<marker::User>]) {
    for sql in [
        "INSERT INTO former_members (guild_id, user_id, timed_out_until, deaf, mute) \
         SELECT guild_id, user_id, timed_out_until, deaf, mute FROM members \
         WHERE guild_id = ?1 AND user_id IN (SELECT value FROM json_each(?2)) \
         ON CONFLICT (guild_id, user_id) DO UPDATE SET \
         timed_out_until = excluded.timed_out_until, deaf = excluded.deaf, mute = excluded.mute",
        "DELETE FROM member_roles \
         WHERE guild_id = ?1 AND user_id IN (SELECT value FROM json_each(?2))",
        "DELETE FROM thread_members \
         WHERE guild_id = ?1 AND user_id IN (SELECT value FROM json_each(?2))",
        "UPDATE guilds SET member_count = member_count - (SELECT count(*) FROM members \
         WHERE guild_id = ?1 AND user_id IN (SELECT value FROM json_each(?2))) WHERE id = ?1",
        "DELETE FROM members \
         WHERE guild_id = ?1 AND user_id IN (SELECT value FROM json_each(?2))",
    ] {
        batch.push(Statement::new(sql, params![guild, users]));
    }
}
