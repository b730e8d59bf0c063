//! What was published for users while somebody identified.
//!
//! An identify reads the stores before the session exists. What is published for the user in
//! between would reach nobody, so it is kept until the last identify that began before it is done.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use model::id::marker;
use model::{Audience, Event, Id, Member, Timestamp};

use crate::ids::SocketId;

type GuildId = Id<marker::Guild>;
type UserId = Id<marker::User>;

/// Something that a session of the user would have been told.
#[derive(Debug, Clone)]
pub enum News {
    /// An event for the user.
    Event(Arc<Event>),
    /// The user became a member of a guild.
    Joined {
        /// The guild.
        guild: GuildId,
        /// The user.
        user: UserId,
        /// The member.
        member: Box<Member>,
        /// When that was known.
        at: Timestamp,
    },
}

impl News {
    fn concerns(&self, user: UserId) -> bool {
        match self {
            Self::Event(event) => recipients(&event.audience).contains(&user),
            Self::Joined { user: joined, .. } => *joined == user,
        }
    }
}

/// The users whom an audience names.
pub fn recipients(audience: &Audience) -> &[UserId] {
    match audience {
        Audience::Users(users) | Audience::Private { users, .. } => users,
        Audience::Guild(_) | Audience::Channel { .. } | Audience::Holders { .. } => &[],
    }
}

/// News, numbered, from the beginning of the oldest identify that is under way.
#[derive(Debug, Default)]
pub struct Recent {
    next: u64,
    news: VecDeque<(u64, News)>,
    identifying: BTreeMap<SocketId, u64>,
}

impl Recent {
    /// An identify begins.
    pub fn begin(&mut self, socket: SocketId) {
        self.identifying.insert(socket, self.next);
    }

    /// Keeps news if somebody may need it.
    pub fn record(&mut self, news: impl FnOnce() -> News) {
        if !self.identifying.is_empty() {
            self.news.push_back((self.next, news()));
            self.next += 1;
        }
    }

    /// What happened to a user since the identify began.
    pub fn since(&self, socket: SocketId, user: UserId) -> Vec<News> {
        let Some(begin) = self.identifying.get(&socket) else {
            return Vec::new();
        };
        let news = self.news.iter().filter(|(number, _)| number >= begin);
        news.map(|(_, news)| news)
            .filter(|news| news.concerns(user))
            .cloned()
            .collect()
    }

    /// An identify is done, one way or the other.
    pub fn finish(&mut self, socket: SocketId) {
        self.identifying.remove(&socket);
        let oldest = self.identifying.values().min();
        match oldest {
            None => self.news = VecDeque::new(),
            Some(oldest) => {
                while self.news.front().is_some_and(|(number, _)| number < oldest) {
                    self.news.pop_front();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(guild: u64) -> News {
        let member = r#"{"nick":null,"avatar":null,"roles":[],"premium_since":null,"deaf":false,
            "joined_at":"2025-01-01T00:00:00Z","mute":false,"flags":0,"pending":false,
            "communication_disabled_until":null}"#;
        News::Joined {
            guild: Id::new(guild),
            user: Id::new(1),
            member: serde_json::from_str(member).unwrap(),
            at: Timestamp::from_millis(0),
        }
    }

    #[test]
    fn news_is_kept_for_who_began_before_it() {
        let mut recent = Recent::default();
        recent.record(|| joined(1));
        recent.begin(SocketId(1));
        recent.record(|| joined(2));
        recent.begin(SocketId(2));
        recent.record(|| joined(3));
        assert_eq!(recent.since(SocketId(1), Id::new(1)).len(), 2);
        assert_eq!(recent.since(SocketId(2), Id::new(1)).len(), 1);
        assert_eq!(recent.since(SocketId(2), Id::new(9)).len(), 0);
        recent.finish(SocketId(1));
        assert_eq!(recent.news.len(), 1);
        recent.finish(SocketId(2));
        assert!(recent.news.is_empty());
    }
}
