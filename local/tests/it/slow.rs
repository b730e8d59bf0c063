//! Peers that are slow, go away or are there when the host stops.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use http::Method;

use crate::support::{App, ask};

/// Sends `bytes` and returns what comes until the host closes the connection.
async fn send(app: &App, bytes: &'static [u8]) -> String {
    let address = app.address;
    let conversation = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        stream.write_all(bytes).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    });
    conversation.await.unwrap()
}

#[tokio::test]
async fn a_head_that_does_not_come_ends_the_connection() {
    let app = App::with(&["server.header_timeout_ms=300"], false).await;
    let text = send(&app, b"GET /guest/hello HTTP/1.1\r\nhost: x\r\n").await;
    assert!(
        text.is_empty() || text.starts_with("HTTP/1.1 408"),
        "{text}"
    );
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let app = App::with(&["server.header_bytes_max=8192"], false).await;
    let head: &'static str = Box::leak(
        format!(
            "GET / HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n",
            "x".repeat(9000)
        )
        .into_boxed_str(),
    );
    let text = send(&app, head.as_bytes()).await;
    assert!(text.starts_with("HTTP/1.1 431"), "{text}");
}

#[tokio::test]
async fn a_small_body_that_does_not_come_occupies_no_instance() {
    let settings = ["server.body_timeout_ms=300", "functions.instances_max=1"];
    let app = App::with(&settings, false).await;
    let head = b"POST /guest/echo HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
                 content-length: 10\r\n\r\nhalf";
    let slow = send(&app, head);
    let other = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        app.get("/guest/hello").await
    };
    let (text, other) = tokio::join!(slow, other);
    assert!(text.starts_with("HTTP/1.1 400"), "{text}");
    assert_eq!(other.text(), "hello");
}

#[tokio::test]
async fn a_large_body_that_stops_coming_passes_the_deadline_as_the_clients_fault() {
    let app = App::with(&["functions.deadline_ms=300"], false).await;
    let head = b"POST /big/length HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
                 content-length: 1000000\r\n\r\nsome";
    let text = send(&app, head).await;
    assert!(text.starts_with("HTTP/1.1 400"), "{text}");
    assert_eq!(app.get("/big/hello").await.text(), "hello");
}

#[tokio::test]
async fn a_client_that_goes_away_frees_the_instance() {
    let app = App::with(&["functions.instances_max=1"], false).await;
    let mut connection = app.connect().await;
    let asking = ask(&mut connection, Method::GET, "/guest/sleep", &[], "");
    let waited = tokio::time::timeout(Duration::from_millis(500), asking).await;
    assert!(waited.is_err(), "it sleeps for an hour");
    drop(connection);
    let started = Instant::now();
    assert_eq!(app.get("/guest/hello").await.text(), "hello");
    assert!(started.elapsed() < Duration::from_secs(4));
}

#[tokio::test]
async fn running_calls_finish_when_the_host_stops() {
    let mut app = App::new().await;
    let mut connection = app.connect().await;
    let running =
        tokio::spawn(async move { ask(&mut connection, Method::GET, "/guest/nap", &[], "").await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    app.stop().await;
    assert_eq!(running.await.unwrap().text(), "rested");
    assert!(TcpStream::connect(app.address).is_err(), "it still listens");
}
