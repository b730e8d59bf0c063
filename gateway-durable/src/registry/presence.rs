//! What others see of users, and what users see of their own sessions.

use std::collections::BTreeSet;
use std::sync::Arc;

use model::dispatch::{SessionEntry, SessionsReplace};
use model::event::{EventKind, Payload as _, UserSettingsUpdate};
use model::gateway::{Status, UpdatePresence};
use model::{Event, Timestamp};
use serde::Deserialize;

use super::{Effect, GuildId, SessionRegistry, UserId};
use crate::ids::SessionId;
use crate::json::to_json;
use crate::messages::ToGuild;
use crate::payload::Payload;
use crate::presence::Presence;
use crate::ready;
use crate::session::Session;

impl SessionRegistry {
    /// A client says what its user does.
    pub(super) fn update_presence(
        &mut self,
        id: SessionId,
        update: UpdatePresence,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        if let Some(session) = self.sessions.get_mut(&id) {
            let hides = update.status.shown() == Status::Offline;
            let bot = session.origin.wants.bot;
            session.presence.update(update, bot, now);
            let user = session.origin.user;
            // Going invisible takes effect at once.
            if session.changes.admit(now) || hides {
                self.show_user(user, now, effects);
            }
        }
    }

    /// A user chose another status, for all sessions.
    pub(super) fn follow_settings(
        &mut self,
        user: UserId,
        event: &Event,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let Ok(UserSettingsUpdate(changed)) = event.read() else {
            return;
        };
        let status = changed.get("status").map(Status::deserialize);
        let Some(Ok(status)) = status else {
            return;
        };
        let ids = self.users.get(&user).cloned().unwrap_or_default();
        for id in ids {
            if let Some(session) = self.sessions.get_mut(&id) {
                session.presence.status = status;
            }
        }
        self.show_user(user, now, effects);
    }

    /// Tells the guilds of a user, and the user's own sessions, what is to be seen now.
    pub(super) fn show_user(&mut self, user: UserId, now: Timestamp, effects: &mut Vec<Effect>) {
        let guilds: BTreeSet<GuildId> = self
            .sessions_of(user)
            .flat_map(|session| session.guilds.iter().copied())
            .collect();
        for guild in guilds {
            let presence = self.presence_in(user, guild);
            let message = ToGuild::Presence { user, presence };
            effects.push(Effect::Guild { guild, message });
        }
        self.tell_friends(user, now, effects);
        self.replace_sessions(user, None, now, effects);
    }

    /// What members of a guild see of a user. Shards of a bot that are not for the guild do not
    /// count.
    pub(super) fn presence_in(&self, user: UserId, guild: GuildId) -> Option<Arc<Presence>> {
        let seen = self
            .sessions_of(user)
            .filter(|session| session.shown && session.guilds.contains(&guild));
        Presence::of(user, seen.map(|session| &session.presence))
    }

    /// Tells a user's sessions, but not `except`, which sessions there are.
    pub(super) fn replace_sessions(
        &mut self,
        user: UserId,
        except: Option<SessionId>,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let to: Vec<SessionId> = self
            .sessions_of(user)
            .filter(|session| session.origin.wants.hears(EventKind::SessionsReplace, true))
            .map(|session| session.origin.id)
            .filter(|id| Some(*id) != except)
            .collect();
        if !to.is_empty() {
            let sessions = SessionsReplace(self.session_entries(user));
            let payload = Payload::shared(to_json(&sessions));
            self.fan_out(&to, SessionsReplace::KIND, &payload, now, effects);
        }
    }

    /// A user's sessions as the user sees them; where there are several, with what they are
    /// together.
    pub(super) fn session_entries(&self, user: UserId) -> Vec<SessionEntry<'_>> {
        let shown = || self.sessions_of(user).filter(|session| session.shown);
        let mut entries: Vec<_> = shown()
            .take(ready::SESSIONS_MAX)
            .map(ready::session_entry)
            .collect();
        if entries.len() > 1 {
            let all = ready::all_sessions(shown().map(|session| &session.presence));
            entries.insert(0, all);
        }
        entries
    }

    pub(super) fn sessions_of(&self, user: UserId) -> impl Iterator<Item = &Session> {
        let ids = self.users.get(&user).map_or(&[][..], Vec::as_slice);
        ids.iter().filter_map(|id| self.sessions.get(id))
    }
}
