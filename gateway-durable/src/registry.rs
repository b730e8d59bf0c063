//! Connections and their sessions: everything that is about users rather than guilds.
//!
//! There is one registry for all users. A client identifies after its socket is open, so with
//! several registries one would have to pass frames on to another.

mod attentive;
mod commands;
mod delivery;
mod events;
mod friends;
pub mod history;
mod identify;
mod presence;
mod recent;
mod resume;
mod snapshot;
mod starts;
mod timers;
mod waiting;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::event::{self, EventKind};
use model::gateway::internal::Identified;
use model::gateway::{CloseCode, Command, CommandError};
use model::id::marker;
use model::{Event, Id, Timestamp};

use crate::connection::{Connection, Stage};
use crate::deflate::Deflater;
use crate::ids::{SessionId, SocketId};
use crate::json::to_json;
use crate::messages::{ToGuild, ToSessions};
use crate::payload::{Frame, Payload};
use crate::session::{Link, Session};
use crate::transport::Transport;
use attentive::Attentive;
use friends::Friends;
use history::History;
pub(crate) use identify::hash;
use recent::Recent;
use starts::Starts;

type GuildId = Id<marker::Guild>;
type UserId = Id<marker::User>;

/// Bytes of a payload that is compressed here, with a compressor that is at hand. A longer one is
/// compressed by the first connection that sends it, beside everything else.
const DEFLATED_HERE_BYTES_MAX: usize = 64 * 1024;

/// What an operator decides.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Milliseconds between two heartbeats. On Workers each wakes an object, so it has a price.
    pub heartbeat_interval_ms: u32,
    /// The gateway's address as clients reach it, for `resume_gateway_url`.
    pub gateway_url: Arc<str>,
    /// Whether a client that starts sessions too fast is told to wait.
    pub limit_starts: bool,
}

impl Settings {
    /// Discord's own heartbeat interval.
    pub const HEARTBEAT_INTERVAL_MS: u32 = 41_250;
}

/// What happens to the registry.
#[derive(Debug)]
pub enum Input {
    /// A connection was opened.
    Opened {
        /// The connection.
        socket: SocketId,
        /// How it wants to be spoken to.
        transport: Transport,
        /// 128 random bits: the name of the session it may start.
        session_id: SessionId,
    },
    /// A client sent something.
    Received {
        /// The connection.
        socket: SocketId,
        /// What it sent.
        command: Result<Command, CommandError>,
        /// Bytes of the message.
        bytes: usize,
    },
    /// A connection is gone.
    Closed {
        /// The connection.
        socket: SocketId,
        /// The code of the client's close frame, if it sent one.
        code: Option<u16>,
    },
    /// The answer to [`Effect::Identify`].
    Identified {
        /// The connection.
        socket: SocketId,
        /// The answer.
        result: Result<Box<Identified>, IdentifyError>,
    },
    /// A guild has something for sessions.
    Guild {
        /// The guild.
        guild: GuildId,
        /// What it tells them.
        message: ToSessions,
    },
    /// A function published an event for users, not for a guild.
    Publish(Arc<Event>),
    /// Time passed. Wanted about every second.
    Tick,
    /// A guild forgot everything, and with it who hears of it.
    Forgotten {
        /// The guild.
        guild: GuildId,
    },
    /// The memory was gone and is back.
    Restored {
        /// The connections that are still open, and when their clients were heard.
        open: Vec<(SocketId, Timestamp)>,
    },
    /// The host is about to stop.
    Shutdown,
}

/// Why a token was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentifyError {
    /// It is not valid.
    Unauthorized,
    /// It could not be looked up.
    Failed,
}

/// What the registry wants done.
#[derive(Debug)]
pub enum Effect {
    /// Send to a connection.
    Send {
        /// The connection.
        socket: SocketId,
        /// What to send.
        frame: Frame,
    },
    /// Close a connection, after what was sent to it. No [`Input::Closed`] is wanted for it.
    Close {
        /// The connection.
        socket: SocketId,
        /// Why.
        code: CloseCode,
    },
    /// Ask the internal function whose token this is.
    Identify {
        /// The connection, to be repeated in the answer.
        socket: SocketId,
        /// The token.
        token: String,
        /// Whether it counts as the start of a session.
        counts: bool,
    },
    /// Tell a guild.
    Guild {
        /// The guild.
        guild: GuildId,
        /// What to tell.
        message: ToGuild,
    },
    /// Tell the internal function that the last session of a user ended.
    SessionsEnded {
        /// The user.
        user: UserId,
    },
}

/// Connections, sessions and the users they belong to.
#[derive(Debug)]
pub struct SessionRegistry {
    settings: Settings,
    connections: BTreeMap<SocketId, Connection>,
    sessions: BTreeMap<SessionId, Session>,
    users: BTreeMap<UserId, Vec<SessionId>>,
    /// The sessions that have a connection, by their guilds.
    attentive: Attentive,
    /// The sessions that have none, the longest lost first.
    lost: BTreeSet<(Timestamp, SessionId)>,
    history: History,
    friends: Friends,
    recent: Recent,
    starts: Starts,
    deflater: Deflater,
}

