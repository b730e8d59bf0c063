//! Rate limits: how many requests a caller may make, as Discord counts them.
//!
//! A [`Key`] has a bucket with room for some requests, which leaks evenly: there is room for one
//! more after each `per_ms / limit`. Discord counts so since 2022, and clients reckon with it: to
//! hikari, windows that end at once would look many times slower than they are. A second bucket of
//! the caller takes all of their requests. See
//! [Discord Docs/Rate Limits](https://discord.com/developers/docs/topics/rate-limits).

use std::collections::{BTreeSet, HashMap};

/// Buckets that are remembered at once, about 100 bytes each. When there are more than this, those
/// that are empty soonest are forgotten first.
pub const BUCKETS_MAX: usize = 65_536;

/// The bucket of a caller's requests to everything.
const GLOBAL: u32 = u32::MAX;

/// What is counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Who calls: a hash of the token, or of the address for requests without one.
    pub principal: u64,
    /// The bucket's number, less than `u32::MAX`.
    pub bucket: u32,
    /// The guild, channel or webhook that the path names; 0 for none.
    pub major: u64,
}

/// How many requests a bucket admits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Requests that have room at once, at least 1.
    pub limit: u32,
    /// Milliseconds until a full bucket is empty.
    pub per_ms: u64,
}

impl Rule {
    /// Microseconds until there is room for one request more.
    fn step_us(self) -> u64 {
        (self.per_ms * 1000 / u64::from(self.limit.max(1))).max(1)
    }
}

/// The state of a bucket after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Requests that have room at once.
    pub limit: u32,
    /// Requests for which there is room now.
    pub remaining: u32,
    /// Milliseconds until the bucket is empty.
    pub reset_after_ms: u64,
    /// Milliseconds until a refused request may be tried again.
    pub retry_after_ms: u64,
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It may pass.
    Allowed(Quota),
    /// The bucket is full; `remaining` is 0.
    Refused(Quota),
    /// The caller's bucket for everything is full; `remaining` is 0. All that waits is sent at once
    /// when the wait is over, so it lasts until the bucket is empty.
    RefusedGlobally(Quota),
}

/// All buckets of one host.
#[derive(Debug, Default)]
pub struct Limiter {
    /// When each bucket is empty, in microseconds.
    empty_us: HashMap<Key, u64>,
    by_end: BTreeSet<(u64, Key)>,
    global: Option<Rule>,
}

impl Limiter {
    /// A limiter that also counts each caller's requests to everything, by `global` if given.
    pub fn new(global: Option<Rule>) -> Self {
        Self {
            global,
            ..Self::default()
        }
    }

    /// Counts a request at `now_ms`, in milliseconds of any clock that never goes back. A refused
    /// request counts nowhere.
    pub fn admit(&mut self, key: Key, rule: Rule, now_ms: u64) -> Decision {
        let now_us = now_ms * 1000;
        self.forget_empty(now_us);
        let everything = Key {
            principal: key.principal,
            bucket: GLOBAL,
            major: 0,
        };
        if let Some(global) = self.global {
            let quota = self.quota(everything, global, now_us);
            if quota.remaining == 0 {
                return Decision::RefusedGlobally(Quota {
                    retry_after_ms: quota.reset_after_ms,
                    ..quota
                });
            }
        }
        let quota = self.quota(key, rule, now_us);
        if quota.remaining == 0 {
            return Decision::Refused(quota);
        }
        if let Some(global) = self.global {
            self.count(everything, global, now_us);
        }
        self.count(key, rule, now_us);
        Decision::Allowed(self.quota(key, rule, now_us))
    }

    /// How many buckets are not empty.
    pub fn len(&self) -> usize {
        self.empty_us.len()
    }

    /// Whether all buckets are empty.
    pub fn is_empty(&self) -> bool {
        self.empty_us.is_empty()
    }

    fn quota(&self, key: Key, rule: Rule, now_us: u64) -> Quota {
        let step_us = rule.step_us();
        let empty_us = self.empty_us.get(&key).copied().unwrap_or_default();
        let filled_us = empty_us.saturating_sub(now_us);
        let used = filled_us.div_ceil(step_us).min(u64::from(rule.limit)) as u32;
        let room_at_us = step_us * u64::from(rule.limit.saturating_sub(1));
        Quota {
            limit: rule.limit,
            remaining: rule.limit - used,
            reset_after_ms: filled_us.div_ceil(1000),
            retry_after_ms: filled_us.saturating_sub(room_at_us).div_ceil(1000),
        }
    }

