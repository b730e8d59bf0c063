//! A function with its instances.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use http::{Request, Response};
use model::Code;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::timeout;
use tracing::Instrument;
use wasmtime_wasi_http::p3::bindings::ServicePre;

use super::compile::Compiled;
use super::instance::{Abandoned, Instance};
use super::progress::Progress;
use super::state::State;
use super::{Environment, Fault, Shared};
use crate::body::Body;

/// How long a call waits for an instance when all are busy.
const PLACE_TIMEOUT: Duration = Duration::from_secs(5);

/// A function: one component and its instances.
pub struct Function {
    name: String,
    compiled: Compiled,
    environment: Arc<Environment>,
    shared: Arc<Shared>,
    /// Mapped and linked while it is called, so that functions nobody calls cost no memory.
    service: Mutex<Option<ServicePre<State>>>,
    /// When it was last called, in milliseconds of the shared clock.
    called_ms: AtomicU64,
    running: Arc<Semaphore>,
}

/// Why a request was not answered by the function; the log says more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// All instances stayed busy, or others had the memory.
    Overloaded,
    /// The request's body was larger than the function takes.
    TooLarge,
    /// The client stopped sending.
    Stalled,
    /// It trapped, ran too long or wanted too much.
    Crashed,
}

impl Failure {
    /// What the client is told.
    pub fn code(self) -> Code {
        match self {
            Self::Overloaded => Code::Overloaded,
            Self::TooLarge => Code::RequestTooLarge,
            Self::Stalled => Code::BadRequest,
            Self::Crashed => Code::InternalServerError,
        }
    }
}

impl Function {
    pub(super) fn new(
        name: &str,
        compiled: Compiled,
        environment: Environment,
        instances_max: usize,
        shared: Arc<Shared>,
    ) -> Self {
        Self {
            name: name.to_owned(),
            compiled,
            environment: Arc::new(environment),
            shared,
            service: Mutex::default(),
            called_ms: AtomicU64::new(0),
            running: Arc::new(Semaphore::new(instances_max)),
        }
    }

    /// Its name in the manifest.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Bytes of the largest request body that it takes.
    pub fn body_bytes_max(&self) -> u64 {
        self.environment.body_bytes_max
    }

    /// Maps and links its component, to see whether that can be done, and lets go of it.
    ///
    /// # Errors
    /// Which interface it asks for in vain, or what is wrong with the file.
    pub(super) fn try_out(&self) -> Result<()> {
        let tried = self.link().map(drop);
        tried.with_context(|| format!("component {}", self.name))
    }

    /// Whether its compiled component is still there.
    pub(super) fn is_there(&self) -> bool {
        self.compiled.exists()
    }

    /// Lets go of the component when it was not called for `age`.
    pub(super) fn unload(&self, age: Duration) {
        let called = Duration::from_millis(self.called_ms.load(Ordering::Relaxed));
        if self.shared.started.elapsed().saturating_sub(called) >= age {
            lock(&self.service).take();
        }
    }

    /// Answers a request whose bodies `progress` follows.
    ///
    /// # Errors
    /// What to tell the client instead.
    pub async fn call(
        self: &Arc<Self>,
        request: Request<Body>,
        fault: Option<Fault>,
        progress: Arc<Progress>,
    ) -> Result<Response<Body>, Failure> {
        let Ok(permits) = timeout(PLACE_TIMEOUT, self.permits()).await else {
            tracing::warn!(function = self.name, "all instances are busy");
            return Err(Failure::Overloaded);
        };
        let (answer, answered) = oneshot::channel();
        let function = Arc::clone(self);
        let followed = Arc::clone(&progress);
        let work = async move {
            let _permits = permits;
            if let Err(error) = function.run(request, fault, &followed, answer).await {
                function.report(&error);
            }
        };
        tokio::spawn(work.in_current_span());
        match answered.await {
            Ok(_) | Err(_) if progress.is_too_large() => Err(Failure::TooLarge),
            Ok(response) => Ok(response),
            Err(_) if progress.is_starved() => Err(Failure::Overloaded),
            Err(_) if progress.is_receiving() => Err(Failure::Stalled),
            Err(_) => Err(Failure::Crashed),
        }
    }

