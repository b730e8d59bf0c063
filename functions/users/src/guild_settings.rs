//! The caller's settings for a guild, and for their private conversations.
//!
//! See [Userdoccers/Modify User Guild Settings](https://docs.discord.food/resources/user-settings#modify-user-guild-settings).

use model::event::UserGuildSettingsUpdate;
use model::settings::{VERSION, channel_defaults, guild_defaults, guild_settings};
use runtime::prelude::*;
use serde_json::{Map, Value, json};
use store::members;
use store::settings::Stored;

use crate::settings::setting;

function! {
    "/users/@me/guilds/{guild_id}/settings"
    PATCH update_user_guild_settings
}

/// What stands for private conversations where a guild's number is expected.
const PRIVATE: Id<marker::Guild> = Id::new(0);
/// Channels of a guild that may have settings of their own.
const OVERRIDES_MAX: usize = 1000;

/// What a request changes of the settings for one guild.
pub(crate) struct UpdateUserGuildSettings(Map<String, Value>);

impl Form for UpdateUserGuildSettings {
    const BODY_BYTES_MAX: usize = 256 * 1024;

    fn read(fields: &mut Fields<'_>) -> Self {
        let mut patch = all(fields, guild_defaults());
        if let Some(Overrides(overrides)) = fields.form("channel_overrides") {
            patch.insert("channel_overrides".to_owned(), Value::Object(overrides));
        }
        Self(patch)
    }
}

struct Overrides(Map<String, Value>);

impl Form for Overrides {
    fn read(fields: &mut Fields<'_>) -> Self {
        let overrides = fields.by_id::<marker::Channel, Override>().into_iter();
        // A number can be written with any number of zeros before it.
        let overrides =
            overrides.map(|(channel, Override(settings))| (channel.to_string(), settings.into()));
        Self(overrides.collect())
    }
}

struct Override(Map<String, Value>);

impl Form for Override {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self(all(fields, channel_defaults()))
    }
}

/// Those of the settings that the form has.
fn all(fields: &mut Fields<'_>, defaults: Map<String, Value>) -> Map<String, Value> {
    let given = defaults.into_iter().filter_map(|(name, default)| {
        let value = match name.as_str() {
            MUTE_CONFIG => mute_config(fields),
            _ => setting(fields, &name, &default),
        };
        Some((name, value?))
    });
    given.collect()
}

/// The setting that says how long a guild or a channel is muted.
const MUTE_CONFIG: &str = "mute_config";

/// Only what Discord knows of: what is stored merges, so other fields would add up without end.
struct MuteConfig(Map<String, Value>);

impl Form for MuteConfig {
    fn read(fields: &mut Fields<'_>) -> Self {
        let known = [("end_time", json!("")), ("selected_time_window", json!(0))];
        let given = known.into_iter().filter_map(|(name, default)| {
            let value = setting(fields, name, &default)?;
            Some((name.to_owned(), value))
        });
        Self(given.collect())
    }
}

fn mute_config(fields: &mut Fields<'_>) -> Option<Value> {
    let config = fields.form(MUTE_CONFIG);
    if fields.raw(MUTE_CONFIG)?.is_null() {
        return Some(Value::Null);
    }
    config.map(|MuteConfig(config)| Value::Object(config))
}

/// Changes some of the caller's settings for a guild; `@me` means their private conversations.
async fn update_user_guild_settings(
    cx: &Cx,
    Human(caller): Human,
    Path(guild): Path<String>,
    Body(patch): Body<UpdateUserGuildSettings>,
) -> Result<Json<Map<String, Value>>> {
    let guild = match guild.as_str() {
        "@me" => PRIVATE,
        id => id.parse().map_err(|_| Code::UnknownGuild)?,
    };
    let (stored, member) = cx
        .read((
            store::settings::of_guild(caller.id(), guild).optional(),
            members::one(guild, caller.id()).optional(),
        ))
        .await?;
    if guild != PRIVATE && member.is_none() {
        return Err(Code::MissingAccess.into());
    }
    let mut batch = Batch::main();
    let before = stored.unwrap_or_default();
    let answer = change(&mut batch, caller.id(), guild, before, &patch)?;
    cx.write(batch).await?;
    Ok(Json(answer))
}

/// Has `batch` change a user's settings for a guild and tell them, and returns how they are then.
///
/// # Errors
/// Code 50035 for too many channels.
pub(crate) fn change(
    batch: &mut Batch,
    user: Id<marker::User>,
    guild: Id<marker::Guild>,
    before: Stored,
    UpdateUserGuildSettings(patch): &UpdateUserGuildSettings,
) -> Result<Map<String, Value>> {
    let mut settings = Value::Object(before);
    merge(&mut settings, patch);
    let Value::Object(settings) = settings else {
        return Err(Code::InternalServerError.into());
    };
    let mut settings = settings;
    let version = settings.get(VERSION).and_then(Value::as_u64).unwrap_or(0);
    settings.insert(VERSION.to_owned(), json!(version + 1));
    let overrides = settings.get("channel_overrides").and_then(Value::as_object);
    if overrides.is_some_and(|overrides| overrides.len() > OVERRIDES_MAX) {
        let message = format!("Must be {OVERRIDES_MAX} or fewer in length.");
        return Err(Error::field(
            &["channel_overrides"],
            "BASE_TYPE_MAX_LENGTH",
            message,
        ));
    }
    let answer = guild_settings((guild != PRIVATE).then_some(guild), &settings);
    let audience = Audience::Users(vec![user]);
    batch.push(store::settings::merge_guild(user, guild, patch));
    let told = UserGuildSettingsUpdate::new(&answer);
    batch.emit(Event::new(audience, &told));
    Ok(answer)
}

