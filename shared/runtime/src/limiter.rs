//! Rate limits: how many requests a caller may make, as Discord counts them.
//!
//! A [`Key`] has a bucket with room for some requests, which leaks evenly: there is room for one
//! more after each `per_ms / limit`. Discord counts so since 2022, and clients reckon with it: to
//! hikari, windows that end at once would look many times slower than they are. A second bucket of
//! the caller takes all of their requests. See
//! [Discord Docs/Rate Limits](https://discord.com/developers/docs/topics/rate-limits).

mod admission;
pub mod lease;

use std::collections::{BTreeSet, HashMap};

pub use admission::{Admission, Decision, Key, Quota, Rule};

/// Buckets that are remembered at once, about 200 bytes each. Beyond them, whichever source has the
/// most loses the one that is empty soonest: a source that fills many cannot displace those of
/// others.
pub const BUCKETS_MAX: usize = 65_536;
/// Buckets of one source that are told apart. Beyond them its requests to one operation share a
/// bucket, whoever of it makes them and whatever they are about; so none of its own is forgotten
/// either.
pub const SOURCE_BUCKETS_MAX: usize = 1024;

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
mod tests;
