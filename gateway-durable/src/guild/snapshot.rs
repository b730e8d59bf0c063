//! A guild from one process to the next, and from one memory to the next.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::Id;
use model::gateway::internal::GuildSnapshot;
use model::guild::FullGuild;
use model::id::marker;

use super::live::Live;
use super::live::streams::Stream;
use super::live::voice::VoiceState;
use super::{Effect, Guild, Phase};
use crate::messages::Listener;
use crate::presence::Presence;
use crate::snapshot::{GuildObjectSnapshot, LiveGuildSnapshot};

impl Guild {
    /// The guild.
    pub fn id(&self) -> Id<marker::Guild> {
        self.id
    }

    /// Whether the guild is loaded.
    pub fn is_live(&self) -> bool {
        matches!(self.phase, Phase::Live(_))
    }

    /// The guild as it is now, if it is loaded.
    pub fn save(&self) -> Option<LiveGuildSnapshot> {
        let Phase::Live(live) = &self.phase else {
            return None;
        };
        let state = &live.state;
        let guild = FullGuild {
            guild: state.guild.clone(),
            roles: state.roles.values().cloned().collect(),
            emojis: state.emojis.clone(),
            stickers: state.stickers.clone(),
            constants: state.constants.clone(),
            approximate_member_count: None,
            approximate_presence_count: None,
        };
        Some(LiveGuildSnapshot {
            snapshot: GuildSnapshot {
                guild,
                channels: state.channels.values().cloned().collect(),
                threads: state.threads.values().cloned().collect(),
                thread_members: state
                    .thread_members
                    .values()
                    .flat_map(BTreeMap::values)
                    .cloned()
                    .collect(),
                member_count: state.member_count,
                members: state.members.values().map(|m| (**m).clone()).collect(),
            },
            complete: state.complete,
            version: live.version,
            learned: state.learned.iter().copied().collect(),
            voice: live.voice.iter().map(|(user, it)| it.save(*user)).collect(),
            streams: live
                .streams
                .iter()
                .map(|(user, it)| it.save(*user))
                .collect(),
            shown: live
                .roster
                .sessions()
                .filter_map(|(id, user)| Some((id.to_string(), user, live.roster.saved(id)?)))
                .collect(),
        })
    }

    /// The guild and who hears of it, if nothing is under way.
    pub fn snapshot(&self) -> Option<GuildObjectSnapshot> {
        let (listeners, presences) = match &self.phase {
            Phase::Cold => (Vec::new(), Vec::new()),
            Phase::Live(live) if live.requests.is_empty() => (
                live.views.listeners().cloned().collect(),
                live.presences.values().cloned().collect(),
            ),
            Phase::Live(_) | Phase::Loading { .. } => return None,
        };
        Some(GuildObjectSnapshot {
            guild: self.save(),
            listeners,
            presences,
            log: self.log.clone(),
        })
    }

    /// The guild as it was when [`Self::snapshot`] was made.
    pub fn restore(id: Id<marker::Guild>, saved: GuildObjectSnapshot) -> Self {
        let mut guild = saved
            .guild
            .map_or_else(|| Self::new(id), Self::from_snapshot);
        guild.log = saved.log;
        if let Phase::Live(live) = &mut guild.phase {
            let presences = saved.presences.into_iter();
            live.presences = presences.map(|it| (it.user, it)).collect();
            for listener in saved.listeners {
                live.views.add(&live.state, listener);
            }
        }
        guild
    }

    /// The guild as it was saved, with nobody subscribed.
    pub fn from_snapshot(saved: LiveGuildSnapshot) -> Self {
        let id = saved.snapshot.guild.guild.id;
        let mut live = Live::new(id, saved.snapshot);
        live.version = saved.version;
        live.state.complete = saved.complete;
        live.state.learned = saved.learned.into_iter().collect();
        let voice = saved.voice.into_iter();
        live.voice = voice.filter_map(VoiceState::restore).collect();
        let streams = saved.streams.into_iter();
        live.streams = streams.filter_map(Stream::restore).collect();
        for (session, user, shown) in saved.shown {
            if let Ok(session) = session.parse() {
                live.roster.restore(session, user, shown);
            }
        }
        Self {
            phase: Phase::Live(Box::new(live)),
            ..Self::new(id)
        }
    }

    /// Subscribes a session that was subscribed before. It knows the guild, and the others know
    /// of its user, so nobody is told.
    pub fn readmit(&mut self, listener: Listener, presence: Option<Arc<Presence>>) {
        if let Phase::Live(live) = &mut self.phase {
            if let Some(presence) = presence {
                live.presences.insert(listener.user, presence);
            }
            live.views.add(&live.state, listener);
        }
    }

    /// Everyone leaves voice.
    pub fn hang_up(&mut self, effects: &mut Vec<Effect>) {
        if let Phase::Live(live) = &mut self.phase {
            let inside: Vec<_> = live.voice.keys().copied().collect();
            for user in inside {
                live.leave_voice(user, effects);
            }
        }
    }
}
