//! The sessions that hear a guild at once: those that have a connection.

use std::collections::{BTreeMap, BTreeSet};

use super::GuildId;
use crate::ids::SessionId;

/// How many times more sessions of a guild may be connected than an event is for before they are
/// not gone through one by one.
const FEW: usize = 16;

/// Connected sessions by the guilds that they hear of.
#[derive(Debug, Default)]
pub struct Attentive {
    guilds: BTreeMap<GuildId, BTreeSet<SessionId>>,
}

impl Attentive {
    /// A connected session hears of a guild from now on.
    pub fn add(&mut self, guild: GuildId, id: SessionId) {
        self.guilds.entry(guild).or_default().insert(id);
    }

    /// A session does not hear of a guild any more, or not at once.
    pub fn remove(&mut self, guild: GuildId, id: SessionId) {
        if let Some(sessions) = self.guilds.get_mut(&guild) {
            sessions.remove(&id);
            if sessions.is_empty() {
                self.guilds.remove(&guild);
            }
        }
    }

    /// Those of the sessions `to`, which are sorted, that have a connection. Those that have none
    /// cost next to nothing.
    pub fn among(&self, guild: GuildId, to: &[SessionId]) -> Vec<SessionId> {
        let Some(here) = self.guilds.get(&guild) else {
            return Vec::new();
        };
        if to.len() * FEW < here.len() {
            return to.iter().filter(|id| here.contains(id)).copied().collect();
        }
        let meant = here.iter().filter(|id| to.binary_search(id).is_ok());
        meant.copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use model::Id;

    use super::*;

    #[test]
    fn only_who_is_connected_is_found_whoever_are_more() {
        let mut attentive = Attentive::default();
        let guild = Id::new(1);
        for id in (0..200).step_by(2) {
            attentive.add(guild, SessionId(id));
        }
        let all: Vec<_> = (0..200).map(SessionId).collect();
        assert_eq!(attentive.among(guild, &all).len(), 100);
        let few = [SessionId(3), SessionId(4)];
        assert_eq!(attentive.among(guild, &few), [SessionId(4)]);
        attentive.remove(guild, SessionId(4));
        assert!(attentive.among(guild, &few).is_empty());
        assert!(attentive.among(Id::new(2), &all).is_empty());
    }
}
