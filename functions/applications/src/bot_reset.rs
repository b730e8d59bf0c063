//! A new token for a bot.
//!
//! See [Userdoccers/Reset Application Bot Token](https://docs.discord.food/resources/application#reset-application-bot-token).

use actions::second_factor::Proof;
use actions::sessions::{self, Client};
use runtime::prelude::*;
use serde::Serialize;

use crate::application_delete::end_sessions;
use crate::owned::Owned;

function! {
    "/applications/{application_id}/bot/reset"
    POST reset_application_bot_token, 5 per 60_000 ms
}

/// The token in place of the one that was.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct BotToken {
    token: String,
}

/// Makes the old token worthless, closes its sockets and answers the new one, which is never shown
/// again.
async fn reset_application_bot_token(
    cx: &Cx,
    Human(caller): Human,
    Path(id): Path<Id<marker::Application>>,
    Body(proof): Body<Proof>,
) -> Result<Json<BotToken>> {
    let owned = Owned::find(cx, &caller, id).await?.by_owner(&caller)?;
    let bot = owned.bot()?.id;
    let all = cx.read(store::sessions::of_user(bot)).await?;
    let mut batch = Batch::main();
    proof.require(cx, &mut batch, &caller).await?;
    end_sessions(&mut batch, bot, &all);
    let token = sessions::begin(cx, &mut batch, bot, Client::default());
    cx.write(batch).await?;
    let token = token.reveal().to_owned();
    Ok(Json(BotToken { token }))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;

    use super::*;
    use crate::testing::{application, code, with_bot, with_second_factor};

    #[test]
    fn the_old_token_dies_and_its_sockets_close() {
        let app = App::new();
        let alice = app.register("alice");
        let (id, bot) = with_bot(&app, &alice);
        let path = format!("/applications/{id}/bot/reset");
        let me = &crate::application_me::FUNCTION;
        bot.get(me, "/applications/@me").ok();
        let token = alice.post(&FUNCTION, &path, json!({})).ok()["token"].clone();
        let revoked = app.emitted(EventKind::SessionsRevoked);
        assert_eq!(revoked.audience, Audience::Users(vec![bot.id]));
        bot.get(me, "/applications/@me").is(Code::Unauthorized);
        let token = format!("Bot {}", token.as_str().unwrap());
        app.holder(bot.id, &token).get(me, "/applications/@me").ok();
    }

    #[test]
    fn the_second_factor_is_required_and_right_codes_are_right() {
        let app = App::new();
        let alice = app.register("alice");
        let (id, bot) = with_bot(&app, &alice);
        with_second_factor(&app, &alice);
        let reset = |body| alice.post(&FUNCTION, &format!("/applications/{id}/bot/reset"), body);
        reset(json!({})).is(Code::MfaRequired);
        reset(json!({ "code": "000000" })).is(Code::InvalidMfaCode);
        bot.get(&crate::application_me::FUNCTION, "/applications/@me")
            .ok();
        let shown = json!({ "code": code(app.now()) });
        reset(shown.clone()).ok();
        reset(shown).is(Code::InvalidMfaCode);
    }

    #[test]
    fn there_must_be_a_bot() {
        let app = App::new();
        let alice = app.register("alice");
        let (_, path) = application(&alice);
        let path = format!("{path}/bot/reset");
        alice
            .post(&FUNCTION, &path, json!({}))
            .is(Code::ApplicationHasNoBot);
        let mallory = app.register("mallory");
        mallory
            .post(&FUNCTION, &path, json!({}))
            .is(Code::NotApplicationOwner);
    }
}
