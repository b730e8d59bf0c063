//! A call run statement by statement, on a Spin that takes nothing else.
//!
//! A write is a transaction of this connection, and its events are rows of `outbox` in the same
//! transaction: whoever dies between the commit and the publication loses nothing.

use anyhow::anyhow;
use http::{Method, header};
use spin_sdk::sqlite::wit::sqlite::Connection;
use spin_sdk::sqlite::{Error as SqliteError, Value as SpinValue};
use store::{Call, Error, Outcome, Statement, Value, outbox};

use super::{Host, Spin, sqlite_error};
use crate::{BodyStream, Config, internal};

/// The path by which the gateway is told.
const PUBLISH: &str = "/internal/v1/publish";

/// Runs the call, then tells the gateway of its events.
pub async fn run(
    connection: &Connection,
    mut call: Call,
    config: &Config,
) -> Result<Vec<Outcome>, Error> {
    let wanted = call.statements.len();
    let publishes = !call.events.is_empty();
    for event in std::mem::take(&mut call.events) {
        call.statements.push(outbox::insert(&event));
    }
    let mut outcomes = transaction(connection, &call)?;
    outcomes.truncate(wanted);
    if publishes {
        // The rows are safe: the gateway also fetches what it was not told of.
        if let Err(error) = announce(config).await {
            crate::host::log_error(&format!(
                "the gateway was not told of new events: {error:#}"
            ));
        }
    }
    Ok(outcomes)
}

fn transaction(connection: &Connection, call: &Call) -> Result<Vec<Outcome>, Error> {
    let begin = if call.write {
        "BEGIN IMMEDIATE"
    } else {
        "BEGIN"
    };
    execute(connection, begin, &[]).map_err(sqlite_error)?;
    let run = |(index, statement): (usize, &Statement)| {
        let params: Vec<_> = statement.params.iter().map(to_spin).collect();
        execute(connection, &statement.sql, &params).map_err(|error| rejected(index, error))
    };
    let outcomes: Result<Vec<_>, _> = call.statements.iter().enumerate().map(run).collect();
    let end = if outcomes.is_ok() {
        "COMMIT"
    } else {
        "ROLLBACK"
    };
    let ended = execute(connection, end, &[]).map_err(sqlite_error);
    let outcomes = outcomes?;
    ended?;
    Ok(outcomes)
}

fn execute(
    connection: &Connection,
    sql: &str,
    params: &[SpinValue],
) -> Result<Outcome, SqliteError> {
    let answer = connection.execute(sql, params)?;
    let columns = answer.columns.len() as u16;
    let values = answer
        .rows
        .into_iter()
        .flat_map(|row| row.values)
        .map(from_spin)
        .collect();
    Ok(Outcome {
        columns,
        values,
        changes: connection.changes(),
    })
}

/// A constraint's violation, told by its message: Spin has no other sign of it.
fn rejected(index: usize, error: SqliteError) -> Error {
    match error {
        SqliteError::Io(message) if message.contains("constraint failed") => Error::Rejected {
            statement: index as u32,
            message,
        },
        other => sqlite_error(other),
    }
}

fn to_spin(value: &Value) -> SpinValue {
    match value {
        Value::Null => SpinValue::Null,
        Value::Integer(number) => SpinValue::Integer(*number),
        Value::Real(number) => SpinValue::Real(*number),
        Value::Text(text) => SpinValue::Text(text.clone()),
        Value::Blob(bytes) => SpinValue::Blob(bytes.clone()),
    }
}

fn from_spin(value: SpinValue) -> Value {
    match value {
        SpinValue::Null => Value::Null,
        SpinValue::Integer(number) => Value::Integer(number),
        SpinValue::Real(number) => Value::Real(number),
        SpinValue::Text(text) => Value::Text(text),
        SpinValue::Blob(bytes) => Value::Blob(bytes),
    }
}

/// Tells the gateway that the outbox has new rows.
async fn announce(config: &Config) -> anyhow::Result<()> {
    let proof = internal::proof(
        &config.internal_key,
        &Method::POST,
        PUBLISH,
        b"",
        Spin.now(),
    );
    let request = http::Request::builder()
        .method(Method::POST)
        .uri(format!("{}{PUBLISH}", config.gateway_url))
        .header(header::AUTHORIZATION, proof)
        .body(BodyStream::empty())?;
    let response = Spin.fetch(request).await?;
    if !response.status().is_success() {
        return Err(anyhow!("it answered {}", response.status()));
    }
    Ok(())
}
