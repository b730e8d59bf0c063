//! Table `session_starts`: how many gateway sessions bots started of late.
//!
//! See [Discord Docs/Session Start Limit Object](https://discord.com/developers/docs/events/gateway#session-start-limit-object).

use model::id::marker;
use model::{Code, Id, Timestamp};

use crate::{Batch, Guard, Query, Statement, params};

/// Starts of a bot since the first of them, in the last [`WINDOW_MS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Starts {
    /// When the first was.
    pub since: Timestamp,
    /// How many there were.
    pub count: u32,
}

/// Milliseconds after the first start when all are forgotten.
pub const WINDOW_MS: i64 = 24 * 60 * 60 * 1000;

/// The starts of a bot, if there were any in the window.
pub fn of(bot: Id<marker::User>, now: Timestamp) -> Query<Starts> {
    Query::new(
        "SELECT since, count FROM session_starts WHERE user_id = ?1 AND since > ?2",
        params![bot, now.plus_millis(-WINDOW_MS)],
        2,
        |row| {
            Ok(Starts {
                since: row.take()?,
                count: row.take()?,
            })
        },
    )
}

/// Counts a start of a bot. The batch fails with [`Code::RateLimited`] when there were `max`.
pub fn count(batch: &mut Batch, bot: Id<marker::User>, now: Timestamp, max: u32) {
    let before = now.plus_millis(-WINDOW_MS);
    let few = Guard::new(
        "NOT EXISTS (SELECT 1 FROM session_starts \
         WHERE user_id = ?1 AND since > ?2 AND count >= ?3)",
        params![bot, before, max],
    );
    batch.require(few, Code::RateLimited);
    batch.push(Statement::new(
        "INSERT INTO session_starts (user_id, since, count) VALUES (?1, ?2, 1) \
         ON CONFLICT (user_id) DO UPDATE SET \
         count = CASE WHEN since > ?3 THEN count + 1 ELSE 1 END, \
         since = CASE WHEN since > ?3 THEN since ELSE excluded.since END",
        params![bot, now, before],
    ));
}
