//! The avatars of who has none.
//!
//! See [Discord Docs/CDN Endpoints](https://discord.com/developers/docs/reference#image-formatting-cdn-endpoints).

use http::HeaderValue;
use http::header;
use image::{DynamicImage, Rgb, RgbImage};
use runtime::{BodyStream, prelude::*};

use crate::delivery;
use crate::variant::{Format, encode};

function! {
    at cdn "/embed/avatars/{file}"
    GET get_default_avatar, 500 per 5_000 ms
}

/// Pixels of a side. As on Discord, `size` changes nothing.
const SIDE: u32 = 256;
/// One background for each number.
const COLORS: [[u8; 3]; 6] = [
    [0x4f, 0x6b, 0xd8],
    [0x6b, 0x74, 0x80],
    [0x2f, 0x9e, 0x6a],
    [0xe0, 0x9a, 0x2b],
    [0xd6, 0x4b, 0x4b],
    [0xc2, 0x57, 0xa8],
];

/// A default avatar: `0.png` to `5.png`.
async fn get_default_avatar(_: &Cx, _: Anyone, Path(file): Path<String>) -> Result<Response> {
    let index = file
        .strip_suffix(".png")
        .and_then(|index| index.parse::<usize>().ok());
    let color = index
        .and_then(|index| COLORS.get(index))
        .ok_or(Code::NotFound)?;
    let png = encode(&draw(*color), Format::Png).map_err(anyhow::Error::from)?;
    let mut drawn = Response::new(BodyStream::from(png));
    let png = HeaderValue::from_static(Format::Png.media_type());
    drawn.headers_mut().insert(header::CONTENT_TYPE, png);
    Ok(delivery::image(drawn))
}

/// A pale head and shoulders.
fn draw(color: [u8; 3]) -> DynamicImage {
    let image = RgbImage::from_fn(SIDE, SIDE, |x, y| {
        // Four samples a pixel make the edges smooth.
        let samples = [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)];
        let covered = samples.iter().filter(|(dx, dy)| {
            let (x, y) = (f64::from(x) + dx, f64::from(y) + dy);
            in_ellipse(x, y, 102.0, 44.0, 44.0) || in_ellipse(x, y, 232.0, 78.0, 70.0)
        });
        let share = covered.count() as f64 / samples.len() as f64;
        Rgb(color.map(|channel| {
            let channel = f64::from(channel);
            (channel + (240.0 - channel) * share) as u8
        }))
    });
    image.into()
}

/// Whether a point lies in an ellipse whose centre is `middle` below the upper edge.
fn in_ellipse(x: f64, y: f64, middle: f64, width: f64, height: f64) -> bool {
    let across = (x - f64::from(SIDE) / 2.0) / width;
    let down = (y - middle) / height;
    across * across + down * down <= 1.0
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;

    use super::*;

    #[test]
    fn there_are_six() {
        let app = App::new();
        let avatars: std::collections::BTreeSet<_> = (0..6)
            .map(|index| {
                let answer = app
                    .nobody()
                    .get(&FUNCTION, &format!("/embed/avatars/{index}.png"));
                assert_eq!(answer.headers["content-type"], "image/png");
                let image = image::load_from_memory(&answer.body).unwrap();
                assert_eq!((image.width(), image.height()), (SIDE, SIDE));
                answer.body
            })
            .collect();
        assert_eq!(avatars.len(), 6);
        for file in ["6.png", "-1.png", "0.gif", "0", "x.png"] {
            app.nobody()
                .get(&FUNCTION, &format!("/embed/avatars/{file}"))
                .is(Code::NotFound);
        }
    }
}
