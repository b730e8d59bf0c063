//! Browsers of any origin may call, with credentials: tokens are in a header that scripts set, and
//! no cookie is ever read, so a page gains nothing by what its visitor's browser adds.

use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, Request};

/// What scripts may read of an answer.
const EXPOSED: &str = "x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset, \
    x-ratelimit-reset-after, x-ratelimit-bucket, x-ratelimit-global, x-ratelimit-scope, \
    retry-after, x-request-id, etag, content-range, date";
/// Seconds that a browser may remember a permission, the longest that browsers honour.
const MAX_AGE: &str = "7200";

/// The headers of the answer to a browser that asks for permission, which has no body; `None` for
/// every other request.
pub fn preflight<B>(request: &Request<B>) -> Option<HeaderMap> {
    let headers = request.headers();
    if request.method() != Method::OPTIONS || !headers.contains_key(header::ORIGIN) {
        return None;
    }
    let method = headers.get(header::ACCESS_CONTROL_REQUEST_METHOD)?;
    let mut allowed = HeaderMap::new();
    allowed.insert(header::ACCESS_CONTROL_ALLOW_METHODS, method.clone());
    if let Some(wanted) = headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        allowed.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
    }
    allowed.insert(
        header::ACCESS_CONTROL_MAX_AGE,
        HeaderValue::from_static(MAX_AGE),
    );
    allow(&mut allowed, headers.get(header::ORIGIN));
    Some(allowed)
}

/// Lets scripts of `origin`, the request's, read the answer. A client that sends credentials must
/// be answered with its own origin: browsers take `*` only without them.
pub fn allow(headers: &mut HeaderMap, origin: Option<&HeaderValue>) {
    let any = HeaderValue::from_static("*");
    let allowed = origin.cloned().unwrap_or(any);
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
    if origin.is_some() {
        let yes = HeaderValue::from_static("true");
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, yes);
    }
    // A cached answer for one origin is not for another.
    if !headers
        .get_all(header::VARY)
        .iter()
        .any(|by| by == "Origin")
    {
        headers.append(header::VARY, HeaderValue::from_static("Origin"));
    }
    let exposed = HeaderValue::from_static(EXPOSED);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: Method) -> http::request::Builder {
        let origin = "https://chat.example";
        Request::builder().method(method).header("origin", origin)
    }

    #[test]
    fn a_client_with_credentials_is_answered_with_its_origin() {
        let request = request(Method::OPTIONS)
            .header("access-control-request-method", "PATCH")
            .header("access-control-request-headers", "authorization")
            .body(())
            .unwrap();
        let allowed = preflight(&request).unwrap();
        for (name, value) in [
            ("access-control-allow-origin", "https://chat.example"),
            ("access-control-allow-credentials", "true"),
            ("access-control-allow-methods", "PATCH"),
            ("access-control-allow-headers", "authorization"),
            ("vary", "Origin"),
        ] {
            assert_eq!(allowed[name], value, "{name}");
        }
    }

    #[test]
    fn vary_gains_origin() {
        let mut headers = HeaderMap::new();
        headers.insert(header::VARY, HeaderValue::from_static("Accept"));
        allow(&mut headers, None);
        allow(&mut headers, None);
        assert_eq!(headers["access-control-allow-origin"], "*");
        assert!(!headers.contains_key("access-control-allow-credentials"));
        let varies: Vec<_> = headers.get_all(header::VARY).iter().collect();
        assert_eq!(varies, ["Accept", "Origin"]);
    }

    #[test]
    fn other_requests_are_not_preflights() {
        let get = request(Method::GET).body(()).unwrap();
        let plain = request(Method::OPTIONS).body(()).unwrap();
        assert!(preflight(&get).is_none() && preflight(&plain).is_none());
    }
}
