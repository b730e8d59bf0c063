//! The picture that browsers show beside a page's title.

use http::header::{self, HeaderValue};
use runtime::extract::Raw;
use runtime::prelude::*;
use runtime::respond::unless_known;

use crate::page;

function! {
    at root "/favicon.ico"
    GET get_favicon
}

/// A vector image: browsers go by the media type, whatever the address ends with.
const PICTURE: &str = include_str!("favicon.svg");

/// A speech bubble.
async fn get_favicon(_: &Cx, _: Anyone, Raw(request): Raw) -> Result<Response> {
    let mut answer = page::text(PICTURE.to_owned(), "image/svg+xml", "default-src 'none'")?;
    let day = HeaderValue::from_static("public, max-age=86400");
    answer.headers_mut().insert(header::CACHE_CONTROL, day);
    Ok(unless_known(answer, &request.headers))
}

#[cfg(test)]
mod tests {
    use http::Method;
    use runtime::testing::App;

    use super::*;

    #[test]
    fn a_browser_asks_for_it_once() {
        let app = App::new();
        let first = app.nobody().get(&FUNCTION, "/favicon.ico");
        assert_eq!(first.headers["content-type"], "image/svg+xml");
        assert!(first.body.starts_with(b"<svg"));
        let tag = first.headers["etag"].to_str().unwrap();
        let known = [("if-none-match", tag)];
        let again = app
            .nobody()
            .send(&FUNCTION, Method::GET, "/favicon.ico", None, &known);
        assert_eq!((again.status, again.body.len()), (304, 0));
        assert_eq!(again.headers["etag"], tag);
        let other = [("if-none-match", "\"another\"")];
        let changed = app
            .nobody()
            .send(&FUNCTION, Method::GET, "/favicon.ico", None, &other);
        assert_eq!(changed.body, first.body);
    }
}
