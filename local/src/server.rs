//! The listener: one origin for the API, the gateway's sockets and files.

mod connection;
mod health;
mod places;
pub(crate) mod request;
pub(crate) mod starting;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{Method, Request, Response, StatusCode, Uri};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use model::Code;
use runtime::internal;
use runtime::routes::Routes;
use serde_json::json;
use tokio::net::TcpListener;

use crate::body::{Body, empty, full};
use crate::clock::now;
use crate::functions::{Function, Functions, Progress};
use crate::manifest::Manifest;
use crate::ports::GatewaySlot;
use crate::rate_limits::RateLimits;
use crate::settings;
use crate::stores::Stores;

pub use connection::{Service, serve};

/// Everything that answers requests.
pub struct Server {
    settings: settings::Server,
    faults: bool,
    functions: Functions,
    routes: Routes<Target>,
    rate_limits: RateLimits,
    stores: Stores,
    blobs: crate::blobs::Blobs,
    gateway: GatewaySlot,
    /// What calls of internal functions are proven with.
    internal_key: String,
    readiness: health::Readiness,
}

/// Where a path leads.
#[derive(Clone)]
struct Target {
    function: Arc<Function>,
    /// The pattern, for the log: a path may hold a token.
    route: Arc<str>,
}

/// What a server is made of.
pub struct Parts<'a> {
    /// Routes and operations.
    pub manifest: &'a Manifest,
    /// All settings.
    pub settings: &'a settings::Settings,
    /// The functions of the manifest.
    pub functions: Functions,
    /// The database.
    pub stores: Stores,
    /// The files.
    pub blobs: crate::blobs::Blobs,
    /// The gateway, once it runs.
    pub gateway: GatewaySlot,
    /// What calls of internal functions are proven with.
    pub internal_key: &'a str,
}

impl Server {
    /// A server that does not listen yet.
    ///
    /// # Errors
    /// When two routes are the same.
    pub fn new(parts: Parts<'_>) -> Result<Self> {
        let mut routes = Routes::default();
        for route in &parts.manifest.routes {
            let function = parts.functions.get(&route.component);
            let target = Target {
                function: Arc::clone(function.context("a route without a function")?),
                route: route.route.as_str().into(),
            };
            routes.insert(&route.route, target)?;
        }
        Ok(Self {
            rate_limits: RateLimits::new(
                parts.manifest,
                &parts.settings.rate_limits,
                parts.internal_key,
            ),
            settings: parts.settings.server.clone(),
            faults: parts.settings.functions.faults,
            functions: parts.functions,
            routes,
            stores: parts.stores,
            blobs: parts.blobs,
            gateway: parts.gateway,
            internal_key: parts.internal_key.to_owned(),
            readiness: health::Readiness::default(),
        })
    }

    /// The functions.
    pub fn functions(&self) -> &Functions {
        &self.functions
    }

    /// Runs an internal function, as only the gateway and timers in this process may. `path` may
    /// have a query.
    pub async fn call_internal(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> (StatusCode, Bytes) {
        let response = self.internal(method, path, body).await;
        let response = response.unwrap_or_else(error);
        let status = response.status();
        match response.into_body().collect().await {
            Ok(body) => (status, body.to_bytes()),
            Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, Bytes::new()),
        }
    }

    async fn internal(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<Response<Body>, Code> {
        let uri: Uri = path.parse().map_err(|_| Code::NotFound)?;
        let found = self.routes.find(uri.path()).ok_or(Code::NotFound)?;
        let function = Arc::clone(&found.target.function);
        let length = body.len();
        let proof = internal::proof(&self.internal_key, &method, path, &body, now());
        let mut request = Request::new(full(body));
        *request.method_mut() = method;
        *request.uri_mut() = request::absolute(&uri, None).ok_or(Code::NotFound)?;
        let headers = request.headers_mut();
        let proof = HeaderValue::try_from(proof).map_err(|_| Code::NotFound)?;
        headers.insert(header::AUTHORIZATION, proof);
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        let answer = function.call(request, None, Progress::new()).await;
        answer.map_err(crate::functions::Failure::code)
    }
}

impl Service for Server {
    fn settings(&self) -> &settings::Server {
        &self.settings
    }

    async fn answer(
        self: &Arc<Self>,
        request: Request<Incoming>,
        peer: SocketAddr,
    ) -> Response<Body> {
        request::answer(self, request, peer).await
    }
}

/// Binds the address of the settings.
///
/// # Errors
/// When it cannot be had.
pub async fn listen(settings: &settings::Server) -> Result<TcpListener> {
    let address = settings.listen;
    let listener = TcpListener::bind(address).await;
    listener.with_context(|| format!("server.listen: cannot listen at {address}"))
}

/// Discord's error answer for a code.
pub(crate) fn error(code: Code) -> Response<Body> {
    let body = json!({ "message": code.message(), "code": code.number() });
    let mut response = Response::new(full(body.to_string()));
    *response.status_mut() =
        StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

pub(crate) fn text(status: StatusCode, text: &str) -> Response<Body> {
    let mut response = Response::new(full(text.to_owned()));
    *response.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, plain);
    response
}

pub(crate) fn no_content() -> Response<Body> {
    let mut response = Response::new(empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

fn milliseconds(ms: u64) -> Duration {
    Duration::from_millis(ms)
}
