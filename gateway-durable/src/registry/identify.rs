//! From IDENTIFY to READY.

use std::collections::{BTreeMap, BTreeSet};

use model::event::EventKind;
use model::gateway::internal::{Identified, OwnGuild};
use model::gateway::{
    ApplicationFlags, CloseCode, Identify, IntentBits, Intents, RequestedShard, Shard,
};
use model::relationship::{Relationship, kind};
use model::{Member, Timestamp};
use sha2::{Digest, Sha256};

use super::{Effect, GuildId, IdentifyError, SessionRegistry, UserId};
use crate::connection::{COMMAND_BYTES_MAX, Connection, Stage};
use crate::ids::{SessionId, SocketId};
use crate::messages::ToGuild;
use crate::payload::Frame;
use crate::presence::SessionPresence;
use crate::ready::{self, GUILDS_WAIT_MS};
use crate::session::{Link, Origin, Session, Waiting};
use crate::wants::Wants;

/// Guilds that one shard may have.
///
/// See [Discord Docs/Sharding](https://discord.com/developers/docs/events/gateway#sharding).
pub const GUILDS_PER_SHARD_MAX: usize = 2500;

/// The version of the API from which on bots must name their intents.
const INTENTS_SINCE: u8 = 8;

impl SessionRegistry {
    /// Asks whose token it is.
    pub(super) fn identify(
        &mut self,
        socket: SocketId,
        identify: Box<Identify>,
        bytes: usize,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let Some(connection) = self.connections.get_mut(&socket) else {
            return;
        };
        let token = identify.bare_token().to_owned();
        if self.settings.limit_starts && !self.starts.admit_token(hash_of(&identify), now) {
            return invalid(socket, effects);
        }
        connection.stage = Stage::Identifying {
            identify,
            bytes,
            began: now,
            early: Vec::new(),
        };
        self.recent.begin(socket);
        effects.push(Effect::Identify {
            socket,
            token,
            counts: self.settings.limit_starts,
        });
    }

    /// Starts a session for whom the token belongs to.
    pub(super) fn identified(
        &mut self,
        socket: SocketId,
        result: Result<Box<Identified>, IdentifyError>,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let Some(connection) = self.connections.get_mut(&socket) else {
            return;
        };
        let greeting = Connection::greeting(now);
        let (identify, bytes, began, early) =
            match std::mem::replace(&mut connection.stage, greeting) {
                Stage::Identifying {
                    identify,
                    bytes,
                    began,
                    early,
                } => (identify, bytes, began, early),
                Stage::Verifying { resume } => {
                    let result = result.map(|identified| flags(&identified));
                    return self.verified(socket, &resume, result, now, effects);
                }
                other => {
                    connection.stage = other;
                    return;
                }
            };
        let judged = result.map(|identified| {
            let origin = judge(connection, &identify, bytes, &identified);
            origin.map(|origin| (origin, identified))
        });
        match judged {
            Ok(Ok((origin, _)))
                if !self.may_start(&origin, now)
                    || !self.make_room(origin.user, origin.wants.bot, now, effects) =>
            {
                invalid(socket, effects);
            }
            Ok(Ok((origin, identified))) => {
                self.start(socket, origin, &identify, identified, began, now, effects);
                for command in early {
                    self.carry_out(socket, command, 0, now, effects);
                }
            }
            Ok(Err(code)) => self.close(socket, code, now, effects),
            Err(IdentifyError::Unauthorized) => {
                self.close(socket, CloseCode::AuthenticationFailed, now, effects);
            }
            Err(IdentifyError::Failed) => invalid(socket, effects),
        }
        self.recent.finish(socket);
    }

    /// Whether a session may begin now. User accounts have no shards to begin one after the other.
    fn may_start(&mut self, origin: &Origin, now: Timestamp) -> bool {
        !self.settings.limit_starts
            || !origin.wants.bot
            || self.starts.admit_shard(origin.user, origin.shard, now)
    }

    fn start(
        &mut self,
        socket: SocketId,
        origin: Origin,
        identify: &Identify,
        identified: Box<Identified>,
        began: Timestamp,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let (id, user, bot) = (origin.id, origin.user, origin.wants.bot);
        let Some(connection) = self.connections.get_mut(&socket) else {
            return;
        };
        connection.stage = Stage::Live { session: id, bot };
        let (client, update) = (identify.properties.kind(), identify.presence.clone());
        let presence = SessionPresence::new(client, update, bot, now);
        let mut session = Session::new(origin, presence, socket);
        session.zlib = connection.transport.shares_deflated_json();
        let covered = covered(&identified.guilds, session.origin.shard);
        session.guilds = covered.iter().map(|(guild, _)| *guild).collect();
        let own = identified.user.user.clone();
        if !bot {
            self.friends.know(user, friends(&identified.relationships));
        }
        let mut ready = None;
        if bot {
            let guilds: Vec<GuildId> = session.guilds.iter().copied().collect();
            let url = &self.settings.gateway_url;
            ready = Some(ready::bot(&session.origin, &identified, &guilds, url));
        } else {
            session.waiting = Some(Box::new(Waiting {
                missing: session.guilds.clone(),
                identified,
                guilds: BTreeMap::new(),
                held: Vec::new(),
                deadline: now.plus_millis(GUILDS_WAIT_MS),
            }));
        }
        self.sessions.insert(id, session);
        self.users.entry(user).or_default().push(id);
        if let Some(ready) = ready {
            self.dispatch(id, EventKind::Ready, ready, now, effects);
        }
        for (guild, member) in covered {
            let user = Some(own.clone());
            let member = Box::new(Member { user, ..member });
            self.subscribe(id, guild, member, began, false, effects);
        }
        for news in self.recent.since(socket, user) {
            self.catch_up(id, news, now, effects);
        }
        self.send_ready_if_complete(id, now, effects);
        self.tell_friends(user, now, effects);
        if !bot {
            self.replace_sessions(user, Some(id), now, effects);
        }
    }

