//! One session: what its client wants, its sequence numbers, and what it may have missed.
//!
//! A session outlives its connections. Everything that it is sent has a number, and is kept for a
//! while so that a client that lost its connection can resume.

pub mod replay;

use std::collections::{BTreeMap, BTreeSet};

use model::event::EventKind;
use model::gateway::internal::Identified;
use model::gateway::{Capabilities, Shard};
use model::id::marker;
use model::{Id, Timestamp};

use crate::ids::{SessionId, SocketId};
use crate::messages::{Layout, Listener, View};
use crate::payload::{Frame, Payload};
use crate::presence::{Changes, SessionPresence};
use crate::wants::Wants;
use replay::{Entry, Replay};

/// How long a session without a connection can be resumed.
pub const RESUME_MS: i64 = 300_000;

/// How long a session without a connection still counts as its user being online. A connection
/// that is closed with 1000 or 1001 ends its session, and the presence, at once.
pub const PRESENCE_MS: i64 = 10_000;

/// Where the session's events go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// To this connection.
    Attached(SocketId),
    /// Nowhere since then: it may be resumed and gets what it missed.
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

/// A READY of a user account that waits for guilds.
#[derive(Debug)]
pub struct Waiting {
    /// What it tells besides the guilds.
    pub identified: Box<Identified>,
    /// Guilds that have not answered.
    pub missing: BTreeSet<Id<marker::Guild>>,
    /// Guilds that have; `None` for those that cannot be had now.
    pub guilds: BTreeMap<Id<marker::Guild>, Option<View>>,
    /// Events that come after READY.
    pub held: Vec<(EventKind, Payload)>,
    /// When READY is sent in any case.
    pub deadline: Timestamp,
}

