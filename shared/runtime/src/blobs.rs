//! Blobs: files of messages, avatars, icons and everything else that no database should hold.
//!
//! A host answers `http://blobs.internal/{key}` in a small part of S3's dialect: `PUT`, `GET` with
//! `Range` and the conditional headers, and `DELETE`, which removes all that is below a key when a
//! slash follows it. A blob is complete or not there, and has an `ETag` and the content type it was
//! put with.

use http::{HeaderMap, Method, header};
use model::Code;

pub use crate::blob_requests::{ORIGIN, is_key, range};
use crate::{BodyStream, Cx, Response, Result};

/// What a reader's request may ask of the blob storage: which part, and only if it changed.
const ASKED: [header::HeaderName; 3] = [header::RANGE, header::IF_RANGE, header::IF_NONE_MATCH];

/// The instance's blobs. A function that uses them declares `uses blobs`, `uses images` or
/// `uses decoding`.
#[derive(Debug, Clone, Copy)]
pub struct Blobs<'a> {
    cx: &'a Cx,
}

impl Cx {
    /// The instance's blobs.
    pub fn blobs(&self) -> Blobs<'_> {
        Blobs { cx: self }
    }
}

impl Blobs<'_> {
    /// Stores `body` under `key` in place of what was there. It is passed on as it arrives, with
    /// its length where that is known.
    ///
    /// # Errors
    /// [`Code::ServiceUnavailable`] when there is no space; an internal error when the key is none,
    /// the body breaks off or the storage fails. Nothing is stored then.
    pub async fn put(&self, key: &str, content_type: &str, body: BodyStream) -> Result<()> {
        let mut headers = HeaderMap::new();
        let content_type = content_type.parse().map_err(anyhow::Error::from)?;
        headers.insert(header::CONTENT_TYPE, content_type);
        if let Some(length) = body.length() {
            headers.insert(header::CONTENT_LENGTH, length.into());
        }
        let answer = self.send(Method::PUT, key, headers, body).await?;
        succeeded(&answer, "PUT", key)
    }

    /// The blob as a stream, or the part of it that the headers of a reader's request ask for:
    /// `Range`, `If-Range` and `If-None-Match` count. The answer is 200, 206, 304 or 416.
    ///
    /// # Errors
    /// [`Code::NotFound`] when there is none; the storage's own.
    pub async fn get(&self, key: &str, asked: &HeaderMap) -> Result<Response> {
        if !is_key(key) {
            return Err(Code::NotFound.into());
        }
        let mut headers = HeaderMap::new();
        for name in ASKED {
            if let Some(value) = asked.get(&name) {
                headers.insert(name, value.clone());
            }
        }
        let answer = self
            .send(Method::GET, key, headers, BodyStream::empty())
            .await?;
        let refused = says(&answer, Code::RangeNotSatisfiable);
        if says(&answer, Code::NotFound) {
            return Err(Code::NotFound.into());
        }
        // A redirection is "not modified": a storage has no other.
        if !refused && !answer.status().is_redirection() {
            succeeded(&answer, "GET", key)?;
        }
        Ok(answer)
    }

    /// Removes a blob; one that is not there is removed already.
    ///
    /// # Errors
    /// The storage's own.
    pub async fn delete(&self, key: &str) -> Result<()> {
        self.send_delete(key).await
    }

    /// Removes all blobs below a key, if there are any, and not the one that has it.
    ///
    /// # Errors
    /// The storage's own.
    pub async fn delete_below(&self, key: &str) -> Result<()> {
        self.send_delete(&format!("{key}/")).await
    }

    async fn send_delete(&self, key: &str) -> Result<()> {
        let body = BodyStream::empty();
        let answer = self.send(Method::DELETE, key, HeaderMap::new(), body);
        let answer = answer.await?;
        if says(&answer, Code::NotFound) {
            return Ok(());
        }
        succeeded(&answer, "DELETE", key)
    }

    async fn send(
        &self,
        method: Method,
        key: &str,
        headers: HeaderMap,
        body: BodyStream,
    ) -> Result<Response> {
        if !is_key(key.strip_suffix('/').unwrap_or(key)) {
            return Err(anyhow::anyhow!("{key:?} is no key of a blob").into());
        }
        let request = http::Request::builder()
            .method(method)
            .uri(format!("{ORIGIN}/{key}"));
        let mut request = request.body(body).map_err(anyhow::Error::from)?;
        *request.headers_mut() = headers;
        self.cx.fetch(request).await
    }
}

fn says(answer: &Response, code: Code) -> bool {
    answer.status().as_u16() == code.status()
}

fn succeeded(answer: &Response, what: &str, key: &str) -> Result<()> {
    if answer.status().is_success() {
        return Ok(());
    }
    if says(answer, Code::ServiceUnavailable) {
        return Err(Code::ServiceUnavailable.into());
    }
    Err(anyhow::anyhow!("blob storage: {what} {key}: {}", answer.status()).into())
}