impl SessionRegistry {
    /// A registry without connections.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            connections: BTreeMap::new(),
            sessions: BTreeMap::new(),
            users: BTreeMap::new(),
            attentive: Attentive::default(),
            lost: BTreeSet::new(),
            history: History::default(),
            friends: Friends::default(),
            recent: Recent::default(),
            starts: Starts::default(),
            deflater: Deflater::new(),
        }
    }

    /// Takes an input; adds to `effects` what is to be done, in order.
    pub fn handle(&mut self, input: Input, now: Timestamp, effects: &mut Vec<Effect>) {
        match input {
            Input::Opened {
                socket,
                transport,
                session_id,
            } => {
                let connection = Connection::new(transport, session_id, now);
                self.connections.insert(socket, connection);
                let heartbeat_interval_ms = self.settings.heartbeat_interval_ms;
                let frame = Frame::Hello {
                    heartbeat_interval_ms,
                };
                effects.push(Effect::Send { socket, frame });
            }
            Input::Received {
                socket,
                command,
                bytes,
            } => self.received(socket, command, bytes, now, effects),
            Input::Closed { socket, code } => self.closed(socket, code, now, effects),
            Input::Identified { socket, result } => {
                self.identified(socket, result, now, effects);
            }
            Input::Guild { guild, message } => self.told_by_guild(guild, message, now, effects),
            Input::Forgotten { guild } => self.forgotten(guild, now, effects),
            Input::Publish(event) => self.published(event, now, effects),
            Input::Tick => self.tick(now, effects),
            Input::Restored { open } => self.restored(&open, now, effects),
            Input::Shutdown => self.shutdown(effects),
        }
    }

    /// How many connections are open.
    pub fn connections(&self) -> usize {
        self.connections.len()
    }

    /// How many sessions there are, with those that may be resumed.
    pub fn sessions(&self) -> usize {
        self.sessions.len()
    }

    /// Sends what the sessions themselves have to tell one of them.
    fn send<P: event::Payload>(
        &mut self,
        id: SessionId,
        payload: &P,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let payload = Payload::shared(to_json(payload));
        self.dispatch(id, P::KIND, payload, now, effects);
    }

    /// Sends an event to a session, or keeps it until READY or a resume.
    fn dispatch(
        &mut self,
        id: SessionId,
        kind: EventKind,
        payload: Payload,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let Some(session) = self.sessions.get_mut(&id) else {
            return;
        };
        if let Some(waiting) = &mut session.waiting {
            waiting.held.push((kind, payload));
            return;
        }
        let number = self.history.number();
        if let Some((socket, frame)) = session.dispatch(number, kind, payload, now) {
            effects.push(Effect::Send { socket, frame });
        }
    }

    /// Closes a connection; its session ends if the code says that it cannot be resumed.
    fn close(
        &mut self,
        socket: SocketId,
        code: CloseCode,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        effects.push(Effect::Close { socket, code });
        self.disconnect(socket, code.can_resume(), now, effects);
    }

    fn closed(
        &mut self,
        socket: SocketId,
        code: Option<u16>,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        // See Discord Docs/Initiating a Disconnect.
        let resumable = !matches!(code, Some(1000 | 1001));
        self.disconnect(socket, resumable, now, effects);
    }

    fn disconnect(
        &mut self,
        socket: SocketId,
        resumable: bool,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let Some(connection) = self.connections.remove(&socket) else {
            return;
        };
        match connection.stage {
            Stage::Greeting { .. } | Stage::Verifying { .. } => {}
            Stage::Identifying { .. } => self.recent.finish(socket),
            Stage::Live { session: id, .. } => {
                let Some(session) = self.sessions.get(&id) else {
                    return;
                };
                // A client without READY cannot name the session.
                if resumable && session.waiting.is_none() {
                    self.lose(id, now, effects);
                } else {
                    self.end(id, now, effects);
                }
            }
        }
    }

    /// Forgets a session: nobody will resume it.
    fn end(&mut self, id: SessionId, now: Timestamp, effects: &mut Vec<Effect>) {
        let Some(session) = self.sessions.remove(&id) else {
            return;
        };
        let user = session.origin.user;
        if let Link::Detached(since) = session.link {
            self.lost.remove(&(since, id));
        }
        if let Some(sessions) = self.users.get_mut(&user) {
            sessions.retain(|other| *other != id);
            if sessions.is_empty() {
                self.users.remove(&user);
                effects.push(Effect::SessionsEnded { user });
            }
        }
        for guild in session.guilds {
            self.attentive.remove(guild, id);
            let message = ToGuild::Unsubscribe { session: id, user };
            effects.push(Effect::Guild { guild, message });
        }
        self.show_user(user, now, effects);
    }
}
