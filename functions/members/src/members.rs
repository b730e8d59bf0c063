//! The members of a guild.
//!
//! See [Discord Docs/List Guild Members](https://discord.com/developers/docs/resources/guild#list-guild-members).

use model::Member;
use runtime::prelude::*;
use store::members;

function! {
    "/guilds/{guild_id}/members"
    GET list_guild_members
}

struct ListGuildMembersQuery {
    limit: u32,
    after: u64,
}

impl Form for ListGuildMembersQuery {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            limit: fields.int("limit", 1..=1000).unwrap_or(1) as u32,
            after: fields.int("after", 0..=i64::MAX).unwrap_or(0) as u64,
        }
    }
}

/// A page of members, in the order of their ids.
async fn list_guild_members(
    cx: &Cx,
    caller: InGuild,
    Query(page): Query<ListGuildMembersQuery>,
) -> Result<Json<Vec<Member>>> {
    let page = members::page(caller.guild.id, page.after, page.limit);
    Ok(Json(cx.read(page).await?))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;

    use super::*;

    #[test]
    fn pages_follow_each_other() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let bob = app.register("bob");
        bob.join(guild);
        let first = bob.get(&FUNCTION, &format!("/guilds/{guild}/members")).ok();
        assert_eq!(first.as_array().unwrap().len(), 1, "the default limit is 1");
        assert_eq!(first[0]["user"]["username"], "alice");
        let path = format!("/guilds/{guild}/members?limit=1000&after={}", alice.id);
        let second = bob.get(&FUNCTION, &path).ok();
        assert_eq!(second[0]["user"]["username"], "bob");
    }

    #[test]
    fn a_limit_has_its_bounds() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let path = |query| format!("/guilds/{guild}/members?{query}");
        let low = alice.get(&FUNCTION, &path("limit=0"));
        assert_eq!(low.field_error(&["limit"]), "NUMBER_TYPE_MIN");
        let high = alice.get(&FUNCTION, &path("limit=1001"));
        assert_eq!(high.field_error(&["limit"]), "NUMBER_TYPE_MAX");
        let text = alice.get(&FUNCTION, &path("after=x"));
        assert_eq!(text.field_error(&["after"]), "NUMBER_TYPE_COERCE");
    }
}
