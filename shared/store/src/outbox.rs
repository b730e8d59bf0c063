//! Table `outbox`, which both stores have: events that were committed and not yet delivered, on
//! hosts whose store does not dispatch them itself.

use model::{Audience, Event};

use crate::{Json, Query, Statement, params};

/// Adds an event to its stream. Its place in the stream is its row's number.
pub fn insert(event: &Event) -> Statement {
    Statement::new(
        "INSERT INTO outbox (stream, event) VALUES (?1, ?2)",
        params![stream_of(event) as i64, Json(event)],
    )
}

/// The number of the stream in whose order the event is delivered.
fn stream_of(event: &Event) -> u64 {
    match &event.audience {
        Audience::Guild(guild)
        | Audience::Channel { guild, .. }
        | Audience::Holders { guild, .. } => guild.get(),
        Audience::Private { channel, .. } => channel.get(),
        Audience::Users(users) => users.first().map_or(0, |user| user.get()),
    }
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
