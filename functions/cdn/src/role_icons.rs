//! Icons of roles.
//!
//! See [Discord Docs/CDN Endpoints](https://discord.com/developers/docs/reference#image-formatting-cdn-endpoints).

use actions::images::Owner;
use runtime::extract::Raw;
use runtime::prelude::*;

use crate::variant::{self, Options};

function! {
    at cdn "/role-icons/{role_id}/{file}"
    GET get_role_icon, 500 per 5_000 ms
    uses decoding
}

/// A role's icon.
async fn get_role_icon(
    cx: &Cx,
    _: Anyone,
    Path((role, file)): Path<(Id<marker::Role>, String)>,
    Query(options): Query<Options>,
    Raw(request): Raw,
) -> Result<Response> {
    variant::serve(
        cx,
        |hash| Owner::RoleIcon(role).key(hash),
        &file,
        options,
        &request.headers,
    )
    .await
}
