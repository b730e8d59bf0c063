//! What an image is and how large, told as its bytes go by.
//!
//! A JPEG's size stands behind its metadata, which can be as long as one likes, and a WebP's
//! orientation behind its pixels. So the file is read in the pieces in which it arrives, and of all
//! of them no more is kept than what the next step reads. Nothing is inflated.

use super::{avif, exif};

/// Bytes of a file by which it is recognised.
const SIGNATURE_BYTES: usize = 12;
/// Bytes of an EXIF block that is read. A JPEG has room for no more.
const EXIF_BYTES_MAX: u64 = 64 << 10;
/// Bytes of an AVIF's list of brands.
const BRANDS_BYTES_MAX: u64 = 1 << 10;
/// Bytes of an AVIF's description of its pictures that is read.
const META_BYTES_MAX: u64 = 256 << 10;
/// What stands before EXIF in a JPEG, and by mistake in some WebPs.
const EXIF_PREFIX: &[u8] = b"Exif\0\0";
/// The flag of a WebP's extended head that EXIF follows.
const WEBP_HAS_EXIF: u8 = 8;

/// A format of images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// See [W3C/PNG](https://www.w3.org/TR/png-3/).
    Png,
    /// See [ITU-T/T.81](https://www.w3.org/Graphics/JPEG/itu-t81.pdf).
    Jpeg,
    /// See [W3C/GIF89a](https://www.w3.org/Graphics/GIF/spec-gif89a.txt).
    Gif,
    /// See [RFC 9649](https://www.rfc-editor.org/rfc/rfc9649).
    Webp,
    /// See [AOM/AVIF](https://aomediacodec.github.io/av1-avif/).
    Avif,
}

/// Reads an image that arrives in pieces.
#[derive(Debug)]
pub struct Probe {
    kind: Option<Kind>,
    /// As the head says, before it is turned.
    size: Option<(u32, u32)>,
    orientation: Option<u8>,
    scanned_colors: Option<u8>,
    step: Step,
    /// Bytes that go by before the next step.
    skip: u64,
    /// Bytes that the next step reads, at least one.
    wanted: usize,
    /// Those of them that are here.
    held: Vec<u8>,
}

/// What the wanted bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Signature,
    PngChunk,
    PngHead { rest: u64 },
    Exif,
    JpegMarker,
    JpegFrame { is_scanned: bool },
    JpegExifLength,
    JpegExif,
    JpegLength,
    WebpChunk,
    WebpExtended { rest: u64 },
    WebpLossy { rest: u64 },
    WebpLossless { rest: u64 },
    AvifBrands,
    AvifBox,
    AvifLargeBox { is_meta: bool },
    AvifMeta,
    Done,
}

impl Default for Probe {
    fn default() -> Self {
        Self {
            kind: None,
            size: None,
            orientation: None,
            scanned_colors: None,
            step: Step::Signature,
            skip: 0,
            wanted: SIGNATURE_BYTES,
            held: Vec::new(),
        }
    }
}

impl Kind {
    /// The media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
            Self::Avif => "image/avif",
        }
    }
}

impl Probe {
    /// What a whole file says.
    pub fn of(bytes: &[u8]) -> Self {
        let mut probe = Self::default();
        probe.feed(bytes);
        probe
    }

    /// Takes the next piece.
    pub fn feed(&mut self, mut bytes: &[u8]) {
        while self.step != Step::Done {
            let skipped = self.skip.min(bytes.len() as u64);
            self.skip -= skipped;
            bytes = &bytes[skipped as usize..];
            let missing = self.wanted.saturating_sub(self.held.len());
            let (taken, rest) = bytes.split_at(missing.min(bytes.len()));
            self.held.extend_from_slice(taken);
            if taken.len() < missing {
                return;
            }
            bytes = rest;
            let held = std::mem::take(&mut self.held);
            // A damaged file is read no further.
            if self.advance(&held).is_none() {
                self.step = Step::Done;
            }
        }
    }

    /// What the image is.
    pub fn kind(&self) -> Option<Kind> {
        self.kind
    }

    /// Width and height in pixels, of the picture as it is to be shown; neither is 0.
    pub fn pixels(&self) -> Option<(u32, u32)> {
        let (width, height) = self
            .size
            .filter(|(width, height)| *width > 0 && *height > 0)?;
        Some(match self.orientation {
            Some(5..=8) => (height, width),
            _ => (width, height),
        })
    }

    /// How the picture is turned and flipped to be shown, as in EXIF.
    pub fn orientation(&self) -> Option<u8> {
        self.orientation
    }

