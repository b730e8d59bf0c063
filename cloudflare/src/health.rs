//! Whether the Worker lives, and whether it can work.

use model::Code;
use runtime::host::worker::Worker;
use store::{Database, health};
use worker::{Response, Result};

use crate::internal_calls;

/// `GET /healthz`: the Worker answers.
pub fn healthz() -> Result<Response> {
    Response::ok("alive\n")
}

/// `GET /readyz`: the settings are complete, each store was written and read, or the
/// functions elsewhere answer. 503 with a line for
/// each thing that does not work.
pub async fn readyz(host: &Worker) -> Result<Response> {
    use runtime::host::Host;

    let mut problems = Vec::new();
    if let Err(error) = host.config().await {
        problems.push(format!("settings: {error}"));
    }
    if internal_calls::functions(host.env()).is_some() {
        if let Err(error) = internal_calls::read_outbox(host, 0).await {
            problems.push(format!("functions: {error:#}"));
        }
    } else {
        for store in host.databases() {
            if let Err(error) = health::check(host, store).await {
                problems.push(format!("store {store}: {error}"));
            }
        }
    }
    if problems.is_empty() {
        return Response::ok("ready\n");
    }
    Response::error(
        problems.join("\n") + "\n",
        Code::ServiceUnavailable.status(),
    )
}
