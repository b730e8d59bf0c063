//! Who is whose friend, and what friends were told of each other's presences.
//!
//! Friends see each other's presence as a whole, whether or not they share a guild. See
//! [Userdoccers/Presence Update](https://docs.discord.food/topics/gateway-events#presence-update).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::event::{EventKind, RelationshipAdd, RelationshipRemove};
use model::relationship::kind;
use model::{Event, Timestamp};

use super::{Effect, SessionRegistry, UserId};
use crate::ids::SessionId;
use crate::json::to_json;
use crate::payload::Payload;
use crate::presence::{self, Presence};
use crate::ready::Company;

/// The friends of those users who have sessions.
#[derive(Debug, Default)]
pub struct Friends {
    of: BTreeMap<UserId, BTreeSet<UserId>>,
    /// What friends were told of a user who is not offline.
    told: BTreeMap<UserId, Arc<Presence>>,
}

impl Friends {
    /// The friends of a user, as an identify read them.
    pub fn know(&mut self, user: UserId, friends: BTreeSet<UserId>) {
        self.of.insert(user, friends);
    }

    /// The friends of a user who has sessions.
    pub fn of(&self, user: UserId) -> impl Iterator<Item = UserId> {
        self.of.get(&user).into_iter().flatten().copied()
    }

    /// Notes that others are told of this presence; `false` when they know.
    fn tell(&mut self, user: UserId, presence: Option<Arc<Presence>>) -> bool {
        let before = match &presence {
            Some(presence) => self.told.insert(user, presence.clone()),
            None => self.told.remove(&user),
        };
        before != presence
    }

    fn forget(&mut self, user: UserId) {
        self.of.remove(&user);
    }
}

impl SessionRegistry {
    /// A user's presence in all, without regard to guilds.
    fn overall(&self, user: UserId) -> Option<Arc<Presence>> {
        let shown = self.sessions_of(user).filter(|session| session.shown);
        Presence::of(user, shown.map(|session| &session.presence))
    }

    /// Tells the friends of a user what is to be seen now, if that is anything else than before.
    pub(super) fn tell_friends(&mut self, user: UserId, now: Timestamp, effects: &mut Vec<Effect>) {
        let overall = self.overall(user);
        if self.friends.tell(user, overall.clone()) {
            let friends: Vec<UserId> = self.friends.of(user).collect();
            for friend in friends {
                self.send_presence(friend, user, overall.as_deref(), now, effects);
            }
        }
        if self.sessions_of(user).next().is_none() {
            self.friends.forget(user);
        }
    }

    fn send_presence(
        &mut self,
        to: UserId,
        of: UserId,
        presence: Option<&Presence>,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let kind = EventKind::PresenceUpdate;
        let sessions = self.sessions_of(to).filter(|session| {
            let origin = &session.origin;
            origin.wants.hears(kind, true) && origin.shard.covers_private()
        });
        let sessions: Vec<SessionId> = sessions.map(|session| session.origin.id).collect();
        if !sessions.is_empty() {
            let told = match presence {
                Some(presence) => presence.in_list(),
                None => presence::offline_in_list(of),
            };
            let payload = Payload::shared(to_json(&told));
            self.fan_out(&sessions, kind, &payload, now, effects);
        }
    }

    /// Follows who becomes or stops being a friend of `user`, by an event for that user.
    pub(super) fn note_relationship(&mut self, user: UserId, event: &Event) -> Option<UserId> {
        let (other, are_friends) = match event.kind {
            EventKind::RelationshipAdd => {
                let added = event.read::<RelationshipAdd<'_>>().ok()?.relationship;
                (added.id, added.kind == kind::FRIEND)
            }
            EventKind::RelationshipRemove => (event.read::<RelationshipRemove>().ok()?.id, false),
            _ => return None,
        };
        let friends = self.friends.of.get_mut(&user)?;
        match are_friends {
            true => friends.insert(other).then_some(other),
            false => {
                friends.remove(&other);
                None
            }
        }
    }

    /// Tells a user that a new friend is online.
    pub(super) fn introduce(
        &mut self,
        user: UserId,
        friend: UserId,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        if let Some(presence) = self.overall(friend) {
            self.send_presence(user, friend, Some(&presence), now, effects);
        }
    }

    /// The friends of a user who are online, in all and in each guild that both are in.
    pub(super) fn company(&self, user: UserId) -> Company {
        let mut company = Company::default();
        for friend in self.friends.of(user) {
            let Some(overall) = self.overall(friend) else {
                continue;
            };
            company.friends.push(overall);
            let guilds: BTreeSet<_> = self
                .sessions_of(friend)
                .flat_map(|session| session.guilds.iter().copied())
                .collect();
            for guild in guilds {
                let presence = self.presence_in(friend, guild);
                let here = company.guilds.entry(guild).or_default();
                here.extend(presence);
            }
        }
        company
    }
}
