//! Table `applications`.

use model::application::Application;
use model::id::marker;
use model::{Code, Id};

use crate::{Batch, Error, Guard, Json, Query, Row, Statement, params};

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
    batch.guard(fewer, Code::TooManyApplications);
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

/// Overwrites everything of an application that its owner may edit.
pub fn update(application: &Application) -> Statement {
    Statement::new(
        "UPDATE applications SET name = ?2, icon = ?3, description = ?4, bot_public = ?5, \
         bot_require_code_grant = ?6, flags = ?7, settings = ?8 WHERE id = ?1",
        params![
            application.id,
            &application.name,
            application.icon.as_deref(),
            &application.description,
            application.bot_public,
            application.bot_require_code_grant,
            application.flags,
            Json(&application.settings),
        ],
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
