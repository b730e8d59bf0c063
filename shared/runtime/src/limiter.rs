//! Rate limits: how many requests a caller may make, as Discord counts them.
//!
//! A [`Key`] has a bucket with room for some requests, which leaks evenly: there is room for one
//! more after each `per_ms / limit`. Discord counts so since 2022, and clients reckon with it: to
//! hikari, windows that end at once would look many times slower than they are. A second bucket of
//! the caller takes all of their requests. See
//! [Discord Docs/Rate Limits](https://discord.com/developers/docs/topics/rate-limits).

pub mod lease;

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

/// Buckets that are remembered at once, about 200 bytes each. Beyond them, whichever source has the
/// most loses the one that is empty soonest: a source that fills many cannot displace those of
/// others.
pub const BUCKETS_MAX: usize = 65_536;
/// Buckets of one source that are told apart. Beyond them its requests to one operation share a
/// bucket, whoever of it makes them and whatever they are about; so none of its own is forgotten
/// either.
pub const SOURCE_BUCKETS_MAX: usize = 1024;

/// The bucket of a caller's requests to everything.
const GLOBAL: u32 = u32::MAX;

/// What is counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    /// Who calls: see [`Caller::principal`](crate::rate_limits::caller::Caller::principal). The
    /// upper half is the source, whose buckets are bounded together.
    pub principal: u64,
    /// The bucket's number, less than `u32::MAX`.
    pub bucket: u32,
    /// The guild, channel or webhook that the path names; 0 for none.
    pub major: u64,
}

impl Key {
    /// The bucket of the same caller's requests to everything.
    pub fn everything(self) -> Self {
        Self {
            bucket: GLOBAL,
            major: 0,
            ..self
        }
    }

    fn source(self) -> u32 {
        (self.principal >> 32) as u32
    }

    /// The bucket of all of the source's requests to the same operation.
    fn shared(self) -> Self {
        Self {
            principal: u64::from(self.source()) << 32,
            major: 0,
            ..self
        }
    }
}

/// How many requests a bucket admits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Decision {
    /// It may pass.
    Allowed(Quota),
    /// The bucket is full; `remaining` is 0.
    Refused(Quota),
    /// The caller's bucket for everything is full; `remaining` is 0. All that waits is sent at once
    /// when the wait is over, so it lasts until the bucket is empty.
    RefusedGlobally(Quota),
}

/// A request that wants to pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admission {
    /// Where it counts.
    pub key: Key,
    /// The rule of that bucket.
    pub rule: Rule,
    /// The rule of the caller's bucket for everything, if there is one.
    pub global: Option<Rule>,
    /// A bucket that must have room, though the request does not count there.
    #[serde(default)]
    pub provided: Option<(Key, Rule)>,
}

/// All buckets of one host.
#[derive(Debug, Default)]
pub struct Limiter {
    /// When each bucket is empty, in microseconds.
    empty_us: HashMap<Key, u64>,
    by_end: BTreeSet<(u64, Key)>,
    /// The same of each source.
    by_source: HashMap<u32, BTreeSet<(u64, Key)>>,
    /// How many each source has.
    sizes: BTreeSet<(usize, u32)>,
}

