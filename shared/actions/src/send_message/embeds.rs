//! Embeds as senders compose them.
//!
//! See [Discord Docs/Embed Limits](https://discord.com/developers/docs/resources/message#embed-object-embed-limits).

use model::embed::{Embed, EmbedAuthor, EmbedField, EmbedFooter, EmbedMedia};
use runtime::prelude::*;

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
/// Schemes of URLs of pictures and files: the message's own attachments too.
pub const PICTURES: &[&str] = &["http", "https", "attachment"];

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
            timestamp: fields.get("timestamp"),
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
            name: fields.required_text("name", 1..=TITLE_CHARS_MAX),
            value: fields.required_text("value", 1..=VALUE_CHARS_MAX),
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

/// Text of at most `max` characters; nothing but blanks is nothing.
fn text(fields: &mut Fields<'_>, name: &str, max: usize) -> Option<String> {
    fields
        .text(name, 0..=max)
        .filter(|text| !text.trim().is_empty())
}

/// A URL with one of these schemes.
pub fn url(fields: &mut Fields<'_>, name: &str, schemes: &[&str]) -> Option<String> {
    let url = text(fields, name, URL_CHARS_MAX)?;
    match url.split_once("://") {
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

fn list(schemes: &[&str]) -> String {
    let quoted: Vec<_> = schemes.iter().map(|scheme| format!("'{scheme}'")).collect();
    format!("({})", quoted.join(", "))
}
