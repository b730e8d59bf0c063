//! Who shares their screen in voice, and who watches. The pictures themselves are the media
//! relay's.
//!
//! See [Userdoccers/Streams](https://docs.discord.food/topics/gateway-events#streams).

use std::collections::BTreeMap;

use model::event::{StreamCreate, StreamDelete, StreamUpdate};
use model::gateway::{StreamCommand, StreamKey};
use model::guild::REGION;
use model::id::marker;
use model::{Id, Permissions, Timestamp};

use super::{Live, send_to};
use crate::guild::Effect;
use crate::ids::SessionId;
use crate::snapshot::StreamSnapshot;

type ChannelId = Id<marker::Channel>;
type UserId = Id<marker::User>;

/// A screen that is shared.
#[derive(Debug)]
pub struct Stream {
    /// The session that shares it.
    session: SessionId,
    channel: ChannelId,
    paused: bool,
    viewers: BTreeMap<SessionId, UserId>,
}

impl Stream {
    /// The screen as it is kept.
    pub fn save(&self, user: UserId) -> StreamSnapshot {
        let viewers = self.viewers.iter();
        StreamSnapshot {
            user,
            session: self.session.to_string(),
            channel: self.channel,
            paused: self.paused,
            viewers: viewers.map(|(id, user)| (id.to_string(), *user)).collect(),
        }
    }

    /// What was kept, and whose it is.
    pub fn restore(saved: StreamSnapshot) -> Option<(UserId, Self)> {
        let viewers = saved.viewers.into_iter();
        let stream = Self {
            session: saved.session.parse().ok()?,
            channel: saved.channel,
            paused: saved.paused,
            viewers: viewers
                .filter_map(|(id, user)| Some((id.parse().ok()?, user)))
                .collect(),
        };
        Some((saved.user, stream))
    }
}

/// Why a stream ends for a session.
#[derive(Debug, Clone, Copy)]
enum Reason {
    UserRequested,
    StreamEnded,
    Unauthorized,
}

impl Reason {
    const fn name(self) -> &'static str {
        match self {
            Self::UserRequested => "user_requested",
            Self::StreamEnded => "stream_ended",
            Self::Unauthorized => "unauthorized",
        }
    }
}

impl Live {
    /// Carries out what a session wants, if it may.
    pub(super) fn stream(
        &mut self,
        session: SessionId,
        user: UserId,
        command: &StreamCommand,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let key = command.key().and_then(|key| key.parse::<StreamKey>().ok());
        match (command, key) {
            (StreamCommand::Create(create), _) => {
                self.create_stream(session, user, create.channel_id, now, effects);
            }
            (StreamCommand::Delete(_), Some(key)) => {
                let owned = self.streams.get(&key.owner).map(|it| it.session == session);
                match owned {
                    Some(true) => self.end_stream(key.owner, effects),
                    Some(false) => self.stop_watching(key.owner, session, effects),
                    None => {}
                }
            }
            (StreamCommand::Watch(_), Some(key)) => self.watch(session, user, key, effects),
            (StreamCommand::SetPaused(paused), Some(key)) => {
                if let Some(stream) = self.streams.get_mut(&key.owner)
                    && stream.session == session
                {
                    stream.paused = paused.paused;
                    self.tell_stream(key.owner, effects);
                }
            }
            (_, None) => {}
        }
    }

    /// Shares a screen in the voice channel that the session is in.
    fn create_stream(
        &mut self,
        session: SessionId,
        user: UserId,
        channel: ChannelId,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let inside = self.voice.get(&user);
        let inside = inside.is_some_and(|v| v.session == session && v.channel == channel);
        let member = self.state.members.get(&user);
        let may = member.is_some_and(|member| {
            let held = self.state.permissions(member, user, Some(channel), now);
            held.allows(Permissions::STREAM)
        });
        if !inside || !may || self.streams.contains_key(&user) {
            return;
        }
        let stream = Stream {
            session,
            channel,
            paused: false,
            viewers: BTreeMap::new(),
        };
        self.streams.insert(user, stream);
        self.changed();
        self.tell_created(user, session, effects);
        self.refresh_voice(user, effects);
    }

