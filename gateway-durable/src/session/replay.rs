//! What was sent and may have been lost on the way.

use std::collections::VecDeque;

use model::Timestamp;
use model::event::EventKind;

use crate::payload::Payload;

/// Events that are kept. A session that misses more starts anew.
pub const EVENTS_MAX: usize = 2048;

/// Bytes of JSON that are kept, counted as if no body were shared.
pub const BYTES_MAX: usize = 4 * 1024 * 1024;

/// How long events are kept that the client has confirmed by a heartbeat: for clients that resume
/// from an older number than they confirmed.
pub const CONFIRMED_MS: i64 = 60_000;

#[derive(Debug)]
struct Entry {
    kind: EventKind,
    payload: Payload,
    sent_at: Timestamp,
}

/// The last events of a session, in order and without gaps.
#[derive(Debug)]
pub struct Replay {
    entries: VecDeque<Entry>,
    /// The sequence number of the first entry, or of the next one when there is none.
    first: u64,
    bytes: usize,
}

impl Default for Replay {
    fn default() -> Self {
        Self {
            entries: VecDeque::new(),
            first: 1,
            bytes: 0,
        }
    }
}

impl Replay {
    /// Forgets everything; the next event has the number after `seq`.
    pub fn begin_after(&mut self, seq: u64) {
        *self = Self {
            first: seq + 1,
            ..Self::default()
        };
    }

    /// Keeps an event; the oldest make room.
    pub fn push(&mut self, kind: EventKind, payload: Payload, sent_at: Timestamp) {
        self.bytes += payload.len();
        self.entries.push_back(Entry {
            kind,
            payload,
            sent_at,
        });
        while self.entries.len() > EVENTS_MAX || self.bytes > BYTES_MAX {
            self.drop_first();
        }
    }

    /// The events after `seq`, `None` when some of them are forgotten.
    pub fn after(&self, seq: u64) -> Option<impl Iterator<Item = (EventKind, &Payload)>> {
        let skipped = (seq + 1).checked_sub(self.first)?;
        let rest = self.entries.iter().skip(skipped as usize);
        Some(rest.map(|entry| (entry.kind, &entry.payload)))
    }

    /// The number of the first event that is kept, and the events.
    pub fn events(&self) -> (u64, impl Iterator<Item = (EventKind, &Payload)>) {
        let events = self.entries.iter();
        (self.first, events.map(|entry| (entry.kind, &entry.payload)))
    }

    /// The number of the last event.
    pub fn last(&self) -> u64 {
        self.first + self.entries.len() as u64 - 1
    }

    /// Forgets events up to `seq` that are older than [`CONFIRMED_MS`].
    pub fn acknowledge(&mut self, seq: u64, now: Timestamp) {
        while self.first <= seq
            && let Some(entry) = self.entries.front()
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
            self.first += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_millis(0);

    fn filled(count: usize) -> Replay {
        let mut replay = Replay::default();
        for i in 0..count {
            let payload = Payload::shared(i.to_string());
            replay.push(EventKind::TypingStart, payload, START);
        }
        replay
    }

    fn texts(replay: &Replay, seq: u64) -> Option<Vec<String>> {
        let after = replay.after(seq)?;
        Some(after.map(|(_, payload)| payload.to_json()).collect())
    }

    #[test]
    fn events_come_back_in_order() {
        let replay = filled(5);
        assert_eq!(texts(&replay, 3).unwrap(), ["3", "4"]);
        assert_eq!(texts(&replay, 5).unwrap(), [""; 0]);
    }

    #[test]
    fn beyond_the_limits_the_oldest_are_forgotten() {
        let replay = filled(EVENTS_MAX + 2);
        assert!(texts(&replay, 1).is_none());
        assert_eq!(texts(&replay, 2).unwrap().len(), EVENTS_MAX);
        let mut large = Replay::default();
        for _ in 0..3 {
            let payload = Payload::shared("x".repeat(BYTES_MAX / 2));
            large.push(EventKind::TypingStart, payload, START);
        }
        assert!(texts(&large, 0).is_none());
        assert_eq!(texts(&large, 1).unwrap().len(), 2);
    }

    #[test]
    fn what_is_confirmed_is_kept_for_a_while() {
        let mut replay = filled(4);
        replay.acknowledge(3, START.plus_millis(CONFIRMED_MS));
        assert_eq!(texts(&replay, 0).unwrap().len(), 4);
        replay.acknowledge(3, START.plus_millis(CONFIRMED_MS + 1));
        assert!(texts(&replay, 2).is_none());
        assert_eq!(texts(&replay, 3).unwrap(), ["3"]);
    }
}
