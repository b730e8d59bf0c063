//! Tables `user_settings` and `user_guild_settings`.

use model::Id;
use model::id::marker;
use serde_json::{Map, Value as JsonValue};

use crate::{Json, Query, Statement, params};

/// Settings as a client sets them: only what differs from the defaults.
pub type Stored = Map<String, JsonValue>;

/// A user's settings; nothing when they set none.
pub fn of_user(user: Id<marker::User>) -> Query<Stored> {
    Query::new(
        "SELECT settings FROM user_settings WHERE user_id = ?1",
        params![user],
        1,
        |row| Ok(row.take::<Json<Stored>>()?.0),
    )
}

/// Puts a patch over a user's settings, each of its settings as a whole; null takes one back to its
/// default.
pub fn merge(user: Id<marker::User>, patch: &Stored) -> Statement {
    // Taking the old values away first keeps a patch of objects from merging into them.
    let names = patch.keys().cloned();
    let nothing: Stored = names.map(|name| (name, JsonValue::Null)).collect();
    Statement::new(
        "INSERT INTO user_settings (user_id, settings) VALUES (?1, json_patch('{}', ?2)) \
         ON CONFLICT (user_id) \
         DO UPDATE SET settings = json_patch(json_patch(settings, ?3), ?2)",
        params![user, Json(patch), Json(nothing)],
    )
}

/// Which of Discord's protobufs of settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proto {
    /// General settings, which READY carries.
    Preloaded,
    /// Favourites and what was used often.
    Frecency,
    /// For experiments.
    Test,
}

/// A user's protobuf, `None` when they never set it; nothing when they set nothing at all.
pub fn proto(user: Id<marker::User>, proto: Proto) -> Query<Option<Vec<u8>>> {
    let sql = match proto {
        Proto::Preloaded => "SELECT preloaded_proto FROM user_settings WHERE user_id = ?1",
        Proto::Frecency => "SELECT frecency_proto FROM user_settings WHERE user_id = ?1",
        Proto::Test => "SELECT test_proto FROM user_settings WHERE user_id = ?1",
    };
    Query::new(sql, params![user], 1, |row| row.take())
}

macro_rules! replace_proto {
    ($column:literal) => {
        concat!(
            "INSERT INTO user_settings (user_id, ",
            $column,
            ") VALUES (?1, ?3) ON CONFLICT (user_id) DO UPDATE SET ",
            $column,
            " = ?3 WHERE ",
            $column,
            " IS ?2"
        )
    };
}

/// Replaces a user's protobuf. Changes nothing when `old` is no longer the one.
pub fn replace_proto(
    user: Id<marker::User>,
    proto: Proto,
    old: Option<&[u8]>,
    new: &[u8],
) -> Statement {
    let sql = match proto {
        Proto::Preloaded => replace_proto!("preloaded_proto"),
        Proto::Frecency => replace_proto!("frecency_proto"),
        Proto::Test => replace_proto!("test_proto"),
    };
    Statement::new(sql, params![user, old, new])
}

/// A user's settings for all guilds. Number 0 stands for private conversations.
pub fn of_guilds(user: Id<marker::User>) -> Query<(Id<marker::Guild>, Stored)> {
    Query::new(
        "SELECT guild_id, settings FROM user_guild_settings WHERE user_id = ?1",
        params![user],
        2,
        |row| Ok((row.take()?, row.take::<Json<Stored>>()?.0)),
    )
}

/// A user's settings for one guild.
pub fn of_guild(user: Id<marker::User>, guild: Id<marker::Guild>) -> Query<Stored> {
    Query::new(
        "SELECT settings FROM user_guild_settings WHERE user_id = ?1 AND guild_id = ?2",
        params![user, guild],
        1,
        |row| Ok(row.take::<Json<Stored>>()?.0),
    )
}

/// Merges a patch into a user's settings for a guild, those for its channels one by one; null takes
/// a setting back to its default. The change is counted.
pub fn merge_guild(user: Id<marker::User>, guild: Id<marker::Guild>, patch: &Stored) -> Statement {
    Statement::new(
        "INSERT INTO user_guild_settings (user_id, guild_id, settings) \
         VALUES (?1, ?2, json_set(json_patch('{}', ?3), '$.version', 1)) \
         ON CONFLICT (user_id, guild_id) DO UPDATE SET settings = json_set( \
         json_patch(settings, ?3), '$.version', \
         ifnull(json_extract(settings, '$.version'), 0) + 1)",
        params![user, guild, Json(patch)],
    )
}
