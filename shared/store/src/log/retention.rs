//! What of the log is kept for readers that lag or are switched off: so many events, so long.
//!
//! What the gateway has not had is kept whatever happens: people would be shown the wrong things
//! if it missed a role that was taken away, and it is never switched off while people are
//! connected.

use model::Timestamp;
use model::limits::{LOG_AGE_MS_MAX, LOG_EVENTS_MAX};

use super::reader::forget_read;
use crate::{Query, Statement, params};

/// Events that are removed at once, and looked at for their age.
const TRIM_MAX: i64 = 5_000;

/// What there is to decide by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kept {
    /// The number of the oldest event that the gateway has had; 0 when there is none.
    pub oldest: i64,
    /// The number of the newest.
    pub newest: i64,
    /// The number of the last event that is too old, among the oldest [`TRIM_MAX`]; 0 for none.
    pub aged: i64,
    /// Whether a reader was not heard of for too long.
    pub absent: bool,
}

impl Kept {
    /// Up to which event to trim now, if at all: at most [`TRIM_MAX`] rows, so ask again
    /// afterwards.
    pub fn cut(&self) -> Option<i64> {
        let excess = self.newest - LOG_EVENTS_MAX;
        let through = self.aged.max(excess).min(self.oldest + TRIM_MAX - 1);
        (self.oldest > 0 && through >= self.oldest).then_some(through)
    }
}

/// What is kept now. `oldest` and `aged` are of rows that the gateway has had; `newest` is of all.
pub fn kept(now: Timestamp) -> Query<Kept> {
    let since = now.plus_millis(-LOG_AGE_MS_MAX).as_millis();
    Query::new(
        "SELECT coalesce((SELECT seq FROM outbox \
         WHERE seq > 0 AND +stream < 0 ORDER BY seq LIMIT 1), 0), \
         coalesce((SELECT max(seq) FROM outbox), 0), \
         coalesce((SELECT max(seq) FROM \
         (SELECT seq, event FROM outbox WHERE seq > 0 AND +stream < 0 ORDER BY seq LIMIT ?2) \
         WHERE event ->> 'at' < ?1), 0), \
         EXISTS (SELECT 1 FROM log_readers WHERE seen_at < ?1)",
        params![since, TRIM_MAX],
        4,
        |row| {
            Ok(Kept {
                oldest: row.take()?,
                newest: row.take()?,
                aged: row.take()?,
                absent: row.take()?,
            })
        },
    )
}

/// Removes the events up to `through` that the gateway has had, and notes it for those who have not
/// read them.
pub fn trim(through: i64) -> Vec<Statement> {
    vec![
        Statement::new(
            "DELETE FROM outbox WHERE seq <= ?1 AND +stream < 0",
            params![through],
        ),
        Statement::new(
            "INSERT INTO log_trims (only, through) VALUES (0, ?1) \
             ON CONFLICT (only) DO UPDATE SET through = max(through, excluded.through)",
            params![through],
        ),
    ]
}

/// Forgets readers of which nothing was heard for so long that they have missed something anyway.
/// What only they needed goes.
pub fn forget_absent(now: Timestamp) -> Vec<Statement> {
    let since = now.plus_millis(-LOG_AGE_MS_MAX).as_millis();
    let absent = Statement::new("DELETE FROM log_readers WHERE seen_at < ?1", params![since]);
    vec![absent, forget_read()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_within_its_bounds_is_left_alone() {
        assert_eq!(Kept::default().cut(), None);
        let kept = Kept {
            oldest: 1,
            newest: LOG_EVENTS_MAX,
            ..Kept::default()
        };
        assert_eq!(kept.cut(), None);
    }

    #[test]
    fn too_many_and_too_old_ones_go_and_not_too_many_at_once() {
        let kept = Kept {
            oldest: 11,
            newest: LOG_EVENTS_MAX + 20,
            ..Kept::default()
        };
        assert_eq!(kept.cut(), Some(20));
        assert_eq!(Kept { aged: 30, ..kept }.cut(), Some(30));
        let many = Kept {
            newest: LOG_EVENTS_MAX * 2,
            ..kept
        };
        assert_eq!(many.cut(), Some(11 + TRIM_MAX - 1));
    }
}
