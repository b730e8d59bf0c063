//! Multipart bodies, read part by part as they arrive.
//!
//! No more of the body is taken in than the part at hand needs: neither a large file nor headers
//! without an end fill the memory.
//!
//! See [Discord Docs/Uploading Files](https://discord.com/developers/docs/reference#uploading-files).

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use futures_util::Stream;
use http::header;
use model::Code;
use send_wrapper::SendWrapper;

use super::Extract;
use crate::{BodyStream, Cx, Error, Request, Result};

/// Parts of one body: files, `payload_json` and what old libraries send beside it.
const PARTS_MAX: usize = 64;
/// Bytes that may come between the content of two parts: the boundary and a part's headers.
const HEADER_BYTES_MAX: usize = 16 * 1024;
/// Bytes that are looked at together.
const PIECE_BYTES: usize = 64 * 1024;
/// Bytes of a body's form fields, beyond the files that the instance allows.
const FORM_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// A body of type `multipart/form-data`.
#[derive(Debug)]
pub struct Multipart {
    parts: multer::Multipart<'static>,
    allowance: Allowance,
    seen: usize,
}

/// One part of a body. Reading it is reading the body, so there is one at a time.
#[derive(Debug)]
pub struct Part<'a> {
    field: multer::Field<'static>,
    body: &'a Multipart,
}

/// How many bytes of the body may be taken in before the reader makes progress.
type Allowance = Arc<AtomicUsize>;

impl Extract for Multipart {
    async fn extract(cx: &Cx, request: &mut Request) -> Result<Self> {
        let limits = &cx.config().limits;
        let files = u64::from(limits.attachments_per_message_max);
        let bytes_max = limits.attachment_bytes_max.saturating_mul(files);
        Self::of(request, bytes_max.saturating_add(FORM_BYTES_MAX))
    }

    /// Handlers take [`super::WithFiles`], which knows the parts.
    #[cfg(not(target_family = "wasm"))]
    fn describe(_: &mut crate::described::Described<'_>) {}
}

impl Multipart {
    /// The body of `request`, which is left empty.
    ///
    /// # Errors
    /// [`Code::UnsupportedMediaType`] when it is not multipart, [`Code::BadRequest`] when it does
    /// not say where its parts end, [`Code::RequestTooLarge`] when it declares more than
    /// `bytes_max` bytes.
    pub fn of(request: &mut Request, bytes_max: u64) -> Result<Self> {
        let content_type = request.header(header::CONTENT_TYPE.as_str());
        let content_type = content_type.ok_or(Code::UnsupportedMediaType)?;
        let boundary = multer::parse_boundary(content_type).map_err(|error| match error {
            multer::Error::NoMultipart => Error::from(Code::UnsupportedMediaType),
            _ => Code::BadRequest.into(),
        })?;
        let body = std::mem::replace(&mut request.body, BodyStream::empty());
        if body.length().is_some_and(|length| length > bytes_max) {
            return Err(Code::RequestTooLarge.into());
        }
        let limits = multer::SizeLimit::new().whole_stream(bytes_max);
        let constraints = multer::Constraints::new().size_limit(limits);
        let allowance = Allowance::default();
        let pieces = Pieces::of(body, Arc::clone(&allowance));
        Ok(Self {
            parts: multer::Multipart::with_constraints(pieces, boundary, constraints),
            allowance,
            seen: 0,
        })
    }

    /// The next part; `None` after the last. The one before must have been read to its end: much
    /// content that is passed over counts as headers without an end.
    ///
    /// # Errors
    /// [`Code::BadRequest`] for a body that is malformed or stops early, [`Code::RequestTooLarge`]
    /// for one with too many bytes or parts.
    pub async fn next(&mut self) -> Result<Option<Part<'_>>> {
        self.allow(HEADER_BYTES_MAX);
        let Some(field) = self.parts.next_field().await.map_err(complaint)? else {
            return Ok(None);
        };
        self.seen += 1;
        if self.seen > PARTS_MAX {
            return Err(Code::RequestTooLarge.into());
        }
        Ok(Some(Part { field, body: self }))
    }

    fn allow(&self, bytes: usize) {
        self.allowance.store(bytes, Ordering::Relaxed);
    }
}