    /// Colours of a pixel, of a JPEG whose pixels come in several scans.
    pub fn scanned_colors(&self) -> Option<u8> {
        self.scanned_colors
    }

    /// The wanted bytes come next.
    fn next(&mut self, step: Step, wanted: usize) -> Option<()> {
        (self.step, self.wanted) = (step, wanted);
        Some(())
    }

    /// The wanted bytes come after so many others.
    fn after(&mut self, skip: u64, step: Step, wanted: usize) -> Option<()> {
        self.skip = skip;
        self.next(step, wanted)
    }

    /// Reads what the step wanted; `None` when nothing more is to be learned.
    fn advance(&mut self, held: &[u8]) -> Option<()> {
        match self.step {
            Step::Signature => self.signature(held),
            Step::PngChunk => self.png_chunk(held),
            Step::PngHead { rest } => {
                self.size = Some((be_u32(held)?, be_u32(&held[4..])?));
                self.after(rest, Step::PngChunk, 8)
            }
            Step::Exif => {
                let exif = held.strip_prefix(EXIF_PREFIX).unwrap_or(held);
                self.orientation = exif::orientation(exif);
                None
            }
            Step::JpegMarker => self.jpeg_marker(held),
            Step::JpegFrame { is_scanned } => {
                self.scanned_colors = is_scanned.then_some(held[7]);
                let side = |at: usize| Some(u32::from(be_u16(held.get(at..)?)?));
                self.size = Some((side(5)?, side(3)?));
                None
            }
            Step::JpegLength => {
                let rest = be_u16(held)?.checked_sub(2)?;
                self.after(rest.into(), Step::JpegMarker, 2)
            }
            Step::JpegExifLength => match be_u16(held)?.checked_sub(2)? {
                0 => self.next(Step::JpegMarker, 2),
                rest => self.next(Step::JpegExif, rest.into()),
            },
            Step::JpegExif => {
                let exif = held.strip_prefix(EXIF_PREFIX);
                let told = exif.and_then(exif::orientation);
                self.orientation = self.orientation.or(told);
                self.next(Step::JpegMarker, 2)
            }
            Step::WebpChunk => self.webp_chunk(held),
            Step::WebpExtended { .. } | Step::WebpLossy { .. } | Step::WebpLossless { .. } => {
                self.webp_head(held)
            }
            Step::AvifBrands => {
                avif::is_avif(held).then_some(())?;
                self.kind = Some(Kind::Avif);
                self.next(Step::AvifBox, 8)
            }
            Step::AvifBox => {
                let is_meta = held[4..8] == *b"meta";
                match be_u32(held)? {
                    1 => self.next(Step::AvifLargeBox { is_meta }, 8),
                    size => self.avif_box(is_meta, u64::from(size).checked_sub(8)?),
                }
            }
            Step::AvifLargeBox { is_meta } => {
                let size = u64::from_be_bytes(*held.first_chunk()?);
                self.avif_box(is_meta, size.checked_sub(16)?)
            }
            Step::AvifMeta => {
                let (size, turned) = avif::picture(held)?;
                self.size = Some(size);
                // As a camera that was held so.
                self.orientation = turned.then_some(6);
                None
            }
            Step::Done => None,
        }
    }

