//! What guilds and functions have for sessions.

use std::sync::Arc;

use model::event::{EventKind, GuildDelete, IntentsAllowed, SessionsRevoked};
use model::gateway::CloseCode;
use model::{Audience, Event, Member, Timestamp};

use super::identify::denied;
use super::recent::{News, recipients};
use super::{Effect, GuildId, SessionRegistry, UserId};
use crate::ids::SessionId;
use crate::messages::{ToSessions, View};
use crate::payload::Payload;
use crate::session::{Link, Session};

impl SessionRegistry {
    /// A guild tells its sessions something.
    pub(super) fn told_by_guild(
        &mut self,
        guild: GuildId,
        message: ToSessions,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        match message {
            ToSessions::Deliver(delivery) => self.deliver(guild, delivery, now, effects),
            ToSessions::Available { session, view } => {
                self.available(session, guild, view, now, effects);
            }
            ToSessions::Unavailable { session, exists } => {
                self.unavailable(session, guild, exists, now, effects);
            }
            ToSessions::Joined { user, member, at } => {
                self.recent.record(|| News::Joined {
                    guild,
                    user,
                    member: member.clone(),
                    at,
                });
                self.joined(guild, user, &member, at, effects);
            }
            ToSessions::Unsubscribed { sessions } => {
                for id in sessions {
                    self.forget_guild(id, guild, now, effects);
                }
            }
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
            let gone = GuildDelete {
                id: guild,
                unavailable: None,
            };
            let hears = |session: &Session| {
                let hears = session.origin.wants.hears(EventKind::GuildDelete, false);
                hears && session.waiting.is_none()
            };
            if self.sessions.get(&id).is_some_and(hears) {
                self.send(id, &gone, now, effects);
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
        at: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let new = |session: &&Session| {
            session.origin.shard.covers(guild) && !session.guilds.contains(&guild)
        };
        let sessions = self.sessions_of(user).filter(new);
        let ids: Vec<SessionId> = sessions.map(|session| session.origin.id).collect();
        for id in ids {
            self.subscribe(id, guild, Box::new(member.clone()), at, true, effects);
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
        if session.guilds.remove(&guild) {
            let history = &self.history;
            let left = &mut session.former_guilds;
            left.retain(|(guild, number)| !history.is_past(*guild, *number));
            left.push((guild, history.next()));
        }
        self.attentive.remove(guild, id);
        if let Some(waiting) = &mut session.waiting {
            waiting.missing.remove(&guild);
            waiting.guilds.remove(&guild);
            self.send_ready_if_complete(id, now, effects);
        }
    }

    /// Ends the sessions that heard of a guild that forgot them: nobody knows what they missed.
    pub(super) fn forgotten(&mut self, guild: GuildId, now: Timestamp, effects: &mut Vec<Effect>) {
        let sessions = self.sessions.values();
        let hearing = sessions.filter(|session| session.guilds.contains(&guild));
        let hearing: Vec<_> = hearing.map(|it| (it.origin.id, it.link)).collect();
        for (id, link) in hearing {
            self.end(id, now, effects);
            if let Link::Attached(socket) = link {
                self.close(socket, CloseCode::SessionTimedOut, now, effects);
            }
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
        if event.kind == EventKind::UserSettingsUpdate {
            for user in recipients(&event.audience) {
                self.follow_settings(*user, &event, now, effects);
            }
        }
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
            News::Joined {
                guild, member, at, ..
            } => {
                let new = |session: &Session| {
                    session.origin.shard.covers(guild) && !session.guilds.contains(&guild)
                };
                if self.sessions.get(&id).is_some_and(new) {
                    if let Some(session) = self.sessions.get_mut(&id)
                        && let Some(waiting) = &mut session.waiting
                    {
                        waiting.missing.insert(guild);
                    }
                    self.subscribe(id, guild, member, at, true, effects);
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
            EventKind::SessionsRevoked => self.revoke(sessions, event, now, effects),
            EventKind::IntentsAllowed => self.allow(sessions, event, now, effects),
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
        event: &Event,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let Ok(SessionsRevoked(hashes)) = event.read() else {
            return;
        };
        for id in sessions {
            let Some(session) = self.sessions.get(id) else {
                continue;
            };
            let hash = &session.origin.auth_hash;
            if hashes.iter().any(|revoked| **revoked == **hash) {
                self.withdraw(*id, CloseCode::AuthenticationFailed, now, effects);
            }
        }
    }

    /// Ends the sessions with intents that their application may not have any more.
    fn allow(
        &mut self,
        sessions: &[SessionId],
        event: &Event,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let Ok(IntentsAllowed(flags)) = event.read() else {
            return;
        };
        let denied = denied(flags);
        for id in sessions {
            let wants = self.sessions.get(id).map(|it| it.origin.wants);
            if wants.is_some_and(|wants| wants.bot && wants.has_any(denied)) {
                self.withdraw(*id, CloseCode::DisallowedIntents, now, effects);
            }
        }
    }

    /// Ends a session that has lost the right to be, and closes its connection.
    pub(super) fn withdraw(
        &mut self,
        id: SessionId,
        code: CloseCode,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        match self.sessions.get(&id).map(|session| session.link) {
            Some(Link::Attached(socket)) => self.close(socket, code, now, effects),
            Some(Link::Detached(_)) => self.end(id, now, effects),
            None => {}
        }
    }
}
