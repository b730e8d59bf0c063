//! Snapshots of a gateway: its connections and sessions, and their guilds. A process writes one
//! snapshot of all; each Durable Object writes its own.
//!
//! A process that stops in order closes its connections first. The next process continues from the
//! snapshot, and clients resume as if only their connections had been lost. An object that
//! hibernates keeps its connections.

use std::collections::HashMap;
use std::sync::Arc;

use model::event::EventKind;
use model::gateway::internal::GuildSnapshot;
use model::gateway::{Activity, ClientKind, GuildSubscription, Status};
use model::id::marker;
use model::{Id, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ids::{SessionId, SocketId};
use crate::member_log::MemberLog;
use crate::messages::{Audience, Listener};
use crate::payload::{Body, Payload};
use crate::presence::Presence;
use crate::transport::Transport;

/// The format that this version writes and reads. It reads no other.
pub const FORMAT: u32 = 8;

/// Everything of one process.
#[derive(Debug, Serialize, Deserialize)]
pub struct ProcessSnapshot {
    /// [`FORMAT`].
    pub format: u32,
    /// The sessions.
    pub sessions: RegistrySnapshot,
    /// The guilds that they hear of.
    pub guilds: Vec<LiveGuildSnapshot>,
}

/// Connections and sessions.
#[derive(Debug, Serialize, Deserialize)]
pub struct RegistrySnapshot {
    /// When they were written.
    pub at: Timestamp,
    /// The connections.
    pub connections: Vec<ConnectionSnapshot>,
    /// The bodies of events, each once however many sessions keep it.
    pub bodies: Vec<Box<str>>,
    /// The audiences of events: numbers of sessions, ascending.
    pub audiences: Vec<Vec<u32>>,
    /// The sessions that can be resumed.
    pub sessions: Vec<SessionSnapshot>,
    /// The number of the last event.
    pub last: u64,
    /// The number below which events are forgotten.
    pub horizon: u64,
    /// What guilds sent lately.
    pub history: Vec<RingSnapshot>,
}

/// What a guild sent lately.
#[derive(Debug, Serialize, Deserialize)]
pub struct RingSnapshot {
    /// The guild.
    pub guild: Id<marker::Guild>,
    /// The number below which its events are forgotten.
    pub floor: u64,
    /// Its events, each with the number of its audience.
    pub events: Vec<(EventSnapshot, usize)>,
}

/// One event.
#[derive(Debug, Serialize, Deserialize)]
pub struct EventSnapshot {
    /// Its number among all events.
    pub number: u64,
    /// When it was sent.
    pub at: Timestamp,
    /// Its kind.
    pub kind: EventKind,
    /// What only its receiver gets.
    pub own: Option<Box<str>>,
    /// The number of its body.
    pub body: usize,
}

/// A guild and who hears of it.
#[derive(Debug, Serialize, Deserialize)]
pub struct GuildObjectSnapshot {
    /// The guild, if anybody does.
    pub guild: Option<LiveGuildSnapshot>,
    /// The sessions.
    pub listeners: Vec<Listener>,
    /// What is seen of those of its members who are not offline.
    pub presences: Vec<Arc<Presence>>,
    /// Who joined, changed or left just now.
    pub log: MemberLog,
}

/// One connection.
#[derive(Debug, Serialize, Deserialize)]
pub struct ConnectionSnapshot {
    /// The connection.
    pub socket: SocketId,
    /// How it is spoken to.
    pub transport: Transport,
    /// The name that its session has or will have.
    pub session: String,
    /// How far it is.
    pub stage: StageSnapshot,
}

/// How far a connection is about which nothing is being looked up.
#[derive(Debug, Serialize, Deserialize)]
pub enum StageSnapshot {
    /// It has neither identified nor resumed, and is closed then.
    Greeting(Timestamp),
    /// It carries a session, perhaps not the one that it would have begun; of a bot or not.
    Live(String, bool),
}

/// Where a session's events go.
#[derive(Debug, Serialize, Deserialize)]
pub enum LinkSnapshot {
    /// To this connection.
    Attached(SocketId),
    /// Nowhere, since then.
    Detached(Timestamp),
}

/// One session.
#[derive(Debug, Serialize, Deserialize)]
pub struct SessionSnapshot {
    /// Its name.
    pub id: String,
    /// Whose it is.
    pub user: Id<marker::User>,
    /// SHA-256 of its token.
    pub token_hash: [u8; 32],
    /// The public name of the token.
    pub auth_hash: Box<str>,
    /// Whether it is a bot's.
    pub bot: bool,
    /// The bits of its intents; none for everything.
    pub intents: Option<u64>,
    /// Which shard it is, of how many.
    pub shard: (u32, u32),
    /// The version of the API.
    pub version: u8,
    /// The bits of its capabilities.
    pub capabilities: u64,
    /// As it identified.
    pub large_threshold: u64,
    /// The operating system its client named.
    pub os: Box<str>,
    /// Its status.
    pub status: Status,
    /// Its activities.
    pub activities: Vec<Activity>,
    /// Where it runs.
    pub client: ClientKind,
    /// Where its events go.
    pub link: LinkSnapshot,
    /// Whether it counts for what others see of its user.
    pub shown: bool,
    /// Whether its token must be looked up before it is resumed.
    pub unverified: bool,
    /// The guilds it hears of.
    pub guilds: Vec<Id<marker::Guild>>,
    /// The friends of its user, if it is not a bot's.
    pub friends: Option<Vec<Id<marker::User>>>,
    /// Guilds that it heard of, each until the event with this number.
    pub former_guilds: Vec<(Id<marker::Guild>, u64)>,
    /// The last sequence number.
    pub seq: u64,
    /// The number of the first event that is not in `seq`, while it has no connection.
    pub missing_from: u64,
    /// The number below which what only it was sent is forgotten.
    pub floor: u64,
    /// What only it was sent, in order, with the sequence numbers.
    pub events: Vec<(EventSnapshot, Option<u64>)>,
}

/// One guild.
#[derive(Debug, Serialize, Deserialize)]
pub struct LiveGuildSnapshot {
    /// The guild, with those members that are known.
    pub snapshot: GuildSnapshot,
    /// Whether these are all members.
    pub complete: bool,
    /// The version that clients are told.
    pub version: u64,
    /// Members whose GUILD_MEMBER_ADD may still come.
    pub learned: Vec<Id<marker::User>>,
    /// Who is in voice.
    pub voice: Vec<VoiceSnapshot>,
    /// Who shares their screen.
    pub streams: Vec<StreamSnapshot>,
    /// What sessions show of it, by their names and users.
    pub shown: Vec<(String, Id<marker::User>, GuildSubscription)>,
}

/// A member in voice.
#[derive(Debug, Serialize, Deserialize)]
pub struct VoiceSnapshot {
    /// The member.
    pub user: Id<marker::User>,
    /// The session that joined.
    pub session: String,
    /// The channel.
    pub channel: Id<marker::Channel>,
    /// Whether they muted themselves.
    pub self_mute: bool,
    /// Whether they deafened themselves.
    pub self_deaf: bool,
    /// Whether they show themselves.
    pub self_video: bool,
}

/// A screen that is shared.
#[derive(Debug, Serialize, Deserialize)]
pub struct StreamSnapshot {
    /// Whose it is.
    pub user: Id<marker::User>,
    /// The session that shares it.
    pub session: String,
    /// The channel.
    pub channel: Id<marker::Channel>,
    /// Whether it is paused.
    pub paused: bool,
    /// The sessions that watch it, and whose they are.
    pub viewers: Vec<(String, Id<marker::User>)>,
}

/// Numbers bodies, so that those that are shared stay shared.
#[derive(Debug, Default)]
pub struct Bodies {
    numbers: HashMap<*const Body, usize>,
    texts: Vec<Box<str>>,
}

impl Bodies {
    /// The event as it is saved.
    pub fn event(
        &mut self,
        number: u64,
        at: Timestamp,
        kind: EventKind,
        payload: &Payload,
    ) -> EventSnapshot {
        let body = *self
            .numbers
            .entry(Arc::as_ptr(&payload.shared))
            .or_insert_with(|| {
                self.texts.push(payload.shared.json().into());
                self.texts.len() - 1
            });
        EventSnapshot {
            number,
            at,
            kind,
            own: payload.own.as_deref().map(Into::into),
            body,
        }
    }

    /// The texts, by their numbers.
    pub fn into_texts(self) -> Vec<Box<str>> {
        self.texts
    }
}

impl EventSnapshot {
    /// What was sent, if its body is among these.
    pub fn payload(&self, bodies: &[Arc<Body>]) -> Option<Payload> {
        Some(Payload {
            own: self.own.as_deref().map(Arc::from),
            shared: Arc::clone(bodies.get(self.body)?),
        })
    }
}

/// Numbers audiences, of the sessions that are saved.
#[derive(Debug, Default)]
pub struct Audiences {
    sessions: HashMap<SessionId, u32>,
    numbers: HashMap<*const SessionId, usize>,
    lists: Vec<Vec<u32>>,
}

impl Audiences {
    /// Audiences among these sessions, which are saved in this order.
    pub fn among(sessions: impl Iterator<Item = SessionId>) -> Self {
        Self {
            sessions: sessions.zip(0..).collect(),
            ..Self::default()
        }
    }

    /// The number of an audience, which must stay in memory meanwhile; `None` if nobody is left of
    /// it.
    pub fn number(&mut self, to: &Audience) -> Option<usize> {
        let (sessions, lists) = (&self.sessions, &mut self.lists);
        let number = *self.numbers.entry(to.as_ptr()).or_insert_with(|| {
            let known = to.iter().filter_map(|id| sessions.get(id).copied());
            lists.push(known.collect());
            lists.len() - 1
        });
        let list = self.lists.get(number)?;
        (!list.is_empty()).then_some(number)
    }

    /// The lists, by their numbers.
    pub fn into_lists(self) -> Vec<Vec<u32>> {
        self.lists
    }
}
