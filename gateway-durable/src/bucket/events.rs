//! What guilds and functions have for sessions.

use std::sync::Arc;

use model::event::EventKind;
use model::gateway::CloseCode;
use model::id::marker;
use model::{Audience, Event, Id, Member, Timestamp};
use serde::Deserialize;

use super::recent::{News, recipients};
use super::{Bucket, Effect, GuildId, UserId};
use crate::guild::{self, Input, View};
use crate::ids::SessionId;
use crate::payload::Payload;
use crate::session::{Link, Session};

impl Bucket {
    /// A guild tells its sessions something.
    pub(super) fn told_by_guild(
        &mut self,
        guild: GuildId,
        effect: guild::Effect,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        match effect {
            guild::Effect::Deliver(delivery) => {
                self.fan_out(&delivery.to, delivery.kind, &delivery.payload, now, effects);
            }
            guild::Effect::Available { session, view, .. } => {
                self.available(session, guild, view, now, effects);
            }
            guild::Effect::Unavailable { session, exists } => {
                self.unavailable(session, guild, exists, now, effects);
            }
            guild::Effect::Joined { user, member } => {
                self.recent.record(|| News::Joined {
                    guild,
                    user,
                    member: member.clone(),
                });
                self.joined(guild, user, &member, now, effects);
            }
            guild::Effect::Left { sessions } => {
                for id in sessions {
                    self.forget_guild(id, guild, now, effects);
                }
            }
            // These are the host's to carry out.
            guild::Effect::Load
            | guild::Effect::LoadMembers { .. }
            | guild::Effect::Malformed { .. } => {}
        }
    }

    fn available(
        &mut self,
        id: SessionId,
        guild: GuildId,
        view: View,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let Some(session) = self.sessions.get_mut(&id) else {
            return;
        };
        if !session.guilds.contains(&guild) {
            return;
        }
        if let Some(waiting) = &mut session.waiting {
            waiting.missing.remove(&guild);
            waiting.guilds.insert(guild, Some(view));
            self.send_ready_if_complete(id, now, effects);
        } else if session.origin.wants.hears(EventKind::GuildCreate, false) {
            self.dispatch(id, EventKind::GuildCreate, view.payload, now, effects);
        }
    }

