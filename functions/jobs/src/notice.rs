//! Writing a notice, where the function that caused it did not get to it.

use actions::system_message::{Notice, send_once};
use runtime::prelude::*;
use serde::Deserialize;
use store::channels;

use crate::step::Outcome;

/// Which notice.
#[derive(Debug, Deserialize)]
pub(crate) struct Payload {
    notice: Notice,
    once: String,
}

/// Writes it, if its channel is still there.
pub(crate) async fn step(cx: &Cx, Payload { notice, once }: Payload) -> Result<Outcome> {
    let channel = cx.read(channels::by_id(notice.channel).optional()).await?;
    if channel.is_some() {
        send_once(cx, notice, &once).await?;
    }
    Ok(Outcome::Done)
}
