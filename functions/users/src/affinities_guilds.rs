//! Guilds that Discord thinks the caller likes.
//!
//! See [Userdoccers/List Guild Affinities](https://docs.discord.food/resources/user#list-guild-affinities).

use runtime::prelude::*;
use serde::Serialize;

function! {
    "/users/@me/affinities/guilds"
    GET list_guild_affinities
}

/// Guilds that a user is much in.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct GuildAffinities {
    guild_affinities: [(); 0],
}

/// Always empty: this server does not measure affinities.
async fn list_guild_affinities(_: &Cx, _: Human) -> Result<Json<GuildAffinities>> {
    Ok(Json(GuildAffinities {
        guild_affinities: [],
    }))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;

    use super::*;

    #[test]
    fn guild_affinities_are_empty() {
        let app = App::new();
        let alice = app.register("alice");
        alice.create_guild();
        let answer = alice.get(&FUNCTION, "/users/@me/affinities/guilds").ok();
        let affinities = answer["guild_affinities"].as_array().expect("a list");
        assert!(affinities.is_empty(), "{affinities:?}");
    }
}
