//! A small world for the gateway: what the stores would hold, clients, and a clock that tests turn.

mod calls;
mod changes;
mod data;
mod fixtures;
mod objects;
mod stored;
mod wire;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use gateway_durable::SocketId;
use gateway_durable::durable::{self, Address};
use gateway_durable::hub::{Effect, Hub, Input, Question};
use gateway_durable::registry::{self, Settings};
use model::id::marker;
use model::user::PrivateUser;
use model::{Event, Id, Timestamp};

use objects::Objects;

pub use calls::{Call, token};
pub use data::{
    channel, event, hidden, message, overwrite, role, shown_to, thread, thread_member, with_guild,
};
pub use stored::{StoredGuild, StoredThread};
pub use wire::Client;

pub type GuildId = Id<marker::Guild>;
pub type UserId = Id<marker::User>;
pub type ChannelId = Id<marker::Channel>;
pub type RoleId = Id<marker::Role>;

/// All flags of privileged intents.
pub const ALL_FLAGS: u64 = 1 << 13 | 1 << 15 | 1 << 19;

/// Stores, clients and the gateway between them.
pub struct World {
    pub hub: Hub,
    /// The gateway in place of [`Self::hub`], if it is Durable Objects.
    pub objects: Option<Objects>,
    pub now: Timestamp,
    pub users: BTreeMap<UserId, (PrivateUser, u64)>,
    pub guilds: BTreeMap<GuildId, StoredGuild>,
    pub clients: BTreeMap<SocketId, Client>,
    pub calls: VecDeque<Call>,
    pub malformed: Vec<String>,
    /// Who is whose friend, both ways.
    pub friends: BTreeSet<(UserId, UserId)>,
    /// Whose last sessions ended.
    pub sessions_ended: Vec<UserId>,
    /// Everything that was published, by number.
    pub published_events: Vec<Event>,
    /// What was committed and is not published yet.
    outbox: VecDeque<Event>,
    /// Whether events wait in the outbox until [`Self::flush`].
    pub delayed: bool,
    next: u64,
    next_socket: u64,
}

impl World {
    pub fn new() -> Self {
        Self {
            hub: Hub::new(settings()),
            objects: None,
            now: Timestamp::from_millis(1_763_800_000_000),
            users: BTreeMap::new(),
            guilds: BTreeMap::new(),
            clients: BTreeMap::new(),
            calls: VecDeque::new(),
            malformed: Vec::new(),
            friends: BTreeSet::new(),
            sessions_ended: Vec::new(),
            published_events: Vec::new(),
            outbox: VecDeque::new(),
            delayed: false,
            next: 1000,
            next_socket: 0,
        }
    }

    /// A world with one guild, its owner, and a text channel that everyone sees.
    pub fn with_guild() -> (Self, GuildId, UserId, ChannelId) {
        let mut world = Self::new();
        let owner = world.user();
        let guild = world.guild(owner);
        let channel = world.channel(guild, 0, &[]);
        (world, guild, owner, channel)
    }

    pub fn fresh(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    pub fn pass(&mut self, ms: i64) {
        self.now = self.now.plus_millis(ms);
        self.give(registry::Input::Tick);
    }

    pub fn give(&mut self, input: registry::Input) {
        self.input(Input::Registry(input));
    }

    /// The process stops in order, and another one starts.
    pub fn restart(&mut self) {
        self.restart_after(0);
    }

    /// The process stops in order, and another one starts so much later.
    pub fn restart_after(&mut self, ms: i64) {
        self.give(registry::Input::Shutdown);
        let saved = std::mem::replace(&mut self.hub, Hub::new(settings())).save(self.now);
        self.now = self.now.plus_millis(ms);
        self.hub = Hub::restore(settings(), &saved, self.now).unwrap();
        // Each process numbers from the beginning.
        self.published_events.clear();
    }

    /// Commits events, and publishes them unless they are delayed.
    pub fn publish(&mut self, events: Vec<Event>) {
        self.outbox.extend(events);
        if !self.delayed {
            self.flush(usize::MAX);
        }
    }

    /// Publishes some of what was committed.
    pub fn flush(&mut self, count: usize) {
        let count = count.min(self.outbox.len());
        let events: Vec<Event> = self.outbox.drain(..count).collect();
        let first = self.published_events.len() as u64;
        self.published_events.extend(events.iter().cloned());
        self.input(Input::Published { first, events });
    }

    /// From now on the gateway is Durable Objects, which hear each other at once or later.
    pub fn divide(&mut self, lag: bool) {
        self.objects = Some(Objects::new(lag));
    }

    /// An object cannot be restored.
    pub fn forget(&mut self, address: Address) {
        self.with_objects(|objects, _, _| objects.forget(address));
    }

    /// Whether nothing happens in any object by itself any more.
    pub fn are_at_rest(&self) -> bool {
        let objects = self.objects.as_ref().expect("objects");
        objects.are_at_rest(self.now)
    }

    /// Objects hear all that others told them.
    pub fn carry_all(&mut self) {
        self.with_objects(|objects, now, effects| objects.carry_all(now, effects));
    }

    /// Objects are evicted and restored, with the connections or without.
    pub fn hibernate(&mut self, compact: bool, crash: bool) {
        let now = self.now;
        if let Some(objects) = &mut self.objects {
            objects.evict(compact, crash, now);
            for client in self.clients.values_mut() {
                client.gone |= crash;
            }
            let open = self.clients.iter();
            let open = open.filter(|(_, client)| !client.gone && client.closed.is_none());
            let heard = |client: &Client| client.heard.unwrap_or(now);
            let open = open.map(|(socket, client)| (*socket, heard(client)));
            let open = open.collect();
            self.tell_sessions(durable::Input::Restored { open });
        }
    }

    fn tell_sessions(&mut self, input: durable::Input) {
        self.with_objects(|objects, now, effects| {
            objects.hear(Address::Sessions, input, now, effects);
        });
    }

    fn with_objects(&mut self, work: impl FnOnce(&mut Objects, Timestamp, &mut Vec<Effect>)) {
        let mut effects = Vec::new();
        if let Some(objects) = &mut self.objects {
            work(objects, self.now, &mut effects);
        }
        for effect in effects {
            self.perform(effect);
        }
    }

    pub fn input(&mut self, input: Input) {
        if self.objects.is_some() {
            return self.with_objects(|objects, now, effects| objects.input(input, now, effects));
        }
        let mut effects = Vec::new();
        self.hub.handle(input, self.now, &mut effects);
        for effect in effects {
            self.perform(effect);
        }
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Send { socket, frame } => self.receive(socket, &frame),
            Effect::Close { socket, code } => {
                self.clients.get_mut(&socket).unwrap().closed = Some(code);
            }
            Effect::Ask(Question::Identify { socket, token, .. }) => {
                self.calls.push_back(Call::Identify { socket, token });
            }
            Effect::Ask(Question::Guild(guild)) => self.calls.push_back(Call::Guild(guild)),
            Effect::Ask(Question::Members {
                guild,
                request,
                body,
            }) => self.calls.push_back(Call::Members {
                guild,
                request,
                body,
            }),
            Effect::Ask(Question::SessionsEnded(user)) => self.sessions_ended.push(user),
            Effect::Malformed { kind, reason, .. } => {
                self.malformed.push(format!("{kind:?}: {reason}"));
            }
        }
    }
}

pub fn settings() -> Settings {
    Settings {
        heartbeat_interval_ms: Settings::HEARTBEAT_INTERVAL_MS,
        gateway_url: "ws://localhost/gateway".into(),
        limit_starts: false,
    }
}
