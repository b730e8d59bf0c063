//! Connections: how many, how slow they may be, and how they end.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::header::{self, HeaderValue};
use http::uri::Authority;
use http::{Request, Response, Version};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use model::Code;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;
use tokio_io_timeout::TimeoutStream;

use super::places::{Place, Placed, Places};
use super::{error, milliseconds};
use crate::body::Body;
use crate::settings;

/// Time in which the first byte of a connection must arrive: one that says nothing costs its client
/// nothing. Between requests it may be silent for longer, as `server.header_timeout_ms` says.
const SILENCE: Duration = Duration::from_secs(10);

/// A service that answers requests.
pub trait Service: Send + Sync + 'static {
    /// What connections may cost.
    fn settings(&self) -> &settings::Server;

    /// Answers a request of `peer`.
    fn answer(
        self: &Arc<Self>,
        request: Request<Incoming>,
        peer: SocketAddr,
    ) -> impl Future<Output = Response<Body>> + Send;
}

/// Accepts connections until `stop` is ready, then lets the requests that run finish, for as long
/// as the settings allow.
pub async fn serve<S: Service>(
    server: Arc<S>,
    listener: TcpListener,
    stop: impl Future<Output = ()>,
) {
    let settings = server.settings();
    let places = Places::new(settings);
    let connections_max = settings.connections_max;
    let running = Arc::new(Semaphore::new(connections_max));
    let (stopping, stopped) = watch::channel(false);
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, most likely: what is open must close first.
                tracing::warn!("cannot accept a connection: {error}");
                tokio::time::sleep(milliseconds(100)).await;
                continue;
            }
        };
        let client = Some(peer.ip()).filter(|peer| !settings.trusts(*peer));
        let Some(place) = places.take(client) else {
            continue;
        };
        let Ok(runs) = Arc::clone(&running).try_acquire_owned() else {
            continue;
        };
        let connection = converse(Arc::clone(&server), stream, place, peer, stopped.clone());
        tokio::spawn(async move {
            let _runs = runs;
            if let Err(error) = connection.await {
                tracing::debug!(%peer, "connection: {error}");
            }
        });
    }
    drop(listener);
    stopping.send_replace(true);
    let grace = milliseconds(settings.shutdown_grace_ms);
    let all = u32::try_from(connections_max).unwrap_or(u32::MAX);
    if timeout(grace, running.acquire_many(all)).await.is_err() {
        tracing::warn!("requests were still running when the grace period ended");
    }
}

/// Answers the requests of one connection until it ends, is upgraded or the server stops.
async fn converse<S: Service>(
    server: Arc<S>,
    stream: TcpStream,
    place: Place,
    peer: SocketAddr,
    mut stopped: watch::Receiver<bool>,
) -> hyper::Result<()> {
    // Answers leave at once; a failure leaves the default, which is slower.
    let _ = stream.set_nodelay(true);
    let settings = server.settings();
    let silence = SILENCE.min(milliseconds(settings.header_timeout_ms));
    if timeout(silence, stream.peek(&mut [0])).await.is_err() {
        tracing::debug!(%peer, "a connection said nothing");
        return Ok(());
    }
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(milliseconds(settings.body_timeout_ms)));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(milliseconds(settings.header_timeout_ms))
        .max_buf_size(settings.header_bytes_max)
        .serve_connection(
            TokioIo::new(Placed::new(Box::pin(stream), place)),
            service_fn(|request| async {
                Ok::<_, Infallible>(match names_host(&request) {
                    true => server.answer(request, peer).await,
                    false => hostless(),
                })
            }),
        )
        .with_upgrades();
    let mut connection = pin!(connection);
    tokio::select! {
        ended = connection.as_mut() => return ended,
        _ = stopped.wait_for(|stopped| *stopped) => {}
    }
    connection.as_mut().graceful_shutdown();
    connection.await
}

/// Whether the request names one host, as it must.
///
/// See [RFC 9112, 3.2](https://www.rfc-editor.org/rfc/rfc9112#section-3.2-6).
fn names_host<B>(request: &Request<B>) -> bool {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) => request.version() < Version::HTTP_11,
        (Some(_), Some(_)) => false,
        (Some(host), None) if host.is_empty() => true,
        (Some(host), None) => {
            let authority = Authority::try_from(host.as_bytes());
            authority.is_ok_and(|it| !it.as_str().contains('@'))
        }
    }
}

/// The answer to a request that does not. What follows on the connection may not be a request.
fn hostless() -> Response<Body> {
    let mut response = error(Code::BadRequest);
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(header::CONNECTION, close);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_names_one_host() {
        let names = |version, hosts: &[&str]| {
            let mut request = Request::builder().version(version);
            for host in hosts {
                request = request.header(header::HOST, *host);
            }
            names_host(&request.body(()).unwrap())
        };
        for hosts in [
            &["chat.example"][..],
            &["127.0.0.1:80"],
            &["[::1]:80"],
            &[""],
        ] {
            assert!(names(Version::HTTP_11, hosts), "{hosts:?}");
        }
        for hosts in [
            &[][..],
            &["a", "a"],
            &["a", "b"],
            &["a b"],
            &["me@a"],
            &["a/b"],
        ] {
            assert!(!names(Version::HTTP_11, hosts), "{hosts:?}");
        }
        assert!(names(Version::HTTP_10, &[]));
        assert!(!names(Version::HTTP_10, &["a", "b"]));
    }
}
