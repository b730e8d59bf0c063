//! The host of function tests: everything is in memory, and tests set the clock.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use model::{Event, Timestamp};
use store::embedded::Plans;
use store::{Call, Database, Error, Outcome, Partitions, Store, outbox};

use super::blobs::Blobs;
use super::databases::Databases;
use super::{App, START, block_on};
use crate::host::native::Backend;
use crate::limiter::{Admission, Decision, Limiter};
use crate::{BodyStream, Config};

/// Stores in memory, a clock that tests move, randomness that counts.
pub struct Memory {
    pub databases: Databases,
    plans: Mutex<Plans>,
    pub now: AtomicI64,
    counter: AtomicU64,
    pub config: Mutex<Arc<Config>>,
    pub events: Mutex<Vec<Event>>,
    limiter: Mutex<Limiter>,
    pub blobs: Blobs,
    /// Statements and requests of the call at hand.
    pub asked: AtomicUsize,
    /// What happens before the next write.
    pub racing: Mutex<Option<Racer>>,
    /// Whether random numbers are in no order.
    pub scattered: AtomicBool,
    /// Whether no messages can be written.
    pub full: AtomicBool,
}

/// Somebody who is faster.
pub type Racer = Box<dyn FnOnce(&App) + Send>;

impl Backend for Arc<Memory> {
    fn partitions(&self) -> Partitions {
        self.databases.partitions()
    }

    fn call(&self, call: Call) -> Result<Vec<Outcome>, Error> {
        if call.write && !call.statements.is_empty() {
            self.race();
        }
        if call.write && call.store != Store::Main && self.full.load(Ordering::Relaxed) {
            return Err(Error::Unavailable("the database is full".to_owned()));
        }
        let mut plans = self.plans.lock().expect("no panic while held");
        let checked = plans.check(&self.databases.main, &call.statements);
        drop(plans);
        if let Err(error) = checked {
            panic!("{error}");
        }
        let database = self.databases.of(call.store);
        // As on D1, where events are rows of the outbox.
        let asked = call.statements.len() + outbox::insert(&call.events, self.now()).len();
        self.asked.fetch_add(asked, Ordering::Relaxed);
        let outcomes = block_on(database.call(call))?;
        self.events
            .lock()
            .expect("no panic while held")
            .extend(database.take_events());
        Ok(outcomes)
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now.load(Ordering::Relaxed))
    }

    fn random(&self, bytes: &mut [u8]) {
        let mut count = self.counter.fetch_add(1, Ordering::Relaxed) + 1;
        if self.scattered.load(Ordering::Relaxed) {
            count = count.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
        for (byte, value) in bytes
            .iter_mut()
            .zip(count.to_le_bytes().into_iter().cycle())
        {
            *byte = value;
        }
    }

    fn config(&self) -> Arc<Config> {
        self.config.lock().expect("no panic while held").clone()
    }

    fn admit(&self, request: &Admission) -> Decision {
        let now_ms = self.now().as_millis() as u64;
        let mut limiter = self.limiter.lock().expect("no panic while held");
        limiter.admit(request, now_ms)
    }

    fn fetch(
        &self,
        request: http::Request<BodyStream>,
    ) -> anyhow::Result<http::Response<BodyStream>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.blobs.answer(request)
    }
}

impl Memory {
    /// An empty instance at [`START`].
    pub fn new() -> Self {
        Self {
            databases: Databases::new(),
            plans: Mutex::default(),
            now: AtomicI64::new(START.as_millis()),
            counter: AtomicU64::new(0),
            config: Mutex::new(unlimited()),
            events: Mutex::default(),
            limiter: Mutex::default(),
            blobs: Blobs::default(),
            asked: AtomicUsize::new(0),
            racing: Mutex::default(),
            scattered: AtomicBool::new(false),
            full: AtomicBool::new(false),
        }
    }

    /// Lets happen what is to happen before the next write. Nothing of it counts as asked by the
    /// call at hand.
    fn race(self: &Arc<Self>) {
        let racer = self.racing.lock().expect("no panic while held").take();
        let Some(racer) = racer else { return };
        let asked = self.asked.load(Ordering::Relaxed);
        racer(&App {
            backend: Arc::clone(self),
        });
        self.asked.store(asked, Ordering::Relaxed);
    }
}

/// The defaults, but for limits: most tests are not about them.
fn unlimited() -> Arc<Config> {
    let mut config = Config::default();
    config.rate_limits.enabled = false;
    Arc::new(config)
}
