//! Webhooks of a guild.
//!
//! See [Discord Docs/Get Guild Webhooks](https://discord.com/developers/docs/resources/webhook#get-guild-webhooks).

use runtime::prelude::*;
use serde_json::Value;

function! {
    "/guilds/{guild_id}/webhooks"
    GET get_guild_webhooks
}

/// No webhook can be created here yet, so there are none.
async fn get_guild_webhooks(_: &Cx, _: InGuild<MANAGE_WEBHOOKS>) -> Result<Json<Vec<Value>>> {
    Ok(Json(Vec::new()))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;

    use super::*;

    #[test]
    fn there_are_none() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let path = format!("/guilds/{guild}/webhooks");
        assert_eq!(alice.get(&FUNCTION, &path).ok(), serde_json::json!([]));
    }
}
