//! Events of functions that write statement by statement, as on Spin.
//!
//! Such a function leaves its events as rows of `outbox`, in the transaction of its write, and says
//! that there are some. Whether or not it lives to say so, they are published here, once, in the
//! order of the rows, which is the order of the commits. So are those of `spacebar admin`, which
//! writes to the database of an instance that runs, and tells nobody.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use store::{Batch, Database, Error, Store, outbox};

use crate::stores::Stores;
use crate::wakeup::Wakeup;

/// How long an event waits whose function ended before it said that there is one.
pub const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How long it waits where only operators at a shell leave some.
pub const LOOK_SELDOM: Duration = Duration::from_secs(2);
/// Events that are published at once.
const EVENTS_MAX: u32 = 256;

/// Publishes what is in the outbox, now, when it is woken and as `often` as this, until `stopping`
/// is set.
pub async fn deliver(stores: Stores, wakeup: Wakeup, often: Duration, stopping: Arc<AtomicBool>) {
    loop {
        match deliver_some(&stores).await {
            Ok(EVENTS_MAX) => continue,
            Ok(_) => {}
            Err(error) => tracing::warn!("the outbox was not read: {error}"),
        }
        if stopping.load(Ordering::Acquire) {
            return;
        }
        wakeup.wait(often).await;
    }
}

/// How many events were published.
async fn deliver_some(stores: &Stores) -> Result<u32, Error> {
    // Both stores are in one file here, and so are their outboxes.
    let rows = stores
        .read(Store::Main, outbox::after(0, EVENTS_MAX))
        .await?;
    let Some((last, _, _)) = rows.last() else {
        return Ok(0);
    };
    let mut batch = Batch::main();
    batch.extend(outbox::delivered_through(*last));
    let count = rows.len() as u32;
    for (_, _, event) in rows {
        // The writer publishes them once it is noted that they were, in this order.
        batch.emit(event);
    }
    stores
        .write(batch)
        .await
        .map_err(|rejection| Error::Internal(rejection.to_string()))?;
    Ok(count)
}
