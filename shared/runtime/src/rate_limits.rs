//! Rate limits: whom a request counts for, who counts it, and what the answer says of it.
//!
//! See [Discord Docs/Rate Limits](https://discord.com/developers/docs/topics/rate-limits).

pub mod caller;

use std::borrow::Cow;

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use model::error::VIA;
use model::{Code, Timestamp};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::function::{Function, Limit};
use crate::host::{Host, log_error};
use crate::limiter::{Admission, Decision, Key, Quota, Rule};
use crate::requirement::Requirement;
use crate::{BodyStream, Cx, Mount, Request, Response, respond, token};
use caller::{Caller, major, number};

/// The bucket of a path's methods that no operation declares.
pub const OTHER: &str = "other";
/// The limit of those.
pub const OTHER_LIMIT: Limit = Limit {
    count: 10,
    per_ms: 1000,
};

/// Requests of one address whose token is none. Over time they are as many as Discord takes before
/// it refuses an address altogether: 10,000 in ten minutes. Where these are too many, no request
/// with a token is taken from there, unless the host knows the token.
///
/// See [Discord Docs/Invalid Request Limit](https://discord.com/developers/docs/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans).
pub const INVALID_TOKENS: Rule = Rule {
    limit: 200,
    per_ms: 12_000,
};

/// What the answer to a request says of its bucket.
#[derive(Debug, Clone, PartialEq)]
pub struct Passed {
    /// What there is room for.
    pub quota: Quota,
    /// The bucket's name as clients see it.
    pub bucket: HeaderValue,
}

/// Counts a request, where the host has not done so before the call. `claim` is its [`claim`].
///
/// # Errors
/// The answer 429, when the request is one too many.
pub async fn admit(
    cx: &Cx,
    function: &Function,
    request: &Request,
    claim: Option<&Admission>,
) -> Result<Option<Passed>, Box<Response>> {
    let limits = &cx.config().rate_limits;
    if !limits.enabled || function.mount == Mount::Internal {
        return Ok(None);
    }
    let operation = function.operation(&request.method);
    let (name, limit) = operation.map_or((OTHER, OTHER_LIMIT), |it| (it.name, it.limit));
    // Where no token is needed, an invented one must not bring another bucket.
    let anyone = operation.is_some_and(|it| matches!(it.access, Requirement::Anyone));
    let secret = &cx.config().internal_key;
    let admission = Admission {
        key: Key {
            principal: caller(request, anyone).principal(secret),
            // The greatest number is for everything.
            bucket: number(&[name.as_bytes()]) as u32 >> 1,
            major: major(|name| request.param(name).ok().map(Cow::from)),
        },
        rule: Rule {
            limit: limit.count.max(1),
            per_ms: limit.per_ms.into(),
        },
        global: Some(Rule {
            limit: limits.global_per_second,
            per_ms: 1000,
        }),
        provided: claim.map(|claim| (claim.key, claim.rule)),
    };
    match cx.host().admit(&admission).await {
        Ok(decision) => judge(decision, bucket(name), cx.now()).map(Some),
        Err(error) => {
            // People go on talking while whoever counts is away.
            log_error(&format!("a request was not counted: {error:#}"));
            Ok(None)
        }
    }
}

/// Where a request counts if its token is none; `None` if it needs no token, or has none.
pub fn claim(cx: &Cx, function: &Function, request: &Request) -> Option<Admission> {
    let operation = function.operation(&request.method)?;
    let anyone = matches!(
        operation.access,
        Requirement::Anyone | Requirement::Internal
    );
    if anyone || !cx.config().rate_limits.enabled {
        return None;
    }
    token::presented(&request.headers)?;
    Some(Admission {
        key: Key {
            principal: Caller::Address(request.client_ip()).principal(&cx.config().internal_key),
            bucket: number(&[b"tokens that are none"]) as u32 >> 1,
            major: 0,
        },
        rule: INVALID_TOKENS,
        global: None,
        provided: None,
    })
}

/// Counts the claim of a request whose token is none, as its answer says.
pub async fn note_answer(cx: &Cx, claim: &Admission, response: &Response) {
    if response.status() != respond::status_of(Code::Unauthorized) {
        return;
    }
    if let Err(error) = cx.host().admit(claim).await {
        log_error(&format!("a wrong token was not counted: {error:#}"));
    }
}

fn caller(request: &Request, anyone: bool) -> Caller {
    match token::presented(&request.headers).filter(|_| !anyone) {
        Some(token) => Caller::Token(token.hash),
        None => Caller::Address(request.client_ip()),
    }
}

/// The bucket's name as clients see it: opaque, the same for the same bucket.
pub fn bucket(name: &str) -> HeaderValue {
    let hash = Sha256::digest(name.as_bytes());
    let hex: String = hash
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    HeaderValue::from_str(&hex).unwrap_or(HeaderValue::from_static(OTHER))
}

/// What a decision means for the request.
///
/// # Errors
/// The answer 429.
pub fn judge(
    decision: Decision,
    bucket: HeaderValue,
    now: Timestamp,
) -> Result<Passed, Box<Response>> {
    let passed = |quota| Passed { quota, bucket };
    match decision {
        Decision::Allowed(quota) => Ok(passed(quota)),
        Decision::Refused(quota) => Err(Box::new(refusal(&passed(quota), false, now))),
        Decision::RefusedGlobally(quota) => Err(Box::new(refusal(&passed(quota), true, now))),
    }
}

