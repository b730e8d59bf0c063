//! The invites of a guild.
//!
//! See [Discord Docs/Get Guild Invites](https://discord.com/developers/docs/resources/guild#get-guild-invites).

use actions::invite_view::{InviteView, invite_view, with_metadata};
use runtime::access::one_of;
use runtime::prelude::*;
use store::{invites, users};

function! {
    "/guilds/{guild_id}/invites"
    GET list_guild_invites
        requires MANAGE_GUILD or VIEW_AUDIT_LOG when "invites are listed"
}

/// All invites of the guild. Only members with MANAGE_GUILD see the number of uses.
async fn list_guild_invites(cx: &Cx, caller: InGuild) -> Result<Json<Vec<InviteView>>> {
    let manager = caller.require(MANAGE_GUILD);
    let manages = manager.is_ok();
    one_of([manager, caller.require(VIEW_AUDIT_LOG)])?;
    let found = cx
        .read(invites::of_guild(caller.guild.id, cx.now()))
        .await?;
    let streamers: Vec<_> = found
        .iter()
        .filter_map(|invite| invite.target_user_id)
        .collect();
    let users = cx.read(users::by_ids(&streamers)).await?;
    let view = if manages { with_metadata } else { invite_view };
    let views = found
        .iter()
        .map(|invite| view(invite, Some(&caller.guild), &users));
    Ok(Json(views.collect()))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;

    use super::*;

    #[test]
    fn uses_are_for_those_who_manage_the_guild() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, channel) = alice.create_guild();
        let new = &crate::channel_invites::FUNCTION;
        alice
            .post(new, &format!("/channels/{channel}/invites"), json!({}))
            .ok();
        let path = format!("/guilds/{guild}/invites");
        assert_eq!(alice.get(&FUNCTION, &path).ok()[0]["uses"], 0);
        let bob = app.register("bob");
        bob.join(guild);
        bob.get(&FUNCTION, &path).is(Code::MissingPermissions);
        bob.grant(guild, 1, VIEW_AUDIT_LOG);
        let shown = bob.get(&FUNCTION, &path).ok();
        assert_eq!(shown[0].get("uses"), None);
        assert_eq!(shown[0]["guild"]["id"], json!(guild));
    }
}
