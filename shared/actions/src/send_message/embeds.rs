//! Embeds as senders compose them.
//!
//! See [Discord Docs/Embed Limits](https://discord.com/developers/docs/resources/message#embed-object-embed-limits).

use model::embed::{Embed, EmbedAuthor, EmbedField, EmbedFooter, EmbedMedia};
use runtime::prelude::*;
use serde_json::Value;

use crate::attachments::stored_name;

/// Embeds of one message.
const EMBEDS_MAX: usize = 10;
/// Characters of all texts of all embeds of one message.
const ALL_CHARS_MAX: usize = 6000;
/// Characters of a title or a name.
const TITLE_CHARS_MAX: usize = 256;
/// Characters of a description.
const DESCRIPTION_CHARS_MAX: usize = 4096;
/// Fields of one embed.
const FIELDS_MAX: usize = 25;
/// Characters of a field's value.
const VALUE_CHARS_MAX: usize = 1024;
/// Characters of a footer.
const FOOTER_CHARS_MAX: usize = 2048;
/// Characters of a URL.
const URL_CHARS_MAX: usize = 2048;

/// Schemes of URLs that lead somewhere.
pub const LINKS: &[&str] = &["http", "https"];
/// The scheme of the message's own attachments.
const ATTACHMENT: &str = "attachment";
/// Schemes of URLs of pictures and files.
pub const PICTURES: &[&str] = &["http", "https", ATTACHMENT];

/// The `embeds` of a message; `None` when the field is absent. Those that show nothing are dropped,
/// as Discord does.
pub fn read(fields: &mut Fields<'_>) -> Option<Vec<Embed>> {
    let embeds: Vec<RichEmbed> = match fields.forms("embeds", EMBEDS_MAX) {
        Some(embeds) => embeds,
        // Null means none.
        None => return fields.has("embeds").then(Vec::new),
    };
    let embeds: Vec<Embed> = embeds
        .into_iter()
        .map(|RichEmbed(embed)| embed)
        .filter(|embed| !embed.is_empty())
        .collect();
    if embeds.iter().map(Embed::chars).sum::<usize>() > ALL_CHARS_MAX {
        let message = format!("Embed size exceeds maximum size of {ALL_CHARS_MAX}");
        fields.error("embeds", "MAX_EMBED_SIZE_EXCEEDED", message);
    }
    Some(embeds)
}

struct RichEmbed(Embed);

impl Form for RichEmbed {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self(Embed {
            // Whatever the sender calls it: only the server makes other types.
            kind: "rich".to_owned(),
            title: text(fields, "title", TITLE_CHARS_MAX),
            description: text(fields, "description", DESCRIPTION_CHARS_MAX),
            url: url(fields, "url", LINKS),
            timestamp: timestamp(fields),
            color: fields.int("color", 0..=0xff_ffff).map(|color| color as u32),
            footer: fields.form("footer").and_then(|Footer(footer)| footer),
            image: fields.form("image").and_then(|Media(media)| media),
            thumbnail: fields.form("thumbnail").and_then(|Media(media)| media),
            // What these say of a link is the server's to find out, too.
            video: None,
            provider: None,
            author: fields.form("author").and_then(|Author(author)| author),
            fields: fields
                .forms("fields", FIELDS_MAX)
                .map_or_else(Vec::new, named),
        })
    }
}

fn named(fields: Vec<Field>) -> Vec<EmbedField> {
    fields.into_iter().map(|Field(field)| field).collect()
}

struct Field(EmbedField);

impl Form for Field {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self(EmbedField {
            name: required_text(fields, "name", TITLE_CHARS_MAX),
            value: required_text(fields, "value", VALUE_CHARS_MAX),
            inline: fields.get("inline").unwrap_or_default(),
        })
    }
}

struct Footer(Option<EmbedFooter>);

impl Form for Footer {
    fn read(fields: &mut Fields<'_>) -> Self {
        let icon_url = url(fields, "icon_url", PICTURES);
        let text = text(fields, "text", FOOTER_CHARS_MAX);
        Self(text.map(|text| EmbedFooter { text, icon_url }))
    }
}

struct Author(Option<EmbedAuthor>);

