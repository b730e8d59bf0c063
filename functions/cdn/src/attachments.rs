//! Files of messages.
//!
//! See [Discord Docs/Attachment Object](https://discord.com/developers/docs/resources/message#attachment-object).

use runtime::extract::Raw;
use runtime::prelude::*;

use crate::delivery;

function! {
    at cdn "/attachments/{channel_id}/{attachment_id}/{filename}"
    GET get_attachment, 500 per 5_000 ms
    uses blobs
}

/// A message's file, or the part of it that `Range` names. Anybody with the link may read it.
async fn get_attachment(
    cx: &Cx,
    _: Anyone,
    Path((channel, id, name)): Path<(Id<marker::Channel>, Id<marker::Attachment>, String)>,
    Raw(request): Raw,
) -> Result<Response> {
    let key = format!("attachments/{channel}/{id}/{name}");
    let stored = cx.blobs().get(&key, &request.headers).await?;
    delivery::file(stored, &name)
}

#[cfg(test)]
mod tests {
    use http::Method;
    use runtime::testing::{Answer, App, block_on};

    use super::*;

    const PATH: &str = "/attachments/1/2/";

    fn stored(name: &str, mime: &str) -> App {
        let app = App::new();
        let cx = block_on(Cx::new(app.host())).unwrap();
        let body = b"0123456789".to_vec().into();
        block_on(
            cx.blobs()
                .put(&format!("attachments/1/2/{name}"), mime, body),
        )
        .unwrap();
        app
    }

    fn get(app: &App, name: &str, headers: &[(&str, &str)]) -> Answer {
        app.nobody().send(
            &FUNCTION,
            Method::GET,
            &format!("{PATH}{name}"),
            None,
            headers,
        )
    }

    #[test]
    fn a_file_comes_back_as_it_was_sent() {
        let app = stored("a.png", "image/png");
        let answer = get(&app, "a.png", &[]);
        assert_eq!((answer.status, &answer.body[..]), (200, &b"0123456789"[..]));
        assert_eq!(answer.headers["content-type"], "image/png");
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
        assert_eq!(
            answer.headers["content-security-policy"],
            "sandbox; default-src 'none'"
        );
        assert!(answer.headers.contains_key("etag"));
        assert!(!answer.headers.contains_key("content-disposition"));
        let head = app
            .nobody()
            .send(&FUNCTION, Method::HEAD, &format!("{PATH}a.png"), None, &[]);
        assert_eq!(head.status, 200);
    }

    #[test]
    fn a_part_and_an_unchanged_file_are_answered_as_such() {
        let app = stored("a.bin", "application/octet-stream");
        let part = get(&app, "a.bin", &[("range", "bytes=2-4")]);
        assert_eq!((part.status, &part.body[..]), (206, &b"234"[..]));
        let tag = get(&app, "a.bin", &[]).headers["etag"]
            .to_str()
            .unwrap()
            .to_owned();
        assert_eq!(get(&app, "a.bin", &[("if-none-match", &tag)]).status, 304);
    }

    #[test]
    fn files_that_could_run_scripts_are_downloads() {
        for (name, mime) in [
            ("a.html", "text/html; charset=utf-8"),
            ("a.svg", "image/svg+xml"),
            ("a.xml", "text/xml"),
            ("a.js", "text/javascript"),
            ("a.xhtml", "application/xhtml+xml"),
            ("a.pdf", "application/pdf"),
            ("a", "application/octet-stream"),
        ] {
            let answer = get(&stored(name, mime), name, &[]);
            let wanted = format!("attachment; filename=\"{name}\"");
            assert_eq!(
                answer.headers["content-disposition"],
                wanted.as_str(),
                "{mime}"
            );
        }
        for (name, mime) in [
            ("a.txt", "text/plain; charset=utf-8"),
            ("a.mp4", "video/mp4"),
        ] {
            let answer = get(&stored(name, mime), name, &[]);
            assert!(
                !answer.headers.contains_key("content-disposition"),
                "{mime}"
            );
        }
    }

    #[test]
    fn missing_files_are_not_found() {
        let app = stored("a.png", "image/png");
        for name in ["b.png", "a.png%2F..%2Fa.png", "..", "%00", "a%20b"] {
            get(&app, name, &[]).is(Code::NotFound);
        }
    }
}
