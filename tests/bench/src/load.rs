//! Requests as fast as they are answered, over connections that stay open.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use bytes::Bytes;
use http::{Method, Request, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::report::Round;

/// The body of a usual message.
pub const MESSAGE: &str = r#"{"content":"a message of a usual length, not long and not short"}"#;

/// A server and somebody who may use it.
#[derive(Debug, Clone, Default)]
pub struct Target {
    /// Address and port.
    pub authority: String,
    /// The caller's token.
    pub token: String,
    /// The token of a bot in the guild, without its prefix.
    pub bot: String,
    /// The guild.
    pub guild: String,
    /// A text channel.
    pub channel: String,
    /// The folder of the system's data, from which the bound takes a copy.
    pub data: std::path::PathBuf,
}

/// What is asked, and by how many at once.
#[derive(Debug, Clone)]
pub struct Load {
    concurrency: usize,
    method: Method,
    path: Option<String>,
}

impl Load {
    /// Messages are created.
    pub fn create(concurrency: usize) -> Self {
        Self {
            concurrency,
            method: Method::POST,
            path: None,
        }
    }

    /// Something is read.
    pub fn get(concurrency: usize, path: String) -> Self {
        Self {
            concurrency,
            method: Method::GET,
            path: Some(path),
        }
    }
}

/// An open connection.
pub async fn connect(authority: &str) -> Result<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(authority).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

/// Sends one request and reads the whole answer, which must be a success.
pub async fn send(
    sender: &mut SendRequest<Full<Bytes>>,
    target: &Target,
    method: Method,
    path: &str,
    body: &str,
) -> Result<Bytes> {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, &target.authority)
        .header(header::AUTHORIZATION, &target.token)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::copy_from_slice(body.as_bytes())))?;
    sender.ready().await?;
    let response = sender.send_request(request).await?;
    let status = response.status();
    let body = response.into_body().collect().await?.to_bytes();
    ensure!(
        status.is_success(),
        "{path}: {status} {}",
        String::from_utf8_lossy(&body)
    );
    Ok(body)
}

/// One round.
pub async fn run(target: &Arc<Target>, load: &Load, time: Duration) -> Result<Round> {
    let started = Instant::now();
    let callers: Vec<_> = (0..load.concurrency)
        .map(|_| tokio::spawn(call_until(target.clone(), load.clone(), started + time)))
        .collect();
    let mut latencies = Vec::new();
    for caller in callers {
        latencies.extend(caller.await??);
    }
    Ok(Round::new(latencies, started.elapsed().as_secs_f64()))
}

/// Creates this many messages.
pub async fn create(target: &Arc<Target>, concurrency: u64, count: u64) -> Result<()> {
    let tasks: Vec<_> = (0..concurrency)
        .map(|_| tokio::spawn(create_some(target.clone(), count / concurrency)))
        .collect();
    for task in tasks {
        task.await??;
    }
    Ok(())
}

async fn create_some(target: Arc<Target>, count: u64) -> Result<()> {
    let mut sender = connect(&target.authority).await?;
    let path = format!("/api/v10/channels/{}/messages", target.channel);
    for _ in 0..count {
        send(&mut sender, &target, Method::POST, &path, MESSAGE).await?;
    }
    Ok(())
}

async fn call_until(target: Arc<Target>, load: Load, end: Instant) -> Result<Vec<u64>> {
    let mut sender = connect(&target.authority).await?;
    let create = format!("/api/v10/channels/{}/messages", target.channel);
    let (path, body) = match &load.path {
        Some(path) => (path, ""),
        None => (&create, MESSAGE),
    };
    let mut latencies = Vec::new();
    while Instant::now() < end {
        let before = Instant::now();
        send(&mut sender, &target, load.method.clone(), path, body).await?;
        latencies.push(before.elapsed().as_micros() as u64);
    }
    Ok(latencies)
}
