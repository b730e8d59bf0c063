//! What is counted together, by which rule, and what becomes of a request.

use serde::{Deserialize, Serialize};

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

    pub(super) fn source(self) -> u32 {
        (self.principal >> 32) as u32
    }

    /// The bucket of all of the source's requests to the same operation.
    pub(super) fn shared(self) -> Self {
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
    pub(super) fn step_us(self) -> u64 {
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
