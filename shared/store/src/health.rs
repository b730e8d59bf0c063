//! Whether a store takes writes and answers reads.

use crate::{Batch, Query, Statement, Store};

/// A write that reaches the disk and leaves nothing behind.
pub fn probe(store: Store) -> Batch {
    let mut batch = Batch::new(store);
    batch.push(Statement::new(
        "INSERT INTO guards (held) VALUES (1)",
        Vec::new(),
    ));
    batch.push(Statement::new("DELETE FROM guards", Vec::new()));
    batch
}

/// How many rows there are where there must be none.
pub fn read() -> Query<i64> {
    Query::new("SELECT count(*) FROM guards", Vec::new(), 1, |row| {
        row.take()
    })
}
