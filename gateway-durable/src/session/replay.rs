//! What only one session was sent, and may have been lost on the way.
//!
//! What guilds send to several is kept once for all: see `registry::history`.

use std::collections::VecDeque;

use model::Timestamp;
use model::event::EventKind;

use crate::payload::Payload;

/// Events that a session may miss, and that are kept for it alone. One that misses more starts
/// anew.
pub const EVENTS_MAX: usize = 2048;

/// The same in bytes of JSON, counted as if no body were shared.
pub const BYTES_MAX: usize = 4 * 1024 * 1024;

/// How long events are kept that the client has confirmed by a heartbeat: for clients that resume
/// from an older number than they confirmed.
pub const CONFIRMED_MS: i64 = 60_000;

/// One event.
#[derive(Debug)]
pub struct Entry {
    /// Its number among the events of all sessions and guilds.
    pub number: u64,
    /// Its sequence number; none while it is known only once the session is resumed.
    pub seq: Option<u64>,
    /// Its `t`.
    pub kind: EventKind,
    /// Its `d`.
    pub payload: Payload,
    /// When it was sent.
    pub sent_at: Timestamp,
}

/// The last events of a session, in order.
#[derive(Debug, Default)]
pub struct Replay {
    entries: VecDeque<Entry>,
    /// Events below this number are forgotten.
    floor: u64,
    bytes: usize,
}

impl Replay {
    /// Nothing, of what comes from this number on.
    pub fn begin(floor: u64) -> Self {
        Self {
            floor,
            ..Self::default()
        }
    }

    /// Keeps an event; the oldest make room.
    pub fn push(&mut self, entry: Entry) {
        self.bytes += entry.payload.len();
        self.entries.push_back(entry);
        while self.entries.len() > EVENTS_MAX || self.bytes > BYTES_MAX {
            self.drop_first();
        }
    }

    /// The events from a number on.
    pub fn from(&self, number: u64) -> impl Iterator<Item = (u64, EventKind, &Payload)> {
        let begin = self.entries.partition_point(|it| it.number < number);
        let rest = self.entries.range(begin..);
        rest.map(|entry| (entry.number, entry.kind, &entry.payload))
    }

    /// All events.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// The number below which events are forgotten.
    pub fn floor(&self) -> u64 {
        self.floor
    }

    /// Bytes of JSON that are kept.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The event with this number, if it is kept here, has this sequence number.
    pub fn note(&mut self, number: u64, seq: u64) {
        let found = self.entries.binary_search_by_key(&number, |it| it.number);
        if let Some(entry) = found.ok().and_then(|at| self.entries.get_mut(at)) {
            entry.seq = Some(seq);
        }
    }

    /// Forgets events up to `seq` that are older than [`CONFIRMED_MS`].
    pub fn acknowledge(&mut self, seq: u64, now: Timestamp) {
        while let Some(entry) = self.entries.front()
            && entry.seq.is_some_and(|it| it <= seq)
            && now.since_millis(entry.sent_at) > CONFIRMED_MS
        {
            self.drop_first();
        }
        if self.entries.is_empty() {
            self.entries.shrink_to_fit();
        }
    }

    fn drop_first(&mut self) {
        if let Some(entry) = self.entries.pop_front() {
            self.bytes -= entry.payload.len();
            self.floor = entry.number + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_millis(0);

    fn push(replay: &mut Replay, number: u64, text: String) {
        replay.push(Entry {
            number,
            seq: Some(number),
            kind: EventKind::TypingStart,
            payload: Payload::shared(text),
            sent_at: START,
        });
    }

    fn filled(count: u64) -> Replay {
        let mut replay = Replay::begin(1);
        for number in 1..=count {
            push(&mut replay, number, number.to_string());
        }
        replay
    }

    fn texts(replay: &Replay, number: u64) -> Vec<String> {
        let events = replay.from(number);
        events.map(|(_, _, payload)| payload.to_json()).collect()
    }

    #[test]
    fn events_come_back_in_order() {
        let replay = filled(5);
        assert_eq!(texts(&replay, 4), ["4", "5"]);
        assert_eq!(texts(&replay, 6), [""; 0]);
    }

    #[test]
    fn beyond_the_limits_the_oldest_are_forgotten() {
        let replay = filled(EVENTS_MAX as u64 + 2);
        assert_eq!(replay.floor(), 3);
        assert_eq!(texts(&replay, 0).len(), EVENTS_MAX);
        let mut large = Replay::begin(1);
        for number in 1..=3 {
            push(&mut large, number, "x".repeat(BYTES_MAX / 2));
        }
        assert_eq!((large.floor(), texts(&large, 0).len()), (2, 2));
    }

    #[test]
    fn confirmed_dispatches_are_kept_for_a_while() {
        let mut replay = filled(4);
        replay.acknowledge(3, START.plus_millis(CONFIRMED_MS));
        assert_eq!(texts(&replay, 0).len(), 4);
        replay.acknowledge(3, START.plus_millis(CONFIRMED_MS + 1));
        assert_eq!(
            (replay.floor(), texts(&replay, 0)),
            (4, vec!["4".to_owned()])
        );
    }
}
