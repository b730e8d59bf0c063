//! The log of events: what happened, in the order of its commits, for everybody who wants to know.
//!
//! Each database has its own, the table `outbox`, since a row of it belongs to the transaction that
//! it tells of. The gateway reads it by [`crate::outbox`]; whoever else reads it has a name and a
//! position ([`Reader`]). A row stays until all of them are done with it, or until it is one of too
//! many or too old ([`retention`]). Where nobody but a gateway in the same process reads, no row is
//! written.
//!
//! The format is described in ARCHITECTURE.md: programs of other versions read it.

mod entry;
mod reader;
pub mod retention;

pub use entry::{Entry, FORMAT};
pub(crate) use reader::LAST_NEEDED;
pub use reader::{Page, Reader};

use crate::{Call, Statement};

/// Whether somebody reads the log: one column of one row, 1 or 0.
pub fn is_read() -> Statement {
    Statement {
        columns: 1,
        ..Statement::new("SELECT EXISTS (SELECT 1 FROM log_readers)", Vec::new())
    }
}

/// Whether the call registers a reader, so that the log is read from now on.
pub fn is_read_after(call: &Call) -> bool {
    let mut statements = call.statements.iter();
    statements.any(|statement| statement.sql.starts_with(reader::REGISTER))
}
