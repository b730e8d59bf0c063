//! What `attachments` of a message's fields says of its files.
//!
//! See [Discord Docs/Attachment Request Object](https://discord.com/developers/docs/resources/message#attachment-object-attachment-request-structure).

use model::attachment::{Attachment, IS_SPOILER};
use runtime::{Error, Fields, Form, Result};
use serde_json::Value;

use super::file::Stored;
use super::name;

/// Numbers below this are places in the form; those above are ids of attachments that an edited
/// message has already.
const INDEX_MAX: u64 = 1 << 22;
/// Characters of a name, title or description.
const TEXT_CHARS_MAX: usize = 1024;
/// Characters of a waveform.
const WAVEFORM_CHARS_MAX: usize = 400;
/// Entries of the list: ten that are kept and ten that are new.
const ENTRIES_MAX: usize = 20;

struct Payload {
    attachments: Vec<Metadata>,
}

struct Metadata {
    id: u64,
    filename: Option<String>,
    title: Option<String>,
    description: Option<String>,
    duration_secs: Option<f64>,
    waveform: Option<String>,
    is_spoiler: bool,
}

impl Form for Payload {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            attachments: fields.forms("attachments", ENTRIES_MAX).unwrap_or_default(),
        }
    }
}

impl Form for Metadata {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            id: fields.required::<i64>("id") as u64,
            filename: fields.text("filename", 1..=TEXT_CHARS_MAX),
            title: fields.text("title", 0..=TEXT_CHARS_MAX),
            description: fields.text("description", 0..=TEXT_CHARS_MAX),
            duration_secs: fields
                .get::<f64>("duration_secs")
                .map(|seconds| seconds.max(0.0)),
            waveform: fields.text("waveform", 0..=WAVEFORM_CHARS_MAX),
            is_spoiler: fields.get("is_spoiler").unwrap_or_default(),
        }
    }
}

/// The stored files as attachments, with what the message's fields say of each.
///
/// # Errors
/// Code 50035 for an entry that is wrong or that names a file which did not come.
pub fn describe(payload: &Value, files: Vec<Stored>) -> Result<Vec<Attachment>> {
    let mut entries = match payload {
        Value::Object(_) => Fields::read::<Payload>(payload.clone())?.attachments,
        // The whole payload is wrong, and whoever reads it says so.
        _ => Vec::new(),
    };
    let missing = entries
        .iter()
        .position(|entry| entry.id < INDEX_MAX && !files.iter().any(|file| file.index == entry.id));
    if let Some(place) = missing {
        let message = format!("Attachment {} was not uploaded.", entries[place].id);
        let path = ["attachments", &place.to_string(), "id"];
        return Err(Error::field(&path, "MESSAGE_ATTACHMENT_NOT_FOUND", message));
    }
    let attachments = files.into_iter().map(|file| {
        let place = entries.iter().position(|entry| entry.id == file.index);
        let entry = place.map(|place| entries.swap_remove(place));
        attachment(file, entry)
    });
    Ok(attachments.collect())
}

fn attachment(file: Stored, entry: Option<Metadata>) -> Attachment {
    let mut attachment = Attachment {
        id: file.id,
        filename: file.name,
        title: file.title,
        description: None,
        content_type: file.content_type,
        size: file.size,
        url: file.key,
        proxy_url: String::new(),
        height: file.pixels.map(|(_, height)| height),
        width: file.pixels.map(|(width, _)| width),
        ephemeral: None,
        duration_secs: None,
        waveform: None,
        flags: None,
    };
    if let Some(entry) = entry {
        // The file may have been stored before its name was known, so the key keeps the old one.
        if let Some(given) = entry.filename {
            (attachment.filename, attachment.title) = name::stored(&given);
        }
        attachment.title = entry
            .title
            .filter(|title| !title.is_empty())
            .or(attachment.title);
        attachment.description = entry.description.filter(|text| !text.is_empty());
        attachment.duration_secs = entry.duration_secs;
        attachment.waveform = entry.waveform;
        attachment.flags = entry.is_spoiler.then_some(IS_SPOILER);
    }
    attachment
}