impl Passed {
    /// Adds what Discord's answers say of the bucket.
    pub fn describe(&self, headers: &mut HeaderMap, now: Timestamp) {
        let seconds = |ms: u64| format!("{}.{:03}", ms / 1000, ms % 1000);
        let now_ms = u64::try_from(now.as_millis()).unwrap_or_default();
        let mut text = |name: &'static str, value: String| {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        };
        let after_ms = self.quota.reset_after_ms;
        text("x-ratelimit-limit", self.quota.limit.to_string());
        text("x-ratelimit-remaining", self.quota.remaining.to_string());
        text("x-ratelimit-reset", seconds(now_ms + after_ms));
        text("x-ratelimit-reset-after", seconds(after_ms));
        headers.insert("x-ratelimit-bucket", self.bucket.clone());
    }
}

fn refusal(bucket: &Passed, global: bool, now: Timestamp) -> Response {
    let after_ms = bucket.quota.retry_after_ms;
    let body = json!({
        "message": Code::RateLimited.message(),
        "retry_after": after_ms as f64 / 1000.0,
        "global": global,
    });
    let mut response = Response::new(BodyStream::from(body.to_string().into_bytes()));
    *response.status_mut() = respond::status_of(Code::RateLimited);
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert(
        header::RETRY_AFTER,
        HeaderValue::from(after_ms.div_ceil(1000)),
    );
    headers.insert(header::VIA, HeaderValue::from_static(VIA));
    let scope = if global { "global" } else { "user" };
    headers.insert("x-ratelimit-scope", HeaderValue::from_static(scope));
    if global {
        headers.insert("x-ratelimit-global", HeaderValue::from_static("true"));
    } else {
        bucket.describe(headers, now);
    }
    response
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use serde_json::Value;

    use super::*;
    use model::Id;

    use crate::function;
    use crate::prelude::*;
    use crate::testing::App;

    function! {
        at root "/channels/{channel_id}/things"
        GET list_things, 2 per 60_000 ms
    }

    async fn list_things(_: &Cx, _: Anyone) -> Result<Json<Value>> {
        Ok(Json(json!([])))
    }

    fn limited() -> App {
        let app = App::new();
        app.configure(|config| config.rate_limits.enabled = true);
        app
    }

    #[test]
    fn where_no_host_counts_before_the_call_the_function_has_it_counted() {
        let app = limited();
        let answer = app.nobody().get(&FUNCTION, "/channels/1/things");
        assert_eq!(answer.status, 200);
        assert_eq!(answer.headers["x-ratelimit-remaining"], "1");
        app.nobody().get(&FUNCTION, "/channels/1/things").ok();
        let refused = app.nobody().get(&FUNCTION, "/channels/1/things");
        assert_eq!(refused.status, 429);
        assert_eq!(refused.headers["retry-after"], "30");
        app.nobody().get(&FUNCTION, "/channels/2/things").ok();
    }

    mod own {
        use super::*;

        function! {
            at root "/channels/{channel_id}/own"
            GET list_own, 2 per 60_000 ms
        }

        async fn list_own(_: &Cx, _: Human) -> Result<Json<Value>> {
            Ok(Json(json!([])))
        }
    }

    #[test]
    fn a_token_and_an_object_are_the_same_however_they_are_written() {
        let app = limited();
        let alice = app.register("alice");
        let mut passed = 0;
        for (scheme, channel) in [
            ("", "12"),
            ("Bearer ", "12"),
            ("Bearer  ", "%312"),
            ("", "1%32"),
        ] {
            let token = format!("{scheme}{}", alice.token());
            let path = format!("/channels/{channel}/own");
            let answer = app.holder(alice.id, &token).get(&own::FUNCTION, &path);
            passed += u32::from(answer.status == 200);
        }
        assert_eq!(passed, 2);
    }

    #[test]
    fn made_up_tokens_are_refused_before_they_are_many() {
        let app = limited();
        let alice = app.register("alice");
        let ask = |token: &str, address: &str| {
            let headers = [("x-forwarded-for", address)];
            let (method, path) = (http::Method::GET, "/channels/1/own");
            let actor = app.holder(alice.id, token);
            actor
                .send(&own::FUNCTION, method, path, None, &headers)
                .status
        };
        let made_up = |number: u32| format!("{}{number}", alice.token());
        let refused = (0..300).filter(|it| ask(&made_up(*it), "2001:db8::1") == 429);
        assert_eq!(refused.count(), 100);
        assert_eq!(ask(&made_up(1), "2001:db8::2"), 429);
        assert_eq!(ask(alice.token(), "2001:db8:0:1::1"), 200);
    }

    #[test]
    fn a_made_up_token_opens_no_bucket_where_none_is_asked_for() {
        let app = limited();
        let mut passed = 0;
        for token in ["a", "b", "c"] {
            let answer = app
                .holder(Id::new(1), token)
                .get(&FUNCTION, "/channels/1/things");
            passed += u32::from(answer.status == 200);
        }
        assert_eq!(passed, 2);
    }
}
