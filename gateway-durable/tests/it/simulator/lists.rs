//! Member lists in a schedule, and what everyone must be shown of them in the end.

use std::collections::BTreeSet;

use serde_json::json;

use super::naive;
use super::run::Run;
use crate::support::UserId;

impl Run {
    /// A user client shows some channels, and a few rows of each.
    pub(super) fn look(&mut self, n: usize, what: usize) {
        let Some(i) = self.chosen(n) else { return };
        let client = &self.clients[i];
        let bot = self.intents(client.user).is_some();
        if bot || client.lost || !client.guilds.contains(&self.guild) {
            return;
        }
        let stored = &self.world.guilds[&self.guild];
        let channels: Vec<_> = stored.channels.keys().copied().collect();
        let chosen = channels.iter().enumerate();
        let chosen = chosen.filter(|(i, _)| what >> (i % 8) & 1 == 1);
        let ranges: &[&[(usize, usize)]] = &[
            &[(0, 99)],
            &[(0, 1), (4, 5)],
            &[(2, 3), (0, 1), (5, 9)],
            &[(1, 2)],
        ];
        let looks_at: Vec<_> = chosen
            .map(|(i, channel)| (*channel, ranges[(what >> 9).wrapping_add(i) % 4].to_vec()))
            .take(5)
            .collect();
        let fields = looks_at
            .iter()
            .map(|(channel, ranges)| (channel.to_string(), json!(ranges)));
        let fields: serde_json::Map<_, _> = fields.collect();
        let d = json!({"guild_id": self.guild, "channels": fields});
        let socket = client.socket;
        self.clients[i].looks_at = looks_at;
        self.world.send(socket, json!({"op": 14, "d": d}));
    }

    /// What is shown of member lists is what a fresh look at the stores shows.
    pub(super) fn verify_lists(&self) {
        let stored = &self.world.guilds[&self.guild];
        let present = self.clients.iter().filter(|client| !client.over);
        let online: BTreeSet<UserId> = present.map(|client| client.user).collect();
        let everyone = stored.roles[&self.guild.cast()].permissions;
        for (i, client) in self.clients.iter().enumerate().filter(|(_, c)| !c.over) {
            let lists = client.lists();
            for (channel, ranges) in &client.looks_at {
                if !naive::sees(stored, client.user, *channel) {
                    continue;
                }
                let guild = self.guild.to_string();
                let overwrites = stored.channels[channel].overwrites();
                let id = naive::list_id(&guild, everyone, overwrites);
                let list = &lists.0[&id];
                let rows = naive::rows(stored, &online, *channel);
                assert_eq!(list.rows.len(), rows.len(), "list {id} of client {i}");
                for (first, last) in ranges {
                    let expected = rows.iter().skip(*first).take(last + 1 - first);
                    let expected: Vec<_> = expected.cloned().map(Some).collect();
                    let shown = list.shows(*first, *last);
                    assert_eq!(shown, expected, "rows {first} to {last} of {id} for {i}");
                }
            }
        }
    }
}
