//! What guilds sent lately, kept once however many sessions may have missed it.
//!
//! An event is kept with its audience: the sessions that were meant when it happened, in a list
//! that events share while the audience stays the same. So a session that waits for a resume costs
//! nothing while others talk, and gets exactly what it would have got: the list says so, whatever
//! was changed since.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use model::Timestamp;
use model::event::EventKind;

use super::GuildId;
use crate::messages::Audience;
use crate::payload::Payload;
use crate::session::{Heard, Session};

/// Events of one guild that are kept.
pub const GUILD_EVENTS_MAX: usize = 8192;

/// Bytes of one guild that are kept.
pub const GUILD_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Events of all guilds that are kept.
pub const EVENTS_MAX: usize = 128 * 1024;

/// Bytes of all guilds that are kept.
pub const BYTES_MAX: usize = 64 * 1024 * 1024;

/// Events back to which an audience is looked for, to be shared.
const SHARED_WITHIN: usize = 8;

/// Bytes of an event besides its body and its audience.
const EVENT_BYTES: usize = 96;

/// One event of a guild.
#[derive(Debug, Clone)]
pub struct Past {
    /// Its number, which is greater than those of all events before it, of whatever guild.
    pub number: u64,
    /// When it happened.
    pub at: Timestamp,
    /// The `t`.
    pub kind: EventKind,
    /// The `d`.
    pub payload: Payload,
    /// The sessions that it was for, sorted.
    pub to: Audience,
    cost: usize,
}

/// The events of one guild.
#[derive(Debug, Default)]
struct Ring {
    events: VecDeque<Past>,
    bytes: usize,
    /// Events below this number are forgotten.
    floor: u64,
}

impl Ring {
    /// The same audience, if one of the last events had it.
    fn shared(&self, to: &Audience) -> Option<Audience> {
        let last = self.events.iter().rev().take(SHARED_WITHIN);
        let mut lists = last.map(|past| &past.to);
        let same = |it: &&Audience| Arc::ptr_eq(it, to) || **it == *to;
        lists.find(same).map(Arc::clone)
    }

    fn push(&mut self, mut past: Past) {
        let shared = self.shared(&past.to);
        past.cost = EVENT_BYTES + past.payload.len();
        match shared {
            Some(shared) => past.to = shared,
            None => past.cost += size_of_val(&*past.to),
        }
        self.bytes += past.cost;
        self.events.push_back(past);
    }

    fn pop(&mut self) -> usize {
        let Some(past) = self.events.pop_front() else {
            return 0;
        };
        self.floor = past.number + 1;
        self.bytes -= past.cost;
        past.cost
    }
}

/// The events of all guilds, numbered in their order.
#[derive(Debug, Default)]
pub struct History {
    rings: BTreeMap<GuildId, Ring>,
    /// The numbers of all events that are kept, and of some that are forgotten, with their guilds.
    order: VecDeque<(u64, GuildId)>,
    next: u64,
    /// Events below this number are forgotten, of whatever guild.
    horizon: u64,
    bytes: usize,
}

impl History {
    /// Takes the next number.
    pub fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// The number that the next event has.
    pub fn next(&self) -> u64 {
        self.next + 1
    }

    /// Keeps an event of a guild; the oldest make room.
    pub fn record(
        &mut self,
        guild: GuildId,
        to: Audience,
        kind: EventKind,
        payload: Payload,
        now: Timestamp,
    ) {
        let past = Past {
            number: self.number(),
            at: now,
            kind,
            payload,
            to,
            cost: 0,
        };
        self.keep(guild, past);
    }

    fn keep(&mut self, guild: GuildId, past: Past) {
        self.order.push_back((past.number, guild));
        let ring = self.rings.entry(guild).or_default();
        let before = ring.bytes;
        ring.push(past);
        self.bytes += ring.bytes - before;
        while ring.events.len() > GUILD_EVENTS_MAX || ring.bytes > GUILD_BYTES_MAX {
            self.bytes -= ring.pop();
        }
        while self.bytes > BYTES_MAX || self.order.len() > EVENTS_MAX {
            self.forget_first();
        }
    }

