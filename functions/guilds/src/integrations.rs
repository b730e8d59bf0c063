//! Integrations of a guild.
//!
//! See [Discord Docs/Get Guild Integrations](https://discord.com/developers/docs/resources/guild#get-guild-integrations).

use runtime::prelude::*;
use serde_json::Value;

function! {
    "/guilds/{guild_id}/integrations"
    GET list_guild_integrations
}

/// No other service can be integrated here, so there are none.
async fn list_guild_integrations(_: &Cx, _: InGuild<MANAGE_GUILD>) -> Result<Json<Vec<Value>>> {
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
        let path = format!("/guilds/{guild}/integrations");
        assert_eq!(alice.get(&FUNCTION, &path).ok(), serde_json::json!([]));
    }
}
