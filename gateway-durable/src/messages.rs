//! What sessions and guilds tell each other.
//!
//! In one process these are handed over; between Durable Objects they travel as JSON, each once and
//! in their order ([`crate::durable::link`]).

use std::sync::Arc;

use model::event::{EventKind, VoiceStateUpdate};
use model::gateway::{
    GuildSubscription, Inquiry, RequestGuildMembers, StreamCommand, UpdateVoiceState,
};
use model::id::marker;
use model::{Id, Member, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ids::SessionId;
use crate::payload::Payload;
use crate::presence::Presence;
use crate::wants::Wants;

/// What sessions tell a guild.
#[derive(Debug, Serialize, Deserialize)]
pub enum ToGuild {
    /// A session wants to hear of the guild.
    Subscribe {
        /// The session.
        listener: Listener,
        /// The user's member as it was at `as_of`.
        member: Box<Member>,
        /// When `member` began to be read.
        as_of: Timestamp,
        /// What others see of the user.
        presence: Option<Arc<Presence>>,
        /// The user's friends.
        friends: Vec<Id<marker::User>>,
        /// Whether the user joined just now, rather than connected.
        joined: bool,
    },
    /// A session is gone.
    Unsubscribe {
        /// The session.
        session: SessionId,
        /// Whose it was.
        user: Id<marker::User>,
    },
    /// What others see of a member changed.
    Presence {
        /// The member.
        user: Id<marker::User>,
        /// The presence, `None` for offline.
        presence: Option<Arc<Presence>>,
    },
    /// A session wants to be in voice, or to leave it.
    Voice {
        /// The session.
        session: SessionId,
        /// Whose it is.
        user: Id<marker::User>,
        /// What it wants.
        update: UpdateVoiceState,
    },
    /// A session asks for members.
    RequestMembers {
        /// The session.
        session: SessionId,
        /// Whose it is.
        user: Id<marker::User>,
        /// What it asks.
        request: RequestGuildMembers,
    },
    /// A session asks something.
    Inquire {
        /// The session.
        session: SessionId,
        /// Whose it is.
        user: Id<marker::User>,
        /// What it asks.
        inquiry: Inquiry,
    },
    /// A session shares a screen, or watches one, or stops that.
    Stream {
        /// The session.
        session: SessionId,
        /// Whose it is.
        user: Id<marker::User>,
        /// What it wants.
        command: StreamCommand,
    },
    /// A session says what it shows of the guild.
    Show {
        /// The session.
        session: SessionId,
        /// Whose it is.
        user: Id<marker::User>,
        /// What it shows.
        subscription: GuildSubscription,
    },
}

/// What a guild tells sessions.
#[derive(Debug, Serialize, Deserialize)]
pub enum ToSessions {
    /// An event is to be sent.
    Deliver(Delivery),
    /// A session is subscribed, and this is what it sees.
    Available {
        /// The session.
        session: SessionId,
        /// The guild.
        view: View,
    },
    /// The guild cannot be had for now, or at all, by a session that subscribed.
    Unavailable {
        /// The session.
        session: SessionId,
        /// Whether it exists and the session stays subscribed.
        exists: bool,
    },
    /// A user became a member: sessions of theirs may subscribe.
    Joined {
        /// The user.
        user: Id<marker::User>,
        /// The member.
        member: Box<Member>,
        /// When that was known.
        at: Timestamp,
    },
    /// Sessions are no longer subscribed, since their user is no longer a member.
    Unsubscribed {
        /// The sessions.
        sessions: Vec<SessionId>,
    },
}

/// How a guild is written for a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Layout {
    /// As Discord documents GUILD_CREATE.
    Bot,
    /// As user clients get it in READY.
    User {
        /// Whether the guild's own fields are under `properties`.
        properties: bool,
        /// Whether READY has the members, so that the guild has none.
        dedupe: bool,
    },
}

/// A session that hears of a guild.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Listener {
    /// The session.
    pub session: SessionId,
    /// Whose it is.
    pub user: Id<marker::User>,
    /// Its events.
    pub wants: Wants,
    /// How the guild is written for it.
    pub layout: Layout,
    /// Members from which on the guild is sent without those that are offline.
    pub large_threshold: u64,
}

/// A guild as one session gets it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct View {
    /// The `d` of a GUILD_CREATE, or an entry of `guilds` in READY.
    pub payload: Payload,
    /// The session's own member.
    pub member: Arc<Member>,
    /// Other members that the session needs from the beginning: friends, and who is in voice.
    pub others: Vec<Arc<Member>>,
    /// The voice states that it sees.
    pub voice_states: Vec<VoiceStateUpdate<'static>>,
}

/// The sessions that an event is for, sorted, each once. Events that are for the same share it.
pub type Audience = Arc<[SessionId]>;

/// An event and the sessions that get it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Delivery {
    /// The sessions.
    pub to: Audience,
    /// The `t`.
    pub kind: EventKind,
    /// The `d`.
    pub payload: Payload,
}
