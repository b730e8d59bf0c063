//! What outlives a process that stops in order: its sessions, and the guilds they hear of.
//!
//! Nothing happens while the process is away, so the next one continues where it ended, and
//! clients resume as if only their connections had been lost.

use std::collections::HashMap;
use std::sync::Arc;

use model::Id;
use model::event::EventKind;
use model::gateway::internal::GuildSnapshot;
use model::gateway::{Activity, ClientKind, GuildSubscription, Status};
use model::id::marker;
use serde::{Deserialize, Serialize};

use crate::payload::{Body, Payload};

/// The form in which this version writes. What another one wrote is not read.
pub const FORMAT: u32 = 2;

/// Everything.
#[derive(Debug, Serialize, Deserialize)]
pub struct Saved {
    /// [`FORMAT`].
    pub format: u32,
    /// The bodies of events, each once however many sessions keep it.
    pub bodies: Vec<Box<str>>,
    /// The sessions that can be resumed.
    pub sessions: Vec<SavedSession>,
    /// The guilds that sessions hear of.
    pub guilds: Vec<SavedGuild>,
}

/// One session.
#[derive(Debug, Serialize, Deserialize)]
pub struct SavedSession {
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
    /// The guilds it hears of.
    pub guilds: Vec<Id<marker::Guild>>,
    /// The friends of its user, if it is not a bot's.
    pub friends: Option<Vec<Id<marker::User>>>,
    /// The sequence number of the first event that is kept.
    pub first: u64,
    /// The events that are kept, in order.
    pub events: Vec<SavedEvent>,
}

/// One event of a session: its kind, what only this session gets, and the number of its body.
pub type SavedEvent = (EventKind, Option<Box<str>>, usize);

/// One guild.
#[derive(Debug, Serialize, Deserialize)]
pub struct SavedGuild {
    /// The guild, with those members that are known.
    pub snapshot: GuildSnapshot,
    /// Whether these are all members.
    pub complete: bool,
    /// The version that clients are told.
    pub version: u64,
    /// Members whose GUILD_MEMBER_ADD may still come.
    pub learned: Vec<Id<marker::User>>,
    /// What sessions show of it, by their names and users.
    pub shown: Vec<(String, Id<marker::User>, GuildSubscription)>,
}

/// Numbers bodies, so that those that are shared stay shared.
#[derive(Debug, Default)]
pub struct Bodies {
    numbers: HashMap<*const Body, usize>,
    texts: Vec<Box<str>>,
}

impl Bodies {
    /// The event as it is saved.
    pub fn event(&mut self, kind: EventKind, payload: &Payload) -> SavedEvent {
        let number = *self
            .numbers
            .entry(Arc::as_ptr(&payload.shared))
            .or_insert_with(|| {
                self.texts.push(payload.shared.json().into());
                self.texts.len() - 1
            });
        (kind, payload.own.as_deref().map(Into::into), number)
    }

    /// The texts, by their numbers.
    pub fn into_texts(self) -> Vec<Box<str>> {
        self.texts
    }
}
