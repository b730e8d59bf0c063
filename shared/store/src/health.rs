//! Whether a store takes writes, answers reads, and carries numbers as they are.

use crate::{Batch, Database, Error, Query, Statement, Store};

/// A number that is not exact where numbers are floating point, as ids are beyond 2^53.
const LARGE: i64 = (1 << 62) + 1;

/// Writes to a store and reads from it.
///
/// # Errors
/// What it refuses, or that a number does not come back as it went.
pub async fn check(db: &impl Database, store: Store) -> Result<(), Error> {
    let written = db.write(probe(store)).await;
    written.map_err(|rejection| Error::Internal(rejection.to_string()))?;
    let (_, large) = db.read(store, read()).await?;
    match large[..] {
        [LARGE] => Ok(()),
        _ => Err(Error::Internal(format!("{LARGE} came back as {large:?}"))),
    }
}

/// A write that reaches the disk and leaves nothing behind.
pub(crate) fn probe(store: Store) -> Batch {
    let mut batch = Batch::new(store);
    batch.push(Statement::new(
        "INSERT INTO guards (held) VALUES (1)",
        Vec::new(),
    ));
    batch.push(Statement::new("DELETE FROM guards", Vec::new()));
    batch
}

/// How many rows there are where there must be none, and [`LARGE`] as it comes back.
pub(crate) fn read() -> (Query<i64>, Query<i64>) {
    let rows = Query::new("SELECT count(*) FROM guards", Vec::new(), 1, |row| {
        row.take()
    });
    let large = Query::new("SELECT ?1", vec![LARGE.into()], 1, |row| row.take());
    (rows, large)
}
