//! Saying who joined, where the function that let them join did not get to it.

use actions::join_guild::say_who_joined;
use runtime::prelude::*;
use serde::Deserialize;
use store::guilds;

use crate::step::Outcome;

/// Who joined what.
#[derive(Debug, Deserialize)]
pub(crate) struct Payload {
    guild_id: Id<marker::Guild>,
    user_id: Id<marker::User>,
    once: String,
}

/// Says it, if the guild is still there and wants it.
pub(crate) async fn step(cx: &Cx, payload: Payload) -> Result<Outcome> {
    let guild = cx.read(guilds::by_id(payload.guild_id).optional()).await?;
    if let Some(guild) = guild {
        say_who_joined(cx, &guild, payload.user_id, &payload.once).await?;
    }
    Ok(Outcome::Done)
}
