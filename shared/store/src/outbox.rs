//! Table `outbox`, which both stores have: the [log](crate::log), as the gateway reads it.
//!
//! The gateway is the log's first reader. It reads each stream by itself and begins nowhere, so its
//! position is a bit of each row: what it has had is in the stream's complement, a negative number,
//! and what nobody else needs either goes at once.

use model::id::marker;
use model::{Event, Id, Timestamp};

use crate::log::{Entry, LAST_NEEDED};
use crate::{Call, Query, Statement, Value, params, rows};

/// The stream of all events that are no guild's.
pub const USERS: i64 = 0;

/// Adds events to their streams. The place of each in its stream is its row's number.
pub fn insert(events: &[Event], now: Timestamp) -> Vec<Statement> {
    insert_rows(events, |event| {
        params![stream_of(event), Entry::write(event, now)]
    })
}

impl Call {
    /// The call for a host whose store dispatches no events: they are rows of the outbox, written
    /// by statements after those of the batch, whose outcomes are nobody's.
    pub fn with_outbox(mut self, now: Timestamp) -> Self {
        let events = std::mem::take(&mut self.events);
        self.statements.extend(insert(&events, now));
        self
    }
}

/// Adds events that the gateway gets in another way, for the readers of the log alone.
pub fn insert_delivered(events: &[Event], now: Timestamp) -> Vec<Statement> {
    insert_rows(events, |event| {
        params![!stream_of(event), Entry::write(event, now)]
    })
}

fn insert_rows(events: &[Event], row: impl Fn(&Event) -> Vec<Value>) -> Vec<Statement> {
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

/// Up to `limit` events after number `after` that the gateway has not had, in order, each with its
/// number and stream.
pub fn after(after: i64, limit: u32) -> Query<(i64, i64, Event)> {
    // The rows of lagging readers are not scanned.
    Query::new(
        "SELECT seq, stream, event FROM outbox WHERE +stream >= 0 AND seq >= max(?1 + 1, \
         (SELECT min(seq) FROM outbox INDEXED BY outbox_by_stream WHERE stream >= 0)) \
         ORDER BY seq LIMIT ?2",
        params![after, limit],
        3,
        |row| {
            let (seq, stream) = (row.take()?, row.take()?);
            Ok((seq, stream, Entry::read(&row.take::<String>()?)?.event))
        },
    )
}

/// How the statement begins that removes what the gateway has had.
const REMOVE: &str = "DELETE FROM outbox INDEXED BY outbox_by_stream ";

/// The gateway has had every event up to number `through`.
pub fn delivered_through(through: i64) -> Vec<Statement> {
    vec![
        Statement::new(
            format!("{REMOVE}WHERE stream >= 0 AND seq <= ?1 AND seq <= {LAST_NEEDED}"),
            params![through],
        ),
        Statement::new(
            "UPDATE outbox INDEXED BY outbox_by_stream SET stream = ~stream \
             WHERE stream >= 0 AND seq <= ?1",
            params![through],
        ),
    ]
}

/// Whether the call says what the gateway has had. Its events are in the log already.
pub fn is_delivered_by(call: &Call) -> bool {
    let mut statements = call.statements.iter();
    statements.any(|statement| statement.sql.starts_with(REMOVE))
}

/// Up to `limit` events of one stream after number `after` that the gateway has not had, in order,
/// each with its number.
pub fn of_stream(stream: i64, after: i64, limit: u32) -> Query<(i64, Event)> {
    Query::new(
        "SELECT seq, event FROM outbox WHERE stream = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
        params![stream, after, limit],
        2,
        |row| Ok((row.take()?, Entry::read(&row.take::<String>()?)?.event)),
    )
}

/// The gateway has had the events of one stream up to number `through`.
pub fn delivered_of_stream(stream: i64, through: i64) -> Vec<Statement> {
    vec![
        Statement::new(
            format!("{REMOVE}WHERE stream = ?1 AND seq <= ?2 AND seq <= {LAST_NEEDED}"),
            params![stream, through],
        ),
        Statement::new(
            "UPDATE outbox INDEXED BY outbox_by_stream SET stream = ~stream \
             WHERE stream = ?1 AND seq <= ?2",
            params![stream, through],
        ),
    ]
}

/// The guilds of which there are events that the gateway has not had.
pub fn guilds() -> Query<Id<marker::Guild>> {
    Query::new(
        "SELECT DISTINCT stream FROM outbox WHERE stream > ?1",
        params![USERS],
        1,
        |row| row.take(),
    )
}
