//! Table `backup_codes`: what stands in for a second factor that was lost.

use model::Id;
use model::id::marker;

use crate::{Batch, Json, Query, Statement, params};

/// All codes of a user, each with whether it was used.
pub fn of_user(user: Id<marker::User>) -> Query<(String, bool)> {
    Query::new(
        "SELECT code, consumed FROM backup_codes WHERE user_id = ?1 ORDER BY code",
        params![user],
        2,
        |row| Ok((row.take()?, row.take()?)),
    )
}

/// The code, if it is one of the user's and was not used yet.
pub fn unused(user: Id<marker::User>, code: &str) -> Query<String> {
    Query::new(
        "SELECT code FROM backup_codes WHERE user_id = ?1 AND code = ?2 AND consumed = 0",
        params![user, code],
        1,
        |row| row.take(),
    )
}

/// Replaces all codes of a user; no codes when two-factor authentication is turned off.
pub fn replace(batch: &mut Batch, user: Id<marker::User>, codes: &[String]) {
    batch.push(Statement::new(
        "DELETE FROM backup_codes WHERE user_id = ?1",
        params![user],
    ));
    batch.push(Statement::new(
        "INSERT INTO backup_codes (user_id, code) SELECT ?1, value FROM json_each(?2)",
        params![user, Json(codes)],
    ));
}

/// Uses up a code. Changes nothing when it is not one of the user's or was used before.
pub fn consume(user: Id<marker::User>, code: &str) -> Statement {
    Statement::new(
        "UPDATE backup_codes SET consumed = 1 WHERE user_id = ?1 AND code = ?2 AND consumed = 0",
        params![user, code],
    )
}
