//! What clients show of the guild: member lists, and what is only for who looks at a large guild.

use model::Timestamp;
use model::event::EventKind;
use model::gateway::{GuildSubscription, Identify};

use super::roster::People;
use super::{Live, UserId, hearing};
use crate::guild::Effect;
use crate::ids::SessionId;
use crate::messages::Listener;

/// Threads of whose members a session may be told at once.
const THREADS_MAX: usize = 5;

impl Live {
    /// A session says what it shows.
    pub(super) fn show(
        &mut self,
        session: SessionId,
        user: UserId,
        subscription: GuildSubscription,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let listener = self.views.find(&self.state, user, session);
        if listener.is_some_and(|listener| !listener.wants.bot) {
            let threads = subscription.thread_member_lists.clone();
            self.roster.subscribe(session, user, subscription);
            self.show_again(&[(session, user)], now, effects);
            for thread in threads.iter().flatten().take(THREADS_MAX) {
                self.list_thread(session, user, *thread, effects);
            }
        }
    }

    /// Sends sessions what they show and may see, after either changed.
    fn show_again(
        &mut self,
        sessions: &[(SessionId, UserId)],
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        for (session, user) in sessions {
            let group = self.views.group(&self.state, *user);
            let sight = group.map(|group| group.sight.clone()).unwrap_or_default();
            let people = People {
                state: &self.state,
                presences: &self.presences,
            };
            self.roster
                .show(*session, &sight.channels, people, now, effects);
        }
    }

    /// The same for all sessions of a user, or of everyone.
    pub(super) fn show_all_again(
        &mut self,
        user: Option<UserId>,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let sessions = self.roster.sessions();
        let sessions: Vec<_> = sessions
            .filter(|(_, owner)| user.is_none_or(|user| user == *owner))
            .collect();
        self.show_again(&sessions, now, effects);
    }

    /// A member came, went, or changed in any way that lists show.
    pub(super) fn list_member(&mut self, user: UserId, effects: &mut Vec<Effect>) {
        let people = People {
            state: &self.state,
            presences: &self.presences,
        };
        self.roster.refresh(user, people, effects);
    }

    /// Roles or the owner changed. Sessions that may no longer see a list leave it at once; the
    /// lists themselves follow with the next tick.
    pub(super) fn list_everyone(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        self.show_all_again(None, now, effects);
        self.roster.outdate();
    }

    /// The guild became so large that it knows only who is connected.
    pub(super) fn list_the_connected(&mut self, effects: &mut Vec<Effect>) {
        let people = People {
            state: &self.state,
            presences: &self.presences,
        };
        self.roster.rebuild(people, effects);
    }

    /// Who is told of a member's presence: bots, user accounts in small guilds and, in large ones,
    /// those that name the member. In large guilds nobody else is looked at.
    pub(super) fn followers(&self, user: UserId) -> Vec<SessionId> {
        let kind = EventKind::PresenceUpdate;
        if u64::from(self.state.member_count) <= Identify::LARGE_THRESHOLD_MAX {
            let follows = |listener: &&Listener| {
                listener.wants.bot
                    || listener.user != user && !self.is_large_for(listener)
                    || self.roster.follows(listener.session, user)
            };
            return hearing(self.views.listeners().filter(follows), kind);
        }
        let named = self.roster.followers(user);
        let named =
            named.filter_map(|(session, owner)| self.views.find(&self.state, owner, session));
        hearing(self.views.bots(&self.state).chain(named), kind)
    }

    /// Whether a session is told who types. User accounts must say that they look at a large guild.
    pub(super) fn hears_typing(&self, listener: &Listener) -> bool {
        listener.wants.bot
            || !self.is_large_for(listener)
            || self
                .roster
                .subscription(listener.session)
                .is_some_and(|wanted| wanted.typing)
    }

    fn is_large_for(&self, listener: &Listener) -> bool {
        u64::from(self.state.member_count) > listener.large_threshold
    }

    /// Time passed.
    pub(in crate::guild) fn tick(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        if self.roster.take_restored() {
            self.show_all_again(None, now, effects);
        }
        let people = People {
            state: &self.state,
            presences: &self.presences,
        };
        self.roster.tick(people, now, effects);
    }
}
