//! Sessions that wait for a resume: how long, and how many.

use model::Timestamp;
use model::limits::{
    SESSIONS_PER_BOT_MAX, SESSIONS_PER_PERSON_MAX, SESSIONS_WAITING_MAX,
    SESSIONS_WAITING_PER_PERSON_MAX,
};

use super::{Effect, SessionRegistry, UserId};
use crate::ids::SessionId;
use crate::session::{Link, Session};

/// Bytes that the sessions of one user that wait may keep for themselves.
const USER_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Bytes that all sessions that wait may keep for themselves.
const BYTES_MAX: usize = 64 * 1024 * 1024;

impl SessionRegistry {
    /// The session lost its connection.
    pub(super) fn lose(&mut self, id: SessionId, now: Timestamp, effects: &mut Vec<Effect>) {
        let next = self.history.next();
        let Some(session) = self.sessions.get_mut(&id) else {
            return;
        };
        session.detach(now, next);
        let (user, bot) = (session.origin.user, session.origin.wants.bot);
        for guild in &session.guilds {
            self.attentive.remove(*guild, id);
        }
        self.lost.insert((now, id));
        let most = match bot {
            true => SESSIONS_PER_BOT_MAX,
            false => SESSIONS_WAITING_PER_PERSON_MAX,
        };
        if self.waiting_of(user).count() > most {
            self.end_longest_waiting(user, now, effects);
        }
        if self.lost.len() > SESSIONS_WAITING_MAX
            && let Some((_, longest)) = self.lost.first().copied()
        {
            self.end(longest, now, effects);
        }
    }

    /// The session has a connection again, and hears of its guilds at once.
    pub(super) fn attend(&mut self, id: SessionId, before: Link) {
        if let Link::Detached(since) = before {
            self.lost.remove(&(since, id));
        }
        let Some(session) = self.sessions.get(&id) else {
            return;
        };
        for guild in &session.guilds {
            self.attentive.add(*guild, id);
        }
    }

    /// Makes room for one more session of a user: the one that waits longest ends. False when there
    /// is none, since as many are connected as may be.
    pub(super) fn make_room(
        &mut self,
        user: UserId,
        bot: bool,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let most = match bot {
            true => SESSIONS_PER_BOT_MAX,
            false => SESSIONS_PER_PERSON_MAX,
        };
        self.users.get(&user).map_or(0, Vec::len) < most
            || self.end_longest_waiting(user, now, effects)
    }

    /// Ends sessions until those that wait keep no more bytes than they may.
    pub(super) fn bound_waiting(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        let mut of_users = std::collections::BTreeMap::<UserId, usize>::new();
        let mut all = 0;
        let mut over = Vec::new();
        // The youngest are kept.
        for (_, id) in self.lost.iter().rev() {
            let Some(session) = self.sessions.get(id) else {
                continue;
            };
            let bytes = session.replay().bytes();
            let of_user = of_users.entry(session.origin.user).or_default();
            if *of_user + bytes > USER_BYTES_MAX || all + bytes > BYTES_MAX {
                over.push(*id);
            } else {
                *of_user += bytes;
                all += bytes;
            }
        }
        for id in over {
            self.end(id, now, effects);
        }
    }

    fn waiting_of(&self, user: UserId) -> impl Iterator<Item = (Timestamp, &Session)> {
        let sessions = self.sessions_of(user);
        sessions.filter_map(|session| match session.link {
            Link::Detached(since) => Some((since, session)),
            Link::Attached(_) => None,
        })
    }

    fn end_longest_waiting(
        &mut self,
        user: UserId,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let waiting = self.waiting_of(user);
        let longest = waiting.map(|(since, session)| (since, session.origin.id));
        let Some((_, longest)) = longest.min() else {
            return false;
        };
        self.end(longest, now, effects);
        true
    }
}
