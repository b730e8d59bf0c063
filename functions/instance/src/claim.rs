//! The page of the link that the host prints when nobody runs the instance yet.
//!
//! Discord has no equivalent: its operators are not users, see
//! [Discord Docs/API Reference](https://discord.com/developers/docs/reference).

use http::header::{self, HeaderValue};
use runtime::BodyStream;
use runtime::prelude::*;

function! {
    at root "/claim"
    GET get_claim_page
}

/// The page. It is the same for everybody: the ticket stays in the browser until it is used.
const PAGE: &str = include_str!("claim.html");

/// What a browser is told of the page: nothing but itself may run in it, it may talk to nobody but
/// the instance, and its address, which has the ticket, is told to nobody.
const HEADERS: &[(header::HeaderName, &str)] = &[
    (header::CONTENT_TYPE, "text/html; charset=utf-8"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
         connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
    ),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::CACHE_CONTROL, "no-store"),
];

/// A form that logs in or registers and then claims the instance.
async fn get_claim_page(_: &Cx, _: Anyone) -> Result<Response> {
    let mut page = Response::new(BodyStream::Full(PAGE.into()));
    for (name, value) in HEADERS {
        page.headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    Ok(page)
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;

    use super::*;

    /// The page has a ticket in its address, which must neither be shown nor be told to anybody.
    #[test]
    fn the_page_keeps_its_address_to_itself() {
        let app = App::new();
        let answer = app.nobody().get(&FUNCTION, "/claim?token=mallory");
        assert_eq!(answer.status, 200);
        assert_eq!(answer.headers["content-type"], "text/html; charset=utf-8");
        let page = std::str::from_utf8(&answer.body).expect("text");
        assert!(page.contains("/auth/claim") && !page.contains("mallory"));
        let policy = answer.headers["content-security-policy"].to_str();
        let policy: Vec<_> = policy.expect("text").split("; ").collect();
        for rule in [
            "default-src 'none'",
            "connect-src 'self'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(&rule), "{rule} is not in {policy:?}");
        }
        assert_eq!(answer.headers["referrer-policy"], "no-referrer");
        assert_eq!(answer.headers["cache-control"], "no-store");
    }
}
