//! A wakeup: one task waits for it, any task sends it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

/// Clones wake the same task. A wakeup that comes before the task waits is not lost; several are
/// one.
#[derive(Debug, Clone, Default)]
pub struct Wakeup(Arc<Notify>);

impl Wakeup {
    /// Wakes the task that waits.
    pub fn wake(&self) {
        self.0.notify_one();
    }

    /// Returns when a wakeup comes, or after `limit`.
    pub async fn wait(&self, limit: Duration) {
        // Whichever it was, whoever waits looks after it.
        let _ = tokio::time::timeout(limit, self.0.notified()).await;
    }
}
