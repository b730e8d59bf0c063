//! One connection: what may be sent over it now, and whether it is still alive.

mod command_limit;

use model::Timestamp;
use model::gateway::{CloseCode, Command, CommandError, Identify, Resume};

use crate::ids::SessionId;
use crate::transport::Transport;
use command_limit::CommandLimit;

/// Bytes of a command, for bots.
///
/// See [Discord Docs/Sending Events](https://discord.com/developers/docs/events/gateway#sending-events).
pub const COMMAND_BYTES_MAX: usize = 4096;

/// Bytes of a command of a user client, whose identifies and subscriptions are longer.
///
/// See [Userdoccers/Sending Events](https://docs.discord.food/topics/gateway#sending-events).
pub const USER_COMMAND_BYTES_MAX: usize = 15 * 1024;

/// How long a connection may stay without identifying.
pub const IDENTIFY_TIMEOUT_MS: i64 = 30_000;

/// Commands kept while an identify is under way.
const EARLY_COMMANDS_MAX: usize = 16;

/// How far a connection is.
#[derive(Debug)]
pub enum Stage {
    /// It has neither identified nor resumed.
    Greeting {
        /// When it is closed.
        deadline: Timestamp,
    },
    /// Its token is being looked up.
    Identifying {
        /// The identify, judged when the account is known.
        identify: Box<Identify>,
        /// Its bytes.
        bytes: usize,
        /// When it came.
        began: Timestamp,
        /// Commands that were sent after it.
        early: Vec<Command>,
    },
    /// The token of a session from another process is being looked up.
    Verifying {
        /// What is carried out then.
        resume: Box<Resume>,
    },
    /// It carries a session.
    Live {
        /// The session.
        session: SessionId,
        /// Whether it is a bot's.
        bot: bool,
    },
}

/// The state of one connection.
#[derive(Debug)]
pub struct Connection {
    /// How the connection is spoken to.
    pub transport: Transport,
    /// The name that its session will have.
    pub session_id: SessionId,
    /// How far it is.
    pub stage: Stage,
    /// The last heartbeat.
    last_heartbeat: Timestamp,
    limit: CommandLimit,
}

impl Connection {
    /// A connection that was just opened.
    pub fn new(transport: Transport, session_id: SessionId, now: Timestamp) -> Self {
        Self {
            transport,
            session_id,
            stage: Self::greeting(now),
            last_heartbeat: now,
            limit: CommandLimit::new(now),
        }
    }

    /// The stage in which the connection may identify or resume.
    pub fn greeting(now: Timestamp) -> Stage {
        Stage::Greeting {
            deadline: now.plus_millis(IDENTIFY_TIMEOUT_MS),
        }
    }

    /// The session it carries.
    pub fn session(&self) -> Option<SessionId> {
        match self.stage {
            Stage::Live { session, .. } => Some(session),
            _ => None,
        }
    }

    /// Judges what the client sent: the command to carry out, `None` when there is nothing to do
    /// yet, or the code to close with.
    pub fn admit(
        &mut self,
        command: Result<Command, CommandError>,
        bytes: usize,
        now: Timestamp,
    ) -> Result<Option<Command>, CloseCode> {
        if !self.limit.take(now) {
            return Err(CloseCode::RateLimited);
        }
        let command = match command {
            _ if bytes > self.bytes_max(command.as_ref().ok()) => {
                return Err(CloseCode::DecodeError);
            }
            Ok(command) => command,
            Err(CommandError::Undecodable) => return Err(CloseCode::DecodeError),
            Err(CommandError::UnknownOpcode) => return Err(CloseCode::UnknownOpcode),
        };
        if let Command::Heartbeat(_) = command {
            self.last_heartbeat = now;
            return Ok(Some(command));
        }
        let starts = matches!(command, Command::Identify(_) | Command::Resume(_));
        match &mut self.stage {
            Stage::Greeting { .. } if !starts => Err(CloseCode::NotAuthenticated),
            Stage::Identifying { .. } | Stage::Verifying { .. } | Stage::Live { .. } if starts => {
                Err(CloseCode::AlreadyAuthenticated)
            }
            // A resuming session has said all this before.
            Stage::Verifying { .. } => Ok(None),
            Stage::Identifying { early, .. } => {
                if early.len() < EARLY_COMMANDS_MAX {
                    early.push(command);
                }
                Ok(None)
            }
            Stage::Greeting { .. } | Stage::Live { .. } => Ok(Some(command)),
        }
    }

    fn bytes_max(&self, command: Option<&Command>) -> usize {
        match (&self.stage, command) {
            (Stage::Greeting { .. }, Some(Command::Identify(_)))
            | (Stage::Live { bot: false, .. }, _) => USER_COMMAND_BYTES_MAX,
            _ => COMMAND_BYTES_MAX,
        }
    }

    /// Its client was heard at this time.
    pub fn heard(&mut self, at: Timestamp) {
        self.last_heartbeat = self.last_heartbeat.max(at);
    }

