//! An image without what it says of itself: colour profiles, texts, EXIF, XMP and thumbnails.
//!
//! Decoders inflate such blocks and keep them, whatever they may allocate for pixels: two hundred
//! megabytes of colour profile fit into two hundred kilobytes. Nothing here needs them, and who
//! took a picture where is nobody's business. So decoders do not see them; what is left has the
//! sizes that the limits are for.

use super::format::{Failure, Format};

/// Bytes of a PNG before its first chunk.
const PNG_HEAD_BYTES: usize = 8;
/// Bytes of a PNG's chunk around its content: length, type and checksum.
const PNG_CHUNK_BYTES: usize = 12;
/// The chunks that make pixels.
const PNG_PIXELS: [&[u8]; 5] = [b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"];
/// Bytes of a WebP before its first chunk.
const WEBP_HEAD_BYTES: usize = 12;
/// The flags of a WebP's extended head that a colour profile, EXIF and XMP are there.
const WEBP_METADATA: u8 = 0x20 | 0x08 | 0x04;
/// Bytes of a WebP's frame before its chunks.
const WEBP_FRAME_BYTES: usize = 16;
/// Bytes of a GIF before its colours.
const GIF_HEAD_BYTES: usize = 13;
/// Extensions of a GIF that say how often it is repeated.
const GIF_LOOPS: [&[u8]; 2] = [b"\x0bNETSCAPE2.0", b"\x0bANIMEXTS1.0"];

/// What of the image makes its pixels, as a file.
///
/// # Errors
/// [`Failure::Undecodable`] when a part of it claims to be longer than the whole, or to have more
/// pixels.
pub fn bare(original: &[u8], format: Format) -> Result<Vec<u8>, Failure> {
    let bare = match format {
        Format::Png => png(original),
        Format::Jpeg => jpeg(original),
        Format::Webp => webp(original),
        Format::Gif => gif(original),
    };
    bare.ok_or(Failure::Undecodable)
}

fn png(png: &[u8]) -> Option<Vec<u8>> {
    let (head, mut rest) = png.split_at_checked(PNG_HEAD_BYTES)?;
    let mut bare = head.to_vec();
    while let Some((length, _)) = rest.split_first_chunk() {
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let kind = rest.get(4..8)?;
        let (chunk, after) = rest.split_at_checked(length.saturating_add(PNG_CHUNK_BYTES))?;
        if PNG_PIXELS.contains(&kind) {
            bare.extend_from_slice(chunk);
        }
        rest = match kind {
            b"IEND" => &[],
            _ => after,
        };
    }
    Some(bare)
}

fn jpeg(jpeg: &[u8]) -> Option<Vec<u8>> {
    let (head, mut rest) = jpeg.split_at_checked(2)?;
    let mut bare = head.to_vec();
    loop {
        match *rest {
            [0xff, 0xff, ..] => rest = &rest[1..],
            [0xff, 0x01 | 0xd0..=0xd8, ..] => rest = &rest[2..],
            // From the first pixels on nothing is a picture's description any more.
            [0xff, 0xd9 | 0xda, ..] => break,
            [0xff, marker, high, low, ..] => {
                let length = usize::from(u16::from_be_bytes([high, low]));
                let (segment, after) = rest.split_at_checked(2 + length)?;
                // Two of these say what the numbers of a pixel mean; comments are the other kind.
                let describes = matches!(marker, 0xe1..=0xed | 0xef | 0xfe);
                if !describes {
                    bare.extend_from_slice(segment);
                }
                rest = after;
            }
            _ => break,
        }
    }
    bare.extend_from_slice(rest);
    Some(bare)
}

fn webp(webp: &[u8]) -> Option<Vec<u8>> {
    let (head, rest) = webp.split_at_checked(WEBP_HEAD_BYTES)?;
    let mut bare = head.to_vec();
    let mut pixels_max = None;
    for chunk in webp_chunks(rest) {
        let (kind, content) = chunk?;
        match kind {
            b"VP8X" => {
                let side = |at: usize| {
                    let [a, b, c] = *content.get(at..)?.first_chunk()?;
                    Some(u64::from(u32::from_le_bytes([a, b, c, 0])) + 1)
                };
                pixels_max = Some(side(4)? * side(7)?);
                let mut extended = content.to_vec();
                extended[0] &= !WEBP_METADATA;
                push_chunk(&mut bare, kind, &extended);
                continue;
            }
            b"VP8 " | b"VP8L" | b"ALPH" => check_lossy(kind, content, pixels_max)?,
            b"ANMF" => {
                for inner in webp_chunks(content.get(WEBP_FRAME_BYTES..)?) {
                    let (kind, content) = inner?;
                    check_lossy(kind, content, pixels_max)?;
                }
            }
            b"ANIM" => {}
            _ => continue,
        }
        push_chunk(&mut bare, kind, content);
    }
    let length = u32::try_from(bare.len() - 8).ok()?;
    bare[4..8].copy_from_slice(&length.to_le_bytes());
    Some(bare)
}

/// `None` when a lossy picture says that it has more pixels than the whole image: the decoder
/// makes room for what it says before it compares.
fn check_lossy(kind: &[u8; 4], content: &[u8], pixels_max: Option<u64>) -> Option<()> {
    let Some(pixels_max) = pixels_max.filter(|_| kind == b"VP8 ") else {
        return Some(());
    };
    let side = |at: usize| {
        let side = *content.get(at..)?.first_chunk()?;
        Some(u64::from(u16::from_le_bytes(side) & 0x3fff))
    };
    (side(6)? * side(8)? <= pixels_max).then_some(())
}

/// The chunks that follow each other here; `None` for one that is longer than there is.
fn webp_chunks(mut bytes: &[u8]) -> impl Iterator<Item = Option<(&[u8; 4], &[u8])>> {
    std::iter::from_fn(move || {
        let (kind, rest) = bytes.split_first_chunk::<4>()?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*length));
        let chunk = length.ok().and_then(|length| rest.split_at_checked(length));
        let Some((content, after)) = chunk else {
            bytes = &[];
            return Some(None);
        };
        // A chunk of odd length is followed by a byte that means nothing.
        bytes = after.get(content.len() % 2..).unwrap_or_default();
        Some(Some((kind, content)))
    })
}