    async fn run(
        &self,
        request: Request<Body>,
        fault: Option<Fault>,
        progress: &Arc<Progress>,
        answer: oneshot::Sender<Response<Body>>,
    ) -> wasmtime::Result<()> {
        let _clock = self.shared.clock.run();
        let now_ms = self.shared.started.elapsed().as_millis() as u64;
        self.called_ms.store(now_ms, Ordering::Relaxed);
        let mut instance = match self.shared.idle.take(&self.name) {
            Some(instance) => instance,
            None => self.instance(progress).await?,
        };
        tokio::select! {
            finished = instance.call(request, fault, progress, answer) => {
                if finished.is_err() && instance.is_starved() {
                    progress.starve();
                }
                finished?;
            }
            () = progress.stalled(self.environment.deadline) => {
                wasmtime::bail!("it passed its deadline");
            }
        }
        if instance.is_reusable() {
            self.shared.idle.put(&self.name, instance);
        }
        Ok(())
    }

    fn report(&self, error: &wasmtime::Error) {
        if error.is::<Abandoned>() {
            tracing::debug!(function = self.name, "{error:#}");
        } else {
            tracing::error!(function = self.name, "the function ended: {error:#}");
        }
    }

    async fn instance(&self, progress: &Arc<Progress>) -> wasmtime::Result<Box<Instance>> {
        tracing::debug!(function = self.name, "a new instance");
        let service = self.service().map_err(wasmtime::Error::from_anyhow)?;
        let place = self.place().await;
        let environment = Arc::clone(&self.environment);
        let instance = Instance::new(&service, environment, place, progress).await?;
        Ok(Box::new(instance))
    }

    /// Leave to run one call: of this function, and of all.
    async fn permits(&self) -> Option<(OwnedSemaphorePermit, OwnedSemaphorePermit)> {
        // Neither semaphore is ever closed.
        let own = Arc::clone(&self.running).acquire_owned().await.ok()?;
        let all = Arc::clone(&self.shared.running)
            .acquire_owned()
            .await
            .ok()?;
        Some((own, all))
    }

    /// A place for one more instance; an idle one of any function gives way. Calls that run are no
    /// more than places, so when there is neither, one is being freed at this moment.
    async fn place(&self) -> OwnedSemaphorePermit {
        loop {
            if let Ok(place) = Arc::clone(&self.shared.places).try_acquire_owned() {
                return place;
            }
            if !self.shared.idle.remove_oldest() {
                tokio::task::yield_now().await;
            }
        }
    }

    fn service(&self) -> Result<ServicePre<State>> {
        let mut service = lock(&self.service);
        if let Some(service) = &*service {
            return Ok(service.clone());
        }
        Ok(service.insert(self.link()?).clone())
    }

    fn link(&self) -> Result<ServicePre<State>> {
        let component = self.compiled.load(&self.shared.engine)?;
        let linked = self.shared.linker.instantiate_pre(&component)?;
        Ok(ServicePre::new(linked)?)
    }
}

/// Instances of all functions that wait for a call, the one that waits longest first.
#[derive(Default)]
pub(super) struct Idle(Mutex<Vec<(String, Box<Instance>)>>);

impl Idle {
    /// The instance of `function` that was used last: its memory is warm.
    fn take(&self, function: &str) -> Option<Box<Instance>> {
        let mut idle = self.lock();
        let index = idle.iter().rposition(|(name, _)| name == function)?;
        Some(idle.remove(index).1)
    }

    fn put(&self, function: &str, instance: Box<Instance>) {
        self.lock().push((function.to_owned(), instance));
    }

    /// Whether there was one.
    fn remove_oldest(&self) -> bool {
        let mut idle = self.lock();
        let oldest = (!idle.is_empty()).then(|| idle.remove(0));
        // An instance's memory is not freed under the lock.
        drop(idle);
        oldest.is_some()
    }

    /// Removes instances that have waited for `age`.
    pub(super) fn remove_older_than(&self, age: Duration) {
        let now = Instant::now();
        let mut idle = self.lock();
        let young = idle.partition_point(|(_, i)| now.duration_since(i.idle_since) >= age);
        let old: Vec<_> = idle.drain(..young).collect();
        drop(idle);
        drop(old);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(String, Box<Instance>)>> {
        lock(&self.0)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
