//! Rate limits in front of functions, as `runtime::rate_limits` describes them: refusing before a
//! call costs less than a call.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, Response};
use runtime::BodyStream;
use runtime::config;
use runtime::rate_limits::limiter::{Admission, Key, Limiter, Rule};
use runtime::rate_limits::{MAJOR, OTHER, OTHER_LIMIT, Passed, bucket, judge};

use crate::body::{Body, empty, full};
use crate::manifest::{By, Manifest};
use crate::server::now;

/// Limits requests as the manifest's operations say.
pub struct RateLimits {
    limiter: Option<Mutex<Limiter>>,
    global: Rule,
    operations: HashMap<(String, Method), Operation>,
    other: Operation,
    /// Keyed with a secret of the process, so that nobody can choose colliding callers.
    hasher: RandomState,
    started: Instant,
}

#[derive(Debug, Clone)]
struct Operation {
    rule: Rule,
    number: u32,
    by: By,
    /// The bucket's name as clients see it: opaque, the same for the same bucket.
    bucket: HeaderValue,
}

impl RateLimits {
    /// Limits for the operations of `manifest`.
    pub fn new(manifest: &Manifest, settings: &config::RateLimits) -> Self {
        let mut numbers = HashMap::from([(OTHER.to_owned(), 0)]);
        let mut operations = HashMap::new();
        for (component, manifest) in &manifest.components {
            for operation in &manifest.extra().operations {
                let Ok(method) = operation.method.parse() else {
                    continue;
                };
                let bucket = operation.bucket.as_ref().unwrap_or(&operation.name);
                let next = numbers.len() as u32;
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
            limiter: settings.enabled.then(Mutex::default),
            global,
            operations,
            other: Operation::new(other, 0, By::Token, OTHER),
            hasher: RandomState::new(),
            started: Instant::now(),
        }
    }

    /// Counts a request to `component`. `param` looks up a part of the path by its name.
    ///
    /// # Errors
    /// The answer 429, when the request is one too many.
    pub fn admit(
        &self,
        component: &str,
        method: &Method,
        headers: &HeaderMap,
        client: IpAddr,
        param: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Passed>, Box<Response<Body>>> {
        let Some(limiter) = &self.limiter else {
            return Ok(None);
        };
        let operation = (component.to_owned(), method.clone());
        let operation = self.operations.get(&operation).unwrap_or(&self.other);
        let major = MAJOR.iter().find_map(|name| param(name));
        let key = Key {
            principal: self.principal(operation.by, headers, client),
            bucket: operation.number,
            major: major.map_or(0, |major| self.hasher.hash_one(major)),
        };
        let now_ms = self.started.elapsed().as_millis() as u64;
        let mut limiter = limiter.lock().unwrap_or_else(PoisonError::into_inner);
        let request = Admission {
            key,
            rule: operation.rule,
            global: Some(self.global),
        };
        let decision = limiter.admit(&request, now_ms);
        drop(limiter);
        let whole = |body| match body {
            BodyStream::Full(bytes) => full(bytes),
            BodyStream::Parts { .. } => empty(),
        };
        let passed = judge(decision, operation.bucket.clone(), now());
        passed
            .map(Some)
            .map_err(|refusal| Box::new((*refusal).map(whole)))
    }

    fn principal(&self, by: By, headers: &HeaderMap, client: IpAddr) -> u64 {
        let token = headers.get(header::AUTHORIZATION);
        match token.filter(|_| by == By::Token) {
            Some(token) => self.hasher.hash_one(token.as_bytes()),
            None => self.hasher.hash_one(network(client)),
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

/// Who has one address of IPv6 has 2^64 of them.
pub fn network(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) & !u128::from(u64::MAX)).into()),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn limits(enabled: bool) -> RateLimits {
        let operation = r#"{ method = "GET", name = "get_it", limit = 2, per_ms = 60000 }"#;
        let text = format!("source = \"x\"\n[tool.spacebar]\noperations = [{operation}]");
        let manifest = Manifest {
            routes: Vec::new(),
            variables: BTreeMap::new(),
            components: BTreeMap::from([("it".into(), toml::from_str(&text).unwrap())]),
        };
        let settings = config::RateLimits {
            enabled,
            global_per_second: 4,
        };
        RateLimits::new(&manifest, &settings)
    }

    fn ask(limits: &RateLimits, client: &str, channel: &str) -> Response<Body> {
        let param = |name: &str| (name == "channel_id").then(|| channel.to_owned());
        let client = client.parse().unwrap();
        match limits.admit("it", &Method::GET, &HeaderMap::new(), client, param) {
            Ok(passed) => {
                let mut response = Response::new(empty());
                if let Some(passed) = passed {
                    passed.describe(response.headers_mut(), now());
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

    #[test]
    fn a_made_up_token_does_not_open_another_bucket_where_none_is_asked_for() {
        let mut limits = limits(true);
        for operation in limits.operations.values_mut() {
            operation.by = By::Address;
        }
        let client = "1.1.1.1".parse().unwrap();
        let mut admitted = 0;
        for number in 0..3 {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, HeaderValue::from(number));
            let decision = limits.admit("it", &Method::GET, &headers, client, |_| None);
            admitted += u32::from(decision.is_ok());
        }
        assert_eq!(admitted, 2);
    }

    #[test]
    fn limits_can_be_off() {
        let limits = limits(false);
        for _ in 0..10 {
            assert_eq!(ask(&limits, "1.1.1.1", "1").status(), 200);
        }
    }
}
