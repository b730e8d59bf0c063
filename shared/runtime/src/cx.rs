//! What a handler may use of the world.

mod partitioned;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use model::{Id, Timestamp, id::marker};
use store::{Batch, Call, Database, Guard, Outcome, Partition, Queries, ReadSet, Rejection, Store};

use crate::host::{self, Host};
use crate::requirement::Declared;
use crate::{BodyStream, Config, Result};

impl Transaction {
    /// What must hold when something is written to this store.
    fn guard(&self, to: Store) -> Option<Guard> {
        match &self.of_messages {
            _ if to == Store::Main => self.reads.guard(),
            Some((store, reads)) if *store == to => reads.guard(),
            _ => None,
        }
    }

    /// Notes a write. What was read there may have been changed by this very batch.
    fn wrote_in(&mut self, store: Store) {
        self.wrote = true;
        match store {
            Store::Main => self.reads.clear(),
            Store::Messages(_) => self.of_messages = None,
        }
    }
}

/// How often a request is handled while others change what it read. Of those that meet one always
/// gets through, so this many may meet.
const ATTEMPTS_MAX: u32 = 64;

/// One request's context: the host behind an interface, and the time at which the request began.
/// All state of a request lives here or in its handler, so that an instance can be reused.
#[derive(Debug)]
pub struct Cx {
    host: host::Current,
    config: std::sync::Arc<Config>,
    now: Timestamp,
    subrequests: AtomicUsize,
    declared: Declared,
    /// The greatest id that the request made.
    last_id: AtomicU64,
    transaction: Mutex<Transaction>,
}

/// What is known of the current attempt to handle the request.
#[derive(Debug, Default)]
struct Transaction {
    /// Whether it may write, and so what it reads matters.
    writes: bool,
    /// What it read of [`Store::Main`] before it wrote there.
    reads: ReadSet,
    /// What it read of messages to change them.
    of_messages: Option<(Store, ReadSet)>,
    /// Whether it wrote anything.
    wrote: bool,
    /// What is written after the answer is made.
    aside: Option<Batch>,
}

impl Cx {
    /// The context of a request that begins now.
    ///
    /// # Errors
    /// When the host has no valid configuration.
    pub async fn new(host: host::Current) -> Result<Self> {
        let config = host.config().await?;
        let now = host.now();
        Ok(Self {
            host,
            config,
            now,
            subrequests: AtomicUsize::new(0),
            declared: Declared::NOTHING,
            last_id: AtomicU64::new(0),
            transaction: Mutex::default(),
        })
    }

    /// What the request's operation says that it may require of its caller.
    pub(crate) fn declared(&self) -> Declared {
        self.declared
    }

    /// How many statements and requests the host was asked so far: it may have a limit, such as
    /// [`SUBREQUESTS_MAX`](host::SUBREQUESTS_MAX).
    pub fn subrequests(&self) -> usize {
        self.subrequests.load(Ordering::Relaxed)
    }

