//! Asking internal functions on behalf of the gateway.

use std::sync::Arc;

use gateway_durable::hub::Question;
use http::Method;
use model::Code;
use tokio::sync::{Semaphore, mpsc};

use super::Internal;
use super::inbox::News;

/// Calls at the same time. More wait: a storm of identifies must leave functions for others.
const CALLS_MAX: usize = 32;

/// Calls internal functions and gives the answers to the hub.
#[derive(Clone)]
pub struct Calls {
    internal: Arc<dyn Internal>,
    places: Arc<Semaphore>,
    hub: mpsc::UnboundedSender<News>,
}

impl Calls {
    /// Calls by `internal`, answers to `hub`.
    pub fn new(internal: Arc<dyn Internal>, hub: mpsc::UnboundedSender<News>) -> Self {
        Self {
            internal,
            places: Arc::new(Semaphore::new(CALLS_MAX)),
            hub,
        }
    }

    /// Asks; the answer goes to the hub.
    pub fn ask(&self, question: Question) {
        let calls = self.clone();
        tokio::spawn(async move {
            let _place = calls.places.acquire().await;
            let method = match question.method() {
                "GET" => Method::GET,
                _ => Method::POST,
            };
            let call = calls
                .internal
                .call(method, question.path(), question.body().into());
            let (status, body) = call.await;
            let expected = [Code::Unauthorized.status(), Code::NotFound.status()];
            if !(200..300).contains(&status) && !expected.contains(&status) {
                let path = question.path();
                tracing::warn!(path, status, "an internal function failed");
            }
            if let Some(input) = question.answered(status, &body) {
                // Without a hub the process is stopping.
                let _ = calls.hub.send(News::Answer(input));
            }
        });
    }
}
