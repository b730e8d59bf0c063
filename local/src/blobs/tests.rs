//! Tests of the blob folder by its requests.

use super::*;
use crate::body::full;

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

async fn ask(blobs: &Blobs, line: &str, headers: &[(&str, &str)], body: Body) -> Answer {
    let (method, path) = line.split_once(' ').unwrap();
    let uri = format!("http://blobs.internal{path}");
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = blobs.answer(request.body(body).unwrap()).await;
    let (head, body) = response.into_parts();
    Answer {
        status: head.status.as_u16(),
        headers: head.headers,
        body: body.collect().await.unwrap().to_bytes().into(),
    }
}

fn folder() -> (tempfile::TempDir, Blobs) {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(folder.path()).unwrap();
    (folder, blobs)
}

#[tokio::test]
async fn stored_files_come_back_whole_and_in_parts() {
    let (_folder, blobs) = folder();
    let content: Vec<u8> = (0..200_000_u32).map(|i| i as u8).collect();
    let typed = [("content-type", "image/png")];
    let put = ask(&blobs, "PUT /a/b.png", &typed, full(content.clone())).await;
    assert_eq!(put.status, 201);
    let whole = ask(&blobs, "GET /a/b.png", &[], empty()).await;
    assert_eq!(
        (whole.status, whole.header("content-type")),
        (200, "image/png")
    );
    assert_eq!(whole.header("content-length"), "200000");
    assert_eq!(whole.header("etag"), put.header("etag"));
    assert!(whole.body == content);
    let part = ask(
        &blobs,
        "GET /a/b.png",
        &[("range", "bytes=99999-100001")],
        empty(),
    )
    .await;
    assert_eq!(
        (part.status, &part.body[..]),
        (206, &content[99_999..=100_001])
    );
    assert_eq!(part.header("content-range"), "bytes 99999-100001/200000");
    let beyond = ask(
        &blobs,
        "GET /a/b.png",
        &[("range", "bytes=200000-")],
        empty(),
    )
    .await;
    assert_eq!(
        (beyond.status, beyond.header("content-range")),
        (416, "bytes */200000")
    );
    let head = ask(&blobs, "HEAD /a/b.png", &[], empty()).await;
    assert_eq!(
        (head.status, head.header("content-length")),
        (200, "200000")
    );
    let known = [("if-none-match", put.header("etag"))];
    assert_eq!(
        ask(&blobs, "GET /a/b.png", &known, empty()).await.status,
        304
    );
}

#[tokio::test]
async fn a_blob_and_those_below_it_are_replaced_and_removed_apart() {
    let (_folder, blobs) = folder();
    for (line, body) in [("PUT /a", "1"), ("PUT /a/b", "2"), ("PUT /a", "")] {
        assert_eq!(ask(&blobs, line, &[], full(body)).await.status, 201);
    }
    let empty_blob = ask(&blobs, "GET /a", &[], empty()).await;
    assert_eq!((empty_blob.status, empty_blob.body.len()), (200, 0));
    assert_eq!(ask(&blobs, "DELETE /a", &[], empty()).await.status, 204);
    assert_eq!(ask(&blobs, "DELETE /a", &[], empty()).await.status, 204);
    assert_eq!(ask(&blobs, "GET /a", &[], empty()).await.status, 404);
    assert_eq!(ask(&blobs, "GET /a/b", &[], empty()).await.body, b"2");
    assert_eq!(ask(&blobs, "PUT /a", &[], full("3")).await.status, 201);
    for _ in 0..2 {
        assert_eq!(ask(&blobs, "DELETE /a/", &[], empty()).await.status, 204);
    }
    assert_eq!(ask(&blobs, "GET /a/b", &[], empty()).await.status, 404);
    assert_eq!(ask(&blobs, "GET /a", &[], empty()).await.body, b"3");
    assert_eq!(ask(&blobs, "GET /a/", &[], empty()).await.status, 405);
    assert_eq!(ask(&blobs, "DELETE /../", &[], empty()).await.status, 400);
    assert_eq!(ask(&blobs, "GET /../x", &[], empty()).await.status, 400);
    assert_eq!(ask(&blobs, "POST /a", &[], empty()).await.status, 405);
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_what_was_there() {
    let (root, blobs) = folder();
    assert_eq!(ask(&blobs, "PUT /a", &[], full("old")).await.status, 201);
    let pieces = stream::iter([
        Ok(Frame::data("new".into())),
        Err(Error::ConnectionTerminated),
    ]);
    let broken = StreamBody::new(pieces).boxed_unsync();
    assert_eq!(ask(&blobs, "PUT /a", &[], broken).await.status, 400);
    assert_eq!(ask(&blobs, "GET /a", &[], empty()).await.body, b"old");
    let left = std::fs::read_dir(root.path().join("unfinished~"))
        .unwrap()
        .count();
    assert_eq!(left, 0);
    blobs.check().await.unwrap();
}
