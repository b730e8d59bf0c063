//! Banners of members in a guild.
//!
//! See [Discord Docs/CDN Endpoints](https://discord.com/developers/docs/reference#image-formatting-cdn-endpoints).

use actions::images::Owner;
use runtime::extract::Raw;
use runtime::prelude::*;

use crate::variant::{self, Options};

function! {
    at cdn "/guilds/{guild_id}/users/{user_id}/banners/{file}"
    GET get_member_banner, 500 per 5_000 ms
    uses decoding
}

/// A member's banner in a guild.
async fn get_member_banner(
    cx: &Cx,
    _: Anyone,
    Path((guild, user, file)): Path<(Id<marker::Guild>, Id<marker::User>, String)>,
    Query(options): Query<Options>,
    Raw(request): Raw,
) -> Result<Response> {
    variant::serve(
        cx,
        |hash| Owner::MemberBanner(guild, user).key(hash),
        &file,
        options,
        &request.headers,
    )
    .await
}
