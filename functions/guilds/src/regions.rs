//! Voice regions of a guild.
//!
//! See [Discord Docs/Get Guild Voice Regions](https://discord.com/developers/docs/resources/guild#get-guild-voice-regions).

use model::guild::REGION;
use runtime::prelude::*;
use serde::Serialize;

function! {
    "/guilds/{guild_id}/regions"
    GET list_guild_voice_regions
}

/// A region that voice is in.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct GuildVoiceRegion {
    id: &'static str,
    name: String,
    custom: bool,
    deprecated: bool,
    optimal: bool,
}

/// The one region that an instance has: wherever its media relay is.
async fn list_guild_voice_regions(cx: &Cx, _: InGuild) -> Result<Json<[GuildVoiceRegion; 1]>> {
    Ok(Json([GuildVoiceRegion {
        id: REGION,
        name: cx.config().instance.name.clone(),
        custom: false,
        deprecated: false,
        optimal: true,
    }]))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;

    use super::*;

    #[test]
    fn there_is_one_region() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let regions = alice
            .get(&FUNCTION, &format!("/guilds/{guild}/regions"))
            .ok();
        assert_eq!(regions[0]["optimal"], true);
    }
}
