//! What concerns the messages of several channels, which may be in several databases.
//!
//! Each database is read or written by itself. So what is read together is of no one moment, and
//! who writes to several must be able to do it again after some of it was done.

use std::collections::BTreeMap;

use futures_util::future::try_join_all;
use model::Id;
use model::id::marker;
use store::{Database, Partition, Query};

use crate::{Cx, Result};

impl Cx {
    /// Every part of the channels.
    pub fn partitions(&self) -> impl Iterator<Item = Partition> {
        self.host().partitions().all()
    }

    /// What is of these channels, by their part.
    pub fn by_partition<T>(
        &self,
        items: impl IntoIterator<Item = T>,
        channel: impl Fn(&T) -> Id<marker::Channel>,
    ) -> BTreeMap<Partition, Vec<T>> {
        self.host().partitions().group(items, channel)
    }

    /// Asks the same of every part of the channels at once: the rows of all of them.
    ///
    /// # Errors
    /// The store's own.
    pub async fn read_all_messages<T>(&self, query: impl Fn() -> Query<T>) -> Result<Vec<T>> {
        let reads = self.partitions();
        let reads = reads.map(|partition| self.read_messages(partition, query()));
        Ok(together(try_join_all(reads).await?))
    }

    /// Asks about the messages of these channels, of each part of them at once: the rows of all of
    /// them.
    ///
    /// # Errors
    /// The store's own.
    pub async fn read_messages_of<T>(
        &self,
        channels: &[Id<marker::Channel>],
        query: impl Fn(&[Id<marker::Channel>]) -> Query<T>,
    ) -> Result<Vec<T>> {
        let parts = self.by_partition(channels.iter().copied(), |channel| *channel);
        let reads = parts.iter();
        let reads = reads.map(|(partition, some)| self.read_messages(*partition, query(some)));
        Ok(together(try_join_all(reads).await?))
    }
}

fn together<T>(mut parts: Vec<Vec<T>>) -> Vec<T> {
    match parts.len() {
        1 => parts.swap_remove(0),
        _ => parts.into_iter().flatten().collect(),
    }
}
