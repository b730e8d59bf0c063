//! The log of events, which is bounded whoever lags behind.

use runtime::prelude::*;
use store::Store;
use store::log::retention;

/// Trims the log of a database, if it has to be, and forgets readers that are not there. Whether
/// there is more to trim.
pub(crate) async fn trim(cx: &Cx, store: Store) -> Result<bool> {
    let query = retention::kept(cx.now()).volatile();
    let kept = match store {
        Store::Main => cx.read(query).await?,
        Store::Messages(partition) => cx.read_messages(partition, query).await?,
    };
    let Some(kept) = kept.first() else {
        return Ok(false);
    };
    let mut batch = Batch::new(store);
    let cut = kept.cut();
    if let Some(through) = cut {
        batch.extend(retention::trim(through));
    }
    if kept.absent {
        batch.extend(retention::forget_absent(cx.now()));
    }
    if batch.changes_rows() {
        cx.write(batch).await?;
    }
    Ok(cut.is_some())
}
