//! A new token for a bot.
//!
//! See [Userdoccers/Reset Application Bot Token](https://docs.discord.food/resources/application#reset-application-bot-token).

use actions::sessions::{self, Client};
use runtime::prelude::*;
use serde_json::{Value, json};

use crate::application_delete::end_sessions;
use crate::owned::{Owned, SecondFactor};

function! {
    "/applications/{application_id}/bot/reset"
    POST reset_application_bot_token, 5 per 60_000 ms
}

/// Makes the old token worthless, closes its sockets and answers the new one, which is never shown
/// again.
async fn reset_application_bot_token(
    cx: &Cx,
    Human(caller): Human,
    Path(id): Path<Id<marker::Application>>,
    Body(code): Body<SecondFactor>,
) -> Result<Json<Value>> {
    let owned = Owned::find(cx, &caller, id).await?.by_owner(&caller)?;
    let bot = owned.bot()?.id;
    let all = cx.read(store::sessions::of_user(bot)).await?;
    let mut batch = Batch::main();
    code.demand(cx, &mut batch, &caller)?;
    end_sessions(&mut batch, bot, &all);
    let token = sessions::begin(cx, &mut batch, bot, Client::default());
    cx.write(batch).await?;
    Ok(Json(json!({ "token": token.reveal() })))
}
