//! The object that hashes passwords and decodes images.

use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use crate::packed;

/// Runs functions that cost much time. A request to an object may take 30 seconds of it, on every
/// plan; one to a Worker has 10 milliseconds on the free one.
#[durable_object(fetch)]
pub struct Compute {
    env: Env,
}

impl DurableObject for Compute {
    fn new(_: State, env: Env) -> Self {
        Self { env }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        packed::run(request, self.env.clone()).await
    }
}
