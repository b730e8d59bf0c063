//! One instance of a function, and one call of it.

use std::sync::Arc;
use std::time::Instant;

use http::{Request, Response, header};
use http_body::Body as _;
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use wasmtime::{Store, UpdateDeadline};
use wasmtime_wasi_http::p3::bindings::{Service, ServicePre};
use wasmtime_wasi_http::{Error, FieldMap, WasiHttpHooks, WasiHttpView, p3};

use super::progress::Progress;
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
            // The caller may be gone by now; the function still ends in its own way.
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
