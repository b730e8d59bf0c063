//! Rate limits in front of functions, as `runtime::rate_limits` describes them: refusing before a
//! call costs less than a call.
//!
//! A token is proven when a function that requires one has answered it well. Until then its
//! requests also count for the client's address, as [`INVALID_TOKENS`] says, and so do its
//! buckets: made-up tokens neither reach functions in any number nor make anybody's limit be
//! forgotten. A proven token counts for its account, however many sessions that has.

mod proven;

use std::borrow::Cow;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use http::header::{HeaderMap, HeaderValue};
use http::{Method, Response, StatusCode};
use model::Code;
use runtime::BodyStream;
use runtime::config;
use runtime::limiter::{Admission, Decision, Key, Limiter, Rule};
use runtime::rate_limits::caller::{Caller, major};
use runtime::rate_limits::{INVALID_TOKENS, OTHER, OTHER_LIMIT, Passed, bucket, judge};
use runtime::token::{self, Presented};

use crate::body::{Body, empty, full};
use crate::clock::now;
use crate::manifest::{By, Manifest};
use proven::Proven;

/// The number of the bucket of an address's requests with tokens that were not proven, so also with
/// wrong ones. Those that prove their token do not stay counted.
const UNPROVEN_BUCKET: u32 = 0;
/// The number of the bucket of methods that no operation declares.
const OTHER_BUCKET: u32 = 1;

/// Limits requests as the manifest's operations say.
pub struct RateLimits {
    state: Option<Mutex<State>>,
    global: Rule,
    operations: HashMap<(String, Method), Operation>,
    other: Operation,
    /// A secret of the process, so that nobody can choose colliding callers.
    secret: String,
    started: Instant,
}

#[derive(Default)]
struct State {
    limiter: Limiter,
    proven: Proven,
}

#[derive(Debug, Clone)]
struct Operation {
    rule: Rule,
    number: u32,
    by: By,
    /// The bucket's name as clients see it: opaque, the same for the same bucket.
    bucket: HeaderValue,
}

/// A request that may go to its function.
pub struct Admitted {
    /// What the answer says of its bucket.
    pub passed: Passed,
    /// The token that it came with, where the function requires one.
    token: Option<Presented>,
    /// Where else it counts until its token is proven.
    unproven: Option<Key>,
    /// How it was counted.
    request: Admission,
}

impl RateLimits {
    /// Limits for the operations of `manifest`. `secret` is the process's own.
    pub fn new(manifest: &Manifest, settings: &config::RateLimits, secret: &str) -> Self {
        let mut numbers = HashMap::from([(OTHER.to_owned(), OTHER_BUCKET)]);
        let mut operations = HashMap::new();
        for (component, manifest) in &manifest.components {
            for operation in &manifest.extra().operations {
                let Ok(method) = operation.method.parse() else {
                    continue;
                };
                let bucket = operation.bucket.as_ref().unwrap_or(&operation.name);
                let next = OTHER_BUCKET + numbers.len() as u32;
                let number = *numbers.entry(bucket.clone()).or_insert(next);
                let rule = Rule {
                    limit: operation.limit.max(1),
                    per_ms: operation.per_ms,
                };
                let operation = Operation::new(rule, number, operation.by, bucket);
                operations.insert((component.clone(), method), operation);
            }
        }
        let global = Rule {
            limit: settings.global_per_second,
            per_ms: 1000,
        };
        let other = Rule {
            limit: OTHER_LIMIT.count,
            per_ms: OTHER_LIMIT.per_ms.into(),
        };
        Self {
            state: settings.enabled.then(Mutex::default),
            global,
            operations,
            other: Operation::new(other, OTHER_BUCKET, By::Token, OTHER),
            secret: secret.to_owned(),
            started: Instant::now(),
        }
    }

