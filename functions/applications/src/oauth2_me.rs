//! What the calling token may do.
//!
//! See [Discord Docs/Get Current Authorization Information](https://discord.com/developers/docs/topics/oauth2#get-current-authorization-information).

use runtime::prelude::*;
use serde_json::{Value, json};
use store::applications;

function! {
    "/oauth2/@me"
    GET get_my_oauth2_authorization
}

/// Milliseconds that an authorisation is said to last, for clients that want a time: a bot's token
/// is valid until it is reset.
const EXPIRES_MS: i64 = 365 * 86_400_000;

/// The bot's application. A person's own token belongs to none and is refused.
async fn get_my_oauth2_authorization(cx: &Cx, caller: Caller) -> Result<Json<Value>> {
    let application = cx
        .read(applications::by_bot(caller.id()).optional())
        .await?;
    let application = application.ok_or(Code::InvalidOauthToken)?;
    Ok(Json(json!({
        "application": crate::view::public(&application, Some(caller.user())),
        "scopes": ["bot", "applications.commands"],
        "expires": cx.now().plus_millis(EXPIRES_MS),
        "user": caller.user(),
    })))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;

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
