//! A small world for the gateway: what the stores would hold, clients, and a clock that tests turn.

// The benchmark takes this file too, from another place.
#[path = "support/objects.rs"]
mod objects;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use gateway_durable::compression::Compression;
use gateway_durable::durable::{self, Address};
use gateway_durable::encoding::{Encoding, json};
use gateway_durable::guild::LoadError;
use gateway_durable::hub::Question;
use gateway_durable::hub::{Effect, Hub, Input};
use gateway_durable::registry::{self, IdentifyError, Settings};
use gateway_durable::transport::Transport;
use gateway_durable::{Frame, SessionId, SocketId};
use model::channel::GuildChannel;
use model::event::EventKind;
use model::gateway::internal::{
    GuildSnapshot, Identified, IdentifiedApplication, MembersPage, MembersRequest, OwnGuild,
};
use model::gateway::{CloseCode, Command, CommandError, Intents};
use model::guild::{FullGuild, GuildConstants};
use model::id::marker;
use model::permissions::{Overwrite, OverwriteKind};
use model::relationship::{self, Relationship};
use model::thread::{Thread, ThreadMember, ThreadMetadata};
use model::user::PrivateUser;
use model::{Audience, Channel, Event, Guild, Id, Member, Permissions, Role, Timestamp, User};
use serde_json::{Map, Value, json};

use objects::Objects;

pub type GuildId = Id<marker::Guild>;
pub type UserId = Id<marker::User>;
pub type ChannelId = Id<marker::Channel>;
pub type RoleId = Id<marker::Role>;

/// All flags of privileged intents.
pub const ALL_FLAGS: u64 = 1 << 13 | 1 << 15 | 1 << 19;

/// What the stores hold of a guild.
#[derive(Debug, Clone)]
pub struct StoredGuild {
    pub guild: Guild,
    pub roles: BTreeMap<RoleId, Role>,
    pub channels: BTreeMap<ChannelId, Channel>,
    pub members: BTreeMap<UserId, Member>,
    pub threads: BTreeMap<ChannelId, StoredThread>,
}

/// What the stores hold of a thread.
#[derive(Debug, Clone)]
pub struct StoredThread {
    pub channel: Channel,
    pub members: BTreeMap<UserId, ThreadMember>,
}

impl StoredThread {
    pub fn parent(&self) -> ChannelId {
        self.channel.parent_id().unwrap()
    }

    pub fn is_private(&self) -> bool {
        self.channel.kind == model::channel::kind::PRIVATE_THREAD
    }

    pub fn is_archived(&self) -> bool {
        let thread = self.channel.thread().unwrap();
        thread.thread_metadata.archived
    }
}

impl StoredGuild {
    pub fn full(&self) -> FullGuild {
        FullGuild {
            guild: self.guild.clone(),
            roles: self.roles.values().cloned().collect(),
            emojis: Vec::new(),
            stickers: Vec::new(),
            constants: GuildConstants::default(),
            approximate_member_count: None,
            approximate_presence_count: None,
        }
    }

    pub fn snapshot(&self) -> GuildSnapshot {
        let all = self.members.len() <= 1000;
        let members = self.members.values().filter(|_| all);
        let active = || self.threads.values().filter(|thread| !thread.is_archived());
        GuildSnapshot {
            guild: self.full(),
            channels: self.channels.values().cloned().collect(),
            threads: active().map(|thread| thread.channel.clone()).collect(),
            thread_members: active()
                .flat_map(|thread| thread.members.values().cloned())
                .collect(),
            member_count: self.members.len() as u32,
            members: members.cloned().collect(),
        }
    }
}

/// A call of an internal function that is not answered yet.
#[derive(Debug, Clone)]
pub enum Call {
    Identify {
        socket: SocketId,
        token: String,
    },
    Guild(GuildId),
    Members {
        guild: GuildId,
        request: u64,
        body: MembersRequest,
    },
}

