//! A handler that does not say who may call it.

use runtime::prelude::*;

function! {
    "/channels/{channel_id}/typing"
    POST trigger_typing_indicator
}

async fn trigger_typing_indicator(_: &Cx, _: Path<u64>) -> Result<NoContent> {
    Ok(NoContent)
}

fn main() {}
