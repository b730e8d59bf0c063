//! The application of the calling bot.
//!
//! See [Discord Docs/Get Current Application](https://discord.com/developers/docs/resources/application#get-current-application).

use runtime::prelude::*;

use crate::edit::UpdateApplication;
use crate::owned::Owned;
use crate::view::PrivateApplication;

function! {
    "/applications/@me"
    GET get_my_application
    PATCH update_my_application
    uses blobs
}

/// The application.
async fn get_my_application(cx: &Cx, Bot(caller): Bot) -> Result<Json<PrivateApplication>> {
    Owned::of_bot(cx, &caller).await?.view(cx).await
}

/// Changes the application.
async fn update_my_application(
    cx: &Cx,
    Bot(caller): Bot,
    Body(edit): Body<UpdateApplication>,
) -> Result<Json<PrivateApplication>> {
    let mut owned = Owned::of_bot(cx, &caller).await?;
    edit.by_bot().apply(cx, &mut owned).await?;
    owned.view(cx).await
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;

    use super::*;
    use crate::testing::with_bot;

    #[test]
    fn a_bot_sees_and_edits_its_application() {
        let app = App::new();
        let alice = app.register("alice");
        let (id, bot) = with_bot(&app, &alice);
        let own = bot.get(&FUNCTION, "/applications/@me").ok();
        assert_eq!(own["id"], json!(id));
        assert_eq!(own["bot"]["id"], json!(id));
        assert_eq!(own["owner"]["username"], "alice");
        let flags = (1 << 13) | (1 << 15) | (1 << 19);
        let edit = json!({ "flags": flags, "description": "It beeps." });
        let edited = bot.patch(&FUNCTION, "/applications/@me", edit).ok();
        assert_eq!(edited["flags"], flags);
        assert_eq!(edited["flags_new"], flags.to_string());
        let owners = json!({
            "name": "Mine", "bot_public": false, "redirect_uris": ["a://b"], "tags": ["a"],
        });
        let edited = bot.patch(&FUNCTION, "/applications/@me", owners).ok();
        assert_eq!(
            (&edited["name"], &edited["bot_public"]),
            (&json!("Robot"), &json!(true))
        );
        assert_eq!(
            (&edited["redirect_uris"], &edited["tags"]),
            (&json!([]), &json!(["a"]))
        );
        let wrong = bot.patch(&FUNCTION, "/applications/@me", json!({ "tags": "x" }));
        assert_eq!(wrong.field_error(&["tags"]), "LIST_TYPE_CONVERT");
    }

    #[test]
    fn people_have_none() {
        let app = App::new();
        let alice = app.register("alice");
        alice
            .get(&FUNCTION, "/applications/@me")
            .is(Code::OnlyBotsAllowed);
        app.bot("stray")
            .get(&FUNCTION, "/applications/@me")
            .is(Code::UnknownApplication);
    }
}
