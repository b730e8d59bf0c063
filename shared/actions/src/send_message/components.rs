//! Components of messages: checked, completed and kept as JSON, since the server never acts on
//! them.
//!
//! See [Discord Docs/Component Reference](https://discord.com/developers/docs/components/reference).

mod interactive;
mod media;

use std::collections::BTreeSet;

use runtime::prelude::*;
use serde_json::{Map, Value, json};

use interactive::{button, entity_select, string_select};
use media::{file, gallery, media_item};

/// Discord's component types that messages may have.
mod kind {
    pub const ACTION_ROW: i64 = 1;
    pub const BUTTON: i64 = 2;
    pub const STRING_SELECT: i64 = 3;
    pub const USER_SELECT: i64 = 5;
    pub const CHANNEL_SELECT: i64 = 8;
    pub const SECTION: i64 = 9;
    pub const TEXT_DISPLAY: i64 = 10;
    pub const THUMBNAIL: i64 = 11;
    pub const MEDIA_GALLERY: i64 = 12;
    pub const FILE: i64 = 13;
    pub const SEPARATOR: i64 = 14;
    pub const CONTAINER: i64 = 17;
}

/// What may stand in a container; with a container itself, what may stand in a message.
const IN_CONTAINER: &[i64] = &[
    kind::ACTION_ROW,
    kind::SECTION,
    kind::TEXT_DISPLAY,
    kind::MEDIA_GALLERY,
    kind::FILE,
    kind::SEPARATOR,
];
const IN_MESSAGE: &[i64] = &[
    kind::ACTION_ROW,
    kind::SECTION,
    kind::TEXT_DISPLAY,
    kind::MEDIA_GALLERY,
    kind::FILE,
    kind::SEPARATOR,
    kind::CONTAINER,
];
const IN_ROW: &[i64] = &[2, 3, 5, 6, 7, 8];

/// Components of one message, nested ones included.
const COMPONENTS_MAX: usize = 40;
/// Action rows of a message that also has content.
const ROWS_MAX: usize = 5;
/// Buttons in a row, where a select stands alone.
const ROW_ITEMS_MAX: usize = 5;
/// Texts in a section.
const SECTION_TEXTS_MAX: usize = 3;
/// Characters of all texts of a message that consists of components.
const TEXT_CHARS_MAX: usize = 4000;

/// The `components` of a message; `None` when the field is absent. `layout` says whether the
/// message consists of components alone, by its flag.
pub fn read(fields: &mut Fields<'_>, layout: bool) -> Option<Vec<Value>> {
    let max = if layout { COMPONENTS_MAX } else { ROWS_MAX };
    let components: Vec<Component> = match fields.forms("components", max) {
        Some(components) => components,
        None => return fields.has("components").then(Vec::new),
    };
    let mut components: Vec<Value> = components
        .into_iter()
        .map(|Component(value)| value)
        .collect();
    let allowed: &[i64] = if layout {
        IN_MESSAGE
    } else {
        &[kind::ACTION_ROW]
    };
    expect_kinds(fields, "components", &components, allowed);
    check_whole(fields, &components);
    number(&mut components);
    Some(components)
}

/// Checks that a message that also has content has nothing but action rows, and not too many.
///
/// # Errors
/// Code 50035 at `components`.
pub fn check_rows(components: &[Value]) -> Result<()> {
    if components.len() > ROWS_MAX {
        let message = format!("Must be {ROWS_MAX} or fewer in length.");
        return Err(Error::field(
            &["components"],
            "BASE_TYPE_MAX_LENGTH",
            message,
        ));
    }
    if components
        .iter()
        .any(|component| component["type"] != json!(kind::ACTION_ROW))
    {
        let message = "Value of field \"type\" must be one of (1).";
        return Err(Error::field(&["components"], "UNION_TYPE_CHOICES", message));
    }
    Ok(())
}

/// Notes a mistake when a component is not of an allowed type.
fn expect_kinds(fields: &mut Fields<'_>, name: &str, components: &[Value], allowed: &[i64]) {
    let strange = |component: &Value| {
        // A type that is missing was noted before.
        component["type"]
            .as_i64()
            .is_some_and(|kind| !allowed.contains(&kind))
    };
    if components.iter().any(strange) {
        let list = allowed
            .iter()
            .map(i64::to_string)
            .collect::<Vec<_>>()
            .join(", ");
        let message = format!("Value of field \"type\" must be one of ({list}).");
        fields.error(name, "UNION_TYPE_CHOICES", message);
    }
}

/// What must hold of all components together.
fn check_whole(fields: &mut Fields<'_>, components: &[Value]) {
    let (mut count, mut chars) = (0, 0);
    let (mut ids, mut custom_ids) = (BTreeSet::new(), BTreeSet::new());
    let mut twice = None;
    for_each(components, &mut |component| {
        count += 1;
        chars += component["content"]
            .as_str()
            .map_or(0, |text| text.chars().count());
        if component["id"]
            .as_i64()
            .is_some_and(|id| id != 0 && !ids.insert(id))
        {
            twice = Some("id");
        }
        if component["custom_id"]
            .as_str()
            .is_some_and(|id| !custom_ids.insert(id.to_owned()))
        {
            twice = Some("custom_id");
        }
    });
    if let Some(name) = twice {
        let message = format!("Component {name} cannot be duplicated");
        fields.error("components", "COMPONENT_CUSTOM_ID_DUPLICATED", message);
    }
    if count > COMPONENTS_MAX {
        let message = format!("Must be {COMPONENTS_MAX} or fewer in length.");
        fields.error("components", "BASE_TYPE_MAX_LENGTH", message);
    }
    if chars > TEXT_CHARS_MAX {
        let message = format!("Text of components exceeds maximum size of {TEXT_CHARS_MAX}");
        fields.error(
            "components",
            "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED",
            message,
        );
    }
}

