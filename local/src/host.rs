//! Putting an instance together, and taking it down.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use runtime::Config;
use store::{Database as _, Store, admin};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::blobs::{self, Blobs};
use crate::data_folder::{self, BLOBS, DATABASE, running_at};
use crate::functions::{Cache, Functions, Prepared, Resources, cache_folders};
use crate::gateway;
use crate::jobs;
use crate::libsql;
use crate::manifest::Manifest;
use crate::outbox;
use crate::ports::GatewaySlot;
use crate::server::{self, Parts, Server};
use crate::settings::Settings;
use crate::standalone;
use crate::stores::{Committed, Stores};
use crate::wakeup::Wakeup;

/// An instance that is ready to serve.
pub struct Host {
    /// The functions and what is before them.
    pub server: Arc<Server>,
    /// The database.
    pub stores: Stores,
    /// Where the gateway goes.
    pub gateway: GatewaySlot,
    /// Where clients reach it.
    pub public_url: String,
    strict: bool,
    /// Whether functions use another database than [`Host::stores`].
    elsewhere: bool,
    outbox: Wakeup,
    jobs: Wakeup,
    listener: TcpListener,
    _lock: File,
}

/// What an instance is made from.
#[derive(Debug)]
pub struct Plan {
    /// All settings.
    pub settings: Settings,
    /// The path of `spin.toml`.
    pub manifest: PathBuf,
    /// Whether to behave as Spin does where it differs.
    pub strict: bool,
    /// A libSQL server that functions use in place of the database's file, in strict mode.
    pub database_url: Option<String>,
    /// The program that compiles functions; see [`Cache::program`].
    pub compiler: Option<PathBuf>,
}

impl Host {
    /// Opens the data folder, migrates, compiles and binds the address.
    ///
    /// # Errors
    /// What is in the way, naming the setting, the file or the component.
    pub async fn new(plan: &Plan) -> Result<Self> {
        let settings = &plan.settings;
        let data = &settings.storage.data;
        // What is likely to be in the way comes first, so that nothing is left behind.
        let manifest = functions_of(&plan.manifest)?;
        let listener = server::listen(&settings.server).await?;
        let public_url = settings.public_url(listener.local_addr()?);
        let mut lock = data_folder::lock(data)?;
        if plan.database_url.is_none() {
            refuse_to_begin_anew(
                data,
                std::fs::metadata(data.join(DATABASE)).is_ok_and(is_full),
            )?;
        }
        let internal_key = internal_key()?;
        let gateway = GatewaySlot::default();
        let jobs = Wakeup::default();
        let stores = Stores::open(
            &data.join(DATABASE),
            &settings.storage,
            Committed {
                gateway: gateway.clone(),
                jobs: jobs.clone(),
            },
        )?;
        if plan.database_url.is_none() {
            let somebody = stores.read(Store::Main, admin::somebody()).await?;
            refuse_to_begin_anew(data, somebody.is_some())?;
        }
        let blobs = Blobs::open(&data.join(BLOBS)).context("cannot use the folder of blobs")?;
        let outbox = Wakeup::default();
        let resources = Resources {
            stores: stores.clone(),
            blobs: blobs.clone(),
            gateway: gateway.clone(),
            outbox: outbox.clone(),
            variables: variables(&manifest, plan, &public_url, &internal_key)?,
            strict: plan.strict,
        };
        let functions = load(plan, &manifest, &listener, &resources).await?;
        data_folder::note(&mut lock, &public_url).context("storage.data: cannot write the lock")?;
        let server = Server::new(Parts {
            manifest: &manifest,
            settings,
            functions,
            stores: stores.clone(),
            blobs,
            gateway: gateway.clone(),
            internal_key: &internal_key,
        })?;
        Ok(Self {
            server: Arc::new(server),
            stores,
            gateway,
            public_url,
            strict: plan.strict,
            elsewhere: plan.database_url.is_some(),
            outbox,
            jobs,
            listener,
            _lock: lock,
        })
    }

    /// The address it listens at.
    ///
    /// # Errors
    /// Never, while it is bound.
    pub fn address(&self) -> Result<SocketAddr> {
        Ok(self.listener.local_addr()?)
    }

    /// Serves until `stop` is ready. Requests that run are finished, then the database closes, then
    /// the sockets.
    pub async fn serve(self, stop: impl Future<Output = ()>) {
        let sweeping = Arc::clone(&self.server);
        let sweeper = tokio::spawn(async move { sweeping.functions().sweep().await });
        let stopping = Arc::<AtomicBool>::default();
        let delivery = self.deliver(&stopping);
        let timer = tokio::spawn(jobs::run(
            gateway::Functions::of(&self.server),
            self.jobs.clone(),
        ));
        server::serve(Arc::clone(&self.server), self.listener, stop).await;
        sweeper.abort();
        timer.abort();
        stopping.store(true, Ordering::Release);
        self.outbox.wake();
        // It ends only by what was said to it.
        let _ = delivery.await;
        // Everything that was committed is published before the gateway writes down its sessions.
        self.stores.close().await;
        if let Some(gateway) = self.gateway.get() {
            gateway.shutdown().await;
        }
    }
}

