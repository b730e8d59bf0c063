//! How far a call has come.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body::{Body as _, Frame};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use wasmtime_wasi_http::Error;

use super::meter::Meter;
use crate::body::Body;

/// How a call gets on: when a byte of its bodies last moved, either way, or it was last computed.
#[derive(Debug)]
pub struct Progress {
    /// The processor's time that it takes.
    pub(super) meter: Meter,
    started: Instant,
    touched_ms: AtomicU64,
    /// Whether bytes of the request are still to come.
    receiving: AtomicBool,
    /// Whether more came than the function takes.
    too_large: AtomicBool,
    /// Whether the budget refused it memory.
    starved: AtomicBool,
}

impl Progress {
    /// A call that begins now.
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            meter: Meter::default(),
            started: Instant::now(),
            touched_ms: AtomicU64::new(0),
            receiving: AtomicBool::new(false),
            too_large: AtomicBool::new(false),
            starved: AtomicBool::new(false),
        })
    }

    /// Notes that a byte moved.
    pub(super) fn touch(&self) {
        let now = self.started.elapsed().as_millis() as u64;
        self.touched_ms.store(now, Ordering::Relaxed);
    }

    /// Whether bytes of the request are still to come.
    pub fn is_receiving(&self) -> bool {
        self.receiving.load(Ordering::Relaxed)
    }

    /// Whether the request's body was cut off for its size.
    pub fn is_too_large(&self) -> bool {
        self.too_large.load(Ordering::Relaxed)
    }

    /// Notes that the budget refused it memory.
    pub(super) fn starve(&self) {
        self.starved.store(true, Ordering::Relaxed);
    }

    /// Whether the budget refused it memory.
    pub fn is_starved(&self) -> bool {
        self.starved.load(Ordering::Relaxed)
    }

    /// Returns once nothing moved and nothing was computed for `deadline`.
    pub async fn stalled(&self, deadline: Duration) {
        loop {
            let touched = Duration::from_millis(self.touched_ms.load(Ordering::Relaxed));
            let until = self.started + touched + deadline;
            if until <= Instant::now() {
                return;
            }
            tokio::time::sleep_until(until.into()).await;
        }
    }

    /// A request's body that is followed here and cut off after `bytes_max`.
    pub fn follow(self: &Arc<Self>, body: Incoming, bytes_max: u64) -> Body {
        self.receiving
            .store(!body.is_end_stream(), Ordering::Relaxed);
        let followed = Followed {
            body,
            bytes_left: bytes_max,
            progress: Arc::clone(self),
        };
        followed.boxed_unsync()
    }
}

/// A request's body on its way to the function.
struct Followed {
    body: Incoming,
    bytes_left: u64,
    progress: Arc<Progress>,
}

impl http_body::Body for Followed {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        let progress = &self.progress;
        progress.touch();
        let Some(Ok(frame)) = frame else {
            progress.receiving.store(false, Ordering::Relaxed);
            return Poll::Ready(frame.map(|frame| frame.map_err(Error::from)));
        };
        let bytes = frame.data_ref().map_or(0, |data| data.len() as u64);
        if bytes > self.bytes_left {
            self.progress.too_large.store(true, Ordering::Relaxed);
            return Poll::Ready(Some(Err(Error::HttpRequestBodySize(None))));
        }
        self.bytes_left -= bytes;
        Poll::Ready(Some(Ok(frame)))
    }
}
