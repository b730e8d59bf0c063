//! The gateway over real sockets, with internal functions that answer from memory.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use flate2::{Decompress, FlushDecompress};
use futures_util::{SinkExt, StreamExt};
use gateway_durable::registry::Settings;
use http::Method;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use model::event::EventKind;
use model::{Audience, Event, Id};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use super::{Gateway, Internal};
use crate::ports::{Gateway as _, Pending};

const USER: u64 = 7;

/// Knows one user, whose token is `token`.
struct OneUser;

impl Internal for OneUser {
    fn call(&self, _: Method, path: String, body: Bytes) -> Pending<'static, (u16, Bytes)> {
        let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
        let answer = match (&*path, asked["token"].as_str()) {
            ("/internal/v1/identify", Some("token")) => (200, identified()),
            ("/internal/v1/identify", _) => (401, json!({})),
            _ => (404, json!({})),
        };
        let answer = (answer.0, answer.1.to_string().into());
        Box::pin(std::future::ready(answer))
    }
}

fn identified() -> Value {
    json!({
        "user": {
            "id": USER.to_string(), "username": "alice", "discriminator": "0",
            "global_name": null, "avatar": null, "flags": 0, "locale": "en-US",
            "mfa_enabled": false, "premium_type": 0, "verified": true, "email": null,
            "phone": null, "bio": "", "pronouns": "",
        },
        "session_id_hash": "hash",
        "guilds": [],
    })
}

/// A gateway that listens.
struct Instance {
    gateway: Arc<Gateway>,
    address: SocketAddr,
}

impl Instance {
    async fn start() -> Self {
        Self::with(Settings::HEARTBEAT_INTERVAL_MS, false).await
    }

    async fn with(heartbeat_interval_ms: u32, limit_starts: bool) -> Self {
        let settings = Settings {
            heartbeat_interval_ms,
            gateway_url: "ws://localhost/gateway".into(),
            limit_starts,
        };
        let gateway = Gateway::with(settings, Arc::new(OneUser), None);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = Arc::clone(&gateway);
        tokio::spawn(async move {
            while let Ok((stream, peer)) = listener.accept().await {
                let gateway = Arc::clone(&serving);
                tokio::spawn(async move {
                    let service = service_fn(|request| {
                        let response = gateway.connect(request, peer.ip());
                        std::future::ready(Ok::<_, std::convert::Infallible>(response))
                    });
                    let connection = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .with_upgrades();
                    let _ = connection.await;
                });
            }
        });
        Self { gateway, address }
    }

    async fn open(&self, query: &str) -> Client {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let url = format!("ws://{}/gateway?{query}", self.address);
        let (socket, _) = client_async(url, stream).await.unwrap();
        Client {
            socket,
            inflate: query.contains("zlib").then(|| Decompress::new(true)),
        }
    }

    async fn ready(&self, query: &str) -> (Client, Value) {
        let mut client = self.open(query).await;
        assert_eq!(client.next().await["op"], 10);
        client.send(identify("token")).await;
        let ready = client.next().await;
        assert_eq!(ready["t"], "READY");
        (client, ready)
    }

    fn type_in(&self, channel: u64) {
        let users = vec![Id::new(USER)];
        let audience = Audience::Private {
            channel: Id::new(channel),
            users,
        };
        let data = json!({"channel_id": channel.to_string()});
        let event = event(audience, &data);
        self.gateway.publish(vec![event]);
    }
}

fn event(audience: Audience, data: &Value) -> Event {
    Event {
        audience,
        kind: EventKind::TypingStart,
        data: data.to_string(),
    }
}

fn identify(token: &str) -> Value {
    json!({"op": 2, "d": {"token": token, "properties": {}}})
}

struct Client {
    socket: WebSocketStream<TcpStream>,
    inflate: Option<Decompress>,
}

impl Client {
    async fn send(&mut self, payload: Value) {
        let text = Message::text(payload.to_string());
        self.socket.send(text).await.unwrap();
    }

    async fn message(&mut self) -> Option<Message> {
        let next = tokio::time::timeout(Duration::from_secs(10), self.socket.next());
        next.await.expect("an answer in time")?.ok()
    }

    async fn next(&mut self) -> Value {
        let message = self.message().await.expect("a message");
        let Some(stream) = &mut self.inflate else {
            assert!(message.is_text());
            return serde_json::from_str(message.to_text().unwrap()).unwrap();
        };
        let mut out = Vec::with_capacity(1 << 16);
        let data = message.into_data();
        stream
            .decompress_vec(&data, &mut out, FlushDecompress::Sync)
            .unwrap();
        serde_json::from_slice(&out).unwrap()
    }