/// What SQLite's `json_patch` does too: objects merge, null removes.
fn merge(target: &mut Value, patch: &Map<String, Value>) {
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(target) = target else {
        return;
    };
    for (name, value) in patch {
        match value {
            Value::Null => drop(target.remove(name)),
            Value::Object(patch) => merge(target.entry(name.clone()).or_insert(Value::Null), patch),
            value => drop(target.insert(name.clone(), value.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use store::Store;

    use super::*;

    #[test]
    fn settings_of_a_guild_and_its_channels_add_up() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, channel) = alice.create_guild();
        let path = format!("/users/@me/guilds/{guild}/settings");
        let overrides = json!({ channel.to_string(): { "muted": true } });
        let body = json!({ "suppress_roles": true, "channel_overrides": overrides });
        let answer = alice.patch(&FUNCTION, &path, body).ok();
        assert_eq!(
            (&answer["suppress_roles"], &answer["muted"]),
            (&json!(true), &json!(false))
        );
        let event = app.emitted(EventKind::UserGuildSettingsUpdate);
        assert_eq!(event.audience, Audience::Users(vec![alice.id]));

        let config = json!({ "selected_time_window": 900, "end_time": null });
        let fraction = json!({ "selected_time_window": 900.999_704, "end_time": null });
        let overrides = json!({ channel.to_string(): { "mute_config": fraction }, "8": {} });
        let body = json!({ "channel_overrides": overrides, "suppress_roles": null });
        let answer = alice.patch(&FUNCTION, &path, body).ok();
        let listed = answer["channel_overrides"].as_array().unwrap();
        let own = listed
            .iter()
            .find(|o| o["channel_id"] == json!(channel))
            .unwrap();
        assert_eq!((&own["muted"], listed.len()), (&json!(true), 2));
        assert_eq!(own["mute_config"], config);
        assert_eq!(answer["version"], 2);
        assert_eq!(answer["suppress_roles"], false);
        let stored = app
            .read(Store::Main, store::settings::of_guild(alice.id, guild))
            .remove(0);
        assert_eq!(json!(guild_settings(Some(guild), &stored)), answer);
    }

    #[test]
    fn stored_settings_are_bounded() {
        let app = App::new();
        let alice = app.register("alice");
        let path = "/users/@me/guilds/@me/settings";
        let change = |channel: &str, junk: &str| {
            let config = json!({ "selected_time_window": 900, junk: "x" });
            let overrides = json!({ channel: { "mute_config": config } });
            let body = json!({ "mute_config": config, "channel_overrides": overrides });
            alice.patch(&FUNCTION, path, body).ok()
        };
        change("7", "a");
        let answer = change("7", "b");
        let config = json!({ "selected_time_window": 900, "end_time": null });
        assert_eq!(answer["mute_config"], config);
        let overrides = answer["channel_overrides"].as_array().unwrap();
        assert_eq!(overrides.len(), 1);
        assert_eq!(overrides[0]["mute_config"], config);
        let cleared = alice.patch(&FUNCTION, path, json!({ "mute_config": null }));
        assert_eq!(cleared.ok()["mute_config"], Value::Null);
    }

    #[test]
    fn private_conversations_have_settings_too() {
        let app = App::new();
        let alice = app.register("alice");
        let path = "/users/@me/guilds/@me/settings";
        let answer = alice.patch(&FUNCTION, path, json!({ "muted": true })).ok();
        assert_eq!(
            (&answer["guild_id"], &answer["muted"]),
            (&Value::Null, &json!(true))
        );
    }

    #[test]
    fn a_stranger_has_none_and_mistakes_are_named() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let path = format!("/users/@me/guilds/{guild}/settings");
        app.register("mallory")
            .patch(&FUNCTION, &path, json!({}))
            .is(Code::MissingAccess);
        let wrong = json!({ "muted": 1, "channel_overrides": { "x": {}, "7": { "flags": "x" } } });
        let answer = alice.patch(&FUNCTION, &path, wrong);
        assert_eq!(answer.field_error(&["muted"]), "BOOLEAN_TYPE_CONVERT");
        let code = answer.field_error(&["channel_overrides", "x"]);
        assert_eq!(code, "NUMBER_TYPE_COERCE");
        let code = answer.field_error(&["channel_overrides", "7", "flags"]);
        assert_eq!(code, "NUMBER_TYPE_COERCE");
    }
}
