//! Optimistic concurrency: what a write was made from must still be so when it is written.

use crate::{Guard, Json, Outcome, Statement, Value, d1};

/// Reads with what they answered. [`guard`](Self::guard) holds while they would answer the same, so
/// a batch with it is as if it had read and written at one moment.
#[derive(Debug, Default)]
pub struct ReadSet {
    reads: Vec<(Statement, Outcome)>,
}

impl ReadSet {
    /// Adds reads with their outcomes, except those that are volatile.
    pub fn extend(&mut self, statements: Vec<Statement>, outcomes: &[Outcome]) {
        let reads = statements.into_iter().zip(outcomes);
        let reads = reads.filter(|(statement, _)| !statement.volatile);
        self.reads
            .extend(reads.map(|(statement, outcome)| (statement, outcome.clone())));
    }

    /// Forgets them all.
    pub fn clear(&mut self) {
        self.reads.clear();
    }

    /// Holds while each read has the rows that it had, in whatever order; `None` when there are no
    /// reads. What answered with bytes, which JSON cannot hold, is left out.
    pub fn guard(&self) -> Option<Guard> {
        let mut params = Vec::new();
        let mut conditions = Vec::new();
        for (statement, outcome) in &self.reads {
            if let Some(rows) = rows(statement, outcome) {
                conditions.push(condition(statement, params.len()));
                params.extend(statement.params.iter().cloned());
                params.push((rows.len() as i64).into());
                params.push(Json(rows).into());
            }
        }
        (!conditions.is_empty()).then(|| Guard::new(conditions.join(" AND "), params))
    }
}

/// That the statement has rows as the two parameters after its own say: how many, and which. Its
/// own are numbered from `offset`. Values are compared as text, in which a host without 64-bit
/// integers has the same.
fn condition(statement: &Statement, offset: usize) -> String {
    let columns: Vec<_> = (0..statement.columns).map(|at| format!("c{at}")).collect();
    let names = columns.join(", ");
    let found = columns.iter().map(|name| format!("CAST({name} AS TEXT)"));
    let found = found.collect::<Vec<_>>().join(", ");
    let given = (0..statement.columns).map(|at| format!("CAST(value ->> {at} AS TEXT)"));
    let given = given.collect::<Vec<_>>().join(", ");
    let sql = d1::with_params(&statement.sql, &statement.params, |number, _| {
        format!("?{}", offset + number)
    });
    let count = offset + statement.params.len() + 1;
    let rows = count + 1;
    format!(
        "(WITH seen ({names}) AS MATERIALIZED ({sql}) \
         SELECT (SELECT count(*) FROM seen) = ?{count} AND NOT EXISTS \
         (SELECT {found} FROM seen EXCEPT SELECT {given} FROM json_each(?{rows})))"
    )
}

/// The rows as JSON can hold them.
fn rows(statement: &Statement, outcome: &Outcome) -> Option<Vec<Vec<serde_json::Value>>> {
    let json = |value: &Value| {
        Some(match value {
            Value::Null => serde_json::Value::Null,
            Value::Integer(number) => (*number).into(),
            Value::Real(number) => (*number).into(),
            Value::Text(text) => text.as_str().into(),
            Value::Blob(_) => return None,
        })
    };
    let columns = usize::from(statement.columns.max(1));
    let rows = outcome.values.chunks(columns);
    rows.map(|row| row.iter().map(json).collect()).collect()
}

#[cfg(all(test, feature = "libsql"))]
mod tests {
    use super::*;
    use crate::embedded::Embedded;
    use crate::{Batch, Call, Database, Rejection, Store, params};

    fn run<T>(future: impl Future<Output = T>) -> T {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match std::pin::pin!(future).poll(&mut context) {
            std::task::Poll::Ready(output) => output,
            std::task::Poll::Pending => panic!("a database in memory does not wait"),
        }
    }

    /// Whether a batch is written that was made from this read, when `change` came between.
    fn holds(change: &'static str) -> bool {
        let database = Embedded::memory().expect("memory opens");
        let write = |sql: &'static str| {
            let mut batch = Batch::main();
            batch.push(Statement::new(sql, Vec::new()));
            run(database.write(batch)).expect("a fixture fits");
        };
        write(
            "INSERT INTO bans (guild_id, user_id, moderator_id, reason, created_at) VALUES \
             (1, 9007199254740993, 3, 'it''s \u{1}\u{e9}\u{7f} \\ \"?1\"', 5), (1, 3, 3, NULL, 5), \
             (2, 3, 3, NULL, 5)",
        );
        let mut read = Statement::new(
            "SELECT user_id, reason, '?1' FROM bans WHERE guild_id = ?1",
            params![1_i64],
        );
        read.columns = 3;
        let mut set = ReadSet::default();
        for _ in 0..2 {
            let call = Call::read(Store::Main, vec![read.clone()]);
            set.extend(
                vec![read.clone()],
                &run(database.call(call)).expect("a read"),
            );
        }
        write(change);
        let mut batch = Batch::main();
        batch.unchanged(set.guard().expect("two reads"));
        match run(database.write(batch)) {
            Ok(_) => true,
            Err(Rejection::Conflict) => false,
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn an_unchanged_read_set_permits_the_write() {
        assert!(holds("DELETE FROM bans WHERE guild_id = 2"));
        assert!(holds("UPDATE bans SET moderator_id = 4"));
        assert!(holds(
            "INSERT INTO bans (guild_id, user_id, moderator_id, reason, created_at) \
             VALUES (3, 3, 3, NULL, 5)"
        ));
    }

    #[test]
    fn a_changed_read_set_refuses_the_write() {
        assert!(!holds("DELETE FROM bans WHERE user_id = 3"));
        assert!(!holds("UPDATE bans SET reason = 'x' WHERE user_id = 3"));
        assert!(!holds("UPDATE bans SET reason = NULL"));
        assert!(!holds(
            "UPDATE bans SET user_id = user_id + 1 WHERE user_id > 3"
        ));
        assert!(!holds(
            "INSERT INTO bans (guild_id, user_id, moderator_id, reason, created_at) \
             VALUES (1, 7, 3, NULL, 5)"
        ));
    }
}
