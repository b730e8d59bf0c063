//! Blobs in memory.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use model::Code;

use super::block_on;
use crate::blob_requests::range::{Requested, requested};
use crate::{BodyStream, Response};

/// The tag of every blob: none changes in a test.
const TAG: HeaderValue = HeaderValue::from_static("\"tag\"");
/// Statuses of answers that are no errors.
const NOT_MODIFIED: u16 = 304;
const PARTIAL_CONTENT: u16 = 206;

/// Every blob's headers and content by its key.
#[derive(Default)]
pub struct Blobs(Mutex<BTreeMap<String, (HeaderMap, Bytes)>>);

impl Blobs {
    /// What the blob storage answers.
    ///
    /// # Errors
    /// When the request is to another host, or its body breaks off.
    pub fn answer(&self, request: http::Request<BodyStream>) -> anyhow::Result<Response> {
        anyhow::ensure!(
            request.uri().host() == Some("blobs.internal"),
            "{} cannot be reached in a test",
            request.uri()
        );
        let key = request.uri().path().trim_start_matches('/').to_owned();
        let (parts, mut body) = request.into_parts();
        let mut answer = Response::new(BodyStream::empty());
        match parts.method {
            Method::PUT => {
                let bytes = block_on(body.collect(usize::MAX));
                let bytes = bytes.map_err(|error| anyhow::anyhow!("{error:?}"))?;
                self.all().insert(key, (parts.headers, bytes));
            }
            Method::DELETE if key.ends_with('/') => {
                self.all().retain(|other, _| !other.starts_with(&key));
            }
            Method::DELETE => drop(self.all().remove(&key)),
            _ => match self.all().get(&key) {
                Some((stored, bytes)) => read(&mut answer, stored, bytes, &parts.headers)?,
                None => *answer.status_mut() = Code::NotFound.status().try_into()?,
            },
        }
        Ok(answer)
    }

    /// The keys, in order.
    pub fn keys(&self) -> Vec<String> {
        self.all().keys().cloned().collect()
    }

    /// The content of one.
    pub fn get(&self, key: &str) -> Option<Bytes> {
        self.all().get(key).map(|(_, bytes)| bytes.clone())
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<String, (HeaderMap, Bytes)>> {
        self.0.lock().expect("no panic while held")
    }
}

/// Answers with a blob, or with the part of it that `Range` names.
fn read(
    answer: &mut Response,
    stored: &HeaderMap,
    bytes: &Bytes,
    asked: &HeaderMap,
) -> anyhow::Result<()> {
    if asked.get(header::IF_NONE_MATCH) == Some(&TAG) {
        *answer.status_mut() = NOT_MODIFIED.try_into()?;
        return Ok(());
    }
    let body = match requested(asked, &TAG, bytes.len() as u64) {
        Requested::Part {
            first,
            bytes: length,
        } => {
            *answer.status_mut() = PARTIAL_CONTENT.try_into()?;
            bytes.slice(first as usize..(first + length) as usize)
        }
        Requested::Impossible => {
            *answer.status_mut() = Code::RangeNotSatisfiable.status().try_into()?;
            return Ok(());
        }
        Requested::Whole => bytes.clone(),
    };
    *answer.body_mut() = BodyStream::Full(body);
    answer.headers_mut().insert(header::ETAG, TAG);
    if let Some(mime) = stored.get(header::CONTENT_TYPE) {
        answer
            .headers_mut()
            .insert(header::CONTENT_TYPE, mime.clone());
    }
    Ok(())
}
