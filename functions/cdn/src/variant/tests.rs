//! Images in every size and format, and what must not be decoded.

use std::io::Cursor;
use std::time::Instant;

use actions::images::Owner;
use http::Method;
use image::codecs::gif::{GifDecoder, GifEncoder};
use image::codecs::webp::WebPDecoder;
use image::{AnimationDecoder, DynamicImage, Frame, ImageFormat, RgbImage, RgbaImage};
use proptest::prelude::*;
use runtime::testing::{Answer, App, block_on};

use super::*;
use crate::avatars::FUNCTION;

const USER: Id<marker::User> = Id::new(7);

fn picture(width: u32, height: u32) -> DynamicImage {
    RgbImage::from_fn(width, height, |x, y| {
        image::Rgb([x as u8, y as u8, (x + y) as u8])
    })
    .into()
}

fn bytes(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    image
        .write_to(&mut Cursor::new(&mut bytes), format)
        .unwrap();
    bytes
}

fn gif(frames: usize, side: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    for shade in 0..frames {
        let color = image::Rgba([(shade as u8).wrapping_mul(50), 0, 0, 255]);
        encoder
            .encode_frame(Frame::new(RgbaImage::from_pixel(side, side, color)))
            .unwrap();
    }
    drop(encoder);
    bytes
}

/// An instance where the user's avatar `h` is these bytes.
fn with_avatar(avatar: Vec<u8>) -> App {
    let app = App::new();
    let cx = block_on(Cx::new(app.host())).unwrap();
    let key = Owner::Avatar(USER).key("h");
    block_on(cx.blobs().put(&key, "image/png", avatar.into())).unwrap();
    app
}

fn get(app: &App, file: &str) -> Answer {
    app.nobody()
        .get(&FUNCTION, &format!("/avatars/{USER}/{file}"))
}

fn size(answer: &Answer) -> (u32, u32) {
    assert_eq!(answer.status, 200, "{answer:?}");
    let image = image::load_from_memory(&answer.body).unwrap();
    (image.width(), image.height())
}

#[test]
fn every_format_is_made_of_every_other() {
    let picture = picture(40, 20);
    for from in [
        ImageFormat::Png,
        ImageFormat::Jpeg,
        ImageFormat::WebP,
        ImageFormat::Gif,
    ] {
        let app = with_avatar(bytes(&picture, from));
        for (file, mime) in [
            ("h.png", "image/png"),
            ("h.jpg", "image/jpeg"),
            ("h.jpeg", "image/jpeg"),
            ("h.webp", "image/webp"),
            ("h", "image/png"),
        ] {
            let answer = get(&app, file);
            assert_eq!(size(&answer), (40, 20), "{from:?} as {file}");
            assert_eq!(answer.headers["content-type"], mime);
            assert_eq!(
                image::guess_format(&answer.body).unwrap().to_mime_type(),
                mime
            );
        }
    }
}

#[test]
fn an_image_is_shrunk_and_never_made_larger() {
    let app = with_avatar(bytes(&picture(400, 100), ImageFormat::Png));
    for (asked, wanted) in [
        (16, (16, 4)),
        (32, (32, 8)),
        (100, (128, 32)),
        (256, (256, 64)),
        (1, (16, 4)),
        (4096, (400, 100)),
    ] {
        assert_eq!(
            size(&get(&app, &format!("h.png?size={asked}"))),
            wanted,
            "{asked}"
        );
    }
    for wrong in ["0", "4097", "-1", "x"] {
        get(&app, &format!("h.png?size={wrong}")).field_error(&["size"]);
    }
}

