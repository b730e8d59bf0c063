//! Functions of another process, asked over HTTP.

use std::time::Duration;

use anyhow::{Context, Result};
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request, Uri};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use model::Code;
use runtime::internal;

use crate::clock::now;
use crate::gateway::Internal;
use crate::ports::Pending;

/// How long an answer may take, the first start of a component included.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// Functions at a URL.
#[derive(Clone)]
pub struct Remote {
    client: Client<HttpConnector, Full<Bytes>>,
    url: String,
    key: String,
}

impl Remote {
    /// The functions at `url`: `http`, a host and perhaps a port. Calls are proven with `key`.
    ///
    /// # Errors
    /// When that is no such URL.
    pub fn new(url: &str, key: String) -> Result<Self> {
        let url = url.trim_end_matches('/');
        let parsed: Uri = url.parse().with_context(|| format!("--functions: {url}"))?;
        let plain = parsed.scheme_str() == Some("http") && matches!(parsed.path(), "" | "/");
        anyhow::ensure!(plain, "--functions: {url} is not http, a host and a port");
        Ok(Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
            url: url.to_owned(),
            key,
        })
    }

    async fn ask(&self, method: Method, path: &str, body: Bytes) -> Result<(u16, Bytes)> {
        let proof = internal::proof(&self.key, &method, path, &body, now());
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header(AUTHORIZATION, proof)
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(body))?;
        let answer = self.client.request(request).await?;
        let status = answer.status().as_u16();
        Ok((status, answer.into_body().collect().await?.to_bytes()))
    }
}

impl Internal for Remote {
    fn call(&self, method: Method, path: String, body: Bytes) -> Pending<'static, (u16, Bytes)> {
        let functions = self.clone();
        Box::pin(async move {
            let asked = functions.ask(method, &path, body);
            let problem = match tokio::time::timeout(ANSWER_WITHIN, asked).await {
                Ok(Ok(answer)) => return answer,
                Ok(Err(error)) => format!("{error:#}"),
                Err(_) => "no answer in time".to_owned(),
            };
            tracing::warn!(path, "functions cannot be asked: {problem}");
            (Code::ServiceUnavailable.status(), Bytes::new())
        })
    }
}
