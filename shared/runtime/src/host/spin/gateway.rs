//! Requests to the gateway's process: that there are events, and for blobs that it keeps.

use anyhow::{Context, anyhow};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderValue, Method, Uri, header};
use model::gateway::internal::paths::{ADMIT, PUBLISH};

use super::settings::Settings;
use super::{Host, Spin};
use crate::blob_requests::ORIGIN;
use crate::limiter::{Admission, Decision};
use crate::{BodyStream, internal};

/// Bytes of a decision.
const DECISION_BYTES_MAX: usize = 1024;

/// Tells the gateway that the outbox has new rows.
pub async fn announce(settings: &Settings) -> anyhow::Result<()> {
    let key = &settings.config.internal_key;
    let proof = internal::proof(key, &Method::POST, PUBLISH, b"", Spin.now());
    let request = http::Request::builder()
        .method(Method::POST)
        .uri(format!("{}{PUBLISH}", settings.gateway_url))
        .header(header::AUTHORIZATION, proof)
        .body(BodyStream::empty())?;
    let response = Spin.fetch(request).await?;
    if !response.status().is_success() {
        return Err(anyhow!("it answered {}", response.status()));
    }
    Ok(())
}

/// Has the gateway count a request: every instance of every function asks the same one.
pub async fn admit(settings: &Settings, request: &Admission) -> anyhow::Result<Decision> {
    let body = serde_json::to_vec(request)?;
    let key = &settings.config.internal_key;
    let proof = internal::proof(key, &Method::POST, ADMIT, &body, Spin.now());
    let request = http::Request::builder()
        .method(Method::POST)
        .uri(format!("{}{ADMIT}", settings.gateway_url))
        .header(header::AUTHORIZATION, proof)
        .body(BodyStream::from(body))?;
    let (head, mut body) = Spin.fetch(request).await?.into_parts();
    if !head.status.is_success() {
        return Err(anyhow!("the gateway answered {}", head.status));
    }
    let body = body.collect(DECISION_BYTES_MAX).await;
    let body = body.map_err(|_| anyhow!("the gateway's answer broke off"))?;
    Ok(serde_json::from_slice(&body)?)
}

/// The request as it leaves: one for blobs goes to where a deployment has them, below `/blobs`,
/// and proves that it comes from the instance. Its body is a stream, which no proof can cover.
pub fn with_blobs_at(
    settings: &Settings,
    mut request: http::Request<BodyStream>,
) -> anyhow::Result<http::Request<BodyStream>> {
    let Some(url) = &settings.blobs_url else {
        return Ok(request);
    };
    let is_blob = ORIGIN.ends_with(request.uri().authority().map_or("", |it| it.as_str()));
    if !is_blob {
        return Ok(request);
    }
    let (scheme, authority) = url.split_once("://").context("blobs_url has no scheme")?;
    let path = format!("/blobs{}", request.uri().path());
    let key = &settings.config.internal_key;
    let proof = internal::proof(key, request.method(), &path, b"", Spin.now());
    let mut parts = request.uri().clone().into_parts();
    parts.scheme = Some(scheme.parse::<Scheme>()?);
    parts.authority = Some(authority.parse::<Authority>()?);
    parts.path_and_query = Some(path.parse::<PathAndQuery>()?);
    *request.uri_mut() = Uri::from_parts(parts)?;
    let proof = HeaderValue::try_from(proof)?;
    request.headers_mut().insert(header::AUTHORIZATION, proof);
    Ok(request)
}
