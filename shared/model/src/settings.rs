//! The settings of user accounts, as clients read them: defaults and what differs from them.
//!
//! See [Userdoccers/User Settings](https://docs.discord.food/resources/user-settings).

use serde_json::{Map, Value, json};

use crate::Id;
use crate::id::marker;

/// The languages that Discord's clients speak.
///
/// See [Discord Docs/Locales](https://discord.com/developers/docs/reference#locales).
pub const LOCALES: &[&str] = &[
    "ar", "bg", "cs", "da", "de", "el", "en-GB", "en-US", "es-419", "es-ES", "fi", "fr", "he",
    "hi", "hr", "hu", "id", "it", "ja", "ko", "lt", "nl", "no", "pl", "pt-BR", "ro", "ru", "sv-SE",
    "th", "tr", "uk", "vi", "zh-CN", "zh-TW",
];

/// Every setting of a user account with its default. A setting whose default is null is an object.
pub fn user_defaults() -> Map<String, Value> {
    object(json!({
        "activity_joining_restricted_guild_ids": [],
        "activity_restricted_guild_ids": [],
        "afk_timeout": 600,
        "allow_accessibility_detection": false,
        "allow_activity_party_privacy_friends": true,
        "allow_activity_party_privacy_voice_channel": true,
        "animate_emoji": true,
        "animate_stickers": 0,
        "contact_sync_enabled": false,
        "convert_emoticons": true,
        "custom_status": null,
        "default_guilds_restricted": false,
        "detect_platform_accounts": false,
        "developer_mode": false,
        "disable_games_tab": false,
        "enable_tts_command": true,
        "explicit_content_filter": 0,
        "friend_discovery_flags": 0,
        "friend_source_flags": { "all": true },
        "gif_auto_play": true,
        "guild_folders": [],
        "inline_attachment_media": true,
        "inline_embed_media": true,
        "locale": "en-US",
        "message_display_compact": false,
        "native_phone_integration_enabled": false,
        "passwordless": false,
        "render_embeds": true,
        "render_reactions": true,
        "restricted_guilds": [],
        "show_current_game": true,
        "status": "online",
        "stream_notifications_enabled": false,
        "theme": "dark",
        "timezone_offset": 0,
        "view_nsfw_commands": false,
        "view_nsfw_guilds": false,
    }))
}

/// A user's settings: the defaults, and over them what is `stored`.
pub fn user_settings(stored: &Map<String, Value>) -> Map<String, Value> {
    over(user_defaults(), stored)
}

/// Every setting of a user for a guild with its default, besides those for single channels.
pub fn guild_defaults() -> Map<String, Value> {
    object(json!({
        "flags": 0,
        "hide_muted_channels": false,
        "message_notifications": 3,
        "mobile_push": true,
        "mute_config": null,
        "mute_scheduled_events": false,
        "muted": false,
        "notify_highlights": 0,
        "suppress_everyone": false,
        "suppress_roles": false,
    }))
}

/// Every setting of a user for a channel with its default.
pub fn channel_defaults() -> Map<String, Value> {
    object(json!({
        "collapsed": false,
        "flags": 0,
        "message_notifications": 3,
        "mute_config": null,
        "muted": false,
    }))
}

/// A user's settings for a guild, `None` for private conversations. What is `stored` names channels
/// by their ids, what clients read is a list.
pub fn guild_settings(
    guild: Option<Id<marker::Guild>>,
    stored: &Map<String, Value>,
) -> Map<String, Value> {
    let overrides = stored.get("channel_overrides").and_then(Value::as_object);
    let listed = overrides.into_iter().flatten().filter_map(|(id, stored)| {
        let mut settings = over(channel_defaults(), stored.as_object()?);
        complete_mute_config(&mut settings);
        settings.insert("channel_id".to_owned(), json!(id));
        Some(Value::Object(settings))
    });
    let listed = listed.collect::<Vec<_>>();
    let mut settings = over(guild_defaults(), stored);
    complete_mute_config(&mut settings);
    settings.insert("channel_overrides".to_owned(), json!(listed));
    settings.insert("guild_id".to_owned(), json!(guild));
    let version = stored.get(VERSION).and_then(Value::as_u64).unwrap_or(0);
    settings.insert(VERSION.to_owned(), json!(version));
    settings
}

/// The field, stored and sent, that counts the changes of a user's settings for a guild.
pub const VERSION: &str = "version";

/// A mute without an end says so: stored settings have no nulls.
fn complete_mute_config(settings: &mut Map<String, Value>) {
    if let Some(Value::Object(config)) = settings.get_mut("mute_config") {
        config.entry("end_time").or_insert(Value::Null);
    }
}

/// Those of `defaults`, each with the value that is stored, if one is.
fn over(mut defaults: Map<String, Value>, stored: &Map<String, Value>) -> Map<String, Value> {
    for (name, value) in &mut defaults {
        if let Some(stored) = stored.get(name) {
            value.clone_from(stored);
        }
    }
    defaults
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_values_override_defaults() {
        let stored = object(json!({ "theme": "light", "nonsense": 1 }));
        let settings = user_settings(&stored);
        assert_eq!(settings["theme"], "light");
        assert_eq!(settings["status"], "online");
        assert!(!settings.contains_key("nonsense"));
    }

    #[test]
    fn settings_for_channels_are_a_list() {
        let stored = object(json!({ "muted": true, "channel_overrides": { "7": { "flags": 1 } } }));
        let settings = guild_settings(Some(Id::new(5)), &stored);
        assert_eq!(
            (&settings["guild_id"], &settings["muted"]),
            (&json!("5"), &json!(true))
        );
        assert_eq!(
            settings["channel_overrides"],
            json!([{
                "channel_id": "7", "collapsed": false, "flags": 1, "message_notifications": 3,
                "mute_config": null, "muted": false,
            }])
        );
    }
}
