//! Writing what an edit changes of a row, and nothing else.
//!
//! An edit that wrote its whole row would undo what another one wrote since the row was read. There
//! is a statement for each column rather than one for each set of columns, so that connections keep
//! all of them prepared.

use crate::{Batch, Statement, Value};

/// The columns of a row that may be edited, by name.
pub(crate) type Columns = Vec<(&'static str, Value)>;

/// Adds a write of each column that differs to `batch`. Both lists name the same columns in the
/// same order. Nothing is written when no row has the id.
pub(crate) fn write(
    batch: &mut Batch,
    table: &'static str,
    id: impl Into<Value>,
    before: Columns,
    after: Columns,
) {
    let id = id.into();
    let pairs = before.into_iter().zip(after);
    for ((column, _), (_, value)) in pairs.filter(|(old, new)| old != new) {
        batch.push(Statement::new(
            format!("UPDATE {table} SET {column} = ?2 WHERE id = ?1"),
            vec![id.clone(), value],
        ));
    }
}
