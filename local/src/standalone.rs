//! The gateway in a process of its own, for functions that run on Spin.
//!
//! It serves sockets, and blobs from a folder to functions alone; it delivers what functions leave
//! in the outbox, and has jobs done. What it must know it asks of internal functions over HTTP.
//! Either side proves its calls by the key that both were given ([`runtime::internal`]).

mod functions;
mod outbox;

use std::fs::File;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, Uri, header};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use model::Code;
use model::gateway::internal::paths::{ADMIT, OUTBOX, PUBLISH};
use runtime::internal::{self, KEY_CHARS_MIN};
use runtime::limiter::{Admission, Limiter};
use tokio::net::TcpListener;
use wasmtime_wasi_http::Error;

use crate::blobs::Blobs;
use crate::body::Body;
use crate::clock::now;
use crate::data_folder::{BLOBS, lock};
use crate::gateway::{Gateway, Internal};
use crate::jobs;
use crate::ports;
use crate::server::{self, Service, error, no_content, request, text};
use crate::settings::{self, Settings};
use crate::wakeup::Wakeup;
use functions::Remote;

pub use outbox::deliver;

/// The variable of the environment that holds the key.
pub const KEY_VARIABLE: &str = "SPACEBAR_INTERNAL_KEY";
/// Bytes of such a request.
const ADMISSION_BYTES_MAX: usize = 1024;
/// Below it are blobs.
const BLOBS_BELOW: &str = "/blobs/";

/// A gateway that is ready to serve.
pub struct Standalone {
    /// Where clients reach it.
    pub public_url: String,
    service: Arc<Sockets>,
    listener: TcpListener,
    _lock: File,
}

/// What answers requests.
struct Sockets {
    settings: settings::Server,
    key: String,
    functions: Arc<dyn Internal>,
    gateway: Arc<Gateway>,
    blobs: Blobs,
    outbox: Wakeup,
    /// Counts requests for all functions.
    limiter: Mutex<Limiter>,
    started: Instant,
}

impl Standalone {
    /// Opens the data folder and binds the address. `functions` is where functions answer: scheme
    /// and authority. `key` is their `internal_key`.
    ///
    /// # Errors
    /// What is in the way, naming the setting.
    pub async fn new(settings: &Settings, functions: &str, key: String) -> Result<Self> {
        if key.len() < KEY_CHARS_MIN {
            bail!("{KEY_VARIABLE}: a key has at least {KEY_CHARS_MIN} characters");
        }
        let data = &settings.storage.data;
        let lock = lock(data)?;
        let listener = server::listen(&settings.server).await?;
        let public_url = settings.public_url(listener.local_addr()?);
        let functions = Arc::new(Remote::new(functions, key.clone())?);
        let gateway = Gateway::start(functions.clone(), &public_url, settings);
        let blobs = Blobs::open(&data.join(BLOBS)).context("cannot use the folder of blobs")?;
        let service = Sockets {
            settings: settings.server.clone(),
            key,
            functions,
            gateway,
            blobs,
            outbox: Wakeup::default(),
            limiter: Mutex::default(),
            started: Instant::now(),
        };
        Ok(Self {
            public_url,
            service: Arc::new(service),
            listener,
            _lock: lock,
        })
    }

    /// The address it listens at.
    ///
    /// # Errors
    /// Never, while it is bound.
    pub fn address(&self) -> Result<SocketAddr> {
        Ok(self.listener.local_addr()?)
    }

    /// Serves until `stop` is ready. What was read from the outbox is delivered and acknowledged
    /// before sessions are written down.
    pub async fn serve(self, stop: impl Future<Output = ()>) {
        let service = self.service;
        let gateway = Arc::clone(&service.gateway);
        let stopping = Arc::<AtomicBool>::default();
        let delivery = tokio::spawn(deliver(
            service.functions.clone(),
            move |events| ports::Gateway::publish(&*gateway, events),
            service.outbox.clone(),
            stopping.clone(),
        ));
        let timer = tokio::spawn(jobs::run(service.functions.clone(), Wakeup::default()));
        server::serve(Arc::clone(&service), self.listener, stop).await;
        timer.abort();
        stopping.store(true, Ordering::Release);
        service.outbox.wake();
        // It ends only by what was said to it.
        let _ = delivery.await;
        ports::Gateway::shutdown(&*service.gateway).await;
    }
}

