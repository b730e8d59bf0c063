//! Decoding, shrinking and encoding: bytes in, bytes out.

use std::io::Cursor;

use image::codecs::gif::{GifDecoder, GifEncoder, Repeat};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::webp::WebPDecoder;
use image::imageops::FilterType;
use image::{
    AnimationDecoder, DynamicImage, Frame, ImageDecoder, ImageFormat, ImageReader, ImageResult,
    Limits,
};

/// Pixels of all frames of an animation that is made anew. What has more is answered as it is.
const ANIMATION_PIXELS_MAX: u64 = 40_000_000;
/// Pixels that a frame counts for at least: its colours and its head cost as much as that.
const FRAME_PIXELS_MIN: u64 = 16_384;
/// Pixels of one frame of such an animation: several of them are in memory at once.
const FRAME_PIXELS_MAX: u64 = 4_000_000;
/// Pixels of an image that the good reduction has shrunk in height alone: each is four floats.
const FLOAT_PIXELS_MAX: u64 = 4_000_000;
/// Bytes of a pixel in memory while it is decoded.
const PIXEL_BYTES: u64 = 4;
/// Bytes that decoding may allocate besides the pixels.
const DECODER_BYTES_MAX: u64 = 16 << 20;
/// Bytes of a WebP before its first chunk.
const RIFF_HEAD_BYTES: usize = 12;
/// Of 100.
const JPEG_QUALITY: u8 = 90;
/// From 1, slow and good, to 30.
const GIF_SPEED: i32 = 10;

/// What an image can be asked as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Still.
    Png,
    /// Still, without transparency.
    Jpeg,
    /// Still.
    Webp,
    /// Animated.
    Gif,
}

/// Why an image was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// It is damaged, or not what it should be.
    Undecodable,
    /// It is in order, but making it would take too much time or memory.
    TooMuch,
}

impl Format {
    /// The format of a file name's ending.
    pub fn of_extension(extension: &str) -> Option<Self> {
        match extension {
            "png" => Some(Self::Png),
            "jpg" | "jpeg" => Some(Self::Jpeg),
            "webp" => Some(Self::Webp),
            "gif" => Some(Self::Gif),
            _ => None,
        }
    }

    /// The ending of file names.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Webp => "webp",
            Self::Gif => "gif",
        }
    }

    /// The media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
        }
    }
}

impl From<image::ImageError> for Failure {
    fn from(error: image::ImageError) -> Self {
        match error {
            image::ImageError::Limits(_) => Self::TooMuch,
            _ => Self::Undecodable,
        }
    }
}

/// The image in `format`, its longer side at most `size` pixels; `None` when that is what it is.
///
/// # Errors
/// Why it is not made: it is damaged, has more than `pixels_max` pixels, or is to be a GIF and
/// neither moves nor is one.
pub fn render(
    original: &[u8],
    format: Format,
    size: Option<u32>,
    pixels_max: u64,
) -> Result<Option<Vec<u8>>, Failure> {
    let side_max = size.unwrap_or(u32::MAX);
    let made = match (format, format_of(original)) {
        (_, None) => return Err(Failure::Undecodable),
        (_, Some(Format::Webp)) if !chunks_fit(original) => return Err(Failure::Undecodable),
        (Format::Gif, Some(Format::Gif)) => match size {
            Some(size) => animate(GifDecoder::new(Cursor::new(original))?, size)?,
            None => return Ok(None),
        },
        (Format::Gif, Some(Format::Webp)) => {
            let decoder = WebPDecoder::new(Cursor::new(original))?;
            if !decoder.has_animation() {
                return Err(Failure::Undecodable);
            }
            animate(decoder, side_max)?
        }
        (Format::Gif, Some(_)) => return Err(Failure::Undecodable),
        (still, Some(_)) => encode(&decode(original, side_max, pixels_max)?, still)?,
    };
    Ok(Some(made))
}

/// Whether every chunk of a WebP is as long as it says. What they say is what the decoder allocates
/// for metadata, up to four gibibytes, whatever its limits.
fn chunks_fit(webp: &[u8]) -> bool {
    let mut rest = webp.get(RIFF_HEAD_BYTES..).unwrap_or_default();
    while let Some(([_, _, _, _, length @ ..], after)) = rest.split_first_chunk::<8>() {
        let length = u32::from_le_bytes(*length) as usize;
        if length > after.len() {
            return false;
        }
        // A chunk of odd length is followed by a byte that means nothing.
        rest = after.get(length + length % 2..).unwrap_or_default();
    }
    true
}

/// What the bytes are, by their beginning.
pub fn format_of(bytes: &[u8]) -> Option<Format> {
    match image::guess_format(bytes).ok()? {
        ImageFormat::Png => Some(Format::Png),
        ImageFormat::Jpeg => Some(Format::Jpeg),
        ImageFormat::WebP => Some(Format::Webp),
        ImageFormat::Gif => Some(Format::Gif),
        _ => None,
    }
}