#[test]
fn a_variant_is_made_once() {
    let app = with_avatar(bytes(&picture(64, 64), ImageFormat::Png));
    get(&app, "h.webp?size=32").headers.get("etag").unwrap();
    let key = "variants/avatars/7/h/32.webp".to_owned();
    assert!(app.blobs().contains(&key));
    let cx = block_on(Cx::new(app.host())).unwrap();
    block_on(cx.blobs().delete("avatars/7/h")).unwrap();
    assert_eq!(size(&get(&app, "h.webp?size=32")), (32, 32));
    let tag = get(&app, "h.webp?size=32").headers["etag"]
        .to_str()
        .unwrap()
        .to_owned();
    let path = format!("/avatars/{USER}/h.webp?size=32");
    let unchanged = [("if-none-match", tag.as_str())];
    let answer = app
        .nobody()
        .send(&FUNCTION, Method::GET, &path, None, &unchanged);
    assert_eq!((answer.status, answer.body.len()), (304, 0));
}

#[test]
fn an_animation_keeps_moving_as_a_gif_alone() {
    let app = with_avatar(gif(3, 64));
    let frames = |answer: &Answer| {
        let decoder = GifDecoder::new(Cursor::new(&answer.body)).unwrap();
        decoder.into_frames().collect_frames().unwrap().len()
    };
    let whole = get(&app, "h.gif");
    assert_eq!((size(&whole), frames(&whole)), ((64, 64), 3));
    let small = get(&app, "h.gif?size=32");
    assert_eq!((size(&small), frames(&small)), ((32, 32), 3));
    assert_eq!(size(&get(&app, "h.png?size=16")), (16, 16));
    let still = with_avatar(bytes(&picture(8, 8), ImageFormat::Png));
    get(&still, "h.gif").is(Code::UnsupportedMediaType);
}

#[test]
fn a_webp_moves_where_that_is_asked_for() {
    let frames = |answer: &Answer| {
        let decoder = WebPDecoder::new(Cursor::new(&answer.body)).unwrap();
        let frames = decoder.into_frames().collect_frames().unwrap();
        let delays = frames.iter().map(|frame| frame.delay().numer_denom_ms().0);
        let color = |frame: &Frame| frame.buffer().get_pixel(3, 3).0;
        let colors: Vec<_> = frames.iter().map(color).collect();
        (delays.collect::<Vec<_>>(), colors)
    };
    let mut original = Vec::new();
    let mut encoder = GifEncoder::new(&mut original);
    for (ms, shade) in [(100, 0), (250, 250)] {
        let frame = RgbaImage::from_pixel(64, 32, image::Rgba([shade, 0, 0, 255]));
        let delay = image::Delay::from_numer_denom_ms(ms, 1);
        encoder
            .encode_frame(Frame::from_parts(frame, 0, 0, delay))
            .unwrap();
    }
    drop(encoder);
    let app = with_avatar(original);
    let wanted = (vec![100, 250], vec![[0, 0, 0, 255], [250, 0, 0, 255]]);
    for (file, pixels) in [
        ("h.webp?animated=true", (64, 32)),
        ("h.webp?size=16&animated=true", (16, 8)),
        ("h.webp?animated=1", (64, 32)),
    ] {
        let moving = get(&app, file);
        assert_eq!((size(&moving), frames(&moving)), (pixels, wanted.clone()));
        assert_eq!(moving.headers["content-type"], "image/webp");
        // It is in order by our own account, and can be made of, too.
        let again = with_avatar(moving.body.to_vec());
        for file in ["h.webp?animated=true", "h.webp?size=16&animated=true"] {
            assert_eq!(frames(&get(&again, file)), wanted);
        }
        assert_eq!(get(&again, "h.gif").status, 200);
    }
    for file in ["h.webp", "h.webp?animated=false", "h.webp?animated="] {
        let still = get(&app, file);
        let decoder = WebPDecoder::new(Cursor::new(&still.body)).unwrap();
        assert!(!decoder.has_animation(), "{file}");
    }
    let still = with_avatar(bytes(&picture(8, 8), ImageFormat::Png));
    assert_eq!(size(&get(&still, "h.webp?animated=true")), (8, 8));
    let heavy = with_avatar(gif(3000, 1));
    assert_eq!(size(&get(&heavy, "h.webp?animated=true")), (1, 1));
}