/// One connection as its client has it.
#[derive(Debug, Default)]
pub struct Client {
    /// Every payload that came, decoded.
    pub received: Vec<Rc<Value>>,
    /// The code it was closed with.
    pub closed: Option<CloseCode>,
    /// Whether the client is gone.
    gone: bool,
    /// When it was heard, if it is silent since.
    pub heard: Option<Timestamp>,
}

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

    pub fn user(&mut self) -> UserId {
        self.account(false, 0)
    }

    pub fn bot(&mut self, flags: u64) -> UserId {
        self.account(true, flags)
    }

    fn account(&mut self, bot: bool, flags: u64) -> UserId {
        let id = Id::new(self.fresh());
        let user = User {
            id,
            username: format!("user{id}"),
            discriminator: if bot { "0001" } else { "0" }.to_owned(),
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
        let user = PrivateUser {
            user,
            flags: 0,
            locale: "en-US".to_owned(),
            mfa_enabled: false,
            premium_type: 0,
            verified: true,
            email: None,
            phone: None,
        };
        self.users.insert(id, (user, flags));
        id
    }

    pub fn guild(&mut self, owner: UserId) -> GuildId {
        let id = Id::new(self.fresh() << 22);
        let everyone = role(id.cast(), Permissions::DEFAULT);
        let stored = StoredGuild {
            guild: Guild::new(id, "guild".to_owned(), owner),
            roles: BTreeMap::from([(everyone.id, everyone)]),
            channels: BTreeMap::new(),
            members: BTreeMap::new(),
            threads: BTreeMap::new(),
        };
        self.guilds.insert(id, stored);
        self.enter(id, owner);
        id
    }

    /// Makes a user a member without telling anybody.
    pub fn enter(&mut self, guild: GuildId, user: UserId) {
        let member = self.member(user);
        guild_mut(&mut self.guilds, guild)
            .members
            .insert(user, member);
    }

    pub fn member(&self, user: UserId) -> Member {
        Member {
            id: Some(user),
            guild_id: None,
            user: Some(self.users[&user].0.user.clone()),
            nick: None,
            avatar: None,
            banner: None,
            roles: Vec::new(),
            joined_at: self.now,
            premium_since: None,
            deaf: false,
            mute: false,
            flags: 0,
            pending: false,
            communication_disabled_until: None,
        }
    }

    /// Makes a channel without telling anybody.
    pub fn channel(&mut self, guild: GuildId, kind: u8, overwrites: &[Overwrite]) -> ChannelId {
        let id = Id::new(self.fresh());
        let channel = channel(guild, id, kind, overwrites);
        guild_mut(&mut self.guilds, guild)
            .channels
            .insert(id, channel);
        id
    }

    /// Makes a role without telling anybody.
    pub fn role(&mut self, guild: GuildId, permissions: Permissions) -> RoleId {
        let id = Id::new(self.fresh());
        let role = role(id, permissions);
        guild_mut(&mut self.guilds, guild).roles.insert(id, role);
        id
    }

    pub fn stored(&mut self, guild: GuildId) -> &mut StoredGuild {
        guild_mut(&mut self.guilds, guild)
    }

    // What happens on the wire.

    /// Opens a connection.
    pub fn open(&mut self) -> SocketId {
        self.open_with(Compression::None)
    }

    pub fn open_with(&mut self, compression: Compression) -> SocketId {
        self.next_socket += 1;
        let socket = SocketId(self.next_socket);
        self.clients.insert(socket, Client::default());
        let transport = Transport {
            version: 10,
            encoding: Encoding::Json,
            compression,
        };
        self.give(registry::Input::Opened {
            socket,
            transport,
            session_id: SessionId(socket.0.into()),
        });
        socket
    }

    /// Sends a payload.
    pub fn send(&mut self, socket: SocketId, payload: Value) {
        self.send_text(socket, &payload.to_string());
    }

    pub fn send_text(&mut self, socket: SocketId, text: &str) {
        if self.objects.is_some() {
            return self.tell_sessions(objects::received(socket, text));
        }
        let command: Result<Command, CommandError> = Command::from_json(text);
        let bytes = text.len();
        self.give(registry::Input::Received {
            socket,
            command,
            bytes,
        });
    }

    /// A connection that has received READY, and GUILD_CREATE where it wants them.
    pub fn connect(&mut self, user: UserId, intents: Intents) -> SocketId {
        self.connect_with(user, json!({"intents": intents.bits()}))
    }

    /// A user account's connection that has received READY.
    pub fn connect_user(&mut self, user: UserId) -> SocketId {
        self.connect_with(user, json!({}))
    }

    pub fn connect_with(&mut self, user: UserId, fields: Value) -> SocketId {
        let socket = self.open();
        self.identify(socket, user, fields);
        self.answer_all();
        socket
    }

    pub fn identify(&mut self, socket: SocketId, user: UserId, fields: Value) {
        let mut d = json!({"token": token(user), "properties": {"os": "linux"}});
        if let (Value::Object(d), Value::Object(fields)) = (&mut d, fields) {
            d.extend(fields);
        }
        self.send(socket, json!({"op": 2, "d": d}));
    }

    /// The connection is gone, without or with a close code of the client.
    pub fn drop_socket(&mut self, socket: SocketId, code: Option<u16>) {
        self.clients.get_mut(&socket).unwrap().gone = true;
        self.give(registry::Input::Closed { socket, code });
    }

    /// Resumes `before` on a new connection.
    pub fn resume(&mut self, before: SocketId, user: UserId, seq: u64) -> SocketId {
        let session_id = self.session_of(before);
        let socket = self.open();
        let d = json!({"token": token(user), "session_id": session_id, "seq": seq});
        self.send(socket, json!({"op": 6, "d": d}));
        socket
    }

    pub fn session_of(&self, socket: SocketId) -> String {
        let ready = &self.events(socket, "READY")[0];
        ready["session_id"].as_str().unwrap().to_owned()
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

    fn receive(&mut self, socket: SocketId, frame: &Frame) {
        let mut message = Vec::new();
        json::encode(frame, &mut message);
        let payload = serde_json::from_slice(&message).unwrap();
        let client = self.clients.get_mut(&socket).unwrap();
        assert!(client.closed.is_none(), "nothing is sent after a close");
        client.received.push(Rc::new(payload));
    }

    /// Answers every call, and those that the answers cause.
    pub fn answer_all(&mut self) {
        while let Some(call) = self.calls.pop_front() {
            let input = self.answer(&call);
            self.input(input);
        }
    }

    /// What the internal function says now.
    pub fn answer(&self, call: &Call) -> Input {
        match call {
            Call::Identify { socket, token } => Input::Registry(registry::Input::Identified {
                socket: *socket,
                result: self.identified(token).map(Box::new),
            }),
            Call::Guild(id) => Input::GuildLoaded {
                guild: *id,
                result: match self.guilds.get(id) {
                    Some(stored) => Ok(Box::new(stored.snapshot())),
                    None => Err(LoadError::Gone),
                },
            },
            Call::Members {
                guild,
                request,
                body,
            } => Input::MembersLoaded {
                guild: *guild,
                request: *request,
                page: self.guilds.get(guild).map(|stored| page(stored, body)),
            },
        }
    }

    fn identified(&self, token: &str) -> Result<Identified, IdentifyError> {
        let id = token.strip_prefix("token-").and_then(|id| id.parse().ok());
        let (user, flags) = id
            .and_then(|id| self.users.get(&id))
            .ok_or(IdentifyError::Unauthorized)?;
        let id = user.user.id;
        let guilds = self.guilds.values().filter_map(|stored| {
            let member = stored.members.get(&id)?.without_user();
            let id = stored.guild.id;
            Some(OwnGuild { id, member })
        });
        Ok(Identified {
            user: user.clone(),
            session_id_hash: format!("hash-{id}"),
            application: user.user.bot.then_some(IdentifiedApplication {
                id: id.cast(),
                flags: *flags,
            }),
            guilds: guilds.collect(),
            private_channels: Vec::new(),
            read_states: Vec::new(),
            settings: model::settings::user_settings(&Map::new()),
            settings_proto: None,
            guild_settings: Vec::new(),
            relationships: self.relationships(id),
        })
    }

    fn relationships(&self, user: UserId) -> Vec<Relationship> {
        let own = self.friends.iter().filter(|(of, _)| *of == user);
        own.map(|(_, friend)| self.relationship(*friend)).collect()
    }

    fn relationship(&self, friend: UserId) -> Relationship {
        Relationship {
            id: friend,
            kind: relationship::kind::FRIEND,
            nickname: None,
            since: self.now,
            user: self.users[&friend].0.user.clone(),
        }
    }

    // What clients have.

    /// The `d` of all events of a name that came over a connection.
    pub fn events(&self, socket: SocketId, name: &str) -> Vec<Value> {
        let received = &self.clients[&socket].received;
        let named = received.iter().filter(|payload| payload["t"] == name);
        named.map(|payload| payload["d"].clone()).collect()
    }

    /// The names of all events that came over a connection.
    pub fn names(&self, socket: SocketId) -> Vec<String> {
        let received = &self.clients[&socket].received;
        let names = received.iter().filter_map(|payload| payload["t"].as_str());
        names.map(str::to_owned).collect()
    }

    /// The last sequence number that came over a connection.
    pub fn seq(&self, socket: SocketId) -> u64 {
        let received = self.clients[&socket].received.iter().rev();
        received
            .filter_map(|payload| payload["s"].as_u64())
            .next()
            .unwrap_or(0)
    }

    pub fn closed(&self, socket: SocketId) -> Option<CloseCode> {
        self.clients[&socket].closed
    }

    /// Forgets what a client received, so that a test sees only what comes next.
    pub fn clear(&mut self, socket: SocketId) {
        self.clients.get_mut(&socket).unwrap().received.clear();
    }

    // Changes with their events.

    pub fn say(&mut self, guild: GuildId, channel: ChannelId, author: UserId) -> String {
        let data = message(self.fresh(), (guild, channel), author, &[]);
        let content = data["content"].as_str().unwrap().to_owned();
        let audience = Audience::Channel { guild, channel };
        self.publish(vec![event(EventKind::MessageCreate, audience, &data)]);
        content
    }

    /// A member begins to type.
    pub fn type_in(&mut self, guild: GuildId, channel: ChannelId, user: UserId) {
        let data = json!({"channel_id": channel, "guild_id": guild, "user_id": user});
        let audience = Audience::Channel { guild, channel };
        self.publish(vec![event(EventKind::TypingStart, audience, &data)]);
    }

    /// Who got a message with this content, of the given connections.
    pub fn who_read(&self, content: &str, sockets: &[SocketId]) -> BTreeSet<SocketId> {
        let read = |socket: &&SocketId| {
            let events = self.events(**socket, "MESSAGE_CREATE");
            events.iter().any(|message| message["content"] == content)
        };
        sockets.iter().filter(read).copied().collect()
    }

    pub fn change_channel(&mut self, guild: GuildId, id: ChannelId, overwrites: &[Overwrite]) {
        let channel = self.stored(guild).channels.get_mut(&id).unwrap();
        channel.guild.as_mut().unwrap().permission_overwrites = overwrites.to_vec();
        let data = channel.clone();
        let audience = Audience::Channel { guild, channel: id };
        self.publish(vec![event(EventKind::ChannelUpdate, audience, &data)]);
    }

    pub fn change_roles(&mut self, guild: GuildId, user: UserId, roles: &[RoleId]) {
        let member = self.stored(guild).members.get_mut(&user).unwrap();
        member.roles = roles.to_vec();
        let data = with_guild(member, guild);
        let audience = Audience::Guild(guild);
        self.publish(vec![event(EventKind::GuildMemberUpdate, audience, &data)]);
    }

    pub fn change_role(&mut self, guild: GuildId, id: RoleId, permissions: Permissions) {
        let role = self.stored(guild).roles.get_mut(&id).unwrap();
        role.permissions = permissions;
        let data = json!({"guild_id": guild, "role": role});
        let audience = Audience::Guild(guild);
        self.publish(vec![event(EventKind::GuildRoleUpdate, audience, &data)]);
    }

    /// Makes two users friends, without telling anybody.
    pub fn befriend(&mut self, one: UserId, other: UserId) {
        self.friends.extend([(one, other), (other, one)]);
    }

    /// Makes two users friends, or ends that.
    pub fn change_friends(&mut self, one: UserId, other: UserId, friends: bool) {
        let mut events = Vec::new();
        for (user, other) in [(one, other), (other, one)] {
            let audience = Audience::Users(vec![user]);
            let (kind, data) = match friends {
                true => {
                    self.friends.insert((user, other));
                    let mut data = json!(self.relationship(other));
                    data["should_notify"] = json!(true);
                    (EventKind::RelationshipAdd, data)
                }
                false => {
                    self.friends.remove(&(user, other));
                    let data = json!({"id": other, "type": 1, "nickname": null});
                    (EventKind::RelationshipRemove, data)
                }
            };
            events.push(event(kind, audience, &data));
        }
        self.publish(events);
    }

    pub fn join(&mut self, guild: GuildId, user: UserId) {
        self.enter(guild, user);
        let data = with_guild(&self.stored(guild).members[&user].clone(), guild);
        let audience = Audience::Guild(guild);
        self.publish(vec![event(EventKind::GuildMemberAdd, audience, &data)]);
    }

    pub fn leave(&mut self, guild: GuildId, user: UserId) {
        self.stored(guild).members.remove(&user);
        for thread in self.stored(guild).threads.values_mut() {
            thread.members.remove(&user);
        }
        let user = &self.users[&user].0.user;
        let data = json!({"guild_id": guild, "user": user});
        let audience = Audience::Guild(guild);
        let event = event(EventKind::GuildMemberRemove, audience, &data);
        self.publish(vec![event]);
    }
}

/// An event as a function of another version may publish it: the gateway must bear any data.
pub fn event(kind: EventKind, audience: Audience, data: &impl serde::Serialize) -> Event {
    Event {
        audience,
        kind,
        data: serde_json::to_string(data).unwrap(),
    }
}

/// The `d` of a MESSAGE_CREATE.
pub fn message(
    id: u64,
    (guild, channel): (GuildId, ChannelId),
    author: UserId,
    mentioned: &[UserId],
) -> Value {
    let user = |id: &UserId| {
        json!({"id": id, "username": "someone", "discriminator": "0", "global_name": null,
            "avatar": null})
    };
    json!({
        "id": id.to_string(), "channel_id": channel, "guild_id": guild, "author": user(&author),
        "type": 0, "content": format!("message {id}"), "tts": false, "mention_everyone": false,
        "timestamp": "2026-01-01T00:00:00.000000+00:00", "edited_timestamp": null,
        "mentions": mentioned.iter().map(user).collect::<Vec<_>>(), "mention_roles": [],
        "attachments": [], "embeds": [], "components": [], "pinned": false, "flags": 0,
    })
}

pub fn settings() -> Settings {
    Settings {
        heartbeat_interval_ms: Settings::HEARTBEAT_INTERVAL_MS,
        gateway_url: "ws://localhost/gateway".into(),
        limit_starts: false,
    }
}

pub fn token(user: UserId) -> String {
    format!("token-{user}")
}

pub fn with_guild(member: &Member, guild: GuildId) -> Value {
    let mut value = json!(member);
    value["guild_id"] = json!(guild);
    value
}

fn guild_mut(guilds: &mut BTreeMap<GuildId, StoredGuild>, id: GuildId) -> &mut StoredGuild {
    guilds.get_mut(&id).unwrap()
}

pub fn role(id: RoleId, permissions: Permissions) -> Role {
    Role {
        id,
        name: format!("role{id}"),
        color: 0,
        colors: model::role::RoleColors::default(),
        hoist: false,
        icon: None,
        unicode_emoji: None,
        position: 0,
        permissions,
        managed: false,
        mentionable: false,
        flags: 0,
        tags: None,
    }
}

pub fn channel(guild: GuildId, id: ChannelId, kind: u8, overwrites: &[Overwrite]) -> Channel {
    Channel {
        id,
        kind,
        flags: 0,
        last_message_id: None,
        last_pin_timestamp: None,
        guild: Some(GuildChannel {
            guild_id: guild,
            name: format!("channel{id}"),
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
            settings: Map::new(),
        }),
        private: None,
    }
}

/// An active thread without members.
pub fn thread(
    guild: GuildId,
    id: ChannelId,
    parent: ChannelId,
    private: bool,
    owner: UserId,
) -> StoredThread {
    use model::channel::kind;
    let kind = if private {
        kind::PRIVATE_THREAD
    } else {
        kind::PUBLIC_THREAD
    };
    let mut channel = channel(guild, id, kind, &[]);
    let now = Timestamp::from_millis(1_763_800_000_000);
    let fields = channel.guild.as_mut().unwrap();
    fields.parent_id = Some(parent);
    fields.thread = Some(Thread {
        owner_id: owner,
        message_count: 0,
        total_message_sent: 0,
        member_count: 0,
        thread_metadata: ThreadMetadata {
            archived: false,
            archive_timestamp: now,
            auto_archive_duration: 60,
            locked: false,
            invitable: private.then_some(true),
            create_timestamp: Some(now),
        },
        member: None,
    });
    StoredThread {
        channel,
        members: BTreeMap::new(),
    }
}

pub fn thread_member(thread: ChannelId, user: UserId) -> ThreadMember {
    ThreadMember {
        id: thread,
        user_id: user,
        join_timestamp: Timestamp::from_millis(1_763_800_000_000),
        flags: 0,
        member: None,
    }
}

pub fn overwrite<T>(
    id: Id<T>,
    kind: OverwriteKind,
    allow: Permissions,
    deny: Permissions,
) -> Overwrite {
    Overwrite {
        id: id.cast(),
        kind,
        allow,
        deny,
    }
}

/// Hides a channel from everyone who is not let in otherwise.
pub fn hidden(guild: GuildId) -> Overwrite {
    let nothing = Permissions::empty();
    overwrite(
        guild,
        OverwriteKind::Role,
        nothing,
        Permissions::VIEW_CHANNEL,
    )
}

/// Shows a channel to a role.
pub fn shown_to(role: RoleId) -> Overwrite {
    let nothing = Permissions::empty();
    overwrite(
        role,
        OverwriteKind::Role,
        Permissions::VIEW_CHANNEL,
        nothing,
    )
}

fn page(stored: &StoredGuild, body: &MembersRequest) -> MembersPage {
    let members = stored.members.iter().filter(|(id, member)| {
        let name = &member.user.as_ref().unwrap().username;
        let asked = body.user_ids.is_empty() || body.user_ids.contains(id);
        asked && name.starts_with(&body.query) && body.after.is_none_or(|after| **id > after)
    });
    let members = members.map(|(_, member)| member.clone());
    MembersPage {
        members: members.take(body.limit as usize).collect(),
        member_count: stored.members.len() as u32,
    }
}
