//! The memory of instances: so much for each, and so much for all that decode images together.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use wasmtime::ResourceLimiterAsync;

/// Bytes that are counted as one: a page of WebAssembly.
const PAGE_BYTES: usize = 64 * 1024;
/// How long an instance waits for memory that others have. Its client waits with it.
const ROOM_TIMEOUT: Duration = Duration::from_secs(5);

/// The memory that all functions that decode share, beyond what an idle instance may keep.
///
/// An image is small until it is decoded, so what a dozen requests cost shows when it is too late.
/// Here they wait for each other, before anything is decoded. Whoever takes some takes its share of
/// the processors as well: no more than there are of these decode at once.
#[derive(Debug, Clone)]
pub struct Budget {
    pages: Arc<Semaphore>,
    total: usize,
    /// Pages that are taken at least.
    share: usize,
    /// Callers that wait for more than they hold. Two of them could wait for each other.
    growing: Arc<Semaphore>,
}

impl Budget {
    /// A budget of so many bytes for so many processors.
    pub fn new(bytes: usize, processors: usize) -> Self {
        let total = (bytes / PAGE_BYTES).min(Semaphore::MAX_PERMITS);
        Self {
            pages: Arc::new(Semaphore::new(total)),
            total,
            share: total / processors.max(1),
            growing: Arc::new(Semaphore::new(1)),
        }
    }

    /// So many pages more for who has `held`; `None` when others did not give them back in time,
    /// there will never be as many, or somebody else who holds some waits for more already.
    async fn take(&self, held: usize, wanted: usize) -> Option<OwnedSemaphorePermit> {
        let least = self.share.saturating_sub(held);
        if held + wanted > self.total {
            return None;
        }
        let pages = u32::try_from(wanted.max(least)).ok()?;
        let at_once = Arc::clone(&self.pages).try_acquire_many_owned(pages).ok();
        if at_once.is_some() {
            return at_once;
        }
        let _turn = match held {
            0 => None,
            _ => Some(self.growing.try_acquire().ok()?),
        };
        let taken = Arc::clone(&self.pages).acquire_many_owned(pages);
        timeout(ROOM_TIMEOUT, taken).await.ok()?.ok()
    }
}

/// Refuses memory beyond the limits. An allocation that fails aborts a function that was not
/// prepared for it, which ends the call and the instance.
#[derive(Debug)]
pub struct Memory {
    /// Bytes of the instance's linear memories.
    pub bytes: usize,
    bytes_max: usize,
    /// Bytes that it has without taking from the budget.
    bytes_free: usize,
    budget: Option<Budget>,
    /// What it has of the budget, until it ends.
    taken: Option<OwnedSemaphorePermit>,
    is_starved: bool,
}

impl Memory {
    /// That of a new instance, which takes from `budget` what goes beyond `bytes_free`.
    pub fn new(bytes_max: usize, bytes_free: usize, budget: Option<Budget>) -> Self {
        Self {
            bytes: 0,
            bytes_max,
            bytes_free,
            budget,
            taken: None,
            is_starved: false,
        }
    }

    /// Whether the budget refused it memory: others held it for too long, or all is not enough.
    pub fn is_starved(&self) -> bool {
        self.is_starved
    }

    /// Whether it may grow to so many bytes, by the budget.
    async fn is_granted(&mut self, bytes: usize) -> bool {
        let Some(budget) = &self.budget else {
            return true;
        };
        let held = self
            .taken
            .as_ref()
            .map_or(0, OwnedSemaphorePermit::num_permits);
        let pages = bytes.saturating_sub(self.bytes_free).div_ceil(PAGE_BYTES);
        let wanted = pages.saturating_sub(held);
        if wanted == 0 {
            return true;
        }
        let Some(more) = budget.take(held, wanted).await else {
            self.is_starved = true;
            return false;
        };
        match &mut self.taken {
            Some(taken) => taken.merge(more),
            none => *none = Some(more),
        }
        true
    }
}

