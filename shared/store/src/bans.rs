//! Table `bans`.

use model::id::marker;
use model::user::User;
use model::{Id, Timestamp};

use crate::users::{USER_COLUMNS, user, user_columns};
use crate::{Error, Guard, Query, Row, Statement, params};

/// Who is banned, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ban {
    /// The user.
    pub user: User,
    /// The moderator's reason.
    pub reason: Option<String>,
}

macro_rules! select_bans {
    ($($rest:tt)*) => {
        concat!(
            "SELECT ",
            user_columns!(),
            ", bans.reason FROM bans JOIN users ON users.id = bans.user_id ",
            $($rest)*
        )
    };
}

const BAN_COLUMNS: u16 = USER_COLUMNS + 1;

fn ban(row: &mut Row<'_>) -> Result<Ban, Error> {
    Ok(Ban {
        user: user(row)?,
        reason: row.take()?,
    })
}

/// The ban of one user.
pub fn one(guild: Id<marker::Guild>, user: Id<marker::User>) -> Query<Ban> {
    let sql = select_bans!("WHERE bans.guild_id = ?1 AND bans.user_id = ?2");
    Query::new(sql, params![guild, user], BAN_COLUMNS, ban)
}

/// Up to `limit` bans of users with ids above `after`, in id order.
pub fn after(guild: Id<marker::Guild>, after: u64, limit: u32) -> Query<Ban> {
    let sql = select_bans!(
        "WHERE bans.guild_id = ?1 AND bans.user_id > ?2 ORDER BY bans.user_id LIMIT ?3"
    );
    Query::new(sql, params![guild, after as i64, limit], BAN_COLUMNS, ban)
}

/// Up to `limit` bans of users with ids below `before`, the nearest first.
pub fn before(guild: Id<marker::Guild>, before: u64, limit: u32) -> Query<Ban> {
    let sql = select_bans!(
        "WHERE bans.guild_id = ?1 AND bans.user_id < ?2 ORDER BY bans.user_id DESC LIMIT ?3"
    );
    Query::new(sql, params![guild, before as i64, limit], BAN_COLUMNS, ban)
}

/// Those of these users that are banned.
pub fn among(guild: Id<marker::Guild>, users: &[Id<marker::User>]) -> Query<Id<marker::User>> {
    Query::new(
        "SELECT user_id FROM bans \
         WHERE guild_id = ?1 AND user_id IN (SELECT value FROM json_each(?2))",
        params![guild, users],
        1,
        |row| row.take(),
    )
}

/// Bans users. Banned users stay banned, for the first reason.
pub fn insert(
    guild: Id<marker::Guild>,
    users: &[Id<marker::User>],
    moderator: Id<marker::User>,
    reason: Option<&str>,
    now: Timestamp,
) -> Statement {
    Statement::new(
        "INSERT INTO bans (guild_id, user_id, moderator_id, reason, created_at) \
         SELECT ?1, value, ?3, ?4, ?5 FROM json_each(?2) WHERE true ON CONFLICT DO NOTHING",
        params![guild, users, moderator, reason, now],
    )
}

/// Lifts a ban. Changes nothing when there is none.
pub fn delete(guild: Id<marker::Guild>, user: Id<marker::User>) -> Statement {
    Statement::new(
        "DELETE FROM bans WHERE guild_id = ?1 AND user_id = ?2",
        params![guild, user],
    )
}

/// Holds while the user is not banned.
pub fn is_absent(guild: Id<marker::Guild>, user: Id<marker::User>) -> Guard {
    Guard::new(
        "NOT EXISTS (SELECT 1 FROM bans WHERE guild_id = ?1 AND user_id = ?2)",
        params![guild, user],
    )
}

/// Holds while the guild has fewer than `max` bans.
pub fn fewer_than(guild: Id<marker::Guild>, max: u32) -> Guard {
    Guard::new(
        "(SELECT count(*) FROM bans WHERE guild_id = ?1) < ?2",
        params![guild, max],
    )
}
