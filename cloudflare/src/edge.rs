//! From a request to who answers it.

use http::Method;
use http::header;
use model::Code;
use runtime::host::Host;
use runtime::host::worker::{SESSIONS, Worker, head, refuse, request, respond};
use runtime::routes::is_internal;
use runtime::{BodyStream, cors, internal};
use worker::{Env, Request, Response, Result};

use crate::who_answers;
use crate::{gateway_alone, health};

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
    let alone = gateway_alone::functions(&env).is_some();
    // Opening a socket is the one answer that scripts of browsers need no permission to read.
    if matches!(path, "/gateway" | "/gateway/") {
        let sessions = env.durable_object("SESSIONS")?.get_by_name(SESSIONS)?;
        return sessions.fetch_with_request(incoming).await;
    }
    // Internal functions are for this instance alone, which calls them without a request.
    let found = match is_internal(path) {
        true => None,
        false => who_answers::find(path),
    };
    match (path, found) {
        ("/healthz", _) => health::healthz(),
        ("/readyz", _) => health::readyz(&Worker::new(env, head.uri())).await,
        _ if alone => match request(incoming) {
            Ok(request) => gateway_alone::answer(request, env).await,
            Err(_) => refuse(Code::BadRequest),
        },
        (_, None) => refuse(Code::NotFound),
        (_, Some(function)) => who_answers::answer(function, incoming, env).await,
    }
}

/// Calls an internal function of this instance: its status and its body.
pub async fn call_internal(
    host: &Worker,
    method: Method,
    path: &str,
    body: Vec<u8>,
) -> anyhow::Result<(u16, Vec<u8>)> {
    let key = &host.config().await?.internal_key;
    let proof = internal::proof(key, &method, path, &body, host.now());
    let request = http::Request::builder()
        .method(method)
        .uri(path)
        .header(header::AUTHORIZATION, proof)
        .header(header::CONTENT_TYPE, "application/json")
        .body(BodyStream::from(body))?;
    let mut response = match gateway_alone::functions(host.env()) {
        Some(url) => {
            let mut request = request;
            *request.uri_mut() = format!("{url}{path}").parse()?;
            host.fetch(request).await?
        }
        None => {
            let found = who_answers::find(path);
            let found = found.ok_or_else(|| anyhow::anyhow!("nobody answers {path}"))?;
            who_answers::call(found, host, request).await?
        }
    };
    let status = response.status().as_u16();
    let body = response.body_mut().collect(usize::MAX).await;
    let body = body.map_err(|error| anyhow::anyhow!("{error:?}"))?;
    Ok((status, body.into()))
}
