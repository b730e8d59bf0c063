//! The caller as a member of a guild.
//!
//! See [Discord Docs/Get Current User Guild Member](https://discord.com/developers/docs/resources/user#get-current-user-guild-member).

use model::Member;
use runtime::prelude::*;

function! {
    "/users/@me/guilds/{guild_id}/member"
    GET get_my_guild_member
}

/// The caller as a member of the guild.
async fn get_my_guild_member(_: &Cx, caller: InGuild) -> Result<Json<Member>> {
    Ok(Json(caller.membership.member))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;

    use super::*;

    #[test]
    fn a_member_sees_themselves_and_a_stranger_does_not() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let path = format!("/users/@me/guilds/{guild}/member");
        assert_eq!(
            alice.get(&FUNCTION, &path).ok()["user"]["username"],
            "alice"
        );
        let member = alice.get(&FUNCTION, &path).ok();
        assert_eq!(member["id"], member["user"]["id"]);
        assert_eq!(member["guild_id"], guild.to_string());
        app.register("mallory")
            .get(&FUNCTION, &path)
            .is(Code::MissingAccess);
    }
}