impl Host {
    /// Delivers the outbox, which functions that behave as on Spin use, and `spacebar admin`.
    fn deliver(&self, stopping: &Arc<AtomicBool>) -> JoinHandle<()> {
        let (wakeup, stopping) = (self.outbox.clone(), Arc::clone(stopping));
        if !self.elsewhere {
            let often = match self.strict {
                true => outbox::LOOK_EVERY,
                false => outbox::LOOK_SELDOM,
            };
            let delivery = outbox::deliver(self.stores.clone(), wakeup, often, stopping);
            return tokio::spawn(delivery);
        }
        let functions = gateway::Functions::of(&self.server);
        let gateway = self.gateway.clone();
        let publish = move |events| gateway.publish(events);
        let delivery = standalone::deliver(functions, publish, wakeup, stopping);
        tokio::spawn(delivery)
    }
}

/// The manifest, if all its components are there.
fn functions_of(path: &Path) -> Result<Manifest> {
    let name = path.display();
    ensure!(
        path.exists(),
        "there is no {name}, the manifest of the functions: start in the folder of the repository, \
         or name the file with --manifest"
    );
    let manifest = Manifest::read(path)?;
    let sources = manifest.components.values().map(|it| &it.source);
    let missing: Vec<_> = sources.filter(|source| !source.exists()).collect();
    if let Some(first) = missing.first() {
        bail!(
            "{} of the {} functions that {name} names are not built, such as {}: `cargo xtask \
             build` builds them",
            missing.len(),
            manifest.components.len(),
            first.display()
        );
    }
    Ok(manifest)
}

/// Functions that are ready, and until then an answer to who asks for them.
async fn load(
    plan: &Plan,
    manifest: &Manifest,
    listener: &TcpListener,
    resources: &Resources,
) -> Result<Functions> {
    let settings = &plan.settings;
    let (set, data) = (&settings.storage.cache, &settings.storage.data);
    let cache = Cache {
        folders: cache_folders(set, &plan.manifest, data),
        program: plan.compiler.clone(),
    };
    let prepared = Prepared::new(manifest, &settings.functions, &cache)?;
    let (compilation, compiling) = (prepared.compilation(), prepared.compile());
    if compilation.total() > 0 {
        let (functions, address) = (compilation.total(), listener.local_addr()?);
        tracing::info!(functions, %address, "compiling; requests get 503 until it is done");
    }
    server::starting::serve_while(listener, &settings.server, compilation, compiling).await?;
    Functions::load(manifest, &settings.functions, prepared, resources)
}

fn is_full(file: std::fs::Metadata) -> bool {
    file.len() > 0
}

/// Refuses an instance of which the files are there, and nobody whose they are: its database was
/// lost, and a new one would hide that.
fn refuse_to_begin_anew(data: &Path, somebody: bool) -> Result<()> {
    let folder = data.join(BLOBS);
    if somebody || blobs::files(&folder)?.is_empty() {
        return Ok(());
    }
    let (folder, data) = (folder.display(), data.display());
    bail!(
        "storage.data: {data} has uploaded files in {folder}, but nobody is in its database: \
         {DATABASE} was lost or replaced. Put the right one back, or make a new folder of a \
         backup, `spacebar restore BACKUP --data NEW`, and start that. To begin anew, move \
         {folder} away"
    )
}

/// Where clients reach the instance of these settings: as the one that runs says, or else as the
/// next one would be.
pub fn address_of(settings: &Settings) -> String {
    let running = running_at(&settings.storage.data);
    running.unwrap_or_else(|| settings.public_url(settings.server.listen))
}

/// What internal calls prove themselves by: new with every start.
fn internal_key() -> Result<String> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).context("the system has no randomness")?;
    Ok(URL_SAFE_NO_PAD.encode(key))
}

/// The variables that manifests may refer to.
fn variables(
    manifest: &Manifest,
    plan: &Plan,
    public_url: &str,
    internal_key: &str,
) -> Result<BTreeMap<String, String>> {
    let settings = &plan.settings;
    let mut config = Config {
        public_url: public_url.to_owned(),
        internal_key: internal_key.to_owned(),
        instance: settings.instance.clone(),
        registration: settings.registration.clone(),
        limits: settings.limits.clone(),
        ..Config::default()
    };
    // They are counted before a function is called.
    config.rate_limits.enabled = false;
    let database = match &plan.database_url {
        Some(_) => "libsql",
        None if plan.strict => "statements",
        None => "reserved",
    };
    let mut variables = manifest.variables.clone();
    variables.insert("config".into(), serde_json::to_string(&config)?);
    variables.insert("database".into(), database.into());
    if let Some(url) = &plan.database_url {
        variables.insert("database_url".into(), url.clone());
        let token = std::env::var(libsql::TOKEN_VARIABLE).unwrap_or_default();
        variables.insert("database_token".into(), token);
    }
    Ok(variables)
}
