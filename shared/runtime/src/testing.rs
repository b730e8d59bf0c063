//! Actors and acts for function tests.
//!
//! ```ignore
//! let app = App::new();
//! let alice = app.register("alice");
//! let guild = alice.create_guild();
//! alice.post(&channels::typing::FUNCTION, "/channels/1/typing", json!({})).no_content();
//! app.emitted(EventKind::TypingStart);
//! ```

mod blobs;
mod databases;
mod described;
mod threads;

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use bytes::Bytes;
use http::{HeaderMap, Method, header};
use model::channel::{Channel, GuildChannel, kind};
use model::event::EventKind;
use model::guild::Guild;
use model::id::marker;
use model::member::Member;
use model::permissions::Overwrite;
use model::role::{Role, RoleColors};
use model::user::User;
use model::{Code, Event, Id, Permissions, Timestamp};
use serde_json::Value;
use store::embedded::Plans;
use store::sessions::Session;
use store::users::Account;
use store::{Batch, Call, Database, Error, Outcome, Partitions, Queries, Store, outbox};

use blobs::Blobs;
use databases::Databases;

use crate::host::SUBREQUESTS_MAX;
use crate::host::native::{Backend, Native};
use crate::limiter::{Admission, Decision, Limiter};
use crate::token::{self, Token};
use crate::{BodyStream, Config, Function, internal, serve};

/// The time at which every test begins: 2026-01-01.
pub const START: Timestamp = Timestamp::from_millis(1_767_225_600_000);

/// An instance in memory.
pub struct App {
    backend: Arc<Memory>,
}

/// Stores in memory, a clock that tests move, randomness that counts.
struct Memory {
    databases: Databases,
    plans: Mutex<Plans>,
    now: AtomicI64,
    counter: AtomicU64,
    config: Mutex<Arc<Config>>,
    events: Mutex<Vec<Event>>,
    limiter: Mutex<Limiter>,
    blobs: Blobs,
    /// Statements and requests of the call at hand.
    asked: AtomicUsize,
    /// What happens before the next write.
    racing: Mutex<Option<Racer>>,
    /// Whether random numbers are in no order.
    scattered: AtomicBool,
    /// Whether no messages can be written.
    full: AtomicBool,
}

/// Somebody who is faster.
type Racer = Box<dyn FnOnce(&App) + Send>;

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

/// Runs a future that never waits for anything outside the test.
///
/// # Panics
/// When it does.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    let mut future = std::pin::pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        // Its parts may wait for each other, but then one of them goes on at once.
        assert!(
            woken.0.swap(false, Ordering::Relaxed),
            "nothing in a test waits"
        );
    }
}

/// Whether a future asked to be polled again.
#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
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
        let memory = Memory {
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
        };
        Self {
            backend: Arc::new(memory),
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

    fn account(&self, username: &str, discriminator: &str, bot: bool, rights: i64) -> Actor<'_> {
        let id = self.id();
        let user = User {
            id,
            username: username.to_owned(),
            discriminator: discriminator.to_owned(),
            global_name: None,
            avatar: None,
            banner: None,
            accent_color: None,
            bot,
            public_flags: 0,
            avatar_decoration_data: None,
            collectibles: None,
            primary_guild: None,
            bio: String::new(),
            pronouns: String::new(),
            badge_ids: [],
        };
        let account = Account {
            user,
            flags: 0,
            email: (!bot).then(|| format!("{username}@example.org")),
            password_hash: None,
            premium_type: 0,
            verified: true,
            locale: "en-US".to_owned(),
            totp_secret: None,
            totp_last_step: 0,
            rights,
            disabled: false,
        };
        let mut secret = [0; 32];
        self.backend.random(&mut secret);
        let token = Token::new(id, self.now(), &secret);
        let session = Session {
            token_hash: token.hash(),
            id_hash: token::id_hash(&token.hash()),
            user_id: id,
            created_at: self.now(),
            last_used_at: self.now(),
            client_os: None,
            client_platform: None,
            client_ip: None,
        };
        let mut batch = Batch::main();
        batch
            .push(store::users::insert(&account))
            .push(store::sessions::insert(&session));
        self.write(batch);
        let scheme = if bot { token::BOT_SCHEME } else { "" };
        self.holder(id, &format!("{scheme}{}", token.reveal()))
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

/// Somebody who calls functions.
#[derive(Clone)]
pub struct Actor<'a> {
    app: &'a App,
    /// Their id.
    pub id: Id<marker::User>,
    token: Option<String>,
    /// Whether their calls are proven to come from the instance itself.
    internal: bool,
}

