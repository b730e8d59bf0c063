//! The invites of a guild.
//!
//! See [Discord Docs/Get Guild Invites](https://discord.com/developers/docs/resources/guild#get-guild-invites).

use actions::invite_view::{invite_view, with_metadata};
use runtime::prelude::*;
use serde_json::Value;
use store::{invites, users};

function! {
    "/guilds/{guild_id}/invites"
    GET list_guild_invites
}

/// All invites of the guild; how often they were used is for those who manage it.
async fn list_guild_invites(cx: &Cx, caller: InGuild) -> Result<Json<Vec<Value>>> {
    let manages = caller.demand(MANAGE_GUILD).is_ok();
    if !manages {
        caller.demand(VIEW_AUDIT_LOG)?;
    }
    let found = cx.read(invites::of_guild(caller.guild.id, cx.now())).await?;
    let streamers: Vec<_> = found.iter().filter_map(|invite| invite.target_user_id).collect();
    let users = cx.read(users::by_ids(&streamers)).await?;
    let view = if manages { with_metadata } else { invite_view };
    let views = found.iter().map(|invite| view(invite, Some(&caller.guild), &users).into());
    Ok(Json(views.collect()))
}