    /// Watches a stream of the voice channel that the user is in.
    fn watch(
        &mut self,
        session: SessionId,
        user: UserId,
        key: StreamKey,
        effects: &mut Vec<Effect>,
    ) {
        let inside = self.voice.get(&user).map(|voice| voice.channel);
        let Some(stream) = self.streams.get_mut(&key.owner) else {
            return end(key, Reason::StreamEnded, vec![session], effects);
        };
        if inside != Some(stream.channel) {
            return end(key, Reason::Unauthorized, vec![session], effects);
        }
        stream.viewers.insert(session, user);
        self.tell_created(key.owner, session, effects);
        self.tell_stream(key.owner, effects);
    }

    fn stop_watching(&mut self, owner: UserId, session: SessionId, effects: &mut Vec<Effect>) {
        let guild = self.id;
        if let Some(stream) = self.streams.get_mut(&owner)
            && stream.viewers.remove(&session).is_some()
        {
            let channel = stream.channel;
            let key = StreamKey {
                guild,
                channel,
                owner,
            };
            end(key, Reason::UserRequested, vec![session], effects);
            self.tell_stream(owner, effects);
        }
    }

    /// A screen is shared no more.
    fn end_stream(&mut self, owner: UserId, effects: &mut Vec<Effect>) {
        self.drop_stream(owner, effects);
        self.refresh_voice(owner, effects);
    }

    fn drop_stream(&mut self, owner: UserId, effects: &mut Vec<Effect>) {
        if let Some(stream) = self.streams.remove(&owner) {
            let key = StreamKey {
                guild: self.id,
                channel: stream.channel,
                owner,
            };
            end(key, Reason::UserRequested, vec![stream.session], effects);
            let viewers = stream.viewers.into_keys().collect();
            end(key, Reason::StreamEnded, viewers, effects);
            self.changed();
        }
    }

    /// The user left a voice channel: nothing is shared or watched there any more.
    pub(super) fn leave_streams(&mut self, user: UserId, effects: &mut Vec<Effect>) {
        self.drop_stream(user, effects);
        let watched: Vec<(UserId, SessionId)> = self
            .streams
            .iter()
            .flat_map(|(owner, stream)| stream.viewers.iter().map(move |viewer| (*owner, viewer)))
            .filter(|(_, (_, viewer))| **viewer == user)
            .map(|(owner, (session, _))| (owner, *session))
            .collect();
        for (owner, session) in watched {
            self.stop_watching(owner, session, effects);
        }
    }

    /// Tells the owner and the viewers what changed.
    fn tell_stream(&self, owner: UserId, effects: &mut Vec<Effect>) {
        if let Some(stream) = self.streams.get(&owner) {
            let viewers = stream.viewers.keys().copied();
            let to = viewers.chain([stream.session]).collect();
            self.tell_updated(owner, to, effects);
        }
    }

    fn key(&self, owner: UserId, stream: &Stream) -> String {
        let key = StreamKey {
            guild: self.id,
            channel: stream.channel,
            owner,
        };
        key.to_string()
    }

    /// Tells a session of the stream that it shares, or begins to watch.
    fn tell_created(&self, owner: UserId, session: SessionId, effects: &mut Vec<Effect>) {
        let Some(stream) = self.streams.get(&owner) else {
            return;
        };
        let created = StreamCreate {
            stream_key: self.key(owner, stream),
            rtc_server_id: self.id,
            rtc_channel_id: stream.channel,
            region: REGION.to_owned(),
            viewer_ids: stream.viewers.values().copied().collect(),
            paused: stream.paused,
        };
        send_to(vec![session], &created, effects);
    }

    /// Tells sessions what a stream is like now.
    fn tell_updated(&self, owner: UserId, to: Vec<SessionId>, effects: &mut Vec<Effect>) {
        let Some(stream) = self.streams.get(&owner) else {
            return;
        };
        let updated = StreamUpdate {
            stream_key: self.key(owner, stream),
            region: REGION.to_owned(),
            viewer_ids: stream.viewers.values().copied().collect(),
            paused: stream.paused,
        };
        send_to(to, &updated, effects);
    }
}

fn end(key: StreamKey, reason: Reason, to: Vec<SessionId>, effects: &mut Vec<Effect>) {
    let ended = StreamDelete {
        stream_key: key.to_string().into(),
        reason: reason.name().into(),
    };
    send_to(to, &ended, effects);
}
