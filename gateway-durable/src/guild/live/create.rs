//! The guild as a session first gets it.
//!
//! A [`GuildCreate`](model::dispatch::GuildCreate) is written in two parts. Sessions share one.

use std::collections::BTreeSet;
use std::sync::Arc;

use model::dispatch::{GuildCreateOwn, GuildCreateShared, GuildProperties};
use model::event::VoiceStateUpdate;
use model::id::marker;
use model::member::MemberInGuild;
use model::{Id, Member};

use super::{Live, reads_presences};
use crate::json::to_json;
use crate::messages::{Layout, Listener, View};
use crate::payload::{Body, Payload};

/// Members above which a bot without lists of its own gets none but itself and those in voice.
const LISTED_MEMBERS_MAX: u32 = 75_000;

/// Which members are in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Listed {
    /// The session's own member and those in voice.
    Own,
    /// Those who are online.
    Online,
    /// Everyone.
    All,
}

/// All that the shared part depends on, besides what the session sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Variant {
    layout: Layout,
    listed: Listed,
}

impl Live {
    /// The guild as this session gets it.
    pub(in crate::guild) fn view(
        &mut self,
        listener: &Listener,
        member: Arc<Member>,
        friends: &[Id<marker::User>],
        joined: bool,
    ) -> View {
        let listed = self.listed(listener);
        let variant = Variant {
            layout: listener.layout,
            listed,
        };
        let version = self.version_of(variant);
        let written = self
            .views
            .group_mut(&self.state, listener.user)
            .and_then(|group| group.written.get(&variant))
            .filter(|(at, _)| *at == version)
            .map(|(_, body)| body.clone());
        let shared = written.unwrap_or_else(|| self.write(listener, variant));
        let payload = Payload {
            own: Some(self.own_part(listener, &member, variant, joined).into()),
            shared,
        };
        let (others, voice_states) = match listener.layout {
            Layout::Bot => Default::default(),
            Layout::User { .. } => (self.others(listener, friends), self.voice_seen(listener)),
        };
        View {
            payload,
            member,
            others,
            voice_states,
        }
    }

    /// The friends of a user whom the guild knows, and who is in voice.
    fn others(&self, listener: &Listener, friends: &[Id<marker::User>]) -> Vec<Arc<Member>> {
        let mut others: BTreeSet<_> = self.voice.keys().chain(friends).copied().collect();
        others.remove(&listener.user);
        let members = others
            .iter()
            .filter_map(|user| self.state.members.get(user));
        members.cloned().collect()
    }

