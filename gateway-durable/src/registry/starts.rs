//! How often sessions may be started: what `GET /gateway/bot` promises, and what a flood may cost.

use std::collections::BTreeMap;

use model::Timestamp;
use model::gateway::{MAX_CONCURRENCY, Shard};

use super::UserId;

/// How long identifies count.
///
/// See [Discord Docs/Session Start Limit Object](https://discord.com/developers/docs/events/gateway#session-start-limit-object).
const WINDOW_MS: i64 = 5_000;

/// Identifies with one token in a window, whoever's it is: each is a call of a function.
const PER_TOKEN_MAX: u32 = 2 * MAX_CONCURRENCY;

/// The identifies of the last seconds.
#[derive(Debug, Default)]
pub struct Starts {
    /// When a window began, and how many came in it, by the hash of the token.
    tokens: BTreeMap<[u8; 32], (Timestamp, u32)>,
    /// When a bot last started a session whose shard has this number modulo [`MAX_CONCURRENCY`].
    shards: BTreeMap<(UserId, u32), Timestamp>,
}

impl Starts {
    /// Counts an identify with a token; false when it is one too many.
    pub fn admit_token(&mut self, token_hash: [u8; 32], now: Timestamp) -> bool {
        let window = self.tokens.entry(token_hash).or_insert((now, 0));
        if now.since_millis(window.0) >= WINDOW_MS {
            *window = (now, 0);
        }
        window.1 = window.1.saturating_add(1);
        window.1 <= PER_TOKEN_MAX
    }

    /// Counts a session of a bot; false when one began too short a time ago.
    pub fn admit_shard(&mut self, bot: UserId, shard: Shard, now: Timestamp) -> bool {
        let key = (bot, shard.id % MAX_CONCURRENCY);
        let early = |last: &Timestamp| now.since_millis(*last) < WINDOW_MS;
        if self.shards.get(&key).is_some_and(early) {
            return false;
        }
        self.shards.insert(key, now);
        true
    }

    /// Forgets what no longer counts.
    pub fn tick(&mut self, now: Timestamp) {
        let counts = |since: Timestamp| now.since_millis(since) < WINDOW_MS;
        self.tokens.retain(|_, (began, _)| counts(*began));
        self.shards.retain(|_, last| counts(*last));
    }
}

#[cfg(test)]
mod tests {
    use model::Id;

    use super::*;

    const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    #[test]
    fn shards_with_one_key_start_five_seconds_apart() {
        let mut starts = Starts::default();
        let count = 2 * MAX_CONCURRENCY;
        let mut start = |id, now| starts.admit_shard(Id::new(1), Shard { id, count }, now);
        assert!((0..MAX_CONCURRENCY).all(|id| start(id, START)));
        assert!(!start(MAX_CONCURRENCY, START.plus_millis(WINDOW_MS - 1)));
        assert!(start(MAX_CONCURRENCY, START.plus_millis(WINDOW_MS)));
    }

    #[test]
    fn past_starts_are_forgotten() {
        let mut starts = Starts::default();
        for _ in 0..PER_TOKEN_MAX {
            assert!(starts.admit_token([1; 32], START));
        }
        assert!(!starts.admit_token([1; 32], START));
        assert!(starts.admit_token([2; 32], START));
        starts.tick(START.plus_millis(WINDOW_MS));
        assert!(starts.tokens.is_empty());
        assert!(starts.admit_token([1; 32], START.plus_millis(WINDOW_MS)));
    }
}
