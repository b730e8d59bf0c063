//! Statements and answers as D1 takes and gives them.
//!
//! D1's interface has doubles only, and every id is beyond 2^53: integers are bound as decimal text
//! under a `CAST`, and every row comes back as one JSON text, in which SQLite writes integers
//! exactly. A failed batch does not say which statement failed: a guard fails with its number in
//! the message, and a constraint names its table.
//!
//! See [D1's limits](https://developers.cloudflare.com/d1/platform/limits/).

use serde_json::value::RawValue;

mod limits;
mod reading;

pub use limits::check;
pub use reading::Reading;

use crate::batch::GUARD;
use crate::{Call, Error, Outcome, Statement, Value};

/// Arguments of one `json_array`; D1 takes 32.
const ARGUMENTS_MAX: u16 = 30;
/// What stands before a failed guard's number, in the message that D1 answers with.
const FAILED_GUARD: &str = "guard ";
/// The name of the one member of the object that stands for bytes.
const BYTES: &str = "";

/// The text to prepare for the statement at `index` of its batch.
pub fn sql(index: usize, statement: &Statement) -> String {
    let bound = |number: usize, value: &Value| match value {
        Value::Integer(_) => format!("CAST(?{number} AS INTEGER)"),
        _ => format!("?{number}"),
    };
    shaped(index, statement, bound)
}

/// The same with its parameters in it, for a shell, where nothing can be bound.
pub fn literal(index: usize, statement: &Statement) -> String {
    shaped(index, statement, |_, value| match value {
        Value::Null => "NULL".to_owned(),
        // Two signs in a row would begin a comment.
        Value::Integer(number) => format!("({number})"),
        Value::Real(number) => format!("({number:?})"),
        Value::Text(text) => format!("'{}'", text.replace('\'', "''")),
        Value::Blob(bytes) => {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("X'{hex}'")
        }
    })
}

fn shaped(index: usize, statement: &Statement, write: impl Fn(usize, &Value) -> String) -> String {
    let sql = with_params(&statement.sql, &statement.params, write);
    if let Some(condition) = sql.strip_prefix(GUARD) {
        // A path that is none fails with its own text. The random number keeps SQLite from
        // evaluating it before the condition, as it would a constant.
        let path = format!("'{FAILED_GUARD}{index} ' || random()");
        return format!(
            "INSERT INTO guards (held) SELECT json_extract('{{}}', {path}) WHERE {condition}"
        );
    }
    match statement.columns {
        0 => sql,
        columns => with_rows_as_json(&sql, columns),
    }
}

/// A parameter as it is bound: an integer is text.
pub fn param(value: Value) -> Value {
    match value {
        Value::Integer(number) => Value::Text(number.to_string()),
        other => other,
    }
}

/// The outcome of a statement whose rows came as these texts. How many rows it changed D1 tells
/// beside the last row's id, which is beyond 2^53 and so cannot be read.
///
/// # Errors
/// [`Error::Internal`] when a text is not a row.
pub fn outcome(columns: u16, rows: &[String]) -> Result<Outcome, Error> {
    let mut values = Vec::with_capacity(rows.len() * usize::from(columns));
    for row in rows {
        let parts: Vec<Vec<&RawValue>> = serde_json::from_str(row).map_err(no_row)?;
        for value in parts.into_iter().flatten() {
            values.push(read(value.get())?);
        }
    }
    Ok(Outcome {
        columns,
        values,
        changes: 0,
    })
}

/// What D1's complaint about a call means.
pub fn error(call: &Call, message: &str) -> Error {
    if let Some((_, rest)) = message.split_once(FAILED_GUARD)
        && let Some(statement) = rest.split(' ').next().and_then(|text| text.parse().ok())
    {
        return Error::Rejected {
            statement,
            message: message.to_owned(),
        };
    }
    if let Some((_, place)) = message.split_once("constraint failed: ") {
        return Error::Rejected {
            statement: writer_of(call, place.split('.').next().unwrap_or_default()),
            message: message.to_owned(),
        };
    }
    let passing = ["overloaded", "Network connection lost", "timeout", "reset"];
    match passing.iter().any(|sign| message.contains(sign)) {
        true => Error::Unavailable(message.to_owned()),
        false => Error::Internal(message.to_owned()),
    }
}

