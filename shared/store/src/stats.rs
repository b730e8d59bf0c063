//! How much there is of everything. These statements read whole tables: only an operator asks.

use crate::Query;

/// Numbers of rows of the main store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Users, bots included.
    pub users: i64,
    /// Guilds.
    pub guilds: i64,
    /// Members of all guilds together.
    pub members: i64,
}

/// The numbers of users, guilds and members.
pub fn counts() -> Query<Counts> {
    Query::new(
        "SELECT (SELECT count(*) FROM users), count(*), coalesce(sum(member_count), 0) FROM guilds",
        Vec::new(),
        3,
        |row| {
            Ok(Counts {
                users: row.take()?,
                guilds: row.take()?,
                members: row.take()?,
            })
        },
    )
}

/// The number of messages.
pub fn messages() -> Query<i64> {
    Query::new("SELECT count(*) FROM messages", Vec::new(), 1, |row| {
        row.take()
    })
}
