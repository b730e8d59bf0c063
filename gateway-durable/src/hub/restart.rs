//! From one process to the next, and from one memory to the next.

use std::collections::BTreeMap;

use model::Timestamp;

use super::Hub;
use crate::bucket::{Bucket, Settings};
use crate::guild::Guild;
use crate::saved::{Bodies, FORMAT, Saved};

impl Hub {
    /// Ends everything that does not outlive the process, and writes down what does. Meant for
    /// after [`bucket::Input::Shutdown`](crate::bucket::Input::Shutdown), when nothing will be
    /// published any more.
    pub fn save(mut self, now: Timestamp) -> Vec<u8> {
        self.hang_up(now);
        self.write(now)
    }

    /// Continues where [`Self::save`] ended. Clients come back over new connections, and events are
    /// numbered from 0 again. `None` when it is not what this version writes.
    pub fn restore(settings: Settings, saved: &[u8], now: Timestamp) -> Option<Self> {
        let mut hub = Self::revive(settings, saved)?;
        hub.bucket.arrive(now);
        hub.published = 0;
        Some(hub)
    }

    /// Everything as it is, if nothing is under way that could not be written down.
    pub fn snapshot(&self, now: Timestamp) -> Option<Vec<u8>> {
        let quiet = self.bucket.is_quiet() && self.guilds.values().all(Guild::is_quiet);
        quiet.then(|| self.write(now))
    }

    /// The gateway as it was when [`Self::snapshot`] was written. `None` when it is not what this
    /// version writes.
    pub fn revive(settings: Settings, saved: &[u8]) -> Option<Self> {
        let saved: Saved = serde_json::from_slice(saved).ok()?;
        if saved.format != FORMAT {
            return None;
        }
        let guilds = saved.guilds.into_iter().map(Guild::restore);
        let mut guilds: BTreeMap<_, _> = guilds.map(|guild| (guild.id(), guild)).collect();
        let mut bucket = Bucket::new(settings);
        bucket.reconnect(saved.connections, saved.at)?;
        let listeners = bucket.restore(saved.sessions, saved.bodies, saved.at)?;
        for (id, listener, presence) in listeners {
            guilds.get_mut(&id)?.readmit(listener, presence);
        }
        Some(Self {
            bucket,
            guilds,
            published: saved.published,
        })
    }

    fn write(&self, now: Timestamp) -> Vec<u8> {
        let mut bodies = Bodies::default();
        let live = |guild: &_| self.guilds.get(guild).is_some_and(Guild::is_live);
        let sessions = self.bucket.save(live, &mut bodies);
        let saved = Saved {
            format: FORMAT,
            at: now,
            published: self.published,
            connections: self.bucket.connected(),
            bodies: bodies.into_texts(),
            sessions,
            guilds: self.guilds.values().filter_map(Guild::save).collect(),
        };
        // Only maps with keys that are not text have no JSON, and nothing saved is one.
        serde_json::to_vec(&saved).unwrap_or_default()
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
            let input = crate::bucket::Input::Guild { guild, effect };
            // The connections are closed: what is sent is kept for the resume.
            self.bucket.handle(input, now, &mut Vec::new());
        }
    }
}
