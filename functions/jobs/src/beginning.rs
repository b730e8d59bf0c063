//! Beginning threads, where the function that made them did not get to it.

use actions::begin_thread::{self, Beginning};
use runtime::prelude::*;
use serde::Deserialize;
use store::channels;

use crate::step::Outcome;

/// Which thread of which message.
#[derive(Debug, Deserialize)]
pub(crate) struct FromMessage {
    beginning: Beginning,
    once: String,
}

/// Marks the message and writes the thread's first one.
pub(crate) async fn from_message(cx: &Cx, payload: FromMessage) -> Result<Outcome> {
    begin_thread::begin(cx, &payload.beginning, &payload.once).await?;
    Ok(Outcome::Done)
}

/// Which post.
#[derive(Debug, Deserialize)]
pub(crate) struct Post {
    channel_id: Id<marker::Channel>,
}

/// Deletes a post that never got its first message.
pub(crate) async fn post(cx: &Cx, payload: Post) -> Result<Outcome> {
    let post = channels::by_id(payload.channel_id).optional();
    if let Some(post) = cx.read(post).await? {
        begin_thread::delete_empty_post(cx, &post).await?;
    }
    Ok(Outcome::Done)
}
