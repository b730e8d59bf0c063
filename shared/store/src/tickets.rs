//! Table `tickets`: secrets that are good for a few uses and a short time, by their hashes.

use model::id::marker;
use model::{Id, Timestamp};

use crate::{Guard, Query, Statement, params};

/// What a ticket is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A login whose password was right and whose second factor is awaited. Its uses are attempts.
    Mfa,
    /// Becoming an operator.
    Operator,
    /// Making an account where that needs an invitation.
    Registration,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Mfa => "mfa",
            // Its name from the first version on.
            // Stored since the first version, when operators were called so.
            Self::Operator => "administrator",
            Self::Registration => "registration",
        }
    }
}

/// A ticket that was just made.
#[derive(Debug, Clone)]
pub struct Ticket {
    /// SHA-256 of its text.
    pub hash: Vec<u8>,
    /// What it is for.
    pub kind: Kind,
    /// Whose it is, if it is somebody's.
    pub user_id: Option<Id<marker::User>>,
    /// When it ends.
    pub expires_at: Timestamp,
    /// How often it may be used.
    pub uses: u32,
}

/// Adds a ticket.
pub fn insert(ticket: &Ticket) -> Statement {
    Statement::new(
        "INSERT INTO tickets (ticket_hash, kind, user_id, expires_at, uses_left) \
         VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            ticket.hash.as_slice(),
            ticket.kind.name(),
            ticket.user_id,
            ticket.expires_at,
            ticket.uses,
        ],
    )
}

/// Whose the ticket is, if it is still good.
pub fn holder(hash: &[u8], kind: Kind, now: Timestamp) -> Query<Option<Id<marker::User>>> {
    Query::new(
        "SELECT user_id FROM tickets \
         WHERE ticket_hash = ?1 AND kind = ?2 AND expires_at > ?3 AND uses_left > 0",
        params![hash, kind.name(), now],
        1,
        |row| row.take(),
    )
}

/// Uses a ticket once. Changes nothing when it is no longer good.
pub fn spend(hash: &[u8], kind: Kind, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE tickets SET uses_left = uses_left - 1 \
         WHERE ticket_hash = ?1 AND kind = ?2 AND expires_at > ?3 AND uses_left > 0",
        params![hash, kind.name(), now],
    )
}

/// Ends a ticket that has done its work, whether uses are left or this was the last. Changes
/// nothing when another one has ended it.
pub fn end(hash: &[u8], kind: Kind) -> Statement {
    Statement::new(
        "DELETE FROM tickets WHERE ticket_hash = ?1 AND kind = ?2",
        params![hash, kind.name()],
    )
}

/// Forgets tickets that have expired.
pub fn delete_expired(now: Timestamp) -> Statement {
    Statement::new("DELETE FROM tickets WHERE expires_at <= ?1", params![now])
}

/// Holds while the user has fewer than `max` tickets of this kind, used up ones included.
pub fn fewer_than(user: Id<marker::User>, kind: Kind, now: Timestamp, max: u32) -> Guard {
    Guard::new(
        "(SELECT count(*) FROM tickets WHERE user_id = ?1 AND kind = ?2 AND expires_at > ?3) < ?4",
        params![user, kind.name(), now, max],
    )
}
