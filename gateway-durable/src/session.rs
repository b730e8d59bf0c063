//! One session: what its client wants, its sequence numbers, and what it may have missed.
//!
//! A session outlives its connections. Everything that it is sent has a number, and is kept for a
//! while so that a client that lost its connection can resume.

pub mod replay;

use std::collections::BTreeSet;

use model::event::EventKind;
use model::gateway::{Capabilities, Gate, Intents, Shard, gate};
use model::id::marker;
use model::{Id, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ids::{SessionId, SocketId};
use crate::messages::{Layout, Listener};
use crate::payload::{Frame, Payload};
use crate::presence::{Changes, SessionPresence};
use crate::ready::Waiting;
use replay::Replay;

/// How long a session without a connection can be resumed.
pub const RESUME_MS: i64 = 300_000;

/// How long a session without a connection still counts as its user being online. A connection
/// that is closed with 1000 or 1001 ends its session, and the presence, at once.
pub const PRESENCE_MS: i64 = 10_000;

/// Which kinds of event a session gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wants {
    /// Whether it is a bot's.
    pub bot: bool,
    /// Its intents. User accounts without any get everything.
    pub intents: Option<Intents>,
}

impl Wants {
    /// Whether the session gets events of this kind, from a private conversation or a guild.
    pub fn hears(self, kind: EventKind, private: bool) -> bool {
        match (gate(kind, private), self.bot) {
            (gate, true) => gate.admits(self.intents.unwrap_or_default()),
            (Gate::Closed, false) => false,
            (Gate::Users | Gate::Open, false) => true,
            (Gate::Intents(any), false) => self.intents.is_none_or(|i| i.intersects(any)),
        }
    }

    /// Whether the session may read what others' messages in guilds say.
    pub fn reads_content(self) -> bool {
        !self.bot || self.has(Intents::MESSAGE_CONTENT)
    }

    /// Whether the session has the intent. User accounts have those they did not decline.
    pub fn has(self, intent: Intents) -> bool {
        match self.intents {
            Some(intents) => intents.contains(intent),
            None => !self.bot,
        }
    }
}

/// Where the session's events go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// To this connection.
    Attached(SocketId),
    /// Nowhere but into the replay buffer, since then.
    Detached(Timestamp),
}

/// What a session was started with.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The session.
    pub id: SessionId,
    /// Whose it is.
    pub user: Id<marker::User>,
    /// SHA-256 of the token, which a resume must show again.
    pub token_hash: [u8; 32],
    /// The public name of the token.
    pub auth_hash: Box<str>,
    /// Its events.
    pub wants: Wants,
    /// Its part of the guilds.
    pub shard: Shard,
    /// The version of the API.
    pub version: u8,
    /// What its client understands.
    pub capabilities: Capabilities,
    /// Members from which on a guild is sent without those that are offline.
    pub large_threshold: u64,
    /// The operating system its client named.
    pub os: Box<str>,
}

impl Origin {
    /// The session as its guilds know it.
    pub fn listener(&self) -> Listener {
        Listener {
            session: self.id,
            user: self.user,
            wants: self.wants,
            layout: self.layout(),
            large_threshold: self.large_threshold,
        }
    }

    /// How guilds are written for it.
    pub fn layout(&self) -> Layout {
        match self.wants.bot {
            true => Layout::Bot,
            false => Layout::User {
                properties: self.capabilities.contains(Capabilities::CLIENT_STATE_V2),
                dedupe: self
                    .capabilities
                    .contains(Capabilities::DEDUPE_USER_OBJECTS),
            },
        }
    }
}

/// The state of one session.
#[derive(Debug)]
pub struct Session {
    /// What it was started with.
    pub origin: Origin,
    /// What it says its user does.
    pub presence: SessionPresence,
    /// How often it changed that.
    pub changes: Changes,
    /// The guilds it hears of.
    pub guilds: BTreeSet<Id<marker::Guild>>,
    /// READY, while guilds are missing for it.
    pub waiting: Option<Box<Waiting>>,
    /// Where its events go.
    pub link: Link,
    /// Whether its connection reads JSON through `zlib-stream`.
    pub zlib: bool,
    /// Whether it counts for what others see of its user.
    pub shown: bool,
    /// Whether its token must be looked up before it is resumed: it comes from another process.
    pub unverified: bool,
    seq: u64,
    replay: Replay,
}

