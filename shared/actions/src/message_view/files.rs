//! Files of a message: where they are, and those that its embeds and components show, by
//! `attachment://` and their name.
//!
//! They are stored by their keys and get their URLs here. Discord shows files that are named
//! nowhere else than where they are named, so those leave the message's list.

use model::attachment::Attachment;
use model::embed::Embed;
use serde_json::{Map, Value};

const SCHEME: &str = "attachment://";

/// Gives every file its URL below `cdn`, and that to every picture which is an attachment.
pub fn place(
    cdn: &str,
    files: &mut Vec<Attachment>,
    embeds: &mut [Embed],
    components: &mut [Value],
) {
    if files.is_empty() {
        return;
    }
    for file in files.iter_mut() {
        file.url = format!("{cdn}/{}", file.url);
        file.proxy_url.clone_from(&file.url);
    }
    let mut shown = Vec::new();
    for url in embeds.iter_mut().flat_map(urls) {
        if let Some(file) = named(files, url) {
            url.clone_from(&file.url);
            shown.push(file.id);
        }
    }
    for component in components {
        place_in(component, files, &mut |file| shown.push(file.id));
    }
    files.retain(|file| !shown.contains(&file.id));
}

fn named<'a>(files: &'a [Attachment], url: &str) -> Option<&'a Attachment> {
    let name = url.strip_prefix(SCHEME)?;
    files.iter().find(|file| file.filename == name)
}

fn urls(embed: &mut Embed) -> impl Iterator<Item = &mut String> {
    let media = [&mut embed.image, &mut embed.thumbnail, &mut embed.video];
    let media = media.into_iter().flatten().map(|media| &mut media.url);
    let icons = [
        embed
            .author
            .as_mut()
            .and_then(|author| author.icon_url.as_mut()),
        embed
            .footer
            .as_mut()
            .and_then(|footer| footer.icon_url.as_mut()),
    ];
    media.chain(icons.into_iter().flatten())
}

fn place_in(value: &mut Value, files: &[Attachment], shown: &mut impl FnMut(&Attachment)) {
    match value {
        Value::Array(items) => {
            items
                .iter_mut()
                .for_each(|item| place_in(item, files, shown));
        }
        Value::Object(object) => {
            if let Some(file) = described(object, files) {
                shown(file);
            }
            object
                .values_mut()
                .for_each(|value| place_in(value, files, shown));
        }
        _ => {}
    }
}

/// The attachment that a component's `file` or `media` names, which is then described there.
fn described<'a>(
    object: &mut Map<String, Value>,
    files: &'a [Attachment],
) -> Option<&'a Attachment> {
    let slot = ["file", "media"]
        .into_iter()
        .find(|slot| object.contains_key(*slot))?;
    let media = object.get_mut(slot)?.as_object_mut()?;
    let file = named(files, media.get("url")?.as_str()?)?;
    media.insert("url".into(), file.url.as_str().into());
    media.insert("proxy_url".into(), file.proxy_url.as_str().into());
    media.insert("attachment_id".into(), file.id.to_string().into());
    media.insert("width".into(), file.width.into());
    media.insert("height".into(), file.height.into());
    media.insert("content_type".into(), file.content_type.clone().into());
    if slot == "file" {
        object.insert("name".into(), file.filename.as_str().into());
        object.insert("size".into(), file.size.into());
    }
    Some(file)
}

#[cfg(test)]
mod tests {
    use model::Id;
    use serde_json::json;

    use super::*;

    #[test]
    fn files_stand_where_they_are_named() {
        let file = |id, name: &str| Attachment {
            id: Id::new(id),
            filename: name.to_owned(),
            title: None,
            description: None,
            content_type: Some("image/png".to_owned()),
            size: 5,
            url: name.to_owned(),
            proxy_url: String::new(),
            height: Some(1),
            width: Some(2),
            ephemeral: None,
            duration_secs: None,
            waveform: None,
            flags: None,
        };
        let mut files = vec![file(1, "a.png"), file(2, "b.png"), file(3, "c.png")];
        let image = json!({ "type": "rich", "image": { "url": "attachment://a.png" } });
        let mut embeds = vec![serde_json::from_value(image).unwrap()];
        let component = json!({ "type": 13, "file": { "url": "attachment://b.png" } });
        let mut components = vec![json!({ "type": 17, "components": [component] })];
        place("https://cdn", &mut files, &mut embeds, &mut components);
        let [left] = &files[..] else {
            panic!("{files:?}")
        };
        assert_eq!((left.id, &*left.url), (Id::new(3), "https://cdn/c.png"));
        assert_eq!(left.proxy_url, left.url);
        let image = embeds[0].image.as_ref().map(|image| image.url.as_str());
        assert_eq!(image, Some("https://cdn/a.png"));
        let shown = &components[0]["components"][0];
        assert_eq!(shown["file"]["url"], "https://cdn/b.png");
        assert_eq!(shown["file"]["attachment_id"], "2");
        assert_eq!(
            (&shown["name"], &shown["size"]),
            (&json!("b.png"), &json!(5))
        );
    }
}