#[test]
fn missing_files_are_not_found() {
    let app = with_avatar(bytes(&picture(8, 8), ImageFormat::Png));
    for file in [
        "g.png",
        "h.bmp",
        "h.",
        ".png",
        "h.png.png",
        "h%2Fx.png",
        "..",
        "h%00.png",
    ] {
        get(&app, file).is(Code::NotFound);
    }
}

/// A PNG that says it has this many pixels and has none.
fn png_that_claims(width: u32, height: u32) -> Vec<u8> {
    let mut png = bytes(&picture(1, 1), ImageFormat::Png);
    png[16..20].copy_from_slice(&width.to_be_bytes());
    png[20..24].copy_from_slice(&height.to_be_bytes());
    png
}

#[test]
fn a_bomb_is_refused_quickly() {
    let large = RgbaImage::new(2000, 1000);
    let mut bombs = vec![
        png_that_claims(u32::MAX, u32::MAX),
        png_that_claims(30_000, 30_000),
        png_that_claims(16_000_001, 1),
        b"GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x02\x02D\x01\0;".to_vec(),
        b"\xff\xd8\xff\xe0garbage".to_vec(),
    ];
    // A GIF that breaks off within a frame of two megapixels.
    let mut frames = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut frames, 30);
    for _ in 0..2 {
        encoder.encode_frame(Frame::new(large.clone())).unwrap();
    }
    drop(encoder);
    bombs.push(frames[..frames.len() / 2].to_vec());
    for bomb in bombs {
        let app = with_avatar(bomb);
        let begun = Instant::now();
        get(&app, "h.png?size=16").is(Code::UnsupportedMediaType);
        assert!(begun.elapsed().as_secs() < 5);
    }
}

#[test]
fn an_image_that_cannot_be_decoded_is_tried_once() {
    let app = with_avatar(png_that_claims(30_000, 30_000));
    get(&app, "h.png").is(Code::UnsupportedMediaType);
    let cx = block_on(Cx::new(app.host())).unwrap();
    block_on(cx.blobs().delete("avatars/7/h")).unwrap();
    let path = format!("/avatars/{USER}/h.png");
    for headers in [&[][..], &[("range", "bytes=0-1")]] {
        let again = app
            .nobody()
            .send(&FUNCTION, Method::GET, &path, None, headers);
        again.is(Code::UnsupportedMediaType);
    }
    get(&app, "h.webp").is(Code::NotFound);
}

/// The avatar's variant, of which an attempt did not come back.
fn with_attempts(app: &App, count: u32) -> Cx {
    let cx = block_on(Cx::new(app.host())).unwrap();
    for before in 0..count {
        block_on(attempt::begin(&cx, "variants/avatars/7/h/full.png", before)).unwrap();
    }
    cx
}

#[test]
fn an_attempt_is_remembered_before_it_is_made() {
    let app = with_avatar(bytes(&picture(8, 8), ImageFormat::Png));
    with_attempts(&app, 3);
    // The last one: whoever comes while it lasts is asked to wait.
    assert_eq!(size(&get(&app, "h.png")), (8, 8));
    assert_eq!(size(&get(&app, "h.png")), (8, 8));
    with_attempts(&app, 4);
    let path = format!("/avatars/{USER}/h.png");
    for headers in [
        &[][..],
        &[("range", "bytes=0-1")],
        &[("range", "bytes=900-")],
    ] {
        let send = || {
            app.nobody()
                .send(&FUNCTION, Method::GET, &path, None, headers)
        };
        send().is(Code::Overloaded);
    }
    app.advance(10 * 60 * 1000);
    for headers in [
        &[][..],
        &[("range", "bytes=0-1")],
        &[("range", "bytes=900-")],
    ] {
        let send = || {
            app.nobody()
                .send(&FUNCTION, Method::GET, &path, None, headers)
        };
        send().is(Code::UnsupportedMediaType);
    }
    assert_eq!(size(&get(&app, "h.webp")), (8, 8));
}

