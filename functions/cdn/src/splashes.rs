//! Pictures behind the invites of guilds.
//!
//! See [Discord Docs/CDN Endpoints](https://discord.com/developers/docs/reference#image-formatting-cdn-endpoints).

use actions::images::Owner;
use runtime::extract::Raw;
use runtime::prelude::*;

use crate::variant::{self, Options};

function! {
    at cdn "/splashes/{guild_id}/{file}"
    GET get_guild_splash, 500 per 5_000 ms
    uses decoding
}

/// The picture behind a guild's invites.
async fn get_guild_splash(
    cx: &Cx,
    _: Anyone,
    Path((guild, file)): Path<(Id<marker::Guild>, String)>,
    Query(options): Query<Options>,
    Raw(request): Raw,
) -> Result<Response> {
    variant::serve(
        cx,
        |hash| Owner::GuildSplash(guild).key(hash),
        &file,
        options,
        &request.headers,
    )
    .await
}
