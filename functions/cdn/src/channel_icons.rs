//! Icons of group conversations.
//!
//! See [Discord Docs/CDN Endpoints](https://discord.com/developers/docs/reference#image-formatting-cdn-endpoints).

use actions::images::Owner;
use runtime::extract::Raw;
use runtime::prelude::*;

use crate::variant::{self, Options};

function! {
    at cdn "/channel-icons/{channel_id}/{file}"
    GET get_channel_icon, 500 per 5_000 ms
    uses decoding
}

/// A group conversation's icon.
async fn get_channel_icon(
    cx: &Cx,
    _: Anyone,
    Path((channel, file)): Path<(Id<marker::Channel>, String)>,
    Query(options): Query<Options>,
    Raw(request): Raw,
) -> Result<Response> {
    variant::serve(
        cx,
        |hash| Owner::ChannelIcon(channel).key(hash),
        &file,
        options,
        &request.headers,
    )
    .await
}