impl Limiter {
    /// Counts a request at `now_ms`, in milliseconds of any clock that never goes back. A refused
    /// request counts nowhere.
    pub fn admit(&mut self, request: &Admission, now_ms: u64) -> Decision {
        let Admission {
            key, rule, global, ..
        } = *request;
        let now_us = now_ms * 1000;
        self.forget_empty(now_us);
        if let Some((key, rule)) = request.provided {
            let quota = self.quota(self.place(key), rule, now_us);
            if quota.remaining == 0 {
                return Decision::RefusedGlobally(quota);
            }
        }
        let everything = self.place(key.everything());
        let key = self.place(key);
        if let Some(global) = global {
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
        if let Some(global) = global {
            self.count(everything, global, now_us);
        }
        self.count(key, rule, now_us);
        Decision::Allowed(self.quota(key, rule, now_us))
    }

    /// What a bucket has room for.
    pub fn look(&self, key: Key, rule: Rule, now_ms: u64) -> Quota {
        self.quota(self.place(key), rule, now_ms * 1000)
    }

    /// Takes back a request that was counted.
    pub fn refund(&mut self, key: Key, rule: Rule, now_ms: u64) {
        let key = self.place(key);
        if let Some(empty_us) = self.empty_us.get(&key).copied() {
            self.set(key, empty_us.saturating_sub(rule.step_us()));
            self.forget_empty(now_ms * 1000);
        }
    }

    /// In how many milliseconds a bucket is empty.
    pub fn filled_ms(&self, key: Key, now_ms: u64) -> u64 {
        let empty_us = self.empty_us.get(&self.place(key)).copied();
        let empty_us = empty_us.unwrap_or_default();
        empty_us.saturating_sub(now_ms * 1000).div_ceil(1000)
    }

    /// Pours in what passed elsewhere, as the time it takes to leak. It may be more than there is
    /// room for.
    pub fn pour(&mut self, key: Key, more_ms: u64, now_ms: u64) {
        if more_ms > 0 {
            let key = self.place(key);
            let filled_ms = self.filled_ms(key, now_ms);
            self.set(key, (now_ms + filled_ms + more_ms) * 1000);
        }
    }

    /// Fills a bucket until it is empty in `filled_ms`, if it has less.
    pub fn fill(&mut self, key: Key, filled_ms: u64, now_ms: u64) {
        if filled_ms > self.filled_ms(key, now_ms) {
            self.set(self.place(key), (now_ms + filled_ms) * 1000);
        }
    }

    /// Empties a bucket; what it held, as the time it takes to leak.
    pub fn drain(&mut self, key: Key, now_ms: u64) -> u64 {
        let key = self.place(key);
        let filled_ms = self.filled_ms(key, now_ms);
        self.forget(key);
        filled_ms
    }

    /// Every bucket that is not empty, and in how many milliseconds it is.
    pub fn filled(&self, now_ms: u64) -> impl Iterator<Item = (Key, u64)> {
        let left = move |empty_us: u64| empty_us.saturating_sub(now_ms * 1000).div_ceil(1000);
        self.by_end.iter().map(move |(end, key)| (*key, left(*end)))
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
        let earlier = self.empty_us.get(&key).copied().unwrap_or(now_us);
        self.set(key, earlier + rule.step_us());
    }

    /// Where a bucket's requests count: a source that has too many buckets gets none but the shared
    /// ones.
    fn place(&self, key: Key) -> Key {
        let of_source = self.by_source.get(&key.source());
        let many = of_source.is_some_and(|all| all.len() >= SOURCE_BUCKETS_MAX);
        match many && !self.empty_us.contains_key(&key) {
            true => key.shared(),
            false => key,
        }
    }

    fn set(&mut self, key: Key, empty_us: u64) {
        self.forget(key);
        if self.empty_us.len() >= BUCKETS_MAX
            && let Some((_, source)) = self.sizes.last()
            && let Some((_, soonest)) = self.by_source.get(source).and_then(|it| it.first())
        {
            self.forget(*soonest);
        }
        self.empty_us.insert(key, empty_us);
        self.by_end.insert((empty_us, key));
        let source = key.source();
        let all = self.by_source.entry(source).or_default();
        self.sizes.remove(&(all.len(), source));
        all.insert((empty_us, key));
        self.sizes.insert((all.len(), source));
    }

    fn forget(&mut self, key: Key) {
        let Some(empty_us) = self.empty_us.remove(&key) else {
            return;
        };
        self.by_end.remove(&(empty_us, key));
        let source = key.source();
        if let Some(all) = self.by_source.get_mut(&source) {
            self.sizes.remove(&(all.len(), source));
            all.remove(&(empty_us, key));
            match all.len() {
                0 => drop(self.by_source.remove(&source)),
                left => drop(self.sizes.insert((left, source))),
            }
        }
    }

    fn forget_empty(&mut self, now_us: u64) {
        while let Some(&(empty_us, key)) = self.by_end.first()
            && empty_us <= now_us
        {
            self.forget(key);
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
            principal: principal << 32,
            bucket,
            major,
        }
    }

    fn admit(limiter: &mut Limiter, key: Key, now_ms: u64) -> Decision {
        admit_by(limiter, key, None, now_ms)
    }

    fn admit_by(limiter: &mut Limiter, key: Key, global: Option<Rule>, now_ms: u64) -> Decision {
        let rule = RULE;
        let request = Admission {
            key,
            rule,
            global,
            provided: None,
        };
        limiter.admit(&request, now_ms)
    }

    fn remaining(decision: Decision) -> Option<u32> {
        match decision {
            Decision::Allowed(quota) => Some(quota.remaining),
            Decision::Refused(_) | Decision::RefusedGlobally(_) => None,
        }
    }

    #[test]
    fn a_bucket_admits_its_limit_and_then_one_whenever_there_is_room_again() {
        let mut limiter = Limiter::default();
        let mine = key(1, 1, 1);
        assert_eq!(remaining(admit(&mut limiter, mine, 100)), Some(1));
        let full = Quota {
            limit: 2,
            remaining: 0,
            reset_after_ms: 4000,
            retry_after_ms: 1500,
        };
        assert_eq!(admit(&mut limiter, mine, 1100), Decision::Allowed(full));
        assert_eq!(admit(&mut limiter, mine, 1100), Decision::Refused(full));
        assert_eq!(remaining(admit(&mut limiter, mine, 2599)), None);
        assert_eq!(remaining(admit(&mut limiter, mine, 2600)), Some(0));
        assert_eq!(remaining(admit(&mut limiter, mine, 2600)), None);
        assert_eq!(remaining(admit(&mut limiter, mine, 7600)), Some(1));
    }

    #[test]
    fn what_is_left_and_when_all_is_back_tell_the_rate() {
        let rule = Rule {
            limit: 5,
            per_ms: 5000,
        };
        let mut limiter = Limiter::default();
        for used in 1..=5 {
            let request = Admission {
                key: key(1, 1, 1),
                rule,
                global: None,
                provided: None,
            };
            let Decision::Allowed(quota) = limiter.admit(&request, 0) else {
                panic!("request {used} was refused");
            };
            assert_eq!(u64::from(quota.limit - quota.remaining), used);
            assert_eq!(quota.reset_after_ms / used, 1000);
        }
    }

    #[test]
    fn callers_buckets_and_major_parameters_are_counted_apart() {
        let mut limiter = Limiter::default();
        for other in [key(1, 1, 1), key(2, 1, 1), key(1, 2, 1), key(1, 1, 2)] {
            assert_eq!(remaining(admit(&mut limiter, other, 0)), Some(1));
        }
    }

    #[test]
    fn all_requests_of_a_caller_are_counted_together_too() {
        let global = Some(Rule {
            limit: 3,
            per_ms: 1000,
        });
        let mut limiter = Limiter::default();
        for bucket in 0..3 {
            assert!(remaining(admit_by(&mut limiter, key(1, bucket, 0), global, 0)).is_some());
        }
        let refusal = Quota {
            limit: 3,
            remaining: 0,
            reset_after_ms: 900,
            retry_after_ms: 900,
        };
        let decision = admit_by(&mut limiter, key(1, 3, 0), global, 100);
        assert_eq!(decision, Decision::RefusedGlobally(refusal));
        assert!(remaining(admit_by(&mut limiter, key(2, 3, 0), global, 100)).is_some());
        assert!(remaining(admit_by(&mut limiter, key(1, 3, 0), global, 1000)).is_some());
    }

    #[test]
    fn a_request_that_its_bucket_refuses_does_not_count_for_the_caller() {
        let global = Some(Rule {
            limit: 4,
            per_ms: 1000,
        });
        let mut limiter = Limiter::default();
        for _ in 0..10 {
            admit_by(&mut limiter, key(1, 1, 0), global, 0);
        }
        assert!(remaining(admit_by(&mut limiter, key(1, 2, 0), global, 0)).is_some());
    }

    #[test]
    fn another_bucket_may_have_to_have_room() {
        let mut limiter = Limiter::default();
        let other = key(2, 9, 0);
        let request = Admission {
            key: key(1, 1, 0),
            rule: RULE,
            global: None,
            provided: Some((other, RULE)),
        };
        assert_eq!(remaining(limiter.admit(&request, 0)), Some(1));
        while remaining(admit(&mut limiter, other, 0)).is_some() {}
        let refused = limiter.admit(&request, 0);
        assert!(matches!(refused, Decision::RefusedGlobally(_)));
        assert_eq!(remaining(limiter.admit(&request, 2500)), Some(1));
    }

    #[test]
    fn what_passed_elsewhere_counts_and_may_overflow() {
        let mut limiter = Limiter::default();
        let request = Admission {
            key: key(1, 1, 1),
            rule: RULE,
            global: None,
            provided: None,
        };
        limiter.pour(request.key, 7500, 0);
        assert_eq!(limiter.filled(0).collect::<Vec<_>>(), [(request.key, 7500)]);
        assert_eq!(remaining(limiter.admit(&request, 2500)), None);
        assert_eq!(remaining(limiter.admit(&request, 5000)), Some(0));
        limiter.fill(request.key, 9000, 5000);
        limiter.fill(request.key, 100, 5000);
        assert_eq!(limiter.filled_ms(request.key, 6000), 8000);
        assert_eq!(limiter.drain(request.key, 7000), 7000);
        assert!(limiter.is_empty());
    }

    #[test]
    fn memory_is_bounded() {
        let mut limiter = Limiter::default();
        for principal in 0..(BUCKETS_MAX as u64 + 10) {
            admit(&mut limiter, key(principal, 1, 0), principal / 100);
        }
        assert_eq!(limiter.len(), BUCKETS_MAX);
        admit(&mut limiter, key(0, 1, 0), 1_000_000);
        assert_eq!(limiter.len(), 1);
        assert_eq!((limiter.by_source.len(), limiter.sizes.len()), (1, 1));
    }

    /// Requests to an operation whose buckets take longer to empty than those of [`RULE`].
    fn flood(limiter: &mut Limiter, sources: u64, each: u64) {
        let rule = Rule {
            limit: 1,
            per_ms: 300_000,
        };
        for number in 0..sources * each {
            let request = Admission {
                key: key(1000 + number % sources, 9, 1 + number),
                rule,
                global: None,
                provided: None,
            };
            limiter.admit(&request, 0);
        }
    }

    #[test]
    fn who_fills_many_buckets_makes_nobody_elses_be_forgotten() {
        let mut limiter = Limiter::default();
        let mine = key(1, 1, 0);
        while remaining(admit(&mut limiter, mine, 0)).is_some() {}
        flood(&mut limiter, 30_000, 3);
        assert_eq!(limiter.len(), BUCKETS_MAX);
        assert_eq!(remaining(admit(&mut limiter, mine, 0)), None);
    }

    #[test]
    fn who_fills_many_buckets_gets_no_more_of_them_and_keeps_all() {
        let mut limiter = Limiter::default();
        flood(&mut limiter, 1, 70_000);
        // Those that are told apart, and the one that all others share.
        assert_eq!(limiter.len(), SOURCE_BUCKETS_MAX + 1);
        let mut own = key(1000, 1, 0);
        let mut passed = 0;
        for principal in 0..10 {
            own.principal += principal;
            passed += u32::from(remaining(admit(&mut limiter, own, 0)).is_some());
        }
        assert_eq!(passed, RULE.limit);
    }

    #[test]
    fn a_request_that_is_taken_back_makes_room() {
        let mut limiter = Limiter::default();
        let mine = key(1, 1, 0);
        while remaining(admit(&mut limiter, mine, 0)).is_some() {}
        limiter.refund(mine, RULE, 0);
        assert_eq!(remaining(admit(&mut limiter, mine, 0)), Some(0));
        limiter.refund(mine, RULE, 10_000);
        assert!(limiter.is_empty());
        limiter.refund(mine, RULE, 10_000);
        assert!(limiter.is_empty());
    }
}
