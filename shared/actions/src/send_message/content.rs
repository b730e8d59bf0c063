//! What a message says and shows: the part of a body that sending and editing share.

use model::embed::Embed;
use model::message::flags;
use runtime::prelude::*;
use serde_json::Value;
use store::messages::Stored;

use super::mentions::AllowedMentions;
use super::{allowed_mentions, components, embeds};

/// What a sender may set of a new message's flags.
const SETTABLE: i64 =
    flags::SUPPRESS_EMBEDS | flags::SUPPRESS_NOTIFICATIONS | flags::IS_COMPONENTS_V2;

/// What a new message says and shows.
#[derive(Debug)]
pub struct Content {
    /// The text, without blanks around it.
    pub text: String,
    /// What it embeds.
    pub embeds: Vec<Embed>,
    /// Its components.
    pub components: Vec<Value>,
    /// Flags, of those that a sender may set.
    pub flags: i64,
}

impl Content {
    /// Reads `content`, `embeds`, `components` and `flags`.
    pub(super) fn read(fields: &mut Fields<'_>) -> Self {
        let flags = fields.get::<i64>("flags").unwrap_or_default() & SETTABLE;
        let content = Self {
            text: text(fields, "content").unwrap_or_default(),
            embeds: embeds::read(fields).unwrap_or_default(),
            components: components::read(fields, is_layout(flags)).unwrap_or_default(),
            flags,
        };
        let given = [
            ("content", !content.text.is_empty()),
            ("embeds", !content.embeds.is_empty()),
        ];
        for (name, _) in given.iter().filter(|(_, given)| *given && is_layout(flags)) {
            let (code, message) = legacy_complaint(name);
            fields.error(name, code, message);
        }
        content
    }

    /// Whether there is nothing to see.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty() && self.embeds.is_empty() && self.components.is_empty()
    }

    /// Checks what the instance's settings bound.
    ///
    /// # Errors
    /// Code 50035 for a text that is too long.
    pub fn check(&self, cx: &Cx) -> Result<()> {
        check_length(cx, &self.text)
    }
}

/// The body of a request to edit a message: what is absent stays.
///
/// See [Discord Docs/Edit Message](https://discord.com/developers/docs/resources/message#edit-message).
#[derive(Debug)]
pub struct EditMessage {
    /// The new text, without blanks around it.
    pub text: Option<String>,
    /// The new embeds.
    pub embeds: Option<Vec<Embed>>,
    /// The new components.
    pub components: Option<Vec<Value>>,
    /// The new flags, of those that an edit may set.
    pub flags: Option<i64>,
    /// The attachments to keep.
    pub attachments: Option<Vec<Id<marker::Attachment>>>,
    /// Whom the new text may mention.
    pub allowed_mentions: AllowedMentions,
}

impl Form for EditMessage {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            text: text(fields, "content"),
            embeds: embeds::read(fields),
            // Which components fit depends on the message: `check` decides.
            components: components::read(fields, true),
            flags: fields.get::<i64>("flags").map(|flags| flags & SETTABLE),
            attachments: kept(fields),
            allowed_mentions: allowed_mentions(fields),
        }
    }
}

impl EditMessage {
    /// Whether anything but flags is to change: only the author may.
    pub fn changes_content(&self) -> bool {
        self.text.is_some()
            || self.embeds.is_some()
            || self.components.is_some()
            || self.attachments.is_some()
    }

    /// Checks what depends on the instance's settings and on the message as it is.
    ///
    /// # Errors
    /// Code 50035 for a text that is too long, and for a mixture of content and layout.
    pub fn check(&self, cx: &Cx, before: &Stored) -> Result<()> {
        let text = self.text.as_ref().unwrap_or(&before.content);
        check_length(cx, self.text.as_deref().unwrap_or_default())?;
        if is_layout(before.flags | self.flags.unwrap_or_default()) {
            let embeds = self.embeds.as_ref().unwrap_or(&before.extra.embeds);
            return match (text.is_empty(), embeds.is_empty()) {
                (true, true) => Ok(()),
                (false, _) => Err(legacy("content")),
                (true, false) => Err(legacy("embeds")),
            };
        }
        components::check_rows(self.components.as_deref().unwrap_or_default())
    }
}

/// Ids of attachments that the body lists.
fn kept(fields: &mut Fields<'_>) -> Option<Vec<Id<marker::Attachment>>> {
    let kept: Option<Vec<Kept>> = fields.forms("attachments", usize::MAX);
    let kept = kept.unwrap_or_default().into_iter();
    fields
        .has("attachments")
        .then(|| kept.filter_map(|Kept(id)| id).collect())
}

/// An attachment by its id. A new one has a small number, which is no attachment's.
struct Kept(Option<Id<marker::Attachment>>);

impl Form for Kept {
    fn read(fields: &mut Fields<'_>) -> Self {
        let id = fields.raw("id").and_then(|id| match id {
            Value::String(text) => text.parse().ok(),
            Value::Number(number) => number.to_string().parse().ok(),
            _ => None,
        });
        Self(id)
    }
}

/// Text without blanks around it; null is no text.
fn text(fields: &mut Fields<'_>, name: &str) -> Option<String> {
    let text = fields.nullable::<String>(name)?.unwrap_or_default();
    Some(text.trim().to_owned())
}

/// Whether a message with these flags consists of components alone.
pub(super) fn is_layout(bits: i64) -> bool {
    bits & flags::IS_COMPONENTS_V2 != 0
}

/// What is said when a message of components alone has a text or embeds.
fn legacy(name: &str) -> Error {
    let (code, message) = legacy_complaint(name);
    Error::field(&[name], code, message)
}

fn legacy_complaint(name: &str) -> (&'static str, String) {
    let message =
        format!("The '{name}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2");
    (
        "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
        message,
    )
}

fn check_length(cx: &Cx, text: &str) -> Result<()> {
    let max = cx.config().limits.message_chars_max as usize;
    if text.chars().count() <= max {
        return Ok(());
    }
    let message = format!("Must be {max} or fewer in length.");
    Err(Error::field(&["content"], "BASE_TYPE_MAX_LENGTH", message))
}
