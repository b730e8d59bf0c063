//! Anything in any order: no input makes the gateway panic, and a client that was sent away hears
//! nothing more.
//!
//! What comes is near to what is right: events that happened with other kinds, audiences and
//! payloads, commands for guilds that do not exist, answers that nobody asked for, a clock that
//! jumps. A seed that fails is in the message; `ANYTHING_SEEDS=1000` tries more.

use std::collections::BTreeSet;

use gateway_durable::guild::LoadError;
use gateway_durable::hub::Question;
use gateway_durable::hub::{Effect, Hub, Input};
use gateway_durable::registry::{self, IdentifyError};
use gateway_durable::transport::Transport;
use gateway_durable::{SessionId, SocketId};
use model::event::EventKind;
use model::gateway::internal::MembersPage;
use model::gateway::{Command, Intents};
use model::{Audience, Event, Id, Permissions};
use serde_json::{Value, json};

use crate::support::{
    ALL_FLAGS, Call, ChannelId, GuildId, UserId, World, settings, token, with_guild,
};

/// Seeds in the suite.
const SEEDS: u64 = 150;

/// Inputs of each.
const INPUTS: usize = 400;

/// The last so many sockets are spoken of.
const SOCKETS: u64 = 12;

/// Numbers that look random and repeat.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.roll(from.len() as u64) as usize]
    }
}

struct Chaos {
    world: World,
    dice: Dice,
    guilds: Vec<GuildId>,
    voice: ChannelId,
    users: Vec<UserId>,
    /// Events that happened.
    events: Vec<Event>,
    calls: Vec<Call>,
    /// Sockets that may hear something.
    open: BTreeSet<SocketId>,
    published: u64,
    /// Numbers of sockets, and of the sessions that they may start, are not used again.
    sockets: u64,
    /// Frames that were sent.
    heard: usize,
}

impl Chaos {
    fn new(seed: u64) -> Self {
        let (mut world, guild, owner, channel) = World::with_guild();
        let mut users = vec![owner];
        for flags in [0, ALL_FLAGS] {
            users.push(world.bot(flags));
            users.push(world.user());
        }
        let empty = world.guild(owner);
        for user in &users[1..4] {
            world.join(guild, *user);
        }
        let voice = world.channel(guild, 2, &[]);
        let role = world.role(guild, Permissions::all());
        world.change_roles(guild, users[1], &[role]);
        world.change_channel(guild, channel, &[]);
        world.change_role(guild, role, Permissions::empty());
        world.say(guild, channel, owner);
        world.leave(guild, users[3]);
        Self {
            dice: Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
            voice,
            guilds: vec![guild, empty, Id::new(5), Id::new(0)],
            users,
            events: world.published_events.clone(),
            calls: Vec::new(),
            open: BTreeSet::new(),
            published: 0,
            sockets: 0,
            heard: 0,
            world,
        }
    }

    fn step(&mut self) {
        match self.dice.roll(20) {
            0..3 => self.connect(),
            3..8 => self.command(),
            8 => {
                let code = *self.dice.pick(&[None, Some(1000), Some(1006), Some(4000)]);
                let socket = self.socket();
                self.open.remove(&socket);
                self.give(registry::Input::Closed { socket, code });
            }
            9..14 => self.answer(),
            14..17 => self.publish(),
            17 => {
                let ms = *self
                    .dice
                    .pick(&[0, 1, 1000, 20_000, 60_000, 400_000, -5000]);
                self.world.now = self.world.now.plus_millis(ms);
                self.give(registry::Input::Tick);
            }
            18 => self.unasked(),
            _ if self.dice.roll(20) == 0 => self.restart(),
            _ => self.give(registry::Input::Tick),
        }
    }

    /// A socket of late, open or not.
    fn socket(&mut self) -> SocketId {
        let back = self.dice.roll(SOCKETS);
        SocketId(self.sockets.saturating_sub(back))
    }

    fn connect(&mut self) {
        self.sockets += 1;
        let socket = SocketId(self.sockets);
        let query = *self.dice.pick(&[
            "v=10",
            "v=9&compress=zlib-stream",
            "v=6&compress=zstd-stream&encoding=etf",
        ]);
        let session_id = SessionId(socket.0.into());
        self.open.insert(socket);
        self.give(registry::Input::Opened {
            socket,
            transport: Transport::from_query(query).unwrap(),
            session_id,
        });
        if self.dice.roll(3) > 0 {
            let d = self.identify();
            self.say(socket, &json!({"op": 2, "d": d}));
        }
    }

