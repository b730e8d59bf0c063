//! A handler that wants what no request has.

use runtime::prelude::*;

function! {
    "/channels/{channel_id}/typing"
    POST trigger_typing_indicator
}

async fn trigger_typing_indicator(_: &Cx, _: Caller, _: Vec<u8>) -> Result<NoContent> {
    Ok(NoContent)
}

fn main() {}
