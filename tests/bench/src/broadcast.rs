//! Messages to many sockets: through the gateway, and by a server that only sends.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use futures_util::{SinkExt, StreamExt};
use http::Method;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{broadcast, mpsc, watch};
use tokio_tungstenite::tungstenite::handshake::server::Request;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, accept_hdr_async, connect_async};

use crate::load::{self, Target};
use crate::report::Round;

/// Sockets whose deliveries arrive in one queue: when each was received.
pub struct Listeners {
    count: usize,
    /// Microseconds from the beginning of each connection until its socket was ready.
    pub ready_us: Vec<u64>,
    heard: mpsc::UnboundedReceiver<Instant>,
    /// Its end tells the sockets to close in order, so that no session waits for a resume.
    _open: watch::Sender<()>,
}

/// The transport compression of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// None.
    None,
    /// One zlib stream a connection.
    Zlib,
    /// One zstd stream a connection.
    Zstd,
}

/// Every compression by its name.
pub const COMPRESSIONS: [(&str, Compression); 3] = [
    ("plain", Compression::None),
    ("zlib", Compression::Zlib),
    ("zstd", Compression::Zstd),
];

impl Compression {
    fn query(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Zlib => "&compress=zlib-stream",
            Self::Zstd => "&compress=zstd-stream",
        }
    }
}

/// Sessions of the bot that hear every message of its guild.
pub async fn listen_to_gateway(
    target: &Target,
    count: usize,
    compression: Compression,
) -> Result<Listeners> {
    let (sender, heard) = mpsc::unbounded_channel();
    let (_open, open) = watch::channel(());
    let mut ready_us = Vec::new();
    for _ in 0..count {
        let began = Instant::now();
        let (socket, _) = ready(target, compression).await?;
        ready_us.push(began.elapsed().as_micros() as u64);
        tokio::spawn(hear(socket, sender.clone(), open.clone()));
    }
    Ok(Listeners {
        count,
        ready_us,
        heard,
        _open,
    })
}

type Client = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A session that is ready, and the bytes of HELLO, READY and the guild: what comes later is a
/// message.
async fn ready(target: &Target, compression: Compression) -> Result<(Client, [usize; 3])> {
    let query = compression.query();
    let url = format!(
        "ws://{}/gateway/?v=10&encoding=json{query}",
        target.authority
    );
    let (mut socket, _) = connect_async(url).await?;
    let identify = json!({ "op": 2, "d": {
        "token": target.bot,
        "intents": (1 << 9) | (1 << 15) | 1,
        "properties": { "os": "linux", "browser": "bench", "device": "bench" },
    }});
    socket.send(Message::text(identify.to_string())).await?;
    let lengths = read_three(&mut socket).await?;
    Ok((socket, lengths))
}

async fn read_three(socket: &mut Client) -> Result<[usize; 3]> {
    let mut lengths = [0; 3];
    for length in &mut lengths {
        let frame = socket.next().await.context("the server closed")??;
        ensure!(!frame.is_close(), "the server refuses: {frame:?}");
        *length = frame.len();
    }
    Ok(lengths)
}

/// The bytes of what a session is greeted with.
pub async fn greeting(target: &Target) -> Result<[usize; 3]> {
    let (mut socket, lengths) = ready(target, Compression::None).await?;
    socket.close(None).await?;
    Ok(lengths)
}

/// Sockets of the broadcast server that it wrote three messages of these lengths, the last two once
/// the client had said something.
pub async fn be_greeted(authority: &str, count: usize, lengths: [usize; 3]) -> Result<Listeners> {
    let (sender, heard) = mpsc::unbounded_channel();
    let (_open, open) = watch::channel(());
    let mut ready_us = Vec::new();
    for _ in 0..count {
        let began = Instant::now();
        let [hello, ready, guild] = lengths;
        let url = format!("ws://{authority}/greet/{hello}/{ready}/{guild}");
        let (mut socket, _) = connect_async(url).await?;
        socket.send(Message::text("x".repeat(200))).await?;
        read_three(&mut socket).await?;
        ready_us.push(began.elapsed().as_micros() as u64);
        tokio::spawn(hear(socket, sender.clone(), open.clone()));
    }
    Ok(Listeners {
        count,
        ready_us,
        heard,
        _open,
    })
}

