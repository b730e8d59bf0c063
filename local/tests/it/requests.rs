//! What is before functions: routes, limits, health, browsers.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::App;

#[tokio::test]
async fn a_function_sees_the_request_as_the_client_sent_it() {
    let app = App::new().await;
    let headers = [
        ("authorization", "Bot x"),
        ("x-forwarded-for", "9.9.9.9"),
        ("x-request-id", "mine"),
    ];
    let answer = app
        .ask(Method::GET, "/guest/headers?a=b%20c", &headers, "")
        .await;
    let text = answer.text();
    assert!(
        text.contains("GET http://test.example/guest/headers?a=b%20c"),
        "{text}"
    );
    assert!(text.contains("authorization: Bot x"), "{text}");
    assert!(text.contains("x-forwarded-for: 127.0.0.1"), "{text}");
    assert!(
        !text.contains("9.9.9.9") && !text.contains("mine"),
        "{text}"
    );
    assert_eq!(answer.header("x-request-id").len(), 26);
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(answer.header("content-length"), text.len().to_string());
}

#[tokio::test]
async fn a_trusted_proxy_tells_whom_it_speaks_for() {
    let app = App::with(&["server.trusted_proxies=127.0.0.1,10.0.0.1"], false).await;
    let headers = [("x-forwarded-for", "9.9.9.9, 8.8.8.8, 10.0.0.1")];
    let answer = app.ask(Method::GET, "/guest/headers", &headers, "").await;
    assert!(
        answer.text().contains("x-forwarded-for: 8.8.8.8"),
        "{}",
        answer.text()
    );
}

