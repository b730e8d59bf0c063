//! The gateway in a process of its own: what it answers to whom.

use http::Method;
use model::Timestamp;
use runtime::internal;
use spacebar::settings::Sources;
use spacebar::standalone::Standalone;

use super::support::{ask, connect};

const KEY: &str = "a key of tests, which guards nothing at all";

fn proof(key: &str, method: &Method, path: &str) -> String {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = Timestamp::from_millis(since.unwrap().as_millis() as i64);
    internal::proof(key, method, path, b"", now)
}

async fn start(folder: &std::path::Path, key: &str) -> anyhow::Result<Standalone> {
    let sources = Sources {
        assignments: vec![
            "server.listen=127.0.0.1:0".into(),
            format!("storage.data={}", folder.display()),
        ],
        ..Sources::default()
    };
    // Nobody listens there.
    Standalone::new(&sources.read()?, "http://127.0.0.1:9", key.into()).await
}

#[tokio::test]
async fn functions_alone_publish_and_reach_blobs() {
    let folder = tempfile::tempdir().unwrap();
    let standalone = start(folder.path(), KEY).await.unwrap();
    let address = standalone.address().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let served = tokio::spawn(standalone.serve(async {
        let _ = stopped.await;
    }));
    let mut connection = connect(address).await;
    let (put, get, post) = (Method::PUT, Method::GET, Method::POST);
    let blob = "/blobs/attachments/1/a.bin";
    let other = "k".repeat(40);
    for (method, path, key, status) in [
        (&get, "/healthz", "", 200),
        (&get, "/readyz", "", 503),
        (&post, "/internal/v1/publish", KEY, 204),
        (&post, "/internal/v1/publish", &other, 404),
        (&get, blob, KEY, 404),
        (&put, blob, &other, 404),
        (&put, blob, KEY, 201),
        (&get, blob, KEY, 200),
        (&get, blob, "", 404),
        (&put, "/blobs/../x", KEY, 400),
        (&get, "/api/v10/gateway", KEY, 404),
    ] {
        let proof = proof(key, method, path);
        let headers = [("authorization", proof.as_str())];
        let body = if method == put { "bytes" } else { "" };
        let answer = ask(&mut connection, method.clone(), path, &headers, body).await;
        assert_eq!(answer.status, status, "{method} {path}");
        if status == 200 && path == blob {
            assert_eq!(answer.text(), "bytes");
        }
    }
    drop(stop);
    drop(connection);
    served.await.unwrap();
}

#[tokio::test]
async fn a_short_key_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let error = start(folder.path(), "short").await.err().unwrap();
    assert!(
        error.to_string().contains("SPACEBAR_INTERNAL_KEY"),
        "{error}"
    );
}