/// Plain sockets of the broadcast server.
pub async fn listen(authority: &str, count: usize) -> Result<Listeners> {
    let (sender, heard) = mpsc::unbounded_channel();
    let (_open, open) = watch::channel(());
    for _ in 0..count {
        let (socket, _) = connect_async(format!("ws://{authority}")).await?;
        tokio::spawn(hear(socket, sender.clone(), open.clone()));
    }
    Ok(Listeners {
        count,
        ready_us: Vec::new(),
        heard,
        _open,
    })
}

async fn hear<S>(
    mut socket: WebSocketStream<S>,
    sender: mpsc::UnboundedSender<Instant>,
    mut open: watch::Receiver<()>,
) where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    loop {
        let message = tokio::select! {
            message = socket.next() => message,
            _ = open.changed() => break,
        };
        let Some(Ok(message)) = message else {
            return;
        };
        let told = message.is_text() || message.is_binary();
        if told && sender.send(Instant::now()).is_err() {
            break;
        }
    }
    let done = CloseFrame {
        code: CloseCode::Normal,
        reason: "".into(),
    };
    // One that is gone needs no goodbye.
    let _ = socket.close(Some(done)).await;
}

/// A round of messages through the API, one after the other, each heard by all before the next.
pub async fn messages(
    target: &Arc<Target>,
    listeners: &mut Listeners,
    time: Duration,
) -> Result<Round> {
    let mut api = load::connect(&target.authority).await?;
    let path = format!("/api/v10/channels/{}/messages", target.channel);
    let started = Instant::now();
    let mut latencies = Vec::new();
    while started.elapsed() < time {
        let sent = Instant::now();
        load::send(&mut api, target, Method::POST, &path, load::MESSAGE).await?;
        collect(listeners, sent, &mut latencies).await?;
    }
    Ok(Round::new(latencies, started.elapsed().as_secs_f64()))
}

/// A round of broadcasts, one after the other.
pub async fn plain(authority: &str, listeners: &mut Listeners, time: Duration) -> Result<Round> {
    let (mut control, _) = connect_async(format!("ws://{authority}/control")).await?;
    // About what a MESSAGE_CREATE has.
    let payload = format!(r#"{{"op":0,"t":"PLAIN","s":1,"d":"{}"}}"#, "x".repeat(1100));
    let started = Instant::now();
    let mut latencies = Vec::new();
    while started.elapsed() < time {
        let sent = Instant::now();
        control.send(Message::text(payload.clone())).await?;
        collect(listeners, sent, &mut latencies).await?;
    }
    control.close(None).await?;
    Ok(Round::new(latencies, started.elapsed().as_secs_f64()))
}

async fn collect(listeners: &mut Listeners, sent: Instant, out: &mut Vec<u64>) -> Result<()> {
    for _ in 0..listeners.count {
        let heard = tokio::time::timeout(Duration::from_secs(10), listeners.heard.recv()).await;
        let heard = heard
            .context("a delivery is missing")?
            .context("all sockets closed")?;
        out.push((heard - sent).as_micros() as u64);
    }
    Ok(())
}

/// The broadcast server: what one socket sends, all others receive.
pub async fn serve() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    let (all, _) = broadcast::channel::<Utf8Bytes>(64);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(repeat(stream, all.clone()));
    }
}

/// Writes the first length, reads something, and writes the others.
async fn greet(socket: &mut WebSocketStream<TcpStream>, lengths: &str) -> Option<()> {
    for (at, length) in lengths.split('/').enumerate() {
        if at == 1 {
            socket.next().await?.ok()?;
        }
        let text = "x".repeat(length.parse().ok()?);
        socket.send(Message::text(text)).await.ok()?;
    }
    Some(())
}

#[expect(
    clippy::result_large_err,
    reason = "the type of an answer is tungstenite's"
)]
async fn repeat(stream: TcpStream, all: broadcast::Sender<Utf8Bytes>) -> Option<()> {
    let mut heard = all.subscribe();
    let mut path = String::new();
    let read_path = |request: &Request, response| {
        request.uri().path().clone_into(&mut path);
        Ok(response)
    };
    let mut socket = accept_hdr_async(stream, read_path).await.ok()?;
    if let Some(lengths) = path.strip_prefix("/greet/") {
        greet(&mut socket, lengths).await?;
    }
    loop {
        tokio::select! {
            text = heard.recv() => socket.send(Message::Text(text.ok()?)).await.ok()?,
            message = socket.next() => if let Message::Text(text) = message?.ok()? {
                // The speaking socket does not listen: its own copy would count as a delivery.
                all.send(text).ok()?;
                heard = heard.resubscribe();
            },
        }
    }
}
