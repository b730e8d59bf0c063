//! Images in the size and format that was asked for, each made once and kept as a blob.

mod render;

use actions::images::{VARIANT_PIXELS, variant_key};
use http::HeaderMap;
use http::header;
use runtime::{BodyStream, prelude::*};

use crate::delivery;
use render::Failure;
pub use render::{Format, encode};

/// Pixels of the longer side.
const SIZES: std::ops::RangeInclusive<i64> = 1..=4096;
/// The media type of what is stored instead of a variant that cannot be made, so that nobody has
/// the same image decoded in vain again and again.
const IMPOSSIBLE: &str = "application/x-impossible";
/// Bytes of an image that is decoded. No more are ever stored.
const ORIGINAL_BYTES_MAX: usize = actions::images::IMAGE_BYTES_MAX;

/// The query of an image's address. Discord's other parameters change nothing here.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Pixels that the longer side has at most, a power of two.
    size: Option<u32>,
}

impl Form for Options {
    fn read(fields: &mut Fields<'_>) -> Self {
        // A few sizes only, so that nobody can fill the storage with one image.
        let least = *VARIANT_PIXELS.start();
        let rounded = |size: i64| (size as u32).next_power_of_two().max(least);
        Self {
            size: fields.int("size", SIZES).map(rounded),
        }
    }
}

/// Answers for `{hash}.{format}`, whose original is the blob that `key` names by the hash.
///
/// Still images are always made anew, so that what a camera noted in a picture stays out of the
/// answer. A GIF of full size is answered as it is.
///
/// # Errors
/// [`Code::NotFound`] when there is no such image or format, [`Code::UnsupportedMediaType`] when
/// it does not have that format or cannot be decoded.
pub async fn serve(
    cx: &Cx,
    key: impl FnOnce(&str) -> String,
    file: &str,
    options: Options,
    asked: &HeaderMap,
) -> Result<Response> {
    let (hash, format) = split(file).ok_or(Code::NotFound)?;
    let original = key(hash);
    let variant = variant_key(&original, options.size, format.extension());
    match cx.blobs().get(&variant, asked).await {
        Err(Error::Api(Code::NotFound)) => {}
        Ok(found) if is_impossible(&found) => return Err(Code::UnsupportedMediaType.into()),
        found => return found.map(delivery::image),
    }
    let mut stored = cx.blobs().get(&original, &HeaderMap::new()).await?;
    let bytes = stored.body_mut().collect(ORIGINAL_BYTES_MAX).await?;
    let pixels_max = cx.config().limits.image_pixels_max;
    let made = match render::render(&bytes, format, options.size, pixels_max) {
        Ok(made) => made.map_or(bytes, Into::into),
        Err(Failure::TooMuch) if render::format_of(&bytes) == Some(format) => bytes,
        Err(_) => {
            let note = IMPOSSIBLE.as_bytes().to_vec().into();
            cx.blobs().put(&variant, IMPOSSIBLE, note).await?;
            return Err(Code::UnsupportedMediaType.into());
        }
    };
    cx.blobs()
        .put(&variant, format.media_type(), BodyStream::Full(made))
        .await?;
    cx.blobs().get(&variant, asked).await.map(delivery::image)
}

fn is_impossible(variant: &Response) -> bool {
    let kind = variant.headers().get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind == IMPOSSIBLE)
}

/// A file's name as hash and format; PNG when it names none.
fn split(file: &str) -> Option<(&str, Format)> {
    let (hash, format) = match file.split_once('.') {
        Some((hash, extension)) => (hash, Format::of_extension(extension)?),
        None => (file, Format::Png),
    };
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let named = !hash.is_empty() && hash.len() <= 64 && hash.bytes().all(allowed);
    named.then_some((hash, format))
}

#[cfg(test)]
mod tests;
