//! Pixels: how many there may be, and fewer of them.

use image::imageops::FilterType;
use image::{DynamicImage, Limits};

use super::format::Failure;

/// Pixels of an image that the good reduction has shrunk in height alone: each is four floats.
const FLOAT_PIXELS_MAX: u64 = 4_000_000;
/// Bytes of a pixel in memory once it is decoded.
pub const PIXEL_BYTES: u64 = 4;
/// Bytes that decoding may allocate besides the pixels.
const DECODER_BYTES_MAX: u64 = 16 << 20;

/// What a decoder may allocate for so many pixels.
pub fn limits(pixels_max: u64) -> Limits {
    let mut limits = Limits::default();
    limits.max_alloc = Some(pixels_max * PIXEL_BYTES + DECODER_BYTES_MAX);
    limits
}

/// Refuses an image with more than `max` pixels.
///
/// # Errors
/// [`Failure::TooMuch`].
pub fn check_pixels((width, height): (u32, u32), max: u64) -> Result<(), Failure> {
    match u64::from(width) * u64::from(height) {
        pixels if pixels > max => Err(Failure::TooMuch),
        _ => Ok(()),
    }
}

/// The image with its longer side at most `side_max` pixels. It is never made larger.
pub fn shrink(image: DynamicImage, side_max: u32) -> DynamicImage {
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
}
