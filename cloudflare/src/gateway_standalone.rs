//! The gateway of functions that run elsewhere, such as on Spin: what they ask of it, and what it
//! asks of them. The same as the program `spacebar gateway` does.

use http::{Method, Uri, header};
use model::Code;
use model::gateway::internal::paths::{ADMIT, PUBLISH};
use runtime::entry::worker::refuse;
use runtime::host::worker::{News, Worker, respond};
use runtime::host::{Host, log_error};
use runtime::limiter::Admission;
use runtime::{BodyStream, blobs, internal};
use worker::{Env, Response, Result};

/// Below it are blobs.
const BLOBS_BELOW: &str = "/blobs/";
/// Bytes of a request to be counted.
const ADMISSION_BYTES_MAX: usize = 1024;

/// Answers a request that opens no socket.
pub async fn answer(mut request: http::Request<BodyStream>, env: Env) -> Result<Response> {
    let host = Worker::new(env, request.uri());
    let path = request.uri().path().to_owned();
    let is_post = request.method() == Method::POST;
    match path.as_str() {
        ADMIT if is_post => match count(&host, &mut request).await {
            Ok(decision) => Response::ok(decision),
            Err(code) => refuse(code),
        },
        // A request without a proof gets 404.
        _ if !is_proven(&host, &request, b"").await => refuse(Code::NotFound),
        PUBLISH if is_post => match host.tell_gateway(&News::default()).await {
            Ok(()) => Response::empty(),
            Err(error) => failed(&error),
        },
        path => match path.strip_prefix(BLOBS_BELOW) {
            Some(key) => blob(&host, key, request).await,
            None => refuse(Code::NotFound),
        },
    }
}

/// Counts a request that a function tells of.
async fn count(
    host: &Worker,
    request: &mut http::Request<BodyStream>,
) -> std::result::Result<String, Code> {
    let body = request.body_mut().collect(ADMISSION_BYTES_MAX).await;
    let body = body.map_err(|_| Code::BadRequest)?;
    if !is_proven(host, request, &body).await {
        return Err(Code::NotFound);
    }
    let asked: Admission = serde_json::from_slice(&body).map_err(|_| Code::BadRequest)?;
    let decision = host.admit(&asked).await.map_err(|error| {
        log_error(&format!("a request was not counted: {error:#}"));
        Code::ServiceUnavailable
    })?;
    serde_json::to_string(&decision).map_err(|_| Code::InternalServerError)
}

/// Whether a function sent this. Bodies are none, or blobs, which no proof covers.
async fn is_proven(host: &Worker, request: &http::Request<BodyStream>, body: &[u8]) -> bool {
    let Ok(config) = host.config().await else {
        return false;
    };
    let given = request.headers().get(header::AUTHORIZATION);
    let given = given.and_then(|it| it.to_str().ok()).unwrap_or_default();
    let (key, method, path) = (&config.internal_key, request.method(), request.uri().path());
    internal::proves(given, key, method, path, body, host.now())
}

async fn blob(
    host: &Worker,
    key: &str,
    mut request: http::Request<BodyStream>,
) -> Result<Response> {
    match format!("{}/{key}", blobs::ORIGIN).parse::<Uri>() {
        Ok(uri) => *request.uri_mut() = uri,
        Err(_) => return refuse(Code::NotFound),
    }
    match host.fetch(request).await {
        Ok(answer) => respond(answer),
        Err(error) => failed(&error),
    }
}

fn failed(error: &anyhow::Error) -> Result<Response> {
    log_error(&format!("{error:#}"));
    refuse(Code::ServiceUnavailable)
}
