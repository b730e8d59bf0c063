//! Table `applications`.

use model::application::Application;
use model::id::marker;
use model::{Code, Id};
use serde_json::{Map, Value as JsonValue};

use crate::changes::{self, Columns};
use crate::{Batch, Error, Guard, Json, Query, Row, Statement, Value, params};

macro_rules! select_applications {
    ($($rest:tt)*) => {
        concat!(
            "SELECT id, name, icon, description, owner_id, bot_id, bot_public, \
             bot_require_code_grant, flags, verify_key, settings FROM applications ",
            $($rest)*
        )
    };
}

const APPLICATION_COLUMNS: u16 = 11;

fn application(row: &mut Row<'_>) -> Result<Application, Error> {
    Ok(Application {
        id: row.take()?,
        name: row.take()?,
        icon: row.take()?,
        description: row.take()?,
        owner_id: row.take()?,
        bot_id: row.take()?,
        bot_public: row.take()?,
        bot_require_code_grant: row.take()?,
        flags: row.take()?,
        verify_key: row.take()?,
        settings: row.take::<Json<_>>()?.0,
    })
}

/// The application with this id.
pub fn by_id(id: Id<marker::Application>) -> Query<Application> {
    let sql = select_applications!("WHERE id = ?1");
    Query::new(sql, params![id], APPLICATION_COLUMNS, application)
}

/// The applications with these ids; unknown ones are missing.
pub fn by_ids(ids: &[Id<marker::Application>]) -> Query<Application> {
    let sql = select_applications!("WHERE id IN (SELECT value FROM json_each(?1))");
    Query::new(sql, params![ids], APPLICATION_COLUMNS, application)
}

/// The application of a bot.
pub fn by_bot(bot: Id<marker::User>) -> Query<Application> {
    let sql = select_applications!("WHERE bot_id = ?1");
    Query::new(sql, params![bot], APPLICATION_COLUMNS, application)
}

/// A user's applications, from the oldest.
pub fn of_owner(owner: Id<marker::User>) -> Query<Application> {
    let sql = select_applications!("WHERE owner_id = ?1 ORDER BY id");
    Query::new(sql, params![owner], APPLICATION_COLUMNS, application)
}

/// Adds an application, without a bot; `signing_key` is the private half of its key. The batch
/// fails with [`Code::TooManyApplications`] when the owner has `max` already.
pub fn insert(batch: &mut Batch, application: &Application, signing_key: &[u8], max: u32) {
    let fewer = Guard::new(
        "(SELECT count(*) FROM applications WHERE owner_id = ?1) < ?2",
        params![application.owner_id, max],
    );
    batch.require(fewer, Code::TooManyApplications);
    batch.push(Statement::new(
        "INSERT INTO applications (id, name, icon, description, owner_id, bot_public, \
         bot_require_code_grant, flags, verify_key, signing_key, settings) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            application.id,
            &application.name,
            application.icon.as_deref(),
            &application.description,
            application.owner_id,
            application.bot_public,
            application.bot_require_code_grant,
            application.flags,
            &application.verify_key,
            signing_key,
            Json(&application.settings),
        ],
    ));
}

/// What of an application its owner may edit.
fn columns(application: &Application) -> Columns {
    vec![
        ("name", Value::from(&application.name)),
        ("icon", application.icon.as_deref().into()),
        ("description", Value::from(&application.description)),
        ("bot_public", application.bot_public.into()),
        (
            "bot_require_code_grant",
            application.bot_require_code_grant.into(),
        ),
        ("flags", application.flags.into()),
    ]
}

/// Writes what differs between two states of an application, besides its settings. The batch fails
/// with [`Code::UnknownApplication`] when it is gone.
pub fn update(batch: &mut Batch, before: &Application, after: &Application) {
    let exists = "EXISTS (SELECT 1 FROM applications WHERE id = ?1)";
    batch.require(
        Guard::new(exists, params![after.id]),
        Code::UnknownApplication,
    );
    changes::write(
        batch,
        "applications",
        after.id,
        columns(before),
        columns(after),
    );
}

/// Puts a patch over an application's settings, each of its settings as a whole; null removes one.
pub fn merge_settings(id: Id<marker::Application>, patch: &Map<String, JsonValue>) -> Statement {
    // Taking the old values away first keeps a patch of objects from merging into them.
    let names = patch.keys().cloned();
    let nothing: Map<_, _> = names.map(|name| (name, JsonValue::Null)).collect();
    Statement::new(
        "UPDATE applications SET settings = json_patch(json_patch(settings, ?3), ?2) \
         WHERE id = ?1",
        params![id, Json(patch), Json(nothing)],
    )
}

/// Gives an application its bot. Changes nothing when it has one.
pub fn set_bot(id: Id<marker::Application>, bot: Id<marker::User>) -> Statement {
    Statement::new(
        "UPDATE applications SET bot_id = ?2 WHERE id = ?1 AND bot_id IS NULL",
        params![id, bot],
    )
}

/// Deletes an application. Changes nothing when there is none.
pub fn delete(id: Id<marker::Application>) -> Statement {
    Statement::new("DELETE FROM applications WHERE id = ?1", params![id])
}

/// How many guilds a bot is in.
pub fn guild_count(bot: Id<marker::User>) -> Query<u32> {
    Query::new(
        "SELECT count(*) FROM members WHERE user_id = ?1",
        params![bot],
        1,
        |row| row.take(),
    )
}
