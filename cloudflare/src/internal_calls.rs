//! Calls of internal functions: of this instance, or of functions that run elsewhere.

use http::{Method, header};
use model::gateway::internal::paths::OUTBOX;
use model::gateway::internal::{OutboxPage, OutboxRequest};
use runtime::host::Host;
use runtime::host::worker::Worker;
use runtime::{BodyStream, internal};
use worker::Env;

use crate::dispatch;

/// Where the functions are: scheme and authority. `None` when they are in this instance.
pub fn functions(env: &Env) -> Option<String> {
    let url = env.var("FUNCTIONS").ok()?.to_string();
    Some(url.trim_end_matches('/').to_owned())
}

/// Calls an internal function of this instance: its status and its body.
pub async fn call(
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
    let mut response = match functions(host.env()) {
        Some(url) => {
            let mut request = request;
            *request.uri_mut() = format!("{url}{path}").parse()?;
            host.fetch(request).await?
        }
        None => {
            let found = dispatch::find(path);
            let found = found.ok_or_else(|| anyhow::anyhow!("no function has the path {path}"))?;
            dispatch::call(found, host, request).await?
        }
    };
    let status = response.status().as_u16();
    let body = response.body_mut().collect(usize::MAX).await;
    let body = body.map_err(|error| anyhow::anyhow!("{error:?}"))?;
    Ok((status, body.into()))
}

/// Events that were not delivered, oldest first. Those up to number `through` are forgotten.
///
/// # Errors
/// When functions do not answer.
pub async fn read_outbox(host: &Worker, through: i64) -> anyhow::Result<OutboxPage> {
    let body = serde_json::to_vec(&OutboxRequest { through })?;
    let (status, body) = call(host, Method::POST, OUTBOX, body).await?;
    if status != 200 {
        anyhow::bail!("functions answered {status}");
    }
    Ok(serde_json::from_slice(&body)?)
}
