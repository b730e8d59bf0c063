//! The check itself.

use super::*;

fn said(method: &str, path: &str, status: u16, body: &str) -> Result<(), String> {
    let answer = Answer {
        method,
        path,
        status,
        body: body.as_bytes(),
    };
    check(&answer, ours())
}

#[test]
fn described_answers_are_compared() {
    let gateway = |body| said("GET", "/gateway", 200, body);
    gateway(r#"{"url":"wss://gateway.example"}"#).unwrap();
    for body in [r#"{"url":1}"#, "{}", "", "[]"] {
        assert!(gateway(body).is_err(), "{body}");
    }
}

#[test]
fn statuses_are_found_by_themselves_or_by_their_class() {
    let refused = r#"{"code":50001,"message":"Missing Access"}"#;
    let channel = |status, body| said("GET", "/channels/{id}", status, body);
    channel(403, refused).unwrap();
    channel(500, refused).unwrap();
    assert!(channel(403, r#"{"message":"Missing Access"}"#).is_err());
    assert!(channel(429, refused).is_err(), "no retry_after");
    assert!(channel(201, "{}").is_err(), "not described");
    assert!(channel(302, "").is_err(), "not described");
}

#[test]
fn an_answer_without_content_has_no_body() {
    let typing = |body| said("POST", "/channels/{channel_id}/typing", 204, body);
    typing("").unwrap();
    assert!(typing("{}").is_err());
    assert!(said("POST", "/auth/logout", 204, "{}").is_err());
}

#[test]
fn undescribed_operations_are_refused() {
    let unknown = said("GET", "/channels/{channel_id}/secrets", 200, "{}");
    assert!(unknown.is_err());
    assert!(said("BREW", "/gateway", 200, "{}").is_err());
    let absent = r#"{"code":0,"message":"405: Method Not Allowed"}"#;
    said("PATCH", "/gateway", 405, absent).unwrap();
    assert!(said("PATCH", "/gateway", 405, "{}").is_err());
    said("POST", "/science", 204, "").unwrap();
    assert!(said("POST", "/science", 200, "").is_err());
    assert!(said("POST", "/science", 400, "{}").is_err());
}

#[test]
fn our_own_operations_are_compared() {
    let spacebar = |body| said("GET", "/.well-known/spacebar", 200, body);
    spacebar(r#"{"api":"https://chat.example/api/v9"}"#).unwrap();
    assert!(spacebar(r#"{"api":1}"#).is_err());
    assert!(spacebar("{}").is_err());
}

#[test]
fn a_field_is_wrong_by_a_word() {
    let with = |code: &str| {
        let error = format!(r#"{{"_errors":[{{"code":{code},"message":"Required"}}]}}"#);
        let errors = format!(r#"{{"recipients":{{"0":{error}}},"name":{error}}}"#);
        let body = format!(r#"{{"code":50035,"message":"Invalid","errors":{errors}}}"#);
        said("GET", "/gateway", 400, &body)
    };
    with(r#""BASE_TYPE_REQUIRED""#).unwrap();
    assert!(with("1").is_err());
}

/// The document that others read, with the names of what it refers to.
fn document() -> Value {
    serde_json::from_str(&std::fs::read_to_string(OURS).unwrap()).unwrap()
}

fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str));
            members.values().for_each(|it| references(it, found));
        }
        Value::Array(items) => items.iter().for_each(|it| references(it, found)),
        _ => {}
    }
}

#[test]
fn our_description_is_openapi() {
    let document = document();
    let schema = include_str!("../../data/openapi-3.1-schema.json");
    let schema = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let complaints: Vec<_> = validator
        .iter_errors(&document)
        .map(|error| format!("{error} at {}", error.instance_path()))
        .collect();
    assert!(complaints.is_empty(), "{complaints:#?}");
    let mut found = Vec::new();
    references(&document, &mut found);
    for reference in found {
        let there = document.pointer(reference.trim_start_matches('#'));
        assert!(there.is_some(), "{reference} leads nowhere");
    }
}

#[test]
fn every_schema_of_ours_is_one() {
    let document = document();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        if let Err(error) = jsonschema::draft202012::meta::validate(schema) {
            panic!("{name}: {error}");
        }
    }
}
