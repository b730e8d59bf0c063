//! The sessions registry and all guilds in one process.
//!
//! The hub carries messages between the registry and guilds in the order in which they were sent,
//! which keeps every stream in order.

mod calls;
mod snapshot;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use model::event::EventKind;
use model::gateway::CloseCode;
use model::gateway::internal::{GuildSnapshot, MembersPage};
use model::id::marker;
use model::{Event, Id, Timestamp};

use crate::guild::{self, Guild, LoadError};
use crate::ids::SocketId;
use crate::payload::Frame;
use crate::registry::{self, SessionRegistry, Settings};
pub use calls::Question;

type GuildId = Id<marker::Guild>;

/// What happens to the gateway.
#[derive(Debug)]
pub enum Input {
    /// Something about connections or sessions.
    Registry(registry::Input),
    /// Events were committed. They are numbered from `first` on; a number that was seen before is
    /// a repetition.
    Published {
        /// The number of the first event.
        first: u64,
        /// The events, in the order of their commits.
        events: Vec<Event>,
    },
    /// The answer to [`Question::Guild`].
    GuildLoaded {
        /// The guild.
        guild: GuildId,
        /// The answer.
        result: Result<Box<GuildSnapshot>, LoadError>,
    },
    /// The answer to [`Question::Members`].
    MembersLoaded {
        /// The guild.
        guild: GuildId,
        /// Which request it answers.
        request: u64,
        /// The answer, `None` when it failed.
        page: Option<MembersPage>,
    },
}

/// What the gateway wants done.
#[derive(Debug)]
pub enum Effect {
    /// Send to a connection.
    Send {
        /// The connection.
        socket: SocketId,
        /// What to send.
        frame: Frame,
    },
    /// Close a connection after what was sent to it.
    Close {
        /// The connection.
        socket: SocketId,
        /// Why.
        code: CloseCode,
    },
    /// Ask or tell an internal function. Its answer may be an [`Input`]: [`Question::answered`].
    Ask(Question),
    /// An event was not understood and not sent: log it.
    Malformed {
        /// The guild.
        guild: GuildId,
        /// The event's kind.
        kind: EventKind,
        /// What is wrong with it.
        reason: String,
    },
}

impl Effect {
    /// What sessions want of their host; `None` for what they tell a guild.
    pub fn of_registry(effect: registry::Effect) -> Option<Self> {
        Some(match effect {
            registry::Effect::Send { socket, frame } => Self::Send { socket, frame },
            registry::Effect::Close { socket, code } => Self::Close { socket, code },
            registry::Effect::Identify {
                socket,
                token,
                counts,
            } => Self::Ask(Question::Identify {
                socket,
                token,
                counts,
            }),
            registry::Effect::SessionsEnded { user } => Self::Ask(Question::SessionsEnded(user)),
            registry::Effect::Guild { .. } => return None,
        })
    }

    /// What a guild wants of its host; `None` for what it tells sessions.
    pub fn of_guild(guild: GuildId, effect: guild::Effect) -> Option<Self> {
        Some(match effect {
            guild::Effect::Load => Self::Ask(Question::Guild(guild)),
            guild::Effect::LoadMembers { request, body } => Self::Ask(Question::Members {
                guild,
                request,
                body,
            }),
            guild::Effect::Malformed { kind, reason } => Self::Malformed {
                guild,
                kind,
                reason,
            },
            guild::Effect::Tell(_) => return None,
        })
    }
}

enum Work {
    Registry(registry::Input),
    Guild(GuildId, guild::Input),
}

/// The gateway of one process.
#[derive(Debug)]
pub struct Hub {
    registry: SessionRegistry,
    guilds: BTreeMap<GuildId, Guild>,
    /// The number after the last event that was published.
    published: u64,
}

impl Hub {
    /// A gateway without connections.
    pub fn new(settings: Settings) -> Self {
        Self {
            registry: SessionRegistry::new(settings),
            guilds: BTreeMap::new(),
            published: 0,
        }
    }

    /// The connections and sessions.
    pub fn registry(&self) -> &SessionRegistry {
        &self.registry
    }

    /// The number of the next event that is published.
    pub fn published(&self) -> u64 {
        self.published
    }

    /// After when a tick does something, if nothing else happens.
    pub fn due(&self, now: Timestamp) -> Option<Timestamp> {
        let guilds = self.guilds.values().filter_map(|guild| guild.due(now));
        guilds.chain(self.registry.due()).min()
    }

    /// How many guilds are in memory.
    pub fn guilds(&self) -> usize {
        self.guilds.len()
    }

    /// Takes an input; adds to `effects` what is to be done, in order.
    pub fn handle(&mut self, input: Input, now: Timestamp, effects: &mut Vec<Effect>) {
        let mut work = VecDeque::new();
        match input {
            Input::Registry(registry::Input::Tick) => {
                let guilds = self.guilds.keys();
                work.extend(guilds.map(|id| Work::Guild(*id, guild::Input::Tick)));
                work.push_back(Work::Registry(registry::Input::Tick));
                self.run(work, now, effects);
                self.guilds.retain(|_, guild| !guild.is_idle(now));
                return;
            }
            Input::Registry(input) => work.push_back(Work::Registry(input)),
            Input::Published { first, events } => {
                for (number, event) in (first..).zip(events) {
                    if number >= self.published {
                        self.published = number + 1;
                        work.push_back(route(event));
                    }
                }
            }
            Input::GuildLoaded { guild, result } => {
                work.push_back(Work::Guild(guild, guild::Input::Loaded(result)));
            }
            Input::MembersLoaded {
                guild,
                request,
                page,
            } => {
                let input = guild::Input::MembersLoaded { request, page };
                work.push_back(Work::Guild(guild, input));
            }
        }
        self.run(work, now, effects);
    }

    fn run(&mut self, mut work: VecDeque<Work>, now: Timestamp, effects: &mut Vec<Effect>) {
        let mut from_registry = Vec::new();
        let mut from_guild = Vec::new();
        while let Some(next) = work.pop_front() {
            match next {
                Work::Registry(input) => {
                    self.registry.handle(input, now, &mut from_registry);
                    for effect in from_registry.drain(..) {
                        carry_out(effect, &mut work, effects);
                    }
                }
                Work::Guild(id, input) => {
                    let guild = self.guilds.entry(id).or_insert_with(|| Guild::new(id));
                    guild.handle(input, now, &mut from_guild);
                    for effect in from_guild.drain(..) {
                        pass_on(id, effect, &mut work, effects);
                    }
                }
            }
        }
    }
}

/// Finds whom an event is for.
fn route(event: Event) -> Work {
    match event.audience.guild() {
        Some(guild) => Work::Guild(guild, guild::Input::Publish(event)),
        None => Work::Registry(registry::Input::Publish(Arc::new(event))),
    }
}

fn carry_out(effect: registry::Effect, work: &mut VecDeque<Work>, effects: &mut Vec<Effect>) {
    match effect {
        registry::Effect::Guild { guild, message } => {
            work.push_back(Work::Guild(guild, guild::Input::Told(message)));
        }
        effect => effects.extend(Effect::of_registry(effect)),
    }
}

fn pass_on(
    guild: GuildId,
    effect: guild::Effect,
    work: &mut VecDeque<Work>,
    effects: &mut Vec<Effect>,
) {
    match effect {
        guild::Effect::Tell(message) => {
            work.push_back(Work::Registry(registry::Input::Guild { guild, message }));
        }
        effect => effects.extend(Effect::of_guild(guild, effect)),
    }
}
