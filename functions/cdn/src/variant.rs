//! Images in the size and format that was asked for, each made once and kept as a blob.

mod animate;
mod attempt;
mod bare;
mod format;
mod pixels;
mod render;

use actions::images::{VARIANT_PIXELS, variant_key};
use bytes::Bytes;
use http::HeaderMap;
use runtime::{BodyStream, prelude::*};

use crate::delivery;
use attempt::Known;
use format::Failure;
pub use format::Format;
use render::Original;
pub use render::encode;

/// Pixels of the longer side.
const SIZES: std::ops::RangeInclusive<i64> = 1..=4096;
/// What the keys of WebPs that may move end with.
const ANIMATED_WEBP: &str = "animated.webp";
/// Bytes of an image that is decoded. No more are ever stored.
const ORIGINAL_BYTES_MAX: usize = actions::images::IMAGE_BYTES_MAX;

/// The query of an image's address. Discord's other parameters change nothing here.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Pixels that the longer side has at most, a power of two.
    size: Option<u32>,
    /// Whether a WebP may move.
    animated: bool,
}

impl Form for Options {
    fn read(fields: &mut Fields<'_>) -> Self {
        // A few sizes only, so that nobody can fill the storage with one image.
        let least = *VARIANT_PIXELS.start();
        let rounded = |size: i64| (size as u32).next_power_of_two().max(least);
        Self {
            size: fields.int("size", SIZES).map(rounded),
            animated: fields
                .raw("animated")
                .and_then(|animated| animated.as_str())
                .is_some_and(|animated| animated == "1" || animated.eq_ignore_ascii_case("true")),
        }
    }
}

/// Answers for `{hash}.{format}`, whose original is the blob that `key` names by the hash.
///
/// What an image says of itself, such as where it was taken, is not in the answer.
///
/// # Errors
/// [`Code::NotFound`] when there is no such image or format, [`Code::UnsupportedMediaType`] when
/// it does not have that format or cannot be decoded, [`Code::Overloaded`] when too many others
/// are being decoded.
pub async fn serve(
    cx: &Cx,
    key: impl FnOnce(&str) -> String,
    file: &str,
    options: Options,
    asked: &HeaderMap,
) -> Result<Response> {
    let (hash, format) = split(file).ok_or(Code::NotFound)?;
    let original = key(hash);
    let extension = match format {
        Format::Webp if options.animated => ANIMATED_WEBP,
        _ => format.extension(),
    };
    let variant = variant_key(&original, options.size, extension);
    let attempts = match attempt::find(cx, &variant, asked).await? {
        Known::Made(made) => return Ok(delivery::image(made)),
        Known::Attempted(attempts) => attempts,
    };
    let mut stored = cx.blobs().get(&original, &HeaderMap::new()).await?;
    let stored = stored.body_mut().collect(ORIGINAL_BYTES_MAX).await?;
    let Some(made) = make(cx, &variant, attempts, stored, format, options).await? else {
        attempt::give_up(cx, &variant).await?;
        return Err(Code::UnsupportedMediaType.into());
    };
    cx.blobs()
        .put(&variant, format.media_type(), BodyStream::from(made))
        .await?;
    cx.blobs().get(&variant, asked).await.map(delivery::image)
}

/// The stored image in this format and size; `None` when that cannot be made.
async fn make(
    cx: &Cx,
    variant: &str,
    attempts: u32,
    stored: Bytes,
    format: Format,
    options: Options,
) -> Result<Option<Vec<u8>>> {
    let pixels_max = cx.config().limits.image_pixels_max;
    let Ok(original) = Original::read(&stored) else {
        return Ok(None);
    };
    drop(stored);
    let made = match original.memory_bytes(pixels_max) {
        Ok(bytes) => {
            reserve(bytes)?;
            attempt::begin(cx, variant, attempts).await?;
            original.render(format, options.size, options.animated, pixels_max)
        }
        Err(failure) => Err(failure),
    };
    Ok(match made {
        Ok(made) => Some(made),
        Err(Failure::TooMuch) if original.format == format => Some(original.into_bytes()),
        Err(_) => None,
    })
}

/// Makes sure that there is memory before anything is begun: where there is not, a host has the
/// function wait, and an allocation that fails later would end it.
fn reserve(bytes: u64) -> Result<()> {
    let mut room = Vec::<u8>::new();
    let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
    let reserved = room.try_reserve_exact(bytes);
    // Or the compiler finds out that nobody uses it.
    std::hint::black_box(&room);
    reserved.map_err(|_| Code::Overloaded.into())
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
