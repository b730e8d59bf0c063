//! Connections and sessions from one process to the next, and from one memory to the next.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::Timestamp;
use model::gateway::{Capabilities, Intents, Shard};

use super::attentive::Attentive;
use super::history::{History, Past};
use super::{Effect, GuildId, SessionRegistry, Settings, UserId};
use crate::connection::{Connection, Stage};
use crate::ids::{SessionId, SocketId};
use crate::messages::{Audience, Listener};
use crate::payload::Body;
use crate::presence::{Presence, SessionPresence};
use crate::session::replay::{Entry, Replay};
use crate::session::{Link, Origin, Session};
use crate::snapshot::{
    Audiences, Bodies, ConnectionSnapshot, LinkSnapshot, RegistrySnapshot, RingSnapshot,
    SessionSnapshot, StageSnapshot,
};
use crate::wants::Wants;

/// A session that hears of a guild again, and what others see of its user.
pub type Readmitted = (GuildId, Listener, Option<Arc<Presence>>);

impl SessionRegistry {
    /// The sessions that can be resumed: their clients know them by READY, and the guilds that
    /// they hear of are `live`. And the connections about which nothing is being looked up.
    pub fn save(&self, live: impl Fn(&GuildId) -> bool, now: Timestamp) -> RegistrySnapshot {
        let mut bodies = Bodies::default();
        let lasts =
            |session: &&Session| session.waiting.is_none() && session.guilds.iter().all(&live);
        let lasting: Vec<&Session> = self.sessions.values().filter(lasts).collect();
        let mut audiences = Audiences::among(lasting.iter().map(|it| it.origin.id));
        let sessions = lasting.into_iter().map(|session| {
            let user = session.origin.user;
            let friends = (!session.origin.wants.bot).then(|| self.friends.of(user).collect());
            saved(session, friends, &mut bodies)
        });
        let sessions = sessions.collect();
        let rings = self.history.rings().map(|(guild, floor, events)| {
            let events = events.filter_map(|past| {
                let to = audiences.number(&past.to)?;
                let event = bodies.event(past.number, past.at, past.kind, &past.payload);
                Some((event, to))
            });
            let events = events.collect();
            RingSnapshot {
                guild,
                floor,
                events,
            }
        });
        let history = rings.collect();
        let (last, horizon) = self.history.marks();
        RegistrySnapshot {
            at: now,
            connections: self.connected(),
            sessions,
            last,
            horizon,
            history,
            bodies: bodies.into_texts(),
            audiences: audiences.into_lists(),
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
    pub fn restore(settings: Settings, saved: RegistrySnapshot) -> Option<Self> {
        let mut registry = Self::new(settings);
        registry.reconnect(saved.connections, saved.at)?;
        let bodies: Vec<Arc<Body>> = saved.bodies.into_iter().map(Body::new).collect();
        let ids = registry.restore_sessions(saved.sessions, &bodies, saved.at)?;
        let among = |list: Vec<u32>| {
            let ids = list.into_iter().map(|it| ids.get(it as usize).copied());
            ids.collect::<Option<Audience>>()
        };
        let audiences: Option<Vec<Audience>> = saved.audiences.into_iter().map(among).collect();
        let audiences = audiences?;
        let rings = saved.history.into_iter().map(|ring| {
            let events = ring.events.into_iter().map(|(event, to)| {
                let to = Arc::clone(audiences.get(to)?);
                let payload = event.payload(&bodies)?;
                Some(Past::new(event.number, event.at, event.kind, payload, to))
            });
            Some((
                ring.guild,
                ring.floor,
                events.collect::<Option<Vec<Past>>>()?,
            ))
        });
        let rings = rings.collect::<Option<Vec<_>>>()?;
        registry.history = History::restore((saved.last, saved.horizon), rings);
        Some(registry)
    }

    fn connected(&self) -> Vec<ConnectionSnapshot> {
        let connections = self.connections.iter();
        let saved = connections.filter_map(|(socket, connection)| {
            Some(ConnectionSnapshot {
                socket: *socket,
                transport: connection.transport,
                session: connection.session_id.to_string(),
                stage: match connection.stage {
                    Stage::Greeting { deadline } => StageSnapshot::Greeting(deadline),
                    Stage::Live { session, bot } => StageSnapshot::Live(session.to_string(), bot),
                    Stage::Identifying { .. } | Stage::Verifying { .. } => return None,
                },
            })
        });
        saved.collect()
    }

    fn reconnect(&mut self, saved: Vec<ConnectionSnapshot>, now: Timestamp) -> Option<()> {
        for saved in saved {
            let name = saved.session.parse().ok()?;
            let mut connection = Connection::new(saved.transport, name, now);
            connection.stage = match saved.stage {
                StageSnapshot::Greeting(deadline) => Stage::Greeting { deadline },
                StageSnapshot::Live(session, bot) => Stage::Live {
                    session: session.parse().ok()?,
                    bot,
                },
            };
            self.connections.insert(saved.socket, connection);
        }
        Some(())
    }

    /// The memory was gone and is back: connections that are no longer open are lost.
    pub(super) fn restored(
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

    /// All clients were left behind by the process before, which ended at `left`. Their tokens may
    /// have been revoked since, so each is looked up again when its client resumes. The time for
    /// that runs from when the connection was lost, however many processes ended since.
    pub fn arrive(&mut self, left: Timestamp, now: Timestamp) {
        self.connections.clear();
        self.attentive = Attentive::default();
        self.lost.clear();
        let next = self.history.next();
        for session in self.sessions.values_mut() {
            let since = match session.link {
                Link::Attached(_) => left,
                Link::Detached(since) => since,
            };
            // The clock may have been set back meanwhile.
            let since = since.min(now);
            session.detach(since, next);
            self.lost.insert((since, session.origin.id));
            session.zlib = false;
            session.unverified = true;
        }
    }

    fn restore_sessions(
        &mut self,
        sessions: Vec<SessionSnapshot>,
        bodies: &[Arc<Body>],
        now: Timestamp,
    ) -> Option<Vec<SessionId>> {
        let mut ids = Vec::new();
        for mut saved in sessions {
            let friends = saved.friends.take();
            let mut session = restored(saved, bodies)?;
            let (id, user) = (session.origin.id, session.origin.user);
            match session.link {
                Link::Attached(socket) => {
                    let connection = self.connections.get(&socket);
                    session.zlib = connection.is_some_and(|it| it.transport.shares_deflated_json());
                    for guild in &session.guilds {
                        self.attentive.add(*guild, id);
                    }
                }
                Link::Detached(since) => {
                    self.lost.insert((since, id));
                }
            }
            ids.push(id);
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
        Some(ids)
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

fn saved(session: &Session, friends: Option<Vec<UserId>>, bodies: &mut Bodies) -> SessionSnapshot {
    let (origin, presence) = (&session.origin, &session.presence);
    let (seq, missing_from) = session.marks();
    SessionSnapshot {
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
            Link::Attached(socket) => LinkSnapshot::Attached(socket),
            Link::Detached(since) => LinkSnapshot::Detached(since),
        },
        shown: session.shown,
        unverified: session.unverified,
        guilds: session.guilds.iter().copied().collect(),
        friends,
        former_guilds: session.former_guilds.clone(),
        seq,
        missing_from,
        floor: session.replay().floor(),
        events: session
            .replay()
            .entries()
            .map(|it| {
                let event = bodies.event(it.number, it.sent_at, it.kind, &it.payload);
                (event, it.seq)
            })
            .collect(),
    }
}

fn restored(saved: SessionSnapshot, bodies: &[Arc<Body>]) -> Option<Session> {
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
    let mut replay = Replay::begin(saved.floor);
    for (event, seq) in saved.events {
        replay.push(Entry {
            number: event.number,
            seq,
            kind: event.kind,
            payload: event.payload(bodies)?,
            sent_at: event.at,
        });
    }
    let link = match saved.link {
        LinkSnapshot::Attached(socket) => Link::Attached(socket),
        LinkSnapshot::Detached(since) => Link::Detached(since),
    };
    let marks = (saved.seq, saved.missing_from);
    let mut session = Session::restored(origin, presence, link, marks, replay);
    session.guilds = saved.guilds.into_iter().collect();
    session.former_guilds = saved.former_guilds;
    session.shown = saved.shown;
    session.unverified = saved.unverified;
    Some(session)
}
