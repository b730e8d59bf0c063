//! What an object is the object of: sessions, or one guild.

use std::sync::Arc;

use model::id::marker;
use model::{Event, Id, Timestamp};
use serde::{Deserialize, Serialize};

use super::Address;
use super::snapshot::CoreSnapshot;
use crate::guild::{self, Guild};
use crate::hub::{Effect, Input};
use crate::json::to_json;
use crate::messages::{ToGuild, ToSessions};
use crate::registry::{self, SessionRegistry, Settings};

/// The core of an object.
#[derive(Debug)]
pub enum Core {
    /// Connections and sessions.
    Sessions(Box<SessionRegistry>),
    /// One guild.
    Guild(Box<Guild>),
}

/// What a core wants done, and what it tells other objects, as JSON.
#[derive(Debug, Default)]
pub struct Done {
    /// What the host is to do, in order.
    pub effects: Vec<Effect>,
    /// What is told to whom, in order.
    pub told: Vec<(Address, String)>,
}

impl Done {
    fn tell_guild(&mut self, guild: Id<marker::Guild>, message: &ForGuild) {
        let message = to_json(message);
        self.told.push((Address::Guild(guild), message));
    }
}

/// What the object of the sessions tells that of a guild.
#[derive(Serialize, Deserialize)]
enum ForGuild {
    /// What sessions want.
    Told(ToGuild),
    /// An event of the guild's, where all of them are read by the sessions' object: from functions
    /// of another host.
    Published(Event),
}

impl Core {
    /// A core of which nothing is known.
    pub fn new(address: Address, settings: Settings) -> Self {
        match address {
            Address::Sessions => Self::Sessions(Box::new(SessionRegistry::new(settings))),
            Address::Guild(id) => Self::Guild(Box::new(Guild::new(id))),
        }
    }

    /// After when a tick does something.
    pub fn due(&self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Sessions(registry) => registry.due(),
            Self::Guild(guild) => guild.due(now),
        }
    }

    /// Whether it is as good as new.
    pub fn is_idle(&self, now: Timestamp) -> bool {
        match self {
            Self::Sessions(_) => false,
            Self::Guild(guild) => guild.is_idle(now),
        }
    }

    /// Takes what the host has heard. What is another object's is none of this one's business.
    pub fn hear(&mut self, input: Input, now: Timestamp, done: &mut Done) {
        match (self, input) {
            (Self::Sessions(registry), Input::Registry(input)) => tend(registry, input, now, done),
            (Self::Sessions(registry), Input::Published { events, .. }) => {
                for event in events {
                    match event.audience.guild() {
                        Some(guild) => done.tell_guild(guild, &ForGuild::Published(event)),
                        None => tend(
                            registry,
                            registry::Input::Publish(Arc::new(event)),
                            now,
                            done,
                        ),
                    }
                }
            }
            (Self::Guild(guild), Input::Registry(registry::Input::Tick)) => {
                run(guild, guild::Input::Tick, now, done);
            }
            (Self::Guild(guild), Input::Published { events, .. }) => {
                for event in events {
                    run(guild, guild::Input::Publish(event), now, done);
                }
            }
            (Self::Guild(guild), Input::GuildLoaded { result, .. }) => {
                run(guild, guild::Input::Loaded(result), now, done);
            }
            (Self::Guild(guild), Input::MembersLoaded { request, page, .. }) => {
                let input = guild::Input::MembersLoaded { request, page };
                run(guild, input, now, done);
            }
            (Self::Guild(_), Input::Registry(_))
            | (Self::Sessions(_), Input::GuildLoaded { .. } | Input::MembersLoaded { .. }) => {}
        }
    }

    /// Takes what another object tells. What cannot be read was written by another version, whose
    /// envelopes are not read either.
    pub fn told(&mut self, from: Address, message: &str, now: Timestamp, done: &mut Done) {
        match (self, from) {
            (Self::Sessions(registry), Address::Guild(guild)) => {
                if let Ok(message) = serde_json::from_str::<ToSessions>(message) {
                    tend(
                        registry,
                        registry::Input::Guild { guild, message },
                        now,
                        done,
                    );
                }
            }
            (Self::Guild(guild), Address::Sessions) => {
                let input = match serde_json::from_str(message) {
                    Ok(ForGuild::Told(message)) => guild::Input::Told(message),
                    Ok(ForGuild::Published(event)) => guild::Input::Publish(event),
                    Err(_) => return,
                };
                run(guild, input, now, done);
            }
            (Self::Sessions(_), Address::Sessions) | (Self::Guild(_), Address::Guild(_)) => {}
        }
    }

    /// Another object forgot everything.
    pub fn forgotten_by(&mut self, other: Address, now: Timestamp, done: &mut Done) {
        match (self, other) {
            (Self::Sessions(registry), Address::Guild(guild)) => {
                tend(registry, registry::Input::Forgotten { guild }, now, done);
            }
            (Self::Guild(guild), _) => run(guild, guild::Input::Forgotten, now, done),
            (Self::Sessions(_), Address::Sessions) => {}
        }
    }

    /// Everything as it is, if nothing is under way that could not be written down.
    pub fn save(&self, now: Timestamp) -> Option<CoreSnapshot> {
        match self {
            Self::Sessions(registry) => registry
                .is_quiet()
                .then(|| CoreSnapshot::Sessions(registry.save(|_| true, now))),
            Self::Guild(guild) => Some(CoreSnapshot::Guild(Box::new(guild.snapshot()?))),
        }
    }

    /// What was saved, if it is of such a core.
    pub fn restore(address: Address, settings: Settings, saved: CoreSnapshot) -> Option<Self> {
        Some(match (address, saved) {
            (Address::Sessions, CoreSnapshot::Sessions(saved)) => {
                Self::Sessions(Box::new(SessionRegistry::restore(settings, saved)?))
            }
            (Address::Guild(id), CoreSnapshot::Guild(saved)) => {
                Self::Guild(Box::new(Guild::restore(id, *saved)))
            }
            (Address::Sessions, CoreSnapshot::Guild(_))
            | (Address::Guild(_), CoreSnapshot::Sessions(_)) => return None,
        })
    }
}

fn tend(registry: &mut SessionRegistry, input: registry::Input, now: Timestamp, done: &mut Done) {
    let mut effects = Vec::new();
    registry.handle(input, now, &mut effects);
    for effect in effects {
        match effect {
            registry::Effect::Guild { guild, message } => {
                done.tell_guild(guild, &ForGuild::Told(message));
            }
            effect => done.effects.extend(Effect::of_registry(effect)),
        }
    }
}

fn run(guild: &mut Guild, input: guild::Input, now: Timestamp, done: &mut Done) {
    let mut effects = Vec::new();
    guild.handle(input, now, &mut effects);
    for effect in effects {
        match effect {
            guild::Effect::Tell(message) => {
                let message = to_json(&message);
                done.told.push((Address::Sessions, message));
            }
            effect => done.effects.extend(Effect::of_guild(guild.id(), effect)),
        }
    }
}
