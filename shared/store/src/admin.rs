//! What an operator does at a shell: rights, passwords, tokens, the first administrator.

use model::id::marker;
use model::{Id, Timestamp};

use crate::users::{self, RIGHT_OPERATOR};
use crate::{Batch, Optional, Query, Statement, params};

/// Whether anybody is an operator.
pub fn an_operator() -> Optional<Id<marker::User>> {
    Query::new(
        "SELECT id FROM users WHERE rights <> 0 AND rights & 1 LIMIT 1",
        params![],
        1,
        |row| row.take(),
    )
    .optional()
}

/// The person with this username.
pub fn person(username: &str) -> Optional<Id<marker::User>> {
    Query::new(
        "SELECT id FROM users WHERE username = ?1 AND discriminator = '0'",
        params![username],
        1,
        |row| row.take(),
    )
    .optional()
}

/// Makes somebody an operator.
pub fn make_operator(user: Id<marker::User>) -> Batch {
    let mut batch = Batch::main();
    batch.push(users::grant_rights(user, RIGHT_OPERATOR));
    batch
}

/// Gives somebody a password, in PHC form, and signs them out everywhere.
pub fn set_password(user: Id<marker::User>, password_hash: &str) -> Batch {
    let mut batch = revoke_tokens(user);
    batch.push(Statement::new(
        "UPDATE users SET password_hash = ?2, totp_secret = NULL WHERE id = ?1",
        params![user, password_hash],
    ));
    batch
}

/// Signs somebody out everywhere.
pub fn revoke_tokens(user: Id<marker::User>) -> Batch {
    let mut batch = Batch::main();
    batch.push(Statement::new(
        "DELETE FROM sessions WHERE user_id = ?1",
        params![user],
    ));
    batch
}

/// Keeps a ticket by which its holder becomes an operator, once, until `expires_at`.
pub fn administrator_ticket(ticket_hash: &[u8], expires_at: Timestamp) -> Batch {
    let mut batch = Batch::main();
    batch.push(Statement::new(
        "INSERT INTO tickets (ticket_hash, kind, expires_at) VALUES (?1, 'administrator', ?2)",
        params![ticket_hash, expires_at],
    ));
    batch
}
