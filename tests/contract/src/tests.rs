//! The check itself.

use super::*;

fn said(method: &str, path: &str, status: u16, body: &str) -> Result<(), String> {
    check(&Answer {
        method,
        path,
        status,
        body: body.as_bytes(),
    })
}

#[test]
fn what_is_described_is_compared() {
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
fn who_is_not_described_is_refused() {
    let unknown = said("GET", "/channels/{channel_id}/secrets", 200, "{}");
    assert!(unknown.is_err());
    assert!(said("BREW", "/gateway", 200, "{}").is_err());
    let absent = r#"{"code":0,"message":"405: Method Not Allowed"}"#;
    said("PATCH", "/gateway", 405, absent).unwrap();
    assert!(said("PATCH", "/gateway", 405, "{}").is_err());
    said("POST", "/science", 204, "").unwrap();
    assert!(said("POST", "/science", 400, "{}").is_err());
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

#[test]
fn the_list_of_ours_is_sorted_and_names_nothing_of_discords() {
    let lines: Vec<_> = OURS.lines().collect();
    assert!(lines.is_sorted_by(|a, b| a < b), "sort ours.txt");
    let known = ours().filter(|it| operation_id(it.method, it.path).is_some());
    assert_eq!(known.collect::<Vec<_>>(), [], "Discord describes them");
}