impl Session {
    /// A session that has sent nothing yet.
    pub fn new(origin: Origin, presence: SessionPresence, socket: SocketId) -> Self {
        Self {
            origin,
            presence,
            changes: Changes::default(),
            guilds: BTreeSet::new(),
            waiting: None,
            link: Link::Attached(socket),
            zlib: false,
            shown: true,
            unverified: false,
            seq: 0,
            replay: Replay::default(),
        }
    }

    /// A session that there was before, with what it was sent.
    pub fn restored(
        origin: Origin,
        presence: SessionPresence,
        guilds: BTreeSet<Id<marker::Guild>>,
        replay: Replay,
        link: Link,
    ) -> Self {
        Self {
            origin,
            presence,
            changes: Changes::default(),
            guilds,
            waiting: None,
            link,
            zlib: false,
            shown: true,
            unverified: false,
            seq: replay.last(),
            replay,
        }
    }

    /// What was sent and may have been lost.
    pub fn replay(&self) -> &Replay {
        &self.replay
    }

    /// Numbers an event and keeps it. Returns where to send it, if the session has a connection.
    pub fn dispatch(
        &mut self,
        kind: EventKind,
        payload: Payload,
        now: Timestamp,
    ) -> Option<(SocketId, Frame)> {
        self.seq += 1;
        let seq = self.seq;
        if kind == EventKind::Ready {
            // Who did not get READY does not know the session's name and cannot resume it.
            self.replay.begin_after(seq);
        } else {
            self.replay.push(kind, payload.clone(), now);
        }
        match self.link {
            Link::Attached(socket) => Some((socket, Frame::Dispatch { kind, seq, payload })),
            Link::Detached(_) => None,
        }
    }

    /// The client says that it has everything up to `seq`.
    pub fn acknowledge(&mut self, seq: u64, now: Timestamp) {
        self.replay.acknowledge(seq, now);
    }

    /// Attaches the session to another connection and returns what was sent after `seq`, then
    /// RESUMED. RESUMED has a number too and may itself be missed.
    pub fn resume(
        &mut self,
        socket: SocketId,
        seq: u64,
        now: Timestamp,
    ) -> Result<Vec<Frame>, ResumeError> {
        if seq > self.seq {
            return Err(ResumeError::NeverSent);
        }
        let missed = self.replay.after(seq).ok_or(ResumeError::Forgotten)?;
        let mut frames: Vec<Frame> = missed
            .zip(seq + 1..)
            .map(|((kind, payload), seq)| Frame::Dispatch {
                kind,
                seq,
                payload: payload.clone(),
            })
            .collect();
        self.link = Link::Attached(socket);
        let resumed = Payload::shared(r#"{"_trace":["[\"gateway\",{\"micros\":0}]"]}"#);
        let last = self.dispatch(EventKind::Resumed, resumed, now);
        frames.extend(last.map(|(_, frame)| frame));
        Ok(frames)
    }

    /// Whether the session can no longer be resumed.
    pub fn expired(&self, now: Timestamp) -> bool {
        matches!(self.link, Link::Detached(since) if now.since_millis(since) > RESUME_MS)
    }

    /// Whether its user is online by it.
    pub fn is_present(&self, now: Timestamp) -> bool {
        match self.link {
            Link::Attached(_) => true,
            Link::Detached(since) => now.since_millis(since) <= PRESENCE_MS,
        }
    }

    /// After when time alone changes something about it.
    pub fn deadline(&self) -> Option<Timestamp> {
        let gone = match self.link {
            Link::Attached(_) => None,
            Link::Detached(since) if self.shown => Some(since.plus_millis(PRESENCE_MS)),
            Link::Detached(since) => Some(since.plus_millis(RESUME_MS)),
        };
        let ready = self.waiting.as_ref().map(|waiting| waiting.deadline);
        let told = self.changes.held_until();
        gone.into_iter().chain(ready).chain(told).min()
    }

    /// The last sequence number.
    pub fn seq(&self) -> u64 {
        self.seq
    }
}

/// Why a session cannot be resumed from a sequence number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResumeError {
    /// The number was never sent. Closes with 4007.
    NeverSent,
    /// Too much was sent since. Answered with opcode 9.
    Forgotten,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    pub(crate) fn origin(bot: bool, intents: Option<Intents>) -> Origin {
        Origin {
            id: SessionId(1),
            user: Id::new(1),
            token_hash: [0; 32],
            auth_hash: "hash".into(),
            wants: Wants { bot, intents },
            shard: Shard::WHOLE,
            version: 10,
            capabilities: Capabilities::empty(),
            large_threshold: 50,
            os: "linux".into(),
        }
    }