impl Actor<'_> {
    /// The token they call with, empty for none.
    pub fn token(&self) -> &str {
        self.token.as_deref().unwrap_or_default()
    }

    /// `GET path`.
    #[track_caller]
    pub fn get(&self, function: &Function, path: &str) -> Answer {
        self.send(function, Method::GET, path, None, &[])
    }

    /// `POST path` with a JSON body.
    #[track_caller]
    pub fn post(&self, function: &Function, path: &str, body: Value) -> Answer {
        self.send(function, Method::POST, path, Some(body), &[])
    }

    /// `PATCH path` with a JSON body.
    #[track_caller]
    pub fn patch(&self, function: &Function, path: &str, body: Value) -> Answer {
        self.send(function, Method::PATCH, path, Some(body), &[])
    }

    /// `PUT path` with a JSON body.
    #[track_caller]
    pub fn put(&self, function: &Function, path: &str, body: Value) -> Answer {
        self.send(function, Method::PUT, path, Some(body), &[])
    }

    /// `DELETE path`.
    #[track_caller]
    pub fn delete(&self, function: &Function, path: &str) -> Answer {
        self.send(function, Method::DELETE, path, None, &[])
    }

    /// Any request. `path` is without `/api/v10`, unless it begins with another mount.
    #[track_caller]
    pub fn send(
        &self,
        function: &Function,
        method: Method,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = http::Request::builder().method(method);
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = body.map_or(BodyStream::empty(), |body| {
            body.to_string().into_bytes().into()
        });
        self.send_raw(function, request.uri(uri(function, path)), body)
    }

    /// Any request with any body; the caller's token is added.
    ///
    /// # Panics
    /// When `request` is not a valid request, the function asks more than [`SUBREQUESTS_MAX`]
    /// times, or the answer is not what Discord's description says.
    #[track_caller]
    pub fn send_raw(
        &self,
        function: &Function,
        mut request: http::request::Builder,
        mut body: BodyStream,
    ) -> Answer {
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, token);
        }
        if self.internal {
            let whole = block_on(body.collect(usize::MAX)).expect("a whole body");
            let method = request.method_ref().expect("a method");
            let path = request.uri_ref().expect("a path").to_string();
            let key = "k".repeat(internal::KEY_CHARS_MIN);
            let proof = internal::proof(&key, method, &path, &whole, self.app.now());
            self.app.configure(|config| config.internal_key = key);
            request = request.header(header::AUTHORIZATION, proof);
            body = BodyStream::Full(whole);
        }
        let request = request.body(body).expect("a valid request");
        let method = request.method().clone();
        self.app.backend.asked.store(0, Ordering::Relaxed);
        let mut response = block_on(serve(function, self.app.host(), request));
        let asked = self.app.backend.asked.load(Ordering::Relaxed);
        let path = function.path;
        assert!(asked <= SUBREQUESTS_MAX, "{path} asks {asked} times");
        let body = block_on(response.body_mut().collect(usize::MAX)).expect("a whole body");
        let answer = Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body,
        };
        described::check(function, &method, &answer);
        answer
    }

    /// A guild of theirs with `@everyone` and one text channel, both returned.
    pub fn create_guild(&self) -> (Id<marker::Guild>, Id<marker::Channel>) {
        let guild = Guild::new(self.app.id(), "a guild".to_owned(), self.id);
        let mut batch = Batch::main();
        batch.push(store::guilds::insert(&guild));
        let everyone = role(guild.id.cast(), "@everyone", 0, Permissions::DEFAULT);
        batch.push(store::roles::insert(guild.id, &everyone));
        self.app.write(batch);
        self.join(guild.id);
        (guild.id, self.app.create_channel(guild.id, &[]))
    }

    /// Makes them a member.
    pub fn join(&self, guild: Id<marker::Guild>) {
        let member = Member {
            id: Some(self.id),
            guild_id: Some(guild),
            user: None,
            nick: None,
            avatar: None,
            banner: None,
            roles: Vec::new(),
            joined_at: self.app.now(),
            premium_since: None,
            deaf: false,
            mute: false,
            flags: 0,
            pending: false,
            communication_disabled_until: None,
        };
        let mut batch = Batch::main();
        store::members::insert(&mut batch, guild, self.id, &member, false, Code::BadRequest);
        self.app.write(batch);
    }

    /// Gives them a new role with these permissions at this height.
    pub fn grant(
        &self,
        guild: Id<marker::Guild>,
        position: i32,
        permissions: u64,
    ) -> Id<marker::Role> {
        let role = role(
            self.app.id(),
            "granted",
            position,
            Permissions::from_bits_retain(permissions),
        );
        let mut batch = Batch::main();
        batch.push(store::roles::insert(guild, &role));
        batch.push(store::members::add_roles(guild, self.id, &[role.id]));
        self.app.write(batch);
        role.id
    }
}

