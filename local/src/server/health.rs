//! Whether the process lives, and whether it can work.

use std::time::{Duration, Instant};

use http::{Response, StatusCode};
use store::{Database, health};

use super::{Server, text};
use crate::body::Body;

/// Time between two checks. Everybody may ask, and a check writes to the disk.
const CHECK_PAUSE: Duration = Duration::from_secs(1);

/// When it was last checked, and what was wrong.
pub type Readiness = tokio::sync::Mutex<Option<(Instant, String)>>;

/// `GET /healthz`: the process answers.
pub fn healthz() -> Response<Body> {
    text(StatusCode::OK, "alive\n")
}

/// `GET /readyz`: each store was written and read, the database is whole as far as anybody noticed,
/// a file was written, and every function can run.
/// 503 with a line for each that cannot.
pub async fn readyz(server: &Server) -> Response<Body> {
    let mut known = server.readiness.lock().await;
    let (_, problems) = match known.take().filter(|(at, _)| at.elapsed() < CHECK_PAUSE) {
        Some(recent) => known.insert(recent),
        None => known.insert((Instant::now(), check(server).await)),
    };
    if problems.is_empty() {
        text(StatusCode::OK, "ready\n")
    } else {
        text(StatusCode::SERVICE_UNAVAILABLE, problems)
    }
}

/// A line for each thing that does not work.
async fn check(server: &Server) -> String {
    let mut problems = Vec::new();
    for store in server.stores.databases() {
        if let Err(error) = health::check(&server.stores, store).await {
            problems.push(format!("store {store}: {error}"));
        }
    }
    if let Err(error) = server.stores.check().await {
        problems.push(format!("main.db: {error}"));
    }
    if let Err(error) = server.blobs.check().await {
        problems.push(format!("blobs: {error}"));
    }
    let missing = server.functions.missing();
    if !missing.is_empty() {
        problems.push(format!("functions: {}", missing.join(", ")));
    }
    for problem in &problems {
        tracing::warn!("not ready: {problem}");
    }
    problems.join("\n")
}
