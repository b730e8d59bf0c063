//! The page of the link that the host prints when nobody runs the instance yet.
//!
//! Discord has no equivalent: its operators are not users, see
//! [Discord Docs/API Reference](https://discord.com/developers/docs/reference).

use http::header::{self, HeaderValue};
use runtime::prelude::*;

use crate::page::{self, Page};

function! {
    at root "/claim"
    GET get_claim_page
}

/// What it says. It is the same for everybody: the ticket stays in the browser until it is used.
const MAIN: &str = include_str!("claim.html");
/// What sends the form.
const SCRIPT: &str = include_str!("claim.js");
/// The SHA-256 of the script, by which browsers know that it is ours.
const SCRIPT_HASH: &str = "sha256-rwk7bz4ITSsY2N3Ov/5x/4Nmecrv1oui00kbgalAYtI=";

/// A form that logs in or registers and then claims the instance.
///
/// Nothing but its own script may run in it, it may talk to nobody but the instance, and its
/// address, which has the ticket, is told to nobody.
async fn get_claim_page(_: &Cx, _: Anyone) -> Result<Response> {
    let page = Page {
        code: None,
        title: "Run this instance".to_owned(),
        main: format!("{MAIN}<script>{SCRIPT}</script>"),
    };
    let policy = format!(
        "{} img-src 'self'; script-src '{SCRIPT_HASH}'; connect-src 'self'",
        page::policy()
    );
    let mut answer = page::text(page.framed(), "text/html; charset=utf-8", &policy)?;
    let never = HeaderValue::from_static("no-store");
    answer.headers_mut().insert(header::CACHE_CONTROL, never);
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;

    use super::*;
    use crate::page::tests::hash;

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

    #[test]
    fn the_policy_knows_the_script() {
        assert_eq!(SCRIPT_HASH, hash(SCRIPT));
    }
}
