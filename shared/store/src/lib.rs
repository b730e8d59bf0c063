//! All SQL of the system: migrations, one module per table, one named function per statement.
//!
//! A read is a tuple of [`Query`] values and one round trip. A write is a [`Batch`] of statements
//! and events, all or nothing, in one store. There is no interactive transaction, because not every
//! host has one: what a write depends on is part of the batch ([`Batch::require`],
//! [`Batch::require`]). There are two [`Store`]s and no statement names tables of both.

mod batch;
mod changes;
mod channel_row;
mod query;
mod read_set;
mod rows;
mod value;
pub mod wire;

pub mod admin;
pub mod applications;
pub mod attempts;
pub mod audit_log;
pub mod backup_codes;
pub mod bans;
pub mod channels;
pub mod d1;
#[cfg(feature = "libsql")]
pub mod embedded;
pub mod emojis;
#[cfg(feature = "libsql")]
pub mod export;
pub mod guilds;
pub mod health;
pub mod hrana;
pub mod images;
pub mod invites;
pub mod jobs;
pub mod log;
pub mod members;
pub mod messages;
pub mod migrations;
pub mod nonces;
pub mod outbox;
mod partition;
pub mod pending_entries;
pub mod pending_uploads;
pub mod private_channels;
pub mod reactions;
pub mod read_states;
pub mod relationships;
pub mod roles;
pub mod session_starts;
pub mod sessions;
pub mod settings;
pub mod slowmodes;
pub mod stats;
pub mod threads;
pub mod tickets;
pub mod users;

pub use batch::{Batch, Guard, Refusal};
pub use partition::{Partition, Partitions};
pub use query::{Optional, Queries, Query, Row};
pub use read_set::ReadSet;
pub use value::{FromValue, Json, Value};
pub use wire::{Call, Outcome, Reply, Statement};

use serde::{Deserialize, Serialize};

/// Which database a call is for. A small instance maps all of them onto one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Store {
    /// Users, guilds, channels, roles, members and everything else that is not a message.
    Main,
    /// Messages, reactions, pins, read positions and last messages of a part of the channels.
    Messages(Partition),
}

impl Store {
    /// Where the messages of a channel are, or of a part of the channels.
    pub fn messages(of: impl Into<Partition>) -> Self {
        Self::Messages(of.into())
    }
}

impl std::fmt::Display for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Main => f.write_str("main"),
            Self::Messages(partition) => write!(f, "messages, {partition}"),
        }
    }
}

/// Why the store did not do what it was asked. Nothing of a failed batch was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum Error {
    /// A constraint said no; `statement` is its place in the batch.
    #[error("statement {statement} was rejected: {message}")]
    Rejected {
        /// The statement's index in the batch.
        statement: u32,
        /// SQLite's message, which names the constraint.
        message: String,
    },
    /// No space, read-only, or locked for too long: try again later.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// A defect: bad SQL, a wrong type, an undecodable reply.
    #[error("the database failed: {0}")]
    Internal(String),
    /// The database's file is not what was written: a disk, or somebody, changed it.
    #[error("the database is damaged: {0}")]
    Damaged(String),
}

/// What a host offers: one round trip to a database.
///
/// Implementations answer a call's statements in order, a read in one snapshot, a write in one
/// transaction whose events are published after, and only after, it is durable.
#[allow(
    async_fn_in_trait,
    reason = "hosts are single-threaded or chosen by alias, never boxed"
)]
pub trait Database {
    /// Runs one call.
    async fn call(&self, call: Call) -> Result<Vec<Outcome>, Error>;

    /// Among how many databases the channels' messages are divided. Most hosts have one.
    fn partitions(&self) -> Partitions {
        Partitions::ONE
    }

    /// Every database.
    fn databases(&self) -> impl Iterator<Item = Store> {
        let messages = self.partitions().all().map(Store::Messages);
        std::iter::once(Store::Main).chain(messages)
    }

    /// Answers all queries from one snapshot of `store`.
    async fn read<Q: Queries>(&self, store: Store, queries: Q) -> Result<Q::Output, Error> {
        let mut statements = Vec::new();
        let queries = queries.split(&mut statements);
        let outcomes = self.call(Call::read(store, statements)).await?;
        Q::decode(queries, &mut outcomes.into_iter())
    }

    /// Writes the batch, all or nothing, and has its events published.
    async fn write(&self, batch: Batch) -> Result<Vec<Outcome>, Rejection> {
        let (call, refusals) = batch.into_call();
        self.call(call)
            .await
            .map_err(|error| Rejection::new(error, &refusals))
    }
}

/// A failed write: either what the client must be told, or the store's own error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// A precondition or constraint of the batch, by the code the batch gave for it.
    #[error("{0}")]
    Code(model::Code),
    /// Somebody else changed meanwhile what the batch was made from ([`Batch::unchanged`]).
    #[error("what was read changed before the write")]
    Conflict,
    /// Anything else.
    #[error(transparent)]
    Store(#[from] Error),
}

impl Rejection {
    fn new(error: Error, refusals: &[(u32, Refusal)]) -> Self {
        let Error::Rejected { statement, .. } = &error else {
            return Self::Store(error);
        };
        match refusals.iter().find(|(index, _)| index == statement) {
            Some((_, Refusal::Code(code))) => Self::Code(*code),
            Some((_, Refusal::Conflict)) => Self::Conflict,
            None => Self::Store(error),
        }
    }
}
