//! Events that functions left in the outboxes of the stores.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::rc::Rc;

use futures_util::future::{join_all, try_join_all};
use gateway_durable::durable::Address;
use model::Event;
use runtime::host::log_error;
use runtime::host::worker::News;
use store::{Batch, Database, Error, Store, outbox};

use super::Shell;
use crate::gateway_storage::Mark;
use crate::internal_calls;

/// Events that are read at once.
const EVENTS_MAX: u32 = 256;

/// Who reads the outboxes.
#[derive(Debug, Default)]
pub struct Outbox {
    /// Whether somebody does.
    busy: Cell<bool>,
    /// Whether there may be more than is being read.
    more: Cell<bool>,
    /// The last event that functions elsewhere have forgotten.
    forgotten: Cell<i64>,
    /// Whether there may be events that were published and not removed.
    pub unsure: Cell<bool>,
}

/// Some rows of a database's outbox, and which mark tells how far it was read.
struct Rows {
    store: Store,
    mark: Mark,
    rows: Vec<(i64, Event)>,
}

impl Rows {
    /// Whether there were no more when they were read.
    fn is_all(&self) -> bool {
        self.rows.len() < EVENTS_MAX as usize
    }
}

impl Shell {
    /// Publishes what is in the outboxes. Each event once, in the order of its store.
    pub async fn deliver(self: &Rc<Self>) {
        self.outbox.more.set(true);
        if self.outbox.busy.replace(true) {
            return;
        }
        while self.outbox.more.replace(false) {
            let standalone = internal_calls::functions(self.host.env()).is_some();
            let delivered = match standalone {
                true => self.deliver_pages().await,
                false => self.deliver_some().await.map_err(anyhow::Error::from),
            };
            if let Err(error) = delivered {
                log_error(&format!("the outbox was not read: {error:#}"));
                break;
            }
        }
        self.outbox.busy.set(false);
    }

    async fn deliver_some(self: &Rc<Self>) -> Result<(), Error> {
        // Messages are read first and published last: all that was written to the other store
        // before one of them, such as the channel it is in, is published before it. A channel's
        // are in one database, which keeps their order; there is none among channels.
        let parts = self.host.partitions().all().map(Store::Messages);
        let messages = try_join_all(parts.map(|store| self.read_rows(store))).await?;
        loop {
            let main = self.read_rows(Store::Main).await?;
            let is_all = main.is_all();
            self.publish_rows(main).await?;
            if is_all {
                break;
            }
        }
        if !messages.iter().all(Rows::is_all) {
            self.outbox.more.set(true);
        }
        for rows in messages {
            self.publish_rows(rows).await?;
        }
        Ok(())
    }

    /// Publishes what is in the outbox of functions elsewhere. The next request tells them that a
    /// page was published.
    async fn deliver_pages(self: &Rc<Self>) -> anyhow::Result<()> {
        loop {
            let published = self.storage.mark(Mark::Main);
            let known = self.outbox.forgotten.get() == published;
            let through = if known { 0 } else { published };
            let page = internal_calls::read_outbox(&self.host, through).await?;
            self.outbox.forgotten.set(published);
            if page.events.is_empty() {
                return Ok(());
            }
            // Stored with the row of the journal.
            self.storage.set_mark(Mark::Main, page.through);
            self.publish(page.events);
            if self.has_failed() {
                self.storage.set_mark(Mark::Main, published);
                anyhow::bail!("the gateway cannot store");
            }
        }
    }

    /// The next rows of a database's outbox.
    async fn read_rows(&self, store: Store) -> Result<Rows, Error> {
        let mark = self.mark(store);
        let after = outbox::of_stream(self.stream(), self.storage.mark(mark), EVENTS_MAX);
        let rows = self.host.read(store, after).await?;
        Ok(Rows { store, mark, rows })
    }

    /// What is kept of how far a database's outbox was read.
    fn mark(&self, store: Store) -> Mark {
        match store {
            Store::Main => Mark::Main,
            Store::Messages(partition) => Mark::Messages(self.host.partitions().number(partition)),
        }
    }

    /// The stream of the object's events.
    fn stream(&self) -> i64 {
        match self.address {
            Address::Sessions => outbox::USERS,
            Address::Guild(guild) => guild.get() as i64,
        }
    }

    /// Tells guilds of events of theirs that they were perhaps not told of.
    pub async fn remind(&self) {
        if internal_calls::functions(self.host.env()).is_some() {
            return;
        }
        let parts = self.host.partitions().all().map(Store::Messages);
        let reads = parts.chain([Store::Main]);
        let guilds = join_all(reads.map(|store| self.host.read(store, outbox::guilds()))).await;
        let guilds: BTreeSet<_> = guilds.into_iter().flatten().flatten().collect();
        for guild in guilds {
            let news = News {
                guild: Some(guild),
                again: true,
                ..News::default()
            };
            if let Err(error) = self.host.tell_gateway(&news).await {
                log_error(&format!(
                    "guild {guild} was not told of its events: {error:#}"
                ));
            }
        }
    }

    /// Removes what was published and is still there, if there may be such.
    async fn forget_published(&self, store: Store, mark: Mark) -> Result<(), Error> {
        let through = self.storage.mark(mark);
        if !self.outbox.unsure.get() || through == 0 {
            return Ok(());
        }
        self.delete(store, through).await
    }

    async fn delete(&self, store: Store, through: i64) -> Result<(), Error> {
        let mut batch = Batch::new(store);
        batch.extend(outbox::delivered_of_stream(self.stream(), through));
        let deleted = self.host.write(batch).await;
        deleted
            .map(drop)
            .map_err(|rejection| Error::Internal(rejection.to_string()))
    }

    async fn publish_rows(self: &Rc<Self>, Rows { store, mark, rows }: Rows) -> Result<(), Error> {
        let Some((through, _)) = rows.last() else {
            return self.forget_published(store, mark).await;
        };
        // Stored with the row of the journal: each event is published once, also if the memory goes
        // before it is deleted.
        let before = self.storage.mark(mark);
        self.storage.set_mark(mark, *through);
        let through = *through;
        self.publish(rows.into_iter().map(|(_, event)| event).collect());
        if self.has_failed() {
            self.storage.set_mark(mark, before);
            return Err(Error::Unavailable("the gateway cannot store".into()));
        }
        self.delete(store, through).await
    }
}
