//! From a request to who answers it.

use model::Code;
use runtime::entry::worker::refuse;
use runtime::host::worker::{SESSIONS, Worker, head, request, respond};
use runtime::routes::is_internal;
use runtime::{BodyStream, cors};
use worker::{Env, Request, Response, Result};

use crate::dispatch;
use crate::{gateway_standalone, health, internal_calls};

/// Answers a request from outside.
pub async fn answer(incoming: Request, env: Env) -> Result<Response> {
    let Ok(head) = head(&incoming) else {
        return refuse(Code::BadRequest);
    };
    if let Some(allowed) = cors::preflight(&head) {
        let mut response = runtime::Response::new(BodyStream::empty());
        *response.headers_mut() = allowed;
        return respond(response);
    }
    let path = head.uri().path();
    let standalone = internal_calls::functions(&env).is_some();
    // Opening a socket is the one answer that scripts of browsers need no permission to read.
    if matches!(path, "/gateway" | "/gateway/") {
        let sessions = env.durable_object("SESSIONS")?.get_by_name(SESSIONS)?;
        return sessions.fetch_with_request(incoming).await;
    }
    // Internal functions are for this instance alone, which calls them without a request.
    let found = match is_internal(path) {
        true => None,
        false => dispatch::find(path),
    };
    match (path, found) {
        ("/healthz", _) => health::healthz(),
        ("/readyz", _) => health::readyz(&Worker::new(env, head.uri())).await,
        _ if standalone => match request(incoming) {
            Ok(request) => gateway_standalone::answer(request, env).await,
            Err(_) => refuse(Code::BadRequest),
        },
        (_, None) => refuse(Code::NotFound),
        (_, Some(function)) => dispatch::answer(function, incoming, env).await,
    }
}
