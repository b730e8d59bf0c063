//! Tables `members` and `member_roles`.

mod changes;
mod former;

use model::id::marker;
use model::member::Member;
use model::{Code, Id, Timestamp};

use crate::users::{USER_COLUMNS, user};
use crate::{Batch, Error, Guard, Json, Query, Row, Statement, params};

pub use changes::{note_active, set_flags, set_nick, set_profile, set_timeout, set_voice};
pub use former::{Former, delete, delete_present, former};

macro_rules! member_columns {
    () => {
        concat!(
            $crate::users::user_columns!(),
            ", members.nick, members.avatar, members.banner, \
             (SELECT json_group_array(role_id) FROM member_roles \
              WHERE member_roles.guild_id = members.guild_id \
              AND member_roles.user_id = members.user_id), \
             members.joined_at, members.premium_since, members.deaf, members.mute, \
             members.flags, members.pending, members.timed_out_until, members.guild_id"
        )
    };
}

/// How many [`member_columns`] there are.
pub(crate) const MEMBER_COLUMNS: u16 = USER_COLUMNS + 12;

/// Reads [`member_columns`].
pub(crate) fn member(row: &mut Row<'_>) -> Result<Member, Error> {
    let user = user(row)?;
    Ok(Member {
        id: Some(user.id),
        user: Some(user),
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
        guild_id: row.take()?,
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

/// Up to `limit` members with ids above `after` whose nickname, global name or username begins with
/// `prefix`, without regard to case and to how accents are written, in id order.
///
/// SQLite folds ASCII letters alone, so each character of the prefix is asked for as a list of
/// those that are as good; what a name begins with rules most members out.
pub fn search(guild: Id<marker::Guild>, prefix: &str, after: u64, limit: u32) -> Query<Member> {
    let sql = select_members!(
        "WHERE members.guild_id = ?1 AND members.user_id > ?3 \
         AND (instr(?5, substr(members.nick, 1, 1)) > 0 \
         OR instr(?5, substr(users.username, 1, 1)) > 0 \
         OR instr(?5, substr(users.global_name, 1, 1)) > 0) \
         AND EXISTS (SELECT 1 FROM json_each(?2) AS spelling, \
         json_each(json_array(members.nick, users.username, users.global_name)) AS name \
         WHERE length(name.value) >= json_array_length(spelling.value) \
         AND NOT EXISTS (SELECT 1 FROM json_each(spelling.value) AS wanted \
         WHERE instr(wanted.value, substr(name.value, wanted.key + 1, 1)) = 0)) \
         ORDER BY members.user_id LIMIT ?4"
    );
    let spellings = model::text::spellings(prefix);
    let first: String = spellings
        .iter()
        .filter_map(|chars| chars.first().map(String::as_str))
        .collect();
    Query::new(
        sql,
        params![guild, Json(spellings), after as i64, limit, first],
        MEMBER_COLUMNS,
        member,
    )
}

/// Up to `limit` members who were not active since `since` and hold no roles besides `roles`.
/// The owner is never among them.
pub fn inactive(
    guild: Id<marker::Guild>,
    since: Timestamp,
    roles: &[Id<marker::Role>],
    limit: u32,
) -> Query<Member> {
    let sql = select_members!(
        "WHERE members.guild_id = ?1 AND members.last_active_at < ?2 AND NOT EXISTS ( \
         SELECT 1 FROM member_roles WHERE member_roles.guild_id = members.guild_id \
         AND member_roles.user_id = members.user_id \
         AND role_id NOT IN (SELECT value FROM json_each(?3))) \
         AND members.user_id <> (SELECT owner_id FROM guilds WHERE id = ?1) LIMIT ?4"
    );
    Query::new(
        sql,
        params![guild, since, roles, limit],
        MEMBER_COLUMNS,
        member,
    )
}

/// Up to `limit` members who hold a role of the guild.
pub fn holding(guild: Id<marker::Guild>, role: Id<marker::Role>, limit: u32) -> Query<Member> {
    let sql = select_members!(
        "WHERE members.guild_id = ?1 AND members.user_id IN \
         (SELECT user_id FROM member_roles WHERE role_id = ?2) LIMIT ?3"
    );
    Query::new(sql, params![guild, role, limit], MEMBER_COLUMNS, member)
}

/// How many members [`inactive`] would name without a limit.
pub fn count_inactive(
    guild: Id<marker::Guild>,
    since: Timestamp,
    roles: &[Id<marker::Role>],
) -> Query<u32> {
    Query::new(
        "SELECT count(*) FROM members WHERE guild_id = ?1 AND last_active_at < ?2 \
         AND NOT EXISTS (SELECT 1 FROM member_roles \
         WHERE member_roles.guild_id = members.guild_id \
         AND member_roles.user_id = members.user_id \
         AND role_id NOT IN (SELECT value FROM json_each(?3))) \
         AND user_id <> (SELECT owner_id FROM guilds WHERE id = ?1)",
        params![guild, since, roles],
        1,
        |row| row.take(),
    )
}

/// How many members of each of these guilds were active since `since`, where counting stops at
/// `max`: a number that is approximate must not cost a look at everybody.
pub fn count_active(
    guilds: &[Id<marker::Guild>],
    since: Timestamp,
    max: u32,
) -> Query<(Id<marker::Guild>, u32)> {
    Query::new(
        "SELECT given.value, (SELECT count(*) FROM (SELECT 1 FROM members \
         WHERE guild_id = given.value AND last_active_at >= ?2 LIMIT ?3)) \
         FROM json_each(?1) AS given",
        params![guilds, since, max],
        2,
        |row| Ok((row.take()?, row.take()?)),
    )
}

/// The guilds that a user joined by a temporary invite and where they hold no role.
pub fn temporary_of(user: Id<marker::User>) -> Query<Id<marker::Guild>> {
    Query::new(
        "SELECT guild_id FROM members WHERE user_id = ?1 AND temporary = 1 \
         AND NOT EXISTS (SELECT 1 FROM member_roles \
         WHERE member_roles.guild_id = members.guild_id AND member_roles.user_id = ?1)",
        params![user],
        1,
        |row| row.take(),
    )
}

/// The guilds that a user is a member of.
pub fn guild_ids_of(user: Id<marker::User>) -> Query<Id<marker::Guild>> {
    let sql = "SELECT guild_id FROM members WHERE user_id = ?1";
    Query::new(sql, params![user], 1, |row| row.take())
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
             deaf, mute, timed_out_until, last_active_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?4)",
            params![
                guild,
                user,
                member.nick.as_deref(),
                member.joined_at,
                member.pending,
                member.flags,
                temporary,
                member.deaf,
                member.mute,
                member.communication_disabled_until,
            ],
        ),
        already,
    );
    batch.push(former::forget(guild, user));
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

/// Takes roles away from a member.
pub fn remove_roles(
    guild: Id<marker::Guild>,
    user: Id<marker::User>,
    roles: &[Id<marker::Role>],
) -> Statement {
    Statement::new(
        "DELETE FROM member_roles WHERE guild_id = ?1 AND user_id = ?2 \
         AND role_id IN (SELECT value FROM json_each(?3))",
        params![guild, user, roles],
    )
}

/// Holds while the user is a member.
pub fn is_present(guild: Id<marker::Guild>, user: Id<marker::User>) -> Guard {
    Guard::new(
        "EXISTS (SELECT 1 FROM members WHERE guild_id = ?1 AND user_id = ?2)",
        params![guild, user],
    )
}

/// Holds while none of the users is a member.
pub fn are_absent(guild: Id<marker::Guild>, users: &[Id<marker::User>]) -> Guard {
    Guard::new(
        "NOT EXISTS (SELECT 1 FROM members \
         WHERE guild_id = ?1 AND user_id IN (SELECT value FROM json_each(?2)))",
        params![guild, users],
    )
}

/// Holds while the user is in fewer than `max` guilds.
pub fn in_fewer_than(user: Id<marker::User>, max: u32) -> Guard {
    Guard::new(
        "(SELECT count(*) FROM members WHERE user_id = ?1) < ?2",
        params![user, max],
    )
}

/// Holds while the guild has fewer than `max` members.
pub fn fewer_than(guild: Id<marker::Guild>, max: u32) -> Guard {
    Guard::new(
        "(SELECT member_count FROM guilds WHERE id = ?1) < ?2",
        params![guild, max],
    )
}

/// A user as a member of each of their guilds.
pub fn memberships(of: Id<marker::User>) -> Query<(Id<marker::Guild>, Member)> {
    let sql = concat!(
        "SELECT members.guild_id, ",
        member_columns!(),
        " FROM members JOIN users ON users.id = members.user_id \
         WHERE members.user_id = ?1 ORDER BY members.guild_id"
    );
    Query::new(sql, params![of], MEMBER_COLUMNS + 1, |row| {
        Ok((row.take()?, member(row)?))
    })
}

/// The guilds that two users share, each with the nickname of the second.
pub fn mutual_guilds(
    one: Id<marker::User>,
    other: Id<marker::User>,
) -> Query<(Id<marker::Guild>, Option<String>)> {
    Query::new(
        "SELECT theirs.guild_id, theirs.nick FROM members AS mine \
         JOIN members AS theirs ON theirs.guild_id = mine.guild_id \
         WHERE mine.user_id = ?1 AND theirs.user_id = ?2 ORDER BY theirs.guild_id",
        params![one, other],
        2,
        |row| Ok((row.take()?, row.take()?)),
    )
}

/// Those of `others` with whom the user shares a guild.
pub fn acquainted(user: Id<marker::User>, others: &[Id<marker::User>]) -> Query<Id<marker::User>> {
    Query::new(
        "SELECT given.value FROM json_each(?2) AS given \
         WHERE EXISTS (SELECT 1 FROM members AS mine \
         JOIN members AS theirs ON theirs.guild_id = mine.guild_id \
         WHERE mine.user_id = ?1 AND theirs.user_id = given.value)",
        params![user, others],
        1,
        |row| row.take(),
    )
}