    fn count(&mut self, key: Key, rule: Rule, now_us: u64) {
        let earlier = self.empty_us.get(&key).copied();
        if let Some(earlier) = earlier {
            self.by_end.remove(&(earlier, key));
        } else if self.empty_us.len() >= BUCKETS_MAX
            && let Some((_, soonest)) = self.by_end.pop_first()
        {
            self.empty_us.remove(&soonest);
        }
        let empty_us = earlier.unwrap_or(now_us) + rule.step_us();
        self.empty_us.insert(key, empty_us);
        self.by_end.insert((empty_us, key));
    }

    fn forget_empty(&mut self, now_us: u64) {
        while let Some(&(empty_us, key)) = self.by_end.first()
            && empty_us <= now_us
        {
            self.by_end.pop_first();
            self.empty_us.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Rule = Rule {
        limit: 2,
        per_ms: 5000,
    };

    fn key(principal: u64, bucket: u32, major: u64) -> Key {
        Key {
            principal,
            bucket,
            major,
        }
    }

    fn remaining(decision: Decision) -> Option<u32> {
        match decision {
            Decision::Allowed(quota) => Some(quota.remaining),
            Decision::Refused(_) | Decision::RefusedGlobally(_) => None,
        }
    }

    #[test]
    fn a_bucket_admits_its_limit_and_then_one_whenever_there_is_room_again() {
        let mut limiter = Limiter::new(None);
        let mine = key(1, 1, 1);
        assert_eq!(remaining(limiter.admit(mine, RULE, 100)), Some(1));
        let full = Quota {
            limit: 2,
            remaining: 0,
            reset_after_ms: 4000,
            retry_after_ms: 1500,
        };
        assert_eq!(limiter.admit(mine, RULE, 1100), Decision::Allowed(full));
        assert_eq!(limiter.admit(mine, RULE, 1100), Decision::Refused(full));
        assert_eq!(remaining(limiter.admit(mine, RULE, 2599)), None);
        assert_eq!(remaining(limiter.admit(mine, RULE, 2600)), Some(0));
        assert_eq!(remaining(limiter.admit(mine, RULE, 2600)), None);
        assert_eq!(remaining(limiter.admit(mine, RULE, 7600)), Some(1));
    }

    #[test]
    fn what_is_left_and_when_all_is_back_tell_the_rate() {
        let rule = Rule {
            limit: 5,
            per_ms: 5000,
        };
        let mut limiter = Limiter::new(None);
        for used in 1..=5 {
            let Decision::Allowed(quota) = limiter.admit(key(1, 1, 1), rule, 0) else {
                panic!("request {used} was refused");
            };
            assert_eq!(u64::from(quota.limit - quota.remaining), used);
            assert_eq!(quota.reset_after_ms / used, 1000);
        }
    }

    #[test]
    fn callers_buckets_and_major_parameters_are_counted_apart() {
        let mut limiter = Limiter::new(None);
        for other in [key(1, 1, 1), key(2, 1, 1), key(1, 2, 1), key(1, 1, 2)] {
            assert_eq!(remaining(limiter.admit(other, RULE, 0)), Some(1));
        }
    }

    #[test]
    fn all_requests_of_a_caller_are_counted_together_too() {
        let global = Rule {
            limit: 3,
            per_ms: 1000,
        };
        let mut limiter = Limiter::new(Some(global));
        for bucket in 0..3 {
            assert!(remaining(limiter.admit(key(1, bucket, 0), RULE, 0)).is_some());
        }
        let refusal = Quota {
            limit: 3,
            remaining: 0,
            reset_after_ms: 900,
            retry_after_ms: 900,
        };
        let decision = limiter.admit(key(1, 3, 0), RULE, 100);
        assert_eq!(decision, Decision::RefusedGlobally(refusal));
        assert!(remaining(limiter.admit(key(2, 3, 0), RULE, 100)).is_some());
        assert!(remaining(limiter.admit(key(1, 3, 0), RULE, 1000)).is_some());
    }

    #[test]
    fn a_request_that_its_bucket_refuses_does_not_count_for_the_caller() {
        let global = Rule {
            limit: 4,
            per_ms: 1000,
        };
        let mut limiter = Limiter::new(Some(global));
        for _ in 0..10 {
            limiter.admit(key(1, 1, 0), RULE, 0);
        }
        assert!(remaining(limiter.admit(key(1, 2, 0), RULE, 0)).is_some());
    }

    #[test]
    fn memory_is_bounded() {
        let mut limiter = Limiter::new(None);
        for principal in 0..(BUCKETS_MAX as u64 + 10) {
            limiter.admit(key(principal, 1, 0), RULE, principal / 100);
        }
        assert_eq!(limiter.len(), BUCKETS_MAX);
        limiter.admit(key(0, 1, 0), RULE, 1_000_000);
        assert_eq!(limiter.len(), 1);
    }
}
