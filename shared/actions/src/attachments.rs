//! Receiving a message with its files.
//!
//! A file goes to its blob as it arrives, and a row in `pending_uploads` tells of it before its
//! first byte. The batch that writes the message claims its files; what no message claims is
//! removed, at once when the request fails and otherwise by [`sweep`].
//!
//! See [Discord Docs/Uploading Files](https://discord.com/developers/docs/reference#uploading-files).

mod file;
mod metadata;
mod name;

use model::attachment::Attachment;
use model::id::marker;
use model::permissions::bits::ATTACH_FILES;
use model::{Code, Id, Timestamp};
use runtime::access::InChannel;
use runtime::body::JSON_BYTES_MAX;
use runtime::extract::Extract;
use runtime::extract::multipart::{Multipart, Part};
use runtime::{Cx, Error, Request, Result};
use serde_json::{Map, Value};
use store::{Batch, Partition, pending_uploads};

pub use name::stored as stored_name;

/// Milliseconds after which an unclaimed file is removed.
const PENDING_MS_MAX: i64 = 60 * 60 * 1000;
/// Files that one sweep removes of each part of the channels.
pub const SWEEP_FILES_MAX: usize = 12;

/// What a request to write a message brought. Whoever gets it either [claims](Self::claim) the
/// files in the message's batch or [gives them up](Self::abort).
#[derive(Debug)]
pub struct Uploads {
    /// The message's fields, to be read as a form.
    pub payload: Value,
    /// The files, in the order they came.
    pub attachments: Vec<Attachment>,
    /// Where the files are, in the same order.
    keys: Vec<String>,
    /// The channel of the message.
    channel: Id<marker::Channel>,
}

/// Reads a request to write a message in `channel`, which is the caller's or a new thread of it: a
/// JSON body, or a multipart body whose files are stored under pending keys.
///
/// # Errors
/// [`Code::MissingPermissions`] for files of a caller who may not attach them,
/// [`Code::RequestTooLarge`] and [`Code::TooManyAttachments`] above the instance's limits,
/// [`Code::InvalidJson`], [`Code::BadRequest`] for a malformed body, and code 50035 for wrong
/// `attachments`. No file stays behind.
pub async fn receive<const P: u64>(
    cx: &Cx,
    caller: &InChannel<P>,
    channel: Id<marker::Channel>,
    request: &mut Request,
) -> Result<Uploads> {
    if request.content_type().as_deref() != Some("multipart/form-data") {
        return receive_json(channel, request).await;
    }
    let parts = Multipart::extract(cx, request).await?;
    let mut receiver = Receiver {
        cx,
        channel,
        may_attach: caller.require(ATTACH_FILES).is_ok(),
        files: Vec::new(),
        pending: Vec::new(),
    };
    match receiver.read(parts).await {
        Ok(uploads) => Ok(uploads),
        Err(error) => {
            give_up(cx, channel, receiver.pending).await;
            Err(error)
        }
    }
}

/// Removes files of a part of the channels that were uploaded an hour ago and that no message
/// claimed; returns how many. When there were [`SWEEP_FILES_MAX`], there may be more.
///
/// # Errors
/// The store's and the blob storage's own.
pub async fn sweep(cx: &Cx, partition: Partition) -> Result<usize> {
    let before = Timestamp::from_millis(cx.now().as_millis() - PENDING_MS_MAX);
    let keys = pending_uploads::before(before, SWEEP_FILES_MAX as u32);
    let keys = cx.read_messages(partition, keys).await?;
    remove(cx, partition, &keys).await?;
    Ok(keys.len())
}

impl Uploads {
    /// Makes the files part of the message that `batch` writes.
    pub fn claim(&self, batch: &mut Batch) {
        pending_uploads::claim(batch, &self.keys);
    }

    /// Removes the files of a message that was not written.
    pub async fn abort(self, cx: &Cx) {
        give_up(cx, self.channel, self.keys).await;
    }
}

