//! Connections: how many, how slow they may be, and how they end.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_io_timeout::TimeoutStream;

use super::milliseconds;
use crate::body::Body;
use crate::settings;

/// Who answers requests.
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
    let connections_max = server.settings().connections_max;
    let places = Arc::new(Semaphore::new(connections_max));
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
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            tracing::warn!(%peer, "too many connections");
            continue;
        };
        let connection = converse(Arc::clone(&server), stream, peer, stopped.clone());
        tokio::spawn(async move {
            let _place = place;
            if let Err(error) = connection.await {
                tracing::debug!(%peer, "connection: {error}");
            }
        });
    }
    drop(listener);
    stopping.send_replace(true);
    let grace = milliseconds(server.settings().shutdown_grace_ms);
    let all = u32::try_from(connections_max).unwrap_or(u32::MAX);
    if tokio::time::timeout(grace, places.acquire_many(all))
        .await
        .is_err()
    {
        tracing::warn!("requests were still running when the grace period ended");
    }
}

/// Answers the requests of one connection until it ends, is upgraded or the server stops.
async fn converse<S: Service>(
    server: Arc<S>,
    stream: TcpStream,
    peer: SocketAddr,
    mut stopped: watch::Receiver<bool>,
) -> hyper::Result<()> {
    // Answers leave at once; a failure leaves the default, which is slower.
    let _ = stream.set_nodelay(true);
    let settings = server.settings();
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(milliseconds(settings.body_timeout_ms)));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(milliseconds(settings.header_timeout_ms))
        .max_buf_size(settings.header_bytes_max)
        .serve_connection(
            TokioIo::new(Box::pin(stream)),
            service_fn(|request| async { Ok::<_, Infallible>(server.answer(request, peer).await) }),
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
