//! One guild: its roles and channels, who of its members is connected, and who hears what.
//!
//! A guild is cold until a session subscribes. Then it is loaded by an internal function, and what
//! arrives meanwhile waits. Changes that waited are applied before anybody is let in: the snapshot
//! may have them or not, and events carry whole objects, so afterwards the state is the newest of
//! both. Let in one by one, subscribers could see a mixture that never was.

mod content;
mod live;
mod snapshot;
mod state;
mod timers;
mod waiting;

use model::event::EventKind;
use model::gateway::internal::{GuildSnapshot, MembersPage, MembersRequest};
use model::id::marker;
use model::{Event, Id, Timestamp};

use crate::member_log::MemberLog;
use crate::messages::{ToGuild, ToSessions};
use live::Live;
pub use live::roster;
use waiting::{changes_state, subscriber, subscribes};

/// How long a guild waits before it is loaded again after a failure.
const RELOAD_MS: i64 = 2_000;

/// What happens to a guild.
#[derive(Debug)]
pub enum Input {
    /// Sessions tell it something.
    Told(ToGuild),
    /// A function published an event of the guild.
    Publish(Event),
    /// The answer to [`Effect::Load`].
    Loaded(Result<Box<GuildSnapshot>, LoadError>),
    /// The answer to [`Effect::LoadMembers`]; `None` when it failed.
    MembersLoaded {
        /// Which request it answers.
        request: u64,
        /// The answer.
        page: Option<MembersPage>,
    },
    /// The sessions are forgotten, all of them, with what they wanted.
    Forgotten,
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
    /// Tell sessions something.
    Tell(ToSessions),
    /// An event could not be read. It was not applied and not sent: a fault of the publisher.
    Malformed {
        /// Its kind.
        kind: EventKind,
        /// What is wrong with it.
        reason: String,
    },
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
}

impl Guild {
    /// A guild of which nothing is known.
    pub fn new(id: Id<marker::Guild>) -> Self {
        Self {
            id,
            phase: Phase::Cold,
            log: MemberLog::default(),
        }
    }

    /// Whether the guild can be forgotten: it would be the same when made anew.
    pub fn is_idle(&self, now: Timestamp) -> bool {
        matches!(self.phase, Phase::Cold) && self.log.is_empty(now)
    }

    /// Takes an input; adds to `effects` what is to be done.
    pub fn handle(&mut self, input: Input, now: Timestamp, effects: &mut Vec<Effect>) {
        match input {
            Input::Publish(event) => self.publish(event, now, effects),
            Input::Loaded(result) => self.loaded(result, now, effects),
            Input::Forgotten => self.phase = Phase::Cold,
            Input::Tick => self.tick(now, effects),
            other => self.forward(other, now, effects),
        }
    }

    fn publish(&mut self, event: Event, now: Timestamp, effects: &mut Vec<Effect>) {
        self.log.record(&event, now);
        match &mut self.phase {
            Phase::Cold => effects.extend(live::joined(&event, now)),
            _ => self.forward(Input::Publish(event), now, effects),
        }
    }

    /// Lets the phase handle an input that is in order.
    fn forward(&mut self, input: Input, now: Timestamp, effects: &mut Vec<Effect>) {
        match &mut self.phase {
            Phase::Cold => {
                if subscriber(&input).is_some() {
                    effects.push(Effect::Load);
                    self.phase = Phase::Loading {
                        waiting: vec![input],
                        retry_at: None,
                    };
                }
            }
            Phase::Loading { waiting, .. } => {
                if let Input::Told(ToGuild::Unsubscribe { session, .. }) = &input {
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
                let told = sessions.map(|session| ToSessions::Unavailable { session, exists });
                effects.extend(told.map(Effect::Tell));
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
