//! Who is in which voice channel.
//!
//! See [Discord Docs/Voice State Object](https://discord.com/developers/docs/resources/voice#voice-state-object).

use std::borrow::Cow;
use std::collections::BTreeSet;

use model::channel::kind;
use model::event::{EventKind, VoiceStateUpdate};
use model::gateway::UpdateVoiceState;
use model::id::marker;
use model::{Id, Permissions, Timestamp};

use super::{Live, hearing, send, send_to};
use crate::guild::Effect;
use crate::ids::SessionId;
use crate::messages::Listener;
use crate::snapshot::VoiceSnapshot;

type ChannelId = Id<marker::Channel>;
type UserId = Id<marker::User>;

/// Where a member is, and how.
#[derive(Debug, Clone)]
pub struct VoiceState {
    /// The session that joined.
    pub session: SessionId,
    /// The channel.
    pub channel: ChannelId,
    self_mute: bool,
    self_deaf: bool,
    self_video: bool,
}

impl VoiceState {
    /// The state as it is kept.
    pub fn save(&self, user: UserId) -> VoiceSnapshot {
        VoiceSnapshot {
            user,
            session: self.session.to_string(),
            channel: self.channel,
            self_mute: self.self_mute,
            self_deaf: self.self_deaf,
            self_video: self.self_video,
        }
    }

    /// What was kept, and whose it is.
    pub fn restore(saved: VoiceSnapshot) -> Option<(UserId, Self)> {
        let state = Self {
            session: saved.session.parse().ok()?,
            channel: saved.channel,
            self_mute: saved.self_mute,
            self_deaf: saved.self_deaf,
            self_video: saved.self_video,
        };
        Some((saved.user, state))
    }
}

impl Live {
    /// Carries out what a session wants, if it may.
    pub(super) fn set_voice(
        &mut self,
        session: SessionId,
        user: UserId,
        update: &UpdateVoiceState,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let Some(channel) = update.channel_id else {
            // Another session of the user may be in voice; only its own word counts.
            if self.voice.get(&user).is_some_and(|v| v.session == session) {
                self.leave_voice(user, effects);
            }
            return;
        };
        let here = self.voice.get(&user).map(|voice| voice.channel);
        if here != Some(channel) && !self.may_join(user, channel, now) {
            return;
        }
        let state = VoiceState {
            session,
            channel,
            self_mute: update.self_mute,
            self_deaf: update.self_deaf,
            self_video: update.self_video,
        };
        if here.is_some_and(|here| here != channel) {
            self.leave_streams(user, effects);
        }
        self.voice.insert(user, state.clone());
        self.changed();
        self.tell_moved(user, here, Some(&state), effects);
    }

    fn may_join(&self, user: UserId, channel: ChannelId, now: Timestamp) -> bool {
        let (Some(member), Some(to)) = (
            self.state.members.get(&user),
            self.state.channels.get(&channel),
        ) else {
            return false;
        };
        let held = self.state.permissions(member, user, Some(channel), now);
        let limit = to.guild.as_ref().and_then(|guild| guild.user_limit);
        let inside = self.voice.values().filter(|v| v.channel == channel).count();
        let full = limit.is_some_and(|limit| limit > 0 && inside >= limit as usize);
        matches!(to.kind, kind::VOICE | kind::STAGE)
            && held.allows(Permissions::VIEW_CHANNEL | Permissions::CONNECT)
            && (!full || held.allows(Permissions::MOVE_MEMBERS))
    }

    /// The member is in no voice channel any more.
    pub(in crate::guild) fn leave_voice(&mut self, user: UserId, effects: &mut Vec<Effect>) {
        if let Some(state) = self.voice.remove(&user) {
            self.leave_streams(user, effects);
            self.changed();
            self.tell_moved(user, Some(state.channel), None, effects);
        }
    }

    /// Everyone leaves a channel that is about to go.
    pub(super) fn empty_voice(&mut self, channel: ChannelId, effects: &mut Vec<Effect>) {
        let inside = self.voice.iter().filter(|(_, v)| v.channel == channel);
        let users: Vec<UserId> = inside.map(|(user, _)| *user).collect();
        for user in users {
            self.leave_voice(user, effects);
        }
    }

    /// The member changed, perhaps muted or deafened by a moderator.
    pub(super) fn refresh_voice(&mut self, user: UserId, effects: &mut Vec<Effect>) {
        if let Some(state) = self.voice.get(&user).cloned() {
            self.tell_moved(user, Some(state.channel), Some(&state), effects);
        }
    }

    /// Tells those who see where the member is now, and those who only saw where they were.
    fn tell_moved(
        &self,
        user: UserId,
        from: Option<ChannelId>,
        to: Option<&VoiceState>,
        effects: &mut Vec<Effect>,
    ) {
        let kind = EventKind::VoiceStateUpdate;
        let mut told = BTreeSet::new();
        if let Some(state) = to {
            let seeing = hearing(self.views.of_channel(state.channel), kind);
            told.extend(seeing.iter().copied());
            send_to(seeing, &self.voice_state(user, Some(state)), effects);
        }
        if let Some(from) = from {
            let mut left = hearing(self.views.of_channel(from), kind);
            left.retain(|session| !told.contains(session));
            send_to(left, &self.voice_state(user, None), effects);
        }
    }

    /// Tells sessions who is in a channel that they see only now.
    pub(super) fn tell_voice(
        &self,
        channel: ChannelId,
        listeners: &[Listener],
        effects: &mut Vec<Effect>,
    ) {
        for (user, state) in self.voice.iter().filter(|(_, v)| v.channel == channel) {
            let update = self.voice_state(*user, Some(state));
            send(listeners.iter(), &update, effects);
        }
    }

    /// A member's voice state, where `state` is none that of one who left.
    pub(super) fn voice_state(
        &self,
        user: UserId,
        state: Option<&VoiceState>,
    ) -> VoiceStateUpdate<'_> {
        let member = self.state.members.get(&user).map(AsRef::as_ref);
        VoiceStateUpdate {
            guild_id: self.id,
            channel_id: state.map(|state| state.channel),
            user_id: user,
            member: member.map(Cow::Borrowed),
            session_id: state.map_or_else(String::new, |state| state.session.to_string()),
            deaf: member.is_some_and(|member| member.deaf),
            mute: member.is_some_and(|member| member.mute),
            self_deaf: state.is_some_and(|state| state.self_deaf),
            self_mute: state.is_some_and(|state| state.self_mute),
            self_stream: self.streams.contains_key(&user),
            self_video: state.is_some_and(|state| state.self_video),
            suppress: false,
            request_to_speak_timestamp: None,
        }
    }
}
