//! Banners of users and of guilds, whose numbers are never the same.
//!
//! See [Discord Docs/CDN Endpoints](https://discord.com/developers/docs/reference#image-formatting-cdn-endpoints).

use actions::images::Owner;
use runtime::extract::Raw;
use runtime::prelude::*;

use crate::variant::{self, Options};

function! {
    at cdn "/banners/{owner_id}/{file}"
    GET get_banner, 500 per 5_000 ms
    uses decoding
}

/// A user's or a guild's banner: both are stored at one place.
async fn get_banner(
    cx: &Cx,
    _: Anyone,
    Path((owner, file)): Path<(Id<marker::User>, String)>,
    Query(options): Query<Options>,
    Raw(request): Raw,
) -> Result<Response> {
    variant::serve(
        cx,
        |hash| Owner::UserBanner(owner).key(hash),
        &file,
        options,
        &request.headers,
    )
    .await
}
