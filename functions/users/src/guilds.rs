//! The caller's guilds.
//!
//! See [Discord Docs/Get Current User Guilds](https://discord.com/developers/docs/resources/user#get-current-user-guilds).

use std::collections::BTreeMap;

use actions::presence_count::present_in;
use model::Guild;
use runtime::prelude::*;
use serde::Serialize;
use store::guilds::{self, Bound};
use store::roles;

function! {
    "/users/@me/guilds"
    GET list_my_guilds
}

/// Guilds of one page; the default too.
const PAGE_MAX: i64 = 200;

struct ListMyGuildsQuery {
    bound: Bound,
    limit: u32,
    with_counts: bool,
}

impl Form for ListMyGuildsQuery {
    fn read(fields: &mut Fields<'_>) -> Self {
        let before = fields.get("before").map(Bound::Before);
        let after = fields.get("after").map(Bound::After);
        Self {
            bound: after.or(before).unwrap_or(Bound::After(Id::new(0))),
            limit: fields.int("limit", 1..=PAGE_MAX).unwrap_or(PAGE_MAX) as u32,
            with_counts: fields.get("with_counts").unwrap_or_default(),
        }
    }
}

/// A guild as its member finds it in their list.
///
/// See [Discord Docs/Get Current User Guilds](https://discord.com/developers/docs/resources/user#get-current-user-guilds).
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct UserGuild {
    id: Id<marker::Guild>,
    name: String,
    icon: Option<String>,
    banner: Option<String>,
    /// Whether the user owns it.
    owner: bool,
    /// What the user may do in it as a whole.
    permissions: Permissions,
    features: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    approximate_member_count: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    approximate_presence_count: Option<Option<u32>>,
}

/// A page of the caller's guilds by ascending id, with what the caller may do in each as a whole.
async fn list_my_guilds(
    cx: &Cx,
    caller: Caller,
    Query(wanted): Query<ListMyGuildsQuery>,
) -> Result<Json<Vec<UserGuild>>> {
    let page = guilds::page_of(caller.id(), wanted.bound, wanted.limit);
    let mut page = cx.read(page).await?;
    page.sort_by_key(|(guild, _)| guild.id);
    let ids: Vec<_> = page.iter().map(|(guild, _)| guild.id).collect();
    let mut held: BTreeMap<_, Permissions> = BTreeMap::new();
    let counted: &[_] = if wanted.with_counts { &ids } else { &[] };
    let queries = (
        roles::held_in(caller.id(), &ids),
        present_in(counted, cx.now()),
    );
    let (roles, present) = cx.read(queries).await?;
    for (guild, permissions) in roles {
        *held.entry(guild).or_default() |= permissions;
    }
    let present: BTreeMap<_, u32> = present.into_iter().collect();
    let listed = page.into_iter().map(|(guild, member_count)| {
        let held = held.get(&guild.id).copied().unwrap_or_default();
        let present = present.get(&guild.id).copied();
        let mut listed = listed(guild, held, caller.id());
        if wanted.with_counts {
            listed.approximate_member_count = Some(member_count);
            listed.approximate_presence_count = Some(present);
        }
        listed
    });
    Ok(Json(listed.collect()))
}

fn listed(guild: Guild, held: Permissions, caller: Id<marker::User>) -> UserGuild {
    let owner = guild.owner_id == caller;
    UserGuild {
        id: guild.id,
        name: guild.name,
        icon: guild.icon,
        banner: guild.banner,
        owner,
        permissions: if owner { Permissions::ALL } else { held },
        features: guild.features,
        approximate_member_count: None,
        approximate_presence_count: None,
    }
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;

    use super::*;

    const PATH: &str = "/users/@me/guilds";

    #[test]
    fn each_guild_says_what_the_caller_may_do() {
        let app = App::new();
        let (alice, bob) = (app.register("alice"), app.register("bob"));
        let (own, _) = alice.create_guild();
        let (other, _) = bob.create_guild();
        alice.join(other);
        alice.grant(other, 1, KICK_MEMBERS);
        let guilds = alice
            .get(&FUNCTION, &format!("{PATH}?with_counts=true"))
            .ok();
        assert_eq!(
            (&guilds[0]["id"], &guilds[0]["owner"]),
            (&json!(own), &json!(true))
        );
        assert_eq!(guilds[0]["permissions"], json!(Permissions::ALL));
        assert_eq!(
            (&guilds[1]["id"], &guilds[1]["owner"]),
            (&json!(other), &json!(false))
        );
        let held = Permissions::DEFAULT | Permissions::KICK_MEMBERS;
        assert_eq!(guilds[1]["permissions"], json!(held));
        assert_eq!(guilds[1]["approximate_member_count"], 2);
        assert_eq!(guilds[1]["approximate_presence_count"], 2);
    }

    #[test]
    fn long_absent_members_are_not_counted_as_present() {
        const DAY_MS: i64 = 86_400_000;
        let app = App::new();
        let (alice, bob) = (app.register("alice"), app.register("bob"));
        let (guild, _) = alice.create_guild();
        bob.join(guild);
        app.advance(DAY_MS);
        let guilds = alice
            .get(&FUNCTION, &format!("{PATH}?with_counts=true"))
            .ok();
        assert_eq!(guilds[0]["approximate_presence_count"], 1);
    }

    #[test]
    fn pages_go_both_ways() {
        let app = App::new();
        let alice = app.register("alice");
        let ids: Vec<u64> = (0..4)
            .map(|_| {
                app.advance(1);
                alice.create_guild().0.get()
            })
            .collect();
        let page = |query: String| {
            let page = alice.get(&FUNCTION, &format!("{PATH}?{query}")).ok();
            let ids = page
                .as_array()
                .unwrap()
                .iter()
                .map(|guild| guild["id"].clone());
            ids.map(|id| id.as_str().unwrap().parse().unwrap())
                .collect::<Vec<u64>>()
        };
        assert_eq!(page(format!("after={}&limit=2", ids[0])), ids[1..3]);
        assert_eq!(page(format!("before={}&limit=2", ids[3])), ids[1..3]);
        assert_eq!(page(String::new()), ids);
    }

    #[test]
    fn a_page_has_bounds() {
        let app = App::new();
        let alice = app.register("alice");
        let answer = alice.get(&FUNCTION, &format!("{PATH}?limit=201&after=x"));
        assert_eq!(answer.field_error(&["limit"]), "NUMBER_TYPE_MAX");
        assert_eq!(answer.field_error(&["after"]), "NUMBER_TYPE_COERCE");
    }
}