impl Form for Author {
    fn read(fields: &mut Fields<'_>) -> Self {
        let link = url(fields, "url", LINKS);
        let icon_url = url(fields, "icon_url", PICTURES);
        let name = text(fields, "name", TITLE_CHARS_MAX);
        Self(name.map(|name| EmbedAuthor {
            name,
            url: link,
            icon_url,
        }))
    }
}

struct Media(Option<EmbedMedia>);

impl Form for Media {
    fn read(fields: &mut Fields<'_>) -> Self {
        // The size and the type are the server's to find out, not the sender's to tell.
        let description = text(fields, "description", DESCRIPTION_CHARS_MAX);
        let url = url(fields, "url", PICTURES);
        Self(url.map(|url| EmbedMedia {
            url,
            width: None,
            height: None,
            description,
        }))
    }
}

/// Text of at most `max` characters, without blanks around it, which do not count; nothing but
/// blanks is nothing.
fn text(fields: &mut Fields<'_>, name: &str, max: usize) -> Option<String> {
    let given: String = fields.get(name)?;
    let text = given.trim();
    if text.chars().count() > max {
        let message = format!("Must be {max} or fewer in length.");
        fields.error(name, "BASE_TYPE_MAX_LENGTH", message);
    }
    (!text.is_empty()).then(|| text.to_owned())
}

/// Text that must be there, and may be empty.
fn required_text(fields: &mut Fields<'_>, name: &str, max: usize) -> String {
    match fields.raw(name) {
        None | Some(Value::Null) => fields.required(name),
        Some(_) => text(fields, name, max).unwrap_or_default(),
    }
}

/// A time in ISO 8601. Without a zone it is UTC, and without a clock midnight.
fn timestamp(fields: &mut Fields<'_>) -> Option<Timestamp> {
    let text = match fields.raw("timestamp") {
        Some(Value::String(text)) => text.trim().replacen(' ', "T", 1),
        _ => return fields.get("timestamp"),
    };
    let completed = ["", "Z", ":00Z", "T00:00:00Z"].into_iter();
    completed
        .filter_map(|rest| Timestamp::parse(&format!("{text}{rest}")))
        .next()
        // Which complains.
        .or_else(|| fields.get("timestamp"))
}

/// A URL with one of these schemes.
pub fn url(fields: &mut Fields<'_>, name: &str, schemes: &[&str]) -> Option<String> {
    let url = text(fields, name, URL_CHARS_MAX)?;
    match url.split_once("://") {
        // Senders know the name that they gave the file, and not the one that it was stored by.
        Some((scheme, file)) if is_attachment(scheme, schemes) && !file.is_empty() => {
            return Some(format!("{ATTACHMENT}://{}", stored_name(file).0));
        }
        Some((scheme, rest)) if schemes.contains(&scheme.to_ascii_lowercase().as_str()) => {
            let blank = |char: char| char.is_whitespace() || char.is_control();
            if !rest.is_empty() && !rest.contains(blank) {
                return Some(url);
            }
            fields.error(name, "URL_TYPE_INVALID_URL", "Not a well formed URL.");
        }
        Some((scheme, _)) => {
            let scheme: String = scheme.chars().take(32).collect();
            let message = format!("Scheme \"{scheme}\" must be one of {}.", list(schemes));
            fields.error(name, "URL_TYPE_INVALID_SCHEME", message);
        }
        None => fields.error(name, "URL_TYPE_INVALID_URL", "Not a well formed URL."),
    }
    None
}

fn is_attachment(scheme: &str, schemes: &[&str]) -> bool {
    schemes.contains(&ATTACHMENT) && scheme.eq_ignore_ascii_case(ATTACHMENT)
}

