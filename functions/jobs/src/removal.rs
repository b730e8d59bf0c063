//! Removing messages that nobody asked for one by one.

use actions::delete_messages::release_files;
use runtime::prelude::*;
use store::messages::{self, Stored};

/// Messages that one step removes: as many as a client may delete at once.
pub(crate) const MESSAGES_MAX: u32 = 100;

/// The viewer of the messages: nobody, so that no reaction is theirs.
pub(crate) const NOBODY: Id<marker::User> = Id::new(0);

/// A batch that removes these messages of a channel with their reactions and files. It fails with
/// [`Code::UnknownMessage`] when somebody else removed all of them meanwhile.
pub(crate) fn remove(channel: Id<marker::Channel>, rows: &[Stored]) -> Batch {
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let mut batch = Batch::messages(channel);
    messages::delete(&mut batch, channel, &ids);
    let files = rows.iter().flat_map(|row| &row.extra.attachments);
    release_files(&mut batch, channel, files);
    batch
}

/// Writes the batch. That the messages are gone already is as good.
pub(crate) async fn write(cx: &Cx, batch: Batch) -> Result<()> {
    match cx.write(batch).await {
        Ok(_) | Err(store::Rejection::Code(Code::UnknownMessage)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
