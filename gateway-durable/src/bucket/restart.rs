//! Sessions from one process to the next.

use std::sync::Arc;

use model::Timestamp;
use model::gateway::{Capabilities, Intents, Shard};

use super::{Bucket, GuildId, UserId};
use crate::guild::Listener;
use crate::payload::{Body, Payload};
use crate::presence::{Presence, SessionPresence};
use crate::saved::{Bodies, SavedSession};
use crate::session::replay::Replay;
use crate::session::{Origin, Session, Wants};

/// A session that hears of a guild again, and what others see of its user.
pub type Readmitted = (GuildId, Listener, Option<Arc<Presence>>);

impl Bucket {
    /// The sessions that can be resumed: their clients know them by READY, and the guilds that
    /// they hear of are `live`.
    pub fn save(&self, live: impl Fn(&GuildId) -> bool, bodies: &mut Bodies) -> Vec<SavedSession> {
        let sessions = self
            .sessions
            .values()
            .filter(|session| session.waiting.is_none() && session.guilds.iter().all(&live));
        let sessions = sessions.map(|session| {
            let user = session.origin.user;
            let friends = (!session.origin.wants.bot).then(|| self.friends.of(user).collect());
            saved(session, friends, bodies)
        });
        sessions.collect()
    }

    /// Takes the sessions of the process before. Their tokens may have been revoked since, so each
    /// is looked up again when its client resumes. `None` when a session is not readable.
    pub fn restore(
        &mut self,
        sessions: Vec<SavedSession>,
        bodies: Vec<Box<str>>,
        now: Timestamp,
    ) -> Option<Vec<Readmitted>> {
        let bodies: Vec<Arc<Body>> = bodies.into_iter().map(Body::new).collect();
        for mut saved in sessions {
            let friends = saved.friends.take();
            let session = restored(saved, &bodies, now)?;
            let (id, user) = (session.origin.id, session.origin.user);
            self.sessions.insert(id, session);
            self.users.entry(user).or_default().push(id);
            if let Some(friends) = friends {
                self.friends.know(user, friends.into_iter().collect());
            }
        }
        let users: Vec<UserId> = self.users.keys().copied().collect();
        for user in users {
            // They were told before: nothing is sent.
            self.tell_friends(user, now, &mut Vec::new());
        }
        let sessions = self.sessions.values();
        let readmitted = sessions.flat_map(|session| {
            session.guilds.iter().map(|guild| {
                let presence = self.presence_in(session.origin.user, *guild);
                (*guild, session.origin.listener(), presence)
            })
        });
        Some(readmitted.collect())
    }
}

fn saved(session: &Session, friends: Option<Vec<UserId>>, bodies: &mut Bodies) -> SavedSession {
    let (origin, presence) = (&session.origin, &session.presence);
    let (first, events) = session.replay().events();
    SavedSession {
        id: origin.id.to_string(),
        user: origin.user,
        token_hash: origin.token_hash,
        auth_hash: origin.auth_hash.clone(),
        bot: origin.wants.bot,
        intents: origin.wants.intents.map(|intents| intents.bits()),
        shard: (origin.shard.id, origin.shard.count),
        version: origin.version,
        capabilities: origin.capabilities.bits(),
        large_threshold: origin.large_threshold,
        os: origin.os.clone(),
        status: presence.status,
        activities: presence.activities.clone(),
        client: presence.client,
        guilds: session.guilds.iter().copied().collect(),
        friends,
        first,
        events: events
            .map(|(kind, payload)| bodies.event(kind, payload))
            .collect(),
    }
}

fn restored(saved: SavedSession, bodies: &[Arc<Body>], now: Timestamp) -> Option<Session> {
    let (id, count) = saved.shard;
    let origin = Origin {
        id: saved.id.parse().ok()?,
        user: saved.user,
        token_hash: saved.token_hash,
        auth_hash: saved.auth_hash,
        wants: Wants {
            bot: saved.bot,
            intents: saved.intents.map(Intents::from_bits_retain),
        },
        shard: (id < count).then_some(Shard { id, count })?,
        version: saved.version,
        capabilities: Capabilities::from_bits_retain(saved.capabilities),
        large_threshold: saved.large_threshold,
        os: saved.os,
    };
    let presence = SessionPresence::restored(saved.status, saved.activities, saved.client);
    let mut replay = Replay::default();
    replay.begin_after(saved.first.checked_sub(1)?);
    for (kind, own, body) in saved.events {
        let shared = Arc::clone(bodies.get(body)?);
        let own = own.map(Arc::from);
        replay.push(kind, Payload { own, shared }, now);
    }
    let guilds = saved.guilds.into_iter().collect();
    Some(Session::restored(origin, presence, guilds, replay, now))
}
