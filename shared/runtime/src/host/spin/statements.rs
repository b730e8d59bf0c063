//! A call run statement by statement, which is all that Spin's own database takes.

use spin_sdk::sqlite::wit::sqlite::Connection;
use spin_sdk::sqlite::{Error as SqliteError, Value as SpinValue};
use store::{Call, Error, Outcome, Statement, Value};

use super::sqlite_error;

/// Runs the call in a transaction of its own.
pub fn run(connection: &Connection, call: &Call) -> Result<Vec<Outcome>, Error> {
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
