//! Integrations of a guild.
//!
//! See [Discord Docs/Get Guild Integrations](https://discord.com/developers/docs/resources/guild#get-guild-integrations).

use runtime::prelude::*;

function! {
    "/guilds/{guild_id}/integrations"
    GET list_guild_integrations
}

/// No other service can be integrated here, so there are none.
async fn list_guild_integrations(_: &Cx, _: InGuild<MANAGE_GUILD>) -> Result<Json<[(); 0]>> {
    Ok(Json([]))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;

    use super::*;

    #[test]
    fn managers_get_a_list() {
        let app = App::new();
        let (alice, bob) = (app.register("alice"), app.register("bob"));
        let (guild, _) = alice.create_guild();
        bob.join(guild);
        let path = format!("/guilds/{guild}/integrations");
        bob.get(&FUNCTION, &path).is(Code::MissingPermissions);
        bob.grant(guild, 1, MANAGE_GUILD);
        assert!(bob.get(&FUNCTION, &path).ok().is_array());
    }
}
