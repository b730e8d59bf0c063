//! Every answer is checked against Discord's own description of its API.

use contract::Answer;
use http::Method;

use super::component;

/// `Err` with the first complaint about the answer to a request for `path`, which is from the
/// origin and without a query.
pub fn check(method: &Method, path: &str, status: u16, body: &[u8]) -> Result<(), String> {
    // What is outside the API is nothing of Discord's, and these two methods ask for no body.
    let Some(below) = path.strip_prefix("/api/") else {
        return Ok(());
    };
    if [Method::HEAD, Method::OPTIONS].contains(method) {
        return Ok(());
    }
    let function = component(path).map(|it| it.path.as_str());
    contract::check(&Answer {
        method: method.as_str(),
        path: function.unwrap_or(below),
        status,
        body,
    })
}

#[test]
fn what_is_not_known_is_refused() {
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