    fn session() -> Session {
        let origin = origin(true, Some(Intents::all()));
        Session::new(origin, SessionPresence::default(), SocketId(1))
    }

    fn send(session: &mut Session, text: &str) -> Option<u64> {
        let frame = session.dispatch(EventKind::TypingStart, Payload::shared(text), START)?;
        match frame.1 {
            Frame::Dispatch { seq, .. } => Some(seq),
            _ => None,
        }
    }

    fn seqs(frames: &[Frame]) -> Vec<u64> {
        frames
            .iter()
            .filter_map(|frame| match frame {
                Frame::Dispatch { seq, .. } => Some(*seq),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn a_resumed_session_gets_what_it_missed_and_then_resumed() {
        let mut it = session();
        it.dispatch(EventKind::Ready, Payload::shared("{}"), START);
        assert_eq!(send(&mut it, "1"), Some(2));
        it.link = Link::Detached(START);
        assert_eq!(send(&mut it, "2"), None);
        assert_eq!(send(&mut it, "3"), None);
        let frames = it.resume(SocketId(2), 2, START).unwrap();
        assert_eq!(seqs(&frames), [3, 4, 5]);
        let Frame::Dispatch { kind, .. } = frames[2] else {
            panic!()
        };
        assert_eq!(kind, EventKind::Resumed);
        assert_eq!(send(&mut it, "4"), Some(6));
    }

    #[test]
    fn numbers_never_sent_and_numbers_forgotten_cannot_be_resumed_from() {
        let mut it = session();
        it.dispatch(EventKind::Ready, Payload::shared("{}"), START);
        let error = it.resume(SocketId(2), 2, START).unwrap_err();
        assert_eq!(error, ResumeError::NeverSent);
        let error = it.resume(SocketId(2), 0, START).unwrap_err();
        assert_eq!(error, ResumeError::Forgotten);
        assert!(it.resume(SocketId(2), 1, START).is_ok());
    }

    #[test]
    fn a_user_account_without_intents_gets_everything() {
        let everything = Wants {
            bot: false,
            intents: None,
        };
        assert!(everything.hears(EventKind::MessageCreate, false));
        assert!(everything.hears(EventKind::MessageAck, true));
        assert!(!everything.hears(EventKind::SessionsRevoked, true));
        let some = Wants {
            bot: false,
            intents: Some(Intents::GUILDS),
        };
        assert!(!some.hears(EventKind::MessageCreate, false));
        assert!(some.hears(EventKind::MessageAck, true));
    }

    #[test]
    fn a_dropped_session_is_online_for_seconds_and_resumable_for_minutes() {
        let mut it = session();
        it.link = Link::Detached(START);
        assert!(it.is_present(START.plus_millis(PRESENCE_MS)));
        assert!(!it.is_present(START.plus_millis(PRESENCE_MS + 1)));
        assert!(!it.expired(START.plus_millis(180_000)));
        assert!(it.expired(START.plus_millis(RESUME_MS + 1)));
    }
}