    /// Reads the head of a WebP's picture, of one of three kinds.
    fn webp_head(&mut self, held: &[u8]) -> Option<()> {
        match self.step {
            Step::WebpExtended { rest } => {
                let side = |at: usize| Some(le_u24(held.get(at..)?)? + 1);
                self.size = Some((side(4)?, side(7)?));
                (held[0] & WEBP_HAS_EXIF != 0).then_some(())?;
                self.after(rest, Step::WebpChunk, 8)
            }
            Step::WebpLossy { rest } => {
                (held[3..6] == [0x9d, 0x01, 0x2a]).then_some(())?;
                let side = |at: usize| Some(u32::from(le_u16(held.get(at..)?)? & 0x3fff));
                self.size = Some((side(6)?, side(8)?));
                self.after(rest, Step::WebpChunk, 8)
            }
            Step::WebpLossless { rest } => {
                (held[0] == 0x2f).then_some(())?;
                let bits = u32::from_le_bytes(*held[1..].first_chunk()?);
                self.size = Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1));
                self.after(rest, Step::WebpChunk, 8)
            }
            _ => None,
        }
    }

    fn signature(&mut self, held: &[u8]) -> Option<()> {
        let (kind, used) = match held {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => (Kind::Png, 8),
            [0xff, 0xd8, 0xff, ..] => (Kind::Jpeg, 2),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', size @ ..] => {
                self.kind = Some(Kind::Gif);
                let side = |at: usize| Some(u32::from(le_u16(size.get(at..)?)?));
                self.size = Some((side(0)?, side(2)?));
                return None;
            }
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P'] => (Kind::Webp, 12),
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => {
                let bytes = u64::from(be_u32(held)?);
                (16..=BRANDS_BYTES_MAX).contains(&bytes).then_some(())?;
                self.held = held.to_vec();
                return self.next(Step::AvifBrands, bytes as usize);
            }
            _ => return None,
        };
        self.kind = Some(kind);
        match kind {
            Kind::Png => self.next(Step::PngChunk, 8)?,
            Kind::Jpeg => self.next(Step::JpegMarker, 2)?,
            _ => self.next(Step::WebpChunk, 8)?,
        }
        self.feed(&held[used..]);
        Some(())
    }

    fn png_chunk(&mut self, held: &[u8]) -> Option<()> {
        const CHECK_BYTES: u64 = 4;
        let length = u64::from(be_u32(held)?);
        match &held[4..] {
            b"IHDR" => {
                let rest = length.checked_sub(8)? + CHECK_BYTES;
                self.next(Step::PngHead { rest }, 8)
            }
            b"eXIf" if (1..=EXIF_BYTES_MAX).contains(&length) => {
                self.next(Step::Exif, length as usize)
            }
            b"IEND" => None,
            _ => self.after(length + CHECK_BYTES, Step::PngChunk, 8),
        }
    }

    fn jpeg_marker(&mut self, held: &[u8]) -> Option<()> {
        match *held {
            // Any number of these may stand before a marker.
            [0xff, 0xff] => {
                self.held.push(0xff);
                self.next(Step::JpegMarker, 2)
            }
            // Tables have numbers among those of frames.
            [0xff, 0xc4 | 0xc8 | 0xcc] => self.next(Step::JpegLength, 2),
            [0xff, kind @ 0xc0..=0xcf] => {
                // Every fourth is progressive.
                let is_scanned = kind & 3 == 2;
                self.next(Step::JpegFrame { is_scanned }, 8)
            }
            [0xff, 0xe1] => self.next(Step::JpegExifLength, 2),
            // These have no length.
            [0xff, 0x01 | 0xd0..=0xd8] => self.next(Step::JpegMarker, 2),
            // The end, and the beginning of pixels that no frame announced.
            [0xff, 0xd9 | 0xda] => None,
            [0xff, _] => self.next(Step::JpegLength, 2),
            _ => None,
        }
    }

    fn webp_chunk(&mut self, held: &[u8]) -> Option<()> {
        let length = u64::from(u32::from_le_bytes(*held[4..].first_chunk()?));
        // A chunk of odd length is followed by a byte that means nothing.
        let padded = length + length % 2;
        let rest = |read: u64| padded.checked_sub(read);
        match (&held[..4], self.size) {
            (b"VP8X", None) => self.next(Step::WebpExtended { rest: rest(10)? }, 10),
            (b"VP8 ", None) => self.next(Step::WebpLossy { rest: rest(10)? }, 10),
            (b"VP8L", None) => self.next(Step::WebpLossless { rest: rest(5)? }, 5),
            (b"EXIF", _) if (1..=EXIF_BYTES_MAX).contains(&length) => {
                self.next(Step::Exif, length as usize)
            }
            _ => self.after(padded, Step::WebpChunk, 8),
        }
    }

    fn avif_box(&mut self, is_meta: bool, bytes: u64) -> Option<()> {
        match is_meta {
            true if (1..=META_BYTES_MAX).contains(&bytes) => {
                self.next(Step::AvifMeta, bytes as usize)
            }
            true => None,
            false => self.after(bytes, Step::AvifBox, 8),
        }
    }
}

fn be_u16(bytes: &[u8]) -> Option<u16> {
    bytes.first_chunk().copied().map(u16::from_be_bytes)
}

fn be_u32(bytes: &[u8]) -> Option<u32> {
    bytes.first_chunk().copied().map(u32::from_be_bytes)
}

fn le_u16(bytes: &[u8]) -> Option<u16> {
    bytes.first_chunk().copied().map(u16::from_le_bytes)
}

fn le_u24(bytes: &[u8]) -> Option<u32> {
    let [low, middle, high] = *bytes.first_chunk()?;
    Some(u32::from_le_bytes([low, middle, high, 0]))
}

#[cfg(test)]
mod tests;