#[test]
fn unanswered_attempts_end() {
    let app = with_avatar(bytes(&picture(8, 8), ImageFormat::Png));
    for (minutes, comes_back) in [(0, true), (1, true), (5, true)] {
        let cx = with_attempts(&app, 2);
        app.advance(minutes * 60 * 1000);
        let found = block_on(attempt::find(
            &cx,
            "variants/avatars/7/h/full.png",
            &HeaderMap::new(),
        ));
        assert_eq!(matches!(found, Ok(Known::Attempted(2))), comes_back);
    }
}

#[test]
fn answers_carry_no_metadata_of_the_image() {
    let mut told = gif(2, 8);
    let end = told.len() - 1;
    told.splice(end..end, *b"!\xfe\x0445.3\0");
    let app = with_avatar(told);
    let answer = get(&app, "h.gif").body;
    assert!(!answer.windows(4).any(|four| four == b"45.3"));
}

#[test]
fn a_range_behind_the_end_of_a_variant_is_none() {
    let app = with_avatar(bytes(&picture(8, 8), ImageFormat::Png));
    get(&app, "h.png");
    let path = format!("/avatars/{USER}/h.png");
    let headers = [("range", "bytes=90000-")];
    let answer = app
        .nobody()
        .send(&FUNCTION, Method::GET, &path, None, &headers);
    assert_eq!(answer.status, 416);
}

#[test]
fn an_image_is_shown_upright() {
    // The left half is white; turned by a quarter it is the upper one.
    let halves = RgbImage::from_fn(16, 8, |x, _| image::Rgb([if x < 8 { 255 } else { 0 }; 3]));
    let halves = DynamicImage::from(halves);
    let exif = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let mut jpeg = bytes(&halves, ImageFormat::Jpeg);
    let segment = [b"\xff\xe1\0\x22Exif\0\0", &exif[..]].concat();
    jpeg.splice(2..2, segment);
    let mut png = bytes(&halves, ImageFormat::Png);
    let chunk = [b"\0\0\0\x1aeXIf", &exif[..], &[0; 4]].concat();
    png.splice(33..33, chunk);
    for original in [jpeg, png] {
        let answer = get(&with_avatar(original), "h.png");
        assert_eq!(size(&answer), (8, 16));
        let image = image::load_from_memory(&answer.body).unwrap().to_luma8();
        assert!(image.get_pixel(4, 2).0[0] > 200 && image.get_pixel(4, 13).0[0] < 50);
    }
}

#[test]
fn an_animation_of_too_many_frames_stays_as_it_is() {
    let heavy = gif(3000, 1);
    let app = with_avatar(heavy.clone());
    assert_eq!(get(&app, "h.gif?size=16").body, heavy);
}

#[test]
fn an_animation_of_too_many_pixels_stays_as_it_is() {
    let heavy = gif(2, 2100);
    let app = with_avatar(heavy.clone());
    assert_eq!(get(&app, "h.gif?size=128").body, heavy);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_damaged_image_is_made_or_refused(
        from in 0_usize..4,
        to in 0_usize..4,
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let kinds = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP];
        let mut original = match kinds.get(from) {
            Some(kind) => bytes(&picture(20, 9), *kind),
            None => gif(2, 20),
        };
        *at.get_mut(&mut original) = byte;
        if cut.index(3) == 0 {
            original.truncate(cut.index(original.len()));
        }
        let format = [Format::Png, Format::Jpeg, Format::Webp, Format::Gif][to];
        if let Ok(original) = Original::read(&original) {
            let _ = original.memory_bytes(1_000_000);
            let _ = original.render(format, Some(16), true, 1_000_000);
        }
    }
}
