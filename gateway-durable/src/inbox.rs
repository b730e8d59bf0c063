//! Published events in the order of their commits, each once.

use std::collections::BTreeMap;

/// Where a published event stands among those of its stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// The store it was committed in. Numbers of different stores do not compare.
    pub source: u8,
    /// Its number, which grows with every commit of the store.
    pub number: u64,
    /// The number of the stream's event before it, if the publisher knows of one that might not
    /// have arrived.
    pub previous: Option<u64>,
}

/// Puts events of one stream in order: drops what came before, holds back what came too early.
#[derive(Debug)]
pub struct Inbox<T> {
    last: BTreeMap<u8, u64>,
    held: BTreeMap<(u8, u64), (Option<u64>, T)>,
}

impl<T> Default for Inbox<T> {
    fn default() -> Self {
        Self {
            last: BTreeMap::new(),
            held: BTreeMap::new(),
        }
    }
}

impl<T> Inbox<T> {
    /// Takes an event and returns those that are due, in order. None are when it is a repetition or
    /// when an event before it is missing; see [`Self::gap`].
    pub fn offer(&mut self, stamp: Stamp, event: T) -> Vec<T> {
        let Stamp {
            source,
            number,
            previous,
        } = stamp;
        if self.last.get(&source).is_some_and(|last| number <= *last) {
            return Vec::new();
        }
        self.held.insert((source, number), (previous, event));
        self.release(source)
    }

    /// The source and the last number before the first event that is missing, if one is.
    pub fn gap(&self) -> Option<(u8, u64)> {
        let (source, _) = *self.held.keys().next()?;
        Some((source, self.last.get(&source).copied().unwrap_or(0)))
    }

    /// The stream was read up to `number` by other means, such as a snapshot: what is held from
    /// before is dropped, and what was waiting for it is returned.
    pub fn skip_to(&mut self, source: u8, number: u64) -> Vec<T> {
        let last = self.last.entry(source).or_insert(number);
        *last = number.max(*last);
        let last = *last;
        self.held.retain(|(s, n), _| *s != source || *n > last);
        self.release(source)
    }

    fn release(&mut self, source: u8) -> Vec<T> {
        let mut due = Vec::new();
        while let Some(entry) = self.held.range((source, 0)..=(source, u64::MAX)).next() {
            let (key, (previous, _)) = (*entry.0, entry.1);
            // The first event of all sets the beginning.
            let last = self.last.get(&source).copied();
            if last
                .zip(*previous)
                .is_some_and(|(last, previous)| previous > last)
            {
                break;
            }
            self.last.insert(source, key.1);
            due.extend(self.held.remove(&key).map(|(_, event)| event));
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(number: u64, previous: Option<u64>) -> Stamp {
        Stamp {
            source: 0,
            number,
            previous,
        }
    }

    #[test]
    fn what_is_published_twice_is_delivered_once() {
        let mut inbox = Inbox::default();
        assert_eq!(inbox.offer(stamp(5, None), 'a'), ['a']);
        assert_eq!(inbox.offer(stamp(5, None), 'a'), []);
        assert_eq!(inbox.offer(stamp(9, Some(5)), 'b'), ['b']);
        assert_eq!(inbox.offer(stamp(5, None), 'a'), []);
    }

    #[test]
    fn what_comes_too_early_waits_for_what_is_missing() {
        let mut inbox = Inbox::default();
        inbox.offer(stamp(1, None), 'a');
        assert_eq!(inbox.offer(stamp(8, Some(4)), 'c'), []);
        assert_eq!(inbox.gap(), Some((0, 1)));
        assert_eq!(inbox.offer(stamp(4, Some(1)), 'b'), ['b', 'c']);
        assert_eq!(inbox.gap(), None);
    }

    #[test]
    fn a_snapshot_replaces_what_is_missing() {
        let mut inbox = Inbox::default();
        inbox.offer(stamp(1, None), 'a');
        inbox.offer(stamp(8, Some(4)), 'c');
        inbox.offer(stamp(9, Some(8)), 'd');
        assert_eq!(inbox.skip_to(0, 8), ['d']);
    }

    #[test]
    fn sources_are_numbered_apart() {
        let mut inbox = Inbox::default();
        inbox.offer(stamp(10, None), 'a');
        let other = Stamp {
            source: 1,
            number: 3,
            previous: None,
        };
        assert_eq!(inbox.offer(other, 'b'), ['b']);
    }
}