fn list(schemes: &[&str]) -> String {
    let quoted: Vec<_> = schemes.iter().map(|scheme| format!("'{scheme}'")).collect();
    format!("({})", quoted.join(", "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A message's body.
    #[derive(Debug)]
    struct Body(Option<Vec<Embed>>);

    impl Form for Body {
        fn read(fields: &mut Fields<'_>) -> Self {
            Self(read(fields))
        }
    }

    fn shown(embed: &Value) -> Value {
        let Body(embeds) = Fields::read(json!({ "embeds": [embed] })).expect("valid");
        serde_json::to_value(embeds).expect("no map")[0].take()
    }

    fn is_refused(embed: &Value) -> bool {
        Fields::read::<Body>(json!({ "embeds": [embed] })).is_err()
    }

    #[test]
    fn a_field_may_say_nothing_but_must_be_there() {
        for (given, kept) in [("", ""), ("  ", ""), (" a ", "a"), ("\u{200b}", "\u{200b}")] {
            let field = json!({ "fields": [{ "name": given, "value": given }] });
            let fields = json!([{ "name": kept, "value": kept, "inline": false }]);
            assert_eq!(shown(&field)["fields"], fields, "{given:?}");
        }
        for wrong in [
            json!({ "name": "a" }),
            json!({ "name": null, "value": "a" }),
            json!({ "value": "a" }),
        ] {
            assert!(is_refused(&json!({ "fields": [wrong] })), "{wrong}");
        }
    }

    #[test]
    fn blanks_around_a_text_do_not_count() {
        for (name, max) in [
            ("title", TITLE_CHARS_MAX),
            ("description", DESCRIPTION_CHARS_MAX),
        ] {
            let text = "x".repeat(max);
            assert_eq!(shown(&json!({ name: format!(" {text}\n") }))[name], text);
            assert!(is_refused(&json!({ name: format!("{text}x") })));
        }
        let text = "x".repeat(VALUE_CHARS_MAX);
        let field = |value: &str| json!({ "fields": [{ "name": "", "value": value }] });
        assert_eq!(
            shown(&field(&format!("{text}  ")))["fields"][0]["value"],
            text
        );
        assert!(is_refused(&field(&format!("{text}x"))));
        assert_eq!(
            shown(&json!({ "title": " a ", "url": " https://a.example " })),
            json!({ "type": "rich", "title": "a", "url": "https://a.example" })
        );
    }

    #[test]
    fn null_and_empty_fields_are_dropped() {
        let embed = json!({
            "type": null, "title": "a", "description": null, "url": "", "timestamp": null,
            "color": null, "footer": null, "image": {}, "thumbnail": { "url": null },
            "author": { "name": "", "url": null, "icon_url": "" }, "fields": null,
            "provider": { "name": "b" }, "video": { "url": "https://c.example" }, "whatever": 1,
        });
        assert_eq!(shown(&embed), json!({ "type": "rich", "title": "a" }));
        let picture = json!({ "image": { "url": "https://a.example", "width": null,
            "placeholder": "a", "is_animated": null } });
        assert_eq!(
            shown(&picture)["image"],
            json!({ "url": "https://a.example" })
        );
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        let noon = "2026-11-22T12:00:00.000000+00:00";
        for given in [
            "2026-11-22T12:00:00Z",
            "2026-11-22T13:00:00.000+01:00",
            "2026-11-22T12:00:00.000",
            "2026-11-22 12:00:00",
            "2026-11-22 12:00:00+00:00",
            "2026-11-22T12:00",
        ] {
            assert_eq!(
                shown(&json!({ "timestamp": given }))["timestamp"],
                noon,
                "{given}"
            );
        }
        let midnight = shown(&json!({ "timestamp": "2026-11-22" }));
        assert_eq!(midnight["timestamp"], "2026-11-22T00:00:00.000000+00:00");
        for wrong in [json!("noon"), json!(""), json!({}), json!("2026-13-01")] {
            assert!(is_refused(&json!({ "timestamp": wrong })), "{wrong}");
        }
    }

    #[test]
    fn an_attachment_is_named_as_it_was_sent() {
        for (given, stored) in [
            ("attachment://two words.png", "attachment://two_words.png"),
            ("attachment://K\u{e4}se (1).png", "attachment://Kse_1.png"),
            ("ATTACHMENT://a.png", "attachment://a.png"),
            (
                "attachment://\u{65e5}\u{672c}.png",
                "attachment://unknown.png",
            ),
        ] {
            for slot in ["image", "thumbnail"] {
                assert_eq!(
                    shown(&json!({ slot: { "url": given } }))[slot]["url"],
                    stored
                );
            }
            let footer = json!({ "footer": { "text": "a", "icon_url": given } });
            assert_eq!(shown(&footer)["footer"]["icon_url"], stored);
        }
        assert!(is_refused(&json!({ "image": { "url": "attachment://" } })));
        assert!(is_refused(&json!({ "url": "attachment://a.png" })));
        assert!(is_refused(
            &json!({ "image": { "url": "https://a.example/two words.png" } })
        ));
    }
}
