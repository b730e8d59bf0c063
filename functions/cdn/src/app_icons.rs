//! Icons of applications.
//!
//! See [Discord Docs/CDN Endpoints](https://discord.com/developers/docs/reference#image-formatting-cdn-endpoints).

use actions::images::Owner;
use runtime::extract::Raw;
use runtime::prelude::*;

use crate::variant::{self, Options};

function! {
    at cdn "/app-icons/{application_id}/{file}"
    GET get_application_icon, 500 per 5_000 ms
    uses decoding
}

/// An application's icon.
async fn get_application_icon(
    cx: &Cx,
    _: Anyone,
    Path((application, file)): Path<(Id<marker::Application>, String)>,
    Query(options): Query<Options>,
    Raw(request): Raw,
) -> Result<Response> {
    variant::serve(
        cx,
        |hash| Owner::AppIcon(application).key(hash),
        &file,
        options,
        &request.headers,
    )
    .await
}
