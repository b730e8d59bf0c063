//! What a libSQL server answers.

use serde::Deserialize;

use super::value::Received;
use crate::{Error, Outcome, Value};

/// What SQLite says of a lock, a disk or a file that may be better later.
const PASSING: [&str; 8] = [
    "SQLITE_BUSY",
    "SQLITE_CANTOPEN",
    "SQLITE_FULL",
    "SQLITE_INTERRUPT",
    "SQLITE_IOERR",
    "SQLITE_LOCKED",
    "SQLITE_NOMEM",
    "SQLITE_READONLY",
];

#[derive(Deserialize)]
struct Answer {
    results: Vec<Answered>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Answered {
    Ok { response: Response },
    Error { error: Failure },
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Response {
    Batch { result: Steps },
    Sequence,
    Close,
}

/// One of both is there for each step that ran, none for those that did not.
#[derive(Deserialize)]
struct Steps {
    step_results: Vec<Option<Rows>>,
    step_errors: Vec<Option<Failure>>,
}

#[derive(Deserialize)]
struct Rows {
    cols: Vec<serde::de::IgnoredAny>,
    rows: Vec<Vec<Received>>,
    #[serde(default)]
    affected_row_count: u64,
}

#[derive(Deserialize)]
struct Failure {
    message: String,
    #[serde(default)]
    code: Option<String>,
}

/// The outcomes of a batch whose first step begins a transaction and whose last two end it, or of
/// one without a transaction.
pub fn read(body: &[u8], transaction: bool) -> Result<Vec<Outcome>, Error> {
    let Response::Batch { result } = first(body)? else {
        return Err(Error::Internal("the server ran no batch".into()));
    };
    let begins = usize::from(transaction);
    for (step, failure) in result.step_errors.into_iter().enumerate() {
        if let Some(failure) = failure {
            // An index beyond the statements is nobody's constraint.
            return Err(failure.of(step.checked_sub(begins).map(|index| index as u32)));
        }
    }
    let mut results = result.step_results.into_iter();
    if transaction {
        // The begin, and from the end the rollback that did not run and the commit.
        results.next();
        results.next_back();
        let committed = results.next_back().flatten().is_some();
        if !committed {
            return Err(Error::Internal("the server did not commit".into()));
        }
    }
    let outcomes = results.map(|rows| {
        let rows = rows.ok_or_else(|| Error::Internal("a statement did not run".into()));
        outcome(rows?)
    });
    outcomes.collect()
}

/// Whether a sequence ran.
pub fn read_script(body: &[u8]) -> Result<(), Error> {
    match first(body)? {
        Response::Sequence => Ok(()),
        _ => Err(Error::Internal("the server ran no sequence".into())),
    }
}

/// The answer to the first request of the pipeline.
fn first(body: &[u8]) -> Result<Response, Error> {
    let unread = |error: serde_json::Error| {
        Error::Internal(format!("the server's answer is not Hrana's: {error}"))
    };
    let answer: Answer = serde_json::from_slice(body).map_err(unread)?;
    match answer.results.into_iter().next() {
        Some(Answered::Ok { response }) => Ok(response),
        Some(Answered::Error { error }) => Err(error.of(None)),
        None => Err(Error::Internal("the server answered nothing".into())),
    }
}

fn outcome(rows: Rows) -> Result<Outcome, Error> {
    let columns = u16::try_from(rows.cols.len())
        .map_err(|_| Error::Internal("a row has too many columns".into()))?;
    let values = rows.rows.into_iter().flatten().map(Value::try_from);
    Ok(Outcome {
        columns,
        values: values.collect::<Result<_, _>>()?,
        changes: rows.affected_row_count,
    })
}

impl Failure {
    /// What it means for the call, whose statement of this index it is about.
    fn of(self, statement: Option<u32>) -> Error {
        let code = self.code.as_deref().unwrap_or_default();
        let rejected = match code {
            // A wrong type is a defect of the statement, not a conflict with what is stored.
            "SQLITE_CONSTRAINT_DATATYPE" => false,
            _ if code.starts_with("SQLITE_CONSTRAINT") => true,
            // Not every server says more than that it was SQLite.
            _ => self.message.contains("constraint failed"),
        };
        match statement {
            Some(statement) if rejected => Error::Rejected {
                statement,
                message: self.message,
            },
            _ if PASSING.iter().any(|sign| code.starts_with(sign)) => {
                Error::Unavailable(self.message)
            }
            _ => Error::Internal(self.message),
        }
    }
}