/// Appends a chunk to a WebP.
pub fn push_chunk(webp: &mut Vec<u8>, kind: &[u8; 4], content: &[u8]) {
    webp.extend_from_slice(kind);
    webp.extend_from_slice(&(content.len() as u32).to_le_bytes());
    webp.extend_from_slice(content);
    webp.resize(webp.len() + content.len() % 2, 0);
}

/// The content of the first chunk of this kind, of a WebP that is in order.
pub fn find_chunk<'a>(webp: &'a [u8], wanted: &[u8; 4]) -> Option<&'a [u8]> {
    let chunks = webp_chunks(webp.get(WEBP_HEAD_BYTES..)?);
    chunks
        .flatten()
        .find_map(|(kind, content)| (kind == wanted).then_some(content))
}

fn gif(gif: &[u8]) -> Option<Vec<u8>> {
    let colors = |flags: u8| match flags & 0x80 {
        0 => 0,
        _ => 3 << ((flags & 7) + 1),
    };
    let (head, mut rest) = gif.split_at_checked(GIF_HEAD_BYTES + colors(*gif.get(10)?))?;
    let mut bare = head.to_vec();
    loop {
        let before_blocks = match *rest {
            [0x21, _, ..] => 2,
            [0x2c, ..] => 11 + colors(*rest.get(9)?),
            // The end, or nothing that a decoder knows.
            _ => break,
        };
        let blocks = rest.get(before_blocks..)?;
        // A truncated image is decoded as far as it goes.
        let length = sub_blocks_bytes(blocks).unwrap_or(blocks.len());
        let (block, after) = rest.split_at_checked(before_blocks + length)?;
        let kept = match block[..2] {
            [0x21, 0xf9] => true,
            [0x21, 0xff] => GIF_LOOPS.iter().any(|it| block[2..].starts_with(it)),
            [0x21, _] => false,
            _ => true,
        };
        if kept {
            bare.extend_from_slice(block);
        }
        rest = after;
    }
    bare.extend_from_slice(rest.get(..1).unwrap_or_default());
    Some(bare)
}

/// Bytes of sub-blocks up to the empty one that ends them.
fn sub_blocks_bytes(blocks: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        match *blocks.get(at)? {
            0 => return Some(at + 1),
            length => at += 1 + usize::from(length),
        }
    }
}

#[cfg(test)]
mod tests;