    /// The code of the close that comes next.
    async fn closed(&mut self) -> u16 {
        while let Some(message) = self.message().await {
            if let Message::Close(Some(frame)) = message {
                return frame.code.into();
            }
        }
        0
    }
}

#[tokio::test]
async fn events_arrive_in_order_plain_and_compressed() {
    let instance = Instance::start().await;
    let (mut plain, _) = instance.ready("v=10&encoding=json").await;
    let (mut packed, _) = instance
        .ready("v=9&encoding=json&compress=zlib-stream")
        .await;
    assert_eq!(plain.next().await["t"], "SESSIONS_REPLACE");
    for channel in 1..200 {
        instance.type_in(channel);
    }
    for client in [&mut plain, &mut packed] {
        for channel in 1..200_u64 {
            let event = client.next().await;
            assert_eq!(event["t"], "TYPING_START");
            assert_eq!(event["d"]["channel_id"], channel.to_string());
        }
    }
}

/// One thread serves both sides, so that the client reads the answer as soon as it is there.
#[tokio::test]
async fn the_first_frame_does_not_come_with_the_answer() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let instance = Instance::start().await;
    for (query, first) in [("v=10", 0x81), ("v=99", 0x88)] {
        let mut stream = TcpStream::connect(instance.address).await.unwrap();
        let request = format!(
            "GET /gateway?{query} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n\
             Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut segment = vec![0; 4096];
        let length = stream.read(&mut segment).await.unwrap();
        let answer = String::from_utf8_lossy(&segment[..length]);
        assert!(answer.starts_with("HTTP/1.1 101"), "{answer}");
        assert!(answer.ends_with("\r\n\r\n"), "{answer}");
        assert_eq!(stream.read_u8().await.unwrap(), first);
    }
}

#[tokio::test]
async fn a_lost_connection_is_resumed() {
    let instance = Instance::start().await;
    let (mut first, ready) = instance.ready("v=10").await;
    instance.type_in(1);
    let seq = first.next().await["s"].clone();
    drop(first);
    instance.type_in(2);
    let mut second = instance.open("v=10").await;
    second.next().await;
    let session_id = &ready["d"]["session_id"];
    let d = json!({"token": "token", "session_id": session_id, "seq": seq});
    second.send(json!({"op": 6, "d": d})).await;
    assert_eq!(second.next().await["d"]["channel_id"], "2");
    assert_eq!(second.next().await["t"], "RESUMED");
}

#[tokio::test]
async fn closes_carry_their_codes() {
    let instance = Instance::start().await;
    let cases = [
        ("v=99", None, 4012),
        ("v=10&encoding=xml", None, 4002),
        ("v=10", Some("?".to_owned()), 4002),
        ("v=10", Some(json!({"op": 99}).to_string()), 4001),
        ("v=10", Some(json!({"op": 4, "d": {}}).to_string()), 4003),
        ("v=10", Some(identify("wrong").to_string()), 4004),
        ("v=10", Some("x".repeat(20_000)), 4002),
    ];
    for (query, text, code) in cases {
        let mut client = instance.open(query).await;
        if let Some(text) = text {
            client.socket.send(Message::text(text)).await.unwrap();
        }
        assert_eq!(client.closed().await, code, "{query}");
    }
}

/// The head of a masked frame, as clients send them, with a mask of zeros.
fn head(first: u8, length: u64) -> Vec<u8> {
    let mut head = vec![first, 0x80 | 127];
    head.extend(length.to_be_bytes());
    head.extend([0; 4]);
    head
}

#[tokio::test]
async fn frames_that_announce_or_add_up_to_too_much_close_with_4002() {
    use tokio::io::AsyncWriteExt;

    const BINARY: u8 = 0x02;
    const CONTINUATION: u8 = 0x00;
    const FINAL: u8 = 0x80;
    let fragments = [head(BINARY, 1000), head(CONTINUATION, 1000)];
    let fragment = |head: &[u8]| [head, &[b'x'; 1000]].concat();
    let mut flood = fragment(&fragments[0]);
    flood.extend(fragment(&fragments[1]).repeat(40));
    let bomb = [131, 108, 255, 255, 255, 255, 106];
    let bomb = [&head(FINAL | BINARY, bomb.len() as u64)[..], &bomb].concat();
    let cases = [
        ("v=10", head(FINAL | BINARY, 1 << 40)),
        ("v=10&compress=zlib-stream", flood),
        ("v=10&encoding=etf&compress=zstd-stream", bomb),
        // Deflated: nothing that clients send may be compressed.
        (
            "v=10",
            [&head(FINAL | BINARY, 4)[..], b"\x78\x9c\x03\x00"].concat(),
        ),
    ];
    let instance = Instance::start().await;
    for (query, bytes) in cases {
        let mut client = instance.open(query).await;
        client.socket.get_mut().write_all(&bytes).await.unwrap();
        assert_eq!(client.closed().await, 4002, "{query}");
    }
}

