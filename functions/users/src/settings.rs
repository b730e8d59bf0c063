//! The caller's settings.
//!
//! See [Userdoccers/User Settings](https://docs.discord.food/resources/user-settings).

use model::event::UserSettingsUpdate;
use model::settings::{LOCALES, user_defaults, user_settings};
use runtime::prelude::*;
use serde_json::{Map, Value};
use store::users::{self, Edit};

function! {
    "/users/@me/settings"
    GET get_user_settings
    PATCH update_user_settings
}

/// Items of a setting that is a list, such as the order of guilds.
const ITEMS_MAX: usize = 1000;

struct UpdateUserSettings(Map<String, Value>);

impl Form for UpdateUserSettings {
    const BODY_BYTES_MAX: usize = 64 * 1024;

    fn read(fields: &mut Fields<'_>) -> Self {
        let mut patch = Map::new();
        for (name, default) in user_defaults() {
            if let Some(value) = setting(fields, &name, &default) {
                patch.insert(name, value);
            }
        }
        one_of(fields, &patch, "locale", LOCALES);
        one_of(
            fields,
            &patch,
            "theme",
            &["dark", "light", "darker", "midnight"],
        );
        let statuses = ["online", "idle", "dnd", "invisible", "unknown"];
        one_of(fields, &patch, "status", &statuses);
        Self(patch)
    }
}

/// A setting of the same type as its default; null takes it back to that.
pub(crate) fn setting(fields: &mut Fields<'_>, name: &str, default: &Value) -> Option<Value> {
    match default {
        Value::Bool(_) => fields.nullable::<bool>(name).map(Value::from),
        Value::Number(_) => fields.nullable::<i64>(name).map(Value::from),
        Value::String(_) => fields.nullable_text(name, 0..=100).map(Value::from),
        Value::Array(_) => fields.list::<Value>(name, ITEMS_MAX).map(Value::from),
        Value::Object(_) | Value::Null => {
            fields.nullable::<Map<String, Value>>(name).map(Value::from)
        }
    }
}

fn one_of(fields: &mut Fields<'_>, patch: &Map<String, Value>, name: &str, choices: &[&str]) {
    let chosen = patch.get(name).and_then(Value::as_str);
    if chosen.is_some_and(|chosen| !choices.contains(&chosen)) {
        let message = format!("Value must be one of ({}).", choices.join(", "));
        fields.error(name, "BASE_TYPE_CHOICES", message);
    }
}

/// The caller's settings.
async fn get_user_settings(cx: &Cx, Human(caller): Human) -> Result<Json<Map<String, Value>>> {
    let stored = cx
        .read(store::settings::of_user(caller.id()).optional())
        .await?;
    Ok(Json(user_settings(&stored.unwrap_or_default())))
}

/// Changes some of the caller's settings.
async fn update_user_settings(
    cx: &Cx,
    Human(caller): Human,
    Body(UpdateUserSettings(patch)): Body<UpdateUserSettings>,
) -> Result<Json<Map<String, Value>>> {
    let stored = cx
        .read(store::settings::of_user(caller.id()).optional())
        .await?;
    let mut stored = stored.unwrap_or_default();
    for (name, value) in &patch {
        match value {
            Value::Null => stored.remove(name),
            value => stored.insert(name.clone(), value.clone()),
        };
    }
    let mut batch = Batch::main();
    batch.push(store::settings::merge(caller.id(), &patch));
    if let Some(locale) = patch.get("locale").and_then(Value::as_str) {
        let edit = Edit {
            locale: Some(locale.to_owned()),
            ..Edit::default()
        };
        batch.push(users::edit(caller.id(), &edit));
    }
    let audience = Audience::Users(vec![caller.id()]);
    batch.emit(Event::new(audience, &UserSettingsUpdate::new(&patch)));
    cx.write(batch).await?;
    Ok(Json(user_settings(&stored)))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;

    use super::*;

    const PATH: &str = "/users/@me/settings";

    #[test]
    fn set_values_stay_and_others_have_defaults() {
        let app = App::new();
        let alice = app.register("alice");
        assert_eq!(alice.get(&FUNCTION, PATH).ok()["theme"], "dark");
        let body = json!({ "theme": "light", "custom_status": { "text": "a" }, "nonsense": 1 });
        let answer = alice.patch(&FUNCTION, PATH, body).ok();
        assert_eq!(answer["custom_status"], json!({ "text": "a" }));
        let event = app.emitted(EventKind::UserSettingsUpdate);
        assert_eq!(event.audience, Audience::Users(vec![alice.id]));
        let body = json!({ "custom_status": { "emoji_name": "b" }, "locale": "de" });
        let answer = alice.patch(&FUNCTION, PATH, body).ok();
        let stored = alice.get(&FUNCTION, PATH).ok();
        assert_eq!(stored, answer);
        assert_eq!(stored["custom_status"], json!({ "emoji_name": "b" }));
        assert_eq!(
            (&stored["theme"], &stored["locale"]),
            (&json!("light"), &json!("de"))
        );
        let me = alice.get(&crate::me::FUNCTION, "/users/@me").ok();
        assert_eq!(me["locale"], "de");
        let answer = alice.patch(&FUNCTION, PATH, json!({ "theme": null })).ok();
        assert_eq!(answer["theme"], "dark");
        assert_eq!(alice.get(&FUNCTION, PATH).ok()["theme"], "dark");
    }

    #[test]
    fn every_mistake_is_named() {
        let app = App::new();
        let wrong = json!({
            "theme": "pink", "locale": "xx", "animate_emoji": 1, "afk_timeout": "long",
            "guild_folders": {}, "custom_status": [],
        });
        let answer = app.register("alice").patch(&FUNCTION, PATH, wrong);
        for (field, code) in [
            ("theme", "BASE_TYPE_CHOICES"),
            ("locale", "BASE_TYPE_CHOICES"),
            ("animate_emoji", "BOOLEAN_TYPE_CONVERT"),
            ("afk_timeout", "NUMBER_TYPE_COERCE"),
            ("guild_folders", "LIST_TYPE_CONVERT"),
            ("custom_status", "DICT_TYPE_CONVERT"),
        ] {
            assert_eq!(answer.field_error(&[field]), code, "{field}");
        }
    }
}