    fn unavailable(
        &mut self,
        id: SessionId,
        guild: GuildId,
        exists: bool,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        if !exists {
            let payload = Payload::shared(format!(r#"{{"id":"{guild}"}}"#));
            let hears = |session: &Session| {
                let hears = session.origin.wants.hears(EventKind::GuildDelete, false);
                hears && session.waiting.is_none()
            };
            if self.sessions.get(&id).is_some_and(hears) {
                self.dispatch(id, EventKind::GuildDelete, payload, now, effects);
            }
            self.forget_guild(id, guild, now, effects);
        } else if let Some(session) = self.sessions.get_mut(&id)
            && let Some(waiting) = &mut session.waiting
        {
            waiting.missing.remove(&guild);
            waiting.guilds.insert(guild, None);
            self.send_ready_if_complete(id, now, effects);
        }
    }

    /// Subscribes the sessions of somebody who just joined a guild.
    fn joined(
        &mut self,
        guild: GuildId,
        user: UserId,
        member: &Member,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let new = |session: &&Session| {
            session.origin.shard.covers(guild) && !session.guilds.contains(&guild)
        };
        let sessions = self.sessions_of(user).filter(new);
        let ids: Vec<SessionId> = sessions.map(|session| session.origin.id).collect();
        for id in ids {
            self.subscribe(id, guild, Box::new(member.clone()), now, true, effects);
        }
    }

    /// The session no longer hears of the guild.
    fn forget_guild(
        &mut self,
        id: SessionId,
        guild: GuildId,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let Some(session) = self.sessions.get_mut(&id) else {
            return;
        };
        session.guilds.remove(&guild);
        if let Some(waiting) = &mut session.waiting {
            waiting.missing.remove(&guild);
            waiting.guilds.remove(&guild);
            self.send_ready_if_complete(id, now, effects);
        }
    }

    /// Sends an event to the users whom its audience names.
    pub(super) fn published(
        &mut self,
        event: Arc<Event>,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        self.recent.record(|| News::Event(event.clone()));
        let met: Vec<(UserId, UserId)> = recipients(&event.audience)
            .iter()
            .filter_map(|user| Some((*user, self.note_relationship(*user, &event)?)))
            .collect();
        let sessions: Vec<SessionId> = recipients(&event.audience)
            .iter()
            .flat_map(|user| self.sessions_of(*user))
            .map(|session| session.origin.id)
            .collect();
        self.send_published(&sessions, &event, now, effects);
        for (user, friend) in met {
            self.introduce(user, friend, now, effects);
        }
    }

    /// Tells a session what was published while its user was looked up.
    pub(super) fn catch_up(
        &mut self,
        id: SessionId,
        news: News,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        match news {
            News::Event(event) => {
                if let Some(session) = self.sessions.get(&id) {
                    self.note_relationship(session.origin.user, &event);
                }
                self.send_published(&[id], &event, now, effects);
            }
            News::Joined { guild, member, .. } => {
                let new = |session: &Session| {
                    session.origin.shard.covers(guild) && !session.guilds.contains(&guild)
                };
                if self.sessions.get(&id).is_some_and(new) {
                    if let Some(session) = self.sessions.get_mut(&id)
                        && let Some(waiting) = &mut session.waiting
                    {
                        waiting.missing.insert(guild);
                    }
                    self.subscribe(id, guild, member, now, true, effects);
                }
            }
        }
    }

    fn send_published(
        &mut self,
        sessions: &[SessionId],
        event: &Event,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        match event.kind {
            EventKind::SessionsRevoked => self.revoke(sessions, &event.data, now, effects),
            EventKind::GuildDelete => self.expel(sessions, event, now, effects),
            // The guild tells the sessions of who joined.
            EventKind::GuildCreate => {}
            kind => {
                let private = matches!(event.audience, Audience::Private { .. });
                let hears = |id: &&SessionId| {
                    self.sessions.get(*id).is_some_and(|session| {
                        let shard = session.origin.shard;
                        session.origin.wants.hears(kind, true)
                            && (!private || shard.covers_private())
                    })
                };
                let to: Vec<SessionId> = sessions.iter().filter(hears).copied().collect();
                if !to.is_empty() {
                    let payload = Payload::shared(&*event.data);
                    self.fan_out(&to, kind, &payload, now, effects);
                }
            }
        }
    }

    /// Ends the sessions whose tokens were revoked.
    fn revoke(
        &mut self,
        sessions: &[SessionId],
        data: &str,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let Ok(hashes) = serde_json::from_str::<Vec<String>>(data) else {
            return;
        };
        for id in sessions {
            let Some(session) = self.sessions.get(id) else {
                continue;
            };
            if !hashes
                .iter()
                .any(|hash| **hash == *session.origin.auth_hash)
            {
                continue;
            }
            match session.link {
                Link::Attached(socket) => {
                    self.close(socket, CloseCode::AuthenticationFailed, now, effects);
                }
                Link::Detached(_) => self.end(*id, now, effects),
            }
        }
    }

    /// Tells sessions that their user left a guild, unless the guild itself told them first.
    fn expel(
        &mut self,
        sessions: &[SessionId],
        event: &Event,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        #[derive(Deserialize)]
        struct Name {
            id: Id<marker::Guild>,
        }
        let Ok(Name { id: guild }) = serde_json::from_str(&event.data) else {
            return;
        };
        for id in sessions {
            let Some(session) = self.sessions.get(id) else {
                continue;
            };
            if !session.guilds.contains(&guild) {
                continue;
            }
            let user = session.origin.user;
            if session.origin.wants.hears(EventKind::GuildDelete, false) {
                let payload = Payload::shared(&*event.data);
                self.dispatch(*id, EventKind::GuildDelete, payload, now, effects);
            }
            let input = Input::Unsubscribe { session: *id, user };
            effects.push(Effect::Guild { guild, input });
            self.forget_guild(*id, guild, now, effects);
        }
    }
}
