//! Sizes of every format, in whatever pieces a file arrives.

use proptest::prelude::*;

use super::super::exif::tests::exif;
use super::*;

/// A JPEG's segment.
fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u16 + 2).to_be_bytes();
    [&[0xff, marker], &length[..], content].concat()
}

/// The beginning of a JPEG of 64 times 32 pixels, up to its frame.
fn jpeg(before: &[Vec<u8>]) -> Vec<u8> {
    let frame = segment(0xc2, &[8, 0, 32, 0, 64, 1, 1, 0x11, 0]);
    [&[0xff, 0xd8], &before.concat()[..], &frame].concat()
}

fn jpeg_turned(orientation: u16) -> Vec<u8> {
    let exif = [EXIF_PREFIX, &exif(orientation, false)].concat();
    jpeg(&[segment(0xe1, &exif)])
}

fn png_chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u32).to_be_bytes();
    [&length[..], kind, content, &[0; 4]].concat()
}

/// A PNG of 64 times 32 pixels with these chunks after its head.
fn png(chunks: &[Vec<u8>]) -> Vec<u8> {
    let head = png_chunk(b"IHDR", &[0, 0, 0, 64, 0, 0, 0, 32, 8, 2, 0, 0, 0]);
    let end = png_chunk(b"IEND", &[]);
    [b"\x89PNG\r\n\x1a\n", &head[..], &chunks.concat(), &end].concat()
}

fn webp(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut webp = b"RIFF\0\0\0\0WEBP".to_vec();
    for (kind, content) in chunks {
        webp.extend(*kind);
        webp.extend((content.len() as u32).to_le_bytes());
        webp.extend(*content);
        webp.resize(webp.len().next_multiple_of(2), 0);
    }
    webp
}

/// An AVIF's box.
fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let size = (content.len() as u32 + 8).to_be_bytes();
    [&size[..], kind, content].concat()
}

fn ispe(width: u8, height: u8) -> Vec<u8> {
    boxed(b"ispe", &[0, 0, 0, 0, 0, 0, 0, width, 0, 0, 0, height])
}

/// An AVIF of a picture and a smaller one, with this property too.
fn avif(property: &[u8]) -> Vec<u8> {
    let properties = [&ispe(64, 32)[..], &ispe(8, 4), property].concat();
    let properties = boxed(b"iprp", &boxed(b"ipco", &properties));
    let meta = [&[0; 4][..], &boxed(b"hdlr", &[0; 20]), &properties].concat();
    [
        boxed(b"ftyp", b"mif1\0\0\0\0miafavif"),
        boxed(b"free", &[0; 300]),
        boxed(b"meta", &meta),
        boxed(b"mdat", &[7; 50]),
    ]
    .concat()
}

fn told(bytes: &[u8]) -> (Option<Kind>, Option<(u32, u32)>) {
    let probe = Probe::of(bytes);
    (probe.kind(), probe.pixels())
}

/// A file of every format and what is told of it.
fn files() -> Vec<(Vec<u8>, Kind, (u32, u32))> {
    let long: Vec<_> = (0..8).map(|_| segment(0xe2, &[1; 65_000])).collect();
    let extended = [8, 0, 0, 0, 63, 0, 0, 31, 0, 0];
    let lossy = [0, 0, 0, 0x9d, 1, 0x2a, 64, 0, 32, 0, 9];
    let bits: u32 = 63 | 31 << 14;
    let lossless = [&[0x2f][..], &bits.to_le_bytes()].concat();
    let turned = exif(8, true);
    vec![
        (png(&[]), Kind::Png, (64, 32)),
        (
            png(&[png_chunk(b"iCCP", &[7; 70_000])]),
            Kind::Png,
            (64, 32),
        ),
        (
            png(&[
                png_chunk(b"IDAT", &[7; 70_000]),
                png_chunk(b"eXIf", &turned),
            ]),
            Kind::Png,
            (32, 64),
        ),
        (b"GIF89a\x40\0\x20\0\0\0\0".to_vec(), Kind::Gif, (64, 32)),
        (jpeg(&[]), Kind::Jpeg, (64, 32)),
        (jpeg(&[vec![0xff; 5]]), Kind::Jpeg, (64, 32)),
        (jpeg(&long), Kind::Jpeg, (64, 32)),
        (jpeg_turned(1), Kind::Jpeg, (64, 32)),
        (jpeg_turned(3), Kind::Jpeg, (64, 32)),
        (jpeg_turned(6), Kind::Jpeg, (32, 64)),
        (webp(&[(b"VP8 ", &lossy)]), Kind::Webp, (64, 32)),
        (webp(&[(b"VP8L", &lossless)]), Kind::Webp, (64, 32)),
        (
            webp(&[
                (b"VP8X", &extended),
                (b"ICCP", &[1; 333]),
                (b"VP8 ", &lossy),
            ]),
            Kind::Webp,
            (64, 32),
        ),
        (
            webp(&[(b"VP8X", &extended), (b"VP8 ", &lossy), (b"EXIF", &turned)]),
            Kind::Webp,
            (32, 64),
        ),
        (avif(&[]), Kind::Avif, (64, 32)),
        (avif(&boxed(b"irot", &[2])), Kind::Avif, (64, 32)),
        (avif(&boxed(b"irot", &[3])), Kind::Avif, (32, 64)),
    ]
}

#[test]
fn every_format_has_its_size_as_it_is_shown() {
    for (at, (file, kind, size)) in files().into_iter().enumerate() {
        assert_eq!(told(&file), (Some(kind), Some(size)), "{at}");
    }
}

#[test]
fn pieces_make_no_difference() {
    for (file, kind, size) in files() {
        for bytes in [1, 2, 3, 7, 1000] {
            let mut probe = Probe::default();
            for piece in file.chunks(bytes) {
                probe.feed(piece);
            }
            let told = (probe.kind(), probe.pixels());
            assert_eq!(told, (Some(kind), Some(size)), "{bytes}");
        }
    }
}

#[test]
fn other_files_have_no_size() {
    for file in [
        &b""[..],
        b"GIF",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0",
        b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0",
        b"\0\0\0\x18ftypisom\0\0\0\0isomavc1\0\0\0\x08meta",
    ] {
        assert_eq!(told(file), (None, None));
    }
    let mut empty = png(&[]);
    empty[16..20].fill(0);
    assert_eq!(told(&empty), (Some(Kind::Png), None));
    let cut = &jpeg(&[segment(0xe0, &[0; 8])])[..12];
    assert_eq!(told(cut), (Some(Kind::Jpeg), None));
}

#[test]
fn no_more_is_kept_than_a_step_reads() {
    let mut endless = avif(&[]);
    let meta = endless.windows(4).position(|four| four == b"meta").unwrap();
    endless[meta - 4..meta].fill(0xff);
    let mut long = png(&[]);
    long.truncate(33);
    long.extend(b"\xff\xff\xff\xffeXIf");
    for mut probe in [Probe::of(&endless), Probe::of(&long)] {
        for _ in 0..100 {
            probe.feed(&[0; 10_000]);
        }
        assert!(probe.held.len() < 20);
    }
}

proptest! {
    #[test]
    fn a_damaged_file_is_read_alike_in_any_pieces(
        file in 0..files().len(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        bytes in 1_usize..300,
    ) {
        let mut file = files().swap_remove(file).0;
        for (at, byte) in edits {
            *at.get_mut(&mut file) = byte;
        }
        let mut probe = Probe::default();
        for piece in file.chunks(bytes) {
            probe.feed(piece);
        }
        prop_assert_eq!((probe.kind(), probe.pixels()), told(&file));
    }
}
