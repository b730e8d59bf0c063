//! Requests, answers and their bodies, between the platform's types and ours.

use anyhow::anyhow;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use http::{HeaderMap, Method, header};
use worker::{Body, FixedLengthStream, RequestInit};

use super::{fault, headers};
use crate::{BodyStream, Response};

/// A request of the platform as functions take it.
pub fn request(request: worker::Request) -> anyhow::Result<http::Request<BodyStream>> {
    let request = http::Request::<Body>::try_from(request).map_err(fault)?;
    let length = length_of(request.headers());
    let bodyless = matches!(*request.method(), Method::GET | Method::HEAD) && length.is_none();
    Ok(request.map(|body| match length {
        Some(0) => BodyStream::empty(),
        None if bodyless => BodyStream::empty(),
        length => incoming(body, length),
    }))
}

/// A request of the platform without its body, which stays where it is.
pub fn head(request: &worker::Request) -> anyhow::Result<http::Request<BodyStream>> {
    let method = request.method();
    let mut head = http::Request::builder()
        .method(method.as_ref())
        // To have it parsed as a `Url` would take 90 KB of code.
        .uri(request.inner().url())
        .body(BodyStream::empty())?;
    *head.headers_mut() = request.headers().into();
    Ok(head)
}

/// An answer of the platform as functions take it.
pub fn response(response: worker::Response) -> anyhow::Result<Response> {
    let response = http::Response::<Body>::try_from(response).map_err(fault)?;
    let length = length_of(response.headers());
    Ok(response.map(|body| incoming(body, length)))
}

/// A request that a function sends.
pub fn to_worker(request: http::Request<BodyStream>) -> anyhow::Result<worker::Request> {
    let (parts, body) = request.into_parts();
    let mut init = RequestInit::new();
    init.with_method(parts.method.as_str().to_owned().into());
    init.with_headers(headers(&parts.headers)?);
    match body {
        BodyStream::Full(bytes) if bytes.is_empty() => {}
        BodyStream::Full(bytes) => {
            let bytes = js_sys::Uint8Array::from(&bytes[..]);
            init.with_body(Some(bytes.into()));
        }
        BodyStream::Parts { stream, .. } => {
            let body = Body::from_stream(stream.map(to_vec)).map_err(fault)?;
            init.with_body(body.into_inner().map(Into::into));
        }
    }
    worker::Request::new_with_init(&parts.uri.to_string(), &init).map_err(fault)
}

/// An answer of a function. Its length is told to the platform wherever it is known.
pub fn to_worker_response(response: Response) -> worker::Result<worker::Response> {
    let (parts, body) = response.into_parts();
    let headers = headers(&parts.headers).map_err(|error| error.to_string())?;
    let builder = worker::Response::builder()
        .with_status(parts.status.as_u16())
        .with_headers(headers);
    // Answers with these statuses may not have even an empty body.
    if parts.status.is_informational() || matches!(parts.status.as_u16(), 204 | 205 | 304) {
        return Ok(builder.empty());
    }
    match body {
        BodyStream::Full(bytes) => Ok(builder.fixed(bytes.into())),
        BodyStream::Parts {
            stream,
            length: Some(length),
        } => {
            let stream = FixedLengthStream::wrap(stream.map(to_vec), length);
            let stream = worker::worker_sys::FixedLengthStream::from(stream);
            Ok(builder.stream(stream.readable()))
        }
        BodyStream::Parts { stream, .. } => builder.from_stream(stream.map(to_vec)),
    }
}

/// A body that arrives as it is asked for.
pub fn incoming(
    body: impl Stream<Item = worker::Result<Bytes>> + 'static,
    length: Option<u64>,
) -> BodyStream {
    BodyStream::parts(
        body.map(|part| part.map_err(|error| anyhow!("{error}"))),
        length,
    )
}

/// A part as the platform's streams take it.
pub fn to_vec(part: anyhow::Result<Bytes>) -> worker::Result<Vec<u8>> {
    part.map(Into::into)
        .map_err(|error| worker::Error::RustError(error.to_string()))
}

fn length_of(headers: &HeaderMap) -> Option<u64> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}