impl Service for Sockets {
    fn settings(&self) -> &settings::Server {
        &self.settings
    }

    async fn answer(
        self: &Arc<Self>,
        request: Request<Incoming>,
        peer: SocketAddr,
    ) -> Response<Body> {
        match request.uri().path() {
            "/healthz" => text(StatusCode::OK, "alive\n"),
            "/readyz" => self.readyz().await,
            path if request::is_gateway(path) => {
                let client = self.settings.client(peer, request.headers());
                ports::Gateway::connect(&*self.gateway, request, client)
            }
            ADMIT if request.method() == Method::POST => self.admit(request).await,
            // A request without a proof gets 404.
            _ if !self.is_proven(&request) => error(Code::NotFound),
            PUBLISH if request.method() == Method::POST => {
                self.outbox.wake();
                no_content()
            }
            path if path.starts_with(BLOBS_BELOW) => self.blob(request).await,
            _ => error(Code::NotFound),
        }
    }
}

impl Sockets {
    /// Counts a request that a function tells of.
    async fn admit(&self, request: Request<Incoming>) -> Response<Body> {
        let (head, body) = request.into_parts();
        let Ok(body) = Limited::new(body, ADMISSION_BYTES_MAX).collect().await else {
            return error(Code::BadRequest);
        };
        let body = body.to_bytes();
        let proof = head.headers.get(header::AUTHORIZATION);
        let proof = proof.and_then(|proof| proof.to_str().ok());
        let proves = |it| internal::proves(it, &self.key, &head.method, ADMIT, &body, now());
        if !proof.is_some_and(proves) {
            return error(Code::NotFound);
        }
        let Ok(request) = serde_json::from_slice::<Admission>(&body) else {
            return error(Code::BadRequest);
        };
        let now_ms = self.started.elapsed().as_millis() as u64;
        let mut limiter = self.limiter.lock().unwrap_or_else(PoisonError::into_inner);
        let decision = limiter.admit(&request, now_ms);
        match serde_json::to_string(&decision) {
            Ok(decision) => text(StatusCode::OK, &decision),
            Err(_) => error(Code::InternalServerError),
        }
    }

    /// Whether a function sent this. Bodies are none, or blobs, which no proof covers.
    fn is_proven(&self, request: &Request<Incoming>) -> bool {
        let proof = request.headers().get(header::AUTHORIZATION);
        let proof = proof.and_then(|proof| proof.to_str().ok());
        let (method, path) = (request.method(), request.uri().path());
        proof.is_some_and(|it| internal::proves(it, &self.key, method, path, b"", now()))
    }

    async fn blob(&self, request: Request<Incoming>) -> Response<Body> {
        let mut request = request.map(|body| body.map_err(Error::from).boxed_unsync());
        let key = request.uri().path().strip_prefix(BLOBS_BELOW);
        let Some(key) = key.and_then(|key| format!("/{key}").parse::<Uri>().ok()) else {
            return error(Code::NotFound);
        };
        *request.uri_mut() = key;
        self.blobs.answer(request).await
    }

    /// Functions answer and a file was written; else 503 and what is wrong.
    async fn readyz(&self) -> Response<Body> {
        let asked = r#"{"through":0}"#;
        let functions = self
            .functions
            .call(Method::POST, OUTBOX.to_owned(), Bytes::from(asked));
        let (status, _) = functions.await;
        let mut problems = Vec::new();
        if status != StatusCode::OK {
            problems.push(format!("functions: they answered {status}"));
        }
        if let Err(error) = self.blobs.check().await {
            problems.push(format!("blobs: {error}"));
        }
        match problems.is_empty() {
            true => text(StatusCode::OK, "ready\n"),
            false => text(StatusCode::SERVICE_UNAVAILABLE, &problems.join("\n")),
        }
    }
}
