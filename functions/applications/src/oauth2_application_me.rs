//! The application of the calling bot, by the route that libraries ask first.
//!
//! See [Discord Docs/Get Current Bot Application Information](https://discord.com/developers/docs/topics/oauth2#get-current-bot-application-information).

use runtime::prelude::*;

use crate::owned::Owned;
use crate::view::PrivateApplication;

function! {
    "/oauth2/applications/@me"
    GET get_my_oauth2_application
}

/// The application.
async fn get_my_oauth2_application(cx: &Cx, Bot(caller): Bot) -> Result<Json<PrivateApplication>> {
    Owned::of_bot(cx, &caller).await?.view(cx).await
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;

    use super::*;
    use crate::testing::with_bot;

    #[test]
    fn each_bot_gets_its_own() {
        let app = App::new();
        let alice = app.register("alice");
        with_bot(&app, &alice);
        let (id, bot) = with_bot(&app, &alice);
        let own = bot.get(&FUNCTION, "/oauth2/applications/@me").ok();
        assert_eq!(own["id"], json!(id));
        alice
            .get(&FUNCTION, "/oauth2/applications/@me")
            .is(Code::OnlyBotsAllowed);
    }
}