    fn voice_seen(&self, listener: &Listener) -> Vec<VoiceStateUpdate<'static>> {
        let group = self.views.group(&self.state, listener.user);
        let sight = group.map(|group| group.sight.clone()).unwrap_or_default();
        let seen = self
            .voice
            .iter()
            .filter(|(_, voice)| sight.channels.contains(&voice.channel));
        seen.map(|(user, voice)| self.voice_state(*user, Some(voice)).into_owned())
            .collect()
    }

    fn listed(&self, listener: &Listener) -> Listed {
        let count = u64::from(self.state.member_count);
        if listener.layout != Layout::Bot || !reads_presences(listener) {
            return Listed::Own;
        }
        if self.state.complete && count <= listener.large_threshold {
            Listed::All
        } else if self.state.member_count <= LISTED_MEMBERS_MAX {
            Listed::Online
        } else {
            Listed::Own
        }
    }

    /// What the shared part was written from, to know when it must be written again.
    fn version_of(&self, variant: Variant) -> u64 {
        match variant.listed {
            Listed::Own => self.version,
            Listed::Online | Listed::All => self.version + self.people_version,
        }
    }

    /// Writes the shared part, which begins inside the object, and keeps it for others.
    fn write(&mut self, listener: &Listener, variant: Variant) -> Arc<Body> {
        let version = self.version_of(variant);
        let group = self.views.group(&self.state, listener.user);
        let sight = group.map(|group| group.sight.clone()).unwrap_or_default();
        let body = Body::new(self.shared_part(listener, variant, &sight.channels));
        if let Some(group) = self.views.group_mut(&self.state, listener.user) {
            group.written.insert(variant, (version, body.clone()));
        }
        body
    }

    fn shared_part(
        &self,
        listener: &Listener,
        variant: Variant,
        visible: &BTreeSet<Id<marker::Channel>>,
    ) -> String {
        let channels = self.state.channels.values();
        let channels = channels.filter(|channel| visible.contains(&channel.id));
        let voice_states = self
            .voice
            .iter()
            .filter(|(_, voice)| visible.contains(&voice.channel))
            .map(|(user, voice)| self.voice_state(*user, Some(voice)));
        let presences = match variant.listed {
            Listed::Own => Vec::new(),
            _ => self
                .presences
                .values()
                .map(|presence| presence.update(self.id))
                .collect(),
        };
        let own = GuildProperties {
            guild: &self.state.guild,
            constants: &self.state.constants,
        };
        let nested = matches!(
            variant.layout,
            Layout::User {
                properties: true,
                ..
            }
        );
        let shared = GuildCreateShared {
            guild: (!nested).then_some(own),
            properties: nested.then_some(own),
            id: nested.then_some(self.id),
            roles: self.state.roles.values().collect(),
            emojis: &self.state.emojis,
            stickers: &self.state.stickers,
            channels: channels.collect(),
            member_count: self.state.member_count,
            large: u64::from(self.state.member_count) > listener.large_threshold,
            lazy: true,
            members: self.shared_members(variant.listed),
            presences,
            voice_states: voice_states.collect(),
            stage_instances: [],
            guild_scheduled_events: [],
            soundboard_sounds: [],
            embedded_activities: [],
            activity_instances: [],
            data_mode: (variant.layout != Layout::Bot).then_some("full"),
            version: self.version,
        };
        let mut json = to_json(&shared);
        // The object was opened by the part before.
        json.remove(0);
        json
    }

    fn shared_members(&self, listed: Listed) -> Option<Vec<MemberInGuild<'_>>> {
        let members = self.state.members.iter();
        let shown = |member| MemberInGuild::new(self.id, member);
        match listed {
            Listed::Own => None,
            Listed::All => Some(members.map(|(_, member)| shown(member)).collect()),
            Listed::Online => Some(
                members
                    .filter(|(user, _)| {
                        self.presences.contains_key(user) || self.voice.contains_key(user)
                    })
                    .map(|(_, member)| shown(member))
                    .collect(),
            ),
        }
    }

    /// What differs by session: the beginning of the object, ended by a comma.
    fn own_part(
        &self,
        listener: &Listener,
        member: &Member,
        variant: Variant,
        joined: bool,
    ) -> String {
        let own = GuildCreateOwn {
            joined_at: member.joined_at,
            unavailable: (!joined).then_some(false),
            threads: self.threads_seen(listener.user, None),
            members: (variant.listed == Listed::Own)
                .then(|| self.own_members(member, variant, joined)),
        };
        let mut json = to_json(&own);
        // The part that follows ends the object.
        json.pop();
        json.push(',');
        json
    }

    /// A session's own member and who is in voice; nobody where READY has them.
    fn own_members<'a>(
        &'a self,
        member: &'a Member,
        variant: Variant,
        joined: bool,
    ) -> Vec<MemberInGuild<'a>> {
        if !joined && matches!(variant.layout, Layout::User { dedupe: true, .. }) {
            return Vec::new();
        }
        let user = |member: &Member| member.user.as_ref().map(|user| user.id);
        let voice = self.voice.keys();
        let others = voice
            .filter_map(|user| self.state.members.get(user))
            .filter(|other| user(other) != user(member));
        std::iter::once(member)
            .chain(others.map(AsRef::as_ref))
            .map(|member| MemberInGuild::new(self.id, member))
            .collect()
    }
}
