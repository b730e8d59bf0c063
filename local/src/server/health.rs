//! Whether the process lives, and whether it can work.

use http::{Response, StatusCode};
use store::{Database, Error, Store, health};

use super::{Server, text};
use crate::body::Body;

/// `GET /healthz`: the process answers.
pub fn healthz() -> Response<Body> {
    text(StatusCode::OK, "alive\n")
}

/// `GET /readyz`: each store was written and read, a file was written, and every function can run.
/// 503 with a line for each that cannot.
pub async fn readyz(server: &Server) -> Response<Body> {
    let mut problems = Vec::new();
    for store in [Store::Main, Store::Messages] {
        if let Err(error) = use_store(server, store).await {
            problems.push(format!("store {store:?}: {error}"));
        }
    }
    if let Err(error) = server.blobs.check().await {
        problems.push(format!("blobs: {error}"));
    }
    if let Err(error) = server.functions.check() {
        problems.push(format!("functions: {error:#}"));
    }
    if problems.is_empty() {
        return text(StatusCode::OK, "ready\n");
    }
    for problem in &problems {
        tracing::warn!("not ready: {problem}");
    }
    text(
        StatusCode::SERVICE_UNAVAILABLE,
        &(problems.join("\n") + "\n"),
    )
}

async fn use_store(server: &Server, store: Store) -> Result<(), Error> {
    let written = server.stores.write(health::probe(store)).await;
    written.map_err(|rejection| Error::Internal(rejection.to_string()))?;
    server.stores.read(store, health::read()).await.map(drop)
}
