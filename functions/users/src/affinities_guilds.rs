//! Guilds that Discord thinks the caller likes.
//!
//! See [Userdoccers/List Guild Affinities](https://docs.discord.food/resources/user#list-guild-affinities).

use runtime::prelude::*;
use serde_json::{Value, json};

function! {
    "/users/@me/affinities/guilds"
    GET list_guild_affinities
}

/// None: nobody is watched here.
async fn list_guild_affinities(_: &Cx, _: Human) -> Result<Json<Value>> {
    Ok(Json(json!({ "guild_affinities": [] })))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;

    use super::*;

    #[test]
    fn there_are_none() {
        let app = App::new();
        assert_eq!(
            app.register("alice")
                .get(&FUNCTION, "/users/@me/affinities/guilds")
                .ok(),
            json!({ "guild_affinities": [] })
        );
    }
}