async fn receive_json(channel: Id<marker::Channel>, request: &mut Request) -> Result<Uploads> {
    match request.content_type().as_deref() {
        None | Some("application/json") => {}
        Some(_) => return Err(Code::UnsupportedMediaType.into()),
    }
    let bytes = request.body.collect(JSON_BYTES_MAX).await?;
    Ok(Uploads {
        payload: parse(&bytes)?,
        attachments: Vec::new(),
        keys: Vec::new(),
        channel,
    })
}

/// A multipart body being read.
struct Receiver<'a> {
    cx: &'a Cx,
    channel: Id<marker::Channel>,
    may_attach: bool,
    files: Vec<file::Stored>,
    /// The keys of all files that were begun.
    pending: Vec<String>,
}

impl Receiver<'_> {
    async fn read(&mut self, mut parts: Multipart) -> Result<Uploads> {
        let mut payload = None;
        let mut form = Map::new();
        while let Some(part) = parts.next().await? {
            match (part.name(), part.file_name()) {
                ("payload_json", _) => payload = Some(parse(&part.bytes(JSON_BYTES_MAX).await?)?),
                (_, Some(name)) => self.store(part, name).await?,
                (name, None) => {
                    let name = name.to_owned();
                    form.insert(name, field(&part.bytes(JSON_BYTES_MAX).await?));
                }
            }
        }
        // Beside `payload_json`, form fields count for nothing.
        let payload = payload.unwrap_or(Value::Object(form));
        let files = std::mem::take(&mut self.files);
        Ok(Uploads {
            // A post in a forum has its message, and so what is said of its files, inside.
            attachments: metadata::describe(payload.get("message").unwrap_or(&payload), files)?,
            payload,
            keys: std::mem::take(&mut self.pending),
            channel: self.channel,
        })
    }

    async fn store(&mut self, part: Part<'_>, name: String) -> Result<()> {
        if !self.may_attach {
            return Err(Code::MissingPermissions.into());
        }
        let limits = &self.cx.config().limits;
        if self.pending.len() >= limits.attachments_per_message_max as usize {
            return Err(Code::TooManyAttachments.into());
        }
        let file = file::File::new(
            self.cx.id(),
            self.channel,
            part.name(),
            name,
            self.files.len(),
        );
        let mut batch = Batch::messages(self.channel);
        batch.push(pending_uploads::insert(
            &file.key,
            self.channel,
            self.cx.now(),
        ));
        self.cx.write(batch).await?;
        self.pending.push(file.key.clone());
        let stored = file
            .store(self.cx, part, limits.attachment_bytes_max)
            .await?;
        self.files.push(stored);
        Ok(())
    }
}

fn parse(bytes: &[u8]) -> Result<Value> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Object(Map::new()));
    }
    serde_json::from_slice(bytes).map_err(|_| Error::from(Code::InvalidJson))
}

/// A form field as the value that JSON would have had.
fn field(bytes: &[u8]) -> Value {
    match bytes {
        b"true" => Value::Bool(true),
        b"false" => Value::Bool(false),
        text => Value::String(String::from_utf8_lossy(text).into_owned()),
    }
}

/// Removes files whose request failed. What cannot be removed now is left to [`sweep`].
async fn give_up(cx: &Cx, channel: Id<marker::Channel>, keys: Vec<String>) {
    if let Err(error) = remove(cx, channel.into(), &keys).await {
        runtime::host::log_error(&format!("unclaimed files stay for the sweep: {error:?}"));
    }
}

async fn remove(cx: &Cx, partition: Partition, keys: &[String]) -> Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    for key in keys {
        cx.blobs().delete(key).await?;
    }
    let mut batch = Batch::messages(partition);
    batch.push(pending_uploads::delete(keys));
    cx.write(batch).await?;
    Ok(())
}

#[cfg(test)]
mod tests;