    /// Counts a request to `component`. `part` looks up a part of the path by its name.
    ///
    /// # Errors
    /// The answer 429, when the request is one too many.
    pub fn admit<'a>(
        &self,
        component: &str,
        method: &Method,
        headers: &HeaderMap,
        client: IpAddr,
        part: impl Fn(&str) -> Option<Cow<'a, str>>,
    ) -> Result<Option<Admitted>, Box<Response<Body>>> {
        let Some(mut state) = self.state() else {
            return Ok(None);
        };
        let now_ms = self.now_ms();
        let operation = self.operation(component, method);
        let token = token::presented(headers).filter(|_| operation.by == By::Token);
        let is_proven = token.as_ref().is_some_and(|it| state.proven.has(&it.hash));
        let caller = match &token {
            Some(token) if is_proven => Caller::Account(token.claimed),
            Some(token) => Caller::Unproven(token.hash.clone(), client),
            None => Caller::Address(Some(client)),
        };
        let unproven = (token.is_some() && !is_proven).then(|| Key {
            principal: Caller::Address(Some(client)).principal(&self.secret),
            bucket: UNPROVEN_BUCKET,
            major: 0,
        });
        let request = Admission {
            key: Key {
                principal: caller.principal(&self.secret),
                bucket: operation.number,
                major: major(part),
            },
            rule: operation.rule,
            global: Some(self.global),
            provided: None,
        };
        let refused = unproven.and_then(|key| state.refuse_unproven(key, now_ms));
        let decision = refused.unwrap_or_else(|| state.limiter.admit(&request, now_ms));
        drop(state);
        let passed = judge(decision, operation.bucket.clone(), now());
        let passed = passed.map_err(|refusal| Box::new((*refusal).map(whole)))?;
        Ok(Some(Admitted {
            passed,
            token,
            unproven,
            request,
        }))
    }

    /// Notes what the function answered: whether the request's token is one.
    pub fn answered(&self, admitted: &Admitted, status: StatusCode) {
        let (Some(mut state), Some(token)) = (self.state(), &admitted.token) else {
            return;
        };
        if status.as_u16() == Code::Unauthorized.status() {
            state.proven.forget(&token.hash);
        } else if let Some(key) = admitted.unproven
            && status.is_success()
        {
            let now_ms = self.now_ms();
            state.proven.insert(&token.hash);
            state.limiter.refund(key, INVALID_TOKENS, now_ms);
            // It was a request of the account all along, which may have no room for it any more.
            let mut request = admitted.request;
            request.key.principal = Caller::Account(token.claimed).principal(&self.secret);
            state.limiter.admit(&request, now_ms);
        }
    }

    /// HEAD is answered as GET, so it counts as that too.
    fn operation(&self, component: &str, method: &Method) -> &Operation {
        let method = match *method {
            Method::HEAD => &Method::GET,
            _ => method,
        };
        let operation = (component.to_owned(), method.clone());
        self.operations.get(&operation).unwrap_or(&self.other)
    }

    fn state(&self) -> Option<MutexGuard<'_, State>> {
        let state = self.state.as_ref()?;
        Some(state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn now_ms(&self) -> u64 {
        self.started.elapsed().as_millis() as u64
    }
}

impl State {
    /// Counts a request for its address; what refuses it, if that does.
    fn refuse_unproven(&mut self, key: Key, now_ms: u64) -> Option<Decision> {
        let request = Admission {
            key,
            rule: INVALID_TOKENS,
            global: None,
            provided: None,
        };
        match self.limiter.admit(&request, now_ms) {
            Decision::Refused(quota) => Some(Decision::RefusedGlobally(quota)),
            _ => None,
        }
    }
}

impl Operation {
    fn new(rule: Rule, number: u32, by: By, name: &str) -> Self {
        Self {
            rule,
            number,
            by,
            bucket: bucket(name),
        }
    }
}