/// Visits every component, the outer before the inner.
fn for_each(components: &[Value], visit: &mut impl FnMut(&Value)) {
    for component in components {
        visit(component);
        for_each(
            component["components"]
                .as_array()
                .map_or(&[], Vec::as_slice),
            visit,
        );
        if let Some(accessory) = component.get("accessory") {
            visit(accessory);
        }
    }
}

/// Numbers those that the sender did not number, with numbers that are free.
fn number(components: &mut [Value]) {
    let mut taken = BTreeSet::new();
    for_each(components, &mut |component| {
        taken.extend(component["id"].as_i64())
    });
    let mut free = (1..).filter(move |id| !taken.contains(id));
    number_from(components, &mut free);
}

fn number_from(components: &mut [Value], free: &mut impl Iterator<Item = i64>) {
    for component in components {
        number_one(component, free);
        if let Some(Value::Array(inner)) = component.get_mut("components") {
            number_from(inner, free);
        }
        if let Some(accessory) = component.get_mut("accessory") {
            number_one(accessory, free);
        }
    }
}

fn number_one(component: &mut Value, free: &mut impl Iterator<Item = i64>) {
    if component["id"].as_i64().unwrap_or_default() == 0 {
        component["id"] = json!(free.next());
    }
}

/// One component with what is in it.
struct Component(Value);

impl Form for Component {
    fn read(fields: &mut Fields<'_>) -> Self {
        let mut object = Map::new();
        let kind: i64 = fields.required("type");
        object.insert("type".into(), json!(kind));
        let id = fields.int("id", 0..=i64::from(i32::MAX));
        object.insert("id".into(), json!(id.unwrap_or_default()));
        match kind {
            kind::ACTION_ROW => row(fields, &mut object),
            kind::BUTTON => button(fields, &mut object),
            kind::STRING_SELECT => string_select(fields, &mut object),
            kind::USER_SELECT..=kind::CHANNEL_SELECT => entity_select(fields, &mut object),
            kind::SECTION => section(fields, &mut object),
            kind::TEXT_DISPLAY => {
                let content = fields.required_text("content", 1..=TEXT_CHARS_MAX);
                object.insert("content".into(), content.into());
            }
            kind::THUMBNAIL => media_item(fields, &mut object),
            kind::MEDIA_GALLERY => gallery(fields, &mut object),
            kind::FILE => file(fields, &mut object),
            kind::SEPARATOR => separator(fields, &mut object),
            kind::CONTAINER => container(fields, &mut object),
            _ if fields.has("type") => {
                let message = "Value of field \"type\" is not a component of messages.";
                fields.error("type", "UNION_TYPE_CHOICES", message);
            }
            _ => {}
        }
        Self(Value::Object(object))
    }
}

fn children(fields: &mut Fields<'_>, allowed: &[i64], max: usize) -> Value {
    let children: Option<Vec<Component>> = fields.forms("components", max);
    let children: Vec<Value> = children
        .unwrap_or_default()
        .into_iter()
        .map(|Component(value)| value)
        .collect();
    if children.is_empty() {
        fields.error("components", "BASE_TYPE_REQUIRED", "This field is required");
    }
    expect_kinds(fields, "components", &children, allowed);
    children.into()
}

fn row(fields: &mut Fields<'_>, object: &mut Map<String, Value>) {
    let components = children(fields, IN_ROW, ROW_ITEMS_MAX);
    let is_select = |component: &Value| component["type"] != json!(kind::BUTTON);
    let items = components.as_array().map_or(&[][..], Vec::as_slice);
    if items.len() > 1 && items.iter().any(is_select) {
        let message = "The specified component exceeds the maximum width";
        fields.error("components", "COMPONENT_LAYOUT_WIDTH_EXCEEDED", message);
    }
    object.insert("components".into(), components);
}

fn section(fields: &mut Fields<'_>, object: &mut Map<String, Value>) {
    let texts = children(fields, &[kind::TEXT_DISPLAY], SECTION_TEXTS_MAX);
    object.insert("components".into(), texts);
    match fields.form("accessory") {
        Some(Component(accessory)) => {
            let allowed = &[kind::BUTTON, kind::THUMBNAIL];
            expect_kinds(
                fields,
                "accessory",
                std::slice::from_ref(&accessory),
                allowed,
            );
            object.insert("accessory".into(), accessory);
        }
        None => fields.error("accessory", "BASE_TYPE_REQUIRED", "This field is required"),
    }
}

fn separator(fields: &mut Fields<'_>, object: &mut Map<String, Value>) {
    let spacing = fields.choice("spacing", &[1, 2]).unwrap_or(1);
    object.insert("spacing".into(), json!(spacing));
    let divider = fields.get::<bool>("divider").unwrap_or(true);
    object.insert("divider".into(), divider.into());
}

fn container(fields: &mut Fields<'_>, object: &mut Map<String, Value>) {
    let color = fields.int("accent_color", 0..=0xff_ffff);
    object.insert("accent_color".into(), json!(color));
    spoiler(fields, object);
    object.insert(
        "components".into(),
        children(fields, IN_CONTAINER, COMPONENTS_MAX),
    );
}

fn spoiler(fields: &mut Fields<'_>, object: &mut Map<String, Value>) {
    let spoiler = fields.get::<bool>("spoiler").unwrap_or_default();
    object.insert("spoiler".into(), spoiler.into());
}

/// Puts what is there; Discord leaves out what is not.
fn put(object: &mut Map<String, Value>, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        object.insert(name.to_owned(), value.into());
    }
}
