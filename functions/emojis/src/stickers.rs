//! The stickers of a guild. None has any yet.
//!
//! See [Discord Docs/List Guild Stickers](https://discord.com/developers/docs/resources/sticker#list-guild-stickers).

use runtime::prelude::*;
use serde_json::Value;

function! {
    "/guilds/{guild_id}/stickers"
    GET list_guild_stickers
}

/// All stickers of the guild.
async fn list_guild_stickers(_: &Cx, _: InGuild) -> Result<Json<Vec<Value>>> {
    Ok(Json(Vec::new()))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;

    use super::*;

    #[test]
    fn members_learn_that_there_are_none() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let path = format!("/guilds/{guild}/stickers");
        assert_eq!(alice.get(&FUNCTION, &path).ok(), json!([]));
        app.register("mallory")
            .get(&FUNCTION, &path)
            .is(Code::MissingAccess);
    }
}
