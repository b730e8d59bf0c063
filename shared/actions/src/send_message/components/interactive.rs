//! Components that people press or choose from.

use std::collections::BTreeSet;

use runtime::prelude::*;
use serde_json::{Map, Value, json};

use super::{kind, put};
use crate::send_message::embeds::{LINKS, url};

/// Options, and choices, of a select.
const OPTIONS_MAX: usize = 25;

pub(super) fn button(fields: &mut Fields<'_>, object: &mut Map<String, Value>) {
    const LINK: i64 = 5;
    const PREMIUM: i64 = 6;
    if !fields.has("style") {
        fields.error("style", "BASE_TYPE_REQUIRED", "This field is required");
    }
    let style = fields
        .choice("style", &[1, 2, 3, 4, LINK, PREMIUM])
        .unwrap_or(1);
    object.insert("style".into(), json!(style));
    put(object, "label", fields.text("label", 0..=80));
    put(
        object,
        "emoji",
        fields.form("emoji").map(|ComponentEmoji(emoji)| emoji),
    );
    put(object, "disabled", fields.get::<bool>("disabled"));
    let (wanted, value) = match style {
        LINK => ("url", url(fields, "url", LINKS).map(Value::from)),
        PREMIUM => (
            "sku_id",
            fields
                .get::<Id<marker::Generic>>("sku_id")
                .map(|id| json!(id)),
        ),
        _ => (
            "custom_id",
            fields.text("custom_id", 1..=100).map(Value::from),
        ),
    };
    if value.is_none() && fields.raw(wanted).is_none_or(Value::is_null) {
        let message = format!("A button of this style needs {wanted}");
        fields.error(wanted, "BASE_TYPE_REQUIRED", message);
    }
    put(object, wanted, value);
    let shown = object.contains_key("label") || object.contains_key("emoji");
    if !shown && style != PREMIUM {
        let message = "A button needs a label or an emoji";
        fields.error_here("BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", message);
    }
}

/// What every select has.
fn select(fields: &mut Fields<'_>, object: &mut Map<String, Value>) {
    let custom_id = fields.required_text("custom_id", 1..=100);
    object.insert("custom_id".into(), custom_id.into());
    put(object, "placeholder", fields.text("placeholder", 0..=150));
    let min = fields
        .int("min_values", 0..=OPTIONS_MAX as i64)
        .unwrap_or(1);
    let max = fields
        .int("max_values", 1..=OPTIONS_MAX as i64)
        .unwrap_or(1);
    object.insert("min_values".into(), json!(min));
    object.insert("max_values".into(), json!(max));
    put(object, "disabled", fields.get::<bool>("disabled"));
}

pub(super) fn string_select(fields: &mut Fields<'_>, object: &mut Map<String, Value>) {
    select(fields, object);
    let options: Option<Vec<SelectOption>> = fields.forms("options", OPTIONS_MAX);
    let options = options.unwrap_or_default();
    if options.is_empty() {
        fields.error("options", "BASE_TYPE_REQUIRED", "This field is required");
    }
    let mut values = BTreeSet::new();
    if !options
        .iter()
        .all(|SelectOption(option)| values.insert(option["value"].to_string()))
    {
        let message = "The specified option value is already used";
        fields.error(
            "options",
            "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
            message,
        );
    }
    let options = options.into_iter().map(|SelectOption(option)| option);
    object.insert("options".into(), options.collect());
}

pub(super) fn entity_select(fields: &mut Fields<'_>, object: &mut Map<String, Value>) {
    select(fields, object);
    let defaults: Option<Vec<DefaultValue>> = fields.forms("default_values", OPTIONS_MAX);
    let defaults = defaults.map(|list| list.into_iter().map(|DefaultValue(value)| value));
    put(
        object,
        "default_values",
        defaults.map(Iterator::collect::<Value>),
    );
    if object.get("type") == Some(&json!(kind::CHANNEL_SELECT)) {
        put(
            object,
            "channel_types",
            fields.list::<i64>("channel_types", OPTIONS_MAX),
        );
    }
}

struct SelectOption(Value);

impl Form for SelectOption {
    fn read(fields: &mut Fields<'_>) -> Self {
        let mut object = Map::new();
        object.insert(
            "label".into(),
            fields.required_text("label", 1..=100).into(),
        );
        object.insert(
            "value".into(),
            fields.required_text("value", 1..=100).into(),
        );
        put(
            &mut object,
            "description",
            fields.text("description", 0..=100),
        );
        put(
            &mut object,
            "emoji",
            fields.form("emoji").map(|ComponentEmoji(emoji)| emoji),
        );
        put(&mut object, "default", fields.get::<bool>("default"));
        Self(Value::Object(object))
    }
}

struct DefaultValue(Value);

impl Form for DefaultValue {
    fn read(fields: &mut Fields<'_>) -> Self {
        let id = fields.get::<Id<marker::Generic>>("id");
        let kind: String = fields.required("type");
        if id.is_none() && !fields.has("id") {
            fields.error("id", "BASE_TYPE_REQUIRED", "This field is required");
        }
        if !kind.is_empty() && !matches!(kind.as_str(), "user" | "role" | "channel") {
            let message = "Value must be one of ('user', 'role', 'channel').";
            fields.error("type", "BASE_TYPE_CHOICES", message);
        }
        Self(json!({ "id": id, "type": kind }))
    }
}

struct ComponentEmoji(Value);

impl Form for ComponentEmoji {
    fn read(fields: &mut Fields<'_>) -> Self {
        let mut object = Map::new();
        let name = fields.text("name", 0..=32).unwrap_or_default();
        object.insert("name".into(), name.into());
        put(
            &mut object,
            "id",
            fields.get::<Id<marker::Emoji>>("id").map(|id| json!(id)),
        );
        put(&mut object, "animated", fields.get::<bool>("animated"));
        Self(Value::Object(object))
    }
}
