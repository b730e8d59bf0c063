//! Webhooks of a guild.
//!
//! See [Discord Docs/Get Guild Webhooks](https://discord.com/developers/docs/resources/webhook#get-guild-webhooks).

use runtime::prelude::*;

function! {
    "/guilds/{guild_id}/webhooks"
    GET get_guild_webhooks
}

/// No webhook can be created here yet, so there are none.
async fn get_guild_webhooks(_: &Cx, _: InGuild<MANAGE_WEBHOOKS>) -> Result<Json<[(); 0]>> {
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
        let path = format!("/guilds/{guild}/webhooks");
        bob.get(&FUNCTION, &path).is(Code::MissingPermissions);
        bob.grant(guild, 1, MANAGE_WEBHOOKS);
        assert!(bob.get(&FUNCTION, &path).ok().is_array());
    }
}
