//! The databases of a test instance: `main` in one, `messages` divided among three, so that what is
//! asked of another store, or of another channel's part of one, is not found.

use model::{Id, id::marker};
use store::embedded::Embedded;
use store::{Call, Database, Error, Outcome, Partitions, Query, Store};

use super::App;

/// Databases that messages are divided among.
const PARTITIONS: usize = 3;

/// All of them, in memory.
pub struct Databases {
    /// The store `main`.
    pub main: Embedded,
    messages: [Embedded; PARTITIONS],
}

impl Databases {
    /// Empty ones.
    ///
    /// # Panics
    /// When there is no memory for them.
    pub fn new() -> Self {
        let empty = || Embedded::memory().expect("a database in memory");
        Self {
            main: empty(),
            messages: std::array::from_fn(|_| empty()),
        }
    }

    /// The database that a call is for.
    pub fn of(&self, store: Store) -> &Embedded {
        match store {
            Store::Main => &self.main,
            Store::Messages(partition) => {
                &self.messages[self.partitions().number(partition) as usize]
            }
        }
    }
}

impl Database for Databases {
    async fn call(&self, call: Call) -> Result<Vec<Outcome>, Error> {
        self.of(call.store).call(call).await
    }

    fn partitions(&self) -> Partitions {
        Partitions::new(PARTITIONS as u32)
    }
}

impl App {
    /// Text channels of a guild, one for each of the databases that messages are divided among.
    pub fn create_channels_apart(&self, guild: Id<marker::Guild>) -> Vec<Id<marker::Channel>> {
        let partitions = self.backend.databases.partitions();
        let mut found = std::collections::BTreeMap::new();
        while found.len() < PARTITIONS {
            let channel = self.create_channel(guild, &[]);
            found
                .entry(partitions.number(channel.into()))
                .or_insert(channel);
        }
        found.into_values().collect()
    }

    /// Reads the same of every part of the channels directly: the rows of all of them.
    #[track_caller]
    pub fn read_all_messages<T>(&self, query: impl Fn() -> Query<T>) -> Vec<T> {
        let parts = self.backend.databases.partitions().all();
        let read = |partition| self.read(Store::Messages(partition), query());
        parts.flat_map(read).collect()
    }
}
