//! The caller's settings for several guilds at once.
//!
//! See [Userdoccers/Bulk Modify User Guild Settings](https://docs.discord.food/resources/user-settings#bulk-modify-user-guild-settings).

use std::collections::BTreeMap;

use runtime::prelude::*;
use serde_json::{Map, Value};
use store::members;

use crate::guild_settings::{self, UpdateUserGuildSettings};

function! {
    "/users/@me/guilds/settings"
    PATCH bulk_update_user_guild_settings
}

/// A patch for each guild.
struct BulkUpdateUserGuildSettings(BTreeMap<Id<marker::Guild>, UpdateUserGuildSettings>);

impl Form for BulkUpdateUserGuildSettings {
    const BODY_BYTES_MAX: usize = UpdateUserGuildSettings::BODY_BYTES_MAX;

    fn read(fields: &mut Fields<'_>) -> Self {
        fields.present("guilds");
        Self(
            fields
                .form("guilds")
                .map(|Guilds(guilds)| guilds)
                .unwrap_or_default(),
        )
    }
}

struct Guilds(BTreeMap<Id<marker::Guild>, UpdateUserGuildSettings>);

impl Form for Guilds {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self(fields.by_id().into_iter().collect())
    }
}

/// Changes some of the caller's settings for some of their guilds.
async fn bulk_update_user_guild_settings(
    cx: &Cx,
    Human(caller): Human,
    Body(BulkUpdateUserGuildSettings(patches)): Body<BulkUpdateUserGuildSettings>,
) -> Result<Json<Vec<Map<String, Value>>>> {
    let user = caller.id();
    let (stored, joined) = cx
        .read((
            store::settings::of_guilds(user),
            members::guild_ids_of(user),
        ))
        .await?;
    let mut stored: BTreeMap<_, _> = stored.into_iter().collect();
    let mut batch = Batch::main();
    let mut answers = Vec::with_capacity(patches.len());
    for (guild, patch) in &patches {
        if !joined.contains(guild) {
            return Err(Code::MissingAccess.into());
        }
        let before = stored.remove(guild).unwrap_or_default();
        answers.push(guild_settings::change(
            &mut batch, user, *guild, before, patch,
        )?);
    }
    if !batch.is_empty() {
        cx.write(batch).await?;
    }
    Ok(Json(answers))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;

    use super::*;

    const PATH: &str = "/users/@me/guilds/settings";

    #[test]
    fn each_guild_gets_its_own_and_is_told() {
        let app = App::new();
        let alice = app.register("alice");
        let (one, _) = alice.create_guild();
        let (two, _) = alice.create_guild();
        app.events();
        let guilds = json!({
            one.to_string(): { "muted": true },
            two.to_string(): { "suppress_roles": true },
        });
        let answer = alice
            .patch(&FUNCTION, PATH, json!({ "guilds": guilds }))
            .ok();
        assert_eq!(
            (&answer[0]["muted"], &answer[1]["muted"]),
            (&json!(true), &json!(false))
        );
        assert_eq!(answer[1]["guild_id"], two.to_string());
        assert_eq!(app.events().len(), 2);
        assert_eq!(
            alice.patch(&FUNCTION, PATH, json!({ "guilds": {} })).ok(),
            json!([])
        );
    }

    #[test]
    fn no_settings_for_the_guilds_of_others_and_mistakes_are_named() {
        let app = App::new();
        let (alice, bob) = (app.register("alice"), app.register("bob"));
        let (guild, _) = alice.create_guild();
        let one = json!({ "guilds": { guild.to_string(): { "muted": true } } });
        bob.patch(&FUNCTION, PATH, one).is(Code::MissingAccess);
        let private = json!({ "guilds": { "0": { "muted": true } } });
        alice
            .patch(&FUNCTION, PATH, private)
            .is(Code::MissingAccess);
        let wrong = json!({ "guilds": { "x": {}, guild.to_string(): { "muted": 1 } } });
        let answer = alice.patch(&FUNCTION, PATH, wrong);
        assert_eq!(answer.field_error(&["guilds", "x"]), "NUMBER_TYPE_COERCE");
        let muted = ["guilds", &guild.to_string(), "muted"];
        assert_eq!(answer.field_error(&muted), "BOOLEAN_TYPE_CONVERT");
        let answer = alice.patch(&FUNCTION, PATH, json!({}));
        assert_eq!(answer.field_error(&["guilds"]), "BASE_TYPE_REQUIRED");
    }
}
