//! Functions: WebAssembly components, their instances and their calls.
//!
//! An instance answers one call at a time and is used again for at most so many calls of the same
//! function, which makes a call three times cheaper than a fresh instance. Whatever goes wrong in
//! one call ends that call and its instance.

mod compile;
mod engine;
mod guest_log;
mod instance;
mod memory;
mod meter;
mod outbound;
mod pool;
mod progress;
mod sqlite;
mod state;
mod variables;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tokio::sync::Semaphore;
use wasmtime::Engine;
use wasmtime::component::Linker;

use crate::blobs::Blobs;
use crate::manifest::{Component, Manifest};
use crate::ports::GatewaySlot;
use crate::settings;
use crate::stores::Stores;
use crate::wakeup::Wakeup;
use engine::{Clock, Pool};
use memory::Budget;
use outbound::AllowList;
use pool::Idle;
use state::State;

pub use compile::{Cache, Compilation, end_with_input};
pub use pool::{Failure, Function};
pub use progress::Progress;

/// What a test makes a call do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The function ends between the commit of its next write and the answer to it.
    AfterCommit,
}

/// What functions share: where their data is.
#[derive(Debug, Clone)]
pub struct Resources {
    /// The database.
    pub stores: Stores,
    /// The files.
    pub blobs: Blobs,
    /// The gateway, once it runs.
    pub gateway: GatewaySlot,
    /// What functions ring when they left events in the outbox.
    pub outbox: Wakeup,
    /// The variables that manifests may refer to.
    pub variables: BTreeMap<String, String>,
    /// Whether to behave as Spin does where it differs.
    pub strict: bool,
}

/// What one function may use, as its manifest and the settings say.
#[derive(Debug)]
pub struct Environment {
    stores: Stores,
    blobs: Blobs,
    gateway: GatewaySlot,
    outbox: Wakeup,
    strict: bool,
    databases: Vec<String>,
    variables: BTreeMap<String, String>,
    outbound: AllowList,
    memory_bytes_max: usize,
    memory_bytes_kept: usize,
    reuse_max: u32,
    /// What it takes its memory from, if it decodes.
    decoding: Option<Budget>,
    cpu_max: Duration,
    deadline: Duration,
    body_bytes_max: u64,
}

/// All functions of an instance, by name.
pub struct Functions {
    by_name: BTreeMap<String, Arc<Function>>,
    shared: Arc<Shared>,
    idle: Duration,
    unload: Duration,
}

/// What all functions run on.
struct Shared {
    started: Instant,
    engine: Engine,
    linker: Linker<State>,
    clock: Clock,
    /// Permits of calls that run, as many as there are places.
    running: Arc<Semaphore>,
    /// Places for instances of all functions, held by those that run and those that are idle.
    places: Arc<Semaphore>,
    idle: Idle,
}

/// Functions before they are loaded: an engine, and the compiled components as far as there are
/// any.
pub struct Prepared {
    engine: Engine,
    pool: Pool,
    search: compile::Search,
}

impl Prepared {
    /// Looks for what was compiled before.
    ///
    /// # Errors
    /// Which component cannot be read, or that something must be compiled and can be kept nowhere.
    pub fn new(manifest: &Manifest, settings: &settings::Functions, cache: &Cache) -> Result<Self> {
        let wanted = manifest.components.values();
        let wanted = wanted.filter_map(|component| component.extra().memory_bytes_max);
        let memory_bytes_max = wanted.fold(settings.memory_bytes_max, usize::max);
        let pool = Pool::new(settings);
        let engine = engine::engine(pool, memory_bytes_max)?;
        let sources = manifest.components.values();
        let sources: Vec<&Path> = sources.map(|component| &*component.source).collect();
        let search = compile::search(&engine, &sources, cache)?;
        Ok(Self {
            engine,
            pool,
            search,
        })
    }

    /// How far [`compile`](Self::compile) is.
    pub fn compilation(&self) -> Compilation {
        self.search.compilation()
    }

    /// Compiles what was not compiled before.
    ///
    /// # Errors
    /// Which component is none.
    pub async fn compile(&self) -> Result<()> {
        self.search.compile(&self.engine).await
    }
}