/// Writes a still image.
///
/// # Errors
/// When it has no pixels.
pub fn encode(image: &DynamicImage, format: Format) -> ImageResult<Vec<u8>> {
    let mut bytes = Vec::new();
    match format {
        Format::Jpeg => {
            let encoder = JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY);
            image.to_rgb8().write_with_encoder(encoder)?;
        }
        Format::Png => image.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)?,
        Format::Webp => image.write_to(&mut Cursor::new(&mut bytes), ImageFormat::WebP)?,
        Format::Gif => image.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Gif)?,
    }
    Ok(bytes)
}

/// The image, upright and of eight bits a channel, its longer side at most `side_max` pixels; of an
/// animation the first frame.
fn decode(original: &[u8], side_max: u32, pixels_max: u64) -> Result<DynamicImage, Failure> {
    let mut reader = ImageReader::new(Cursor::new(original));
    reader.set_format(image::guess_format(original)?);
    reader.limits(limits(pixels_max));
    let mut decoder = reader.into_decoder()?;
    check_pixels(decoder.dimensions(), pixels_max)?;
    let orientation = decoder.orientation()?;
    let mut image = shrink(DynamicImage::from_decoder(decoder)?, side_max);
    image.apply_orientation(orientation);
    Ok(match image {
        DynamicImage::ImageRgb8(_) | DynamicImage::ImageRgba8(_) => image,
        opaque if !opaque.color().has_alpha() => opaque.into_rgb8().into(),
        other => other.into_rgba8().into(),
    })
}

fn limits(pixels_max: u64) -> Limits {
    let mut limits = Limits::default();
    limits.max_alloc = Some(pixels_max * PIXEL_BYTES + DECODER_BYTES_MAX);
    limits
}

fn check_pixels((width, height): (u32, u32), max: u64) -> Result<(), Failure> {
    match u64::from(width) * u64::from(height) {
        pixels if pixels > max => Err(Failure::TooMuch),
        _ => Ok(()),
    }
}

/// The image with its longer side at most `side_max` pixels. It is never made larger.
fn shrink(image: DynamicImage, side_max: u32) -> DynamicImage {
    let longer = image.width().max(image.height());
    if longer <= side_max {
        return image;
    }
    // A quick and rough reduction first: of a large image the good one would take seconds.
    let rough = side_max.saturating_mul(2);
    let image = if longer / 2 > rough {
        image.thumbnail(rough, rough)
    } else {
        image
    };
    let between = u64::from(image.width()) * u64::from(image.height().min(side_max));
    if between > FLOAT_PIXELS_MAX {
        return image.thumbnail(side_max, side_max);
    }
    image.resize(side_max, side_max, FilterType::CatmullRom)
}

/// An animation with every frame shrunk.
fn animate<'a>(
    mut decoder: impl AnimationDecoder<'a> + ImageDecoder,
    side_max: u32,
) -> Result<Vec<u8>, Failure> {
    decoder.set_limits(limits(FRAME_PIXELS_MAX))?;
    let (width, height) = decoder.dimensions();
    check_pixels((width, height), FRAME_PIXELS_MAX)?;
    let frame_pixels = (u64::from(width) * u64::from(height)).max(FRAME_PIXELS_MIN);
    let mut left = ANIMATION_PIXELS_MAX;
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut bytes, GIF_SPEED);
    encoder.set_repeat(Repeat::Infinite)?;
    for frame in decoder.into_frames() {
        let frame = frame?;
        left = left.checked_sub(frame_pixels).ok_or(Failure::TooMuch)?;
        let delay = frame.delay();
        let shrunk = shrink(frame.into_buffer().into(), side_max).into_rgba8();
        encoder.encode_frame(Frame::from_parts(shrunk, 0, 0, delay))?;
    }
    drop(encoder);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use image::RgbImage;

    use super::*;

    #[test]
    fn an_image_that_is_not_much_too_large_is_reduced_without_floats() {
        let stripes = RgbImage::from_fn(2100, 2100, |x, _| image::Rgb([(x * 85) as u8; 3]));
        let large = DynamicImage::from(stripes);
        assert!(shrink(large.clone(), 2048) == large.thumbnail(2048, 2048));
        let small = large.crop_imm(0, 0, 300, 300);
        assert!(shrink(small.clone(), 256) != small.thumbnail(256, 256));
    }

    #[test]
    fn a_chunk_that_claims_more_than_there_is_is_found() {
        let picture = DynamicImage::new_rgb8(3, 3);
        let mut webp = encode(&picture, Format::Webp).unwrap();
        assert!(chunks_fit(&webp));
        assert!(render(&webp, Format::Png, None, 100).is_ok());
        webp.extend(*b"EXIF\xff\xff\xff\xff");
        assert!(!chunks_fit(&webp));
        assert_eq!(
            render(&webp, Format::Png, None, 100),
            Err(Failure::Undecodable)
        );
    }
}
