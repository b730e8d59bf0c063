//! Table `outbox`, which both stores have: events that were committed and not yet delivered, on
//! hosts whose store does not dispatch them itself.

use model::id::marker;
use model::{Event, Id};

use crate::{Json, Query, Statement, params, rows};

/// The stream of all events that are no guild's.
pub const USERS: i64 = 0;

/// Adds events to their streams. The place of each in its stream is its row's number.
pub fn insert(events: &[Event]) -> Vec<Statement> {
    let row = |event| params![stream_of(event), Json(event)];
    match events {
        [event] => vec![Statement::new(
            "INSERT INTO outbox (stream, event) VALUES (?1, ?2)",
            row(event),
        )],
        events => rows::insert("outbox (stream, event)", events.iter().map(row)),
    }
}

/// The stream in whose order the event is delivered: the guild's id, or [`USERS`].
fn stream_of(event: &Event) -> i64 {
    event
        .audience
        .guild()
        .map_or(USERS, |guild| guild.get() as i64)
}

/// Up to `limit` events after number `after`, in order, each with its number and stream.
pub fn after(after: i64, limit: u32) -> Query<(i64, i64, Event)> {
    Query::new(
        "SELECT seq, stream, event FROM outbox WHERE seq > ?1 ORDER BY seq LIMIT ?2",
        params![after, limit],
        3,
        |row| Ok((row.take()?, row.take()?, row.take::<Json<Event>>()?.0)),
    )
}

/// Forgets every event up to number `through`: all of them were delivered.
pub fn delete_through(through: i64) -> Statement {
    Statement::new("DELETE FROM outbox WHERE seq <= ?1", params![through])
}

/// Up to `limit` events of one stream after number `after`, in order, each with its number.
pub fn of_stream(stream: i64, after: i64, limit: u32) -> Query<(i64, Event)> {
    Query::new(
        "SELECT seq, event FROM outbox WHERE stream = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
        params![stream, after, limit],
        2,
        |row| Ok((row.take()?, row.take::<Json<Event>>()?.0)),
    )
}

/// Forgets the events of one stream up to number `through`.
pub fn delete_of_stream(stream: i64, through: i64) -> Statement {
    Statement::new(
        "DELETE FROM outbox WHERE stream = ?1 AND seq <= ?2",
        params![stream, through],
    )
}

/// The guilds of which there are events.
pub fn guilds() -> Query<Id<marker::Guild>> {
    Query::new(
        "SELECT DISTINCT stream FROM outbox WHERE stream <> ?1",
        params![USERS],
        1,
        |row| row.take(),
    )
}