    /// Forgets what is older than `since`.
    pub fn forget_before(&mut self, since: Timestamp) {
        while let Some((number, guild)) = self.order.front() {
            let ring = self.rings.get(guild);
            let first = ring.and_then(|ring| ring.events.front());
            if first.is_some_and(|first| first.number == *number && first.at >= since) {
                break;
            }
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        let Some((number, guild)) = self.order.pop_front() else {
            return;
        };
        let Some(ring) = self.rings.get_mut(&guild) else {
            return;
        };
        if ring.events.front().is_some_and(|it| it.number == number) {
            self.bytes -= ring.pop();
            self.horizon = self.horizon.max(number + 1);
        }
        if ring.events.is_empty() {
            self.horizon = self.horizon.max(ring.floor);
            self.rings.remove(&guild);
        }
    }

    /// The number below which something may be missing of what a session was sent.
    pub fn floor(&self, session: &Session) -> u64 {
        let of = |guild: &GuildId| self.rings.get(guild).map_or(0, |ring| ring.floor);
        let here = session.guilds.iter().map(of);
        let left = session.former_guilds.iter();
        let left = left.map(|(guild, number)| of(guild).min(*number));
        let floor = here.chain(left).max().unwrap_or(0);
        floor.max(self.horizon).max(session.replay().floor())
    }

    /// What a session was sent from this number on, and whether it is all.
    pub fn heard(&self, session: &Session, from: u64) -> Heard {
        let floor = self.floor(session);
        let from = from.max(floor);
        let own = session.replay().from(from);
        let mut events: Vec<_> = own
            .map(|(number, kind, payload)| (number, kind, payload.clone()))
            .collect();
        let left = session.former_guilds.iter().map(|(guild, _)| guild);
        let guilds: BTreeSet<_> = session.guilds.iter().chain(left).collect();
        let id = session.origin.id;
        for ring in guilds.into_iter().filter_map(|guild| self.rings.get(guild)) {
            let begin = ring.events.partition_point(|past| past.number < from);
            let mut last: Option<(&Audience, bool)> = None;
            for past in ring.events.range(begin..) {
                let among = match last {
                    Some((list, among)) if Arc::ptr_eq(list, &past.to) => among,
                    _ => past.to.binary_search(&id).is_ok(),
                };
                last = Some((&past.to, among));
                if among {
                    events.push((past.number, past.kind, past.payload.clone()));
                }
            }
        }
        events.sort_unstable_by_key(|(number, ..)| *number);
        Heard { floor, events }
    }

    /// Whether nothing is kept of a guild that is older than this number.
    pub fn is_past(&self, guild: GuildId, number: u64) -> bool {
        let first = self.rings.get(&guild).and_then(|ring| ring.events.front());
        first.is_none_or(|first| first.number >= number)
    }

    /// Everything that is kept, guild by guild, with the number below which it is forgotten.
    pub fn rings(&self) -> impl Iterator<Item = (GuildId, u64, impl Iterator<Item = &Past>)> {
        let rings = self.rings.iter();
        rings.map(|(guild, ring)| (*guild, ring.floor, ring.events.iter()))
    }

    /// The number of the last event, and the one below which all is forgotten.
    pub fn marks(&self) -> (u64, u64) {
        (self.next, self.horizon)
    }

    /// What was kept before: of each guild in order.
    pub fn restore(
        marks: (u64, u64),
        rings: impl IntoIterator<Item = (GuildId, u64, Vec<Past>)>,
    ) -> Self {
        let mut history = Self {
            next: marks.0,
            horizon: marks.1,
            ..Self::default()
        };
        for (guild, floor, events) in rings {
            let ring = history.rings.entry(guild).or_default();
            for past in events {
                history.order.push_back((past.number, guild));
                ring.push(past);
            }
            ring.floor = floor;
            history.bytes += ring.bytes;
        }
        history.order.make_contiguous().sort_unstable();
        history
    }
}

impl Past {
    /// An event as it was kept before.
    pub fn new(
        number: u64,
        at: Timestamp,
        kind: EventKind,
        payload: Payload,
        to: Audience,
    ) -> Self {
        Self {
            number,
            at,
            kind,
            payload,
            to,
            cost: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use model::Id;

    use super::*;
    use crate::ids::SessionId;
    use crate::session::tests::{START, session};

    fn record(history: &mut History, guild: u64, to: &[u128], now: Timestamp) {
        let to: Vec<SessionId> = to.iter().map(|id| SessionId(*id)).collect();
        let payload = Payload::shared(history.next().to_string());
        let kind = EventKind::TypingStart;
        history.record(Id::new(guild), to.into(), kind, payload, now);
    }

    fn numbers(history: &History, from: u64) -> Vec<u64> {
        let mut it = session();
        it.guilds = [Id::new(1), Id::new(2)].into();
        let heard = history.heard(&it, from);
        heard.events.iter().map(|(number, ..)| *number).collect()
    }

    #[test]
    fn a_session_finds_what_was_for_it_in_order() {
        let mut history = History::default();
        for (guild, to) in [
            (1, &[1, 2][..]),
            (2, &[1]),
            (1, &[2, 3]),
            (3, &[1]),
            (1, &[1, 2]),
        ] {
            record(&mut history, guild, to, START);
        }
        assert_eq!(numbers(&history, 0), [1, 2, 5]);
        assert_eq!(numbers(&history, 2), [2, 5]);
    }

    #[test]
    fn events_with_the_same_audience_share_it() {
        let mut history = History::default();
        for _ in 0..3 {
            record(&mut history, 1, &[1, 2, 3], START);
            record(&mut history, 1, &[1], START);
        }
        let (_, _, events) = history.rings().next().unwrap();
        let lists: BTreeSet<_> = events.map(|past| past.to.as_ptr()).collect();
        assert_eq!(lists.len(), 2);
    }

    #[test]
    fn old_history_is_forgotten_and_known_to_be() {
        let mut history = History::default();
        for millis in 0..10 {
            record(
                &mut history,
                1 + millis % 2,
                &[1],
                START.plus_millis(millis as i64),
            );
        }
        history.forget_before(START.plus_millis(4));
        assert_eq!(numbers(&history, 0), [5, 6, 7, 8, 9, 10]);
        let mut it = session();
        it.guilds = [Id::new(1)].into();
        assert_eq!(history.floor(&it), 5);
        history.forget_before(START.plus_millis(99));
        assert_eq!((history.bytes, history.rings.len()), (0, 0));
        assert_eq!(history.floor(&it), 11);
    }

    #[test]
    fn a_busy_guild_makes_only_its_own_sessions_forget() {
        let mut history = History::default();
        record(&mut history, 1, &[1], START);
        for _ in 0..GUILD_EVENTS_MAX + 5 {
            record(&mut history, 2, &[2], START);
        }
        let mut it = session();
        it.guilds = [Id::new(1)].into();
        assert_eq!(history.floor(&it), 0);
        it.guilds.insert(Id::new(2));
        assert_eq!(history.floor(&it), 7);
    }

    #[test]
    fn all_guilds_together_stay_within_their_bytes() {
        let mut history = History::default();
        let body = Payload::shared("x".repeat(1024 * 1024));
        for guild in 0..200 {
            let to = [SessionId(guild)].into();
            let guild = Id::new(guild as u64 + 1);
            history.record(guild, to, EventKind::TypingStart, body.clone(), START);
        }
        assert!(history.bytes <= BYTES_MAX);
        let kept: usize = history.rings.values().map(|ring| ring.bytes).sum();
        assert_eq!(kept, history.bytes);
        assert!(history.horizon > 100);
    }
}
