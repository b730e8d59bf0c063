//! Blobs in a folder, answered to functions at `http://blobs.internal/{key}`.
//!
//! The dialect is a small part of S3's: `PUT`, `GET` with `Range`, `HEAD` and `DELETE`, which
//! removes all that is below a key when a slash follows it. A blob is
//! complete or not there: it is written beside its place and moved when it is on disk.

mod file;
mod key;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::stream;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use runtime::blobs::range::{Requested, requested};
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use wasmtime_wasi_http::Error;

use crate::body::{Body, empty};
use file::{Blob, Failure, Folder};

pub use file::files;

/// Bytes that are read from disk at once.
const PIECE_BYTES: usize = 64 * 1024;

/// The folder. Clones share it.
#[derive(Debug, Clone)]
pub struct Blobs(Arc<Folder>);

impl Blobs {
    /// Opens the folder at `path`, made when it is missing, and removes what an earlier process
    /// left unfinished.
    ///
    /// # Errors
    /// When it cannot be made or written.
    pub fn open(path: &Path) -> std::io::Result<Self> {
        Folder::open(path).map(|folder| Self(Arc::new(folder)))
    }

    /// The folder at `path` for reading alone, while another process may write to it.
    pub fn reading(path: &Path) -> Self {
        Self(Arc::new(Folder::reading(path)))
    }

    /// Whether a blob can be written now.
    ///
    /// # Errors
    /// Why not.
    pub async fn check(&self) -> std::io::Result<()> {
        self.0.check().await
    }

    /// A blob's type and content; nothing if there is none.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn content(&self, key: &str) -> std::io::Result<Option<(HeaderValue, Body)>> {
        match self.0.read(&file_of(key)?).await {
            Ok(blob) => {
                let (content_type, bytes) = (blob.content_type.clone(), blob.length);
                Ok(Some((content_type, pieces(blob, 0, bytes))))
            }
            Err(Failure::Missing) => Ok(None),
            Err(failure) => Err(failure.into()),
        }
    }

    /// Writes a blob, unless there is one with this key.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn keep(
        &self,
        key: &str,
        content_type: HeaderValue,
        content: Body,
    ) -> std::io::Result<()> {
        let file = file_of(key)?;
        match self.0.read(&file).await {
            Err(Failure::Missing) => self.0.write(&file, content_type, content).await.map(drop)?,
            found => drop(found?),
        }
        Ok(())
    }

    /// Answers one request of a function.
    pub async fn answer(&self, request: Request<Body>) -> Response<Body> {
        self.dispatch(request).await.unwrap_or_else(|failure| {
            let status = match failure {
                Failure::BadKey => StatusCode::BAD_REQUEST,
                Failure::Missing => StatusCode::NOT_FOUND,
                Failure::Interrupted => StatusCode::BAD_REQUEST,
                Failure::Disk(error) => {
                    tracing::error!("blob storage: {error}");
                    StatusCode::SERVICE_UNAVAILABLE
                }
            };
            status_only(status)
        })
    }

    async fn dispatch(&self, request: Request<Body>) -> Result<Response<Body>, Failure> {
        let (head, body) = request.into_parts();
        if let Some(folder) = key::folder_path(head.uri.path()) {
            if head.method != Method::DELETE {
                return Ok(status_only(StatusCode::METHOD_NOT_ALLOWED));
            }
            self.0.remove_below(&folder).await?;
            return Ok(status_only(StatusCode::NO_CONTENT));
        }
        let key = key::file_path(head.uri.path()).ok_or(Failure::BadKey)?;
        match head.method {
            Method::PUT => {
                let tag = self
                    .0
                    .write(&key, content_type(&head.headers), body)
                    .await?;
                let mut response = status_only(StatusCode::CREATED);
                response.headers_mut().insert(header::ETAG, tag);
                Ok(response)
            }
            Method::GET => Ok(read(self.0.read(&key).await?, &head.headers, true)),
            Method::HEAD => Ok(read(self.0.read(&key).await?, &head.headers, false)),
            Method::DELETE => {
                self.0.remove(&key).await?;
                Ok(status_only(StatusCode::NO_CONTENT))
            }
            _ => Ok(status_only(StatusCode::METHOD_NOT_ALLOWED)),
        }
    }
}

fn file_of(key: &str) -> std::io::Result<PathBuf> {
    key::file_path(&format!("/{key}")).ok_or_else(|| Failure::BadKey.into())
}

fn content_type(headers: &HeaderMap) -> HeaderValue {
    let unknown = HeaderValue::from_static("application/octet-stream");
    headers
        .get(header::CONTENT_TYPE)
        .cloned()
        .unwrap_or(unknown)
}

fn status_only(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(empty());
    *response.status_mut() = status;
    response
}

fn read(blob: Blob, asked: &HeaderMap, with_body: bool) -> Response<Body> {
    let mut response = Response::new(empty());
    let length = blob.length;
    let headers = response.headers_mut();
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CONTENT_TYPE, blob.content_type.clone());
    headers.insert(header::ETAG, blob.tag.clone());
    if asked.get(header::IF_NONE_MATCH) == Some(&blob.tag) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    let (first, bytes) = match requested(asked, &blob.tag, length) {
        Requested::Whole => (0, length),
        Requested::Part { first, bytes } => {
            let range = format!("bytes {first}-{}/{length}", first + bytes - 1);
            insert(response.headers_mut(), header::CONTENT_RANGE, &range);
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            (first, bytes)
        }
        Requested::Impossible => {
            insert(
                response.headers_mut(),
                header::CONTENT_RANGE,
                &format!("bytes */{length}"),
            );
            *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
            return response;
        }
    };
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, HeaderValue::from(bytes));
    if with_body && bytes > 0 {
        *response.body_mut() = pieces(blob, first, bytes);
    }
    response
}

fn insert(headers: &mut HeaderMap, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// The bytes of a blob, read as they are asked for.
fn pieces(blob: Blob, first: u64, bytes: u64) -> Body {
    let start = (blob.file, Some(first), bytes);
    let pieces = stream::try_unfold(start, |(mut file, seek, left)| async move {
        if let Some(first) = seek {
            file.seek(std::io::SeekFrom::Start(first))
                .await
                .map_err(broken)?;
        }
        if left == 0 {
            return Ok(None);
        }
        let piece = usize::try_from(left)
            .unwrap_or(PIECE_BYTES)
            .min(PIECE_BYTES);
        let mut buffer = vec![0; piece];
        let read = file.read_exact(&mut buffer).await.map_err(broken)?;
        let next = (file, None, left - read as u64);
        Ok(Some((Frame::data(buffer.into()), next)))
    });
    StreamBody::new(pieces).boxed_unsync()
}

fn broken(error: std::io::Error) -> Error {
    tracing::error!("blob storage: {error}");
    Error::InternalError(None)
}

#[cfg(test)]
mod tests;
