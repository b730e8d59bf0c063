//! A handler whose result is no answer.

use runtime::prelude::*;

function! {
    "/channels/{channel_id}/typing"
    POST trigger_typing_indicator
}

async fn trigger_typing_indicator(_: &Cx, _: Caller) -> Result<u64> {
    Ok(1)
}

fn main() {}
