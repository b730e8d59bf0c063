//! Blobs in R2, answered in the dialect of [`crate::blobs`].

use bytes::BytesMut;
use futures_util::StreamExt;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, StatusCode};
use worker::{Bucket, Data, FixedLengthStream, HttpMetadata, Object, Range};

use super::body::{incoming, to_vec};
use super::fault;
use crate::blob_requests::is_key;
use crate::blob_requests::range::{Requested, requested};
use crate::{BodyStream, Response};

/// Bytes of a part of an upload whose length nobody knows: the least that R2 takes.
const PART_BYTES: usize = 5 * 1024 * 1024;

/// Answers one request of a function.
pub async fn answer(bucket: &Bucket, request: Request<BodyStream>) -> anyhow::Result<Response> {
    let (head, body) = request.into_parts();
    let key = head.uri.path().trim_start_matches('/');
    let folder = key.strip_suffix('/');
    if !is_key(folder.unwrap_or(key)) {
        return Ok(empty(StatusCode::BAD_REQUEST));
    }
    match head.method {
        Method::DELETE if folder.is_some() => delete_below(bucket, key).await,
        _ if folder.is_some() => Ok(empty(StatusCode::METHOD_NOT_ALLOWED)),
        Method::PUT => put(bucket, key, &head.headers, body).await,
        Method::GET => get(bucket, key, &head.headers).await,
        Method::DELETE => {
            bucket.delete(key).await.map_err(fault)?;
            Ok(empty(StatusCode::NO_CONTENT))
        }
        _ => Ok(empty(StatusCode::METHOD_NOT_ALLOWED)),
    }
}

/// Removes what is below a folder: R2 lists and removes a thousand at once.
async fn delete_below(bucket: &Bucket, folder: &str) -> anyhow::Result<Response> {
    loop {
        let found = bucket.list().prefix(folder).execute().await;
        let found = found.map_err(fault)?;
        let keys: Vec<_> = found.objects().iter().map(Object::key).collect();
        if !keys.is_empty() {
            bucket.delete_multiple(keys).await.map_err(fault)?;
        }
        if !found.truncated() {
            return Ok(empty(StatusCode::NO_CONTENT));
        }
    }
}

async fn put(
    bucket: &Bucket,
    key: &str,
    headers: &HeaderMap,
    body: BodyStream,
) -> anyhow::Result<Response> {
    let content_type = headers.get(header::CONTENT_TYPE);
    let metadata = HttpMetadata {
        content_type: content_type.and_then(|it| Some(it.to_str().ok()?.to_owned())),
        ..HttpMetadata::default()
    };
    let data = match body {
        BodyStream::Full(bytes) => Data::Bytes(bytes.into()),
        BodyStream::Parts {
            stream,
            length: Some(length),
        } => Data::Stream(FixedLengthStream::wrap(stream.map(to_vec), length)),
        BodyStream::Parts { stream, .. } => {
            return put_parts(bucket, key, metadata, stream).await;
        }
    };
    let put = bucket.put(key, data).http_metadata(metadata);
    put.execute().await.map_err(fault)?;
    Ok(empty(StatusCode::CREATED))
}

/// Stores a body whose length is not known: in equal parts, unless one holds it all.
async fn put_parts(
    bucket: &Bucket,
    key: &str,
    metadata: HttpMetadata,
    mut stream: impl StreamExt<Item = anyhow::Result<bytes::Bytes>> + Unpin,
) -> anyhow::Result<Response> {
    let mut left = BytesMut::new();
    let first = part(&mut stream, &mut left).await?;
    if first.len() < PART_BYTES {
        let put = bucket.put(key, Data::Bytes(first)).http_metadata(metadata);
        put.execute().await.map_err(fault)?;
        return Ok(empty(StatusCode::CREATED));
    }
    let upload = bucket.create_multipart_upload(key).http_metadata(metadata);
    let upload = upload.execute().await.map_err(fault)?;
    let mut done = Vec::new();
    let mut next = Ok(first);
    let failure = loop {
        match next {
            Ok(bytes) if bytes.is_empty() => break None,
            Ok(bytes) => match upload.upload_part(done.len() as u16 + 1, bytes).await {
                Ok(part) => done.push(part),
                Err(error) => break Some(fault(error)),
            },
            Err(error) => break Some(error),
        }
        next = part(&mut stream, &mut left).await;
    };
    if let Some(error) = failure {
        // R2 forgets an upload that was not completed after a week, should this fail too.
        let _ = upload.abort().await;
        return Err(error);
    }
    upload.complete(done).await.map_err(fault)?;
    Ok(empty(StatusCode::CREATED))
}

