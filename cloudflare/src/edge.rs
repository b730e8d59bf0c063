//! From a request to who answers it.

use std::sync::OnceLock;

use http::Method;
use http::header::{self, HeaderMap};
use model::Code;
use runtime::host::worker::{GATEWAY, Worker, refuse, request, respond, serve};
use runtime::routes::Routes;
use runtime::{BodyStream, Function, cors, internal};
use worker::{Env, Request, Response, Result};

use crate::health;

/// The functions by their routes, the same as in `spin.toml`.
static ROUTES: OnceLock<Routes<&'static Function>> = OnceLock::new();

/// Answers a request from outside.
pub async fn answer(incoming: Request, env: Env) -> Result<Response> {
    let request = match request(incoming.clone()?) {
        Ok(request) => request,
        Err(_) => return refuse(Code::BadRequest),
    };
    if let Some(allowed) = cors::preflight(&request) {
        let mut response = runtime::Response::new(BodyStream::empty());
        *response.headers_mut() = allowed;
        return respond(response);
    }
    let host = Worker::new(env.clone(), request.uri());
    let path = request.uri().path().to_owned();
    // Opening a socket is the one answer that scripts of browsers need no permission to read.
    if matches!(path.as_str(), "/gateway" | "/gateway/") {
        let gateway = env.durable_object("GATEWAY")?.get_by_name(GATEWAY)?;
        return gateway.fetch_with_request(incoming).await;
    }
    // Internal functions are for this instance alone, which calls them without a request.
    let found = match path.split('/').nth(1) {
        Some("internal") => None,
        _ => routes().find(&path),
    };
    match (path.as_str(), found) {
        ("/healthz", _) => health::healthz(),
        ("/readyz", _) => health::readyz(&host).await,
        (_, None) => refuse(Code::NotFound),
        (_, Some(found)) if is_costly(found.target) => {
            let computers = env.durable_object("COMPUTE")?;
            let computer = computers.get_by_name(&place(request.headers()))?;
            computer.fetch_with_request(incoming).await
        }
        (_, Some(found)) => call(found.target, host, request).await,
    }
}

async fn call(
    function: &Function,
    host: Worker,
    request: http::Request<BodyStream>,
) -> Result<Response> {
    let mut response = serve(function, host, request).await;
    cors::allow(response.headers_mut());
    respond(response)
}

/// Runs the function of a request's path, in an object that has the time for it.
pub async fn run(incoming: Request, env: Env) -> Result<Response> {
    let Ok(request) = request(incoming) else {
        return refuse(Code::BadRequest);
    };
    let host = Worker::new(env, request.uri());
    let path = request.uri().path().to_owned();
    match routes().find(&path) {
        Some(found) => call(found.target, host, request).await,
        None => refuse(Code::NotFound),
    }
}

/// Calls an internal function of this instance: its status and its body.
pub async fn call_internal(
    host: &Worker,
    method: Method,
    path: &str,
    body: Vec<u8>,
) -> anyhow::Result<(u16, Vec<u8>)> {
    use runtime::host::Host;

    let key = &host.config().await?.internal_key;
    let proof = internal::proof(key, &method, path, &body, host.now());
    let request = http::Request::builder()
        .method(method)
        .uri(path)
        .header(header::AUTHORIZATION, proof)
        .header(header::CONTENT_TYPE, "application/json")
        .body(BodyStream::from(body))?;
    let found = routes().find(path);
    let found = found.ok_or_else(|| anyhow::anyhow!("nobody answers {path}"))?;
    let mut response = serve(found.target, host.clone(), request).await;
    let status = response.status().as_u16();
    let body = response.body_mut().collect(usize::MAX).await;
    let body = body.map_err(|error| anyhow::anyhow!("{error:?}"))?;
    Ok((status, body.into()))
}

fn routes() -> &'static Routes<&'static Function> {
    ROUTES.get_or_init(|| {
        let mut routes = Routes::default();
        let functions = functions::CATALOGUE.iter().flat_map(|(_, files)| *files);
        for (_, function) in functions {
            // The same routes are in `spin.toml`, where a test would find two that are the same.
            for route in function.routes() {
                let _ = routes.insert(&route, function);
            }
        }
        routes
    })
}

fn is_costly(function: &Function) -> bool {
    let costly = ["passwords", "decoding"];
    function.capabilities.iter().any(|it| costly.contains(it))
}

/// The object that does the costly work of a client. One address keeps one object busy at most.
fn place(headers: &HeaderMap) -> String {
    let address = headers.get("cf-connecting-ip");
    let address = address.and_then(|address| address.to_str().ok());
    address.unwrap_or("nowhere").to_owned()
}
