//! The timer that has jobs done: what requests left for later, such as deleting what a banned
//! member wrote.

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use model::gateway::internal::paths::JOBS_RUN;
use serde::Deserialize;

use crate::gateway::Internal;
use crate::wakeup::Wakeup;

/// How long work may wait that is due at a later time, or whose cause was not seen here.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// The pause between two calls when there is more to do, so that others get their turn.
const PAUSE: Duration = Duration::from_millis(20);

/// What the function answers.
#[derive(Deserialize)]
struct Done {
    /// Whether there is more to do at once.
    #[serde(default)]
    more: bool,
}

/// Has jobs done at each wakeup and from time to time, for ever.
pub async fn run(internal: Arc<dyn Internal>, wakeup: Wakeup) {
    loop {
        let more = call(&*internal).await;
        if more {
            tokio::time::sleep(PAUSE).await;
        } else {
            wakeup.wait(LOOK_EVERY).await;
        }
    }
}

/// Whether there is more to do.
async fn call(internal: &dyn Internal) -> bool {
    let (status, body) = internal
        .call(Method::POST, JOBS_RUN.to_owned(), "{}".into())
        .await;
    if !(200..300).contains(&status) {
        tracing::warn!(status, "jobs were not done; they are tried again");
        return false;
    }
    serde_json::from_slice(&body).is_ok_and(|done: Done| done.more)
}