/// The first statement that adds to a table or changes it: the others cannot violate it.
fn writer_of(call: &Call, table: &str) -> u32 {
    let wanted = [format!(" INTO {table} "), format!("UPDATE {table} ")];
    let writes = |statement: &Statement| wanted.iter().any(|it| statement.sql.contains(it));
    let found = call.statements.iter().position(writes);
    found.map_or(u32::MAX, |index| index as u32)
}

/// The text with each `?N` as `write` has it.
pub(crate) fn with_params(
    sql: &str,
    params: &[Value],
    write: impl Fn(usize, &Value) -> String,
) -> String {
    let mut out = String::with_capacity(sql.len() + 32);
    let mut quoted = false;
    let mut rest = sql;
    while let Some(at) = rest.find(['?', '\'']) {
        out.push_str(&rest[..at]);
        let (sign, after) = rest[at..].split_at(1);
        let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let number = after[..digits].parse::<usize>().ok().filter(|_| !quoted);
        let value = number.and_then(|number| Some((number, params.get(number.checked_sub(1)?)?)));
        quoted ^= sign == "'";
        rest = match (sign, value) {
            ("?", Some((number, value))) => {
                out.push_str(&write(number, value));
                &after[digits..]
            }
            _ => {
                out.push_str(sign);
                after
            }
        };
    }
    out + rest
}

/// A query whose rows are one text each: the columns as JSON, in arrays of a few.
fn with_rows_as_json(sql: &str, columns: u16) -> String {
    let names: Vec<_> = (0..columns).map(|column| format!("c{column}")).collect();
    let value = |name: &String| {
        // JSON has no bytes.
        let bytes = format!("json_object('{BYTES}', hex({name}))");
        format!("CASE typeof({name}) WHEN 'blob' THEN {bytes} ELSE {name} END")
    };
    let arrays: Vec<_> = names
        .chunks(usize::from(ARGUMENTS_MAX))
        .map(|some| {
            let values: Vec<_> = some.iter().map(value).collect();
            format!("json_array({})", values.join(", "))
        })
        .collect();
    format!(
        "WITH rows_of ({}) AS ({sql}) SELECT json_array({}) AS r FROM rows_of",
        names.join(", "),
        arrays.join(", ")
    )
}

