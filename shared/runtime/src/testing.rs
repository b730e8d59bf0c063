//! Actors and acts for function tests.
//!
//! ```ignore
//! let app = App::new();
//! let alice = app.register("alice");
//! let guild = alice.create_guild();
//! alice.post(&channels::typing::FUNCTION, "/channels/1/typing", json!({})).no_content();
//! app.emitted(EventKind::TypingStart);
//! ```

mod actor;
mod answer;
mod blobs;
mod block_on;
mod databases;
mod described;
mod fixtures;
mod memory;
mod threads;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use model::event::EventKind;
use model::id::marker;
use model::{Event, Id, Timestamp};
use store::{Batch, Database, Queries, Store};

use crate::Config;
use crate::host::native::{Backend, Native};
use crate::token;
use memory::Memory;

pub use actor::Actor;
pub use answer::Answer;
pub use block_on::block_on;

/// The time at which every test begins: 2026-01-01.
pub const START: Timestamp = Timestamp::from_millis(1_767_225_600_000);

/// An instance in memory.
pub struct App {
    backend: Arc<Memory>,
}

impl Default for App {
    fn default() -> Self {
        Self::new()
    }
}

impl App {
    /// An empty instance at [`START`].
    ///
    /// # Panics
    /// When there is no memory for it.
    pub fn new() -> Self {
        Self {
            backend: Arc::new(Memory::new()),
        }
    }

    /// The host that functions run on.
    pub fn host(&self) -> Native {
        Native::new(self.backend.clone())
    }

    /// Lets time pass.
    pub fn advance(&self, ms: i64) {
        self.backend.now.fetch_add(ms, Ordering::Relaxed);
    }

    /// The clock.
    pub fn now(&self) -> Timestamp {
        Backend::now(&self.backend)
    }

    /// Lets `racer` act between what the next function reads and what it writes: before the next
    /// write of rows, whoever writes them. Its own writes are not interrupted.
    pub fn before_next_write(&self, racer: impl FnOnce(&Self) + Send + 'static) {
        let mut racing = self.backend.racing.lock().expect("no panic while held");
        *racing = Some(Box::new(racer));
    }

    /// Says whether the databases of messages have no room, so that nothing is written there.
    pub fn fill_messages(&self, full: bool) {
        self.backend.full.store(full, Ordering::Relaxed);
    }

    /// Has random numbers come in no order, as they do outside tests.
    pub fn scatter(&self) {
        self.backend.scattered.store(true, Ordering::Relaxed);
    }

    /// Changes the settings.
    pub fn configure(&self, change: impl FnOnce(&mut Config)) {
        let mut config = self.backend.config.lock().expect("no panic while held");
        change(Arc::make_mut(&mut config));
    }

    /// Writes to the store directly, as a fixture.
    #[track_caller]
    pub fn write(&self, batch: Batch) {
        self.try_write(batch).expect("a fixture fits");
    }

    /// Writes to the store directly, what may well be refused.
    ///
    /// # Errors
    /// The store's own.
    pub fn try_write(&self, batch: Batch) -> Result<(), store::Rejection> {
        let database = self.backend.databases.of(batch.store());
        let written = block_on(database.write(batch));
        // Nobody hears of fixtures.
        database.take_events();
        written.map(|_| ())
    }

    /// Reads the store directly.
    #[track_caller]
    pub fn read<Q: Queries>(&self, store: Store, queries: Q) -> Q::Output {
        block_on(self.backend.databases.read(store, queries)).expect("the query is right")
    }

    /// A new id.
    pub fn id<T>(&self) -> Id<T> {
        let mut random = [0; 4];
        self.backend.random(&mut random);
        Id::generate(self.now(), u32::from_le_bytes(random))
    }

    /// The keys of all blobs, in order.
    pub fn blobs(&self) -> Vec<String> {
        self.backend.blobs.keys()
    }

    /// The content of a blob.
    pub fn blob(&self, key: &str) -> Option<Bytes> {
        self.backend.blobs.get(key)
    }

    /// A person with a session.
    pub fn register(&self, username: &str) -> Actor<'_> {
        self.account(username, "0", false, 0)
    }

    /// A bot with a token.
    pub fn bot(&self, username: &str) -> Actor<'_> {
        self.account(username, "0001", true, 0)
    }

    /// A person who runs the instance.
    pub fn operator(&self, username: &str) -> Actor<'_> {
        self.account(username, "0", false, store::users::RIGHT_OPERATOR)
    }

    /// Whoever this token is of, as a function answered it.
    ///
    /// # Panics
    /// When it names nobody.
    pub fn holding(&self, token: &str) -> Actor<'_> {
        Actor {
            app: self,
            id: token::claimed_user(token).expect("a token names its user"),
            token: Some(token.to_owned()),
            internal: false,
        }
    }

    /// Whoever calls with this header for the user: a token, of a bot with its scheme.
    pub fn holder(&self, id: Id<marker::User>, token: &str) -> Actor<'_> {
        Actor {
            app: self,
            id,
            token: Some(token.to_owned()),
            internal: false,
        }
    }

    /// Nobody: calls without a token.
    pub fn nobody(&self) -> Actor<'_> {
        Actor {
            app: self,
            id: Id::new(1),
            token: None,
            internal: false,
        }
    }

    /// The instance itself: the gateway and timers, whose calls are proven.
    pub fn itself(&self) -> Actor<'_> {
        Actor {
            internal: true,
            ..self.nobody()
        }
    }

    /// Takes the events that functions published since the last look.
    pub fn events(&self) -> Vec<Event> {
        std::mem::take(&mut *self.backend.events.lock().expect("no panic while held"))
    }

    /// Takes the published events and returns the one of this kind.
    ///
    /// # Panics
    /// When there is none or more than one.
    #[track_caller]
    pub fn emitted(&self, kind: EventKind) -> Event {
        let events = self.events();
        let mut of_kind = events.iter().filter(|event| event.kind == kind);
        match (of_kind.next(), of_kind.next()) {
            (Some(event), None) => event.clone(),
            _ => panic!("expected one {} among {events:#?}", kind.name()),
        }
    }
}
