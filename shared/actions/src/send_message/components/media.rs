//! Components that show pictures, videos and files.

use runtime::prelude::*;
use serde_json::{Map, Value, json};

use super::spoiler;
use crate::send_message::embeds::{PICTURES, url};

/// Pictures in a gallery.
const GALLERY_ITEMS_MAX: usize = 10;
/// Characters of a description.
const DESCRIPTION_CHARS_MAX: usize = 1024;

pub(super) fn media_item(fields: &mut Fields<'_>, object: &mut Map<String, Value>) {
    let description = fields.text("description", 0..=DESCRIPTION_CHARS_MAX);
    object.insert("description".into(), description.into());
    spoiler(fields, object);
    media(fields, "media", object);
}

pub(super) fn gallery(fields: &mut Fields<'_>, object: &mut Map<String, Value>) {
    let items: Option<Vec<GalleryItem>> = fields.forms("items", GALLERY_ITEMS_MAX);
    let items = items.unwrap_or_default();
    if items.is_empty() {
        fields.error("items", "BASE_TYPE_REQUIRED", "This field is required");
    }
    object.insert(
        "items".into(),
        items.into_iter().map(|GalleryItem(item)| item).collect(),
    );
}

pub(super) fn file(fields: &mut Fields<'_>, object: &mut Map<String, Value>) {
    spoiler(fields, object);
    media(fields, "file", object);
    // Known once the attachment is: clients expect the fields.
    object.insert("name".into(), Value::Null);
    object.insert("size".into(), Value::Null);
}

/// A picture, video or file by its URL.
fn media(fields: &mut Fields<'_>, name: &str, object: &mut Map<String, Value>) {
    match fields.form(name) {
        Some(Media(media)) => {
            object.insert(name.to_owned(), media);
        }
        None => fields.error(name, "BASE_TYPE_REQUIRED", "This field is required"),
    }
}

struct Media(Value);

impl Form for Media {
    fn read(fields: &mut Fields<'_>) -> Self {
        let url = url(fields, "url", PICTURES).unwrap_or_default();
        if fields.raw("url").is_none_or(Value::is_null) {
            fields.error("url", "BASE_TYPE_REQUIRED", "This field is required");
        }
        // The id is of the unfurled file, of which there is none here.
        Self(json!({ "id": "0", "url": url, "proxy_url": url }))
    }
}

struct GalleryItem(Value);

impl Form for GalleryItem {
    fn read(fields: &mut Fields<'_>) -> Self {
        let mut object = Map::new();
        media_item(fields, &mut object);
        Self(Value::Object(object))
    }
}
