//! Events that functions left in the outboxes of the stores.

use std::cell::Cell;
use std::rc::Rc;

use runtime::host::log_error;
use store::{Batch, Database, Error, Store, outbox};

use crate::gateway_kept::Mark;
use crate::gateway_shell::Shell;

/// Events that are read at once.
const EVENTS_MAX: u32 = 256;

/// Who reads the outboxes.
#[derive(Debug, Default)]
pub struct Outbox {
    /// Whether somebody does.
    busy: Cell<bool>,
    /// Whether there may be more than is being read.
    more: Cell<bool>,
}

impl Shell {
    /// Publishes what is in the outboxes. Each event once, in the order of its store.
    pub async fn deliver(self: &Rc<Self>) {
        self.outbox.more.set(true);
        if self.outbox.busy.replace(true) {
            return;
        }
        while self.outbox.more.replace(false) {
            if let Err(error) = self.deliver_some().await {
                log_error(&format!("the outbox was not read: {error}"));
                break;
            }
        }
        self.outbox.busy.set(false);
    }

    async fn deliver_some(self: &Rc<Self>) -> Result<(), Error> {
        // Messages are read first and published last: all that was written to the other store
        // before one of them, such as the channel it is in, is published before it.
        let after = outbox::after(self.kept.mark(Mark::Messages), EVENTS_MAX);
        let messages = self.host.read(Store::Messages, after).await?;
        loop {
            let after = outbox::after(self.kept.mark(Mark::Main), EVENTS_MAX);
            let main = self.host.read(Store::Main, after).await?;
            let count = main.len();
            self.publish_rows(Store::Main, Mark::Main, main).await?;
            if count < EVENTS_MAX as usize {
                break;
            }
        }
        if messages.len() == EVENTS_MAX as usize {
            self.outbox.more.set(true);
        }
        self.publish_rows(Store::Messages, Mark::Messages, messages)
            .await
    }

    async fn publish_rows(
        self: &Rc<Self>,
        store: Store,
        last: Mark,
        rows: Vec<(i64, i64, model::Event)>,
    ) -> Result<(), Error> {
        let Some((through, _, _)) = rows.last() else {
            return Ok(());
        };
        // Stored with the row of the journal: each event is published once, also if the memory goes
        // before it is deleted.
        self.kept.set_mark(last, *through);
        let mut batch = Batch::new(store);
        batch.push(outbox::delete_through(*through));
        self.publish(rows.into_iter().map(|(_, _, event)| event).collect());
        let deleted = self.host.write(batch).await;
        deleted
            .map(drop)
            .map_err(|rejection| Error::Internal(rejection.to_string()))
    }
}