    fn identify(&mut self) -> Value {
        let user = *self.dice.pick(&self.users);
        let intents = [
            json!(Intents::all().bits()),
            json!(0),
            json!(513),
            Value::Null,
            json!(-1),
        ];
        json!({
            "token": token(user),
            "intents": self.dice.pick(&intents),
            "shard": self.dice.pick(&[Value::Null, json!([0, 2]), json!([1, 2]), json!([2, 2])]),
            "capabilities": self.dice.roll(1 << 16),
            "large_threshold": self.dice.roll(300),
            "presence": self.dice.pick(&[Value::Null, json!({"status": "dnd", "activities": []})]),
        })
    }

    fn command(&mut self) {
        let socket = self.socket();
        let guild = *self.dice.pick(&self.guilds);
        let user = *self.dice.pick(&self.users);
        let session = SessionId(self.socket().0.into()).to_string();
        let seq = *self.dice.pick(&[0, 1, 5, 100, u64::MAX, u64::MAX - 1]);
        let nonsense = json!({"1": [[0, 99], [99, 0]], "5": [[u64::MAX, 3]], "x": []});
        let channels = json!({
            "1003": [[0, 99], [99, 0], [u32::MAX - 3, u32::MAX], [2, 3]],
            self.voice.to_string(): [[1, 1], [0, 4], [3, 9]],
        });
        let voice = self.voice;
        let stream = json!({"stream_key": format!("guild:{guild}:{voice}:{user}"), "paused": true});
        let payloads = [
            json!({"op": 1, "d": seq}),
            json!({"op": 40, "d": {"seq": seq}}),
            json!({"op": 6, "d": {"token": token(user), "session_id": session, "seq": seq}}),
            json!({"op": 3, "d": {"status": "idle", "activities": [{"name": "x", "type": 4}]}}),
            json!({"op": 3, "d": {"status": "invisible", "activities": [], "since": -1}}),
            json!({"op": 4, "d": {"guild_id": guild, "channel_id": voice}}),
            json!({"op": 4, "d": {"guild_id": guild, "channel_id": null}}),
            json!({"op": 4, "d": {"guild_id": null, "channel_id": null}}),
            json!({"op": 18, "d": {"guild_id": guild, "channel_id": voice}}),
            json!({"op": 19, "d": stream}),
            json!({"op": 20, "d": stream}),
            json!({"op": 22, "d": stream}),
            json!({"op": 8, "d": {"guild_id": guild, "query": "", "limit": seq}}),
            json!({"op": 8, "d": {"guild_id": [guild], "user_ids": [user, "0"], "nonce": "n"}}),
            json!({"op": 12, "d": [guild]}),
            json!({"op": 13, "d": {"channel_id": "1"}}),
            json!({"op": 14, "d": {"guild_id": guild, "channels": channels, "members": [user]}}),
            json!({"op": 14, "d": {"guild_id": guild, "channels": nonsense}}),
            json!({"op": 36, "d": {"guild_id": guild}}),
            json!({"op": 37, "d": {"subscriptions": {guild.to_string(): {"channels": channels}}}}),
            json!({"op": 31, "d": {"guild_ids": [guild]}}),
            json!({"op": 99}),
        ];
        let payload = self.dice.pick(&payloads).clone();
        match self.dice.roll(40) {
            0 => self.say(socket, &Value::Null),
            _ => self.say(socket, &payload),
        }
    }

    fn say(&mut self, socket: SocketId, payload: &Value) {
        let text = payload.to_string();
        self.give(registry::Input::Received {
            socket,
            command: Command::from_json(&text),
            bytes: text.len(),
        });
    }

    /// Answers a call, twice now and then, late or with a failure.
    fn answer(&mut self) {
        if self.calls.is_empty() {
            return;
        }
        let at = self.dice.roll(self.calls.len() as u64) as usize;
        let call = match self.dice.roll(6) {
            0 => self.calls[at].clone(),
            _ => self.calls.swap_remove(at),
        };
        let failure = self.dice.roll(6) == 0;
        let input = match (call, failure) {
            (Call::Identify { socket, .. }, true) => Input::Registry(registry::Input::Identified {
                socket,
                result: Err(IdentifyError::Failed),
            }),
            (Call::Guild(guild), true) => Input::GuildLoaded {
                guild,
                result: Err(LoadError::Failed),
            },
            (Call::Members { guild, request, .. }, true) => Input::MembersLoaded {
                guild,
                request,
                page: None,
            },
            (call, false) => self.world.answer(&call),
        };
        self.input(input);
    }

