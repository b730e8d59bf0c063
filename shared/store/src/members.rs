//! Tables `members` and `member_roles`.

use model::id::marker;
use model::member::Member;
use model::{Code, Id};

use crate::users::{USER_COLUMNS, user};
use crate::{Batch, Error, Json, Query, Row, Statement, params};

macro_rules! member_columns {
    () => {
        concat!(
            $crate::users::user_columns!(),
            ", members.nick, members.avatar, members.banner, \
             (SELECT json_group_array(role_id) FROM member_roles \
              WHERE member_roles.guild_id = members.guild_id \
              AND member_roles.user_id = members.user_id), \
             members.joined_at, members.premium_since, members.deaf, members.mute, \
             members.flags, members.pending, members.timed_out_until"
        )
    };
}

/// How many [`member_columns`] there are.
pub(crate) const MEMBER_COLUMNS: u16 = USER_COLUMNS + 11;

/// Reads [`member_columns`].
pub(crate) fn member(row: &mut Row<'_>) -> Result<Member, Error> {
    Ok(Member {
        user: Some(user(row)?),
        nick: row.take()?,
        avatar: row.take()?,
        banner: row.take()?,
        roles: row.take::<Json<Vec<Id<marker::Role>>>>()?.0,
        joined_at: row.take()?,
        premium_since: row.take()?,
        deaf: row.take()?,
        mute: row.take()?,
        flags: row.take()?,
        pending: row.take()?,
        communication_disabled_until: row.take()?,
    })
}

macro_rules! select_members {
    ($($rest:tt)*) => {
        concat!(
            "SELECT ",
            member_columns!(),
            " FROM members JOIN users ON users.id = members.user_id ",
            $($rest)*
        )
    };
}

/// One member.
pub fn one(guild: Id<marker::Guild>, user: Id<marker::User>) -> Query<Member> {
    let sql = select_members!("WHERE members.guild_id = ?1 AND members.user_id = ?2");
    Query::new(sql, params![guild, user], MEMBER_COLUMNS, member)
}

/// A user as a member of the guild that a channel belongs to.
pub fn in_guild_of(channel: Id<marker::Channel>, user: Id<marker::User>) -> Query<Member> {
    let sql = select_members!(
        "WHERE members.guild_id = (SELECT guild_id FROM channels WHERE id = ?1) \
         AND members.user_id = ?2"
    );
    Query::new(sql, params![channel, user], MEMBER_COLUMNS, member)
}

/// Those of these users that are members.
pub fn among(guild: Id<marker::Guild>, users: &[Id<marker::User>]) -> Query<Member> {
    let sql = select_members!(
        "WHERE members.guild_id = ?1 AND members.user_id IN (SELECT value FROM json_each(?2))"
    );
    Query::new(sql, params![guild, users], MEMBER_COLUMNS, member)
}

/// Up to `limit` members with ids above `after`, in id order.
pub fn page(guild: Id<marker::Guild>, after: u64, limit: u32) -> Query<Member> {
    let sql = select_members!(
        "WHERE members.guild_id = ?1 AND members.user_id > ?2 ORDER BY members.user_id LIMIT ?3"
    );
    Query::new(
        sql,
        params![guild, after as i64, limit],
        MEMBER_COLUMNS,
        member,
    )
}

/// Adds a member with their roles, and counts them. The batch fails with `already` when the user
/// is a member.
pub fn insert(
    batch: &mut Batch,
    guild: Id<marker::Guild>,
    user: Id<marker::User>,
    member: &Member,
    temporary: bool,
    already: Code,
) {
    batch.push_or(
        Statement::new(
            "INSERT INTO members (guild_id, user_id, nick, joined_at, pending, flags, temporary, \
             last_active_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?4)",
            params![
                guild,
                user,
                member.nick.as_deref(),
                member.joined_at,
                member.pending,
                member.flags,
                temporary,
            ],
        ),
        already,
    );
    batch.push(add_roles(guild, user, &member.roles));
    batch.push(Statement::new(
        "UPDATE guilds SET member_count = member_count + 1 WHERE id = ?1",
        params![guild],
    ));
}

/// Gives a member roles that they may already have.
pub fn add_roles(
    guild: Id<marker::Guild>,
    user: Id<marker::User>,
    roles: &[Id<marker::Role>],
) -> Statement {
    Statement::new(
        "INSERT INTO member_roles (guild_id, user_id, role_id) \
         SELECT ?1, ?2, value FROM json_each(?3) WHERE true ON CONFLICT DO NOTHING",
        params![guild, user, roles],
    )
}

/// Takes away all roles that are not among `keep`.
pub fn keep_roles(
    guild: Id<marker::Guild>,
    user: Id<marker::User>,
    keep: &[Id<marker::Role>],
) -> Statement {
    Statement::new(
        "DELETE FROM member_roles WHERE guild_id = ?1 AND user_id = ?2 \
         AND role_id NOT IN (SELECT value FROM json_each(?3))",
        params![guild, user, keep],
    )
}

/// Removes a member with their roles, and counts them out. The batch fails with
/// [`Code::UnknownMember`] when the user is not one.
pub fn delete(batch: &mut Batch, guild: Id<marker::Guild>, user: Id<marker::User>) {
    batch.push(Statement::new(
        "DELETE FROM member_roles WHERE guild_id = ?1 AND user_id = ?2",
        params![guild, user],
    ));
    batch.require(
        Statement::new(
            "DELETE FROM members WHERE guild_id = ?1 AND user_id = ?2",
            params![guild, user],
        ),
        Code::UnknownMember,
    );
    batch.push(Statement::new(
        "UPDATE guilds SET member_count = member_count - 1 WHERE id = ?1",
        params![guild],
    ));
}
