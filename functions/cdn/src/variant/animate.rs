//! Animations with every frame shrunk, as GIF and as WebP.

use image::codecs::gif::{GifEncoder, Repeat};
use image::codecs::webp::WebPEncoder;
use image::{AnimationDecoder, Delay, Frame, ImageDecoder, RgbaImage};

use super::bare::{find_chunk, push_chunk};
use super::format::Failure;
use super::pixels::{check_pixels, limits, shrink};

/// Pixels of all frames of an animation that is made anew. What has more is answered as it is.
const ANIMATION_PIXELS_MAX: u64 = 40_000_000;
/// Pixels that a frame counts for at least: its colours and its head cost as much as that.
const FRAME_PIXELS_MIN: u64 = 16_384;
/// Pixels of one frame of such an animation: several of them are in memory at once.
const FRAME_PIXELS_MAX: u64 = 4_000_000;
/// Bytes of a WebP that moves. Its frames lose nothing, so noise makes it long.
const WEBP_BYTES_MAX: usize = 32 << 20;
/// From 1, slow and good, to 30.
const GIF_SPEED: i32 = 10;
/// The flags of a WebP's extended head: it moves, and may be transparent.
const WEBP_MOVES: u8 = 0x02 | 0x10;
/// The flag of a frame that takes the place of the one before.
const WEBP_REPLACES: u8 = 0x02;
/// Milliseconds of a frame: 24 bits.
const WEBP_FRAME_MS_MAX: u32 = 0xff_ffff;

/// The animation as a GIF, its longer side at most `side_max` pixels.
///
/// # Errors
/// Why it is not made.
pub fn gif<'a>(
    decoder: impl AnimationDecoder<'a> + ImageDecoder,
    side_max: u32,
) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut bytes, GIF_SPEED);
    encoder.set_repeat(Repeat::Infinite)?;
    each_frame(decoder, side_max, |frame, delay| {
        Ok(encoder.encode_frame(Frame::from_parts(frame, 0, 0, delay))?)
    })?;
    drop(encoder);
    Ok(bytes)
}

/// The animation as a WebP, its longer side at most `side_max` pixels.
///
/// See [RFC 9649](https://www.rfc-editor.org/rfc/rfc9649#name-animation).
///
/// # Errors
/// Why it is not made.
pub fn webp<'a>(
    decoder: impl AnimationDecoder<'a> + ImageDecoder,
    side_max: u32,
) -> Result<Vec<u8>, Failure> {
    let mut frames = Vec::new();
    let mut canvas = None;
    each_frame(decoder, side_max, |frame, delay| {
        let (width, height) = frame.dimensions();
        let mut still = Vec::new();
        frame.write_with_encoder(WebPEncoder::new_lossless(&mut still))?;
        let pixels = find_chunk(&still, b"VP8L").ok_or(Failure::Undecodable)?;
        let (ms, parts) = delay.numer_denom_ms();
        // At the upper left, so large, for so long.
        let mut content = vec![0; 6];
        for number in [width - 1, height - 1, (ms / parts).min(WEBP_FRAME_MS_MAX)] {
            content.extend_from_slice(&number.to_le_bytes()[..3]);
        }
        content.push(WEBP_REPLACES);
        push_chunk(&mut content, b"VP8L", pixels);
        push_chunk(&mut frames, b"ANMF", &content);
        canvas = Some((width, height));
        match frames.len() > WEBP_BYTES_MAX {
            true => Err(Failure::TooMuch),
            false => Ok(()),
        }
    })?;
    let (width, height) = canvas.ok_or(Failure::Undecodable)?;
    let mut webp = b"RIFF\0\0\0\0WEBP".to_vec();
    let mut extended = vec![WEBP_MOVES, 0, 0, 0];
    for side in [width - 1, height - 1] {
        extended.extend_from_slice(&side.to_le_bytes()[..3]);
    }
    push_chunk(&mut webp, b"VP8X", &extended);
    // On nothing, and for ever.
    push_chunk(&mut webp, b"ANIM", &[0; 6]);
    webp.append(&mut frames);
    let length = webp.len() as u32 - 8;
    webp[4..8].copy_from_slice(&length.to_le_bytes());
    Ok(webp)
}

fn each_frame<'a>(
    mut decoder: impl AnimationDecoder<'a> + ImageDecoder,
    side_max: u32,
    mut each: impl FnMut(RgbaImage, Delay) -> Result<(), Failure>,
) -> Result<(), Failure> {
    decoder.set_limits(limits(FRAME_PIXELS_MAX))?;
    let (width, height) = decoder.dimensions();
    check_pixels((width, height), FRAME_PIXELS_MAX)?;
    let frame_pixels = (u64::from(width) * u64::from(height)).max(FRAME_PIXELS_MIN);
    let mut left = ANIMATION_PIXELS_MAX;
    for frame in decoder.into_frames() {
        let frame = frame?;
        left = left.checked_sub(frame_pixels).ok_or(Failure::TooMuch)?;
        let delay = frame.delay();
        each(
            shrink(frame.into_buffer().into(), side_max).into_rgba8(),
            delay,
        )?;
    }
    Ok(())
}
