//! Connections and sessions from one process to the next, and from one memory to the next.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::Timestamp;
use model::gateway::{Capabilities, Intents, Shard};

use super::{Bucket, Effect, GuildId, Settings, UserId};
use crate::connection::{Connection, Stage};
use crate::ids::SocketId;
use crate::messages::Listener;
use crate::payload::{Body, Payload};
use crate::presence::{Presence, SessionPresence};
use crate::saved::{Bodies, SavedBucket, SavedConnection, SavedLink, SavedSession, SavedStage};
use crate::session::replay::Replay;
use crate::session::{Link, Origin, Session, Wants};

/// A session that hears of a guild again, and what others see of its user.
pub type Readmitted = (GuildId, Listener, Option<Arc<Presence>>);

impl Bucket {
    /// The sessions that can be resumed: their clients know them by READY, and the guilds that
    /// they hear of are `live`. And the connections about which nothing is being looked up.
    pub fn save(&self, live: impl Fn(&GuildId) -> bool, now: Timestamp) -> SavedBucket {
        let mut bodies = Bodies::default();
        let sessions = self
            .sessions
            .values()
            .filter(|session| session.waiting.is_none() && session.guilds.iter().all(&live));
        let sessions = sessions.map(|session| {
            let user = session.origin.user;
            let friends = (!session.origin.wants.bot).then(|| self.friends.of(user).collect());
            saved(session, friends, &mut bodies)
        });
        SavedBucket {
            at: now,
            connections: self.connected(),
            sessions: sessions.collect(),
            bodies: bodies.into_texts(),
        }
    }

    /// Whether nothing is under way that [`Self::save`] leaves out.
    pub fn is_quiet(&self) -> bool {
        let said = |session: &Session| session.waiting.is_none() && !session.changes.is_held();
        let mut connections = self.connections.values();
        let known = |stage: &Stage| matches!(stage, Stage::Greeting { .. } | Stage::Live { .. });
        self.sessions.values().all(said) && connections.all(|it| known(&it.stage))
    }

    /// The sessions and connections as they were saved. `None` when one is not readable.
    pub fn revive(settings: Settings, saved: SavedBucket) -> Option<Self> {
        let mut bucket = Self::new(settings);
        bucket.reconnect(saved.connections, saved.at)?;
        bucket.restore(saved.sessions, saved.bodies, saved.at)?;
        Some(bucket)
    }

    fn connected(&self) -> Vec<SavedConnection> {
        let connections = self.connections.iter();
        let saved = connections.filter_map(|(socket, connection)| {
            Some(SavedConnection {
                socket: *socket,
                transport: connection.transport,
                session: connection.session_id.to_string(),
                stage: match connection.stage {
                    Stage::Greeting { deadline } => SavedStage::Greeting(deadline),
                    Stage::Live { session, bot } => SavedStage::Live(session.to_string(), bot),
                    Stage::Identifying { .. } | Stage::Verifying { .. } => return None,
                },
            })
        });
        saved.collect()
    }

    fn reconnect(&mut self, saved: Vec<SavedConnection>, now: Timestamp) -> Option<()> {
        for saved in saved {
            let name = saved.session.parse().ok()?;
            let mut connection = Connection::new(saved.transport, name, now);
            connection.stage = match saved.stage {
                SavedStage::Greeting(deadline) => Stage::Greeting { deadline },
                SavedStage::Live(session, bot) => Stage::Live {
                    session: session.parse().ok()?,
                    bot,
                },
            };
            self.connections.insert(saved.socket, connection);
        }
        Some(())
    }

    /// The memory was gone and is back: connections that are no longer open are lost.
    pub(super) fn revived(
        &mut self,
        open: &[(SocketId, Timestamp)],
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let open: BTreeMap<_, _> = open.iter().copied().collect();
        let mut lost = Vec::new();
        for (socket, connection) in &mut self.connections {
            match open.get(socket) {
                Some(at) => connection.heard(*at),
                None => lost.push(*socket),
            }
        }
        for socket in lost {
            self.closed(socket, None, now, effects);
        }
    }

    /// All clients were left behind by the process before. Their tokens may have been revoked
    /// since, so each is looked up again when its client resumes.
    pub fn arrive(&mut self, now: Timestamp) {
        self.connections.clear();
        for session in self.sessions.values_mut() {
            session.link = Link::Detached(now);
            session.zlib = false;
            session.unverified = true;
        }
    }

    fn restore(
        &mut self,
        sessions: Vec<SavedSession>,
        bodies: Vec<Box<str>>,
        now: Timestamp,
    ) -> Option<()> {
        let bodies: Vec<Arc<Body>> = bodies.into_iter().map(Body::new).collect();
        for mut saved in sessions {
            let friends = saved.friends.take();
            let mut session = restored(saved, &bodies, now)?;
            if let Link::Attached(socket) = session.link {
                let connection = self.connections.get(&socket);
                session.zlib = connection.is_some_and(|it| it.transport.shares_deflated_json());
            }
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
        Some(())
    }

    /// Who hears of guilds.
    pub fn listeners(&self) -> impl Iterator<Item = Readmitted> {
        self.sessions.values().flat_map(|session| {
            session.guilds.iter().map(|guild| {
                let presence = self.presence_in(session.origin.user, *guild);
                (*guild, session.origin.listener(), presence)
            })
        })
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
        link: match session.link {
            Link::Attached(socket) => SavedLink::Attached(socket),
            Link::Detached(since) => SavedLink::Detached(since),
        },
        shown: session.shown,
        unverified: session.unverified,
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
    let link = match saved.link {
        SavedLink::Attached(socket) => Link::Attached(socket),
        SavedLink::Detached(since) => Link::Detached(since),
    };
    let mut session = Session::restored(origin, presence, guilds, replay, link);
    session.shown = saved.shown;
    session.unverified = saved.unverified;
    Some(session)
}