impl App {
    /// A text channel with these overwrites.
    pub fn create_channel(
        &self,
        guild_id: Id<marker::Guild>,
        overwrites: &[Overwrite],
    ) -> Id<marker::Channel> {
        let guild = GuildChannel {
            guild_id,
            name: "general".to_owned(),
            position: 0,
            parent_id: None,
            topic: None,
            nsfw: false,
            rate_limit_per_user: 0,
            permission_overwrites: overwrites.to_vec(),
            bitrate: None,
            user_limit: None,
            rtc_region: None,
            video_quality_mode: None,
            default_auto_archive_duration: None,
            thread: None,
            settings: serde_json::Map::new(),
        };
        let channel = Channel {
            id: self.id(),
            kind: kind::TEXT,
            flags: 0,
            last_message_id: None,
            last_pin_timestamp: None,
            guild: Some(guild.clone()),
            private: None,
        };
        let mut batch = Batch::main();
        batch.push(store::channels::insert(&channel, &guild));
        batch.extend(store::channels::insert_overwrites([&channel]));
        self.write(batch);
        channel.id
    }
}

fn role(id: Id<marker::Role>, name: &str, position: i32, permissions: Permissions) -> Role {
    Role {
        id,
        name: name.to_owned(),
        color: 0,
        colors: RoleColors::default(),
        hoist: false,
        icon: None,
        unicode_emoji: None,
        position,
        permissions,
        managed: false,
        mentionable: false,
        flags: 0,
        tags: None,
    }
}

fn uri(function: &Function, path: &str) -> String {
    format!("{}{path}", function.mount.prefix())
}

/// What a function answered.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// The JSON of a successful answer.
    ///
    /// # Panics
    /// When it is not one.
    #[track_caller]
    pub fn ok(&self) -> Value {
        assert!(
            (200..300).contains(&self.status),
            "{}: {}",
            self.status,
            self.text()
        );
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    /// Asserts 204.
    ///
    /// # Panics
    /// When it is anything else.
    #[track_caller]
    pub fn no_content(&self) {
        assert_eq!(self.status, 204, "{}", self.text());
    }

    /// Asserts one of Discord's errors.
    ///
    /// # Panics
    /// When it is anything else.
    #[track_caller]
    pub fn is(&self, code: Code) {
        let found = (self.status, self.json()["code"].as_u64());
        assert_eq!(
            found,
            (code.status(), Some(code.number().into())),
            "{}",
            self.text()
        );
    }

    /// Asserts a field error, and returns its `_errors[0].code`.
    ///
    /// # Panics
    /// When it is anything else.
    #[track_caller]
    pub fn field_error(&self, path: &[&str]) -> String {
        self.is(Code::InvalidFormBody);
        let errors = self.json()["errors"].clone();
        let found = path.iter().fold(&errors, |errors, name| &errors[*name]);
        match found["_errors"][0]["code"].as_str() {
            Some(code) => code.to_owned(),
            None => panic!("no error at {path:?} in {errors}"),
        }
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}
