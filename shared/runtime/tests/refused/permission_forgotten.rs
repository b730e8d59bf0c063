//! A channel is read by having been let in: there is no other way to its value.

use runtime::prelude::*;

function! {
    "/channels/{channel_id}"
    DELETE delete_channel
}

async fn delete_channel(_: &Cx, caller: Caller) -> Result<NoContent> {
    let _ = caller.channel;
    Ok(NoContent)
}

fn main() {}
