//! Rows in any number, written by a few statements: D1 counts those that one call of a function
//! asks, 50 of them on Cloudflare's free plan.

use std::fmt::Write;

use crate::{Statement, Value};

/// Bytes of rows, as JSON, after which another statement begins. D1 takes 2 MB of a value.
const BYTES_MAX: usize = 1_000_000;

/// Statements that add rows, in their order. `into` is the table with its columns; no value is
/// bytes.
pub fn insert(into: &str, rows: impl IntoIterator<Item = Vec<Value>>) -> Vec<Statement> {
    let mut statements = Vec::new();
    let (mut columns, mut list) = (0, String::new());
    for row in rows {
        columns = row.len();
        let row = json(row);
        if !list.is_empty() && list.len() + row.len() > BYTES_MAX {
            statements.push(insert_list(into, columns, std::mem::take(&mut list)));
        }
        list.push(if list.is_empty() { '[' } else { ',' });
        list.push_str(&row);
    }
    if !list.is_empty() {
        statements.push(insert_list(into, columns, list));
    }
    statements
}

fn insert_list(into: &str, columns: usize, list: String) -> Statement {
    let mut sql = format!("INSERT INTO {into} SELECT ");
    for column in 0..columns {
        let comma = if column == 0 { "" } else { ", " };
        // Writing to a string cannot fail.
        let _ = write!(sql, "{comma}value ->> {column}");
    }
    sql.push_str(" FROM json_each(?1)");
    Statement::new(sql, vec![Value::Text(list + "]")])
}

/// A row as JSON. SQLite reads integers of 64 bits from it exactly.
fn json(row: Vec<Value>) -> String {
    let values = row.into_iter().map(|value| match value {
        Value::Integer(number) => number.into(),
        Value::Real(number) => number.into(),
        Value::Text(text) => text.into(),
        Value::Null | Value::Blob(_) => serde_json::Value::Null,
    });
    serde_json::Value::Array(values.collect()).to_string()
}

#[cfg(all(test, feature = "libsql"))]
mod tests {
    use super::*;
    use crate::embedded::Connection;
    use crate::params;

    #[test]
    fn rows_are_added_in_order_by_statements_of_some_length() {
        let path = std::path::Path::new(":memory:");
        let mut connection = Connection::open(path).expect("a database");
        let mut run = |statement: &Statement| connection.run(statement).expect("it is right");
        run(&Statement::new(
            "CREATE TABLE kept (id INTEGER, text TEXT, place INTEGER PRIMARY KEY)",
            Vec::new(),
        ));
        let long = "it's \"long\" ".repeat(30_000);
        let ids = [(1 << 62) + 1, -7, 0, i64::MAX];
        let rows = ids.map(|id| params![id, &long]);
        let statements = insert("kept (id, text)", rows.clone());
        assert_eq!(statements.len(), 2);
        for statement in &statements {
            run(statement);
        }
        let all = Statement {
            columns: 2,
            volatile: false,
            ..Statement::new("SELECT id, text FROM kept ORDER BY place", Vec::new())
        };
        assert_eq!(run(&all).values, rows.concat());
        assert!(insert("kept (id, text)", []).is_empty());
    }
}
