//! Calls as a libSQL server takes and answers them over HTTP: one batch of Hrana, version 3.
//!
//! A call is one request, however many statements it has: each step runs only if the one before it
//! did, and what ends the transaction is a step too. So the write lock is never held while anybody
//! waits for a function.
//!
//! See [Hrana 3](https://github.com/tursodatabase/libsql/blob/main/docs/HRANA_3_SPEC.md).

use serde::Serialize;
use serde_json::json;

use crate::{Call, Error, Outcome, Statement};

mod reply;
mod value;

/// The path, below the server's URL, that a request is posted to.
pub const PATH: &str = "/v3/pipeline";

/// One step of a batch.
#[derive(Serialize)]
struct Step<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<Condition>,
    stmt: Stmt<'a>,
}

/// When a step runs.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Condition {
    /// That step ran, and did not fail.
    Ok { step: u32 },
    /// The other condition does not hold.
    Not { cond: Box<Condition> },
}

/// A statement with its parameters in order.
#[derive(Serialize)]
struct Stmt<'a> {
    sql: &'a str,
    args: Vec<value::Sent<'a>>,
    want_rows: bool,
}

impl<'a> Stmt<'a> {
    fn new(statement: &'a Statement) -> Self {
        Self {
            sql: &statement.sql,
            args: statement.params.iter().map(value::Sent::from).collect(),
            want_rows: true,
        }
    }

    fn control(sql: &'a str) -> Self {
        Self {
            sql,
            args: Vec::new(),
            want_rows: false,
        }
    }
}

/// The body of the request that runs `call`. A write takes the lock first; the statements of a read
/// see one snapshot; one statement alone needs no transaction to be all or nothing.
pub fn request(call: &Call) -> String {
    let statements = call.statements.iter().map(Stmt::new);
    let mut steps: Vec<Step<'_>> = Vec::with_capacity(call.statements.len() + 3);
    if !is_transaction(call) {
        steps.extend(statements.map(|stmt| Step {
            condition: None,
            stmt,
        }));
        return pipeline(&steps);
    }
    let begin = if call.write {
        "BEGIN IMMEDIATE"
    } else {
        "BEGIN"
    };
    steps.push(Step {
        condition: None,
        stmt: Stmt::control(begin),
    });
    let ends = statements.chain([Stmt::control("COMMIT")]);
    for (step, stmt) in (0..).zip(ends) {
        let condition = Some(Condition::Ok { step });
        steps.push(Step { condition, stmt });
    }
    let step = steps.len() as u32 - 1;
    let committed = Box::new(Condition::Ok { step });
    steps.push(Step {
        condition: Some(Condition::Not { cond: committed }),
        stmt: Stmt::control("ROLLBACK"),
    });
    pipeline(&steps)
}

/// The body of the request that runs several statements without parameters, such as a migration.
/// The first that fails is the last that runs; a transaction that it is in is undone.
pub fn script(sql: &str) -> String {
    let requests = [json!({ "type": "sequence", "sql": sql }), close()];
    json!({ "requests": requests }).to_string()
}

/// What the server's answer to [`request`] says: an outcome for each of the call's statements.
///
/// # Errors
/// Why nothing was written: the statement that was rejected, or the server's own.
pub fn reply(call: &Call, body: &[u8]) -> Result<Vec<Outcome>, Error> {
    reply::read(body, is_transaction(call))
}

/// Whether the server ran all of a [`script`].
///
/// # Errors
/// Why not.
pub fn script_reply(body: &[u8]) -> Result<(), Error> {
    reply::read_script(body)
}

fn is_transaction(call: &Call) -> bool {
    call.write || call.statements.len() > 1
}

fn pipeline(steps: &[Step<'_>]) -> String {
    let requests = [
        json!({ "type": "batch", "batch": { "steps": steps } }),
        close(),
    ];
    json!({ "requests": requests }).to_string()
}

/// Nothing is kept on the server between two requests.
fn close() -> serde_json::Value {
    json!({ "type": "close" })
}

#[cfg(test)]
mod tests;
