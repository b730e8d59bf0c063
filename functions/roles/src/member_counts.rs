//! How many members hold each role.
//!
//! See [Discord Docs/Get Guild Role Member Counts](https://discord.com/developers/docs/resources/guild#get-guild-role-member-counts).

use runtime::prelude::*;
use serde_json::{Map, json};
use store::roles;

function! {
    "/guilds/{guild_id}/roles/member-counts"
    GET guild_role_member_counts
}

/// The number of members of every role except `@everyone`.
async fn guild_role_member_counts(
    cx: &Cx,
    caller: InGuild,
) -> Result<Json<Map<String, serde_json::Value>>> {
    let counts = cx.read(roles::member_counts(caller.guild.id)).await?;
    let count = |role: Id<marker::Role>| {
        let found = counts.iter().find(|(id, _)| *id == role);
        found.map_or(0, |(_, count)| *count)
    };
    let roles = caller.roles.iter().filter(|role| role.position > 0);
    Ok(Json(
        roles
            .map(|role| (role.id.to_string(), json!(count(role.id))))
            .collect(),
    ))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;

    use super::*;

    #[test]
    fn every_role_but_everyone_is_counted() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let held = alice.grant(guild, 1, 0);
        let path = format!("/guilds/{guild}/roles/member-counts");
        let counts = alice.get(&FUNCTION, &path).ok();
        assert_eq!(counts, json!({ held.to_string(): 1 }));
        app.register("mallory")
            .get(&FUNCTION, &path)
            .is(Code::MissingAccess);
    }
}