#[tokio::test]
async fn empty_fragments_cost_nothing_and_end_with_the_heartbeat() {
    use tokio::io::AsyncWriteExt;

    let instance = Instance::with(500, false).await;
    let mut client = instance.open("v=10").await;
    let mut flood = head(0x01, 0);
    flood.extend(head(0x00, 0).repeat(100_000));
    // Reads while it writes: the server may close before it was given everything.
    let _ = client.socket.get_mut().write_all(&flood).await;
    assert_eq!(client.closed().await, 4009);
}

#[tokio::test]
async fn a_half_open_socket_is_found_within_two_heartbeats() {
    const INTERVAL: u32 = 1000;
    let instance = Instance::with(INTERVAL, false).await;
    let (mut silent, _) = instance.ready("v=10").await;
    let since = std::time::Instant::now();
    assert_eq!(silent.closed().await, 4009);
    // The clock of deadlines ticks once a second.
    let most = Duration::from_millis(u64::from(2 * INTERVAL)) + Duration::from_secs(1);
    assert!(since.elapsed() < most, "{:?}", since.elapsed());
}

#[tokio::test]
async fn an_address_that_opens_too_many_sockets_is_refused() {
    let instance = Instance::with(Settings::HEARTBEAT_INTERVAL_MS, true).await;
    let url = format!("ws://{}/gateway", instance.address);
    // Places become free while this goes on, but never as many as are taken.
    for opened in 0..2 * super::OPENED.limit {
        let stream = TcpStream::connect(instance.address).await.unwrap();
        if let Err(error) = client_async(url.as_str(), stream).await {
            assert!(error.to_string().contains("429"), "{error}");
            assert!(opened >= super::OPENED.limit, "only {opened} were let in");
            return;
        }
    }
    panic!("nobody was refused");
}

#[tokio::test]
async fn a_client_that_does_not_read_is_dropped_and_begins_anew() {
    let instance = Instance::start().await;
    let (mut slow, ready) = instance.ready("v=10").await;
    let users = vec![Id::new(USER)];
    let large = json!({"padding": "x".repeat(200_000)});
    for channel in 0..200 {
        let (channel, users) = (Id::new(channel + 1), users.clone());
        let audience = Audience::Private { channel, users };
        let event = event(audience, &large);
        instance.gateway.publish(vec![event]);
    }
    let mut received = 0;
    while let Some(Message::Text(_)) = slow.message().await {
        received += 1;
    }
    assert!(received < 200, "{received}");
    let mut again = instance.open("v=10").await;
    again.next().await;
    let session_id = &ready["d"]["session_id"];
    let d = json!({"token": "token", "session_id": session_id, "seq": received + 1});
    again.send(json!({"op": 6, "d": d})).await;
    // It missed more than is kept for a resume.
    assert_eq!(again.next().await["op"], 9);
}

#[tokio::test]
async fn a_stop_sends_clients_away_to_come_back() {
    let instance = Instance::start().await;
    let (mut client, _) = instance.ready("v=10").await;
    let farewell = tokio::spawn({
        let gateway = Arc::clone(&instance.gateway);
        async move { gateway.shutdown().await }
    });
    assert_eq!(client.next().await["op"], 7);
    assert_eq!(client.closed().await, 1001);
    drop(client);
    farewell.await.unwrap();
}

#[tokio::test]
async fn a_request_that_is_no_websocket_is_told_so() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let instance = Instance::start().await;
    let mut stream = TcpStream::connect(instance.address).await.unwrap();
    let request = b"GET /gateway HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    stream.write_all(request).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
}

#[test]
fn the_gateway_is_beside_the_server() {
    use super::gateway_url;

    assert_eq!(gateway_url("http://[::1]:80/"), "ws://[::1]:80/gateway");
    assert_eq!(
        gateway_url("https://chat.example"),
        "wss://chat.example/gateway"
    );
}
