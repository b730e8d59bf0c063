//! What is stored in place of a variant that is not made yet: that it is being tried, or that it
//! cannot be done.
//!
//! It is stored before anything is decoded. So an image that ends the function, by the memory or
//! the time that it takes, is not decoded in vain again and again. As a function also ends when its
//! host does, one attempt that did not come back proves nothing.

use http::header;
use runtime::{BodyStream, prelude::*};

/// Attempts that may end without a result.
const ATTEMPTS_MAX: u32 = 4;
/// Milliseconds after which nobody is at an attempt any more: no host lets one last as long.
const ATTEMPT_MS_MAX: i64 = 2 * 60 * 1000;
/// The media type of what says that a variant cannot be made.
const IMPOSSIBLE: &str = "application/x-impossible";
/// That of attempts, before their number and the time of the last one. A reader's `Range` cannot
/// cut a media type.
const ATTEMPTED: &str = "application/x-attempted-";

/// What is known of a variant.
#[derive(Debug)]
pub enum Known {
    /// It is there.
    Made(Response),
    /// So many attempts have not come back.
    Attempted(u32),
}

/// Looks for a variant, or the part of it that a reader asked for.
///
/// # Errors
/// [`Code::UnsupportedMediaType`] when it cannot be made, [`Code::Overloaded`] when too many are at
/// it; the storage's own.
pub async fn find(cx: &Cx, variant: &str, asked: &http::HeaderMap) -> Result<Known> {
    let found = match cx.blobs().get(variant, asked).await {
        Err(Error::Api(Code::NotFound)) => return Ok(Known::Attempted(0)),
        Ok(found) if found.status().as_u16() == Code::RangeNotSatisfiable.status() => {
            // Behind the end of what?
            let whole = cx.blobs().get(variant, &http::HeaderMap::new()).await?;
            match media_type(&whole).starts_with("image/") {
                true => return Ok(Known::Made(found)),
                false => whole,
            }
        }
        found => found?,
    };
    let kind = media_type(&found);
    if kind == IMPOSSIBLE {
        return Err(Code::UnsupportedMediaType.into());
    }
    let Some((count, at)) = kind.strip_prefix(ATTEMPTED).and_then(read) else {
        return Ok(Known::Made(found));
    };
    let is_over = cx.now().as_millis() - at > ATTEMPT_MS_MAX;
    match (count < ATTEMPTS_MAX, is_over) {
        (true, _) => Ok(Known::Attempted(count)),
        (false, true) => Err(Code::UnsupportedMediaType.into()),
        (false, false) => Err(Code::Overloaded.into()),
    }
}

/// Remembers that one more attempt begins, after `count`.
///
/// # Errors
/// The storage's own.
pub async fn begin(cx: &Cx, variant: &str, count: u32) -> Result<()> {
    let now = cx.now().as_millis();
    put(cx, variant, &format!("{ATTEMPTED}{}-{now}", count + 1)).await
}

/// Remembers that it cannot be made.
///
/// # Errors
/// The storage's own.
pub async fn give_up(cx: &Cx, variant: &str) -> Result<()> {
    put(cx, variant, IMPOSSIBLE).await
}

async fn put(cx: &Cx, variant: &str, kind: &str) -> Result<()> {
    let note = BodyStream::from(kind.as_bytes().to_vec());
    cx.blobs().put(variant, kind, note).await
}

fn media_type(found: &Response) -> &str {
    let kind = found.headers().get(header::CONTENT_TYPE);
    kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default()
}

fn read(attempts: &str) -> Option<(u32, i64)> {
    let (count, at) = attempts.split_once('-')?;
    Some((count.parse().ok()?, at.parse().ok()?))
}
