//! Avatars of users.
//!
//! See [Discord Docs/CDN Endpoints](https://discord.com/developers/docs/reference#image-formatting-cdn-endpoints).

use actions::images::Owner;
use runtime::extract::Raw;
use runtime::prelude::*;

use crate::variant::{self, Options};

function! {
    at cdn "/avatars/{user_id}/{file}"
    GET get_user_avatar, 500 per 5_000 ms
    uses decoding
}

/// A user's avatar.
async fn get_user_avatar(
    cx: &Cx,
    _: Anyone,
    Path((user, file)): Path<(Id<marker::User>, String)>,
    Query(options): Query<Options>,
    Raw(request): Raw,
) -> Result<Response> {
    variant::serve(
        cx,
        |hash| Owner::Avatar(user).key(hash),
        &file,
        options,
        &request.headers,
    )
    .await
}
