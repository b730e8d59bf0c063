//! A call run by a libSQL server over HTTP, in one request.

use anyhow::{Context, anyhow};
use bytes::Bytes;
use http::{Method, StatusCode, header};
use model::Code;
use store::{Call, Error, Outcome, hrana};

use super::{Host, Spin};
use crate::BodyStream;

/// Bytes of an answer. What a call reads is bounded by its statements, far below.
const ANSWER_BYTES_MAX: usize = 32 << 20;

/// The server, by the variables `database_url` and `database_token`.
pub struct Server {
    /// Scheme and authority.
    pub url: String,
    /// What it knows the instance by; empty for a server that asks for none.
    pub token: String,
}

impl Server {
    /// Runs the call.
    pub async fn run(&self, call: &Call) -> Result<Vec<Outcome>, Error> {
        let (status, body) = self
            .post(hrana::request(call))
            .await
            .map_err(|error| Error::Unavailable(format!("{error:#}")))?;
        if status.is_success() {
            return hrana::reply(call, &body);
        }
        let message = format!("{status}: {}", String::from_utf8_lossy(&body));
        let later = status.is_server_error() || status == Code::RateLimited.status();
        Err(match later {
            true => Error::Unavailable(message),
            false => Error::Internal(message),
        })
    }

    async fn post(&self, body: String) -> anyhow::Result<(StatusCode, Bytes)> {
        let mut request = http::Request::builder()
            .method(Method::POST)
            .uri(format!("{}{}", self.url, hrana::PATH))
            .header(header::CONTENT_TYPE, "application/json");
        if !self.token.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.token));
        }
        let request = request.body(BodyStream::from(body.into_bytes()))?;
        let answer = Spin.fetch(request).await.context("the libSQL server")?;
        let (head, mut body) = answer.into_parts();
        let body = body.collect(ANSWER_BYTES_MAX).await;
        let body = body.map_err(|_| anyhow!("the libSQL server's answer broke off"))?;
        Ok((head.status, body))
    }
}
