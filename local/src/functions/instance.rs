//! One instance of a function, and one call of it.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response, header};
use http_body::{Body as _, Frame};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use wasmtime::{Store, UpdateDeadline};
use wasmtime_wasi_http::p3::bindings::{Service, ServicePre};
use wasmtime_wasi_http::{Error, FieldMap, WasiHttpHooks, WasiHttpView, p3};

use super::meter::Meter;
use super::state::State;
use super::{Environment, Fault};
use crate::body::{Body, full};

/// Bytes of an answer that is sent at once, as one piece with its head.
const WHOLE_BYTES_MAX: u64 = 1024 * 1024;

/// An instance, which answers one call at a time.
pub struct Instance {
    store: Store<State>,
    service: Service,
    calls: u32,
    /// When it last finished a call.
    pub idle_since: Instant,
    /// Its place among all instances.
    _place: OwnedSemaphorePermit,
}

impl Instance {
    /// A fresh instance in the place that `place` stands for.
    ///
    /// # Errors
    /// When there is no memory for it, or its start traps.
    pub async fn new(
        service: &ServicePre<State>,
        environment: Arc<Environment>,
        place: OwnedSemaphorePermit,
        progress: &Arc<Progress>,
    ) -> wasmtime::Result<Self> {
        let mut store = Store::new(service.engine(), State::new(environment));
        store.limiter_async(|state| &mut state.memory);
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|mut store| {
            let state = store.data_mut();
            if state.progress.meter.spent() > state.environment.cpu_max {
                wasmtime::bail!("it used up its computation");
            }
            state.progress.touch();
            Ok(UpdateDeadline::Yield(1))
        });
        store.data_mut().begin(None, progress);
        let made = service.instantiate_async(&mut store);
        let service = progress.meter.measure(made).await?;
        Ok(Self {
            store,
            service,
            calls: 0,
            idle_since: Instant::now(),
            _place: place,
        })
    }

    /// Answers one request. Returns when the function has finished everything that it does for it.
    ///
    /// # Errors
    /// Why the instance must not be used again; whether the request was answered before shows by
    /// `answer` having been used.
    pub async fn call(
        &mut self,
        request: Request<Body>,
        fault: Option<Fault>,
        progress: &Arc<Progress>,
        mut answer: oneshot::Sender<Response<Body>>,
    ) -> wasmtime::Result<()> {
        self.calls += 1;
        self.store.data_mut().begin(fault, progress);
        self.store.set_epoch_deadline(1);
        let service = &self.service;
        let run = self.store.run_concurrent(async |accessor| {
            let (request, received) = accessor.with(|mut access| {
                let view = access.data_mut().http();
                let (request, received) = incoming(request, view.hooks);
                wasmtime::error::Ok((view.table.push(request)?, received))
            })?;
            let handler = service.wasi_http_handler();
            let response = tokio::select! {
                response = handler.call_handle(accessor, request) => response?,
                () = answer.closed() => wasmtime::bail!(Abandoned),
            };
            let response = response.map_err(|code| wasmtime::format_err!("it failed: {code:?}"))?;
            let response = accessor.with(|mut access| {
                let response = access.data_mut().http().table.delete(response)?;
                response.into_http(&mut access, received)
            })?;
            let response = gather(response, progress).await?;
            // Who asked may be gone by now; the function still ends in its own way.
            let _ = answer.send(response);
            std::future::poll_fn(|cx| accessor.poll_no_interesting_tasks(cx)).await;
            Ok(())
        });
        let finished = progress.meter.measure(run).await?;
        self.idle_since = Instant::now();
        finished
    }

    /// Whether it got less memory than it wanted because others had it.
    pub fn is_starved(&self) -> bool {
        self.store.data().memory.is_starved()
    }

    /// Whether it may answer another call.
    pub fn is_reusable(&self) -> bool {
        let state = self.store.data();
        self.calls < state.environment.reuse_max
            && state.memory.bytes <= state.environment.memory_bytes_kept
            && state.table.is_empty()
    }
}

/// A request as functions see it, and what becomes of its body.
fn incoming(
    request: Request<Body>,
    hooks: &mut dyn WasiHttpHooks,
) -> (
    p3::Request,
    impl Future<Output = Result<(), Error>> + Send + use<>,
) {
    let (head, body) = request.into_parts();
    let uri = head.uri.into_parts();
    let headers = FieldMap::new_immutable(hooks, head.headers);
    p3::Request::new(
        head.method,
        uri.scheme,
        uri.authority,
        uri.path_and_query,
        headers,
        None,
        body,
    )
}

/// The client went away.
#[derive(Debug)]
pub struct Abandoned;

impl std::fmt::Display for Abandoned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("nobody waits for the answer")
    }
}

impl std::error::Error for Abandoned {}

/// The answer with its body as one piece, if its length is known and small: head and body then
/// leave in one packet. A longer one stays a stream.
async fn gather(
    response: Response<Body>,
    progress: &Arc<Progress>,
) -> wasmtime::Result<Response<Body>> {
    let (head, body) = response.into_parts();
    let length = head.headers.get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length
        .or(body.size_hint().exact())
        .is_some_and(|length| length <= WHOLE_BYTES_MAX)
    {
        let whole = body.collect().await?.to_bytes();
        return Ok(Response::from_parts(head, full(whole)));
    }
    let progress = Arc::clone(progress);
    let body = body.map_frame(move |frame| {
        progress.touch();
        frame
    });
    Ok(Response::from_parts(head, body.boxed_unsync()))
}

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
    /// Whether others had the memory that it needed.
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

    fn touch(&self) {
        let now = self.started.elapsed().as_millis() as u64;
        self.touched_ms.store(now, Ordering::Relaxed);
    }

    /// Whether the function was waiting for the client.
    pub fn is_receiving(&self) -> bool {
        self.receiving.load(Ordering::Relaxed)
    }

    /// Whether the request's body was cut off for its size.
    pub fn is_too_large(&self) -> bool {
        self.too_large.load(Ordering::Relaxed)
    }

    /// Notes that others had the memory that it needed.
    pub(super) fn starve(&self) {
        self.starved.store(true, Ordering::Relaxed);
    }

    /// Whether others had the memory that it needed.
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
