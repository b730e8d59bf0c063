//! One guild: its roles and channels, who of its members is connected, and who hears what.
//!
//! A guild is cold until a session subscribes. Then it is loaded by an internal function, and what
//! arrives meanwhile waits. Changes that waited are applied before anybody is let in: the snapshot
//! may have them or not, and events carry whole objects, so afterwards the state is the newest of
//! both. Let in one by one, subscribers could see a mixture that never was.

mod content;
mod inquiries;
mod live;
mod log;
mod members;
mod restart;
pub mod roster;
mod state;
mod streams;
mod timers;
mod views;
mod voice;
mod waiting;

use std::sync::Arc;

use model::event::EventKind;
use model::gateway::internal::{GuildSnapshot, MembersPage, MembersRequest};
use model::gateway::{
    GuildSubscription, Inquiry, RequestGuildMembers, StreamCommand, UpdateVoiceState,
};
use model::id::marker;
use model::{Event, Id, Member, Timestamp};

use crate::ids::SessionId;
use crate::inbox::{Inbox, Stamp};
use crate::payload::Payload;
use crate::presence::Presence;
use crate::session::Wants;
use live::Live;
pub(crate) use live::to_json;
use log::MemberLog;
use waiting::{changes_state, subscriber, subscribes};

/// How long a guild waits before it is loaded again after a failure.
const RELOAD_MS: i64 = 2_000;

/// How a guild is written for a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

/// A session that hears of the guild.
#[derive(Debug, Clone)]
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
#[derive(Debug, Clone)]
pub struct View {
    /// The `d` of a GUILD_CREATE, or an entry of `guilds` in READY.
    pub payload: Payload,
    /// The session's own member.
    pub member: Arc<Member>,
    /// Other members that the session needs from the beginning: friends, and who is in voice.
    pub others: Vec<Arc<Member>>,
    /// The voice states that it sees, as JSON.
    pub voice_states: Vec<String>,
}

/// What happens to a guild.
#[derive(Debug)]
pub enum Input {
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
    /// A function published an event of the guild.
    Publish {
        /// Its place among the guild's events.
        stamp: Stamp,
        /// The event.
        event: Event,
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
    /// The answer to [`Effect::Load`].
    Loaded(Result<Box<GuildSnapshot>, LoadError>),
    /// The answer to [`Effect::LoadMembers`]; `None` when it failed.
    MembersLoaded {
        /// Which request it answers.
        request: u64,
        /// The answer.
        page: Option<MembersPage>,
    },
    /// Time passed.
    Tick,
}

/// Why a guild was not loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadError {
    /// It does not exist.
    Gone,
    /// It could not be asked for; it will be tried again.
    Failed,
}

/// What a guild wants done.
#[derive(Debug)]
pub enum Effect {
    /// Ask the internal function for the guild's snapshot.
    Load,
    /// Ask the internal function for members.
    LoadMembers {
        /// To be repeated in the answer.
        request: u64,
        /// What to ask.
        body: MembersRequest,
    },
    /// Send an event to sessions.
    Deliver(Delivery),
    /// A session is subscribed, and this is what it sees.
    Available {
        /// The session.
        session: SessionId,
        /// The guild.
        view: View,
        /// Whether the user joined just now, rather than connected.
        joined: bool,
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
    },
    /// Sessions are no longer subscribed, since their user is no longer a member.
    Left {
        /// The sessions.
        sessions: Vec<SessionId>,
    },
    /// An event could not be read. It was not applied and not sent: a fault of the publisher.
    Malformed {
        /// Its kind.
        kind: EventKind,
        /// What is wrong with it.
        reason: String,
    },
}

/// An event and the sessions that get it.
#[derive(Debug)]
pub struct Delivery {
    /// The sessions, each once.
    pub to: Vec<SessionId>,
    /// The `t`.
    pub kind: EventKind,
    /// The `d`.
    pub payload: Payload,
}

