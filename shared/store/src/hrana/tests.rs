//! The codec against the JSON of Hrana's specification.

use model::{Audience, Code, Event, Id};
use serde_json::{Value as Json, json};

use super::*;
use crate::{Batch, Guard, Store, Value, params};

fn read(statements: Vec<Statement>) -> Call {
    Call::read(Store::Main, statements)
}

fn sent(call: &Call) -> Json {
    serde_json::from_str(&request(call)).unwrap()
}

fn answered(call: &Call, batch: Json) -> Result<Vec<Outcome>, Error> {
    let body = json!({
        "baton": null,
        "base_url": null,
        "results": [
            { "type": "ok", "response": { "type": "batch", "result": batch } },
            { "type": "ok", "response": { "type": "close" } },
        ],
    });
    reply(call, body.to_string().as_bytes())
}

fn rows(cols: &[&str], rows: Json) -> Json {
    let cols: Vec<_> = cols
        .iter()
        .map(|name| json!({ "name": name, "decltype": null }))
        .collect();
    json!({
        "cols": cols, "rows": rows, "affected_row_count": 0, "last_insert_rowid": null,
        "replication_index": "1", "rows_read": 1, "rows_written": 0, "query_duration_ms": 0.1,
    })
}

#[test]
fn values_are_sent_so_that_every_integer_is_exact() {
    let big = (1_i64 << 62) + 1;
    let params = vec![
        Value::Null,
        Value::Integer(big),
        Value::Real(0.5),
        Value::Text("a".into()),
        Value::Blob(vec![0, 255, 16, 1]),
    ];
    let call = read(vec![Statement::new(
        "SELECT ?1, ?2, ?3, ?4, ?5",
        params.clone(),
    )]);
    let sent = sent(&call);
    let values = json!([
        { "type": "null" },
        { "type": "integer", "value": "4611686018427387905" },
        { "type": "float", "value": 0.5 },
        { "type": "text", "value": "a" },
        { "type": "blob", "base64": "AP8QAQ==" },
    ]);
    let statement = json!({
        "sql": "SELECT ?1, ?2, ?3, ?4, ?5", "args": values, "want_rows": true,
    });
    let requests = json!([
        { "type": "batch", "batch": { "steps": [{ "stmt": statement }] } },
        { "type": "close" },
    ]);
    assert_eq!(sent, json!({ "requests": requests }));

    let mut unpadded = values.clone();
    unpadded[4]["base64"] = json!("AP8QAQ");
    for values in [values, unpadded] {
        let rows = rows(&["", "", "", "", ""], json!([values, values]));
        let found = answered(
            &call,
            json!({ "step_results": [rows], "step_errors": [null] }),
        );
        let found = found.unwrap().remove(0);
        assert_eq!(found.columns, 5);
        assert_eq!(found.values, [&params[..], &params[..]].concat());
    }
}

#[test]
fn a_write_is_a_transaction_of_steps_that_follow_each_other() {
    let mut batch = Batch::main();
    batch.push(Statement::new("DELETE FROM a", Vec::new()));
    batch.emit(Event::new(
        Audience::Guild(Id::new(7)),
        &model::event::IntentsAllowed(0),
    ));
    let (call, _) = batch.into_call();
    let call = call.with_outbox(model::Timestamp::from_millis(0));
    assert!(call.events.is_empty());
    let sent = sent(&call);
    let steps = sent["requests"][0]["batch"]["steps"].as_array().unwrap();
    let texts: Vec<_> = steps
        .iter()
        .map(|step| step["stmt"]["sql"].as_str().unwrap())
        .collect();
    assert_eq!(texts[..2], ["BEGIN IMMEDIATE", "DELETE FROM a"]);
    assert!(texts[2].starts_with("INSERT INTO outbox"));
    assert_eq!(texts[3..], ["COMMIT", "ROLLBACK"]);
    let conditions: Vec<_> = steps.iter().map(|step| &step["condition"]).collect();
    assert_eq!(
        conditions,
        [
            &Json::Null,
            &json!({ "type": "ok", "step": 0 }),
            &json!({ "type": "ok", "step": 1 }),
            &json!({ "type": "ok", "step": 2 }),
            &json!({ "type": "not", "cond": { "type": "ok", "step": 3 } }),
        ]
    );
    let done = rows(&[], json!([]));
    let mut deleted = done.clone();
    deleted["affected_row_count"] = json!(3);
    let found = answered(
        &call,
        json!({
            "step_results": [done, deleted, done, done, null],
            "step_errors": [null, null, null, null, null],
        }),
    );
    let changes: Vec<_> = found
        .unwrap()
        .iter()
        .map(|outcome| outcome.changes)
        .collect();
    assert_eq!(changes, [3, 0]);
}

