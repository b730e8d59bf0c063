//! Every answer is checked against Discord's own description of its API, and ours.

use contract::Answer;
use http::Method;

use super::component;

/// `Err` with the first complaint about the answer to a request for `path`, which is from the
/// origin and without a query.
pub fn check(method: &Method, path: &str, status: u16, body: &[u8]) -> Result<(), String> {
    // These two methods ask for no body.
    if [Method::HEAD, Method::OPTIONS].contains(method) {
        return Ok(());
    }
    let Some(component) = component(path) else {
        // The host itself answers outside the API, such as a probe.
        return match path.starts_with("/api/") {
            true => answered(method, path, status, body),
            false => Ok(()),
        };
    };
    answered(method, &component.described_path, status, body)
}

fn answered(method: &Method, path: &str, status: u16, body: &[u8]) -> Result<(), String> {
    let answer = Answer {
        method: method.as_str(),
        path,
        status,
        body,
    };
    contract::check(&answer, contract::ours())
}

#[test]
fn unknown_operations_are_refused() {
    let said = |method, path, status| check(&method, path, status, br#"{"url":"ws://a"}"#);
    said(Method::GET, "/api/v9/gateway", 200).unwrap();
    said(Method::GET, "/readyz", 200).unwrap();
    said(Method::OPTIONS, "/api/v9/gateway", 204).unwrap();
    for (method, path, status) in [
        (Method::GET, "/api/v9/gateway", 201),
        (Method::GET, "/api/v9/gateway", 404),
        (Method::POST, "/api/v9/gateway", 200),
        (Method::GET, "/api/v9/secrets", 200),
        (Method::GET, "/api/secrets", 404),
    ] {
        let said = said(method.clone(), path, status);
        assert!(said.is_err(), "{method} {path} {status}");
    }
}
