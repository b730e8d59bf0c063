//! What the calling token may do.
//!
//! See [Discord Docs/Get Current Authorization Information](https://discord.com/developers/docs/topics/oauth2#get-current-authorization-information).

use model::User;
use runtime::prelude::*;
use serde::Serialize;
use store::applications;

use crate::view::{self, PublicApplication};

function! {
    "/oauth2/@me"
    GET get_my_oauth2_authorization
}

/// Milliseconds that an authorisation is said to last, for clients that want a time: a bot's token
/// is valid until it is reset.
const EXPIRES_MS: i64 = 365 * 86_400_000;

/// What a token may do.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct Authorization {
    application: PublicApplication,
    scopes: [&'static str; 2],
    expires: Timestamp,
    user: User,
}

/// The bot's application. A person's own token belongs to none and is refused.
async fn get_my_oauth2_authorization(cx: &Cx, caller: Caller) -> Result<Json<Authorization>> {
    let application = cx
        .read(applications::by_bot(caller.id()).optional())
        .await?;
    let application = application.ok_or(Code::InvalidOauthToken)?;
    Ok(Json(Authorization {
        application: view::public(&application, Some(caller.user())),
        scopes: ["bot", "applications.commands"],
        expires: cx.now().plus_millis(EXPIRES_MS),
        user: caller.user().clone(),
    }))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;

    use super::*;
    use crate::testing::with_bot;

    #[test]
    fn a_bots_token_is_its_applications() {
        let app = App::new();
        let alice = app.register("alice");
        let (id, bot) = with_bot(&app, &alice);
        let own = bot.get(&FUNCTION, "/oauth2/@me").ok();
        assert_eq!(own["application"]["id"], json!(id));
        assert_eq!(own["user"]["bot"], true);
        alice
            .get(&FUNCTION, "/oauth2/@me")
            .is(Code::InvalidOauthToken);
    }
}
