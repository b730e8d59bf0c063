//! How many commands a connection may send.

use model::Timestamp;

/// Commands in one window; heartbeats count.
///
/// See [Discord Docs/Rate Limiting](https://discord.com/developers/docs/events/gateway#rate-limiting).
const COMMANDS_MAX: u16 = 120;

/// Length of a window.
const WINDOW_MS: i64 = 60_000;

/// Counts commands in windows that begin with the first command after the last one ended.
#[derive(Debug)]
pub struct CommandLimit {
    began: Timestamp,
    taken: u16,
}

impl CommandLimit {
    /// A limit of which nothing is used.
    pub fn new(now: Timestamp) -> Self {
        Self {
            began: now,
            taken: 0,
        }
    }

    /// Counts one command; false when it is one too many.
    pub fn take(&mut self, now: Timestamp) -> bool {
        if now.since_millis(self.began) >= WINDOW_MS {
            *self = Self::new(now);
        }
        self.taken = self.taken.saturating_add(1);
        self.taken <= COMMANDS_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_minute_allows_as_many_again() {
        let start = Timestamp::from_millis(0);
        let mut limit = CommandLimit::new(start);
        assert!((0..COMMANDS_MAX).all(|_| limit.take(start)));
        assert!(!limit.take(start.plus_millis(WINDOW_MS - 1)));
        assert!(limit.take(start.plus_millis(WINDOW_MS)));
    }
}
