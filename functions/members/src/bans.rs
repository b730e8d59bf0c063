//! The bans of a guild.
//!
//! See [Discord Docs/Get Guild Bans](https://discord.com/developers/docs/resources/guild#get-guild-bans).

use model::User;
use runtime::prelude::*;
use serde::Serialize;
use store::bans::{self, Ban};

function! {
    "/guilds/{guild_id}/bans"
    GET list_guild_bans
}

struct ListGuildBansQuery {
    limit: u32,
    before: Option<Id<marker::User>>,
    after: u64,
}

impl Form for ListGuildBansQuery {
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
    Query(page): Query<ListGuildBansQuery>,
) -> Result<Json<Vec<GuildBan>>> {
    let guild = caller.guild.id;
    let bans = match page.before {
        Some(before) => {
            let mut bans = cx
                .read(bans::before(guild, before.get(), page.limit))
                .await?;
            bans.reverse();
            bans
        }
        None => cx.read(bans::after(guild, page.after, page.limit)).await?,
    };
    Ok(Json(bans.into_iter().map(GuildBan::from).collect()))
}

/// A ban as clients see it.
///
/// See [Discord Docs/Ban Object](https://discord.com/developers/docs/resources/guild#ban-object).
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub(crate) struct GuildBan {
    user: User,
    reason: Option<String>,
}

impl From<Ban> for GuildBan {
    fn from(ban: Ban) -> Self {
        Self {
            user: ban.user,
            reason: ban.reason,
        }
    }
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use store::Store;

    use super::*;

    #[test]
    fn pages_go_both_ways() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let banned: Vec<_> = ["a1", "a2", "a3"].map(|name| app.register(name).id).into();
        let mut batch = Batch::main();
        batch.push(bans::insert(guild, &banned, alice.id, None, app.now()));
        app.write(batch);
        let list = |query: String| {
            let bans = alice
                .get(&FUNCTION, &format!("/guilds/{guild}/bans?{query}"))
                .ok();
            let bans = bans.as_array().unwrap().clone();
            bans.iter()
                .map(|ban| ban["user"]["username"].clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(list(String::new()), ["a1", "a2", "a3"]);
        assert_eq!(list(format!("limit=1&after={}", banned[0])), ["a2"]);
        assert_eq!(list(format!("limit=1&before={}", banned[2])), ["a2"]);
        assert_eq!(app.read(Store::Main, bans::one(guild, banned[0])).len(), 1);
        let wrong = alice.get(&FUNCTION, &format!("/guilds/{guild}/bans?limit=0&before=x"));
        assert_eq!(wrong.field_error(&["limit"]), "NUMBER_TYPE_MIN");
        wrong.field_error(&["before"]);
    }

    #[test]
    fn only_those_who_ban_see_bans() {
        let app = App::new();
        let (guild, _) = app.register("alice").create_guild();
        let bob = app.register("bob");
        bob.join(guild);
        bob.get(&FUNCTION, &format!("/guilds/{guild}/bans"))
            .is(Code::MissingPermissions);
    }
}