/// A value from its JSON.
fn read(json: &str) -> Result<Value, Error> {
    Ok(match json.as_bytes().first() {
        Some(b'n') => Value::Null,
        Some(b'"') => Value::Text(serde_json::from_str(json).map_err(no_row)?),
        Some(b'{') if json.starts_with(r#"{"":""#) => {
            let hex = json[r#"{"":""#.len()..].trim_end_matches(r#""}"#);
            Value::Blob(bytes(hex)?)
        }
        // A column that SQLite knows to be JSON already.
        Some(b'{' | b'[') => Value::Text(json.to_owned()),
        _ if json.contains(['.', 'e', 'E']) => {
            Value::Real(serde_json::from_str(json).map_err(no_row)?)
        }
        _ => Value::Integer(serde_json::from_str(json).map_err(no_row)?),
    })
}

fn bytes(hex: &str) -> Result<Vec<u8>, Error> {
    let digits = (0..hex.len()).step_by(2);
    let byte = |at: usize| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = digits.map(byte).collect();
    bytes.ok_or_else(|| Error::Internal("bytes that are not hexadecimal".into()))
}

fn no_row(error: serde_json::Error) -> Error {
    Error::Internal(format!("a row is not JSON as expected: {error}"))
}

#[cfg(all(test, feature = "libsql"))]
mod tests {
    use model::Code;

    use super::*;
    use crate::embedded::Connection;
    use crate::{Batch, Guard, params};

    /// Runs a statement on libSQL in the way that it runs on D1.
    fn run(connection: &mut Connection, statement: Statement) -> Result<Outcome, Error> {
        let (columns, sql) = (statement.columns, sql(0, &statement));
        let params = statement.params.into_iter().map(param).collect();
        answer(connection, sql, params, columns)
    }

    /// Runs it as D1 does when a shell asks.
    fn run_at_shell(connection: &mut Connection, statement: &Statement) -> Result<Outcome, Error> {
        let sql = literal(0, statement);
        answer(connection, sql, Vec::new(), statement.columns)
    }

    fn answer(
        connection: &mut Connection,
        sql: String,
        params: Vec<Value>,
        columns: u16,
    ) -> Result<Outcome, Error> {
        let prepared = Statement {
            columns: columns.min(1),
            volatile: false,
            ..Statement::new(sql, params)
        };
        let found = connection.run(&prepared)?;
        let texts: Vec<String> = found
            .values
            .into_iter()
            .map(|value| match value {
                Value::Text(text) => text,
                other => panic!("a row is {other:?}"),
            })
            .collect();
        outcome(columns, &texts)
    }

    fn database() -> Connection {
        let mut connection =
            Connection::open(std::path::Path::new(":memory:")).expect("a database");
        connection.migrate().expect("migrations");
        connection
    }

    fn query(sql: &'static str, params: Vec<Value>, columns: u16) -> Statement {
        Statement {
            columns,
            volatile: false,
            ..Statement::new(sql, params)
        }
    }

    #[test]
    fn every_type_comes_back_exactly() {
        let big = (1_i64 << 62) + 1;
        let params = vec![
            Value::Integer(big),
            Value::Integer(i64::MIN),
            Value::Real(0.5),
            Value::Text("a \"b\" '?1' \u{1f525}\n".into()),
            Value::Blob(vec![0, 255, 16]),
            Value::Null,
        ];
        let all = query("SELECT ?1, ?2, ?3, ?4, ?5, ?6, '?1'", params.clone(), 7);
        let quoted = [Value::Text("?1".into())];
        let expected = [&params[..], &quoted].concat();
        let found = run_at_shell(&mut database(), &all).unwrap();
        assert_eq!(found.values, expected);
        let found = run(&mut database(), all).unwrap();
        assert_eq!(found.values, expected);
        let difference = query("SELECT 1-?1", params![-2], 1);
        let found = run_at_shell(&mut database(), &difference).unwrap();
        assert_eq!(found.values, [Value::Integer(3)]);
    }

    #[test]
    fn rows_stay_in_order_and_may_be_wide() {
        let columns: Vec<_> = (0..70).map(|n| format!("value * {n}")).collect();
        let sql = format!(
            "SELECT {} FROM json_each(?1) ORDER BY value DESC LIMIT ?2",
            columns.join(", ")
        );
        let statement = Statement {
            columns: 70,
            volatile: false,
            ..Statement::new(sql, params!["[1,3,2]", 2])
        };
        let found = run(&mut database(), statement).unwrap();
        assert_eq!(found.values.len(), 140);
        assert_eq!(found.values[69], Value::Integer(3 * 69));
        assert_eq!(found.values[139], Value::Integer(2 * 69));
    }

    #[test]
    fn json_that_sqlite_made_stays_text() {
        let list = query(
            "SELECT json_group_array(value) FROM json_each(?1)",
            params!["[1,2]"],
            1,
        );
        let found = run(&mut database(), list).unwrap();
        assert_eq!(found.values, [Value::Text("[1,2]".into())]);
    }

    #[test]
    fn a_guard_that_does_not_hold_tells_its_number() {
        let mut batch = Batch::main();
        batch.push(Statement::new("DELETE FROM guards", Vec::new()));
        batch.require(Guard::new("?1 < ?2", params![1, 2]), Code::UnknownUser);
        batch.require(Guard::new("?1 < ?2", params![2, 1]), Code::UnknownRole);
        let (call, _) = batch.into_call();
        let mut connection = database();
        let mut failures = Vec::new();
        for (index, statement) in call.statements.iter().enumerate() {
            let prepared = Statement {
                sql: sql(index, statement).into(),
                params: statement.params.iter().cloned().map(param).collect(),
                columns: 0,
                volatile: false,
            };
            failures.extend(connection.run(&prepared).err());
        }
        let [failure] = &failures[..] else {
            panic!("{failures:?}")
        };
        let understood = error(&call, &failure.to_string());
        assert!(
            matches!(understood, Error::Rejected { statement: 2, .. }),
            "{understood:?}"
        );
    }

    #[test]
    fn a_constraint_is_blamed_on_who_wrote_the_table() {
        let mut batch = Batch::main();
        batch.push(Statement::new("DELETE FROM users WHERE id = 1", Vec::new()));
        batch.push(Statement::new(
            "INSERT INTO users (id) VALUES (1)",
            Vec::new(),
        ));
        let (call, _) = batch.into_call();
        let message = "D1_ERROR: UNIQUE constraint failed: users.email: SQLITE_CONSTRAINT";
        let understood = error(&call, message);
        assert!(
            matches!(understood, Error::Rejected { statement: 1, .. }),
            "{understood:?}"
        );
    }
}
