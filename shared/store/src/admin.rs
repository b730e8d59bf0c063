//! What an operator does at a shell: rights, passwords, tokens, the first operator.

use model::id::marker;
use model::{Id, Timestamp, User};

use crate::users::{self, RIGHT_OPERATOR, USER_COLUMNS, user, user_columns};
use crate::{Batch, Optional, Query, Statement, members, params, sessions};

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

/// Whether the instance has anybody.
pub fn somebody() -> Optional<Id<marker::User>> {
    Query::new("SELECT id FROM users LIMIT 1", params![], 1, |row| {
        row.take()
    })
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

/// Somebody, as the list of all has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// What everyone sees.
    pub user: User,
    /// Whether they run the instance.
    pub operator: bool,
    /// Whether the account is switched off.
    pub disabled: bool,
}

/// People and bots in the order of their ids, beginning after one.
pub fn page(after: Id<marker::User>, limit: u32) -> Query<Listed> {
    let sql = concat!(
        "SELECT ",
        user_columns!(),
        ", users.rights, users.disabled FROM users WHERE users.id > ?1 ORDER BY users.id LIMIT ?2"
    );
    Query::new(sql, params![after, limit], USER_COLUMNS + 2, |row| {
        let user = user(row)?;
        let rights: i64 = row.take()?;
        Ok(Listed {
            user,
            operator: rights & RIGHT_OPERATOR != 0,
            disabled: row.take()?,
        })
    })
}

/// Switches an account off, which ends its sessions, or on again.
pub fn set_disabled(user: Id<marker::User>, disabled: bool) -> Batch {
    let mut batch = Batch::main();
    if disabled {
        batch
            .push(users::disable(user))
            .push(sessions::delete_all(user));
    } else {
        batch.push(users::enable(user));
    }
    batch
}

/// Takes somebody out of these guilds, forgets what is known of them and switches their account
/// off. What they wrote stays, by a name that says no more than that they are gone.
pub fn erase(user: Id<marker::User>, guilds: &[Id<marker::Guild>]) -> Batch {
    let mut batch = set_disabled(user, true);
    for guild in guilds {
        members::delete_present(&mut batch, *guild, &[user]);
    }
    for sql in [
        "DELETE FROM relationships WHERE other_id = ?1 \
         AND user_id IN (SELECT other_id FROM relationships WHERE user_id = ?1)",
        "DELETE FROM relationships WHERE user_id = ?1",
        "DELETE FROM former_members WHERE user_id = ?1",
        "DELETE FROM backup_codes WHERE user_id = ?1",
        "DELETE FROM tickets WHERE user_id = ?1",
        "DELETE FROM user_settings WHERE user_id = ?1",
        "DELETE FROM user_guild_settings WHERE user_id = ?1",
        "UPDATE users SET username = 'deleted_user_' || id, global_name = NULL, email = NULL, \
         password_hash = NULL, avatar = NULL, banner = NULL, accent_color = NULL, bio = '', \
         pronouns = '', date_of_birth = NULL, totp_secret = NULL, rights = 0 WHERE id = ?1",
    ] {
        batch.push(Statement::new(sql, params![user]));
    }
    batch
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
pub fn operator_ticket(ticket_hash: &[u8], expires_at: Timestamp) -> Batch {
    let mut batch = Batch::main();
    batch.push(Statement::new(
        "INSERT INTO tickets (ticket_hash, kind, expires_at) VALUES (?1, 'administrator', ?2)",
        params![ticket_hash, expires_at],
    ));
    batch
}
