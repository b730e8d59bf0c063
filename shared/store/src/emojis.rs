//! Table `emojis`.

use model::Id;
use model::emoji::Emoji;
use model::id::marker;
use model::user::User;

use crate::users::{USER_COLUMNS, user};
use crate::{Error, Json, Query, Row, Statement, params};

/// Reads an emoji without its uploader.
fn emoji(row: &mut Row<'_>) -> Result<Emoji, Error> {
    Ok(Emoji {
        id: row.take()?,
        name: row.take()?,
        animated: row.take()?,
        roles: row.take::<Json<Vec<Id<marker::Role>>>>()?.0,
        user: None,
        require_colons: true,
        managed: false,
        available: true,
    })
}

/// All emoji of a guild in the order of their ids, without their uploaders.
pub fn of_guild(guild: Id<marker::Guild>) -> Query<Emoji> {
    Query::new(
        "SELECT id, name, animated, roles FROM emojis WHERE guild_id = ?1 ORDER BY id",
        params![guild],
        4,
        emoji,
    )
}

/// One emoji of a guild, without its uploader.
pub fn one(guild: Id<marker::Guild>, id: Id<marker::Emoji>) -> Query<Emoji> {
    Query::new(
        "SELECT id, name, animated, roles FROM emojis WHERE id = ?2 AND guild_id = ?1",
        params![guild, id],
        4,
        emoji,
    )
}

/// Who uploaded the emoji of a guild, in the order of the emoji's ids.
pub fn uploaders(guild: Id<marker::Guild>) -> Query<(Id<marker::Emoji>, User)> {
    let sql = concat!(
        "SELECT emojis.id, ",
        crate::users::user_columns!(),
        " FROM emojis JOIN users ON users.id = emojis.user_id \
         WHERE emojis.guild_id = ?1 ORDER BY emojis.id"
    );
    Query::new(sql, params![guild], 1 + USER_COLUMNS, |row| {
        Ok((row.take()?, user(row)?))
    })
}

/// Who uploaded an emoji.
pub fn uploader(id: Id<marker::Emoji>) -> Query<User> {
    let sql = concat!(
        "SELECT ",
        crate::users::user_columns!(),
        " FROM emojis JOIN users ON users.id = emojis.user_id WHERE emojis.id = ?1"
    );
    Query::new(sql, params![id], USER_COLUMNS, user)
}

/// Adds an emoji that `uploader` made.
pub fn insert(guild: Id<marker::Guild>, emoji: &Emoji, uploader: Id<marker::User>) -> Statement {
    Statement::new(
        "INSERT INTO emojis (id, guild_id, name, animated, user_id, roles) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            emoji.id,
            guild,
            &emoji.name,
            emoji.animated,
            uploader,
            Json(&emoji.roles)
        ],
    )
}

/// Writes an emoji's name and roles.
pub fn update(emoji: &Emoji) -> Statement {
    Statement::new(
        "UPDATE emojis SET name = ?2, roles = ?3 WHERE id = ?1",
        params![emoji.id, &emoji.name, Json(&emoji.roles)],
    )
}

/// Deletes an emoji.
pub fn delete(id: Id<marker::Emoji>) -> Statement {
    Statement::new("DELETE FROM emojis WHERE id = ?1", params![id])
}

/// An emoji with its guild, if the user is a member of it: others cannot use it.
pub fn usable_by(
    id: Id<marker::Emoji>,
    user: Id<marker::User>,
) -> Query<(Id<marker::Guild>, Emoji)> {
    Query::new(
        "SELECT emojis.guild_id, id, name, animated, roles FROM emojis \
         JOIN members ON members.guild_id = emojis.guild_id AND members.user_id = ?2 \
         WHERE emojis.id = ?1",
        params![id, user],
        5,
        |row| Ok((row.take()?, emoji(row)?)),
    )
}
