//! Table `sessions`: tokens of users and bots, by their hashes.

use model::id::marker;
use model::{Id, Timestamp};

use crate::users::{ACCOUNT_COLUMNS, Account, account, account_columns};
use crate::{Batch, Guard, Json, Query, Statement, members, params};

/// Milliseconds by which [`Session::last_used_at`] may lag behind: nothing is written for a request
/// whose session was seen since then.
const SEEN_MS: i64 = 15 * 60 * 1000;

/// A session as clients list it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of the token.
    pub token_hash: Vec<u8>,
    /// The name under which it is listed and revoked.
    pub id_hash: String,
    /// Whose it is.
    pub user_id: Id<marker::User>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to the quarter of an hour.
    pub last_used_at: Timestamp,
    /// The client's operating system, as it said.
    pub client_os: Option<String>,
    /// The client's name, as it said.
    pub client_platform: Option<String>,
    /// The client's address.
    pub client_ip: Option<String>,
}

/// What a token stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Whose it is.
    pub account: Account,
    /// The public name of its session.
    pub session: String,
    /// When the session was last used.
    pub last_used_at: Timestamp,
}

/// The account and the session that a token belongs to.
pub fn by_token(token_hash: &[u8]) -> Query<Credentials> {
    let sql = concat!(
        "SELECT ",
        account_columns!(),
        ", sessions.id_hash, sessions.last_used_at FROM sessions \
         JOIN users ON users.id = sessions.user_id \
         WHERE sessions.token_hash = ?1 AND users.disabled = 0"
    );
    Query::new(sql, params![token_hash], ACCOUNT_COLUMNS + 2, |row| {
        Ok(Credentials {
            account: account(row)?,
            session: row.take()?,
            last_used_at: row.take()?,
        })
    })
}

/// Notes that the session is used, and its user active in all their guilds; nothing when that was
/// noted a moment ago.
pub fn note_use(credentials: &Credentials, now: Timestamp) -> Option<Batch> {
    if now.since_millis(credentials.last_used_at) < SEEN_MS {
        return None;
    }
    let user = credentials.account.user.id;
    let mut batch = Batch::main();
    batch.push(Statement::new(
        "UPDATE sessions SET last_used_at = max(last_used_at, ?3) \
         WHERE user_id = ?1 AND id_hash = ?2",
        params![user, &credentials.session, now],
    ));
    batch.push(members::note_active(user, now));
    Some(batch)
}

/// A user's sessions.
pub fn of_user(user: Id<marker::User>) -> Query<Session> {
    Query::new(
        "SELECT token_hash, id_hash, user_id, created_at, last_used_at, client_os, \
         client_platform, client_ip FROM sessions WHERE user_id = ?1",
        params![user],
        8,
        |row| {
            Ok(Session {
                token_hash: row.take()?,
                id_hash: row.take()?,
                user_id: row.take()?,
                created_at: row.take()?,
                last_used_at: row.take()?,
                client_os: row.take()?,
                client_platform: row.take()?,
                client_ip: row.take()?,
            })
        },
    )
}

/// Holds while the user has no session but those that are named.
pub fn none_but(user: Id<marker::User>, id_hashes: &[&str]) -> Guard {
    Guard::new(
        "NOT EXISTS (SELECT 1 FROM sessions WHERE user_id = ?1 \
         AND id_hash NOT IN (SELECT value FROM json_each(?2)))",
        params![user, Json(id_hashes)],
    )
}

/// The addresses that a user's sessions began at.
pub fn addresses_of(user: Id<marker::User>) -> Query<String> {
    Query::new(
        "SELECT client_ip FROM sessions WHERE user_id = ?1 AND client_ip IS NOT NULL",
        params![user],
        1,
        |row| row.take(),
    )
}

/// Begins a session.
pub fn insert(session: &Session) -> Statement {
    Statement::new(
        "INSERT INTO sessions (token_hash, id_hash, user_id, created_at, last_used_at, client_os, \
         client_platform, client_ip) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            session.token_hash.as_slice(),
            &session.id_hash,
            session.user_id,
            session.created_at,
            session.last_used_at,
            session.client_os.as_deref(),
            session.client_platform.as_deref(),
            session.client_ip.as_deref(),
        ],
    )
}

/// Ends one of the user's sessions.
pub fn delete(user: Id<marker::User>, id_hash: &str) -> Statement {
    Statement::new(
        "DELETE FROM sessions WHERE user_id = ?1 AND id_hash = ?2",
        params![user, id_hash],
    )
}

/// Ends all of the user's sessions, except the one named.
pub fn delete_others(user: Id<marker::User>, keep_id_hash: &str) -> Statement {
    Statement::new(
        "DELETE FROM sessions WHERE user_id = ?1 AND id_hash <> ?2",
        params![user, keep_id_hash],
    )
}

/// Gives a session another token; what the session is called stays, and so do its sockets.
pub fn rotate(user: Id<marker::User>, id_hash: &str, token_hash: &[u8]) -> Statement {
    Statement::new(
        "UPDATE sessions SET token_hash = ?3 WHERE user_id = ?1 AND id_hash = ?2",
        params![user, id_hash, token_hash],
    )
}

/// Ends those of the user's sessions that are named.
pub fn delete_named(user: Id<marker::User>, id_hashes: &[String]) -> Statement {
    Statement::new(
        "DELETE FROM sessions WHERE user_id = ?1 \
         AND id_hash IN (SELECT value FROM json_each(?2))",
        params![user, Json(id_hashes)],
    )
}

/// Ends all of the user's sessions.
pub fn delete_all(user: Id<marker::User>) -> Statement {
    Statement::new("DELETE FROM sessions WHERE user_id = ?1", params![user])
}
