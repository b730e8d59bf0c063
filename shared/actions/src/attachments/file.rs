//! One file on its way to its blob.

use std::ops::ControlFlow;

use bytes::{Bytes, BytesMut};
use futures_channel::mpsc;
use futures_util::{SinkExt, future};
use model::id::marker;
use model::{Code, Id};
use runtime::extract::multipart::Part;
use runtime::{BodyStream, Cx, Result};

use super::name;
use crate::images::Probe;

/// Bytes of a file's beginning by which its type is told.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// A file before its first byte.
#[derive(Debug)]
pub struct File {
    /// Where it goes.
    pub key: String,
    id: Id<marker::Attachment>,
    index: u64,
    name: String,
    title: Option<String>,
}

/// A file that is stored.
#[derive(Debug)]
pub struct Stored {
    /// Its id.
    pub id: Id<marker::Attachment>,
    /// Its number in the form: `3` for `files[3]`.
    pub index: u64,
    /// Where it is.
    pub key: String,
    /// The name in its key.
    pub name: String,
    /// What the name could not keep.
    pub title: Option<String>,
    /// Its media type, where it is known.
    pub content_type: Option<String>,
    /// Bytes.
    pub size: u64,
    /// Width and height in pixels, of an image as it is shown.
    pub pixels: Option<(u32, u32)>,
}

impl File {
    /// The file of a form's field; `place` is how many came before it.
    pub fn new(
        id: Id<marker::Attachment>,
        channel: Id<marker::Channel>,
        field: &str,
        name: String,
        place: usize,
    ) -> Self {
        let (name, title) = name::stored(&name);
        let digits = field.trim_end_matches(']');
        let digits = digits
            .rsplit(|c: char| !c.is_ascii_digit())
            .next()
            .unwrap_or_default();
        Self {
            key: format!("attachments/{channel}/{id}/{name}"),
            id,
            index: digits.parse().unwrap_or(place as u64),
            name,
            title,
        }
    }

    /// Stores the part's content, passing it on as it arrives.
    ///
    /// # Errors
    /// [`Code::RequestTooLarge`] above `bytes_max` bytes; the body's and the storage's own.
    pub async fn store(self, cx: &Cx, mut part: Part<'_>, bytes_max: u64) -> Result<Stored> {
        let declared = part.content_type().map(str::to_owned);
        let (head, ended) = read_head(&mut part).await?;
        if head.len() as u64 > bytes_max {
            return Err(Code::RequestTooLarge.into());
        }
        let mut probe = Probe::default();
        probe.feed(&head);
        let content_type = media_type(&self.name, declared, &head, &probe);
        let stored_type = content_type
            .as_deref()
            .unwrap_or("application/octet-stream");
        let size = match ended {
            true => {
                let size = head.len() as u64;
                cx.blobs()
                    .put(&self.key, stored_type, BodyStream::Full(head))
                    .await?;
                size
            }
            false => {
                let rest = Rest {
                    part,
                    bytes_max,
                    probe: &mut probe,
                };
                stream(cx, &self.key, stored_type, head, rest).await?
            }
        };
        Ok(Stored {
            id: self.id,
            index: self.index,
            key: self.key,
            name: self.name,
            title: self.title,
            content_type,
            size,
            pixels: probe.pixels(),
        })
    }
}

/// The content's beginning, and whether that is all of it.
async fn read_head(part: &mut Part<'_>) -> Result<(Bytes, bool)> {
    let mut head = BytesMut::new();
    while head.len() < HEAD_BYTES_MAX {
        match part.chunk().await? {
            Some(bytes) => head.extend_from_slice(&bytes),
            None => return Ok((head.freeze(), true)),
        }
    }
    Ok((head.freeze(), false))
}

/// Reads the body and writes the blob side by side, one piece ahead; returns the file's bytes.
async fn stream(
    cx: &Cx,
    key: &str,
    content_type: &str,
    head: Bytes,
    mut rest: Rest<'_, '_>,
) -> Result<u64> {
    let (mut pieces, body) = mpsc::channel(0);
    let blobs = cx.blobs();
    let written = blobs.put(key, content_type, BodyStream::parts(body, None));
    let read = async {
        let mut size = 0;
        let mut next = Ok(ControlFlow::Continue(head));
        loop {
            match next {
                Ok(ControlFlow::Continue(bytes)) => {
                    size += bytes.len() as u64;
                    if pieces.send(Ok(bytes)).await.is_err() {
                        // The storage stopped reading, and its answer tells why.
                        return Ok(None);
                    }
                }
                Ok(ControlFlow::Break(())) => {
                    pieces.disconnect();
                    return Ok(Some(size));
                }
                Err(error) => {
                    // A body that breaks off is no blob.
                    let _ = pieces
                        .send(Err(anyhow::anyhow!("the upload broke off")))
                        .await;
                    return Err(error);
                }
            }
            next = rest.next(size).await;
        }
    };
    match future::join(written, read).await {
        (_, Err(error)) => Err(error),
        (Err(error), _) => Err(error),
        (Ok(()), Ok(Some(size))) => Ok(size),
        (Ok(()), Ok(None)) => Err(anyhow::anyhow!("blob storage: {key} was not read whole").into()),
    }
}

/// What follows a file's beginning.
struct Rest<'a, 'p> {
    part: Part<'p>,
    /// Bytes of the whole file.
    bytes_max: u64,
    probe: &'a mut Probe,
}

impl Rest<'_, '_> {
    /// The next piece, after `size` bytes.
    async fn next(&mut self, size: u64) -> Result<ControlFlow<(), Bytes>> {
        let Some(bytes) = self.part.chunk().await? else {
            return Ok(ControlFlow::Break(()));
        };
        if size + bytes.len() as u64 > self.bytes_max {
            return Err(Code::RequestTooLarge.into());
        }
        self.probe.feed(&bytes);
        Ok(ControlFlow::Continue(bytes))
    }
}

/// The media type: by the name's ending, else as the sender declared it, else as an image looks.
fn media_type(name: &str, declared: Option<String>, head: &[u8], probe: &Probe) -> Option<String> {
    let guessed = mime_guess::from_path(name).first_raw().map(str::to_owned);
    let declared = declared.filter(|declared| declared != "application/octet-stream");
    let mime = guessed
        .or(declared)
        .or_else(|| probe.kind().map(|kind| kind.media_type().to_owned()))?;
    let plain_text = mime.starts_with("text/") && !mime.contains(';');
    // A head that ends within a character is text all the same.
    let utf8 = std::str::from_utf8(head).map_or_else(|e| e.error_len().is_none(), |_| true);
    Some(if plain_text && utf8 {
        mime + "; charset=utf-8"
    } else {
        mime
    })
}
