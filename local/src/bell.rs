//! A bell: one task waits for it, anybody rings it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

/// Clones ring the same bell. What rings before it is waited for is not lost, and rings once.
#[derive(Debug, Clone, Default)]
pub struct Bell(Arc<Notify>);

impl Bell {
    /// Rings.
    pub fn ring(&self) {
        self.0.notify_one();
    }

    /// Returns when it rings, or after `limit`.
    pub async fn wait(&self, limit: Duration) {
        // Whichever it was, whoever waits looks after it.
        let _ = tokio::time::timeout(limit, self.0.notified()).await;
    }
}
