//! A guild that a request describes in full: with roles and channels that name each other by
//! placeholders.

mod build;

use std::collections::BTreeMap;

use actions::channel_fields::ChannelFields;
use actions::images::Image;
use model::limits::ROLE_NAME_CHARS_MAX;
use model::{Guild, Id, Permissions, id::marker};
use runtime::{Fields, Form};
use serde_json::{Map, Value};

use crate::settings::{self, AFK_SECS};

/// Channels of one request; a guild may have more later.
const CHANNELS_MAX: usize = 500;
/// Roles of one request, `@everyone` among them.
const ROLES_MAX: usize = 251;

/// What a request says about a new guild.
pub(crate) struct Draft {
    pub(crate) name: String,
    pub(crate) icon: Option<Image>,
    verification_level: Option<u8>,
    default_message_notifications: Option<u8>,
    explicit_content_filter: Option<u8>,
    afk_channel_id: Option<Id<marker::Channel>>,
    afk_timeout: Option<u32>,
    system_channel_id: Option<Id<marker::Channel>>,
    system_channel_flags: Option<i64>,
    roles: Vec<DraftRole>,
    channels: Vec<DraftChannel>,
}

/// A role of a draft. The first one is `@everyone`.
struct DraftRole {
    id: Id<marker::Role>,
    name: Option<String>,
    permissions: Option<Permissions>,
    color: u32,
    hoist: bool,
    mentionable: bool,
}

/// A channel of a draft.
struct DraftChannel {
    id: Id<marker::Channel>,
    fields: ChannelFields,
}

impl Form for DraftRole {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            id: fields.get("id").unwrap_or(Id::new(0)),
            name: fields.name("name", 1..=ROLE_NAME_CHARS_MAX),
            permissions: fields.get("permissions"),
            color: fields.int("color", 0..=0xFF_FFFF).unwrap_or_default() as u32,
            hoist: fields.get("hoist").unwrap_or_default(),
            mentionable: fields.get("mentionable").unwrap_or_default(),
        }
    }
}

impl Form for DraftChannel {
    fn read(fields: &mut Fields<'_>) -> Self {
        fields.present("name");
        Self {
            id: fields.get("id").unwrap_or(Id::new(0)),
            fields: ChannelFields::read(fields),
        }
    }
}

impl Form for Draft {
    fn read(fields: &mut Fields<'_>) -> Self {
        let level = |level: i64| level as u8;
        fields.present("name");
        Self {
            name: settings::name(fields).unwrap_or_default(),
            icon: fields.get("icon"),
            verification_level: fields.int("verification_level", 0..=4).map(level),
            default_message_notifications: fields
                .int("default_message_notifications", 0..=1)
                .map(level),
            explicit_content_filter: fields.int("explicit_content_filter", 0..=2).map(level),
            afk_channel_id: fields.get("afk_channel_id"),
            afk_timeout: fields
                .choice("afk_timeout", AFK_SECS)
                .map(|secs| secs as u32),
            system_channel_id: fields.get("system_channel_id"),
            system_channel_flags: fields.int("system_channel_flags", settings::SYSTEM_FLAGS),
            roles: fields.forms("roles", ROLES_MAX).unwrap_or_default(),
            channels: fields.forms("channels", CHANNELS_MAX).unwrap_or_default(),
        }
    }
}

impl Draft {
    /// The fields that a body may have.
    pub(crate) const FIELDS: &[&str] = &[
        "name",
        "icon",
        "verification_level",
        "default_message_notifications",
        "explicit_content_filter",
        "afk_channel_id",
        "afk_timeout",
        "system_channel_id",
        "system_channel_flags",
        "roles",
        "channels",
    ];

    /// Writes the plain fields into the guild.
    pub(crate) fn apply(&self, guild: &mut Guild) {
        guild.verification_level = self.verification_level.unwrap_or_default();
        guild.default_message_notifications =
            self.default_message_notifications.unwrap_or_default();
        guild.explicit_content_filter = self.explicit_content_filter.unwrap_or_default();
        guild.afk_timeout = self.afk_timeout.unwrap_or(guild.afk_timeout);
        guild.system_channel_flags = self.system_channel_flags.unwrap_or_default();
    }
}

/// Puts new ids in the place of a body's placeholders, wherever roles and channels are named. The
/// first role gets the guild's own number: it is `@everyone`.
pub(crate) fn number(
    mut body: Map<String, Value>,
    guild: Id<marker::Guild>,
    mut id: impl FnMut() -> Id<marker::Generic>,
) -> Map<String, Value> {
    let mut roles = BTreeMap::new();
    for (index, role) in objects(body.get_mut("roles")).enumerate() {
        let new = if index == 0 { guild.cast() } else { id() };
        assign(role, new, &mut roles);
    }
    let mut channels = BTreeMap::new();
    for channel in objects(body.get_mut("channels")) {
        assign(channel, id(), &mut channels);
    }
    for channel in objects(body.get_mut("channels")) {
        replace(channel, "parent_id", &channels);
        for overwrite in objects(channel.get_mut("permission_overwrites")) {
            replace(overwrite, "id", &roles);
        }
    }
    replace(&mut body, "afk_channel_id", &channels);
    replace(&mut body, "system_channel_id", &channels);
    body
}

type Numbers = BTreeMap<String, Value>;

fn objects(list: Option<&mut Value>) -> impl Iterator<Item = &mut Map<String, Value>> {
    let items = list.and_then(Value::as_array_mut).into_iter().flatten();
    items.filter_map(Value::as_object_mut)
}

/// The text by which a body names something: placeholders are texts or numbers.
fn name(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn assign(object: &mut Map<String, Value>, id: Id<marker::Generic>, numbers: &mut Numbers) {
    let new = Value::from(id.to_string());
    if let Some(name) = object.get("id").and_then(name) {
        numbers.insert(name, new.clone());
    }
    object.insert("id".to_owned(), new);
}

fn replace(object: &mut Map<String, Value>, field: &str, numbers: &Numbers) {
    let named = object.get(field).and_then(name);
    if let Some(new) = named.and_then(|name| numbers.get(&name)) {
        object.insert(field.to_owned(), new.clone());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn placeholders_become_ids_wherever_they_stand() {
        let body = json!({
            "roles": [{ "id": 0 }, { "id": "mods" }],
            "channels": [
                { "id": 5, "type": 4 },
                {
                    "parent_id": "5",
                    "permission_overwrites": [{ "id": "mods" }, { "id": 0 }, { "id": "77" }],
                },
            ],
            "system_channel_id": 5,
        });
        let Value::Object(body) = body else {
            unreachable!("it is an object")
        };
        let mut last = 100;
        let numbered = number(body, Id::new(9), || {
            last += 1;
            Id::new(last)
        });
        let expected = json!({
            "roles": [{ "id": "9" }, { "id": "101" }],
            "channels": [
                { "id": "102", "type": 4 },
                {
                    "id": "103",
                    "parent_id": "102",
                    "permission_overwrites": [{ "id": "101" }, { "id": "9" }, { "id": "77" }],
                },
            ],
            "system_channel_id": "102",
        });
        assert_eq!(Value::from(numbered), expected);
    }
}
