//! A gateway that can be put away between any two inputs: what a Durable Object is that hibernates.
//!
//! The cores always do the same with the same inputs, so it is enough to keep what happened. A
//! journal has every input in its order; from time to time the whole state is kept instead, and the
//! journal begins anew. To revive the gateway is to read the state and to handle the journal once
//! more, without its effects: they were carried out.
//!
//! An input of which nobody noticed anything (a heartbeat, a second that passed) waits in memory
//! until another one is kept, so a heartbeat touches no storage. Should the gateway be put away
//! before, it is as if the input had never come.

mod secrets;

use model::{Event, Timestamp};
use serde::{Deserialize, Serialize};

use crate::bucket::{self, Settings};
use crate::calls::Question;
use crate::encoding::{Encoding, Transport};
use crate::hub::{self, Effect, Hub};
use crate::ids::{SessionId, SocketId};
use crate::payload::Frame;
use secrets::{TokenHash, without_tokens};

/// Bytes of journal after which the whole state is kept instead, as soon as that is possible.
const JOURNAL_BYTES_MAX: usize = 256 * 1024;
/// Inputs that wait in memory at most.
const WAITING_MAX: usize = 1000;

/// What happens to the gateway, as its host hears of it.
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
    /// Events were committed; see [`hub::Input::Published`].
    Published {
        /// The number of the first event.
        first: u64,
        /// The events, in the order of their commits.
        events: Vec<Event>,
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
    /// Time passed. Wanted about every second, while there is anybody.
    Tick,
    /// The gateway was put away and is back. Wanted first, after [`Durable::revive`].
    Revived {
        /// The connections that are still open.
        open: Vec<SocketId>,
    },
}

impl Input {
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

/// An input and when it came.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    at: i64,
    input: Input,
}

/// A gateway that can be put away.
#[derive(Debug)]
pub struct Durable {
    settings: Settings,
    hub: Hub,
    /// What was asked and is not answered.
    asked: Vec<Question>,
    /// Inputs that are not kept yet.
    waiting: Vec<Entry>,
    /// Bytes of the journal.
    journal: usize,
}

impl Durable {
    /// A gateway without connections, of which nothing is kept.
    pub fn new(settings: Settings) -> Self {
        Self {
            hub: Hub::new(settings.clone()),
            settings,
            asked: Vec::new(),
            waiting: Vec::new(),
            journal: 0,
        }
    }

    /// The gateway as it was kept: the last whole state, if there was one, and the rows of the
    /// journal since. `None` when they are not what this version writes.
    pub fn revive(settings: Settings, whole: Option<&[u8]>, journal: &[Vec<u8>]) -> Option<Self> {
        let mut gateway = Self::new(settings);
        if let Some(whole) = whole {
            gateway.hub = Hub::revive(gateway.settings.clone(), whole)?;
        }
        for row in journal {
            let entries: Vec<Entry> = postcard::from_bytes(row).ok()?;
            for entry in entries {
                let at = Timestamp::from_millis(entry.at);
                gateway.carry_out(entry.input, at, &mut Vec::new());
            }
            gateway.journal += row.len();
        }
        Some(gateway)
    }

    /// Takes an input; adds to `effects` what is to be done, in order. Returns a row for the end of
    /// the journal, if there is one: it is to be stored before anything is done.
    #[must_use]
    pub fn handle(
        &mut self,
        input: Input,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Option<Vec<u8>> {
        let (at, begun) = (now.as_millis(), effects.len());
        self.waiting.push(Entry {
            at,
            input: without_tokens(&input),
        });
        let (message, time) = match input {
            Input::Received { .. } => (true, false),
            Input::Tick | Input::Revived { .. } => (false, true),
            _ => (false, false),
        };
        self.carry_out(input, now, effects);
        let unnoticed = match &effects[begun..] {
            [] => time,
            [Effect::Send { frame, .. }] => message && matches!(frame, Frame::HeartbeatAck),
            _ => false,
        };
        (!unnoticed || self.waiting.len() > WAITING_MAX).then(|| self.keep())
    }

    /// The whole state, if it is time to keep it instead of the journal and nothing is under way.
    #[must_use]
    pub fn compact(&mut self, now: Timestamp) -> Option<Vec<u8>> {
        let due = self.journal > JOURNAL_BYTES_MAX;
        due.then(|| self.whole(now)).flatten()
    }

    /// The same, whether it is time or not.
    #[must_use]
    pub fn whole(&mut self, now: Timestamp) -> Option<Vec<u8>> {
        if !self.asked.is_empty() {
            return None;
        }
        let whole = self.hub.snapshot(now)?;
        // From now on it is what it would be if it had just been revived, so both stay the same.
        self.hub = Hub::revive(self.settings.clone(), &whole)?;
        self.waiting.clear();
        self.journal = 0;
        Some(whole)
    }

    /// What was asked of internal functions and is not answered yet: to be asked again by who
    /// revived the gateway. Who identified is to be told that it failed
    /// ([`Question::cannot_be_repeated`]).
    pub fn unanswered(&self) -> &[Question] {
        &self.asked
    }

    /// The gateway itself.
    pub fn hub(&self) -> &Hub {
        &self.hub
    }

    fn keep(&mut self) -> Vec<u8> {
        // Nothing of an entry can fail to be written.
        let row = postcard::to_stdvec(&self.waiting).unwrap_or_default();
        self.waiting.clear();
        self.journal += row.len();
        row
    }

    fn carry_out(&mut self, input: Input, now: Timestamp, effects: &mut Vec<Effect>) {
        let begun = effects.len();
        if let Input::Answered { question, .. } = &input {
            self.asked.retain(|asked| !asked.is(question));
        }
        if let Some(input) = Self::heard(input) {
            self.hub.handle(input, now, effects);
        }
        for effect in &effects[begun..] {
            match effect {
                // Nobody waits for an answer to that.
                Effect::Ask(Question::Left(_)) => {}
                Effect::Ask(question) => self.asked.push(question.clone()),
                _ => {}
            }
        }
    }

    /// The input as the hub takes it; `None` for an answer that says nothing.
    fn heard(input: Input) -> Option<hub::Input> {
        Some(hub::Input::Bucket(match input {
            Input::Opened {
                socket,
                transport,
                session_id,
            } => bucket::Input::Opened {
                socket,
                transport,
                session_id,
            },
            Input::Received {
                socket,
                text,
                bytes,
                token_hash,
            } => bucket::Input::Received {
                socket,
                command: secrets::command(&text, token_hash),
                bytes,
            },
            Input::Closed { socket, code } => bucket::Input::Closed { socket, code },
            Input::Tick => bucket::Input::Tick,
            Input::Revived { open } => bucket::Input::Revived { open },
            Input::Published { first, events } => {
                return Some(hub::Input::Published { first, events });
            }
            Input::Answered {
                question,
                status,
                body,
            } => return question.answered(status, &body),
        }))
    }
}
