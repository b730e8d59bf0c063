//! Decoding, shrinking and encoding: bytes in, bytes out.

use std::io::Cursor;

use actions::images::Probe;
use image::codecs::gif::GifDecoder;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, ImageResult};

use super::animate;
use super::bare::bare;
use super::format::{Failure, Format};
use super::pixels::{PIXEL_BYTES, check_pixels, limits, shrink};

/// Bytes of memory that a small image takes, too. What moves takes time rather than memory; as what
/// decodes is bounded by its memory, this bounds how many do so at once.
const MEMORY_BYTES_MIN: u64 = 24 << 20;
/// Bytes of memory for one image, of the 192 MiB that a function that decodes may have.
const MEMORY_BYTES_MAX: u64 = 180 << 20;
/// Bytes that the decoder and the encoder take together for a pixel.
const WORK_PIXEL_BYTES: u64 = 8;
/// Bytes of a pixel's colours, of a JPEG that comes in several scans: all of them are in memory.
const SCANNED_COLOR_BYTES: u64 = 2;
/// Of 100.
const JPEG_QUALITY: u8 = 90;

/// An image that is to be rendered, of which only the head was read.
#[derive(Debug)]
pub struct Original {
    /// What makes its pixels.
    bytes: Vec<u8>,
    /// What it is.
    pub format: Format,
    orientation: Orientation,
}

impl Original {
    /// Reads the head of a stored image.
    ///
    /// # Errors
    /// [`Failure::Undecodable`] for what is no image of a format that can be asked for.
    pub fn read(stored: &[u8]) -> Result<Self, Failure> {
        let probe = Probe::of(stored);
        let format = probe.kind().and_then(Format::of_kind);
        let format = format.ok_or(Failure::Undecodable)?;
        let orientation = probe.orientation().and_then(Orientation::from_exif);
        Ok(Self {
            bytes: bare(stored, format)?,
            format,
            orientation: orientation.unwrap_or(Orientation::NoTransforms),
        })
    }

    /// The image as it is, without what it says of itself.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Bytes of memory that rendering takes at most, of the image itself too.
    ///
    /// # Errors
    /// [`Failure::Undecodable`] when it has more than `pixels_max` pixels, which nobody should have
    /// to decode; [`Failure::TooMuch`] when it takes more than [`MEMORY_BYTES_MAX`].
    pub fn memory_bytes(&self, pixels_max: u64) -> Result<u64, Failure> {
        let probe = Probe::of(&self.bytes);
        let size = probe.pixels().ok_or(Failure::Undecodable)?;
        check_pixels(size, pixels_max).map_err(|_| Failure::Undecodable)?;
        let pixels = u64::from(size.0) * u64::from(size.1);
        let work = match probe.scanned_colors() {
            Some(colors) => u64::from(colors) * SCANNED_COLOR_BYTES + PIXEL_BYTES,
            None => WORK_PIXEL_BYTES,
        };
        let taken = pixels * work + 2 * self.bytes.len() as u64;
        match taken.max(MEMORY_BYTES_MIN) {
            taken if taken > MEMORY_BYTES_MAX => Err(Failure::TooMuch),
            taken => Ok(taken),
        }
    }

    /// The image in `format`, its longer side at most `size` pixels; as a WebP it moves if it
    /// `may_move`.
    ///
    /// # Errors
    /// Why it is not made: it is damaged, has more than `pixels_max` pixels, or is to be a GIF and
    /// neither moves nor is one.
    pub fn render(
        &self,
        format: Format,
        size: Option<u32>,
        may_move: bool,
        pixels_max: u64,
    ) -> Result<Vec<u8>, Failure> {
        let side_max = size.unwrap_or(u32::MAX);
        let moved = match format {
            Format::Gif => self.animate(format, size)?.ok_or(Failure::Undecodable),
            Format::Webp if may_move => match self.animate(format, size) {
                Ok(Some(moving)) => Ok(moving),
                // A list that is too long to move is shown all the same.
                Ok(None) | Err(Failure::TooMuch) => Err(Failure::TooMuch),
                Err(failure) => return Err(failure),
            },
            _ => Err(Failure::TooMuch),
        };
        match (format, moved) {
            (_, Ok(moving)) => Ok(moving),
            (Format::Gif, Err(failure)) => Err(failure),
            (still, Err(_)) => Ok(encode(&self.decode(side_max, pixels_max)?, still)?),
        }
    }

    /// The image as it moves; `None` when it does not, and no format that it is in does.
    fn animate(&self, format: Format, size: Option<u32>) -> Result<Option<Vec<u8>>, Failure> {
        let side_max = size.unwrap_or(u32::MAX);
        let bytes = Cursor::new(&self.bytes[..]);
        let is_webp = format == Format::Webp;
        let moving = match self.format {
            kind if kind == format && size.is_none() && kind == Format::Gif => self.bytes.clone(),
            Format::Gif if is_webp => animate::webp(GifDecoder::new(bytes)?, side_max)?,
            Format::Gif => animate::gif(GifDecoder::new(bytes)?, side_max)?,
            Format::Webp => match WebPDecoder::new(bytes)? {
                still if !still.has_animation() => return Ok(None),
                _ if is_webp && size.is_none() => self.bytes.clone(),
                decoder if is_webp => animate::webp(decoder, side_max)?,
                decoder => animate::gif(decoder, side_max)?,
            },
            Format::Png | Format::Jpeg => return Ok(None),
        };
        Ok(Some(moving))
    }

    /// The image, upright and of eight bits a channel, its longer side at most `side_max` pixels;
    /// of an animation the first frame.
    fn decode(&self, side_max: u32, pixels_max: u64) -> Result<DynamicImage, Failure> {
        let mut reader = ImageReader::new(Cursor::new(&self.bytes[..]));
        reader.set_format(image::guess_format(&self.bytes)?);
        reader.limits(limits(pixels_max));
        let decoder = reader.into_decoder()?;
        check_pixels(decoder.dimensions(), pixels_max)?;
        let mut image = shrink(DynamicImage::from_decoder(decoder)?, side_max);
        image.apply_orientation(self.orientation);
        Ok(match image {
            DynamicImage::ImageRgb8(_) | DynamicImage::ImageRgba8(_) => image,
            opaque if !opaque.color().has_alpha() => opaque.into_rgb8().into(),
            other => other.into_rgba8().into(),
        })
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
