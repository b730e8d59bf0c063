//! One request: where it goes, whether it may, and what is told of it.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::header::{self, HeaderMap, HeaderValue};
use http::uri::{Authority, Scheme};
use http::{Method, Request, Response, Uri};
use http_body::Body as _;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use model::Code;
use runtime::cors;
use runtime::routes::{decoded, is_internal};
use tracing::Instrument;
use ulid::Ulid;

use super::{Server, Target, error, health, milliseconds, no_content};
use crate::body::{Body, empty, full};
use crate::clock::now;
use crate::functions::{Failure, Fault, Progress};

/// Bytes of a request's body that is read before the function is called, so that a slow client
/// does not occupy an instance.
const WHOLE_BYTES_MAX: u64 = 64 * 1024;
/// A request that took longer is in the log even when its answer is good.
const SLOW: Duration = Duration::from_secs(1);
/// The header that carries the request's id.
const REQUEST_ID: &str = "x-request-id";
/// The header by which tests ask for a fault.
const FAULT: &str = "x-spacebar-fault";

/// Answers a request of `peer` and writes one line about it: for everybody who reads the log if it
/// failed or was slow, else for those who want to see all of them (`log.level` debug).
pub async fn answer(
    server: &Arc<Server>,
    request: Request<Incoming>,
    peer: SocketAddr,
) -> Response<Body> {
    let started = Instant::now();
    let id = Ulid::generate().to_string();
    let method = request.method().clone();
    let client = server.settings.client(peer, request.headers());
    let origin = request.headers().get(header::ORIGIN).cloned();
    let span = tracing::info_span!("request", id);
    let (mut response, route) = dispatch(server, request, client)
        .instrument(span.clone())
        .await;
    let headers = response.headers_mut();
    cors::allow(headers, origin.as_ref());
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, id);
    }
    let (status, elapsed) = (response.status(), started.elapsed());
    let route = route.as_deref().unwrap_or("-");
    span.in_scope(|| {
        let us = elapsed.as_micros() as u64;
        if status.is_server_error() || elapsed > SLOW {
            tracing::info!(%method, route, %status, us, %client, "answered");
        } else {
            tracing::debug!(%method, route, %status, us, %client, "answered");
        }
    });
    response
}

/// The answer and the pattern of the path, if there is one.
async fn dispatch(
    server: &Arc<Server>,
    request: Request<Incoming>,
    client: IpAddr,
) -> (Response<Body>, Option<Arc<str>>) {
    if let Some(allowed) = cors::preflight(&request) {
        let mut response = no_content();
        *response.headers_mut() = allowed;
        return (response, None);
    }
    let path = request.uri().path();
    match path {
        "/healthz" => return (health::healthz(), Some("/healthz".into())),
        "/readyz" => return (health::readyz(server).await, Some("/readyz".into())),
        _ if is_gateway(path) => {
            let response = match server.gateway.get() {
                Some(gateway) => gateway.connect(request, client),
                None => error(Code::ServiceUnavailable),
            };
            return (response, Some("/gateway".into()));
        }
        _ => {}
    }
    // Internal functions are for this process alone: see `Server::call_internal`.
    let found = match is_internal(path) {
        true => None,
        false => server.routes.find(path),
    };
    let Some(found) = found else {
        return (error(Code::NotFound), None);
    };
    let target = found.target.clone();
    let admitted = server.rate_limits.admit(
        target.function.name(),
        request.method(),
        request.headers(),
        client,
        |name| found.param(name).map(decoded),
    );
    let admitted = match admitted {
        Ok(admitted) => admitted,
        Err(refusal) => return (*refusal, Some(target.route)),
    };
    let called = call(server, &target, request, client).await;
    let mut response = called.unwrap_or_else(error);
    if let Some(admitted) = admitted {
        server.rate_limits.answered(&admitted, response.status());
        let passed = &admitted.passed;
        passed.describe(response.headers_mut(), now());
    }
    (response, Some(target.route))
}

pub(crate) fn is_gateway(path: &str) -> bool {
    path == "/gateway" || path == "/gateway/"
}

async fn call(
    server: &Server,
    target: &Target,
    request: Request<Incoming>,
    client: IpAddr,
) -> Result<Response<Body>, Code> {
    let bytes_max = target.function.body_bytes_max();
    let hint = request.body().size_hint();
    if hint.lower() > bytes_max {
        return Err(Code::RequestTooLarge);
    }
    let progress = Progress::new();
    let (mut head, body) = request.into_parts();
    let body = match hint.exact() {
        Some(0) => empty(),
        Some(bytes) if bytes <= WHOLE_BYTES_MAX => {
            let timeout = milliseconds(server.settings.body_timeout_ms);
            let whole = tokio::time::timeout(timeout, body.collect()).await;
            let whole = whole.map_err(|_| Code::BadRequest)?;
            full(whole.map_err(|_| Code::BadRequest)?.to_bytes())
        }
        _ => progress.follow(body, bytes_max),
    };
    let fault = fault(server, &head.headers);
    head.uri = absolute(&head.uri, head.headers.get(header::HOST)).ok_or(Code::BadRequest)?;
    clean(&mut head.headers, client);
    let is_head = head.method == Method::HEAD;
    let request = Request::from_parts(head, body);
    let response = target.function.call(request, fault, progress).await;
    let mut response = response.map_err(Failure::code)?;
    if is_head {
        *response.body_mut() = empty();
    }
    Ok(response)
}

/// The URI with a scheme and a host, as functions expect it.
pub fn absolute(uri: &Uri, host: Option<&HeaderValue>) -> Option<Uri> {
    let named = host.and_then(|host| Authority::try_from(host.as_bytes()).ok());
    let mut parts = uri.clone().into_parts();
    parts.scheme = Some(Scheme::HTTP);
    parts.authority = parts
        .authority
        .or(named)
        .or(Some(Authority::from_static("localhost")));
    Uri::from_parts(parts).ok()
}

/// What a client must not say for itself, and what only concerns this connection, is removed.
fn clean(headers: &mut HeaderMap, client: IpAddr) {
    for name in [
        "forwarded",
        "x-real-ip",
        "spin-client-addr",
        REQUEST_ID,
        FAULT,
    ] {
        headers.remove(name);
    }
    if let Ok(client) = HeaderValue::from_str(&client.to_string()) {
        headers.insert("x-forwarded-for", client);
    }
}

fn fault(server: &Server, headers: &HeaderMap) -> Option<Fault> {
    let asked = headers.get(FAULT).filter(|_| server.faults)?;
    (asked == "after-commit").then_some(Fault::AfterCommit)
}
