//! How the store [`Messages`](crate::Store::Messages) is divided among databases: by channel.
//!
//! All that is known of a channel's messages is in one database, so whoever writes to a channel, or
//! reads it, asks that one. What concerns several channels is done once for each of the databases
//! that have some of them, each by itself. How many there are is the host's to know, and never
//! changes: nothing looks for a channel in another place than [`Partition::of`] says.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use model::Id;
use model::id::marker;
use serde::{Deserialize, Serialize};

use crate::{Statement, params};

/// A part of the channels, by a number that counts modulo the [`Partitions`] there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Partition(u32);

impl Partition {
    /// The part that a channel belongs to: the upper half of its id as SplitMix64 mixes it. Ids of
    /// one moment differ in few bits, and those of threads are ids of messages, so each bit of an
    /// id decides about each bit of the number.
    pub const fn of(channel: Id<marker::Channel>) -> Self {
        let mut mixed = channel.get();
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        Self((mixed >> 32) as u32)
    }
}

impl std::fmt::Display for Partition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "partition {}", self.0)
    }
}

impl From<Id<marker::Channel>> for Partition {
    fn from(channel: Id<marker::Channel>) -> Self {
        Self::of(channel)
    }
}

/// Among how many databases the channels are divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partitions(NonZeroU32);

impl Partitions {
    /// One database has all of them.
    pub const ONE: Self = Self(NonZeroU32::MIN);

    /// As many databases; one at least.
    pub fn new(count: u32) -> Self {
        Self(NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN))
    }

    /// How many there are.
    pub const fn count(self) -> u32 {
        self.0.get()
    }

    /// The number of the database that has a part: 0 is the first.
    pub const fn number(self, partition: Partition) -> u32 {
        partition.0 % self.count()
    }

    /// Every part, in the order of the databases.
    pub fn all(self) -> impl Iterator<Item = Partition> {
        (0..self.count()).map(Partition)
    }

    /// What is of these channels, by their part.
    pub fn group<T>(
        self,
        items: impl IntoIterator<Item = T>,
        channel: impl Fn(&T) -> Id<marker::Channel>,
    ) -> BTreeMap<Partition, Vec<T>> {
        let mut groups = BTreeMap::<_, Vec<T>>::new();
        for item in items {
            let partition = Partition(self.number(Partition::of(channel(&item))));
            groups.entry(partition).or_default().push(item);
        }
        groups
    }

    /// Notes in a database which part it is of how many. It fails where anything else was noted:
    /// messages were written under another division, which this one would not find.
    pub fn claim(self, partition: Partition) -> Statement {
        Statement::new(
            "INSERT INTO partitions (only, number, count) VALUES (0, ?1, ?2) \
             ON CONFLICT (only) DO UPDATE SET count = NULL \
             WHERE number <> excluded.number OR count <> excluded.count",
            params![self.number(partition), self.count()],
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(channel: u64, count: u32) -> u32 {
        Partitions::new(count).number(Partition::of(Id::new(channel)))
    }

    /// Messages were stored by it, so it can never be another.
    #[test]
    fn a_channel_stays_where_it_is() {
        let channels = [1, 2, 81_384_788_765_712_384, 1_499_999_999_999_999_999];
        let found = channels.map(|channel| [2, 3, 8].map(|count| number(channel, count)));
        assert_eq!(found, [[1, 1, 5], [1, 0, 7], [1, 2, 1], [0, 0, 0]]);
    }

    #[test]
    fn channels_are_spread_evenly() {
        // Made in one millisecond, one after another, and a message a second.
        for step in [1, 1 << 12, 1000 << 22] {
            let mut counts = [0_u32; 3];
            for nth in 0..3000 {
                counts[number((1 << 60) + nth * step, 3) as usize] += 1;
            }
            assert!(
                counts.iter().all(|count| (900..1100).contains(count)),
                "{counts:?}"
            );
        }
    }

    #[test]
    fn one_database_has_everything() {
        assert_eq!(Partitions::new(0), Partitions::ONE);
        let groups = Partitions::ONE.group((1..100).map(Id::new), |channel| *channel);
        assert_eq!(groups.len(), 1);
        assert_eq!(
            groups.keys().copied().collect::<Vec<_>>(),
            Partitions::ONE.all().collect::<Vec<_>>()
        );
    }

    #[test]
    fn grouped_channels_are_in_their_own_partition() {
        let three = Partitions::new(3);
        let groups = three.group((1..100).map(Id::new), |channel| *channel);
        assert_eq!(groups.len(), 3);
        for (partition, channels) in groups {
            for channel in channels {
                assert_eq!(three.number(channel.into()), three.number(partition));
            }
        }
    }
}
