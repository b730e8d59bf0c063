//! Table `relationships`: what each user is to another, a row for each side that knows of it.

use model::id::marker;
use model::relationship::{Relationship, kind};
use model::{Id, Timestamp};

use crate::users::{USER_COLUMNS, user, user_columns};
use crate::{Error, Guard, Query, Row, Statement, params};

type UserId = Id<marker::User>;

const RELATIONSHIP_COLUMNS: u16 = 3 + USER_COLUMNS;

macro_rules! select_relationships {
    ($($rest:tt)*) => {
        concat!(
            "SELECT relationships.type, relationships.nickname, relationships.since, ",
            user_columns!(),
            " FROM relationships JOIN users ON users.id = relationships.other_id ",
            $($rest)*
        )
    };
}

fn relationship(row: &mut Row<'_>) -> Result<Relationship, Error> {
    let kind = row.take()?;
    let nickname = row.take()?;
    let since = row.take()?;
    let user = user(row)?;
    Ok(Relationship {
        id: user.id,
        kind,
        nickname,
        since,
        user,
    })
}

/// What all others are to a user.
pub fn of_user(user: UserId) -> Query<Relationship> {
    let sql = select_relationships!("WHERE relationships.user_id = ?1");
    Query::new(sql, params![user], RELATIONSHIP_COLUMNS, relationship)
}

/// What one other is to a user.
pub fn one(user: UserId, other: UserId) -> Query<Relationship> {
    let sql =
        select_relationships!("WHERE relationships.user_id = ?1 AND relationships.other_id = ?2");
    Query::new(
        sql,
        params![user, other],
        RELATIONSHIP_COLUMNS,
        relationship,
    )
}

/// What each of two users is to the other: the second to the first, and the first to the second; 0
/// for nothing.
pub fn between(one: UserId, other: UserId) -> Query<(u8, u8)> {
    Query::new(
        "SELECT ifnull((SELECT type FROM relationships WHERE user_id = ?1 AND other_id = ?2), 0), \
         ifnull((SELECT type FROM relationships WHERE user_id = ?2 AND other_id = ?1), 0)",
        params![one, other],
        2,
        |row| Ok((row.take()?, row.take()?)),
    )
}

/// Those of `others` who blocked the user.
pub fn blockers_among(user: UserId, others: &[UserId]) -> Query<UserId> {
    Query::new(
        "SELECT user_id FROM relationships WHERE other_id = ?1 AND type = ?3 \
         AND user_id IN (SELECT value FROM json_each(?2))",
        params![user, others, kind::BLOCKED],
        1,
        |row| row.take(),
    )
}

/// Those of `others` who are friends of the user.
pub fn friends_among(user: UserId, others: &[UserId]) -> Query<UserId> {
    Query::new(
        "SELECT other_id FROM relationships WHERE user_id = ?1 AND type = ?3 \
         AND other_id IN (SELECT value FROM json_each(?2))",
        params![user, others, kind::FRIEND],
        1,
        |row| row.take(),
    )
}

/// The friends that two users share, up to `limit` of them.
pub fn mutual_friends(one: UserId, other: UserId, limit: u32) -> Query<UserId> {
    Query::new(
        "SELECT mine.other_id FROM relationships AS mine JOIN relationships AS theirs \
         ON theirs.user_id = ?2 AND theirs.other_id = mine.other_id AND theirs.type = ?3 \
         WHERE mine.user_id = ?1 AND mine.type = ?3 LIMIT ?4",
        params![one, other, kind::FRIEND, limit],
        1,
        |row| row.take(),
    )
}

/// Makes another user something to a user; see [`kind`].
pub fn set(user: UserId, other: UserId, kind: u8, now: Timestamp) -> Statement {
    Statement::new(
        "INSERT INTO relationships (user_id, other_id, type, since) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (user_id, other_id) DO UPDATE SET type = excluded.type, \
         since = excluded.since, nickname = NULL",
        params![user, other, kind, now],
    )
}

/// Changes what a user calls a friend. Changes nothing when they are none.
pub fn set_nickname(user: UserId, friend: UserId, nickname: Option<&str>) -> Statement {
    Statement::new(
        "UPDATE relationships SET nickname = ?3 \
         WHERE user_id = ?1 AND other_id = ?2 AND type = ?4",
        params![user, friend, nickname, kind::FRIEND],
    )
}

/// Makes another user nothing to a user.
pub fn delete(user: UserId, other: UserId) -> Statement {
    Statement::new(
        "DELETE FROM relationships WHERE user_id = ?1 AND other_id = ?2",
        params![user, other],
    )
}

/// Holds while two users are to each other what [`between`] said.
pub fn are(one: UserId, other: UserId, (to_one, to_other): (u8, u8)) -> Guard {
    Guard::new(
        "ifnull((SELECT type FROM relationships WHERE user_id = ?1 AND other_id = ?2), 0) = ?3 \
         AND ifnull((SELECT type FROM relationships WHERE user_id = ?2 AND other_id = ?1), 0) = ?4",
        params![one, other, to_one, to_other],
    )
}

/// Holds while fewer than `max` others are something to a user of the user's own doing.
pub fn fewer_than(user: UserId, max: u32) -> Guard {
    Guard::new(
        "(SELECT count(*) FROM relationships WHERE user_id = ?1 AND type <> ?3) < ?2",
        params![user, max, kind::INCOMING_REQUEST],
    )
}

/// Holds while fewer than `max` others ask a user to be a friend.
pub fn fewer_asking_than(user: UserId, max: u32) -> Guard {
    Guard::new(
        "(SELECT count(*) FROM relationships WHERE user_id = ?1 AND type = ?3) < ?2",
        params![user, max, kind::INCOMING_REQUEST],
    )
}