/// What a session was sent, or would have been: without gaps, in order.
#[derive(Debug)]
pub struct Heard {
    /// Whatever is not below this number is complete.
    pub floor: u64,
    /// Numbers, kinds and payloads.
    pub events: Vec<(u64, EventKind, Payload)>,
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
    /// Guilds that it heard of, each until the event with this number.
    pub former_guilds: Vec<(Id<marker::Guild>, u64)>,
    /// The last sequence number; without what it missed while it has no connection.
    seq: u64,
    /// The number of the first event that is not in `seq`, while it has no connection.
    missing_from: u64,
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
            former_guilds: Vec::new(),
            seq: 0,
            missing_from: 0,
            replay: Replay::default(),
        }
    }

    /// A session that there was before, with what only it was sent.
    pub fn restored(
        origin: Origin,
        presence: SessionPresence,
        link: Link,
        (seq, missing_from): (u64, u64),
        replay: Replay,
    ) -> Self {
        Self {
            link,
            seq,
            missing_from,
            replay,
            ..Self::new(origin, presence, SocketId(0))
        }
    }

    /// What only this session was sent and may have lost.
    pub fn replay(&self) -> &Replay {
        &self.replay
    }

    /// Sends something to this session alone: the event with this number. It is kept. Returns
    /// where to send it, if the session has a connection.
    pub fn dispatch(
        &mut self,
        number: u64,
        kind: EventKind,
        payload: Payload,
        now: Timestamp,
    ) -> Option<(SocketId, Frame)> {
        let sent = self.send(kind, payload.clone());
        if kind == EventKind::Ready {
            // A client without READY does not know the session's name and cannot resume it.
            self.replay = Replay::begin(number + 1);
        } else {
            self.replay.push(Entry {
                number,
                seq: sent.is_some().then_some(self.seq),
                kind,
                payload,
                sent_at: now,
            });
        }
        sent
    }

    /// Sends something that is kept elsewhere, if the session has a connection.
    pub fn send(&mut self, kind: EventKind, payload: Payload) -> Option<(SocketId, Frame)> {
        let Link::Attached(socket) = self.link else {
            return None;
        };
        self.seq += 1;
        let seq = self.seq;
        Some((socket, Frame::Dispatch { kind, seq, payload }))
    }

    /// The session has no connection any more. The next event has the number `next`.
    pub fn detach(&mut self, since: Timestamp, next: u64) {
        if let Link::Attached(_) = self.link {
            self.missing_from = next;
        }
        self.link = Link::Detached(since);
    }

    /// The client says that it has everything up to `seq`.
    pub fn acknowledge(&mut self, seq: u64, now: Timestamp) {
        self.replay.acknowledge(seq, now);
    }

    /// The number of the first event that a client missed that has `seq`, as far as it is known
    /// without counting; `next` is that of the next event.
    pub fn missed_from(&self, seq: u64, next: u64) -> u64 {
        if seq == self.seq {
            self.numbered_until(next)
        } else {
            0
        }
    }

    fn numbered_until(&self, next: u64) -> u64 {
        match self.link {
            Link::Attached(_) => next,
            Link::Detached(_) => self.missing_from,
        }
    }

    /// Attaches the session to another connection and returns what was sent after `seq`: the end of
    /// what it `heard`. The next event has the number `next`.
    pub fn resume(
        &mut self,
        socket: SocketId,
        seq: u64,
        heard: Heard,
        next: u64,
    ) -> Result<Vec<Frame>, ResumeError> {
        let behind = self.seq.checked_sub(seq).ok_or(ResumeError::NeverSent)?;
        let numbered = self.numbered_until(next);
        let events = heard.events;
        let split = events.partition_point(|(number, ..)| *number < numbered);
        let begin = usize::try_from(behind).ok();
        let begin = begin.and_then(|behind| split.checked_sub(behind));
        let begin = begin.filter(|_| heard.floor <= numbered);
        let begin = begin.ok_or(ResumeError::Forgotten)?;
        let bytes: usize = events[begin..].iter().map(|(.., it)| it.len()).sum();
        if events.len() - begin > replay::EVENTS_MAX || bytes > replay::BYTES_MAX {
            return Err(ResumeError::Forgotten);
        }
        for ((number, ..), seq) in events[split..].iter().zip(self.seq + 1..) {
            self.replay.note(*number, seq);
        }
        self.seq += (events.len() - split) as u64;
        self.link = Link::Attached(socket);
        let missed = events.into_iter().skip(begin).zip(seq + 1..);
        let frame = |((_, kind, payload), seq)| Frame::Dispatch { kind, seq, payload };
        Ok(missed.map(frame).collect())
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

    /// The last sequence number, and the number of the first event that it does not count.
    pub fn marks(&self) -> (u64, u64) {
        (self.seq, self.missing_from)
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
    use model::gateway::Intents;

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

    pub(crate) fn session() -> Session {
        let origin = origin(true, Some(Intents::all()));
        Session::new(origin, SessionPresence::default(), SocketId(1))
    }

    fn sent(frame: Option<(SocketId, Frame)>) -> Option<u64> {
        match frame?.1 {
            Frame::Dispatch { seq, .. } => Some(seq),
            _ => None,
        }
    }

    fn send(session: &mut Session, number: u64) -> Option<u64> {
        let payload = Payload::shared(number.to_string());
        sent(session.dispatch(number, EventKind::TypingStart, payload, START))
    }

    fn ready() -> Session {
        let mut it = session();
        it.dispatch(1, EventKind::Ready, Payload::shared("{}"), START);
        it
    }

    /// Resumes with what the session was sent alone, and what came from a guild.
    fn resume(
        session: &mut Session,
        seq: u64,
        of_guild: &[u64],
        next: u64,
    ) -> Result<Vec<(u64, String)>, ResumeError> {
        let floor = session.replay().floor();
        let own = session.replay().from(session.missed_from(seq, next));
        let mut events: Vec<_> = own.map(|(n, kind, it)| (n, kind, it.clone())).collect();
        let of_guild = of_guild.iter().copied();
        events.extend(of_guild.map(|number| {
            let payload = Payload::shared(number.to_string());
            (number, EventKind::MessageCreate, payload)
        }));
        events.sort_by_key(|(number, ..)| *number);
        let frames = session.resume(SocketId(2), seq, Heard { floor, events }, next)?;
        let frames = frames.iter().filter_map(|frame| match frame {
            Frame::Dispatch { seq, payload, .. } => Some((*seq, payload.to_json())),
            _ => None,
        });
        Ok(frames.collect())
    }

    fn numbered(events: &[(u64, &str)]) -> Vec<(u64, String)> {
        let events = events.iter();
        events
            .map(|(seq, text)| (*seq, (*text).to_owned()))
            .collect()
    }

    #[test]
    fn a_resumed_session_gets_what_it_missed_in_its_order() {
        let mut it = ready();
        assert_eq!(send(&mut it, 2), Some(2));
        it.detach(START, 3);
        assert_eq!(send(&mut it, 3), None);
        assert_eq!(send(&mut it, 5), None);
        let missed = resume(&mut it, 2, &[4, 6], 7).unwrap();
        assert_eq!(missed, numbered(&[(3, "3"), (4, "4"), (5, "5"), (6, "6")]));
        assert_eq!(send(&mut it, 7), Some(7));
        // The numbers that were given then are those that a heartbeat confirms.
        it.acknowledge(4, START.plus_millis(replay::CONFIRMED_MS + 1));
        assert_eq!(it.replay().floor(), 4);
    }

    #[test]
    fn dispatches_sent_before_the_loss_are_sent_again() {
        let mut it = ready();
        send(&mut it, 2);
        it.send(EventKind::MessageCreate, Payload::shared("3"));
        send(&mut it, 4);
        it.detach(START, 5);
        let missed = resume(&mut it, 2, &[3, 6], 7).unwrap();
        assert_eq!(missed, numbered(&[(3, "3"), (4, "4"), (5, "6")]));
    }

    #[test]
    fn numbers_never_sent_and_numbers_forgotten_cannot_be_resumed_from() {
        let mut it = ready();
        let error = resume(&mut it, 2, &[], 2).unwrap_err();
        assert_eq!(error, ResumeError::NeverSent);
        let error = resume(&mut it, 0, &[], 2).unwrap_err();
        assert_eq!(error, ResumeError::Forgotten);
        assert!(resume(&mut it, 1, &[], 2).is_ok());
    }

    #[test]
    fn sessions_that_missed_too_much_start_anew() {
        let missed: Vec<u64> = (2..2 + replay::EVENTS_MAX as u64).collect();
        let resumed = |missed: &[u64]| {
            let mut it = ready();
            it.detach(START, 2);
            resume(&mut it, 1, missed, 9999).map(|missed| missed.len())
        };
        assert_eq!(resumed(&missed), Ok(replay::EVENTS_MAX));
        let more: Vec<u64> = missed.into_iter().chain([9000]).collect();
        assert_eq!(resumed(&more), Err(ResumeError::Forgotten));
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
