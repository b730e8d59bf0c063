//! Deleting a guild, as clients for people do it.
//!
//! See [Userdoccers/Delete Guild](https://docs.discord.food/resources/guild#delete-guild).

use actions::second_factor::Proof;
use runtime::prelude::*;

use crate::removal;

function! {
    "/guilds/{guild_id}/delete"
    POST delete_guild_by_post
}

/// The same as `DELETE /guilds/{guild_id}`, for clients that cannot send a body with it.
async fn delete_guild_by_post(
    cx: &Cx,
    caller: OwnsGuild,
    Body(proof): Body<Proof>,
) -> Result<NoContent> {
    removal::delete(cx, &caller, &proof).await
}
