//! Records of what is in a database.

use std::collections::BTreeSet;

use super::{Counts, Fields, Kind, Rows, Subject, TYPES, Type, fields};
use crate::embedded::Connection;
use crate::{Error, FromValue, Json, Statement, Value, params};

/// The users whom messages of these channels mention.
const MENTIONED: &str = "SELECT DISTINCT mention.value FROM messages, \
     json_each(messages.extra, '$.mentions') AS mention \
     WHERE messages.channel_id IN (SELECT value FROM json_each(?1)) \
     AND messages.extra IS NOT NULL";

/// Whether there is a guild with this id.
///
/// # Errors
/// The database's own.
pub fn guild(connection: &mut Connection, id: i64) -> Result<bool, Error> {
    let sql = "SELECT id FROM guilds WHERE id = ?1";
    let found = connection.run(&Statement::new(sql, params![id]))?;
    Ok(!found.values.is_empty())
}

/// The person with this name.
///
/// # Errors
/// The database's own.
pub fn person(connection: &mut Connection, name: &str) -> Result<Option<i64>, Error> {
    let sql = "SELECT id FROM users WHERE username = ?1 AND discriminator = '0'";
    let found = connection.run(&Statement::new(sql, params![name]))?;
    found
        .values
        .into_iter()
        .next()
        .map(i64::from_value)
        .transpose()
}

/// Hands every record of the guild or the person with this id to `sink`, as they were at one
/// moment, while others write. None but the one at hand is held in memory.
///
/// # Errors
/// The database's own, and the sink's.
pub fn export<E: From<Error>>(
    connection: &mut Connection,
    subject: Subject,
    id: i64,
    mut sink: impl FnMut(&'static Type, Fields) -> Result<(), E>,
) -> Result<Counts, E> {
    connection.run(&Statement::new("BEGIN", Vec::new()))?;
    let counts = records(connection, subject, id, &mut sink);
    connection.run(&Statement::new("ROLLBACK", Vec::new()))?;
    counts
}

fn records<E: From<Error>>(
    connection: &mut Connection,
    subject: Subject,
    id: i64,
    sink: &mut impl FnMut(&'static Type, Fields) -> Result<(), E>,
) -> Result<Counts, E> {
    let mut scope = Scope::read(connection, subject, id)?;
    scope.name_users(connection, subject)?;
    let mut counts = Counts::new();
    for kind in TYPES {
        let Some(rows) = kind.rows(subject) else {
            continue;
        };
        let columns: Vec<_> = kind.columns.iter().map(|column| column.name).collect();
        let statement = scope.select(&columns.join(", "), kind.table, rows);
        connection.each(&statement, |row| {
            let fields = record(kind, row)?;
            *counts.entry(kind.name).or_default() += 1;
            sink(kind, fields)
        })?;
    }
    Ok(counts)
}

fn record(kind: &Type, row: Vec<Value>) -> Result<Fields, Error> {
    let mut fields = Fields::new();
    for (column, value) in kind.columns.iter().zip(row) {
        fields.insert(column.name.to_owned(), fields::field(column, value)?);
    }
    Ok(fields)
}

/// What decides which rows are exported.
struct Scope {
    id: i64,
    channels: Vec<i64>,
    users: BTreeSet<i64>,
}

impl Scope {
    fn read(connection: &mut Connection, subject: Subject, id: i64) -> Result<Self, Error> {
        let sql = match subject {
            Subject::Guild => "SELECT id FROM channels WHERE guild_id = ?1",
            Subject::User => "SELECT channel_id FROM recipients WHERE user_id = ?1",
        };
        let channels = connection.run(&Statement::new(sql, params![id]))?.values;
        let channels: Result<_, _> = channels.into_iter().map(i64::from_value).collect();
        Ok(Self {
            id,
            channels: channels?,
            users: BTreeSet::new(),
        })
    }

    /// Finds the users whom the other records name.
    fn name_users(&mut self, connection: &mut Connection, subject: Subject) -> Result<(), Error> {
        let others = TYPES.iter().filter(|kind| kind.table != "users");
        let mut statements = vec![Statement::new(MENTIONED, params![Json(&self.channels)])];
        for kind in others {
            let users = kind
                .columns
                .iter()
                .filter(|column| column.kind == Kind::User);
            for column in users {
                let distinct = format!("DISTINCT {}", column.name);
                let rows = kind.rows(subject);
                statements.extend(rows.map(|rows| self.select(&distinct, kind.table, rows)));
            }
        }
        for statement in &statements {
            for value in connection.run(statement)?.values {
                self.users.extend(Option::<i64>::from_value(value)?);
            }
        }
        if subject == Subject::User {
            self.users.remove(&self.id);
        }
        Ok(())
    }

    fn select(&self, columns: &str, table: &str, rows: Rows) -> Statement {
        let one = |column| format!("SELECT {columns} FROM {table} WHERE {column} = ?1");
        let one_of = |column| {
            let list = "(SELECT value FROM json_each(?1))";
            format!("SELECT {columns} FROM {table} WHERE {column} IN {list}")
        };
        match rows {
            Rows::Subject(column) => Statement::new(one(column), params![self.id]),
            Rows::Channel(column) => Statement::new(one_of(column), params![Json(&self.channels)]),
            Rows::Named(column) => Statement::new(one_of(column), params![Json(&self.users)]),
        }
    }
}