    fn ask(&self, count: usize) {
        self.subrequests.fetch_add(count, Ordering::Relaxed);
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

    /// A new id, made at this request's time. It is greater than those that the request made
    /// before, so that what is made together has the order of its making.
    pub fn id<T>(&self) -> Id<T> {
        let random = u32::from_le_bytes(self.random());
        self.ascending(Id::generate(self.now, random))
    }

    /// The wanted id, or the one after the last if that is greater.
    fn ascending<T>(&self, wanted: Id<T>) -> Id<T> {
        let next = |last| wanted.max(Id::new(last).plus(1));
        let order = Ordering::Relaxed;
        let last = self
            .last_id
            .fetch_update(order, order, |last| Some(next(last).get()));
        last.map_or(wanted, next)
    }

    /// A new id made at the very moment, for what is to be in the order of its writing. Where the
    /// clock is fine enough, ids of one millisecond are in order too, so that two messages at once
    /// rarely have to be tried again. Like [`id`](Self::id) it is greater than the others.
    pub fn fresh_id<T>(&self) -> Id<T> {
        const RANDOM_BITS: u32 = 12;
        let (now, micros) = self.host.precise_now();
        let random = u32::from_le_bytes(self.random());
        let low = micros.map_or(random, |micros| {
            micros << RANDOM_BITS | random & ((1 << RANDOM_BITS) - 1)
        });
        self.ascending(Id::generate(now, low))
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
        let mut statements = Vec::new();
        let decoders = queries.split(&mut statements);
        let writes = self.transaction().writes;
        let noted = writes.then(|| statements.clone());
        let outcomes = self.host.call(Call::read(Store::Main, statements)).await?;
        if let Some(statements) = noted {
            self.transaction().reads.extend(statements, &outcomes);
        }
        Ok(Q::decode(decoders, &mut outcomes.into_iter())?)
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

    /// Reads of the messages of a channel what the next batch of theirs is made from: it must still
    /// be so when that is written.
    ///
    /// # Errors
    /// The store's own.
    pub async fn read_for_update<Q: Queries>(
        &self,
        channel: Id<marker::Channel>,
        queries: Q,
    ) -> Result<Q::Output> {
        self.ask(Q::COUNT);
        let mut statements = Vec::new();
        let decoders = queries.split(&mut statements);
        let store = Store::messages(channel);
        let call = Call::read(store, statements.clone());
        let outcomes = self.host.call(call).await?;
        let mut reads = ReadSet::default();
        reads.extend(statements, &outcomes);
        self.transaction().of_messages = Some((store, reads));
        Ok(Q::decode(decoders, &mut outcomes.into_iter())?)
    }

    /// Writes a batch, all or nothing; its events are published once it is durable.
    ///
    /// What [`read`](Self::read) answered must still be so when the first batch of [`Store::Main`]
    /// is written, so that the rows and the events agree with what others wrote meanwhile.
    ///
    /// # Errors
    /// The code of the precondition that did not hold, [`Rejection::Conflict`], for which the
    /// handler is called again, or the store's own.
    pub async fn write(&self, mut batch: Batch) -> Result<Vec<Outcome>, Rejection> {
        let (store, changes) = (batch.store(), batch.changes_rows());
        let guard = self.transaction().guard(store);
        if changes && let Some(guard) = guard {
            batch.unchanged(guard);
        }
        self.ask(batch.count());
        let outcomes = self.host.write(batch).await?;
        if changes {
            self.transaction().wrote_in(store);
        }
        Ok(outcomes)
    }

    /// Writes what prepares for the write that counts: rows that the request has not read, and that
    /// may be written again when it is handled again.
    ///
    /// # Errors
    /// Those of [`write`](Self::write), but for conflicts.
    pub async fn write_ahead(&self, batch: Batch) -> Result<Vec<Outcome>, Rejection> {
        self.ask(batch.count());
        self.host.write(batch).await
    }

    /// Writes a batch that nothing depends on: a failure is only logged. It must not change what
    /// the request has read, so it waits for the end of one that writes.
    pub(crate) async fn write_aside(&self, batch: Batch) {
        self.transaction().aside = Some(batch);
        if !self.transaction().writes {
            self.end().await;
        }
    }

    /// Begins a step that does not rest on what was read before it.
    pub fn forget_reads(&self) {
        let mut transaction = self.transaction();
        transaction.reads.clear();
        transaction.of_messages = None;
    }

    /// Says that the request only reads, though its method is one that writes, so that nothing is
    /// kept of what it reads.
    pub fn only_reads(&self) {
        self.transaction().writes = false;
    }

    /// Begins an attempt to handle the request by an operation that declares this, and that may
    /// write or only reads.
    pub(crate) fn begin(&mut self, declared: Declared, writes: bool) {
        self.declared = declared;
        *self.transaction() = Transaction {
            writes,
            ..Transaction::default()
        };
    }

    /// Whether the request may be handled once more after so many attempts: nothing of it was
    /// written, and the host answers as much again.
    pub(crate) fn may_begin_again(&self, attempts: u32) -> bool {
        attempts < ATTEMPTS_MAX && !self.transaction().wrote && self.has_room_for_attempt(attempts)
    }

    /// Whether the host answers as much again as it did on average in so many attempts.
    pub fn has_room_for_attempt(&self, attempts: u32) -> bool {
        let asked = self.subrequests();
        let again = asked / attempts.max(1) as usize;
        asked + again <= self.host.subrequests_max()
    }

    /// Writes what waited for the end of the request.
    pub(crate) async fn end(&self) {
        let batch = self.transaction().aside.take();
        if let Some(batch) = batch {
            self.ask(batch.count());
            // A failed write is no reason to refuse a read.
            if let Err(error) = self.host.write(batch).await {
                host::log_error(&format!("the use of a session was not noted: {error}"));
            }
        }
    }

    fn transaction(&self) -> MutexGuard<'_, Transaction> {
        let lock = self.transaction.lock();
        // Nobody panics while they hold it.
        lock.unwrap_or_else(PoisonError::into_inner)
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
