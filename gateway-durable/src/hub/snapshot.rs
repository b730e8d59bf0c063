//! From one process to the next.

use std::collections::BTreeMap;

use model::Timestamp;

use super::Hub;
use crate::guild::{self, Guild};
use crate::registry::{self, SessionRegistry, Settings};
use crate::snapshot::{FORMAT, ProcessSnapshot};

impl Hub {
    /// Ends everything that does not outlive the process, and writes down what does. Meant for
    /// after [`registry::Input::Shutdown`], when nothing will be published any more.
    pub fn save(mut self, now: Timestamp) -> Vec<u8> {
        self.hang_up(now);
        let live = |guild: &_| self.guilds.get(guild).is_some_and(Guild::is_live);
        let saved = ProcessSnapshot {
            format: FORMAT,
            sessions: self.registry.save(live, now),
            guilds: self.guilds.values().filter_map(Guild::save).collect(),
        };
        // Only maps with keys that are not text have no JSON, and nothing saved is one.
        serde_json::to_vec(&saved).unwrap_or_default()
    }

    /// Continues where [`Self::save`] ended. Clients come back over new connections, and events are
    /// numbered from 0 again. `None` when it is not what this version writes.
    pub fn restore(settings: Settings, saved: &[u8], now: Timestamp) -> Option<Self> {
        let saved: ProcessSnapshot = serde_json::from_slice(saved).ok()?;
        if saved.format != FORMAT {
            return None;
        }
        let guilds = saved.guilds.into_iter().map(Guild::from_snapshot);
        let mut guilds: BTreeMap<_, _> = guilds.map(|guild| (guild.id(), guild)).collect();
        let left = saved.sessions.at;
        let mut registry = SessionRegistry::restore(settings, saved.sessions)?;
        for (id, listener, presence) in registry.listeners() {
            guilds.get_mut(&id)?.readmit(listener, presence);
        }
        registry.arrive(left, now);
        Some(Self {
            registry,
            guilds,
            published: 0,
        })
    }

    /// Voice does not outlive the process: everyone leaves, which clients learn as they resume.
    fn hang_up(&mut self, now: Timestamp) {
        let mut told = Vec::new();
        for (id, guild) in &mut self.guilds {
            let mut effects = Vec::new();
            guild.hang_up(&mut effects);
            told.extend(effects.into_iter().map(|effect| (*id, effect)));
        }
        for (guild, effect) in told {
            let guild::Effect::Tell(message) = effect else {
                continue;
            };
            let input = registry::Input::Guild { guild, message };
            // The connections are closed: what is sent is kept for the resume.
            self.registry.handle(input, now, &mut Vec::new());
        }
    }
}
