//! What a handler may use of the world.

mod partitioned;

use std::sync::atomic::{AtomicUsize, Ordering};

use model::{Id, Timestamp};
use store::{Batch, Database, Outcome, Partition, Queries, Rejection, Store};

use crate::access::Declared;
use crate::host::{self, Host};
use crate::{BodyStream, Config, Operation, Result};

/// Statements and requests that one call of a function asks at most. Cloudflare's free plan takes
/// 50 [subrequests](https://developers.cloudflare.com/workers/platform/limits/#subrequests), the
/// [queries](https://developers.cloudflare.com/d1/platform/limits/) of D1 among them; whether a batch
/// is one of them or as many as it has statements is not said. Two are the host's own: one to count
/// the call, one to tell the gateway.
pub const ASKED_MAX: usize = 48;

/// One request's context: the host behind an interface, and the time at which the request began.
/// All state of a request lives here or in its handler, so that an instance can be reused.
#[derive(Debug)]
pub struct Cx {
    host: host::Current,
    config: std::sync::Arc<Config>,
    now: Timestamp,
    asked: AtomicUsize,
    declared: Declared,
}

impl Cx {
    /// The context of a request that begins now.
    ///
    /// # Errors
    /// When the host has no valid configuration.
    pub async fn new(host: host::Current) -> Result<Self> {
        let config = host.config().await?;
        let now = host.now();
        let asked = AtomicUsize::new(0);
        Ok(Self {
            host,
            config,
            now,
            asked,
            declared: Declared::NOTHING,
        })
    }

    /// Notes which operation the request is for.
    pub(crate) fn begin(&mut self, operation: &'static Operation) {
        self.declared = Declared::of(operation);
    }

    /// What the request's operation says that it may demand of its caller.
    pub(crate) fn declared(&self) -> Declared {
        self.declared
    }

    /// How many statements and requests the host was asked so far: it may have a limit, such as
    /// [`ASKED_MAX`].
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    fn ask(&self, count: usize) {
        self.asked.fetch_add(count, Ordering::Relaxed);
    }

    pub(crate) fn host(&self) -> &host::Current {
        &self.host
    }

    /// When the request began. The same for everything it writes.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The instance's settings.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// A new id, made at this request's time.
    pub fn id<T>(&self) -> Id<T> {
        Id::generate(self.now, u32::from_le_bytes(self.random()))
    }

    /// A new id made at the very moment, for what is to be in the order of its writing. Where the
    /// clock is fine enough, ids of one millisecond are in order too, so that two messages at once
    /// rarely have to be tried again.
    pub fn fresh_id<T>(&self) -> Id<T> {
        const RANDOM_BITS: u32 = 12;
        let (now, micros) = self.host.precise_now();
        let random = u32::from_le_bytes(self.random());
        let low = micros.map_or(random, |micros| {
            micros << RANDOM_BITS | random & ((1 << RANDOM_BITS) - 1)
        });
        Id::generate(now, low)
    }

    /// A new ULID, for what Discord does not number.
    pub fn ulid(&self) -> String {
        let random = u128::from_le_bytes(self.random());
        ulid::Ulid::from_parts(self.now.as_millis() as u64, random).to_string()
    }

    /// Random bytes for keys and secrets.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.host.random(&mut bytes);
        bytes
    }

    /// Answers queries on [`Store::Main`] from one snapshot, in one round trip.
    ///
    /// # Errors
    /// The store's own.
    pub async fn read<Q: Queries>(&self, queries: Q) -> Result<Q::Output> {
        self.ask(Q::COUNT);
        Ok(self.host.read(Store::Main, queries).await?)
    }

    /// Answers queries on the messages of a channel, or of a part of the channels, from one
    /// snapshot, in one round trip.
    ///
    /// # Errors
    /// The store's own.
    pub async fn read_messages<Q: Queries>(
        &self,
        of: impl Into<Partition>,
        queries: Q,
    ) -> Result<Q::Output> {
        self.ask(Q::COUNT);
        Ok(self.host.read(Store::messages(of), queries).await?)
    }

    /// Writes a batch, all or nothing; its events are published once it is durable.
    ///
    /// # Errors
    /// The code of the precondition that did not hold, or the store's own.
    pub async fn write(&self, batch: Batch) -> Result<Vec<Outcome>, Rejection> {
        self.ask(batch.count());
        self.host.write(batch).await
    }

    /// Publishes an event that no write belongs to, such as typing.
    ///
    /// # Errors
    /// The store's own.
    pub async fn publish(&self, event: model::Event) -> Result<()> {
        let mut batch = Batch::main();
        batch.emit(event);
        self.write(batch).await?;
        Ok(())
    }

    /// Sends a request to an address that the function's capabilities name.
    ///
    /// # Errors
    /// When the host does not allow it or the other side does not answer.
    pub async fn fetch(
        &self,
        request: http::Request<BodyStream>,
    ) -> Result<http::Response<BodyStream>> {
        self.ask(1);
        Ok(self.host.fetch(request).await?)
    }
}
