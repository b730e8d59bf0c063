//! The object that counts what one caller asks, for all isolates.

use std::cell::RefCell;

use http::{Method, Uri, header};
use model::Code;
use model::gateway::internal::paths::ADMIT;
use runtime::entry::worker::refuse;
use runtime::host::Host;
use runtime::host::worker::{Worker, request};
use runtime::internal;
use runtime::limiter::lease::Question;
use runtime::limiter::{Key, Limiter};
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

/// Bytes of a question.
const QUESTION_BYTES_MAX: usize = 1024;
/// Buckets that take longer than this to empty outlive the object's memory, which goes a few
/// seconds after the last request.
const KEPT_MS: u64 = 10_000;
/// Where they are kept: the time at which each is empty, in milliseconds.
const KEPT: &str = "filled";

/// The buckets of one caller.
#[durable_object]
pub struct Limits {
    state: State,
    env: Env,
    /// `None` until what was kept is read.
    limiter: RefCell<Option<Limiter>>,
}

impl DurableObject for Limits {
    fn new(state: State, env: Env) -> Self {
        Self {
            state,
            env,
            limiter: RefCell::default(),
        }
    }

    async fn fetch(&self, incoming: Request) -> Result<Response> {
        let Ok(mut request) = request(incoming) else {
            return refuse(Code::BadRequest);
        };
        let host = Worker::new(self.env.clone(), &Uri::default());
        let body = request.body_mut().collect(QUESTION_BYTES_MAX).await;
        let (Ok(body), Ok(config)) = (body, host.config().await) else {
            return refuse(Code::BadRequest);
        };
        let given = request.headers().get(header::AUTHORIZATION);
        let given = given.and_then(|it| it.to_str().ok()).unwrap_or_default();
        let (key, now) = (&config.internal_key, host.now());
        if !internal::proves(given, key, &Method::POST, ADMIT, &body, now) {
            return refuse(Code::NotFound);
        }
        let Ok(question) = serde_json::from_slice::<Question>(&body) else {
            return refuse(Code::BadRequest);
        };
        let now_ms = u64::try_from(now.as_millis()).unwrap_or_default();
        self.remember(now_ms).await?;
        let answer = {
            let mut limiter = self.limiter.borrow_mut();
            question.answer(limiter.get_or_insert_default(), now_ms)
        };
        if answer.filled_ms > KEPT_MS {
            self.keep(now_ms).await?;
        }
        Response::from_json(&answer)
    }

    async fn alarm(&self) -> Result<Response> {
        self.state.storage().delete_all().await?;
        Response::empty()
    }
}

impl Limits {
    /// Reads what was kept, once.
    async fn remember(&self, now_ms: u64) -> Result<()> {
        if self.limiter.borrow().is_some() {
            return Ok(());
        }
        let kept: Option<String> = self.state.storage().get(KEPT).await?;
        let kept = kept.and_then(|kept| serde_json::from_str(&kept).ok());
        let kept: Vec<(Key, u64)> = kept.unwrap_or_default();
        // Another request may have been first.
        let mut limiter = self.limiter.borrow_mut();
        let limiter = limiter.get_or_insert_default();
        for (key, empty_ms) in kept {
            limiter.fill(key, empty_ms.saturating_sub(now_ms), now_ms);
        }
        Ok(())
    }

    /// Writes down the buckets that take long, and forgets them when the last of them is empty.
    async fn keep(&self, now_ms: u64) -> Result<()> {
        let kept: Vec<(Key, u64)> = match &*self.limiter.borrow() {
            Some(limiter) => limiter
                .filled(now_ms)
                .filter(|(_, filled_ms)| *filled_ms > KEPT_MS)
                .map(|(key, filled_ms)| (key, now_ms + filled_ms))
                .collect(),
            None => return Ok(()),
        };
        let Some(last_ms) = kept.iter().map(|(_, empty_ms)| *empty_ms).max() else {
            return Ok(());
        };
        let storage = self.state.storage();
        storage.put(KEPT, serde_json::to_string(&kept)?).await?;
        let left_ms = i64::try_from(last_ms - now_ms).unwrap_or(i64::MAX);
        storage.set_alarm(left_ms).await
    }
}
