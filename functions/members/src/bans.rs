//! The bans of a guild.
//!
//! See [Discord Docs/Get Guild Bans](https://discord.com/developers/docs/resources/guild#get-guild-bans).

use runtime::prelude::*;
use serde_json::{Value, json};
use store::bans::{self, Ban};

function! {
    "/guilds/{guild_id}/bans"
    GET list_guild_bans
}

struct Page {
    limit: u32,
    before: Option<Id<marker::User>>,
    after: u64,
}

impl Form for Page {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            limit: fields.int("limit", 1..=1000).unwrap_or(1000) as u32,
            before: fields.get("before"),
            after: fields.int("after", 0..=i64::MAX).unwrap_or(0) as u64,
        }
    }
}

/// A page of bans, in the order of the users' ids. `before` wins over `after`.
async fn list_guild_bans(
    cx: &Cx,
    caller: InGuild<BAN_MEMBERS>,
    Query(page): Query<Page>,
) -> Result<Json<Vec<Value>>> {
    let guild = caller.guild.id;
    let bans = match page.before {
        Some(before) => {
            let mut bans = cx.read(bans::before(guild, before.get(), page.limit)).await?;
            bans.reverse();
            bans
        }
        None => cx.read(bans::after(guild, page.after, page.limit)).await?,
    };
    Ok(Json(bans.iter().map(view).collect()))
}

/// A ban as clients see it.
pub(crate) fn view(ban: &Ban) -> Value {
    json!({ "user": ban.user, "reason": ban.reason })
}