/// The next bytes, as many as a part has unless the body ends. `left` keeps what is too much.
async fn part(
    stream: &mut (impl StreamExt<Item = anyhow::Result<bytes::Bytes>> + Unpin),
    left: &mut BytesMut,
) -> anyhow::Result<Vec<u8>> {
    while left.len() < PART_BYTES {
        match stream.next().await {
            Some(bytes) => left.extend_from_slice(&bytes?),
            None => break,
        }
    }
    Ok(left.split_to(left.len().min(PART_BYTES)).to_vec())
}

async fn get(bucket: &Bucket, key: &str, asked: &HeaderMap) -> anyhow::Result<Response> {
    if !asked.contains_key(header::RANGE) {
        let object = bucket.get(key).execute().await.map_err(fault)?;
        let Some(object) = object else {
            return Ok(empty(StatusCode::NOT_FOUND));
        };
        return whole(&object, asked);
    }
    // What a range means depends on the length and on the tag.
    let Some(known) = bucket.head(key).await.map_err(fault)? else {
        return Ok(empty(StatusCode::NOT_FOUND));
    };
    let (length, tag) = (known.size(), HeaderValue::try_from(known.http_etag())?);
    match requested(asked, &tag, length) {
        Requested::Whole => {
            let object = bucket.get(key).execute().await.map_err(fault)?;
            match object {
                Some(object) => whole(&object, asked),
                None => Ok(empty(StatusCode::NOT_FOUND)),
            }
        }
        Requested::Impossible => {
            let mut response = empty(StatusCode::RANGE_NOT_SATISFIABLE);
            insert(
                &mut response,
                header::CONTENT_RANGE,
                &format!("bytes */{length}"),
            )?;
            Ok(response)
        }
        Requested::Part { first, bytes } => {
            let range = Range::OffsetWithLength {
                offset: first,
                length: bytes,
            };
            let object = bucket
                .get(key)
                .range(range)
                .execute()
                .await
                .map_err(fault)?;
            let Some(object) = object else {
                return Ok(empty(StatusCode::NOT_FOUND));
            };
            let mut response = with_body(&object, StatusCode::PARTIAL_CONTENT, bytes)?;
            let range = format!("bytes {first}-{}/{length}", first + bytes - 1);
            insert(&mut response, header::CONTENT_RANGE, &range)?;
            Ok(response)
        }
    }
}

fn whole(object: &Object, asked: &HeaderMap) -> anyhow::Result<Response> {
    let tag = HeaderValue::try_from(object.http_etag())?;
    if asked.get(header::IF_NONE_MATCH) == Some(&tag) {
        let mut response = empty(StatusCode::NOT_MODIFIED);
        describe(&mut response, object)?;
        return Ok(response);
    }
    with_body(object, StatusCode::OK, object.size())
}

fn with_body(object: &Object, status: StatusCode, bytes: u64) -> anyhow::Result<Response> {
    let mut response = empty(status);
    describe(&mut response, object)?;
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, bytes.into());
    if let Some(body) = object.body() {
        let stream = body.stream().map_err(fault)?;
        let stream = stream.map(|part| part.map(Into::into));
        *response.body_mut() = incoming(stream, Some(bytes));
    }
    Ok(response)
}

fn describe(response: &mut Response, object: &Object) -> anyhow::Result<()> {
    let metadata = object.http_metadata();
    let content_type = metadata.content_type.as_deref();
    insert(response, header::ACCEPT_RANGES, "bytes")?;
    insert(response, header::ETAG, &object.http_etag())?;
    let unknown = "application/octet-stream";
    insert(
        response,
        header::CONTENT_TYPE,
        content_type.unwrap_or(unknown),
    )
}

fn insert(response: &mut Response, name: HeaderName, value: &str) -> anyhow::Result<()> {
    response
        .headers_mut()
        .insert(name, HeaderValue::from_str(value)?);
    Ok(())
}

fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(BodyStream::empty());
    *response.status_mut() = status;
    response
}