#[async_trait]
impl ResourceLimiterAsync for Memory {
    async fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let bytes = self.bytes + desired.saturating_sub(current);
        if bytes > self.bytes_max {
            tracing::warn!(bytes, "a function wants more memory than it may have");
            return Ok(false);
        }
        if !self.is_granted(bytes).await {
            tracing::warn!(
                bytes,
                "functions.decoding_bytes_max: there is no memory for this image"
            );
            return Ok(false);
        }
        self.bytes = bytes;
        Ok(true)
    }

    async fn table_growing(
        &mut self,
        _current: usize,
        _desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // The allocator bounds tables.
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    async fn grow(memory: &mut Memory, bytes: usize) -> bool {
        let from = memory.bytes;
        memory.memory_growing(from, bytes, None).await.unwrap()
    }

    /// Whether it gets the memory without waiting for others.
    async fn grows_at_once(memory: &mut Memory, bytes: usize) -> bool {
        let grown = timeout(Duration::from_millis(20), grow(memory, bytes)).await;
        grown.is_ok_and(|granted| granted)
    }

    #[tokio::test]
    async fn twelve_of_the_largest_pictures_stay_within_the_budget() {
        let budget = Budget::new(256 * MIB, 8);
        let memory = || Memory::new(192 * MIB, 8 * MIB, Some(budget.clone()));
        let mut all: Vec<_> = (0..12).map(|_| memory()).collect();
        let mut together = 0;
        for memory in &mut all {
            assert!(grow(memory, 8 * MIB).await, "an idle one needs nothing");
            if grows_at_once(memory, 100 * MIB).await {
                together += memory.bytes - 8 * MIB;
            }
        }
        assert_eq!(together, 2 * 92 * MIB);
        // An ending call's memory goes to the next one.
        all.remove(0);
        assert!(grows_at_once(&mut all[1], 100 * MIB).await);
    }

    #[tokio::test]
    async fn no_more_decode_at_once_than_there_are_processors() {
        let budget = Budget::new(256 * MIB, 2);
        let memory = || Memory::new(192 * MIB, 8 * MIB, Some(budget.clone()));
        let [mut first, mut second, mut third] = [memory(), memory(), memory()];
        assert!(grows_at_once(&mut first, 9 * MIB).await);
        assert!(grows_at_once(&mut first, 100 * MIB).await, "it has a share");
        assert!(grows_at_once(&mut second, 9 * MIB).await);
        assert!(!grows_at_once(&mut third, 9 * MIB).await);
        drop(first);
        assert!(grows_at_once(&mut third, 9 * MIB).await);
    }

    #[tokio::test]
    async fn nobody_waits_for_somebody_who_waits() {
        let budget = Budget::new(128 * MIB, 2);
        let memory = || Memory::new(192 * MIB, 8 * MIB, Some(budget.clone()));
        let [mut first, mut second] = [memory(), memory()];
        assert!(grows_at_once(&mut first, 9 * MIB).await);
        assert!(grows_at_once(&mut second, 9 * MIB).await);
        let waiting = tokio::spawn(async move { grow(&mut first, 100 * MIB).await });
        tokio::time::sleep(Duration::from_millis(50)).await;
        let refused = timeout(ROOM_TIMEOUT / 2, grow(&mut second, 100 * MIB)).await;
        assert!(!refused.unwrap());
        drop(second);
        assert!(waiting.await.unwrap());
    }

    #[tokio::test]
    async fn requests_that_never_fit_are_refused_at_once() {
        let mut memory = Memory::new(192 * MIB, 8 * MIB, Some(Budget::new(16 * MIB, 2)));
        let refused = timeout(ROOM_TIMEOUT / 2, grow(&mut memory, 100 * MIB)).await;
        assert!(!refused.unwrap());
        assert!(memory.is_starved());
        let mut other = Memory::new(64 * MIB, 8 * MIB, None);
        assert!(grow(&mut other, 64 * MIB).await);
        assert!(!grow(&mut other, 65 * MIB).await);
        assert!(!other.is_starved());
    }
}