impl Part<'_> {
    /// The form field's name; empty when it has none.
    pub fn name(&self) -> &str {
        self.field.name().unwrap_or_default()
    }

    /// The name of the file, as the sender gave it. Anything can be in it.
    pub fn file_name(&self) -> Option<String> {
        let plain = self.field.file_name().map(str::to_owned);
        plain.or_else(|| {
            let disposition = self.field.headers().get(header::CONTENT_DISPOSITION)?;
            extended_file_name(&String::from_utf8_lossy(disposition.as_bytes()))
        })
    }

    /// The content type that the sender gave the part.
    pub fn content_type(&self) -> Option<&str> {
        self.field.content_type().map(AsRef::as_ref)
    }

    /// The next bytes of the content; `None` at its end.
    ///
    /// # Errors
    /// As those of [`Multipart::next`].
    pub async fn chunk(&mut self) -> Result<Option<Bytes>> {
        loop {
            self.body.allow(PIECE_BYTES);
            match self.field.chunk().await.map_err(complaint)? {
                Some(bytes) if bytes.is_empty() => {}
                bytes => return Ok(bytes),
            }
        }
    }

    /// The whole content of a form field.
    ///
    /// # Errors
    /// [`Code::RequestTooLarge`] above `max` bytes; as those of [`Multipart::next`].
    pub async fn bytes(mut self, max: usize) -> Result<Bytes> {
        let mut whole = BytesMut::new();
        while let Some(bytes) = self.chunk().await? {
            if whole.len() + bytes.len() > max {
                return Err(Code::RequestTooLarge.into());
            }
            whole.extend_from_slice(&bytes);
        }
        Ok(whole.freeze())
    }
}

fn complaint(error: multer::Error) -> Error {
    match error {
        multer::Error::StreamSizeExceeded { .. } => Code::RequestTooLarge.into(),
        _ => Code::BadRequest.into(),
    }
}

/// The file name of `filename*=UTF-8''…`, which some libraries write where it is not ASCII.
///
/// See [RFC 8187](https://www.rfc-editor.org/rfc/rfc8187).
fn extended_file_name(disposition: &str) -> Option<String> {
    let mut attributes = disposition.split(';').map(str::trim);
    let value = attributes.find_map(|attribute| {
        let (name, value) = attribute.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("filename*")
            .then_some(value.trim())
    })?;
    let (charset, rest) = value.split_once('\'')?;
    let (_language, text) = rest.split_once('\'')?;
    let decoded = percent_encoding::percent_decode_str(text);
    charset
        .eq_ignore_ascii_case("utf-8")
        .then(|| decoded.decode_utf8_lossy().into_owned())
}

/// A body in small pieces, of which the parser gets one at a time: it would otherwise take in all
/// that has arrived before it looks at any of it.
struct Pieces {
    // The parser wants a stream that may change threads. Functions have one.
    stream: SendWrapper<Pin<Box<dyn Stream<Item = anyhow::Result<Bytes>>>>>,
    left: Bytes,
    given: bool,
    allowance: Allowance,
}

impl Pieces {
    fn of(body: BodyStream, allowance: Allowance) -> Self {
        Self {
            stream: SendWrapper::new(body.into_stream()),
            left: Bytes::new(),
            given: false,
            allowance,
        }
    }

    fn piece(&mut self) -> anyhow::Result<Bytes> {
        let bytes = self.left.len().min(PIECE_BYTES);
        // One piece may go beyond what is allowed: the bound is for what never ends.
        let allowed = self.allowance.load(Ordering::Relaxed);
        anyhow::ensure!(allowed > 0, "a part's headers have no end");
        self.allowance
            .store(allowed.saturating_sub(bytes), Ordering::Relaxed);
        self.given = true;
        Ok(self.left.split_to(bytes))
    }
}

impl Stream for Pieces {
    type Item = anyhow::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if std::mem::take(&mut self.given) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        while self.left.is_empty() {
            match self.stream.as_mut().poll_next(cx) {
                Poll::Ready(Some(Ok(bytes))) => self.left = bytes,
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(Some(self.piece()))
    }
}
