//! An image is what its bytes are, whatever it is called.

use base64::prelude::BASE64_STANDARD;
use proptest::prelude::*;
use runtime::Form;
use runtime::testing::{App, block_on};
use serde_json::json;

use super::*;

/// A PNG of 1 pixel.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0\x90wS\xde";

fn url(mime: &str, bytes: &[u8]) -> String {
    format!("data:{mime};base64,{}", BASE64_STANDARD.encode(bytes))
}

/// A GIF of 2 colours and as many frames of one pixel.
fn gif(frames: usize) -> Vec<u8> {
    let mut gif = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff".to_vec();
    for _ in 0..frames {
        gif.extend(b"!\xf9\x04\0\x0a\0\0\0");
        gif.extend(b",\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0");
    }
    gif.push(b';');
    gif
}

fn png_of(width: u32, height: u32) -> Vec<u8> {
    let mut png = PNG.to_vec();
    png[16..20].copy_from_slice(&width.to_be_bytes());
    png[20..24].copy_from_slice(&height.to_be_bytes());
    png
}

#[test]
fn the_bytes_decide_the_type() {
    let image = Image::from_data_url(&url("image/gif", PNG)).unwrap();
    assert_eq!((image.content_type, image.animated), ("image/png", false));
    let unpadded = url("image/png", PNG).trim_end_matches('=').to_owned();
    assert_eq!(Image::from_data_url(&unpadded).unwrap(), image);
    let lines = url("image/png", PNG).replace("AAA", "A\nA\r\nA");
    assert_eq!(Image::from_data_url(&lines).unwrap(), image);
    assert_eq!(image.hash().len(), 32);
}

#[test]
fn an_image_that_moves_has_a_hash_that_says_so() {
    let still = Image::from_data_url(&url("image/gif", &gif(1))).unwrap();
    let moving = Image::from_data_url(&url("image/gif", &gif(2))).unwrap();
    assert!(!still.animated && !still.hash().starts_with("a_"));
    assert!(moving.animated && moving.hash().starts_with("a_"));
    let mut webp = b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0".to_vec();
    webp.extend([2, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert!(
        Image::from_data_url(&url("image/webp", &webp))
            .unwrap()
            .animated
    );
}

#[test]
fn other_files_and_large_images_are_refused() {
    for wrong in [
        "",
        "https://example.org/a.png",
        "data:image/png,abc",
        "data:image/png;base64,",
        "data:image/png;base64,%%%",
        &url("image/png", b"<svg/>"),
        &url("image/png", &PNG[..18]),
        &url("image/png", &png_of(0, 1)),
        &url("image/bmp", b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0"),
    ] {
        let refused = Image::from_data_url(wrong).map_err(|(code, _)| code);
        assert_eq!(
            refused,
            Err("IMAGE_INVALID"),
            "{}",
            &wrong[..wrong.len().min(60)]
        );
    }
    let large = [PNG, &vec![0; IMAGE_BYTES_MAX]].concat();
    let refused = Image::from_data_url(&url("image/png", &large)).map_err(|(code, _)| code);
    assert_eq!(refused, Err("BINARY_TYPE_MAX_SIZE"));
}

struct Emoji;

impl Form for Emoji {
    fn read(fields: &mut Fields<'_>) -> Self {
        Image::emoji(fields, "image");
        Self
    }
}

#[test]
fn an_emoji_is_smaller_than_an_avatar() {
    let emoji = |bytes| {
        let image = url("image/png", &[PNG, &vec![0; bytes]].concat());
        Fields::read::<Emoji>(json!({ "image": image })).is_ok()
    };
    assert!(emoji(EMOJI_BYTES_MAX - PNG.len()));
    assert!(!emoji(EMOJI_BYTES_MAX - PNG.len() + 1));
    assert!(Fields::read::<Emoji>(json!({})).is_err());
}

#[test]
fn an_image_is_stored_under_its_owner_and_its_hash() {
    let app = App::new();
    let cx = block_on(Cx::new(app.host())).unwrap();
    let image = || Image::from_data_url(&url("image/png", PNG)).unwrap();
    let hash = block_on(image().store(&cx, Owner::Avatar(Id::new(7)), "avatar")).unwrap();
    assert_eq!(app.blobs(), [format!("avatars/7/{hash}")]);
    block_on(image().store(&cx, Owner::Emoji(Id::new(8)), "image")).unwrap();
    assert_eq!(app.blob("emojis/8").unwrap(), PNG);
    for bomb in [png_of(4001, 4000), png_of(u32::MAX, u32::MAX)] {
        let bomb = Image::from_data_url(&url("image/png", &bomb)).unwrap();
        assert!(block_on(bomb.store(&cx, Owner::GuildIcon(Id::new(9)), "icon")).is_err());
    }
    app.configure(|config| config.limits.image_bytes_max = 10);
    let cx = block_on(Cx::new(app.host())).unwrap();
    assert!(block_on(image().store(&cx, Owner::GuildIcon(Id::new(9)), "icon")).is_err());
    assert_eq!(app.blobs().len(), 2);
}

proptest! {
    #[test]
    fn any_text_is_an_image_or_a_complaint(
        text in ".*",
        bytes in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let _ = Image::from_data_url(&text);
        let _ = Image::from_data_url(&format!("data:image/png;base64,{text}"));
        let _ = Image::from_data_url(&url("image/gif", &bytes));
    }

    #[test]
    fn a_damaged_image_is_an_image_or_a_complaint(
        at in 0_usize..60, byte in any::<u8>(), cut in 0_usize..80,
    ) {
        let webp = b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0\0\0\0\0\0\0".to_vec();
        for mut image in [PNG.to_vec(), gif(3), webp] {
            let at = at % image.len();
            image[at] = byte;
            image.truncate(cut.max(1));
            let _ = Image::from_data_url(&url("image/png", &image));
        }
    }
}
