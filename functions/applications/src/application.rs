//! One application, as its owner manages it.
//!
//! See [Discord Docs/Get Application](https://discord.com/developers/docs/resources/application).

use runtime::prelude::*;
use serde_json::Value;

use crate::edit::Edit;
use crate::owned::Owned;

function! {
    "/applications/{application_id}"
    GET get_application
    PATCH update_application
    DELETE delete_application
    uses blobs
}

/// The application.
async fn get_application(
    cx: &Cx,
    caller: Caller,
    Path(id): Path<Id<marker::Application>>,
) -> Result<Json<Value>> {
    Owned::find(cx, &caller, id).await?.view(cx).await
}

/// Changes the application.
async fn update_application(
    cx: &Cx,
    caller: Caller,
    Path(id): Path<Id<marker::Application>>,
    Body(edit): Body<Edit>,
) -> Result<Json<Value>> {
    let mut owned = Owned::find(cx, &caller, id).await?;
    edit.apply(cx, &mut owned).await?;
    owned.view(cx).await
}

/// Deletes the application; see `POST /applications/{application_id}/delete`.
async fn delete_application(
    cx: &Cx,
    Human(caller): Human,
    Path(id): Path<Id<marker::Application>>,
    Body(code): Body<crate::owned::SecondFactor>,
) -> Result<NoContent> {
    crate::application_delete::delete(cx, &caller, id, code).await
}