    /// Whether the connection must be closed because it did not identify, or stopped to send
    /// heartbeats: it may be late by half an interval, so that one that is dead on the way is found
    /// before the second is missing.
    pub fn expired(&self, heartbeat_interval_ms: u32, now: Timestamp) -> bool {
        now > self.deadline(heartbeat_interval_ms)
    }

    /// After when it has expired, if nothing comes from its client.
    pub fn deadline(&self, heartbeat_interval_ms: u32) -> Timestamp {
        let patience = i64::from(heartbeat_interval_ms) * 3 / 2;
        let silent = self.last_heartbeat.plus_millis(patience);
        match self.stage {
            Stage::Greeting { deadline } => deadline.min(silent),
            _ => silent,
        }
    }
}

#[cfg(test)]
mod tests {
    use model::gateway::Opcode;

    use super::*;
    use crate::compression::Compression;

    const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn connection() -> Connection {
        let transport = Transport {
            version: 10,
            encoding: crate::encoding::Encoding::Json,
            compression: Compression::None,
        };
        Connection::new(transport, SessionId(1), START)
    }

    fn identifying() -> Stage {
        let identify = serde_json::from_str(r#"{"token":"x"}"#).unwrap();
        Stage::Identifying {
            identify,
            bytes: 0,
            began: START,
            early: Vec::new(),
        }
    }

    fn send(connection: &mut Connection, text: &str) -> Result<Option<Command>, CloseCode> {
        connection.admit(Command::from_json(text), text.len(), START)
    }

    const IDENTIFY: &str = r#"{"op":2,"d":{"token":"x"}}"#;
    const PRESENCE: &str = r#"{"op":3,"d":{"status":"idle"}}"#;

    #[test]
    fn nothing_but_heartbeats_comes_before_identify() {
        let mut it = connection();
        assert!(send(&mut it, r#"{"op":1,"d":null}"#).is_ok());
        assert_eq!(
            send(&mut it, PRESENCE).unwrap_err(),
            CloseCode::NotAuthenticated
        );
        assert!(send(&mut it, IDENTIFY).is_ok());
    }

    #[test]
    fn nobody_identifies_twice() {
        let mut it = connection();
        it.stage = identifying();
        let error = send(&mut it, IDENTIFY).unwrap_err();
        assert_eq!(error, CloseCode::AlreadyAuthenticated);
        let session = SessionId(1);
        it.stage = Stage::Live { session, bot: true };
        let resume = r#"{"op":6,"d":{"token":"x","session_id":"y","seq":1}}"#;
        let error = send(&mut it, resume).unwrap_err();
        assert_eq!(error, CloseCode::AlreadyAuthenticated);
    }

    #[test]
    fn commands_sent_too_early_wait() {
        let mut it = connection();
        it.stage = identifying();
        assert!(send(&mut it, PRESENCE).unwrap().is_none());
        assert!(matches!(it.stage, Stage::Identifying { early, .. } if early.len() == 1));
    }

    #[test]
    fn bots_may_send_less_at_once_than_users() {
        let mut it = connection();
        let session = SessionId(1);
        let other = || Ok(Command::Other(Opcode::LazyRequest));
        it.stage = Stage::Live { session, bot: true };
        let error = it.admit(other(), COMMAND_BYTES_MAX + 1, START).unwrap_err();
        assert_eq!(error, CloseCode::DecodeError);
        it.stage = Stage::Live {
            session,
            bot: false,
        };
        assert!(it.admit(other(), COMMAND_BYTES_MAX + 1, START).is_ok());
        assert!(
            it.admit(other(), USER_COMMAND_BYTES_MAX + 1, START)
                .is_err()
        );
    }

    #[test]
    fn undecodable_messages_close_with_their_code() {
        let mut it = connection();
        assert_eq!(send(&mut it, "?").unwrap_err(), CloseCode::DecodeError);
        assert_eq!(
            send(&mut it, r#"{"op":99}"#).unwrap_err(),
            CloseCode::UnknownOpcode
        );
    }

    #[test]
    fn the_121st_command_of_a_minute_is_one_too_many() {
        let mut it = connection();
        for _ in 0..120 {
            assert!(send(&mut it, r#"{"op":1,"d":null}"#).is_ok());
        }
        let error = send(&mut it, r#"{"op":1,"d":null}"#).unwrap_err();
        assert_eq!(error, CloseCode::RateLimited);
    }

    #[test]
    fn a_silent_connection_expires_before_its_second_heartbeat() {
        let mut it = connection();
        it.stage = Stage::Live {
            session: SessionId(1),
            bot: true,
        };
        assert!(!it.expired(40_000, START.plus_millis(60_000)));
        assert!(it.expired(40_000, START.plus_millis(60_001)));
    }

    #[test]
    fn a_connection_that_never_identifies_expires() {
        let it = connection();
        assert!(!it.expired(40_000, START.plus_millis(IDENTIFY_TIMEOUT_MS)));
        assert!(it.expired(40_000, START.plus_millis(IDENTIFY_TIMEOUT_MS + 1)));
    }
}