#[derive(Debug)]
enum Phase {
    /// Nobody is subscribed.
    Cold,
    /// Being loaded; inputs wait.
    Loading {
        waiting: Vec<Input>,
        /// When to try again, after a failure.
        retry_at: Option<Timestamp>,
    },
    /// Known.
    Live(Box<Live>),
}

/// The state of one guild.
#[derive(Debug)]
pub struct Guild {
    id: Id<marker::Guild>,
    phase: Phase,
    log: MemberLog,
    inbox: Inbox<Event>,
}

impl Guild {
    /// A guild of which nothing is known.
    pub fn new(id: Id<marker::Guild>) -> Self {
        Self {
            id,
            phase: Phase::Cold,
            log: MemberLog::default(),
            inbox: Inbox::default(),
        }
    }

    /// Whether the guild can be forgotten: it would be the same when made anew.
    pub fn is_idle(&self, now: Timestamp) -> bool {
        matches!(self.phase, Phase::Cold) && self.log.is_empty(now)
    }

    /// Takes an input; adds to `effects` what is to be done.
    pub fn handle(&mut self, input: Input, now: Timestamp, effects: &mut Vec<Effect>) {
        match input {
            Input::Publish { stamp, event } => {
                for event in self.inbox.offer(stamp, event) {
                    self.publish(event, stamp, now, effects);
                }
            }
            Input::Loaded(result) => self.loaded(result, now, effects),
            Input::Tick => self.tick(now, effects),
            other => self.forward(other, now, effects),
        }
    }

    fn publish(&mut self, event: Event, stamp: Stamp, now: Timestamp, effects: &mut Vec<Effect>) {
        self.log.record(&event, now);
        match &mut self.phase {
            Phase::Cold => effects.extend(live::joined(&event)),
            _ => self.forward(Input::Publish { stamp, event }, now, effects),
        }
    }

    /// Lets the phase handle an input that is in order.
    fn forward(&mut self, input: Input, now: Timestamp, effects: &mut Vec<Effect>) {
        match &mut self.phase {
            Phase::Cold => {
                if matches!(input, Input::Subscribe { .. }) {
                    effects.push(Effect::Load);
                    self.phase = Phase::Loading {
                        waiting: vec![input],
                        retry_at: None,
                    };
                }
            }
            Phase::Loading { waiting, .. } => {
                if let Input::Unsubscribe { session, .. } = &input {
                    waiting.retain(|earlier| !subscribes(earlier, *session));
                }
                waiting.push(input);
            }
            Phase::Live(live) => {
                live.handle(input, &self.log, now, effects);
                if live.is_deserted() {
                    self.phase = Phase::Cold;
                }
            }
        }
    }

    fn loaded(
        &mut self,
        result: Result<Box<GuildSnapshot>, LoadError>,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let Phase::Loading { waiting, retry_at } = &mut self.phase else {
            return;
        };
        let exists = match &result {
            Err(LoadError::Failed) => true,
            Ok(_) | Err(LoadError::Gone) => false,
        };
        if exists {
            *retry_at = Some(now.plus_millis(RELOAD_MS));
        }
        match result {
            Ok(snapshot) => {
                let (changes, rest): (Vec<_>, Vec<_>) =
                    std::mem::take(waiting).into_iter().partition(changes_state);
                self.phase = Phase::Live(Box::new(Live::new(self.id, *snapshot)));
                let Phase::Live(live) = &mut self.phase else {
                    return;
                };
                for input in changes.into_iter().chain(rest) {
                    live.handle(input, &self.log, now, effects);
                }
            }
            Err(_) => {
                let sessions = waiting.iter().filter_map(subscriber);
                effects.extend(sessions.map(|session| Effect::Unavailable { session, exists }));
                if !exists {
                    self.phase = Phase::Cold;
                }
            }
        }
        if matches!(&self.phase, Phase::Live(live) if live.is_deserted()) {
            self.phase = Phase::Cold;
        }
    }
}
