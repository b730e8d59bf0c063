//! Table `attempts`: passwords and codes that were tried of late.

use model::{Code, Timestamp};

use crate::{Batch, Guard, Query, Statement, params};

/// A try that is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// What is tried: a hash that names a secret.
    pub subject: Vec<u8>,
    /// Who tries it: a hash that names a session or a network.
    pub source: Vec<u8>,
    /// Whether the account knows the source.
    pub known: bool,
}

/// How many tries are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Those of one source.
    pub per_source: u32,
    /// Those of all sources together that the account knows, or of all that it does not.
    pub together: u32,
    /// Milliseconds after the first try of a source when its tries are forgotten.
    pub window_ms: i64,
}

/// Counts a try. The batch fails with [`Code::RateLimited`] when it is one too many.
pub fn count(batch: &mut Batch, attempt: &Attempt, bounds: &Bounds, now: Timestamp) {
    batch.push(Statement::new(
        "DELETE FROM attempts WHERE expires_at <= ?1",
        params![now],
    ));
    let (subject, source) = (attempt.subject.as_slice(), attempt.source.as_slice());
    let few_of_source = Guard::new(
        "NOT EXISTS (SELECT 1 FROM attempts WHERE subject = ?1 AND source = ?2 AND count >= ?3)",
        params![subject, source, bounds.per_source],
    );
    batch.require(few_of_source, Code::RateLimited);
    let few_together = Guard::new(
        "(SELECT coalesce(sum(count), 0) FROM attempts WHERE subject = ?1 AND known = ?2) < ?3",
        params![subject, attempt.known, bounds.together],
    );
    batch.require(few_together, Code::RateLimited);
    batch.push(Statement::new(
        "INSERT INTO attempts (subject, source, known, expires_at, count) \
         VALUES (?1, ?2, ?3, ?4, 1) \
         ON CONFLICT (subject, source) DO UPDATE SET count = count + 1, known = excluded.known",
        params![
            subject,
            source,
            attempt.known,
            now.plus_millis(bounds.window_ms)
        ],
    ));
}

/// Takes back a try that was right.
pub fn take_back(attempt: &Attempt) -> Statement {
    Statement::new(
        "UPDATE attempts SET count = count - 1 WHERE subject = ?1 AND source = ?2 AND count > 0",
        params![attempt.subject.as_slice(), attempt.source.as_slice()],
    )
}

/// When the next tries of what this one is about are forgotten.
pub fn next_expiry(attempt: &Attempt) -> Query<Option<Timestamp>> {
    Query::new(
        "SELECT min(expires_at) FROM attempts WHERE subject = ?1 AND known = ?2",
        params![attempt.subject.as_slice(), attempt.known],
        1,
        |row| row.take(),
    )
}