fn whole(body: BodyStream) -> Body {
    match body {
        BodyStream::Full(bytes) => full(bytes),
        BodyStream::Parts { .. } => empty(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use http::header;
    use model::Id;
    use runtime::token::Token;

    use super::*;

    const CLIENT: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(1, 1, 1, 1));

    fn limits(enabled: bool) -> RateLimits {
        with(enabled, 4)
    }

    fn with(enabled: bool, global_per_second: u32) -> RateLimits {
        let operation = r#"{ method = "GET", name = "get_it", limit = 2, per_ms = 60000 }"#;
        let text = format!("source = \"x\"\n[tool.spacebar]\noperations = [{operation}]");
        let manifest = Manifest {
            routes: Vec::new(),
            variables: BTreeMap::new(),
            components: BTreeMap::from([("it".into(), toml::from_str(&text).unwrap())]),
        };
        let settings = config::RateLimits {
            enabled,
            global_per_second,
        };
        RateLimits::new(&manifest, &settings, "secret")
    }

    fn ask(limits: &RateLimits, client: &str, channel: &str) -> Response<Body> {
        let param = |name: &str| (name == "channel_id").then(|| channel.to_owned().into());
        let client = client.parse().unwrap();
        match limits.admit("it", &Method::GET, &HeaderMap::new(), client, param) {
            Ok(passed) => {
                let mut response = Response::new(empty());
                if let Some(it) = passed {
                    it.passed.describe(response.headers_mut(), now());
                }
                response
            }
            Err(refusal) => *refusal,
        }
    }

    #[test]
    fn the_answer_says_what_is_left() {
        let limits = limits(true);
        let response = ask(&limits, "1.1.1.1", "1");
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["x-ratelimit-limit"], "2");
        assert_eq!(response.headers()["x-ratelimit-remaining"], "1");
        assert_eq!(response.headers()["x-ratelimit-bucket"].len(), 32);
        ask(&limits, "1.1.1.1", "1");
        let refused = ask(&limits, "1.1.1.1", "1");
        assert_eq!(refused.status(), 429);
        assert_eq!(refused.headers()["x-ratelimit-remaining"], "0");
        assert_eq!(refused.headers()["x-ratelimit-scope"], "user");
        // One comes back after half of the time, all after the whole.
        assert_eq!(refused.headers()["retry-after"], "30");
        assert!(refused.headers().contains_key("via"));
        assert_eq!(ask(&limits, "1.1.1.1", "2").status(), 200);
        assert_eq!(ask(&limits, "1.1.1.2", "1").status(), 200);
    }

    #[test]
    fn the_limit_on_everything_is_named_global() {
        let limits = limits(true);
        for channel in 0..4 {
            ask(&limits, "2001:db8::1", &channel.to_string());
        }
        // Another address of the same network is the same caller.
        let refused = ask(&limits, "2001:db8::2", "5");
        assert_eq!(refused.status(), 429);
        assert_eq!(refused.headers()["x-ratelimit-global"], "true");
        assert_eq!(refused.headers()["retry-after"], "1");
    }

    /// A request with this header; what it was admitted as.
    fn ask_with(limits: &RateLimits, authorization: &str, method: &Method) -> Option<Admitted> {
        let mut headers = HeaderMap::new();
        let authorization = HeaderValue::from_str(authorization).unwrap();
        headers.insert(header::AUTHORIZATION, authorization);
        let decision = limits.admit("it", method, &headers, CLIENT, |_| None);
        decision.ok().flatten()
    }

    fn token(user: u64, secret: u8) -> String {
        let token = Token::new(Id::new(user), now(), &[secret; 32]);
        token.reveal().to_owned()
    }

    /// Has the token proven by a good answer.
    fn prove(limits: &RateLimits, token: &str) {
        let admitted = ask_with(limits, token, &Method::POST).unwrap();
        limits.answered(&admitted, StatusCode::OK);
    }

    #[test]
    fn a_made_up_token_does_not_open_another_bucket_where_none_is_asked_for() {
        let mut limits = limits(true);
        for operation in limits.operations.values_mut() {
            operation.by = By::Address;
        }
        let all = (0..3).map(|number| token(1, number));
        let admitted = all.filter(|it| ask_with(&limits, it, &Method::GET).is_some());
        assert_eq!(admitted.count(), 2);
    }

    #[test]
    fn a_token_is_the_same_however_it_is_written() {
        let (token, other) = (token(1, 1), token(1, 2));
        for proven in [false, true] {
            let limits = with(true, 100);
            if proven {
                prove(&limits, &token);
                // Another session of the same account.
                prove(&limits, &other);
            }
            let mut written = vec![
                token.clone(),
                format!("Bot {token}"),
                format!("Bot    {token}"),
                format!(" Bearer {token} "),
            ];
            written.extend(proven.then(|| other.clone()));
            let admitted = written
                .iter()
                .filter(|it| ask_with(&limits, it, &Method::GET).is_some());
            assert_eq!(admitted.count(), 2);
            assert!(ask_with(&limits, &token, &Method::HEAD).is_none());
        }
    }

    #[test]
    fn malformed_tokens_count_for_the_address() {
        let limits = limits(true);
        let all = ["Bot x", "y", "Bot", ""];
        let admitted = all
            .iter()
            .filter(|it| ask_with(&limits, it, &Method::GET).is_some());
        assert_eq!(admitted.count(), 2);
    }

    #[test]
    fn made_up_tokens_are_refused_before_they_are_many() {
        let limits = with(true, 1000);
        let made_up = |number: u32| {
            Token::new(Id::new(1), now(), &{
                let mut secret = [0; 32];
                secret[..4].copy_from_slice(&number.to_be_bytes());
                secret
            })
        };
        let mut admitted = 0;
        for number in 0..70_000 {
            let token = made_up(number);
            if let Some(it) = ask_with(&limits, token.reveal(), &Method::GET) {
                limits.answered(&it, StatusCode::UNAUTHORIZED);
                admitted += 1;
            }
        }
        // Some more while the test runs.
        assert!((200..1000).contains(&admitted), "{admitted}");
        assert!(limits.state().unwrap().limiter.len() < 1200);
    }

    #[test]
    fn tokens_that_prove_themselves_cost_their_address_nothing() {
        let limits = with(true, 1000);
        for number in 0..250_u8 {
            prove(&limits, &token(number.into(), number));
        }
        // Until they are revoked.
        let token = token(1, 1);
        let admitted = ask_with(&limits, &token, &Method::GET).unwrap();
        assert!(admitted.unproven.is_none());
        limits.answered(&admitted, StatusCode::UNAUTHORIZED);
        let admitted = ask_with(&limits, &token, &Method::GET).unwrap();
        assert!(admitted.unproven.is_some());
    }

    #[test]
    fn limits_can_be_off() {
        let limits = limits(false);
        for _ in 0..10 {
            assert_eq!(ask(&limits, "1.1.1.1", "1").status(), 200);
        }
    }
}