#[test]
fn a_guard_that_does_not_hold_is_known_by_its_place() {
    let mut batch = Batch::main();
    batch.push(Statement::new("DELETE FROM a", Vec::new()));
    batch.require(Guard::new("?1 < ?2", params![2, 1]), Code::UnknownRole);
    let (call, _) = batch.into_call();
    let done = rows(&[], json!([]));
    let failed = |step: usize, error: Json| {
        let mut errors = vec![Json::Null; 5];
        errors[step] = error;
        let results = [&done, &done, &Json::Null, &Json::Null, &done];
        answered(
            &call,
            json!({ "step_results": results, "step_errors": errors }),
        )
        .unwrap_err()
    };
    let message = "SQLite error: NOT NULL constraint failed: guards.held";
    for code in [
        json!("SQLITE_CONSTRAINT_NOTNULL"),
        json!("SQLITE_CONSTRAINT"),
        Json::Null,
    ] {
        let error = failed(2, json!({ "message": message, "code": code }));
        assert!(
            matches!(error, Error::Rejected { statement: 1, .. }),
            "{error:?}"
        );
    }
    let wrong_type = json!({ "message": "cannot store", "code": "SQLITE_CONSTRAINT_DATATYPE" });
    assert!(matches!(failed(2, wrong_type), Error::Internal(_)));
    let busy = json!({ "message": "database is locked", "code": "SQLITE_BUSY" });
    assert!(matches!(failed(0, busy.clone()), Error::Unavailable(_)));
    assert!(matches!(failed(3, busy), Error::Unavailable(_)));
}

#[test]
fn uncommitted_writes_did_not_happen() {
    let (call, _) = {
        let mut batch = Batch::main();
        batch.push(Statement::new("DELETE FROM a", Vec::new()));
        batch.into_call()
    };
    let done = rows(&[], json!([]));
    let answer = json!({
        "step_results": [done, done, null, done], "step_errors": [null, null, null, null],
    });
    assert!(answered(&call, answer).is_err());
    let refused = json!({
        "results": [{ "type": "error", "error": { "message": "no", "code": "BLOCKED" } }],
    });
    for body in [
        refused.to_string().as_bytes(),
        b"",
        b"{}",
        b"{\"results\": []}",
    ] {
        assert!(matches!(reply(&call, body), Err(Error::Internal(_))));
    }
}

#[test]
fn a_script_is_one_sequence() {
    let sent: Json = serde_json::from_str(&script("CREATE TABLE a (b); DROP TABLE a")).unwrap();
    assert_eq!(
        sent["requests"][0],
        json!({ "type": "sequence", "sql": "CREATE TABLE a (b); DROP TABLE a" })
    );
    let ran = json!({ "results": [{ "type": "ok", "response": { "type": "sequence" } }] });
    assert_eq!(script_reply(ran.to_string().as_bytes()), Ok(()));
    let error = json!({ "message": "database is locked", "code": "SQLITE_BUSY" });
    let failed = json!({ "results": [{ "type": "error", "error": error }] });
    let failed = script_reply(failed.to_string().as_bytes());
    assert!(matches!(failed, Err(Error::Unavailable(_))));
}