#[tokio::test]
async fn a_proxy_writes_addresses_as_it_likes() {
    let trusted = "server.trusted_proxies=127.0.0.0/8,10.0.0.0/8";
    let app = App::with(&[trusted], false).await;
    for (forwarded, client) in [
        ("203.0.113.11:4711", "203.0.113.11"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("9.9.9.9, 203.0.113.11:4711, 10.1.2.3:80", "203.0.113.11"),
        ("9.9.9.9, , 203.0.113.11,", "203.0.113.11"),
        ("unknown, 203.0.113.11", "203.0.113.11"),
        // Nobody is known behind what cannot be read.
        ("203.0.113.11, unknown", "127.0.0.1"),
    ] {
        let headers = [("x-forwarded-for", forwarded)];
        let answer = app.ask(Method::GET, "/guest/headers", &headers, "").await;
        let expected = format!("x-forwarded-for: {client}\n");
        let text = format!("{}\n", answer.text());
        assert!(text.contains(&expected), "{forwarded}: {text}");
    }
}

#[tokio::test]
async fn a_request_names_one_host() {
    let app = App::new().await;
    for (head, status) in [
        ("GET /healthz HTTP/1.1\r\nHost: a\r\n", 200),
        ("GET /healthz HTTP/1.1\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nHost: a\r\nHost: a\r\n", 400),
        ("GET /guest/x HTTP/1.1\r\nHost: a b\r\n", 400),
        ("GET /gateway HTTP/1.1\r\n", 400),
        ("GET /healthz HTTP/1.0\r\n", 200),
    ] {
        let mut stream = TcpStream::connect(app.address).await.unwrap();
        let request = format!("{head}Connection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert_eq!(
            answer.split(' ').nth(1),
            Some(&*status.to_string()),
            "{head}"
        );
    }
}

#[tokio::test]
async fn one_client_has_a_part_of_all_connections() {
    let settings = [
        "server.connections_max=8",
        "server.connections_per_address_max=3",
        "server.header_timeout_ms=1000",
    ];
    let app = App::with(&settings, false).await;
    let open = async || TcpStream::connect(app.address).await.unwrap();
    // Accepted connections are not read, surplus ones are closed at once.
    let is_closed = async |stream: &mut TcpStream| {
        let mut buffer = [0];
        let read = stream.read(&mut buffer);
        let waited = tokio::time::timeout(Duration::from_millis(300), read).await;
        waited.is_ok()
    };
    let mut silent = [open().await, open().await, open().await];
    let mut fourth = open().await;
    assert!(is_closed(&mut fourth).await);
    assert!(!is_closed(&mut silent[0]).await);
    // Silence ends a connection, and its place is free again.
    tokio::time::sleep(Duration::from_millis(1200)).await;
    assert!(is_closed(&mut silent[0]).await);
    assert_eq!(app.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn internal_functions_are_reached_from_inside_only() {
    let app = App::new().await;
    let not_found = json!({"message": "404: Not Found", "code": 0});
    for path in ["/internal/echo", "/nowhere", "//internal/echo", "/internal"] {
        let answer = app.ask(Method::POST, path, &[], "{}").await;
        assert_eq!(answer.status, 404, "{path}");
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(body, not_found);
    }
    let (status, body) = app
        .server
        .call_internal(Method::POST, "/internal/echo?x=1", "inside".into())
        .await;
    assert_eq!((status.as_u16(), &body[..]), (200, &b"inside"[..]));
    let (_, seen) = app
        .server
        .call_internal(Method::GET, "/internal/headers", "".into())
        .await;
    let seen = String::from_utf8(seen.to_vec()).unwrap();
    assert!(seen.contains("authorization: Internal "), "{seen}");
    let (status, _) = app
        .server
        .call_internal(Method::GET, "/nowhere", "".into())
        .await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn requests_are_limited_before_the_function() {
    let app = App::new().await;
    let answer = app.get("/limited/1").await;
    assert_eq!((answer.status.as_u16(), answer.text()), (200, "hello"));
    assert_eq!(answer.header("x-ratelimit-limit"), "2");
    assert_eq!(answer.header("x-ratelimit-remaining"), "1");
    assert!(answer.headers.contains_key("x-ratelimit-bucket"));
    app.get("/limited/1").await;
    let refused = app.get("/limited/1").await;
    assert_eq!(refused.status, 429);
    let body: Value = serde_json::from_slice(&refused.body).unwrap();
    assert_eq!(body["global"], false);
    // Two a minute: one place is free after half of it.
    let retry_after = body["retry_after"].as_f64().unwrap();
    assert!((25.0..=30.0).contains(&retry_after), "{body}");
    assert!(!refused.header("retry-after").is_empty());
    assert_eq!(app.get("/limited/2").await.status, 200);
    // It is the same channel however it is written.
    assert_eq!(app.get("/limited/%31").await.status, 429);
    let ask = async |authorization: &str| {
        let headers = [("authorization", authorization)];
        let answer = app.ask(Method::GET, "/limited/1", &headers, "").await;
        answer.status.as_u16()
    };
    // A malformed token stands for nobody else.
    assert_eq!(ask("Bot other").await, 429);
    let token = "NDI.AAAAAA.secret";
    let mut statuses = Vec::new();
    for spaces in 1..4 {
        let authorization = format!("Bot{}{token}", " ".repeat(spaces));
        statuses.push(ask(&authorization).await);
    }
    assert_eq!(statuses, [200, 200, 429]);
}

#[tokio::test]
async fn health_tells_the_truth() {
    let app = App::new().await;
    assert_eq!(app.get("/healthz").await.text(), "alive\n");
    let ready = app.get("/readyz").await;
    assert_eq!((ready.status.as_u16(), ready.text()), (200, "ready\n"));
    std::fs::remove_dir_all(app.data.join("blobs")).unwrap();
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let unready = app.get("/readyz").await;
    assert_eq!(unready.status, 503);
    assert!(unready.text().contains("blobs"), "{}", unready.text());
}

#[tokio::test]
async fn browsers_of_any_origin_may_call() {
    let app = App::new().await;
    let headers = [
        ("origin", "https://client.example"),
        ("access-control-request-method", "DELETE"),
        ("access-control-request-headers", "authorization"),
    ];
    let answer = app.ask(Method::OPTIONS, "/guest/x", &headers, "").await;
    assert_eq!(answer.status, 204);
    let origin = answer.header("access-control-allow-origin");
    assert_eq!(origin, "https://client.example");
    assert_eq!(answer.header("access-control-allow-methods"), "DELETE");
    assert_eq!(
        answer.header("access-control-allow-headers"),
        "authorization"
    );
    assert_eq!(answer.header("access-control-allow-credentials"), "true");
    assert_eq!(answer.header("vary"), "Origin");

    // Refusals too, which a client must be able to read.
    let origin = [("origin", "https://client.example")];
    for path in ["/guest/x", "/nowhere"] {
        let answer = app.ask(Method::GET, path, &origin, "").await;
        let allowed = answer.header("access-control-allow-origin");
        assert_eq!(allowed, "https://client.example", "{path}");
        assert_eq!(answer.header("access-control-allow-credentials"), "true");
    }
    assert_eq!(
        app.get("/nowhere")
            .await
            .header("access-control-allow-origin"),
        "*"
    );
}

#[tokio::test]
async fn sockets_go_to_the_gateway() {
    let app = App::new().await;
    assert_eq!(
        app.get("/gateway?v=10").await.text(),
        "a socket for 127.0.0.1"
    );
    assert_eq!(app.get("/gateway/?v=10").await.status, 200);
}

#[tokio::test]
async fn a_body_has_its_functions_size() {
    let app = App::new().await;
    let echo = app
        .ask(Method::POST, "/guest/echo", &[], vec![b'x'; 99_999])
        .await;
    assert_eq!(echo.body.len(), 99_999);
    let large = app
        .ask(Method::POST, "/guest/length", &[], vec![b'x'; 100_001])
        .await;
    assert_eq!(large.status, 413);
    let body: Value = serde_json::from_slice(&large.body).unwrap();
    assert_eq!(body["code"], 40005);
    let big = app
        .ask(Method::POST, "/big/length", &[], vec![b'x'; 50_000_000])
        .await;
    assert_eq!(big.text(), "50000000");
}