    /// Subscribes a session to a guild. The member was read at `as_of`.
    pub(super) fn subscribe(
        &mut self,
        id: SessionId,
        guild: GuildId,
        member: Box<Member>,
        as_of: Timestamp,
        joined: bool,
        effects: &mut Vec<Effect>,
    ) {
        let Some(session) = self.sessions.get_mut(&id) else {
            return;
        };
        session.guilds.insert(guild);
        if let Link::Attached(_) = session.link {
            self.attentive.add(guild, id);
        }
        let listener = session.origin.listener();
        let user = listener.user;
        let presence = self.presence_in(user, guild);
        let message = ToGuild::Subscribe {
            listener,
            member,
            as_of,
            presence,
            friends: self.friends.of(user).collect(),
            joined,
        };
        effects.push(Effect::Guild { guild, message });
    }

    /// Sends READY to a user account once no guild is missing.
    pub(super) fn send_ready_if_complete(
        &mut self,
        id: SessionId,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let Some(session) = self.sessions.get_mut(&id) else {
            return;
        };
        let complete = |waiting: &mut Box<Waiting>| waiting.missing.is_empty();
        let Some(waiting) = session.waiting.take_if(complete) else {
            return;
        };
        let Some(session) = self.sessions.get(&id) else {
            return;
        };
        let user = session.origin.user;
        let sessions = self.session_entries(user);
        let company = self.company(user);
        let url = &self.settings.gateway_url;
        let ready = ready::user(&session.origin, &waiting, &company, sessions, url);
        let supplemental = ready::supplemental(&session.origin, &waiting, &company);
        self.dispatch(id, EventKind::Ready, ready, now, effects);
        if let Some(supplemental) = supplemental {
            self.dispatch(id, EventKind::ReadySupplemental, supplemental, now, effects);
        }
        for (kind, payload) in waiting.held {
            self.dispatch(id, kind, payload, now, effects);
        }
    }
}

/// Tells the client to wait a moment and identify again, on the same connection.
fn invalid(socket: SocketId, effects: &mut Vec<Effect>) {
    let frame = Frame::InvalidSession { resumable: false };
    effects.push(Effect::Send { socket, frame });
}

/// The user's guilds that are in this shard.
fn covered(guilds: &[OwnGuild], shard: Shard) -> Vec<(GuildId, Member)> {
    let covered = guilds.iter().filter(|guild| shard.covers(guild.id));
    covered
        .map(|guild| (guild.id, guild.member.clone()))
        .collect()
}

fn friends(relationships: &[Relationship]) -> BTreeSet<UserId> {
    let friends = relationships.iter().filter(|it| it.kind == kind::FRIEND);
    friends.map(|friend| friend.id).collect()
}

/// Whether the identify may start a session, and which.
fn judge(
    connection: &Connection,
    identify: &Identify,
    bytes: usize,
    identified: &Identified,
) -> Result<Origin, CloseCode> {
    let user = &identified.user.user;
    if user.bot && bytes > COMMAND_BYTES_MAX {
        return Err(CloseCode::DecodeError);
    }
    let shard = match identify.shard {
        RequestedShard::Missing => Shard::WHOLE,
        RequestedShard::Given(shard) => shard,
        RequestedShard::Invalid => return Err(CloseCode::InvalidShard),
    };
    let guilds = identified.guilds.iter();
    if user.bot && guilds.filter(|g| shard.covers(g.id)).count() > GUILDS_PER_SHARD_MAX {
        return Err(CloseCode::ShardingRequired);
    }
    let version = connection.transport.version;
    Ok(Origin {
        id: connection.session_id,
        user: user.id,
        token_hash: hash_of(identify),
        auth_hash: identified.session_id_hash.as_str().into(),
        wants: Wants {
            bot: user.bot,
            intents: intents(identify.intents, version, identified)?,
        },
        shard,
        version,
        capabilities: identify.capabilities(),
        large_threshold: identify.large_threshold(user.bot),
        os: identify.properties.os.as_deref().unwrap_or("other").into(),
    })
}

/// The intents a session gets, or why it gets none. `None` is everything, for user accounts.
fn intents(
    asked: IntentBits,
    version: u8,
    identified: &Identified,
) -> Result<Option<Intents>, CloseCode> {
    if !identified.user.user.bot {
        // User accounts have intents of their own, which say nothing here.
        return Ok(match asked {
            IntentBits::Given(intents) => Some(intents),
            IntentBits::Missing | IntentBits::Invalid => None,
        });
    }
    let denied = denied(flags(identified));
    match asked {
        IntentBits::Given(intents) if intents.intersects(denied) => {
            Err(CloseCode::DisallowedIntents)
        }
        IntentBits::Given(intents) => Ok(Some(intents)),
        IntentBits::Missing if version < INTENTS_SINCE => Ok(Some(Intents::all() - denied)),
        IntentBits::Missing | IntentBits::Invalid => Err(CloseCode::InvalidIntents),
    }
}

/// The flags of the application that the account belongs to.
pub(super) fn flags(identified: &Identified) -> u64 {
    identified.application.map_or(0, |it| it.flags)
}

/// The intents that an application with these flags may not have.
pub(super) fn denied(flags: u64) -> Intents {
    let allowed = Intents::privileged_for(ApplicationFlags::from_bits_retain(flags));
    Intents::PRIVILEGED - allowed
}

fn hash_of(identify: &Identify) -> [u8; 32] {
    let known = identify.token_hash;
    known.unwrap_or_else(|| hash(identify.bare_token()))
}

/// How a session remembers its token.
pub fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
