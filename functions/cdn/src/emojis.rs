//! Images of custom emoji.
//!
//! See [Discord Docs/CDN Endpoints](https://discord.com/developers/docs/reference#image-formatting-cdn-endpoints).

use runtime::extract::Raw;
use runtime::prelude::*;

use crate::variant::{self, Options};

function! {
    at cdn "/emojis/{file}"
    GET get_emoji_image, 500 per 5_000 ms
    uses decoding
}

/// An emoji's image, named by the emoji's id.
async fn get_emoji_image(
    cx: &Cx,
    _: Anyone,
    Path(file): Path<String>,
    Query(options): Query<Options>,
    Raw(request): Raw,
) -> Result<Response> {
    variant::serve(
        cx,
        |id| format!("emojis/{id}"),
        &file,
        options,
        &request.headers,
    )
    .await
}
