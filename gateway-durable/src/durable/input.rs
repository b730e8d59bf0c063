//! What a host tells an object.

use model::gateway::{Command, CommandError};
use model::{Event, Timestamp};
use serde::{Deserialize, Serialize};

use super::Address;
use super::link::{Ack, Envelope};
use crate::encoding::Encoding;
use crate::hub::{self, Question};
use crate::ids::{SessionId, SocketId};
use crate::registry;
use crate::transport::Transport;

/// SHA-256 of a token.
pub type TokenHash = [u8; 32];

/// What happens to an object, as its host hears of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
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
        /// The message as JSON, whatever its encoding; nothing if it has none.
        text: String,
        /// Bytes of the message.
        bytes: usize,
        /// The hash of the token that was in it, where it is left out of what is kept.
        token_hash: Option<TokenHash>,
    },
    /// A connection is gone.
    Closed {
        /// The connection.
        socket: SocketId,
        /// The code of the client's close frame, if it sent one.
        code: Option<u16>,
    },
    /// Events for this object were committed, in this order. Each is published once.
    Published {
        /// The events.
        events: Vec<Event>,
    },
    /// Another object tells something. [`super::Durable::ack`] is the answer.
    Told(Envelope),
    /// Another object answered to [`super::Durable::envelope`].
    Answer {
        /// The other.
        from: Address,
        /// Its answer.
        ack: Ack,
    },
    /// An internal function answered.
    Answered {
        /// What was asked.
        question: Question,
        /// The HTTP status.
        status: u16,
        /// The body.
        body: Vec<u8>,
    },
    /// Time passed. Wanted when [`super::Durable::due`] says so.
    Tick,
    /// The object was evicted and restored. Wanted first, after [`super::Durable::restore`].
    Restored {
        /// The connections that are still open, and when their clients were heard.
        open: Vec<(SocketId, Timestamp)>,
    },
}

impl Input {
    /// A client sent more than any command has: so many bytes.
    pub fn too_long(socket: SocketId, bytes: usize) -> Self {
        Self::Received {
            socket,
            text: String::new(),
            bytes,
            token_hash: None,
        }
    }

    /// What a client sent over a connection.
    pub fn received(socket: SocketId, encoding: Encoding, message: &[u8]) -> Self {
        Self::Received {
            socket,
            text: encoding.to_json(message).unwrap_or_default(),
            bytes: message.len(),
            token_hash: None,
        }
    }
}

/// The input as cores take it; `None` for an answer that says nothing, and for what is not theirs.
pub fn heard(input: Input) -> Option<hub::Input> {
    Some(hub::Input::Registry(match input {
        Input::Opened {
            socket,
            transport,
            session_id,
        } => registry::Input::Opened {
            socket,
            transport,
            session_id,
        },
        Input::Received {
            socket,
            text,
            bytes,
            token_hash,
        } => registry::Input::Received {
            socket,
            command: command(&text, token_hash),
            bytes,
        },
        Input::Closed { socket, code } => registry::Input::Closed { socket, code },
        Input::Tick => registry::Input::Tick,
        Input::Restored { open } => registry::Input::Restored { open },
        Input::Published { events } => return Some(hub::Input::Published { first: 0, events }),
        Input::Answered {
            question,
            status,
            body,
        } => return question.answered(status, &body),
        Input::Told(_) | Input::Answer { .. } => return None,
    }))
}

/// The command that was received, with the hash of the token that it had.
pub(super) fn command(text: &str, token_hash: Option<TokenHash>) -> Result<Command, CommandError> {
    let mut command = Command::from_json(text)?;
    match &mut command {
        Command::Identify(identify) => identify.token_hash = token_hash,
        Command::Resume(resume) => resume.token_hash = token_hash,
        _ => {}
    }
    Ok(command)
}
