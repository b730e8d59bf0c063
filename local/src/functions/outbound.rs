//! Requests that functions send: to the blob folder and the gateway in this process, and to the
//! hosts that their manifest allows.

mod allow;
mod client;

use std::sync::Arc;

use http::{Request, Response};
use http_body_util::BodyExt;
use model::gateway::internal::paths::PUBLISH;
use wasmtime_wasi_http::{Error, RequestOptions, WasiHttpHooks};

use super::Environment;
use crate::body::{Body, empty, full};

pub use allow::AllowList;

/// The host name of the blob folder.
const BLOBS_HOST: &str = "blobs.internal";
/// The host name of the gateway.
const GATEWAY_HOST: &str = "gateway.internal";
/// Bytes of a request to the gateway.
const GATEWAY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The way out of one instance.
pub struct Outbound {
    environment: Arc<Environment>,
}

/// What goes on with a connection after the head of its answer came.
type Rest = Box<dyn Future<Output = Result<(), Error>> + Send>;

impl Outbound {
    /// The way out for a function with this environment.
    pub fn new(environment: Arc<Environment>) -> Self {
        Self { environment }
    }
}

impl WasiHttpHooks for Outbound {
    fn send_request(
        &mut self,
        request: Request<Body>,
        _options: Option<RequestOptions>,
        _processed: Rest,
    ) -> Box<dyn Future<Output = Result<(Response<Body>, Rest), Error>> + Send> {
        let environment = Arc::clone(&self.environment);
        Box::new(async move { send(&environment, request).await })
    }
}

async fn send(
    environment: &Environment,
    request: Request<Body>,
) -> Result<(Response<Body>, Rest), Error> {
    let rule = environment.outbound.rule_for(request.uri());
    let rule = rule.ok_or(Error::HttpRequestDenied)?;
    let done = || Box::new(async { Ok(()) }) as Rest;
    match request.uri().host() {
        Some(BLOBS_HOST) => Ok((environment.blobs.answer(request).await, done())),
        Some(GATEWAY_HOST) => Ok((ask_gateway(environment, request).await?, done())),
        _ => client::send(request, rule).await,
    }
}

async fn ask_gateway(
    environment: &Environment,
    request: Request<Body>,
) -> Result<Response<Body>, Error> {
    if request.uri().path() == PUBLISH {
        environment.outbox.wake();
        return Ok(Response::new(empty()));
    }
    let gateway = environment.gateway.get();
    let gateway = gateway.ok_or(Error::DestinationUnavailable)?;
    let (head, body) = request.into_parts();
    let body = http_body_util::Limited::new(body, GATEWAY_BYTES_MAX);
    let body = body
        .collect()
        .await
        .map_err(|_| Error::HttpRequestBodySize(None))?;
    let answer = gateway
        .call(Request::from_parts(head, body.to_bytes()))
        .await;
    Ok(answer.map(full))
}
