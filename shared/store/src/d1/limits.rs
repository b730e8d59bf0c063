//! What D1 takes at most.
//!
//! See [D1's limits](https://developers.cloudflare.com/d1/platform/limits/). Arguments of SQL
//! functions are counted where they are written, [`super::sql`], and the length of a `LIKE` pattern
//! is bounded by who asks.

use crate::{Call, Error, Statement, Value};

/// Parameters of one statement.
const PARAMETERS_MAX: usize = 100;
/// Bytes of the text of one statement.
const SQL_BYTES_MAX: usize = 100_000;
/// Bytes of one text or blob. It is the limit of a whole row too, so what becomes one of many
/// columns is bounded far below by who writes it.
const VALUE_BYTES_MAX: usize = 2_000_000;

/// Checks that D1 takes a call. The hosts of tests check it too, so that what only Cloudflare
/// refuses shows everywhere.
///
/// # Errors
/// [`Error::Internal`], which names the statement.
pub fn check(call: &Call) -> Result<(), Error> {
    for (index, statement) in call.statements.iter().enumerate() {
        if let Some(problem) = problem(index, statement) {
            return Err(Error::Internal(format!(
                "D1 does not take {problem}: {}",
                statement.sql
            )));
        }
    }
    Ok(())
}

fn problem(index: usize, statement: &Statement) -> Option<&'static str> {
    let too_long = |value: &Value| match value {
        Value::Text(text) => text.len() > VALUE_BYTES_MAX,
        Value::Blob(bytes) => bytes.len() > VALUE_BYTES_MAX,
        Value::Null | Value::Integer(_) | Value::Real(_) => false,
    };
    if statement.params.len() > PARAMETERS_MAX {
        Some("more than 100 parameters")
    } else if super::sql(index, statement).len() > SQL_BYTES_MAX {
        Some("a statement of more than 100 KB")
    } else if statement.params.iter().any(too_long) {
        Some("a value of more than 2 MB")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;

    #[track_caller]
    fn is_taken(sql: String, params: Vec<Value>) -> bool {
        let statement = Statement::new(sql, params);
        check(&Call::read(Store::Main, vec![statement])).is_ok()
    }

    #[test]
    fn values_at_the_limit_are_taken_and_beyond_refused() {
        let nulls = |count| vec![Value::Null; count];
        assert!(is_taken("SELECT ?".into(), nulls(100)));
        assert!(!is_taken("SELECT ?".into(), nulls(101)));
        let text = |bytes| vec![Value::Text("x".repeat(bytes))];
        assert!(is_taken("SELECT ?".into(), text(2_000_000)));
        assert!(!is_taken("SELECT ?".into(), text(2_000_001)));
        let sql = |bytes: usize| format!("SELECT {}", "1".repeat(bytes - 7));
        assert!(is_taken(sql(100_000), Vec::new()));
        assert!(!is_taken(sql(100_001), Vec::new()));
    }
}
