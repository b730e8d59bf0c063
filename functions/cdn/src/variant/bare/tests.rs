//! What is left of an image are its pixels, and everything else is gone.

use std::io::Cursor;

use image::codecs::gif::{GifEncoder, Repeat};
use image::{DynamicImage, Frame, ImageFormat, RgbaImage};

use super::*;

fn picture(format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    DynamicImage::new_rgb8(5, 3)
        .write_to(&mut Cursor::new(&mut bytes), format)
        .unwrap();
    bytes
}

fn gif() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    encoder.set_repeat(Repeat::Infinite).unwrap();
    for shade in [1, 2] {
        let frame = RgbaImage::from_pixel(5, 3, image::Rgba([shade * 90, 0, 0, 255]));
        encoder.encode_frame(Frame::new(frame)).unwrap();
    }
    drop(encoder);
    bytes
}

fn png_chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u32).to_be_bytes();
    [&length[..], kind, content, &[0; 4]].concat()
}

/// `image` with `more` put in at `at`.
fn with(image: &[u8], at: usize, more: &[u8]) -> Vec<u8> {
    [&image[..at], more, &image[at..]].concat()
}

fn webp(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut webp = b"RIFF\0\0\0\0WEBP".to_vec();
    for (kind, content) in chunks {
        push_chunk(&mut webp, kind, content);
    }
    let length = (webp.len() as u32 - 8).to_le_bytes();
    webp[4..8].copy_from_slice(&length);
    webp
}

/// The extended head of a WebP of 5 times 3 pixels.
fn extended(flags: u8) -> [u8; 10] {
    [flags, 0, 0, 0, 4, 0, 0, 2, 0, 0]
}

/// The head of a lossy picture.
fn lossy(width: u16, height: u16) -> Vec<u8> {
    let sides = [width.to_le_bytes(), height.to_le_bytes()].concat();
    [&[0, 0, 0, 0x9d, 1, 0x2a][..], &sides].concat()
}

#[test]
fn files_without_metadata_stay_as_they_are() {
    for (kind, format) in [
        (ImageFormat::Png, Format::Png),
        (ImageFormat::Jpeg, Format::Jpeg),
        (ImageFormat::WebP, Format::Webp),
    ] {
        let whole = picture(kind);
        assert_eq!(bare(&whole, format).unwrap(), whole, "{format:?}");
    }
    assert_eq!(bare(&gif(), Format::Gif).unwrap(), gif());
}

#[test]
fn a_png_says_nothing() {
    let whole = picture(ImageFormat::Png);
    for kind in [
        b"iCCP", b"zTXt", b"iTXt", b"tEXt", b"eXIf", b"acTL", b"fdAT",
    ] {
        let told = with(&whole, 33, &png_chunk(kind, &[7; 500]));
        assert_eq!(bare(&told, Format::Png).unwrap(), whole);
    }
    let told = [&whole[..], b"and here"].concat();
    assert_eq!(bare(&told, Format::Png).unwrap(), whole);
    let mut long = whole;
    long[33..37].fill(0xff);
    assert_eq!(bare(&long, Format::Png), Err(Failure::Undecodable));
}

#[test]
fn a_jpeg_says_nothing_but_what_its_colors_are() {
    let whole = picture(ImageFormat::Jpeg);
    for marker in [0xe1, 0xe2, 0xed, 0xef, 0xfe] {
        let told = with(&whole, 2, &[0xff, 0xff, marker, 0, 6, 1, 2, 3, 4]);
        assert_eq!(bare(&told, Format::Jpeg).unwrap(), whole);
    }
    let adobe = with(&whole, 2, b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\x01");
    assert_eq!(bare(&adobe, Format::Jpeg).unwrap(), adobe);
}

#[test]
fn a_webp_says_nothing_and_does_not_claim_to() {
    let whole = picture(ImageFormat::WebP);
    let pixels = find_chunk(&whole, b"VP8L").unwrap();
    let told = webp(&[
        (b"VP8X", &extended(0x3c)),
        (b"ICCP", &[1; 333]),
        (b"VP8L", pixels),
        (b"EXIF", &[1; 3]),
        (b"XMP ", &[1; 4]),
        (b"what", &[1; 4]),
    ]);
    let wanted = webp(&[(b"VP8X", &extended(0x10)), (b"VP8L", pixels)]);
    assert_eq!(bare(&told, Format::Webp).unwrap(), wanted);
    assert!(image::load_from_memory(&wanted).is_ok());
}

#[test]
fn a_webp_whose_parts_claim_more_than_there_is_is_found() {
    let mut long = picture(ImageFormat::WebP);
    long.extend(*b"EXIF\xff\xff\xff\xff");
    assert_eq!(bare(&long, Format::Webp), Err(Failure::Undecodable));
    let frame = |picture: &[u8]| {
        let mut frame = [0; WEBP_FRAME_BYTES].to_vec();
        push_chunk(&mut frame, b"VP8 ", picture);
        webp(&[
            (b"VP8X", &extended(2)),
            (b"ANIM", &[0; 6]),
            (b"ANMF", &frame),
        ])
    };
    for (width, height, fits) in [(5, 3, true), (16_383, 16_383, false)] {
        let picture = lossy(width, height);
        let still = webp(&[(b"VP8X", &extended(0)), (b"VP8 ", &picture)]);
        for file in [still, frame(&picture)] {
            assert_eq!(bare(&file, Format::Webp).is_ok(), fits);
        }
    }
}

#[test]
fn a_gif_says_how_often_it_is_repeated_and_nothing_else() {
    let whole = gif();
    let frames = whole
        .windows(2)
        .position(|two| two == [0x21, 0xf9])
        .unwrap();
    for told in [
        &b"!\xfe\x04here\0"[..],
        b"!\x01\x02no\x03yes\0",
        b"!\xff\x0bXMP DataXMP\x02aa\x01b\0",
        b"!\xff\x0bICCRGBG1012\x02aa\0",
    ] {
        assert_eq!(
            bare(&with(&whole, frames, told), Format::Gif).unwrap(),
            whole
        );
    }
    let cut = &whole[..whole.len() - 5];
    assert_eq!(bare(cut, Format::Gif).unwrap(), cut);
}
