//! What is answered while functions are compiled: that they are, and how far it is.

use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use http::header::{self, HeaderValue};
use http::{Request, Response};
use hyper::body::Incoming;
use model::Code;
use runtime::cors;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::{Service, error, health, no_content, serve};
use crate::body::{Body, full};
use crate::functions::Compilation;
use crate::settings;

/// Seconds after which a client is told to ask again at the latest.
const RETRY_SECONDS_MAX: u64 = 60;

/// The service that answers meanwhile.
struct Starting {
    settings: settings::Server,
    started: Instant,
    compilation: Compilation,
}

/// Does `work`, and answers meanwhile who asks: 503, with what is done and when to ask again. The
/// listener is whole again afterwards. Nothing is answered if there is nothing to compile.
///
/// # Errors
/// Those of `work`, or that the listener cannot be shared.
pub async fn serve_while<T>(
    listener: &TcpListener,
    settings: &settings::Server,
    compilation: Compilation,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    if compilation.total() == 0 {
        return work.await;
    }
    let shared = listener.as_fd().try_clone_to_owned();
    let shared = shared.context("the listener cannot be shared")?;
    let shared = TcpListener::from_std(shared.into())?;
    let starting = Starting {
        settings: settings.clone(),
        started: Instant::now(),
        compilation,
    };
    // The sender ends with this function, however it ends.
    let (_working, done) = oneshot::channel::<()>();
    tokio::spawn(serve(Arc::new(starting), shared, async {
        let _ = done.await;
    }));
    work.await
}

impl Starting {
    fn unready(&self) -> Response<Body> {
        let (done, total) = (self.compilation.done(), self.compilation.total());
        let left = total.saturating_sub(done);
        let seconds = self.started.elapsed().as_secs() * left / done.max(1);
        let seconds = seconds.clamp(1, RETRY_SECONDS_MAX);
        let message = format!("Starting: {done} of {total} functions are compiled");
        let body = json!({ "message": message, "code": 0, "retry_after": seconds });
        let mut response = error(Code::ServiceUnavailable);
        *response.body_mut() = full(body.to_string());
        let headers = response.headers_mut();
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        response
    }
}

impl Service for Starting {
    fn settings(&self) -> &settings::Server {
        &self.settings
    }

    async fn answer(self: &Arc<Self>, request: Request<Incoming>, _: SocketAddr) -> Response<Body> {
        if let Some(allowed) = cors::preflight(&request) {
            let mut response = no_content();
            *response.headers_mut() = allowed;
            return response;
        }
        let origin = request.headers().get(header::ORIGIN).cloned();
        let mut response = match request.uri().path() {
            "/healthz" => health::healthz(),
            _ => self.unready(),
        };
        cors::allow(response.headers_mut(), origin.as_ref());
        response
    }
}
