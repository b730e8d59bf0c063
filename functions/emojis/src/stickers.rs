//! The stickers of a guild. None has any yet.
//!
//! See [Discord Docs/List Guild Stickers](https://discord.com/developers/docs/resources/sticker#list-guild-stickers).

use runtime::prelude::*;

function! {
    "/guilds/{guild_id}/stickers"
    GET list_guild_stickers
}

/// All stickers of the guild.
async fn list_guild_stickers(_: &Cx, _: InGuild) -> Result<Json<[(); 0]>> {
    Ok(Json([]))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;

    use super::*;

    #[test]
    fn members_learn_that_there_are_none() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let path = format!("/guilds/{guild}/stickers");
        let stickers = alice.get(&FUNCTION, &path).ok();
        assert!(stickers.as_array().expect("a list").is_empty());
        app.register("mallory")
            .get(&FUNCTION, &path)
            .is(Code::MissingAccess);
    }
}
