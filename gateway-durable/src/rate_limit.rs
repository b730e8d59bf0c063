//! Rate limits: how many requests a caller may make, as Discord counts them.
//!
//! A window opens with the first request of a [`Key`] and admits so many until it ends. A second
//! window of the caller counts all of its requests. See
//! [Discord Docs/Rate Limits](https://discord.com/developers/docs/topics/rate-limits).

use std::collections::{BTreeSet, HashMap};

/// Windows that are remembered at once, about 100 bytes each. When there are more callers than
/// this, those whose windows end soonest are forgotten first.
pub const WINDOWS_MAX: usize = 65_536;

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

/// How many requests a window admits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Requests in one window, at least 1.
    pub limit: u32,
    /// Milliseconds from a window's first request to its end.
    pub per_ms: u64,
}

/// The state of a window after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Requests in one window.
    pub limit: u32,
    /// Requests that are left in this one.
    pub remaining: u32,
    /// Milliseconds until it ends.
    pub reset_after_ms: u64,
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It may pass.
    Allowed(Quota),
    /// The bucket's window is used up; `remaining` is 0.
    Refused(Quota),
    /// The caller's window for everything is used up; `remaining` is 0.
    RefusedGlobally(Quota),
}

#[derive(Debug)]
struct Window {
    used: u32,
    ends_ms: u64,
}

/// All windows of one host.
#[derive(Debug, Default)]
pub struct Limiter {
    windows: HashMap<Key, Window>,
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
        self.forget_ended(now_ms);
        let everything = Key {
            principal: key.principal,
            bucket: GLOBAL,
            major: 0,
        };
        if let Some(global) = self.global {
            let quota = self.quota(everything, global, now_ms);
            if quota.remaining == 0 {
                return Decision::RefusedGlobally(quota);
            }
        }
        let quota = self.quota(key, rule, now_ms);
        if quota.remaining == 0 {
            return Decision::Refused(quota);
        }
        if let Some(global) = self.global {
            self.count(everything, global, now_ms);
        }
        self.count(key, rule, now_ms);
        Decision::Allowed(Quota {
            remaining: quota.remaining - 1,
            ..quota
        })
    }

    /// How many windows are open.
    pub fn len(&self) -> usize {
        self.windows.len()
    }

    /// Whether no window is open.
    pub fn is_empty(&self) -> bool {
        self.windows.is_empty()
    }

    fn quota(&self, key: Key, rule: Rule, now_ms: u64) -> Quota {
        let window = self.windows.get(&key);
        Quota {
            limit: rule.limit,
            remaining: rule
                .limit
                .saturating_sub(window.map_or(0, |window| window.used)),
            reset_after_ms: window.map_or(rule.per_ms, |window| window.ends_ms - now_ms),
        }
    }

    fn count(&mut self, key: Key, rule: Rule, now_ms: u64) {
        if let Some(window) = self.windows.get_mut(&key) {
            window.used += 1;
            return;
        }
        if self.windows.len() >= WINDOWS_MAX
            && let Some((_, soonest)) = self.by_end.pop_first()
        {
            self.windows.remove(&soonest);
        }
        let ends_ms = now_ms + rule.per_ms.max(1);
        self.windows.insert(key, Window { used: 1, ends_ms });
        self.by_end.insert((ends_ms, key));
    }

    fn forget_ended(&mut self, now_ms: u64) {
        while let Some(&(ends_ms, key)) = self.by_end.first()
            && ends_ms <= now_ms
        {
            self.by_end.pop_first();
            self.windows.remove(&key);
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
    fn a_window_admits_its_limit_and_opens_anew_when_it_ended() {
        let mut limiter = Limiter::new(None);
        let mine = key(1, 1, 1);
        assert_eq!(remaining(limiter.admit(mine, RULE, 100)), Some(1));
        assert_eq!(remaining(limiter.admit(mine, RULE, 1100)), Some(0));
        let refusal = Quota {
            limit: 2,
            remaining: 0,
            reset_after_ms: 4000,
        };
        let decision = limiter.admit(mine, RULE, 1100);
        assert_eq!(decision, Decision::Refused(refusal));
        assert_eq!(remaining(limiter.admit(mine, RULE, 5099)), None);
        assert_eq!(remaining(limiter.admit(mine, RULE, 5100)), Some(1));
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
            reset_after_ms: 500,
        };
        let decision = limiter.admit(key(1, 3, 0), RULE, 500);
        assert_eq!(decision, Decision::RefusedGlobally(refusal));
        assert!(remaining(limiter.admit(key(2, 3, 0), RULE, 500)).is_some());
        assert!(remaining(limiter.admit(key(1, 3, 0), RULE, 1000)).is_some());
    }

    #[test]
    fn a_request_that_its_bucket_refuses_does_not_use_up_the_callers_window() {
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
        for principal in 0..(WINDOWS_MAX as u64 + 10) {
            limiter.admit(key(principal, 1, 0), RULE, principal / 100);
        }
        assert_eq!(limiter.len(), WINDOWS_MAX);
        limiter.admit(key(0, 1, 0), RULE, 1_000_000);
        assert_eq!(limiter.len(), 1);
    }
}