    /// Events as they were, with other kinds, for others, or of other shapes.
    fn publish(&mut self) {
        let mut event = self.dice.pick(&self.events).clone();
        if self.dice.roll(2) == 0 {
            event.kind = *self.dice.pick(EventKind::ALL);
        }
        let guild = *self.dice.pick(&self.guilds);
        let channel = Id::new(*self.dice.pick(&[0, 1, 1003, 1004, 1005]));
        let users = vec![*self.dice.pick(&self.users), Id::new(1)];
        let permissions = Permissions::all();
        event.audience = match self.dice.roll(8) {
            0 => Audience::Guild(guild),
            1 => Audience::Channel { guild, channel },
            2 => Audience::Holders {
                guild,
                channel: Some(channel),
                permissions,
            },
            3 => Audience::Private { channel, users },
            4 => Audience::Users(users),
            _ => event.audience,
        };
        let member = with_guild(&self.world.member(self.users[1]), guild).to_string();
        match self.dice.roll(10) {
            0 => event.data = "null".to_owned(),
            1 => event.data = "{}".to_owned(),
            2 => event.data = "[]".to_owned(),
            3 => event.data = member,
            4 => event.data.truncate(event.data.len() / 2),
            _ => {}
        }
        let first = self.published.saturating_sub(self.dice.roll(2));
        self.published = first + 1;
        let events = vec![event];
        self.input(Input::Published { first, events });
    }

    /// Answers to what nobody asked.
    fn unasked(&mut self) {
        let (guild, socket) = (*self.dice.pick(&self.guilds), self.socket());
        let result = Err(IdentifyError::Unauthorized);
        let empty = MembersPage {
            members: Vec::new(),
            member_count: u32::MAX,
        };
        match self.dice.roll(4) {
            0 => self.give(registry::Input::Identified { socket, result }),
            1 => self.input(Input::GuildLoaded {
                guild,
                result: Err(LoadError::Gone),
            }),
            2 => {
                let input = self.world.answer(&Call::Guild(guild));
                self.input(input);
            }
            _ => self.input(Input::MembersLoaded {
                guild,
                request: 1,
                page: Some(empty),
            }),
        }
    }

    fn restart(&mut self) {
        self.give(registry::Input::Shutdown);
        let hub = std::mem::replace(&mut self.world.hub, Hub::new(settings()));
        let saved = hub.save(self.world.now);
        // Nothing but what this version wrote is taken.
        assert!(Hub::restore(settings(), &saved[..saved.len() / 2], self.world.now).is_none());
        if let Some(hub) = Hub::restore(settings(), &saved, self.world.now) {
            self.world.hub = hub;
        }
        self.open.clear();
        self.calls.clear();
        self.published = 0;
    }

    fn give(&mut self, input: registry::Input) {
        self.input(Input::Registry(input));
    }

    fn input(&mut self, input: Input) {
        let mut effects = Vec::new();
        self.world.hub.handle(input, self.world.now, &mut effects);
        for effect in effects {
            match effect {
                Effect::Send { socket, frame } => {
                    assert!(self.open.contains(&socket), "{socket:?} is gone: {frame:?}");
                    self.heard += 1;
                }
                Effect::Close { socket, .. } => {
                    assert!(self.open.remove(&socket), "{socket:?} is closed twice");
                }
                Effect::Ask(Question::Identify { socket, token, .. }) => {
                    self.calls.push(Call::Identify { socket, token });
                }
                Effect::Ask(Question::Guild(guild)) => self.calls.push(Call::Guild(guild)),
                Effect::Ask(Question::Members {
                    guild,
                    request,
                    body,
                }) => self.calls.push(Call::Members {
                    guild,
                    request,
                    body,
                }),
                _ => {}
            }
        }
    }
}

#[test]
fn no_order_of_inputs_makes_the_gateway_panic() {
    let seeds = std::env::var("ANYTHING_SEEDS").ok();
    let seeds = seeds.and_then(|text| text.parse().ok()).unwrap_or(SEEDS);
    for seed in 1..=seeds {
        let run = std::panic::catch_unwind(|| {
            let mut chaos = Chaos::new(seed);
            for _ in 0..INPUTS {
                chaos.step();
            }
            chaos.heard
        });
        let heard = run.unwrap_or_else(|_| panic!("seed {seed}"));
        assert!(heard > INPUTS / 10, "seed {seed}: {heard} frames");
    }
}
