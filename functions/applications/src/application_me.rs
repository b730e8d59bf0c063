//! The application of the calling bot.
//!
//! See [Discord Docs/Get Current Application](https://discord.com/developers/docs/resources/application#get-current-application).

use runtime::prelude::*;
use serde_json::Value;

use crate::edit::Edit;
use crate::owned::Owned;

function! {
    "/applications/@me"
    GET get_my_application
    PATCH update_my_application
    uses blobs
}

/// The application.
async fn get_my_application(cx: &Cx, Bot(caller): Bot) -> Result<Json<Value>> {
    Owned::of_bot(cx, &caller).await?.view(cx).await
}

/// Changes the application.
async fn update_my_application(
    cx: &Cx,
    Bot(caller): Bot,
    Body(edit): Body<Edit>,
) -> Result<Json<Value>> {
    let mut owned = Owned::of_bot(cx, &caller).await?;
    edit.apply(cx, &mut owned).await?;
    owned.view(cx).await
}