impl Functions {
    /// Prepares everything for calls. What is not compiled yet is compiled when it is called.
    ///
    /// # Errors
    /// Which component is broken or asks for an interface that is not offered.
    pub fn load(
        manifest: &Manifest,
        settings: &settings::Functions,
        prepared: Prepared,
        resources: &Resources,
    ) -> Result<Self> {
        let Prepared {
            engine,
            pool,
            search,
        } = prepared;
        let compiled = search.into_found();
        let shared = Arc::new(Shared {
            linker: engine::linker(&engine)?,
            started: Instant::now(),
            clock: Clock::start(&engine)?,
            running: Arc::new(Semaphore::new(pool.instances)),
            places: Arc::new(Semaphore::new(pool.instances)),
            idle: Idle::default(),
            engine,
        });
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let decoding = Budget::new(settings.decoding_bytes_max, processors);
        let functions = manifest.components.iter().zip(compiled);
        let functions = functions.map(|((name, component), compiled)| {
            let environment = Environment::new(component, settings, resources, &decoding)
                .with_context(|| format!("component {name}"))?;
            let instances_max = component.extra().instances_max;
            let instances_max = instances_max.unwrap_or(settings.instances_per_function_max);
            let shared = Arc::clone(&shared);
            let function = Function::new(name, compiled, environment, instances_max, shared);
            Ok((name.clone(), Arc::new(function)))
        });
        let by_name: BTreeMap<String, Arc<Function>> = functions.collect::<Result<_>>()?;
        by_name
            .values()
            .try_for_each(|function| function.try_out())?;
        Ok(Self {
            by_name,
            shared,
            idle: Duration::from_millis(settings.idle_ms),
            unload: Duration::from_millis(settings.unload_ms),
        })
    }

    /// The function of this name.
    pub fn get(&self, name: &str) -> Option<&Arc<Function>> {
        self.by_name.get(name)
    }

    /// The names of functions whose compiled components are gone.
    pub fn missing(&self) -> Vec<&str> {
        let gone = self
            .by_name
            .values()
            .filter(|function| !function.is_there());
        gone.map(|function| function.name()).collect()
    }

    /// Removes instances and code that nobody needed for a while, for ever.
    pub async fn sweep(&self) {
        loop {
            tokio::time::sleep(self.idle / 2).await;
            self.shared.idle.remove_older_than(self.idle);
            for function in self.by_name.values() {
                function.unload(self.unload);
            }
        }
    }
}

/// Compiles components into the folder `cache`, as `spacebar compile` does for a starting host.
///
/// # Errors
/// Which component cannot be read or is not one.
pub fn compile(sources: &[&Path], cache: &Path) -> Result<()> {
    // Nothing that an operator can set changes the code.
    let settings = settings::Functions::default();
    let engine = engine::engine(Pool::new(&settings), settings.memory_bytes_max)?;
    compile::compile_all(&engine, sources, cache)
}

/// The folders of compiled components: the one that is set, or else beside the manifest, where
/// there is a `target`, and in the data folder.
pub fn cache_folders(set: &Path, manifest: &Path, data: &Path) -> Vec<PathBuf> {
    if !set.as_os_str().is_empty() {
        return vec![set.to_owned()];
    }
    let target = manifest.parent().unwrap_or(Path::new("")).join("target");
    let beside = target.is_dir().then(|| target.join("aot"));
    beside.into_iter().chain([data.join("aot")]).collect()
}

impl Environment {
    fn new(
        component: &Component,
        settings: &settings::Functions,
        resources: &Resources,
        decoding: &Budget,
    ) -> Result<Self> {
        let extra = component.extra();
        let cpu_ms = extra.cpu_ms_max.unwrap_or(settings.cpu_ms_max);
        let deadline_ms = extra.deadline_ms.unwrap_or(settings.deadline_ms);
        let variables = component.variables.iter().map(|(name, value)| {
            let value = expand(value, &resources.variables);
            Ok((
                name.clone(),
                value.with_context(|| format!("variable {name}"))?,
            ))
        });
        let hosts = component.allowed_outbound_hosts.iter();
        let hosts = hosts.map(|host| expand(host, &resources.variables));
        let hosts: Vec<String> = hosts.collect::<Result<_>>()?;
        Ok(Self {
            stores: resources.stores.clone(),
            blobs: resources.blobs.clone(),
            gateway: resources.gateway.clone(),
            outbox: resources.outbox.clone(),
            strict: resources.strict,
            databases: component.sqlite_databases.clone(),
            variables: variables.collect::<Result<_>>()?,
            outbound: AllowList::parse(&hosts)?,
            memory_bytes_max: extra.memory_bytes_max.unwrap_or(settings.memory_bytes_max),
            memory_bytes_kept: settings.memory_bytes_kept,
            reuse_max: settings.reuse_max,
            decoding: extra.decodes.then(|| decoding.clone()),
            cpu_max: Duration::from_millis(cpu_ms),
            deadline: Duration::from_millis(deadline_ms),
            body_bytes_max: extra.body_bytes_max.unwrap_or(settings.body_bytes_max),
        })
    }
}

/// A value of the manifest. `{{ name }}` is the host's variable of that name; anything else is
/// taken as it is.
fn expand(value: &str, variables: &BTreeMap<String, String>) -> Result<String> {
    let name = value.trim().strip_prefix("{{");
    let Some(name) = name.and_then(|name| name.strip_suffix("}}")) else {
        return Ok(value.to_owned());
    };
    let name = name.trim();
    let known = variables.get(name).cloned();
    known.with_context(|| format!("the host has no variable {name}"))
}
