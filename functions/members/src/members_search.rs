//! Search of a guild's members.
//!
//! See [Discord Docs/Search Guild Members](https://discord.com/developers/docs/resources/guild#search-guild-members).

use model::Member;
use runtime::prelude::*;
use store::members;

function! {
    "/guilds/{guild_id}/members/search"
    GET search_guild_members
}

struct SearchGuildMembersQuery {
    query: String,
    limit: u32,
}

impl Form for SearchGuildMembersQuery {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            query: fields.required_text("query", 1..=100),
            limit: fields.int("limit", 1..=1000).unwrap_or(1) as u32,
        }
    }
}

/// Members whose nickname or username begins with the query.
async fn search_guild_members(
    cx: &Cx,
    caller: InGuild,
    Query(search): Query<SearchGuildMembersQuery>,
) -> Result<Json<Vec<Member>>> {
    let found = members::search(caller.guild.id, &search.query, 0, search.limit);
    Ok(Json(cx.read(found).await?))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;

    use super::*;

    #[test]
    fn names_are_found_by_their_beginning() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        app.register("alan_1").join(guild);
        app.register("alanx1").join(guild);
        let find = |query: &str| {
            let path = format!("/guilds/{guild}/members/search?limit=10&query={query}");
            alice.get(&FUNCTION, &path).ok().as_array().unwrap().len()
        };
        assert_eq!(find("AL"), 3);
        assert_eq!(find("lice"), 0);
        assert_eq!(find("alan_"), 1, "an underscore stands for itself");
        assert_eq!(find("%25"), 0, "and so does a percent sign");
    }

    #[test]
    fn neither_case_nor_the_spelling_of_accents_makes_a_difference() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let mut batch = Batch::main();
        for (name, nick) in [("one", "ÄNNE"), ("two", "A\u{308}nne"), ("three", "anne")] {
            let actor = app.register(name);
            actor.join(guild);
            batch.push(members::set_nick(guild, actor.id, Some(nick)));
        }
        app.write(batch);
        for (query, found) in [
            ("%C3%A4nne", 2),
            ("%C3%84NN", 2),
            ("a%CC%88N", 2),
            ("anne", 1),
            ("%C3%A4nnex", 0),
        ] {
            let path = format!("/guilds/{guild}/members/search?limit=10&query={query}");
            let list = alice.get(&FUNCTION, &path).ok();
            assert_eq!(list.as_array().unwrap().len(), found, "{query}");
        }
    }

    #[test]
    fn a_query_is_needed() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let answer = alice.get(&FUNCTION, &format!("/guilds/{guild}/members/search"));
        assert_eq!(answer.field_error(&["query"]), "BASE_TYPE_REQUIRED");
    }
}
