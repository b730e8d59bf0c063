//! Deleting everything of a channel that is gone.

use runtime::prelude::*;
use serde::Deserialize;
use store::messages;

use crate::removal::{self, MESSAGES_MAX, NOBODY};
use crate::step::Outcome;

/// Which channel.
#[derive(Debug, Deserialize)]
pub(crate) struct Payload {
    channel_id: Id<marker::Channel>,
}

/// Deletes some messages; after the last one what is known of the channel besides them. Nobody is
/// told: its viewers got CHANNEL_DELETE.
pub(crate) async fn step(cx: &Cx, payload: Payload) -> Result<Outcome> {
    let channel = payload.channel_id;
    let rows = cx
        .read_messages(channel, messages::after(NOBODY, channel, 0, MESSAGES_MAX))
        .await?;
    if !rows.is_empty() {
        removal::write(cx, removal::remove(channel, &rows)).await?;
        return Ok(Outcome::More);
    }
    let mut batch = Batch::messages(channel);
    messages::forget_channel(&mut batch, channel);
    cx.write(batch).await?;
    Ok(Outcome::Done)
}
