//! Browsers of any origin may call: tokens are in a header that scripts set, never in a cookie.

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
    allow(&mut allowed);
    Some(allowed)
}

/// Lets scripts of any origin read the answer.
pub fn allow(headers: &mut HeaderMap) {
    let any = HeaderValue::from_static("*");
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, any);
    let exposed = HeaderValue::from_static(EXPOSED);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
}
